"""Answers with their reasons: 今天该先打哪个电话, 为什么给我."""

from collections.abc import Sequence
from dataclasses import dataclass

from notifiers.card import Card, Row, Text


@dataclass(frozen=True)
class CallView:
    title: str
    """赵主任 · CT设备"""
    reasons: Sequence[str]
    """Why now, the weightiest first: 今天答应回电."""
    phone: str = ""
    points: float | None = None
    """The sum of its reasons' shares; None where their order decides."""


@dataclass(frozen=True)
class CriterionView:
    name: str
    points: float
    most: float
    reason: str = ""


@dataclass(frozen=True)
class RivalView:
    name: str
    score: float = 0
    excluded: str = ""
    """Why he could not get it; empty where he was only behind."""
    place: str = ""
    """What put him before or behind the others, whatever his points."""
    reason: str = ""
    """What he was ranked by, where there were no points."""


@dataclass(frozen=True)
class ReasonView:
    title: str
    """赵主任 · CT设备"""
    score: float
    criteria: Sequence[CriterionView]
    rivals: Sequence[RivalView] = ()
    tie: str = ""
    """How a tie was decided; empty where there was none."""
    owner: str = ""
    """Whose lead it is, where the reader asks about somebody else's."""
    by: str = ""
    """Who gave it by hand, 王强; empty where the rule did."""
    preset: str = ""
    """The rule of assignment.yaml that decided."""
    because: str = ""
    """Why that rule."""
    ranks: bool = False
    """There were no points: one criterion after the other."""
    place: str = ""
    """What put him before the others, whatever his points."""
    passed_over: Sequence[tuple[str, str]] = ()
    """Rules that come before it and did not fit: (name, why not)."""
    unlisted: int = 0
    """So many more were behind."""
    how: str = ""
    """How he came to it, where nothing was weighed, or not only: 王强转派，按规则选出接手的人."""
    instead: str = ""
    """Whom the question named, where somebody else has it."""


def ranked_calls(calls: Sequence[CallView], by: str = "") -> Text:
    """Whom to call first, and why; `by` tells what the order goes by."""
    if not calls:
        return Text(text="今天没有急着要打的电话。")
    lines = ["今天先打："]
    for place, call in enumerate(calls, start=1):
        phone = f"（{call.phone}）" if call.phone else ""
        points = f" {_points(call.points)} 分" if call.points is not None else ""
        lines.append(f"{place}. {call.title}{phone}{points}")
        lines.append(f"    {'；'.join(call.reasons)}")
    lines.append(by)
    return Text(text="\n".join(line for line in lines if line.strip()))


def reason_text(reason: ReasonView) -> Text:
    """Why this lead is its reader's: every criterion with its points, and who else was weighed."""
    if reason.by:
        return Text(text=f"「{reason.title}」是{reason.by}指定给{reason.owner or '您'}的。")
    lines = [
        f"「{reason.title}」为什么给{reason.owner or '您'}：",
        *(f"{name}：{value}" for name, value in _by_which_rule(reason)),
        *(_criterion(item, ranks=reason.ranks) for item in reason.criteria),
        "" if reason.ranks else f"合计 {_points(reason.score)} 分",
        *(f"{name}：{value}" for name, value in _others(reason)),
        reason.tie,
    ]
    return Text(text="\n".join(line for line in lines if line))


def reason_card(reason: ReasonView) -> Card:
    """The stored decision on one card: the rule and why it, each criterion, everybody else."""
    owner = reason.owner or "您"
    criteria = [(item.name, _says(item, ranks=reason.ranks)) for item in reason.criteria]
    total = [("合计", f"{_points(reason.score)} 分")] if criteria and not reason.ranks else []
    given = [("怎么来的", f"{reason.by}指定")] if reason.by else []
    rows = [*given, *_by_which_rule(reason), *criteria, *total, *_others(reason)]
    asked = f"为什么不是{reason.instead}" if reason.instead else f"为什么给{owner}"
    return Card(
        title=f"{asked}：{reason.title}",
        subtitle=f"现在由{owner}负责" if reason.instead else "",
        rows=tuple(Row(name=name, value=value) for name, value in rows),
        text=reason.tie,
    )


def nobody_card(reason: ReasonView) -> Card:
    """Why a lead lies in the pool."""
    rows = [*_by_which_rule(reason), *_others(reason)]
    return Card(
        title=f"为什么在公海：{reason.title}",
        rows=tuple(Row(name=name, value=value) for name, value in rows),
        text="" if rows else "它还没有分给过谁。",
    )


def _by_which_rule(reason: ReasonView) -> list[tuple[str, str]]:
    named = f"{reason.preset}（{reason.because}）" if reason.because else reason.preset
    told = [("怎么来的", reason.how), ("规则", named)]
    before = "；".join(f"{name}：{why}" for name, why in reason.passed_over)
    told += [("前面的规则不符合", before), ("优先", reason.place)]
    return [(name, value) for name, value in told if value]


def _others(reason: ReasonView) -> list[tuple[str, str]]:
    behind = [_rival(rival, ranks=reason.ranks) for rival in reason.rivals if not rival.excluded]
    if reason.unlisted:
        behind.append(f"等 {reason.unlisted} 人")
    ruled_out = [f"{rival.name}（{rival.excluded}）" for rival in reason.rivals if rival.excluded]
    told = [("其他人", "、".join(behind)), ("没有参加比较", "、".join(ruled_out))]
    return [(name, value) for name, value in told if value]


def _rival(rival: RivalView, *, ranks: bool) -> str:
    said = rival.reason if ranks else f"{_points(rival.score)} 分"
    return f"{rival.name} {said}" + (f"（{rival.place}）" if rival.place else "")


def _criterion(item: CriterionView, *, ranks: bool) -> str:
    return f"· {item.name}{'：' if ranks else ' '}{_says(item, ranks=ranks)}"


def _says(item: CriterionView, *, ranks: bool) -> str:
    if ranks:
        return item.reason
    points = f"{_points(item.points)}/{_points(item.most)}" if item.most else "不计"
    return points + (f"：{item.reason}" if item.reason else "")


def _points(points: float) -> str:
    return f"{round(points, 1):g}"
