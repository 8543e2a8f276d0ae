"""黄金四小时 (#41): the share of leads with a first visit within hours of being given to somebody,
by region, as of this moment."""

from crm_store.models import Member
from crm_store.queries.figures_stays import stays
from crm_store.queries.figures_touches import first_follow_ups
from crm_store.store import Transaction
from crm_store.view import View
from handlers.rhythm.golden import Golden, altogether, measure
from handlers.rhythm.parts import Around, DigestPart
from handlers.rhythm.people import Viewer, viewer
from handlers.rhythm.periods import Period, last_days
from handlers.rhythm.report import Report
from handlers.rhythm.top import SALES
from handlers.router import Reply, Router
from notifiers.card import Text

router = Router("golden_hours")

_HOW = {"visit": "约了拜访", "contacted": "联系", "material": "发资料", "note": "记了跟进"}


async def part(tx: Transaction, member: Member, around: Around) -> DigestPart | None:
    found = await _of(tx, member, around)
    if found.is_empty:
        return None
    return DigestPart(title=found.title, text="\n".join(found.lines))


@router.command(
    "黄金四小时",
    "黄金4小时",
    "黄金时间",
    help="分到几小时内就有首次拜访的线索占多少，按地区",
    roles=SALES,
)
async def golden(sender: Member, tx: Transaction, around: Around) -> Reply:
    found = await _of(tx, sender, around)
    if found.is_empty:
        return "近几天没有分到线索"
    return Text(text=found.words())


async def _of(tx: Transaction, member: Member, around: Around) -> Report:
    period = last_days(around.rules.rhythm.golden.days, tx.now, around.zone)
    return await report(tx, await viewer(tx, member), around, period)


async def report(view: View, looking: Viewer, around: Around, period: Period) -> Report:
    rule = around.rules.rhythm.golden
    rows = measure(
        await stays(view, period.since, period.until, owners=looking.owners, only_first=True),
        await first_follow_ups(view, period.since, how=rule.counts),
        hours=rule.hours,
        now=view.now,
    )
    shown = [*rows, altogether(rows)] if len(rows) > 1 else rows
    how = "或".join(_HOW.get(kind, kind) for kind in rule.counts)
    return Report(
        title=f"黄金 {rule.hours} 小时 · {period.words}",
        head=("地区", "到时的线索", f"{rule.hours} 小时内", "占%", "还没到时"),
        rows=[(r.region, r.leads, r.within, r.percent, r.running) for r in shown],
        lines=tuple(_line(row) for row in shown),
        note=f"按自然时间，从第一次分到人算起，{rule.hours} 小时内{how}的算在内；还没到时的不算。"
        if rows
        else "",
    )


def _line(row: Golden) -> str:
    running = f"，还有 {row.running} 条没到时" if row.running else ""
    share = f"{row.percent}%" if row.leads else "—"
    return f"{row.region}：{share}（{row.within}/{row.leads}{running}）"
