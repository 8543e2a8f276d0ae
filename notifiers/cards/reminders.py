"""提醒: what a colleague asked to be reminded of, when its time comes, and the list of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from notifiers.card import Button, Card, Link, Text
from notifiers.cards.wording import weekday

_MOST_LISTED = 20
_SHORT = 24


@dataclass(frozen=True)
class ReminderView:
    number: int
    about: str
    due: datetime
    again: str = ""
    """每周一 09:00; empty where it comes once."""
    asked_by: str = ""
    """Who asked for it, where that is not who is reminded."""
    of: str = ""
    """Who is reminded, where somebody else reads."""


def due_card(
    reminder: ReminderView, *, late: str = "", url: str | None = None, now_with: str = ""
) -> Card:
    """`late`: the time it was meant for, where nobody could speak then. `now_with`: whose the
    client is by now, where he is another's."""
    about = reminder.about or "时间到了"
    lines = [
        about if len(about) > _SHORT else "",
        f"本应 {late} 提醒，系统恢复后补上。" if late else "",
        f"这位客户现在由{now_with}负责。" if now_with else "",
        f"{reminder.again}，不再需要请回复：取消提醒 {reminder.number}" if reminder.again else "",
    ]
    short = about if len(about) <= _SHORT else f"{about[: _SHORT - 1]}…"
    return Card(
        title=f"⏰ {short}",
        subtitle=f"{reminder.asked_by}请您记得" if reminder.asked_by else "",
        text="\n".join(line for line in lines if line),
        buttons=(
            Button(text="10分钟后", action=f"snooze:{reminder.number}:10m"),
            Button(text="明早", action=f"snooze:{reminder.number}:morning"),
            *((Link(text="打开客户", url=url),) if url else ()),
        ),
    )


def listed(reminders: Sequence[ReminderView], now: datetime, zone: ZoneInfo) -> Text:
    if not reminders:
        return Text(text="您没有定提醒。可以说：明早10点提醒我给王主任发报价")
    lines = [f"{len(reminders)} 个提醒："]
    for one in reminders[:_MOST_LISTED]:
        when = one.again or day_in_full(one.due, now, zone)
        whose = f"（提醒{one.of}）" if one.of else f"（{one.asked_by}）" if one.asked_by else ""
        lines.append(f"{one.number}. {when} {one.about or '时间到了'}{whose}")
    number = reminders[0].number
    lines.append(f"取消请回复：取消提醒 {number}；改时间：提醒 {number} 改到 周五")
    return Text(text="\n".join(lines))


def day_in_full(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """明天（周三）03-11 10:00: nobody has to guess which day was understood."""
    local, today = moment.astimezone(zone), now.astimezone(zone)
    days = (local.date() - today.date()).days
    near = {0: "今天", 1: "明天", 2: "后天"}.get(days, "")
    year = f"{local:%Y-}" if local.year != today.year else ""
    day = f"{near}（{weekday(local)}）" if near else f"{weekday(local)} "
    return f"{day}{year}{local:%m-%d %H:%M}"
