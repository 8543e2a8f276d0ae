"""分配: who gets a lead, and why him. Pure: facts in, a decision with all its reasons out.

One engine for every preset of assignment.yaml. Whoever does not sell the lead's line, is on leave,
is full or had it already is no candidate at all. Of the others come first whom a rule in plain
words names, then who looks after the client already, then who is at work; within each of these
the preset's points or ranks decide, and ties go to who was assigned to least recently.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from config.schemas.assignment import Assignment
from handlers.allocation.criteria import LABELS, Axis, Seller, Situation, axes, load_axis
from handlers.allocation.presets import Picked, Wish, pick
from notifiers.cards.wording import day_and_time

__all__ = ["Candidate", "CriterionPoints", "Decision", "Seller", "decide"]

_NEVER = datetime.min.replace(tzinfo=UTC)
_MOST_LISTED = 50
"""Candidates a decision is stored with: nobody reads on, and each lead carries its own."""
_NAMED, _PRESENT, _FIRST, _BEHIND, _FULL = -2, -1, 0, 1, 2
"""Who comes before whom, whatever their points."""


@dataclass(frozen=True)
class CriterionPoints:
    name: str
    points: float
    most: float
    """0 where the criterion does not count, or the preset only ranks."""
    reason: str


@dataclass(frozen=True)
class Candidate:
    member_id: str
    name: str
    criteria: tuple[CriterionPoints, ...]
    score: float = 0.0
    excluded: str = ""
    """Why he could not get it; empty for a candidate."""
    place: str = ""
    """What puts him before or behind the others, whatever his points."""


@dataclass(frozen=True)
class Decision:
    """The chosen member (None: nobody fits), the candidates, best first, and how a tie was
    decided. Of a great many, `unlisted` more came after those."""

    chosen: str | None
    candidates: tuple[Candidate, ...]
    tie: str = ""
    unlisted: int = 0
    wish: Wish = field(default_factory=Wish)
    picked: Picked | None = None
    by_load: bool = False
    """A rule in plain words asked for the least burdened."""
    rule: Mapping[str, object] = field(default_factory=dict)
    """The rule in plain words that named somebody."""
    somebody_busy: bool = False
    """Whether anybody was left out only for now: he is full, or away."""

    @property
    def ranks(self) -> bool:
        """Whether one criterion after the other decided, and no points."""
        return self.by_load or (self.picked is not None and self.picked.preset.rank is not None)

    def as_json(self) -> dict[str, Any]:
        """What is stored with the assignment, for 为什么给我."""
        stored: dict[str, Any] = {
            "chosen": self.chosen,
            "tie": self.tie,
            "unlisted": self.unlisted,
            "inputs": self.wish.as_json(),
            "candidates": [_stored(candidate) for candidate in self.candidates],
        }
        if self.picked is not None:
            stored["preset"] = {
                "name": self.picked.preset.name,
                "because": self.picked.because,
                "ranks": self.ranks,
                "passed_over": [list(one) for one in self.picked.passed_over],
            }
            stored["actions"] = [action.value for action in self.picked.preset.actions]
        if self.rule:
            stored["ruled"] = dict(self.rule)
        return stored


def _stored(candidate: Candidate) -> dict[str, Any]:
    stored = {
        "member_id": candidate.member_id,
        "name": candidate.name,
        "score": candidate.score,
        "excluded": candidate.excluded,
        "criteria": [
            {
                "name": criterion.name,
                "points": round(criterion.points, 1),
                "most": round(criterion.most, 1),
                "reason": criterion.reason,
            }
            for criterion in candidate.criteria
        ],
    }
    return stored | {"place": candidate.place} if candidate.place else stored


def decide(
    wish: Wish,
    team: Sequence[Seller],
    *,
    rules: Assignment,
    now: Situation | None = None,
    tried: Collection[str] = (),
) -> Decision:
    """Ranks the team for this wish; `tried` had it already and gets it no more."""
    now = now or Situation()
    picked = pick(wish, rules)
    by_load = now.wanted is not None and now.wanted.by_load
    weighed = _weighed(picked, wish, now, by_load=by_load)
    gate = _Gate(wish, picked, rules, now, frozenset(tried))
    judged = [gate.judge(member, weighed) for member in team]
    judged.sort(key=_order)
    ranks = by_load or picked.preset.rank is not None
    best = judged[0] if judged and not judged[0].excluded else None
    listed = tuple(one.explained(weighed, ranks, best) for one in judged[:_MOST_LISTED])
    second = judged[1] if best is not None and judged[1:] and not judged[1].excluded else None
    is_tie = best is not None and second is not None and _merit(best) == _merit(second)
    return Decision(
        chosen=best.member.id if best is not None else None,
        candidates=listed,
        tie=("并列，轮到最久没有分到线索的人" if ranks else _TIE) if is_tie else "",
        unlisted=len(judged) - len(listed),
        wish=wish,
        picked=picked,
        by_load=by_load,
        rule=now.wanted.rule if now.wanted is not None else {},
        somebody_busy=any(one.is_for_now for one in judged),
    )


_TIE = "分数并列，轮到最久没有分到线索的人"


@dataclass(frozen=True, slots=True)
class _Weighed:
    """An axis and what it can give at most; 0 where nothing is known of it."""

    axis: Axis
    weight: float


def _weighed(picked: Picked, wish: Wish, now: Situation, *, by_load: bool) -> list[_Weighed]:
    preset = picked.preset
    if by_load:
        return [_Weighed(load_axis(preset, wish, now), 1.0)]
    ready = axes(preset, wish, now)
    if preset.score is None:
        return [_Weighed(axis, 1.0 if axis.is_known else 0.0) for axis in ready]
    total = sum(preset.score[axis.criterion] for axis in ready)
    known = sum(preset.score[axis.criterion] for axis in ready if axis.is_known)
    return [
        _Weighed(axis, preset.score[axis.criterion] / known * total if axis.is_known else 0.0)
        for axis in ready
    ]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A member's chances in figures; put into words only where somebody will read them."""

    member: Seller
    excluded: str = ""
    is_for_now: bool = False
    """Left out for now only."""
    tier: int = _FIRST
    place: str = ""
    merit: tuple[float, ...] = ()
    """Compared from left to right, the greater first: the one sum, or a share for each rank."""

    def explained(
        self, weighed: Sequence[_Weighed], ranks: bool, best: "_Judged | None"
    ) -> Candidate:
        member = self.member
        if self.excluded:
            return Candidate(member.id, member.name, (), excluded=self.excluded)
        # That he is behind somebody is worth a word only where somebody was before him.
        is_behind = self.tier > _FIRST and best is not None and best.tier < self.tier
        place = self.place if self.tier < _FIRST or is_behind else ""
        criteria = tuple(_points(one, member, ranks) for one in weighed)
        return Candidate(
            member.id,
            member.name,
            criteria,
            score=0.0 if ranks else self.merit[0],
            place=place,
        )


