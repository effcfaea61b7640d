"""What every report says, and what every event made of one has: its reporter, and the people in it as roles."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from contracts.base import Code, Contract, Moment, Reference, Region, UnitId
from contracts.cases import Scalar
from contracts.codes import READING, Listed, ReporterCategory, SubjectRole, UnitKind
from contracts.refusals import Refusal, impersonal, in_order, refuse_any, unit_of

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""The hash of an attached document; the document itself never travels on a topic."""

Sex = Literal["female", "male", "unknown"]

OLDEST = 130
"""Years; an age beyond it is a slip."""


POLICE = frozenset({UnitKind.POLICE_STATION, UnitKind.POLICE_BUREAU, UnitKind.POLICE_COMMAND})

_REFERENCES: Final = ("external_ref", "related_receipt", "police_receipt_no", "letter_number", "document_no")


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
        yield from impersonal(self, *_REFERENCES)
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


class RelatedFields(ReportFields):
    """A report about something that a case here is about already."""

    related_case_id: UUID | None = Field(default=None, title="关联案件")
    related_receipt: Reference | None = Field(default=None, title="关联报告的回执编号", description="LD and the rest.")


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

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        refuse_any(self.TYPE, self.contradictions(self.subjects, self.has_narrative))
        return self


def find_subject(subjects: Sequence[SubjectFacts], role: str) -> tuple[tuple[str | int, ...], SubjectFacts | None]:
    """Where the subject with that role is, and the subject."""
    found = ((("subjects", index), subject) for index, subject in enumerate(subjects) if subject.role == role)
    return next(found, (("subjects",), None))


def needs_roles(subjects: Sequence[SubjectFacts], *roles: SubjectRole) -> Iterator[Refusal]:
    for role in roles:
        where, person = find_subject(subjects, role)
        if person is None:
            yield Refusal(
                "subject_missing",
                where,
                f"请填写{role.label_zh}的角色信息；身份不明的也要列出。",
                f"Name a subject with role {role.value}, even when nothing else is known.",
            )


def must_be_minor(subjects: Sequence[SubjectFacts], role: SubjectRole) -> Iterator[Refusal]:
    where, person = find_subject(subjects, role)
    if person is not None and not person.minor:
        yield Refusal(
            "subject_not_minor",
            where,
            f"{role.label_zh}应为未满十八周岁的人；年满十八周岁的请选用适用于成年人的报告类别。",
            f"The {role.value} must be under 18; for an adult choose a report that is for adults.",
        )
