"""The figures of a demonstration, counted from the case log. Pure; nothing in them names an id or a wall time."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from contracts import cases
from deploy.demo.stories import stories
from workflows.model import Case, evolve

Counts = Counter[str]


@dataclass
class DeadlineCount:
    """What became of the clocks of one rule. `late`: breached, and the duty was done afterwards."""

    title: str
    article: str
    law_class: str
    started: int = 0
    in_time: int = 0
    breached: int = 0
    late: int = 0
    fell_away: int = 0
    provisional: int = 0

    @property
    def running(self) -> int:
        """Neither ended nor missed yet."""
        return self.started - self.in_time - self.breached - self.fell_away


@dataclass
class Ledger:
    """Everything counted, fact by fact.

    `paths` are the states a case went through; `effects` how many facts each cause had, what it began elsewhere aside.
    """

    facts: int = 0
    triggers: Counts = field(default_factory=Counter)
    milestones: Counts = field(default_factory=Counter)
    escalations: Counts = field(default_factory=Counter)
    notices: defaultdict[str, Counts] = field(default_factory=lambda: defaultdict(Counter))
    deadlines: dict[tuple[str, str], DeadlineCount] = field(default_factory=dict)
    folded: dict[UUID, Case] = field(default_factory=dict)
    effects: Counts = field(default_factory=Counter)
    paths: defaultdict[UUID, list[str]] = field(default_factory=lambda: defaultdict(list))
    _clocks: dict[tuple[UUID, str], DeadlineCount] = field(default_factory=dict)
    _breached: set[tuple[UUID, str]] = field(default_factory=set)
    _templates: dict[tuple[UUID, str], str] = field(default_factory=dict)

    def add(self, fact: cases.Fact) -> None:
        """Count one fact; those of one case come in order."""
        self.facts += 1
        self.triggers[fact.trigger] += 1
        self.effects[fact.cause] += fact.trigger not in {"begun", "new_lead"}
        self.folded[fact.case_id] = evolve(self.folded.get(fact.case_id), fact)
        self.milestones.update(effect.name for effect in fact.of(cases.Milestone))
        self.escalations.update(effect.unit for effect in fact.of(cases.DeadlineEscalated))
        self.paths[fact.case_id] += [effect.state for effect in fact.of(cases.StateEntered)]
        self._count_deadlines(fact)
        self._count_notices(fact)

    def _count_deadlines(self, fact: cases.Fact) -> None:
        for effect in fact.effects:
            if isinstance(effect, cases.DeadlineStarted):
                self._start(fact.case_id, effect.deadline)
            elif isinstance(effect, cases.DeadlineBreached):
                self._clocks[fact.case_id, effect.deadline_id].breached += 1
                self._breached.add((fact.case_id, effect.deadline_id))
            elif isinstance(effect, cases.DeadlineMet | cases.DeadlineCancelled):
                self._end(fact.case_id, effect)

    def _start(self, case_id: UUID, deadline: cases.Deadline) -> None:
        key = (deadline.rule, deadline.article)
        count = self.deadlines.setdefault(key, DeadlineCount(deadline.title, deadline.article, deadline.law_class))
        count.started += 1
        count.provisional += deadline.latest_due_at is not None
        self._clocks[case_id, deadline.deadline_id] = count

    def _end(self, case_id: UUID, effect: cases.DeadlineMet | cases.DeadlineCancelled) -> None:
        count, breached = self._clocks[case_id, effect.deadline_id], (case_id, effect.deadline_id) in self._breached
        if isinstance(effect, cases.DeadlineMet):
            count.late += breached
            count.in_time += not breached
        else:
            count.fell_away += not breached

    def _count_notices(self, fact: cases.Fact) -> None:
        for effect in fact.effects:
            if isinstance(effect, cases.TaskOpened) and effect.task.template:
                self._templates[fact.case_id, effect.task.task_id] = effect.task.template
                self.notices[effect.task.template]["owed"] += 1
            elif isinstance(effect, cases.TaskClosed):
                template = self._templates.get((fact.case_id, effect.task_id))
                if template:
                    self.notices[template]["proved" if effect.proof else "ended"] += 1

    @property
    def met(self) -> int:
        return sum(count.in_time for count in self.deadlines.values())

    @property
    def breached(self) -> int:
        return sum(count.breached for count in self.deadlines.values())


def count(log: Iterable[cases.Fact]) -> Ledger:
    ledger = Ledger()
    for fact in log:
        ledger.add(fact)
    return ledger


def as_json(ledger: Ledger) -> dict[str, Any]:
    """Stable keys, sorted."""
    states: defaultdict[str, Counts] = defaultdict(Counter)
    outcomes: defaultdict[str, Counts] = defaultdict(Counter)
    cities: defaultdict[str, Counts] = defaultdict(Counter)
    for case in ledger.folded.values():
        states[case.workflow][case.state] += 1
        cities[case.region[:4] + "00"][case.workflow] += 1
        if case.outcome:
            outcomes[case.workflow][case.outcome] += 1
    return {
        "cases": _sorted(states),
        "cities": _sorted(cities),
        "outcomes": _sorted(outcomes),
        "facts": _sorted({"by_trigger": ledger.triggers})["by_trigger"],
        "deadlines": [
            {"rule": rule, **vars(found), "running": found.running}
            for (rule, _), found in sorted(ledger.deadlines.items())
        ],
        "escalations": dict(sorted(ledger.escalations.items())),
        "notices": _sorted(ledger.notices),
        "milestones": dict(sorted(ledger.milestones.items())),
    }


def _sorted(groups: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    return {name: dict(sorted(group.items())) for name, group in sorted(groups.items())}


def told_stories(ledger: Ledger, keys: Mapping[UUID, str], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each story with the states its cases went through. `keys` of reports by id; `names` of stories by key."""
    roots: dict[UUID, str] = {}
    for case in ledger.folded.values():
        first = next((names.get(keys.get(report_id, "")) for report_id in map(UUID, case.reports)), None)
        if first:
            roots[case.case_id] = first
    for case in ledger.folded.values():
        if case.parent_case_id in roots:
            roots.setdefault(case.case_id, roots[case.parent_case_id])
    told: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for case_id, name in roots.items():
        told[name].append(_told(ledger.folded[case_id], ledger.paths[case_id]))
    return [
        {
            "name": story.name,
            "title": story.title,
            "published": story.authority,
            "cases": sorted(told[story.name], key=lambda one: (one["opened_at"], one["workflow"])),
        }
        for story in stories()
    ]


def _told(case: Case, path: Sequence[str]) -> dict[str, Any]:
    return {
        "workflow": case.workflow,
        "relation": case.relation,
        "opened_at": case.opened_at.isoformat(),
        "reports": len(case.reports),
        "path": list(path),
        "accountable": case.accountable,
    }
