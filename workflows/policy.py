"""Policy packs: every number with its law. Of the rules in force the strictest binding one wins (上位法优于下位法).

How classes rank: STAT, NORM and LOCAL bind, PLAT never does. A lower binding rule may shorten; it may lengthen only
what the upper one `delegates`, and then it goes before it. A platform default counts only where no law says anything,
and there the nearest one: so a longer LOCAL rule goes before a shorter default.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product
from pathlib import Path
from typing import Any, Final, Literal

from contracts.base import SHANGHAI
from contracts.codes import ReporterCategory, UnitKind, label_zh
from contracts.regions import region_names
from workflows.calendar import PUBLISHED_THROUGH, Calendar
from workflows.errors import PackError, PolicyError
from workflows.pack_files import read_packs
from workflows.packs import TABLES, Disclosure, Feature, Hotline, Leads, Pack, Reporters, Setting
from workflows.rules import (
    NATIONAL,
    Rule,
    applies,
    depth,
    find_gap,
    governs,
    refuse_idle_duty,
    refuse_looser,
    refuse_two_on_one_level,
)
from workflows.wording import unknown

PACKS = Path(__file__).parent / "policy"
POLICE_LINE: Final = "110"
GENERAL_LINE: Final = "12345"
_BY_PACK: Final = {"lead": "leads", "duty-desk": "duty_desks"}


@dataclass(frozen=True)
class StatisticsPolicy:
    """How indicators are counted in a region, by key and name, and from how many persons on counts are published."""

    rows: Mapping[str, Mapping[str, Setting]]
    disclosure: Disclosure

    @property
    def settings(self) -> Mapping[str, Mapping[str, int | tuple[int, int] | tuple[str, ...]]]:
        """The bare values: `settings["dv-warning-issued"]["T"]` is 72."""
        return {key: {name: one.value for name, one in row.items()} for key, row in self.rows.items()}


class Policy:
    """The rules and the rows of all loaded packs. Look-ups take a region: a division code of six or nine digits."""

    def __init__(self, rules: Iterable[Rule] = (), packs: Iterable[Pack] = ()) -> None:
        """Raises PackError when two rules, or two packs, do not go together."""
        self.packs = sorted(_one_each(packs), key=lambda pack: depth(pack.jurisdiction))
        self._rules: dict[str, list[Rule]] = {}
        for rule in rules:
            self._rules.setdefault(rule.id, []).append(rule)
        for versions in self._rules.values():
            refuse_two_on_one_level(versions)
            refuse_looser(versions)
        self._duties: dict[str, list[str]] = {}
        for duty in self:
            if duty.beside and duty.id not in self._duties.setdefault(duty.beside, []):
                self._duties[duty.beside].append(duty.id)
        self._refuse_duties_that_fail()
        self._calendars: dict[tuple[str, int | None], Calendar] = {}
        self._tables: dict[tuple[str, str], dict[str, Any]] = {}
        self._words: dict[str, dict[str, str]] = {}

    def __contains__(self, rule_id: str) -> bool:
        return rule_id in self._rules

    def __iter__(self) -> Iterator[Rule]:
        return (rule for versions in self._rules.values() for rule in versions)

    def _refuse_duties_that_fail(self) -> None:
        for duty in self:
            if duty.beside is None:
                continue
            if duty.beside not in self._rules:
                zh, en = unknown("rule", duty.beside, self._rules)
                raise PackError("unknown_rule", duty.place, f"beside：{zh} / {en}")
            refuse_idle_duty(duty, self._rules[duty.beside])
            if gap := self.find_gap(duty.id):  # not by day: such a duty may well begin later, or be abolished
                raise gap

    # -- numbers ----------------------------------------------------------------------------------------------

    def find_rule(self, rule_id: str, region: str, day: date, *, minor: bool) -> Rule | None:
        """The strictest binding rule in force on `day` in `region` for this person; None when none applies.

        Equal ones: the higher law is cited. Raises PolicyError when no pack knows the id.
        """
        if rule_id not in self._rules:
            raise PolicyError(" / ".join(unknown("rule", rule_id, self._rules)))
        found = [rule for rule in self._rules[rule_id] if applies(rule, region, day, minor=minor)]
        law = [rule for rule in found if rule.binding]
        if not law:
            return max(found, key=lambda rule: depth(rule.jurisdiction), default=None)
        nearest = max(depth(rule.jurisdiction) for rule in law)
        left = [rule for rule in law if not rule.delegates or depth(rule.jurisdiction) == nearest]
        return min(left, key=lambda rule: (rule.bounds, depth(rule.jurisdiction)))

    def find_duties(self, rule_id: str, region: str, day: date, *, minor: bool) -> tuple[Rule, ...]:
        """The duties that `region` adds beside a rule: each begins when it begins, and has its own clock."""
        found = (self.find_rule(duty, region, day, minor=minor) for duty in self._duties.get(rule_id, ()))
        return tuple(rule for rule in found if rule)

    def find_gap(self, rule_id: str, today: date | None = None) -> PackError | None:
        """What is wrong when a rule's versions leave days without law, or none is in force `today` any more.

        Judged where the rule is set highest: below it, a gap falls back to the law above.
        """
        versions = sorted(self._rules[rule_id], key=lambda rule: rule.effective_from)
        top = min(depth(rule.jurisdiction) for rule in versions)
        places = dict.fromkeys(rule.jurisdiction for rule in versions if depth(rule.jurisdiction) == top)
        for place, person in product(places, ("minor", "adult")):
            mine = [rule for rule in versions if rule.jurisdiction == place and rule.applies_to in {"any", person}]
            if gap := find_gap(mine, today):
                return gap
        return None

    # -- calendars --------------------------------------------------------------------------------------------

    @property
    def calendar_through(self) -> int:
        """The last year whose holiday notice is out, by the package or by the nation's pack."""
        national = (pack.calendar_through or 0 for pack in self.packs if pack.jurisdiction == NATIONAL)
        return max([PUBLISHED_THROUGH, *national])

    def calendar(self, region: str, through: int | None = None) -> Calendar:
        """The working calendar of a region: the nation's and the days off that its own packs add."""
        key = (region[:6], through)
        if key not in self._calendars:
            chain = [pack for pack in self.packs_of(region) if pack.days_off or pack.days_worked]
            shared = (chain[-1].jurisdiction if chain else "", through)
            off = {row.day: row.name for pack in chain for row in pack.days_off}
            worked = {row.day: row.name for pack in chain for row in pack.days_worked}
            made = Calendar(through or self.calendar_through, off, worked)
            self._calendars[key] = self._calendars.setdefault(shared, made)
        return self._calendars[key]

    # -- everything else --------------------------------------------------------------------------------------

    def packs_of(self, region: str) -> tuple[Pack, ...]:
        """The packs that govern a region, the nation's first."""
        return tuple(pack for pack in self.packs if governs(pack.jurisdiction, region))

    def table(self, name: str, region: str) -> Mapping[str, Any]:
        """One table of packs.TABLES as it holds in a region: of each key the nearest row."""
        key = (name, region[:6])
        if key not in self._tables:
            chain = [getattr(pack, name) for pack in self.packs_of(region)]
            self._tables[key] = {row: said for rows in chain for row, said in rows.items()}
        return self._tables[key]

    def statistics(self, region: str) -> StatisticsPolicy:
        """Of each setting, and of each part of the disclosure rule, what the nearest pack says."""
        said = [pack.statistics for pack in self.packs_of(region) if pack.statistics]
        rows: dict[str, dict[str, Setting]] = {}
        for one in said:
            for key, row in one.settings.items():
                rows[key] = rows.get(key, {}) | row
        disclosure = {name: value for one in said for name, value in one.disclosure.said.items()}
        return StatisticsPolicy(rows, Disclosure(**disclosure))

    def find_lead(self, region: str, workflow: str) -> Leads | None:
        """The unit kinds that lead a workflow, the supervising one first; without a row of its own the row `any`."""
        return self._named("leads", region, workflow)

    def resolve(self, key: str, region: str, workflow: str) -> str:
        """The unit kind that `lead` or `duty-desk` stands for in a region; any other key stands for itself."""
        found = self._named(_BY_PACK[key], region, workflow) if key in _BY_PACK else None
        return found.units[0] if found else key

    def _named(self, table: str, region: str, workflow: str) -> Leads | None:
        rows = self.table(table, region)
        found: Leads | None = rows.get(workflow) or rows.get("any")
        return found

    def reporters(self, region: str, workflow: str) -> Mapping[str, Reporters]:
        """The categories that must report, each with the row that says so; higher law first."""
        named: dict[str, Reporters] = {}
        for pack in self.packs_of(region):
            if row := pack.reporters.get(workflow):
                named |= {category: row for category in row.categories if category not in named}
        return named

    def is_under_duty(self, region: str, workflow: str, category: str) -> bool:
        """Whether the law obliges such a reporter: everywhere by the code list, or here by a row of a pack."""
        known = ReporterCategory.known(category)
        return (known is not None and known.under_duty) or category in self.reporters(region, workflow)

    def flag(self, region: str, name: str) -> Literal["off", "pilot", "on"]:
        """How far a mechanism is in a region. Raises PolicyError for a name that no national row declares."""
        found: Feature | None = self.table("features", region).get(name)
        if found is None:
            raise PolicyError(" / ".join(unknown("feature", name, self.table("features", region))))
        return found.state

    def term(self, region: str, name: str) -> str:
        """The local word for a thing or a kind of unit. Raises PolicyError for one that nobody names."""
        terms = self.table("terms", region)
        if name in terms:
            return str(terms[name])
        if UnitKind.known(name):
            return label_zh(UnitKind, name)
        raise PolicyError(" / ".join(unknown("term", name, terms)))

    def in_local_words(self, region: str, title: str) -> str:
        """A title in the words of a region: 学生欺凌 is 校园欺凌 in 温州. Titles only; articles are quoted."""
        key = region[:6]
        if key not in self._words:
            here = self.table("terms", region)
            self._words[key] = {self.term("", name): word for name, word in here.items() if word != self.term("", name)}
        for national, local in self._words[key].items():
            title = title.replace(national, local)
        return title

    def unit_title(self, unit: str) -> str:
        """A unit as people there call it: 乐清市教育局, 聊城's 东昌府区教育体育局. An opaque one by its kind alone.

        A kind that nobody names stays as it is.
        """
        kind, _, place = unit.partition("@")
        if not UnitKind.known(kind):
            return unit
        here = place if len(place) in {6, 9} else ""
        return region_names().get(here, "") + self.term(here, kind)

    def line_for(self, region: str, workflow: str) -> str:
        """The number that takes calls about such cases; without one of their own the general line."""
        lines: Mapping[str, Hotline] = self.table("hotlines", region)
        return next((number for number, line in lines.items() if workflow in line.cases), GENERAL_LINE)

    def answering_line(self, region: str, number: str, at: datetime, *, danger: bool = False) -> str:
        """The number that answers a call to `number` now: itself in its hours, else 110 in danger, else the next open.

        Raises PolicyError for a line that no pack has.
        """
        lines = self.table("hotlines", region)
        if number not in lines:
            raise PolicyError(" / ".join(unknown("hotline", number, lines)))
        line: Hotline = lines[number]
        moment = at.astimezone(SHANGHAI)
        working = self.calendar(region).judge(moment.date()).working
        today = [hours for hours in line.hours if working or hours.days == "everyday"]
        if not line.hours or any(hours.hold(moment.time()) for hours in today):
            return number
        return POLICE_LINE if danger else self.answering_line(region, line.otherwise, at)


def _one_each(packs: Iterable[Pack]) -> Iterable[Pack]:
    """What the files of one jurisdiction say, as one pack: `read_packs` has seen that no two of them say the same."""
    found: dict[str, Pack] = {}
    for pack in packs:
        first = found.setdefault(pack.jurisdiction, pack)
        if first is not pack:
            tables: dict[str, Any] = {name: getattr(first, name) | getattr(pack, name) for name in TABLES}
            days = {name: (*getattr(first, name), *getattr(pack, name)) for name in ("days_off", "days_worked")}
            through = max(first.calendar_through or 0, pack.calendar_through or 0) or None
            single = {"calendar_through": through, "statistics": first.statistics or pack.statistics}
            found[pack.jurisdiction] = first.model_copy(update=tables | days | single)
    return found.values()


def load_policy(folder: Path = PACKS) -> Policy:
    """All packs of a folder. Raises PackError naming the file, the line, what is wrong and how to mend it."""
    packs, rules = read_packs(folder)
    return Policy(rules, packs)
