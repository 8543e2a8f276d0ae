"""Records put together step by step, each step held against all that was put together before.

A row without a firm may have the phone of one client and the mailbox of another: by itself it is
like both, and must not make one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from config.schemas.identity import Identity
from crm_store.identity.houses import Kinship, kinship
from crm_store.identity.names import Likeness, likeness
from crm_store.identity.record import CompanyName, Record

_MOST = 6
"""Names that are remembered of a client: more say nothing new."""


@dataclass(slots=True)
class _Profile:
    """What all records of a client say together."""

    organisations: set[str] = field(default_factory=set)
    legal_persons: set[str] = field(default_factory=set)
    firms: dict[str, tuple[CompanyName, str]] = field(default_factory=dict)
    people: dict[str, Record] = field(default_factory=dict)
    """By their sounds; who is known by his surname only is not among them."""

    def take(self, other: "_Profile") -> None:
        self.organisations |= other.organisations
        self.legal_persons |= other.legal_persons
        if len(self.firms) < _MOST:
            self.firms.update(other.firms)
        if len(self.people) < _MOST:
            self.people.update(other.people)


def _profile(record: Record) -> _Profile:
    found = _Profile()
    if record.organisation:
        found.organisations.add(record.organisation)
    if record.legal_person:
        found.legal_persons.add(record.legal_person)
    if record.company and record.company.brand:
        found.firms[record.company.core] = (record.company, record.company_sound)
    if len(record.name) > 1:
        found.people[record.sound] = record
    return found


class Unions:
    """A union-find that refuses what contradicts itself."""

    def __init__(self, records: Sequence[Record], rules: Identity) -> None:
        self._records, self._rules = records, rules
        self._parents = list(range(len(records)))
        self._profiles: dict[int, _Profile] = {}

    def head(self, at: int) -> int:
        """The first record of the client that this one belongs to."""
        parents = self._parents
        while parents[at] != at:
            parents[at] = parents[parents[at]]
            at = parents[at]
        return at

    def unite(self, one: int, other: int, score: int) -> bool:
        """Whether the two clients became one."""
        first, second = sorted((self.head(one), self.head(other)))
        ours, theirs = self._of(first), self._of(second)
        if not self._fit(one, other, score, ours, theirs):
            return False
        ours.take(theirs)
        self._profiles.pop(second, None)
        self._parents[second] = first
        return True

    def _of(self, head: int) -> _Profile:
        found = self._profiles.get(head)
        if found is None:
            found = self._profiles[head] = _profile(self._records[head])
        return found

    def _fit(self, one: int, other: int, score: int, ours: _Profile, theirs: _Profile) -> bool:
        if ours.organisations and theirs.organisations:
            return not ours.organisations.isdisjoint(theirs.organisations)
        first, second = self._records[one], self._records[other]
        if not (first.legal_person and second.legal_person) and _apart(ours, theirs):
            score -= self._rules.against.legal_person
        if score < self._rules.merge_at:
            return False
        if first.company and second.company:
            return True  # The pair was judged by its firms.
        if not ours.firms and not theirs.firms and _strangers(ours, theirs):
            return False
        return not ours.firms or not theirs.firms or _akin(ours, theirs)


def _apart(ours: _Profile, theirs: _Profile) -> bool:
    return bool(
        ours.legal_persons
        and theirs.legal_persons
        and ours.legal_persons.isdisjoint(theirs.legal_persons)
    )


def _akin(ours: _Profile, theirs: _Profile) -> bool:
    return any(
        kinship(*one, *other) is not Kinship.OTHER
        for one in ours.firms.values()
        for other in theirs.firms.values()
    )


def _strangers(ours: _Profile, theirs: _Profile) -> bool:
    """Whether people without a firm have names of which none is the other's."""
    found = [
        likeness(one, other) for one in ours.people.values() for other in theirs.people.values()
    ]
    return bool(found) and all(one is Likeness.OTHER for one in found)
