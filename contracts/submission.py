"""What reporters send to intake over HTTP: the structured fields of a report, and apart from them the people in it.

`read_submission` checks a body, `split` parts what may travel from what must be sealed, `complete` makes the event once
the vault has issued tokens. Ages are those on the Shanghai date of the event.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError, to_json

from contracts.base import Contract, UnitId, is_unit
from contracts.codes import NEWBORN, Listed, ReporterCategory, ReportKind, SubjectRole
from contracts.identity import ID_PATTERN, age_on, born_by_id, id_fits, sex_by_id
from contracts.intake import (
    BullyingReported,
    ChildReferralRequested,
    DvIncidentReported,
    DvWarningRecorded,
    FamilyEducationOrdered,
    GuardianshipGroundsFound,
    HardshipApplied,
    IntakeEvent,
    OmissionFound,
    ProtectionOrderRequested,
    ReliefApplied,
    ReportSubmitted,
    ScreeningRecorded,
    ShelterRequested,
    TicketOpened,
)
from contracts.intake.children import (
    BullyingFields,
    ChildReferralFields,
    FamilyEducationFields,
    GuardianshipFields,
    HardshipFields,
)
from contracts.intake.dv import DvIncidentFields, DvWarningFields, ProtectionOrderFields, ShelterFields
from contracts.intake.harm import HarmReportFields, OmissionFields
from contracts.intake.health import ReliefFields, ScreeningFields
from contracts.intake.hotline import TicketFields
from contracts.intake.report import OLDEST, ReportFields, Sex, SubjectFacts
from contracts.refusals import Refusal, refuse_any, refused
from contracts.regions import can_handle, is_served

# People


def _identity_number(text: str) -> str:
    """GB 11643, ISO 7064 MOD 11-2. The region in it is that of first registration and is not checked."""
    number = text.upper()
    if not id_fits(number):
        raise refused(
            Refusal(
                "id_check_digit_wrong",
                (),
                "公民身份号码校验位不符，请逐位核对；不清楚的可以不填。",
                "The check digit of the identity number does not fit; compare it digit by digit, or leave it out.",
            )
        )
    try:
        born_by_id(number)
    except ValueError:
        raise refused(
            Refusal(
                "id_birth_date_wrong",
                (),
                "公民身份号码第7至14位应为真实的出生日期（年月日）。",
                "Digits 7 to 14 of the identity number must be a real birth date (YYYYMMDD).",
            )
        ) from None
    return number


IdNumber = Annotated[str, StringConstraints(pattern=ID_PATTERN), AfterValidator(_identity_number)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")
]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{2,24}$")]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=r"^[^\x00-\x1f]*$")
]
Narrative = Annotated[str, StringConstraints(max_length=20_000, pattern=r"^[^\x00]*$")]


class Contact(Contract):
    """Somebody to speak to: the reporter, or a guardian who is not a subject of the report."""

    name: Name | None = Field(default=None, title="姓名", repr=False)
    phone: Phone | None = Field(default=None, title="联系电话", repr=False)
    office: Line | None = Field(default=None, title="所属单位、科室", repr=False)


class Person(Contract):
    """A subject's identity. Everything may be missing: callers often know little, and a child may be unknown."""

    name: Name | None = Field(default=None, title="姓名", repr=False)
    id_number: IdNumber | None = Field(default=None, title="公民身份号码", repr=False)
    no_id_reason: Literal["not_known", "newborn", "not_registered", "not_mainland"] | None = Field(
        default=None, title="无身份证号原因"
    )
    birth_date: date | None = Field(default=None, title="出生日期", repr=False)
    phone: Phone | None = Field(default=None, title="联系电话", repr=False)
    address: Line | None = Field(default=None, title="现住址", repr=False)
    workplace: Line | None = Field(default=None, title="学校、工作单位", repr=False)
    guardian: Contact | None = Field(default=None, title="法定代理人", repr=False)

    @property
    def born(self) -> date | None:
        return self.birth_date or (born_by_id(self.id_number) if self.id_number else None)

    @model_validator(mode="after")
    def _one_birth_date(self) -> Self:
        refuse_any("Person", self._contradictions())
        return self

    def _contradictions(self) -> Iterator[Refusal]:
        if self.id_number and self.born != born_by_id(self.id_number):
            yield Refusal(
                "birth_date_of_other_id",
                ("birth_date",),
                "出生日期应与公民身份号码中的一致；有身份证号的可以不填出生日期。",
                "The birth date must be the one in the identity number; with that number it may be left out.",
            )


