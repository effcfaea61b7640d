"""The tables of figures are the ledger's last lines, and a ratio is of medians."""

from datetime import UTC, datetime

from tests.benchmarks.speed import ledger
from tests.benchmarks.speed.ledger import Entry


def entry(**changes: object) -> Entry:
    machine = {"cpu": "c", "cores": 2, "memory_gb": 24, "load": 0.1, "postgres": "18", "fsync": "on", "kafka": "4"}
    sizes = {"reports": 10, "repeats": 3, "loaded_cases": 1000}
    frame = {"at": datetime(2026, 1, 5, tzinfo=UTC), "commit": "abc", "machine": machine, "sizes": sizes}
    return Entry.model_validate(frame | changes)


def test_the_readme_shows_the_last_figures_of_the_ledger() -> None:
    current = ledger.README.read_text(encoding="utf-8")
    assert ledger.into_readme(ledger.read()) == current, "run: python -m tests.benchmarks.speed.ledger"


def test_a_part_is_shown_from_the_last_run_that_had_it() -> None:
    whole = entry(rates={"system": [1.0], "raw": [2.0]}, rebuild={"worklist": [3.0]})
    again = entry(rates={"system": [1.0]})
    rest = entry(rates={"system": [1.0]}, steady={"dead": [0.1, 0.1, 0.1]})
    assert ledger.newest([whole, again, rest]) == [rest, whole]


def test_ratios_are_of_medians_and_a_peer_is_taken_at_its_best() -> None:
    rates = {"system": [90, 100, 900], "raw": [200, 200, 200], "obvious, one worker": [10], "obvious, two": [20, 25, 1]}
    text = ledger.into_text(entry(rates=rates, cpu_ms={"raw": {"casework": 0.5, "Kafka": 0.25}}))
    assert "| 200 reports/s | 0.75 | 0.50 × |" in text
    assert "best with two | 20 reports/s | 0.00 | 5.00 × |" in text


def test_what_did_not_run_is_not_shown() -> None:
    text = ledger.into_text(entry(rates={"system": [100.0]}))
    assert "Camunda" not in text
    assert "queue page" not in text


def test_a_part_that_ran_alone_has_a_table_too() -> None:
    assert "rebuilding worklist" in ledger.into_text(entry(rebuild={"worklist": [7000.0]}))


def test_a_long_queue_is_compared_with_a_short_one() -> None:
    queues = {"1,000": {"page": 4.0, "next": 2.0}, "1,000,000": {"page": 5.0, "next": 2.0}}
    text = ledger.into_text(entry(rates={"system": [100.0]}, queue_ms=queues))
    assert "| queue page of 50 with 1,000,000 open | 5.0 ms |  | 1.25 × of a thousand |" in text


def test_a_long_run_shows_the_most_of_its_first_and_last_third() -> None:
    sizes = {"reports": 10, "repeats": 3, "steady_rate": 200, "steady_minutes": 30}
    steady = {"memory_mb": [221.5, 230.0, 223.0], "waiting": [90.0, 10.0, 80.0], "dead": [0.1, 0.1, 0.12]}
    text = ledger.into_text(entry(rates={"system": [100.0]}, sizes=sizes, steady=steady))
    assert "30 minutes at 200 reports/s: memory of the three services, most in the first / last third" in text
    assert "| 221.5 / 223 MB |" in text
