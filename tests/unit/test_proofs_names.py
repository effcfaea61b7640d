"""Names that stand for nothing, values without sense, rows that are never taken: refused with line, what and how."""

import re
from pathlib import Path

import pytest

from workflows import loader
from workflows.errors import DefinitionError
from workflows.loader import load_workflows
from workflows.policy import load_policy

SOUND = """
workflow: sample
version: 1
title: 样例
law: 样例
opens:
  - event: liandong.report.submitted.v1
    where: {kind: [harm_to_minor]}
    has: [received_by_police_unit]
    marks: {received_at: police_received_at}
    places: {station: received_by_police_unit}
    state: open
  - {event: case, state: open, has: [situation]}
join: {roles: [victim], fields: [situation]}
counters: {tries: 尝试}
states:
  open:
    code: S0
    title: 待办
    owner: police-station
    deadlines: [{rule: admin-review, since: received_at}]
    ends: [admin-review-difficult]
    tasks: [tell]
  waiting: {code: S1, title: 等待, owner: police-station, no_clock: 样例}
  done: {code: S9, title: 结案, owner: police-station, final: true}
tasks:
  tell:
    survives_closing: true
    title: 告知
    template: copy
    addressee_role: victim
    since: received_at
    fields: {told_at: {title: 时间, type: time}}
    milestones: [{name: told, at: told_at, dimensions: [situation]}]
actions:
  - name: try
    title: 尝试
    from: [open]
    counts: tries
    limit: {tries: 3}
    fields: {station_unit: {title: 单位, type: unit, kinds: [police-station]}, tried_at: {title: 时间, type: time}}
    places: {station: station_unit}
    marks: {tried_at: tried_at}
    at: tried_at
    milestones: [{name: tried, at: tried_at, dimensions: [situation]}]
  - {name: reset, title: 清零, from: [open], resets: tries, drops: [station]}
  - {name: extend, title: 延长, from: [open], starts: [{rule: admin-review-difficult, replaces: admin-review}]}
  - {name: stop, title: 停, from: [open], pauses: [admin-review]}
  - {name: go_on, title: 续, from: [open], resumes: [admin-review]}
  - name: refer
    title: 转
    from: [open]
    children:
      - workflow: sample
        state: open
        relation: again
        since: received_at
        roles: {victim: victim}
        carries: {situation: situation}
        sets: {kind: harm_to_minor}
        reporter: medical
  - {name: wait, title: 等待, from: [open], to: waiting, where: {situation: mr6}}
  - {name: wait, title: 等待, from: [open], to: done}
  - {name: close, title: 结案, from: [open, waiting], to: done}
"""


AGAIN = "{name: wait, title: 再等, from: [open], to: done, where: {situation: [mr6]}, limit: {tries: 1}}"
"""Asks for what the row before it asks, and for more."""


PACKS = load_policy()


@pytest.fixture(autouse=True)
def _packs_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "load_policy", lambda _: PACKS)


def refusal(folder: Path, text: str) -> DefinitionError:
    (folder / "sample.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        load_workflows(folder)
    return refused.value


def test_definition_that_names_what_there_is_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "sample.yaml").write_text(SOUND, encoding="utf-8")
    assert load_workflows(tmp_path).get("sample")


