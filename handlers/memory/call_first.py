"""今天该先打哪个电话: a rep's open leads, ranked, each with its reasons (#101)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.settings import Settings
from crm_store.models import Lead, Member, Priority
from crm_store.models.lead import LeadState
from crm_store.queries import fields, leads
from crm_store.store import Transaction
from handlers.fields import local_phone
from handlers.rights import scope_of
from handlers.router import Reply, Router
from handlers.showing import budget_of, text_of, title_of
from notifiers.cards.advice import CallView, ranked_calls
from notifiers.cards.wording import money

router = Router("call_first")

_MOST = 5
_HIGH = "高意向"
_SOON = timedelta(days=7)


@dataclass(frozen=True)
class Urgency:
    """What a lead is ranked by, the weightiest first: unanswered, intent, deadline, budget.

    Promises due today come before all of these once promises are kept track of (#51).
    """

    lead: Lead
    reasons: tuple[str, ...]
    rank: tuple[bool, bool, float, int, float]


def urgency(lead: Lead, now: datetime, zone: ZoneInfo, budget: str) -> Urgency:
    reasons = []
    waited = timedelta()
    if lead.is_unanswered and lead.last_client_at is not None:
        waited = now - lead.last_client_at
        reasons.append(f"客户的话还没有回，等了{duration(waited)}")
    if lead.first_touched_at is None:
        reasons.append("还没有联系过")
    if lead.priority == Priority.HIGH:
        others = "、".join(tag for tag in lead.tags if tag != _HIGH)
        reasons.append(f"{_HIGH}（{others}）" if others else _HIGH)
    deadline = lead.deadline_at
    is_ahead = deadline is not None and deadline > now
    if deadline is not None and is_ahead:
        last = (deadline - timedelta(minutes=1)).astimezone(zone)
        reasons.append(
            f"客户要求最晚 {last:%m-%d}" if deadline - now <= _SOON else f"期限 {last:%m-%d}"
        )
    elif deadline is not None:
        reasons.append("客户说的期限已过")
    if budget:
        reasons.append(f"预算 {budget}")
    return Urgency(
        lead=lead,
        reasons=tuple(reasons) or (f"上次跟进在{duration(_silence(lead, now))}前",),
        rank=(
            not lead.is_unanswered,
            lead.priority != Priority.HIGH,
            deadline.timestamp() if deadline is not None and is_ahead else float("inf"),
            -(lead.budget or 0),
            -waited.total_seconds(),
        ),
    )


async def _own(tx: Transaction, sender: Member) -> list[Lead]:
    """His open leads, as far as his roles still let him see them."""
    scope = await scope_of(tx, sender)
    return [lead for lead in await leads.open_of_owner(tx, sender.id) if scope.covers(lead)]


def _silence(lead: Lead, now: datetime) -> timedelta:
    return now - (lead.last_followed_up_at or lead.assigned_at or lead.opened_at)


def duration(span: timedelta) -> str:
    """25 分钟, 3 小时, 2 天."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:  # noqa: PLR2004 (an hour)
        return f" {max(minutes, 1)} 分钟"
    if minutes < 48 * 60:
        return f" {minutes // 60} 小时"
    return f" {minutes // (24 * 60)} 天"


@router.command(
    "今天该先打哪个电话",
    "先打哪个电话",
    "该先打哪个电话",
    "今天先打谁",
    "先联系谁",
    "今天该联系谁",
    help="按轻重缓急排出您的客户，并说明理由",
)
async def call_first(sender: Member, tx: Transaction, settings: Settings) -> Reply:
    ranked = []
    for lead in await _own(tx, sender):
        known = await fields.latest(tx, lead)
        budget = budget_of(known.get("budget"))
        judged = urgency(lead, tx.now, settings.zone, money(budget) if budget else "")
        ranked.append((judged.rank, lead.id, judged, local_phone(text_of(known.get("phone")))))
    ranked.sort(key=lambda row: row[:2])
    calls = []
    for _, _, judged, phone in ranked[:_MOST]:
        calls.append(CallView(await title_of(tx, judged.lead), judged.reasons, phone))
    return ranked_calls(calls)


@router.command("我的线索", "我的客户", "线索列表", help="您名下未结的线索")
async def my_leads(sender: Member, tx: Transaction) -> Reply:
    mine = await _own(tx, sender)
    if not mine:
        return "您名下现在没有未结的线索"
    shown = sorted(mine, key=lambda lead: lead.assigned_at or lead.opened_at, reverse=True)
    lines = [f"您名下有 {len(mine)} 条未结的线索："]
    for lead in shown[:20]:
        silence = duration(_silence(lead, tx.now))
        state = LeadState(lead.state).label
        lines.append(f"{lead.ref} {await title_of(tx, lead)}（{state}，{silence.strip()}没有动）")
    if len(mine) > len(shown[:20]):
        lines.append(f"还有 {len(mine) - 20} 条，按名字问我就行")
    return "\n".join(lines)
