"""Every definition, also superseded ones, under anything that can reach a case: what is promised holds after each step.

`test_engine_properties.py` walks the newest versions as people would; here nobody is reasonable.
"""

from datetime import timedelta
from typing import Any, ClassVar, cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contracts.base import is_unit
from contracts.cases import ChildOpened, Fact, StateEntered
from tests.unit.stories import COMMAND, GIVEN, MONDAY, PROTECTION, STATION, TOWN, Story, loaded, report, subject
from tests.unit.test_engine_properties import INTERNAL, attempt, is_in_table
from workflows.engine import advance
from workflows.loader import Workflow
from workflows.model import Case, evolve
from workflows.triggers import Acted, Begun, Expired, Migrated, Proved, Rejection, Reported, Reprojected, Trigger

DEFINITIONS = sorted(loaded(), key=lambda found: (found.definition.workflow, found.definition.version))
STEPS = settings(max_examples=12, stateful_step_count=30, suppress_health_check=list(HealthCheck), print_blob=True)


class Watched(Story):
    """A story that checks every answer of the engine when it is given."""

    folded: Case | None = None

    def send(self, trigger: Trigger) -> Fact | Rejection | None:
        before, stored = self.case, self.case.to_json() if self.case else b""
        result = advance(self.workflow, before, trigger, self.now)
        assert (before.to_json() if before else b"") == stored, "the engine changed the case it was given"
        if not isinstance(result, tuple):
            assert result is None or (result.code and result.zh and result.en)
            return result
        fact, self.case = result
        assert (fact.version, fact.cause) == (len(self.log) + 1, trigger.cause)
        assert all(self.is_known_step(effect, fact) for effect in fact.of(StateEntered))
        self.log.append(fact)
        self.folded = evolve(self.folded, Fact.read(fact.to_json()))
        return fact

    def is_known_step(self, entered: StateEntered, fact: Fact) -> bool:
        if not self.log or fact.trigger == "migrated":
            return entered.state in self.workflow.definition.states
        assert self.folded is not None
        return is_in_table(self.workflow.definition, self.folded.state, entered.state, fact)


