"""负荷和静音: what each has on his hands, and how much of it he silenced (#33, #24)."""

from datetime import datetime

from crm_store.queries.figures_people import open_leads, silenced
from crm_store.queries.figures_stays import stays
from crm_store.view import View
from handlers.rhythm.parts import Around
from handlers.rhythm.people import Viewer, company
from handlers.rhythm.periods import Period
from handlers.rhythm.report import Report


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


async def muted(view: View, looking: Viewer, around: Around, period: Period) -> Report:
    """As it is now, whatever the period."""
    names = (await company(view)).names
    found = await silenced(view)
    shown = sorted(
        (
            (names.get(owner, owner), one.clients, one.muted, round(100 * one.muted / one.clients))
            for owner, one in found.items()
            if looking.owners is None or owner in looking.owners
        ),
        key=lambda row: (-row[3], -row[1], row[0]),
    )
    return Report(
        title="静音率 · 现在",
        head=("负责人", "客户", "静音", "静音率%"),
        rows=shown,
        lines=tuple(
            f"{name}：静音 {muted}/{clients}（{percent}%）"
            for name, clients, muted, percent in shown
        ),
        note="只看名下未结线索的客户；静音只停给本人的提醒。" if shown else "",
    )


def _until(back: datetime | None, around: Around) -> str:
    return f"{back.astimezone(around.zone):%m-%d %H:%M}" if back is not None else ""
