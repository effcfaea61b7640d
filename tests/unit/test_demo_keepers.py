"""What the demonstration's keepers state is what keepers may state, and says that it is made up."""

import json
from datetime import date

import pytest

from contracts.denominators import DenominatorStated
from contracts.external import ExternalValueStated
from deploy.demo.keepers import FOUND_RIGHT_BY, report_values, state_denominators
from deploy.units import CITIES, demo_units
from services.statistics.catalogue import define
from services.statistics.feeds import denominators, external
from services.statistics.releases.figures import figures_of
from workflows.policy import load_policy

TODAY = date(2027, 1, 20)
MAY_STATE = {unit.unit for unit in demo_units() if "state_figures" in unit.roles}
STATED = [DenominatorStated.model_validate_json(json.dumps(one)) for city in CITIES for one in state_denominators(city)]
VALUES = {city: list(report_values(city)) for city in CITIES}


def test_every_number_is_marked_as_made_up_and_stated_by_who_may() -> None:
    values = [ExternalValueStated.model_validate_json(json.dumps(said)) for of in VALUES.values() for said, _ in of]
    both: list[DenominatorStated | ExternalValueStated] = [*STATED, *values]
    assert {one.document[:2] for one in both} == {"虚构"}
    assert {one.unit for one in both} <= MAY_STATE
    assert not [refusal for one in STATED for refusal in denominators.check(one, TODAY)]
    assert not [refusal for one in values for refusal in external.check(one, TODAY)]
    assert FOUND_RIGHT_BY not in {one.worker for one in values}


def test_each_number_is_stated_once_and_they_add_up() -> None:
    numbers = {one.place: one.value for one in STATED}
    assert len(numbers) == len(STATED)
    assert not list(denominators.find_contradictions(numbers))


@pytest.mark.parametrize("city", CITIES)
def test_every_denominator_that_an_indicator_of_a_city_needs_is_stated(city: str) -> None:
    needed = {(one.over, one.band) for one in figures_of(define(load_policy()), city) if one.over}
    assert needed == {(name, band) for name, region, _, band in (one.place for one in STATED) if region == city}


def test_some_rows_of_a_plans_table_are_signed_off_some_wait_and_others_are_not_reported() -> None:
    for city in ("330382", "330300", "330800"):
        assert {right for _, right in VALUES[city]} == {True, False}
        assert len(VALUES[city]) < len(external.table_of(city))
    assert VALUES["371500"] == VALUES["520300"] == []
