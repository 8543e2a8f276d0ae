"""一人一时一条 (#37-#40): what a member's parts of one time come to, as one message.

A card where something can be pressed, else a text; what a platform's card cannot hold follows as
one text. Who has nothing to read gets nothing.
"""

from collections.abc import Mapping, Sequence

from crm_store.models import Member
from crm_store.queries import absences
from crm_store.store import Transaction
from handlers.allocation import waiting_in_pool
from handlers.events import DigestDue
from handlers.promises import digest as contacts_today
from handlers.rhythm import (
    focus_log,
    follow_rate,
    golden_hours,
    heat_map,
    overdue,
    promised,
    stand_up,
    top,
)
from handlers.rhythm.parts import Around, DigestPart, Part
from handlers.rhythm.pictures import show_picture
from handlers.rhythm.planning import is_for, written
from handlers.router import Router
from notifiers.card import Card, Text
from notifiers.room import shows_all

router = Router("digest")

PARTS: Mapping[str, Part] = {
    "heatmap": heat_map.part,
    "overdue": overdue.part,
    "focus": stand_up.part,
    "promises": promised.part,
    "contacts": contacts_today.part,
    "log": focus_log.part,
    "top": top.part,
    "golden": golden_hours.part,
    "followup": follow_rate.part,
    "pool": waiting_in_pool.part,
}
"""By the names that rhythm.yaml uses."""


@router.on(DigestDue)
async def send(event: DigestDue, tx: Transaction, around: Around) -> None:
    member = await tx.find(Member, event.member_id)
    if member is None or not member.active or tx.now > event.until:
        return
    if around.today(tx.now) != event.day or member.id in await absences.away(tx, tx.now):
        return
    slots = [
        slot
        for slot in around.rules.rhythm.slots
        if written(slot.at) in event.times and is_for(slot, member)
    ]
    names = dict.fromkeys(name for slot in slots for name in slot.parts)
    parts = [part for name in names if (part := await PARTS[name](tx, member, around)) is not None]
    title = " · ".join(dict.fromkeys(slot.title for slot in slots))
    for message in composed(f"{title} · {event.day:%m-%d}", parts):
        await tx.notify(member, message, purpose="digest")
    for part in parts:
        if part.picture is not None:
            await show_picture(tx, member, part.picture)


def composed(title: str, parts: Sequence[DigestPart]) -> list[Card | Text]:
    """As few messages as the platforms allow."""
    told = [part for part in parts if part.rows or part.text or part.buttons]
    pressed = [part for part in told if part.buttons]
    if not pressed:
        return [Text(text="\n".join([title, *map(_words, told)]))] if told else []
    carded, over = list[DigestPart](), list[DigestPart]()
    for part in [*pressed, *(part for part in told if not part.buttons)]:
        fits = not carded or shows_all(_card(title, [*carded, part]))
        (carded if fits else over).append(part)
    return [_card(title, carded), *([Text(text="\n".join(map(_words, over)))] if over else [])]


def _card(title: str, parts: Sequence[DigestPart]) -> Card:
    return Card(
        title=title,
        text="\n".join(_head(part) for part in parts if _head(part)),
        rows=tuple(row for part in parts for row in part.rows),
        buttons=tuple(button for part in parts for button in part.buttons),
    )


def _head(part: DigestPart) -> str:
    return "\n".join(words for words in (part.title, part.text) if words)


def _words(part: DigestPart) -> str:
    rows = [f"{row.name}：{row.value}" for row in part.rows]
    return "\n".join(words for words in (part.title, *rows, part.text) if words)
