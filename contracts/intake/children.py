"""Children: referral, recognition of hardship, guardianship, orders to guardians, bullying."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import ClassVar

from pydantic import Field

from contracts.base import SHANGHAI, Moment, Reference, Region, UnitId
from contracts.cases import Scalar
from contracts.codes import (
    BullyingKind,
    Channel,
    ChildStatus,
    FamilyEducationOrder,
    GuardianDuty,
    Hardship,
    HardshipApplicant,
    Injury,
    Listed,
    Need,
    ParentState,
    RevocationGround,
    RiskGrade,
    Situation,
    SubjectRole,
    SuspectRelation,
    UnitKind,
)
from contracts.intake.report import (
    POLICE,
    IntakeEvent,
    RelatedFields,
    ReportFields,
    SubjectFacts,
    must_be_minor,
    needs_roles,
)
from contracts.refusals import Refusal, in_order, unit_of

PETITIONERS = frozenset(
    {
        UnitKind.CIVIL_AFFAIRS,
        UnitKind.WOMENS_FEDERATION,
        UnitKind.DISABLED_PERSONS_FEDERATION,
        UnitKind.VILLAGE_COMMITTEE,
        UnitKind.SCHOOL,
        UnitKind.HOSPITAL,
        UnitKind.CHILD_PROTECTION,
        UnitKind.WELFARE_INSTITUTION,
        UnitKind.YOUTH_LEAGUE,
    }
)
"""Who may petition to have a guardianship revoked (民法典 art 36; 法发〔2014〕24号 item 27)."""

GROUND_FINDERS = PETITIONERS | POLICE | {UnitKind.PROCURATORATE, UnitKind.COURT}

ORDER_ISSUERS = {
    FamilyEducationOrder.COURT_ORDER: frozenset({UnitKind.COURT}),
    FamilyEducationOrder.DIRECTIVE: POLICE | {UnitKind.PROCURATORATE, UnitKind.COURT},
    FamilyEducationOrder.SUPERVISION_ORDER: frozenset({UnitKind.PROCURATORATE}),
}
"""家庭教育促进法 art 49; 法发〔2023〕7号."""

HARDSHIP_DESKS = frozenset(
    {
        UnitKind.TOWNSHIP_GOVERNMENT,
        UnitKind.CHILDRENS_SUPERVISOR,
        UnitKind.CIVIL_AFFAIRS,
        UnitKind.CHILD_PROTECTION,
        UnitKind.WELFARE_INSTITUTION,
        UnitKind.VILLAGE_COMMITTEE,
    }
)
"""Where an application is taken (民发〔2019〕62号): the township, which a village committee may hand it in to."""


class ChildReferralFields(ReportFields):
    """儿童保护转介."""

    proposed_grade: Listed[RiskGrade] = Field(title="建议风险等级")
    needs: tuple[Listed[Need], ...] = Field(default=(), max_length=11, title="服务需求")
    requested_by: UnitId = Field(title="转介单位")
    reported_via: Listed[Channel] | None = Field(default=None, title="来源渠道")
    situations: tuple[Listed[Situation], ...] = Field(default=(), max_length=9, title="涉及的强制报告情形")
    hardships: tuple[Listed[Hardship], ...] = Field(default=(), max_length=12, title="困境类型")
    suspect_relation: Listed[SuspectRelation] | None = Field(default=None, title="嫌疑人与儿童关系")
    child_heard: bool = Field(default=False, title="是否听取儿童意见")

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        yield from super().contradictions(subjects, has_narrative)
        yield from needs_roles(subjects, SubjectRole.CHILD)
        yield from must_be_minor(subjects, SubjectRole.CHILD)


class HardshipFields(ReportFields):
    """困境儿童、事实无人抚养儿童、孤儿: an application to be recognised, taken by any township."""

    applied_for: Listed[ChildStatus] = Field(title="申请类别")
    applied_by: Listed[HardshipApplicant] = Field(title="申请人")
    hardships: tuple[Listed[Hardship], ...] = Field(default=(), max_length=12, title="困境类型")
    father: Listed[ParentState] | None = Field(default=None, title="父亲情形")
    mother: Listed[ParentState] | None = Field(default=None, title="母亲情形")
    cross_province: bool = Field(default=False, title="跨省通办")
    home_region: Region | None = Field(default=None, title="户籍地", description="Also outside the cities served.")
    home_unit: UnitId | None = Field(default=None, title="户籍地乡镇人民政府（街道办事处）")
    papers_complete_at: Moment | None = Field(default=None, title="材料齐全时间", description="The clocks start here.")

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        yield from super().contradictions(subjects, has_narrative)
        yield from in_order(self, "papers_complete_at", "submitted_at")
        yield from unit_of(self, "home_unit", {UnitKind.TOWNSHIP_GOVERNMENT})
        yield from needs_roles(subjects, SubjectRole.CHILD)
        yield from must_be_minor(subjects, SubjectRole.CHILD)
        if self.applied_for != ChildStatus.IN_HARDSHIP and not (self.father and self.mother):
            yield Refusal(
                "parents_missing",
                ("mother" if self.father else "father",),
                "申请认定孤儿、事实无人抚养儿童的，请填写父母双方情形；查找不到的选“不详”。",
                "For an orphan or a child without factual care, state both parents; unknown is a state.",
            )
        if self.cross_province != (self.home_region is not None and self.home_region[:2] != self.region[:2]):
            yield Refusal(
                "home_region_contradicts",
                ("home_region",),
                "跨省通办的，户籍地应在外省；非跨省的，户籍地应在本省或者不填。",
                "With cross_province the home region is in another province; without it, in this one or left out.",
            )


class GuardianshipFields(RelatedFields):
    """撤销监护人资格: that there are grounds. Whether to petition is for those the law names."""

    grounds: tuple[Listed[RevocationGround], ...] = Field(min_length=1, max_length=7, title="情形")
    found_by: UnitId = Field(title="发现单位")
    suggested_by: UnitId | None = Field(default=None, title="书面建议单位", description="Who advised to petition.")
    petitioner: UnitId | None = Field(default=None, title="拟申请单位")

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        yield from super().contradictions(subjects, has_narrative)
        yield from unit_of(self, "found_by", GROUND_FINDERS)
        yield from unit_of(self, "suggested_by", GROUND_FINDERS)
        yield from unit_of(self, "petitioner", PETITIONERS)
        yield from needs_roles(subjects, SubjectRole.CHILD, SubjectRole.GUARDIAN)
        yield from must_be_minor(subjects, SubjectRole.CHILD)


class FamilyEducationFields(RelatedFields):
    """家庭教育指导令, 责令接受家庭教育指导, 督促监护令."""

    order: Listed[FamilyEducationOrder] = Field(title="文书种类")
    document_no: Reference | None = Field(default=None, title="文书编号")
    issued_by: UnitId = Field(title="作出机关")
    issued_at: Moment = Field(title="作出时间")
    served_at: Moment | None = Field(default=None, title="送达时间")
    period_ends_on: date | None = Field(default=None, title="履行期限届满日", description="The last day of the period.")
    duties: tuple[Listed[GuardianDuty], ...] = Field(min_length=1, max_length=8, title="监护人应当履行的事项")
    guidance_unit: UnitId | None = Field(default=None, title="提供指导的单位")

    @property
    def event_time(self) -> datetime:
        return self.issued_at

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        yield from super().contradictions(subjects, has_narrative)
        yield from in_order(self, "issued_at", "served_at", "submitted_at")
        yield from needs_roles(subjects, SubjectRole.CHILD, SubjectRole.GUARDIAN)
        yield from must_be_minor(subjects, SubjectRole.CHILD)
        order = FamilyEducationOrder.known(self.order)
        if order:
            yield from unit_of(self, "issued_by", ORDER_ISSUERS[order])
        if self.period_ends_on and self.period_ends_on < self.issued_at.date():
            yield Refusal(
                "period_ends_before_issue",
                ("period_ends_on",),
                "履行期限届满日不能早于作出之日，请核对。",
                "The period must not end before the day of issue.",
            )


class BullyingFields(RelatedFields):
    """学生欺凌. Whether it is bullying is for the school's committee; `may_be_offence` sends it to police too."""

    school: UnitId = Field(title="学校")
    kinds: tuple[Listed[BullyingKind], ...] = Field(min_length=1, max_length=5, title="欺凌行为种类")
    happened_at: Moment | None = Field(default=None, title="发生时间")
    first_known_at: Moment | None = Field(default=None, title="学校首次知悉时间", description="Staff count as school.")
    reported_via: Listed[Channel] | None = Field(default=None, title="来源渠道")
    serious: bool = Field(default=False, title="情节严重")
    may_be_offence: bool = Field(default=False, title="可能涉嫌违法犯罪")
    stopped: bool = Field(default=False, title="已制止")
    staff_witnessed: bool = Field(default=False, title="教职工在场或知情")
    guardians_told: bool = Field(default=False, title="已通知双方监护人")
    suspects: int = Field(default=0, ge=0, le=100, title="涉嫌欺凌学生人数", description="The subject stands for all.")
    injuries: tuple[Listed[Injury], ...] = Field(default=(), max_length=20, title="损伤情况")

    @property
    def event_time(self) -> datetime:
        return self.happened_at or self.learned_at

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        yield from super().contradictions(subjects, has_narrative)
        yield from in_order(self, "happened_at", "first_known_at", "submitted_at")
        yield from in_order(self, "happened_at", "learned_at")
        yield from unit_of(self, "school", {UnitKind.SCHOOL, UnitKind.KINDERGARTEN})
        yield from needs_roles(subjects, SubjectRole.VICTIM)
        yield from must_be_minor(subjects, SubjectRole.VICTIM)


class ChildReferralRequested(ChildReferralFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.child_referral.requested.v1"


class HardshipApplied(HardshipFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.hardship.applied.v1"


class GuardianshipGroundsFound(GuardianshipFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.guardianship.grounds_found.v1"


class FamilyEducationOrdered(FamilyEducationFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.family_education.ordered.v1"

    def recorded(self) -> dict[str, Scalar]:
        """With the day the period ends, as its first moment: clocks can count from it."""
        end = self.period_ends_on
        period = {"period_ends_at": datetime.combine(end, time(), SHANGHAI).isoformat()} if end else {}
        return super().recorded() | period


class BullyingReported(BullyingFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.bullying.reported.v1"
