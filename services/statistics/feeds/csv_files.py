"""Statements as CSV: UTF-8, one a line, under a head that names the columns in English or Chinese. Pure."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from contracts.base import Contract
from contracts.codes import DenominatorName
from contracts.denominators import DenominatorStated
from contracts.external import ExternalValueStated
from contracts.regions import region_level
from services.statistics.catalogue import KEEPERS, Target
from services.statistics.feeds.errors import WHOLE_FILE, Fault, FeedError, faults_of
from services.statistics.feeds.external import Reported, ordinal
from services.statistics.feeds.model import Row
from workflows.wording import nearest


def read_denominators(data: bytes) -> list[Row]:
    """The rows of a file. A line without a value has not been filled in, and is passed over.

    Raises `FeedError` with everything that is wrong, each with its line and column.
    """
    return _read_rows(data, DenominatorStated, frozenset({"含义"}))


def read_external(data: bytes) -> list[Row]:
    """The same."""
    return _read_rows(data, ExternalValueStated, frozenset({"序号", "主要统计指标", "单位"}))


def _read_rows(data: bytes, model: type[Contract], words: frozenset[str]) -> list[Row]:
    """`words` are columns that are there for whoever fills the file in, and are not read."""
    lines = _lines(data)
    columns = _columns(lines[0][1], model, words)
    rows, faults = [], []
    for number, cells in lines[1:]:
        values = {columns[at]: cell.strip() for at, cell in enumerate(cells) if at in columns and cell.strip()}
        if len(cells) != len(lines[0][1]):
            zh, en = f"应有 {len(lines[0][1])} 列。", f"must have {len(lines[0][1])} columns."
            faults.append(Fault(number, WHOLE_FILE, "columns_wrong", zh, en))
        elif "value" in values:
            try:
                rows.append(Row(number, model.model_validate_strings(values)))
            except ValidationError as error:
                faults += faults_of(number, error)
    if faults or not rows:
        raise FeedError(faults or [Fault(1, WHOLE_FILE, "no_rows", "没有数据行。", "has no rows of data.")])
    return rows


def _lines(data: bytes) -> list[tuple[int, list[str]]]:
    """The number and the cells of every line that is not blank; the first is the head."""
    try:
        reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        return [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))] or [(1, [])]
    except UnicodeDecodeError as error:
        zh, en = "不是 UTF-8，请另存为“CSV UTF-8”。", "is not UTF-8; save it as CSV UTF-8."
        raise FeedError([Fault(1, WHOLE_FILE, "not_utf_8", zh, en)]) from error
    except csv.Error as error:
        zh, en = "不是 CSV，请检查引号和逗号。", f"is no CSV ({error}); look at quotes and commas."
        raise FeedError([Fault(reader.line_num, WHOLE_FILE, "not_csv", zh, en)]) from error


def _columns(head: Sequence[str], model: type[Contract], words: frozenset[str]) -> dict[int, str]:
    """Which field stands in which column. Raises `FeedError` for a column that is none, stands twice or is missing."""
    fields = {title: name for name, field in model.model_fields.items() for title in (name, field.title)}
    columns = {at: fields[title.strip()] for at, title in enumerate(head) if title.strip() in fields}
    faults = [_unknown(title, fields) for title in head if title.strip() not in fields.keys() | words]
    for name, field in model.model_fields.items():
        found = [*columns.values()].count(name)
        if not found and field.is_required():
            faults.append(Fault(1, name, "column_missing", f"缺少这一列（{field.title}）。", "is missing."))
        elif found > 1:
            faults.append(Fault(1, name, "column_twice", "这一列重复。", "stands twice."))
    if faults:
        raise FeedError(faults)
    return columns


def _unknown(title: str, fields: Mapping[str | None, str]) -> Fault:
    near, _ = nearest(title, filter(None, fields))
    zh, en = f"没有这一列；可用：{near}。", f"is no column; known: {', '.join(dict.fromkeys(fields.values()))}."
    return Fault(1, title or WHOLE_FILE, "column_unknown", zh, en)


# -- files to fill in ---------------------------------------------------------------------------------------------

_DENOMINATORS: Final = ("name", "含义", "region", "year", "band", "value", "as_of", "unit", "document", "revision")
_EXTERNAL: Final = ("target", "序号", "主要统计指标", "单位", "year", "value", "unit", "document", "worker", "revision")


def write_denominators(
    wanted: Iterable[tuple[str, str]], stated: Iterable[DenominatorStated], region: str, year: int
) -> str:
    """A line for each number, by name and band, that something is divided by and that such a division states.

    Whatever has been stated of it is in its line already.
    """
    said = {one.place: one for one in stated}
    own = {name.value: name for name in DenominatorName if region_level(region) in name.levels}
    lines = []
    for name, band in sorted(one for one in wanted if one[0] in own):
        before = said.get((name, region, year, band))
        given = before.model_dump(exclude_none=True) if before else {"band": band, "revision": 1}
        words = {"name": name, "含义": own[name].label_zh, "region": region, "year": year}
        lines.append(words | given)
    return _write(_DENOMINATORS, DenominatorStated, lines)


def write_external(rows: Iterable[Reported], year: int) -> str:
    """A line for each row of a table; whatever has been stated of it is in its line already."""
    lines = []
    for row in rows:
        target, said = row.target, row.newest
        words = {"target": target.id, "序号": ordinal(target), "主要统计指标": target.name, "单位": target.unit}
        given = said.model_dump(exclude_none=True) if said else {"unit": _keeper(target), "revision": 1}
        lines.append(words | given | {"year": year})
    return _write(_EXTERNAL, ExternalValueStated, lines)


def _write(columns: Sequence[str], model: type[Contract], lines: Iterable[Mapping[str, Any]]) -> str:
    """Under a head in Chinese; so that a spreadsheet sees UTF-8 the text begins with a byte order mark."""
    out = io.StringIO()
    titles = {name: field.title for name, field in model.model_fields.items()}
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([titles.get(name, name) for name in columns])
    writer.writerows([line.get(name, "") for name in columns] for line in lines)
    return "\ufeff" + out.getvalue()


def _keeper(target: Target) -> str:
    """The unit whose number it is, where the catalogue names one."""
    return next((f"{KEEPERS[keeper]}@{target.region}" for keeper in target.keepers), "")
