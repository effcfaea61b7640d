"""The way of a release on a real database: proposed, checked, signed off, corrected, compared, exported."""

import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any

import pytest
from openpyxl import load_workbook

from contracts.base import SHANGHAI
from contracts.codes import DenominatorName
from contracts.denominators import DenominatorStated
from contracts.external import ExternalValueStated, SignOff
from contracts.releases import IndicatorRelease, Release, join
from contracts.topics import RELEASES
from services.platform.clock import DatabaseClock
from services.platform.database import Connection, Database
from services.statistics.catalogue import Target, list_targets
from services.statistics.disclosure.model import Release as Checked
from services.statistics.feeds import store as feeds
from services.statistics.feeds.model import Row
from services.statistics.releases import checking, reading, store
from services.statistics.releases.edition import Person
from services.statistics.releases.errors import NotThereError, ReleaseError
from services.statistics.releases.figures import Figure
from services.statistics.releases.files import Format
from services.statistics.releases.grid import Scope
from services.statistics.releases.publish import Check, Proposal, Publisher, Sources
from tests.integration.counted import Members, figure
from tests.integration.platform_fixtures import OpenDatabase, admin_database, database, space
from tests.integration.reading import set_clock
from workflows.packs import Disclosure

__all__ = ["admin_database", "database", "space"]

WENZHOU, YUEQING = Scope("330300", "2026"), Scope("330382", "2026")
WANG, LI = Person("statistics@330300", "tj-01"), Person("womens-children-committee@330300", "fe-07")
VISITS, LETTERS = figure(), figure("dv-warning-issued", "count", by=("relation",))


async def here(history: Sequence[Checked], grid: Checked, seconds: float) -> Checked:
    """In this process, which is quicker for few counts."""
    return checking.check(history, grid, seconds)


@dataclass
class Office:
    """Whose figures they are can be changed, and the day."""

    db: Database
    admin: Database
    members: Members
    figures: Sequence[Figure] = (VISITS, LETTERS)
    rule: Disclosure = field(default_factory=Disclosure)
    check: Check = here

    @property
    def publisher(self) -> Publisher:
        sources = Sources(self.now, lambda _: self.figures, lambda _: self.rule)
        return Publisher(self.db, DatabaseClock(), sources, self.check)

    @asynccontextmanager
    async def now(self) -> AsyncIterator[Connection]:
        async with self.db.transaction(isolation="repeatable_read") as conn:
            yield conn

    async def on(self, day: date) -> None:
        """Everything is evaluated up to that day."""
        await set_clock(self.admin, datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI))
        async with self.db.transaction() as conn:
            await conn.execute("UPDATE sweep SET as_of = $1", day)

    async def state(self, feed: feeds.Feed, *said: Any) -> None:
        async with self.db.transaction() as conn:
            await feeds.take_all(conn, feed, [Row(n, one) for n, one in enumerate(said, 1)], NOW)

    async def propose(self, scope: Scope = WENZHOU, by: Person = WANG, **more: Any) -> Proposal:
        return await self.publisher.propose(scope, by, **more)

    async def publish(self, scope: Scope = WENZHOU, **more: Any) -> Release:
        await self.propose(scope, **more)
        return await self.publisher.sign_off(scope, LI)

    async def sent(self) -> list[IndicatorRelease]:
        async with self.db.connection() as conn:
            rows = await conn.fetch("SELECT topic, key, value FROM outbox ORDER BY seq")
        messages = [IndicatorRelease.read(row["value"]) for row in rows]
        assert {row["topic"] for row in rows} <= {RELEASES.name}
        assert [row["key"].decode() for row in rows] == [message.message_key for message in messages]
        return messages

    async def refused(self, code: str, **more: Any) -> ReleaseError:
        with pytest.raises(ReleaseError) as refusal:
            await self.propose(**more)
        assert refusal.value.code == code
        return refusal.value


@pytest.fixture
async def office(database: OpenDatabase, admin_database: Database) -> Office:
    db = await database("statistics")
    office = Office(db, admin_database, Members(db))
    await office.on(date(2027, 2, 1))
    return office


async def fill(office: Office) -> None:
    """Two counties with more than enough in each place, but for one."""
    for region, half in (("330302", 1), ("330302", 2), ("330382", 1), ("330382", 2)):
        await office.members.add(20, VISITS, region, half=half)
        await office.members.add(10, VISITS, region, half=half, counts=False)
        for relation, count in (("spouse", 12), ("parent", 6), ("former_spouse", 5)):
            await office.members.add(count, LETTERS, region, half=half, relation=relation)


