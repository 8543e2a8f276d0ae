"""A message as plain words, for wherever it can be shown in no other way."""

from notifiers.card import Card, Image, Link, Message
from notifiers.fitting import one_line


def in_words(message: Message) -> str:
    if isinstance(message, Card):
        return card_in_words(message)
    return message.words if isinstance(message, Image) else message.text


def card_in_words(card: Card) -> str:
    """The card from top to bottom, a line for each part; buttons that act are left out."""
    lines = [one_line(card.title), one_line(card.subtitle)]
    lines += [f"{one_line(row.name)}：{one_line(row.value)}" for row in card.rows]
    lines += [f"「{one_line(card.quote)}」" if card.quote else "", card.text, card.status]
    lines += [f"{one_line(item.text)}：{item.url}" for item in card.buttons if type(item) is Link]
    lines.append(card.url or "")
    return "\n".join(line for line in lines if line)
