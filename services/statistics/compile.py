"""A part of an indicator as SQL: who is a member of its cohort, in which year and county, and who of them counts.

The statement fills `fresh` with the members of whatever stands in `touched`, from the steps and subjects in `near_step`
and `near_subject`. The same text serves a few cases that have changed and a recount of the whole log.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final, cast

from services.statistics import declaration as d
from services.statistics.declaration import Condition, Part

Value = int | Sequence[int] | Sequence[str]
Values = Mapping[str, Mapping[str, Value]]
"""What each setting is, by its name and the beginning of a division code; of all regions with ''."""

AGE_BANDS: Final = ((0, 5), (6, 13), (14, 17), (18, 34), (35, 64), (65, 150))
"""Of breakdowns by age."""

PLACE: Final = "place"
"""The dimension of a place in the cells of a part that counts places."""

_ZONE: Final = "AT TIME ZONE 'Asia/Shanghai'"
_THEIRS: Final = ("person", "pair")
_DIGITS: Final = {"village": 16, "township": 9, "county": 6}
_PLACES: Final = {"village": "'.'", "township": "'^[0-9]{9}$'", "county": "'^[0-9]{6}$'"}

_COUNTY_OF_UNIT: Final = """\
CASE WHEN a.unit ~ '@[0-9]{6}([0-9]{3})?$' THEN left(split_part(a.unit, '@', 2), 6) ELSE left(a.region, 6) END"""
"""A village has a mark of its own that tells no county; then it is that of the case."""

_MEMBERS: Final = """\
INSERT INTO fresh
SELECT DISTINCT ON (member, item, year)
  member, item, {indicator}, {part}, year, half, region, dimensions,
  coalesce(max(matures_on) OVER members <= $1, true), bool_or(counts) OVER members, value,
  max(matures_on) OVER members, case_id
