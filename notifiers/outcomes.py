"""How a try ended, and what is written down of it: many at once, in one transaction.

Arrived     done; a card's code is kept, a call's answer becomes an event
Again       not now
Held        a setting or a right is wrong: a breaker opens
Unchanged   the card can no longer be changed: what it should show goes out as a new one
Refused     never: a call answers with its failure, a message tries the other platform
Lost        its order cannot be opened any more
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from pydantic import TypeAdapter
from sqlalchemy import bindparam, update
from sqlmodel import SQLModel

from config import tracing
from crm_store import breakers, outbox
from crm_store.arrival import Arrival
from crm_store.models import Client, SentCard
from crm_store.outbox import Claimed, Errand
from crm_store.queries import recordings
from crm_store.store import Transaction
from crm_store.vault import Unreadable
from notifiers.breaking import mended, trip
from notifiers.card import Message
from notifiers.errors import CardCodeGone, DeliveryError, Misconfigured, Puzzling, Retryable
from notifiers.messenger import Receipt

log = structlog.get_logger(__name__)

MESSAGES: TypeAdapter[Message] = TypeAdapter(Message)
CODE_PURPOSE = "card code"
MOST_TRIES_OF_A_BUG = 6
"""What fails in our own code would fail for ever, and hold up its receiver's other messages."""
_SLOWEST_RETRY = timedelta(minutes=1)


@dataclass(frozen=True)
class Arrived:
    row: Claimed
    answer: Receipt | dict[str, Any] | None = None


@dataclass(frozen=True)
class Again:
    row: Claimed
    reason: str
    wait: timedelta


@dataclass(frozen=True)
class Held:
    row: Claimed
    error: Misconfigured


@dataclass(frozen=True)
class Unchanged:
    """`by_platform`: as in `Refused`."""

    row: Claimed
    by_platform: bool = False


@dataclass(frozen=True)
class Refused:
    """`by_platform`: it was the platform that refused, so the app's settings are right."""

    row: Claimed
    reason: str
    code: str = ""
    by_platform: bool = False


@dataclass(frozen=True)
class Lost:
    row: Claimed


