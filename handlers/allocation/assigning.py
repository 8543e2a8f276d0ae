"""分配: who gets a lead, and why him. Pure: facts in, a decision with all its reasons out.

Region 40, line 40, load 20 by default (config/defaults/assignment.yaml). A criterion nothing is
known of is neutral: its weight is shared out among the others. Whoever does not sell the lead's
line is no candidate at all. Ties go to the member who was assigned to least recently.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from config.schemas.assignment import Assignment
from crm_store.models import Lead


class Seller(Protocol):
    """What is asked of whoever may get a lead."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def regions(self) -> Sequence[str]: ...
    @property
    def lines(self) -> Sequence[str]: ...
    @property
    def capacity(self) -> int: ...
    @property
    def is_reachable(self) -> bool: ...
    @property
    def last_assigned_at(self) -> datetime | None: ...


_NEVER = datetime.min.replace(tzinfo=UTC)
_NAMES = {"region": "地区", "line": "产品线", "load": "负荷"}
_MOST_LISTED = 50
"""Candidates a decision is stored with: nobody reads on, and each lead carries its own."""


@dataclass(frozen=True)
class Criterion:
    name: str
    points: float
    most: float
    reason: str


@dataclass(frozen=True)
class Candidate:
    member_id: str
    name: str
    criteria: tuple[Criterion, ...]
    excluded: str = ""
    """Why he could not get it; empty for a candidate."""

    @property
    def score(self) -> float:
        return round(sum(criterion.points for criterion in self.criteria), 1)


@dataclass(frozen=True)
class Decision:
    """The chosen member (None: nobody fits), the candidates, best first, and how a tie was
    decided. Of a great many, `unlisted` more came after those."""

    chosen: str | None
    candidates: tuple[Candidate, ...]
    tie: str = ""
    unlisted: int = 0

    def as_json(self) -> dict[str, Any]:
        """What is stored with the assignment, for 为什么给我."""
        return {
            "rule": "region_line_load",
            "chosen": self.chosen,
            "tie": self.tie,
            "unlisted": self.unlisted,
            "candidates": [
                {
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
                for candidate in self.candidates
            ],
        }


def decide(
    lead: Lead,
    team: Sequence[Seller],
    *,
    loads: Mapping[str, int],
    rules: Assignment,
    tried: Collection[str] = (),
) -> Decision:
    """Ranks the team for this lead; `tried` had it already and gets it no more."""
    weights = _weights(lead, rules)
    judged = [_judge(lead, member, loads.get(member.id, 0), weights, tried) for member in team]
    judged.sort(
        key=lambda one: (bool(one.excluded), -one.score, one.member.last_assigned_at or _NEVER)
    )
    listed = tuple(one.explained(lead, weights) for one in judged[:_MOST_LISTED])
    unlisted = len(judged) - len(listed)
    fitting = [one for one in judged[:2] if not one.excluded]
    if not fitting:
        return Decision(None, listed, unlisted=unlisted)
    first, *others = fitting
    is_tie = bool(others) and others[0].score == first.score
    tie = "分数并列，轮到最久没有分到线索的人" if is_tie else ""
    return Decision(first.member.id, listed, tie, unlisted)


def _weights(lead: Lead, rules: Assignment) -> dict[str, float]:
    """The most that each criterion can give; what nothing is known of gives its share away."""
    weights = {name: getattr(rules.weights, name) for name in _NAMES}
    known = {"region": bool(lead.region), "line": bool(lead.line), "load": True}
    total, known_total = sum(weights.values()), sum(weights[name] for name in known if known[name])
    return {
        name: weight / known_total * total if known[name] and known_total else 0.0
        for name, weight in weights.items()
    }


@dataclass(frozen=True, slots=True)
class _Judged:
    """A member's chances in figures; put into words only where somebody will read them."""

    member: Seller
    load: int
    excluded: str = ""
    region: float = 0.0
    free: float = 0.0
    score: float = 0.0

    def explained(self, lead: Lead, weights: Mapping[str, float]) -> Candidate:
        member = self.member
        if self.excluded:
            return Candidate(member.id, member.name, (), excluded=self.excluded)
        reasons = {
            "region": (lead.region, self.region, _region_reason),
            "line": (lead.line, 1.0, _line_reason),
        }
        criteria = [
            Criterion(_NAMES[name], share * weights[name], weights[name], reason(lead, member))
            if known
            else Criterion(_NAMES[name], 0, 0, "不清楚，权重分给其他各项")
            for name, (known, share, reason) in reasons.items()
        ]
        load = f"手上 {self.load}/{member.capacity} 条"
        criteria.append(
            Criterion(_NAMES["load"], self.free * weights["load"], weights["load"], load)
        )
        return Candidate(member.id, member.name, tuple(criteria))


def _judge(
    lead: Lead,
    member: Seller,
    load: int,
    weights: Mapping[str, float],
    tried: Collection[str],
) -> _Judged:
    excluded = _excluded(lead, member, tried)
    if excluded:
        return _Judged(member, load, excluded)
    region = 1.0 if _covers(lead, member) else 0.0
    free = max(0.0, 1 - load / member.capacity)
    points = region * weights["region"] + weights["line"] + free * weights["load"]
    return _Judged(member, load, "", region, free, round(points, 1))


def _excluded(lead: Lead, member: Seller, tried: Collection[str]) -> str:
    if member.id in tried:
        return "当时的负责人" if member.id == lead.owner_id else "已经分到过"
    if not member.is_reachable:
        return "没有可以通知的账号"
    if lead.line and member.lines and lead.line not in member.lines:
        return f"不负责{lead.line}"
    return ""


def _covers(lead: Lead, member: Seller) -> bool:
    return not member.regions or any(region in lead.region for region in member.regions)


def _region_reason(lead: Lead, member: Seller) -> str:
    if not member.regions:
        return f"负责全国，包括{lead.region}"
    if _covers(lead, member):
        return f"负责{lead.region}"
    return f"不在负责的地区（{'、'.join(member.regions)}）"


def _line_reason(lead: Lead, member: Seller) -> str:
    return f"负责{lead.line}" if member.lines else f"负责所有产品线，包括{lead.line}"
