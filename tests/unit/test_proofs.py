"""A definition that cannot run as it stands is refused, with the proof's name, the file and the line."""

import re
from pathlib import Path

import pytest

from tests.unit.sample import TEXT, policy
from workflows.errors import DefinitionError, PolicyError, UnreadableError
from workflows.loader import HERE, load_definition, load_workflows
from workflows.paths import worst_case
from workflows.policy import PACKS, load_policy

SOUND = """
workflow: sample
version: 1
title: 样例
law: 样例
opens: [{event: liandong.report.submitted.v1, state: open}]
join: {roles: [child]}
states:
  open: {code: S0, title: 待办, owner: police-station, deadlines: [{rule: report-silence}], tasks: [tell]}
  waiting: {code: S1, title: 等待, owner: police-station, no_clock: 样例}
  done: {code: S9, title: 结案, owner: police-station, final: true}
tasks:
  tell: {survives_closing: true, title: 告知, template: copy}
actions:
  - {name: wait, title: 等待, from: [open], to: waiting}
  - {name: close, title: 结案, from: [open, waiting], to: done}
  - {name: nobody, title: 无人接报, timer: report-silence, from: [open], to: waiting}
"""

STARTER = """name: x, title: 等, from: [open], starts: [{rule: dv-notice}]}
  - {name: wait, title: 等待, from: [open], to: waiting}"""


def test_sound_definition_is_loaded() -> None:
    assert load_definition(SOUND, load_policy()).workflow == "sample"


@pytest.mark.parametrize(
    ("proof", "old", "new", "line"),
    [
        ("unreachable_state", "from: [open], to: waiting}", "from: [open], to: done}", 10),
        ("state_without_exit", "from: [open, waiting], to: done}", "from: [open], to: done}", 10),
        ("state_without_clock", "no_clock: 样例}", "quiet: true}", 10),
        ("state_without_owner", "title: 待办, owner: police-station, ", "title: 待办, ", 6),
        ("nobody_may_act", "  - {name: wait, title: 等待, from: [open], to: waiting}\n", "", 9),
        (
            "origin_of_nothing",
            "from: [open], to: waiting}\n  - {name: close",
            "from: [open], to: origin}\n  - {name: close",
            15,
        ),
        ("idle_task", ", tasks: [tell]}", "}", 13),
        ("unknown_name", "deadlines: [{rule: report-silence}]", "deadlines: [{rule: no-such-rule}]", 9),
        ("unknown_name", "from: [open, waiting], to: done}", "from: [open, waiting], to: done, guards: [x]}", 16),
        ("unknown_name", "from: [open, waiting], to: done}", "from: [open, waiting], to: done, tasks: [x]}", 16),
        ("unknown_name", "from: [open, waiting], to: done}", "from: [open, waiting], to: done, calls_off: [x]}", 16),
        ("unknown_name", "state: open}]", "state: open, moves: {from: [lost]}}]", 6),
        ("unknown_name", "state: open}]", "state: open, moves: {from: [waiting], meets: {x: y}}}]", 6),
        ("two_unguarded", "name: close,", "name: wait,", 16),
        ("timer_nobody_starts", "timer: report-silence, from: [open]", "timer: report-silence, from: [waiting]", 17),
        ("final_state_acts", "from: [open, waiting], to: done}", "from: [open, waiting, done], to: done}", 16),
        ("unknown_unit", "title: 等待, owner: police-station", "title: 等待, owner: police-staton", 10),
        ("unknown_source", "from: [open], to: waiting}", "from: [open], to: waiting, places: {receiver: unit}}", 15),
        (
            "clock_outlives_state",
            "name: wait, title: 等待, from: [open], to: waiting}",
            STARTER,
            15,
        ),
        ("malformed", "code: S1", "colour: S1", 10),
        ("unknown_name", "join: {roles: [child]}", "join: {roles: [child], renews: [later]}", 7),
        ("unknown_name", "to: waiting}", "to: waiting, limit: {tries: 1}}", 15),
        ("unknown_field", "title: 告知, template: copy}", "title: 告知, each: members}", 13),
        ("unknown_field", "[{rule: report-silence}]", "[{rule: report-silence, until: ends_on}]", 9),
        ("malformed", "title: 告知, template: copy}", "title: 告知, acceptance: handshake}", 13),
        ("malformed", "title: 告知, template: copy}", "title: 告知, tally: view}", 13),
        ("returned_to_nobody", "title: 等待, owner: police-station", "title: 等待, owner: school", 15),
        (
            "returned_to_nobody",
            "name: close, title: 结案, from: [open, waiting], to: done}",
            (
                "name: close, title: 结案, from: [open, waiting], to: done, places: {keeper: accountable}}\n"
                "  - {name: reopen, title: 恢复, from: [done], to: waiting, drops: [keeper]}"
            ),
            17,
        ),
        ("undischarged_duty", "state: open}", "state: open, starts: [{rule: dv-decision}]}", 6),
        (
            "two_unguarded",
            "timer: report-silence, from: [open], to: waiting}",
            (
                "timer: report-silence, from: [open], to: waiting}\n"
                "  - {name: again, title: 再, timer: report-silence, from: [open], to: done}"
            ),
            18,
        ),
    ],
)
def test_planted_fault_is_found_and_named(proof: str, old: str, new: str, line: int) -> None:
    planted = SOUND.replace(old, new) if proof != "unreachable_state" else re.sub(r"to: waiting\}", "to: done}", SOUND)
    if "keeper" in new:
        planted = planted.replace("title: 等待, owner: police-station", "title: 等待, owner: keeper")
        planted = planted.replace(
            "from: [open], to: waiting}", "from: [open], to: waiting, places: {keeper: accountable}}"
        )
    if proof == "nobody_may_act":
        planted = planted.replace("from: [open, waiting], to: done}", "from: [waiting], to: done}")
    assert planted != SOUND
    with pytest.raises(DefinitionError, match=proof) as error:
        load_definition(planted, load_policy(), "sample.yaml")
    assert f"sample.yaml:{line}" in str(error.value)
    assert re.search(r"[一-龥].* / [a-zA-Z`]", str(error.value)), "Chinese first, then English"


