"""Danger can be raised everywhere and ends; a child in danger gets a case; a second case about one child is a lead."""

from typing import Any
from uuid import UUID

import pytest

from contracts.cases import ChildOpened, ReportAttached, UrgentEnded
from services.casework.api import view_of
from tests.unit.sample import PROTECTION, sample_story
from tests.unit.stories import COMMAND, GIVEN, MONDAY, SCHOOL, STATION, TOWN, Story, loaded, report, subject
from workflows.triggers import Begun


def answer(story: Story) -> None:
    task = story.tasks("urgent_response")[0]
    story.act("complete_task", unit=COMMAND, task=task.task_id, measure="safe")


@pytest.mark.parametrize("name", sorted(w.definition.workflow for w in loaded()))
def test_danger_can_be_raised_in_every_workflow_and_ends_with_the_last_response(name: str) -> None:
    workflow = loaded().get(name)
    spec = next(spec for spec in workflow.definition.opens if spec.event != "case")
    fields: dict[str, Any] = {key: values[0] for key, values in spec.where.items()}
    fields |= {key: GIVEN.get(key, STATION) for key in spec.has}
    event = spec.event.removeprefix("liandong.").removesuffix(".v1")
    story = Story(workflow).reported(report(event, MONDAY, **fields))
    story.act("raise_urgent_danger", unit=STATION).act("raise_urgent_danger", unit=PROTECTION)
    assert story.is_.urgent
    assert story.clock("urgent-danger").deadline.unit == COMMAND
    answer(story)
    assert story.is_.urgent
    answer(story)
    assert not story.is_.urgent
    assert story.last.of(UrgentEnded)


def test_danger_can_be_raised_in_a_closed_case() -> None:
    story = sample_story(minor=False).act("close", unit=PROTECTION).act("raise_urgent_danger")
    assert story.is_.final
    answer(story)
    assert not story.is_.urgent


def test_child_in_danger_gets_one_case_where_the_emergency_is() -> None:
    story = sample_story(danger=True)
    [child] = story.last.of(ChildOpened)
    assert (child.workflow, child.state, child.roles, child.urgent) == (
        "child_referral",
        "received",
        {"victim": "child"},
        True,
    )
    assert child.case_id.version == 7
    story.act("raise_urgent_danger")
    assert not story.last.of(ChildOpened)


def test_adult_in_danger_gets_none() -> None:
    assert not sample_story(minor=False, danger=True).last.of(ChildOpened)


def child_story() -> tuple[Story, ChildOpened]:
    """A case of the sample tells the police, whose case opens as its report."""
    parent = sample_story().act("tell_police", unit=PROTECTION)
    [child] = parent.last.of(ChildOpened)
    return parent, child


def begun(parent: Story, child: ChildOpened) -> Begun:
    case = parent.is_
    return Begun("c", child, case.case_id, (subject("victim", minor=True),), TOWN, PROTECTION, parent.now)


def test_child_case_opens_as_a_report_of_the_unit_that_opened_it() -> None:
    parent, child = child_story()
    story = Story(loaded().get("mandatory_report")).begun(begun(parent, child))
    [attached] = story.last.of(ReportAttached)
    assert (attached.report.reporter_unit, attached.report.under_duty) == (PROTECTION, True)
    assert story.is_.state == "reported"
    assert story.is_.parent_case_id == parent.is_.case_id


def harm(minor: bool = True) -> Story:
    made = report("report.submitted", MONDAY, unit=SCHOOL, kind="harm_to_minor")
    return Story(loaded().get("mandatory_report")).reported(made, minor=minor)


def test_open_case_about_the_same_people_gets_a_lead_and_joins_nothing_silently() -> None:
    parent, child = child_story()
    story = harm().begun(begun(parent, child))
    [task] = story.tasks("new_lead")
    assert (task.unit, task.about_case, task.title) == (story.is_.accountable, parent.is_.case_id, "新线索待核")
    assert story.clock("new-lead-check").deadline.task_id == task.task_id
    assert len(story.is_.reports) == 1
    story.act("review_report", unit=task.unit, task=task.task_id, finding="same_incident")
    assert len(story.is_.reports) == 2
    assert not story.is_.leads


def test_who_reported_a_lead_is_hidden_as_who_reported_the_case() -> None:
    parent, child = child_story()
    story = harm().begun(begun(parent, child))
    shown = {unit: view_of(loaded(), story.is_, unit).case.to_json() for unit in (story.is_.accountable, COMMAND)}
    assert PROTECTION.encode() in shown[story.is_.accountable]
    assert PROTECTION.encode() not in shown[COMMAND]


def test_lead_that_is_another_incident_becomes_a_linked_case_with_its_report() -> None:
    parent, child = child_story()
    story = harm().begun(begun(parent, child))
    [task] = story.tasks("new_lead")
    story.act("review_report", unit=task.unit, task=task.task_id, finding="new_incident")
    [linked] = story.last.of(ChildOpened)
    assert (linked.workflow, linked.state, linked.relation) == ("mandatory_report", "reported", "new_incident")
    assert linked.report_id == child.case_id


def test_deciding_again_opens_the_same_child() -> None:
    first, second = child_story()[1], child_story()[1]
    assert first.case_id == second.case_id != UUID(int=0)
