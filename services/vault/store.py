"""The vault's tables. Everything that says something about a person goes in encrypted.

StoreError
└── OtherKeysError
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from contracts.submission import Person, Sealed
from services.platform.database import Connection, Row, queries
from services.platform.ids import new_id
from services.vault.crypto import DataKey, fingerprint, identity_mac, new_data_key, new_token, unwrap
from services.vault.keys import Keys

q = queries("services.vault")


class StoreError(Exception):
    pass


class OtherKeysError(StoreError):
    """What is stored was written with other keys. Going on would give one person two tokens."""


class Holder(NamedTuple):
    """A person as the tables know one. `id_mac` is None for whoever has no identity number."""

    token: str
    id_mac: bytes | None
    key: DataKey


class Kept(NamedTuple):
    """What the vault has of a report: the hash of what was handed over, and the tokens by role."""

    sealed_hash: bytes
    tokens: dict[str, str]


class Mention(NamedTuple):
    """What one report says of one person."""

    report_id: UUID
    role: str
    person: Person


async def check_keys(conn: Connection, keys: Keys) -> None:
    """Raises `OtherKeysError`."""
    if await conn.fetchval(q.check_fingerprint, fingerprint(keys)) != fingerprint(keys):
        raise OtherKeysError("the tables of the vault were written with other keys")


async def store_reports(
    conn: Connection, keys: Keys, hashes: Mapping[UUID, bytes], contents: Mapping[UUID, Sealed]
) -> None:
    """Keep those reports that are not kept yet, and their persons."""
    new = await _store_told(conn, keys, hashes, contents)
    mentions = [
        Mention(report_id, role, person) for report_id in new for role, person in contents[report_id].persons.items()
    ]
    holders = await _store_holders(conn, keys, [mention.person for mention in mentions])
    rows = [
        (mention.report_id, mention.role, holder.token, holder.key.encrypt(mention.person.to_json()))
        for mention, holder in zip(mentions, holders, strict=True)
    ]
    await conn.execute(q.store_parts, *_columns(rows, 4))


async def list_kept(conn: Connection, report_ids: Collection[UUID]) -> dict[UUID, Kept]:
    kept: dict[UUID, Kept] = {}
    for row in await conn.fetch(q.list_tokens, list(report_ids)):
        tokens = kept.setdefault(row["report_id"], Kept(row["sealed_hash"], {})).tokens
        if row["role"] is not None:
            tokens[row["role"]] = row["token"]
    return kept


async def find_told(conn: Connection, keys: Keys, report_id: UUID) -> Sealed | None:
    """Narrative and reporter of a report, in clear; without its persons."""
    row = await conn.fetchrow(q.find_report, report_id)
    return Sealed.read(unwrap(keys, row["wrapped_key"]).decrypt(row["content"])) if row else None


async def list_mentions_in(conn: Connection, keys: Keys, report_id: UUID) -> list[Mention]:
    """What a report says of each of its persons, in clear."""
    return [_mention(keys, row) for row in await conn.fetch(q.list_parts_of_report, report_id)]


async def list_mentions_of(conn: Connection, keys: Keys, token: str) -> list[Mention]:
    """What each report says of a person, in clear, oldest report first."""
    return [_mention(keys, row) for row in await conn.fetch(q.list_parts_of_person, token)]


async def find_person_in(conn: Connection, keys: Keys, report_id: UUID, role: str) -> Person | None:
    """What a report says of the person with that role, in clear."""
    row = await conn.fetchrow(q.find_part, report_id, role)
    return _mention(keys, row).person if row else None


async def store_access(
    conn: Connection, *, unit: str, purpose: str, report_id: UUID | None, token: str | None, found: int
) -> None:
    await conn.execute(q.store_access, new_id(), unit, purpose, report_id, token, found)


async def _store_told(
    conn: Connection, keys: Keys, hashes: Mapping[UUID, bytes], contents: Mapping[UUID, Sealed]
) -> list[UUID]:
    """Narratives and reporters of the reports that are new; the answer is which those are."""
    rows = []
    for report_id, content in contents.items():
        key = new_data_key(keys)
        told = content.model_copy(update={"persons": {}})
        rows.append((report_id, hashes[report_id], key.wrapped, key.encrypt(told.to_json())))
    return [row["report_id"] for row in await conn.fetch(q.store_reports, *_columns(rows, 4))]


async def _store_holders(conn: Connection, keys: Keys, persons: Iterable[Person]) -> list[Holder]:
    """A holder for each: whoever has an identity number keeps the token of the first time, others are always new."""
    macs = [identity_mac(keys, person.id_number) if person.id_number else None for person in persons]
    new = [Holder(new_token(keys), mac, new_data_key(keys)) for mac in macs]
    once = {holder.id_mac or holder.token: holder for holder in new}.values()
    rows = [(holder.token, holder.id_mac, holder.key.wrapped) for holder in once]
    await conn.execute(q.store_persons, *_columns(rows, 3))
    known = {
        row["id_mac"]: Holder(row["token"], row["id_mac"], unwrap(keys, row["wrapped_key"]))
        for row in await conn.fetch(q.list_known, [mac for mac in macs if mac])
    }
    return [known[holder.id_mac] if holder.id_mac else holder for holder in new]


def _mention(keys: Keys, row: Row) -> Mention:
    person = Person.read(unwrap(keys, row["wrapped_key"]).decrypt(row["content"]))
    return Mention(row["report_id"], row["role"], person)


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
