"""Reads the timeline of a month and says what slipped: its own few lines, with nothing of the
handlers in them. A deadline is worked out here from the rules in words (product.md, The clock) and
compared with what the bot wrote down; each deviation is a sentence.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
TICK = timedelta(minutes=1)
OPENS, CLOSES = time(9), time(18)
HOLIDAYS = frozenset(date(2026, 5, day) for day in range(1, 6))
"""国务院办公厅 for 2026: Labour Day, and the Saturday that is worked in its place."""
MAKE_UP = frozenset({date(2026, 5, 9)})
DAY = timedelta(days=1)
_FIRES = {"escalated", "reminded", "rung_passed", "result_asked"}
_BY_RULE = frozenset({"first", "not_viewed", "away"})
"""Reasons of an assignment that no person made."""
_TO_MANAGERS = {"first_view", "quiet", "takeover"}


@dataclass(frozen=True)
class Fact:
    id: int
    kind: str
    at: datetime
    lead: int | None
    by: str | None
    data: Mapping[str, Any]


@dataclass
class Firm:
    """Who leads whom, and who is away when."""

    managers: Mapping[str, str | None]
    leads_people: frozenset[str]
    away: dict[str, list[tuple[datetime, datetime]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def is_away(self, member: str, moment: datetime) -> bool:
        return any(start <= moment < back for start, back in self.away[member])

    def above(self, member: str) -> str | None:
        """The nearest who leads people."""
        over = self.managers.get(member)
        while over is not None and over not in self.leads_people:
            over = self.managers.get(over)
        return over


# -- working time ------------------------------------------------------------------------------


def is_worked(day: date) -> bool:
    return day in MAKE_UP or (day.isoweekday() <= 5 and day not in HOLIDAYS)


def next_worked(moment: datetime) -> datetime:
    local = moment.astimezone(ZONE)
    while True:
        opens = datetime.combine(local.date(), OPENS, ZONE)
        if is_worked(local.date()) and local < datetime.combine(local.date(), CLOSES, ZONE):
            return max(local, opens)
        local = datetime.combine(local.date() + DAY, time(), ZONE)


def after_minutes(moment: datetime, minutes: int) -> datetime:
    now, left = next_worked(moment), timedelta(minutes=minutes)
    while True:
        closes = datetime.combine(now.date(), CLOSES, ZONE)
        if now + left <= closes:
            return now + left
        left -= closes - now
        now = next_worked(closes)


def after_days(moment: datetime, days: int) -> datetime:
    now = next_worked(moment)
    for _ in range(days):
        now += DAY
        while not is_worked(now.date()):
            now += DAY
    return now


def after_hours(moment: datetime, hours: int) -> datetime:
    return next_worked(moment + timedelta(hours=hours))


# -- one lead ----------------------------------------------------------------------------------


@dataclass
class Story:
    """What has become of a lead so far, as far as its deadlines go."""

    firm: Firm
    owner: str | None = None
    reason: str = ""
    assigned: datetime | None = None
    last: datetime | None = None
    """The last follow-up, assignment, or the manager's support."""
    touched: datetime | None = None
    """The present owner's first touch."""
    was_touched: bool = False
    viewed: bool = False
    high_since: datetime | None = None
    result: bool = False
    """Whether the present owner has said what came of his first contact."""
    is_open: bool = True
    in_pool: bool = False
    fired: dict[str, tuple[datetime, int, datetime]] = field(default_factory=dict)
    """rung → (counted from, how often, last)"""
    more: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """rung → (granted, until)"""

    def due(self) -> Iterator[tuple[str, datetime]]:
        """What has to happen, unless something else happens before."""
        if not self.is_open or self.owner is None or self.assigned is None or self.last is None:
            return
        if not self.viewed and self.reason != "manager" and "first_view" not in self.fired:
            yield "first_view", self._first_view(self.assigned)
        if not self.was_touched:
            for rung, hours in (("touch_4h", 4), ("touch_24h", 24)):
                if rung not in self.fired:
                    yield rung, after_hours(self.assigned, hours)
        if "nudge" not in self.fired:
            yield "nudge", self._when_there(after_hours(self.last, 24))
        yield "quiet", self._repeated("quiet", self.last, lambda m, n: after_hours(m, 48))
        if self.high_since is not None:
            days = self._repeated("takeover", self.last, lambda m, n: after_days(m, 1 if n else 3))
            yield "takeover", max(days, self.high_since)
        count = self.fired["result"][1] if "result" in self.fired else 0
        if self.touched is not None and not self.result and count < 2:
            asked = self._repeated(
                "result", self.touched, lambda m, n: after_minutes(m, 540 if n else 60)
            )
            yield "result", self._when_there(asked)

    def _repeated(self, rung: str, since: datetime, wait: Any) -> datetime:
        more = self.more.get(rung)
        if rung not in self.fired:
            moment: datetime = more[1] if more else wait(since, 0)
            return moment
        _, count, last = self.fired[rung]
        if more and more[0] >= last:
            return more[1]
        again: datetime = wait(last, count)
        return again

    def _first_view(self, assigned: datetime) -> datetime:
        begun, due = assigned, after_minutes(assigned, 15)
        for start, back in self.firm.away[self.owner or ""]:
            if start < due and back > begun:
                begun, due = back, after_minutes(back, 15)
        return due

    def _when_there(self, moment: datetime) -> datetime:
        moment = next_worked(moment)
        for start, back in self.firm.away[self.owner or ""]:
            if start <= moment < back:
                moment = next_worked(back)
        return moment

    def happens(self, fact: Fact) -> None:
        match fact.kind:
            case "assigned":
                self.owner, self.reason = fact.data["owner_id"], fact.data["reason"]
                self.assigned = self.last = fact.at
                self.viewed, self.in_pool, self.touched = False, False, None
                self.result = False
                self.fired.clear()
                self.more.clear()
            case "viewed":
                self.viewed = True
            case "followed_up":
                self._touch(fact)
            case "message_out" if fact.by is not None and fact.by == self.owner:
                self._touch(fact)
            case "support_asked":
                self._begins_anew(fact.at)
            case "more_time_given":
                until = datetime.fromisoformat(fact.data["until"])
                self.more[fact.data["rung"]] = (fact.at, until)
            case "priority_raised" if fact.data.get("to", "high") == "high":
                self.high_since = self.high_since or fact.at
            case "result_given":
                self.result = True
            case "pooled":
                self.owner, self.in_pool = None, True
            case "closed" | "lead_folded":
                self.is_open = False
            case "lead_unfolded":
                self.is_open = True
            case _:
                pass

    def _touch(self, fact: Fact) -> None:
        self.viewed = self.was_touched = True
        self.touched = self.touched or fact.at
        self._begins_anew(fact.at)

    def _begins_anew(self, at: datetime) -> None:
        self.last = at
        for rung in ("nudge", "quiet", "takeover"):
            self.fired.pop(rung, None)
            self.more.pop(rung, None)

    def fires(self, rung: str, at: datetime) -> None:
        since, count, _ = self.fired.get(rung, (at, 0, at))
        self.fired[rung] = (since, count + 1, at)


