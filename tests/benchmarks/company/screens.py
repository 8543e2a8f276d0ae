"""What really stood on people's screens, held against the timeline: whoever a rung was for has read
of it, once; nobody read of a lead that is not his to see; nobody was nudged where he was away, had
muted it, or was not at work.

A message is known by what its reader sees: the buttons of a card name their lead (`visit:L12`),
lists do (（L12）), and texts name the client. What the bot wrote down of its messages is not asked.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.benchmarks.company.checking import TICK, Fact, Firm, next_worked, said

_LIST = timedelta(minutes=5)
"""What is too much for cards comes as one list, so much later."""
_BACKOFF = timedelta(minutes=5)
"""After a platform was away: until it is tried again."""
_REF = re.compile(r"\bL(\d+)\b")
_CLIENT = re.compile(r"客户\d+")
_TOLD = {
    "reminded": "member_id",
    "result_asked": "member_id",
    "rung_announced": "member_id",
    "escalated": "to",
}
"""Facts that somebody has to read of, and who."""
_NUDGES = ("reminded", "result_asked")
_ENDS_IT = frozenset(
    {"viewed", "followed_up", "message_out", "closed", "assigned", "pooled", "lead_folded"}
)
"""What makes pointless what waits to be told."""


@dataclass(frozen=True)
class Sent:
    """A message as its receiver sees it, and when it came."""

    platform: str
    account: str
    at: datetime
    key: str
    actions: tuple[str, ...]
    says: str

    @classmethod
    def of(cls, taken: Mapping[str, Any]) -> "Sent":
        return cls(
            taken["platform"],
            taken["account"],
            datetime.fromisoformat(taken["at"]),
            taken["key"],
            tuple(taken["actions"]),
            taken["says"],
        )

    @property
    def on_buttons(self) -> set[int]:
        """Leads that may be worked on from here."""
        return {int(ref) for action in self.actions for ref in _REF.findall(action)}

    @property
    def in_words(self) -> set[int]:
        return {int(ref) for ref in _REF.findall(self.says)}

    @property
    def clients(self) -> set[str]:
        return set(_CLIENT.findall(self.says))

    @property
    def rungs(self) -> set[str]:
        """Which kinds of nudge can be muted from here: what only a nudge offers."""
        parts = (action.split(":") for action in self.actions)
        return {part[2] for part in parts if part[0] == "mute" and len(part) > 2}

    @property
    def warns(self) -> bool:
        return re.search(r"再过 \d+ 分钟还", self.says) is not None

    @property
    def is_list(self) -> bool:
        return re.search(r"有 \d+ 条线索", self.says) is not None

    @property
    def hides_some(self) -> bool:
        return self.is_list and "没有列出" in self.says

    def may_tell(self, kind: str) -> bool:
        """Whether it is of the sort that this fact is read of in."""
        if self.is_list:
            return True
        if kind in _NUDGES:
            return bool(self.rungs)
        if kind == "rung_announced":
            return self.warns
        return self.asks_to_decide or self.tells_a_transfer or self.shows_a_lead

    @property
    def tells_a_transfer(self) -> bool:
        return "原负责人" in self.says

    @property
    def shows_a_lead(self) -> bool:
        """What is left for who decides: the lead is his own now."""
        return any(action.startswith("contacted:") for action in self.actions) and not self.rungs

    @property
    def asks_to_decide(self) -> bool:
        return any(action.startswith("support:") for action in self.actions)


@dataclass
class Known:
    """What there is to know beside the timeline."""

    firm: Firm
    people: Mapping[tuple[str, str], str]
    """(platform, account) → member"""
    clients: Mapping[int, int]
    """lead → client"""
    names: Mapping[str, frozenset[int]]
    """How a client is called → whoever is called so."""
    directors: frozenset[str]
    platform_away: Sequence[tuple[datetime, datetime]] = ()


def check_screens(facts: Sequence[Fact], sent: Sequence[Sent], known: Known) -> Iterator[str]:
    yield from _Reading(facts, sent, known).slips()


@dataclass
class _Due:
    """Somebody has to read of a lead, from then until then."""

    rung: str
    lead: int
    member: str
    at: datetime
    until: datetime
    kind: str
    """Of the fact."""

    @property
    def is_nudge(self) -> bool:
        return self.kind in _NUDGES


@dataclass
class _Reading:
    facts: Sequence[Fact]
    sent: Sequence[Sent]
    known: Known
    owner: dict[int, str] = field(default_factory=dict)
    had: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    lost: dict[tuple[int, str], datetime] = field(default_factory=dict)
    """(lead, member) → since when it is not his any more."""
    muted: set[tuple[str, int, str]] = field(default_factory=set)
    """(member, client, kind), the kind empty for every one."""
    due: list[_Due] = field(default_factory=list)
    leads_of: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def slips(self) -> Iterator[str]:
        for lead, client in self.known.clients.items():
            self.leads_of[client].add(lead)
        ahead = sorted(self.facts, key=lambda one: (one.at, one.id))
        place = 0
        for message in sorted(self.sent, key=lambda one: one.at):
            while place < len(ahead) and ahead[place].at <= message.at:
                self._happens(ahead[place])
                place += 1
            member = self.known.people.get((message.platform, message.account))
            if member is None:
                yield f"{message.account} of {message.platform} is nobody, and was sent something"
                continue
            yield from self._overdue(message.at)
            yield from self._is_his(message, member)
            yield from self._is_due(message, member)
        end = self.sent[-1].at if self.sent else None
        for fact in ahead[place:]:
            self._happens(fact)
        if end is not None:
            yield from self._overdue(end)

    # -- what has to be read ---------------------------------------------------------------------

    def _happens(self, fact: Fact) -> None:
        lead = fact.lead
        if lead is None:
            return
        client = self.known.clients.get(lead, 0)
        if fact.kind in _ENDS_IT and (fact.kind != "message_out" or fact.by is not None):
            # Whoever it was for may still hear of it, and need not.
            for one in self.due:
                # What is announced is gathered for a moment: what is done in it comes before.
                is_moot = one.at < fact.at or (one.kind == "rung_announced" and fact.by is not None)
                if one.lead == lead and is_moot:
                    one.until = max(one.until, datetime.max.replace(tzinfo=one.at.tzinfo))
        if fact.kind == "assigned":
            before = self.owner.get(lead)
            if before is not None:
                self.lost[lead, before] = fact.at
            self.owner[lead] = fact.data["owner_id"]
            self.had[lead].add(fact.data["owner_id"])
        elif fact.kind == "pooled" and lead in self.owner:
            self.lost[lead, self.owner.pop(lead)] = fact.at
        elif fact.kind == "muted":
            self.muted.add((fact.data["member_id"], client, fact.data.get("what", "")))
        elif fact.kind == "unmuted":
            self.muted.discard((fact.data["member_id"], client, fact.data.get("what", "")))
        elif fact.kind in _TOLD and fact.data.get(_TOLD[fact.kind]):
            self.due.append(self._to_read(fact, lead))

    def _to_read(self, fact: Fact, lead: int) -> _Due:
        until = next_worked(fact.at) + _LIST + TICK
        for start, end in self.known.platform_away:
            if start <= until and fact.at <= end:
                until = end + _BACKOFF + _LIST + TICK
        rung, member = fact.data.get("rung", "nudge"), fact.data[_TOLD[fact.kind]]
        return _Due(rung, lead, member, fact.at, until, fact.kind)

    def _overdue(self, now: datetime) -> Iterator[str]:
        late = [one for one in self.due if one.until < now]
        if late:
            self.due = [one for one in self.due if one.until >= now]
        for one in late:
            yield f"L{one.lead}: {one.member} never read of {one.rung} at {said(one.at)}"

    # -- what is read ----------------------------------------------------------------------------

    def _is_due(self, message: Sent, member: str) -> Iterator[str]:
        named = (self._leads_of(name) for name in message.clients)
        about = message.on_buttons.union(message.in_words, *named)
        told = [
            one
            for one in self.due
            if one.member == member
            and (one.lead in about or message.hides_some)
            and message.may_tell(one.kind)
        ]
        self.due = [one for one in self.due if one not in told]
        (lead, *_) = message.on_buttons or {0}
        if message.rungs:
            yield from self._is_nudged(message, member, lead)
            if not any(one.is_nudge and one.lead == lead for one in told):
                yield f"L{lead}: {member} was nudged at {said(message.at)}, where nothing was due"
        elif message.asks_to_decide and not any(one.lead == lead for one in told):
            yield f"L{lead}: {member} was asked at {said(message.at)}, where nothing was due"
        elif message.warns and not told:
            yield f"{member} was warned at {said(message.at)} of nothing: {message.says!r}"

    def _is_nudged(self, message: Sent, member: str, lead: int) -> Iterator[str]:
        at, client = message.at, self.known.clients.get(lead, 0)
        if self.known.firm.is_away(member, at):
            yield f"L{lead}: {member} was nudged at {said(at)} though he is away"
        if any((member, client, what) in self.muted for what in ("", *message.rungs)):
            yield f"L{lead}: {member} was nudged at {said(at)} though he muted it"
        if next_worked(at) - at > TICK and next_worked(at - 2 * TICK) != at - 2 * TICK:
            yield f"L{lead}: {member} was nudged at {said(at)}, when nobody works"

    def _is_his(self, message: Sent, member: str) -> Iterator[str]:
        for lead in sorted(message.on_buttons):
            if not self._sees(member, lead, message.at):
                yield f"L{lead}: {member} was sent a card at {said(message.at)}: {message.says!r}"
        for lead in sorted(message.in_words - message.on_buttons):
            if not self._concerns(member, lead, message.at):
                yield f"L{lead}: told {member} of at {said(message.at)}: {message.says!r}"
        for name in sorted(message.clients):
            leads = self._leads_of(name)
            if leads and not any(self._concerns(member, lead, message.at) for lead in leads):
                yield f"{name}: told {member} of at {said(message.at)}: {message.says!r}"

    def _leads_of(self, name: str) -> set[int]:
        return {lead for one in self.known.names.get(name, ()) for lead in self.leads_of[one]}

    def _concerns(self, member: str, lead: int, at: datetime) -> bool:
        """He sees it, or may hear what became of it: he had it, or one of his people."""
        return self._sees(member, lead, at) or any(
            self._is_over(member, one) for one in self.had[lead]
        )

    def _sees(self, member: str, lead: int, at: datetime) -> bool:
        if member in self.known.directors:
            return True
        lost = self.lost.get((lead, member))
        if lost is not None and at - lost <= TICK:
            return True  # it was on its way
        owner = self.owner.get(lead)
        if owner is None:
            return member in self.known.firm.leads_people
        return self._is_over(member, owner)

    def _is_over(self, member: str, other: str | None) -> bool:
        while other is not None and other != member:
            other = self.known.firm.managers.get(other)
        return other is not None
