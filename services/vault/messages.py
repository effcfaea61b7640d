"""Writes to persons: the vault looks the number up and hands it to the gateway itself, so it never leaves this house
but to the one who must dial it. Whoever asks names a report and a role, and learns a receipt or a coded reason."""

from typing import Final

from contracts.codes import SubjectRole, central_role
from contracts.submission import Contact, Person
from contracts.vault import PersonMessage, PersonMessageAnswer
from services.platform.database import Connection, Database
from services.platform.gateway import Gateway, GatewayError, Message
from services.vault import store
from services.vault.keys import Keys

PURPOSE: Final = "notice"
REPORTER: Final = "reporter"


class Messenger:
    def __init__(self, db: Database, keys: Keys, gateway: Gateway | None) -> None:
        self._db = db
        self._keys = keys
        self._gateway = gateway

    async def send(self, unit: str, message: PersonMessage) -> PersonMessageAnswer:
        """Opened on record first, sent after that has been committed. Without a gateway nothing is opened."""
        if self._gateway is None:
            return PersonMessageAnswer(reason="no_gateway")
        async with self._db.transaction() as conn:
            phone = await self._find_phone(conn, unit, message)
        if phone is None:
            return PersonMessageAnswer(reason="no_phone", final=True)
        try:
            receipt = await self._gateway.send(Message(message_id=message.message_id, to=phone, text=message.text))
        except GatewayError as error:
            return PersonMessageAnswer(reason=error.reason, final=error.final)
        return PersonMessageAnswer(receipt=receipt.reference)

    async def _find_phone(self, conn: Connection, unit: str, message: PersonMessage) -> str | None:
        """One record is opened, and that is kept: the reporter's, or that of whom the report says most."""
        kept = (await store.list_kept(conn, [message.report_id])).get(message.report_id)
        tokens = kept.tokens if kept else {}
        role = message.role
        if role == SubjectRole.GUARDIAN and role not in tokens:
            role = central_role(tokens) or role
        if role == REPORTER:
            told = await store.find_told(conn, self._keys, message.report_id)
            phone = _phone(told.reporter_identity if told else None)
        else:
            person = await store.find_person_in(conn, self._keys, message.report_id, role)
            phone = _phone(person.guardian if person and role != message.role else person)
        await store.store_access(
            conn,
            unit=unit,
            purpose=PURPOSE,
            report_id=message.report_id,
            token=tokens.get(role),
            found=phone is not None,
        )
        return phone


def _phone(known: Person | Contact | None) -> str | None:
    return known.phone if known else None
