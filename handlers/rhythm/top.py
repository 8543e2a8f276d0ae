"""TOP5 (#38): whom to call first today, each with its reason."""

from crm_store.models import Member, Role
from crm_store.store import Transaction
from crm_store.view import View
from handlers.memory.calling import calls_of_all
from handlers.rhythm.parts import Around, DigestPart
from handlers.rhythm.people import Viewer, company
from handlers.rhythm.periods import Period, day_of
from handlers.rhythm.ranked import ranked
from handlers.rhythm.report import Report
from handlers.router import Reply, Router
from notifiers.card import Text

router = Router("top")

SALES = frozenset({Role.REP, Role.MANAGER, Role.DIRECTOR})
"""Who has figures of clients."""


async def part(tx: Transaction, member: Member, around: Around) -> DigestPart | None:
    found = await ranked(tx, member, around, most=around.rules.rhythm.top)
    if not found:
        return None
    lines = [
        f"{place}. {one.title}\n    {'；'.join(one.reasons)}"
        for place, one in enumerate(found, start=1)
    ]
    return DigestPart(title=f"今天先打这 {len(found)} 位：", text="\n".join(lines))


@router.command(
    "TOP5",
    "TOP 5",
    "今日TOP5",
    "今天的TOP5",
    help="今天先打哪几个电话，每一个为什么",
    roles=SALES,
)
async def top(sender: Member, tx: Transaction, around: Around) -> Reply:
    mine = await part(tx, sender, around)
    if mine is None:
        return "您名下现在没有未结的线索"
    return Text(text=f"{mine.title}\n{mine.text}")


async def report(view: View, viewer: Viewer, around: Around, period: Period) -> Report:
    """Everybody's list of now, whatever the period."""
    rows: list[tuple[str | int, ...]] = []
    lines = []
    reps = [
        rep
        for rep in (await company(view)).reps()
        if viewer.owners is None or rep.id in viewer.owners
    ]
    calls = await calls_of_all(
        view,
        [rep.id for rep in reps],
        around.rules.ranking,
        around.zone,
        most=around.rules.rhythm.top,
    )
    for rep in reps:
        found = calls[rep.id]
        lines += [f"{rep.name}："] if found else []
        for place, one in enumerate(found, start=1):
            rows.append((rep.name, place, one.lead.ref, one.title, "；".join(one.reasons)))
            lines.append(f"{place}. {one.title}（{'；'.join(one.reasons)}）")
    return Report(
        title=f"今天先打谁 · {day_of(view.now, around.zone).words}",
        head=("负责人", "名次", "线索", "客户", "理由"),
        rows=rows,
        lines=tuple(lines),
    )
