"""The one list of topics. Topics are created from it; the AsyncAPI document and the README's table come from it."""

from dataclasses import dataclass
from typing import Final, Literal

HOURS_PER_WEEK: Final = 168


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `key` says in words what orders its events; `consumers` are all who may read it.

    `allow_gaps`: an outside system writes here, so missing offsets are counted and shown, and do not stop the reader.
    `speaks_for`: the unit kinds in whose name the producer may speak; empty means it names no unit.
    """

    name: str
    key: str
    partitions: int
    types: tuple[str, ...]
    producer: str
    consumers: tuple[str, ...]
    retention_hours: int | None = HOURS_PER_WEEK
    allow_gaps: bool = False
    speaks_for: tuple[str, ...] = ()

    @property
    def cleanup(self) -> Literal["delete", "compact"]:
        return "compact" if self.retention_hours is None else "delete"


INTAKE_EVENTS: Final = Topic(
    "intake.events",
    key="person token",
    partitions=4,
    types=(
        "liandong.report.submitted.v1",
        "liandong.omission.found.v1",
        "liandong.dv_incident.reported.v1",
        "liandong.dv_warning.recorded.v1",
        "liandong.protection_order.requested.v1",
        "liandong.shelter.requested.v1",
        "liandong.child_referral.requested.v1",
        "liandong.hardship.applied.v1",
        "liandong.guardianship.grounds_found.v1",
        "liandong.family_education.ordered.v1",
        "liandong.bullying.reported.v1",
        "liandong.screening.recorded.v1",
        "liandong.relief.applied.v1",
        "liandong.hotline_ticket.opened.v1",
    ),
    producer="intake",
    consumers=("casework",),
)

CASE_EVENTS: Final = Topic(
    "case.events",
    key="case id",
    partitions=4,
    types=("liandong.case.advanced.v1",),
    producer="casework",
    consumers=("intake", "worklist", "statistics", "notices"),
    retention_hours=4 * HOURS_PER_WEEK,
)


def _commands(system: str, speaks_for: tuple[str, ...]) -> Topic:
    return Topic(
        f"case.commands.{system}",
        key="case id",
        partitions=2,
        types=("liandong.action.requested.v1",),
        producer=f"{system}-systems",
        consumers=("casework",),
        allow_gaps=True,
        speaks_for=speaks_for,
    )


COMMANDS_POLICE: Final = _commands("police", ("police-station", "police-bureau", "police-command"))
COMMANDS_HEALTH: Final = _commands("health", ("health", "mch-hospital", "hospital", "health-centre"))

CASE_REPLIES: Final = Topic(
    "case.replies",
    key="case id",
    partitions=2,
    types=("liandong.action.answered.v1",),
    producer="casework",
    consumers=("police-systems", "health-systems"),
)

NOTICE_EVENTS: Final = Topic(
    "notice.events",
    key="case id",
    partitions=2,
    types=("liandong.notice.proved.v1",),
    producer="notices",
    consumers=("casework",),
)

OBSERVATIONS: Final = Topic(
    "statistics.observations",
    key="indicator and region",
    partitions=1,
    types=("liandong.observation.computed.v1",),
    producer="statistics",
    consumers=(),
    retention_hours=52 * HOURS_PER_WEEK,
)

RELEASES: Final = Topic(
    "statistics.releases",
    key="city, period and indicator",
    partitions=1,
    types=("liandong.release.published.v1",),
    producer="statistics",
    consumers=("statistics-offices",),
    retention_hours=None,
)
"""Compacted: the latest edition of every city, period and indicator stays for good."""

_KEEPERS: Final = (
    "police-bureau",
    "police-command",
    "court",
    "justice",
    "civil-affairs",
    "education",
    "health",
    "womens-children-committee",
)

DENOMINATORS: Final = Topic(
    "statistics.denominators",
    key="name and region",
    partitions=1,
    types=("liandong.denominator.stated.v1",),
    producer="keeper-systems",
    consumers=("statistics",),
    retention_hours=52 * HOURS_PER_WEEK,
    allow_gaps=True,
    speaks_for=_KEEPERS,
)

EXTERNAL: Final = Topic(
    "statistics.external",
    key="target",
    partitions=1,
    types=("liandong.external_value.stated.v1",),
    producer="keeper-systems",
    consumers=("statistics",),
    retention_hours=52 * HOURS_PER_WEEK,
    allow_gaps=True,
    speaks_for=_KEEPERS,
)

DEAD_LETTERS: Final = Topic(
    "dead.letters",
    key="topic, partition and offset",
    partitions=1,
    types=("liandong.record.quarantined.v1", "liandong.record.resolved.v1"),
    producer="platform",
    consumers=("worklist",),
    retention_hours=4 * HOURS_PER_WEEK,
)

TOPICS: Final[tuple[Topic, ...]] = (
    INTAKE_EVENTS,
    CASE_EVENTS,
    COMMANDS_POLICE,
    COMMANDS_HEALTH,
    CASE_REPLIES,
    NOTICE_EVENTS,
    OBSERVATIONS,
    RELEASES,
    DENOMINATORS,
    EXTERNAL,
    DEAD_LETTERS,
)


def get_topic(name: str) -> Topic:
    """Raises `KeyError` for a topic that does not exist."""
    return {topic.name: topic for topic in TOPICS}[name]