@pytest.mark.parametrize(
    ("proof", "old", "new", "said"),
    [
        ("unknown_name", "event: liandong.report.submitted.v1", "event: liandong.reprot.submitted.v1", "submitted.v1"),
        ("unknown_opening", "where: {kind: [harm_to_minor]}", "where: {kidn: [harm_to_minor]}", "known: kind"),
        ("unknown_opening", "where: {kind: [harm_to_minor]}", "where: {kind: [harm]}", "kind is never harm"),
        ("unknown_opening", "has: [received_by_police_unit]", "has: [received_by]", "received_by_police_unit"),
        ("unknown_opening", "has: [situation]", "has: [situatoin]", "known: situation"),
        ("unknown_opening", "received_at: police_received_at", "received_at: police_receipt_no", "known: police_rec"),
        ("unknown_opening", "station: received_by_police_unit", "station: received_by", "received_by_police_unit"),
        ("unknown_name", "roles: [victim], fields", "roles: [victm], fields", "known: victim"),
        ("unknown_field_of_people", "fields: [situation]}", "fields: [situatoin]}", "known: situation"),
        ("unknown_name", "counts: tries", "counts: trys", "known: tries"),
        ("unknown_name", "resets: tries", "resets: trys", "known: tries"),
        ("idle_counter", "{tries: 尝试}", "{tries: 尝试, returns: 退回}", "counted: tries"),
        ("unknown_time", "name: tried, at: tried_at", "name: tried, at: tired_at", "known: tried_at"),
        ("unknown_time", "name: told, at: told_at", "name: told, at: tol_at", "known: told_at"),
        ("unknown_time", "admin-review, since: received_at", "admin-review, since: recieved_at", "known: received_at"),
        ("unknown_time", "    since: received_at\n    fields", "    since: recieved_at\n    fields", "received_at"),
        ("unknown_time", "        since: received_at\n", "        since: recieved_at\n", "known: received_at"),
        ("unknown_dimension", "told_at, dimensions: [situation]", "told_at, dimensions: [situatoin]", "situation"),
        ("unknown_name", "replaces: admin-review}", "replaces: admin-reviw}", "known: admin-review"),
        ("never_started", "replaces: admin-review}", "replaces: criminal-review}", "started here: admin-review"),
        ("never_started", "ends: [admin-review-difficult]", "ends: [criminal-review, admin-review-difficult]", "start"),
        ("unknown_name", "kinds: [police-station]", "kinds: [police-staton]", "known: police-station"),
        ("unknown_name", "template: copy", "template: copi", "known: copy"),
        ("unknown_name", "addressee_role: victim", "addressee_role: victm", "known: victim"),
        ("unknown_name", "roles: {victim: victim}", "roles: {victim: chid}", "known: child"),
        ("unknown_baggage", "carries: {situation: situation}", "carries: {situation: situatoin}", "situation"),
        ("unknown_baggage", "carries: {situation: situation}", "carries: {situatoin: situation}", "situation"),
        ("unknown_baggage", "sets: {kind: harm_to_minor}", "sets: {kidn: harm_to_minor}", "known: kind"),
        ("unknown_baggage", "sets: {kind: harm_to_minor}", "sets: {kind: harm}", "kind is never harm"),
        ("unknown_child", "- workflow: sample", "- workflow: smaple", "known: sample"),
        ("unknown_child", "        state: open\n", "        state: waiting\n", "known: open"),
        ("unknown_child", "reporter: medical", "reporter: medicl", "known: medical"),
        ("unknown_source", "places: {station: station_unit}", "places: {station: tried_at}", "such unit field: tried"),
        ("unknown_source", "marks: {tried_at: tried_at}", "marks: {tried_at: station_unit}", "tried_at"),
        ("unknown_source", "drops: [station]", "drops: [staton]", "known: station"),
        ("unknown_unit", "title: 等待, owner: police-station", "title: 等待, owner: polic-station", "police-station"),
        ("never_paused", "resumes: [admin-review]", "resumes: [admin-review-difficult]", "paused: admin-review"),
        ("dead_row", "{name: wait, title: 等待, from: [open], to: done}", AGAIN, "an earlier row takes all"),
        ("malformed", "no_clock: 样例", 'no_clock: " "', "不能为空白"),
        ("malformed", "title: 结案, owner", 'title: "", owner', "不能为空白"),
        ("malformed", "where: {situation: mr6}", "where: {situation: []}", "至少要有 1 项"),
        ("malformed", "where: {situation: mr6}", "where: []", "应为“键: 值”的映射"),
        ("malformed", "where: {situation: mr6}", "where: {situation: {a: b}}", "应为文字、整数或 true、false"),
        ("malformed", "limit: {tries: 3}", "limit: {tries: -2}", "应大于 0"),
        ("malformed", "limit: {tries: 3}", "limit: {tries: 0}", "应大于 0"),
        ("malformed", "limit: {tries: 3}", "limit: {tries: often}", "应为整数"),
        ("malformed", "final: true", "final: perhaps", "应为 true 或 false"),
        ("malformed", "type: unit, kinds", "type: untis, kinds", "应为其中之一：'code'"),
        ("malformed", "kinds: [police-station]", "kind: [police-station]", "known: kinds"),
        ("malformed", "starts: [{rule: admin-review-difficult, ", "starts: [{rul: admin-review-difficult, ", "缺少"),
        ("malformed", "owner: police-station, final", "ownr: police-station, final", "known: owner"),
        ("malformed", "tried_at: {title: 时间,", "tried_at: {title: 时间, list: Reason,", "codes（"),
        ("malformed", "type: time}}\n    milestones", "type: time, kinds: [court]}}\n    milestones", "kinds 只用于"),
        ("malformed", "from: [open, waiting]", "from: []", "至少要有 1 项"),
        ("malformed", "from: [open, waiting]", "from: open", "应为列表"),
        ("malformed", "version: 1", "version: 0", "应大于 0"),
        ("malformed", "name: close", "name: Close!", "应符合"),
        ("malformed", "counters: {tries: 尝试}", "counters: {tries: [1]}", "应为文字"),
    ],
)  # fmt: skip
def test_planted_fault_is_found_with_its_line_and_what_would_be_right(
    proof: str, old: str, new: str, said: str, tmp_path: Path
) -> None:
    assert SOUND.count(old) == 1
    text = SOUND.replace(old, new)
    refused = refusal(tmp_path, text)
    changed = next(n for n, line in enumerate(text.splitlines()) if line != SOUND.splitlines()[n])
    assert refused.proof == proof, refused
    assert said in str(refused)
    assert re.search(r"[一-龥].* / [a-zA-Z`]", str(refused)), "Chinese first, then English"
    assert changed + 1 <= int(str(refused).split(":")[1]) <= changed + 2


