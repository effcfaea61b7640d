"""`policy explain` on worked cases, kept as text so that a lawyer can check the arithmetic line by line.

To accept a change, run with LIANDONG_ACCEPT_HISTORIES=1 and read the difference.
"""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from contracts.base import SHANGHAI
from contracts.cases import DeadlineStarted
from deploy import cli, policy_pages
from tests.unit.golden import change_of_station, refused_letter_and_silence
from tests.unit.stories import (
    MONDAY,
    TOWN,
    Story,
    assessment,
    dv_story,
    loaded,
    received_story,
    report,
    served_story,
    subject,
    visit,
)
from workflows.explain import Explanation, explain
from workflows.loader import Workflow
from workflows.policy import Policy, load_policy
from workflows.triggers import Reported

GUANGZHOU = "440106001"

KEPT = Path(__file__).parent / "explanations"


def visits_over_spring_festival() -> Story:
    """Served on 8 February 2026: day 7 is the first day of 春节, the record of a breach waits until it ends."""
    story = dv_story()
    story.now = datetime(2026, 2, 8, 9, tzinfo=SHANGHAI)
    story.act("dispatch").act("assess", **assessment()).act("warn", letter_number="告诫字2026-1号")
    served = {"served_at": story.now.isoformat(), "village_unit": "village-committee@" + "a" * 16}
    story.act("serve", signature_record="回执-1", **served)
    return story.prove().later(days=16).act("record_visit", **visit(story))


def accepted_story() -> Story:
    return received_story(track="administrative").act("accept_admin", document="受1号")


def penalty_with_appraisal() -> Story:
    """30 days of a public-security case, of which an appraisal takes ten: those do not count (art 165)."""
    story = accepted_story().later(days=2).act("pause_for_appraisal", appraisal="鉴1号")
    return story.later(days=9).act("resume_after_appraisal").silence(days=40)


def still_in_appraisal() -> Story:
    return accepted_story().later(days=2).act("pause_for_appraisal", appraisal="鉴1号")


def accepted_at_the_end_of_the_year() -> Story:
    """30 days from 29 December 2026 end on 28 January 2027, which may be a holiday: the notice is not out."""
    return received_story(track="administrative").later(days=358).act("accept_admin", document="受1号")


def handover_over_national_day() -> Story:
    """Three working days from 30 September 2026: 8, 9 and Saturday 10 October, which is worked for 国庆."""
    story = served_story().prove().later(days=268)
    return story.act("change_station", new_station="police-station@330382002", handover_note="移1号")


TOLD = [
    visits_over_spring_festival,
    penalty_with_appraisal,
    still_in_appraisal,
    accepted_at_the_end_of_the_year,
    handover_over_national_day,
    refused_letter_and_silence,
    change_of_station,
]


def render(story: Story) -> str:
    found = explain(story.log, story.workflow)
    return "".join(f"{line}\n" for one in found for line in policy_pages.of_explanation(one, story.workflow.policy))


@pytest.mark.parametrize("tell", TOLD, ids=lambda tell: tell.__name__)
def test_explanation_is_as_it_was(tell: Callable[[], Story]) -> None:
    file = KEPT / f"{tell.__name__}.txt"
    told = render(tell())
    if os.environ.get("LIANDONG_ACCEPT_HISTORIES"):
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


def one(story: Story, rule_id: str) -> Explanation:
    return next(found for found in explain(story.log, story.workflow) if found.recorded.rule == rule_id)


def test_every_deadline_is_explained_and_its_dates_follow_from_the_packs() -> None:
    for tell in TOLD:
        story = tell()
        found = explain(story.log, story.workflow)
        started = [effect.deadline.deadline_id for fact in story.log for effect in fact.of(DeadlineStarted)]
        assert [each.recorded.deadline_id for each in found] == started
        assert all(each.as_recorded for each in found if each.standing != "paused")


def test_what_became_of_a_deadline() -> None:
    assert one(served_story(), "dv-dispatch").standing == "met"
    assert one(refused_letter_and_silence(), "dv-first-visit").standing == "missed"
    late = visits_over_spring_festival().later(days=200)
    assert one(late.act("record_visit", **visit(late)), "dv-quarterly-visit").standing == "met_late"
    assert one(still_in_appraisal(), "public-security-case").standing == "paused"
    moved = served_story().later(days=1)
    moved.act("report_recurrence", learned_at=moved.now.isoformat(), breach="violence", order_in_force=False)
    found = one(moved, "dv-first-visit")
    assert (found.standing, found.reason) == ("cancelled", "not_needed")


