"""What intake decides, without I/O and without a clock."""

import hashlib
import hmac
from base64 import b32encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel

from contracts.cases import Fact, ReportAttached, ReportProposed, StateEntered
from contracts.codes import ReporterCategory, ReportKind, UnitKind, central_role, label_zh
from contracts.intake.children import GROUND_FINDERS, HARDSHIP_DESKS, ORDER_ISSUERS
from contracts.intake.harm import SUPERVISORS
from contracts.intake.health import RELIEF_DESKS, SCREENERS
from contracts.intake.hotline import LINES
from contracts.intake.report import POLICE
from contracts.refusals import Refusal
from workflows.policy import Policy

PublicState = Literal["at_desk", "received", "in_progress", "closed"]
"""What a reporter may know. `at_desk`: somebody is in danger and no case has taken the report up yet."""

DESKS: Final = frozenset({UnitKind.POLICE_COMMAND, UnitKind.DUTY_DESK, UnitKind.HOTLINE})

_RECORDERS: Final[Mapping[str, frozenset[UnitKind]]] = {
    "omission": SUPERVISORS,
    "dv_warning": POLICE,
    "hardship": HARDSHIP_DESKS,
    "guardianship": GROUND_FINDERS,
    "family_education": frozenset[UnitKind]().union(*ORDER_ISSUERS.values()),
    "screening": SCREENERS | {UnitKind.HEALTH},
    "relief": RELIEF_DESKS,
    "hotline_ticket": LINES,
}
"""Only these kinds may record what is theirs alone to decide, to find or to take in; anyone may send the rest."""

_CATEGORIES: Final[Mapping[str, tuple[ReporterCategory, ...]]] = {
    UnitKind.SCHOOL: (ReporterCategory.SCHOOL,),
    UnitKind.KINDERGARTEN: (ReporterCategory.KINDERGARTEN,),
    UnitKind.HOSPITAL: (ReporterCategory.MEDICAL,),
    UnitKind.HEALTH_CENTRE: (ReporterCategory.MEDICAL,),
    UnitKind.HOTEL: (ReporterCategory.HOTEL,),
    UnitKind.VILLAGE_COMMITTEE: (ReporterCategory.VILLAGE_COMMITTEE,),
    UnitKind.WELFARE_INSTITUTION: (ReporterCategory.CHILD_WELFARE_INSTITUTION, ReporterCategory.RELIEF_INSTITUTION),
    UnitKind.SOCIAL_WORK: (ReporterCategory.SOCIAL_WORK,),
    UnitKind.NETWORK_SERVICE: (ReporterCategory.NETWORK_SERVICE,),
}
"""What a body under duty reports as, and as nothing else; agencies also record what others tell them."""


def recorders(submission_type: str) -> frozenset[UnitKind]:
    """The only kinds of unit that may send it; empty when anyone may."""
    return _RECORDERS.get(submission_type, frozenset())


def may_send(unit_kind: str, submission_type: str) -> bool:
    kinds = recorders(submission_type)
    return not kinds or unit_kind in kinds


def foreign_category(unit_kind: str, category: str) -> Iterator[Refusal]:
    """A body under duty may not report as somebody else."""
    own = _CATEGORIES.get(unit_kind)
    if own and category not in own:
        yield Refusal(
            "category_of_other_unit",
            ("reporter", "category"),
            f"{label_zh(UnitKind, unit_kind)}的报告人类别应为：{'、'.join(code.label_zh for code in own)}"
            f"（{' / '.join(own)}）。",
            f"A unit of kind {unit_kind} reports as {' or '.join(own)}.",
        )


def hash_request(unit: str, key: str) -> bytes:
    """One idempotency key of one unit."""
    return hashlib.sha256(f"{unit}\n{key}".encode()).digest()


def mac_body(key: str, body: bytes) -> bytes:
    """Tells bodies apart. Keyed by what is stored nowhere, so that it does not betray a name to whoever guesses."""
    return hmac.digest(key.encode(), body, "sha256")


def receipt_number(moment: datetime, entropy: bytes) -> str:
    """`LD`, the date, and five random bytes as eight letters and digits."""
    return f"LD{moment:%Y%m%d}{b32encode(entropy).decode()}"


