"""Which rule binds: in force, for this person, in this place, the strictest; and which packs cannot stand."""

from datetime import date, datetime
from pathlib import Path

import pytest

from contracts.base import SHANGHAI
from tests.unit.pack_folder import add, folder
from tests.unit.stories import MONDAY, STATION, TOWN, VILLAGE, Story, assessment, loaded, report
from workflows.clocks import Due, due
from workflows.errors import PackError, PolicyError
from workflows.loader import Workflow, load_workflows
from workflows.policy import Policy, load_policy
from workflows.rules import Rule, governs

__all__ = ["folder"]

DAY = date(2026, 1, 5)
GUANGZHOU, TAIYUAN, NANNING = "440106001", "140105001", "450102001"


def rule(value: int, jurisdiction: str = "000000", **more: object) -> Rule:
    row: dict[str, object] = {"id": "decide", "title": "决定", "law_class": "NORM"}
    row["article"] = f"{jurisdiction} 第{value}条"
    row |= {"value": value, "unit": "clock_hours", "effective_from": date(2024, 12, 6), "jurisdiction": jurisdiction}
    return Rule.model_validate(row | more)


def value_in(policy: Policy, region: str, rule_id: str = "decide", *, minor: bool = False) -> int | None:
    found = policy.find_rule(rule_id, region, DAY, minor=minor)
    return found.value if found else None


def test_rule_binds_only_while_it_is_in_force() -> None:
    policy = Policy([rule(72)])
    assert policy.find_rule("decide", "330382", date(2024, 12, 5), minor=False) is None


def test_rule_for_minors_is_not_an_adults() -> None:
    policy = Policy([rule(72, applies_to="minor")])
    assert value_in(policy, TOWN) is None
    assert value_in(policy, TOWN, minor=True) == 72


def test_unknown_rule_is_an_error_and_not_a_missing_deadline() -> None:
    with pytest.raises(PolicyError, match="no such rule: decide"):
        Policy([]).find_rule("decide", "330382", DAY, minor=False)


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [
        ("000000", "330382", True),
        ("330000", "330382", True),
        ("330300", "330382001", True),
        ("330382", "330382001", True),
        ("331000", "331182", False),
        ("330300", "330482", False),
        ("330382", "330300", False),
    ],
)
def test_division_codes_govern_what_lies_below_them(above: str, below: str, expected: bool) -> None:
    assert governs(above, below) is expected


def test_every_platform_default_says_that_it_is_no_law() -> None:
    for found in load_policy():
        if found.law_class == "PLAT":
            assert "平台提醒" in found.article, found.id


# -- how rules rank ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([rule(72), rule(24, "330000", law_class="LOCAL")], 24),  # a lower rule may shorten
        ([rule(72, law_class="STAT"), rule(48, "330000"), rule(36, "330300", law_class="LOCAL")], 36),
        ([rule(72), rule(24, "330000", law_class="PLAT")], 72),  # a default never stands against law, nor shorter
        ([rule(72), rule(96, "330000", law_class="PLAT")], 72),
        ([rule(24, law_class="PLAT"), rule(96, "330000", law_class="LOCAL")], 96),  # and gives way to a longer one
        ([rule(24, law_class="PLAT"), rule(48, "330300", law_class="PLAT")], 48),  # of two defaults the nearer
        ([rule(72, delegates=True), rule(96, "330000", law_class="LOCAL")], 96),  # the upper rule lets it lengthen
        ([rule(72, delegates=True)], 72),
        ([rule(72, delegates=True), rule(96, "330000"), rule(80, "330300")], 80),
        ([rule(72), rule(72, "330000", law_class="LOCAL")], 72),
    ],
)
def test_strictest_binding_rule_wins_and_a_default_never_binds(rules: list[Rule], expected: int) -> None:
    assert value_in(Policy(rules), TOWN) == expected


def test_of_two_equal_rules_the_higher_law_is_cited() -> None:
    found = Policy([rule(72, "330000", law_class="LOCAL"), rule(72)]).find_rule("decide", TOWN, DAY, minor=False)
    assert found
    assert found.jurisdiction == "000000"


