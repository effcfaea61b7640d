"""Cases stay on their version until an operator takes them to another one, by a table that maps every open state."""

from pathlib import Path
from uuid import UUID

import pytest

from contracts.cases import DeadlineCancelled, DeadlineStarted, DefinitionChanged, Fact
from tests.unit.locking import lock
from tests.unit.stories import MONDAY, STATION, TOWN, Story, report, subject
from tests.unit.test_proofs import SOUND
from workflows.engine import decide
from workflows.errors import DefinitionError, UnknownDefinitionError
from workflows.loader import Workflows, load_workflows
from workflows.migrate import get_migration
from workflows.model import evolve, fold
from workflows.triggers import Migrated, Rejection, Reported

OLD = SOUND.replace("deadlines: [{rule: report-silence}]", "deadlines: [{rule: report-silence}, {rule: dv-service}]")
NEW = (
    SOUND.replace("version: 1", "version: 2")
    .replace("waiting", "pending")
    .replace("owner: police-station, deadlines: [{rule: report-silence}]",
             "owner: police-bureau, deadlines: [{rule: report-silence}, {rule: dv-notice}]")
)  # fmt: skip
MAP = "workflow: sample\nfrom: 1\nto: 2\nstates: {open: open, waiting: pending}\n"


@pytest.fixture
def both(tmp_path: Path) -> Workflows:
    (tmp_path / "superseded").mkdir()
    (tmp_path / "superseded" / "sample_v1.yaml").write_text(OLD, encoding="utf-8")
    (tmp_path / "sample.yaml").write_text(NEW, encoding="utf-8")
    lock(tmp_path)
    return load_workflows(tmp_path)


def old_case(both: Workflows) -> Story:
    story = Story(both.get("sample", 1))
    event = report("report.submitted", MONDAY)
    story.send(Reported("r", UUID(int=900), event, (subject("child"),), TOWN))
    return story


def migrate(both: Workflows, story: Story, **states: str) -> object:
    story.workflow = both.get("sample", 2)
    return story.send(Migrated("m", 2, states))


def test_new_cases_take_the_highest_version_and_old_ones_stay(both: Workflows) -> None:
    assert both.get("sample").definition.version == 2
    assert both.get("sample", old_case(both).is_.definition_version).definition.version == 1


def test_migration_is_one_fact_that_keeps_starts_and_cancels_clocks(both: Workflows) -> None:
    story = old_case(both)
    begun = story.clock("report-silence")
    story.later(hours=1)
    assert isinstance(migrate(both, story, open="open", waiting="pending"), Fact)
    assert story.is_.definition_version == 2
    assert story.is_.accountable == "police-bureau@330382"
    assert story.clock("report-silence").deadline.started_at == begun.deadline.started_at
    assert story.clock("report-silence").deadline.unit == "police-bureau@330382"
    assert [effect.reason for effect in story.last.of(DeadlineCancelled)] == ["migrated"]
    assert [effect.deadline.rule for effect in story.last.of(DeadlineStarted)] == ["dv-notice"]
    assert len(story.last.of(DefinitionChanged)) == 1
    assert fold(Fact.read(fact.to_json()) for fact in story.log) == story.is_
    story.act("wait", unit="police-bureau@330382")
    assert story.is_.state == "pending"


def test_state_that_is_not_mapped_is_refused(both: Workflows) -> None:
    result = migrate(both, old_case(both), waiting="pending")
    assert isinstance(result, Rejection)
    assert result.code == "unmapped_state"


def test_second_migration_does_nothing(both: Workflows) -> None:
    story = old_case(both)
    migrate(both, story, open="open")
    assert migrate(both, story, open="open") is None


def test_closed_case_stays_where_it_is(both: Workflows) -> None:
    story = old_case(both).act("close", unit=STATION)
    assert migrate(both, story, open="open") is None


@pytest.mark.parametrize(
    ("proof", "old", "new", "line"),
    [
        ("unmapped_state", ", waiting: pending", "", 4),
        ("unknown_state", "waiting: pending", "waiting: nowhere", 4),
        ("unlike_state", "waiting: pending", "waiting: done", 4),
        ("unknown_version", "to: 2", "to: 3", 3),
        ("malformed", "states:", "state:", 1),
    ],
)
def test_table_that_cannot_stand_is_refused(
    both: Workflows, tmp_path: Path, proof: str, old: str, *, new: str, line: int
) -> None:
    assert not both.migrations
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "sample.yaml").write_text(MAP, encoding="utf-8")
    assert get_migration(load_workflows(tmp_path).migrations, "sample", 1, 2).states["waiting"] == "pending"
    (folder / "sample.yaml").write_text(MAP.replace(old, new), encoding="utf-8")
    with pytest.raises(DefinitionError, match=rf"sample.yaml:{line}: {proof}"):
        load_workflows(tmp_path)


def test_one_table_says_how_cases_go_on(both: Workflows, tmp_path: Path) -> None:
    assert both
    (tmp_path / "migrations").mkdir()
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / "migrations" / name).write_text(MAP, encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"b.yaml:1: repeated_migration"):
        load_workflows(tmp_path)


def test_version_nobody_maps_is_named() -> None:
    with pytest.raises(UnknownDefinitionError, match="version 1 to 2"):
        get_migration([], "sample", 1, 2)


def test_one_version_stands_in_one_file(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(SOUND, encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"b.yaml:3: repeated_version"):
        load_workflows(tmp_path)


def test_decision_does_not_touch_the_case_it_was_given(both: Workflows) -> None:
    story = old_case(both)
    before = story.is_.to_json()
    fact = decide(both.get("sample", 2), story.is_, Migrated("m", 2, {"open": "open"}), story.now)
    assert isinstance(fact, Fact)
    evolve(story.is_, fact)
    assert story.is_.to_json() == before
