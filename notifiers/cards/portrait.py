"""客户全貌: everything known of a client on one card, within the room that both platforms have.

WeCom shows six rows of 64 characters and 160 characters below them; DingTalk all rows in 1,000
bytes. What is worth most stands in the rows, the rest in lines of running text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from notifiers.card import Card, Link, Row
from notifiers.cards.wording import SHANGHAI, joined
from notifiers.fitting import fit_chars

_MOST_ROW = 60
_MOST_LINE = 60
_MOST_QUOTED = 120
_MOST_LINKS = 3
_EARLIER = 2
"""So many messages before the last are told."""


@dataclass(frozen=True)
class LeadLine:
    ref: str
    product: str
    state: str
    owner: str
    """王磊; 您 for the reader's own; empty where nobody owns it."""
    is_open: bool
    budget: str = ""
    deadline: datetime | None = None
    """The end of the last day that was named."""
    closed_at: datetime | None = None
    url: str = ""
    """Its history, signed for the reader; empty where he may not read it."""


@dataclass(frozen=True)
class SaidLine:
    at: datetime
    who: str
    words: str


@dataclass(frozen=True)
class PortraitView:
    """What one reader may know of a client. Whatever is masked is masked already."""

    ref: str
    """C12"""
    name: str
    company: str = ""
    region: str = ""
    also: Sequence[str] = ()
    """Other names and firms that he came under."""
    numbers: Sequence[str] = ()
    """The numbers that were merged into his: C15."""
    next_contact: Sequence[str] = ()
    """When he is to be talked to next: 03-12 15:00."""
    noted: SaidLine | None = None
    """The newest note of a follow-up."""
    leads: Sequence[LeadLine] = ()
    """Open ones first."""
    others: Sequence[str] = ()
    """Who has leads of his that the reader does not see."""
    reach: Sequence[str] = ()
    """电话 138****0001, 微信客服 …"""
    agreed: Sequence[str] = ()
    """What was promised him and when he is to be met, the next first."""
    remembered: Sequence[str] = ()
    """What he once told of himself: 03-10 女儿在学编程."""
    known: Sequence[tuple[str, str]] = ()
    """Fields in force: (需求, 参数、招标文件)."""
    messages_in: int = 0
    messages_out: int = 0
    follow_ups: int = 0
    first: datetime | None = None
    last: datetime | None = None
    said: Sequence[SaidLine] = ()
    """The last messages, oldest first."""
    sources: Sequence[str] = ()
    helpers: Sequence[str] = ()
    kin: Sequence[str] = ()


def portrait_card(client: PortraitView) -> Card:
    links = [lead for lead in client.leads if lead.url]
    return Card(
        title=joined(client.name, client.company) or client.ref,
        subtitle=joined(client.ref, client.region, _merged(client)),
        rows=_rows(
            ("下次联系", "、".join(client.next_contact)),
            ("最近跟进", _said(client.noted, _MOST_ROW) if client.noted else ""),
            ("线索", "；".join(map(_open_lead, (one for one in client.leads if one.is_open)))),
            ("已结", "；".join(map(_closed_lead, (o for o in client.leads if not o.is_open)))),
            ("联系方式", "、".join(client.reach)),
            ("约定", "；".join(client.agreed)),
            ("已知", "；".join(f"{name} {value}" for name, value in client.known)),
            ("记得", "；".join(client.remembered)),
            ("往来", _contact(client)),
        ),
        quote=_said(client.said[-1], _MOST_QUOTED) if client.said else "",
        text="\n".join(_below(client)),
        buttons=tuple(
            Link(text="完整历史" if len(links) == 1 else f"历史 {lead.ref}", url=lead.url)
            for lead in links[:_MOST_LINKS]
        ),
        url=links[0].url if links else None,
    )


def _rows(*pairs: tuple[str, str]) -> tuple[Row, ...]:
    return tuple(
        Row(name=name, value=fit_chars(value, _MOST_ROW)) for name, value in pairs if value
    )


def _merged(client: PortraitView) -> str:
    return f"含 {'、'.join(client.numbers)}" if client.numbers else ""


def _open_lead(lead: LeadLine) -> str:
    """CT设备 跟进中（您）300万 最晚 03-18"""
    until = f"最晚 {_day(lead.deadline)}" if lead.deadline else ""
    owner = f"（{lead.owner}）" if lead.owner else ""
    head = f"{lead.product or lead.ref} {lead.state}{owner}"
    return " ".join(part for part in (head, lead.budget, until) if part)


def _closed_lead(lead: LeadLine) -> str:
    """彩超 赢单 2025-11-02"""
    day = f"{lead.closed_at.astimezone(SHANGHAI):%Y-%m-%d}" if lead.closed_at else ""
    return " ".join(part for part in (lead.product or lead.ref, lead.state, day) if part)


def _contact(client: PortraitView) -> str:
    """来信 12、回复 8、跟进 3，2025-11-02 至 2026-03-10"""
    counts = (("来信", client.messages_in), ("回复", client.messages_out))
    told = [f"{name} {count}" for name, count in (*counts, ("跟进", client.follow_ups)) if count]
    if client.first is None or client.last is None:
        return "、".join(told)
    first, last = (f"{at.astimezone(SHANGHAI):%Y-%m-%d}" for at in (client.first, client.last))
    return f"{'、'.join(told)}，{first if first == last else f'{first} 至 {last}'}"


def _below(client: PortraitView) -> list[str]:
    """What the rows have no room for, a line each."""
    others = f"另有线索由{'、'.join(client.others)}负责" if client.others else ""
    lines = (
        others,
        _line("协作", client.helpers),
        _line("又名", client.also),
        _line("一家", client.kin),
        _line("来源", client.sources),
        *(_said(one, _MOST_LINE // 2) for one in client.said[-1 - _EARLIER : -1]),
    )
    return [fit_chars(line, _MOST_LINE) for line in lines if line]


def _line(name: str, values: Sequence[str]) -> str:
    return f"{name}：{'、'.join(values)}" if values else ""


def _said(one: SaidLine, most: int) -> str:
    """03-10 赵主任：预算批了"""
    return fit_chars(f"{_day(one.at)} {one.who}：{one.words}", most)


def _day(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%m-%d}"
