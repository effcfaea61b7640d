"""Points at which a process ends on purpose: exactly there, exactly then, and otherwise never."""

import ast
from pathlib import Path

import pytest

from services.platform import failpoints
from services.platform.failpoints import POINTS, STATUS, arm

SERVICES = Path(__file__).parents[2] / "services"


def test_the_process_ends_at_the_third_hit_and_at_no_other_point() -> None:
    ended: list[int] = []
    reach = arm("after_commit:3", ended.append)
    for point in ("after_commit", "before_commit", "before_commit", "before_commit", "after_commit"):
        reach(point)
    assert ended == []
    reach("after_commit")
    assert ended == [STATUS]


def test_several_points_may_be_armed() -> None:
    ended: list[int] = []
    reach = arm("before_send:1,after_send:2", ended.append)
    for point in ("before_send", "after_send", "after_send"):
        reach(point)
    assert ended == [STATUS, STATUS]


def test_a_process_may_be_stopped_instead() -> None:
    stopped: list[str] = []
    reach = arm("before_decode:2:stop", lambda _: stopped.append("ended"), lambda: stopped.append("stopped"))
    for _ in range(3):
        reach("before_decode")
    assert stopped == ["stopped"]


@pytest.mark.parametrize(
    "spec", ["before_decode:1:jump", "no_such_point:1", "after_commit", "after_commit:0", "after_commit:x"]
)
def test_a_point_that_could_never_be_hit_is_refused(spec: str) -> None:
    with pytest.raises(ValueError, match="LIANDONG_FAILPOINT"):
        arm(spec)


def test_nothing_is_counted_when_nothing_is_armed() -> None:
    assert arm("") is failpoints.reach


def test_every_point_is_in_the_code_once() -> None:
    """Once each, so that a hit is counted where the table says."""
    reached = [
        str(node.args[0].value)
        for path in SERVICES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "reach"
        if isinstance(node.args[0], ast.Constant)
    ]
    assert sorted(reached) == sorted(POINTS)
