"""How indicators are counted, as the packs say it."""

from pathlib import Path

import pytest

from services.statistics.catalogue import indicators
from tests.unit.pack_folder import add, folder
from workflows.errors import PackError
from workflows.policy import load_policy

__all__ = ["folder"]

HEAD = "statistics:\n  article: 甲\n  law_class: LOCAL\n"


def test_national_settings_are_those_of_the_catalogue_in_name_and_unit() -> None:
    declared = load_policy().statistics("000000").rows
    units = {key: {name: str(one.unit) for name, one in row.items()} for key, row in declared.items()}
    assert units == {key: dict(one.settings) for key, one in indicators().items() if one.settings}


def test_city_without_a_word_of_its_own_has_the_national_settings() -> None:
    policy = load_policy()
    assert policy.statistics("330382001") == policy.statistics("000000")
    assert policy.statistics("330382").settings["dv-warning-issued"]["T"] == 72
    assert policy.statistics("330382").settings["dv-follow-up-visit"]["D"] == 7
    assert policy.statistics("330382").settings["two-cancer-screening-coverage"] == {"cycle": 3, "age_band": (35, 64)}


def test_city_changes_what_it_names_and_only_there(folder: Path) -> None:
    said = "  settings: {dv-case-handling: {T2: 48 hours}}\n  disclosure: {k: 4, zeros: false}\n"
    policy = load_policy(add(folder, HEAD + said, jurisdiction="371500"))
    here, elsewhere = policy.statistics("371502"), policy.statistics("330382")
    assert here.settings["dv-case-handling"] == {"T1": 24, "T2": 48}
    assert (here.disclosure.k, here.disclosure.minors, here.disclosure.zeros) == (4, 5, False)
    assert elsewhere.settings["dv-case-handling"] == {"T1": 24, "T2": 72}
    assert (elsewhere.disclosure.k, elsewhere.disclosure.zeros) == (3, True)


def test_county_may_not_take_back_what_its_city_keeps_back(folder: Path) -> None:
    add(folder, f"{HEAD}  disclosure: {{villages: 8, zeros: false}}\n", "city.yaml", "330300")
    load_policy(folder)
    with pytest.raises(PackError, match=r"^county\.yaml:6: looser_disclosure: zeros .*not be looser than False"):
        load_policy(add(folder, f"{HEAD}  disclosure: {{villages: 9, zeros: true}}\n", "county.yaml", "330302"))


def test_two_files_of_a_place_cannot_both_speak_of_statistics(folder: Path) -> None:
    add(folder, f"{HEAD}  disclosure: {{k: 4}}\n", "one.yaml", "330382")
    with pytest.raises(PackError, match=r"^two\.yaml:3: said_twice: .*also said in one\.yaml:3"):
        load_policy(add(folder, f"{HEAD}  disclosure: {{k: 5}}\n", "two.yaml", "330382"))
