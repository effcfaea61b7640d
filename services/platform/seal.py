"""Seals what only the vault may open. Whoever seals has the public key and nothing else.

PublicKeyError
"""

from base64 import b64decode
from pathlib import Path

from nacl.exceptions import CryptoError
from nacl.public import PublicKey, SealedBox


class PublicKeyError(Exception):
    """The vault's public key is missing or is not one. Without it nothing about a person can be taken in."""


class Sealer:
    def __init__(self, public_key: bytes) -> None:
        self._box = SealedBox(PublicKey(public_key))

    def seal(self, content: bytes) -> bytes:
        return bytes(self._box.encrypt(content))


def load_sealer(public_file: Path | None) -> Sealer:
    """Raises `PublicKeyError`."""
    if public_file is None:
        raise PublicKeyError("LIANDONG_VAULT_PUBLIC_KEY_FILE is not set")
    try:
        return Sealer(b64decode(public_file.read_text().strip(), validate=True))
    except (OSError, ValueError, CryptoError):
        raise PublicKeyError(f"{public_file} cannot be read, or is not the vault's public key") from None
