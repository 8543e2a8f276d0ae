"""和江北医院类似的客户怎么成交的 (#71): deals that were won with clients like this one, and how.

Only of what the asker may see: where there are few of them he is told so, and not more.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from crm_store.models import Client, Lead, LeadState
from crm_store.search.won import Story, stories, won_deals
from crm_store.store import Transaction
from handlers.fields import MEANINGS
from handlers.memory.likeness import Deal, Likeness, likeness
from handlers.memory.quoting import Quoter, seen_by
from handlers.router import Reply
from handlers.showing import shortened
from notifiers.cards.deals import FEW, DealView, deals_like
from notifiers.cards.wording import Budget, money

_DAY = 86_400
_MOST_REASON = 60


async def won_like(
    tx: Transaction,
    client: Client,
    quoter: Quoter,
    trades: Mapping[str, Sequence[str]],
    *,
    skip: int,
    more: Callable[[int], str],
) -> Reply:
    leads = [lead for lead in await quoter.opened(client) if quoter.scope.covers(lead)]
    ours = [Deal.of(lead, client, trades) for lead in _present(leads)]
    ranked: list[tuple[int, Lead, Client, Likeness]] = []
    for lead, other in await won_deals(tx, seen_by(quoter.scope), without=client.id):
        deal = Deal.of(lead, other, trades)
        best = max((likeness(one, deal) for one in ours), key=lambda each: each.points)
        if best.is_like:
            ranked.append((-best.points, lead, other, best))
    ranked.sort(key=lambda row: row[0])
    page = ranked[skip : skip + FEW]
    told = await stories(tx, [lead for _, lead, _, _ in page])
    for _, _, other, _ in page:
        await quoter.opened(other)
    return deals_like(
        client.display,
        [_view(lead, other, why, told[lead.id], quoter) for _, lead, other, why in page],
        in_all=len(ranked),
        shown_before=skip,
        more=more(len(page)) if len(ranked) > skip + len(page) else "",
        compared_by=_known(ours),
    )


def _present(leads: Sequence[Lead]) -> Sequence[Lead]:
    """What the client wants now; of one who wants nothing any more, what he wanted last."""
    return [lead for lead in leads if lead.is_open] or [
        lead for lead in leads if lead.state != LeadState.FOLDED
    ][:1]


def _view(lead: Lead, client: Client, why: Likeness, story: Story, quoter: Quoter) -> DealView:
    names = MEANINGS["objection"]
    is_own = lead.owner_id == quoter.reader.id
    spent = (lead.closed_at - lead.opened_at).total_seconds() if lead.closed_at else 0
    budget = Budget(Decimal(lead.budget), Decimal(lead.budget)) if lead.budget else None
    return DealView(
        client=client.company or client.display,
        product=lead.product or "",
        owner=quoter.names.get(lead.owner_id or "", ""),
        closed_at=lead.closed_at,
        days=max(1, round(spent / _DAY)),
        contacts=story.contacts,
        like=why.reasons,
        budget=money(budget) if budget else "",
        objections=tuple(dict.fromkeys(names.get(one, one) for one in story.objections)),
        reason=shortened(story.reason, _MOST_REASON, masks=not is_own),
    )


def _known(ours: Sequence[Deal]) -> str:
    """What there was to compare by; empty where nothing is known of the client."""
    known = [part for deal in ours for part in (deal.product or deal.line, deal.trade, deal.region)]
    return "、".join(dict.fromkeys(part for part in known if part))
