"""The clients' operation log: what was sent and how it was answered, one JSON object a line."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal, TextIO

import httpx

Outcome = Literal["ok", "fail", "info"]
"""`fail`: refused, so it must have no effect. `info`: no answer, so it may have had one or not."""


@dataclass
class Journal:
    """`counts` by kind and outcome."""

    file: TextIO
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def write(self, kind: str, outcome: Outcome, **more: Any) -> None:
        self.counts[kind, outcome] += 1
        line = {"kind": kind, "outcome": outcome, "accepted": outcome == "ok", **more}
        self.file.write(json.dumps(line, default=str, ensure_ascii=False) + "\n")

    def note(self, kind: str, **more: Any) -> None:
        """Something that was seen, not done."""
        self.file.write(json.dumps({"kind": kind, **more}, default=str, ensure_ascii=False) + "\n")


def outcome_of(answer: httpx.Response | None) -> Outcome:
    if answer is None or answer.status_code >= 500 or answer.status_code == 429:
        return "info"
    return "ok" if answer.is_success else "fail"