def test_alarms_alone_must_not_lead_in_a_circle() -> None:
    planted = SOUND.replace("no_clock: 样例}", "deadlines: [{rule: report-receipt}]}")
    planted += "  - {name: back, title: 回, timer: report-receipt, from: [waiting], to: open}\n"
    with pytest.raises(DefinitionError, match="automatic_cycle"):
        load_definition(planted, load_policy())


def test_every_shipped_definition_is_sound() -> None:
    assert {w.definition.workflow for w in load_workflows()} == {file.stem for file in HERE.glob("*.yaml")}


def test_term_that_ends_is_followed_by_something() -> None:
    planted = TEXT.replace("  - {name: expire, title: 到期, timer: sample-order, from: [order], to: expired}\n", "")
    planted = planted.replace("  expired: {code: S5, title: 到期, owner: court, no_clock: 样例}\n", "")
    planted = planted.replace("meeting, order, expired]", "meeting, order]")
    assert planted != TEXT
    with pytest.raises(DefinitionError, match="term_without_end"):
        load_definition(planted, policy())


CHILD = "{workflow: sample, state: open, relation: again}"


@pytest.mark.parametrize(
    ("proof", "old", "new"),
    [
        ("unknown_child", "state: open}", "state: open, children: [{workflow: none, state: open, relation: x}]}"),
        ("unknown_child", "state: open}", "state: open, children: [{workflow: sample, state: done, relation: x}]}"),
        ("cyclic_child", "state: open}", f"state: open}}, {{event: case, state: open, children: [{CHILD}]}}"),
        ("two_emergencies", "state: open}", "state: open}, {event: danger, state: open}, {event: danger, state: done}"),
        ("unknown_condition", "template: copy}", "template: copy, where: {grade: red}}"),
        ("unknown_time", "state: open}", "state: open, moves: {from: [waiting], at: never}}"),
        ("unknown_time", "state: open}", "state: open, moves: {from: [waiting], meets: {report-silence: never}}}"),
        (
            "unknown_condition",
            "name: wait, title: 等待, from: [open], to: waiting}",
            (
                "name: wait, title: 等待, from: [open], to: waiting, where: {grade: pink},"
                " fields: {grade: {title: 等级, type: code, codes: {red: 红}}}}"
            ),
        ),
    ],
)
def test_fault_between_definitions_is_found_and_named(proof: str, old: str, new: str, tmp_path: Path) -> None:
    planted = SOUND.replace(old, new, 1)
    assert planted != SOUND
    (tmp_path / "sample.yaml").write_text(planted, encoding="utf-8")
    with pytest.raises(DefinitionError, match=rf"sample.yaml:\d+: {proof}"):
        load_workflows(tmp_path)


