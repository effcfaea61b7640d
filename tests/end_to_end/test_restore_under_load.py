"""Restores of the real system, while reports come in: what was acknowledged has one effect, readers equal the log."""

import asyncio
import itertools
import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from contracts.codes import UnitKind
from deploy.backup.backup import make_backup
from deploy.backup.repository import Backup, Repository
from deploy.backup.restore import Restored, Wanted, restore
from deploy.installation import administrator
from deploy.supervisor import System, running_system
from deploy.units import body_at
from deploy.verify import Evidence, Sent, Verdict, verify
from tests.folders import open_folder
from tests.integration.platform_fixtures import eventually
from tests.integration.reporting_fixtures import NAMES, NARRATIVE, REPORTER, identity_number, report

HOSPITAL: Final = body_at(UnitKind.HOSPITAL, "330382")
STATION: Final = "police-station@330382001"
HURRY: Final = {"LIANDONG_PUBLISH_AGAIN_SECONDS": "1", "LIANDONG_RESEND_SECONDS": "1", "LIANDONG_LOG_LEVEL": "warning"}
SECONDS: Final = 180


@dataclass
class Hospital:
    """Sends reports one after the other, each again until it is acknowledged, and writes down what was."""

    sent: list[Sent] = field(default_factory=list)
    _children: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def send(self, http: httpx.AsyncClient, system: System) -> UUID:
        child = 2 * (next(self._children) % 40)  # even for a girl; some are reported more than once
        person = {**NAMES, "id_number": identity_number(date(2012, 3, 5), child)}
        headers = {"authorization": f"Bearer {system.tokens[HOSPITAL]}", "idempotency-key": str(uuid4())}
        body = report(persons={"victim": person})
        answer: httpx.Response | None = None

        async def is_answered() -> bool:  # a machine that is too busy refuses for a while, and says so
            nonlocal answer
            with suppress(httpx.TransportError):
                answer = await http.post(f"{system.urls['intake']}/reports", json=body, headers=headers)
            return answer is not None and answer.status_code != 503

        await eventually(is_answered, seconds=SECONDS)
        assert answer
        assert answer.is_success, answer.text
        report_id = UUID(answer.json()["report_id"])
        self.sent.append(Sent(kind="report", accepted=True, report_id=report_id))
        return report_id

    @asynccontextmanager
    async def sending(self, system: System) -> AsyncIterator[None]:
        """All the while."""
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            over = asyncio.Event()

            async def go_on() -> None:
                while not over.is_set():
                    await self.send(http, system)

            async with asyncio.TaskGroup() as group:
                group.create_task(go_on())
                yield
                over.set()

    async def more(self, number: int) -> None:
        """Wait until so many more are acknowledged."""
        enough = len(self.sent) + number
        await eventually(lambda: len(self.sent) >= enough, seconds=SECONDS)


@dataclass
class Story:
    """What happened in one home: casework lost twice, the second time with Kafka, and in the end everything."""

    folder: Path
    hospital: Hospital = field(default_factory=Hospital)
    backup: Backup | None = None
    restored: list[Restored] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    cases: list[dict[str, UUID]] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def repository(self) -> Repository:
        return Repository(self.folder / "backups")

    @asynccontextmanager
    async def system(self) -> AsyncIterator[System]:
        async with running_system(self.home) as system:
            yield system

    async def settle(self, system: System) -> None:
        """Wait until nothing is on its way, and note what there is then."""
        verdict = Verdict()

        async def settled() -> bool:
            nonlocal verdict
            verdict = await verify(system.admin_dsn, Evidence(system.bootstrap, self.hospital.sent), patience_seconds=1)
            return verdict.well and not verdict.waiting

        try:
            await eventually(settled, seconds=SECONDS)
        except TimeoutError:
            differences = [difference for check in verdict.checks for difference in check.differences]
            raise AssertionError(f"{verdict.summary}, {verdict.waiting} waiting: {differences[:9]}") from None
        self.verdicts.append(verdict)
        async with administrator(system.admin_dsn, "casework") as db, db.connection() as conn:
            rows = await conn.fetch("SELECT cause_id, case_id FROM cause WHERE outcome = 'applied'")
        self.cases.append({row["cause_id"]: row["case_id"] for row in rows})

    async def lose_casework(self, system: System) -> None:
        async def lost() -> bool:  # who is at work may have what we want, and want what we have
            with suppress(asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError):
                async with administrator(system.admin_dsn) as db, db.connection() as conn:
                    await conn.execute("DROP SCHEMA casework CASCADE")
                    return True
            return False

        await eventually(lost, seconds=SECONDS)

    async def restore(self, **wanted: Any) -> None:
        self.restored.append(await restore(self.home, Wanted(self.repository, **wanted), lambda _done, _of: None))