@pytest.mark.parametrize(
    ("upper", "lower"),
    [
        (rule(72), rule(96, "330000")),
        (rule(72), rule(3, "330000", unit="calendar_days", roll="none")),  # 72 h, and what is left of the first day
        (rule(1, unit="months", roll="none"), rule(30, "330000", unit="calendar_days", roll="none")),  # February
        (rule(30, unit="immediate", law_class="STAT"), rule(1, "330000")),  # 立即 has no number to be longer than
        (rule(5, unit="calendar_days", roll="none"), rule(5, "330000", unit="working_days")),
        (rule(72, applies_to="minor"), rule(96, "330000")),
    ],
)
def test_looser_lower_rule_is_refused_with_both_named(upper: Rule, lower: Rule) -> None:
    with pytest.raises(PolicyError, match=rf"330000 {lower.value}.*looser.*000000 {upper.value}"):
        Policy([upper, lower])


@pytest.mark.parametrize(
    ("upper", "lower"),
    [
        (rule(72, effective_to=date(2025, 12, 31)), rule(96, "330000", effective_from=date(2026, 1, 1))),
        (rule(72, applies_to="minor"), rule(96, "330000", applies_to="adult")),
        (rule(1, unit="working_days"), rule(24, "330000")),
        (rule(5, unit="working_days"), rule(5, "330000", unit="calendar_days", roll="none")),
    ],
)
def test_rules_that_never_meet_or_only_shorten_go_together(upper: Rule, lower: Rule) -> None:
    assert "decide" in Policy([upper, lower])


# -- a pack in a folder beside the real ones ----------------------------------------------------------------------


GUANGDONG = """rules:
  dv-decision: {title: 告诫决定, article: 广东省实施反家庭暴力法办法第二十六条, law_class: LOCAL, value: 24, unit: clock_hours, effective_from: 2020-10-01}
"""  # noqa: E501
SHANXI = """rules:
  dv-visits-90-days: {beside: dv-first-visit, title: 九十日内定期查访, article: 样例（山西第十六条）, law_class: LOCAL, value: 90, unit: calendar_days, roll: breach_only, effective_from: 2022-01-01}
"""  # noqa: E501
GUANGXI = """rules:
  dv-first-visit: {title: 首次查访, article: 样例（南宁）, law_class: LOCAL, value: 30, unit: calendar_days, roll: none, effective_from: 2020-01-01}
"""  # noqa: E501


def test_one_row_adds_guangdongs_24_hours_beside_the_national_72(folder: Path) -> None:
    policy = load_policy(add(folder, GUANGDONG))
    assert (value_in(policy, GUANGZHOU, "dv-decision"), value_in(policy, TOWN, "dv-decision")) == (24, 72)


def test_nannings_30_days_for_a_first_visit_are_refused_with_the_reason(folder: Path) -> None:
    with pytest.raises(PolicyError) as refused:
        load_policy(add(folder, GUANGXI, jurisdiction="450100"))
    message = str(refused.value)
    assert message.startswith("extra.yaml:4 (")
    for named in (
        "样例（南宁）",
        "30 calendar_days",
        "looser",
        "7 calendar_days",
        "公通字〔2024〕34号第十二条",
        "national.yaml:",
    ):
        assert named in message


def test_one_row_adds_shanxis_90_days_of_visits_beside_the_national_schedule(folder: Path) -> None:
    policy = load_policy(add(folder, SHANXI, jurisdiction="140000"))
    duties = policy.find_duties("dv-first-visit", TAIYUAN, DAY, minor=False)
    assert [(duty.id, duty.value) for duty in duties] == [("dv-visits-90-days", 90)]
    assert value_in(policy, TAIYUAN, "dv-first-visit") == 7
    assert not policy.find_duties("dv-first-visit", TOWN, DAY, minor=False)