FROM (
  SELECT {member} AS member, {item} AS item, {year} AS year, {half} AS half, {region} AS region,
    {dimensions} AS dimensions, {counts} AS counts, {value} AS value, {matures_on} AS matures_on,
    a.case_id, a.at, a.version, a.position
  FROM {sources}
  WHERE {holds}
) AS anchor
{where}WINDOW members AS (PARTITION BY member, item, year)
ORDER BY member, item, year, at, case_id, version, position"""


def get_value(values: Mapping[str, Value], region: str) -> Value:
    """That of the longest beginning of a division code."""
    return values[max((start for start in values if region.startswith(start)), key=len)]


def compile_part(indicator: str, name: str, part: Part, values: Values, units: Mapping[str, str]) -> str:
    """`units` says of each setting whether it is `hours`, `days` or `years`. $1 is the domain date.

    Raises `KeyError` for a setting that has no value, `ValueError` for a name with signs that names do not have.
    """
    return _Compiler(part, values, units).compile(indicator, name)


@dataclass
class _Compiler:
    part: Part
    values: Values
    units: Mapping[str, str]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def compile(self, indicator: str, name: str) -> str:
        part = self.part
        years = f"generate_series(0, {self._setting(part.for_years)} - 1)" if part.for_years else "(VALUES (0))"
        return _MEMBERS.format(
            indicator=_text(indicator),
            part=_text(name),
            member=self._member,
            item=self._item,
            year=f"{_year('a')} + {part.years_later} + later.years",
            half=f"CASE WHEN extract(month FROM a.at {_ZONE}) <= 6 THEN 1 ELSE 2 END",
            region=_COUNTY_OF_UNIT if part.of == "place" and part.place == "unit" else "left(a.region, 6)",
            dimensions=self._dimensions,
            counts=self._condition(part.counts, "a") if part.counts else "true",
            value=self._hours(part.hours_to) if part.hours_to else "NULL::float8",
            matures_on=self._matures_on,
            sources=f"{self._sources} CROSS JOIN {years} AS later (years)",
            holds="\n    AND ".join(self._holds),
            where="WHERE value IS NOT NULL\n" if part.kind == "median" else "",
        )

    # -- the anchors -----------------------------------------------------------------------------------------------

    @property
    def _member(self) -> str:
        """Steps and places are told apart within their case; places are counted where they are looked at."""
        case = "'case:' || a.case_id"
        return {
            "person": "'person:' || p.pseudonym",
            "pair": "'pair:' || p.pseudonym || ' ' || q.pseudonym",
            "report": f"coalesce('report:' || (a.dimensions->>'report_id'), {case})",
        }.get(self.part.of, case)

    @property
    def _item(self) -> str:
        step = "a.version || '/' || a.position"
        apart = {
            "step": step,
            "report": f"CASE WHEN a.dimensions->>'report_id' IS NULL THEN {step} ELSE '' END",
            "place": self._place,
        }.get(self.part.of)
        listed = "listed.entry" if self.part.each_of else None
        return " || '/' || ".join(filter(None, (apart, listed))) or "''"

    @property
    def _place(self) -> str:
        code = "a.region" if self.part.place == "region" else "split_part(a.unit, '@', 2)"
        return f"left({code}, {_DIGITS[self.part.level]})"

    @property
    def _sources(self) -> str:
        sources = "near_step a"
        if self.part.of == "person":
            sources += " JOIN near_subject p ON p.case_id = a.case_id"
        if self.part.of == "pair":
            sources += " JOIN near_subject p ON p.case_id = a.case_id AND p.role = 'victim'"
            sources += " JOIN near_subject q ON q.case_id = a.case_id AND q.role = 'perpetrator'"
        if self.part.each_of:
            sources += f" JOIN {_entries('a', self.part.each_of)} ON true"
        return sources

    @property
    def _holds(self) -> Iterator[str]:
        part = self.part
        yield self._scope
        yield f"NOT a.withdrawn AND a.workflow = ANY({_array(part.in_)})"
        yield "(" + " OR ".join(self._anchor(steps) for steps in part.each) + ")"
        if part.who:
            yield self._whoever(part.who, "p", "a") if part.of in _THEIRS else self._someone(part.who, "a")
        if part.of == "place":
            yield f"{self._place} ~ {_PLACES[part.level]}"

    @property
    def _scope(self) -> str:
        touched = f"(SELECT key FROM touched WHERE kind = '{self.part.of}')"
        own = "a.case_id IN (SELECT case_id FROM touched_case)"
        match self.part.of:
            case "person":
                return f"p.pseudonym IN {touched}"
            case "pair":
                return f"p.pseudonym || ' ' || q.pseudonym IN {touched}"
            case "report":
                report = "a.dimensions->>'report_id'"
                return f"({report} IN {touched} OR ({report} IS NULL AND {own}))"
        return own

    def _anchor(self, steps: d.Anchor) -> str:
        if not steps.first:
            return self._makes_member(steps, "a")
        earlier = (
            f"f.case_id = a.case_id AND NOT f.withdrawn AND {self._makes_member(steps, 'f')}"
            f" AND ({_order('f')}) < ({_order('a')})"
        )
        return f"({self._makes_member(steps, 'a')} AND NOT EXISTS (SELECT FROM near_step f WHERE {earlier}))"

    def _makes_member(self, steps: d.Anchor, alias: str) -> str:
        also = f" AND {self._condition(steps.if_, alias)}" if steps.if_ else ""
        return f"({self._is(steps, alias)}{also})"

    @property
    def _dimensions(self) -> str:
        words = [f"{_text(name)}, {self._line(name)}" for name in sorted(self.part.by)]
        words += [f"'{PLACE}', {self._place}"] if self.part.of == "place" else []
        return f"jsonb_build_object({', '.join(words)})::text"

    def _line(self, name: str) -> str:
        if name == self.part.each_of:
            return "listed.entry"
        if name == "age_band":
            bands = " ".join(f"WHEN p.age_years <= {to} THEN '{since}-{to}'" for since, to in AGE_BANDS)
            return f"CASE {bands} END"
        return "p.sex" if name == "sex" and self.part.of in _THEIRS else _word("a", name)

    @property
    def _matures_on(self) -> str:
        if self.part.until:
            return f"({_last_day('a', self.part.until)} + 1)"
        if not self.part.waits:
            return "NULL::date"
        since = "a.at"
        if self.part.waits_after:
            alias, holds = self._such(d.Happens(step=(self.part.waits_after,)), "a")
            since = f"coalesce((SELECT max({alias}.at) FROM near_step {alias} WHERE {holds}), a.at)"
        hours = [self._interval(name) for name in self.part.waits if self.units[name] == "hours"]
        days = [self._setting(name) for name in self.part.waits if self.units[name] == "days"]
        return f"((({' + '.join([since, *hours])}) {_ZONE})::date + {' + '.join([*days, '1'])})"

    def _hours(self, to: d.Happens) -> str:
        alias, holds = self._such(to, "a")
        return (
            f"(SELECT extract(epoch FROM min({alias}.at) - a.at)::float8 / 3600 FROM near_step {alias} WHERE {holds})"
        )

    # -- conditions ------------------------------------------------------------------------------------------------

    def _condition(self, condition: Condition, of: str) -> str:
        """True or false, never null. `of` is the step that it speaks of."""
        match condition:
            case d.AllOf(all=inner):
                text = " AND ".join(self._condition(one, of) for one in inner)
            case d.AnyOf(any=inner):
                text = " OR ".join(self._condition(one, of) for one in inner)
            case d.NoneOf(none=one):
                text = f"NOT {self._condition(one, of)}"
            case d.Is(is_=steps):
                text = self._is(steps, of)
            case d.Concerns(who=who):
                text = self._whoever(who, "p", of) if self.part.of == "person" else self._someone(who, of)
            case d.Every(every=steps, then=then):
                alias, holds = self._such(steps, of)
                text = (
                    f"NOT EXISTS (SELECT FROM near_step {alias} WHERE {holds} AND NOT {self._condition(then, alias)})"
                )
            case _:
                text = self._counted(condition, of)
        return f"({text})"

    def _counted(self, condition: d.Happens, of: str) -> str:
        alias, holds = self._such(condition, of)
        such = f"FROM near_step {alias} WHERE {holds}"
        match condition:
            case d.Only(only=number):
                return f"(SELECT count(*) {such}) = {number}"
            case d.Days(days=number):
                days = f"count(DISTINCT ({alias}.at {_ZONE})::date)"
                return f"(SELECT {days} {such} AND {_year(alias)} = {_year(of)}) >= {number}"
            case d.NamedBy(named_by=named, as_=kind, among=among):
                asked = f" AND listed.entry = ANY({_array(among)})" if among else ""
                given = f"EXISTS (SELECT {such} AND {_json(alias, kind)} ? listed.entry)"
                return f"NOT EXISTS (SELECT FROM {_entries(of, named)} WHERE NOT {given}{asked})"
        return f"EXISTS (SELECT {such})"

    def _such(self, steps: d.Happens, of: str) -> tuple[str, str]:
        """The alias of a step, and what must hold of it."""
        alias = f"s{next(self._numbers)}"
        return alias, " AND ".join(self._demands(steps, alias, of))

    def _demands(self, steps: d.Happens, alias: str, of: str) -> Iterator[str]:
        yield self._near(steps, alias, of)
        yield f"NOT {alias}.withdrawn"
        yield f"({alias}.case_id, {alias}.version, {alias}.position) <> ({of}.case_id, {of}.version, {of}.position)"
        yield self._is(steps, alias)
        if not steps.anytime:
            yield f"{alias}.at >= {of}.at"
        if steps.within:
            yield self._in_time(steps.within, alias, of)
        if steps.until:
            yield f"({alias}.at {_ZONE})::date <= {_last_day(of, steps.until)}"
        if steps.same_year:
            yield f"{_year(alias)} = {_year(of)}"
        if steps.before:
            yield self._before(steps.before, alias, of)
        for name in steps.same:
            yield f"{_json(alias, name)} = {_json(of, name)}"
        if steps.by_unit_in:
            yield f"{alias}.unit = {_word(of, steps.by_unit_in)}"
        if steps.then:
            yield self._condition(steps.then, alias)

    def _near(self, steps: d.Happens, alias: str, of: str) -> str:
        """In the same case, and in other cases that the part looks into."""
        own = f"{alias}.case_id = {of}.case_id"
        others = [] if steps.case == "same" else list(self._elsewhere(alias))
        if self.part.of not in _THEIRS:
            others = [own, *others]
        near = "(" + " OR ".join(others or [own]) + ")"
        return f"{near} AND {alias}.case_id <> {of}.case_id" if steps.case == "other" else near

    def _elsewhere(self, alias: str) -> Iterator[str]:
        """Cases of the member, in its role; in the workflows named also, of all whom the case is about, in any role."""
        part = self.part
        if part.of in _THEIRS:
            theirs = _cases("p", part.who.role if part.who else ())
            if part.of == "pair":
                theirs = f"{_cases('p', ('victim',))} INTERSECT {_cases('q', ('perpetrator',))}"
            yield f"({alias}.workflow = ANY({_array(part.in_)}) AND {alias}.case_id = ANY(ARRAY({theirs})))"
        if part.also_in:
            theirs = _cases("p") if part.of in _THEIRS else self._cases_of_the_same
            yield f"({alias}.workflow = ANY({_array(part.also_in)}) AND {alias}.case_id = ANY(ARRAY({theirs})))"

    @property
    def _cases_of_the_same(self) -> str:
        such = f"m.case_id = a.case_id AND {self._whoever(self.part.who or d.Who(), 'm', 'a')}"
        return f"SELECT o.case_id FROM near_subject m JOIN near_subject o USING (pseudonym) WHERE {such}"

    def _in_time(self, window: d.Window, alias: str, of: str) -> str:
        if window.hours is not None:
            return f"{alias}.at <= {of}.at + {self._interval(window.hours)}"
        assert window.days is not None
        return f"({alias}.at {_ZONE})::date <= ({of}.at {_ZONE})::date + {self._setting(window.days)}"

    def _before(self, names: Sequence[str], alias: str, of: str) -> str:
        bound = f"b{next(self._numbers)}"
        between = f"({_order(bound)}) > ({_order(of)}) AND {bound}.at <= {alias}.at"
        such = f"{bound}.case_id = {of}.case_id AND NOT {bound}.withdrawn AND {bound}.name = ANY({_array(names)})"
        return f"NOT EXISTS (SELECT FROM near_step {bound} WHERE {such} AND {between})"

    def _is(self, steps: d.Steps, alias: str) -> str:
        tests = [f"{alias}.name = ANY({_array(steps.step)})"]
        if steps.in_:
            tests.append(f"{alias}.workflow = ANY({_array(steps.in_)})")
        tests += [self._passes(alias, name, test) for name, test in steps.where.items()]
        if steps.by_unit:
            tests.append(f"coalesce({_word(alias, 'unit.kind')} = ANY({_array(steps.by_unit)}), false)")
        return "(" + " AND ".join(tests) + ")"

    def _passes(self, alias: str, name: str, test: object) -> str:
        value = _json(alias, name)
        if not isinstance(test, d.Test):
            return _has(value, test if isinstance(test, tuple) else (test,))
        passes = []
        if test.known is not None:
            known = f"coalesce({value} NOT IN ('null', '[]', '\"\"'), false)"
            passes.append(known if test.known else f"NOT {known}")
        if test.no:
            passes.append(f"NOT {_has(value, test.no)}")
        if test.one_of:
            passes.append(f"coalesce({value} ?| {self._codes(test.one_of)}, false)")
        if test.at_most:
            number = f"CASE jsonb_typeof({value}) WHEN 'number' THEN ({value})::numeric END"
            passes.append(f"coalesce({number} <= {self._minutes(test.at_most)}, false)")
        return "(" + " AND ".join(passes) + ")"

    # -- subjects --------------------------------------------------------------------------------------------------

    def _someone(self, who: d.Who, of: str) -> str:
        alias = f"u{next(self._numbers)}"
        such = f"{alias}.case_id = {of}.case_id AND {self._whoever(who, alias, of)}"
        return f"EXISTS (SELECT FROM near_subject {alias} WHERE {such})"

    def _whoever(self, who: d.Who, alias: str, of: str) -> str:
        tests = [f"{alias}.role = ANY({_array(who.role)})"] if who.role else []
        if who.minor is not None:
            tests.append(f"{alias}.minor" if who.minor else f"NOT {alias}.minor")
        if who.sex:
            tests.append(f"{alias}.sex = ANY({_array(who.sex)})")
        if who.band:
            since, to = (self._setting(who.band, at) for at in (0, 1))
            tests.append(f"coalesce({_age(alias, of)} BETWEEN {since} AND {to}, false)")
        if who.age_known is not None:
            tests.append(f"{alias}.age_years IS {'NOT ' if who.age_known else ''}NULL")
        return "(" + " AND ".join(tests or ["true"]) + ")"

    # -- settings --------------------------------------------------------------------------------------------------

    def _interval(self, hours: int | str) -> str:
        return f"make_interval(hours => {self._setting(hours)})"

    def _minutes(self, most: d.Window) -> str:
        return f"60 * {self._setting(most.hours)}" if most.hours is not None else f"1440 * {self._setting(most.days)}"

    def _setting(self, name: int | str | None, at: int | None = None) -> str:
        """A number; `at` a place in a list."""
        if isinstance(name, int):
            return str(name)
        return self._by_region(name, lambda value: str(value if at is None else cast("Sequence[int]", value)[at]))

    def _codes(self, name: str) -> str:
        return self._by_region(name, lambda value: _array(cast("Sequence[str]", value)))

    def _by_region(self, name: str | None, write: Callable[[Value], str]) -> str:
        """Where regions differ, that of the anchor's."""
        assert name is not None
        found = self.values[name]
        own = sorted((region for region in found if region), key=lambda region: (-len(region), region))
        cases = " ".join(f"WHEN starts_with(a.region, {_text(region)}) THEN {write(found[region])}" for region in own)
        return f"CASE {cases} ELSE {write(found[''])} END" if cases else write(found[""])


