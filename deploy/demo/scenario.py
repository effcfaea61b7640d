"""A week of reports in five cities, made from a seed. Pure: the same seed gives the same bytes.

Reports that belong together never meet in one tick, so that their order is part of the scenario and not of a race.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from contracts.base import Region, UnitId
from contracts.codes import UnitKind, unit_at
from deploy.demo.happening import Body, Happening
from deploy.demo.people import People, Somebody
from deploy.demo.reports import BUILDERS
from deploy.demo.stories import WEEK, Script, Story, ToldReport, stories
from deploy.units import COUNTIES, body_at, townships

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
END: Final = WEEK + timedelta(days=380, hours=9)
"""20 January 2027, 09:00."""

Label = Literal["new", "again", "repeat"]


@dataclass(frozen=True)
class Sent:
    """One request to intake at a tick. `again`: another body tells of the same incident; `repeat`: the same request."""

    at: datetime
    key: str
    unit: UnitId
    body: Body
    label: Label = "new"
    story: str = ""
    incident: str = ""
    script: Script = field(default_factory=dict)
    first_day: datetime = WEEK

    @property
    def content(self) -> bytes:
        return json.dumps(self.body, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Bad:
    """A request that must be refused, with this status. `unit` None shows no token."""

    at: datetime
    key: str
    unit: UnitId | None
    content: bytes
    why: str
    status: int


@dataclass(frozen=True)
class Scenario:
    seed: int
    sent: tuple[Sent, ...]
    bad: tuple[Bad, ...]


def build(seed: int = 7, events: int = 1050) -> Scenario:
    """So many distinct reports (stories included), beside them repeats and requests to be refused."""
    return _Builder(seed).build(events)


def tick_of(moment: datetime) -> datetime:
    """When a report is sent: the full hour at or after it; after the week the next 09:00."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    hour = hour if hour == moment else hour + HOUR
    if hour <= WEEK + 7 * DAY:
        return hour
    morning = hour.replace(hour=9)
    return morning if morning >= hour else morning + DAY


def ticks(scenario: Scenario, *, daily: int = 375, stride: int = 1) -> list[datetime]:
    """The hours of the week in which something is sent, then mornings: each for `daily` days, then every `stride`th.

    The first two weeks after it have afternoons too, because most short deadlines end in them.
    """
    hours = {one.at for one in scenario.sent} | {one.at for one in scenario.bad}
    first = WEEK + timedelta(days=7, hours=9)
    mornings = {first + n * DAY for n in range(daily)} | {first + n * DAY for n in range(daily, 374, stride)}
    afternoons = {first + n * DAY + 8 * HOUR for n in range(min(daily, 14))}
    return sorted({moment for moment in hours | mornings | afternoons if moment <= END} | {END})


# Which kinds of report, from whom, and how often in a thousand; the rest is screening.
_MIX: Final[Mapping[str, tuple[int, tuple[str, ...]]]] = {
    "newborn_screening": (22, ("hospital", "mch-hospital", "health-centre")),
    "common_screening": (12, ("health-centre", "screening-site")),
    "dv": (20, ("police-station", "police-station", "hotline", "womens-federation")),
    "warning": (9, ("police-station",)),
    "harm": (15, ("school", "hospital", "village-committee", "kindergarten", "hotel", "hotline")),
    "harm_to_woman": (7, ("womens-federation", "hospital", "hotline")),
    "in_hardship": (5, ("school", "village-committee", "social-work")),
    "referral": (7, ("school", "hospital", "welfare-institution", "village-committee")),
    "hardship": (9, ("township-government", "township-government", "village-committee", "childrens-supervisor")),
    "bullying": (9, ("school", "school", "education", "hotline")),
    "guardianship": (6, ("village-committee", "womens-federation", "procuratorate", "police-station")),
    "family_education": (6, ("court", "police-station", "procuratorate")),
    "omission": (6, ("procuratorate", "education", "health")),
    "protection_order": (8, ("womens-federation", "village-committee", "police-station")),
    "shelter": (8, ("womens-federation", "police-station", "village-committee", "hotline")),
    "relief": (7, ("township-womens-federation", "womens-federation", "village-committee")),
    "ticket": (28, ("hotline", "hotline", "womens-federation", "youth-league", "child-protection", "duty-desk")),
}
_SCREENED_BY: Final = ("screening-site", "health-centre", "hospital")
_OFFICE: Final = (8, 9, 9, 10, 10, 11, 13, 14, 14, 15, 16, 17)
_ALWAYS: Final = (7, 9, 11, 13, 16, 18, 19, 20, 21, 22, 23)
_SEEN_TWICE: Final = 0.22
_SENT_TWICE: Final = 0.04


