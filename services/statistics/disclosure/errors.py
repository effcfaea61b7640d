"""What disclosure control refuses, in Chinese and English."""

from services.statistics.errors import StatisticsError


class DisclosureError(StatisticsError):
    """A release that must not go out."""


class TableError(DisclosureError):
    """The counts of a release contradict each other, so nothing can be said about what they give away."""


class OutOfTimeError(DisclosureError):
    """The attack did not finish. What was not attacked to the end is not released."""

    def __init__(self) -> None:
        super().__init__(
            "泄露检验未在规定时间内完成，不予发布；请延长时间重试（publish --seconds 600）。",
            "The disclosure check ran out of time, so nothing is released; allow more (publish --seconds 600).",
        )
