"""What a workflow file may say. `loader.py` proves a file before it runs.

A key in `owner`, `by`, `unit` or `addressee` is a unit kind (`police-station`) or a part the case has placed
(`receiver`): `accountable` is whoever the state names, `reporter` the unit of a report.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, model_validator

from contracts import codes
from contracts.base import Code, Contract

Public = Literal["received", "in_progress", "closed"]


class FieldSpec(Contract):
    """A field an action asks for. Codes carry their Chinese label; nothing here can hold free text.

    `list` names a code list of `contracts.codes` in place of codes written out here.
    """

    title: str
    type: Literal["code", "codes", "bool", "time", "unit", "reference", "number"]
    codes: dict[Code, str] = Field(default_factory=dict)
    kinds: tuple[Code, ...] = ()
    required: bool = True

    @model_validator(mode="before")
    @classmethod
    def _fill_from_list(cls, spec: Any) -> Any:
        if "list" not in spec:
            return spec
        listed = getattr(codes, spec["list"])
        return {k: v for k, v in spec.items() if k != "list"} | {"codes": {c.value: c.label_zh for c in listed}}

    @model_validator(mode="after")
    def _codes_belong_to_codes(self) -> "FieldSpec":
        if (self.type in {"code", "codes"}) != bool(self.codes):
            raise ValueError("`codes` goes with the types code and codes, and they need it")
        return self


class MilestoneSpec(Contract):
    """`at` names a recorded moment; without it the milestone happened when the action did."""

    name: Code
    at: Code | None = None
    dimensions: tuple[Code, ...] = ()
    when: Code | None = None


class StartSpec(Contract):
    """A clock to start: `since` names a recorded moment, else it counts from the action itself.

    One that `replaces` another starts where that one started, less the days it stood still; without it, not at all.
    """

    rule: Code
    since: Code | None = None
    replaces: Code | None = None
    when: Code | None = None


class TaskSpec(Contract):
    """Work of a unit beside the state's owner. A task with a template is a notice and ends only by proof."""

    title: str
    unit: Code = "accountable"
    addressee: Code | None = None
    template: Code | None = None
    deadline: Code | None = None
    per_report: bool = False
    when: Code | None = None
    survives_closing: bool = False
    fields: dict[Code, FieldSpec] = Field(default_factory=dict)


class ChildSpec(Contract):
    """A case to open elsewhere: `carries` names the fields that go with it, `roles` who is called what there."""

    workflow: Code
    state: Code
    relation: Code
    roles: dict[Code, Code] = Field(default_factory=dict)
    carries: tuple[Code, ...] = ()
    since: Code | None = None
    sets: dict[Code, bool | str] = Field(default_factory=dict)
    when: Code | None = None


class ActionSpec(Contract):
    """One row of the transition table. Without `to` the state stays; `to: origin` returns from an interlude."""

    name: Code
    title: str
    source: tuple[Code, ...] = Field(alias="from")
    to: Code | None = None
    by: tuple[Code, ...] = ("accountable",)
    timer: Code | None = Field(default=None, description="The rule whose breach does this; nobody else can.")
    guards: tuple[Code, ...] = ()
    fields: dict[Code, FieldSpec] = Field(default_factory=dict)
    marks: dict[Code, Code] = Field(default_factory=dict, description="Moment to keep: a time field, or `occurred`.")
    places: dict[Code, Code] = Field(default_factory=dict, description="Part or kind to place: a unit field or a part.")
    drops: tuple[Code, ...] = Field(default=(), description="Parts nobody has any more.")
    at: Code | None = Field(default=None, description="The time field that says when it was done; else when recorded.")
    counts: Code | None = None
    resets: Code | None = None
    starts: tuple[StartSpec, ...] = ()
    meets: tuple[Code, ...] = ()
    cancels: tuple[Code, ...] = ()
    pauses: tuple[Code, ...] = ()
    resumes: tuple[Code, ...] = ()
    tasks: tuple[Code, ...] = ()
    closes: tuple[Code, ...] = ()
    children: tuple[ChildSpec, ...] = ()
    milestones: tuple[MilestoneSpec, ...] = ()
    outcome: Code | None = None
    urgent: bool = False


class StateSpec(Contract):
    """A state has one owner, and a clock or a stated reason for none."""

    code: str
    title: str
    owner: Code = "accountable"
    public: Public = "in_progress"
    deadlines: tuple[StartSpec, ...] = ()
    ends: tuple[Code, ...] = Field(default=(), description="Clocks that actions here may start; they end with it.")
    tasks: tuple[Code, ...] = ()
    no_clock: str | None = None
    final: bool = False
    quiet: bool = False
    interlude: bool = Field(default=False, description="Left by `to: origin`.")


class OpenSpec(Contract):
    """Which event opens a case, in which state: the first whose `where` fits and whose `has` are all given."""

    event: str
    state: Code
    where: dict[Code, tuple[str, ...]] = Field(default_factory=dict)
    has: tuple[Code, ...] = ()
    marks: dict[Code, Code] = Field(default_factory=dict, description="Moment to keep under another name.")
    places: dict[Code, Code] = Field(default_factory=dict, description="Part or kind to place: a unit field, if given.")
    fields: dict[Code, bool | str] = Field(default_factory=dict)
    starts: tuple[StartSpec, ...] = ()
    tasks: tuple[Code, ...] = ()
    milestones: tuple[MilestoneSpec, ...] = ()

    def fits(self, event: str, fields: Mapping[str, Any]) -> bool:
        given = all(fields.get(name) for name in self.has)
        return self.event == event and given and all(fields.get(name) in fit for name, fit in self.where.items())


class JoinSpec(Contract):
    """Which roles, taken together, are the same case. A report that matches is proposed, never joined silently."""

    roles: tuple[Code, ...]
    fields: tuple[Code, ...] = ()
    tasks: tuple[Code, ...] = Field(default=(), description="Opened for a report confirmed as the same incident.")
    milestones: tuple[MilestoneSpec, ...] = Field(default=(), description="What a proposed report counts as at once.")


class Definition(Contract):
    """A whole workflow."""

    workflow: Code
    version: int
    title: str
    law: str
    notes: tuple[str, ...] = ()
    opens: tuple[OpenSpec, ...]
    join: JoinSpec
    states: dict[Code, StateSpec]
    actions: tuple[ActionSpec, ...]
    tasks: dict[Code, TaskSpec] = Field(default_factory=dict)

    @cached_property
    def table(self) -> dict[tuple[str, str], list[ActionSpec]]:
        """(state, action name) -> its rows: the one table behind decisions, buttons and diagrams."""
        rows: dict[tuple[str, str], list[ActionSpec]] = {}
        for action in self.actions:
            for state in self.sources(action):
                rows.setdefault((state, action.name), []).append(action)
        return rows

    def find_opening(self, event: str, fields: Mapping[str, Any]) -> OpenSpec | None:
        return next((spec for spec in self.opens if spec.fits(event, fields)), None)

    def sources(self, action: ActionSpec) -> tuple[str, ...]:
        """`any` stands for every state that is not final."""
        if action.source == ("any",):
            return tuple(name for name, state in self.states.items() if not state.final)
        return action.source
