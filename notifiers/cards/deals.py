"""How deals like this one were won: a block each, the likest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from notifiers.card import Button, Card, Row, Text
from notifiers.cards.wording import SHANGHAI, joined
from notifiers.fitting import fit_chars

FEW = 4
"""So many fit a message with all that is told of them; fewer than that is said to be little."""
_MOST_VALUE = 62
_MOST_NAME = 15


@dataclass(frozen=True)
class DealView:
    client: str
    product: str
    owner: str
    closed_at: datetime | None
    days: int
    """From its beginning until it was won."""
    contacts: int
    like: Sequence[str]
    """In what it is like ours: 都是医院."""
    budget: str = ""
    objections: Sequence[str] = ()
    reason: str = ""


def deals_like(
    name: str,
    deals: Sequence[DealView],
    *,
    in_all: int,
    shown_before: int = 0,
    more: str = "",
    compared_by: str = "",
) -> Card | Text:
    if not deals:
        by = f"（按{compared_by}比较）" if compared_by else "，对他也知道得太少，没法比较"
        return Text(text=f"您能看到的成交里，没有和{name}类似的{by}。")
    title = f"和{name}类似的成交"
    few = "数量少，仅供参考。" if in_all < FEW and not shown_before else ""
    head = f"您能看到的有 {in_all} 个。{few}" if not shown_before else ""
    if more:
        return Card(
            title=title,
            rows=tuple(_row(deal) for deal in deals),
            text=head,
            buttons=(Button(text="更多", action=more),),
        )
    blocks = ["\n".join(_block(deal)) for deal in deals]
    return Text(text="\n".join([f"{title}：{head}", *blocks, _in_common(deals)]).strip())


def _block(deal: DealView) -> list[str]:
    day = f"{deal.closed_at.astimezone(SHANGHAI):%Y-%m-%d} 成交" if deal.closed_at else "已成交"
    met = f"遇到过的异议：{'、'.join(deal.objections)}" if deal.objections else ""
    reason = f"成交原因：{deal.reason}" if deal.reason else ""
    told = f"{day}，历时 {deal.days} 天，往来 {deal.contacts} 次"
    return [
        f"· {joined(deal.client, deal.product)}：{told}"
        + (f"，{deal.owner}经手" if deal.owner else ""),
        f"  像在：{'、'.join(deal.like)}" + (f"；预算 {deal.budget}" if deal.budget else ""),
        *([f"  {'；'.join(part for part in (met, reason) if part)}"] if met or reason else []),
    ]


def _row(deal: DealView) -> Row:
    told = (
        f"{deal.days}天 往来{deal.contacts}次",
        deal.owner,
        "、".join(deal.like),
        f"异议{'、'.join(deal.objections)}" if deal.objections else "",
        deal.reason,
    )
    value = "，".join(part for part in told if part)
    return Row(name=fit_chars(deal.client, _MOST_NAME), value=fit_chars(value, _MOST_VALUE))


def _in_common(deals: Sequence[DealView]) -> str:
    """平均历时 32 天; nothing of a single one."""
    if len(deals) == 1:
        return ""
    return f"平均历时 {round(sum(deal.days for deal in deals) / len(deals))} 天"
