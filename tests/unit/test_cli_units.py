"""Who takes part in a demonstration, and what each is given."""

import shlex
from collections import Counter
from pathlib import Path

from contracts.base import is_unit, unit_kind
from contracts.codes import UnitKind, unit_at
from contracts.topics import DENOMINATORS
from deploy.keys import get_secrets, secret_environment
from deploy.preparation import Prepared, hand_out
from deploy.units import CITIES, COUNTIES, MOST_TOWNSHIPS, body_at, demo_units, townships
from deploy.units import SERVICES as SERVICES_UNIT
from services.platform.provision import SERVICES

ROLES = ("state_figures", "sign_off")
UNITS = {unit.unit: unit for unit in demo_units()}


def test_every_unit_is_there_once_and_is_one() -> None:
    assert len(UNITS) == len(demo_units())
    assert all(map(is_unit, UNITS))


def test_whoever_a_case_can_be_laid_before_is_there() -> None:
    agencies = [kind for kind in UnitKind if kind.level != "opaque"]
    for county in COUNTIES:
        for region in (county, *townships(county)):
            assert {unit_at(kind, region) for kind in agencies} <= UNITS.keys()


def test_units_report_and_act_and_nobody_else_does() -> None:
    for name, unit in UNITS.items():
        works = unit_kind(name) in set(UnitKind)
        assert ({"report", "act"} <= set(unit.roles)) == works
        assert works or name == SERVICES_UNIT or "propose_release" in unit.roles


def test_keepers_state_figures_and_another_unit_signs_them_off() -> None:
    may = {role: {unit_kind(name) for name, unit in UNITS.items() if role in unit.roles} for role in ROLES}
    assert may["state_figures"] == set(DENOMINATORS.speaks_for)
    assert may["sign_off"] == {"womens-children-committee"}


def test_every_city_has_one_office_to_propose_a_release_and_another_to_sign_it() -> None:
    for city in CITIES:
        assert {"propose_release", "trace_members"} <= set(UNITS[f"statistics@{city}"].roles)
        assert "sign_release" in UNITS[f"womens-children-committee@{city}"].roles
    assert not [name for name, unit in UNITS.items() if {"propose_release", "sign_release"} <= set(unit.roles)]


def test_bodies_keep_their_id_and_do_not_show_where_they_are() -> None:
    school = body_at(UnitKind.SCHOOL, "330382", 2)
    assert school in UNITS
    assert school == body_at(UnitKind.SCHOOL, "330382", 2) != body_at(UnitKind.SCHOOL, "330382", 1)
    assert "330382" not in school.partition("@")[2]


def test_every_county_has_two_schools_and_every_township_two_village_committees() -> None:
    kinds = Counter((unit_kind(name), unit.region) for name, unit in UNITS.items())
    assert all(kinds["school", county] == 2 for county in COUNTIES)
    assert all(kinds["village-committee", town] == 2 for county in COUNTIES for town in townships(county))


def test_every_county_has_townships_to_move_between() -> None:
    assert all(len(townships(county)) == MOST_TOWNSHIPS for county in COUNTIES)


def test_secrets_are_made_once(tmp_path: Path) -> None:
    first, second = get_secrets(tmp_path), get_secrets(tmp_path)
    assert first == second
    assert first.passwords.keys() == set(SERVICES)
    assert len(set(first.passwords.values())) == len(SERVICES)
    assert first.pseudonym.read_text() != get_secrets(tmp_path / "other").pseudonym.read_text()


def test_secrets_are_handed_out_to_each_service_alone(tmp_path: Path) -> None:
    kept = get_secrets(tmp_path / "home")
    told = {name: {"LIANDONG_POSTGRES_DSN": f"dsn '{name}'"} for name in SERVICES}
    told = {name: own | secret_environment(name, kept, "token") for name, own in told.items()}
    hand_out(Prepared(told, {}), tmp_path / "secrets", Path("/run/liandong"))
    vault = tmp_path / "secrets" / "vault"
    assert sorted(path.name for path in vault.iterdir()) == ["env", "vault.json"]
    assert {path.stat().st_mode & 0o777 for path in vault.iterdir()} == {0o600}
    lines = dict(line.split("=", 1) for line in (vault / "env").read_text().splitlines())
    assert shlex.split(lines["LIANDONG_POSTGRES_DSN"]) == ["dsn 'vault'"]
    assert lines["LIANDONG_VAULT_PRIVATE_KEY_FILE"] == "/run/liandong/vault.json"
    assert sorted(path.name for path in (tmp_path / "secrets" / "notices").iterdir()) == ["env", "vault.pub"]
    assert [path.name for path in (tmp_path / "secrets" / "worklist").iterdir()] == ["env"]
