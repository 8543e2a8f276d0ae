"""From the outbox to the platforms: in order per receiver, within their limits, until it arrived.

A row is leased (its try counted) in one transaction, travels, and its outcome is written in
another. A process that dies between leaves a lease that runs out; what makes the repeat harmless
is the row's key on the wire.
"""

import asyncio
import traceback
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from pydantic import TypeAdapter
from sqlalchemy.exc import SQLAlchemyError

from config import tracing
from crm_store import breakers, outbox
from crm_store.arrival import Arrival
from crm_store.models import SentCard
from crm_store.outbox import Claimed, Errand
from crm_store.store import Store, Transaction
from crm_store.vault import Unreadable
from crm_store.wakeup import LocalWakeup, either
from notifiers.breaking import mended, trip
from notifiers.card import Card, Message
from notifiers.errors import CardCodeGone, Misconfigured, Puzzling, Retryable, Undeliverable
from notifiers.messenger import Messenger, Receipt, ReplyAddress

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=1)
MOST_TRIES_OF_A_BUG = 6
"""What fails in our own code would fail for ever, and hold up its receiver's other messages."""
_SLOWEST_RETRY = timedelta(minutes=1)
_LOOK_EVERY_SECONDS = 1.0
_CODE_PURPOSE = "card code"
_MESSAGES: TypeAdapter[Message] = TypeAdapter(Message)

MEMBER_LIMITS = ((30, timedelta(minutes=1)), (1000, timedelta(hours=1)))
"""WeCom: one app to one member; what is over is dropped silently (wecom.md §3.1)."""


def backoff(attempts: int) -> timedelta:
    """How long to wait before the next try: 1, 2, 4 … seconds, at most a minute."""
    return min(timedelta(seconds=2 ** min(attempts, 10)), _SLOWEST_RETRY)


