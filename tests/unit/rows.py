"""One line for one row of a table: given a case, who does what, and how the case stands then."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from contracts.cases import ChildOpened
from tests.unit.stories import Story
from workflows.definition import Definition

Fields = dict[str, Any] | Callable[[Story], dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """`rules` are clocks that run then, `gone` clocks that do not; `tasks` are open then; `opens` is another case."""

    given: Callable[[], Story]
    action: str
    unit: str
    state: str
    accountable: str
    fields: Fields = field(default_factory=dict)
    rules: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    tasks: frozenset[str] = frozenset()
    opens: str | None = None

    def __str__(self) -> str:
        return f"{self.given.__name__}-{self.action}-{self.state}"


def row(
    given: Callable[[], Story],
    action: str,
    unit: str,
    state: str,
    accountable: str,
    *,
    rules: str = "",
    gone: str = "",
    tasks: str = "",
    opens: str | None = None,
    fields: Fields | None = None,
) -> Row:
    """Names are given as words of one string."""
    words = {"rules": rules, "gone": gone, "tasks": tasks}
    sets = {name: frozenset(text.split()) for name, text in words.items()}
    return Row(given, action, unit, state, accountable, fields or {}, opens=opens, **sets)


def check(line: Row) -> tuple[str, str, str]:
    """Takes the row and looks at the case; answers from where it led where."""
    story = line.given()
    source = story.is_.state
    story.act(line.action, line.unit, **(line.fields(story) if callable(line.fields) else line.fields))
    case, running = story.is_, story.rules()
    assert (case.state, case.accountable) == (line.state, line.accountable)
    assert line.rules <= running
    assert not line.gone & running
    assert line.tasks <= {task.kind for task in case.tasks.values()}
    opened = [child.workflow for child in story.last.of(ChildOpened)]
    assert opened == ([line.opens] if line.opens else [])
    return source, line.action, case.state


def missing(definition: Definition, lines: Iterable[Row]) -> set[tuple[str, str | None]]:
    """Rows that a unit takes and that no line takes, by name and target."""
    taken = {(line.action, line.state) for line in lines}
    stays = {line.action for line in lines}
    return {
        (r.name, r.to)
        for r in definition.actions
        if not r.timer and (r.name not in stays if r.to is None else (r.name, r.to) not in taken)
    }