@contextmanager
def settings(folder: Path) -> Iterator[None]:
    added = {**HURRY, "LIANDONG_BACKUP": str(folder / "backups")}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


@pytest.fixture(scope="module")
async def story() -> AsyncIterator[Story]:
    with open_folder() as folder, settings(folder):
        story = Story(folder)
        await lose_casework_after_an_old_backup(story)
        await lose_casework_and_kafka(story)
        await lose_everything(story)
        yield story


async def lose_casework_after_an_old_backup(story: Story) -> None:
    async with story.system() as system:
        async with story.hospital.sending(system):
            await story.hospital.more(20)
            story.backup = await make_backup(system.admin_dsn, story.home, story.repository, lambda _done, _of: None)
            await story.hospital.more(30)
        await story.settle(system)  # so that all of it is there to be lost
        async with story.hospital.sending(system):
            await story.lose_casework(system)
            await story.hospital.more(10)
    await story.restore(until=story.backup.made_at, casework_only=True)


async def lose_casework_and_kafka(story: Story) -> None:
    assert story.backup
    async with story.system() as system:
        async with story.hospital.sending(system):
            await story.hospital.more(10)
        await story.settle(system)
        await story.lose_casework(system)
    shutil.rmtree(story.home / "kafka")
    await story.restore(until=story.backup.made_at, casework_only=True)


async def lose_everything(story: Story) -> None:
    async with story.system() as system:
        await story.settle(system)
        await make_backup(system.admin_dsn, story.home, story.repository, lambda _done, _of: None)
        async with story.hospital.sending(system):
            await story.hospital.more(10)
        await story.settle(system)
    shutil.rmtree(story.home / "postgres")
    await story.restore()
    async with story.system() as system:
        await story.settle(system)


def test_every_acknowledged_report_is_in_a_case_once_after_each_restore(story: Story) -> None:
    assert [verdict.summary.partition(" facts, ")[2] for verdict in story.verdicts] == [
        "0 lost, 0 doubled, 0 differences"
    ] * len(story.verdicts)
    assert story.cases[-1].keys() >= {str(sent.report_id) for sent in story.hospital.sent}
    assert len(story.hospital.sent) >= 80


def test_what_was_lost_with_casework_came_back_under_the_same_case(story: Story) -> None:
    before, after, without_kafka = story.cases[:3]
    reports = {str(sent.report_id) for sent in story.hospital.sent} & before.keys()
    assert len(reports) >= 50
    assert {cause: after[cause] for cause in reports} == {cause: before[cause] for cause in reports}
    assert {cause: without_kafka[cause] for cause in reports}.keys() == reports


def test_every_restore_began_an_epoch_of_its_own(story: Story) -> None:
    epochs = [restored.epoch for restored in story.restored]
    assert epochs == sorted(set(epochs))
    assert len(epochs) == 3


def test_a_restore_of_everything_reaches_the_last_transaction_before_the_stop(story: Story) -> None:
    assert story.cases[-1] == story.cases[-2]
    assert story.restored[-1].reached > story.restored[-1].backup.made_at


def test_whoever_has_the_backups_and_not_the_keys_reads_nobodys_name(story: Story) -> None:
    files = [path for path in story.folder.joinpath("backups").rglob("*") if path.is_file()]
    secrets = [*NAMES.values(), NARRATIVE, *REPORTER.values(), identity_number(date(2012, 3, 5), 2)]
    found = Counter(word for path in files for word in [HOSPITAL, *secrets] if word.encode() in path.read_bytes())
    assert set(found) == {HOSPITAL}
