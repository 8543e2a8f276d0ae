"""下次联系: before it, and afterwards the question whether it came to be."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from notifiers.card import Button, Card, Link, Tone

_WEEKDAYS = "一二三四五六日"


def when(moment: datetime, zone: ZoneInfo) -> str:
    """周四 03-12 14:00; without the hour where a whole day is meant."""
    local = moment.astimezone(zone)
    hour = "" if local.time() == time.min else f" {local:%H:%M}"
    return f"周{_WEEKDAYS[local.weekday()]} {local:%m-%d}{hour}"


def remembered(title: str, when: str, ref: str) -> str:
    return f"{title}：下次联系记在 {when}，到时提醒。不对请回复：{ref} 下次联系 周四下午"


def soon(ref: str, title: str, at: datetime, zone: ZoneInfo, url: str) -> Card:
    return Card(
        title="马上要联系客户",
        subtitle=title,
        text=f"约在 {when(at, zone)}",
        buttons=(
            Button(text="已联系", action=f"contacted:{ref}", tone=Tone.PRIMARY),
            Link(text="打开客户", url=url),
        ),
    )


def met(ref: str, title: str, at: datetime, zone: ZoneInfo) -> Card:
    return Card(
        title=f"{when(at, zone)} 约的，见了吗？",
        subtitle=title,
        text=f"改了时间请回复：{ref} 下次联系 周四下午",
        buttons=(
            Button(text="见了", action=f"met:{ref}", tone=Tone.PRIMARY),
            Button(text="没见成", action=f"unmet:{ref}"),
        ),
    )
