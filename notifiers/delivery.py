"""From the outbox to the platforms: in order per receiver, within their limits, until it arrived.

A turn writes down how the tries ended that came back, and leases what may travel next, in one
transaction. A process that dies between leaves leases that run out; what makes the repeat harmless
is the row's key on the wire.
"""

import asyncio
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from config import tracing
from config.clock import ClockWatch
from crm_store import breakers, outbox
from crm_store.database import is_in_trouble
from crm_store.models import SentCard
from crm_store.outbox import Claimed, Errand
from crm_store.store import Store, Transaction
from crm_store.vault import Unreadable
from crm_store.wakeup import LocalWakeup, either
from notifiers.card import Card
from notifiers.errors import DeliveryError, Undeliverable
from notifiers.messenger import Messenger, Receipt, ReplyAddress
from notifiers.outcomes import (
    CODE_PURPOSE,
    MESSAGES,
    Again,
    Arrived,
    Counted,
    Lost,
    Outcome,
    after_a_bug,
    backoff,
    expire,
    how_it_failed,
    write_down,
)

log = structlog.get_logger(__name__)

_LOOK_EVERY_SECONDS = 1.0
_RENEW_EVERY_SECONDS = outbox.LEASE.total_seconds() / 3

MEMBER_LIMITS = ((30, timedelta(minutes=1)), (1000, timedelta(hours=1)))
"""WeCom: one app to one member; what is over is dropped silently (wecom.md §3.1)."""


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
        self._travelling: dict[str, asyncio.Task[None]] = {}
        self._leased: dict[str, int] = {}
        """The rows that travel, by their lanes."""
        self._under_way: Counter[str] = Counter()
        """How many of them go to each platform."""
        self._renewed_at = store.clock.steady()
        """When their leases were last renewed; newer ones run longer."""
        self._back: list[Outcome] = []
        """How tries ended, not written down yet: their lanes stay ours until it is."""
        self._watch = ClockWatch(store.clock)
        self.outcomes: Counted = Counter()
        """How many tries ended how, by (platform, outcome); "limited": put off before one."""
        self.turns = 0
        """Begun ones; who looks twice sees whether something was in hand between."""
        self._in_turn = 0

    @property
    def is_idle(self) -> bool:
        """Whether it has nothing in hand: neither on its way nor between two stages, as rows
        whose lease is committed and which do not travel yet."""
        return not (self._in_turn or self._travelling or self._back)

    async def run(self, stopping: asyncio.Event) -> None:
        """Delivers until `stopping` is set; what is on its way then is carried to its end first."""
        try:
            while not stopping.is_set():
                self._wakeup.outbox_ready.clear()
                if not await self._turn():
                    await either(self._wakeup.outbox_ready, _LOOK_EVERY_SECONDS)
            while self._travelling:
                on_their_way = list(self._travelling.values())
                await asyncio.wait(on_their_way, timeout=_RENEW_EVERY_SECONDS)
                await self._turn(claiming=False)
            await self._turn(claiming=False)
        finally:
            # Only where the caller has no more patience: their leases run out by themselves.
            on_their_way = list(self._travelling.values())
            for task in on_their_way:
                task.cancel()
            await asyncio.gather(*on_their_way, return_exceptions=True)

    async def deliver_due(self) -> None:
        """Carries everything that is due, and returns when nothing is left to carry now."""
        while await self._turn() or self._travelling:
            if self._travelling:
                await asyncio.wait(
                    list(self._travelling.values()), return_when=asyncio.FIRST_COMPLETED
                )

    async def _turn(self, *, claiming: bool = True) -> bool:
        """Whether something was done, so that there may be more to do at once."""
        self._in_turn += 1
        self.turns += 1
        try:
            return await self._take_turn(claiming=claiming)
        finally:
            self._in_turn -= 1

    async def _take_turn(self, *, claiming: bool) -> bool:
        ended, self._back = self._back, []
        room = self._at_once - len(self._travelling) if claiming else 0
        if not ended and room <= 0 and not self._leases_grow_old():
            return False
        try:
            seen, leased = await self._write(ended, room)
        except (SQLAlchemyError, OSError) as error:
            log.error("outbox_out_of_reach", error=type(error).__name__)  # noqa: TRY400 (rows)
            self._back = [*ended, *self._back]
            if is_in_trouble(error):
                return False
            await self._write_singly()
            return bool(ended)
        except Exception:
            if not ended:
                raise
            self._back = [*ended, *self._back]
            await self._write_singly()
            return True
        for row in leased:
            task = asyncio.create_task(self._carry(row), name=f"carry {row.id}")
            self._travelling[row.lane] = task
            self._leased[row.lane] = row.id
            self._under_way[row.platform] += 1
            task.add_done_callback(partial(self._came_back, row))
        return bool(ended or seen)

    def _came_back(self, row: Claimed, _task: asyncio.Task[None]) -> None:
        self._travelling.pop(row.lane, None)
        self._leased.pop(row.lane, None)
        self._under_way[row.platform] -= 1
        # Nobody else could do anything about it: other processes are left alone.
        self._wakeup.outbox_ready.set()

    def _leases_grow_old(self) -> bool:
        age = self._store.clock.steady() - self._renewed_at
        return bool(self._leased) and age >= _RENEW_EVERY_SECONDS

    async def _write(self, ended: Sequence[Outcome], room: int) -> tuple[int, list[Claimed]]:
        """How many rows were due, and those that may travel, leased."""
        seen, leased = 0, list[Claimed]()
        look = self._watch.look()
        renewed_at = self._store.clock.steady()
        renewing = list(self._leased.values()) if self._leases_grow_old() else []
        async with self._store.transaction() as tx:
            if look.leap or look.showed is None:
                await outbox.clock_was_set(tx.session, showed=look.showed, now=tx.now)
            if renewing:
                await outbox.hold(tx.session, [*renewing, *(each.row.id for each in ended)])
                await outbox.renew(tx.session, renewing, now=tx.now)
            counted = await write_down(tx, ended)
            if room > 0:
                seen, leased = await self._claim(tx, room, counted)
        if look.leap:
            log.warning("clock_was_set", seconds=look.leap.total_seconds())
        self._watch.note(look)
        if renewing or not self._leased:
            self._renewed_at = renewed_at
        self.outcomes += counted
        return seen, leased

    async def _write_singly(self) -> None:
        """One of them cannot be written down: it must not keep the others."""
        ended, self._back = self._back, []
        for outcome in ended:
            try:
                async with self._store.transaction() as tx:
                    counted = await write_down(tx, [outcome])
            except Exception as error:  # noqa: BLE001 (the others must be written all the same)
                if is_in_trouble(error):
                    self._back.append(outcome)
                    continue
                # The lease runs out, and the row is tried again.
                row = outcome.row
                log.error("outcome_not_stored", outbox=row.id, error=type(error).__name__)  # noqa: TRY400
            else:
                self.outcomes += counted

    async def _claim(
        self, tx: Transaction, most: int, counted: Counted
    ) -> tuple[int, list[Claimed]]:
        tripped = await breakers.opened(tx.session)
        closed = {(b.app, b.api) for b in tripped if not b.may_be_probed(tx.now)}
        rows = await outbox.heads(
            tx.session,
            now=tx.now,
            vault=tx.vault,
            closed=sorted(closed),
            busy_lanes={*self._travelling, *(outcome.row.lane for outcome in self._back)},
            busy_platforms=[name for name in outbox.BESIDE if not self._has_room(name, ())],
            limit=most,
        )
        waits = await _limit_waits(tx, rows)
        free: list[Claimed] = []
        for row in rows:
            if row.expires_at <= tx.now:
                with tracing.traced(row.trace):
                    counted[row.platform, await expire(tx, row)] += 1
            elif _is_held(row, closed) or not self._has_room(row.platform, free):
                continue
            elif row.id in waits:
                counted[row.platform, "limited"] += 1
                wait = waits[row.id]
                await outbox.again(tx.session, row, now=tx.now, wait=wait, error="platform limit")
            else:
                probed = {(b.app, b.api) for b in tripped if b.holds(row.app, row.api)}
                if probed and not row.passes_breakers:
                    await breakers.probing(tx.session, row.app, row.api, now=tx.now)
                    closed |= probed
                free.append(row)
        return len(rows), await outbox.lease(tx.session, free, now=tx.now)

    def _has_room(self, platform: str, free: Sequence[Claimed]) -> bool:
        """Whether one more may go there, beside those on their way and those about to be."""
        most = outbox.BESIDE.get(platform)
        about_to = sum(row.platform == platform for row in free)
        return most is None or self._under_way[platform] + about_to < most

    async def _carry(self, row: Claimed) -> None:
        with tracing.traced(row.trace):
            try:
                outcome = await self._carried(row)
            except (SQLAlchemyError, OSError) as error:
                # The database did not say how the card can be changed.
                log.error("order_not_prepared", outbox=row.id, error=type(error).__name__)  # noqa: TRY400
                outcome = Again(row, "the database was away", backoff(row.attempts))
            self._back.append(outcome)

    async def _carried(self, row: Claimed) -> Outcome:
        """Travels, and says how it ended."""
        try:
            return Arrived(row, await self._travel(row))
        except DeliveryError as error:
            return how_it_failed(row, error)
        except Unreadable:
            log.error("order_unreadable", outbox=row.id, app=row.app)  # noqa: TRY400 (says it all)
            return Lost(row)
        except (SQLAlchemyError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 (one bad row must not stop the others)
            # No values in the log.
            where = traceback.format_tb(error.__traceback__)[-1].strip().splitlines()[0]
            log.error("carry_failed", outbox=row.id, error=type(error).__name__, where=where)  # noqa: TRY400
            return after_a_bug(row, f"程序出错（{type(error).__name__}）")

    async def _travel(self, row: Claimed) -> Receipt | dict[str, Any] | None:
        messenger = self._messengers.get(row.platform)
        if messenger is None:
            raise Undeliverable(f"{row.platform} is not connected")
        payload = row.payload
        if row.errand is Errand.CALL:
            return await messenger.call(payload["api"], payload["arguments"])
        message = MESSAGES.validate_python(payload["message"])
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
            return view.vault.service.open(card.code, purpose=CODE_PURPOSE).decode()


def _needs(row: Claimed) -> set[tuple[str, str]]:
    return {(row.app, breakers.WHOLE_APP), (row.app, row.api)}


def _is_held(row: Claimed, closed: set[tuple[str, str]]) -> bool:
    return not row.passes_breakers and bool(_needs(row) & closed)


async def _limit_waits(tx: Transaction, rows: Sequence[Claimed]) -> dict[int, timedelta]:
    """How long the receivers of these rows must be left alone, where the limits allow no more."""
    limited = [row for row in rows if row.platform == "wecom" and row.errand is not Errand.CALL]
    lanes = {row.lane for row in limited}
    tries = await outbox.tries_since(tx.session, lanes, since=tx.now - outbox.TRIES_COUNT_FOR)
    waits = {row.id: _limit_wait(tries[row.lane], tx.now) for row in limited}
    return {row_id: wait for row_id, wait in waits.items() if wait}


def _limit_wait(tries: Sequence[datetime], now: datetime) -> timedelta:
    wait = timedelta()
    for most, window in MEMBER_LIMITS:
        within = [at for at in tries if at > now - window]
        if len(within) >= most:
            wait = max(wait, within[-most] + window - now)
    return wait


def _reply_address(reply: Mapping[str, str] | None) -> ReplyAddress | None:
    if reply is None:
        return None
    return ReplyAddress(reply["url"], datetime.fromisoformat(reply["expires_at"]))
