"""What carries messages out: the file, and how a city's own is found."""

import asyncio
import json
import stat
from importlib.metadata import EntryPoint
from pathlib import Path
from uuid import UUID

import pytest

from contracts.codes import NoticeTemplate, ReportKind, UnitKind
from services.notices.delivery import AddressesError, read_addresses
from services.notices.templates import number, text_for_person, text_for_unit, title
from services.platform import gateway
from services.platform.gateway import FileGateway, GatewayError, GatewaySettingError, Message, Receipt, open_gateway

NOTICE = UUID("0190163d-8694-739b-aea5-966c26f8ad90")


def message(number: int = 1) -> Message:
    return Message(message_id=UUID(int=number), to="1999", text="您有一项事项")


def ids(path: Path) -> list[int]:
    return [UUID(json.loads(line)["message_id"]).int for line in path.read_text().splitlines()]


async def test_the_same_message_is_written_once_and_gets_the_same_receipt(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    first, again = [await FileGateway(file).send(message()) for _ in range(2)]
    assert first == again == Receipt(reference=f"file/{message().message_id}")
    assert ids(file) == [1]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_two_writers_of_one_file_write_each_message_once(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    one, two = FileGateway(file), FileGateway(file)
    await asyncio.gather(*(writer.send(message(n)) for n in range(20) for writer in (one, two)))
    assert sorted(ids(file)) == list(range(20))


async def test_a_line_that_a_crash_left_unfinished_is_cut_off_and_written_whole(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    sender = FileGateway(file)
    await sender.send(message(1))
    with file.open("ab") as torn:
        torn.write(message(2).to_json()[:30])
    await sender.send(message(2))
    assert ids(file) == [1, 2]


async def test_a_file_that_was_taken_away_begins_anew(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    sender = FileGateway(file)
    await sender.send(message(1))
    file.rename(tmp_path / "sent")
    await sender.send(message(2))
    assert ids(file) == [2]


@pytest.mark.parametrize(("line", "reason"), [("{}\n", "file_damaged"), ("no json\n", "file_damaged")])
async def test_a_file_that_is_not_ours_is_an_error_and_stays(tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / "out.jsonl"
    file.write_text(line)
    with pytest.raises(GatewayError) as caught:
        await FileGateway(file).send(message())
    assert (caught.value.reason, caught.value.final, file.read_text()) == (reason, False, line)


async def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match="file_not_written"):
        await FileGateway(tmp_path / "gone" / "out.jsonl").send(message())


def test_neither_number_nor_text_is_in_the_repr_of_a_message() -> None:
    assert "1999" not in repr(message())
    assert "事项" not in repr(message())


@pytest.mark.parametrize("setting", ["file", "file:", "pigeon:loft", "out.jsonl"])
def test_a_setting_that_names_no_gateway_is_refused_with_those_there_are(setting: str) -> None:
    with pytest.raises(GatewaySettingError, match="empty or one of: file:<path>"):
        open_gateway(setting)


def test_no_setting_is_no_gateway() -> None:
    assert open_gateway("") is None


def test_a_gateway_of_a_city_is_found_by_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    found = EntryPoint("yueqing-sms", "pathlib:Path", gateway.ENTRY_POINTS)
    monkeypatch.setattr(gateway, "entry_points", lambda **wanted: [found] if wanted.get("name") == found.name else [])
    assert str(open_gateway("yueqing-sms:https://example.cn")) == "https:/example.cn"


# What they say

TELLTALE = [label.label_zh for kinds in (UnitKind, ReportKind) for label in kinds]
TELLTALE += ["家暴", "告诫", "公安", "妇联", "强制报告", "癌", "HPV", "阳性", "异常", "受害"]


@pytest.mark.parametrize("template", [*NoticeTemplate, "from_next_year"])
def test_no_text_tells_agency_case_or_diagnosis_and_all_give_the_number(template: str) -> None:
    for text in (text_for_person(template, NOTICE), text_for_unit(template, NOTICE)):
        assert not [word for word in TELLTALE if word in text]
        assert number(NOTICE) in text


def test_a_recall_names_the_place_and_no_diagnosis() -> None:
    assert text_for_person("recall", NOTICE) == (
        "您参加的健康检查有后续安排，编号0190163D，请到原检查地点或拨打12345联系。"
    )


def test_title_of_a_notice_tells_neither_kind_of_case_nor_address() -> None:
    assert title("copy") == "情况通报"


# Addresses of units

STATION = "police-station@330382001"


def test_addresses_are_read_by_line_with_remarks(tmp_path: Path) -> None:
    file = tmp_path / "units"
    file.write_text(f"# 值班电话\n\n{STATION}   0577 110  # 夜间\nhotline@330382 12338\n")
    assert read_addresses(file) == {STATION: "0577 110", "hotline@330382": "12338"}
    assert read_addresses(None) == {}


@pytest.mark.parametrize("line", [STATION, "police 110", f"{STATION} 1\n{STATION} 2"])
def test_a_wrong_line_is_named_with_what_would_be_right(tmp_path: Path, line: str) -> None:
    file = tmp_path / "units"
    file.write_text(f"\n{line}\n")
    with pytest.raises(AddressesError, match=rf"units:{2 + line.count(chr(10))}: .*<unit> <address>"):
        read_addresses(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AddressesError, match="units"):
        read_addresses(tmp_path / "units")
