"""公海: what nobody owns may be claimed by whoever sells it; its owner may put a lead back.

A rep reads of a pooled lead what it is about, and not who it is. Of two who claim at once one gets
it; the other is told who was quicker.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from config.calendar import WorkingCalendar
from config.rules import Rules
from crm_store.errors import CrmError, NotYours
from crm_store.facts import LeadPooled
from crm_store.models import Client, Lead, LeadState, Member, Priority
from crm_store.queries import absences, aliases, leads, pool
from crm_store.store import Transaction
from handlers.allocation.assignment import OWNERS_TIMERS, give, settle_cards
from handlers.allocation.seen_in_pool import SELLS, lines_of, who_is_it
from handlers.events import CardPress
from handlers.finding import QUOTES, REF, WhichOne, manageable, note_view, numbered
from handlers.links import Links
from handlers.presses import ALREADY, take_press
from handlers.rights import Scope, scope_of
from handlers.router import Reply, Router
from handlers.showing import title_of
from notifiers.cards.allocation import PooledView, duration_in_words, pool_card
from notifiers.cards.wording import Budget, joined, money

router = Router("public_pool")

CLAIMED, RETURNED = "claimed", "returned"
_SHOWN = 6
_QUICKER_SINCE = timedelta(days=1)
"""For so long somebody who comes too late is told who was quicker."""
_IN_A_SENTENCE = r"^公海[^\s:：,，]"
"""公海里的客户别动 asks for no list."""


@router.command(
    "公海", "看公海", "看看公海", "公海里有什么", help="没人跟进的线索，您可以领取", roles=SELLS
)
async def look(sender: Member, tx: Transaction, rules: Rules, calendar: WorkingCalendar) -> Reply:
    return await _look(tx, sender, "", rules, calendar)


@router.command(
    "公海 {words}",
    help="按产品、产品线或地区看公海：公海 上海",
    roles=SELLS,
    unless=_IN_A_SENTENCE,
)
async def look_for(
    words: str, sender: Member, tx: Transaction, rules: Rules, calendar: WorkingCalendar
) -> Reply:
    return await _look(tx, sender, words.strip(QUOTES), rules, calendar)


async def _look(
    tx: Transaction, sender: Member, about: str, rules: Rules, calendar: WorkingCalendar
) -> Reply:
    lines = lines_of(sender)
    found = await pool.lying(tx, lines=lines, about=about, most=_SHOWN)
    total = await pool.how_many(tx, lines=lines, about=about)
    sees = (await scope_of(tx, sender)).governs
    left = await _left_today(tx, sender, rules, calendar)
    return pool_card(
        [_drawn(client, lead, is_whole=sees(lead), now=tx.now) for client, lead in found],
        total=total,
        left_today=left,
    )


@router.command("领取 {client}", "认领 {client}", "我要领取 {client}", help="从公海领取：领取 L12")
async def claim(
    client: str, sender: Member, tx: Transaction, rules: Rules, calendar: WorkingCalendar
) -> Reply:
    return await _claim(tx, sender, client.strip(QUOTES), rules, calendar)


@router.button("claim")
async def claim_pressed(
    argument: str,
    press: CardPress,
    sender: Member,
    tx: Transaction,
    rules: Rules,
    calendar: WorkingCalendar,
) -> Reply:
    lead = await _meant(tx, sender, argument)
    if await take_press(tx, press) is ALREADY:
        return None
    return await _take(tx, sender, lead, rules, calendar)


async def _claim(
    tx: Transaction, sender: Member, wanted: str, rules: Rules, calendar: WorkingCalendar
) -> Reply:
    return await _take(tx, sender, await _meant(tx, sender, wanted), rules, calendar)


async def _take(
    tx: Transaction, sender: Member, lead: Lead, rules: Rules, calendar: WorkingCalendar
) -> Reply:
    lead = await tx.lock_lead(lead.id)
    if lead.state != LeadState.POOLED:
        await _too_late(tx, sender, lead, str(lead.ref))
    if not _sells(sender, lead):
        raise NotYours(lead.ref)  # its line became known this very moment
    # Two claims of his at once count one after the other.
    await tx.turn(f"claims:{sender.id}")
    await _refuse_if_not_allowed(tx, sender, lead, rules, calendar)
    await give(tx, lead, sender, reason=CLAIMED, by=sender.id, why={"rule": CLAIMED})
    await note_view(tx, lead, sender, how="claim")
    return f"已领取「{await title_of(tx, lead)}」（{lead.ref}），由您负责"


async def _refuse_if_not_allowed(
    tx: Transaction, sender: Member, lead: Lead, rules: Rules, calendar: WorkingCalendar
) -> None:
    terms = rules.assignment.pool
    if sender.id in await absences.away(tx, tx.now):
        raise CrmError("您正在请假，先说“销假”再领取")
    if await _left_today(tx, sender, rules, calendar) == 0:
        raise CrmError(f"今天已经领了 {terms.claims_a_day} 条，明天再领")
    load = (await leads.loads(tx)).get(sender.id, 0)
    if load >= sender.capacity:
        raise CrmError(f"您手上已满（{load}/{sender.capacity}），先结掉几条再领取")
    since = tx.now - timedelta(days=terms.again_after_days)
    if await pool.gave_up(tx, lead, sender.id, since):
        raise CrmError(f"这条您跟进过，{terms.again_after_days} 天内不能再领，留给别人试试")


async def _left_today(
    tx: Transaction, sender: Member, rules: Rules, calendar: WorkingCalendar
) -> int:
    midnight = calendar.local(tx.now).replace(hour=0, minute=0, second=0, microsecond=0)
    claimed = await pool.claims(tx, sender.id, midnight)
    return max(0, rules.assignment.pool.claims_a_day - claimed)


# -- putting back ----------------------------------------------------------------------------


@router.command(
    "放回公海 {client} {reason}",
    "{client} 放回公海 {reason}",
    "退回公海 {client} {reason}",
    help="不跟了，让别人来领：放回公海 赵主任 不是我的地区",
)
async def put_back(client: str, reason: str, sender: Member, tx: Transaction) -> Reply:
    lead = await manageable(tx, sender, client, "放回公海")
    title = await title_of(tx, lead)
    if lead.owner_id is None:
        raise CrmError(f"「{title}」本来就在公海")
    await tx.record(
        LeadPooled(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            by=sender.id,
            reason=RETURNED,
            previous_id=lead.owner_id,
            words=reason,
        )
    )
    return f"已把「{title}」放回公海，别的同事可以领取"


@router.command("放回公海 {client}", "退回公海 {client}", help="放回公海要写原因")
async def put_back_why(client: str, sender: Member, tx: Transaction) -> Reply:
    lead = await manageable(tx, sender, client, "放回公海")
    title = await title_of(tx, lead)
    if lead.owner_id is None:
        raise CrmError(f"「{title}」本来就在公海")
    raise CrmError(f"请写明原因，接手的人要看：放回公海 {lead.ref} 原因")


@router.on(LeadPooled)
async def leave_the_owner(fact: LeadPooled, tx: Transaction, links: Links) -> None:
    """His deadlines end, and his cards lose phone and words."""
    if fact.lead_id is None or fact.previous_id is None:
        return
    lead = await tx.lock_lead(fact.lead_id)
    if lead.owner_id is not None:
        return  # tried again after somebody claimed it
    await tx.cancel_timers(OWNERS_TIMERS, lead.ref)
    before = await tx.get(Member, fact.previous_id)
    await settle_cards(tx, lead, before, "已放回公海", links, still_owner=False)


# -- which lead is meant ---------------------------------------------------------------------


async def _meant(tx: Transaction, sender: Member, wanted: str) -> Lead:
    """The pooled lead that he may claim. Raises NotYours for what is not there for him; who sees
    the lead anyway, or came a moment too late, is told whose it is."""
    if not sender.may_own:
        raise NotYours(wanted)
    scope = await scope_of(tx, sender)
    found = await _candidates(tx, scope, wanted)
    open_to_him = [
        (client, lead)
        for client, lead in found
        if lead.state == LeadState.POOLED and (_sells(sender, lead) or scope.governs(lead))
    ]
    if len(open_to_him) > 1:
        options = [
            (_short(client, lead, is_whole=scope.governs(lead)), lead.ref)
            for client, lead in open_to_him
        ]
        raise WhichOne(wanted, numbered(options))
    if open_to_him:
        return open_to_him[0][1]
    for _, lead in found:
        await _too_late(tx, sender, lead, wanted, scope=scope)
    raise NotYours(wanted)


async def _candidates(tx: Transaction, scope: Scope, wanted: str) -> list[tuple[Client, Lead]]:
    reference = REF.fullmatch(wanted)
    if reference is None:
        found = await leads.named(
            tx,
            wanted,
            owners=scope.owners,
            with_won=scope.with_won,
            with_pool=True,
            shared=scope.shared,
        )
        # Of whom he is shown veiled, a part of the name is a guess.
        return [
            (client, lead)
            for client, lead in found
            if wanted in (client.name, client.company) or scope.covers(lead) or scope.governs(lead)
        ]
    letter, number = reference[1].upper(), int(reference[2])
    if letter == "L":
        lead = await leads.going_on(tx, number)
        rows = [lead] if lead else []
    else:
        rows = list(await leads.open_of_client(tx, await aliases.live_id(tx, number)))
    return [(await tx.get(Client, lead.client_id), lead) for lead in rows]


async def _too_late(
    tx: Transaction, sender: Member, lead: Lead, wanted: str, *, scope: Scope | None = None
) -> None:
    """Raises what a claimer may know of a lead that is not in the pool (any more)."""
    if lead.state == LeadState.POOLED:
        raise NotYours(wanted)
    if lead.owner_id == sender.id and lead.is_open:
        raise CrmError(f"「{await title_of(tx, lead)}」本来就由您负责")
    owner = await tx.find(Member, lead.owner_id) if lead.owner_id else None
    taken = await pool.taken_by(tx, lead, tx.now - _QUICKER_SINCE)
    if taken is not None and owner is not None and _sells(sender, lead):
        how = "领取" if taken.data["reason"] == CLAIMED else "接手"
        raise CrmError(f"您慢了一步，{lead.ref} 已经由{owner.name}{how}")
    if (scope or await scope_of(tx, sender)).covers(lead):
        now = f"现在由{owner.name}负责" if owner is not None and lead.is_open else "已经关闭"
        raise CrmError(f"「{await title_of(tx, lead)}」不在公海，{now}")
    raise NotYours(wanted)


def _sells(member: Member, lead: Lead) -> bool:
    return not lead.line or not member.lines or lead.line in member.lines


def _drawn(client: Client, lead: Lead, *, is_whole: bool, now: datetime) -> PooledView:
    budget = Decimal(lead.budget) if lead.budget is not None else None
    return PooledView(
        ref=lead.ref,
        who=who_is_it(client, is_whole=is_whole),
        product=lead.product or lead.line,
        region=lead.region,
        budget=money(Budget(budget, budget)) if budget is not None else "",
        is_high=lead.priority == Priority.HIGH,
        waited=duration_in_words(now - lead.pooled_at) if lead.pooled_at else "",
    )


def _short(client: Client, lead: Lead, *, is_whole: bool) -> str:
    return joined(who_is_it(client, is_whole=is_whole), lead.product or "", lead.region)
