"""What intake says on `intake.events`: reports without the people in them. A person is a role, an age and a token.

Titles are the labels a user sees; descriptions are for whoever reads the schema. All moments are zoned and kept in
Shanghai time. The structured fields of a report (`...Fields`) are shared with the body that reporters send
(`contracts/submission.py`), and so is the check that they hang together.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from contracts.base import Code, Contract, Moment, Reference, Region, UnitId, is_unit, unit_kind
from contracts.cases import Scalar
from contracts.codes import (
    READING,
    Cancer,
    Channel,
    DangerLevel,
    DvKind,
    DvRelation,
    Finding,
    Hardship,
    Injury,
    Listed,
    Need,
    PenaltyGround,
    ReporterCategory,
    ReportKind,
    RiskGrade,
    ScreeningMethod,
    ScreeningResult,
    ServiceMode,
    Situation,
    SubjectRole,
    SuspectRelation,
    UnitKind,
    Vulnerability,
    WarningGround,
)
from contracts.refusals import Refusal, impersonal, in_order, refuse_any, unit_of

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""The hash of an attached document; the document itself never travels on a topic."""

Sex = Literal["female", "male", "unknown"]

OLDEST = 130
"""Years; an age beyond it is a slip."""

POLICE = frozenset({UnitKind.POLICE_STATION, UnitKind.POLICE_BUREAU, UnitKind.POLICE_COMMAND})
SCREENERS = frozenset({UnitKind.SCREENING_SITE, UnitKind.HEALTH_CENTRE, UnitKind.HOSPITAL, UnitKind.MCH_HOSPITAL})


class SubjectFacts(Contract):
    """A person's part in a report, without the person. Age and bands are those at the time of the event."""

    role: Listed[SubjectRole] = Field(title="角色")
    sex: Sex = Field(default="unknown", title="性别")
    age_years: int | None = Field(default=None, ge=0, le=OLDEST, title="年龄", description="Full years at the event.")
    under_14: bool | None = Field(default=None, title="是否不满十四周岁", description="Before the 14th birthday.")
    minor: bool = Field(title="是否未成年", description="Before the 18th birthday.")

    def contradictions(self, index: int) -> Iterator[Refusal]:
        bands = None if self.age_years is None else (self.age_years < 14, self.age_years < 18)
        if (self.under_14 and not self.minor) or (bands and bands != (self.under_14, self.minor)):
            yield Refusal(
                "subject_age_inconsistent",
                ("subjects", index),
                "年龄与“不满十四周岁”“未成年”标记应当一致。",
                "The age and the marks under_14 (age below 14) and minor (age below 18) must agree.",
            )


class IntakeSubject(SubjectFacts):
    token: Code = Field(title="人员代号", description="Issued by the vault; stays inside intake.events and casework.")


class Reporter(Contract):
    """Who answers for the report. Never a name."""

    category: Listed[ReporterCategory] = Field(title="报告人类别")
    unit: UnitId | None = Field(default=None, title="报告单位", description="The unit that sent it, from its token.")
    wants_feedback: bool = Field(default=True, title="是否需要反馈")
    keep_secret: bool = Field(default=False, title="是否要求保密")

    @property
    def under_duty(self) -> bool:
        known = ReporterCategory.known(self.category)
        return known is not None and known.under_duty


class ReportFields(Contract):
    """What every report says, whatever it is about."""

    learned_at: Moment = Field(title="知悉时间", description="When the reporter came to know of it.")
    submitted_at: Moment = Field(title="报告时间", description="When it was reported; statutory clocks start here.")
    region: Region = Field(title="地区", description="Where it is to be handled: township (9 digits) where known.")
    immediate_danger: bool = Field(default=False, title="是否正处于危险中")
    external_ref: Reference | None = Field(default=None, title="来源系统编号")
    prior_reports: int = Field(default=0, ge=0, title="此前报告次数", description="As far as the reporter knows.")
    attachments: tuple[Sha256, ...] = Field(default=(), max_length=50, title="附件哈希")

    @property
    def event_time(self) -> datetime:
        """The moment at which ages are counted."""
        return self.learned_at

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        """Everything that does not hang together. `has_narrative` says whether a free text goes with the report."""
        del has_narrative
        yield from in_order(self, "learned_at", "submitted_at")
        yield from impersonal(self, "external_ref", "police_receipt_no", "letter_number")
        for index, subject in enumerate(subjects):
            yield from subject.contradictions(index)
        if len({subject.role for subject in subjects}) < len(subjects):
            yield Refusal(
                "subject_role_repeated",
                ("subjects",),
                "同一报告中每种角色只填一人；另一名儿童请另行报告。",
                "Name each role once; report a second child separately.",
            )


