"""Charts of published figures as SVG: a bar per region, or a line over the years.

What has no number is drawn as what it is, never as 0: 不公布 is hatched over the whole axis, for it can be any number;
无数据 and 未满观察期 are words alone.
The drawing needs no script and no font of its own, so it prints and opens anywhere.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final
from xml.etree import ElementTree as ET

from contracts.codes import CellStatus
from contracts.releases import Cell, Definition, Release
from services.statistics.export import table

Point = tuple[float, float]

FONT: Final = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','SimHei',sans-serif"
INK: Final = "#222222"
QUIET: Final = "#666666"
FAINT: Final = "#DDDDDD"
FINAL: Final = "#1F5C99"
PROVISIONAL: Final = "#9CC3E6"
WIDTH: Final = 860
LEFT: Final = 120
RIGHT: Final = 90
TOP: Final = 96
ROW: Final = 30
BAR: Final = 18
LONGEST: Final = 570
"""Of a bar; behind it stands its number with what it is of."""


def to_bar_chart(release: Release, indicator: str, part: str) -> bytes:
    """One bar per county of a city, and its own above them. Raises `KeyError` for an indicator that is not in it."""
    definition = _definition(release, indicator, part)
    cells = [cell for cell in release.cells if cell.key == (indicator, part) and not cell.dimensions]
    cells.sort(key=lambda cell: cell.region)
    height = TOP + ROW * len(cells) + 76
    title = f"{table.place_zh(release.region)}{definition.title_zh}"
    svg = _canvas(height, title, table.period_zh(release.period), definition)
    top = _top(definition, cells)
    _add_scale(svg, top, TOP + ROW * len(cells))
    for at, cell in enumerate(cells):
        _add_bar(svg, TOP + at * ROW, cell, definition, LONGEST / top, own=cell.region == release.region)
    _add(svg, "line", x1=LEFT, x2=LEFT, y1=TOP - 6, y2=TOP + ROW * len(cells), stroke=QUIET)
    _add_legend(svg, height - 52, {table.status(cell) for cell in cells})
    _add_source(svg, height - 18, release)
    return _bytes(svg)


def to_line_chart(releases: Sequence[Release], indicator: str, part: str, projected: float | None = None) -> bytes:
    """The city's own figure, year by year, from its releases in order of time. A gap breaks the line.

    `projected` is what the year after the last may bring, on a dashed line.

    Raises `KeyError` for an indicator that the last release does not have.
    """
    last = releases[-1]
    definition = _definition(last, indicator, part)
    cells = [table.own_cells(one).get((indicator, part)) for one in releases]
    title = f"{table.place_zh(last.region)}{definition.title_zh}"
    years = f"{table.period_zh(releases[0].period)}至{table.period_zh(last.period)}"
    svg = _canvas(HEIGHT, title, years, definition)
    top = _top(definition, [cell for cell in cells if cell], projected or 0)
    _add_grid(svg, top)
    step = (WIDTH - LEFT - RIGHT - 2 * INSET) / max(1, len(releases) - (projected is None))
    line = _add(svg, "g", stroke=FINAL, stroke_width=2)
    points: list[Point | None] = []
    for at, (release, cell) in enumerate(zip(releases, cells, strict=True)):
        x = LEFT + INSET + at * step
        _add_text(svg, x, BOTTOM + 22, table.period_zh(release.period), anchor="middle")
        points.append(_add_point(svg, x, cell, definition, top))
    for before, after in pairwise(points):
        if before and after:
            _add(line, "line", x1=before[0], y1=before[1], x2=after[0], y2=after[1])
    if projected is not None:
        x = LEFT + INSET + len(releases) * step
        _add_projection(svg, points[-1], x, projected, top)
        _add_text(svg, x, BOTTOM + 22, f"{int(last.period[:4]) + 1}年（预计）", anchor="middle")
    _add_legend(svg, HEIGHT - 52, {table.status(cell) for cell in cells if cell})
    _add_source(svg, HEIGHT - 18, last)
    return _bytes(svg)


def _definition(release: Release, indicator: str, part: str) -> Definition:
    return {one.key: one for one in release.definitions}[indicator, part]


def _top(definition: Definition, cells: Sequence[Cell], least: float = 0) -> float:
    """Where the axis ends: at 100 for a share, else four round steps up that hold all. It always begins at 0."""
    most = max(least, *(cell.value or 0 for cell in cells), 0)
    steps = (part * 10**power for power in range(12) for part in (1, 2, 5))
    return 100 if definition.kind == "share" else 4 * next(step for step in steps if 4 * step >= most)


# -- bars ----------------------------------------------------------------------------------------------------------


def _add_scale(svg: ET.Element, top: float, bottom: float) -> None:
    for quarter in range(1, 5):
        x = LEFT + LONGEST * quarter / 4
        _add(svg, "line", x1=x, x2=x, y1=TOP - 6, y2=bottom, stroke=FAINT)
    for quarter in range(5):
        x = LEFT + LONGEST * quarter / 4
        _add_text(svg, x, TOP - 12, table.number(top * quarter / 4), anchor="middle", size=12, fill=QUIET)


def _add_bar(svg: ET.Element, y: float, cell: Cell, definition: Definition, scale: float, *, own: bool) -> None:
    middle = y + BAR / 2 + 5
    _add_text(svg, LEFT - 10, middle, table.place_zh(cell.region), anchor="end", weight="bold" if own else "normal")
    if cell.value is not None:
        length = cell.value * scale
        _add(svg, "rect", x=LEFT, y=y, width=length, height=BAR, **_fill(cell))
        _add_text(svg, LEFT + length + 8, middle, _told(definition, cell), weight="bold" if own else "normal")
    else:
        if cell.status == CellStatus.SUPPRESSED:
            _add(svg, "rect", x=LEFT, y=y, width=LONGEST, height=BAR, fill="url(#hatched)")
        _add_word(svg, LEFT + 50, middle, table.shown(cell))


def _told(definition: Definition, cell: Cell) -> str:
    """`92.68（38/41）`, `5.50（23）`: the number and what it is of; a count has no more than itself."""
    of = [str(one) for one in (cell.numerator, cell.denominator) if one is not None]
    return table.printed(definition, cell) + (f"（{'/'.join(of)}）" if cell.denominator is not None else "")


def _fill(cell: Cell) -> dict[str, str]:
    if cell.status == CellStatus.PROVISIONAL:
        return {"fill": PROVISIONAL, "stroke": FINAL, "stroke_dasharray": "4 3"}
    return {"fill": FINAL}


# -- lines -----------------------------------------------------------------------------------------------------------

HEIGHT: Final = 420
BOTTOM: Final = HEIGHT - 112
INSET: Final = 40
MIDDLE: Final = (TOP + BOTTOM) / 2
"""Where a word stands in place of a point: far from 0."""


def _add_grid(svg: ET.Element, top: float) -> None:
    for quarter in range(5):
        y = BOTTOM - (BOTTOM - TOP) * quarter / 4
        _add(svg, "line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, stroke=FAINT if quarter else QUIET)
        _add_text(svg, LEFT - 10, y + 5, table.number(top * quarter / 4), anchor="end", fill=QUIET)


def _add_point(svg: ET.Element, x: float, cell: Cell | None, definition: Definition, top: float) -> Point | None:
    """Where the point is, or None where there is a word in place of it."""
    if cell is None or cell.value is None:
        words = table.shown(cell) if cell else CellStatus.NO_DATA.label_zh
        if cell and cell.status == CellStatus.SUPPRESSED:
            _add(svg, "rect", x=x - 18, y=TOP, width=36, height=BOTTOM - TOP, fill="url(#hatched)")
        _add_word(svg, x, MIDDLE, words)
        return None
    y = BOTTOM - (BOTTOM - TOP) * cell.value / top
    _add(svg, "circle", cx=x, cy=y, r=5, fill=_fill(cell)["fill"], stroke=FINAL, stroke_width=2)
    _add_text(svg, x, y - 12, table.printed(definition, cell), anchor="middle")
    return x, y


def _add_projection(svg: ET.Element, last: Point | None, x: float, value: float, top: float) -> None:
    """A hollow point: nobody has counted it."""
    y = BOTTOM - (BOTTOM - TOP) * min(value, top) / top
    if last:
        _add(svg, "line", x1=last[0], y1=last[1], x2=x, y2=y, stroke=FINAL, stroke_width=2, stroke_dasharray="6 5")
    _add(svg, "circle", cx=x, cy=y, r=5, fill="#FFFFFF", stroke=FINAL, stroke_width=2, stroke_dasharray="3 2")
    _add_text(svg, x, y - 12, table.number(value), anchor="middle", fill=QUIET)


# -- what both have --------------------------------------------------------------------------------------------------


def _canvas(height: float, title: str, period: str, definition: Definition) -> ET.Element:
    known = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {WIDTH} {height}", "role": "img", "lang": "zh"}
    svg = ET.Element("svg", known | {"width": str(WIDTH), "height": str(height), "font-family": FONT})
    _add(svg, "title").text = f"{title}（{period}）"
    hatched = _add(_add(svg, "defs"), "pattern", id="hatched", width=8, height=8, patternUnits="userSpaceOnUse")
    _add(hatched, "path", d="M0 8L8 0M-2 2L2 -2M6 10L10 6", stroke="#999999", stroke_width=1.5)
    _add(svg, "rect", x=0, y=0, width=WIDTH, height=height, fill="#FFFFFF")
    _add_text(svg, WIDTH / 2, 34, title, anchor="middle", size=20, weight="bold")
    _add_text(svg, WIDTH / 2, 60, f"{period}　单位：{definition.unit_zh}", anchor="middle", fill=QUIET)
    return svg


def _add_legend(svg: ET.Element, y: float, statuses: set[CellStatus]) -> None:
    """Only of what the chart shows."""
    x = float(LEFT)
    for status in (CellStatus.FINAL, CellStatus.PROVISIONAL, CellStatus.SUPPRESSED):
        if status in statuses:
            fill = {CellStatus.FINAL: FINAL, CellStatus.PROVISIONAL: PROVISIONAL}.get(status, "url(#hatched)")
            words = "不公布（为保护当事人隐私）" if status == CellStatus.SUPPRESSED else status.label_zh
            _add(svg, "rect", x=x, y=y - 11, width=22, height=12, fill=fill, stroke=QUIET)
            _add_text(svg, x + 28, y, words, size=13, fill=QUIET)
            x += 28 + 13 * len(words) + 26


def _add_source(svg: ET.Element, y: float, release: Release) -> None:
    _add_text(svg, LEFT, y, f"资料来源：{table.SOURCE}。{table.imprint(release)}", size=12, fill=QUIET)


def _add_word(svg: ET.Element, x: float, y: float, words: str) -> None:
    """In place of a number, on a white ground."""
    width = 14 * len(words) + 8
    _add(svg, "rect", x=x - width / 2, y=y - 15, width=width, height=20, fill="#FFFFFF")
    _add_text(svg, x, y, words, anchor="middle", fill=QUIET)


def _add_text(
    svg: ET.Element,
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    size: int = 14,
    weight: str = "normal",
    fill: str = INK,
) -> None:
    _add(svg, "text", x=x, y=y, text_anchor=anchor, font_size=size, font_weight=weight, fill=fill).text = text


def _add(parent: ET.Element, tag: str, **attributes: str | float) -> ET.Element:
    """Attributes are written with `_` for `-`; lengths have two decimals."""
    return ET.SubElement(parent, tag, {name.replace("_", "-"): _text(value) for name, value in attributes.items()})


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else table.number(value)


def _bytes(svg: ET.Element) -> bytes:
    data: bytes = ET.tostring(svg, encoding="UTF-8", xml_declaration=True)
    return data + b"\n"
