"""What holds in a place, and that every reader of a pack speaks as people there do."""

from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID

import pytest

from contracts.base import SHANGHAI
from contracts.intake import ReportSubmitted
from contracts.regions import region_names
from services.casework.api import view_of
from services.casework.model import incoming_report
from services.intake.model import line_about
from services.worklist.api import titles_of as queue_titles
from tests.unit.stories import SCHOOL, STATION, Story, harm_story, loaded
from workflows.definition import Definition
from workflows.loader import Workflows, load_workflows
from workflows.local import Local, load_local, read_titles
from workflows.policy import PACKS, load_policy

LUCHENG, YUEQING, DONGCHANGFU = "330302", "330382", "371502"
EVENING = datetime(2026, 1, 5, 17, 30, tzinfo=SHANGHAI)


@cache
def local() -> Local:
    return load_local()


def test_heads_of_the_files_name_every_workflow_as_its_definition_does() -> None:
    names = {workflow.definition.workflow for workflow in loaded()}
    assert read_titles() == {name: loaded().get(name).definition.title for name in names}


def titles_of(definition: Definition) -> set[str]:
    shown = {definition.title, *(state.title for state in definition.states.values())}
    return shown | {task.title for task in definition.tasks.values()} | {row.title for row in definition.actions}


def test_titles_are_in_the_words_of_the_region_and_stay_words() -> None:
    words = local().policy.in_local_words
    assert words(YUEQING, "转教育部门按学生欺凌处理") == "转教育部门按校园欺凌处理"
    assert words(DONGCHANGFU, "转教育部门按学生欺凌处理") == "转教育部门按学生欺凌处理"
    assert words(LUCHENG, "请村（居）、卫生院上门") == "请村（社区）、卫生院上门"
    titles = {title for workflow in loaded() for title in titles_of(workflow.definition)}
    assert not [title for region in region_names() for title in titles if "村（社区）民" in words(region, title)]


def test_item_of_a_queue_keeps_its_ids_and_says_what_they_mean() -> None:
    ids = {"workflow": "bullying", "region": YUEQING, "addressee": "education@371502"}
    row = {**ids, "title": "待接收：核实学生欺凌", "state_title": "不属学生欺凌，退回"}
    assert queue_titles(row, local()) == {
        "title": "待接收：核实校园欺凌",
        "state_title": "不属校园欺凌，退回",
        "workflow_title": "校园欺凌",
        "region_title": "乐清市",
        "addressee_title": "东昌府区教育体育局",
    }


def test_what_holds_says_who_answers_now_and_how_things_are_called() -> None:
    here = local().what_holds(DONGCHANGFU, EVENING)
    line = next(line for line in here["hotlines"] if line["number"] == "12338")
    assert (line["operator_title"], line["answers_now"], line["answers_danger_now"]) == ("妇女联合会", "12345", "110")
    assert (here["unit_titles"]["education"], here["terms"]["bullying"]) == ("教育体育局", "学生欺凌")
    assert here["workflows"]["bullying"]["leads"] == ["教育体育局"]
    assert here["workflows"]["mandatory_report"]["must_report"]["school"] == "中小学校"
    assert here["features"]["integrated-flow"]["state"] == "pilot"
    assert (here["age_bands"]["under-14"]["since"], here["age_bands"]["under-14"]["to"]) == (0, 13)


def test_county_without_a_pack_says_that_it_runs_on_those_above() -> None:
    here = local().what_holds(LUCHENG, EVENING)
    assert (here["title"], here["packs"], here["has_own_pack"]) == ("鹿城区", ["全国", "浙江省", "温州市"], False)
    assert local().what_holds(YUEQING, EVENING)["has_own_pack"]


def test_every_table_of_a_pack_is_the_same_however_often_it_is_asked_for() -> None:
    policy = load_policy()
    first = dict(policy.table("terms", YUEQING))
    policy.table("terms", DONGCHANGFU)
    assert policy.table("terms", YUEQING + "001") == first
    assert policy.table("terms", DONGCHANGFU) != first


