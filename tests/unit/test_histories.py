"""Golden histories: whole cases told fact by fact, kept as text so that a change of law or engine is seen in review.

To accept a change, run with LIANDONG_ACCEPT_HISTORIES=1 and read the difference.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.cases import Effect, Fact
from tests.unit.stories import (
    NEIGHBOUR,
    PROCURATORATE,
    Story,
    assessment,
    dv_story,
    received_story,
    served_story,
    visit,
)
from workflows.model import fold

KEPT = Path(__file__).parent / "histories"


def clean_letter() -> Story:
    story = served_story(children_present=1).later(hours=3).prove().later(days=5)
    story.act("record_visit", **visit(story))
    for _ in range(3):
        story.later(days=85)
        story.act("record_visit", **visit(story))
    return story


def refused_letter_and_silence() -> Story:
    story = dv_story().act("dispatch").act("assess", **assessment()).act("warn", letter_number="告诫字1号")
    served = {"served_at": story.now.isoformat(), "village_unit": "village-committee@" + "a" * 16}
    story.act("serve_refused", refusal_note="说明1号", video_reference="V-1", **served)
    return story.silence(days=20)


def change_of_station() -> Story:
    story = served_story().prove().later(days=2).act("change_station", new_station=NEIGHBOUR, handover_note="移1号")
    story.later(days=1).act("accept_handover", unit=NEIGHBOUR)
    return story.act("record_visit", unit=NEIGHBOUR, **visit(story))


def harm_to_prosecution() -> Story:
    story = received_story(track="criminal").later(days=1).act("file_criminal", document="立1号").later(hours=5).prove()
    story.later(days=30).act("tell_before_transfer").prove().act("transfer_for_prosecution", document="诉1号")
    return story.later(days=60).act("judged", unit=PROCURATORATE, document="判1号")


def render(log: list[Fact]) -> str:
    lines = []
    for fact in log:
        lines.append(f"{fact.version:>3} {fact.decided_at:%Y-%m-%d %H:%M} {fact.trigger} ({fact.unit or 'clock'})")
        lines += [f"      {effect_line(effect)}" for effect in fact.effects]
    return "\n".join(lines) + "\n"


def effect_line(effect: Effect) -> str:
    values = effect.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    if "deadline" in values:
        kept = ("deadline_id", "rule", "law_class", "article", "unit", "due_at", "latest_due_at")
        values["deadline"] = {key: values["deadline"][key] for key in kept if key in values["deadline"]}
    return f"{effect.effect}: " + ", ".join(f"{key}={value}" for key, value in values.items())


@pytest.mark.parametrize("tell", [clean_letter, refused_letter_and_silence, change_of_station, harm_to_prosecution])
def test_history_is_as_it_was(tell: Callable[[], Story]) -> None:
    file = KEPT / f"{tell.__name__}.txt"
    told = render(tell().log)
    if os.environ.get("LIANDONG_ACCEPT_HISTORIES"):
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("tell", [clean_letter, refused_letter_and_silence, change_of_station, harm_to_prosecution])
def test_folding_the_published_log_gives_the_case(tell: Callable[[], Story]) -> None:
    story = tell()
    assert fold(Fact.read(fact.to_json()) for fact in story.log) == story.is_
