"""The page of every workflow is made from its definition; `liandong workflow pages` writes them anew."""

import pytest

from deploy.workflow_pages import FOLDER, of_workflows
from tests.unit.stories import loaded

PAGES = of_workflows(loaded())


@pytest.mark.parametrize("name", sorted(PAGES))
def test_page_is_current(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name], "run: liandong workflow pages"


def test_no_page_is_left_over() -> None:
    assert {file.name for file in FOLDER.glob("*.md")} == PAGES.keys()


def test_page_shows_law_class_diagram_and_conditions() -> None:
    page = PAGES["dv_warning.md"]
    assert "| 首次查访 | 7 日" in page
    assert "| NORM | 公通字〔2024〕34号第十二条 |" in page
    assert "stateDiagram-v2" in page
    assert "民警评估为符合出具条件后方可决定告诫" in page
