"""What a workflow file may say. `loader.py` proves a file before it runs.

A key in `owner`, `by`, `unit`, `addressee` or `reroute`, and a source of `places`, is a unit kind (`court`) or a part
the case has placed (`receiver`): `accountable` is whoever the state names, `reporter` the unit of a report (in `by`,
of any), `actor` the unit that acts. A handover that may come back keeps the sender as a part, `places: {returner:
actor}`, and a later row goes straight to it (直达) with `places: {receiver: returner}`. `places: {seat: receiver}`
moves the case to the place of that unit: every kind then means the unit of that place.

Standing tasks and actions (claim, danger, answers to tasks) are there in every workflow: `workflows/actions.py`.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, PositiveInt, StringConstraints, model_validator

from contracts import codes
from contracts.base import Code, Contract
from contracts.cases import Scalar
from workflows.wording import unknown

Public = Literal["received", "in_progress", "closed"]

Text = Annotated[str, StringConstraints(pattern=r"\S")]
"""What people read; never blank."""

CHILD: Final = "case"
"""The event under which a definition says how another case may open it."""

DANGER: Final = "danger"
"""The event under which a definition says where a case opens when a child is in danger in some other case."""


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


Values = Annotated[tuple[bool | int | str, ...], BeforeValidator(_as_tuple), Field(min_length=1)]
"""One value or a list of them: `red`, `true`, `[blue, green]`."""


class Conditions(Contract):
    """What must hold, as data. Everything that is given must hold; a refusal names the field with its labels.

    `where: {grade: [blue, green], child_seen: true}`: the field (of the action at hand, else as the case recorded it)
    has one of these values; of a field of ticks (`codes`), at least one is ticked.
    `limit: {returns: 2}`: what the counter counts has happened less than twice, so a row that counts it is possible
    twice. `least: {follow_ups: 6}`: it has happened six times. The definition's `counters` gives counters their titles.
    There is no "not" and no "or": write another row, or a small guard.
    """

    where: dict[Code, Values] = Field(default_factory=dict)
    limit: dict[Code, PositiveInt] = Field(default_factory=dict)
    least: dict[Code, PositiveInt] = Field(default_factory=dict)

    def failing_field(self, fields: Mapping[str, Any]) -> str | None:
        """The first field of `where` that has none of the values."""
        return next((name for name, values in self.where.items() if not _has(fields.get(name), values)), None)

    def failing_counter(self, counters: Mapping[str, int]) -> str | None:
        """The first counter that is at its limit, or not yet as high as it must be."""
        full = (name for name, most in self.limit.items() if counters.get(name, 0) >= most)
        low = (name for name, least in self.least.items() if counters.get(name, 0) < least)
        return next(full, None) or next(low, None)


class Conditional(Conditions):
    """A part of a row that may not apply. `when` names a guard."""

    when: Code | None = None


def _has(value: Scalar, wanted: tuple[bool | int | str, ...]) -> bool:
    return not set(value).isdisjoint(wanted) if isinstance(value, list) else value in wanted


def _as_mapping(value: Any) -> Any:
    return {name: name for name in value} if isinstance(value, list | tuple) else value


_LISTS: Final[dict[str, Any]] = {
    name: made for name, made in vars(codes).items() if isinstance(made, type) and issubclass(made, codes.CodeList)
}


class FieldSpec(Contract):
    """A field an action asks for. Codes carry their Chinese label; nothing here can hold free text.

    `list` names a code list of `contracts.codes` in place of codes written out here. A `time` lies in the past; a `day`
    is a date (`2026-07-01`) that may lie in the future. `units` is a list of unit ids; `kinds` says of which kinds.
    """

    title: Text
    type: Literal["code", "codes", "bool", "time", "day", "unit", "units", "reference", "number"]
    codes: dict[Code, Text] = Field(default_factory=dict)
    kinds: tuple[Code, ...] = ()
    required: bool = True

    @model_validator(mode="before")
    @classmethod
    def _fill_from_list(cls, spec: Any) -> Any:
        if not isinstance(spec, dict) or "list" not in spec:
            return spec
        listed = _LISTS.get(str(spec["list"]))
        if listed is None:
            raise ValueError(" / ".join(unknown("code list", spec["list"], _LISTS)))
        return {k: v for k, v in spec.items() if k != "list"} | {"codes": {c.value: c.label_zh for c in listed}}

    @model_validator(mode="after")
    def _codes_belong_to_codes(self) -> "FieldSpec":
        if (self.type in {"code", "codes"}) != bool(self.codes):
            raise ValueError(
                "code、codes 类型必须写明 codes（或 list），其他类型不能写"
                " / `codes` goes with the types code and codes, and they need it"
            )
        if self.kinds and self.type not in {"unit", "units"}:
            raise ValueError("kinds 只用于 unit、units 类型 / `kinds` goes with the types unit and units")
        return self


class MilestoneSpec(Conditional):
    """`at` names a time field of the action or a recorded moment; without it the milestone happened when it did.

    `dimensions` names fields; `sets` are dimensions that follow from the row itself (`{kind: revocation}`).
    """

    name: Code
    at: Code | None = None
    dimensions: tuple[Code, ...] = ()
    sets: dict[Code, bool | str] = Field(default_factory=dict)


class StartSpec(Conditional):
    """A clock to start: `since` names a recorded moment, else it counts from the action itself.

    One that `replaces` another starts where that one started, less the days it stood still; without it, not at all.
    `until` names a `day` field: the clock ends with that day. A day later than the rule's own end is refused; a report
    cannot be refused, and its clock then ends with the rule. A rule with `term: true` (policy) is a period, not a duty:
    its end is no breach, fires its `timer` row and is journalled as `term_ended`. `remind_days` of a rule gives the
    owner a reminder task that many days before the end.
    """

    rule: Code
    since: Code | None = None
    replaces: Code | None = None
    until: Code | None = None


class TaskSpec(Conditional):
    """Work of a unit beside the state's owner. A task with a template is a notice and ends only by proof.

    Referral: with `acceptance` the task is first offered. `handshake`: the unit accepts or rejects with a reason;
    `duty`: the law obliges it, it can only accept. The clock `answer` runs until then; silence climbs that rule's
    ladder and goes once to the unit `reroute`. The clock `deadline` starts with the acceptance. Accepted work ends
    `done`, `failed` or `unattended`; the accountable unit may cancel it. What was rejected, failed or stayed unattended
    comes back to the accountable unit, which offers it again or withdraws it. Who is accountable never changes by this.

    Conference (会商): `each` names a `units` field, and every unit in it gets the task. `tally` names a field of the
    task and counts, anew for each round: `<kind>.opened`, `<kind>.done`, `<kind>.<value of the field>`, and
    `<kind>.<unit kind>` for each that is done. `least: {opinion.done: 3, opinion.police-bureau: 1}` then is a quorum
    and a required agency. Decisions are a `codes` field of the row that ends the conference; each task it may lead to
    is in its `tasks` and says `where: {decisions: family_guidance}`.

    `milestones` are reached when the task is done or proved; `at` may name one of its own time fields. Those in
    `accepted` are reached when the unit takes it on.

    `since` names the moment at which its clock starts, as the report at hand states it before the case's own; without
    it the clock starts with the task. With `done` the work had been done by that moment already: the task opens and
    ends at once, and its clock is met or missed as of then (a report shows whether its unit reported at once).
    """

    title: Text
    unit: Code = "accountable"
    addressee: Code | None = None
    addressee_role: Code | None = Field(default=None, description="A person of the case to tell, by role.")
    template: Code | None = None
    deadline: Code | None = None
    since: Code | None = None
    done: Code | None = None
    per_report: bool = False
    again: bool = Field(default=False, description="Opened anew when done, until a row closes it: regular visits.")
    each: Code | None = None
    tally: Code | None = None
    acceptance: Literal["handshake", "duty"] | None = None
    answer: Code | None = None
    reroute: Code | None = None
    survives_closing: bool = False
    fields: dict[Code, FieldSpec] = Field(default_factory=dict)
    milestones: tuple[MilestoneSpec, ...] = ()
    accepted: tuple[MilestoneSpec, ...] = ()

    @model_validator(mode="after")
    def _hangs_together(self) -> "TaskSpec":
        if (self.acceptance is None) != (self.answer is None):
            raise ValueError(
                "acceptance 与 answer（其期限规则）必须同时写明"
                " / `acceptance` and `answer` (the rule of its clock) go together"
            )
        if self.acceptance and (self.template or self.per_report):
            raise ValueError(
                "告知事项（有 template）和按报告开立的任务不能接收或退回；去掉 acceptance"
                " / a notice, or a task for each report, cannot be accepted or rejected; drop `acceptance`"
            )
        if self.reroute and not self.acceptance:
            raise ValueError("有 acceptance 才能写 reroute / `reroute` goes with `acceptance`")
        if self.tally and getattr(self.fields.get(self.tally), "type", "") not in {"code", "codes", "bool"}:
            raise ValueError(
                "tally 应为本任务的 code、codes 或 bool 字段 / `tally` names a code, codes or bool field of the task"
            )
        return self


STANDARD: Final[dict[str, TaskSpec]] = {
    "urgent_response": TaskSpec(
        title="紧急危险处置",
        unit="police-command",
        deadline="urgent-danger",
        fields={
            "measure": FieldSpec(
                title="处置措施",
                type="code",
                codes={
                    "dispatched": "已出警",
                    "safe": "已脱离危险",
                    "removed": "已带离安置",
                    "false_alarm": "核实无危险",
                },
            )
        },
    ),
    "new_report": TaskSpec(title="新报告待核", deadline="new-report-check"),
    "new_lead": TaskSpec(title="新线索待核", deadline="new-lead-check"),
    "returned": TaskSpec(title="被退回事项另行安排", deadline="task-returned"),
}
"""Tasks that every workflow has; a definition may say more about one by naming it among its own."""


class ChildSpec(Conditional):
    """A case to open elsewhere, as its `opens: {event: case}` says; `roles`: who is called what there.

    `carries` names the fields that go with it: a list, or a mapping from their names there to their names here
    (`{relation: suspect_relation}`). With `reporter` (of ReporterCategory) it opens there as a report of the unit that
    acts, made now and known `since` then, and is answered like one. When an open case of that workflow is about the
    same people, nothing is opened: that case gets the task 新线索待核, and its accountable unit decides.
    """

    workflow: Code
    state: Code
    relation: Code
    roles: dict[Code, Code] = Field(default_factory=dict)
    carries: Annotated[dict[Code, Code], BeforeValidator(_as_mapping)] = Field(default_factory=dict)
    since: Code | None = None
    sets: dict[Code, bool | str] = Field(default_factory=dict)
    reporter: Code | None = None


class ActionSpec(Conditions):
    """One row of the transition table. Without `to` the state stays; `to: origin` returns from an interlude.

    Rows of one name in one state are tried in order: the first whose conditions and guards hold is taken. A `timer` row
    is taken by the end of that rule's clock, by nobody else; it may place the next unit (`places: {receiver:
    civil-affairs}`) and so route a case on when a unit is silent.
    """

    name: Code
    title: Text
    source: tuple[Code, ...] = Field(alias="from", min_length=1)
    to: Code | None = None
    by: tuple[Code, ...] = Field(default=("accountable",), min_length=1)
    timer: Code | None = Field(default=None, description="The rule whose breach does this; nobody else can.")
    guards: tuple[Code, ...] = ()
    fields: dict[Code, FieldSpec] = Field(default_factory=dict)
    marks: dict[Code, Code] = Field(default_factory=dict, description="Moment to keep: a time field, or `occurred`.")
    places: dict[Code, Code] = Field(
        default_factory=dict, description="Part or kind to place: a unit field, a part, a kind."
    )
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
    calls_off: tuple[Code, ...] = Field(default=(), description="Tasks nobody need do now: their clocks are not met.")
    children: tuple[ChildSpec, ...] = ()
    milestones: tuple[MilestoneSpec, ...] = ()
    outcome: Code | None = None
    urgent: bool = False


class StateSpec(Contract):
    """A state has one owner, and a clock or a stated reason for none."""

    code: Text
    title: Text
    owner: Code = "accountable"
    public: Public = "in_progress"
    deadlines: tuple[StartSpec, ...] = ()
    ends: tuple[Code, ...] = Field(default=(), description="Clocks that actions here may start; they end with it.")
    tasks: tuple[Code, ...] = ()
    no_clock: Text | None = None
    final: bool = False
    quiet: bool = False
    interlude: bool = Field(default=False, description="Left by `to: origin`.")


class MoveSpec(Contract):
    """From which states of an open case a report takes it to the state of the opening it fits, once it is confirmed.

    `at` names the time of the report at which that was done; `meets`: clocks that were met by then, each with the time
    of the report at which it was.
    """

    source: tuple[Code, ...] = Field(alias="from", min_length=1)
    at: Code | None = None
    meets: dict[Code, Code] = Field(default_factory=dict)


class OpenSpec(Contract):
    """Which event opens a case, in which state: the first whose `where` fits and whose `has` are all given.

    `event: case` is how another case may open one here: its `state` is the one that case asks for. `event: danger` is
    where a case opens, in one workflow at most, when a child is in danger in a case of another workflow.
    `children` open at once with the case. A report from an agency's own system may be further than an open case that
    it is confirmed to be about; `moves` says which states of that case it takes on to `state`. Without it, or from
    another state, such a report is attached and nothing moves.
    """

    event: str
    state: Code
    where: dict[Code, Values] = Field(default_factory=dict)
    has: tuple[Code, ...] = ()
    marks: dict[Code, Code] = Field(default_factory=dict, description="Moment to keep under another name.")
    places: dict[Code, Code] = Field(
        default_factory=dict,
        description="Part or kind to place: a unit field, if given; `reporter`: its unit, for a kind if it is one.",
    )
    fields: dict[Code, bool | str] = Field(default_factory=dict)
    starts: tuple[StartSpec, ...] = ()
    tasks: tuple[Code, ...] = ()
    milestones: tuple[MilestoneSpec, ...] = ()
    children: tuple[ChildSpec, ...] = ()
    moves: MoveSpec | None = None

    def fits(self, event: str, fields: Mapping[str, Any]) -> bool:
        if self.event != event:
            return False
        given = all(fields.get(name) for name in self.has)
        return given and all(_has(fields.get(name), fit) for name, fit in self.where.items())


class JoinSpec(Contract):
    """Which roles, taken together, are the same case. A report that matches is proposed, never joined silently.

    In a state that `renews` the case waits for just that report, such as the next screening of the same woman: it moves
    the case as it would have opened one.
    """

    roles: tuple[Code, ...] = Field(min_length=1)
    fields: tuple[Code, ...] = ()
    renews: tuple[Code, ...] = ()
    tasks: tuple[Code, ...] = Field(default=(), description="Opened for a report confirmed as the same incident.")
    milestones: tuple[MilestoneSpec, ...] = Field(default=(), description="What a proposed report counts as at once.")


class Definition(Contract):
    """A whole workflow."""

    workflow: Code
    version: PositiveInt
    title: Text
    law: Text
    notes: tuple[Text, ...] = ()
    opens: tuple[OpenSpec, ...]
    join: JoinSpec
    states: dict[Code, StateSpec]
    actions: tuple[ActionSpec, ...]
    tasks: dict[Code, TaskSpec] = Field(default_factory=dict)
    counters: dict[Code, Text] = Field(default_factory=dict, description="Titles of what `limit` and `least` count.")

    @cached_property
    def table(self) -> dict[tuple[str, str], list[ActionSpec]]:
        """(state, action name) -> its rows: the one table behind decisions, buttons and diagrams."""
        rows: dict[tuple[str, str], list[ActionSpec]] = {}
        for action in self.actions:
            for state in self.sources(action):
                rows.setdefault((state, action.name), []).append(action)
        return rows

    def rows_from(self, state: str) -> tuple[ActionSpec, ...]:
        """Every row of a state, alarms' too, in the order of the file."""
        return self._rows_by_state.get(state, ())

    @cached_property
    def _rows_by_state(self) -> dict[str, tuple[ActionSpec, ...]]:
        return {name: tuple(row for row in self.actions if name in self.sources(row)) for name in self.states}

    @cached_property
    def milestones(self) -> tuple[MilestoneSpec, ...]:
        """All that can be reached, wherever it stands; one name may come often."""
        of_openings = (one for opening in self.opens for one in opening.milestones)
        of_actions = (one for action in self.actions for one in action.milestones)
        of_tasks = (one for task in self.tasks.values() for one in (*task.milestones, *task.accepted))
        return (*of_openings, *of_actions, *self.join.milestones, *of_tasks)

    def find_task(self, kind: str) -> TaskSpec | None:
        """None for what the engine alone opens: 督办 and reminders."""
        return self.tasks.get(kind) or STANDARD.get(kind)

    def find_opening(self, event: str, fields: Mapping[str, Any], state: str | None = None) -> OpenSpec | None:
        """`state`: the one that another case asks for."""
        return next((o for o in self.opens if state in {None, o.state} and o.fits(event, fields)), None)

    @cached_property
    def all_fields(self) -> tuple[tuple[str, FieldSpec], ...]:
        """Every field that some action or task asks for, by name; one name may stand for several."""
        of_actions = (item for row in self.actions for item in row.fields.items())
        return (*of_actions, *(item for task in self.tasks.values() for item in task.fields.items()))

    def find_field(self, name: str) -> FieldSpec | None:
        return next((spec for known, spec in self.all_fields if known == name), None)

    def sources(self, action: ActionSpec) -> tuple[str, ...]:
        """`any` stands for every state that is not final."""
        if action.source == ("any",):
            return tuple(name for name, state in self.states.items() if not state.final)
        return action.source
