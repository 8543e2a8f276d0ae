"""The order in which leads are called (#101): pure, by the criteria of ranking.yaml.

Each criterion has a degree between 0 and 1 of which the reason tells. By order, the first
criterion in which two leads differ decides; by points, each is worth its points times its degree.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.schemas.ranking import Ranking
from crm_store.models import Lead, Priority, Promise
from handlers.showing import ACTIONS
from notifiers.cards.wording import Budget, money

_HIGH = "高意向"
_SOON = timedelta(days=7)
_MINUTE = timedelta(minutes=1)
_LONG_WAIT = timedelta(days=2)
_RICHEST = 9.0
"""Ten to the power of: a budget of a billion is worth all that budgets are worth."""
NAMES: Mapping[str, str] = {
    "promise": "今天的承诺",
    "unanswered": "没回的话",
    "intent": "高意向",
    "deadline": "期限",
    "next_contact": "约好的联系",
    "budget": "预算",
    "freshness": "新旧",
}


@dataclass(frozen=True)
class Situation:
    """A lead as it stands now."""

    lead: Lead
    promise: Promise | None = None
    """The nearest that is still to be kept."""
    budget: Budget | None = None
    """As it was said; None: the lead's own figure is shown."""


@dataclass(frozen=True)
class Share:
    """What one criterion comes to."""

    name: str
    degree: float
    reason: str = ""
    """Empty where there is nothing to say."""
    points: float = 0


@dataclass(frozen=True)
class Ranked:
    lead: Lead
    shares: tuple[Share, ...]
    """In the order of ranking.yaml."""
    rank: tuple[float, ...]
    """Smaller is earlier."""
    points: float | None
    """The sum; None where the order decides."""
    silence: str

    @property
    def reasons(self) -> tuple[str, ...]:
        """The weightiest first, where points decide each with its share."""
        told = [share for share in self.shares if share.reason and share.degree]
        if self.points is not None:
            told = sorted(told, key=lambda share: -share.points)
            return tuple(f"{one.reason}（{_figure(one.points)} 分）" for one in told) or (
                self.silence,
            )
        return tuple(share.reason for share in told) or (self.silence,)


def ranked(
    situations: Sequence[Situation], ranking: Ranking, *, now: datetime, zone: ZoneInfo
) -> list[Ranked]:
    """All of them, the first to be called first."""
    found = [_rank(one, ranking, now, zone) for one in situations]
    return sorted(found, key=lambda one: (one.rank, one.lead.id))


def explained(ranking: Ranking) -> str:
    """By what it is ordered, in one line."""
    if ranking.by == "points":
        worth = (f"{NAMES[one.name]} {_figure(one.points)}" for one in ranking.criteria)
        return f"按分值排：{'、'.join(worth)}"
    return f"依次看：{' › '.join(NAMES[one.name] for one in ranking.criteria)}"


def _rank(one: Situation, ranking: Ranking, now: datetime, zone: ZoneInfo) -> Ranked:
    shares = []
    for criterion in ranking.criteria:
        degree, reason = _CRITERIA[criterion.name](one, now, zone)
        shares.append(Share(criterion.name, degree, reason, criterion.points * degree))
    waited = -_waited(one.lead, now).total_seconds()
    silence = f"上次跟进在{duration(silence_of(one.lead, now))}前"
    if ranking.by == "points":
        total = sum(share.points for share in shares)
        return Ranked(one.lead, tuple(shares), (-total, waited), total, silence)
    steps = (-_step(share) for share in shares)
    return Ranked(one.lead, tuple(shares), (*steps, waited), None, silence)


def _step(share: Share) -> float:
    """By order, that the client waits decides, and not for how long: what follows is looked at. A
    deadline that is far away is told and decides nothing yet."""
    if share.name == "deadline" and _BARELY < share.degree < _FAR:
        return 0
    return float(share.degree > 0) if share.name in ("promise", "unanswered") else share.degree


# -- the criteria: a degree from 0 to 1, and what there is to say of it ---------------------------

