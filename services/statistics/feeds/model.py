"""How a statement compares with what was stated before. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, TypeVar

from contracts.denominators import DenominatorStated
from contracts.external import ExternalValueStated
from contracts.refusals import Refusal
from services.statistics.feeds.errors import Fault

Statement = DenominatorStated | ExternalValueStated
S = TypeVar("S", DenominatorStated, ExternalValueStated)

Place = tuple[Any, ...]
"""What a statement is the number of."""

Check = Callable[[S, date], Iterator[Refusal]]
"""What the contract alone cannot say against a statement, on a domain date."""


class Row(NamedTuple):
    """A statement and where it stood: the line of a file or the position in a list, from 1."""

    number: int
    said: Any


@dataclass(frozen=True)
class Settled:
    """`new` is what is to be stored; `repeated` are the rows that say what is stored already."""

    new: list[Row] = field(default_factory=list)
    repeated: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def settle(rows: Iterable[Row], stored: Iterable[Statement], check: Check[Any], today: date) -> Settled:
    """Compare rows, in order, with what is stored at their places and with the rows before them."""
    known: dict[Place, dict[int, Statement]] = {}
    for one in stored:
        known.setdefault(one.place, {})[one.revision] = one
    settled = Settled()
    for row in rows:
        revisions = known.setdefault(row.said.place, {})
        refusals = [*check(row.said, today), *_contradictions(row.said, revisions)]
        if refusals:
            settled.faults.extend(_fault(row.number, refusal) for refusal in refusals)
        elif row.said.revision in revisions:
            settled.repeated.append(row)
        else:
            revisions[row.said.revision] = row.said
            settled.new.append(row)
    return settled


def _contradictions(said: Statement, revisions: Mapping[int, Statement]) -> Iterator[Refusal]:
    last = max(revisions, default=0)
    same = revisions.get(said.revision)
    if same is not None and same != said:
        newer = revisions[last]
        yield Refusal(
            "stated_differently",
            ("value",),
            f"同一项已报 {newer.value}（{newer.document}，第 {last} 次），与此不同；如为更正，修订应为 {last + 1}。",
            f"stated before as {newer.value} ({newer.document}, revision {last}); a correction has {last + 1}.",
        )
    elif same is None and said.revision < last:
        yield Refusal(
            "older_revision",
            ("revision",),
            f"已有第 {last} 次修订，不能再报更早的；如为更正，修订应为 {last + 1}。",
            f"revision {last} is stored already; a correction has revision {last + 1}.",
        )


def _fault(number: int, refusal: Refusal) -> Fault:
    return Fault(number, ".".join(map(str, refusal.where)), refusal.code, refusal.zh, refusal.en)


def not_yet(said: Statement, today: date) -> Iterator[Refusal]:
    """Nothing is stated of a year that has not begun. `today` is a domain date in Shanghai."""
    if said.year > today.year:
        zh, en = f"{said.year} 年尚未开始，请改正年度。", f"{said.year} has not begun; correct the year."
        yield Refusal("year_in_future", ("year",), zh, en)


def newest(statements: Iterable[S]) -> list[S]:
    """Of each place the highest revision, in the order of places."""
    last: dict[Place, S] = {}
    for one in statements:
        if one.place not in last or one.revision > last[one.place].revision:
            last[one.place] = one
    return [last[place] for place in sorted(last)]