def own(release: Release, region: str, one: Figure, **dimensions: str | None) -> Any:
    place = (*one.key, region, dimensions)
    return next(cell for cell in release.cells if (*cell.key, cell.region, cell.dimensions) == place)


async def test_one_proposes_another_signs_and_only_then_is_anything_told(office: Office) -> None:
    await fill(office)
    proposal = await office.propose()
    assert proposal.statuses["final"] > 0
    assert await office.sent() == []
    release = await office.publisher.sign_off(WENZHOU, LI)
    assert (release.edition, release.published_on, release.signed_off_worker) == (1, date(2027, 2, 1), "fe-07")
    assert join(await office.sent()) == release
    visits = own(release, "330300", VISITS)
    assert (visits.numerator, visits.denominator, visits.value, visits.status) == (80, 120, 66.67, "final")
    assert own(release, "330382", LETTERS, relation="spouse").value == 24
    assert own(release, "330382", LETTERS, relation="dating").value == 0
    assert own(release, "330302", LETTERS).value == 46


async def test_nobody_signs_what_they_proposed(office: Office) -> None:
    await fill(office)
    await office.propose()
    for worker in (WANG.worker, "tj01", "tj_01", "tj.01."):
        with pytest.raises(ReleaseError, match="须由另一人签发"):
            await office.publisher.sign_off(WENZHOU, WANG._replace(worker=worker))
    assert await office.sent() == []


async def test_signing_without_a_proposal_says_so(office: Office) -> None:
    with pytest.raises(NotThereError, match="没有待签发的发布"):
        await office.publisher.sign_off(WENZHOU, LI)


@pytest.mark.parametrize(
    ("period", "day", "refused"),
    [
        ("2026", date(2026, 12, 31), True),
        ("2026-S1", date(2026, 6, 30), True),
        ("2026-S1", date(2026, 7, 1), False),
        ("2026-S2", date(2027, 1, 1), False),
    ],
)
async def test_a_period_is_not_published_before_it_has_ended(
    office: Office, period: str, day: date, refused: bool
) -> None:
    await fill(office)
    await office.on(day)
    if refused:
        error = await office.refused("period_unfinished", scope=Scope("330300", period))
        assert "ends on" in error.en
    else:
        assert (await office.propose(Scope("330300", period))).cells


async def test_who_waits_makes_an_edition_provisional_and_its_place_immature(office: Office) -> None:
    await fill(office)
    await office.members.add(1, VISITS, "330382", half=2, until=date(2027, 3, 31))
    error = await office.refused("immature")
    assert "2027-03-31" in error.zh
    assert "dv-follow-up-visit/main" in error.zh
    release = await office.publish(provisional=True)
    waits = own(release, "330382", VISITS)
    assert (waits.status, waits.value, waits.denominator) == ("immature", None, None)
    assert own(release, "330300", VISITS).status == "immature"
    assert (own(release, "330302", VISITS).status, own(release, "330302", VISITS).value) == ("provisional", 66.67)


async def test_few_are_kept_back_with_what_would_give_them_away(office: Office) -> None:
    await fill(office)
    await office.members.add(1, LETTERS, "330382", relation="dating")
    release = await office.publish()
    hidden = [cell for cell in release.cells if cell.key == LETTERS.key and cell.status == "suppressed"]
    assert own(release, "330382", LETTERS, relation="dating") in hidden
    assert len(hidden) >= 4  # another county or city, and another code in each
    assert all(cell.value is None for cell in hidden)


async def test_no_data_is_not_zero(office: Office) -> None:
    await fill(office)
    release = await office.publish()
    empty = own(release, "330324", VISITS)
    assert (empty.status, empty.value) == ("no_data", None)
    assert (own(release, "330324", LETTERS).status, own(release, "330324", LETTERS).value) == ("final", 0)


async def test_median_of_nine_is_kept_back_and_of_ten_told(office: Office) -> None:
    shelter = figure("dv-shelter", "median")
    office.figures = (shelter,)
    await office.members.add(9, shelter, "330302", values=[float(hour) for hour in range(9)])
    await office.members.add(11, shelter, "330382", values=[float(hour) for hour in range(11)])
    release = await office.publish()
    assert own(release, "330302", shelter).status == "suppressed"
    told = own(release, "330382", shelter)
    assert (told.value, told.denominator, told.numerator) == (5.0, 11, None)
    assert own(release, "330300", shelter).value == 4.5


