"""Statements as CSV: UTF-8, one a line, under a head that names the columns in English or Chinese. Pure."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pydantic import ValidationError

from contracts.base import Contract
from contracts.denominators import DenominatorStated
from contracts.external import ExternalValueStated
from services.statistics.catalogue import KEEPERS, Target
from services.statistics.feeds.errors import WHOLE_FILE, Fault, FeedError, faults_of
from services.statistics.feeds.external import Reported, ordinal
from services.statistics.feeds.model import Row
from workflows.wording import nearest

WORDS: Final = frozenset({"序号", "主要统计指标", "单位"})
"""Columns that are there for whoever fills the file in, and are not read."""


def read_denominators(data: bytes) -> list[Row]:
    """The rows of a file. Raises `FeedError` with everything that is wrong, each with its line and column."""
    return _read_rows(data, DenominatorStated)


def read_external(data: bytes) -> list[Row]:
    """The same; a line without a value has not been filled in, and is passed over."""
    return _read_rows(data, ExternalValueStated, words=WORDS, optional="value")


def _read_rows(
    data: bytes, model: type[Contract], *, words: frozenset[str] = frozenset(), optional: str = ""
) -> list[Row]:
    """`words` are columns that are not read; a line whose column `optional` is empty is passed over."""
    lines = _lines(data)
    columns = _columns(lines[0][1], model, words)
    rows, faults = [], []
    for number, cells in lines[1:]:
        values = {columns[at]: cell.strip() for at, cell in enumerate(cells) if at in columns and cell.strip()}
        if len(cells) != len(lines[0][1]):
            zh, en = f"应有 {len(lines[0][1])} 列。", f"must have {len(lines[0][1])} columns."
            faults.append(Fault(number, WHOLE_FILE, "columns_wrong", zh, en))
        elif not optional or optional in values:
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


# -- the plans' tables --------------------------------------------------------------------------------------------

_TEMPLATE: Final = ("target", "序号", "主要统计指标", "单位", "year", "value", "unit", "document", "worker", "revision")


def write_template(rows: Iterable[Reported], year: int) -> str:
    """A file to fill in: a line for each row of a table; whatever has been stated of it is in its line already.

    The head is in Chinese, and so that a spreadsheet sees UTF-8 the text begins with a byte order mark.
    """
    out = io.StringIO()
    titles = {name: field.title for name, field in ExternalValueStated.model_fields.items()}
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([titles.get(name, name) for name in _TEMPLATE])
    for row in rows:
        target, said = row.target, row.newest
        words = {"target": target.id, "序号": ordinal(target), "主要统计指标": target.name, "单位": target.unit}
        given = said.model_dump(exclude_none=True) if said else {"unit": _keeper(target), "revision": 1}
        writer.writerow([(words | given | {"year": year}).get(name, "") for name in _TEMPLATE])
    return "\ufeff" + out.getvalue()


def _keeper(target: Target) -> str:
    """The unit whose number it is, where the catalogue names one."""
    return next((f"{KEEPERS[keeper]}@{target.region}" for keeper in target.keepers), "")
