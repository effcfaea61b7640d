"""The way of a release: proposed by one person, checked, signed off by another, and only then told to anybody."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from contracts.releases import RELEASE_TYPE, Cell, IndicatorRelease, Release
from contracts.topics import RELEASES
from services.platform.case_log import get_position
from services.platform.clock import Clock
from services.platform.database import Connection, Database
from services.platform.events import OutgoingEvent
from services.platform.outbox import publish
from services.statistics.disclosure.model import Release as Checked
from services.statistics.releases import cells as made
from services.statistics.releases import grid, store, terms
from services.statistics.releases.beside import list_plans, list_stated
from services.statistics.releases.checking import SECONDS, check_apart
from services.statistics.releases.dimensions import GRID
from services.statistics.releases.edition import Edition, Frozen, Person, name_of
from services.statistics.releases.errors import NotThereError, RefusedError
from services.statistics.releases.figures import Figure
from services.statistics.releases.grid import Scope, Waits
from services.statistics.releases.plans import sentences_of
from services.statistics.releases.wording import explain
from services.statistics.store import find_as_of
from workflows.packs import Disclosure

CALENDAR: Final = version("chinesecalendar")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the figures of a city come from. `now` opens a transaction that sees one moment of the log, with everything
    worked out."""

    now: Callable[[], AbstractAsyncContextManager[Connection]]
    figures: Callable[[str], Sequence[Figure]]
    rule: Callable[[str], Disclosure]


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything that was read in one view of the database."""

    draft: Edition
    rows: Sequence[grid.Row]
    waits: Sequence[Waits]
    medians: Mapping[tuple[str, str, str], float]
    history: Sequence[Checked]
    last: tuple[Edition, Release] | None

    @property
    def waiting(self) -> frozenset[grid.Place]:
        scope = Scope(self.draft.region, self.draft.period)
        return grid.waiting_in(scope.city, scope.year, [one[:4] for one in self.waits])


@dataclass(frozen=True, slots=True)
class Proposal:
    edition: Edition
    cells: tuple[Cell, ...]

    @property
    def statuses(self) -> dict[str, int]:
        return made.count_statuses(self.cells)


Check = Callable[[Sequence[Checked], Checked, float], Awaitable[Checked]]


class Publisher:
    """Releases of one installation."""

    def __init__(self, db: Database, clock: Clock, sources: Sources, check: Check = check_apart) -> None:
        self._db = db
        self._attack = check
        self._clock = clock
        self._sources = sources

    async def propose(
        self, scope: Scope, by: Person, *, provisional: bool = False, reason: str = "", seconds: float = SECONDS
    ) -> Proposal:
        """Freeze what is known now, and check it. It takes the place of an earlier proposal that nobody signed.

        Raises `RefusedError`: among others `leak`, which names the offending difference, and `out_of_time`.
        """
        terms.refuse_person(by)
        counted = await self._count(scope, by, provisional=provisional, reason=reason)
        try:
            checked = await self._check(scope, counted, seconds)
            proposal = _propose(scope, counted, checked)
            await self._store(proposal, checked)
        except BaseException:
            async with self._db.transaction() as conn:
                await store.delete_draft(conn, counted.draft.id)
            raise
        return proposal

    async def sign_off(self, scope: Scope, by: Person) -> Release:
        """Publish what was proposed, as it was checked. Raises `NotThereError` and `RefusedError`."""
        terms.refuse_person(by)
        async with self._db.transaction() as conn:
            await store.lock_releases(conn)
            proposal = await store.find_proposal(conn, scope)
            if proposal is None:
                raise NotThereError(
                    "nothing_proposed",
                    f"{scope.city} {scope.period} 没有待签发的发布，请先提出。",
                    f"Nothing is proposed for {scope.city} {scope.period}; propose it first.",
                )
            terms.refuse_signing(proposal, by, await store.list_history_ids(conn, scope))
            _, cells = await store.get_content(conn, proposal.id)
            today = (await self._clock.now(conn)).date()
            release = proposal._replace(signed=by, published_on=today).release(cells)
            await store.store_published(conn, proposal.id, by, today)
            await publish(conn, map(_event, release.split()))
        return release

    async def _count(self, scope: Scope, by: Person, *, provisional: bool, reason: str) -> Counted:
        """In one view of the database, so that counts, members and position in the log are of one moment."""
        async with self._sources.now() as conn:
            today, as_of = (await self._clock.now(conn)).date(), await find_as_of(conn)
            terms.refuse_unfinished(scope, today, as_of)
            editions = await store.list_editions(conn, scope)
            terms.refuse_edition(editions, reason)
            waits = await store.list_waiting(conn, scope, as_of)
            terms.refuse_waiting(waits, scope, provisional=provisional)
            frozen = await self._freeze(conn, scope, provisional=provisional)
            published = [one for one in editions if one.stage == "published"]
            history = await store.list_history(conn, scope)
            draft = Edition(
                id=0,
                region=scope.city,
                period=scope.period,
                edition=published[-1].edition + 1 if published else 1,
                stage="draft",
                reason=reason,
                proposed=by,
                proposed_on=today,
                signed=None,
                published_on=None,
                history=tuple(history),
                frozen=frozen,
            )
            return Counted(
                draft=draft._replace(id=await store.store_draft(conn, draft)),
                rows=await store.list_rows(conn, scope),
                waits=waits,
                medians=await store.list_medians(conn, scope),
                history=list(history.values()),
                last=await _last(conn, published),
            )

    async def _freeze(self, conn: Connection, scope: Scope, *, provisional: bool) -> Frozen:
        figures = tuple(self._sources.figures(scope.city))
        terms.refuse_rewording(figures, await store.list_wordings(conn))
        position = await get_position(conn)
        return Frozen(
            figures=figures,
            grid=GRID,
            calendar=CALENDAR,
            epoch=position.epoch,
            facts=position.facts,
            as_of=await find_as_of(conn),
            provisional=provisional,
            stated=await list_stated(conn, scope, figures),
            plans=await list_plans(conn, scope),
            sentences=sentences_of(scope.city),
            explained=explain(figures),
        )

    async def _check(self, scope: Scope, counted: Counted, seconds: float) -> Checked:
        draft = counted.draft
        periods = grid.periods_of(scope.period, counted.history)
        name = name_of(*scope, draft.edition)
        laid = grid.lay(
            name, scope.city, periods, draft.frozen.figures, counted.rows, rule=self._sources.rule(scope.city)
        )
        return await self._attack(counted.history, grid.withhold(laid, counted.waiting), seconds)

    async def _store(self, proposal: Proposal, checked: Checked) -> None:
        async with self._db.transaction() as conn:
            if not await store.store_proposal(conn, proposal.edition.id, checked, proposal.cells):
                raise RefusedError(
                    "proposed_meanwhile",
                    "检验期间另有人提出了同一统计期的发布，以后提出的为准。",
                    "Somebody else proposed this period during the check; theirs is the one that stands.",
                )


def _propose(scope: Scope, counted: Counted, checked: Checked) -> Proposal:
    draft = counted.draft
    frozen = draft.frozen
    beside = made.Beside(
        medians=counted.medians,
        stated={(one.name, one.region): one.value for one in frozen.stated},
        waiting=counted.waiting,
        provisional=frozen.provisional,
    )
    cells = tuple(made.cells_of(*scope, frozen.figures, checked, beside))
    # As it would leave; who will sign it is not known yet.
    release = draft._replace(signed=draft.proposed, published_on=draft.proposed_on).release(cells)
    terms.refuse_too_large(release)
    if counted.last:
        edition, last = counted.last
        terms.refuse_unchanged(last, release, edition.frozen, frozen)
    return Proposal(draft._replace(stage="proposed"), cells)


async def _last(conn: Connection, published: Sequence[Edition]) -> tuple[Edition, Release] | None:
    if not published:
        return None
    _, cells = await store.get_content(conn, published[-1].id)
    return published[-1], published[-1].release(cells)


def _event(message: IndicatorRelease) -> OutgoingEvent:
    event_id = f"{message.message_key}/{message.edition}"
    return OutgoingEvent(RELEASES.name, message.message_key, event_id, RELEASE_TYPE, message.to_json())