class Anything(RuleBasedStateMachine):
    """One case, and everything that can be sent to it, in any order and at any time."""

    workflow: ClassVar[Workflow]

    def __init__(self) -> None:
        super().__init__()
        self.story = Watched(self.workflow)

    @initialize(data=st.data(), minor=st.booleans(), danger=st.booleans())
    def report_opens(self, data: st.DataObject, minor: bool, danger: bool) -> None:
        opens = [spec for spec in self.story.workflow.definition.opens if spec.event not in INTERNAL]
        spec = data.draw(st.sampled_from(opens))
        fields: dict[str, Any] = {key: data.draw(st.sampled_from(values)) for key, values in spec.where.items()}
        self.fields = fields | {key: GIVEN.get(key, STATION) for key in spec.has}
        self.event = spec.event.removeprefix("liandong.").removesuffix(".v1")
        self.reporter = STATION if "reporter" in spec.places.values() else None
        made = report(self.event, MONDAY, unit=self.reporter, **self.fields)
        self.story.reported(made, minor=minor, danger=danger)

    @rule(data=st.data())
    def somebody_acts(self, data: st.DataObject) -> None:
        attempt(cast("st.DrawFn", data.draw), self.story)

    @rule(version=st.integers(-1, 2))
    def somebody_acts_on_another_version(self, version: int) -> None:
        case = self.story.is_
        expected = case.version + version if version else case.version + 7
        trigger = Acted("old", "claim", case.accountable, "w1", self.story.now, expected_version=expected)
        refused = self.story.send(trigger)
        assert isinstance(refused, Rejection)
        assert refused.code == "stale_version"

    @rule(data=st.data())
    def action_from_the_future_is_refused(self, data: st.DataObject) -> None:
        later = self.story.now + timedelta(minutes=data.draw(st.integers(1, 99)))
        assert isinstance(self.story.send(Acted("f", "claim", self.story.is_.accountable, "w1", later)), Rejection)

    @rule(unit=st.sampled_from([STATION, PROTECTION, COMMAND]))
    def somebody_raises_danger(self, unit: str) -> None:
        self.story.send(Acted(self.cause, "raise_urgent_danger", unit, "w1", self.story.now))
        assert self.story.is_.urgent

    @rule(hours=st.sampled_from([0, 1, 30, 24 * 9, 24 * 100]))
    def time_passes_unheard(self, hours: int) -> None:
        self.story.later(hours=hours)

    @rule(hours=st.sampled_from([1, 30, 24 * 9, 24 * 100]))
    def silence(self, hours: int) -> None:
        self.story.silence(hours=hours)

    @precondition(lambda self: self.story.is_.clocks)
    @rule(data=st.data())
    def alarm_rings_early_late_or_twice(self, data: st.DataObject) -> None:
        key, clock = data.draw(st.sampled_from(sorted(self.story.is_.clocks.items(), key=lambda pair: pair[0])))
        due = clock.next_alarm is not None and clock.next_alarm <= self.story.now
        assert isinstance(self.story.send(Expired(self.cause, key)), Fact) == due

    @rule()
    def alarm_that_nobody_set_means_nothing(self) -> None:
        assert self.story.send(Expired(self.cause, "no such deadline")) is None

    @rule(data=st.data())
    def somebody_proves(self, data: st.DataObject) -> None:
        task_id = data.draw(st.sampled_from(["no such task", *sorted(self.story.is_.tasks)]))
        task = self.story.is_.tasks.get(task_id)
        proved = self.story.send(Proved(self.cause, task_id, STATION, "call-1", self.story.now))
        assert isinstance(proved, Fact) == bool(task and task.template)

    @precondition(lambda self: not self.story.is_.final)
    @rule(danger=st.booleans())
    def another_report(self, danger: bool) -> None:
        made = report(self.event, self.story.now, 100 + len(self.story.log), self.reporter, **self.fields)
        trigger = Reported(self.cause, UUID(int=900), made, (subject("victim"),), TOWN, immediate_danger=danger)
        assert isinstance(self.story.send(trigger), Fact)

    @precondition(lambda self: not self.story.is_.final)
    @rule()
    def another_case_has_a_lead(self) -> None:
        case = self.story.is_
        child = ChildOpened(
            case_id=UUID(int=7), workflow=case.workflow, state=case.state, relation="lead", report_id=UUID(int=8)
        )
        begun = Begun(self.cause, child, UUID(int=9), (subject("victim"),), TOWN, PROTECTION, self.story.now)
        assert isinstance(self.story.send(begun), Fact)

    @rule(data=st.data())
    def operator_migrates(self, data: st.DataObject) -> None:
        """To the next version, if there is one; else to where nothing is mapped, or to where the case is."""
        here = self.story.workflow.definition
        maps = [m for m in loaded().migrations if (m.workflow, m.source) == (here.workflow, here.version)]
        if not maps:
            assert self.story.send(Migrated(self.cause, here.version, {})) is None
            return
        chosen, mapped = data.draw(st.sampled_from(maps)), data.draw(st.integers(0, 3))
        self.story.workflow = loaded().get(here.workflow, chosen.target)
        result = self.story.send(Migrated(self.cause, chosen.target, chosen.states if mapped else {}))
        if not isinstance(result, Fact):
            assert self.story.is_.final or not mapped
            self.story.workflow = loaded().get(here.workflow, here.version)

    @rule()
    def operator_counts_the_days_again(self) -> None:
        """The calendar has not changed, so at most what was supposed before is now known."""
        self.story.send(Reprojected(self.cause, "calendar"))
        assert self.story.send(Reprojected(self.cause, "calendar")) is None

    @property
    def cause(self) -> str:
        return f"c{len(self.story.log)}"

    @invariant()
    def case_is_the_fold_of_what_was_published(self) -> None:
        assert self.story.case == self.story.folded

    @invariant()
    def one_unit_is_accountable_and_every_clock_stands_on_a_rule_in_force(self) -> None:
        if case := self.story.case:
            assert is_unit(case.accountable)
            assert case.state in self.story.workflow.definition.states
            assert case.version == len(self.story.log)
            rules = {clock.deadline.rule for clock in case.clocks.values()}
            assert all(found in self.story.workflow.policy for found in rules)


@pytest.mark.parametrize(
    "workflow", DEFINITIONS, ids=lambda found: f"{found.definition.workflow}-{found.definition.version}"
)
def test_whatever_is_sent_to_a_case_the_promises_hold(workflow: Workflow) -> None:
    machine = type("Anything", (Anything,), {"workflow": workflow})
    run_state_machine_as_test(machine, settings=STEPS)
