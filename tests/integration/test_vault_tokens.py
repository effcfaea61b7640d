"""The vault: who gets which token, what lies in its tables, and who may look."""

import asyncio
import json
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest
from nacl.public import PublicKey, SealedBox

from contracts.codes import SubjectRole
from contracts.submission import Contact, Person, Sealed
from contracts.vault import HandOverAnswer, KeptReports, SealedReport, SealedReports
from services.platform.auth import issue_token
from services.platform.database import Database
from services.platform.ids import new_id
from services.vault.app import build
from services.vault.keys import load_keys, make_keys
from services.vault.store import OtherKeysError
from tests.integration.platform_fixtures import space
from tests.integration.reporting_fixtures import HOTLINE, VAULT, City, city, identity_number

__all__ = ["city", "space"]

GIRL = identity_number(date(2012, 3, 5))
AUDITOR = "child-protection@330382"


def people(name: str = "欧阳小红", id_number: str | None = GIRL, narrative: str = "多处损伤。") -> Sealed:
    return Sealed(
        persons={SubjectRole.VICTIM: Person(name=name, id_number=id_number), SubjectRole.SUSPECT: Person()},
        reporter_identity=Contact(name="李秋实", phone="13800138000"),
        narrative=narrative,
    )


def sealed(city: City, content: Sealed, report_id: UUID | None = None) -> SealedReport:
    box = SealedBox(PublicKey(load_keys(city.folder / "vault.key").public))
    return SealedReport(report_id=report_id or new_id(), sealed=bytes(box.encrypt(content.to_json())))


async def hand_over(vault: httpx.AsyncClient, *reports: SealedReport) -> HandOverAnswer:
    answer = await vault.post("/sealed", content=SealedReports(reports=reports).to_json())
    assert answer.status_code == 200, answer.text
    return HandOverAnswer.read(answer.content)


async def test_the_same_hand_over_again_gets_the_same_tokens(city: City) -> None:
    one = sealed(city, people())
    async with city.vault() as vault:
        assert await hand_over(vault, one) == await hand_over(vault, one)
    assert len(await city.fetch("vault", "SELECT 1 FROM person")) == 2


async def test_tokens_are_told_once_more_of_what_was_handed_over_and_of_nothing_else(city: City) -> None:
    one = sealed(city, people())
    async with city.vault() as vault:
        issued = await hand_over(vault, one)
        asked = KeptReports(report_ids=(one.report_id, new_id()))
        answer = await vault.post("/tokens", content=asked.to_json())
        refused = await vault.post("/tokens", content=asked.to_json(), headers=city.as_unit(HOTLINE))
    assert HandOverAnswer.read(answer.content) == issued
    assert refused.status_code == 403


async def test_other_content_under_the_same_report_is_refused_and_the_first_kept(city: City) -> None:
    one = sealed(city, people())
    async with city.vault() as vault:
        await hand_over(vault, one)
        answer = await hand_over(vault, sealed(city, people("别人"), one.report_id))
    assert [refused.reason for refused in answer.refused] == ["other_content"]
    assert len(await city.fetch("vault", "SELECT 1 FROM part")) == 2


async def test_what_cannot_be_opened_or_read_is_refused_and_the_rest_taken(city: City) -> None:
    good = sealed(city, people())
    box = SealedBox(PublicKey(load_keys(city.folder / "vault.key").public))
    bad = SealedReport(report_id=new_id(), sealed=b"nothing sealed")
    odd = SealedReport(report_id=new_id(), sealed=bytes(box.encrypt(b'{"persons": 3}')))
    async with city.vault() as vault:
        answer = await hand_over(vault, bad, good, odd)
    assert [issued.report_id for issued in answer.issued] == [good.report_id]
    reasons = {refused.report_id: refused.reason for refused in answer.refused}
    assert reasons == {bad.report_id: "cannot_be_opened", odd.report_id: "not_as_agreed"}