Outcome = Arrived | Again | Held | Unchanged | Refused | Lost
Counted = Counter[tuple[str, str]]
"""How many tries ended how, by (platform, outcome)."""


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many tries: 1, 2, 4 … seconds, at most a minute."""
    return min(timedelta(seconds=2 ** min(attempts - 1, 10)), _SLOWEST_RETRY)


def how_it_failed(row: Claimed, error: DeliveryError) -> Outcome:
    match error:
        case Puzzling():
            return after_a_bug(row, f"{error.reason} {error.code}")
        case Retryable():
            return Again(row, error.reason, max(backoff(row.attempts), error.after or timedelta()))
        case Misconfigured():
            return Held(row, error)
        case CardCodeGone():
            return Unchanged(row, by_platform=error.by_platform)
        case _:
            log.warning("undeliverable", outbox=row.id, code=error.code, app=row.app)
            return Refused(row, error.reason, error.code, by_platform=error.by_platform)


def after_a_bug(row: Claimed, reason: str) -> Outcome:
    if row.attempts < MOST_TRIES_OF_A_BUG:
        return Again(row, reason, backoff(row.attempts))
    return Refused(row, reason)


async def write_down(tx: Transaction, ended: Sequence[Outcome]) -> Counted:
    """What becomes of the rows, and of what hangs on them."""
    counted: Counted = Counter()
    ids = [outcome.row.id for outcome in ended]
    await _hold_clients(tx, ended)
    await outbox.hold(tx.session, ids)
    await outbox.came_back(tx.session, ids, now=tx.now)
    arrived = sorted((e for e in ended if isinstance(e, Arrived)), key=lambda e: e.row.id)
    if arrived:
        await _arrived(tx, arrived)
        counted.update((outcome.row.platform, "sent") for outcome in arrived)
    for outcome in ended:
        with tracing.traced(outcome.row.trace):
            match outcome:
                case Arrived(row, answer):
                    if _is_awaited(row):
                        assert isinstance(answer, dict)
                        if not await outbox.is_blank(tx.session, row.id):
                            await tx.arrive([_answer(row, answer=await _stored(tx, row, answer))])
                    continue
                case Again():
                    how = await _again(tx, outcome)
                case Held(row, error):
                    how = await _held(tx, row, error)
                case Unchanged(row):
                    how = await _send_anew(tx, row)
                case Refused(row, reason, code):
                    how = await give_up(tx, row, reason, code)
                case Lost(row):
                    how = await set_aside(tx, row, "unreadable")
        counted[outcome.row.platform, how] += 1
    await _mend(tx, ended)
    return counted


def _is_awaited(row: Claimed) -> bool:
    """Whether somebody waits for what it came to, where it went well."""
    if row.errand is not Errand.CALL or not row.payload["answer_to"]:
        return False
    return not row.payload.get("only_failure")


async def _hold_clients(tx: Transaction, ended: Sequence[Outcome]) -> None:
    """Whose recordings came, in one order and before the rows of the outbox: an erasure, which
    holds its client first, is over or waits."""
    whose = {
        outcome.row.client_id
        for outcome in ended
        if isinstance(outcome, Arrived)
        and outcome.row.client_id is not None
        and isinstance(outcome.answer, dict)
        and isinstance(outcome.answer.get("content"), bytes)
    }
    for client_id in sorted(whose):
        await tx.lock(Client, client_id)


async def _mend(tx: Transaction, ended: Sequence[Outcome]) -> None:
    """Breakers of what the platform took, or refused for its own sake."""
    taken = {
        (outcome.row.app, _right(outcome.row)) for outcome in ended if _was_let_through(outcome)
    }
    if not taken:
        return
    for breaker in await breakers.opened(tx.session):
        for app, api in sorted(taken):
            if breaker.holds(app, api):
                await mended(tx, app, api)


def _was_let_through(outcome: Outcome) -> bool:
    """Whether it shows that the app's settings are right."""
    match outcome:
        case Arrived(_, Receipt(by_reply=True)):
            return False
        case Arrived():
            return True
        case Unchanged() | Refused():
            return outcome.by_platform
        case _:
            return False


def _right(row: Claimed) -> str:
    """Which right of the app it took: `Order.api`."""
    if row.api == outbox.REPLY:
        return "text"  # the address was refused
    if row.api:
        return row.api
    # Written before migration 0003, when no order said so.
    match row.errand:
        case Errand.CALL:
            return str(row.payload["api"])
        case Errand.UPDATE:
            return Errand.UPDATE
        case Errand.SEND:
            return str(row.payload["message"]["form"])


async def _arrived(tx: Transaction, arrived: Sequence[Arrived]) -> None:
    for outcome in arrived:
        row = outcome.row
        log.info(
            "delivered",
            outbox=row.id,
            app=row.app,
            errand=row.errand,
            key=row.key,
            trace=row.trace,
        )
    await outbox.sent(tx.session, [outcome.row.id for outcome in arrived], now=tx.now)
    codes = [code for outcome in arrived if (code := _code_of(tx, outcome)) is not None]
    if codes:
        card = SQLModel.metadata.tables[str(SentCard.__tablename__)]
        connection = await tx.session.connection()
        await connection.execute(
            update(card)
            .where(card.c.key == bindparam("card"))
            .values(code=bindparam("fresh"), code_expires_at=bindparam("until")),
            sorted(codes, key=lambda code: str(code["card"])),
        )


def _code_of(tx: Transaction, outcome: Arrived) -> dict[str, Any] | None:
    """What a sending left to change its card with, or nothing, once that has been used."""
    row, answer = outcome.row, outcome.answer
    if row.errand is Errand.SEND and isinstance(answer, Receipt) and answer.card_code is not None:
        sealed = tx.vault.service.seal(answer.card_code.encode(), purpose=CODE_PURPOSE)
        return {"card": row.key, "fresh": sealed, "until": answer.code_expires_at}
    if row.errand is Errand.UPDATE and row.payload["code"] is None:
        return {"card": row.payload["card_key"], "fresh": None, "until": None}
    return None


