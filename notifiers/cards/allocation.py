"""分配、请假和公海: what is said of leave, of the public pool, and of an appointment to confirm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifiers.card import Button, Card, Row, Text, Tone
from notifiers.cards.choices import MOST_CHOICES
from notifiers.cards.lead import LeadView
from notifiers.cards.wording import SHANGHAI, joined, weekday

_DAY = timedelta(days=1)


def day_in_words(moment: datetime) -> str:
    """3月11日（周三）"""
    local = moment.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日（{weekday(local)}）"


def span_in_words(starts_at: datetime, ends_at: datetime) -> str:
    """3月11日（周三）全天 · 3月10日（周二）12:00-18:00 · 3月18日（周三）至 3月20日（周五）"""
    start, end = starts_at.astimezone(SHANGHAI), ends_at.astimezone(SHANGHAI)
    last = end - timedelta(minutes=1) if _is_midnight(end) else end
    if _is_midnight(start) and _is_midnight(end):
        if start.date() == last.date():
            return f"{day_in_words(start)}全天"
        return f"{day_in_words(start)}至 {day_in_words(last)}"
    if start.date() == last.date():
        until = "24:00" if _is_midnight(end) else f"{end:%H:%M}"
        return f"{day_in_words(start)}{start:%H:%M}-{until}"
    begin = day_in_words(start) + ("" if _is_midnight(start) else f"{start:%H:%M}")
    until = day_in_words(last) + ("" if _is_midnight(end) else f"{end:%H:%M}")
    return f"{begin}至 {until}"


def _is_midnight(local: datetime) -> bool:
    return (local.hour, local.minute) == (0, 0)


@dataclass(frozen=True)
class LeaveView:
    name: str
    starts_at: datetime
    ends_at: datetime
    is_now: bool
    note: str = ""
    """His team, or what he has in hand."""


def who_is_away(leaves: Sequence[LeaveView]) -> Text:
    """谁在请假: those who are away now, then those who will be."""
    if not leaves:
        return Text(text="现在没有人请假，接下来两周也没有。")
    lines: list[str] = []
    for title, is_now in (("现在请假的：", True), ("接下来两周：", False)):
        some = [leave for leave in leaves if leave.is_now is is_now]
        lines += [title] if some else []
        lines += [
            f"· {leave.name} {span_in_words(leave.starts_at, leave.ends_at)}"
            + (f"（{leave.note}）" if leave.note else "")
            for leave in some
        ]
    return Text(text="\n".join(lines))


@dataclass(frozen=True)
class PooledView:
    """A lead in the pool as whoever may claim it reads of it: who it is stays covered."""

    ref: str
    who: str
    """赵**; whole to whoever sees the pool anyway."""
    product: str = ""
    region: str = ""
    budget: str = ""
    is_high: bool = False
    waited: str = ""
    """3 小时"""


def veiled(name: str, *, keep: int = 1) -> str:
    """赵**: whoever it is cannot be found by it."""
    return f"{name[:keep]}**" if name else ""


def pool_card(pooled: Sequence[PooledView], *, total: int, left_today: int | None) -> Card | Text:
    """公海: the first few, a button each. `left_today`: how many he may still claim; None: it is
    not for him to claim."""
    if not pooled:
        return Text(
            text="公海里现在没有您能领取的线索。" if left_today is not None else "公海是空的。"
        )
    rows = tuple(
        Row(
            name=one.ref,
            value=joined(
                *("🔥高意向" if one.is_high else "", one.product or "还不知道产品", one.who),
                *(one.region, f"预算 {one.budget}" if one.budget else ""),
                f"已放 {one.waited}" if one.waited else "",
            ),
        )
        for one in pooled
    )
    hidden = total - len(pooled)
    more = f"还有 {hidden} 条。可以按产品、产品线或地区找：公海 上海。" if hidden > 0 else ""
    quota = f"今天还能领 {left_today} 条。" if left_today is not None else ""
    may_claim = left_today is None or left_today > 0
    return Card(
        title=f"公海 · {total} 条",
        rows=rows,
        text=f"{more}{quota}",
        buttons=tuple(
            Button(text=f"领取 {one.ref}", action=f"claim:{one.ref}")
            for one in (pooled[:MOST_CHOICES] if may_claim else ())
        ),
    )


def appointment_card(lead: LeadView) -> Card:
    """预约确认卡片: the rep confirms with the client when he comes, and taps."""
    phones = "、".join(number for number in (lead.phone, *lead.other_phones) if number)
    told = (
        ("客户", joined(lead.who, lead.company)),
        ("预约", joined(lead.product, lead.quantity)),
        ("时间", lead.next_contact or lead.time or "还没有约，请和客户定下时间"),
        ("电话", phones),
        ("微信", lead.wechat if not phones else ""),
        ("来源", joined(lead.source, lead.region)),
    )
    return Card(
        title=f"预约确认：{lead.title}",
        rows=tuple(Row(name=name, value=value) for name, value in told if value),
        quote=lead.words,
        buttons=(
            Button(text="已确认预约", action=f"visit:{lead.ref}", tone=Tone.PRIMARY),
            Button(text="已联系", action=f"contacted:{lead.ref}"),
        ),
        url=lead.url,
    )


def duration_in_words(span: timedelta) -> str:
    """25 分钟, 3 小时, 2 天"""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} 分钟"
    return f"{minutes // 60} 小时" if span < _DAY else f"{span.days} 天"
