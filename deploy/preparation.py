"""What must be there before the services start: tables, topics, keys and tokens. Whatever is there already stays."""

import asyncio
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from deploy.installation import administrator
from deploy.keys import get_secrets, get_tokens, secret_environment, store_secret
from deploy.units import SERVICES as SERVICES_UNIT
from deploy.units import demo_units
from services.platform.clock import set_simulated
from services.platform.kafka import create_topics
from services.platform.provision import SERVICES, provision

Environment = Mapping[str, str]


@dataclass(frozen=True)
class Prepared:
    """What each service alone is told, and each unit's token."""

    environments: Mapping[str, Environment] = field(repr=False)
    tokens: Mapping[str, str] = field(repr=False)


async def prepare(
    home: Path, admin_dsn: str, bootstrap: str, *, simulated_at: datetime | None = None, replicas: int = 1
) -> Prepared:
    """Keys and tokens are kept in `home`. `simulated_at` (zoned) sets the domain clock, None leaves it as it is.

    Raises:
        MigrationError: a migration failed.
        TopicsDifferError: there are topics that are not as the list says.
        KeyFileError: the vault's key file is not one.
    """
    kept = get_secrets(home)
    dsns, _ = await asyncio.gather(
        provision(admin_dsn, "", kept.passwords), create_topics(bootstrap, replicas=replicas)
    )
    async with administrator(admin_dsn) as db:
        if simulated_at is not None:
            async with db.transaction() as conn:
                await set_simulated(conn, simulated_at)
        tokens = await get_tokens(home, db, demo_units())
    secret = {name: secret_environment(name, kept, tokens[SERVICES_UNIT]) for name in SERVICES}
    return Prepared({name: {"LIANDONG_POSTGRES_DSN": dsns[name], **secret[name]} for name in SERVICES}, tokens)


def hand_out(prepared: Prepared, folder: Path, mounted_at: Path) -> None:
    """Write what each service is told to `<folder>/<service>/env`, its key files beside it, for a shell to read.

    `mounted_at` is where a service finds its own folder.
    """
    for service, environment in prepared.environments.items():
        own = folder / service
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        told = dict(environment)
        for name, value in environment.items():
            if name.endswith("_FILE"):
                source = Path(value)
                shutil.copy(source, own / source.name)
                told[name] = str(mounted_at / source.name)
        store_secret(own / "env", "".join(f"{name}={shlex.quote(value)}\n" for name, value in told.items()))
