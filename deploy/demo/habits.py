"""How units usually work: what they do in a state, after how long, and what they write. Pure.

A habit answers with a `Move`. All chance comes from a generator seeded by the case's own key and the step at hand.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from contracts.base import UnitId
from contracts.cases import Scalar
from contracts.codes import unit_at
from workflows.model import Case

Fields = dict[str, Scalar]
Done = Mapping[str, int]
"""How often each action was carried out on this case."""


@dataclass(frozen=True)
class Move:
    """What a unit means to do: an action, after so many hours. `verb` names how its fields are filled."""

    action: str
    hours: float
    unit: UnitId
    verb: str = ""
    also: Fields = field(default_factory=dict)

    @property
    def filled_by(self) -> str:
        return self.verb or self.action


@dataclass(frozen=True)
class Desk:
    """A unit before a case: what it sees, what was done, and its dice."""

    case: Case
    done: Done
    rng: random.Random

    def has(self, share: float) -> bool:
        return self.rng.random() < share

    def hours(self, least: float, most: float, *, late: tuple[float, float, float] = (0.05, 0, 0)) -> float:
        """Usually between the first two; in a `late` share of cases between the other two."""
        share, from_, to = late
        if to and self.rng.random() < share:
            return self.rng.uniform(from_, to)
        return self.rng.uniform(least, most)

    def move(self, action: str, hours: float, *, by: str | None = None, verb: str = "", **also: Scalar) -> Move:
        return Move(action, hours, self.unit(by), verb, also)

    def unit(self, key: str | None) -> UnitId:
        """The unit a part or a kind stands for; the accountable one by default."""
        if key is None:
            return self.case.accountable
        return self.case.placements.get(key) or unit_at(key, self.case.region)

    def first(self, action: str, share: float) -> bool:
        """Whether something that is done at most once is done at all; the dice are thrown either way."""
        return self.has(share) and not self.done.get(action)

    @property
    def owes(self) -> bool:
        """Whether work is owed that must end before the case can close."""
        return any(t.about_deadline is None and t.kind != "file_to_authority" for t in self.case.tasks.values())


Habit = Callable[[Desk], Move | None]

ROAMING: Final = ("childrens-supervisor", "civil-affairs", "education", "womens-federation", "youth-league")


# -- SM-B 家庭暴力告诫 --------------------------------------------------------------------------------------------


def _reported_dv(desk: Desk) -> Move:
    return desk.move("dispatch", desk.hours(0, 0, late=(0.08, 1, 4)))


def _on_scene(desk: Desk) -> Move:
    if desk.first("verify", 0.25):
        return desk.move("verify", desk.hours(1, 6))
    return desk.move("assess", desk.hours(1, 40, late=(0.07, 80, 140)))


def _verifying(desk: Desk) -> Move:
    return desk.move("assess", desk.hours(4, 40, late=(0.1, 70, 110)))


def _assessed(desk: Desk) -> Move:
    fields = desk.case.fields
    hours = desk.hours(0.5, 10)
    if fields.get("facts_found") != "established":
        return desk.move("not_established", hours, reason_no_letter="not_established")
    if fields.get("criticism_grounds"):
        return desk.move("criticise", hours)
    if fields.get("penalty_grounds") or fields.get("prior_warning"):
        criminal = desk.has(0.25)
        reason = "criminal_instead" if criminal else "penalty_instead"
        return desk.move("file_criminal" if criminal else "penalise", hours, reason_no_letter=reason)
    return desk.move("warn", hours)


def _issuing(desk: Desk) -> Move:
    refused = desk.has(0.15)
    return desk.move("serve_refused" if refused else "serve", desk.hours(1, 20, late=(0.06, 26, 60)))


def _first_visit(desk: Desk) -> Move:
    if desk.first("record_attempt", 0.12):
        return desk.move("record_attempt", desk.hours(40, 90))
    verb = "visit_recurrence" if desk.has(0.05) else "visit_clean"
    return desk.move("record_visit", desk.hours(70, 150, late=(0.1, 180, 420)), verb=verb)


def _quarterly(desk: Desk) -> Move:
    if desk.first("change_station", 0.04):
        return desk.move("change_station", desk.hours(300, 900))
    if desk.has(0.03):
        return desk.move("report_recurrence", desk.hours(300, 1800))
    verb = "visit_recurrence" if desk.has(0.02) else "visit_clean"
    return desk.move("record_visit", desk.hours(1850, 2120, late=(0.08, 2230, 2600)), verb=verb)


def _handing_over(desk: Desk) -> Move:
    return desk.move("accept_handover", desk.hours(5, 50, late=(0.1, 100, 150)), by="receiving-station")


def _recurred(desk: Desk) -> Move:
    hours = desk.hours(0, 0, late=(0.2, 3, 40))
    action = desk.rng.choice(["penalise", "penalise", "file_criminal", "open_new_case"])
    if action == "open_new_case" and desk.owes:
        action = "penalise"
    return desk.move(action, hours)


def _result(desk: Desk, *, least: float, most: float) -> Move:
    if desk.first("extend_case", 0.15):
        return desk.move("extend_case", desk.hours(500, 650))
    if desk.first("pause_for_appraisal", 0.12):
        return desk.move("pause_for_appraisal", desk.hours(100, 300))
    if desk.done.get("pause_for_appraisal", 0) > desk.done.get("resume_after_appraisal", 0):
        return desk.move("resume_after_appraisal", desk.hours(420, 700))
    return desk.move("record_outcome", desk.hours(least, most, late=(0.1, 740, 900)))


def _penalised(desk: Desk) -> Move:
    return _result(desk, least=150, most=650)


def _criminal_dv(desk: Desk) -> Move:
    return desk.move("record_outcome", desk.hours(1500, 4000))


def _close(desk: Desk) -> Move:
    return desk.move("close", desk.hours(30, 300))


# -- SM-A 强制报告 --------------------------------------------------------------------------------------------------


def _reported(desk: Desk) -> Move | None:
    if desk.has(0.04):
        return None  # silence: after two hours the command centre has it
    return desk.move("receive", desk.hours(0, 0, late=(0.08, 1, 1.9)))


def _not_received(desk: Desk) -> Move:
    return desk.move("receive", desk.hours(0, 0, late=(0.4, 1, 6)))


def _received(desk: Desk) -> Move:
    if desk.first("transfer_jurisdiction", 0.06):
        return desk.move("transfer_jurisdiction", desk.hours(1, 12))
    if desk.first("extend_review", 0.06):
        return desk.move("extend_review", desk.hours(5, 20))
    criminal = desk.case.fields.get("track") == "criminal"
    hours = desk.hours(2, 60, late=(0.08, 75, 160)) if criminal else desk.hours(2, 21, late=(0.08, 26, 120))
    if desk.has(0.08):
        return desk.move("close_not_police_matter", hours, reason="not_police_matter")
    if desk.has(0.04):
        return desk.move("close_duplicate", hours, reason="duplicate")
    if criminal and desk.has(0.25):
        return desk.move("not_file", hours)
    return desk.move("file_criminal" if criminal else "accept_admin", hours)


def _transferred(desk: Desk) -> Move:
    return desk.move("receive_transfer", desk.hours(2, 20, late=(0.1, 26, 60)))


def _admin_case(desk: Desk) -> Move:
    if desk.first("refer_protection", 0.25) and desk.case.minor:
        return desk.move("refer_protection", desk.hours(5, 40))
    move = _result(desk, least=150, most=600)
    if move.action != "record_outcome":
        return move
    choice = desk.rng.choices(["decide_penalty", "decide_no_penalty", "upgrade_criminal"], [70, 22, 8])[0]
    return desk.move(choice, move.hours)


def _criminal_case(desk: Desk) -> Move | None:
    if desk.first("refer_protection", 0.3) and desk.case.minor:
        return desk.move("refer_protection", desk.hours(10, 60))
    if desk.has(0.07):
        return desk.move("withdraw", desk.hours(400, 1200))
    hours = desk.hours(500, 1400)
    if desk.case.minor and not desk.done.get("tell_before_transfer"):
        return desk.move("tell_before_transfer", hours)
    return desk.move("transfer_for_prosecution", hours + 24)


def _prosecution(desk: Desk) -> Move:
    return desk.move("not_prosecuted" if desk.has(0.08) else "judged", desk.hours(1200, 3400))


def _not_filed(desk: Desk) -> Move:
    if desk.first("ask_supervision", 0.3):
        return desk.move("ask_supervision", desk.hours(60, 200), by="procuratorate")
    if desk.first("apply_reconsideration", 0.2):
        return desk.move("apply_reconsideration", desk.hours(60, 150))
    return desk.move("close", desk.hours(250, 500))


def _review(desk: Desk) -> Move:
    action = "overturn" if desk.has(0.3) else "uphold"
    return desk.move(action, desk.hours(200, 650, late=(0.15, 740, 900)))


def _supervision(desk: Desk) -> Move | None:
    if any(task.kind == "explain_reasons" for task in desk.case.tasks.values()):
        return None
    return desk.move("give_reasons", desk.hours(200, 260))


def _reasons_given(desk: Desk) -> Move:
    return desk.move("notify_to_file" if desk.has(0.6) else "accept_reasons", desk.hours(40, 200))


def _told_to_file(desk: Desk) -> Move:
    return desk.move("file_criminal", desk.hours(0, 0, late=(0.3, 20, 450)))


# -- SM-C 儿童保护转介, SM-D 两癌筛查 ---------------------------------------------------------------------------------


def _triage(desk: Desk) -> Move:
    return desk.move("triage", desk.hours(0, 0, late=(0.12, 1, 5)))


def _triaged(desk: Desk) -> Move:
    grade = desk.case.fields.get("grade")
    hours = {"red": 0.0, "yellow": desk.hours(1, 20, late=(0.1, 25, 40))}.get(str(grade), desk.hours(4, 60))
    if grade != "red" and desk.has(0.12) and not desk.owes:
        return desk.move("no_issue", hours)
    return desk.move("refer", hours)


def _referred(desk: Desk) -> Move:
    if desk.first("return_referral", 0.15):
        return desk.move("return_referral", desk.hours(3, 20), by="receiver")
    if desk.first("withdraw_referral", 0.05):
        return desk.move("withdraw_referral", desk.hours(100, 160))
    return desk.move("accept", desk.hours(2, 22, late=(0.08, 40, 90)), by="receiver")


def _in_service(desk: Desk) -> Move:
    if desk.case.counters.get("follow_ups", 0) >= 6 and not desk.owes:
        return desk.move("close", desk.hours(24, 100))
    if desk.first("relapse", 0.02):
        return desk.move("relapse", desk.hours(100, 500))
    return desk.move("follow_up", desk.hours(560, 690, late=(0.06, 760, 900)))


# -- SM-D 筛查追踪, SM-D2 救助 --------------------------------------------------------------------------------------


def _screened(desk: Desk) -> Move:
    if desk.first("record_contact", 0.15):
        return desk.move("record_contact", desk.hours(10, 60))
    return desk.move("notify", desk.hours(20, 130, late=(0.1, 200, 340)))


def _unreachable(desk: Desk) -> Move:
    if desk.has(0.8):
        return desk.move("notify", desk.hours(24, 150))
    return desk.move("lose" if desk.case.counters.get("contacts", 0) >= 3 else "record_contact", desk.hours(40, 180))


def _rescreen(desk: Desk) -> Move:
    tried = desk.case.counters.get("contacts", 0) >= 3
    return desk.move("close_not_rescreened" if tried else "record_contact", desk.hours(20, 900))


def _diagnosis(desk: Desk) -> Move | None:
    if desk.has(0.04):
        return None  # she never comes; the clock shows it
    if desk.first("no_show", 0.05):
        return desk.move("no_show", desk.hours(700, 900))
    return desk.move("record_diagnosis", desk.hours(240, 1500, late=(0.08, 2200, 2700)))


def _diagnosed(desk: Desk) -> Move:
    found = desk.case.fields.get("diagnosis")
    plan = {"excluded": "clear", "benign": "plan_follow_up", "cin1": "plan_follow_up"}.get(str(found), "plan_treatment")
    return desk.move(plan, desk.hours(2, 100))


def _follow_up(desk: Desk) -> Move:
    return desk.move("record_check", desk.hours(3600, 4200, late=(0.08, 4500, 4900)))


def _to_treat(desk: Desk) -> Move:
    if desk.first("refuse_treatment", 0.06):
        return desk.move("refuse_treatment", desk.hours(40, 200))
    return desk.move("start_treatment", desk.hours(60, 600, late=(0.08, 760, 900)))


def _refused_treatment(desk: Desk) -> Move:
    if not desk.done.get("persuade"):
        return desk.move("persuade", desk.hours(40, 200))
    return desk.move("agree_treatment" if desk.has(0.7) else "close_refused", desk.hours(200, 500))


def _treated(desk: Desk) -> Move:
    if desk.case.fields.get("progress") == "finished":
        return desk.move("close", desk.hours(24, 100))
    return desk.move("record_treatment", desk.hours(700, 2000))


def _checking(desk: Desk) -> Move | None:
    return None if desk.owes else desk.move("list_applicant", desk.hours(100, 200))


def _simply(action: str, least: float, most: float) -> Habit:
    return lambda desk: desk.move(action, desk.hours(least, most))


HABITS: Final[Mapping[tuple[str, str], Habit]] = {
    ("dv_warning", "reported"): _reported_dv,
    ("dv_warning", "on_scene"): _on_scene,
    ("dv_warning", "verifying"): _verifying,
    ("dv_warning", "assessed"): _assessed,
    ("dv_warning", "issuing"): _issuing,
    ("dv_warning", "first_visit"): _first_visit,
    ("dv_warning", "quarterly_visits"): _quarterly,
    ("dv_warning", "handing_over"): _handing_over,
    ("dv_warning", "recurred"): _recurred,
    ("dv_warning", "penalised"): _penalised,
    ("dv_warning", "criminal"): _criminal_dv,
    ("dv_warning", "criticised"): _close,
    ("dv_warning", "not_established"): _close,
    ("mandatory_report", "reported"): _reported,
    ("mandatory_report", "not_received"): _not_received,
    ("mandatory_report", "received"): _received,
    ("mandatory_report", "transferred"): _transferred,
    ("mandatory_report", "admin_case"): _admin_case,
    ("mandatory_report", "criminal_case"): _criminal_case,
    ("mandatory_report", "not_filed"): _not_filed,
    ("mandatory_report", "review"): _review,
    ("mandatory_report", "supervision"): _supervision,
    ("mandatory_report", "reasons_given"): _reasons_given,
    ("mandatory_report", "told_to_file"): _told_to_file,
    ("mandatory_report", "decided"): _close,
    ("mandatory_report", "withdrawn"): _close,
    ("mandatory_report", "prosecution"): _prosecution,
    ("child_referral", "received"): _triage,
    ("child_referral", "triaged"): _triaged,
    ("child_referral", "referred"): _referred,
    ("child_referral", "in_service"): _in_service,
    ("screening", "screened"): _screened,
    ("screening", "unreachable"): _unreachable,
    ("screening", "rescreen"): _rescreen,
    ("screening", "referred"): _diagnosis,
    ("screening", "diagnosed"): _diagnosed,
    ("screening", "follow_up"): _follow_up,
    ("screening", "to_treat"): _to_treat,
    ("screening", "refused_treatment"): _refused_treatment,
    ("screening", "treated"): _treated,
    ("relief", "identified"): _simply("apply", 20, 150),
    ("relief", "checking"): _checking,
    ("relief", "listed"): _simply("submit_list", 20, 120),
    ("relief", "submitted"): _simply("approve", 800, 2000),
    ("relief", "approved"): _simply("record_payment", 1000, 3000),
}

CLOSING: Final = frozenset(
    {
        *("close", "judged", "not_prosecuted", "no_issue", "open_new_case", "record_outcome", "close_refused"),
        *("close_duplicate", "close_not_police_matter", "record_payment"),
    }
)
"""Actions that close a case, and so wait until nothing is owed any more."""