# Submissions


class StatedSubject(Contract):
    """A subject as the reporter states it. A birth date or an identity number outweighs the stated age."""

    role: SubjectRole = Field(title="角色")
    sex: Sex = Field(default="unknown", title="性别")
    age_years: int | None = Field(
        default=None, ge=0, le=OLDEST, title="年龄", description="Full years, also estimated."
    )
    minor: bool | None = Field(default=None, title="是否未成年")


class StatedReporter(Contract):
    """The unit is not stated: it is that of the caller's token."""

    category: Listed[ReporterCategory] = Field(title="报告人类别")
    wants_feedback: bool = Field(default=True, title="是否需要反馈")
    keep_secret: bool = Field(default=False, title="是否要求保密")


class SubmissionBody(ReportFields):
    """What every submission has beside its own fields."""

    reporter: StatedReporter = Field(title="报告人")
    reporter_identity: Contact | None = Field(default=None, title="报告人身份", repr=False)
    subjects: tuple[StatedSubject, ...] = Field(min_length=1, max_length=6, title="当事人")
    persons: dict[SubjectRole, Person] = Field(default_factory=dict, title="当事人身份", repr=False)
    narrative: Narrative | None = Field(default=None, title="情况说明", repr=False)

    @property
    def has_narrative(self) -> bool:
        return bool(self.narrative and self.narrative.strip())

    def presumes_minor(self, role: SubjectRole) -> bool | None:
        """What is taken for granted of a role whose age nobody states; None where it must be stated."""
        return None if role == SubjectRole.VICTIM else role == SubjectRole.CHILD

    def describe(self, stated: StatedSubject) -> SubjectFacts:
        """The subject without the person, at the time of the event."""
        person = self.persons.get(stated.role, Person())
        age = age_on(self.event_time.date(), person.born) if person.born else stated.age_years
        if age is not None:
            minor = age < 18
        else:
            minor = stated.minor if stated.minor is not None else self.presumes_minor(stated.role) or False
        under_14 = age < 14 if age is not None else None if minor else False
        sex = sex_by_id(person.id_number) if stated.sex == "unknown" and person.id_number else stated.sex
        return SubjectFacts(role=stated.role, sex=sex, age_years=age, under_14=under_14, minor=minor)

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        refuse_any("Submission", self._contradictions_of_persons())
        subjects = [self.describe(stated) for stated in self.subjects]
        refuse_any("Submission", [*_unserved(self), *self.contradictions(subjects, self.has_narrative)])
        return self

    def _contradictions_of_persons(self) -> Iterator[Refusal]:
        yield from _strangers(self)
        yield from _shared_id_numbers(self)
        for index, stated in enumerate(self.subjects):
            yield from _contradictions_of(index, stated, self)


class ReportSubmission(HarmReportFields, SubmissionBody):
    type: Literal["report"]

    def presumes_minor(self, role: SubjectRole) -> bool | None:
        """Suspicion is enough: who reports harm to a minor need not prove an age."""
        return self.kind != ReportKind.HARM_TO_WOMAN if role == SubjectRole.VICTIM else super().presumes_minor(role)


class OmissionSubmission(OmissionFields, SubmissionBody):
    type: Literal["omission"]

    def presumes_minor(self, role: SubjectRole) -> bool | None:
        """The duty is about minors."""
        return role == SubjectRole.VICTIM or super().presumes_minor(role)


class DvIncidentSubmission(DvIncidentFields, SubmissionBody):
    type: Literal["dv_incident"]


class DvWarningSubmission(DvWarningFields, SubmissionBody):
    type: Literal["dv_warning"]


class ProtectionOrderSubmission(ProtectionOrderFields, SubmissionBody):
    type: Literal["protection_order"]


class ShelterSubmission(ShelterFields, SubmissionBody):
    type: Literal["shelter"]