def test_changed_pack_is_noticed_and_the_record_stays() -> None:
    story = served_story()
    shorter = [rule.model_copy(update={"value": 5}) if rule.id == "dv-first-visit" else rule for rule in load_policy()]
    workflow = Workflow(story.workflow.definition, Policy(shorter))
    found = next(each for each in explain(story.log, workflow) if each.recorded.rule == "dv-first-visit")
    assert not found.as_recorded
    shown = "\n".join(policy_pages.of_explanation(found, workflow.policy))
    assert "到期 / due: 2026-01-12 24:00" in shown
    assert "重算为 / the packs of today give 2026-01-10 24:00" in shown


def test_rule_that_is_gone_is_said_to_be_gone() -> None:
    story = served_story()
    workflow = Workflow(story.workflow.definition, Policy(r for r in load_policy() if r.id != "dv-first-visit"))
    found = next(each for each in explain(story.log, workflow) if each.recorded.rule == "dv-first-visit")
    assert "已无此规则" in "\n".join(policy_pages.of_explanation(found, workflow.policy))


# -- the commands ---------------------------------------------------------------------------------------------------


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, ["policy", *arguments])


def test_a_log_in_a_file_is_explained(tmp_path: Path) -> None:
    story, file = served_story(), tmp_path / "log.jsonl"
    file.write_bytes(b"".join(fact.to_json() + b"\n" for fact in story.log))
    result = run("explain", "--log", str(file))
    assert result.exit_code == 0
    _, packs, explained = result.output.split("\n", 2)
    assert packs == f"{TOWN} 城东街道：全国 → 浙江省 → 温州市 → 乐清市"
    assert explained == render(story)


def test_case_of_a_place_without_a_pack_runs_on_the_nations_and_its_explanation_says_so(tmp_path: Path) -> None:
    story, file = Story(loaded().get("dv_warning")), tmp_path / "log.jsonl"
    call = report("dv_incident.reported", MONDAY, relation="spouse")
    story.send(Reported("call", UUID(int=900), call, (subject("victim"),), GUANGZHOU, immediate_danger=False))
    file.write_bytes(b"".join(fact.to_json() + b"\n" for fact in story.log))
    output = run("explain", "--log", str(file)).output
    assert output.splitlines()[1] == f"{GUANGZHOU}：无本级政策包，按上级执行 / no pack of its own, runs on: 全国"
    assert "告诫决定（dv-decision）" in output
    assert output.count("依据 / law: ") == output.count("全国 000000") == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [(b"", "空 / no such case"), (b"{}\n", "log.jsonl:1"), (b"no json\n", "log.jsonl:1")],
)
def test_a_file_that_is_no_log_is_refused_with_its_line(tmp_path: Path, text: bytes, said: str) -> None:
    file = tmp_path / "log.jsonl"
    file.write_bytes(text)
    result = run("explain", "--log", str(file))
    assert (result.exit_code, said in result.output) == (1, True)


def test_a_log_with_a_gap_is_refused(tmp_path: Path) -> None:
    story, file = served_story(), tmp_path / "log.jsonl"
    file.write_bytes(b"\n".join(fact.to_json() for fact in (story.log[0], story.log[2])))
    result = run("explain", "--log", str(file))
    assert (result.exit_code, "cannot be folded" in result.output) == (1, True)


def test_neither_a_case_nor_a_file_or_both_are_refused(tmp_path: Path) -> None:
    assert run("explain").exit_code == 1
    assert run("explain", "00000000-0000-0000-0000-000000000001", "--log", str(tmp_path / "x")).exit_code == 1
    assert "cannot read" in run("explain", "--log", str(tmp_path / "x")).output


def test_check_names_every_city_and_a_region_without_a_pack_says_so() -> None:
    checked = run("check")
    assert checked.exit_code == 0
    assert "330382 乐清市：全国 → 浙江省 → 温州市 → 乐清市" in checked.output
    first, *rows = run("show", "440106").output.splitlines()
    assert first == "440106：无本级政策包，按上级执行 / no pack of its own, runs on: 全国"
    assert any("dv-decision 告诫决定 72 小时（NORM，公通字〔2024〕34号第八条，全国 000000）" in each for each in rows)


def test_show_prints_what_holds_in_a_region() -> None:
    shown = run("show", "371502").output
    for said in (
        "dv_warning: 党委政法委（LOCAL，聊政发〔2021〕9号）",
        "12338 妇女维权热线",
        "试点 / pilot",
        "bullying: 学生欺凌",
    ):
        assert said in shown
    assert "首次查访 7 日（NORM，公通字〔2024〕34号第十二条，全国 000000）" in shown


def test_show_refuses_what_is_no_division_code() -> None:
    for wrong in ("乐清", "33038", "33038a"):
        result = run("show", wrong)
        assert (result.exit_code, "330382" in result.output) == (1, True)