def test_added_duty_is_a_task_with_a_clock_of_its_own_and_the_case_stays_open_for_it(folder: Path) -> None:
    policy = load_policy(add(folder, SHANXI, jurisdiction="330000"))
    story = _served(Workflow(loaded().get("dv_warning").definition, policy))
    (task,) = story.tasks("dv-visits-90-days")
    clock = story.is_.clock_of("dv-visits-90-days", task.task_id)
    assert clock
    # served on Monday 5 January: 26 days of January, 28 of February, 31 of March, 5 of April; the 5th is 清明
    assert clock.deadline.due_at == datetime(2026, 4, 6, tzinfo=SHANGHAI)
    assert clock.deadline.breach_at == datetime(2026, 4, 8, tzinfo=SHANGHAI)
    assert story.clock("dv-first-visit").deadline.value == 7
    story.act("complete_task", STATION, task.task_id)
    assert "dv-visits-90-days" not in story.rules()


def _called(workflow: Workflow) -> Story:
    return Story(workflow).reported(report("dv_incident.reported", MONDAY, relation="spouse"))


def _served(workflow: Workflow) -> Story:
    story = _called(workflow)
    story.later(minutes=20).act("dispatch")
    story.act("assess", **assessment()).act("warn", letter_number="告诫字2026-1号")
    return story.act("serve", served_at=story.now.isoformat(), village_unit=VILLAGE, signature_record="回执-1")


def notice(year: int) -> str:
    """A sample: the thirteen days of 2027, taken for any year."""
    days = {1: [1], 2: [5, 6, 7, 8], 4: [5], 5: [1, 2], 6: [9], 9: [15], 10: [1, 2, 3]}
    found = (date(year, month, day) for month, each in days.items() for day in each)
    off = ", ".join(f"{{day: {day}, name: 样例}}" for day in found)
    return f"calendar_through: {year}\ndays_off: [{off}]\n"


def test_notice_of_the_next_year_comes_in_as_a_pack(folder: Path) -> None:
    policy = load_policy(add(folder, notice(2027), "calendar-2027.yaml", "000000"))
    start = datetime(2026, 12, 30, 9, tzinfo=SHANGHAI)
    made = policy.find_rule("dv-handover", TOWN, start.date(), minor=False)
    assert made
    assert due(made, start).latest_due_at
    # 31 December, Monday 4 and Tuesday 5 January 2027
    assert due(made, start, calendar=policy.calendar(TOWN)) == Due(*[datetime(2027, 1, 6, tzinfo=SHANGHAI)] * 2)


def test_notices_come_one_file_a_year_and_none_is_passed_over(folder: Path) -> None:
    add(folder, notice(2028), "calendar-2028.yaml", "000000")
    with pytest.raises(PackError, match=r"^calendar-2028\.yaml:3: calendar_incomplete: .*notice of 2027"):
        load_policy(folder)
    policy = load_policy(add(folder, notice(2027), "calendar-2027.yaml", "000000"))
    assert policy.calendar_through == policy.calendar(TOWN).through == 2028


def test_holiday_of_one_region_is_no_other_regions(folder: Path) -> None:
    policy = load_policy(add(folder, "days_off: [{day: 2026-04-20, name: 三月三}]\n", jurisdiction="450000"))
    found = [policy.calendar(region).judge(date(2026, 4, 20)).working for region in (NANNING, TOWN)]
    assert found == [False, True]
    assert policy.calendar(TOWN) is policy.calendar(GUANGZHOU)


# -- gaps ---------------------------------------------------------------------------------------------------------


def versions(*spans: tuple[str, str | None]) -> Policy:
    return Policy(
        rule(72, effective_from=date.fromisoformat(a), effective_to=b and date.fromisoformat(b)) for a, b in spans
    )


def test_versions_that_follow_each_other_leave_no_gap() -> None:
    policy = versions(("2024-01-01", "2025-06-30"), ("2025-07-01", None))
    assert policy.find_gap("decide", DAY) is None


def test_day_between_two_versions_is_a_gap() -> None:
    gap = versions(("2024-01-01", "2025-06-29"), ("2025-07-01", None)).find_gap("decide")
    assert gap
    assert "between 2025-06-29 and 2025-07-01" in str(gap)


def test_rule_that_ended_is_a_gap_only_after_its_end() -> None:
    policy = versions(("2024-01-01", "2026-01-05"))
    assert policy.find_gap("decide", date(2026, 1, 5)) is None
    assert "ended on 2026-01-05" in str(policy.find_gap("decide", date(2026, 1, 6)))


