"""Which client a colleague means: by name, company or number, within his rights.

Nobody learns whether a client he may not see exists: "not found" and "not yours" are one sentence.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from crm_store.errors import CrmError, NotYours
from crm_store.facts import LeadViewed
from crm_store.models import Client, Lead, LeadState, Member
from crm_store.queries import aliases, leads
from crm_store.store import Transaction
from crm_store.view import View
from handlers.rights import may_assign, scope_of
from handlers.ringing import fall_silent
from notifiers.cards.wording import SHANGHAI

REF = re.compile(r"#?([LC])([0-9]{1,15})", re.IGNORECASE)
QUOTES = "「」“”\"'《》 #"
MOST_CHOICES = 20
_SHOWN = 14
"""So much of a button is read on every platform, less the mark of its being cut."""


@dataclass(frozen=True)
class Found:
    client: Client
    lead: Lead


class WhichOne(CrmError):
    """Several clients fit; the dispatcher asks with a card, one button each."""

    def __init__(self, name: str, options: list[tuple[str, str]]) -> None:
        """`options`: (what to show, the number that says which)."""
        super().__init__(f"说的是哪一位{name}？")
        self.name = name
        self.options = options


async def find_lead(tx: Transaction, sender: Member, name: str) -> Found:
    """The lead meant by `name`, locked. Naming it counts as having seen it; another's is audited.

    Raises NotYours where there is none he may see, WhichOne where there are several.
    """
    found = await look_up(tx, sender, name)
    lead = await tx.lock_lead(found.lead.id)
    if not (await scope_of(tx, sender)).covers(lead):
        raise NotYours(name.strip(QUOTES))  # it went to somebody else this very moment
    if lead.owner_id == sender.id:
        await note_view(tx, lead, sender, how="command")
    else:
        tx.audit(sender.id, "read_client", client_id=found.client.id)
    return Found(found.client, lead)


async def manageable(tx: Transaction, sender: Member, ref: str, deed: str = "转派") -> Lead:
    """The open lead, locked; refuses whoever may not move it. `deed`: what he wants with it."""
    found = await find_lead(tx, sender, ref)
    if not found.lead.is_open:
        raise CrmError(f"{found.client.display}的线索已经关闭")
    if not await may_assign(tx, sender, found.lead):
        raise CrmError(f"{deed}要由主管来做")
    return found.lead


def lead_number(ref: str) -> int | None:
    """L12 → 12; None for what is no lead's number."""
    found = REF.fullmatch(ref)
    return int(found[2]) if found and found[1].upper() == "L" else None


async def look_up(view: View, sender: Member, name: str) -> Found:
    """Like find_lead, for those who only read."""
    wanted = name.strip(QUOTES)
    options = await _candidates(view, sender, wanted) if wanted else []
    if not options:
        raise NotYours(wanted)
    if len(options) > 1:
        raise WhichOne(wanted, told_apart([(found, found.lead.ref) for found in options]))
    return options[0]


async def _candidates(view: View, sender: Member, wanted: str) -> list[Found]:
    scope = await scope_of(view, sender)
    if scope.is_empty:
        return []
    reference = REF.fullmatch(wanted)
    if reference is None:
        rows = await leads.named(
            view,
            wanted,
            owners=scope.owners,
            with_won=scope.with_won,
            with_pool=scope.with_pool,
            shared=scope.shared,
        )
        return [Found(client, lead) for client, lead in rows][:MOST_CHOICES]
    letter, number = reference[1].upper(), int(reference[2])
    if letter == "L":
        lead = await leads.going_on(view, number)
        rows_of_client = [lead] if lead else []
    else:
        rows_of_client = list(await leads.open_of_client(view, await aliases.live_id(view, number)))
    return [
        Found(await view.get(Client, lead.client_id), lead)
        for lead in rows_of_client
        if scope.covers(lead)
    ]


def label(found: Found) -> str:
    parts = [found.client.display, found.lead.product or found.client.company]
    return " · ".join(part for part in parts if part)


def told_apart(options: Sequence[tuple[Found, str]]) -> list[tuple[str, str]]:
    """What each button says, and the number that it stands for. Who would look like another is
    called by that number first, and then by what tells him from the others."""
    further = [_further(found) for found, _ in options]
    differs = [len(set(values)) > 1 for values in zip(*further, strict=True)]
    shown = []
    for (found, _), values in zip(options, further, strict=True):
        telling = sorted(zip(differs, values, strict=True), key=lambda pair: not pair[0])
        company = found.client.company if found.client.company != found.client.display else ""
        parts = (*(value for _, value in telling), found.lead.product, company)
        shown.append(" · ".join(part for part in (found.client.display, *parts) if part))
    return numbered([(label(found), ref) for found, ref in options], shown)


def _further(found: Found) -> tuple[str, str]:
    """上海, 03-10 联系"""
    spoke = found.lead.last_followed_up_at
    day = (spoke or found.lead.opened_at).astimezone(SHANGHAI)
    return found.client.region, f"{day:%m-%d} {'联系' if spoke else '来的'}"


def numbered(
    options: Sequence[tuple[str, str]], longer: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """Of (label, number): where labels are read alike, the number goes before, and `longer` stands
    in the label's place."""
    read_as = Counter(label[:_SHOWN] for label, _ in options)
    longer = longer or [label for label, _ in options]
    return [
        (f"{ref} {more}" if read_as[label[:_SHOWN]] > 1 else label, ref)
        for (label, ref), more in zip(options, longer, strict=True)
    ]


async def note_view(tx: Transaction, lead: Lead, member: Member, *, how: str) -> None:
    """已查看: the owner's sign that he has seen the lead, which is locked. Only the first is a
    fact; a later one ends what rings for it again."""
    if lead.owner_id != member.id:
        return
    if lead.state != LeadState.ASSIGNED:
        await fall_silent(tx, lead, "已查看")
        return
    await tx.record(
        LeadViewed(at=tx.now, client_id=lead.client_id, lead_id=lead.id, by=member.id, how=how)
    )
    await tx.cancel_timer("first_view", lead.ref)
