"""今天该先打哪个电话: a rep's open leads, ranked, each with its reasons (#101)."""

from config.rules import Rules
from config.settings import Settings
from crm_store.models import Member
from crm_store.models.lead import LeadState
from crm_store.store import Transaction
from handlers.memory.calling import calls_of
from handlers.memory.ranking import duration, explained, silence_of
from handlers.router import Reply, Router
from notifiers.cards.advice import CallView, ranked_calls

router = Router("call_first")

_MOST_LISTED = 20


@router.command(
    "今天该先打哪个电话",
    "先打哪个电话",
    "该先打哪个电话",
    "今天先打谁",
    "先联系谁",
    "今天该联系谁",
    help="按轻重缓急排出您的客户，并说明理由",
)
async def call_first(sender: Member, tx: Transaction, settings: Settings, rules: Rules) -> Reply:
    ranking = rules.ranking
    found = await calls_of(tx, sender, ranking, settings.zone, most=ranking.most)
    return ranked_calls(
        [CallView(call.title, call.reasons, call.phone, call.points) for call in found],
        explained(ranking),
    )


@router.command("我的线索", "我的客户", "线索列表", help="您名下未结的线索")
async def my_leads(sender: Member, tx: Transaction, settings: Settings, rules: Rules) -> Reply:
    mine = await calls_of(tx, sender, rules.ranking, settings.zone)
    if not mine:
        return "您名下现在没有未结的线索"
    mine.sort(key=lambda call: call.lead.assigned_at or call.lead.opened_at, reverse=True)
    lines = [f"您名下有 {len(mine)} 条未结的线索："]
    for call in mine[:_MOST_LISTED]:
        silence = duration(silence_of(call.lead, tx.now)).strip()
        state = LeadState(call.lead.state).label
        lines.append(f"{call.lead.ref} {call.title}（{state}，{silence}没有动）")
    if len(mine) > _MOST_LISTED:
        lines.append(f"还有 {len(mine) - _MOST_LISTED} 条，按名字问我就行")
    return "\n".join(lines)