def test_one_person_without_law_is_a_gap() -> None:
    rules = [
        rule(72, effective_to=date(2025, 12, 31)),
        rule(72, applies_to="minor", effective_from=date(2026, 1, 1)),
    ]
    assert "none followed" in str(Policy(rules).find_gap("decide", DAY))


def test_gap_below_falls_back_to_the_law_above() -> None:
    local = [
        rule(24, "330000", effective_to=date(2025, 1, 1)),
        rule(24, "330000", effective_from=date(2025, 6, 1), effective_to=date(2025, 7, 1)),
    ]
    assert Policy([rule(72), *local]).find_gap("decide", DAY) is None


def test_gap_in_a_rule_that_a_workflow_uses_stops_the_start(folder: Path) -> None:
    national = folder / "national.yaml"
    text = national.read_text(encoding="utf-8")
    at = text.index("unit: clock_hours", text.index("  dv-decision:"))
    ended = text[:at] + "effective_to: 2025-12-31\n    " + text[at:]
    national.write_text(ended, encoding="utf-8")
    with pytest.raises(PolicyError, match=r"national\.yaml:\d+ .*dv-decision ended on 2025-12-31 and none followed"):
        load_workflows(packs=folder, today=DAY)


# -- what is not a number -----------------------------------------------------------------------------------------


def test_city_without_a_pack_runs_on_the_national_one() -> None:
    policy = load_policy()
    assert [pack.title for pack in policy.packs_of(GUANGZHOU)] == ["全国"]
    assert value_in(policy, GUANGZHOU, "dv-decision") == 72


def test_city_whose_pack_is_taken_away_runs_on_those_above_it(folder: Path) -> None:
    (folder / "371500-liaocheng.yaml").unlink()
    workflow = load_workflows(packs=folder).get("dv_warning")
    assert [pack.title for pack in workflow.policy.packs_of("371502001")] == ["全国", "山东省"]
    assert workflow.policy.resolve("lead", "371502001", "dv_warning") == "womens-children-committee"


def test_closed_line_that_hands_over_to_a_closed_one_goes_on_to_one_that_is_open(folder: Path) -> None:
    hours = 'hours: [{days: everyday, opens: "08:00", closes: "00:00"}]'
    line = f'{{title: 甲, operator: hotline, article: 甲, law_class: LOCAL, otherwise: "12338", {hours}}}'
    policy = load_policy(add(folder, f'hotlines:\n  "12399": {line}\n'))
    answers = [
        policy.answering_line(GUANGZHOU, "12399", datetime(2026, 1, 5, hour, 59, tzinfo=SHANGHAI))
        for hour in (7, 8, 23)
    ]
    assert answers == ["12345", "12399", "12399"]  # at 7:59 the women's line is closed too


def test_same_duty_of_two_provinces_is_leaves_no_gap_between_them(folder: Path) -> None:
    add(folder, SHANXI.replace("2022-01-01}", "2025-01-01, effective_to: 2025-06-01}"), "shanxi.yaml", "140000")
    assert load_policy(add(folder, SHANXI.replace("2022-01-01", "2026-01-01"), jurisdiction="150000"))


def test_nearest_pack_says_how_far_a_mechanism_is() -> None:
    policy = load_policy()
    found = {region: policy.flag(region, "joint-enforcement") for region in ("330382001", "330300", "371502", "520302")}
    assert found == {"330382001": "pilot", "330300": "off", "371502": "on", "520302": "off"}
    assert policy.flag("330382", "marriage-registry-query") == "pilot"  # 乐清 lies under 温州
    with pytest.raises(PolicyError, match="known: child-welfare-register"):
        policy.flag("330382", "no-such-mechanism")


def test_local_words_and_titles_of_units() -> None:
    policy = load_policy()
    assert [policy.term(region, "bullying") for region in ("330382", "371500", "440100")] == [
        "校园欺凌",
        "学生欺凌",
        "学生欺凌",
    ]
    assert policy.unit_title("education@371502") == "东昌府区教育体育局"
    assert policy.unit_title("health@330382") == "乐清市卫生健康局"
    assert policy.unit_title("school@" + "b" * 16) == "学校"
    with pytest.raises(PolicyError):
        policy.term("330382", "no-such-word")


