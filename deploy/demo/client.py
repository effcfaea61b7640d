"""`python -m deploy.demo.client`: hotline desks, hospitals, schools, police and all the other units, in one process.

It sees addresses and tokens, never the database. Time comes from whoever started it, turn by turn (`deploy.demo.wire`).
What it sends and what is answered it writes to a file, for `liandong verify --sent`.
"""

import asyncio
import heapq
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Iterable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TextIO
from uuid import UUID

import httpx
from msgspec import structs

from contracts.base import Part, Region, UnitId, unit_kind
from contracts.cases import ActionRequested
from contracts.codes import UnitKind, unit_at
from contracts.topics import COMMANDS_POLICE, NOTICE_EVENTS
from deploy.demo.agents import Act, Known, key_of_child, plan
from deploy.demo.hub import Hub, PoliceSystem, open_hub
from deploy.demo.scenario import Bad, Scenario, Sent, build
from deploy.demo.stories import WEEK
from deploy.demo.wire import Done, Setup, Tally, Turn
from workflows.model import Case

BY_KAFKA: Final = 0.15
"""The share of cases whose police act through their own system."""

MEDDLED: Final = 0.03
"""The share of cases in which somebody tries what is not theirs to do."""

MOST_ACTS_IN_A_TURN: Final = 20

OVERSEERS: Final = frozenset({UnitKind.POLICE_BUREAU, UnitKind.PROCURATORATE, UnitKind.WOMENS_CHILDREN_COMMITTEE})
"""Kinds from which nothing of a case of their county is hidden."""


class View(Part, frozen=True):
    """Of casework's answer only the case."""

    case: Case


@dataclass
class Tracked:
    """A case as the units last saw it. `stuck` is a version at which an act was refused."""

    case: Case
    known: Known
    done: Counter[str] = field(default_factory=Counter)
    next_at: datetime | None = None
    stuck: int = 0

    @property
    def over(self) -> bool:
        return self.case.final and not self.case.tasks


