"""The vault's secrets, in one file that only its owner may read; beside it the public key for intake, and the token
key for casework, which tells a token that the vault made from one that it did not.

KeyFileError
"""

import json
import os
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, fields
from pathlib import Path

from nacl.public import PrivateKey
from nacl.utils import random

KEY_BYTES = 32


class KeyFileError(Exception):
    """The key file is missing, open to others, or not one."""


@dataclass(frozen=True, repr=False)
class Keys:
    """`sealing` opens what was sealed for the vault, `master` wraps the data keys, `identity` hashes ID numbers,
    `token` marks the tokens.
    """

    sealing: bytes
    master: bytes
    identity: bytes
    token: bytes

    @property
    def public(self) -> bytes:
        return bytes(PrivateKey(self.sealing).public_key)


def make_keys(private_file: Path, public_file: Path) -> None:
    """Make new keys unless there are some, and write the public key. Raises `KeyFileError` for a bad file."""
    private_file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(private_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        keys = load_keys(private_file)
    else:
        keys = Keys(*(random(KEY_BYTES) for _ in fields(Keys)))
        with os.fdopen(descriptor, "w") as file:
            json.dump({field.name: b64encode(getattr(keys, field.name)).decode() for field in fields(Keys)}, file)
            file.flush()
            os.fsync(descriptor)
    public_file.write_text(b64encode(keys.public).decode() + "\n")
    token_file(public_file).write_bytes(keys.token)


def token_file(public_file: Path) -> Path:
    return public_file.with_suffix(".token")


def load_keys(private_file: Path | None) -> Keys:
    """Raises `KeyFileError`; its text quotes nothing of the file."""
    if private_file is None:
        raise KeyFileError("LIANDONG_VAULT_PRIVATE_KEY_FILE is not set")
    try:
        if private_file.stat().st_mode & 0o077:
            raise KeyFileError(f"{private_file} is open to others; its mode must be 0600")
        content = json.loads(private_file.read_text())
        keys = Keys(**{name: b64decode(text, validate=True) for name, text in content.items()})
    except (OSError, ValueError, NotBase64, TypeError, AttributeError):
        raise KeyFileError(f"{private_file} cannot be read, or is not a key file of the vault") from None
    if any(len(getattr(keys, field.name)) != KEY_BYTES for field in fields(Keys)):
        raise KeyFileError(f"{private_file} holds a key of the wrong length")
    return keys