class _Builder:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.people = People(self.rng)
        self.sent: list[Sent] = []
        self.turns: Counter[str] = Counter()
        self.places = [township for county in COUNTIES for township in townships(county)]

    def build(self, events: int) -> Scenario:
        for story in stories():
            self._tell(story)
        for like in self._deal(events - len(self.sent)):
            if len(self.sent) < events:
                self._make_one(like, again=len(self.sent) + 1 < events)
        repeats = [
            self._repeat(one) for one in self.sent if one.at < WEEK + 6 * DAY and self.rng.random() < _SENT_TWICE
        ]
        sent = sorted([*self.sent, *repeats], key=lambda one: (one.at, one.key, one.label))
        return Scenario(self.seed, tuple(sent), tuple(self._bad(sent)))

    def _key(self) -> str:
        return f"demo-{self.seed:04d}-report-{len(self.sent):05d}"

    # Stories

    def _tell(self, story: Story) -> None:
        place = self.rng.choice(self.places)
        cast = {role: self._somebody(text) for role, text in story.cast.items()}
        for told in story.reports:
            self._add_story(story, told, place, cast)

    def _add_story(self, story: Story, told: ToldReport, place: Region, cast: Mapping[str, Somebody]) -> None:
        submitted = story.moment(told.at)
        given = dict(told.set)
        happened = story.moment(given.pop("happened")) if "happened" in given else submitted - HOUR
        if "filed" in given:
            given["filed_to_authority_at"] = story.moment(given.pop("filed")).isoformat()
        if "hops" in given:
            given["hops"] = [{**hop, "at": story.moment(hop["at"]).isoformat()} for hop in given["hops"]]
        if told.category:
            given["reporter"] = {"category": told.category}
        unit = self._unit(told.by, place)
        learned = max(happened, submitted - HOUR)
        people = {told.roles[role]: who for role, who in cast.items() if role in told.roles} or cast
        happening = Happening(place, people, happened, learned, submitted, unit, self.rng, given)
        self.sent.append(
            Sent(
                at=tick_of(submitted),
                key=self._key(),
                unit=unit,
                body=BUILDERS[told.like](happening),
                label="new" if told is story.reports[0] else "again",
                story=story.name,
                incident=f"{story.name}/{told.incident}",
                script=told.steps,
                first_day=story.first_day,
            )
        )

    def _somebody(self, text: str) -> Somebody:
        what, _, age = text.partition(" ")
        years = int(age)
        if what in {"woman", "man"}:
            return self.people.woman(years, years) if what == "woman" else self.people.man(years, years)
        return self.people.child(years, years, female=what == "girl")

    # The week

    def _deal(self, number: int) -> list[str]:
        """What is reported, in the order in which it is made; every city has its turn with each kind."""
        rare = [like for like, (share, _) in _MIX.items() for _ in range(round(number * share / 1000))]
        dealt = rare + ["screening"] * (number - len(rare))
        self.rng.shuffle(dealt)
        return dealt

    def _place(self, like: str) -> Region:
        turn = self.turns[like]
        self.turns[like] += 1
        return self.rng.choice(townships(COUNTIES[turn % len(COUNTIES)]))

    def _make_one(self, like: str, *, again: bool) -> None:
        _, kinds = _MIX.get(like, (0, _SCREENED_BY))
        place = self._place(like)
        people = self._people(like)
        submitted = self._moment(like)
        incident = f"week/{len(self.sent)}"
        kind = self.rng.choice([one for one in kinds if _may_report(one, people)])
        self._add(like, place, people, moment=submitted, kind=kind, incident=incident)
        first = self.sent[-1].body
        if again and first.get("finding") == "inadequate" and self.rng.random() < 0.7:
            self._screen_again(submitted + timedelta(days=self.rng.randint(9, 40)), place, people)
        if again and like in {"dv", "harm", "referral", "bullying"} and self.rng.random() < _SEEN_TWICE:
            later = submitted + timedelta(hours=self.rng.randint(2, 30))
            if later < WEEK + timedelta(days=6, hours=23):
                other = incident if self.rng.random() < 0.7 else f"{incident}/other"
                self._add(like, place, people, moment=later, kind=self.rng.choice(kinds), incident=other, label="again")

    def _screen_again(self, moment: datetime, place: Region, people: Mapping[str, Somebody]) -> None:
        """With the same method, where the sample could not be read."""
        first = self.sent[-1]
        told = Happening(place, people, moment, moment, moment, first.unit, self.rng, {"method": first.body["method"]})
        body = BUILDERS["rescreening"](told)
        self.sent.append(Sent(tick_of(moment), self._key(), first.unit, body, "again", incident=first.incident))

    def _add(
        self,
        like: str,
        place: Region,
        people: Mapping[str, Somebody],
        *,
        moment: datetime,
        kind: str,
        incident: str,
        label: Label = "new",
    ) -> None:
        late = self.rng.random() < 0.08
        learned = moment - timedelta(minutes=self.rng.randint(1500, 6000) if late else self.rng.randint(5, 600))
        happened = learned - timedelta(minutes=self.rng.randint(10, 2000))
        unit = self._unit(kind, place)
        told = Happening(place, people, happened, learned, moment, unit, self.rng)
        body = BUILDERS[like](told)
        self.sent.append(Sent(tick_of(moment), self._key(), unit, body, label, incident=incident))

    def _people(self, like: str) -> dict[str, Somebody]:
        people = self.people

        def guardian() -> dict[str, Somebody]:
            return {"guardian": people.woman(26, 48)}

        made: dict[str, Callable[[], dict[str, Somebody]]] = {
            "screening": lambda: {"examinee": people.woman(35, 64)},
            "common_screening": lambda: {"examinee": people.woman(25, 60)},
            "newborn_screening": lambda: {"examinee": people.child(0, 0)},
            "relief": lambda: {"applicant": people.woman(36, 64)},
            "dv": lambda: {"victim": people.woman(), "perpetrator": people.man()},
            "warning": lambda: {"victim": people.woman(), "perpetrator": people.man()},
            "protection_order": lambda: {"victim": people.woman(), "perpetrator": people.man()},
            "shelter": lambda: {"victim": people.woman()},
            "harm_to_woman": lambda: {"victim": people.woman()},
            "harm": lambda: {"victim": people.child()},
            "omission": lambda: {"victim": people.child()},
            "bullying": lambda: {"victim": people.child(7, 15), "suspect": people.child(8, 16)} | guardian(),
            "ticket": lambda: {"caller": people.child(12, 16) if self.rng.random() < 0.2 else people.woman()},
        }
        if like in made:
            return made[like]()
        return {"child": people.child()} | ({} if like in {"in_hardship", "referral"} else guardian())

    def _moment(self, like: str) -> datetime:
        """Some minutes before a full hour, so that a unit that answers at once is in time."""
        office = like not in {"dv", "warning", "harm", "harm_to_woman", "bullying", "shelter", "ticket"}
        day = self.rng.choices(range(7), [5, 5, 5, 5, 5, 1, 1] if office else [3, 3, 3, 3, 4, 5, 5])[0]
        hour = self.rng.choice(_OFFICE if office else _ALWAYS)
        return WEEK + timedelta(days=day, hours=hour, minutes=-self.rng.randint(1, 9))

    def _unit(self, kind: str, place: Region) -> UnitId:
        known = UnitKind.known(kind)
        assert known is not None, kind
        if known.level != "opaque":
            return unit_at(kind, place)
        if known in {UnitKind.VILLAGE_COMMITTEE, UnitKind.HEALTH_CENTRE}:
            return body_at(known, place)
        two = known in {UnitKind.SCHOOL, UnitKind.SCREENING_SITE}
        return body_at(known, place[:6], self.rng.randint(1, 2) if two else 1)

    # What is sent twice, and what must be refused

    def _repeat(self, one: Sent) -> Sent:
        """The reporter heard no answer and sends the same again, some hours later."""
        at = tick_of(one.at + timedelta(hours=self.rng.randint(1, 5)))
        return Sent(at, one.key, one.unit, one.body, "repeat", one.story, one.incident, one.script, one.first_day)

    def _bad(self, sent: list[Sent]) -> Iterator[Bad]:
        mornings = [WEEK + timedelta(days=day, hours=10) for day in range(7)]
        sample = next(one for one in sent if one.body.get("kind") == "harm_to_minor" and one.label == "new")
        school = body_at(UnitKind.SCHOOL, COUNTIES[0])
        for number, at in enumerate(mornings):
            for why, status, unit, content in _refusals(sample, school, at):
                yield Bad(at, f"demo-{self.seed:04d}-refused-{number}-{why}", unit, content, why, status)