class ToldToPolice(ReportFields):
    """A report that police already have."""

    received_by_police_unit: UnitId | None = Field(default=None, title="接报公安单位")
    police_received_at: Moment | None = Field(default=None, title="公安接报时间")
    police_receipt_no: Reference | None = Field(default=None, title="接报回执编号")

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        yield from super().contradictions(subjects, has_narrative)
        yield from unit_of(self, "received_by_police_unit", POLICE)
        yield from in_order(self, "police_received_at", "submitted_at")
        if self.received_by_police_unit is None and (self.police_received_at or self.police_receipt_no):
            yield Refusal(
                "police_unit_missing",
                ("received_by_police_unit",),
                "已填公安接报时间或回执编号的，请填接报公安单位。",
                "A police receipt or its time needs the police unit that gave it.",
            )


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
        yield from _needs_roles(subjects, SubjectRole.VICTIM, SubjectRole.PERPETRATOR)


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
        if (self.served_at is None) != (self.service_mode is None):
            yield Refusal(
                "service_incomplete",
                ("service_mode" if self.served_at else "served_at",),
                "送达时间和送达方式应当同时填写；未送达的都不填。",
                "Give served_at and service_mode together, or neither while the letter is not served.",
            )


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
        yield from _needs_roles(subjects, SubjectRole.CHILD)
        yield from _must_be_minor(subjects, SubjectRole.CHILD)


class ScreeningFields(ReportFields):
    """两癌 screening: one result of one method. `region` is where she lives, for her follow-up."""

    cancer: Listed[Cancer] = Field(title="癌种")
    method: Listed[ScreeningMethod] = Field(title="筛查方法")
    result: Listed[ScreeningResult] = Field(title="结果")
    finding: Listed[Finding] = Field(title="结论", description="What the result stands for.")
    screened_at: Moment = Field(title="筛查时间")
    site: UnitId = Field(title="筛查机构")
    consent_signed: bool = Field(title="是否签署知情同意书")
    rural: bool | None = Field(default=None, title="是否农村妇女")

    @property
    def event_time(self) -> datetime:
        return self.screened_at

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        yield from super().contradictions(subjects, has_narrative)
        yield from in_order(self, "screened_at", "submitted_at")
        yield from unit_of(self, "site", SCREENERS)
        yield from _needs_roles(subjects, SubjectRole.EXAMINEE)
        yield from _result_contradictions(self)


_FRAME = {"report_id", "reporter", "subjects", "region", "immediate_danger", "attachments", "hops"}


class IntakeEvent(ReportFields):
    """What every event on `intake.events` has beside its own fields. The id of the event is the report's."""

    TYPE: ClassVar[str]

    report_id: UUID = Field(title="报告编号")
    reporter: Reporter = Field(title="报告人")
    subjects: tuple[IntakeSubject, ...] = Field(min_length=1, max_length=6, title="当事人")
    has_narrative: bool = Field(default=False, title="是否有情况说明", description="The text itself is in the vault.")

    @property
    def event_id(self) -> str:
        return str(self.report_id)

    @classmethod
    def read(cls, data: bytes | str) -> Self:
        """Read as a consumer does: unknown fields are ignored, unknown codes kept. Raises `ValidationError`."""
        return cls.model_validate_json(data, extra="ignore", context=READING)

    def recorded(self) -> dict[str, Scalar]:
        """The report's own fields as a case keeps them: codes, references, ISO times, counts, ticks."""
        return self.model_dump(mode="json", exclude=_FRAME, exclude_none=True)

    def moments(self) -> dict[str, datetime]:
        """Every time the report states, by field."""
        return {name: value for name, value in self if isinstance(value, datetime)}

    def units(self) -> dict[str, UnitId]:
        """The units the report names beside the one that sent it, by kind."""
        named = [value for _, value in self if isinstance(value, str) and is_unit(value)]
        return {unit_kind(unit): unit for unit in named}

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        refuse_any(self.TYPE, self.contradictions(self.subjects, self.has_narrative))
        return self


