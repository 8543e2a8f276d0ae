"""接管: after days of silence on a lead of high intent the manager takes it over, and says why
(#32)."""

from crm_store.errors import CrmError
from crm_store.models import Lead, Member, SentCard
from crm_store.store import Transaction
from handlers.allocation.assignment import give
from handlers.events import CardPress
from handlers.finding import manageable, note_view
from handlers.requests.asking import want_words
from handlers.rights import leads_people
from handlers.router import Reply, Router
from handlers.showing import title_of

router = Router("takeover")

REASON = "takeover"
"""Of the assignment; the manager's own words stand with it."""
_SHORTEST = 2


@router.command(
    "接管 {client} {reason}",
    "我来接管 {client} {reason}",
    help="主管接管一条线索并写明原因：接管 赵主任 三天没有联系客户",
)
async def take_over_asked(client: str, reason: str, sender: Member, tx: Transaction) -> Reply:
    return await take_over(tx, await _takeable(tx, sender, client), sender, reason)


@router.button("takeover")
async def pressed(argument: str, press: CardPress, sender: Member, tx: Transaction) -> Reply:
    """The reason is asked for; the press itself decides nothing yet, so the card stays live."""
    lead = await _takeable(tx, sender, argument)
    card = await tx.find(SentCard, press.card_key)
    if card is not None and card.settled_at is not None:
        raise CrmError("这张卡片已经处理过了，这一步没有生效")
    title = f"请写一句接管「{await title_of(tx, lead)}」的原因"
    return await want_words(
        tx, sender, "take_over", {"client": lead.ref}, asks="reason", title=title
    )


async def _takeable(tx: Transaction, sender: Member, name: str) -> Lead:
    lead = await manageable(tx, sender, name, "接管")
    if not leads_people(sender):
        raise CrmError("接管要由主管来做")
    if lead.owner_id == sender.id:
        raise CrmError(f"「{await title_of(tx, lead)}」本来就由您负责")
    return lead


async def take_over(tx: Transaction, lead: Lead, sender: Member, reason: str) -> str:
    """The lead, held, is the manager's from now on."""
    reason = reason.strip()
    if len(reason) < _SHORTEST:
        raise CrmError("请写明接管的原因，例如：接管 赵主任 三天没有联系客户")
    title = await title_of(tx, lead)
    before = await tx.find(Member, lead.owner_id) if lead.owner_id else None
    await give(tx, lead, sender, reason=REASON, by=sender.id, words=reason)
    await note_view(tx, lead, sender, how=REASON)
    return f"「{title}」已由您接管" + (f"，{before.name}的卡片已收回" if before else "")
