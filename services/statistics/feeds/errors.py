"""What can be wrong with what is told.

FeedError
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pydantic import ValidationError

from services.platform.problems import explain

WHOLE_FILE = "file"
"""In place of a column: what is wrong is the file."""


class Fault(NamedTuple):
    """What is wrong where, and what would be right. `row` is the line of a file or the position in a list, from 1."""

    row: int
    column: str
    code: str
    zh: str
    en: str

    def __str__(self) -> str:
        return self.tell({})

    def tell(self, titles: Mapping[str, str]) -> str:
        """`titles` are what the columns are called in Chinese."""
        zh, en = self.zh.rstrip("。"), self.en.rstrip(".")
        column = titles.get(self.column, self.column)
        return f"第 {self.row} 行 {column}：{zh} / row {self.row}, {self.column}: {en}"


class FeedError(ValueError):
    """Nothing of it was taken in. `faults` are all that were found, in order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(map(str, self.faults)))


def faults_of(row: int, error: ValidationError) -> Iterator[Fault]:
    """What a contract refused, in words."""
    for detail in error.errors():
        words = explain(detail)
        column = ".".join(map(str, detail["loc"])) or WHOLE_FILE
        yield Fault(row, column, detail["type"], words["zh"], words["en"])
