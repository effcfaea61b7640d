"""A minute of chaos with a fixed seed, and a death at every failpoint, on the real system."""

import pytest

from deploy.verify import Verdict
from services.platform.failpoints import POINTS
from tests.chaos.every_point import Passed, run_every_point
from tests.chaos.run import Ended, run
from tests.folders import open_folder

SEED = 4
SECONDS = 40.0


@pytest.fixture(scope="module")
async def ended() -> Ended:
    with open_folder() as folder:
        return await run(SEED, SECONDS, folder / "chaos", nodes=1, rate=6)


@pytest.fixture(scope="module")
async def passed(ended: Ended) -> Passed:  # noqa: ARG001 - one after the other
    with open_folder() as folder:
        return await run_every_point(folder / "points", sample=True)


def differences(verdict: Verdict) -> list[str]:
    return [f"{check.name} {line}" for check in verdict.checks for line in check.differences]


def test_a_minute_of_chaos_violates_nothing(ended: Ended) -> None:
    assert differences(ended.verdict) == []
    assert ended.summary.endswith(" 0 violations")


def test_every_invariant_was_asked(ended: Ended) -> None:
    assert [check.en for check in ended.verdict.checks if not check.count] == []


def test_things_were_broken_while_reports_came_in(ended: Ended) -> None:
    assert ended.kills > 0
    assert ended.sent["report", "ok"] > 0
    assert sum(ended.verdict.outcomes.values()) == ended.verdict.consumed.count


def test_every_failpoint_was_hit(passed: Passed) -> None:
    assert passed.missed == []
    assert {point for point, _ in passed.statuses} == set(POINTS)


def test_dying_at_any_point_violates_nothing(passed: Passed) -> None:
    assert differences(passed.verdict) == []
