"""What packs cannot say, each alone or together: names that are none, things twice, looser disclosure, lost calls,
wrong days."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from contracts.codes import ReporterCategory, UnitKind
from workflows.calendar import FIRST, PUBLISHED_THROUGH, Calendar, find_lacking
from workflows.errors import PackError
from workflows.lines import Lines, Where
from workflows.packs import TABLES, Hotline, Pack, Setting
from workflows.rules import NATIONAL, depth, governs
from workflows.wording import unknown

_WORKFLOWS: Final = frozenset(file.stem for file in Path(__file__).parent.glob("*.yaml"))
_UNITS: Final = frozenset(kind.value for kind in UnitKind)
_REPORTERS: Final = frozenset(category.value for category in ReporterCategory)


@dataclass(frozen=True)
class PackFile:
    """A pack and where each thing stands in its file."""

    lines: Lines
    pack: Pack

    def place(self, *path: int | str) -> str:
        return f"{self.lines.file}:{self.lines.line(path)}"

    def rows(self, table: str) -> Iterator[tuple[str, Any]]:
        return iter(getattr(self.pack, table).items())

    @property
    def national(self) -> bool:
        return self.pack.jurisdiction == NATIONAL


# -- names --------------------------------------------------------------------------------------------------------


def _refuse_unknown_names(files: Sequence[PackFile]) -> None:
    """Unit kinds and reporter categories are those of the code lists, workflows those that there are."""
    for file in files:
        for path, name, what, known in (*_names(file), *_rungs(file)):
            if name not in known:
                raise PackError("unknown_name", file.place(*path), " / ".join(unknown(what, name, known)))


def _names(file: PackFile) -> Iterator[tuple[Where, str, str, Collection[str]]]:
    for table in ("leads", "duty_desks"):
        for key, row in file.rows(table):
            yield (table, key), key, "workflow", _WORKFLOWS | {"any"}
            yield from (((table, key, "units", n), unit, "unit kind", _UNITS) for n, unit in enumerate(row.units))
    for key, row in file.rows("reporters"):
        yield ("reporters", key), key, "workflow", _WORKFLOWS
        path = ("reporters", key, "categories")
        yield from (((*path, n), name, "reporter category", _REPORTERS) for n, name in enumerate(row.categories))
    for key, row in file.rows("hotlines"):
        yield ("hotlines", key, "operator"), row.operator, "unit kind", _UNITS
        yield from ((("hotlines", key, "cases", n), name, "workflow", _WORKFLOWS) for n, name in enumerate(row.cases))


def _rungs(file: PackFile) -> Iterator[tuple[Where, str, str, Collection[str]]]:
    """A ladder names kinds of unit, or who leads, or who has the case. The rows have been read before."""
    for rule_id, rows in file.pack.rules.items():
        for n, row in enumerate(rows if isinstance(rows, list) else [rows]):
            path: Where = ("rules", rule_id, n) if isinstance(rows, list) else ("rules", rule_id)
            for rung, step in enumerate(row.get("ladder", ())):
                yield (*path, "ladder", rung), step["unit"], "unit kind", _UNITS | {"lead", "accountable"}


def _refuse_undeclared(files: Sequence[PackFile]) -> None:
    """A flag, an age band or a word means the same everywhere: the nation declares it, the others fill it in."""
    for table, what in (("features", "feature"), ("age_bands", "age band"), ("terms", "term")):
        declared = {key for file in files if file.national for key, _ in file.rows(table)}
        known = declared | (_UNITS if table == "terms" else set())
        for file in files:
            for key, _ in file.rows(table):
                if key not in known:
                    zh, en = unknown(what, key, known)
                    said = f"{zh}；须先在全国政策包声明 / {en}; the national pack must declare it"
                    raise PackError("undeclared", file.place(table, key), said)


# -- said once ----------------------------------------------------------------------------------------------------


def _refuse_one_key_twice(files: Sequence[PackFile]) -> None:
    """Packs of one jurisdiction may be several files, but each thing is said once."""
    said: dict[tuple[str, str, str], str] = {}
    for file in files:
        for table in TABLES:
            for key, _ in file.rows(table):
                here, name = file.place(table, key), (file.pack.jurisdiction, table, key)
                if name in said:
                    zh, en = "重复，请删去其一", f"{table}.{key} of {name[0]} is also said in {said[name]}; drop one"
                    raise PackError("said_twice", here, f"{zh} / {en}")
                said[name] = here


def _refuse_one_day_twice(files: Sequence[PackFile]) -> None:
    said: dict[tuple[str, date], str] = {}
    for file in files:
        for table, n, day in _days(file):
            here, name = file.place(table, n), (file.pack.jurisdiction, day)
            if name in said:
                zh = f"{day} 重复；一日或休或班，请删去其一"
                en = f"{day} is in the calendar of {name[0]} twice, also in {said[name]}; drop one"
                raise PackError("day_twice", here, f"{zh} / {en}")
            said[name] = here


# -- statistics ---------------------------------------------------------------------------------------------------


def _refuse_statistics_twice(files: Sequence[PackFile]) -> None:
    said: dict[str, str] = {}
    for file in (file for file in files if file.pack.statistics):
        here = file.place("statistics")
        first = said.setdefault(file.pack.jurisdiction, here)
        if first != here:
            zh, en = "重复，请合并或删去其一", f"statistics is also said in {first}; merge both or drop one"
            raise PackError("said_twice", here, f"statistics：{zh} / {en}")


def _refuse_undeclared_settings(files: Sequence[PackFile]) -> None:
    """Indicators, their settings and the units of these are the nation's; elsewhere only the value differs."""
    national = {key: row for file in files if file.national for key, row in _settings(file)}
    for file in files:
        for key, row in _settings(file):
            path: Where = ("statistics", "settings", key)
            if key not in national:
                raise PackError("undeclared", file.place(*path), " / ".join(unknown("indicator", key, national)))
            for name, setting in row.items():
                place, declared = file.place(*path, name), national[key]
                if name not in declared:
                    raise PackError("undeclared", place, f"{key}：" + " / ".join(unknown("setting", name, declared)))
                if setting.unit != (unit := declared[name].unit):
                    zh, en = f"单位应为 {unit}，不是 {setting.unit}", f"is in {unit}, not {setting.unit}; correct it"
                    raise PackError("wrong_unit", place, f"{key}.{name} {zh} / {en}")