def _order(alias: str) -> str:
    return f"{alias}.at, {alias}.version, {alias}.position"


def _year(alias: str) -> str:
    return f"extract(year FROM {alias}.at {_ZONE})::int"


def _last_day(alias: str, month_day: str) -> str:
    month, day = map(int, month_day.split("-"))
    return f"make_date({_year(alias)} + 1, {month}, {day})"


def _age(subject: str, step: str) -> str:
    """In full years at a step; it is known as of the opening."""
    opened = f"(SELECT min(o.at) FROM near_step o WHERE o.case_id = {subject}.case_id AND o.name = 'case.opened')"
    since = f"extract(year FROM age({step}.at {_ZONE}, {opened} {_ZONE}))::int"
    return f"{subject}.age_years + greatest({since}, 0)"


def _cases(person: str, roles: Sequence[str] = ()) -> str:
    """All of a person, in one of these roles."""
    role = f" AND o.role = ANY({_array(roles)})" if roles else ""
    return f"SELECT o.case_id FROM near_subject o WHERE o.pseudonym = {person}.pseudonym{role}"


def _word(alias: str, name: str) -> str:
    """A dimension as text."""
    if name == "workflow":
        return f"{alias}.workflow"
    if name == "unit":
        return f"{alias}.unit"
    if name == "township":
        return f"CASE WHEN length({alias}.region) = 9 THEN {alias}.region END"
    if name.endswith(".kind"):
        return f"nullif(split_part({_word(alias, name.removesuffix('.kind'))}, '@', 1), '')"
    return f"{alias}.dimensions->>{_text(name)}"


