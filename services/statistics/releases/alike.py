"""Which counts are of the same members by definition, or of those of others together: what one of them keeps back the
others must not tell. Pure.

Windows are no part of it: whoever waits is missing in one of two counts, and is in both when the year is final.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

from services.statistics.disclosure.model import Counted, Measure
from services.statistics.releases.dimensions import DIMENSIONS
from services.statistics.releases.figures import Figure

_WHOM: Final = {"of", "in", "who", "each_of", "for_years", "years_later", "level", "place", "hours_to"}

Anchor = Mapping[str, Any]
Codes = tuple[bool, frozenset[Any]]
"""One of these, or none of them."""


def alike(figures: Iterable[Figure]) -> tuple[tuple[Counted, ...], ...]:
    """Each count with those that make it up, by the words of their declarations."""
    found: dict[str, list[Counted]] = {}
    among: defaultdict[tuple[str, str], dict[Codes, Counted]] = defaultdict(dict)
    for figure in figures:
        for count, cohort, anchors in _members(figure):
            found.setdefault(_text(cohort, anchors), []).append(count)
            for name, codes, rest in _without_one(anchors):
                among[_text(cohort, rest), name].setdefault(codes, count)
    pairs = [pair for group in found.values() for pair in combinations(group, 2)]
    return (*pairs, *(of for (rest, _), counts in among.items() for of in _divided(counts, found.get(rest, ()))))


def _without_one(anchors: Sequence[Anchor]) -> Iterator[tuple[str, Codes, list[Anchor]]]:
    """Of a single anchor each dimension that it asks for: its name, the codes, and the anchor without it."""
    for anchor in anchors if len(anchors) == 1 else ():
        for name, said in anchor.get("where", {}).items():
            where = {other: value for other, value in anchor["where"].items() if other != name}
            rest = {key: value for key, value in anchor.items() if key != "where"} | ({"where": where} if where else {})
            if codes := _find_codes(said):
                yield name, codes, [rest]


def _find_codes(said: Any) -> Codes | None:
    """None for a test about anything but codes."""
    if isinstance(said, dict):
        return (False, frozenset(said["not"])) if said.keys() == {"not"} else None
    return True, frozenset(said if isinstance(said, list) else [said])


def _divided(counts: Mapping[Codes, Counted], rest: Sequence[Counted]) -> Iterator[tuple[Counted, ...]]:
    """Some codes are each of them; what is not asked for its code is of some codes, and of all but these."""
    for (wanted, codes), some in counts.items():
        each = [counts.get((True, frozenset({code}))) for code in sorted(codes, key=str)]
        known = [one for one in each if one]
        if wanted and len(known) == len(each) > 1:
            yield (some, *known)
        if wanted and rest and (other := counts.get((False, codes))):
            yield (rest[0], some, other)


def _members(figure: Figure) -> Iterator[tuple[Counted, dict[str, Any], Sequence[Anchor]]]:
    """Each count of a figure, and whom it counts."""
    said = figure.wording
    if not said.get("each"):
        return
    cohort = {name: value for name, value in said.items() if name in _WHOM}
    if figure.kind in {"coverage", "ratio"} and "counts" in said:
        cohort["counts"] = said["counts"]
    yield from _with_lines(figure, "denominator", cohort, said["each"])
    narrowed = _narrow(said["each"], said.get("counts", {})) if figure.kind == "share" else None
    if narrowed:
        yield from _with_lines(figure, "numerator", cohort, narrowed)


def _with_lines(
    figure: Figure, measure: Measure, cohort: dict[str, Any], anchors: Sequence[Anchor]
) -> Iterator[tuple[Counted, dict[str, Any], Sequence[Anchor]]]:
    """The whole, and each code of its dimensions: those are counted whose anchor has it."""
    yield (*figure.key, measure, ()), cohort, anchors
    for name in figure.lines:
        for code in DIMENSIONS[name].codes:
            own = [one for one in anchors if _allows(one.get("where", {}).get(name), code)]
            with_it = [_both(one, {"step": one["step"], "where": {name: code}}) for one in own]
            if with_it:
                yield (*figure.key, measure, ((name, code),)), cohort, with_it


def _allows(said: Any, code: str) -> bool:
    codes = _find_codes(said) if said is not None else None
    return codes is None or (code in codes[1]) == codes[0]


def _narrow(anchors: Sequence[Anchor], counts: Mapping[str, Any]) -> list[Anchor] | None:
    """The anchors of those who count, where the condition is about nothing but the anchor itself."""
    ways = counts.get("any", [counts])
    if not all(way.keys() == {"is"} and way["is"].keys() <= {"step", "where"} for way in ways):
        return None
    pairs = [(anchor, way["is"]) for anchor in anchors for way in ways]
    return [both for anchor, way in pairs if (both := _both(anchor, way))["step"]]


def _both(anchor: Anchor, way: Anchor) -> dict[str, Any]:
    where = {**anchor.get("where", {}), **way.get("where", {})}
    both = {**anchor, "step": [step for step in anchor["step"] if step in way["step"]]}
    return both | ({"where": where} if where else {})


def _text(cohort: Mapping[str, Any], anchors: Sequence[Anchor]) -> str:
    return json.dumps([cohort, *sorted(json.dumps(one, sort_keys=True) for one in anchors)], sort_keys=True)