def test_first_lead_supervises_and_where_the_plan_is_silent_the_committee() -> None:
    policy = load_policy()
    leads = {key: policy.resolve("lead", "371502001", key) for key in ("dv_warning", "child_referral", "bullying")}
    assert leads == {
        "dv_warning": "political-legal-committee",
        "child_referral": "civil-affairs",
        "bullying": "education",
    }
    assert policy.resolve("lead", "330382", "dv_warning") == "womens-children-committee"
    assert policy.resolve("duty-desk", "330382", "dv_warning") == "duty-desk"
    assert policy.resolve("police-bureau", "330382", "dv_warning") == "police-bureau"


def test_rung_of_a_ladder_that_names_the_lead_goes_to_whom_the_pack_names(folder: Path) -> None:
    national = folder / "national.yaml"
    text = national.read_text(encoding="utf-8")
    national.write_text(
        text.replace(
            "{after_hours: 24, unit: womens-children-committee}, {after_hours: 72", "{unit: lead}, {after_hours: 72"
        ),
        encoding="utf-8",
    )
    add(
        folder,
        "leads:\n  dv_warning: {units: [political-legal-committee], article: 甲, law_class: LOCAL}\n",
        jurisdiction="330382",
    )
    story = _called(load_workflows(packs=folder).get("dv_warning"))
    assert [rung.unit for rung in story.clock("dv-decision").deadline.ladder][1] == "political-legal-committee@330382"


def test_lower_pack_adds_reporters_and_takes_none_away(folder: Path) -> None:
    policy = load_policy(
        add(folder, "reporters:\n  mandatory_report: {categories: [hotline, school], article: 甲, law_class: LOCAL}\n")
    )
    here, national = policy.reporters(GUANGZHOU, "mandatory_report"), policy.reporters(TOWN, "mandatory_report")
    assert set(here) - set(national) == {"hotline"}
    assert here["school"].law_class == "STAT"


def test_age_bands_hold_both_ends() -> None:
    band = load_policy().table("age_bands", TOWN)["two-cancer-screening"]
    assert [band.holds(age) for age in (34, 35, 64, 65)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("at", "danger", "answers"),
    [
        ("2026-01-05T08:30", False, "12338"),
        ("2026-01-05T08:29", False, "12345"),
        ("2026-01-05T11:30", False, "12345"),  # noon
        ("2026-01-05T17:29", True, "12338"),  # in its hours the operator takes it, danger or not
        ("2026-01-05T17:30", True, "110"),
        ("2026-01-04T09:00", False, "12338"),  # a Sunday worked for 元旦
        ("2026-01-10T09:00", False, "12345"),  # a Saturday
        ("2026-02-17T09:00", False, "12345"),  # 春节
    ],
)
def test_closed_line_hands_over_to_another_and_danger_to_the_police(at: str, danger: bool, answers: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI)
    assert load_policy().answering_line(TOWN, "12338", moment, danger=danger) == answers


def test_line_without_hours_always_answers_and_an_unknown_one_is_an_error() -> None:
    moment = datetime(2026, 2, 17, 3, tzinfo=SHANGHAI)
    assert load_policy().answering_line(TOWN, "110", moment) == "110"
    with pytest.raises(PolicyError, match="no such hotline: 99999; known: 12355"):
        load_policy().answering_line(TOWN, "99999", moment)


@pytest.mark.parametrize(
    "row",
    [
        "value: 99999, unit: immediate",  # an alarm after 69 days instead of a visit within 7
        "value: 6, unit: calendar_days, roll: due, weekends_roll: true",  # six days that a holiday makes seventeen
        "value: 30, unit: calendar_days, roll: breach_only",
    ],
)
def test_local_rule_that_could_end_later_than_the_nations_is_refused(folder: Path, row: str) -> None:
    local = f"{{title: 首次查访, article: 甲, law_class: LOCAL, effective_from: 2024-12-06, {row}}}"
    with pytest.raises(PolicyError, match=r"dv-first-visit is looser than .*7 calendar_days"):
        load_policy(add(folder, f"rules:\n  dv-first-visit: {local}\n"))
