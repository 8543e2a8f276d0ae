"""24 小时跟进率 (#90): from the machine's own moments, for the bonus; see following.py for what
counts."""

from crm_store.models import Member
from crm_store.queries.figures_touches import (
    LOOKS_AHEAD,
    LOOKS_BACK,
    hands,
    leaves,
    occasions,
    owners_now,
)
from crm_store.store import Transaction
from crm_store.view import View
from handlers.rhythm.following import Followed, measure
from handlers.rhythm.parts import Around, DigestPart
from handlers.rhythm.people import Viewer, company, viewer
from handlers.rhythm.periods import Period, this_month
from handlers.rhythm.report import Report
from handlers.rhythm.top import SALES
from handlers.router import Reply, Router
from notifiers.card import Text

router = Router("follow_rate")


async def part(tx: Transaction, member: Member, around: Around) -> DigestPart | None:
    found = await _of(tx, member, around)
    if found.is_empty:
        return None
    return DigestPart(title=found.title, text="\n".join(found.lines))


@router.command(
    "24小时跟进率",
    "24 小时跟进率",
    "跟进率",
    "我的跟进率",
    help="客户开口后多快有人回应，按机器时间，本月至今",
    roles=SALES,
)
async def follow_rate(sender: Member, tx: Transaction, around: Around) -> Reply:
    found = await _of(tx, sender, around)
    if found.is_empty:
        return "本月还没有客户等过回应"
    return Text(text=found.words())


async def _of(tx: Transaction, member: Member, around: Around) -> Report:
    period = this_month(tx.now, around.zone)
    return await report(tx, await viewer(tx, member), around, period)


async def report(view: View, looking: Viewer, around: Around, period: Period) -> Report:
    hours = around.rules.rhythm.followup.hours
    waited = await occasions(view, period.since, period.until, owners=looking.owners)
    back = period.since - LOOKS_BACK
    figures = measure(
        waited,
        await hands(view, back),
        await owners_now(view, {one.lead_id for one in waited}),
        await leaves(view, back),
        hours=hours,
        now=min(view.now, period.until + LOOKS_AHEAD),
    )
    names = (await company(view)).names
    shown = sorted(
        (f for f in figures.values() if looking.owners is None or f.member_id in looking.owners),
        key=lambda f: (-f.percent, -f.counted, names.get(f.member_id, f.member_id)),
    )
    return Report(
        title=f"{hours} 小时跟进率 · {period.words}",
        head=("负责人", "该回应", "按时回应", "跟进率%", "还没到时", "休假不计"),
        rows=[
            (names.get(f.member_id, f.member_id), f.counted, f.kept, f.percent, f.running, f.away)
            for f in shown
        ],
        lines=tuple(_line(f, names.get(f.member_id, f.member_id)) for f in shown),
        note=f"客户来信（我方已回应过之后的第一条）或线索进来后，{hours} 小时内（自然时间）有同事在"
        "会话里回复或记了跟进，算按时；自动回复不算。转手的从接手时算给接手的人；到时以前转走、"
        "成交或关闭的、在公海的、休假中错过的、还没到时的不计。"
        if shown
        else "",
    )


def _line(one: Followed, name: str) -> str:
    share = f"{one.percent}%" if one.counted else "—"
    others = [f"没到时 {one.running}"] if one.running else []
    others += [f"休假不计 {one.away}"] if one.away else []
    return f"{name}：{share}（{one.kept}/{one.counted}{''.join(f'，{o}' for o in others)}）"