class ChildReferralSubmission(ChildReferralFields, SubmissionBody):
    type: Literal["child_referral"]


class HardshipSubmission(HardshipFields, SubmissionBody):
    type: Literal["hardship"]


class GuardianshipSubmission(GuardianshipFields, SubmissionBody):
    type: Literal["guardianship"]


class FamilyEducationSubmission(FamilyEducationFields, SubmissionBody):
    type: Literal["family_education"]


class BullyingSubmission(BullyingFields, SubmissionBody):
    type: Literal["bullying"]

    def presumes_minor(self, role: SubjectRole) -> bool | None:
        """Pupils, on both sides."""
        return role in {SubjectRole.VICTIM, SubjectRole.SUSPECT} or super().presumes_minor(role)


class ScreeningSubmission(ScreeningFields, SubmissionBody):
    type: Literal["screening"]

    def presumes_minor(self, role: SubjectRole) -> bool | None:
        return self.cancer in NEWBORN if role == SubjectRole.EXAMINEE else super().presumes_minor(role)


class ReliefSubmission(ReliefFields, SubmissionBody):
    type: Literal["relief"]


class TicketSubmission(TicketFields, SubmissionBody):
    type: Literal["hotline_ticket"]


AnySubmission = (
    ReportSubmission
    | OmissionSubmission
    | DvIncidentSubmission
    | DvWarningSubmission
    | ProtectionOrderSubmission
    | ShelterSubmission
    | ChildReferralSubmission
    | HardshipSubmission
    | GuardianshipSubmission
    | FamilyEducationSubmission
    | BullyingSubmission
    | ScreeningSubmission
    | ReliefSubmission
    | TicketSubmission
)
Submission = Annotated[AnySubmission, Field(discriminator="type")]
SUBMISSION: Final[TypeAdapter[AnySubmission]] = TypeAdapter(Submission)

_EVENTS: Final[dict[str, type[IntakeEvent]]] = {
    "report": ReportSubmitted,
    "omission": OmissionFound,
    "dv_incident": DvIncidentReported,
    "dv_warning": DvWarningRecorded,
    "protection_order": ProtectionOrderRequested,
    "shelter": ShelterRequested,
    "child_referral": ChildReferralRequested,
    "hardship": HardshipApplied,
    "guardianship": GuardianshipGroundsFound,
    "family_education": FamilyEducationOrdered,
    "bullying": BullyingReported,
    "screening": ScreeningRecorded,
    "relief": ReliefApplied,
    "hotline_ticket": TicketOpened,
}


class Sealed(Contract):
    """What only the vault may open: the people of a report, by role, who reported, and what was told."""

    persons: dict[SubjectRole, Person] = Field(repr=False, description="One for every subject, empty if unknown.")
    reporter_identity: Contact | None = Field(default=None, repr=False)
    narrative: Narrative | None = Field(default=None, repr=False)


def read_submission(body: bytes | str) -> AnySubmission:
    """Raises `pydantic.ValidationError` whose errors point into the body and repeat nothing of it."""
    try:
        return SUBMISSION.validate_json(body)
    except ValidationError as error:
        bare = [_without_input(detail) for detail in error.errors(include_url=False, include_input=False)]
    raise ValidationError.from_exception_data("Submission", bare, input_type="json", hide_input=True)


def split(submission: AnySubmission) -> tuple[dict[str, Any], Sealed]:
    """The structured fields as JSON values (with `type`), free of identity; and the part to seal."""
    fields = submission.model_dump(
        mode="json", exclude={"persons", "reporter_identity", "narrative", "subjects"}, exclude_none=True
    )
    subjects = [submission.describe(stated) for stated in submission.subjects]
    fields["subjects"] = [subject.model_dump(mode="json", exclude_none=True) for subject in subjects]
    fields["has_narrative"] = submission.has_narrative
    persons = {stated.role: submission.persons.get(stated.role, Person()) for stated in submission.subjects}
    return fields, Sealed(
        persons=persons, reporter_identity=submission.reporter_identity, narrative=submission.narrative
    )