def check_lead(number: int, facts: Sequence[Fact], firm: Firm, end: datetime) -> Iterator[str]:
    """Sentences about what did not happen in time, happened twice, or to the wrong person."""
    story = Story(firm)
    for fact in facts:
        due = dict(story.due())
        if fact.kind in _FIRES:
            rung = fact.data.get("rung", "nudge")
            yield from _of_rung(number, rung, fact, due, story)
            story.fires(rung, fact.at)
            due.pop(rung, None)
        for rung, moment in due.items():
            if moment + TICK < fact.at:
                yield f"L{number}: {rung} was due at {said(moment)} and did not come"
                story.fires(rung, moment)
        story.happens(fact)
    for rung, moment in story.due():
        if moment + TICK < end:
            yield f"L{number}: {rung} was due at {said(moment)} and never came"
    if story.is_open and story.owner is None and not story.in_pool:
        yield f"L{number}: has neither owner nor pool"


def _of_rung(
    number: int, rung: str, fact: Fact, due: Mapping[str, datetime], story: Story
) -> Iterator[str]:
    moment = due.get(rung)
    if moment is None:
        yield f"L{number}: {rung} at {said(fact.at)}, where nothing was due"
    elif not moment <= fact.at <= moment + TICK:
        yield f"L{number}: {rung} at {said(fact.at)}, due at {said(moment)}"
    if fact.kind == "escalated" and rung in _TO_MANAGERS:
        right = story.firm.above(story.owner or "")
        if fact.data["to"] != right:
            yield f"L{number}: {rung} went to {fact.data['to']} and not to {right}"
    if fact.kind in ("reminded", "result_asked") and fact.data["member_id"] != story.owner:
        yield f"L{number}: {rung} went to {fact.data['member_id']}, the owner is {story.owner}"


