"""分配: who gets a lead, and why him. Pure: facts in, a decision with all its reasons out.

Region 40, line 40, load 20 by default (config/defaults/assignment.yaml). A criterion nothing is
known of is neutral: its weight is shared out among the others. Whoever does not sell the lead's
line is no candidate at all. Ties go to the member who was assigned to least recently.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from config.schemas.assignment import Assignment
from crm_store.models import Lead, Member

_NEVER = datetime.min.replace(tzinfo=UTC)


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
    """The chosen member (None: nobody fits), every candidate, and how a tie was decided."""

    chosen: str | None
    candidates: tuple[Candidate, ...]
    tie: str = ""

    def as_json(self) -> dict[str, Any]:
        """What is stored with the assignment, for 为什么给我."""
        return {
            "rule": "region_line_load",
            "chosen": self.chosen,
            "tie": self.tie,
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
    team: Sequence[Member],
    *,
    loads: Mapping[str, int],
    rules: Assignment,
    tried: Collection[str] = (),
) -> Decision:
    """Ranks the team for this lead; `tried` had it already and gets it no more."""
    candidates = [
        _candidate(lead, member, loads.get(member.id, 0), rules, tried) for member in team
    ]
    seen = {member.id: member.last_assigned_at or _NEVER for member in team}
    ranked = sorted(candidates, key=lambda c: (bool(c.excluded), -c.score, seen[c.member_id]))
    fitting = [candidate for candidate in ranked if not candidate.excluded]
    if not fitting:
        return Decision(None, tuple(ranked))
    first, *others = fitting
    is_tie = bool(others) and others[0].score == first.score
    tie = "分数并列，轮到最久没有分到线索的人" if is_tie else ""
    return Decision(first.member_id, tuple(ranked), tie)


def _candidate(
    lead: Lead, member: Member, load: int, rules: Assignment, tried: Collection[str]
) -> Candidate:
    if member.id in tried:
        why = "当时的负责人" if member.id == lead.owner_id else "已经分到过"
        return Candidate(member.id, member.name, (), excluded=why)
    if not member.accounts():
        return Candidate(member.id, member.name, (), excluded="没有可以通知的账号")
    if not member.may_own:
        return Candidate(member.id, member.name, (), excluded="不做销售")
    if lead.line and member.lines and lead.line not in member.lines:
        return Candidate(member.id, member.name, (), excluded=f"不负责{lead.line}")
    judged = {
        "region": _region(lead, member),
        "line": _line(lead, member),
        "load": (
            max(0.0, 1 - load / member.capacity),
            f"手上 {load}/{member.capacity} 条",
        ),
    }
    names = {"region": "地区", "line": "产品线", "load": "负荷"}
    known = {name: verdict for name, verdict in judged.items() if verdict is not None}
    weights = {name: getattr(rules.weights, name) for name in judged}
    total = sum(weights.values())
    known_total = sum(weights[name] for name in known)
    criteria = []
    for name, verdict in judged.items():
        if verdict is None:
            criteria.append(Criterion(names[name], 0, 0, "不清楚，权重分给其他各项"))
            continue
        share, reason = verdict
        most = weights[name] / known_total * total if known_total else 0.0
        criteria.append(Criterion(names[name], share * most, most, reason))
    return Candidate(member.id, member.name, tuple(criteria))


def _region(lead: Lead, member: Member) -> tuple[float, str] | None:
    if not lead.region:
        return None
    if not member.regions:
        return 1.0, f"负责全国，包括{lead.region}"
    if any(region in lead.region for region in member.regions):
        return 1.0, f"负责{lead.region}"
    return 0.0, f"不在负责的地区（{'、'.join(member.regions)}）"


def _line(lead: Lead, member: Member) -> tuple[float, str] | None:
    if not lead.line:
        return None
    return 1.0, f"负责{lead.line}" if member.lines else f"负责所有产品线，包括{lead.line}"
