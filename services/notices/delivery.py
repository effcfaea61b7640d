"""Notices out through the gateway: never lost, perhaps sent twice, but then with the same id.

Units have an address of the gateway (`read_addresses`). A person's number is in the vault and stays there: the vault is
told a report, a role and a text, writes itself, and answers with a receipt or a coded reason. The report is that of the
task, else the one that the case came from, which is found in the case log (`model.origins`); so nothing that stands
for a person is kept here.

A try is counted before it is made and its result is stored after it, in transactions of their own. Who tries too often
in vain, or is refused for good, has failed: the notice stays open, its clock runs, and a person calls.

AddressesError
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from contracts.base import is_unit
from contracts.vault import PersonMessage
from services.notices import store
from services.notices.handlers import publish_proofs
from services.notices.model import taken_over
from services.notices.store import Due
from services.notices.templates import text_for_person, text_for_unit
from services.platform.clock import Clock
from services.platform.database import Database
from services.platform.gateway import Gateway, GatewayError, Message
from services.platform.logs import describe, get_logger
from services.platform.vault_client import VaultClient, VaultError

log = get_logger("delivery")

BATCH: Final = 20
"""Tried at once; the results are stored together."""


class AddressesError(Exception):
    """The file of the units' addresses is not one."""


class Delivery:
    """`retry_seconds` of wall time after a try in vain comes the next, then after twice as long each time.

    `caught_up` tells whether the case log has been read: who lags behind may not know yet that a notice has ended.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        vault: VaultClient,
        gateway: Gateway,
        addresses: Mapping[str, str],
        *,
        retry_seconds: float,
        caught_up: Callable[[], bool] = lambda: True,
    ) -> None:
        self._db = db
        self._clock = clock
        self._vault = vault
        self._gateway = gateway
        self._addresses = addresses
        self._retry_seconds = retry_seconds
        self._caught_up = caught_up

    async def send_some(self) -> bool:
        """One batch of what is due; true when there may be more."""
        if not self._caught_up():
            return False
        async with self._db.transaction() as conn:
            due = await store.take_due(conn, self._addresses.keys(), self._retry_seconds, BATCH)
        if not due:
            return False
        answers = await asyncio.gather(*map(self._try, due))
        receipts = [(one, answer) for one, answer in zip(due, answers, strict=True) if isinstance(answer, str)]
        failures = [(one, answer) for one, answer in zip(due, answers, strict=True) if not isinstance(answer, str)]
        async with self._db.transaction() as conn:
            now = await self._clock.now(conn)
            proofs = [taken_over(one.notice, reference, now) for one, reference in receipts]
            await publish_proofs(conn, [proof for proof in proofs if await store.store_proof(conn, proof)])
            for one, error in failures:
                await store.store_failure(conn, one.notice, error.reason, final=error.final)
        if failures:
            log.warning("not sent", count=len(failures), reason=", ".join({error.reason for _, error in failures}))
        return len(due) == BATCH

    async def _try(self, due: Due) -> str | GatewayError:
        """The receipt, or what went wrong."""
        try:
            return await self._send(due)
        except GatewayError as error:
            return error
        except VaultError:
            return GatewayError("vault_not_reached")
        except Exception as error:
            # A gateway that breaks its promise must not hold up what others are to be told.
            log.error("gateway failed", **describe(error))
            return GatewayError("gateway_failed")

    async def _send(self, due: Due) -> str:
        notice = due.notice
        if notice.addressee:
            text = text_for_unit(notice.template, notice.notice_id)
            to = self._addresses[notice.addressee]
            return (await self._gateway.send(Message(message_id=notice.notice_id, to=to, text=text))).reference
        if due.report_id is None or due.role is None:
            raise GatewayError("report_not_known")
        text = text_for_person(notice.template, notice.notice_id)
        answer = await self._vault.tell(
            PersonMessage(message_id=notice.notice_id, report_id=due.report_id, role=due.role, text=text)
        )
        if answer.receipt is None:
            raise GatewayError(answer.reason or "no_reason", final=answer.final)
        return answer.receipt


def read_addresses(path: Path | None) -> dict[str, str]:
    """Units by line, each with its address behind a blank; `#` begins a remark. Raises `AddressesError`."""
    if path is None:
        return {}
    try:
        lines = path.read_text().splitlines()
    except (OSError, ValueError):
        raise AddressesError(f"{path} 无法读取 / cannot be read") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        unit, _, address = line.partition("#")[0].strip().partition(" ")
        if not unit:
            continue
        if not is_unit(unit) or not address.strip() or unit in found:
            right = "应为“单位编号 地址”，每个单位一行 / should be `<unit> <address>`, one line for each unit"
            raise AddressesError(f"{path}:{number}: {right}")
        found[unit] = address.strip()
    return found
