"""Answers with their reasons: 今天该先打哪个电话, 为什么给我."""

from collections.abc import Sequence
from dataclasses import dataclass

from notifiers.card import Text


@dataclass(frozen=True)
class CallView:
    title: str
    """赵主任 · CT设备"""
    reasons: Sequence[str]
    """Why now, the weightiest first: 今天答应回电."""
    phone: str = ""


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


def ranked_calls(calls: Sequence[CallView]) -> Text:
    """Whom to call first, and why."""
    if not calls:
        return Text(text="今天没有急着要打的电话。")
    lines = ["今天先打："]
    for place, call in enumerate(calls, start=1):
        phone = f"（{call.phone}）" if call.phone else ""
        lines.append(f"{place}. {call.title}{phone}")
        lines.append(f"    {'；'.join(call.reasons)}")
    return Text(text="\n".join(line for line in lines if line.strip()))


def reason_text(reason: ReasonView) -> Text:
    """Why this lead is its reader's: every criterion with its points, and who else was weighed."""
    if reason.by:
        return Text(text=f"「{reason.title}」是{reason.by}指定给{reason.owner or '您'}的。")
    lines = [
        f"「{reason.title}」为什么给{reason.owner or '您'}：",
        *(_criterion(item) for item in reason.criteria),
    ]
    lines.append(f"合计 {_points(reason.score)} 分")
    behind = [
        f"{rival.name} {_points(rival.score)} 分" for rival in reason.rivals if not rival.excluded
    ]
    ruled_out = [f"{rival.name}（{rival.excluded}）" for rival in reason.rivals if rival.excluded]
    lines.append(f"其他人：{'、'.join(behind)}" if behind else "")
    lines.append(f"没有参加比较：{'、'.join(ruled_out)}" if ruled_out else "")
    lines.append(reason.tie)
    return Text(text="\n".join(line for line in lines if line))


def _criterion(item: CriterionView) -> str:
    points = f"{_points(item.points)}/{_points(item.most)}" if item.most else "不计"
    return f"· {item.name} {points}" + (f"：{item.reason}" if item.reason else "")


def _points(points: float) -> str:
    return f"{round(points, 1):g}"
