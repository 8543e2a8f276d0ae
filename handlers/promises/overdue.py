"""逾期: what nobody kept within the grace stands on a card of the owner's manager, once.

Who that is, and what is on the card, is looked up at the moment it goes: the lead may have gone
to another team meanwhile, and what one manager hears of at the same time is one card.
"""

from collections.abc import Iterable, Sequence

from config.calendar import WorkingCalendar
from crm_store import timers
from crm_store.models import Lead, Member, Promise, PromiseState
from crm_store.queries import members, promises
from crm_store.store import Transaction
from handlers.events import TimerDue
from handlers.hours import in_working_time
from handlers.links import Links
from handlers.promises.clocks import GRACE, whole_minute
from handlers.promises.standing import locked, of_timer
from handlers.promises.views import all_drawn
from handlers.router import Router
from notifiers.card import Card
from notifiers.cards import promises as cards

router = Router("promises_overdue")

PURPOSE = "promise"
_TELL = "promises_overdue"


@router.timer(GRACE)
async def past_grace(due: TimerDue, tx: Transaction, calendar: WorkingCalendar) -> None:
    """The manager hears in his working time, and on a full minute: what is late at once comes
    together, however long it takes to note each."""
    promise = await of_timer(tx, due.subject)
    if promise is None or not _is_untold(promise):
        return
    manager = await _manager_of(tx, promise)
    if manager is not None:
        at = in_working_time(manager, whole_minute(tx.now), calendar)
        await tx.set_timer(_TELL, promise.ref, at)


@router.timer(_TELL)
async def tell(due: TimerDue, tx: Transaction, links: Links, calendar: WorkingCalendar) -> None:
    """Of this one, and of all others that its owner's manager has to hear of."""
    promise = await tx.find(Promise, int(due.subject[1:]))
    if promise is None or not _is_untold(promise):
        return
    manager = await _manager_of(tx, promise)
    if manager is None:
        return
    ahead = in_working_time(manager, tx.now, calendar)
    if ahead > tx.now:
        await tx.set_timer(_TELL, promise.ref, ahead)
        return
    about = [one for one in await locked(tx, await _past_grace(tx, manager)) if _is_untold(one)]
    if not about:
        return
    for one in about:
        one.escalated_at = tx.now
        tx.add(one)
    views = await all_drawn(tx, about, masks=True)
    lead = await tx.find(Lead, about[0].lead_id) if len(about) == 1 else None
    card = cards.overdue(
        views,
        url=links.history(lead, manager) if lead is not None else None,
        owners_know=all(one.told_late_at for one in about),
    )
    await tell_manager(tx, manager, card, about, calendar)


async def tell_manager(
    tx: Transaction,
    manager: Member,
    card: Card,
    about: Sequence[Promise],
    calendar: WorkingCalendar,
) -> None:
    for client_id in sorted({one.client_id for one in about}):
        tx.audit(manager.id, "promise", client_id=client_id)
    await tx.notify(
        manager,
        card,
        purpose=PURPOSE,
        client_id=only_client(about),
        due_at=in_working_time(manager, tx.now, calendar),
    )


def only_client(about: Iterable[Promise]) -> int | None:
    clients = {one.client_id for one in about}
    return clients.pop() if len(clients) == 1 else None


def _is_untold(promise: Promise) -> bool:
    return promise.state == PromiseState.LATE and promise.escalated_at is None


async def _manager_of(tx: Transaction, promise: Promise) -> Member | None:
    """Who hears of it now; None where nobody is above its owner."""
    if promise.owner_id is None:
        return None
    manager = await members.manager_of(tx, promise.owner_id)
    return manager if manager is not None and manager.id != promise.owner_id else None


async def _past_grace(tx: Transaction, manager: Member) -> list[Promise]:
    untold = await promises.late_untold(tx)
    waiting = await timers.set_among(tx.session, GRACE, [one.ref for one in untold])
    found = []
    for one in untold:
        its = await _manager_of(tx, one) if one.ref not in waiting else None
        if its is not None and its.id == manager.id:
            found.append(one)
    return found
