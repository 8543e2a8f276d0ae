"""合并报告: what was merged, why, whose it is now, and how it is taken back (#14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm_store.identity.verdict import Evidence
from notifiers.card import Button, Card, Row, Text, Tone
from notifiers.cards.choices import MOST_CHOICES
from notifiers.cards.evidence import doubts, reasons
from notifiers.cards.wording import SHANGHAI, day_and_time, joined

BY_RULE = "自动合并"


@dataclass(frozen=True)
class MergedView:
    """The number that became part of another client."""

    ref: str
    """C12"""
    name: str
    source: str = ""
    since: datetime | None = None

    @property
    def described(self) -> str:
        """张伟（网站，2025-11-02 起，C12）"""
        since = f"{self.since.astimezone(SHANGHAI):%Y-%m-%d} 起" if self.since else ""
        told = (self.source, since, self.ref if self.name else "")
        parts = "，".join(part for part in told if part)
        return f"{self.name or self.ref}（{parts}）" if parts else self.name or self.ref


@dataclass(frozen=True)
class MergeView:
    """One merge of a client, as it is told."""

    ref: str
    """M7"""
    at: datetime
    merged: MergedView
    score: int | None
    """None where the reader may not know what spoke for it."""
    evidence: Sequence[Evidence] = ()
    by: str = ""
    """Who said so; empty for the rule."""
    undone_at: datetime | None = None
    undone_by: str = ""

    @property
    def decided(self) -> str:
        """自动合并 · 陈经理确认"""
        return f"{self.by}确认" if self.by else BY_RULE


@dataclass(frozen=True)
class OwnerLine:
    """Who has a lead of the merged client now."""

    topic: str
    owner: str
    collaborators: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """CT设备：李娜（王磊协作）"""
        others = f"（{'、'.join(self.collaborators)}协作）" if self.collaborators else ""
        who = f"{self.owner or '没有负责人'}{others}"
        return f"{self.topic}：{who}" if self.topic else who


@dataclass(frozen=True)
class ReportView:
    """A merge as one of the reps concerned hears of it."""

    client: str
    """How the client is called now."""
    client_ref: str
    merge: MergeView
    leads: Sequence[OwnerLine] = ()
    may_undo: bool = False
    url: str | None = None


def merge_report(report: ReportView) -> Card:
    """合并报告; a press comes back as `unmerge:M7`."""
    merge = report.merge
    told = [
        ("并进来的", merge.merged.described),
        ("理由", _why(merge)),
        ("负责人", "；".join(line.says for line in report.leads)),
    ]
    undo = (Button(text="撤销合并", action=f"unmerge:{merge.ref}", tone=Tone.DANGER),)
    return Card(
        title=f"合并报告：{report.client}",
        subtitle=joined(merge.decided, day_and_time(merge.at), report.client_ref),
        rows=tuple(Row(name=name, value=value) for name, value in told if value),
        text=_how_to_undo(report),
        buttons=undo if report.may_undo else (),
        url=report.url,
    )


def came_again(report: ReportView) -> Text:
    """The client came by another way and was recognised: so that he is not asked whether he came
    before."""
    merge = report.merge
    way = f"从{merge.merged.source}" if merge.merged.source else "换了一种方式"
    known_by = reasons(merge.evidence)
    called = merge.merged.name
    calls = f"（这次自称{called}）" if called and called != report.client else ""
    return Text(
        text=f"{report.client}又{way}来过{calls}，已并进同一份档案"
        + (f"：{known_by}。" if known_by else "。")
        + f"不是同一个请回复：撤销合并 {report.client}"
    )


def many_merged(names: Sequence[str], total: int) -> Text:
    """So many clients of one rep were merged at once that their names have to do."""
    more = " 等" if total > len(names) else ""
    return Text(
        text=f"您有 {total} 位客户的几份档案自动合并了：{'、'.join(names)}{more}。"
        "两边的历史都留着。凭什么请回复：为什么合并 客户；不是同一个请回复：撤销合并 客户"
    )


def merge_story(client: str, merges: Sequence[MergeView]) -> Text:
    """为什么合并: each merge of a client with its evidence, the oldest first."""
    if not merges:
        return Text(text=f"{client}没有合并过别的档案")
    lines = [f"{client}合并过 {len(merges)} 次："]
    for number, merge in enumerate(merges, start=1):
        lines.append(f"{number}. {_day(merge.at)} {merge.decided}：并进了{merge.merged.described}")
        why = _why(merge)
        lines.append(f"    {why}" if why else "")
        against = doubts(merge.evidence)
        lines.append(f"    另外：{against}" if against else "")
        lines.append(f"    {_undone(merge)}" if merge.undone_at else "")
    if any(merge.undone_at is None for merge in merges):
        lines.append(f"不对的话请回复：撤销合并 {client}")
    return Text(text="\n".join(line for line in lines if line))


def which_merge(client: str, merges: Sequence[MergeView]) -> Card:
    """撤销哪一次: the latest first; presses come back as `unmerge:M7`."""
    shown = merges[:MOST_CHOICES]
    return Card(
        title=f"撤销哪一次合并：{client}",
        rows=tuple(
            Row(name=day_and_time(merge.at), value=merge.merged.described) for merge in shown
        ),
        text="撤销以后，两边的线索、会话和记录各回各的档案。",
        buttons=tuple(
            Button(
                text=f"撤销 {merge.merged.name or merge.merged.ref}", action=f"unmerge:{merge.ref}"
            )
            for merge in shown
        ),
    )


def _why(merge: MergeView) -> str:
    if merge.score is None:
        return ""
    said = reasons(merge.evidence)
    if not said:
        return f"{merge.by}看过以后确认的" if merge.by else f"{merge.score} 分"
    return f"{said}（{merge.score} 分）"


def _undone(merge: MergeView) -> str:
    by = f"由{merge.undone_by}" if merge.undone_by else ""
    return f"已{by}于 {_day(merge.undone_at)} 撤销" if merge.undone_at else ""


def _how_to_undo(report: ReportView) -> str:
    kept = "两边的历史都留着。"
    if report.may_undo:
        return f"{kept}不是同一个客户就点“撤销合并”，或回复：撤销合并 {report.client}"
    return f"{kept}不是同一个客户请告诉负责人或主管，由他撤销。"


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
