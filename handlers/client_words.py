"""客户又来信: further words of a client within a minute are one notice to the owner, not many.

Never muted, and at any hour but the owner's quiet ones. Whoever has the conversation himself
reads it there and is not told.
"""

from collections.abc import Sequence
from datetime import timedelta

from config.rules import Rules
from config.settings import Settings
from crm_store.facts import FieldLearned, MessageIn, VoiceHeard
from crm_store.models import ChatMessage, Client, Lead, Member
from crm_store.queries import conversations, leads, members
from crm_store.store import Transaction
from crm_store.timers import of_subject, set_once
from crm_store.view import View
from handlers.events import TimerDue
from handlers.fields import LABELS, NEED, shown
from handlers.hours import at_any_hour
from handlers.links import Links
from handlers.past import Past
from handlers.prompts.prompting import prompt_for
from handlers.reading import Reader
from handlers.refreshing import refresh_cards
from handlers.router import Router
from handlers.showing import of_message, shortened
from handlers.suggesting import tell_untold
from notifiers.card import Text

router = Router("client_words")

_KIND = "client_words"
_MOST_MESSAGES = 10
_VOICES = "voices"
"""In the timer: messages that were told as voices that wait, and have words by now."""
_NOT_NEWS = frozenset({NEED, "urgency"})
"""The words themselves say these as shortly."""


@router.on(MessageIn)
async def notice_soon(fact: MessageIn, tx: Transaction, rules: Rules) -> None:
    lead = await tx.get(Lead, fact.lead_id)
    if not lead.carded or lead.owner_id is None:
        return  # the card itself will show them
    due = tx.now + timedelta(seconds=rules.escalation.client_words_notice_seconds)
    await set_once(tx.session, _KIND, lead.ref, due, data={"owner_id": lead.owner_id})


@router.on(FieldLearned)
async def at_once_where_he_reads(fact: FieldLearned, tx: Transaction) -> None:
    """Whoever reads the words in the conversation answers at once, and then nothing is told: what
    helps against an objection has to be there before."""
    if fact.field != "objection" or fact.lead_id is None:
        return
    lead = await tx.get(Lead, fact.lead_id)
    if not lead.carded or lead.owner_id is None:
        return
    owner = await members.acting_for(tx, lead.owner_id)
    client = await tx.get(Client, lead.client_id)
    if owner is None or not await _has_conversation(tx, client, owner):
        return
    for timer in await of_subject(tx.session, lead.ref):
        if timer.kind == _KIND and timer.due_at > tx.now:
            await tx.set_timer(_KIND, lead.ref, tx.now, data=timer.data)


@router.on(VoiceHeard)
async def words_of_a_voice(fact: VoiceHeard, tx: Transaction, rules: Rules) -> None:
    """He was told that a voice message waits: now it has words. Else the notice, or the card, that
    is still to come shows them."""
    lead = await tx.get(Lead, fact.lead_id)
    if not lead.carded or lead.owner_id is None or fact.message_id > lead.told_up_to:
        return
    due = tx.now + timedelta(seconds=rules.escalation.client_words_notice_seconds)
    voices = [fact.message_id]
    for timer in await of_subject(tx.session, lead.ref):
        if timer.kind == _KIND:
            due, voices = timer.due_at, [*timer.data.get(_VOICES, []), fact.message_id]
    data = {"owner_id": lead.owner_id, _VOICES: voices}
    await tx.set_timer(_KIND, lead.ref, due, data=data)


@router.timer(_KIND)
async def tell_owner(
    due: TimerDue,
    tx: Transaction,
    settings: Settings,
    rules: Rules,
    links: Links,
    reader: Reader,
) -> None:
    lead = await tx.lock_lead(int(due.subject[1:]))
    if lead.owner_id is None or not lead.is_open:
        return
    owner = await members.acting_for(tx, lead.owner_id)
    if owner is None:
        return
    ahead = at_any_hour(owner, tx.now, settings.zone)
    if ahead > tx.now:
        # Looked at again when his quiet hours end: the lead may be somebody else's by then.
        await tx.set_timer(_KIND, lead.ref, ahead, data=due.data)
        return
    client = await tx.get(Client, lead.client_id)
    heard = await _voices(tx, client, due.data.get(_VOICES, []))
    heard += await leads.heard_since(tx, lead, after=lead.told_up_to, last=_MOST_MESSAGES)
    lead.told_up_to = await leads.newest_message(tx, client.id)
    tx.add(lead)
    news = await learned_from(tx, lead, [row.id for row, _ in heard])
    if news:
        await refresh_cards(tx, lead, links, rules)
    if not heard:
        return
    lines: list[str] = []
    if not await _has_conversation(tx, client, owner):
        lines = [
            f"{client.display}又说：",
            *(shortened(of_message(row, text)) for row, text in heard),
            *([f"新：{'、'.join(news)}"] if news else []),
            *await tell_untold(tx, lead, client, owner),
        ]
    # What may be answered travels with the words: one ping, not two.
    card, shows_words = await prompt_for(
        tx, lead, owner, heard, rules, reader, who=client.display, lines=lines[1:]
    )
    words = Text(text="\n".join(lines)) if lines and not shows_words else None
    for message, purpose in ((words, "notice"), (card, "talk")):
        if message is not None:
            await tx.notify(owner, message, purpose=purpose, client_id=client.id, lead_id=lead.id)


async def _voices(
    tx: Transaction, client: Client, message_ids: Sequence[int]
) -> list[tuple[ChatMessage, str]]:
    """What was written down of voice messages that he knows to wait."""
    rows = [await tx.find(ChatMessage, message_id) for message_id in message_ids]
    return [
        (row, await tx.open(client.id, row.body, purpose="message"))
        for row in rows[-_MOST_MESSAGES:]
        if row is not None
    ]


async def learned_from(view: View, lead: Lead, message_ids: Sequence[int]) -> list[str]:
    """预算30-50万 (原来20万): what these messages said that stands now."""
    past = await Past.of(view, lead) if message_ids else Past({})
    found = [field for field in past.in_force if field.message_id in message_ids]
    news = []
    for field in found:
        if field.name in _NOT_NEWS:
            continue
        before = past.before(field)[-1:]
        was = f"（原来{shown(before[0])}）" if before else ""
        news.append(f"{LABELS[field.name]} {shown(field)}{was}")
    return news


async def _has_conversation(tx: Transaction, client: Client, owner: Member) -> bool:
    return any(
        conversation.is_with(owner.wecom, now=tx.now)
        for conversation in await conversations.of_client(tx, client.id)
    )
