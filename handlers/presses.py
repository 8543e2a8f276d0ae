"""A press counts once: platforms send it twice, people tap twice, cards outlive their question."""

from enum import Enum

from crm_store.errors import CrmError
from crm_store.models import SentCard
from crm_store.store import Transaction
from handlers.events import CardPress
from notifiers.card import Card


class Already(Enum):
    """The same action was taken on the same card before."""

    PRESSED = 1


ALREADY = Already.PRESSED


async def take_press(tx: Transaction, press: CardPress) -> SentCard | Already | None:
    """The pressed card, locked; None where it is not known to us any more.

    ALREADY for a second press of the same button. Refuses a card that was settled meanwhile.
    """
    card = await tx.find(SentCard, press.card_key)
    if card is None:
        return None
    card = await tx.lock(SentCard, press.card_key)
    if press.action in card.pressed:
        return ALREADY
    if card.settled_at is not None:
        raise CrmError("这张卡片已经处理过了，这一步没有生效")
    card.pressed = [*card.pressed, press.action]
    tx.add(card)
    return card


async def settle_press(
    tx: Transaction, press: CardPress, title: str, status: str, *, client_id: int | None = None
) -> None:
    """The pressed card keeps its title and says what was decided."""
    card = await tx.find(SentCard, press.card_key)
    if card is not None:
        drawn = Card(title=title, status=status)
        await tx.redraw(card, drawn, code=press.code, settles=True, client_id=client_id)
