"""The final figures: from the database as its administrator, and from the services as their users."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx

from contracts.cases import Fact
from deploy.demo.hub import until_taken
from deploy.demo.ledger import Ledger, as_json, count, told_stories
from deploy.demo.play import Ended, Play
from deploy.demo.scenario import END, build
from deploy.installation import administrator
from deploy.supervisor import System
from deploy.units import COUNTIES
from deploy.units import SERVICES as SERVICES_UNIT
from services.platform.database import queries

q = queries("deploy.demo")

YEARS: Final = (2026, 2027)
PREFECTURES: Final = tuple(sorted({county[:4] + "00" for county in COUNTIES}))
PATIENCE_SECONDS: Final = 60
POLL_SECONDS: Final = 0.2


class StatisticsLateError(RuntimeError):
    """Statistics have not come to the last day."""


async def collect(system: System, what: Play, ended: Ended, sent_file: Path) -> dict[str, Any]:
    """Everything but ids and wall times, with stable keys. Raises `StatisticsLateError`, `httpx.HTTPError`."""
    async with administrator(system.admin_dsn) as db, db.connection() as conn:
        ledger = count([Fact.read(row["body"]) for row in await conn.fetch(q.list_facts)])
        acknowledged = {row["report_id"] for row in await conn.fetch(q.list_accepted)}
        channels = {row["channel"]: row["proved"] for row in await conn.fetch(q.count_proofs)}
        quarantined = await conn.fetchval(q.count_quarantined)
    reports = {UUID(line["report_id"]): line["key"] for line in _lines(sent_file) if line.get("report_id")}
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        queues, indicators = await asyncio.gather(_queues(http, system), _indicators(http, system))
    names = {one.key: one.story for one in build(what.seed, what.events).sent if one.story}
    return {
        "seed": what.seed,
        "until": END.isoformat(),
        "ticks": ended.ticks,
        "sent": ended.tally.model_dump(mode="json", exclude={"unexpected", "retried"}),
        "unexpected": list(ended.tally.unexpected),
        "summary": _summary(ledger, reports, acknowledged),
        "quarantined": quarantined,
        **as_json(ledger),
        "proofs": channels,
        "queues": queues,
        "indicators": indicators,
        "stories": told_stories(ledger, reports, names),
    }


def _lines(sent_file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in sent_file.read_text(encoding="utf-8").splitlines()]


def _summary(ledger: Ledger, reports: Mapping[UUID, str], acknowledged: set[UUID]) -> dict[str, int]:
    """`lost`: the client was told yes, and no case knows of it. `doubled`: more than one effect, or one key twice."""
    effects = {report_id: ledger.effects[str(report_id)] for report_id in acknowledged | reports.keys()}
    return {
        "accepted": len(acknowledged),
        "lost": sum(not found for found in effects.values()),
        "doubled": sum(found > 1 for found in effects.values()) + len(reports) - len(set(reports.values())),
        "cases": len(ledger.folded),
        "facts": ledger.facts,
        "deadlines_met": ledger.met,
        "deadlines_breached": ledger.breached,
    }


def last_line(figures: Mapping[str, Any]) -> str:
    found = figures["summary"]
    return (
        f"demo: {found['accepted']} events accepted, {found['lost']} lost, {found['doubled']} doubled,"
        f" {found['cases']} cases, {found['facts']} facts,"
        f" {found['deadlines_met']} deadlines met, {found['deadlines_breached']} breached"
    )


async def _queues(http: httpx.AsyncClient, system: System) -> dict[str, dict[str, int]]:
    """Open items by unit and kind."""
    rows = (await _get(http, system, "worklist", "/summary", SERVICES_UNIT))["queues"]
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        kind = f"{row['workflow']}.{row['kind']}"
        found[row["unit"]][kind] = found[row["unit"]].get(kind, 0) + row["open"]
    return {unit: dict(sorted(kinds.items())) for unit, kinds in sorted(found.items())}


async def _indicators(http: httpx.AsyncClient, system: System) -> list[dict[str, Any]]:
    """Of both years, for prefectures and their counties of the demonstration, once the last day has been counted."""
    places = [(year, region) for year in YEARS for region in sorted({*PREFECTURES, *COUNTIES})]
    deadline = time.monotonic() + PATIENCE_SECONDS
    found: list[dict[str, Any]] = []
    for year, region in places:
        path = f"/indicators?year={year}&region={region}"
        office = f"statistics@{region[:4]}00"
        while (answer := await _get(http, system, "statistics", path, office))["as_of"] < str(END.date()):
            if time.monotonic() > deadline:
                raise StatisticsLateError(answer["as_of"])
            await asyncio.sleep(POLL_SECONDS)
        found += [{"year": year, "region": region, **one} for one in answer["indicators"]]
    return found


async def _get(http: httpx.AsyncClient, system: System, service: str, path: str, unit: str) -> Any:
    headers = {"authorization": f"Bearer {system.tokens[unit]}"}
    answer = await until_taken(lambda: http.get(system.urls[service] + path, headers=headers))
    return answer.raise_for_status().json()
