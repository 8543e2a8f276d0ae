"""主数据补齐: clients that came in by the thousand, and those who were there before a system was
registered, are looked at some at a time.
"""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlmodel import col

from config.rules import Rules
from config.schemas.connections import System
from crm_store import cursors
from crm_store.arrival import Arrival
from crm_store.models import Client
from crm_store.outbox import WAITING, outbox
from crm_store.queries import master
from crm_store.store import Transaction
from handlers.events import MasterDue, SlotDue
from handlers.mastering import introduce, look
from handlers.router import Router
from notifiers.webhook import app_of

router = Router("master_filling")

TOGETHER = 20
"""Clients in one event: so many are held at once."""
A_MINUTE = 1000
"""Clients that a new system is told of in a minute."""
_MOST_WAITING = 2000
"""Notices that may wait for it meanwhile."""
_LANE = "master filling"


async def look_later(
    tx: Transaction, rules: Rules, client_ids: Iterable[int], *, system: str | None = None
) -> None:
    """For whoever changes many clients at once: each is looked at in an event of its own."""
    if not rules.connections.systems:
        return
    numbers = sorted(set(client_ids))
    parts = [numbers[start : start + TOGETHER] for start in range(0, len(numbers), TOGETHER)]
    await tx.arrive(
        [
            Arrival(
                kind=MasterDue.kind,
                key=f"{MasterDue.kind}:{tx.fresh_id()}",
                lane=_LANE,
                payload=MasterDue(client_ids=part, system=system).model_dump(mode="json"),
            )
            for part in parts
        ]
    )


@router.on(MasterDue)
async def look_at_each(event: MasterDue, tx: Transaction, rules: Rules) -> None:
    for client_id in event.client_ids:
        if event.system is None:
            await look(tx, client_id, rules)
        else:
            await introduce(tx, client_id, rules, event.system)


@router.schedule("* * * * *", is_watch=True)
async def introduce_more(slot: SlotDue, tx: Transaction, rules: Rules) -> None:
    """To systems that want to hear of the clients who were there before them."""
    for system in rules.connections.told:
        if system.from_start and await _has_room(tx, system):
            await _introduce_more(tx, rules, system)


async def _has_room(tx: Transaction, system: System) -> bool:
    waiting = select(func.count()).where(
        outbox.c.state == WAITING, outbox.c.app == app_of(system.name)
    )
    return int((await tx.session.execute(waiting)).scalar_one()) < _MOST_WAITING


async def _introduce_more(tx: Transaction, rules: Rules, system: System) -> None:
    """The cursor says up to which number it was told, and which was the last when it began."""
    source = f"master:{system.name}"
    old = await cursors.position(tx.session, source)
    at, _, last = (old or f"0/{await _last(tx)}").partition("/")
    numbers = [n for n in await master.after(tx, int(at), most=A_MINUTE) if n <= int(last)]
    new = f"{numbers[-1] if numbers else last}/{last}"
    if new != old and await cursors.move(tx.session, source, old=old, new=new, now=tx.now):
        await look_later(tx, rules, numbers, system=system.name)


async def _last(tx: Transaction) -> int:
    return (await tx.session.execute(select(func.max(col(Client.id))))).scalar_one() or 0
