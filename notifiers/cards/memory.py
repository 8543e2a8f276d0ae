"""Answers out of the archive: who said what when, a page of quotes at a time.

What fits a message is told in full; of more, a card shows the beginning of each with 更多. WeCom's
card holds six rows of 64 characters, so a page has five.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from notifiers.card import Button, Card, Link, Row, Text
from notifiers.cards.wording import SHANGHAI
from notifiers.fitting import fit_chars

PAGE = 5
_MOST_QUOTED = 60
_MOST_NAME = 9


@dataclass(frozen=True)
class QuoteLine:
    """Somebody's words, masked where the reader may not know all."""

    at: datetime
    who: str
    words: str
    about: str = ""
    """The client, where the answer is about several."""


@dataclass(frozen=True)
class AnswerView:
    title: str
    """张总 · 上周说的话"""
    quotes: Sequence[QuoteLine]
    """As they are to be read."""
    head: str = ""
    """The answer in short: 最近一次报价 28万（李娜，03-05）."""
    below: Sequence[str] = ()
    """What else has to be known of it."""
    more: str = ""
    """The action that shows the next page; empty on the last."""
    url: str = ""
    links: Sequence[tuple[str, str]] = field(default=())


def answer(view: AnswerView) -> Card | Text:
    if view.more:
        return _page(view)
    lines = [
        f"{view.title}：",
        *([view.head] if view.head else []),
        *(f"{_when(one)} {_whose(one)}：{one.words}" for one in view.quotes),
        *view.below,
    ]
    return Text(text="\n".join(lines))


def _page(view: AnswerView) -> Card:
    rows = tuple(
        Row(name=_name(one), value=fit_chars(" ".join(one.words.split()), _MOST_QUOTED) or "—")
        for one in view.quotes
    )
    links = tuple(Link(text=text, url=url) for text, url in view.links)
    return Card(
        title=view.title,
        rows=rows,
        text="\n".join(part for part in (view.head, *view.below) if part),
        buttons=(Button(text="更多", action=view.more), *links),
        url=view.url or None,
    )


def _name(one: QuoteLine) -> str:
    """03-05 张总"""
    return f"{one.at.astimezone(SHANGHAI):%m-%d} {fit_chars(one.about or one.who, _MOST_NAME)}"


def _whose(one: QuoteLine) -> str:
    if not one.about or one.about == one.who:
        return one.who
    return f"{one.about}（{one.who}）"


def _when(one: QuoteLine) -> str:
    return f"{one.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
