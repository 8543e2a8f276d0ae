"""话术卡: what a rep may say now, with his client's words over it; and the library as a list."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from notifiers.card import Button, Card, Row, Text, Tone

MOST_QUOTED = 120
"""Characters of a client's words that a card shows whole on every platform."""
_MARKS = re.compile(r"^#{1,6}\s+|\*\*|__|`", re.MULTILINE)
_RULE_OF_TABLE = re.compile(r"^\|[\s:|\-]+\|$\n?", re.MULTILINE)
_CELLS = re.compile(r"\s*\|\s*")
_MOST_LISTED = 30


@dataclass(frozen=True)
class TalkView:
    """A document that was brought to its reader."""

    offer_id: int
    title: str
    lead: str
    """Its first paragraph: what to say."""
    more: str = ""
    """What asks for others: 话术 价格; empty where there are none."""


def plain(markdown: str) -> str:
    """Markdown as a chat shows it: no marks, tables as lines."""
    text = _RULE_OF_TABLE.sub("", _MARKS.sub("", markdown))
    lines = [
        _CELLS.sub("｜", line.strip().strip("|")).strip() if line.startswith("|") else line
        for line in text.splitlines()
    ]
    return "\n".join(lines).strip()


def prompt_card(
    title: str, talks: Sequence[TalkView], *, subtitle: str = "", quote: str = ""
) -> Card:
    """What may be said now: the first in its words, the others by title."""
    first, *others = talks
    buttons = [
        Button(text="用了这条", action=f"talk_used:{first.offer_id}", tone=Tone.PRIMARY),
        Button(text="发全文给我", action=f"talk_whole:{first.offer_id}"),
    ]
    buttons += [
        Button(text=f"看{talk.title}"[:16], action=f"talk_whole:{talk.offer_id}") for talk in others
    ]
    if first.more:
        buttons.append(Button(text="更多话术", action=f"say:{first.more}"))
    return Card(
        title=title,
        subtitle=subtitle,
        rows=(Row(name="话术", value=first.title),),
        quote=quote,
        text=plain(first.lead),
        buttons=tuple(buttons),
    )


def used_card(talk: TalkView, status: str) -> Card:
    """What is left of the card when its first words were used: they are still there to copy."""
    return Card(
        title=talk.title,
        subtitle=status,
        text=plain(talk.lead),
        buttons=(Button(text="发全文给我", action=f"talk_whole:{talk.offer_id}"),),
    )


def whole(title: str, body: str) -> Text:
    """The words alone, to be copied."""
    return Text(text=f"《{title}》\n\n{plain(body)}")


def found(title: str, body: str, others: Sequence[str]) -> Text:
    """The answer to 「话术 售后」."""
    lines = [f"《{title}》", "", plain(body), "", f"用上了请回复：用了 {title}"]
    if others:
        lines.append(f"还有：{'、'.join(f'《{other}》' for other in others)}")
    return Text(text="\n".join(lines))


def library(titles: Sequence[tuple[str, Sequence[str]]]) -> Text:
    """Every document, with the words by which it is asked for."""
    if not titles:
        return Text(text="话术库是空的。请管理员在规则文件夹的 talktracks/ 里放 Markdown 文件")
    lines = [f"话术库有 {len(titles)} 份，回复“话术 关键词”看内容："]
    for title, words in titles[:_MOST_LISTED]:
        lines.append(f"· {title}" + (f"（{'、'.join(words[:4])}）" if words else ""))
    if len(titles) > _MOST_LISTED:
        lines.append(f"还有 {len(titles) - _MOST_LISTED} 份，用关键词找")
    return Text(text="\n".join(lines))