async def test_a_later_edition_needs_a_reason_and_a_change(office: Office) -> None:
    await fill(office)
    await office.publish()
    await office.refused("reason_missing")
    await office.refused("unchanged", reason="再发一次")
    await office.members.add(10, LETTERS, "330382", half=2, relation="spouse")
    second = await office.publish(reason="补录告诫书")
    assert (second.edition, own(second, "330382", LETTERS).value) == (2, 56)
    async with office.db.connection() as conn:
        first = await store.find_published(conn, WENZHOU, 1)
        assert first is not None
        assert own(await reading.get_release(conn, first), "330382", LETTERS).value == 46


async def test_one_who_comes_after_publication_is_not_given_away_by_the_next_edition(office: Office) -> None:
    """Told again with one more, everybody would see that one; so what changed is kept back."""
    await fill(office)
    await office.publish()
    await office.members.add(1, LETTERS, "330382", half=2, relation="spouse")
    second = await office.publish(reason="补录一份告诫书")
    assert own(second, "330382", LETTERS).status == "suppressed"
    assert own(second, "330382", LETTERS, relation="spouse").status == "suppressed"
    assert own(second, "330302", LETTERS).value == 46


async def test_a_leak_is_refused_with_the_difference_named_and_nothing_stays(office: Office, monkeypatch: Any) -> None:
    """Were everything shown that is not small itself, one hidden code would be the rest of its total."""
    await fill(office)
    await office.members.add(1, LETTERS, "330382", relation="dating")
    careless = lambda history, grid, budget: grid.showing(  # noqa: E731, ARG005
        key for key, cell in grid.cells.items() if not cell.need.is_small(cell.value)
    )
    monkeypatch.setattr(checking, "protect", careless)
    error = await office.refused("leak")
    assert "relation=dating" in error.zh
    assert "330382" in error.zh
    async with office.db.connection() as conn:
        assert await store.list_editions(conn, WENZHOU) == []


async def test_a_check_that_runs_out_of_time_is_a_refusal(office: Office) -> None:
    """In processes of their own, as everywhere but here."""
    await fill(office)
    await office.members.add(1, LETTERS, "330382", relation="dating")
    office.check = checking.check_apart
    await office.refused("out_of_time", seconds=0)
    async with office.db.connection() as conn:
        assert await store.list_editions(conn, WENZHOU) == []


async def test_what_was_proposed_is_checked_again_when_something_else_went_out(office: Office) -> None:
    await fill(office)
    await office.propose(WENZHOU)
    await office.publish(YUEQING)
    with pytest.raises(ReleaseError, match="请重新提出"):
        await office.publisher.sign_off(WENZHOU, LI)


async def test_a_definition_keeps_its_meaning_unless_it_is_a_new_version(office: Office) -> None:
    await fill(office)
    await office.publish()
    wider = figure(wording={"kind": "share", "each": "every letter"})
    office.figures = (wider, LETTERS)
    error = await office.refused("definition_changed", reason="口径调整")
    assert "dv-follow-up-visit/main" in error.zh
    office.figures = (figure(wording=wider.wording, version=2), LETTERS)
    assert (await office.publish(reason="口径调整")).definitions[0].version == 2


async def test_yueqing_counts_once_whoever_publishes_first(office: Office) -> None:
    await fill(office)
    alone = await office.publish(YUEQING)
    city = await office.publish(WENZHOU)
    assert own(alone, "330382", LETTERS) == own(city, "330382", LETTERS)
    assert own(city, "330300", LETTERS).value == 92


async def test_a_half_and_then_its_year(office: Office) -> None:
    await fill(office)
    half = await office.publish(Scope("330300", "2026-S1"))
    year = await office.publish(WENZHOU)
    assert own(half, "330382", LETTERS).value == 23
    assert own(year, "330382", LETTERS).value == 46


CHANGE = """\
UPDATE member SET in_numerator = true
WHERE case_id = (SELECT max(case_id::text)::uuid FROM member WHERE NOT in_numerator)"""


