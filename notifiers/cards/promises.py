"""承诺: what was promised, shown to who has to keep it and, once late, to his manager."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from notifiers.card import Button, Card, Row, Text, Tone
from notifiers.cards.wording import joined, until

_MOST_WITH_BUTTONS = 3
"""Promises on one card that have buttons of their own: WeCom holds six."""


@dataclass(frozen=True)
class PromiseView:
    number: int
    client: str
    """康源 · CT设备"""
    deed: str
    """报价"""
    words: str = ""
    due: datetime | None = None
    is_late: bool = False
    owner: str = ""
    """Who has to keep it, where somebody else reads."""

    @property
    def when(self) -> str:
        if self.due is None:
            return "没说时间"
        return until(self.due, self.words) + ("，已逾期" if self.is_late else "")


def noted(promises: Sequence[PromiseView]) -> Card:
    """What was found in his words, once for what he promised within minutes."""
    return _asking("记下您答应的事" if len(promises) == 1 else "记下您答应的几件事", promises)


def which_kept(promises: Sequence[PromiseView]) -> Card:
    """What he sent fits several of them."""
    return _asking("刚才办好的是哪一件？", promises)


def soon(promises: Sequence[PromiseView]) -> Card:
    dated = any(one.due for one in promises)
    return _asking("答应客户的事快到时间了" if dated else "答应客户的事，办了吗？", promises)


def late(promises: Sequence[PromiseView]) -> Card:
    return _asking("🟡 答应客户的事过了时间", promises)


def overdue(
    promises: Sequence[PromiseView], *, url: str | None = None, owners_know: bool = True
) -> Card:
    """For the manager: nobody kept these."""
    return Card(
        title="🟡 答应客户、过期没兑现",
        rows=tuple(
            Row(name=joined(one.owner, one.client), value=f"{one.deed}，{one.when}")
            for one in promises
        ),
        quote=promises[0].words if len(promises) == 1 else "",
        text="负责人已经收到提醒。" if owners_know else "",
        url=url,
    )


def uncovered(promises: Sequence[PromiseView], back: str) -> Card:
    """For the manager: who has to keep these is away."""
    return Card(
        title=f"{promises[0].owner}休假，有答应客户的事到期",
        rows=tuple(Row(name=one.client, value=f"{one.deed}，{one.when}") for one in promises),
        text=f"{promises[0].owner}{back}回来。请安排别人办，或和客户另约时间。",
    )


def listed(promises: Sequence[PromiseView]) -> Text:
    if not promises:
        return Text(text="您没有要兑现的承诺。")
    lines = [f"您答应的 {len(promises)} 件事："]
    for one in promises:
        mark = "🟡 " if one.is_late else ""
        lines.append(f"{one.number}. {mark}{one.client}：{one.deed}，{one.when}")
        lines.append(f"    「{one.words}」")
    number = promises[0].number
    lines.append(f"办好了回复：已兑现 {number}；改时间：承诺 {number} 改到 下周一")
    return Text(text="\n".join(lines))


def ask_when(promise: PromiseView, choices: Sequence[tuple[str, str]]) -> Card:
    """改时间: `choices` are (明天, its ISO moment)."""
    return Card(
        title=f"「{promise.deed}」改到什么时候？",
        subtitle=promise.client,
        text=f"也可以回复：承诺 {promise.number} 改到 周五下午三点",
        buttons=tuple(
            Button(text=label, action=f"promise_to:{promise.number}:{moment}")
            for label, moment in choices
        ),
    )


def _asking(title: str, promises: Sequence[PromiseView]) -> Card:
    if len(promises) == 1:
        (one,) = promises
        return Card(
            title=title,
            subtitle=one.client,
            rows=(Row(name="要做", value=one.deed), Row(name="时间", value=one.when)),
            quote=one.words,
            text=f"编号 {one.number}",
            buttons=(
                Button(text="已兑现", action=f"promise_kept:{one.number}", tone=Tone.PRIMARY),
                Button(text="改时间", action=f"promise_when:{one.number}"),
                Button(text="不是承诺", action=f"promise_none:{one.number}"),
            ),
        )
    few = len(promises) <= _MOST_WITH_BUTTONS
    number = promises[0].number
    return Card(
        title=title,
        rows=tuple(
            Row(name=f"{one.number}. {one.deed}", value=f"{one.client}，{one.when}")
            for one in promises
        ),
        text=f"改时间请回复：承诺 {number} 改到 周五"
        + ("" if few else f"；办好了：已兑现 {number}；不算：放弃承诺 {number}"),
        buttons=tuple(
            button
            for one in (promises if few else ())
            for button in (
                Button(text=f"已兑现 {one.number}", action=f"promise_kept:{one.number}"),
                Button(text=f"不是承诺 {one.number}", action=f"promise_none:{one.number}"),
            )
        ),
    )
