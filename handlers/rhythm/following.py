"""24 小时跟进率 (#90): of those who began to wait for us, how many were answered in time. Pure.

Somebody begins to wait when a lead is opened, or when a client writes whom we had answered. He is
answered by a colleague's words in the conversation or a follow-up (a tap, a note); what the
assistant says by itself is none. All by the machine's own moments, in wall time.

It counts to whoever has the lead, from when he got it. Given on or ended before his time was over,
it is not his: the next one's time begins with the next. Not counted: what nobody had (the pool),
what is still in time, and what he missed while he was away.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from crm_store.queries.figures_touches import Change, Leave, Occasion

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Verdict(StrEnum):
    KEPT = "kept"
    MISSED = "missed"
    RUNNING = "running"
    AWAY = "away"


@dataclass(frozen=True)
class Held:
    """A lead was in these hands; None: in nobody's."""

    owner_id: str | None
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Followed:
    member_id: str
    counted: int = 0
    kept: int = 0
    running: int = 0
    away: int = 0

    @property
    def percent(self) -> int:
        return round(100 * self.kept / self.counted) if self.counted else 0


def measure(
    occasions: Sequence[Occasion],
    changes: Sequence[Change],
    owners_now: Mapping[int, str],
    leaves: Sequence[Leave],
    *,
    hours: int,
    now: datetime,
) -> dict[str, Followed]:
    changed: dict[int, list[Change]] = defaultdict(list)
    for change in changes:
        changed[change.lead_id].append(change)
    away: dict[str, list[Leave]] = defaultdict(list)
    for leave in leaves:
        away[leave.member_id].append(leave)
    within = timedelta(hours=hours)
    counted: Counter[tuple[str, Verdict]] = Counter()
    for occasion in occasions:
        lead = occasion.lead_id
        owner = owners_now.get(lead)
        if lead not in changed and owner and _is_quick(occasion, within):
            counted[owner, Verdict.KEPT] += 1  # most of them: nothing has to be weighed
            continue
        judged = judge(
            occasion,
            [one for one in _held(changed.get(lead, ()), owner) if one.since <= now],
            away,
            within=within,
            now=now,
        )
        if judged is not None:
            counted[judged] += 1
    return {
        member: Followed(
            member,
            counted[member, Verdict.KEPT] + counted[member, Verdict.MISSED],
            counted[member, Verdict.KEPT],
            counted[member, Verdict.RUNNING],
            counted[member, Verdict.AWAY],
        )
        for member in {member for member, _ in counted}
    }


def judge(
    occasion: Occasion,
    held: Iterable[Held],
    away: Mapping[str, Sequence[Leave]],
    *,
    within: timedelta,
    now: datetime,
) -> tuple[str, Verdict] | None:
    """To whom it counts and how; None where it counts to nobody."""
    touched = occasion.touched_at
    for one in held:
        if one.until is not None and one.until <= occasion.began_at:
            continue
        since = max(one.since, occasion.began_at)
        deadline = since + within
        if one.owner_id is None:
            if touched is not None and (one.until is None or touched < one.until):
                return None
            continue
        if touched is not None and touched <= deadline and not _before(one.until, touched):
            return one.owner_id, Verdict.KEPT
        if one.until is not None and one.until <= min(deadline, now):
            continue
        if now < deadline:
            return one.owner_id, Verdict.RUNNING
        if any(leave.starts_at < deadline and leave.ends_at > since for leave in _of(away, one)):
            return one.owner_id, Verdict.AWAY
        return one.owner_id, Verdict.MISSED
    return None


def _is_quick(occasion: Occasion, within: timedelta) -> bool:
    touched = occasion.touched_at
    return touched is not None and touched - occasion.began_at <= within


def _before(end: datetime | None, moment: datetime) -> bool:
    return end is not None and end < moment


def _of(away: Mapping[str, Sequence[Leave]], held: Held) -> Sequence[Leave]:
    return away.get(held.owner_id or "", ())


def _held(changes: Sequence[Change], owner_now: str | None) -> Iterator[Held]:
    """Through whose hands the lead went, oldest first. Before the first change that is known it
    was its then owner's."""
    if not changes:
        yield Held(owner_now, _LONG_AGO, None)
        return
    first = changes[0]
    before = first.previous_id
    if before is None and first.owner_id is None:
        before = owner_now  # it ended: closing leaves the owner
    yield Held(before, _LONG_AGO, first.at)
    for change, after in zip(changes, [*changes[1:], None], strict=True):
        yield Held(change.owner_id, change.at, after.at if after is not None else None)
