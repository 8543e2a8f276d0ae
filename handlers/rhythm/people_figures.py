"""负荷和静音: what each has on his hands, and about how much of it he is reminded (#33, #24)."""

from datetime import datetime

from crm_store.models import Member
from crm_store.queries.figures_people import open_leads
from crm_store.queries.figures_stays import stays
from crm_store.queries.mutes import Share, shares
from crm_store.store import Transaction
from crm_store.view import View
from handlers.rhythm.parts import Around
from handlers.rhythm.people import Viewer, company, viewer
from handlers.rhythm.periods import Period, day_of
from handlers.rhythm.report import Report
from handlers.rights import LEADERS
from handlers.router import Reply, Router
from notifiers.card import Text

router = Router("people_figures")


async def loads(view: View, looking: Viewer, around: Around, period: Period) -> Report:
    """Open leads against capacity now, and how many came in the period."""
    people = await company(view)
    now = await open_leads(view)
    came: dict[str, int] = {}
    for stay in await stays(view, period.since, period.until, owners=looking.owners):
        came[stay.owner_id] = came.get(stay.owner_id, 0) + 1
    shown = [
        (member, now.get(member.id, 0), came.get(member.id, 0))
        for member in people.everybody.values()
        if (looking.owners is None or member.id in looking.owners)
        and (now.get(member.id) or came.get(member.id) or member in people.reps())
    ]
    shown.sort(key=lambda row: (-row[1] / max(row[0].capacity, 1), row[0].id))
    return Report(
        title=f"负荷 · {period.words}",
        head=("负责人", "未结线索", "容量", "负荷%", "期间分到", "休假至"),
        rows=[
            (
                member.name,
                open_,
                member.capacity,
                round(100 * open_ / max(member.capacity, 1)),
                given,
                _until(people.away.get(member.id), around),
            )
            for member, open_, given in shown
        ],
        lines=tuple(
            f"{member.name}：手上 {open_}/{member.capacity}，期间分到 {given}"
            for member, open_, given in shown
        ),
    )


@router.command(
    "静音率", "提醒开启率", "谁静音了", roles=LEADERS, help="看团队里开着提醒的客户占多少"
)
async def rate(sender: Member, tx: Transaction, around: Around) -> Reply:
    period = day_of(tx.now, around.zone)
    found = await muted(tx, await viewer(tx, sender), around, period)
    return "团队里还没有在跟进的客户" if found.is_empty else Text(text=found.words())


async def muted(view: View, looking: Viewer, around: Around, period: Period) -> Report:
    """#33's on-rate, by rep, the lowest first: of the clients of his open leads the share about
    whom he muted nothing. As it is now, whatever the period."""
    names = (await company(view)).names
    found = await shares(view, looking.owners)
    rows = sorted(
        ((names.get(owner, owner), one) for owner, one in found.items()),
        key=lambda row: (row[1].on, row[0]),
    )
    every = Share(
        sum(one.pairs for one in found.values()), sum(one.muted for one in found.values())
    )
    return Report(
        title=f"提醒开启率 {_share(every.on)}（{every.pairs} 位客户，{every.muted} 位静音）",
        head=("负责人", "客户", "静音", "开启率%"),
        rows=[(name, one.pairs, one.muted, round(100 * one.on)) for name, one in rows],
        lines=tuple(
            f"{name} {_share(one.on)}（{one.pairs} 位，静音 {one.muted} 位）" for name, one in rows
        ),
        note="只看名下未结线索的客户；静音只停给本人的提醒。" if rows else "",
    )


def _share(part: float) -> str:
    return f"{part:.0%}" if part in (0, 1) else f"{part:.1%}"


def _until(back: datetime | None, around: Around) -> str:
    return f"{back.astimezone(around.zone):%m-%d %H:%M}" if back is not None else ""
