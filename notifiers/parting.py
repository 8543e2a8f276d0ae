"""Long words as several messages: each platform takes them whole, none is cut unseen."""

from collections.abc import Iterator

from notifiers.fitting import clean

TEXT_BYTES = 1_900
"""A WeCom text holds 2,048 (DingTalk's 6,000); room is left for the mark of a repeat. What falls
back goes to the other platform as it is, so the smaller one decides."""
MOST_PARTS = 6
"""Nobody reads more at once, and a platform takes so many a minute."""
_TOO_LONG = "……太长，后面的没有列出"
_GROWS = "<"
"""Becomes a full-width sign on WeCom: three bytes."""


def parted(text: str) -> list[str]:
    """At the ends of lines where that is possible, and never through a character."""
    if _bytes(text) <= TEXT_BYTES:
        return [text]
    parts = [""]
    for line in _lines(clean(text)):
        longer = f"{parts[-1]}\n{line}" if parts[-1] else line
        if _bytes(longer) <= TEXT_BYTES or not parts[-1]:
            parts[-1] = longer
        else:
            parts.append(line)
    if len(parts) <= MOST_PARTS:
        return parts
    return [*parts[: MOST_PARTS - 1], _TOO_LONG]


def _lines(text: str) -> Iterator[str]:
    """The lines, one that is too long for a message in pieces of it."""
    for line in text.split("\n"):
        rest = line
        while _bytes(rest) > TEXT_BYTES:
            piece = _beginning(rest)
            yield piece
            rest = rest[len(piece) :]
        yield rest


def _beginning(text: str) -> str:
    """As much as one message holds."""
    room = TEXT_BYTES
    for place, char in enumerate(text):
        room -= _bytes(char)
        if room < 0:
            return text[:place]
    return text


def _bytes(text: str) -> int:
    return len(text.encode()) + 2 * text.count(_GROWS)
