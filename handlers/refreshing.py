"""What was learned later reaches the owner's card where the platform lets a card be changed.

DingTalk's cards are drawn anew as often as wanted. WeCom's are changed once, and that once is kept
for 已转给 and 已关闭 (product.md, Cards): there the notice of further words says what is new.
"""

from config.rules import Rules
from crm_store.models import Lead, Member
from crm_store.queries import leads
from crm_store.store import Transaction
from handlers.events import Platform
from handlers.follow_up import as_it_stands
from handlers.links import Links
from handlers.showing import working_view


async def refresh_cards(tx: Transaction, lead: Lead, links: Links, rules: Rules) -> None:
    """Draws the owner's live cards anew, with what was tapped on them."""
    owner = await tx.find(Member, lead.owner_id) if lead.owner_id else None
    if owner is None:
        return
    cards = [
        card
        for card in await leads.live_cards(tx, lead.id, owner.id, "lead")
        if card.platform == Platform.DINGTALK
    ]
    if not cards:
        return
    view = await working_view(tx, lead, owner, links, rules)
    for card in cards:
        await tx.redraw(card, as_it_stands(view, card, lead), client_id=lead.client_id)
