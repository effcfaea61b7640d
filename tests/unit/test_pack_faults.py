"""Packs that cannot stand: each fault is planted and refused by name, with its line and how to mend it."""

import re
from pathlib import Path

import pytest

from tests.unit.pack_folder import add, folder
from workflows.errors import PackError, UnreadableError, WorkflowError
from workflows.loader import load_workflows
from workflows.policy import load_policy

__all__ = ["folder"]

RULE = "title: 决定, article: 甲, law_class: LOCAL, value: 24, unit: clock_hours, effective_from: 2025-01-01"
DUTY = RULE.replace("{", "") + ", beside: dv-first-visit"
SAID = "article: 甲, law_class: LOCAL"
WORKDAYS = '{days: workdays, opens: "09:00", closes: "17:00"}'
LINE = f"title: 甲, operator: hotline, {SAID}"


def row(text: str) -> str:
    return f"rules:\n  x: {{{text}}}\n"


def hours(text: str) -> str:
    return f'hotlines:\n  "12338": {{{LINE}, hours: [{{days: everyday, {text}}}]}}\n'


def stated(text: str) -> str:
    return f"statistics:\n  article: 甲\n  law_class: PLAT\n  {text}\n"


FAULTS = [
    # -- keys and kinds of value
    ("colour: red\n", 3, "malformed: colour：没有这个项.* / colour: no such key: colour; known: .*rules"),
    (row(f"{RULE}, titel: 甲"), 4, "malformed: rules.x: titel：.*; known: title, "),
    (f"rules:\n  x:\n    - {{{RULE}}}\n    - {{{RULE}, days: 1}}\n", 6, "malformed: rules.x.1: days："),
    (row(RULE.replace("24", "true")), 4, "malformed: rules.x: value：应为整数 / .*valid integer"),
    (row(RULE.replace("24", "1.5")), 4, "malformed: rules.x: value：应为整数"),
    (row(RULE.replace("24", "'24'")), 4, "malformed: rules.x: value：应为整数"),
    (row(RULE.replace("24", "-3")), 4, "malformed: rules.x: value：应大于 0 / .*greater than 0"),
    (row(RULE.replace("2025-01-01", "0")), 4, "malformed: rules.x: effective_from：应为日期，如 2026"),
    (row(f"{RULE}, delegates: 'no'"), 4, "malformed: rules.x: delegates：应为 true 或 false"),
    (row(RULE.replace("LOCAL", "CITY")), 4, "malformed: rules.x: law_class：应为其中之一：'STAT', "),
    (row(RULE.replace("article: 甲, ", "")), 4, "malformed: rules.x: article：缺少这一项"),
    (row(RULE.replace("甲", "''")), 4, "malformed: rules.x: article：不能为空白 / .*must not be blank"),
    (row(RULE.replace("甲", "' '")), 4, "malformed: rules.x: article：不能为空白 / .*must not be blank"),
    (row(RULE.replace("决定", "'　'")), 4, "malformed: rules.x: title：不能为空白 / .*must not be blank"),
    (f"leads:\n  any: {{units: [], {SAID}}}\n", 4, "malformed: leads.any.units：至少要有 1 项"),
    (f"leads:\n  any: {{units: health, {SAID}}}\n", 4, "malformed: leads.any.units：应为列表"),
    (f"features:\n  joint-enforcement: {{title: '', state: pilot, {SAID}}}\n", 4, "malformed: .*title：不能为空白"),
    (f"age_bands:\n  minor: {{title: 甲, since: 9, to: 8, {SAID}}}\n", 4, "nobody_in_band: .*from 9 to 8 years"),
    ("terms: {bullying: ' '}\n", 3, "malformed: terms.bullying：.*must not be blank"),
    ("terms: {bullying: 3}\n", 3, "malformed: terms.bullying：应为文字"),
    ("rules: [x]\n", 3, "malformed: rules：应为“键: 值”的映射"),
    (f"age_bands:\n  minor: {{title: 甲, since: 0, to: 1800, {SAID}}}\n", 4, "malformed: .*to：应不大于 150"),
    # -- rules
    ("rules:\n  x: []\n", 4, "empty_rule: .*has no version; add one"),
    (row(RULE.replace("2025-01-01", "2205-01-01")), 4, "day_out_of_range: .*to 2060-12-31, not 2205-01-01; correct"),
    (row(f"{RULE}, effective_to: 2024-01-01"), 4, "ends_before_it_starts: .*2024-01-01 is before.*2025-01-01; correct"),
    (row(RULE.replace("clock_hours", "months")), 4, "roll_unstated: .*must state `roll`"),
    (row(f"{RULE}, roll: due"), 4, "roll_unused: .*never rolls; drop `roll`"),
    (row(f"{RULE}, weekends_roll: true"), 4, "roll_unused: .*weekends_roll says nothing"),
    (row(RULE.replace("24", "999999")), 4, "over_20_years: .*over 20 years"),
    (row(f"{RULE}, remind_days: [2]"), 4, r"reminder_outside: .*remind_days \[2\] are outside"),
    (f"rules:\n  x:\n    - {{{RULE}}}\n    - {{{RULE}}}\n", 6, "two_on_one_level: .*twice.*extra.yaml:5.*effective_to"),
    (f"{row(RULE)}  x: {{{RULE}}}\n", 5, "x 在此重复.*x stands here twice; merge"),
    # -- statistics
    (
        stated("settings: {dv-warnings-issued: {T: 24 hours}}"),
        6,
        "undeclared: .*no such indicator: .*dv-warning-issued",
    ),
    (
        stated("settings: {dv-warning-issued: {D: 24 hours}}"),
        6,
        "undeclared: .*没有这个指标设定：D；已有：T / ",
    ),
    (stated("settings: {dv-warning-issued: {T: 3 days}}"), 6, "wrong_unit: .*T 单位应为 hours.* is in hours, not days"),
    (stated("settings: {dv-warning-issued: {T: 24}}"), 6, "no_setting: .*T：应写明数值和单位.*such as 72 hours"),
    (stated("settings: {dv-warning-issued: {T: 0 hours}}"), 6, "no_setting: .*write a number and its unit"),
    (stated("settings: {two-cancer-screening-coverage: {age_band: [64, 35]}}"), 6, "no_setting: .*ages as"),
    (stated("settings: {two-cancer-early-diagnosis: {early_stages: []}}"), 6, "no_setting: .*codes as"),
    (stated("disclosure: {k: 2}"), 6, "malformed: statistics.disclosure.k：应不小于 3"),
    (stated("disclosure: {minors: 4}"), 6, "looser_disclosure: minors 不得宽于上级的 5.*not be looser than 5"),
    (stated("disclosure: {smallest: 4}"), 6, "malformed: .*no such key: smallest; known: .*villages"),
    ("statistics: {settings: {}}\n", 3, "malformed: statistics.article：缺少这一项"),
    # -- ladders
    (
        row(f"{RULE}, ladder: [{{after_hours: 72, unit: health}}, {{unit: police-bureau}}]"),
        4,
        r"ladder_unordered: rules.x: ladder：各级.*must not go back: \[72, 0\]; write \[0, 72\]",
    ),
    (row(f"{RULE}, ladder: [{{after_hours: -1, unit: health}}]"), 4, "malformed: .*after_hours：应不小于 0"),
    (
        row(f"{RULE}, ladder: [{{after_hours: 999999, unit: health}}]"),
        4,
        "over_20_years: .*after_hours is over 20 years",
    ),
    (
        f"rules:\n  x:\n    {RULE.replace(', ', chr(10) + '    ')}\n    ladder:\n      - {{unit: polise-bureau}}\n",
        12,
        "unknown_name: .*no such unit kind: polise-bureau; known: police-bureau, ",
    ),
    # -- duties beside a rule
    (
        row(f"{RULE}, beside: dv-frist-visit"),
        4,
        "unknown_rule: beside：.*no such rule: dv-frist-visit; known: dv-first-visit, ",
    ),
    (row(f"{RULE}, beside: x"), 4, "duty_never_begins: .*x never begins"),
    (row(f"{RULE}, beside: authority-filing, applies_to: adult"), 4, "duty_never_begins: .*correct `beside` or"),
    (
        f"rules:\n  x:\n    - {{{DUTY}, effective_to: 2025-02-01}}\n    - {{{DUTY.replace('2025-01', '2026-01')}}}\n",
        6,
        "gap: .*no x is in force between 2025-02-01 and 2026-01-01; close the gap",
    ),
    # -- names
    (
        f"leads:\n  dv_warning: {{units: [polise], {SAID}}}\n",
        4,
        "unknown_name: .*no such unit kind: polise; known: .*police-station",
    ),
    (
        f"leads:\n  dv_warnings: {{units: [health], {SAID}}}\n",
        4,
        "unknown_name: .*workflow: dv_warnings; known: dv_warning,",
    ),
    (
        f"duty_desks:\n  any_: {{units: [health], {SAID}}}\n",
        4,
        "unknown_name: .*no such workflow: any_; known: any, ",
    ),
    (f"reporters:\n  any: {{categories: [school], {SAID}}}\n", 4, "unknown_name: .*no such workflow: any; "),
    (
        f"reporters:\n  omission: {{categories: [scool], {SAID}}}\n",
        4,
        "unknown_name: .*category: scool; known: school,",
    ),
    (f'hotlines:\n  "12338": {{{LINE}, cases: [dv]}}\n', 4, "unknown_name: .*no such workflow: dv; known: dv_warning,"),
    (
        f"features:\n  x: {{title: 甲, state: pilot, {SAID}}}\n",
        4,
        "undeclared: .*no such feature: x; known: .*the national pack must declare it",
    ),
    ("terms:\n  bulying: 欺凌\n", 4, "undeclared: .*no such term: bulying; known: bullying, .*must declare it"),
    # -- hotlines
    (hours('opens: "08:30", closes: 17:30'), 4, "unquoted_time: .*write a time in quotes"),
    (hours('opens: "08:30", closes: "25:00"'), 4, "malformed: .*closes：应为时刻，如"),
    (
        hours('opens: "17:30", closes: "08:30"'),
        4,
        "closes_before_it_opens: .*opens at 17:30 and closes at 08:30; .*two rows",
    ),
    (hours('opens: "08:30", closes: "08:30"'), 4, "closes_before_it_opens: "),
    (f'hotlines:\n  "12338": {{{LINE}, otherwise: "12346"}}\n', 4, "unknown_name: .*hotline: 12346; known: 12345, "),
    (f'hotlines:\n  "hotline": {{{LINE}}}\n', 4, "malformed: hotlines.hotline"),
    (
        f'hotlines:\n  "12345": {{{LINE}, otherwise: "12338", hours: [{WORKDAYS}]}}\n',
        4,
        "hotline_circle: .*one without `hours`: 12345 → 12338 → 12345",
    ),
    # -- days
    ("calendar_through: 2027\n", 3, "calendar_not_national: .*全国统一.*move it to a pack of 000000"),
    (
        "days_off:\n  - {day: 2026-04-18, name: 甲}\n  - {day: 2026-04-18, name: 乙}\n",
        5,
        "day_twice: .*2026-04-18.*drop one",
    ),
    (
        "days_off: [{day: 2026-04-18, name: 甲}]\ndays_worked:\n  - {day: 2026-04-18, name: 乙}\n",
        5,
        "day_twice: .*2026-04-18.*twice, also in extra.yaml:3",
    ),
    ("days_off:\n  - {day: 2062-04-18, name: 甲}\n", 4, "day_out_of_range: .*must be from 2004 to 2027"),
    ("days_off:\n  - {day: 1926-04-18, name: 甲}\n", 4, "day_out_of_range: .*must be from 2004 to 2027"),
    ("days_off:\n  - {day: 2026-04-18, name: ' '}\n", 4, "malformed: days_off.0.name：.*must not be blank"),
    ("days_worked:\n  - {day: 2026-04-21, name: 甲}\n", 4, "weekday_worked: .*不是周末.*only a Saturday or Sunday"),
    ("days_worked:\n  - {day: 2026-10-04, name: 甲}\n", 4, r"holiday_worked: .*off in the whole nation \(国庆节\)"),
]