async def _again(tx: Transaction, outcome: Again) -> str:
    row = outcome.row
    if tx.now + outcome.wait >= row.expires_at:
        return await give_up(tx, row, outcome.reason)
    await outbox.again(tx.session, row, now=tx.now, wait=outcome.wait, error=outcome.reason)
    _log_put_off(row, outcome.reason, outcome.wait)
    return "retried"


def _log_put_off(row: Claimed, reason: str, wait: timedelta) -> None:
    log.info(
        "put_off",
        outbox=row.id,
        app=row.app,
        attempts=row.attempts,
        reason=reason,
        next_try_seconds=wait.total_seconds(),
    )


async def _held(tx: Transaction, row: Claimed, error: Misconfigured) -> str:
    await trip(tx, error, _right(row))
    words = f"{error.code} {error.reason}"
    await outbox.again(tx.session, row, now=tx.now, wait=breakers.PROBE_EVERY, error=words)
    _log_put_off(row, words, breakers.PROBE_EVERY)
    return "misconfigured"


async def _send_anew(tx: Transaction, row: Claimed) -> str:
    if not await outbox.replaced(tx.session, row, now=tx.now):
        return "sent_anew"  # by whoever carries it by now
    if row.payload.get("or_nothing"):
        return "left_as_it_is"
    old = await tx.find(SentCard, row.payload["card_key"])
    key = await tx.say(
        row.platform,
        row.account,
        MESSAGES.validate_python(row.payload["message"]),
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
    return "sent_anew"


async def expire(tx: Transaction, row: Claimed) -> str:
    """It was not to be had in time."""
    try:
        return await give_up(tx, row, "expired before it could be delivered")
    except Unreadable:
        return await set_aside(tx, row, "unreadable")


async def give_up(tx: Transaction, row: Claimed, reason: str, code: str = "") -> str:
    """Final: a call answers with its failure, a message tries the member's other platform."""
    words = f"{code} {reason}".strip()
    if not await outbox.given_up(tx.session, row, now=tx.now, error=words):
        return "given_up"
    if row.errand is Errand.CALL:
        if row.payload["answer_to"]:
            await tx.arrive([_answer(row, error=reason, code=code)])
        return "given_up"
    card = await tx.find(SentCard, row.key)
    if card is not None and card.settled_at is not None:
        return "given_up"  # settled while it waited: nobody needs it any more
    fallback = row.payload.get("fallback") or []
    if row.errand is Errand.SEND and fallback:
        (platform, account), *others = fallback
        await tx.say(
            platform,
            account,
            MESSAGES.validate_python(row.payload["message"]),
            member_id=row.member_id,
            purpose=row.payload["purpose"],
            client_id=row.client_id,
            lead_id=row.payload["lead_id"],
            fallback=[(name, value) for name, value in others],
        )
    else:
        await tx.arrive([_failure(tx, row, words)])
    return "given_up"


async def set_aside(tx: Transaction, row: Claimed, reason: str) -> str:
    """An order whose body is lost to us: nothing is known that could be done instead."""
    is_ours = await outbox.given_up(tx.session, row, now=tx.now, error=reason)
    if is_ours and row.platform not in outbox.BESIDE:
        await tx.arrive([_failure(tx, row, reason)])
    return "given_up"


async def _stored(tx: Transaction, row: Claimed, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """A file goes where it is sealed with its client's key, not into an event; one that the order
    named no place for goes nowhere."""
    content = answer.get("content")
    if not isinstance(content, bytes):
        return answer
    message_id = row.payload.get("recording_of")
    if message_id is not None:
        await recordings.keep(tx, message_id, content)
    return {**answer, "content": None, "size": len(content)}


def _answer(
    row: Claimed,
    *,
    answer: Mapping[str, Any] | None = None,
    error: str | None = None,
    code: str = "",
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