def test_clock_that_stands_still_for_good_is_refused(tmp_path: Path) -> None:
    """The line is that of the action that stops it."""
    refused = refusal(tmp_path, SOUND.replace("resumes: [admin-review]", "meets: [admin-review]"))
    assert refused.proof == "stands_still"
    assert f"sample.yaml:{SOUND[: SOUND.index('name: stop')].count(chr(10)) + 1}:" in str(refused)
    assert "resumes: [admin-review]" in str(refused)


def test_two_openings_of_one_event_must_differ_in_what_they_ask(tmp_path: Path) -> None:
    opening = "  - {event: liandong.report.submitted.v1, state: open, where: {kind: harm_to_minor}, has: [%s]}\njoin:"
    twice = SOUND.replace("join:", opening % "received_by_police_unit, learned_at")
    refused = refusal(tmp_path, twice)
    assert (refused.proof, "sample.yaml:14:" in str(refused)) == ("dead_opening", True)
    (tmp_path / "sample.yaml").write_text(SOUND.replace("join:", opening % "learned_at"), encoding="utf-8")
    assert load_workflows(tmp_path)


def test_rows_of_different_units_may_ask_the_same(tmp_path: Path) -> None:
    row = "  - {name: wait, title: 等待, from: [open], to: done, by: [court], where: {situation: mr6}}\n"
    last = "  - {name: wait, title: 等待, from: [open], to: done}\n"
    (tmp_path / "sample.yaml").write_text(SOUND.replace(last, row + last), encoding="utf-8")
    assert load_workflows(tmp_path)


SILENCE = """
  - name: silence
    title: 无人办理
    from: [open]
    timer: admin-review
    children: [{workflow: sample, state: open, relation: again, carries: [situation]}]
"""


def test_silence_must_not_open_cases_without_end(tmp_path: Path) -> None:
    refused = refusal(tmp_path, SOUND.rstrip() + SILENCE)
    assert refused.proof == "cyclic_child"
    assert "到期自动办理 silence" in str(refused)


def test_silence_may_open_a_case_that_ends(tmp_path: Path) -> None:
    other = SILENCE.replace("state: open,", "state: waiting,")
    opened = SOUND.replace("join:", "  - {event: case, state: waiting}\njoin:")
    (tmp_path / "sample.yaml").write_text(opened.rstrip() + other, encoding="utf-8")
    assert load_workflows(tmp_path)
