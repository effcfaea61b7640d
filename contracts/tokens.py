"""The token under which casework knows a person. The vault makes it; whoever has the token key can tell a made-up one.

So a token that does not exist is refused without asking the vault, and no network call stands inside a transaction.
"""

import hmac

RANDOM_HEX, MARK_HEX = 24, 16


def make_token(key: bytes, random_hex: str) -> str:
    """`random_hex`: 24 random hex digits. The mark that follows proves where it was made."""
    return f"p{random_hex}{_mark(key, random_hex)}"


def is_genuine(key: bytes, token: str) -> bool:
    random_hex = token[1 : 1 + RANDOM_HEX]
    return hmac.compare_digest(token.encode(), make_token(key, random_hex).encode())


def _mark(key: bytes, random_hex: str) -> str:
    return hmac.digest(key, random_hex.encode(), "sha256").hex()[:MARK_HEX]
