"""Tickets of 12338, 12355, 12345 and the child line."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import Field

from contracts.base import UnitId
from contracts.codes import HotlineLine, Listed, SubjectRole, TicketCategory, TicketTopic, TicketUrgency, UnitKind
from contracts.intake.report import IntakeEvent, RelatedFields, SubjectFacts, needs_roles
from contracts.refusals import Refusal

LINES = frozenset(
    {
        UnitKind.HOTLINE,
        UnitKind.DUTY_DESK,
        UnitKind.WOMENS_FEDERATION,
        UnitKind.YOUTH_LEAGUE,
        UnitKind.CHILD_PROTECTION,
    }
)
"""Who answers the lines."""


class TicketFields(RelatedFields):
    """热线工单. The caller may stay unknown: a subject with the role and nothing else.

    `external_ref` is the ticket's number; `reporter.keep_secret` is the caller's wish.
    """

    line: Listed[HotlineLine] = Field(title="热线")
    category: Listed[TicketCategory] = Field(title="诉求类别")
    topic: Listed[TicketTopic] = Field(title="诉求主题")
    urgency: Listed[TicketUrgency] = Field(default=TicketUrgency.NORMAL, title="紧急程度")
    handling_unit: UnitId | None = Field(default=None, title="拟派承办单位")
    out_of_hours: bool = Field(default=False, title="非工作时间来电")

    def contradictions(self, subjects: Sequence[SubjectFacts], has_narrative: bool) -> Iterator[Refusal]:
        yield from super().contradictions(subjects, has_narrative)
        yield from needs_roles(subjects, SubjectRole.CALLER)
        topic = TicketTopic.known(self.topic)
        if has_narrative and ((topic and topic.sensitive) or any(subject.minor for subject in subjects)):
            yield Refusal(
                "narrative_on_sensitive_ticket",
                ("narrative",),
                "涉及未成年人、家庭暴力、性侵害的工单不填情况说明；请另行提交报告，由承办单位建档。",
                "A ticket on a minor, domestic or sexual violence carries no narrative; send a report of its own.",
            )


class TicketOpened(TicketFields, IntakeEvent):
    TYPE: ClassVar[str] = "liandong.hotline_ticket.opened.v1"