async def test_difference_is_told_member_by_member(office: Office) -> None:
    await fill(office)
    await office.publish()
    (came,) = await office.members.add(1, LETTERS, "330302", relation="spouse")
    await office.members.execute("DELETE FROM member WHERE case_id = (SELECT min(case_id::text)::uuid FROM member)")
    await office.members.execute(CHANGE)
    async with office.now() as conn:
        found = await reading.compare_with_now(conn, WENZHOU, date(2027, 2, 2), office.figures)
    assert {(one.indicator, one.region, one.was, one.now) for one in found.differences} == {
        ("dv-follow-up-visit", "330300", (80, 120), (80, 119)),
        ("dv-follow-up-visit", "330302", (40, 60), (39, 59)),
        ("dv-follow-up-visit", "330382", (40, 60), (41, 60)),
        ("dv-warning-issued", "330300", (0, 92), (0, 93)),
        ("dv-warning-issued", "330302", (0, 46), (0, 47)),
    }
    assert {one.what: one.differences for one in found.changes} == {
        "came": {"in_denominator": (None, True), "in_numerator": (None, True)},
        "went": {"in_denominator": (True, None), "in_numerator": (True, None)},
        "changed": {"in_numerator": (False, True)},
    }
    (one,) = [one for one in found.changes if one.what == "came"]
    assert str(came) in one.describe(traceable=True)
    assert str(came) not in one.describe(traceable=False)


async def test_files_of_an_edition_are_the_same_bytes_after_everything_has_changed(office: Office) -> None:
    await fill(office)
    await office.publish()
    async with office.db.connection() as conn:
        before = {name: await reading.export(conn, WENZHOU, name, date(2027, 2, 1)) for name in FORMATS}
    await office.members.add(30, LETTERS, "330382", relation="parent")
    office.figures = (figure(title_zh="改名", version=2), LETTERS)
    await office.publish(reason="补录")
    async with office.db.connection() as conn:
        after = {name: await reading.export(conn, WENZHOU, name, date(2037, 2, 1), 1) for name in FORMATS}
        newest = await reading.export(conn, WENZHOU, "csv", date(2037, 2, 1))
    assert before == after
    assert list(newest) == ["330300-2026-e2.csv"]


FORMATS: tuple[Format, ...] = ("xlsx", "csv", "sdmx", "sdmx-csv", "adx", "svg")


@pytest.mark.parametrize(
    ("proposed", "day", "words"),
    [
        (False, date(2026, 12, 31), "尚未结束"),
        (False, date(2027, 2, 1), "尚未发布，请先提出"),
        (True, date(2027, 2, 1), "等待另一人签发"),
    ],
)
async def test_export_of_what_is_not_published_says_why(office: Office, proposed: bool, day: date, words: str) -> None:
    await fill(office)
    if proposed:
        await office.propose()
    async with office.db.connection() as conn:
        with pytest.raises(NotThereError, match=words):
            await reading.export(conn, WENZHOU, "xlsx", day)


async def test_export_of_an_edition_there_is_not_says_which_there_are(office: Office) -> None:
    await fill(office)
    await office.publish()
    async with office.db.connection() as conn:
        with pytest.raises(NotThereError, match="没有第 7 版；已发布：第 1 版"):
            await reading.export(conn, WENZHOU, "csv", date(2027, 2, 1), 7)


async def test_random_corrections_never_make_a_history_that_leaks(office: Office) -> None:
    """The check itself refuses a leak, so each edition that comes out has stood it; and one comes out every time."""
    random = Random(3)
    await fill(office)
    await office.publish()
    for edition in range(2, 5):
        for _ in range(3):
            region, relation = random.choice(["330302", "330382"]), random.choice(["spouse", "parent", "dating"])
            await office.members.add(
                random.randint(1, 6), LETTERS, region, half=random.randint(1, 2), relation=relation
            )
        assert (await office.publish(reason="更正")).edition == edition


async def test_check_in_processes_of_their_own_shows_what_the_check_here_shows(office: Office) -> None:
    await fill(office)
    await office.members.add(1, LETTERS, "330382", relation="dating")
    await office.members.add(2, VISITS, "330324")
    first = await office.propose()
    office.check = checking.check_apart
    assert (await office.propose()).cells == first.cells


NOW = datetime(2027, 2, 1, 9, tzinfo=SHANGHAI)


def villages_stated(value: int) -> DenominatorStated:
    said: dict[str, Any] = {"name": DenominatorName.VILLAGES, "region": "330302", "year": 2026, "value": value}
    return DenominatorStated(**said, as_of=date(2026, 12, 31), unit="civil-affairs@330302", document="民〔2027〕8号")


