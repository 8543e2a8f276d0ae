"""跟进: a tap on the card, a note, or the owner's own words to the client."""

from typing import cast

from config.rules import Rules
from crm_store.errors import CrmError
from crm_store.facts import FollowedUp, MessageOut
from crm_store.models import Client, Lead, Member, SentCard
from crm_store.queries import leads
from crm_store.store import Transaction
from handlers.events import CardPress
from handlers.finding import find_lead, lead_number
from handlers.links import Links
from handlers.presses import ALREADY, take_press
from handlers.readable import readable
from handlers.rights import OnlyTheOwner, scope_of
from handlers.router import Reply, Router
from handlers.showing import working_view
from notifiers.card import Button, Card
from notifiers.cards.lead import LeadView, lead_card
from notifiers.cards.wording import clock_time

router = Router("follow_up")

WHAT = {"contacted": "已联系", "visit": "已约拜访", "material": "已发资料"}
"""What a tap on each button says was done."""
_NOTHING = "没有看到内容，请写一句做了什么：跟进 赵主任 已发参数表"


@router.button("contacted")
async def contacted(
    argument: str, press: CardPress, sender: Member, tx: Transaction, links: Links, rules: Rules
) -> Reply:
    return await _tapped("contacted", argument, press, sender, tx, links, rules)


@router.button("visit")
async def visit(
    argument: str, press: CardPress, sender: Member, tx: Transaction, links: Links, rules: Rules
) -> Reply:
    return await _tapped("visit", argument, press, sender, tx, links, rules)


@router.button("material")
async def material(
    argument: str, press: CardPress, sender: Member, tx: Transaction, links: Links, rules: Rules
) -> Reply:
    return await _tapped("material", argument, press, sender, tx, links, rules)


async def _tapped(
    how: str,
    ref: str,
    press: CardPress,
    sender: Member,
    tx: Transaction,
    links: Links,
    rules: Rules,
) -> Reply:
    """#30: the tap is the record. The card is redrawn with the press's own code."""
    lead = await owned_lead(tx, sender, ref)
    card = await take_press(tx, press)
    if card is ALREADY:
        return None
    await tx.record(
        FollowedUp(at=tx.now, client_id=lead.client_id, lead_id=lead.id, by=sender.id, how=how)
    )
    if card is None:
        client = await tx.get(Client, lead.client_id)
        return f"已记录：{client.display} {WHAT[how]}"
    await tx.redraw(
        card,
        as_it_stands(await working_view(tx, lead, sender, links, rules), card, lead),
        code=press.code,
        client_id=lead.client_id,
    )
    return None


def as_it_stands(view: LeadView, card: SentCard, lead: Lead) -> Card:
    """The card with what was tapped on it said, and those buttons gone."""
    drawn = lead_card(view)
    taken = [action.partition(":")[0] for action in card.pressed]
    done = [WHAT[verb] for verb in taken if verb in WHAT]
    if not done or lead.last_followed_up_at is None:
        return drawn
    left = tuple(
        button
        for button in drawn.buttons
        if not (isinstance(button, Button) and button.action in card.pressed)
    )
    said = f"{'、'.join(done)} · {clock_time(lead.last_followed_up_at)}"
    return drawn.model_copy(update={"text": said, "buttons": left})


async def owned_lead(tx: Transaction, sender: Member, ref: str) -> Lead:
    """The sender's open lead, locked. Who never had it learns nothing of it, not even by how
    much is asked of the database."""
    scope = await scope_of(tx, sender)
    number = lead_number(ref)
    lead = await tx.find(Lead, number) if number is not None else None
    if lead is None or sender.id not in (lead.owner_id, *lead.tried):
        raise OnlyTheOwner(None)
    lead = await tx.lock_lead(lead.id)
    if lead.owner_id != sender.id or not scope.covers(lead):
        # Who has it now is told to who had it before, as long as he still sells.
        is_passed_on = lead.owner_id not in (None, sender.id) and not scope.is_empty
        owner = await tx.find(Member, lead.owner_id) if is_passed_on else None
        raise OnlyTheOwner(owner.name if owner else None)
    if not lead.is_open:
        client = await tx.get(Client, lead.client_id)
        raise CrmError(f"{client.display}的线索已经关闭")
    return lead


@router.command(
    "跟进 {client} {note}",
    "记录 {client} {note}",
    "{client} 跟进 {note}",
    help="记一次跟进：跟进 赵主任 已发参数表",
)
async def log_note(client: str, note: str, sender: Member, tx: Transaction) -> Reply:
    found = await find_lead(tx, sender, client)
    if not found.lead.is_open:
        raise CrmError(f"{found.client.display}的线索已经关闭")
    note = readable(note)
    if not note:
        raise CrmError(_NOTHING)
    lead = found.lead
    await tx.record(
        FollowedUp(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            by=sender.id,
            how="note",
            words=note,
        )
    )
    return f"已记录{found.client.display}的跟进"


@router.on(FollowedUp)
async def nothing_to_tell(fact: FollowedUp, tx: Transaction) -> None:
    await _touched(tx, cast(int, fact.lead_id))


@router.on(MessageOut)
async def nothing_to_tell_after_words(fact: MessageOut, tx: Transaction) -> None:
    lead = await tx.get(Lead, fact.lead_id)
    if fact.by is not None and fact.by == lead.owner_id:
        await _touched(tx, lead.id)


async def _touched(tx: Transaction, lead_id: int) -> None:
    """Nobody has to be told that the client waits."""
    lead = await tx.get(Lead, lead_id)
    await tx.cancel_timer("client_words", lead.ref)
    lead.told_up_to = await leads.newest_message(tx, lead.client_id)
    tx.add(lead)
