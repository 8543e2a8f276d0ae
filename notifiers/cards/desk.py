"""强提醒: what rings on the second channel. It always says who, from where, and what is needed."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from notifiers.card import Button, Card, Row, Tone
from notifiers.cards.lead import LeadView
from notifiers.cards.wording import joined
from notifiers.fitting import one_line

_URGENT = re.compile(
    r"(?:非常|特别|很)?(?:急需|急要|急用|急着要|着急要|尽快要|马上要)"
    r"(?:一[台套批个])?(?P<what>[^，。！？；、,.!?;\s]{1,16})"
)
_SAYS_HOW_MUCH = frozenset({"高意向", "着急"})
"""Tags that say how much he wants it, not what."""
_MOST_NEEDS = 3
_LONGEST_QUOTE = 24
_LAST_DIGITS = 4
ASK_FIRST = "还没说要什么，请先问清需求"


@dataclass(frozen=True)
class Announcement:
    """A reminder in two lines, as a desktop shows it."""

    title: str
    """赵主任 · 急需CT设备维保"""
    line: str
    """微信客服 · 上海"""


def announcement(lead: LeadView, urgent: Collection[str] = ()) -> Announcement:
    """`urgent`: the words by which he said that it is."""
    return Announcement(
        title=joined(called(lead), key_need(lead, urgent)),
        line=joined(f"来自{lead.source}", lead.region, lead.company if lead.who else ""),
    )


def strong_reminder(lead: LeadView, urgent: Collection[str] = (), *, says: str = "") -> Card:
    """The card on the other platform; the one that is worked with is on the first. `says`: why it
    rings again."""
    said = announcement(lead, urgent)
    return Card(
        title=said.title,
        subtitle=says or said.line,
        rows=(Row(name="关键需求", value=key_need(lead, urgent)),),
        quote=lead.words,
        buttons=(Button(text="知道了", action=f"noticed:{lead.ref}", tone=Tone.PRIMARY),),
        url=lead.url,
    )


def silenced(title: str, status: str) -> Card:
    """The same, once nobody has to be reminded."""
    return Card(title=title, status=status)


def called(lead: LeadView) -> str:
    """Never nameless: where neither name nor company is known, by his number's last digits."""
    name = _visible(lead.who) or _visible(lead.company)
    if name:
        return name
    digits = [char for char in lead.phone if char.isdigit()]
    if len(digits) > _LAST_DIGITS:
        return f"尾号{''.join(digits[-_LAST_DIGITS:])}的客户"
    if lead.wechat:
        return f"微信 {lead.wechat[:2]}… 的客户"
    return f"{lead.source}的客户 {lead.ref}"


def key_need(lead: LeadView, urgent: Collection[str] = ()) -> str:
    """急需CT设备维保 · CT设备：参数、招标文件 · “你好，在吗”"""
    if urgent:
        asked = _URGENT.search(lead.words)
        if asked is not None:
            what = asked["what"]
            product = "" if lead.product and lead.product in what else lead.product
            return f"急需{product}{what}"
    wanted = [need for need in lead.needs if need not in (*urgent, *_SAYS_HOW_MUCH, lead.product)]
    topic = lead.product
    listed = "、".join(wanted[:_MOST_NEEDS])
    need = f"{topic}：{listed}" if topic and listed else topic or listed
    if not need and lead.words:
        words = " ".join(lead.words.split())
        cut = words if len(words) <= _LONGEST_QUOTE else words[: _LONGEST_QUOTE - 1] + "…"
        need = f"“{cut}”"
    if not need:
        need = ASK_FIRST
    return f"急 · {need}" if urgent else need


def _visible(name: str) -> str:
    """Empty where nothing of it could be seen."""
    line = one_line(name).strip()
    return line if any(char.isalnum() for char in line) else ""
