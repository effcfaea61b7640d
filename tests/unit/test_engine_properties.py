"""Whatever is tried on a case: one accountable unit, no step outside the table, no clock without its law."""

from datetime import timedelta
from typing import Any

import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from contracts.base import is_unit
from contracts.cases import Fact, Scalar, StateEntered
from tests.unit.stories import GIVEN, MONDAY, STATION, Story, loaded, report
from workflows.definition import CHILD, DANGER, Definition, FieldSpec
from workflows.engine import allowed_actions
from workflows.errors import DefinitionError
from workflows.loader import Workflow, load_definition
from workflows.model import Case, fold
from workflows.policy import load_policy
from workflows.triggers import Acted, Rejection

POLICY = load_policy()
INTERNAL = {CHILD, DANGER}
GENERIC = ("claim", "release", "complete_task", "review_report")
WALK = settings(max_examples=60)


def value_for(draw: st.DrawFn, spec: FieldSpec, story: Story) -> Scalar:
    """A value that is right for a field, or now and then one that is not."""
    right: dict[str, st.SearchStrategy[Scalar]] = {
        "code": st.sampled_from(sorted(spec.codes) or ["x"]),
        "codes": st.lists(st.sampled_from(sorted(spec.codes) or ["x"]), unique=True, max_size=3),
        "bool": st.booleans(),
        "time": st.just(story.now.isoformat()),
        "day": st.just((story.now + timedelta(days=draw(st.integers(1, 300)))).date().isoformat()),
        "units": st.just([f"{kind}@330382001" for kind in spec.kinds[:3]] or [STATION]),
        "unit": st.sampled_from([f"{kind}@330382001" for kind in spec.kinds] or [STATION]),
        "reference": st.just("文1号"),
        "number": st.integers(0, 9),
    }
    wrong: st.SearchStrategy[Scalar] = st.sampled_from([None, "", 7, "张三", []])
    return draw(right[spec.type] if draw(st.integers(0, 9)) else wrong)


def take_a_step(draw: st.DrawFn, story: Story) -> None:
    """Silence, a second report, proofs, or an action by a unit that may or may not be allowed to do it."""
    kind = draw(st.sampled_from(["act", "act", "act", "act", "silence", "report", "prove"]))
    if kind == "silence":
        story.silence(hours=draw(st.sampled_from([1, 30, 24 * 9, 24 * 100])))
    elif kind == "prove":
        story.prove()
    elif kind == "report" and not story.is_.final:
        event = next(spec.event for spec in story.workflow.definition.opens if spec.event not in INTERNAL)
        name = event.removeprefix("liandong.").removesuffix(".v1")
        fields: dict[str, Any] = dict(story.is_.fields)
        story.reported(report(name, story.now, 100 + len(story.log), **fields))
    else:
        attempt(draw, story)


def attempt(draw: st.DrawFn, story: Story) -> None:
    case, table = story.is_, story.workflow.definition.table
    units = sorted({case.accountable, STATION, *case.placements.values(), *(t.unit for t in case.tasks.values())})
    unit = draw(st.sampled_from(units))
    names = sorted({name for _, name in table}) if not draw(st.integers(0, 4)) else []
    action = draw(st.sampled_from(names or list(allowed_actions(story.workflow, case, unit)) or list(GENERIC)))
    rows = table.get((case.state, action), [])
    specs = rows[0].fields if rows else {}
    fields: dict[str, Scalar] = {key: value_for(draw, spec, story) for key, spec in specs.items()}
    if action == "review_report":
        findings: list[Scalar] = ["same_incident", "new_incident", "x", []]
        fields["finding"] = draw(st.sampled_from(findings))
    task = draw(st.sampled_from([None, *sorted(case.tasks)]))
    before = story.case
    result = story.send(Acted(f"a{len(story.log)}", action, unit, "w1", story.now, task_id=task, fields=fields))
    if isinstance(result, Rejection):
        assert story.case is before
        assert result.zh
        assert result.en


def check(story: Story) -> None:
    """Everything that must hold at every offset of the log."""
    definition = story.workflow.definition
    accountable, state = "", ""
    for version, fact in enumerate(story.log, 1):
        assert fact.version == version
        for effect in fact.of(StateEntered):
            assert is_unit(effect.accountable)
            assert not state or is_in_table(definition, state, effect.state, fact)
            accountable, state = effect.accountable, effect.state
        assert accountable
    case = story.is_
    assert (case.accountable, case.state) == (accountable, state)
    assert all(clock.deadline.rule in POLICY and clock.deadline.article for clock in case.clocks.values())
    assert all(c.deadline.task_id in case.tasks for c in case.clocks.values() if c.deadline.task_id or case.final)
    assert {c.deadline.rule for c in case.clocks.values() if c.deadline.task_id is None} <= may_run(definition, case)
    assert fold(Fact.read(fact.to_json()) for fact in story.log) == case


def may_run(definition: Definition, case: Case) -> set[str]:
    """The clocks of the present state, of the state an interlude will return to, and those of the opening."""
    states = [definition.states[case.state]]
    if states[0].interlude:
        states.append(definition.states[case.origin])
    own = {rule for state in states for rule in (*state.ends, *(start.rule for start in state.deadlines))}
    return own | {start.rule for spec in definition.opens for start in spec.starts}


