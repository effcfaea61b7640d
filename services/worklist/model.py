"""What an open case asks of whom. A view is folded fact by fact; the items of the queues follow from the view.

The state of an open case is one item, of its accountable unit. Every open task is one, of the unit that owes it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import singledispatch
from operator import attrgetter
from typing import Any, Final, Literal
from uuid import UUID

from msgspec import Struct, field
from msgspec.structs import replace

from contracts import cases as facts
from contracts.base import Moment, Part

STATE = "state"
"""The name of the item that is the step of the accountable unit; the others are named by their task."""

Changes = dict[str, Any]


Status = Literal["running", "paused", "breached"]


class Clock(Part, frozen=True, omit_defaults=False):
    """A deadline that has not ended, as a worker sees it. `PLAT` is the platform's own and must not be shown as law."""

    deadline_id: str
    rule: str
    title: str
    article: str
    law_class: str
    jurisdiction: str
    value: int
    time_unit: str
    started_at: Moment
    due_at: Moment
    task_id: str | None = None
    latest_due_at: Moment | None = None
    status: Status = "running"


class View(Part, frozen=True):
    """As much of a case as its queue items need."""

    case_id: UUID
    workflow: str
    region: str
    state: str = ""
    title: str = ""
    accountable: str = ""
    entered_at: Moment | None = None
    final: bool = False
    quiet: bool = False
    urgent: bool = False
    tasks: dict[str, facts.Task] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    clocks: dict[str, Clock] = field(default_factory=dict)


class Item(Struct, frozen=True, gc=False):
    """One thing for one unit to do. `due_at` is the earliest clock that is not paused."""

    case_id: UUID
    item: str
    unit: str
    kind: str
    title: str
    workflow: str
    region: str
    state: str
    state_title: str
    urgent: bool
    breached: bool
    due_at: datetime | None
    opened_at: datetime
    claimed_by: str | None = None
    addressee: str | None = None
    template: str | None = None
    report_id: UUID | None = None
    deadlines: tuple[Clock, ...] = ()

    @property
    def key(self) -> tuple[UUID, str]:
        return self.case_id, self.item


Items = dict[tuple[UUID, str], Item]

_OF_DEADLINE: Final = attrgetter(*Clock.__struct_fields__[:-1])
"""Everything but `status`, which is the last."""


# -- facts to views ---------------------------------------------------------------------------------------------


def fold(views: Mapping[UUID, View], log: Iterable[facts.Fact]) -> dict[UUID, View]:
    """The views after the facts, which are in order within each case; cases without a fact are not in the answer."""
    changed: dict[UUID, View] = {}
    for fact in log:
        view = changed.get(fact.case_id) or views.get(fact.case_id)
        view = view or View(case_id=fact.case_id, workflow=fact.workflow, region=fact.region)
        for effect in fact.effects:
            if change := _changes.registry.get(type(effect)):
                view = replace(view, **change(effect, view, fact))
        changed[fact.case_id] = view
    return changed


@singledispatch
def _changes(effect: Any, view: View, fact: facts.Fact) -> Changes:  # noqa: ARG001
    return {}


@_changes.register
def _(effect: facts.StateEntered, view: View, fact: facts.Fact) -> Changes:
    return {
        "state": effect.state,
        "title": effect.title,
        "accountable": effect.accountable,
        "final": effect.final,
        "quiet": effect.quiet,
        "entered_at": fact.decided_at,
        "claims": _without(view.claims, STATE),
    }


@_changes.register
def _(effect: facts.UrgentRaised, view: View, fact: facts.Fact) -> Changes:  # noqa: ARG001
    return {"urgent": True}


@_changes.register
def _(effect: facts.UrgentEnded, view: View, fact: facts.Fact) -> Changes:  # noqa: ARG001
    return {"urgent": False}


@_changes.register
def _(effect: facts.TaskOpened, view: View, fact: facts.Fact) -> Changes:  # noqa: ARG001
    return {"tasks": view.tasks | {effect.task.task_id: effect.task}}


@_changes.register
def _(effect: facts.TaskAccepted, view: View, fact: facts.Fact) -> Changes:  # noqa: ARG001
    return _task(view, effect.task_id, status="accepted")


@_changes.register
def _(effect: facts.TaskMoved, view: View, fact: facts.Fact) -> Changes:  # noqa: ARG001
    moved = _task(view, effect.task_id, unit=effect.unit, rerouted=True)
    return moved | {"claims": _without(view.claims, effect.task_id)}


@_changes.register
def _(effect: facts.TaskClosed, view: View, fact: facts.Fact) -> Changes:  # noqa: ARG001
    return {"tasks": _without(view.tasks, effect.task_id), "claims": _without(view.claims, effect.task_id)}


@_changes.register
def _(effect: facts.ItemClaimed, view: View, fact: facts.Fact) -> Changes:  # noqa: ARG001
    return {"claims": view.claims | {effect.item: effect.worker}}


