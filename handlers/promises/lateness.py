"""到期: the owner is shown what he promised, reminded before it is due, and told once when it is
late. What his manager hears after a grace is overdue.py's.

Each of them on one card for all that is due together. Who is on leave is left alone: his manager
is told before it is due.
"""

from collections.abc import Callable, Sequence

from config.calendar import WorkingCalendar
from config.rules import Rules
from config.settings import Settings
from crm_store.facts import PromiseLate
from crm_store.models import Member, Promise, PromiseState
from crm_store.queries import absences, members, mutes, promises
from crm_store.store import Transaction
from crm_store.timers import set_once
from handlers.events import TimerDue
from handlers.hours import at_any_hour, in_working_time
from handlers.promises.buttons import SEVERAL
from handlers.promises.clocks import GRACE, LATE, SOON, calendar_of, whole_minute
from handlers.promises.overdue import PURPOSE, only_client, tell_manager
from handlers.promises.promising import SHOWN
from handlers.promises.standing import locked, of_timer
from handlers.promises.views import all_drawn
from handlers.router import Router
from notifiers.card import Card
from notifiers.cards import promises as cards
from notifiers.cards.promises import PromiseView
from notifiers.cards.wording import day_and_time

router = Router("lateness")

_TELL = "promises_late"
"""By owner: what is told of together."""
Draw = Callable[[Sequence[PromiseView]], Card]


@router.timer(SHOWN)
async def show(due: TimerDue, tx: Transaction, settings: Settings) -> None:
    """A light word after he promised something: right, wrong, or another time."""
    owner = await _here(tx, due.subject)
    if owner is None:
        return
    ahead = at_any_hour(owner, tx.now, settings.zone)
    if ahead > tx.now:
        await tx.set_timer(SHOWN, owner.id, ahead)
        return
    rows = await locked(
        tx, [one for one in await promises.pending_of_owners(tx, [owner.id]) if not one.shown_at]
    )
    fresh = [one for one in rows if one.owner_id == owner.id and one.is_pending]
    for one in fresh:
        one.shown_at = tx.now
    await _say(tx, owner, cards.noted, fresh)


@router.timer(SOON)
async def remind(due: TimerDue, tx: Transaction, calendar: WorkingCalendar) -> None:
    promise = await of_timer(tx, due.subject)
    if promise is None or promise.state != PromiseState.OPEN or promise.reminded_at is not None:
        return
    owner = await _here(tx, promise.owner_id)
    if owner is None:
        return
    ahead = in_working_time(owner, tx.now, calendar)
    if ahead > tx.now:
        await tx.set_timer(SOON, promise.ref, ahead)
        return
    back = (await absences.away(tx, tx.now)).get(owner.id)
    # Whom he muted, nobody speaks to him of; that he is away, his manager hears all the same.
    muted = frozenset() if back else await mutes.silent_clients(tx, owner.id, mutes.PROMISES)
    if promise.client_id in muted:
        return
    together = [promise, *await locked(tx, await _due_with(tx, promise))]
    together = [
        one
        for one in together
        if one.state == PromiseState.OPEN and not one.reminded_at and one.client_id not in muted
    ]
    for one in together:
        one.reminded_at = tx.now
    if back is None:
        await _say(tx, owner, cards.soon, together)
        return
    manager = await members.manager_of(tx, owner.id)
    if manager is not None and promise.due_at is not None:
        views = await all_drawn(tx, together, masks=True)
        card = cards.uncovered(views, day_and_time(back))
        await tell_manager(tx, manager, card, together, calendar)


async def _due_with(tx: Transaction, promise: Promise) -> list[Promise]:
    """His others that are due no later: they would be reminded of within the same minutes."""
    pending = await promises.of_owner(tx, promise.owner_id or "", state=PromiseState.OPEN)
    return [
        one
        for one in pending
        if one.id != promise.id
        and one.due_at is not None
        and promise.due_at is not None
        and one.due_at <= promise.due_at
        and one.reminded_at is None
    ]


@router.timer(LATE)
async def note_late(
    due: TimerDue, tx: Transaction, rules: Rules, calendar: WorkingCalendar
) -> None:
    """Yellow: the fact at its moment, the words in working time."""
    promise = await of_timer(tx, due.subject)
    if promise is None or promise.state != PromiseState.OPEN:
        return
    if promise.due_at is None:
        return
    if promise.due_at > tx.now:  # the clock was turned back since it rang
        await tx.set_timer(LATE, promise.ref, promise.due_at)
        return
    promise.state = PromiseState.LATE
    tx.add(promise)
    await tx.cancel_timer(SOON, promise.ref)
    await tx.record(
        PromiseLate(
            at=tx.now,
            client_id=promise.client_id,
            lead_id=promise.lead_id,
            promise_id=promise.id,
            action=promise.action,
            owner_id=promise.owner_id,
        )
    )
    owner = await _here(tx, promise.owner_id)
    grace = rules.promises.manager_after_minutes
    ours = calendar_of(owner, calendar)
    await tx.set_timer(GRACE, promise.ref, ours.add_working_minutes(whole_minute(tx.now), grace))
    if owner is not None:
        await set_once(tx.session, _TELL, owner.id, in_working_time(owner, tx.now, calendar))


@router.timer(_TELL)
async def tell_owner(due: TimerDue, tx: Transaction, calendar: WorkingCalendar) -> None:
    owner = await _here(tx, due.subject)
    if owner is None:
        return
    back = (await absences.away(tx, tx.now)).get(owner.id)
    if back is not None:
        # His manager's card comes all the same; he hears when he is back.
        await tx.set_timer(_TELL, owner.id, in_working_time(owner, back, calendar))
        return
    rows = await locked(tx, await promises.of_owner(tx, owner.id, state=PromiseState.LATE))
    muted = await mutes.silent_clients(tx, owner.id, mutes.PROMISES)
    untold = [
        one
        for one in rows
        if _is_late(one) and one.told_late_at is None and one.client_id not in muted
    ]
    for one in untold:
        one.told_late_at = tx.now
    await _say(tx, owner, cards.late, untold)


async def _say(tx: Transaction, owner: Member, draw: Draw, about: Sequence[Promise]) -> None:
    if not about:
        return
    for one in about:
        tx.add(one)
    card = draw(await all_drawn(tx, about))
    purpose = PURPOSE if len(about) == 1 else SEVERAL
    await tx.notify(owner, card, purpose=purpose, client_id=only_client(about))


def _is_late(promise: Promise) -> bool:
    return promise.state == PromiseState.LATE


async def _here(tx: Transaction, member_id: str | None) -> Member | None:
    member = await tx.find(Member, member_id) if member_id else None
    return member if member is not None and member.active else None