def is_in_table(definition: Definition, state: str, target: str, fact: Fact) -> bool:
    """A row says so; or the case waited for a report, which moves it as it would have opened one."""
    if fact.trigger == "renewed":
        return state in definition.join.renews and target in {spec.state for spec in definition.opens}
    moved = [spec.moves for spec in definition.opens if spec.state == target and spec.moves]
    if fact.trigger == "review_report" and any(state in move.source for move in moved):
        return True
    rows = definition.table.get((state, fact.trigger), [])
    return any(row.to == target or (row.to == "origin" and definition.states[state].interlude) for row in rows)


@st.composite
def walks(draw: st.DrawFn, name: str | None = None) -> Story:
    workflow = loaded().get(name) if name else draw(definitions())
    opening = draw(st.sampled_from([spec for spec in workflow.definition.opens if spec.event not in INTERNAL]))
    event = opening.event.removeprefix("liandong.").removesuffix(".v1")
    fields: dict[str, Any] = {key: draw(st.sampled_from(values)) for key, values in opening.where.items()}
    fields |= {key: GIVEN.get(key, STATION) for key in opening.has}
    unit = STATION if "reporter" in opening.places.values() else None
    story = Story(workflow).reported(report(event, MONDAY, unit=unit, **fields), minor=draw(st.booleans()))
    for _ in range(draw(st.integers(1, 25))):
        take_a_step(draw, story)
        story.now += timedelta(hours=draw(st.integers(0, 48)))
    return story


@st.composite
def definitions(draw: st.DrawFn) -> Workflow:
    """A definition nobody wrote: states in any order, transitions among them; only a proved one is used."""
    states = [f"s{n}" for n in range(draw(st.integers(2, 5)))]
    owners = st.sampled_from(["police-station", "police-bureau", "procuratorate", "child-protection"])
    rows = [
        {
            "name": f"go{n}",
            "title": "办理",
            "from": draw(st.lists(st.sampled_from(states), min_size=1, unique=True)),
            "to": draw(st.sampled_from([*states, "done"])),
            "by": ["accountable"] if draw(st.booleans()) else ["any"],
            "tasks": draw(st.lists(st.sampled_from(["tell", "work"]), max_size=1)),
        }
        for n in range(draw(st.integers(2, 8)))
    ]
    text = yaml.safe_dump(
        {
            "workflow": "random",
            "version": 1,
            "title": "随机",
            "law": "无",
            "opens": [{"event": "liandong.report.submitted.v1", "state": "s0"}],
            "join": {"roles": ["child"]},
            "states": {
                name: {"code": name, "title": name, "owner": draw(owners), "deadlines": [{"rule": "admin-review"}]}
                for name in states
            }
            | {"done": {"code": "done", "title": "完", "owner": "police-station", "final": True}},
            "tasks": {
                "tell": {"title": "告知", "template": "copy", "deadline": "dv-notice"},
                "work": {"title": "工作", "unit": "police-bureau"},
            },
            "actions": rows,
        }
    )
    try:
        return Workflow(load_definition(text, POLICY), POLICY)
    except DefinitionError:
        assume(False)
        raise


@WALK
@given(walks("dv_warning"))
def test_warning_letters_keep_every_promise(story: Story) -> None:
    check(story)


@WALK
@given(walks("mandatory_report"))
def test_mandatory_reports_keep_every_promise(story: Story) -> None:
    check(story)


@WALK
@given(walks("child_referral"))
def test_child_referrals_keep_every_promise(story: Story) -> None:
    check(story)


@WALK
@given(walks("protection_order"))
def test_protection_orders_keep_every_promise(story: Story) -> None:
    check(story)


@WALK
@given(walks("relief"))
def test_relief_keeps_every_promise(story: Story) -> None:
    check(story)


@WALK
@given(walks("shelter"))
def test_shelter_stays_keep_every_promise(story: Story) -> None:
    check(story)


@WALK
@given(walks("hotline_ticket"))
def test_hotline_tickets_keep_every_promise(story: Story) -> None:
    check(story)


@WALK
@given(walks("screening"))
def test_screenings_keep_every_promise(story: Story) -> None:
    check(story)


@WALK
@given(walks("family_education"))
def test_orders_of_guidance_keep_every_promise(story: Story) -> None:
    check(story)


@WALK
@given(walks("bullying"))
def test_bullying_keeps_every_promise(story: Story) -> None:
    check(story)


@WALK
@given(walks("guardianship"))
def test_petitions_keep_every_promise(story: Story) -> None:
    check(story)


@WALK
@given(walks("hardship"))
def test_hardship_keeps_every_promise(story: Story) -> None:
    check(story)


@WALK
@given(walks("omission"))
def test_omissions_keep_every_promise(story: Story) -> None:
    check(story)


@settings(WALK, suppress_health_check=list(HealthCheck))
@given(walks())
def test_definitions_nobody_wrote_keep_every_promise(story: Story) -> None:
    check(story)
