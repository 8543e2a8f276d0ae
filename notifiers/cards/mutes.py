"""静音: what a rep has switched off, to switch on again in one tap; how much is on in a team."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from notifiers.card import Button, Card, Row
from notifiers.cards.choices import MOST_CHOICES
from notifiers.cards.wording import day_and_time

_MOST_SHARES = 30


@dataclass(frozen=True)
class MuteLine:
    ref: str
    who: str
    what: str
    """Empty: every kind."""
    label: str
    since: datetime


@dataclass(frozen=True)
class ShareLine:
    """Of so many clients of a rep so many are muted."""

    name: str
    pairs: int
    muted: int
    on: float


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


def on_rates(lines: Sequence[ShareLine]) -> str:
    """提醒开启率 95%（40 位客户，2 位静音），then by rep, the lowest first."""
    pairs, muted = sum(line.pairs for line in lines), sum(line.muted for line in lines)
    said = [f"提醒开启率 {_percent(1 - muted / pairs)}（{pairs} 位客户，{muted} 位静音）"]
    ranked = sorted(lines, key=lambda line: (line.on, line.name))
    said += [
        f"{line.name} {_percent(line.on)}（{line.pairs} 位，静音 {line.muted} 位）"
        for line in ranked[:_MOST_SHARES]
    ]
    if ranked[_MOST_SHARES:]:
        said.append(f"其余 {len(ranked) - _MOST_SHARES} 人更高")
    return "\n".join(said)


def _percent(share: float) -> str:
    return f"{share:.0%}" if share in (0, 1) else f"{share:.1%}"


def _unmute(ref: str, what: str) -> str:
    return f"unmute:{ref}:{what}" if what else f"unmute:{ref}"
