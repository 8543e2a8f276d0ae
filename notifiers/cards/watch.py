"""What a manager hears of leads that nobody looks after: 转派提醒 and 升级."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from notifiers.card import Button, Card, Link, Row, Tone
from notifiers.cards.promises import PromiseView
from notifiers.cards.wording import day_and_time

LAST_FACTS = 5


@dataclass(frozen=True)
class TransferView:
    """A lead that its owner did not look at in time."""

    ref: str
    title: str
    """赵主任 · CT设备"""
    unseen_by: str
    waited: str
    """15 分钟"""
    assigned_at: datetime
    moved_to: str | None
    """Who has it now; None where nobody fits and the manager has to say."""
    why: str = ""
    """In one line, why he was chosen."""
    history_url: str | None = None
    missed: str = "未查看"


@dataclass(frozen=True)
class FactLine:
    at: datetime
    says: str


@dataclass(frozen=True)
class EscalationView:
    ref: str
    title: str
    owner: str
    rule: str
    """What was not kept, in the rule's own words: 48 小时没有跟进."""
    facts: Sequence[FactLine]
    """The timeline, oldest first."""
    history_url: str
    notes: tuple[str, ...] = ()
    """What else matters of the owner: 已静音提醒, 请假中."""
    promises: Sequence[PromiseView] = ()
    """What the client was promised and has not got."""
    may_wait: bool = False
    """Whether 再等一天 is offered."""
    may_take: bool = False
    """Whether the manager is asked to take the lead over."""
    may_support: bool = True
    """Whether 需协同支持 is offered: to the owner himself it is not."""


def transfer_warning(transfer: TransferView) -> Card:
    """15 分钟未查看: told to the manager when a lead changes hands by itself, or cannot."""
    unseen = f"{transfer.unseen_by} {transfer.waited}{transfer.missed}"
    rows = [("原负责人", transfer.unseen_by), ("分配时间", day_and_time(transfer.assigned_at))]
    if transfer.moved_to is not None:
        rows.append(("现负责人", transfer.moved_to))
    if transfer.why:
        rows.append(("为什么转给", transfer.why))
    return Card(
        title=transfer.title,
        subtitle=unseen,
        rows=tuple(Row(name=name, value=value) for name, value in rows),
        text=f"已转给{transfer.moved_to}。"
        if transfer.moved_to
        else "没有合适的人可转，请您安排。",
        buttons=() if transfer.moved_to else (_reassign(transfer.ref),),
        url=transfer.history_url,
    )


def escalation_card(escalation: EscalationView) -> Card:
    """The last facts, the whole history one tap away, and what the manager can do about it."""
    last = escalation.facts[-LAST_FACTS:]
    notes = "".join(f"（{note}）" for note in escalation.notes)
    ref = escalation.ref
    take = Button(text="接管", action=f"takeover:{ref}") if escalation.may_take else None
    wait = Button(text="再等一天", action=f"wait:{ref}") if escalation.may_wait else None
    support = Button(text="需协同支持", action=f"support:{ref}")
    return Card(
        title=escalation.title,
        subtitle=f"{escalation.owner}{notes} · {escalation.rule}",
        rows=tuple(Row(name=day_and_time(fact.at), value=fact.says) for fact in last),
        text=_promised(escalation.promises) + ("请您接管，并写明原因。" if take else ""),
        buttons=(
            *([take] if take else []),
            _reassign(ref),
            *([support] if escalation.may_support else []),
            *([wait] if wait else []),
            Link(text="全部历史", url=escalation.history_url),
        ),
        url=escalation.history_url,
    )


def _promised(promises: Sequence[PromiseView]) -> str:
    """答应客户的：🟡 报价（03-12 18:00 前，已逾期）、寄样（03-14 18:00 前）。"""
    if not promises:
        return ""
    said = [f"{'🟡 ' if one.is_late else ''}{one.deed}（{one.when}）" for one in promises]
    return f"答应客户的：{'、'.join(said)}。"


def _reassign(ref: str) -> Button:
    return Button(text="转派", action=f"reassign:{ref}", tone=Tone.PRIMARY)
