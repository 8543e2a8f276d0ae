"""What the ladder says to whoever has the lead: nudges, what came of it, what is about to happen;
and the list of what did not fit on cards."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.schemas.escalation import Step
from notifiers.card import Button, Card

MOST_LINES = 15
"""Of a list in a push: the whole of it is asked for."""


@dataclass(frozen=True)
class ResultView:
    """Of which lead the result is asked."""

    ref: str
    title: str
    results: Sequence[str]
    step: Step


@dataclass(frozen=True)
class ListLine:
    ref: str
    title: str
    owner: str
    """Who let it lie; empty where it is the reader himself."""
    says: str
    """48 小时没有跟进"""


@dataclass(frozen=True)
class SoonLine:
    """What is about to happen to a lead."""

    ref: str
    title: str
    says: str


def soon(minutes: int, step: Step, then: str) -> str:
    """再过 10 分钟还没有查看，就会转给其他同事"""
    return f"再过 {minutes} 分钟还{_still(step.missed)}，{then}"


def soon_text(lines: Sequence[SoonLine]) -> str:
    """One sentence for one lead; of several each thing that is about to happen, and to which."""
    if len(lines) == 1:
        return f"「{lines[0].title}」{lines[0].says}"
    said, left = [], MOST_LINES
    for says in dict.fromkeys(line.says for line in lines):
        alike = [line for line in lines if line.says == says]
        said.append(f"有 {len(alike)} 条线索{says}：")
        said += [f"{line.title}（{line.ref}）" for line in alike[:left]]
        if len(alike) > left:
            said.append(f"还有 {len(alike) - left} 条没有列出")
        left = max(left - len(alike), 0)
    return "\n".join(said)


def _still(missed: str) -> str:
    """未查看 → 没有查看: said of what may still be done."""
    return f"没有{missed.removeprefix('未')}" if missed.startswith("未") else missed


def nudge_card(
    lead: Card, ref: str, steps: Sequence[Step], results: Sequence[str], coming: Sequence[str]
) -> Card:
    """The lead's card with what was not done on it; a kind of nudge is muted from its menu."""
    asked = f"结果怎么样？请回复：结果 {ref} {' / '.join(results)}" if results else ""
    said = (*(f"已经 {step.rule}" for step in steps), *coming, asked)
    kinds = tuple(
        Button(text=f"静音{step.label}", action=f"mute:{ref}:{step.name}") for step in steps[:1]
    )
    return lead.model_copy(
        update={"text": "；".join(part for part in said if part), "menu": (*kinds, *lead.menu)[:3]}
    )


def result_card(view: ResultView, coming: Sequence[str] = ()) -> Card:
    """跟进之后，结果怎么样？"""
    return Card(
        title=view.title,
        subtitle="跟进之后，结果怎么样？",
        text="；".join(coming),
        buttons=tuple(
            Button(text=result, action=f"result:{view.ref}:{result}") for result in view.results
        ),
        menu=(
            Button(text=f"静音{view.step.label}", action=f"mute:{view.ref}:{view.step.name}"),
            Button(text="静音", action=f"mute:{view.ref}"),
        ),
    )


def rung_list(lines: Sequence[ListLine], *, besides: bool = True) -> str:
    """`besides`: whether others came as cards."""
    shown, hidden = lines[:MOST_LINES], lines[MOST_LINES:]
    said = [f"{'另有' if besides else '有'} {len(lines)} 条线索："]
    for number, line in enumerate(shown, start=1):
        owner = f"{line.owner} " if line.owner else ""
        said.append(f"{number}. {line.title}（{line.ref}）{owner}{line.says}")
    if hidden:
        said.append(f"还有 {len(hidden)} 条没有列出，回复“逾期”查看全部")
    if any(line.owner for line in lines):
        said.append(f"要决定一条，请回复：升级 {lines[0].ref}")
    return "\n".join(said)
