"""Who sees a case over HTTP: whoever is involved or has a step to take in it, and the overseers of its county."""

from services.casework.api import is_visible
from tests.unit.stories import PROCURATORATE, STATION, Story, harm_story

STRANGER = "political-legal-committee@330382"
NEXT_TOWN = "police-station@330382003"


def sees(story: Story, unit: str) -> bool:
    return is_visible(story.workflow, story.is_, unit)


def test_accountable_unit_and_overseers_see_a_case_and_strangers_do_not() -> None:
    story = harm_story()
    assert sees(story, STATION)
    assert sees(story, PROCURATORATE)
    assert not sees(story, STRANGER)
    assert not sees(story, NEXT_TOWN)
    assert not sees(story, "procuratorate@330302")


def test_unit_that_the_table_names_for_a_step_sees_the_case() -> None:
    """The desk that may take a silent report holds nothing in the case yet."""
    story = harm_story()
    named = {key for row in story.workflow.definition.rows_from(story.is_.state) if not row.timer for key in row.by}
    assert "police-command" in named
    assert sees(story, "police-command@330382")
    assert not sees(story, "police-command@330302")
