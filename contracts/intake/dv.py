"""Domestic violence: incidents, 告诫书, 人身安全保护令, 庇护."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.base import Moment, Reference, UnitId
from contracts.cases import Scalar
from contracts.codes import (
    ApplicantGround,
    Channel,
    DangerLevel,
    DvEvidence,
    DvKind,
    DvRelation,
    Injury,
    Listed,
    OrderApplicant,
    PenaltyGround,
    ProtectionMeasure,
    ServiceMode,
    ShelterSource,
    SubjectRole,
    UnitKind,
    Vulnerability,
    WarningGround,
)
from contracts.intake.report import (
    IntakeEvent,
    RelatedFields,
    ReportFields,
    SubjectFacts,
    ToldToPolice,
    find_subject,
    needs_roles,
)
from contracts.refusals import Refusal, in_order, unit_of


class DvFacts(ReportFields):
    """What is known of the violence. The danger scale is that of the women's federations, nine items."""

    relation: Listed[DvRelation] = Field(title="施暴人是受害人的", description="What the perpetrator is to the victim.")
    violence: tuple[Listed[DvKind], ...] = Field(min_length=1, max_length=12, title="暴力形式")
    victim_vulnerability: tuple[Listed[Vulnerability], ...] = Field(default=(), max_length=6, title="受害人特殊情形")
    children_present: int = Field(default=0, ge=0, le=20, title="在场未成年人数")
    danger_score: int | None = Field(default=None, ge=0, le=9, title="危险评估得分")
    suffocation: bool = Field(default=False, title="扼颈、窒息")
    lethal_act: bool = Field(default=False, title="其他致命行为")

    @property
    def danger_level(self) -> DangerLevel | None:
        """A lethal act makes the danger high whatever the score. None while nothing was assessed."""
        score = 9 if self.suffocation or self.lethal_act else self.danger_score
        if score is None:
            return None
        return DangerLevel.HIGH if score >= 6 else DangerLevel.MEDIUM if score >= 4 else DangerLevel.LOW

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        yield from super().contradictions(subjects, has_narrative)
        yield from needs_roles(subjects, SubjectRole.VICTIM, SubjectRole.PERPETRATOR)


class DvIncidentFields(DvFacts, ToldToPolice):
    """家庭暴力 incidents."""

    happened_at: Moment = Field(title="发生时间")
    prior_incidents: int = Field(default=0, ge=0, title="此前家暴次数")
    reported_via: Listed[Channel] = Field(title="来源渠道")
    injuries: tuple[Listed[Injury], ...] = Field(default=(), max_length=20, title="损伤情况")
    weapon_used: bool = Field(default=False, title="是否使用凶器")
    victim_asks_warning: bool = Field(default=False, title="受害人要求出具告诫书")

    @property
    def event_time(self) -> datetime:
        return self.happened_at

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        yield from super().contradictions(subjects, has_narrative)
        yield from in_order(self, "happened_at", "learned_at")


