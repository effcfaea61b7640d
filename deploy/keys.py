"""The secrets of one installation: made at the first start, kept in its home, readable by its owner alone.

<home>/keys/vault.json        the vault's three secrets (see services/vault/keys.py)
<home>/keys/vault.pub         what intake and notices seal with
<home>/keys/vault.token       with it casework tells a token of the vault from another
<home>/keys/pseudonym         under which statistics know a person
<home>/keys/passwords.json    of the database roles
<home>/tokens.json            of the units; the database holds only their hashes
"""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.launcher import keep
from deploy.units import Unit
from services.platform.auth import find_caller, issue_token, revoke_tokens
from services.platform.database import Database
from services.platform.provision import SERVICES
from services.vault.keys import make_keys, token_file

PSEUDONYM_BYTES: Final = 32


@dataclass(frozen=True)
class Secrets:
    """Where the key files are, and what each database role's password is."""

    vault_private: Path
    vault_public: Path
    vault_token: Path
    pseudonym: Path
    passwords: Mapping[str, str]


def get_secrets(home: Path) -> Secrets:
    """The secrets of this home, made when it has none. Raises `services.vault.keys.KeyFileError`."""
    folder = home / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    private, public, pseudonym = folder / "vault.json", folder / "vault.pub", folder / "pseudonym"
    make_keys(private, public)
    for written in (public, token_file(public)):
        written.chmod(0o600)
    keep(pseudonym, lambda: secrets.token_hex(PSEUDONYM_BYTES))
    passwords = keep(folder / "passwords.json", _new_passwords)
    return Secrets(private, public, token_file(public), pseudonym, json.loads(passwords))


def _new_passwords() -> str:
    return json.dumps({service: secrets.token_urlsafe(24) for service in SERVICES})


async def get_tokens(home: Path, db: Database, units: Iterable[Unit]) -> dict[str, str]:
    """Each unit's token. Who has none, or one that this database does not know, gets a new one."""
    path = home / "tokens.json"
    tokens: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    async with db.transaction() as conn:
        new = [unit for unit in units if not await find_caller(conn, tokens.get(unit.unit, ""))]
        for unit in new:
            await revoke_tokens(conn, unit.unit)
            tokens[unit.unit] = await issue_token(conn, unit.unit, unit.roles)
        if new:  # before the commit: a file that is ahead of the database is put right by the next start
            store_secret(path, json.dumps(tokens, indent=1))
    return tokens


def secret_environment(service: str, kept: Secrets, service_token: str) -> dict[str, str]:
    """The secrets that one service is told, and no other: each key goes to the one service that uses it."""
    own = {
        "intake": {"VAULT_PUBLIC_KEY_FILE": str(kept.vault_public), "SERVICE_TOKEN": service_token},
        "notices": {"VAULT_PUBLIC_KEY_FILE": str(kept.vault_public), "SERVICE_TOKEN": service_token},
        "vault": {"VAULT_PRIVATE_KEY_FILE": str(kept.vault_private)},
        "casework": {"PSEUDONYM_KEY_FILE": str(kept.pseudonym), "TOKEN_KEY_FILE": str(kept.vault_token)},
    }
    return {f"LIANDONG_{name}": value for name, value in own.get(service, {}).items()}


def store_secret(path: Path, text: str) -> None:
    """Replace a file that only its owner can read."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
