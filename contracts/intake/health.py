"""Health: screening results, 两癌救助."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from pydantic import Field

from contracts.base import Moment, UnitId
from contracts.codes import (
    NEWBORN,
    Cancer,
    Finding,
    IncomeCategory,
    Listed,
    ReliefDiagnosis,
    ScreeningMethod,
    ScreeningResult,
    SubjectRole,
    UnitKind,
)
from contracts.intake.report import (
    IntakeEvent,
    RelatedFields,
    ReportFields,
    SubjectFacts,
    find_subject,
    must_be_minor,
    needs_roles,
)
from contracts.refusals import Refusal, in_order, unit_of

SCREENERS = frozenset({UnitKind.SCREENING_SITE, UnitKind.HEALTH_CENTRE, UnitKind.HOSPITAL, UnitKind.MCH_HOSPITAL})
RELIEF_DESKS = frozenset({UnitKind.TOWNSHIP_WOMENS_FEDERATION, UnitKind.WOMENS_FEDERATION, UnitKind.VILLAGE_COMMITTEE})


class ScreeningFields(ReportFields):
    """Screening for the two cancers, women's common diseases or birth defects: one result of one method.

    `region` is where she lives, for her follow-up.
    """

    cancer: Listed[Cancer] = Field(title="筛查病种")
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
        yield from needs_roles(subjects, SubjectRole.EXAMINEE)
        if self.cancer in NEWBORN:
            yield from must_be_minor(subjects, SubjectRole.EXAMINEE)
        yield from _result_contradictions(self)


class ReliefFields(RelatedFields):
    """两癌救助: a woman of low income applies where she is registered. Once in a life."""

    applied_at: UnitId = Field(title="受理单位", description="The women's federation of her township or village.")
    income: Listed[IncomeCategory] = Field(title="低收入类别")
    diagnosis: Listed[ReliefDiagnosis] = Field(title="诊断及分期")
    diagnosed_at: Moment | None = Field(default=None, title="确诊时间")
    diagnosed_by: UnitId | None = Field(default=None, title="确诊医院")
    earlier_relief: bool = Field(default=False, title="是否曾获两癌救助")

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        yield from super().contradictions(subjects, has_narrative)
        yield from in_order(self, "diagnosed_at", "submitted_at")
        yield from unit_of(self, "applied_at", RELIEF_DESKS)
        yield from unit_of(self, "diagnosed_by", {UnitKind.HOSPITAL, UnitKind.MCH_HOSPITAL})
        yield from needs_roles(subjects, SubjectRole.APPLICANT)
        where, woman = find_subject(subjects, SubjectRole.APPLICANT)
        if woman is not None and woman.sex == "male":
            yield Refusal(
                "applicant_not_woman",
                where,
                "“两癌”救助的申请人应为妇女本人，请核对性别。",
                "Relief for the two cancers is applied for by the woman herself; check the sex.",
            )


class ScreeningRecorded(ScreeningFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.screening.recorded.v1"


class ReliefApplied(ReliefFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.relief.applied.v1"


def _result_contradictions(screening: ScreeningFields) -> Iterator[Refusal]:
    """A code that this version does not know cannot be held against its method."""
    method, result = ScreeningMethod.known(screening.method), ScreeningResult.known(screening.result)
    if method and method.cancer != screening.cancer:
        yield Refusal(
            "method_of_other_cancer",
            ("method",),
            f"“{method.label_zh}”用于{method.cancer.label_zh}筛查，请核对病种或方法。",
            f"Method {method.value} screens for {method.cancer.value}.",
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