class Client:
    """Everybody at once. `report`, `work` and `prove` are the phases of a turn."""

    def __init__(self, setup: Setup, hub: Hub, police: PoliceSystem, log: TextIO) -> None:
        self.setup = setup
        self.hub = hub
        self.police = police
        self.scenario: Scenario = build(setup.seed, setup.events)
        self.waiting: list[Sent | Bad] = sorted(
            [*self.scenario.sent, *self.scenario.bad], key=lambda one: (one.at, one.key), reverse=True
        )
        self.reports: dict[UUID, Sent] = {}
        self._sent = {one.key: one for one in self.scenario.sent if one.label != "repeat"}
        self.receipts: dict[str, str] = {}
        self.cases: dict[UUID, Tracked] = {}
        self.keys: dict[UUID, str] = {}
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.unexpected: list[str] = []
        self._log = log
        self._queue: list[tuple[datetime, str, UUID]] = []
        self._told: set[UnitId] = set()
        self._awake: set[UUID] = set()

    async def turn(self, turn: Turn) -> Done:
        before, sent = self.hub.requests, self._effects
        await {"report": self.report, "work": self.work, "prove": self.prove}[turn.phase](turn.now)
        return Done(phase=turn.phase, requests=self.hub.requests - before, changed=self._effects > sent)

    @property
    def _effects(self) -> int:
        return sum(self.counts.values())

    def tally(self) -> Tally:
        return Tally(
            accepted=self.counts["accepted"],
            repeated=self.counts["repeated"],
            refused=dict(sorted(self.refused.items())),
            unexpected=self.unexpected[:50],
            actions=self.counts["action"],
            commands=self.counts["command"],
            proofs=self.counts["proof"],
            retried=self.hub.retried,
        )

    # Reporters

    async def report(self, now: datetime) -> None:
        """Send every report that is due, and what must be refused."""
        due: list[Sent | Bad] = []
        while self.waiting and self.waiting[-1].at <= now:
            due.append(self.waiting.pop())
        await asyncio.gather(*(self._report(one, now) if isinstance(one, Sent) else self._err(one) for one in due))

    async def _report(self, sent: Sent, now: datetime) -> None:
        answer = await self.hub.post("intake", "/reports", sent.unit, sent.content, idempotency_key=sent.key)
        body = answer.json()
        new, accepted = answer.status_code == 201, answer.is_success
        report_id = UUID(body["report_id"]) if accepted else None
        self._write("report", accepted, now, sent.unit, answer, report_id=report_id, key=sent.key, label=sent.label)
        if not accepted or report_id is None or body["receipt"] != self.receipts.setdefault(sent.key, body["receipt"]):
            self.unexpected.append(f"{sent.key} {sent.label}: {answer.status_code} {answer.text[:300]}")
            return
        self.counts["accepted" if new else "repeated"] += 1
        self.reports[report_id] = self._sent[sent.key]
        if sent.body["type"] == "report":
            self._told.add(unit_at(UnitKind.POLICE_STATION, sent.body["region"]))

    async def _err(self, bad: Bad) -> None:
        answer = await self.hub.post("intake", "/reports", bad.unit, bad.content, idempotency_key=bad.key)
        self._note_refusal(bad.why, answer, bad.status)

    def _note_refusal(self, why: str, answer: httpx.Response, *statuses: int) -> None:
        self.refused[why] += 1
        if answer.status_code not in statuses:
            self.unexpected.append(f"{why}: {answer.status_code} instead of {statuses}: {answer.text[:300]}")

    # Units at work

    async def work(self, now: datetime) -> None:
        """See what is new in the queues, then do everything that is due, each case by itself."""
        await self._look(now)
        while self._queue and self._queue[0][0] <= now:
            at, _, case_id = heapq.heappop(self._queue)
            if case_id in self.cases and self.cases[case_id].next_at == at:
                self._awake.add(case_id)
        await _all(self._work_on(self.cases[case_id], now) for case_id in self._in_order(self._awake))

    async def _look(self, now: datetime) -> None:
        """Read the queues of units that hold something else than is known.

        A station may lose one case to its alarm and get another in the same tick, so after a report it looks anyway.
        """
        wanted: dict[UUID, UnitId] = {}
        units = sorted(await self._find_changed() | self._told)
        self._told.clear()
        for unit, items in zip(units, await _all(self._queue_of(unit) for unit in units), strict=True):
            for item in items:
                tracked = self.cases.get(UUID(item["case_id"]))
                if tracked is None or tracked.case.version < item["version"]:
                    wanted[UUID(item["case_id"])] = unit
        await _all(self._see(case_id, unit, now) for case_id, unit in sorted(wanted.items()))

    async def _find_changed(self) -> set[UnitId]:
        """Whose open items, by workflow and kind, are not as many as the known cases make them."""
        rows = (await self.hub.get("worklist", "/summary", self.setup.service_unit)).json()["queues"]
        sums = Counter({(row["unit"], row["workflow"], row["kind"]): row["open"] for row in rows})
        known = Counter(item for tracked in self.cases.values() for item in _items(tracked.case))
        return {unit for unit, *_ in (sums - known) + (known - sums)} & {row["unit"] for row in rows}

    async def _queue_of(self, unit: UnitId) -> list[Any]:
        items: list[Any] = []
        after = ""
        while True:
            page = (await self.hub.get("worklist", f"/queue?limit=200{after}", unit)).json()
            items += page["items"]
            if not page["next"]:
                return items
            after = f"&after={page['next']}"

    async def _see(self, case_id: UUID, unit: UnitId, now: datetime) -> None:
        """A case that is new to us is seen by the unit that has it; of a known one it is asked what became of it."""
        if case_id in self.cases:
            self._take(self.cases[case_id], await self._oversee(self.cases[case_id].case), now)
            return
        answer = await self.hub.get("casework", f"/cases/{case_id}", unit)
        if not answer.is_success:
            self.unexpected.append(f"{unit} does not see its case: {answer.status_code} {answer.text[:200]}")
            return
        case = await self._whole(View.read(answer.content).case, unit)
        tracked = self.cases[case_id] = Tracked(case, await self._know(case))
        await self._meddle(tracked, now)
        self._take(tracked, case, now)

    async def _whole(self, case: Case, unit: UnitId) -> Case:
        """Who reported is hidden from most units, and known to all of us together."""
        hidden = (case.reports or case.proposed) and unit != case.accountable and unit_kind(unit) not in OVERSEERS
        return await self._oversee(case) if hidden else case

    async def _oversee(self, case: Case) -> Case:
        return await self._oversee_at(case.case_id, case.seat[:6])

    async def _oversee_at(self, case_id: UUID, county: Region) -> Case:
        """As the procuratorate of its county sees it. Raises `httpx.HTTPStatusError`."""
        overseer = unit_at(UnitKind.PROCURATORATE, county)
        answer = await self.hub.get("casework", f"/cases/{case_id}", overseer)
        return View.read(answer.raise_for_status().content).case

    async def _know(self, case: Case) -> Known:
        """The key of its first report, or of the case it came from."""
        self.keys[case.case_id] = await self._key_of(case)
        first = self._first_report(case)
        script, first_day = (first.script, first.first_day) if first else ({}, WEEK)
        return Known(self.setup.seed, self.keys[case.case_id], self._incident_of, script, first_day)

    async def _key_of(self, case: Case) -> str:
        if first := self._first_report(case):
            return first.key
        assert case.parent_case_id, "a case that nobody reported was opened by another"
        if case.parent_case_id not in self.keys:  # it closed in the tick in which it opened this one, or is seen later
            parent = await self._oversee_at(case.parent_case_id, case.region[:6])
            self.keys[parent.case_id] = await self._key_of(parent)
        return key_of_child(self.keys[case.parent_case_id], case)

    def _first_report(self, case: Case) -> Sent | None:
        return next(
            (self.reports[one.report_id] for one in case.reports.values() if one.report_id in self.reports), None
        )

    def _incident_of(self, report_id: UUID) -> str:
        """Of a report that another case made, which goes by that case's id: the key of the case, never an id."""
        return self.reports[report_id].incident if report_id in self.reports else self.keys.get(report_id, "")

    def _take(self, tracked: Tracked, case: Case, now: datetime) -> None:
        """What a unit saw of a case, and when it must look again."""
        tracked.case = case
        if tracked.over:
            self.cases.pop(case.case_id, None)
            return
        acts = plan(case, tracked.known, tracked.done, now)
        tracked.next_at = min((act.at for act in acts), default=None)
        if tracked.next_at:
            tracked.next_at = max(tracked.next_at, now)
            heapq.heappush(self._queue, (tracked.next_at, tracked.known.key, case.case_id))

    def _in_order(self, case_ids: Iterable[UUID]) -> list[UUID]:
        return sorted((one for one in case_ids if one in self.cases), key=self.keys.__getitem__)

    async def _work_on(self, tracked: Tracked, now: datetime) -> None:
        for _ in range(MOST_ACTS_IN_A_TURN):
            act = self._next(tracked, now)
            if act is None or not await self._act(tracked, act, now):
                return
        self.unexpected.append(f"{tracked.known.key} goes round in circles in {tracked.case.state}")

    def _next(self, tracked: Tracked, now: datetime) -> Act | None:
        if tracked.over or tracked.stuck == tracked.case.version:
            return None
        acts = plan(tracked.case, tracked.known, tracked.done, now)
        return next((act for act in acts if act.kind == "action" and act.at <= now), None)

    async def _act(self, tracked: Tracked, act: Act, now: datetime) -> bool:
        """Carry an act out; false when it was refused, and then not tried again before something changes.

        An alarm may have moved the case since it was seen: then the unit looks again, and decides anew.
        """
        by_kafka = unit_kind(act.unit).startswith("police") and tracked.known.dice("kafka").random() < BY_KAFKA
        version = tracked.case.version
        case = await (self._command if by_kafka else self._post)(tracked, act, now)
        if case is None and tracked.case.version > version:
            return True
        if case is None:
            tracked.stuck = tracked.case.version
            return False
        tracked.done[act.name] += 1
        self._take(tracked, case, now)
        return True

    async def _post(self, tracked: Tracked, act: Act, now: datetime) -> Case | None:
        case, key = tracked.case, f"{tracked.known.key}/v{tracked.case.version}/{act.name}"
        body = {"worker": _worker(act), "task_id": act.task_id, "fields": act.fields}
        answer = await self.hub.post_json(
            *("casework", f"/cases/{case.case_id}/actions/{act.name}", act.unit, body),
            idempotency_key=key,
            if_match=f'"{case.version}"',
        )
        cause = f"act/{act.unit}/{key}"
        self._write(
            "action", answer.is_success, now, act.unit, answer, case_id=case.case_id, cause=cause, action=act.name
        )
        if answer.status_code in {404, 412}:  # an alarm has moved it, perhaps to where this unit does not see it
            await self._see(case.case_id, act.unit, now)
            if tracked.case.version > case.version:
                return None
        if not answer.is_success:
            self.unexpected.append(f"{case.workflow} {case.state} {act.name}: {answer.status_code} {answer.text[:400]}")
            return None
        self.counts["action"] += 1
        return await self._whole(View.read(answer.content).case, act.unit)

    async def _command(self, tracked: Tracked, act: Act, now: datetime) -> Case | None:
        case, request_id = tracked.case, f"{tracked.known.key}/v{tracked.case.version}/{act.name}"
        request = ActionRequested(
            case_id=case.case_id,
            action=act.name,
            unit=act.unit,
            worker=_worker(act),
            occurred_at=now,
            expected_version=case.version,
            task_id=act.task_id,
            fields=act.fields,
        )
        answer = await self.police.ask(request_id, request)
        if not answer.accepted and answer.version != case.version:
            await self._see(case.case_id, act.unit, now)
            return None
        cause = f"{COMMANDS_POLICE.name}/{request_id}"
        self._write("action", answer.accepted, now, act.unit, None, case_id=case.case_id, cause=cause, action=act.name)
        if not answer.accepted:
            self.unexpected.append(f"{case.workflow} {case.state} {act.name} by Kafka: {answer.problem}")
            return None
        self.counts["command"] += 1
        await self._see(case.case_id, act.unit, now)
        return tracked.case

    async def _meddle(self, tracked: Tracked, now: datetime) -> None:
        """Somebody tries what is not theirs: a stranger does not see the case, an overseer may not act in it."""
        case = tracked.case
        if tracked.known.dice("meddle").random() >= MEDDLED:
            return
        path, body = f"/cases/{case.case_id}/actions/close", {"worker": "w-9999", "fields": {}}
        for kind, statuses in ((UnitKind.POLITICAL_LEGAL_COMMITTEE, (404,)), (UnitKind.PROCURATORATE, (409, 422))):
            key, unit = f"{tracked.known.key}/meddle/{kind}", unit_at(kind, case.region)
            if unit in {case.accountable, *case.placements.values(), *(task.unit for task in case.tasks.values())}:
                continue
            answer = await self.hub.post_json(
                "casework", path, unit, body, idempotency_key=key, if_match=f'"{case.version}"'
            )
            self._write("action", answer.is_success, now, unit, answer, case_id=case.case_id, cause=f"act/{unit}/{key}")
            self._note_refusal("not_your_case" if statuses == (404,) else "not_yours_to_do", answer, *statuses)

    # Notices

    async def prove(self, now: datetime) -> None:
        """Addressees open their inboxes; units that owe a notice nobody read call by telephone."""
        reads: dict[UnitId, list[tuple[Tracked, Act]]] = {}
        tells: list[tuple[Tracked, Act]] = []
        for case_id in self._in_order(self._awake):
            tracked = self.cases[case_id]
            for act in plan(tracked.case, tracked.known, tracked.done, now):
                if act.at <= now and act.kind == "read":
                    reads.setdefault(act.unit, []).append((tracked, act))
                elif act.at <= now and act.kind == "tell":
                    tells.append((tracked, act))
        self._awake.clear()
        await _all(self._read(unit, acts, now) for unit, acts in sorted(reads.items(), key=lambda one: one[0]))
        await _all(self._tell(tracked, act, now) for tracked, act in tells)

    async def _read(self, unit: UnitId, acts: list[tuple[Tracked, Act]], now: datetime) -> None:
        notices = await self._inbox(unit)
        for tracked, act in acts:
            notice_id = notices.get((str(tracked.case.case_id), act.task_id))
            if notice_id is None:
                self.unexpected.append(f"{unit} has no notice {act.task_id} of {tracked.known.key}")
                continue
            answer = await self.hub.post("notices", f"/inbox/{notice_id}/read", unit, b"")
            self._proved(tracked, act, answer, now)

    async def _inbox(self, unit: UnitId) -> dict[tuple[str, str | None], str]:
        found: dict[tuple[str, str | None], str] = {}
        after = ""
        while True:
            page = (await self.hub.get("notices", f"/inbox?limit=200{after}", unit)).json()
            found |= {(item["case_id"], item["task_id"]): item["notice_id"] for item in page["items"]}
            if not page["next"]:
                return found
            after = f"&after={page['next']}"

    async def _tell(self, tracked: Tracked, act: Act, now: datetime) -> None:
        body = {"channel": "phone", "name": "接听人（虚构）", "told_at": now.isoformat()}
        path = f"/notices/{tracked.case.case_id}/{act.task_id}/proof"
        self._proved(tracked, act, await self.hub.post_json("notices", path, act.unit, body), now)

    def _proved(self, tracked: Tracked, act: Act, answer: httpx.Response, now: datetime) -> None:
        case_id = tracked.case.case_id
        cause = f"{NOTICE_EVENTS.name}/{case_id}/{act.task_id}/proved"
        self._write("action", answer.is_success, now, act.unit, answer, case_id=case_id, cause=cause, action=act.kind)
        if answer.is_success:
            self.counts["proof"] += 1
            self._end_notice(tracked, act, now)
        else:
            self.unexpected.append(f"{act.kind} {act.task_id}: {answer.status_code} {answer.text[:300]}")

    def _end_notice(self, tracked: Tracked, act: Act, now: datetime) -> None:
        """A proof becomes one fact: it ends the task, its clock, and the supervision of that clock."""
        case = tracked.case
        ended = {name for name, clock in case.clocks.items() if clock.deadline.task_id == act.task_id}
        tasks = {
            name: task for name, task in case.tasks.items() if name != act.task_id and task.about_deadline not in ended
        }
        self._take(tracked, structs.replace(case, tasks=tasks, version=case.version + 1), now)

    def _write(
        self, kind: str, accepted: bool, now: datetime, unit: UnitId, answer: httpx.Response | None, **more: Any
    ) -> None:
        """One line of the file: what was sent, by whom, when, and how it was answered."""
        status = answer.status_code if answer is not None else None
        line = {"kind": kind, "accepted": accepted, "at": now.isoformat(), "unit": unit, "status": status, **more}
        self._log.write(json.dumps(line, default=str, ensure_ascii=False) + "\n")