def said(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%m-%d %H:%M:%S}"


# -- the whole firm ----------------------------------------------------------------------------


def check_loads(
    facts: Iterable[Fact],
    clients: Mapping[int, int],
    alike: Mapping[str, object],
    firm: Firm,
) -> Iterator[str]:
    """Of those who sell the same where the same clients are, a rule gives to who has least: nobody
    of them had fewer open leads just then. `alike`: member → what he sells, and where.

    A client's further leads go to who looks after him already, and are left out here.
    """
    owner: dict[int, str] = {}
    loads: Counter[str] = Counter()
    had: dict[int, set[str]] = defaultdict(set)
    known_to: dict[int, set[str]] = defaultdict(set)
    for fact in facts:
        if fact.lead is None:
            continue
        lead, client = fact.lead, clients.get(fact.lead, 0)
        if fact.kind in ("assigned", "pooled", "closed", "lead_folded") and lead in owner:
            loads[owner.pop(lead)] -= 1
        if fact.kind != "assigned":
            continue
        chosen = fact.data["owner_id"]
        if fact.data["reason"] in _BY_RULE and chosen not in known_to[client]:
            for peer, sells in alike.items():
                is_free = peer not in had[lead] and not firm.is_away(peer, fact.at)
                if sells == alike.get(chosen) and is_free and loads[peer] < loads[chosen]:
                    yield (
                        f"L{lead}: went to {chosen} with {loads[chosen]} open leads at"
                        f" {said(fact.at)}, {peer} had {loads[peer]}"
                    )
                    break
        owner[lead] = chosen
        loads[chosen] += 1
        had[lead].add(chosen)
        known_to[client].add(chosen)


def check_mutes(facts: Iterable[Fact], clients: Mapping[int, int]) -> Iterator[str]:
    """Nobody who muted a client is nudged about him. `clients`: lead → client."""
    muted: set[tuple[str, int]] = set()
    for fact in facts:
        about = clients.get(fact.lead or 0)
        if about is None:
            continue
        pair = (str(fact.data.get("member_id")), about)
        if fact.kind == "muted":
            muted.add(pair)
        elif fact.kind == "unmuted":
            muted.discard(pair)
        elif fact.kind in ("reminded", "result_asked") and pair in muted:
            yield f"L{fact.lead}: {pair[0]} was nudged at {said(fact.at)} though he muted it"


def check_limits(sent: Iterable[tuple[str, str, datetime]]) -> Iterator[str]:
    """30 a minute and 1,000 an hour to one receiver (WeCom)."""
    minutes: Counter[tuple[str, datetime]] = Counter()
    hours: Counter[tuple[str, datetime]] = Counter()
    for platform, account, at in sent:
        if platform == "wecom":
            minutes[account, at.replace(second=0, microsecond=0)] += 1
            hours[account, at.replace(minute=0, second=0, microsecond=0)] += 1
    for counted, most, span in ((minutes, 30, "minute"), (hours, 1000, "hour")):
        for (account, at), count in counted.items():
            if count > most:
                yield f"{account} was sent {count} in the {span} from {said(at)}"


def facts_of(rows: Iterable[Any]) -> list[Fact]:
    """Rows of the timeline (id, kind, at, lead_id, by, data), in order."""
    found = []
    for id_, kind, at, lead, by, data in rows:
        moment = at if isinstance(at, datetime) else datetime.fromisoformat(at)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("UTC"))
        said = json.loads(data) if isinstance(data, str) else data
        found.append(Fact(id_, kind, moment, lead, by, said))
    return found