class DvWarningFields(DvFacts):
    """告诫书 warning letters (公通字〔2024〕34号)."""

    letter_number: Reference = Field(title="告诫书文号")
    accepted_at: Moment | None = Field(default=None, title="受理时间", description="The 72 hours to decide start here.")
    assessed_at: Moment | None = Field(default=None, title="评估时间", description="Taken for decided_at if not given.")
    decided_at: Moment = Field(title="决定时间")
    served_at: Moment | None = Field(default=None, title="送达时间", description="The seven days to visit start here.")
    service_mode: Listed[ServiceMode] | None = Field(default=None, title="送达方式")
    grounds: tuple[Listed[WarningGround], ...] = Field(min_length=1, max_length=5, title="出具情形")
    penalty_grounds: tuple[Listed[PenaltyGround], ...] = Field(
        default=(), max_length=5, title="不得代替处罚的情形", description="Ticked ones are shown, never decided upon."
    )
    station: UnitId = Field(title="出具派出所")
    village_unit: UnitId | None = Field(default=None, title="所在村（居）委会", description="Told, and visits too.")
    incident_report_id: UUID | None = Field(default=None, title="对应警情报告", description="The incident's report.")

    @property
    def event_time(self) -> datetime:
        return self.decided_at

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        yield from super().contradictions(subjects, has_narrative)
        yield from in_order(self, "accepted_at", "assessed_at", "decided_at", "served_at", "submitted_at")
        yield from unit_of(self, "station", {UnitKind.POLICE_STATION})
        yield from unit_of(self, "village_unit", {UnitKind.VILLAGE_COMMITTEE})
        if self.relation == DvRelation.DATING:
            yield Refusal(
                "relation_not_family",
                ("relation",),
                "告诫书用于家庭成员和共同生活的人之间；恋爱、交友关系的可申请人身安全保护令。",
                "A warning letter is for family and people who live together; others have the protection order.",
            )
        if (self.served_at is None) != (self.service_mode is None):
            yield Refusal(
                "service_incomplete",
                ("service_mode" if self.served_at else "served_at",),
                "送达时间和送达方式应当同时填写；未送达的都不填。",
                "Give served_at and service_mode together, or neither while the letter is not served.",
            )


class ProtectionOrderFields(DvFacts, RelatedFields):
    """人身安全保护令: an application, or help with one. `urgent`: the court decides in 24 hours, else in 72."""

    applied_by: Listed[OrderApplicant] = Field(title="申请人")
    applicant_ground: Listed[ApplicantGround] | None = Field(
        default=None, title="代为申请的原因", description="Why not the victim."
    )
    urgent: bool = Field(default=False, title="情况紧急")
    oral: bool = Field(default=False, title="口头申请", description="Taken down by the court.")
    measures: tuple[Listed[ProtectionMeasure], ...] = Field(min_length=1, max_length=6, title="请求的保护措施")
    evidence: tuple[Listed[DvEvidence], ...] = Field(default=(), max_length=11, title="证据种类")
    letter_number: Reference | None = Field(default=None, title="告诫书文号")
    court: UnitId | None = Field(default=None, title="拟申请的人民法院")

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        yield from super().contradictions(subjects, has_narrative)
        yield from unit_of(self, "court", {UnitKind.COURT})
        _, victim = find_subject(subjects, SubjectRole.VICTIM)
        for_an_adult = self.applied_by != OrderApplicant.VICTIM and not (victim and victim.minor)
        if for_an_adult and self.applicant_ground is None:
            yield Refusal(
                "applicant_ground_missing",
                ("applicant_ground",),
                "代成年受害人申请的，请填写其不能自行申请的原因。",
                "Say why the adult victim cannot apply herself.",
            )


class ShelterFields(RelatedFields):
    """庇护: a place to be safe. `urgent`: today."""

    asked_by: Listed[ShelterSource] = Field(title="求助来源")
    urgent: bool = Field(default=False, title="当日需要入住")
    children_along: int = Field(default=0, ge=0, le=20, title="随同未成年人数")
    victim_vulnerability: tuple[Listed[Vulnerability], ...] = Field(default=(), max_length=6, title="受害人特殊情形")
    shelter: UnitId | None = Field(default=None, title="拟入住的庇护所")
    letter_number: Reference | None = Field(default=None, title="告诫书文号")
    police_receipt_no: Reference | None = Field(default=None, title="报警回执编号")

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        yield from super().contradictions(subjects, has_narrative)
        yield from unit_of(self, "shelter", {UnitKind.SHELTER, UnitKind.WELFARE_INSTITUTION})
        yield from needs_roles(subjects, SubjectRole.VICTIM)


class DvIncidentReported(DvIncidentFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.dv_incident.reported.v1"


class DvWarningRecorded(DvWarningFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.dv_warning.recorded.v1"

    def recorded(self) -> dict[str, Scalar]:
        return {"assessed_at": self.decided_at.isoformat(), **super().recorded()}


class ProtectionOrderRequested(ProtectionOrderFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.protection_order.requested.v1"


class ShelterRequested(ShelterFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.shelter.requested.v1"