def _items(case: Case) -> Iterator[tuple[UnitId, str, str]]:
    """The queue items of a case: unit, workflow and kind."""
    if not (case.final or case.quiet):
        yield case.accountable, case.workflow, "state"
    for task in case.tasks.values():
        yield task.unit, case.workflow, task.kind


async def _all(work: Iterable[Awaitable[Any]]) -> list[Any]:
    return list(await asyncio.gather(*work))


def _worker(act: Act) -> str:
    return f"w-{sum(act.unit.encode()) % 9000 + 1000}"


async def serve() -> None:
    """Read turns from standard input until it ends; the answer to the end is the tally."""
    reader = asyncio.StreamReader(limit=2**24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    setup = Setup.read(await reader.readline())
    async with AsyncExitStack() as stack:
        log = stack.enter_context(open(setup.sent_file, "w", encoding="utf-8"))  # noqa: ASYNC230, PTH123, SIM115
        hub = await stack.enter_async_context(open_hub(setup.urls, setup.tokens))
        police = PoliceSystem(setup.bootstrap)
        await police.start()
        stack.push_async_callback(police.stop)
        client = Client(setup, hub, police, log)
        _say({"ready": True})
        while line := await reader.readline():
            _say((await client.turn(Turn.read(line))).model_dump(mode="json"))
        log.flush()
        _say(client.tally().model_dump(mode="json"))


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve())
