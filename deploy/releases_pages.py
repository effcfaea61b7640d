"""What `liandong indicators` prints of releases: Chinese first, then English."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.table import Table

from contracts.codes import CellStatus, label_zh
from contracts.releases import Release
from deploy.indicators_pages import of_formula
from deploy.policy_pages import of_setting
from services.statistics.catalogue import Indicator
from services.statistics.export import table as words
from services.statistics.releases.compare import Change, Difference
from services.statistics.releases.edition import Edition
from services.statistics.releases.figures import Figure
from services.statistics.releases.publish import Proposal
from services.statistics.releases.reading import Compared, Expected, title_of
from workflows.policy import Policy

MOST_CHANGES = 50
"""Of one number; the API has all."""


def of_proposal(proposal: Proposal) -> Iterator[str]:
    yield f"{title_of(proposal.edition)}：已通过泄露检验，等待另一人签发。 / Somebody else must sign it off."
    statuses = proposal.statuses.items()
    yield "，".join(f"{label_zh(CellStatus, name)} / {name} {number}" for name, number in statuses if number)


def of_release(release: Release) -> Iterator[str]:
    yield f"{words.imprint(release)}，签发人 {release.signed_off_unit} {release.signed_off_worker}。 / Published."


def of_files(paths: Sequence[Path], folder: Path) -> Iterator[str]:
    """Each file of a folder; of a folder in it only how many it has."""
    for parent, files in groupby(paths, key=lambda path: path.parent):
        if parent == folder:
            yield from map(str, files)
        else:
            yield f"{parent}：{len(list(files))} 个文件 / files"


def of_comparison(found: Compared, *, traceable: bool) -> Iterator[str | Table]:
    yield f"{title_of(found.edition)}（{found.edition.published_on}）与现在已知的比较 / as published and as now known"
    for indicator, part in found.reworded:
        yield f"口径或参数已变 / defined or set otherwise now: {indicator}/{part}"
    if not found.differences and not found.changes:
        yield "没有变化。 / Nothing has changed."
        return
    yield _differences(found)
    for (indicator, part), changes in groupby(found.changes, key=lambda one: (one.indicator, one.part)):
        yield from _changes(f"{indicator}/{part}", list(changes), traceable=traceable)


def _differences(found: Compared) -> Table:
    told = {(*cell.key, cell.region): cell for cell in found.published.cells if not cell.dimensions}
    table = Table("指标 / number", "地区 / region", "已发布 / published", "当时 / then", "现在 / now")
    for one in found.differences:
        cell = told.get((one.indicator, one.part, one.region))
        place = f"{words.place_zh(one.region)} {one.region}"
        table.add_row(f"{one.indicator}/{one.part}", place, words.shown(cell) if cell else "—", *_counts(one))
    return table


def _counts(one: Difference) -> tuple[str, str]:
    """Numerator and denominator; a plain count has its number in the second."""
    was, now = ("/".join(str(number) for number in counts) for counts in (one.was, one.now))
    return was, now


def _changes(name: str, changes: Sequence[Change], *, traceable: bool) -> Iterator[str]:
    yield f"{name}："
    yield from (f"  {change.describe(traceable=traceable)}" for change in changes[:MOST_CHANGES])
    if len(changes) > MOST_CHANGES:
        yield f"  …… {len(changes) - MOST_CHANGES} more"


def of_definition(
    key: str, indicator: Indicator, figures: Sequence[Figure], policy: Policy, city: str
) -> Iterator[str]:
    """In words, with every setting and the pack that gives it."""
    yield f"{key}　{indicator.title} / {indicator.title_en}"
    yield indicator.meaning
    yield from of_formula(indicator)
    for name in indicator.settings:
        yield f"参数 / setting {name}: {_setting(policy, city, key, name)}"
    for figure in figures:
        by = f"，按 / by {'、'.join(figure.lines)}" if figure.lines else ""
        counts = figure.definition.unit_zh
        yield f"  {figure.part} v{figure.version}　{figure.title_zh} / {figure.title_en}（{figure.kind}，{counts}{by}）"


def _setting(policy: Policy, city: str, key: str, name: str) -> str:
    """With the nearest pack that says it, and in what words it cites its source."""
    said = [
        (pack.statistics.settings[key][name], pack.title, pack.statistics.article)
        for pack in policy.packs_of(city)
        if pack.statistics and name in pack.statistics.settings.get(key, {})
    ]
    if not said:
        return "—"
    setting, title, article = said[-1]
    return f"{of_setting(setting)} / {setting.unit}（{title}：{article}）"


def of_counts(rows: Sequence[tuple[Figure, str, tuple[int, int]]], told: dict[tuple[str, str, str], str]) -> Table:
    table = Table("分项 / part", "地区 / region", "分子 / numerator", "分母 / denominator", "已发布 / published")
    for figure, region, (numerator, denominator) in rows:
        place = f"{words.place_zh(region)} {region}"
        shown = told.get((*figure.key, region), "—")
        first = str(numerator) if figure.kind == "share" else "—"
        table.add_row(figure.part, place, first, str(denominator), shown)
    return table


def of_members(part: str, members: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield f"{part}：{len(members)} 个对象 / members"
    for one in members:
        counted = "计入 / counts" if one["in_numerator"] else "未计入 / does not"
        waits = "" if one["in_denominator"] else f"，等到 / waits until {one['matures_on']}"
        yield f"  案件 / case {one['case_id']}　{words.place_zh(one['region'])}　{counted}{waits}"


def of_expected(expected: Sequence[Expected]) -> Iterator[str]:
    warned = [one for one in expected if one.warnings]
    yield f"预警 / warnings: {len(warned)}（{len(expected)} 项指标 / numbers）"
    for one in warned:
        years = "，".join(f"{year}: {value:g}" for year, value in one.years.items())
        yield f"{one.figure.indicator}/{one.figure.part}　{one.figure.title_zh}（{years}）"
        for warning in one.warnings:
            yield f"  {warning.zh} / {warning.en}"


def of_editions(editions: Sequence[Edition]) -> Iterator[str]:
    for one in editions:
        signed = f"，签发 / signed {one.signed.unit} {one.signed.worker} {one.published_on}" if one.signed else ""
        proposed = f"提出 / proposed {one.proposed.unit} {one.proposed.worker} {one.proposed_on}"
        yield f"{title_of(one)}　{one.stage}　{proposed}{signed}　{one.reason}".rstrip()
