"""逾期 (#39): the leads of the last days that broke a rung, who has most first."""

from collections import Counter
from collections.abc import Mapping, Sequence

from crm_store.models import Client, Lead, Member
from crm_store.models.lead import LeadState
from crm_store.queries.figures_stays import lapses, with_clients
from crm_store.store import Transaction
from crm_store.view import View
from handlers.rhythm.overdue_figures import Late, by_lead, worst
from handlers.rhythm.parts import Around, DigestPart
from handlers.rhythm.people import Viewer, company, viewer
from handlers.rhythm.periods import Period, last_days
from handlers.rhythm.report import Report
from handlers.rhythm.top import SALES
from handlers.router import Reply, Router
from notifiers.card import Text
from notifiers.cards.wording import joined

router = Router("overdue")

_NOTE = "一条线索在同一人手里超时几次只算一条；转走以前的算在当时的负责人名下。"


async def part(tx: Transaction, member: Member, around: Around) -> DigestPart | None:
    """The worst ones: a rep's own, a manager's people's. About what went on to others he can do
    nothing: that stands in 「逾期」 alone."""
    rule = around.rules.rhythm.overdue
    looking = await viewer(tx, member)
    late = await _late(tx, looking, last_days(rule.days, tx.now, around.zone))
    known = await with_clients(tx, {one.lead_id for one in late})
    late = [one for one in late if looking.knows(known[one.lead_id][0])]
    if not late:
        return None
    is_own = looking.owners == frozenset({member.id})
    names = {} if is_own else (await company(tx)).names
    shown = worst(late, rule.top)
    lines = [
        _line(one, known, looking, "" if is_own else names.get(one.owner_id, one.owner_id))
        for one in shown
    ]
    many = len({one.lead_id for one in late})
    more = f"（共 {many} 条线索，回复「逾期」看清单）" if len(late) > rule.top else ""
    return DigestPart(title=f"近 {rule.days} 天逾期：", text="\n".join([*lines, more]).strip())


@router.command(
    "逾期",
    "逾期清单",
    "逾期线索",
    "今晚逾期清单",
    "哪些线索逾期了",
    help="近几天超时的线索，按负责人排名",
    roles=SALES,
)
async def overdue(sender: Member, tx: Transaction, around: Around) -> Reply:
    period = last_days(around.rules.rhythm.overdue.days, tx.now, around.zone)
    found = await report(tx, await viewer(tx, sender), around, period)
    if found.is_empty:
        return f"{period.words}没有逾期的线索"
    return Text(text=found.words())


async def report(view: View, looking: Viewer, around: Around, period: Period) -> Report:
    late = await _late(view, looking, period)
    names = (await company(view)).names
    ranks = _ranks(late)
    known = await with_clients(view, {one.lead_id for one in late})
    rows: list[tuple[str | int, ...]] = []
    lines: list[str] = []
    for one in late:
        name = names.get(one.owner_id, one.owner_id)
        rank, many = ranks[one.owner_id]
        if not rows or rows[-1][0] != rank or rows[-1][1] != name:
            lines.append(f"第 {rank} 名 {name}：{many} 条")
        lead, client = known[one.lead_id]
        title = _title(lead, client) if looking.knows(lead) else ""
        last = one.last_at.astimezone(around.zone)
        state = LeadState(lead.state).label
        now_with = names.get(lead.owner_id or "", "")
        rows.append(
            (
                rank,
                name,
                lead.ref,
                title,
                _missed(one),
                one.times,
                f"{last:%m-%d %H:%M}",
                state,
                now_with,
            )
        )
        lines.append(f"　{_line(one, known, looking, '')}")
    return Report(
        title=f"逾期线索 · {period.words}",
        head=("名次", "负责人", "线索", "客户", "超时", "次数", "最近一次", "现在", "现在的负责人"),
        rows=rows,
        lines=tuple(lines),
        note=_NOTE if rows else "",
    )


async def _late(view: View, looking: Viewer, period: Period) -> list[Late]:
    return by_lead(await lapses(view, period.since, period.until, owners=looking.owners))


def _ranks(late: Sequence[Late]) -> Mapping[str, tuple[int, int]]:
    """Owner → (rank, how many); as many, the same rank."""
    many = Counter(one.owner_id for one in late)
    return {
        owner: (1 + sum(other > count for other in many.values()), count)
        for owner, count in many.items()
    }


def _title(lead: Lead, client: Client) -> str:
    """赵主任 · CT设备"""
    return joined(client.display, lead.product or "")


def _line(one: Late, known: Mapping[int, tuple[Lead, Client]], looking: Viewer, name: str) -> str:
    """A client whom he may not see any more is a number."""
    lead, client = known[one.lead_id]
    title = _title(lead, client) if looking.knows(lead) else f"{lead.ref}（已转走）"
    return " ".join(part for part in (name, f"{title}：{_missed(one)}") if part)


def _missed(one: Late) -> str:
    return "、".join(
        f"{words} {times} 次" if times > 1 else words for words, times in one.missed.items()
    )
