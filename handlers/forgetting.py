"""忘记客户: the client is erased, and his cards on colleagues' screens lose what they show."""

from sqlmodel import col, select

from crm_store.erasure import Erasure, erase
from crm_store.facts import ClientErased
from crm_store.models import Client, Lead, SentCard
from crm_store.store import Transaction
from handlers.reviewing import forget_pairs
from notifiers.card import Card

ERASED_CARD = Card(title="客户资料已删除", status="已按客户要求删除")


async def forget(client: Client, tx: Transaction) -> Erasure:
    erasure = await erase(tx, client.id)
    await tx.record(ClientErased(at=tx.now, client_id=client.id))
    query = (
        select(SentCard)
        .join(Lead, col(Lead.id) == col(SentCard.lead_id))
        .where(Lead.client_id == client.id, col(SentCard.settled_at).is_(None))
    )
    for card in (await tx.session.exec(query)).all():
        await tx.redraw(card, ERASED_CARD, settles=True, client_id=client.id)
    await forget_pairs(tx, client)
    return erasure
