"""Whom he means: the clients he deals with, the one he spoke of last, who is called nearly so."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from config.rules import Rules
from crm_store.errors import CrmError
from crm_store.models import Client, Lead, Member, Talk
from crm_store.queries import talks
from crm_store.store import Transaction
from crm_store.view import View
from handlers.finding import Found, look_up, told_apart
from handlers.reading import Reader
from handlers.rights import scope_of
from nlp.normal.companies import firm
from nlp.normal.sounds import sound
from nlp.normal.text import folded
from nlp.requests import Known
from nlp.requests.known import Names

RECENT = timedelta(minutes=30)
"""So long 「他」 is the client he dealt with last."""
MOST_LIKELY = 4
_MOST_NAMES = 300
_MOST_PEOPLE = 60
"""Whoever leads more is asked for names that the whole company would have to be searched for."""
_CLOSE, _LONG = 1, 3
_PURPOSE = "talk"


async def _his(view: View, sender: Member, most: int) -> Sequence[tuple[Client, Lead]]:
    """Clients within his rights, the latest dealt with first; his own before his people's."""
    own = list(await _own(view, sender, most))
    others = ((await scope_of(view, sender)).owners or frozenset()) - {sender.id}
    if others and len(own) < most and len(others) <= _MOST_PEOPLE:
        own += await talks.dealt_with(view, others, most=most - len(own))
    return own


async def _own(view: View, sender: Member, most: int) -> Sequence[tuple[Client, Lead]]:
    """None for who sees no open client, even where one was left in his name."""
    owners = (await scope_of(view, sender)).owners
    if owners is not None and sender.id not in owners:
        return []
    return await talks.dealt_with(view, {sender.id}, most=most)


async def known_to(view: View, sender: Member, reader: Reader, rules: Rules) -> Known:
    """What his words are read by."""
    names: set[str] = set()
    for client, _ in await _his(view, sender, _MOST_NAMES):
        names |= called(client)
    people = frozenset(member.name for member in rules.staff.members)
    return Known(reader.lexicon, Names.of(people), Names.of(names - people))


def called(client: Client) -> set[str]:
    """How people call him: 康源医疗器械有限公司 is 康源医疗 and 康源 too."""
    names = {client.name, client.company}
    for written in (client.name, client.company):
        parts = firm(written) if written else None
        if parts is not None and parts.brand and (parts.trade or parts.suffix or parts.place):
            names |= {parts.brand, parts.brand + parts.trade}
    return names - {""}


async def likely(view: View, sender: Member) -> list[Found]:
    """Whom he may mean where he names nobody: who was spoken of last, then by how lately."""
    found: dict[int, Found] = {}
    spoken_of = await _named(view, sender)
    if spoken_of is not None:
        found[spoken_of[0].lead.id] = spoken_of[0]
    for client, lead in await _his(view, sender, MOST_LIKELY):
        found.setdefault(lead.id, Found(client, lead))
    return list(found.values())[:MOST_LIKELY]


async def dealt_with_last(view: View, sender: Member) -> Found | None:
    """他, 这个客户: whom he named, saw, or followed up within the last minutes; None where that
    was nobody."""
    named = await _named(view, sender)
    ours = await _own(view, sender, most=1)
    best: tuple[datetime, Found] | None = None
    if named is not None:
        best = named[1], named[0]
    for client, lead in ours:
        moments = (lead.last_followed_up_at, lead.viewed_at, lead.assigned_at)
        touched = max((moment for moment in moments if moment is not None), default=None)
        if touched is not None and (best is None or touched > best[0]):
            best = touched, Found(client, lead)
    if best is None or view.now - best[0] > RECENT:
        return None
    return best[1]


async def _named(view: View, sender: Member) -> tuple[Found, datetime] | None:
    talk = await view.find(Talk, sender.id)
    if talk is None or talk.named is None or talk.named_at is None:
        return None
    name = view.vault.service.open(talk.named, purpose=_PURPOSE).decode()
    try:
        return await look_up(view, sender, name), talk.named_at
    except CrmError:
        return None  # he is not his any more, or there are two by now


async def note_named(tx: Transaction, sender: Member, name: str) -> None:
    """He spoke of this client now."""
    talk = await talk_of(tx, sender)
    talk.named = tx.vault.service.seal(name.encode("utf-8", "replace"), purpose=_PURPOSE)
    talk.named_at = tx.now
    tx.add(talk)


async def talk_of(tx: Transaction, sender: Member) -> Talk:
    """His row, held; a first one where there is none."""
    if await tx.find(Talk, sender.id) is None:
        tx.add(Talk(member_id=sender.id))
        await tx.flush()
    return await tx.lock(Talk, sender.id)


async def nearly_called(view: View, sender: Member, name: str) -> list[Found]:
    """Clients within his rights whose name sounds like this one, or is one character away."""
    wanted = folded(name)
    found: dict[int, Found] = {}
    if len(wanted) > 1:
        for client, lead in await _his(view, sender, _MOST_NAMES):
            if any(_is_near(wanted, folded(one)) for one in called(client)):
                found.setdefault(client.id, Found(client, lead))
    return list(found.values())[:MOST_LIKELY]


def _is_near(wanted: str, name: str) -> bool:
    if not name or abs(len(wanted) - len(name)) > _CLOSE:
        return False
    if sound(wanted) == sound(name):
        return True
    return min(len(wanted), len(name)) >= _LONG and _apart(wanted, name) <= _CLOSE


def _apart(one: str, other: str) -> int:
    """Edit distance."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        above, row[0] = row[0], i
        for j, right in enumerate(other, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (left != right))
    return row[-1]


def choices(found: Sequence[Found]) -> list[tuple[str, str]]:
    """What a button shows, and the number that says who."""
    return told_apart([(one, one.lead.ref) for one in found])