@pytest.mark.parametrize(("text", "line", "said"), FAULTS)
def test_pack_that_cannot_stand_names_fault_file_line_what_and_how_to_mend(
    folder: Path, text: str, line: int, said: str
) -> None:
    with pytest.raises(WorkflowError, match=rf"^extra\.yaml:{line}\b.*{said}") as refused:
        load_policy(add(folder, text))
    assert re.search(r"[一-鿿].* / .*[a-z]", str(refused.value))


YEAR_2027 = ", ".join(
    f"{{day: 2027-{day}, name: 样例}}"
    for day in ("01-01", "02-05", "02-06", "02-07", "02-08", "04-05", "05-01", "05-02", "06-09", "09-15")
)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("calendar_through: 99999999\n", 3, "calendar_incomplete: .*notice of 2027 is not whole.*2027-01-01"),
        ("calendar_through: 1\n", 3, "malformed: calendar_through：应不小于 2004"),
        ("calendar_through: true\n", 3, "malformed: calendar_through：应为整数"),
        (f"days_off: [{YEAR_2027}]\ncalendar_through: 2027\n", 4, "not whole.*: 2027-10-01, 2027-10-02, 2027-10-03$"),
        (
            "calendar_through: 2027\ndays_off: ["
            + ", ".join(
                f"{{day: 2027-{day}, name: 甲}}" for day in ("01-01", "05-01", "05-02", "10-01", "10-02", "10-03")
            )
            + "]\n",
            3,
            "calendar_incomplete: .*: 6 < 13",
        ),
        (
            "days_off:\n  - {day: 2027-01-01, name: 甲}\n",
            4,
            "day_out_of_range: .*2004 to 2026; .*sets calendar_through",
        ),
    ],
)
def test_nations_calendar_is_taken_whole_or_not_at_all(folder: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(PackError, match=rf"^extra\.yaml:{line}\b.*{said}"):
        load_policy(add(folder, text, jurisdiction="000000"))


def test_local_line_that_closes_a_circle_with_the_nations_is_refused_where_it_stands(folder: Path) -> None:
    add(folder, f'hotlines:\n  "12399": {{{LINE}, otherwise: "12345"}}\n', "province.yaml", "440000")
    closed = f'otherwise: "12399", hours: [{WORKDAYS}]'
    add(folder, f'hotlines:\n  "12345": {{{LINE}, {closed}}}\n', "city.yaml", "440100")
    assert load_policy(folder)
    add(folder, f'hotlines:\n  "12399": {{{LINE}, hours: [{WORKDAYS}]}}\n', "province.yaml", "440000")
    with pytest.raises(PackError, match=r"^city\.yaml:4: hotline_circle: "):
        load_policy(folder)


def test_duty_beside_a_rule_of_another_place_is_refused(folder: Path) -> None:
    add(folder, row(RULE), "liaocheng.yaml", "371500")
    with pytest.raises(PackError, match=r"^extra\.yaml:4 .*duty_never_begins: .*x never holds where"):
        load_policy(add(folder, f"rules:\n  y: {{{RULE}, beside: x}}\n"))


@pytest.mark.parametrize("name", ["extra.yml", "extra.YAML", "guangdong/extra.yaml"])
def test_pack_in_a_file_that_would_not_be_read_is_refused(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    add(folder, "", name)
    with pytest.raises(PackError, match=rf"^{re.escape(name)}:1: unread_file: .*rename or move it to extra\.yaml"):
        load_policy(folder)


def test_folder_without_the_nations_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"national\.yaml:1: no_national_pack: .*jurisdiction: \"000000\""):
        load_policy(add(tmp_path, ""))


def test_two_packs_that_disagree_on_one_level_are_refused_with_both_named(folder: Path) -> None:
    add(folder, row(RULE))
    add(folder, row(RULE.replace("24", "48")), "other.yaml")
    with pytest.raises(
        PackError, match=r"other\.yaml:4 .*48.*two_on_one_level: .*twice on one level.*extra\.yaml:4 .*24"
    ):
        load_policy(folder)


def test_two_packs_that_say_one_thing_differently_are_refused(folder: Path) -> None:
    add(folder, "terms: {bullying: 校园欺凌}\n")
    add(folder, "terms: {bullying: 校园霸凌}\n", "other.yaml")
    with pytest.raises(PackError, match=r"other\.yaml:3: said_twice: .*terms\.bullying of 440000 .* in extra\.yaml:3"):
        load_policy(folder)


def test_two_packs_of_one_place_that_name_one_day_are_refused(folder: Path) -> None:
    add(folder, "days_off: [{day: 2026-04-20, name: 三月三}]\n")
    add(folder, "days_off: [{day: 2026-04-20, name: 三月三}]\n", "other.yaml")
    with pytest.raises(PackError, match=r"other\.yaml:3: day_twice: .*also in extra\.yaml:3"):
        load_policy(folder)


def test_file_that_is_no_yaml_and_code_that_is_no_text_are_refused(folder: Path) -> None:
    (folder / "extra.yaml").write_text("jurisdiction: [", encoding="utf-8")
    with pytest.raises(UnreadableError, match=r"extra\.yaml:2: 不是 YAML.*no YAML.*correct it"):
        load_policy(folder)
    (folder / "extra.yaml").write_text("jurisdiction: 440000\ntitle: 样例\n", encoding="utf-8")
    with pytest.raises(PackError, match=r"extra\.yaml:1: malformed: jurisdiction：应为文字"):
        load_policy(folder)


def test_file_in_another_encoding_or_with_a_day_that_is_none_is_refused_by_name(folder: Path) -> None:
    (folder / "extra.yaml").write_bytes("title: 广东".encode("gbk"))
    with pytest.raises(UnreadableError, match=r"extra\.yaml:1: .*not UTF-8"):
        load_policy(folder)
    (folder / "extra.yaml").write_text("jurisdiction: '440000'\ntitle: 样例\ndays_off: [{day: 2024-02-30, name: 甲}]\n")
    with pytest.raises(UnreadableError, match=r"extra\.yaml:1: .*no YAML: day is out of range"):
        load_policy(folder)


@pytest.mark.parametrize(
    "text",
    [row(RULE), row(f"{RULE}, beside: hotline-appeal-answer")],
)
def test_local_rule_that_no_workflow_uses_is_refused_with_those_that_there_are(folder: Path, text: str) -> None:
    with pytest.raises(WorkflowError, match=r"^extra\.yaml:4 .*: un(used|known)_rule: .*known: "):
        load_workflows(packs=add(folder, text))