def _may_report(kind: str, people: Mapping[str, Somebody]) -> bool:
    """Children call their own lines, and grown-ups the others."""
    caller = people.get("caller")
    return caller is None or caller.is_minor == (kind in {"youth-league", "child-protection"})


def _refusals(sample: Sent, school: UnitId, at: datetime) -> Iterator[tuple[str, int, UnitId | None, bytes]]:
    """One of each kind, at `at`."""
    fresh = sample.body | {name: at.isoformat() for name in ("submitted_at", "learned_at")} | {"happened_at": None}
    fresh = {name: value for name, value in fresh.items() if value is not None and name != "filed_to_authority_at"}
    number = fresh["persons"]["victim"]["id_number"]
    slip = number[:-1] + ("0" if number[-1] != "0" else "1")

    def of(**changes: Any) -> bytes:
        return json.dumps(fresh | changes, ensure_ascii=False).encode()

    yield "malformed_json", 400, sample.unit, of()[:-2]
    yield "impossible_id_number", 422, sample.unit, of(persons={"victim": {"id_number": slip}})
    yield "time_in_the_future", 422, sample.unit, of(submitted_at=(at + DAY).isoformat())
    yield "no_such_situation", 422, sample.unit, of(situation="mr99")
    yield "not_yours_to_record", 403, school, _as_screening(at)
    yield "no_token", 401, None, of()


def _as_screening(at: datetime) -> bytes:
    rng = random.Random(str(at))
    examinee = {"examinee": People(rng).woman(40, 50)}
    site = body_at(UnitKind.SCREENING_SITE, COUNTIES[0])
    body = BUILDERS["screening"](Happening("330382002", examinee, at - DAY, at - DAY, at, site, rng))
    return json.dumps(body | {"site": site, "reporter": {"category": "school"}, "region": "330382002"}).encode()
