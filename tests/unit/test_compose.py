"""The Compose file against the official schema, and against what the services really read."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from deploy.supervisor import FIRST_PORT
from services.casework.settings import CaseworkSettings
from services.intake.settings import IntakeSettings
from services.platform.provision import SERVICES
from services.platform.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
CONTAINERS: dict[str, Any] = COMPOSE["services"]
SCHEMA = ROOT / "tests" / "data" / "compose" / "compose-spec.json"
PORTS = {name: FIRST_PORT + number for number, name in enumerate(SERVICES)}
BROKERS = {"kafka-1", "kafka-2", "kafka-3"}
ENDS = {"provision"}


def test_compose_file_follows_the_official_schema() -> None:
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []


def test_the_schema_would_find_a_mistake() -> None:
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert not validator.is_valid({"services": {"intake": {"healthchek": {}}}})


def test_every_service_runs_beside_three_brokers_and_postgresql() -> None:
    assert CONTAINERS.keys() == {*SERVICES, *BROKERS, *ENDS, "postgres"}


@pytest.mark.parametrize("name", sorted(CONTAINERS.keys() - ENDS))
def test_container_says_whether_it_is_healthy(name: str) -> None:
    assert CONTAINERS[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", SERVICES)
def test_service_waits_for_provision_and_servers(name: str) -> None:
    waits = {other: how["condition"] for other, how in CONTAINERS[name]["depends_on"].items()}
    healthy = dict.fromkeys({*BROKERS, "postgres"}, "service_healthy")
    assert waits == healthy | {"provision": "service_completed_successfully"}


@pytest.mark.parametrize("name", SERVICES)
def test_service_listens_at_its_port(name: str) -> None:
    assert CONTAINERS[name]["environment"]["LIANDONG_HTTP_PORT"] == str(PORTS[name])


def test_intake_looks_for_the_vault_where_it_listens() -> None:
    assert CONTAINERS["intake"]["environment"]["LIANDONG_VAULT_URL"] == f"http://vault:{PORTS['vault']}"


def test_every_setting_that_is_given_is_one_that_is_read() -> None:
    known = {
        f"LIANDONG_{field.upper()}"
        for model in (Settings, CaseworkSettings, IntakeSettings)
        for field in model.model_fields
    }
    given = {name for container in CONTAINERS.values() for name in container.get("environment", {})}
    assert {name for name in given if name.startswith("LIANDONG_")} <= known


@pytest.mark.parametrize("name", SERVICES)
def test_service_has_no_secrets_but_its_own(name: str) -> None:
    assert CONTAINERS[name]["volumes"] == [f"{name}-secrets:/run/liandong:ro"]


def test_ports_are_open_to_this_machine_only() -> None:
    ports = [port for container in CONTAINERS.values() for port in container.get("ports", [])]
    assert ports
    assert all(re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port) for port in ports)
    assert "ports" not in CONTAINERS["vault"]


def test_every_volume_is_declared() -> None:
    used = {volume.partition(":")[0] for container in CONTAINERS.values() for volume in container.get("volumes", [])}
    assert used == COMPOSE["volumes"].keys()


def test_brokers_form_one_cluster_that_survives_the_loss_of_one() -> None:
    environments: list[Mapping[str, str]] = [CONTAINERS[name]["environment"] for name in sorted(BROKERS)]
    own = {"KAFKA_NODE_ID", "KAFKA_ADVERTISED_LISTENERS"}
    shared = [{key: value for key, value in one.items() if key not in own} for one in environments]
    assert shared[0] == shared[1] == shared[2]
    assert [one["KAFKA_NODE_ID"] for one in environments] == ["1", "2", "3"]
    assert shared[0]["KAFKA_MIN_INSYNC_REPLICAS"] == "2"
    assert "3" in CONTAINERS["provision"]["command"]