class ReportSubmitted(HarmReportFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.report.submitted.v1"


class DvIncidentReported(DvIncidentFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.dv_incident.reported.v1"


class DvWarningRecorded(DvWarningFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.dv_warning.recorded.v1"

    def moments(self) -> dict[str, datetime]:
        return {"assessed_at": self.decided_at, **super().moments()}


class ChildReferralRequested(ChildReferralFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.child_referral.requested.v1"


class ScreeningRecorded(ScreeningFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.screening.recorded.v1"


INTAKE_EVENTS: tuple[type[IntakeEvent], ...] = (
    ReportSubmitted,
    DvIncidentReported,
    DvWarningRecorded,
    ChildReferralRequested,
    ScreeningRecorded,
)


def _find(subjects: Sequence[SubjectFacts], role: str) -> tuple[tuple[str | int, ...], SubjectFacts | None]:
    """Where the subject with that role is, and the subject."""
    found = ((("subjects", index), subject) for index, subject in enumerate(subjects) if subject.role == role)
    return next(found, (("subjects",), None))


def _needs_roles(subjects: Sequence[SubjectFacts], *roles: SubjectRole) -> Iterator[Refusal]:
    for role in roles:
        where, person = _find(subjects, role)
        if person is None:
            yield Refusal(
                "subject_missing",
                where,
                f"请填写{role.label_zh}的角色信息；身份不明的也要列出。",
                f"Name a subject with role {role.value}, even when nothing else is known.",
            )


def _must_be_minor(subjects: Sequence[SubjectFacts], role: SubjectRole) -> Iterator[Refusal]:
    where, person = _find(subjects, role)
    if person is not None and not person.minor:
        yield Refusal(
            "subject_not_minor",
            where,
            f"{role.label_zh}应为未满十八周岁的人；成年妇女受侵害的请选“{ReportKind.HARM_TO_WOMAN.label_zh}”。",
            f"The {role.value} must be under 18; report harm to an adult woman as harm_to_woman.",
        )


def _victim_contradictions(kind: ReportKind, subjects: Sequence[SubjectFacts]) -> Iterator[Refusal]:
    role = SubjectRole.CHILD if kind == ReportKind.CHILD_IN_HARDSHIP else SubjectRole.VICTIM
    yield from _needs_roles(subjects, role)
    if kind != ReportKind.HARM_TO_WOMAN:
        yield from _must_be_minor(subjects, role)
        return
    where, victim = _find(subjects, role)
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
    yield from _girl_contradictions(report.situation, _find(subjects, SubjectRole.VICTIM)[1])


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


def _result_contradictions(screening: ScreeningFields) -> Iterator[Refusal]:
    """A code that this version does not know cannot be held against its method."""
    method, result = ScreeningMethod.known(screening.method), ScreeningResult.known(screening.result)
    if method and method.cancer != screening.cancer:
        yield Refusal(
            "method_of_other_cancer",
            ("method",),
            f"“{method.label_zh}”用于{method.cancer.label_zh}筛查，请核对癌种或方法。",
            f"Method {method.value} screens for {method.cancer.value} cancer.",
        )
    if method and result and method not in result.methods:
        fitting = [known for known in ScreeningResult if method in known.methods]
        yield Refusal(
            "result_of_other_method",
            ("result",),
            f"“{method.label_zh}”的结果应为：{'、'.join(known.label_zh for known in fitting)}。",
            f"A result of {method.value} is one of {', '.join(fitting)}.",
        )
    if result and result.finding != screening.finding:
        yield Refusal(
            "finding_of_other_result",
            ("finding",),
            f"结果“{result.label_zh}”的结论应为“{result.finding.label_zh}”。",
            f"The finding of {result.value} is {result.finding.value}.",
        )