def _json(alias: str, name: str) -> str:
    own = name in {"workflow", "unit", "township"} or name.endswith(".kind")
    return f"to_jsonb({_word(alias, name)})" if own else f"({alias}.dimensions->{_text(name)})"


def _entries(alias: str, name: str) -> str:
    value = _json(alias, name)
    one = f"WHEN 'string' THEN jsonb_build_array({value})"
    listed = f"CASE jsonb_typeof({value}) WHEN 'array' THEN {value} {one} ELSE '[]' END"
    return f"jsonb_array_elements_text({listed}) AS listed (entry)"


def _has(value: str, wanted: Sequence[d.Value]) -> str:
    words = [one for one in wanted if isinstance(one, str)]
    others = ", ".join(f"'{str(one).lower()}'::jsonb" for one in wanted if not isinstance(one, str))
    tests = [f"{value} ?| {_array(words)}"] if words else []
    tests += [f"{value} IN ({others})"] if others else []
    return "coalesce(" + " OR ".join(tests) + ", false)"


def _array(words: Sequence[str]) -> str:
    return "ARRAY[" + ", ".join(map(_text, words)) + "]::text[]"


def _text(word: str) -> str:
    if not re.fullmatch(r"[\w@:. -]*", word):
        raise ValueError(f"不是名称 / no name: {word!r}")
    return f"'{word}'"