class Delivery:
    """Carries what is due. Any number of processes may do so at once."""

    def __init__(
        self,
        store: Store,
        messengers: Mapping[str, Messenger],
        wakeup: LocalWakeup,
        *,
        at_once: int = 16,
    ) -> None:
        self._store = store
        self._messengers = messengers
        self._wakeup = wakeup
        self._at_once = at_once
        self._carrying: dict[str, asyncio.Task[None]] = {}
        self.outcomes: Counter[tuple[str, str]] = Counter()
        """How many tries ended how, by (platform, outcome)."""

    @property
    def is_idle(self) -> bool:
        return not self._carrying

    async def run(self, stopping: asyncio.Event) -> None:
        """Delivers until `stopping` is set; what is on its way then is carried to its end first."""
        try:
            while not stopping.is_set():
                self._wakeup.outbox_ready.clear()
                if await self._start_due() == 0:
                    await either(self._wakeup.outbox_ready, _LOOK_EVERY_SECONDS)
            if self._carrying:
                await asyncio.wait(list(self._carrying.values()))
        finally:
            # Only where the caller has no more patience: their leases run out by themselves.
            on_their_way = list(self._carrying.values())
            for task in on_their_way:
                task.cancel()
            await asyncio.gather(*on_their_way, return_exceptions=True)

    async def deliver_due(self) -> None:
        """Carries everything that is due, and returns when nothing is left to carry now."""
        while await self._start_due() or self._carrying:
            if self._carrying:
                await asyncio.wait(list(self._carrying.values()))

    async def _start_due(self) -> int:
        """Claims what is due and sets it on its way; how many rows were looked at."""
        room = self._at_once - len(self._carrying)
        if room <= 0:
            return 0
        try:
            seen, claimed = await self._claim(room)
        except (SQLAlchemyError, OSError) as error:
            log.error("outbox_not_claimed", error=type(error).__name__)  # noqa: TRY400 (rows)
            return 0
        for row in claimed:
            task = asyncio.create_task(self._carry(row), name=f"carry {row.id}")
            self._carrying[row.lane] = task
            task.add_done_callback(partial(self._arrived, row.lane))
        return seen

    def _arrived(self, lane: str, _task: asyncio.Task[None]) -> None:
        self._carrying.pop(lane, None)
        self._wakeup.outbox()

    async def _claim(self, most: int) -> tuple[int, list[Claimed]]:
        """How many rows were due, and those that may travel, leased."""
        async with self._store.transaction() as tx:
            tripped = await breakers.opened(tx.session)
            closed = {(b.app, b.api) for b in tripped if not b.may_be_probed(tx.now)}
            rows = await outbox.heads(
                tx.session,
                now=tx.now,
                vault=tx.vault,
                closed=sorted(closed),
                busy_lanes=frozenset(self._carrying),
                limit=most,
            )
            leased = []
            for row in rows:
                if row.expires_at <= tx.now:
                    with tracing.traced(row.trace):
                        await self._expire(tx, row)
                elif {(row.app, breakers.WHOLE_APP), (row.app, row.api)} & closed:
                    continue
                elif wait := await _limit_wait(tx, row):
                    await outbox.again(
                        tx.session, row.id, not_before=tx.now + wait, error="platform limit"
                    )
                else:
                    probed = {(b.app, b.api) for b in tripped if b.holds(row.app, row.api)}
                    if probed:
                        await breakers.probing(tx.session, row.app, row.api, now=tx.now)
                        closed |= probed
                    await outbox.lease(tx.session, row, now=tx.now, until=tx.now + LEASE)
                    leased.append(row)
            return len(rows), leased

    async def _expire(self, tx: Transaction, row: Claimed) -> None:
        try:
            await self._give_up(tx, row, "expired before it could be delivered")
        except Unreadable:
            await self._set_aside(tx, row, "unreadable")

    async def _carry(self, row: Claimed) -> None:
        with tracing.traced(row.trace):
            await self._carry_traced(row)

    async def _carry_traced(self, row: Claimed) -> None:
        try:
            await self._carry_once(row)
        except Exception as error:  # noqa: BLE001 (a task of its own: nobody else would hear)
            # Nothing could be written down. The lease runs out and the row is tried again.
            log.error("outcome_not_stored", outbox=row.id, error=type(error).__name__)  # noqa: TRY400

    async def _carry_once(self, row: Claimed) -> None:
        try:
            answer = await self._travel(row)
        except Puzzling as error:
            await self._after_a_bug(row, f"{error.reason} {error.code}")
        except Retryable as error:
            await self._try_again(row, error.reason, error.after)
        except Misconfigured as error:
            await self._trip(row, error)
        except CardCodeGone:
            await self._send_anew(row)
        except Undeliverable as error:
            log.warning("undeliverable", outbox=row.id, code=error.code, app=row.app)
            async with self._store.transaction() as tx:
                await mended(tx, row.app, row.api)
                await self._give_up(tx, row, error.reason, code=error.code)
        except Unreadable:
            log.error("order_unreadable", outbox=row.id, app=row.app)  # noqa: TRY400 (says it all)
            async with self._store.transaction() as tx:
                await self._set_aside(tx, row, "unreadable")
        except (SQLAlchemyError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 (one bad row must not stop the others)
            # No values in the log.
            where = traceback.format_tb(error.__traceback__)[-1].strip().splitlines()[0]
            log.error("carry_failed", outbox=row.id, error=type(error).__name__, where=where)  # noqa: TRY400
            await self._after_a_bug(row, f"程序出错（{type(error).__name__}）")
        else:
            await self._settle(row, answer)

    async def _after_a_bug(self, row: Claimed, reason: str) -> None:
        if row.attempts + 1 < MOST_TRIES_OF_A_BUG:
            await self._try_again(row, reason, None)
            return
        async with self._store.transaction() as tx:
            await self._give_up(tx, row, reason)

    async def _travel(self, row: Claimed) -> Receipt | dict[str, Any] | None:
        messenger = self._messengers.get(row.platform)
        if messenger is None:
            raise Undeliverable(f"{row.platform} is not connected")
        payload = row.payload
        if row.errand is Errand.CALL:
            return await messenger.call(payload["api"], payload["arguments"])
        message = _MESSAGES.validate_python(payload["message"])
        if row.errand is Errand.SEND:
            return await messenger.send(
                row.account,
                message,
                key=row.key,
                repeat=row.repeat,
                reply=_reply_address(payload.get("reply")),
            )
        if not isinstance(message, Card):
            raise Undeliverable("only a card can be redrawn")
        code = payload["code"] or await self._stored_code(payload["card_key"])
        await messenger.update(row.account, payload["card_key"], message, code=code)
        return None

    async def _stored_code(self, card_key: str) -> str | None:
        async with self._store.view() as view:
            card = await view.find(SentCard, card_key)
            if card is None or card.code is None or card.code_expires_at is None:
                return None
            if card.code_expires_at <= view.now:
                return None
            return view.vault.service.open(card.code, purpose=_CODE_PURPOSE).decode()

    async def _settle(self, row: Claimed, answer: Receipt | dict[str, Any] | None) -> None:
        self.outcomes[row.platform, "sent"] += 1
        log.info("delivered", outbox=row.id, app=row.app, errand=row.errand, key=row.key)
        async with self._store.transaction() as tx:
            await outbox.sent(tx.session, row.id, now=tx.now)
            await mended(tx, row.app, row.api)
            if row.errand is Errand.SEND and isinstance(answer, Receipt):
                await _keep_code(tx, row.key, answer)
            elif row.errand is Errand.UPDATE and row.payload["code"] is None:
                await _drop_code(tx, row.payload["card_key"])
            elif row.errand is Errand.CALL and row.payload["answer_to"]:
                assert isinstance(answer, dict)
                await tx.arrive([_answer(row, answer=answer)])

    async def _try_again(self, row: Claimed, reason: str, after: timedelta | None) -> None:
        async with self._store.transaction() as tx:
            not_before = tx.now + max(backoff(row.attempts), after or timedelta())
            if not_before >= row.expires_at:
                await self._give_up(tx, row, reason)
            else:
                self.outcomes[row.platform, "retried"] += 1
                await outbox.again(tx.session, row.id, not_before=not_before, error=reason[:500])

    async def _trip(self, row: Claimed, error: Misconfigured) -> None:
        self.outcomes[row.platform, "misconfigured"] += 1
        async with self._store.transaction() as tx:
            await trip(tx, error, row.api)
            await outbox.again(
                tx.session,
                row.id,
                not_before=tx.now + breakers.PROBE_EVERY,
                error=f"{error.code} {error.reason}"[:500],
            )

    async def _send_anew(self, row: Claimed) -> None:
        """The card can no longer be changed: what it should show goes out as a new one."""
        self.outcomes[row.platform, "sent_anew"] += 1
        async with self._store.transaction() as tx:
            await outbox.sent(tx.session, row.id, now=tx.now)
            await mended(tx, row.app, row.api)
            old = await tx.find(SentCard, row.payload["card_key"])
            key = await tx.say(
                row.platform,
                row.account,
                _MESSAGES.validate_python(row.payload["message"]),
                member_id=row.member_id,
                purpose=old.purpose if old else "notice",
                client_id=row.client_id,
                lead_id=old.lead_id if old else None,
            )
            if old is not None and old.settled_at is not None:
                # What it shows is the end of it: a later change has nothing to redraw.
                fresh = await tx.get(SentCard, key)
                fresh.settled_at = old.settled_at
                tx.add(fresh)

    async def _give_up(self, tx: Transaction, row: Claimed, reason: str, code: str = "") -> None:
        """Final: a call answers with its failure, a message tries the member's other platform."""
        self.outcomes[row.platform, "given_up"] += 1
        await outbox.given_up(tx.session, row.id, now=tx.now, error=f"{code} {reason}".strip())
        if row.errand is Errand.CALL:
            if row.payload["answer_to"]:
                await tx.arrive([_answer(row, error=reason, code=code)])
            return
        fallback = row.payload.get("fallback") or []
        card = await tx.find(SentCard, row.key)
        if card is not None and card.settled_at is not None:
            return  # settled while it waited: nobody needs it any more, elsewhere least of all
        if row.errand is Errand.SEND and fallback:
            (platform, account), *others = fallback
            await tx.say(
                platform,
                account,
                _MESSAGES.validate_python(row.payload["message"]),
                member_id=row.member_id,
                purpose=row.payload["purpose"],
                client_id=row.client_id,
                lead_id=row.payload["lead_id"],
                fallback=[(name, value) for name, value in others],
            )
            return
        await tx.arrive([_failure(tx, row, f"{code} {reason}".strip())])

    async def _set_aside(self, tx: Transaction, row: Claimed, reason: str) -> None:
        """An order whose body is lost to us: nothing is known that could be done instead."""
        self.outcomes[row.platform, "given_up"] += 1
        await outbox.given_up(tx.session, row.id, now=tx.now, error=reason)
        await tx.arrive([_failure(tx, row, reason)])


async def _limit_wait(tx: Transaction, row: Claimed) -> timedelta | None:
    """How long this receiver must be left alone; None where the limits allow a message."""
    if row.platform != "wecom" or row.errand is Errand.CALL:
        return None
    longest = max(window for _, window in MEMBER_LIMITS)
    tries = await outbox.tries_since(tx.session, row.lane, since=tx.now - longest)
    wait = timedelta()
    for most, window in MEMBER_LIMITS:
        within = [at for at in tries if at > tx.now - window]
        if len(within) >= most:
            wait = max(wait, within[-most] + window - tx.now)
    return wait or None


async def _keep_code(tx: Transaction, card_key: str, receipt: Receipt) -> None:
    card = await tx.find(SentCard, card_key)
    if card is None or receipt.card_code is None:
        return
    card.code = tx.vault.service.seal(receipt.card_code.encode(), purpose=_CODE_PURPOSE)
    card.code_expires_at = receipt.code_expires_at
    tx.add(card)


async def _drop_code(tx: Transaction, card_key: str) -> None:
    card = await tx.find(SentCard, card_key)
    if card is not None:
        card.code = None
        tx.add(card)


def _reply_address(reply: Mapping[str, str] | None) -> ReplyAddress | None:
    if reply is None:
        return None
    return ReplyAddress(reply["url"], datetime.fromisoformat(reply["expires_at"]))


def _answer(
    row: Claimed, *, answer: dict[str, Any] | None = None, error: str | None = None, code: str = ""
) -> Arrival:
    payload = row.payload
    return Arrival(
        kind="call_answered",
        key=f"answer:{row.key}",
        lane=payload["answer_lane"],
        payload={
            "api": payload["api"],
            "purpose": payload["answer_to"],
            "context": payload["context"],
            "answer": answer,
            "error": error,
            "error_code": code,
        },
    )


def _failure(tx: Transaction, row: Claimed, reason: str) -> Arrival:
    return Arrival(
        kind="delivery_failed",
        key=f"delivery_failed:{row.key}",
        lane="alarms",
        payload={
            "outbox_id": row.id,
            "member_id": row.member_id,
            "platform": row.platform,
            "reason": reason[:200],
            "happened_at": tx.now.isoformat(),
        },
    )
