"""A definition that cannot run as it stands is refused, with the proof's name, the file and the line."""

import re

import pytest

from workflows.errors import DefinitionError
from workflows.loader import HERE, load_definition, load_workflows
from workflows.policy import load_policy

SOUND = """
workflow: sample
version: 1
title: 样例
law: 样例
opens: [{event: sample.v1, state: open}]
join: {roles: [child]}
states:
  open: {code: S0, title: 待办, owner: police-station, deadlines: [{rule: report-silence}]}
  waiting: {code: S1, title: 等待, owner: police-station, no_clock: 样例}
  done: {code: S9, title: 结案, owner: police-station, final: true}
tasks:
  tell: {title: 告知, template: copy}
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
        ("unknown_name", "deadlines: [{rule: report-silence}]", "deadlines: [{rule: no-such-rule}]", 9),
        ("unknown_name", "from: [open, waiting], to: done}", "from: [open, waiting], to: done, guards: [x]}", 16),
        ("unknown_name", "from: [open, waiting], to: done}", "from: [open, waiting], to: done, tasks: [x]}", 16),
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
    ],
)
def test_planted_fault_is_found_and_named(proof: str, old: str, new: str, line: int) -> None:
    planted = SOUND.replace(old, new) if proof != "unreachable_state" else re.sub(r"to: waiting\}", "to: done}", SOUND)
    if proof == "nobody_may_act":
        planted = planted.replace("from: [open, waiting], to: done}", "from: [waiting], to: done}")
    assert planted != SOUND
    with pytest.raises(DefinitionError, match=proof) as error:
        load_definition(planted, load_policy(), "sample.yaml")
    assert f"sample.yaml:{line}" in str(error.value)


def test_alarms_alone_must_not_lead_in_a_circle() -> None:
    planted = SOUND.replace("no_clock: 样例}", "deadlines: [{rule: report-receipt}]}")
    planted += "  - {name: back, title: 回, timer: report-receipt, from: [waiting], to: open}\n"
    with pytest.raises(DefinitionError, match="automatic_cycle"):
        load_definition(planted, load_policy())


def test_every_shipped_definition_is_sound() -> None:
    assert {w.definition.workflow for w in load_workflows()} == {file.stem for file in HERE.glob("*.yaml")}
