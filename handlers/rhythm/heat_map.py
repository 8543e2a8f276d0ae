"""热力图 (#40): who × hour × channel, red where too much timed out; a picture in the chat."""

from collections.abc import Sequence
from datetime import datetime

from crm_store.models import Member
from crm_store.queries.figures_stays import lapses, stays
from crm_store.store import Transaction
from crm_store.view import View
from handlers.events import MemberMessage
from handlers.rhythm.heat import Cell, Heat, measure, rows_for
from handlers.rhythm.parts import Around, DigestPart
from handlers.rhythm.people import Viewer, company, viewer
from handlers.rhythm.periods import Period, last_days
from handlers.rhythm.pictures import show_picture
from handlers.rhythm.report import Report
from handlers.rhythm.top import SALES
from handlers.router import Reply, Router
from notifiers.pictures.heat_map import (
    CellView,
    HeatMapView,
    PanelView,
    RowView,
    heat_map,
    in_words,
)
from notifiers.pictures.picture import Picture

router = Router("heat_map")


_MOST_CHANNELS = 3
_UNKNOWN = "（没有来源）"


async def part(tx: Transaction, member: Member, around: Around) -> DigestPart | None:
    period = last_days(around.rules.rhythm.heatmap.days, tx.now, around.zone)
    found = await report(tx, await viewer(tx, member), around, period)
    if found.picture is None:
        return None
    return DigestPart(title="", picture=found.picture)


@router.command(
    "热力图",
    "时效热力图",
    "看热力图",
    "超时热力图",
    help="谁在哪个钟点、哪个渠道超时多（图片）",
    roles=SALES,
)
async def show(sender: Member, message: MemberMessage, tx: Transaction, around: Around) -> Reply:
    period = last_days(around.rules.rhythm.heatmap.days, tx.now, around.zone)
    found = await report(tx, await viewer(tx, sender), around, period)
    if found.picture is None:
        return f"{period.words}没有分到线索，画不出热力图"
    await show_picture(tx, sender, found.picture, on=message.platform)
    return None


async def report(view: View, looking: Viewer, around: Around, period: Period) -> Report:
    """A row for each cell that has leads."""
    rule = around.rules.rhythm.heatmap
    came = await stays(view, period.since, period.until, owners=looking.owners)
    broke = await lapses(view, period.since, view.now, owners=looking.owners, rungs=rule.rungs)
    people = await company(view)
    chiefs = {
        id_: chief.name if (chief := people.chief_of(member)) is not None else None
        for id_, member in people.everybody.items()
    }
    first = rule.hours.start.hour
    last = max(first, (rule.hours.end_minute - 1) // 60)
    heat = measure(
        came,
        broke,
        row_of=rows_for(
            (stay.owner_id for stay in came), people.names, chiefs, most=rule.most_rows
        ),
        zone=around.zone,
        first_hour=first,
        last_hour=last,
    )
    drawn = _view(heat, rule.red_over, rule.most_rows, period, view.now.astimezone(around.zone))
    said = in_words(drawn)
    return Report(
        title=drawn.title,
        head=("负责人", "渠道", "钟点", "分到", "超时", "超时率%", "标红"),
        rows=[
            (
                row,
                channel or _UNKNOWN,
                hour,
                cell.leads,
                cell.broken,
                cell.percent,
                "红" if cell.is_red(rule.red_over) else "",
            )
            for (row, hour, channel), cell in sorted(heat.cells.items())
        ],
        lines=tuple(said.splitlines()[1:]),
        picture=Picture(name="热力图", svg=heat_map(drawn), words=said) if heat.rows else None,
    )


def _view(heat: Heat, red_over: int, most: int, period: Period, now: datetime) -> HeatMapView:
    rows, hidden = heat.rows[:most], heat.rows[most:]
    channels = heat.channels[:_MOST_CHANNELS]
    panels = [_panel(heat, rows, (channel,), channel or _UNKNOWN, red_over) for channel in channels]
    if len(heat.channels) > 1:
        panels.insert(0, _panel(heat, rows, heat.channels, "全部渠道", red_over))
    first, last = heat.hours[0], heat.hours[-1]
    notes = [f"{first} 点前分到的画在 {first} 点，{last + 1} 点后的画在 {last} 点。"]
    if hidden:
        notes.append(f"另有 {len(hidden)} 行超时更少，没有画。")
    if len(heat.channels) > len(channels):
        others = "、".join(c or _UNKNOWN for c in heat.channels[len(channels) :])
        notes.append(f"线索少、没有单独画的渠道：{others}。")
    return HeatMapView(
        title=f"时效热力图 · {period.words}",
        subtitle="分到的线索里，没有按时查看或跟进的占百分之几，\n"
        f"下面的小字是 超时/分到。截至 {now:%m-%d %H:%M}",
        hours=heat.hours,
        panels=tuple(panels),
        red_over=red_over,
        note="".join(notes),
    )


def _panel(
    heat: Heat, rows: Sequence[str], channels: Sequence[str], title: str, red_over: int
) -> PanelView:
    def cell(row: str, hour: int) -> Cell:
        return sum((heat.cell(row, hour, channel) for channel in channels), Cell())

    drawn = []
    for row in rows:
        cells = [cell(row, hour) for hour in heat.hours]
        total = sum(cells, Cell())
        if total.leads:
            seen = tuple(_cell(one, red_over) for one in cells)
            drawn.append(RowView(row, seen, _cell(total, red_over)))
    whole = sum((heat.of_channel(channel) for channel in channels), Cell())
    return PanelView(title, tuple(drawn), _cell(whole, red_over))


def _cell(cell: Cell, red_over: int) -> CellView:
    return CellView(cell.leads, cell.broken, cell.percent, cell.is_red(red_over))
