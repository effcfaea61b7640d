"""How the vault opens, keeps and recognises. Every person and every report has a data key of its own; the master key
only wraps those, so that forgetting one wrapped key forgets one person.

CryptoError
├── CannotBeOpenedError
└── NotAsAgreedError
"""

import hashlib
import hmac
import secrets
from typing import NamedTuple

import nacl.exceptions
from nacl.public import PrivateKey, SealedBox
from nacl.secret import SecretBox
from nacl.utils import random
from pydantic import ValidationError

from contracts.submission import Sealed
from contracts.tokens import RANDOM_HEX, make_token
from services.vault.keys import Keys


class CryptoError(Exception):
    pass


class CannotBeOpenedError(CryptoError):
    """Not sealed or encrypted for these keys, or damaged."""


class NotAsAgreedError(CryptoError):
    """It opens, but the content is not what the contract says."""


class DataKey(NamedTuple):
    """A key for one person or one report, bare and as it is stored."""

    bare: bytes
    wrapped: bytes

    def encrypt(self, plain: bytes) -> bytes:
        return bytes(SecretBox(self.bare).encrypt(plain))

    def decrypt(self, content: bytes) -> bytes:
        """Raises `CannotBeOpenedError`."""
        return _decrypt(self.bare, content)


def new_data_key(keys: Keys) -> DataKey:
    bare = random(SecretBox.KEY_SIZE)
    return DataKey(bare, bytes(SecretBox(keys.master).encrypt(bare)))


def unwrap(keys: Keys, wrapped: bytes) -> DataKey:
    """Raises `CannotBeOpenedError`."""
    return DataKey(_decrypt(keys.master, wrapped), wrapped)


def open_sealed(keys: Keys, sealed: bytes) -> Sealed:
    """Raises `CannotBeOpenedError`, `NotAsAgreedError`."""
    try:
        plain = SealedBox(PrivateKey(keys.sealing)).decrypt(sealed)
    except (nacl.exceptions.CryptoError, nacl.exceptions.TypeError):
        raise CannotBeOpenedError from None
    try:
        return Sealed.read(plain)
    except ValidationError:
        raise NotAsAgreedError from None


def identity_mac(keys: Keys, id_number: str) -> bytes:
    """The same for the same identity number, and without the key no way back from it."""
    return hmac.digest(keys.identity, id_number.encode(), "sha256")


def new_token(keys: Keys) -> str:
    return make_token(keys.token, secrets.token_hex(RANDOM_HEX // 2))


def fingerprint(keys: Keys) -> bytes:
    """Tells the keys apart and says nothing about them."""
    return hashlib.sha256(b"liandong vault" + keys.master + keys.identity).digest()


def _decrypt(key: bytes, content: bytes) -> bytes:
    try:
        return bytes(SecretBox(key).decrypt(content))
    except (nacl.exceptions.CryptoError, nacl.exceptions.TypeError, nacl.exceptions.ValueError):
        raise CannotBeOpenedError from None
