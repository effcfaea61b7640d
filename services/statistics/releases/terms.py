"""On which terms a release may be proposed and signed off. Pure; whatever is wrong is said by a `RefusedError`."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from contracts.base import WORKER_PATTERN, is_unit
from contracts.identity import is_same_number, names_a_person
from contracts.releases import Release
from services.platform.events import MAX_VALUE_BYTES
from services.statistics import catalogue
from services.statistics.releases.dimensions import GRID
from services.statistics.releases.edition import Edition, Frozen, Person
from services.statistics.releases.errors import NotThereError, RefusedError
from services.statistics.releases.figures import Figure
from services.statistics.releases.grid import Scope, Waits

_SPOKEN_OF = 5


def get_scope(city: str, period: str) -> Scope:
    """By a city's name or code. Raises `NotThereError` for a city without a plan, `RefusedError` for a wrong period."""
    try:
        region = catalogue.get_city(city)
    except catalogue.CatalogueError as error:
        raise NotThereError("city_unknown", error.zh, error.en) from error
    if not re.fullmatch(r"20[0-9]{2}(-S[12])?", period):
        raise RefusedError(
            "period_wrong",
            f"统计期“{period}”有误，应为 2026、2026-S1（上半年）或 2026-S2（下半年）。",
            f"{period!r} is no period; write 2026, 2026-S1 or 2026-S2.",
        )
    return Scope(region, period)


def refuse_person(by: Person) -> None:
    """Who acts is a unit and the number of one of its workers, and no name."""
    number = re.fullmatch(WORKER_PATTERN, by.worker) and any(letter.isdigit() for letter in by.worker)
    if not number or names_a_person(by.worker) or not is_unit(by.unit):
        raise RefusedError(
            "person_wrong",
            "经办人应为单位（如 statistics@330300）和工号（如 T001）：字母、数字，至少含一位数字，"
            "不能是姓名、身份证号或手机号。",
            "Who acts is a unit, such as statistics@330300, and a worker's number, such as T001: letters and digits, "
            "with at least one digit, never a name, an identity number or a telephone.",
        )


def refuse_unfinished(scope: Scope, today: date, as_of: date) -> None:
    period, end = scope.period, scope.ends_on
    if min(today, as_of) <= end:
        raise RefusedError(
            "period_unfinished",
            f"统计期 {period} 到 {end} 才结束（今天 {today}，数据截至 {as_of}），结束之前不得发布。",
            f"{period} ends on {end}; today is {today} and windows have run out up to {as_of}. Nothing leaves before.",
        )


def refuse_waiting(waits: Sequence[Waits], scope: Scope, *, provisional: bool) -> None:
    """A final edition leaves nobody out; a provisional one says where somebody is."""
    own = [one for one in waits if one.half in scope.halves]
    if own and not provisional:
        parts = sorted({f"{one.indicator}/{one.part}" for one in own})
        named, until = "、".join(parts[:_SPOKEN_OF]), max(one.until for one in own)
        raise RefusedError(
            "immature",
            f"{len(parts)} 项指标仍有对象未满观察期（{named} 等，最迟 {until}），不能作为最终数发布；"
            "可发布初步版（--provisional），这些单元格标为“未满观察期”。",
            f"{len(parts)} numbers still wait for windows, the last until {until} ({', '.join(parts[:_SPOKEN_OF])}); "
            "a provisional edition can go out, with these cells marked immature.",
        )


def refuse_rewording(figures: Sequence[Figure], wordings: Mapping[tuple[str, str, int], Mapping[str, object]]) -> None:
    """A definition that was published keeps its meaning; another cohort is another version."""
    for figure in figures:
        before = wordings.get((*figure.key, figure.version))
        if before is not None and before != figure.wording:
            raise RefusedError(
                "definition_changed",
                f"指标 {figure.indicator}/{figure.part} 第 {figure.version} 版的口径已随发布固定，现在的定义与之不同；"
                "口径有变请提高 version。",
                f"{figure.indicator}/{figure.part} was published as version {figure.version} with another definition; "
                "a new definition needs a new version.",
            )


def refuse_edition(editions: Sequence[Edition], reason: str) -> None:
    """A first edition needs no reason; a later one does, and the grid of the first."""
    published = [one for one in editions if one.stage == "published"]
    if not published:
        return
    if not reason.strip():
        raise RefusedError(
            "reason_missing",
            f"第 {published[-1].edition} 版已经发布；发布新版次须写明理由（--reason）。",
            f"Edition {published[-1].edition} is out; a new edition needs a reason (--reason).",
        )
    if published[-1].frozen.grid != GRID:
        raise RefusedError(
            "grid_changed",
            f"已发布版次的统计格为第 {published[-1].frozen.grid} 版，现为第 {GRID} 版；同一统计期不得更换统计格。",
            f"The published edition has grid {published[-1].frozen.grid}, now it is {GRID}; one period keeps one grid.",
        )


def refuse_unchanged(last: Release, new: Release, before: Frozen, after: Frozen) -> None:
    """Whether what would leave is what has left."""
    said = {"cells", "definitions", "dimensions"}
    same_figures = last.model_dump(include=said) == new.model_dump(include=said)
    kept = {"plans", "sentences", "stated", "provisional", "figures"}
    then, now = (one.model_dump(mode="json", include=kept) for one in (before, after))
    if same_figures and then == now:
        raise RefusedError(
            "unchanged",
            f"与第 {last.edition} 版相比没有任何变化，不需要新的版次。",
            f"Nothing has changed since edition {last.edition}; no new edition is needed.",
        )


def refuse_too_large(release: Release) -> None:
    for message in release.split():
        if (size := len(message.to_json())) > MAX_VALUE_BYTES:
            raise RefusedError(
                "too_large",
                f"指标 {message.indicator} 的发布内容有 {size} 字节，超过一条消息的上限 {MAX_VALUE_BYTES}。",
                f"What is released of {message.indicator} has {size} bytes; a message has at most {MAX_VALUE_BYTES}.",
            )


def refuse_signing(proposal: Edition, by: Person, history: Sequence[int]) -> None:
    """Not by who proposed it, and not when anything went out that it was not checked against."""
    if by.unit == proposal.proposed.unit and is_same_number(by.worker, proposal.proposed.worker):
        raise RefusedError(
            "same_person",
            f"提出人（{by.unit} {by.worker}）不能签发自己提出的发布，须由另一人签发。",
            f"{by.unit} {by.worker} proposed this release; somebody else must sign it off.",
        )
    if tuple(history) != proposal.history:
        raise RefusedError(
            "history_changed",
            "提出之后又有其他发布，泄露检验须重新进行；请重新提出。",
            "Something else was published since, and the check did not know of it; propose again.",
        )
    if proposal.frozen.grid != GRID:
        raise RefusedError(
            "grid_changed",
            f"提出时的统计格为第 {proposal.frozen.grid} 版，现为第 {GRID} 版；请重新提出。",
            f"It was proposed with grid {proposal.frozen.grid}, now it is {GRID}; propose again.",
        )
