"""「用了这条」: a rep says with a tap that he used what was brought to him."""

from config.rules import Rules
from crm_store.errors import CrmError
from crm_store.facts import DocumentUsed
from crm_store.models import DocumentOffer, Lead, Member
from crm_store.store import Transaction
from handlers.events import CardPress
from handlers.finding import note_view
from handlers.presses import ALREADY, settle_press, take_press
from handlers.router import Reply, Router
from notifiers.cards.talk import TalkView, used_card, whole

router = Router("talk_used")

_NOTED = "已记下：用了这条"
_GONE = "这份话术已经不在话术库里了"


async def use(tx: Transaction, offer: DocumentOffer, member: Member, title: str) -> bool:
    """Notes the use; False where it was noted before."""
    if offer.used_at is not None:
        return False
    lead = await tx.lock_lead(offer.lead_id) if offer.lead_id is not None else None
    offer = await tx.lock(DocumentOffer, offer.id)
    if offer.used_at is not None:
        return False
    offer.used_at = tx.now
    tx.add(offer)
    if lead is not None:
        if lead.owner_id == member.id:
            await note_view(tx, lead, member, how="button")
        await tx.record(
            DocumentUsed(
                at=tx.now,
                client_id=lead.client_id,
                lead_id=lead.id,
                by=member.id,
                document=title,
                member_id=member.id,
            )
        )
    return True


@router.button("talk_used")
async def used(
    argument: str, press: CardPress, sender: Member, tx: Transaction, rules: Rules
) -> Reply:
    offer = await own_offer(tx, sender, argument)
    card = await take_press(tx, press)
    if card is ALREADY:
        return None
    track = rules.talktracks.by_name.get(offer.document)
    title = track.title if track else offer.document
    await use(tx, offer, sender, title)
    lead = await tx.find(Lead, offer.lead_id) if offer.lead_id else None
    client_id = lead.client_id if lead else None
    if track is None or card is None:
        await settle_press(tx, press, title, _NOTED, client_id=client_id)
    else:
        # First the tap, then the copying: the words stay.
        drawn = used_card(TalkView(offer.id, title, track.lead), _NOTED)
        await tx.redraw(card, drawn, code=press.code, client_id=client_id)
    return None


@router.button("talk_whole")
async def whole_text(argument: str, sender: Member, tx: Transaction, rules: Rules) -> Reply:
    """The words to copy; asked for again they come again."""
    offer = await own_offer(tx, sender, argument)
    track = rules.talktracks.by_name.get(offer.document)
    if track is None:
        raise CrmError(_GONE)
    return whole(track.title, track.body)


async def own_offer(tx: Transaction, sender: Member, number: str) -> DocumentOffer:
    """What was brought to the presser himself; another's is not found."""
    is_number = number.isascii() and number.isdigit() and len(number) <= 15  # noqa: PLR2004 (64 bits)
    offer = await tx.find(DocumentOffer, int(number)) if is_number else None
    if offer is None or offer.member_id != sender.id:
        raise CrmError("没有找到这条话术，请回复“话术”看看有哪些")
    return offer