def _points(one: _Weighed, member: Seller, ranks: bool) -> CriterionPoints:
    axis = one.axis
    name = LABELS[axis.criterion]
    if not axis.is_known:
        spread = "不清楚，大家一样" if ranks else "不清楚，权重分给其他各项"
        return CriterionPoints(name, 0, 0, spread)
    share = axis.share(member)
    if ranks:
        return CriterionPoints(name, share, 0, axis.reason(member))
    return CriterionPoints(name, share * one.weight, one.weight, axis.reason(member))


def _merit(one: _Judged) -> tuple[int, tuple[float, ...]]:
    return one.tier, one.merit


def _order(one: _Judged) -> tuple[bool, int, tuple[float, ...], datetime, str]:
    against = tuple(-share for share in one.merit)
    assigned = one.member.last_assigned_at or _NEVER
    return bool(one.excluded), one.tier, against, assigned, one.member.id


class _Gate:
    """Who may come in at all, and who comes first."""

    def __init__(
        self,
        wish: Wish,
        picked: Picked,
        rules: Assignment,
        now: Situation,
        tried: frozenset[str],
    ) -> None:
        self._wish = wish
        self._preset = picked.preset
        self._never_over = rules.full == "never"
        self._now = now
        self._tried = tried
        self._named = frozenset(now.wanted.members) if now.wanted is not None else frozenset()
        self._present = now.present.member_id if now.present is not None else None

    def judge(self, member: Seller, weighed: Sequence[_Weighed]) -> _Judged:
        load = self._now.loads.get(member.id, 0)
        excluded = self._excluded(member)
        if excluded:
            return _Judged(member, excluded)
        busy = self._busy(member, load)
        if busy:
            return _Judged(member, busy, is_for_now=True)
        tier, place = self._placed(member, load)
        shares = [one.axis.share(member) * one.weight for one in weighed]
        if self._preset.score is None or (self._now.wanted and self._now.wanted.by_load):
            merit = tuple(round(share, 6) for share in shares)
        else:
            merit = (round(sum(shares), 1),)
        return _Judged(member, tier=tier, place=place, merit=merit)

    def _excluded(self, member: Seller) -> str:
        if member.id in self._tried:
            return "当时的负责人" if member.id == self._wish.owner_id else "已经分到过"
        if not member.is_reachable:
            return "没有可以通知的账号"
        line = self._wish.line
        if line and member.lines and line not in member.lines:
            return f"不负责{line}"
        preset = self._preset
        if member.id not in self._named:
            if preset.only_levels and member.level not in preset.only_levels:
                return f"不是{'、'.join(preset.only_levels)}"
            if preset.only_teams and member.team not in preset.only_teams:
                return f"不在{'、'.join(preset.only_teams)}"
        return ""

    def _busy(self, member: Seller, load: int) -> str:
        if member.id in self._now.away:
            return f"请假，{day_and_time(self._now.away[member.id])} 回来"
        if self._never_over and load >= member.capacity:
            return f"手上已满（{load}/{member.capacity}）"
        return ""

    def _placed(self, member: Seller, load: int) -> tuple[int, str]:
        now = self._now
        if load >= member.capacity:
            return _FULL, f"手上已满（{load}/{member.capacity}），排在最后"
        if now.wanted is not None and member.id in self._named:
            return _NAMED, now.wanted.reason
        if now.present is not None and member.id == self._present:
            return _PRESENT, now.present.reason
        if now.on_night is not None:
            is_there = member.id in now.on_night
            return (_FIRST, "") if is_there else (_BEHIND, "不在夜班")
        if now.at_work is not None and member.id not in now.at_work:
            return _BEHIND, "这会儿不在上班"
        return _FIRST, ""
