"""下次联系: before it, and afterwards the question whether it came to be."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from notifiers.card import Button, Card, Link, Tone
from notifiers.cards.wording import part_of_day, weekday


def when(moment: datetime, zone: ZoneInfo, until: datetime | None = None) -> str:
    """周四 03-12 14:00, 周四 03-12 下午 where it lasts until that part of the day is over; without
    the hour where a whole day is meant."""
    local = moment.astimezone(zone)
    part = part_of_day(local, until.astimezone(zone)) if until is not None else ""
    is_a_day = local.time() == time.min or (
        until is not None and until != moment and until.astimezone(zone).time() == time.min
    )
    hour = part or ("" if is_a_day else f"{local:%H:%M}")
    return f"{weekday(local)} {local:%m-%d} {hour}".rstrip()


def remembered(title: str, when: str, ref: str) -> str:
    return f"{title}：下次联系记在 {when}，到时提醒。不对请回复：{ref} 下次联系 周四下午"


def soon(ref: str, title: str, when: str, url: str) -> Card:
    return Card(
        title="马上要联系客户",
        subtitle=title,
        text=f"约在 {when}",
        buttons=(
            Button(text="已联系", action=f"contacted:{ref}", tone=Tone.PRIMARY),
            Link(text="打开客户", url=url),
        ),
    )


def met(ref: str, title: str, when: str) -> Card:
    return Card(
        title=f"{when} 约的，见了吗？",
        subtitle=title,
        text=f"改了时间请回复：{ref} 下次联系 周四下午",
        buttons=(
            Button(text="见了", action=f"met:{ref}", tone=Tone.PRIMARY),
            Button(text="没见成", action=f"unmet:{ref}"),
        ),
    )