async def test_hand_overs_at_the_same_moment_give_one_person_one_token(city: City) -> None:
    numbers = [identity_number(date(2010, 1, 1), sequence) for sequence in range(1, 9)]
    batches = [[sealed(city, people(id_number=number)) for number in order] for order in (numbers, numbers[::-1]) * 3]
    async with city.vault() as vault:
        answers = await asyncio.gather(*(hand_over(vault, *batch) for batch in batches))
    tokens = {issued.tokens["victim"] for answer in answers for issued in answer.issued}
    assert len(tokens) == len(numbers)


async def test_without_an_identity_number_nobody_is_ever_the_same(city: City) -> None:
    async with city.vault() as vault:
        answer = await hand_over(vault, *(sealed(city, people(id_number=None)) for _ in range(3)))
    assert len({issued.tokens["victim"] for issued in answer.issued}) == 3


async def test_nothing_lies_in_the_tables_in_clear(city: City) -> None:
    async with city.vault() as vault:
        await hand_over(vault, sealed(city, people()))
    for table, text in (await city.table_bytes("vault")).items():
        assert not [secret for secret in ("欧阳小红", GIRL, "多处损伤", "李秋实", "13800138000") if secret in text], (
            table
        )


async def test_a_vault_with_other_keys_does_not_start_on_these_tables(city: City) -> None:
    async with city.vault() as vault:
        await hand_over(vault, sealed(city, people()))
    make_keys(city.folder / "other.key", city.folder / "other.pub")
    service = build(city.vault_settings.model_copy(update={"vault_private_key_file": city.folder / "other.key"}))
    with pytest.raises(OtherKeysError):
        async with service.running():
            pass


async def test_who_may_reveal_sees_the_people_and_is_on_record(city: City) -> None:
    one = sealed(city, people())
    auditor = await new_token(city, AUDITOR, "reveal")
    async with city.vault() as vault:
        token = (await hand_over(vault, one)).issued[0].tokens["victim"]
        report = await reveal(vault, auditor, report_id=str(one.report_id))
        person = await reveal(vault, auditor, token=token)
        nobody = await reveal(vault, auditor, token="p0")
    assert report.json()["persons"]["victim"] == {"name": "欧阳小红", "id_number": GIRL}
    assert (report.json()["narrative"], report.headers["cache-control"]) == ("多处损伤。", "no-store")
    assert person.json()["mentions"][0]["person"]["name"] == "欧阳小红"
    assert nobody.status_code == 404
    rows = await city.fetch("vault", "SELECT unit, purpose, found FROM access_log ORDER BY access_id")
    assert [tuple(row) for row in rows] == [(AUDITOR, "家访前核实", found) for found in (True, True, False)]


async def test_a_service_or_a_hotline_may_not_reveal(city: City) -> None:
    one = sealed(city, people())
    async with city.vault() as vault:
        await hand_over(vault, one)
        for headers in (dict(vault.headers), city.as_unit(HOTLINE)):
            answer = await reveal(vault, headers["authorization"], report_id=str(one.report_id))
            assert answer.status_code == 403
    assert await city.fetch("vault", "SELECT 1 FROM access_log") == []


async def test_only_services_hand_over(city: City) -> None:
    async with city.vault() as vault:
        answer = await vault.post("/sealed", content=b"{}", headers=city.as_unit(HOTLINE))
        assert answer.status_code == 403


async def test_the_public_key_is_the_one_in_the_file(city: City) -> None:
    async with city.vault() as vault:
        answer = await vault.get("/public-key")
    assert answer.json()["public_key"] == (city.folder / "vault.pub").read_text().strip()


async def reveal(vault: httpx.AsyncClient, authorization: str, **wanted: str) -> httpx.Response:
    body = {"purpose": "家访前核实", **wanted}
    return await vault.post("/reveal", json=body, headers={"authorization": authorization})


async def new_token(city: City, unit: str, *roles: Any) -> str:
    db = Database(city.space.admin_dsn, "platform", namespace=city.space.namespace, size=3)
    await db.open()
    try:
        async with db.transaction() as conn:
            return f"Bearer {await issue_token(conn, unit, roles)}"
    finally:
        await db.close()