def test_unit_of_an_unknown_kind_keeps_its_id_and_an_opaque_one_has_no_place() -> None:
    title = local().policy.unit_title
    assert title("temple@330382") == "temple@330382"
    assert title("police-station@330382001") == "城东街道派出所"
    assert title("police-bureau@330382") == "乐清市公安局"
    assert title("school@3303820012345678") == "学校"


# -- the line for a report ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "number"),
    [
        ({"type": "dv_incident"}, "12338"),
        ({"type": "dv_warning"}, "12338"),
        ({"type": "report", "kind": "harm_to_woman"}, "12338"),
        ({"type": "report", "kind": "harm_to_minor"}, "12355"),
        ({"type": "child_referral"}, "12355"),
        ({"type": "hotline_ticket", "line": "hotline_12355"}, "12355"),
        ({"type": "hotline_ticket", "line": "child_line"}, "12345"),
        ({"type": "screening"}, "12345"),
    ],
)
def test_reporter_is_given_the_line_of_the_ticket_or_of_such_cases(fields: dict[str, str], number: str) -> None:
    assert line_about({"region": YUEQING + "001", **fields}, local().policy) == number


# -- who must report ----------------------------------------------------------------------------------------------


def with_local_reporters(folder: Path) -> Path:
    for file in PACKS.glob("*.yaml"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "330302.yaml").write_text(
        'jurisdiction: "330302"\ntitle: 鹿城区\nreporters:\n'
        "  mandatory_report: {categories: [other], article: 样例, law_class: LOCAL}\n",
        encoding="utf-8",
    )
    return folder


def opened(workflows: Workflows, region: str, category: str) -> Story:
    event = ReportSubmitted.model_validate(
        {
            "report_id": UUID(int=1),
            "reporter": {"category": category, "unit": "social-work@00000000000000aa"},
            "subjects": [{"role": "victim", "minor": True, "token": "t-1"}],
            "learned_at": "2026-01-08T10:00:00+08:00",
            "submitted_at": "2026-01-08T11:00:00+08:00",
            "region": region,
            "kind": "harm_to_minor",
            "situation": "mr4",
        },
        strict=False,
    )
    arrived = incoming_report(event, workflows, event.report_id, b"k")
    assert arrived
    story = Story(workflows.get(arrived.workflow))
    story.send(arrived.trigger)
    return story


def test_reporter_type_that_a_county_adds_is_under_duty_there_and_owes_the_filing(tmp_path: Path) -> None:
    workflows = load_workflows(packs=with_local_reporters(tmp_path))
    here, next_door = opened(workflows, LUCHENG, "other"), opened(workflows, YUEQING, "other")
    assert [report.under_duty for story in (here, next_door) for report in story.is_.reports.values()] == [True, False]
    assert here.tasks("file_to_authority")
    assert not next_door.tasks("file_to_authority")


def test_national_duty_holds_everywhere_and_an_unknown_category_has_none() -> None:
    policy = local().policy
    assert policy.is_under_duty(LUCHENG, "mandatory_report", "youth_league")  # of the code list, in no row of a pack
    assert not policy.is_under_duty(LUCHENG, "mandatory_report", "temple")
    assert not policy.is_under_duty(LUCHENG, "mandatory_report", "guardian")


# -- a case as its units see it -----------------------------------------------------------------------------------


def test_case_is_shown_with_the_titles_of_its_units_and_the_words_of_its_region() -> None:
    story = (
        harm_story().act("receive", receipt_no="回执1", track="administrative").act("accept_admin", document="受1号")
    )
    view = view_of(loaded(), story.is_, STATION)
    assert (view.workflow_title, view.region_title) == ("强制报告", "城东街道")
    assert (view.unit_titles[STATION], view.unit_titles[SCHOOL]) == ("城东街道派出所", "学校")
    assert "转教育部门按校园欺凌处理" in {action.title for action in view.allowed}
    assert local().workflow_title(YUEQING, "bullying") == "校园欺凌"


def test_who_reported_is_not_named_among_the_units_either() -> None:
    story = harm_story()
    hidden, whole = (view_of(loaded(), story.is_, unit) for unit in ("police-command@330382", STATION))
    assert SCHOOL in whole.unit_titles
    assert SCHOOL not in hidden.unit_titles