def _refuse_looser_disclosure(files: Sequence[PackFile]) -> None:
    """Who is protected by the nation is protected everywhere: a pack may keep back more than those above it."""
    for file in files:
        for above in files:
            if above is file or not governs(above.pack.jurisdiction, file.pack.jurisdiction):
                continue
            for name, least in _disclosure(above).items():
                if _is_looser(_disclosure(file).get(name, least), least):
                    place = file.place("statistics", "disclosure", name)
                    zh, en = f"不得宽于上级的 {least}，请改正", f"must not be looser than {least} above; correct it"
                    raise PackError("looser_disclosure", place, f"{name} {zh} / {en}")


def _is_looser(said: int | bool | None, least: int | bool | None) -> bool:
    """Of numbers the larger protects more; of `zero_suffices` and `zeros` it is false."""
    if isinstance(least, bool):
        return bool(said) and not least
    return least is not None and (said is None or said < least)


def _settings(file: PackFile) -> Iterator[tuple[str, dict[str, Setting]]]:
    return iter(file.pack.statistics.settings.items() if file.pack.statistics else ())


def _disclosure(file: PackFile) -> dict[str, Any]:
    return file.pack.statistics.disclosure.said if file.pack.statistics else {}


# -- calls --------------------------------------------------------------------------------------------------------


def _refuse_lost_calls(files: Sequence[PackFile]) -> None:
    """Where a line is closed, another takes the call, until one does that is never closed."""
    for region in sorted({file.pack.jurisdiction for file in files}, key=depth):
        above = sorted(
            (f for f in files if governs(f.pack.jurisdiction, region)), key=lambda f: depth(f.pack.jurisdiction)
        )
        lines = {number: (file, row) for file in above for number, row in file.rows("hotlines")}
        for number in lines:
            _refuse_lost_call(number, lines)


