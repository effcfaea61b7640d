"""强制报告, reports of harm to women, and duties to report that were not kept."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import ClassVar

from pydantic import Field

from contracts.base import Contract, Moment, UnitId
from contracts.codes import (
    Channel,
    Injury,
    Listed,
    OmissionKind,
    ReporterCategory,
    ReportKind,
    Situation,
    SubjectRole,
    SuspectRelation,
    UnitKind,
)
from contracts.intake.report import (
    POLICE,
    IntakeEvent,
    RelatedFields,
    SubjectFacts,
    ToldToPolice,
    find_subject,
    must_be_minor,
    needs_roles,
)
from contracts.refusals import Refusal, in_order, unit_of

SUPERVISORS = POLICE | {UnitKind.PROCURATORATE, UnitKind.EDUCATION, UnitKind.HEALTH, UnitKind.CIVIL_AFFAIRS}
"""Who follows up a duty to report that was not kept (强制报告意见 arts 16–18)."""


class Hop(Contract):
    """A body the report passed through before it came here."""

    unit_kind: Listed[UnitKind] = Field(title="经手单位类别")
    at: Moment = Field(title="经手时间")


class HarmReportFields(ToldToPolice):
    """强制报告 and reports of harm to women."""

    kind: Listed[ReportKind] = Field(title="报告类别")
    situation: Listed[Situation] | None = Field(default=None, title="报告情形")
    happened_at: Moment | None = Field(default=None, title="发生时间", description="When the harm was done, if known.")
    reported_via: Listed[Channel] | None = Field(default=None, title="来源渠道")
    injuries: tuple[Listed[Injury], ...] = Field(default=(), max_length=20, title="损伤情况")
    suspect_relation: Listed[SuspectRelation] | None = Field(default=None, title="嫌疑人与受害人关系")
    filed_to_authority_at: Moment | None = Field(default=None, title="向主管部门报备时间")
    hops: tuple[Hop, ...] = Field(default=(), max_length=20, title="此前经手单位", description="Earliest first.")

    @property
    def event_time(self) -> datetime:
        return self.happened_at or self.learned_at

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        yield from super().contradictions(subjects, has_narrative)
        yield from in_order(self, "happened_at", "learned_at")
        yield from in_order(self, "filed_to_authority_at", "submitted_at")
        yield from self._hop_contradictions()
        yield from _victim_contradictions(self.kind, subjects)
        yield from _situation_contradictions(self, subjects, has_narrative)

    def _hop_contradictions(self) -> Iterator[Refusal]:
        times = [*(hop.at for hop in self.hops), self.submitted_at]
        if any(later < earlier for earlier, later in pairwise(times)):
            yield Refusal(
                "hops_out_of_order",
                ("hops",),
                "经手单位按时间先后填写，且不晚于报告时间。",
                "List the hops earliest first, none after submitted_at.",
            )


class OmissionFields(RelatedFields):
    """应报未报: a duty to report that was not kept. `learned_at` is when the finder came to know of it."""

    found_by: UnitId = Field(title="发现单位")
    omission: Listed[OmissionKind] = Field(title="未依法报告的方式")
    duty_holder: Listed[ReporterCategory] = Field(title="未报告的责任主体类别")
    duty_unit: UnitId | None = Field(default=None, title="未报告的单位")
    known_at: Moment = Field(title="责任主体知悉时间", description="When it should have been reported.")
    situation: Listed[Situation] | None = Field(default=None, title="应当报告的情形")
    superior_blocked: bool = Field(default=False, title="上级或负责人阻止报告")

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        yield from super().contradictions(subjects, has_narrative)
        yield from in_order(self, "known_at", "learned_at")
        yield from unit_of(self, "found_by", SUPERVISORS)
        yield from needs_roles(subjects, SubjectRole.VICTIM)
        yield from must_be_minor(subjects, SubjectRole.VICTIM)
        holder = ReporterCategory.known(self.duty_holder)
        if holder and not holder.under_duty:
            yield Refusal(
                "holder_not_under_duty",
                ("duty_holder",),
                "应为负有强制报告义务的单位或者人员所属类别，监护人、受害人本人和其他个人除外。",
                "The duty holder must be a category that the law obliges to report, not guardian, victim or other.",
            )


class ReportSubmitted(HarmReportFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.report.submitted.v1"


class OmissionFound(OmissionFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.omission.found.v1"


def _victim_contradictions(kind: ReportKind, subjects: Sequence[SubjectFacts]) -> Iterator[Refusal]:
    role = SubjectRole.CHILD if kind == ReportKind.CHILD_IN_HARDSHIP else SubjectRole.VICTIM
    yield from needs_roles(subjects, role)
    if kind != ReportKind.HARM_TO_WOMAN:
        yield from must_be_minor(subjects, role)
        return
    where, victim = find_subject(subjects, role)
    if victim is not None and (victim.minor or victim.sex != "female"):
        yield Refusal(
            "victim_not_adult_woman",
            where,
            f"受害人应为年满十八周岁的女性；未满十八周岁的请选“{ReportKind.HARM_TO_MINOR.label_zh}”。",
            "The victim must be a woman of 18 or over; report harm to anyone younger as harm_to_minor.",
        )


def _situation_contradictions(
    report: HarmReportFields, subjects: Sequence[SubjectFacts], has_narrative: bool
) -> Iterator[Refusal]:
    if report.situation == Situation.MR9 and not has_narrative:
        yield Refusal(
            "narrative_missing",
            ("narrative",),
            "选择第九种情形的，请在情况说明中写明具体情况。",
            "Situation mr9 needs a narrative that says what happened.",
        )
    if report.kind == ReportKind.HARM_TO_MINOR and report.situation is None:
        yield Refusal(
            "situation_missing",
            ("situation",),
            "侵害未成年人案件请选择九种强制报告情形之一。",
            "Harm to a minor needs one of the nine situations, mr1 to mr9.",
        )
    if report.kind == ReportKind.HARM_TO_WOMAN and report.situation is not None:
        yield Refusal(
            "situation_for_minors_only",
            ("situation",),
            "强制报告情形只用于未成年人，侵害妇女的请不填。",
            "The nine situations are for minors; leave situation out for harm_to_woman.",
        )
    yield from _girl_contradictions(report.situation, find_subject(subjects, SubjectRole.VICTIM)[1])


def _girl_contradictions(situation: Situation | None, victim: SubjectFacts | None) -> Iterator[Refusal]:
    """MR2 is for girls under 14, MR3 for girls of 14 and over. What is not known is not held against the report."""
    if victim is None or situation not in {Situation.MR2, Situation.MR3}:
        return
    if victim.sex == "male":
        yield Refusal(
            "situation_for_girls_only",
            ("situation",),
            "第二、三种情形只适用于女性；男性受害人请选其他情形。",
            "Situations mr2 and mr3 are for girls; choose another one for a boy.",
        )
    if victim.under_14 is not None and victim.under_14 != (situation == Situation.MR2):
        yield Refusal(
            "situation_of_other_age",
            ("situation",),
            "不满十四周岁的选第二种情形，十四周岁以上的选第三种情形。",
            "Choose mr2 for a girl under 14, mr3 for a girl of 14 or over.",
        )