@_changes.register
def _(effect: facts.ItemReleased, view: View, fact: facts.Fact) -> Changes:  # noqa: ARG001
    return {"claims": _without(view.claims, effect.item)}


@_changes.register
def _(effect: facts.DeadlineStarted, view: View, fact: facts.Fact) -> Changes:  # noqa: ARG001
    clock = Clock(*_OF_DEADLINE(effect.deadline))
    return {"clocks": view.clocks | {clock.deadline_id: clock}}


@_changes.register
def _(effect: facts.DeadlinePaused, view: View, fact: facts.Fact) -> Changes:  # noqa: ARG001
    return _clock(view, effect.deadline_id, "paused")


@_changes.register
def _(effect: facts.DeadlineResumed, view: View, fact: facts.Fact) -> Changes:  # noqa: ARG001
    return _clock(view, effect.deadline_id, "running", due_at=effect.due_at, latest_due_at=effect.latest_due_at)


@_changes.register
def _(effect: facts.DeadlineBreached, view: View, fact: facts.Fact) -> Changes:  # noqa: ARG001
    return _clock(view, effect.deadline_id, "breached")


@_changes.register
def _(effect: facts.DeadlineReprojected, view: View, fact: facts.Fact) -> Changes:  # noqa: ARG001
    moved = {"due_at": effect.due_at, "latest_due_at": effect.latest_due_at}
    return _clock(view, effect.deadline_id, view.clocks[effect.deadline_id].status, **moved)


@_changes.register(facts.DeadlineMet)
@_changes.register(facts.DeadlineCancelled)
def _(effect: facts.DeadlineMet | facts.DeadlineCancelled, view: View, fact: facts.Fact) -> Changes:  # noqa: ARG001
    return {"clocks": _without(view.clocks, effect.deadline_id)}


def _clock(view: View, deadline_id: str, status: Status, **moved: datetime | None) -> Changes:
    clock = replace(view.clocks[deadline_id], status=status, **moved)
    return {"clocks": view.clocks | {deadline_id: clock}}


def _task(view: View, task_id: str, **changes: Any) -> Changes:
    return {"tasks": view.tasks | {task_id: replace(view.tasks[task_id], **changes)}}


def _without(items: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: item for name, item in items.items() if name != key}


KINDS: Final = tuple(_changes.registry.keys() - {object})
"""What is read of a fact."""


# -- views to items ---------------------------------------------------------------------------------------------


def items(view: View) -> Items:
    """What is in the queues because of this case."""
    found = [_task_item(view, task) for task in view.tasks.values()]
    if not (view.final or view.quiet):
        found.append(_state_item(view))
    return {item.key: item for item in found}


def expected_items(log: Iterable[facts.Fact]) -> Items:
    """What the queues must hold after a whole log, of any number of cases; for `verify`."""
    return _all_items(fold({}, log).values())


def compare(before: Iterable[View], after: Iterable[View]) -> tuple[list[tuple[UUID, str]], list[Item]]:
    """Which items to take away and which to put in; a changed one is in both. Sorted by case and item."""
    old, new = _all_items(before), _all_items(after)
    gone = [key for key, item in old.items() if new.get(key) != item]
    come = [item for key, item in new.items() if old.get(key) != item]
    return sorted(gone, key=_in_order), sorted(come, key=lambda item: _in_order(item.key))


def _all_items(views: Iterable[View]) -> Items:
    found: Items = {}
    for view in views:
        found |= items(view)
    return found


def _in_order(key: tuple[UUID, str]) -> tuple[int, str]:
    return key[0].int, key[1]


def _state_item(view: View) -> Item:
    assert view.entered_at is not None, "a case is in a state from its first fact on"
    return Item(
        item=STATE,
        unit=view.accountable,
        kind=STATE,
        title=view.title,
        opened_at=view.entered_at,
        **_shared(view, STATE, [clock for clock in view.clocks.values() if clock.task_id is None]),
    )


def _task_item(view: View, task: facts.Task) -> Item:
    concerning = [
        clock
        for clock in view.clocks.values()
        if clock.task_id == task.task_id or clock.deadline_id == task.about_deadline
    ]
    return Item(
        item=task.task_id,
        unit=task.unit,
        kind=task.kind,
        title=f"待接收：{task.title}" if task.status == "offered" else task.title,
        opened_at=task.opened_at,
        addressee=task.addressee,
        template=task.template,
        report_id=task.report_id,
        **_shared(view, task.task_id, concerning),
    )


def _shared(view: View, item: str, clocks: list[Clock]) -> dict[str, Any]:
    clocks.sort(key=lambda clock: (clock.due_at, clock.deadline_id))
    return {
        "case_id": view.case_id,
        "workflow": view.workflow,
        "region": view.region,
        "state": view.state,
        "state_title": view.title,
        "urgent": view.urgent,
        "breached": any(clock.status == "breached" for clock in clocks),
        "due_at": next((clock.due_at for clock in clocks if clock.status != "paused"), None),
        "claimed_by": view.claims.get(item),
        "deadlines": tuple(clocks),
    }