def _refuse_lost_call(number: str, lines: dict[str, tuple[PackFile, Hotline]]) -> None:
    passed = [number]
    while True:
        file, row = lines[passed[-1]]
        place, following = file.place("hotlines", passed[-1], "otherwise"), row.otherwise
        if following not in lines:
            raise PackError("unknown_name", place, " / ".join(unknown("hotline", following, lines)))
        if not row.hours:
            return
        if following in passed:
            lowest = max(passed[passed.index(following) :], key=lambda one: depth(lines[one][0].pack.jurisdiction))
            place, trip = lines[lowest][0].place("hotlines", lowest), " → ".join((*passed, following))
            zh, en = (
                "热线循环转接，须转至昼夜接听的热线",
                "closed lines hand over in a circle; end with one without `hours`",
            )
            raise PackError("hotline_circle", place, f"{zh} / {en}: {trip}")
        passed.append(following)


# -- days ---------------------------------------------------------------------------------------------------------


def _refuse_foreign_notice(files: Sequence[PackFile]) -> None:
    """The State Council's notice holds everywhere and whole: one pack says that it is out, and has all its days."""
    off = {row.day for file in files if file.national for row in file.pack.days_off}
    for file in files:
        place, through = file.place("calendar_through"), file.pack.calendar_through
        if through is not None and not file.national:
            zh, en = "放假安排全国统一，请移至全国政策包", "the calendar is the nation's; move it to a pack of 000000"
            raise PackError("calendar_not_national", place, f"calendar_through: {zh} / {en}")
        for year in range(PUBLISHED_THROUGH + 1, (through or 0) + 1):
            if lacking := find_lacking(year, off):
                zh, en = f"{year} 年放假安排不全，请补 days_off", f"the notice of {year} is not whole; add to days_off"
                raise PackError("calendar_incomplete", place, f"calendar_through {through}: {zh} / {en}: {lacking}")


def _refuse_wrong_days(files: Sequence[PackFile]) -> None:
    """Days near the published years; only weekends are worked for a holiday, and no place takes a nation's day off."""
    national = _national_calendar(files)
    for file in files:
        last = national.through + (not file.national)
        for table, n, day in _days(file):
            place = file.place(table, n)
            if not FIRST.year <= day.year <= last:
                zh, en = f"应在 {FIRST.year} 至 {last} 年之间", f"must be from {FIRST.year} to {last}"
                en += "; with a new notice the national pack sets calendar_through" if file.national else ""
                raise PackError("day_out_of_range", place, f"{day}：{zh} / {en}")
            if table == "days_worked" and day.weekday() < 5:
                zh, en = (
                    "不是周末；调休只改周末为班",
                    "is no weekend: only a Saturday or Sunday is worked for a holiday; drop it",
                )
                raise PackError("weekday_worked", place, f"{day} {zh} / {en}")
            if table == "days_worked" and not file.national and national.judge(day).holiday:
                zh, en = (
                    "全国放假，地方不得改为上班",
                    f"is off in the whole nation ({national.judge(day).name}); drop it",
                )
                raise PackError("holiday_worked", place, f"{day} {zh} / {en}")


def _national_calendar(files: Sequence[PackFile]) -> Calendar:
    packs = [file.pack for file in files if file.national]
    return Calendar(
        max([PUBLISHED_THROUGH, *(pack.calendar_through or 0 for pack in packs)]),
        {row.day: row.name for pack in packs for row in pack.days_off},
        {row.day: row.name for pack in packs for row in pack.days_worked},
    )


def _days(file: PackFile) -> Iterator[tuple[str, int, date]]:
    for table in ("days_off", "days_worked"):
        yield from ((table, n, row.day) for n, row in enumerate(getattr(file.pack, table)))


CHECKS: Final = (
    _refuse_unknown_names,
    _refuse_one_key_twice,
    _refuse_one_day_twice,
    _refuse_undeclared,
    _refuse_statistics_twice,
    _refuse_undeclared_settings,
    _refuse_looser_disclosure,
    _refuse_lost_calls,
    _refuse_foreign_notice,
    _refuse_wrong_days,
)