def value_of(row: Target, value: float, revision: int = 1) -> ExternalValueStated:
    said: dict[str, Any] = {"target": row.id, "year": 2026, "value": value, "revision": revision}
    return ExternalValueStated(**said, unit=LI.unit, document="妇儿工委〔2027〕3号", worker="tb-11")


async def test_workbook_has_what_keepers_stated_and_signed_as_it_was_then(office: Office) -> None:
    """A denominator makes a coverage; a value that nobody signed is not printed; one that nobody stated is 未报送."""
    villages = figure("child-director-coverage", "coverage", of="place", over="villages", yearly=True)
    office.figures = (VISITS, villages)
    await fill(office)
    await office.members.add(40, villages, "330302")
    first, second, third, *_ = list_targets(city="330300", kind="table")
    await office.state(feeds.DENOMINATORS, villages_stated(50))
    await office.state(feeds.EXTERNAL, value_of(first, 82.5), value_of(second, 7))
    async with office.db.transaction() as conn:
        await feeds.sign_off(conn, (first.id, 2026), 1, SignOff(unit=LI.unit, worker=LI.worker), NOW)
    release = await office.publish()
    assert own(release, "330302", villages).value == 80
    assert own(release, "330300", villages).status == "no_data"
    await office.state(feeds.EXTERNAL, value_of(first, 83, 2), value_of(third, 9))
    async with office.db.connection() as conn:
        (data,) = (await reading.export(conn, WENZHOU, "xlsx", date(2027, 2, 1))).values()
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    lines = {line[1]: line for line in sheet.iter_rows(min_row=4, values_only=True)}
    assert lines[first.name][5:8] == (82.5, "已签发", "妇儿工委办公室")
    assert lines[second.name][5:7] == ("待签发", "待签发")
    assert str(lines[third.name][5]).startswith("未报送")


async def test_city_without_a_table_shows_the_numbered_targets_of_its_text(office: Office) -> None:
    zunyi = Scope("520300", "2026")
    await office.members.add(20, VISITS, "520302")
    await office.publish(zunyi)
    async with office.db.connection() as conn:
        (data,) = (await reading.export(conn, zunyi, "xlsx", date(2027, 2, 1))).values()
    first, *_, last = load_workbook(io.BytesIO(data)).worksheets
    assert "规划未设统计表" in str(first["A1"].value)
    assert first.max_row > 5
    assert "遵义市" in str(last["A1"].value)


async def test_chart_over_the_years_shows_where_they_are_heading(office: Office) -> None:
    await fill(office)
    await office.publish()
    members = Members(office.db, 2027, number=10_000)
    for region in ("330302", "330382"):
        await members.add(30, VISITS, region, half=1)
        await members.add(10, VISITS, region, half=2, counts=False)
        await members.add(30, LETTERS, region, relation="spouse")
    await office.on(date(2028, 2, 1))
    await office.publish(Scope("330300", "2027"))
    async with office.db.connection() as conn:
        charts = await reading.export(conn, Scope("330300", "2027"), "svg", date(2028, 2, 1))
        expected = await reading.expect(conn, Scope("330300", "2028"), date(2028, 2, 1))
    line = charts["330300-2027-e1-charts/dv-follow-up-visit-main-years.svg"].decode()
    assert "2028年（预计）" in line
    assert "83.33" in line  # 66.67, 75, and so on
    letters = next(one for one in expected if one.figure.key == LETTERS.key)
    assert {2026: 92.0, 2027: 60.0}.items() <= letters.years.items()
    assert [one.why for one in letters.warnings] == ["swing"]  # from 60 to none this January


async def test_files_of_a_year_do_not_change_when_an_earlier_one_is_corrected(office: Office) -> None:
    await fill(office)
    await office.publish()
    members = Members(office.db, 2027, number=10_000)
    await members.add(40, LETTERS, "330302", relation="spouse")
    await office.on(date(2028, 2, 1))
    await office.publish(Scope("330300", "2027"))
    asked: tuple[Scope, Format, date] = Scope("330300", "2027"), "svg", date(2028, 3, 1)
    async with office.db.connection() as conn:
        before = await reading.export(conn, *asked)
    await office.members.add(30, LETTERS, "330302", relation="spouse")
    assert (await office.publish(reason="补录")).edition == 2
    async with office.db.connection() as conn:
        assert await reading.export(conn, *asked) == before
