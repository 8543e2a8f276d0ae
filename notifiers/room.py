"""What a card may hold on every platform; WeCom's holds the least."""

from notifiers.card import Card
from notifiers.wecom_card import BODY_CHARS, BUTTONS, ROWS


def shows_all(card: Card) -> bool:
    """Whether each platform shows all of its rows and buttons, and its words uncut."""
    return len(card.text) <= BODY_CHARS and len(card.rows) <= ROWS and len(card.buttons) <= BUTTONS