def test_conditions_may_ask_what_a_report_or_the_case_that_opens_it_records(tmp_path: Path) -> None:
    planted = SOUND.replace("template: copy}", "template: copy, where: {kind: harm_to_minor}}")
    (tmp_path / "sample.yaml").write_text(planted, encoding="utf-8")
    assert load_workflows(tmp_path)
    wrong = planted.replace("kind: harm_to_minor", "kind: harm_to_nobody")
    (tmp_path / "sample.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(DefinitionError, match="unknown_condition"):
        load_workflows(tmp_path)


def test_worst_case_is_the_longest_way_by_its_longest_clocks() -> None:
    worst = worst_case(load_definition(TEXT, policy()), policy())
    assert worst.path == ("open", "order", "expired", "closed")
    assert worst.days == 6 * 31 + 1
    assert worst.open_ended == ("open", "expired")


def test_key_that_stands_twice_in_a_definition_is_refused(tmp_path: Path) -> None:
    """The second would silently undo the first, a guard for instance."""
    (tmp_path / "sample.yaml").write_text(SOUND + "  - {name: again, guards: [x], guards: []}\n", encoding="utf-8")
    with pytest.raises(UnreadableError, match=r"sample\.yaml:18: .*guards stands here twice"):
        load_workflows(tmp_path)


def test_code_list_that_is_none_is_named() -> None:
    field = "fields: {x: {title: 一, type: code, list: Nope}}"
    text = SOUND.replace("from: [open], to: waiting}", f"from: [open], to: waiting, {field}}}")
    with pytest.raises(DefinitionError, match="no such code list: Nope"):
        load_definition(text, load_policy())


def test_rule_of_a_pack_that_no_workflow_uses_is_refused(tmp_path: Path) -> None:
    for file in PACKS.glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    period = "value: 5, unit: calendar_days, roll: none, effective_from: 2024-12-06"
    row = f"dv-frist-visit: {{title: 首次查访, article: 甲, law_class: LOCAL, {period}}}"
    text = f"jurisdiction: '330300'\ntitle: 某市\nrules:\n  {row}\n"
    (tmp_path / "city.yaml").write_text(text, "utf-8")
    with pytest.raises(PolicyError, match=r"city\.yaml:4.*no workflow uses dv-frist-visit; correct the name"):
        load_workflows(packs=tmp_path)


def test_alarms_must_not_go_round_over_an_interlude() -> None:
    text = SOUND.replace("no_clock: 样例}", "deadlines: [{rule: duty-desk-call}], interlude: true}")
    text += "  - {name: back, title: 返回, timer: duty-desk-call, from: [waiting], to: origin}\n"
    with pytest.raises(DefinitionError) as refused:
        load_definition(text, load_policy())
    assert refused.value.proof == "automatic_cycle"