Judged = tuple[float, str]


def _promise(one: Situation, now: datetime, zone: ZoneInfo) -> Judged:
    if one.promise is None or one.promise.due_at is None:
        return 0, ""
    due = one.promise.due_at
    if due > _end_of_today(now, zone):
        return 0, ""
    what = ACTIONS.get(one.promise.action, "一件事")
    return 1, f"答应{what}已逾期" if due < now else f"今天要兑现：{what}"


def _unanswered(one: Situation, now: datetime, zone: ZoneInfo) -> Judged:
    lead = one.lead
    if not lead.is_unanswered:
        return 0, ""
    waited = _waited(lead, now)
    degree = 0.5 + 0.5 * min(1.0, waited / _LONG_WAIT)
    return degree, f"客户的话还没有回，等了{duration(waited)}"


def _intent(one: Situation, now: datetime, zone: ZoneInfo) -> Judged:
    if one.lead.priority != Priority.HIGH:
        return 0, ""
    others = "、".join(tag for tag in one.lead.tags if tag != _HIGH)
    return 1, f"{_HIGH}（{others}）" if others else _HIGH


def _deadline(one: Situation, now: datetime, zone: ZoneInfo) -> Judged:
    deadline = one.lead.deadline_at
    if deadline is None:
        return 0, ""
    if deadline <= now:
        return _BARELY, "客户说的期限已过"
    last = (deadline - _MINUTE).astimezone(zone)
    is_soon = deadline - now <= _SOON
    return (
        1 / (1 + (deadline - now) / timedelta(days=1)),
        f"客户要求最晚 {last:%m-%d}" if is_soon else f"期限 {last:%m-%d}",
    )


_FAR = 1 / (1 + 60)
"""The degree of a deadline in two months."""
_BARELY = 1e-9
"""More than nothing, so that it is told, and after whatever is still to come."""


def _next_contact(one: Situation, now: datetime, zone: ZoneInfo) -> Judged:
    at = one.lead.next_contact_at
    if at is None or at > _end_of_today(now, zone):
        return 0, ""
    local = at.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return 1, "约好今天联系"
    return 1, f"约好 {local:%m-%d} 联系，已过"


def _budget(one: Situation, now: datetime, zone: ZoneInfo) -> Judged:
    amount = one.lead.budget
    if not amount or amount < 1:
        return 0, ""
    said = one.budget or Budget.exactly(amount)
    return min(1.0, math.log10(amount + 1) / _RICHEST), f"预算 {money(said)}"


def _freshness(one: Situation, now: datetime, zone: ZoneInfo) -> Judged:
    lead = one.lead
    if lead.first_touched_at is None:
        return 1, "还没有联系过"
    heard = lead.last_client_at or lead.opened_at
    return 1 / (2 + max(timedelta(), now - heard) / timedelta(days=1)), ""


_CRITERIA: Mapping[str, Callable[[Situation, datetime, ZoneInfo], Judged]] = {
    "promise": _promise,
    "unanswered": _unanswered,
    "intent": _intent,
    "deadline": _deadline,
    "next_contact": _next_contact,
    "budget": _budget,
    "freshness": _freshness,
}


def _end_of_today(now: datetime, zone: ZoneInfo) -> datetime:
    local = now.astimezone(zone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _waited(lead: Lead, now: datetime) -> timedelta:
    if not lead.is_unanswered or lead.last_client_at is None:
        return timedelta()
    return max(timedelta(), now - lead.last_client_at)


def silence_of(lead: Lead, now: datetime) -> timedelta:
    return now - (lead.last_followed_up_at or lead.assigned_at or lead.opened_at)


def duration(span: timedelta) -> str:
    """25 分钟, 3 小时, 2 天."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:  # noqa: PLR2004 (an hour)
        return f" {max(minutes, 1)} 分钟"
    if minutes < 48 * 60:
        return f" {minutes // 60} 小时"
    return f" {minutes // (24 * 60)} 天"


def _figure(points: float) -> str:
    return f"{round(points, 1):g}"
