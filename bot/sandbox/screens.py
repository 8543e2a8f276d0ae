"""What everybody sees: one list of items a person, cards in their present state."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

Platform = Literal["wechat", "wecom", "dingtalk"]
Kind = Literal["text", "card", "notice", "image"]
Style = Literal["primary", "plain", "danger"]


@dataclass(frozen=True)
class RowView:
    name: str
    value: str
    url: str | None = None


@dataclass(frozen=True)
class QuoteView:
    title: str
    text: str


@dataclass(frozen=True)
class ButtonView:
    """`key` comes back when it is pressed; with a `url` it opens a page instead."""

    key: str
    text: str
    style: Style = "plain"
    url: str | None = None
    disabled: bool = False


@dataclass(frozen=True)
class MenuView:
    key: str
    text: str


@dataclass(frozen=True)
class CardView:
    """A card as its platform draws it. With a `status` it is settled: no button works."""

    title: str = ""
    subtitle: str = ""
    source: str = ""
    rows: tuple[RowView, ...] = ()
    quote: QuoteView | None = None
    text: str = ""
    buttons: tuple[ButtonView, ...] = ()
    menu: tuple[MenuView, ...] = ()
    status: str | None = None
    link: str | None = None


@dataclass(frozen=True)
class Item:
    """One bubble, card or grey notice on one person's screen."""

    id: str
    at: datetime
    sender: str
    """The name above the bubble ("from" in JSON)."""
    mine: bool
    platform: Platform
    conversation: str
    kind: Kind
    text: str = ""
    card: CardView | None = None
    edited_at: datetime | None = None
    picture: bytes = field(default=b"", repr=False)
    """A PNG, where the kind is image."""


@dataclass(frozen=True)
class Sighting:
    """A moment at which a screen changed: `item` as it was seen then."""

    at: datetime
    person: str
    item: Item
    edited: bool


class Screens:
    """All screens, and the history of what came up on them."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._items: dict[str, list[Item]] = {}
        self._numbers = itertools.count(1)
        self._listeners: list[Callable[[], None]] = []
        self.history: list[Sighting] = []
        self.version = 1

    def of(self, person: str) -> list[Item]:
        return list(self._items.get(person, ()))

    def item(self, person: str, item_id: str) -> Item | None:
        return next((i for i in self._items.get(person, ()) if i.id == item_id), None)

    def on_change(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def touch(self) -> None:
        """Something that the page shows has changed, be it only the clock."""
        self.version += 1
        for listener in self._listeners:
            listener()

    def show(
        self,
        person: str,
        *,
        sender: str,
        platform: Platform,
        conversation: str,
        kind: Kind = "text",
        text: str = "",
        card: CardView | None = None,
        mine: bool = False,
        at: datetime | None = None,
        picture: bytes = b"",
    ) -> Item:
        """`at` is given where something older comes into view only now."""
        item = Item(
            f"i{next(self._numbers)}",
            at or self._now(),
            sender,
            mine,
            platform,
            conversation,
            kind,
            text,
            card,
            picture=picture,
        )
        self._items.setdefault(person, []).append(item)
        self._note(person, item, edited=False)
        return item

    def redraw(self, person: str, item_id: str, card: CardView) -> None:
        items = self._items[person]
        place = next(n for n, item in enumerate(items) if item.id == item_id)
        items[place] = replace(items[place], card=card, edited_at=self._now())
        self._note(person, items[place], edited=True)

    def _note(self, person: str, item: Item, *, edited: bool) -> None:
        self.history.append(Sighting(self._now(), person, item, edited))
        self.touch()