def future_moments(submission: BaseModel, now: datetime, skew: timedelta) -> Iterator[Refusal]:
    """Every moment that lies after `now`, a reporter's clock being ahead by up to `skew`."""
    for where, moment in _moments(submission, ()):
        if moment > now + skew:
            yield Refusal(
                "moment_in_future",
                where,
                f"时间不能晚于现在（北京时间 {now:%Y-%m-%d %H:%M}）。",
                f"The time must not be later than now ({now:%Y-%m-%d %H:%M}, UTC+8).",
            )


def _moments(value: Any, where: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], datetime]]:
    if isinstance(value, datetime):
        yield where, value
    for name, inner in _inside(value):
        yield from _moments(inner, (*where, name))


def _inside(value: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(value, BaseModel):
        return value
    return enumerate(value) if isinstance(value, tuple) else ()


def ordering_role(fields: Mapping[str, Any]) -> str:
    """The person the report is about: whose events must keep their order. Whoever comes first, if nobody was harmed."""
    roles: list[str] = [subject["role"] for subject in fields["subjects"]]
    return central_role(roles) or roles[0]


def public_state(*, danger: bool, waiting: bool, case: PublicState | None) -> PublicState:
    """`waiting`: no case fact came back yet. `case`: what the report's case says, if it said something."""
    if waiting:
        return "at_desk" if danger else "received"
    return case or "received"


def line_about(fields: Mapping[str, Any], policy: Policy) -> str:
    """The hotline for questions about a report: the one that took the ticket, else the one for such cases."""
    region, taken = fields["region"], str(fields.get("line", "")).removeprefix("hotline_")
    if taken in policy.table("hotlines", region):
        return taken
    about = "dv_warning" if fields.get("kind") == ReportKind.HARM_TO_WOMAN else fields["type"]
    return policy.line_for(region, _WORKFLOWS.get(about, about))


_WORKFLOWS: Final = {"report": "mandatory_report", "dv_incident": "dv_warning"}
"""Where a report goes by another name than the workflow that takes it up; a woman's line takes harm to women."""


def region_prefix(unit: str) -> str | None:
    """How every region begins that a desk looks after: a county, or all of a prefecture. None for an opaque unit."""
    region = unit.partition("@")[2]
    if len(region) not in {6, 9} or not region.isdecimal():
        return None
    return region.removesuffix("00").removesuffix("00") if len(region) == 6 else region


@dataclass(frozen=True)
class Link:
    """A report is in a case: confirmed, or proposed to it. `linked_at` is domain time."""

    case_id: UUID
    confirmed: bool
    linked_at: datetime


@dataclass(frozen=True)
class CaseState:
    epoch: int
    version: int
    public_state: str


@dataclass
class News:
    """What facts say about reports: which arrived, which case each is in, how the cases stand."""

    seen: set[UUID] = field(default_factory=set)
    links: dict[UUID, Link] = field(default_factory=dict)
    states: dict[UUID, CaseState] = field(default_factory=dict)


def read_news(facts: Iterable[tuple[int, Fact]]) -> News:
    """From facts with their log epochs, in any order."""
    news = News()
    for epoch, fact in facts:
        news.seen |= _cause(fact)
        for effect in fact.effects:
            if isinstance(effect, ReportAttached | ReportProposed):
                link = Link(fact.case_id, isinstance(effect, ReportAttached), fact.decided_at)
                news.seen.add(effect.report.report_id)
                _keep_link(news.links, effect.report.report_id, link)
            elif isinstance(effect, StateEntered):
                _keep_state(news.states, fact.case_id, CaseState(epoch, fact.version, effect.public_state))
    return news


def _cause(fact: Fact) -> set[UUID]:
    try:
        return {UUID(fact.cause)}
    except ValueError:
        return set()


def _keep_link(links: dict[UUID, Link], report_id: UUID, new: Link) -> None:
    old = links.get(report_id)
    if old is None or (old.confirmed, old.linked_at) < (new.confirmed, new.linked_at):
        links[report_id] = new


def _keep_state(states: dict[UUID, CaseState], case_id: UUID, new: CaseState) -> None:
    old = states.get(case_id)
    if old is None or (old.epoch, old.version) <= (new.epoch, new.version):
        states[case_id] = new
