"""静音: what a rep has switched off, to switch on again in one tap."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from notifiers.card import Button, Card, Row
from notifiers.cards.choices import MOST_CHOICES
from notifiers.cards.wording import day_and_time


@dataclass(frozen=True)
class MuteLine:
    ref: str
    who: str
    what: str
    """Empty: every kind."""
    label: str
    since: datetime


def muted_card(ref: str, title: str, what: str, said: str) -> Card:
    return Card(
        title=title,
        text=said,
        buttons=(Button(text="恢复", action=_unmute(ref, what)),),
    )


def mutes_card(lines: Sequence[MuteLine]) -> Card:
    shown, hidden = lines[:MOST_CHOICES], lines[MOST_CHOICES:]
    return Card(
        title=f"您关掉了 {len(lines)} 项提醒",
        rows=tuple(
            Row(name=line.who, value=f"{line.label} · {day_and_time(line.since)}") for line in shown
        ),
        text=f"还有 {len(hidden)} 项，恢复几项后再看，或回复：恢复 客户" if hidden else "",
        buttons=tuple(
            Button(text=f"恢复 {line.who}", action=_unmute(line.ref, line.what)) for line in shown
        ),
    )


def _unmute(ref: str, what: str) -> str:
    return f"unmute:{ref}:{what}" if what else f"unmute:{ref}"