def complete(fields: Mapping[str, Any], report_id: UUID, unit: UnitId | None, tokens: Mapping[str, str]) -> IntakeEvent:
    """The event: the fields of `split`, the unit that sent them and the vault's token of each role.

    Raises `KeyError` when a role has no token.
    """
    own = {name: value for name, value in fields.items() if name != "type"}
    own["report_id"] = report_id
    own["reporter"] = {**fields["reporter"], "unit": unit}
    own["subjects"] = [{**subject, "token": tokens[subject["role"]]} for subject in fields["subjects"]]
    return _EVENTS[fields["type"]].model_validate_json(to_json(own))


def _without_input(detail: ErrorDetails) -> InitErrorDetails:
    where = detail["loc"]
    context = detail.get("ctx", {})
    kind: str | PydanticCustomError = detail["type"]
    if "zh" in context:
        kind = refused(Refusal(detail["type"], (), context["zh"], context["en"]))
    return InitErrorDetails(
        type=kind, loc=where[1:] if where and where[0] in _EVENTS else where, input=None, ctx=context
    )


def _unserved(submission: SubmissionBody) -> Iterator[Refusal]:
    """Only here, not in the events: a reader need not know a new division."""
    if not can_handle(submission.region):
        yield Refusal(
            "region_unknown",
            ("region",),
            "应为名录中的县（市、区）六位代码或乡镇（街道）九位代码，如330382（乐清市）、330382001（城东街道）。",
            "Should be the listed code of a county (6 digits) or a township (9 digits), e.g. 330382 or 330382001.",
        )
    for field, unit in submission:
        if isinstance(unit, str) and is_unit(unit) and not is_served(unit):
            yield Refusal(
                "unit_unknown",
                (field,),
                "应为“单位种类@区划代码”：县级单位用名录中的六位代码，乡镇级单位用九位代码，如police-bureau@330382、"
                "police-station@330382001。",
                "Should be <kind>@<division>: the listed 6 digits of a county or 9 of a township, as the kind needs, "
                "e.g. police-bureau@330382 or police-station@330382001.",
            )


def _strangers(submission: SubmissionBody) -> Iterator[Refusal]:
    for role in submission.persons.keys() - {stated.role for stated in submission.subjects}:
        yield Refusal(
            "person_without_subject",
            ("persons", role.value),
            f"填写了{role.label_zh}的身份信息，请在当事人中同时列出该角色。",
            f"A person with role {role.value} needs a subject with that role.",
        )


def _shared_id_numbers(submission: SubmissionBody) -> Iterator[Refusal]:
    seen: set[str] = set()
    for role, person in submission.persons.items():
        if person.id_number in seen:
            yield Refusal(
                "id_number_shared",
                ("persons", role.value, "id_number"),
                "两个角色不能使用同一公民身份号码，请核对。",
                "Two roles cannot have the same identity number.",
            )
        seen |= {person.id_number} if person.id_number else set()


def _contradictions_of(index: int, stated: StatedSubject, submission: SubmissionBody) -> Iterator[Refusal]:
    person = submission.persons.get(stated.role, Person())
    if person.born and not 0 <= age_on(submission.event_time.date(), person.born) <= OLDEST:
        yield Refusal(
            "birth_date_implausible",
            ("persons", stated.role.value, "birth_date"),
            f"出生日期应在事件发生之日以前，且不早于{OLDEST}年前，请核对。",
            f"The birth date must lie before the event, and at most {OLDEST} years before it.",
        )
    if person.id_number and stated.sex not in {"unknown", sex_by_id(person.id_number)}:
        yield Refusal(
            "sex_of_other_id",
            ("subjects", index, "sex"),
            "性别应与公民身份号码第17位（奇数男、偶数女）一致；不确定的可填“不详”。",
            "The sex must fit digit 17 of the identity number (odd male, even female), or be unknown.",
        )
    known = (person.born, stated.age_years, stated.minor, submission.presumes_minor(stated.role))
    if all(value is None for value in known):
        yield Refusal(
            "subject_age_missing",
            ("subjects", index, "minor"),
            f"请填写{stated.role.label_zh}的出生日期、年龄或是否未成年之一。",
            f"State the birth date, the age or whether the {stated.role.value} is a minor.",
        )
