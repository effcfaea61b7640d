"""What holds in a place, in its own words: one answer for whoever works, takes calls or reports there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from contracts.codes import ReporterCategory, UnitKind, label_zh
from contracts.regions import region_names
from workflows.policy import PACKS, Policy, load_policy


@dataclass(frozen=True)
class Local:
    """The packs, and what the workflows are called nationwide."""

    policy: Policy
    titles: Mapping[str, str]

    def workflow_title(self, region: str, workflow: str) -> str:
        """As people there call it; one that is not known here stays as it is."""
        return self.policy.in_local_words(region, self.titles.get(workflow, workflow))

    def what_holds(self, region: str, now: datetime) -> dict[str, Any]:
        """Who answers which line at `now`, who leads and who must report, titles, words, mechanisms and age bands."""
        packs = self.policy.packs_of(region)
        return {
            "region": region,
            "title": region_names().get(region, region),
            "at": now,
            "packs": [pack.title for pack in packs],
            "has_own_pack": any(pack.jurisdiction == region[:6] for pack in packs),
            "hotlines": [self._line(region, number, now) for number in self.policy.table("hotlines", region)],
            "workflows": {name: self._workflow(region, name) for name in self.titles},
            "unit_titles": {kind.value: self.policy.term(region, kind) for kind in UnitKind},
            "terms": self.policy.table("terms", region),
            "features": self._rows("features", region),
            "age_bands": self._rows("age_bands", region),
        }

    def _line(self, region: str, number: str, now: datetime) -> dict[str, Any]:
        row = self.policy.table("hotlines", region)[number]
        return {
            "number": number,
            **row.model_dump(mode="json"),
            "operator_title": self.policy.term(region, row.operator),
            "answers_now": self.policy.answering_line(region, number, now),
            "answers_danger_now": self.policy.answering_line(region, number, now, danger=True),
        }

    def _workflow(self, region: str, name: str) -> dict[str, Any]:
        leads = self.policy.find_lead(region, name)
        return {
            "title": self.workflow_title(region, name),
            "leads": [self.policy.term(region, unit) for unit in leads.units] if leads else [],
            "must_report": {who: label_zh(ReporterCategory, who) for who in self.policy.reporters(region, name)},
        }

    def _rows(self, table: str, region: str) -> dict[str, Any]:
        return {name: row.model_dump(mode="json") for name, row in self.policy.table(table, region).items()}


def load_local() -> Local:
    """Raises PolicyError, UnreadableError."""
    return Local(load_policy(), read_titles())


def read_titles(folder: Path = PACKS.parent) -> dict[str, str]:
    """What each workflow is called, from the head of its file alone; `load_workflows` reads and proves the rest."""
    texts = (file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yaml")))
    heads = [yaml.safe_load(text.partition("\nopens:")[0]) for text in texts]
    return {head["workflow"]: head["title"] for head in heads}