# Messages to persons


def note(report_id: UUID, role: str = "reporter") -> dict[str, str]:
    return {"message_id": str(report_id), "report_id": str(report_id), "role": role, "text": "您有一项事项"}


async def messages_of(city: City, content: Sealed, *roles: str) -> tuple[list[dict[str, Any]], list[tuple[Any, ...]]]:
    """What the vault answers for each role of a report, and what it wrote down of its looking."""
    one = sealed(city, content)
    async with city.vault(gateway=f"file:{city.folder / 'persons.jsonl'}") as vault:
        tokens = (await hand_over(vault, one)).issued[0].tokens
        answers = [(await vault.post("/messages", json=note(one.report_id, role))).json() for role in roles]
    rows = await city.fetch("vault", "SELECT unit, purpose, report_id, token, found FROM access_log ORDER BY access_id")
    known = {token: role for role, token in tokens.items()}
    assert {(row["unit"], row["purpose"], row["report_id"]) for row in rows} == {(VAULT, "notice", one.report_id)}
    return answers, [(known.get(row["token"]), row["found"]) for row in rows]


def numbers(city: City) -> list[str]:
    lines = (city.folder / "persons.jsonl").read_text().splitlines()
    return [json.loads(line)["to"] for line in lines]


async def test_a_message_goes_to_the_number_of_the_role_on_record_and_once(city: City) -> None:
    content = people().model_copy(update={"persons": {SubjectRole.VICTIM: Person(phone="13912345678")}})
    answers, opened = await messages_of(city, content, "victim", "victim")
    assert answers[0] == answers[1]
    assert answers[0]["receipt"].startswith("file/")
    assert numbers(city) == ["13912345678"]
    assert opened == [("victim", True), ("victim", True)]


async def test_the_reporter_and_a_guardian_who_is_no_subject_are_found_too(city: City) -> None:
    victim = Person(name="欧阳小红", phone="13912345678", guardian=Contact(phone="13700137000"))
    content = people().model_copy(update={"persons": {SubjectRole.VICTIM: victim}})
    one = sealed(city, content)
    async with city.vault(gateway=f"file:{city.folder / 'persons.jsonl'}") as vault:
        await hand_over(vault, one)
        for number, role in enumerate(("reporter", "guardian")):
            body = note(one.report_id, role) | {"message_id": str(UUID(int=number))}
            assert (await vault.post("/messages", json=body)).json()["receipt"]
    assert numbers(city) == ["13800138000", "13700137000"]
    rows = await city.fetch("vault", "SELECT token FROM access_log ORDER BY access_id")
    assert [row["token"] is None for row in rows] == [True, False]


async def test_who_has_no_number_or_is_not_in_the_report_is_a_coded_reason_on_record(city: City) -> None:
    answers, opened = await messages_of(city, people(), "suspect", "examinee", "guardian")
    assert answers == [{"reason": "no_phone", "final": True}] * 3
    assert opened == [("suspect", False), (None, False), ("victim", False)]
    assert not (city.folder / "persons.jsonl").exists()


async def test_without_a_gateway_nothing_is_opened(city: City) -> None:
    one = sealed(city, people())
    async with city.vault() as vault:
        await hand_over(vault, one)
        assert (await vault.post("/messages", json=note(one.report_id))).json()["reason"] == "no_gateway"
    assert await city.fetch("vault", "SELECT 1 FROM access_log") == []


async def test_a_gateway_that_fails_is_a_reason_to_try_again(city: City) -> None:
    one = sealed(city, people())
    async with city.vault(gateway=f"file:{city.folder / 'gone' / 'persons.jsonl'}") as vault:
        await hand_over(vault, one)
        answer = (await vault.post("/messages", json=note(one.report_id))).json()
    assert answer == {"reason": "file_not_written", "final": False}


async def test_only_services_send_messages(city: City) -> None:
    async with city.vault() as vault:
        answer = await vault.post("/messages", json=note(new_id()), headers=city.as_unit(HOTLINE))
    assert answer.status_code == 403
