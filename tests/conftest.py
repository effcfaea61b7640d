"""Real servers for whoever asks for them: started once per run, absent = failure.

`LIANDONG_TEST_INFRA=docker` takes them from a Docker engine (testcontainers) instead of `deploy.local`. Configured
servers (`LIANDONG_POSTGRES_DSN` and the like) are never used: tests drop what they find.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from testcontainers.community.kafka import KafkaContainer
from testcontainers.community.postgres import PostgresContainer

from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from tests.folders import open_folder

IN_DOCKER = os.environ.get("LIANDONG_TEST_INFRA") == "docker"

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")  # an example that waits for the processor is not a slow one


@pytest.fixture(scope="session")
def session_home() -> Iterator[Path]:
    """A data folder for the servers of this run. Not pytest's own: only its owner may enter that."""
    with open_folder() as folder:
        yield folder


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder for the servers of one test."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
async def postgres_dsn(session_home: Path) -> AsyncIterator[str]:
    """The superuser's address of an empty database."""
    if IN_DOCKER:
        with PostgresContainer("postgres:18") as container:
            yield container.get_connection_url(driver=None)
        return
    async with Postgres(session_home / "postgres") as postgres:
        yield postgres.dsn


@pytest.fixture(scope="session")
async def kafka_bootstrap(session_home: Path) -> AsyncIterator[str]:
    """The bootstrap servers of a cluster of one."""
    if IN_DOCKER:
        image = KafkaContainer("confluentinc/cp-kafka:8.1.0").with_kraft()
        with image.with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false") as container:
            yield container.get_bootstrap_server()
        return
    patient = {"broker.session.timeout.ms": "60000"}  # a busy machine is no fault, and nobody kills this one
    async with Kafka(session_home / "kafka", settings=patient) as kafka:
        yield kafka.bootstrap
