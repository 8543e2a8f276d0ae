"""Whether two records are one client: evidence for and against, and a verdict.

A sum of points alone would merge whoever shares a front desk. So a phone or mailbox that several
brands carry counts for nothing by itself, another organisation's credit code vetoes, another firm
under the same phone goes to a person, and a common name needs more beside it than a rare one.
The same words judge online, where keys are hashes, and in bulk, where they stand in clear.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from config.schemas.identity import Identity
from crm_store.identity.houses import Kinship, are_whole, kinship, same_place
from crm_store.identity.names import Likeness, likeness
from crm_store.identity.record import Record
from crm_store.identity.verdict import Effect, Evidence, Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Shared:
    """What is not one house's own, among the values of the records that are compared."""

    keys: AbstractSet[str] = frozenset()
    """Phones, mailboxes, WeChat ids, domains, codes and streets that `front_desk_from` different
    brands carry, as they stand in the records."""
    cores: AbstractSet[str] = frozenset()
    """Values of `company_sound` that firms in `common_from` different places bear."""
    rare_shift: int = 0
    common_shift: int = 0
    """Points more or less for a firm's name, rare or common, where a file tells what names prove
    in it (`calibrating.py`)."""
    names_prove: bool = False
    """Whether a whole name in its place outweighs another contact there: only where a file's own
    codes and legal persons bear it out."""


NOTHING_SHARED = Shared()
_evidence = lru_cache(maxsize=4096)(Evidence)
"""There are few different pieces, and millions of pairs."""


def compare(
    one: Record, other: Record, shared: Shared = NOTHING_SHARED, rules: Identity | None = None
) -> Verdict:
    """The verdict on two records; the same whichever stands first."""
    case = _Case(one, other, shared, rules or _default_rules())
    return case.verdict()


@lru_cache(maxsize=1)
def _default_rules() -> Identity:
    return Identity()


class _Case:
    """Two records before the judge."""

    __slots__ = (
        "contradicted", "evidence", "keys", "kin", "like", "named",
        "one", "other", "place", "rules", "score", "shared", "whole",
    )  # fmt: skip

    def __init__(self, one: Record, other: Record, shared: Shared, rules: Identity) -> None:
        self.one, self.other, self.shared, self.rules = one, other, shared, rules
        self.evidence: list[Evidence] = []
        self.score = 0
        self.keys = 0
        """Keys of their own that agree."""
        self.contradicted = False
        self.kin = kinship(one.company, one.company_sound, other.company, other.company_sound)
        self.like = likeness(one, other)
        self.place = same_place(one, other)
        self.whole = (
            self.place is True
            and self.kin is Kinship.SAME
            and are_whole(one.company, other.company)
            and not self._is_common()
        )
        """One place registers a whole name once: somebody looks, whatever contacts they gave."""
        self.named = shared.names_prove and self.whole
        """Who is spoken to there proves nothing against it, for a firm has many people."""

    def verdict(self) -> Verdict:
        vetoed = self._code()
        self._contacts()
        self._company()
        self._person()
        self._legal_person()
        self._street()
        self._ip()
        return Verdict(self._outcome(vetoed=vetoed), self.score, tuple(self.evidence))

    def _says(self, field: str, effect: Effect, points: int = 0) -> None:
        self.score += points
        self.evidence.append(_evidence(field, effect, points))

    def _code(self) -> bool:
        one, other = self.one.organisation, self.other.organisation
        if not one or not other:
            return False
        if one != other:
            self._says("credit_code", Effect.VETOES)
            return True
        if self.one.credit_code in self.shared.keys:
            self._says("credit_code", Effect.SHARED)
        else:
            self.keys += 1
            self._says("credit_code", Effect.AGREES, self.rules.weights.credit_code)
        return False

    def _contacts(self) -> None:
        weights, one, other = self.rules.weights, self.one, self.other
        apart = False
        desk = False
        for field, points, ours, theirs in (
            ("phone", weights.phone, one.phones, other.phones),
            ("email", weights.email, one.emails, other.emails),
            ("wechat", weights.wechat, one.wechats, other.wechats),
        ):
            if not ours or not theirs:
                continue
            both = [value for value in ours if value in theirs]
            own = [value for value in both if value not in self.shared.keys]
            if own:
                self.keys += 1
                self._says(field, Effect.AGREES, points)
            elif both:
                is_theirs = self.kin in _ONE_HOUSE and not desk
                desk = True
                self._says(field, Effect.SHARED, weights.front_desk if is_theirs else 0)
            elif field == "phone" and any(_slip(a, b) for a in ours for b in theirs):
                self._says(field, Effect.CLOSE, weights.slip)
            else:
                apart = True
                self._says(field, Effect.DIFFERS)
        if apart and not self.keys and not desk and not self.named:
            self._says("contact", Effect.DIFFERS, -self.rules.against.contact)
        self._domains()

    def _domains(self) -> None:
        if not self.one.domains or not self.other.domains:
            return
        if any(one.effect is Effect.AGREES and one.field == "email" for one in self.evidence):
            return
        both = [domain for domain in self.one.domains if domain in self.other.domains]
        if not both:
            return
        if both[0] in self.shared.keys:
            self._says("domain", Effect.SHARED)
        else:
            self._says("domain", Effect.AGREES, self.rules.weights.domain)

    def _company(self) -> None:
        whole, against = self.rules.weights.company, self.rules.against
        where = self.place
        match self.kin:
            case Kinship.SAME | Kinship.LIKE:
                points = whole if self.kin is Kinship.SAME else whole * 7 // 10
                if where is None:
                    points = points * 8 // 10
                if self._is_common():
                    points += self.shared.common_shift - whole // 5
                elif self.shared.rare_shift < 0 or are_whole(self.one.company, self.other.company):
                    points += self.shared.rare_shift
                effect = Effect.AGREES if self.kin is Kinship.SAME else Effect.CLOSE
                self._says("company", effect, points)
                self._suffix()
            case Kinship.BRAND:
                self._says("company", Effect.CLOSE, whole // 4)
            case Kinship.OTHER:
                self._says("company", Effect.DIFFERS, -against.company)
        if where:
            # Without a firm it is a city of millions.
            points = self.rules.weights.city
            self._says("city", Effect.AGREES, points // (1 + (self.kin is Kinship.UNKNOWN)))
        elif where is False:
            self._says("city", Effect.DIFFERS, -self._far())

    def _is_common(self) -> bool:
        cores = self.shared.cores
        return self.one.company_sound in cores or self.other.company_sound in cores

    def _far(self) -> int:
        """What another city counts: a branch, or who moved, keeps his phone or his people."""
        against = self.rules.against.city
        if self.keys:
            return against // 6
        return against * 2 // 5 if self.like in _SAME_PERSON else against

    def _suffix(self) -> None:
        one, other = self.one.company, self.other.company
        if one and other and one.suffix and other.suffix and one.suffix != other.suffix:
            self._says("suffix", Effect.DIFFERS, -self.rules.against.suffix)

    def _person(self) -> None:
        points = self.rules.weights.name
        if min(len(self.one.name), len(self.other.name)) <= _SHORT_NAME:
            points = points * 4 // 5
        match self.like:
            case Likeness.SAME:
                self._says("name", Effect.AGREES, points)
            case Likeness.SOUND:
                self._says("name", Effect.CLOSE, points * 4 // 5)
            case Likeness.PART:
                self._says("name", Effect.CLOSE, self.rules.weights.name // 4)
            case Likeness.OTHER:
                # A number without a firm is a person's: another name is another person.
                doubt = 25 if self.kin is Kinship.UNKNOWN else self.rules.against.name
                self._says("name", Effect.DIFFERS, 0 if self.named else -doubt)

    def _legal_person(self) -> None:
        one, other = self.one.legal_person, self.other.legal_person
        if not one or not other:
            return
        if one == other:
            # Whoever is spoken to and owns the firm as well was counted by his name.
            is_new = one != self.one.name or one != self.other.name
            points = self.rules.weights.legal_person if is_new else 0
            self._says("legal_person", Effect.AGREES, points)
        elif _one_character(one, other):
            self._says("legal_person", Effect.CLOSE)
        else:
            self.contradicted = True
            self._says("legal_person", Effect.DIFFERS, -self.rules.against.legal_person)

    def _street(self) -> None:
        one, other = self.one.street, self.other.street
        if not one or not other:
            return
        if one != other:
            moved = self.keys or self.place is False or (self.named and self._may_be_next_door())
            against = 0 if moved else self.rules.against.street
            self._says("street", Effect.DIFFERS, -against)
        elif one in self.shared.keys and self.kin not in _ONE_HOUSE:
            self._says("street", Effect.SHARED, self.rules.weights.street // 3)
        else:
            self._says("street", Effect.AGREES, self.rules.weights.street)

    def _ip(self) -> None:
        rule, one, other = self.rules.same_ip, self.one, self.other
        if not rule.on or not one.ip or one.ip != other.ip or not one.at or not other.at:
            return
        if abs((one.at - other.at).days) <= rule.days and self.score > 0:
            self._says("ip", Effect.AGREES, rule.points)

    def _outcome(self, *, vetoed: bool) -> Outcome:
        rules, kin = self.rules, self.kin
        if vetoed:
            related = kin in _ONE_HOUSE or (self.keys and kin is not Kinship.OTHER)
            return Outcome.FAMILY if related and self.score >= rules.review_at else Outcome.APART
        score = self.score
        if (
            (kin is Kinship.OTHER and not self._codes_agree())
            or self._is_at_home()
            or self._is_next_desk()
        ):
            # One person's number, and two firms: his old firm, his second one. Or one family's
            # mailbox. Somebody looks.
            score = min(score, rules.merge_at - 1)
        if score >= rules.merge_at:
            return Outcome.SAME
        if self._is_family():
            return Outcome.FAMILY
        if score >= rules.review_at or self.whole or (self.contradicted and self._same_door()):
            return Outcome.REVIEW
        return Outcome.APART

    def _codes_agree(self) -> bool:
        return any(
            one.field == "credit_code" and one.effect is Effect.AGREES for one in self.evidence
        )

    def _is_at_home(self) -> bool:
        """Two people without a firm, and nothing but the mailbox of a household in common."""
        is_private = not self.one.company and not self.other.company
        if self.kin is not Kinship.UNKNOWN or self.like not in _HALF_KNOWN:
            return False
        if not is_private and self.like is not Likeness.OTHER:
            return False
        agreed = {one.field for one in self.evidence if one.effect is Effect.AGREES}
        if "street" in agreed or "email" not in agreed:
            return False
        return self.like is Likeness.OTHER or self.keys == 1

    def _is_next_desk(self) -> bool:
        """A house and its branch under the number of their switchboard, with other people."""
        one, other = self.one.company, self.other.company
        if one is None or other is None or one.unit == other.unit or self._codes_agree():
            return False
        return self.like is Likeness.OTHER and self.keys == 1

    def _may_be_next_door(self) -> bool:
        one, other = self.one.district, self.other.district
        return not one or not other or one == other

    def _same_door(self) -> bool:
        """Another legal person at the same address, and no other firm by its name."""
        return self.kin in _ONE_HOUSE and any(
            one.field == "street" and one.effect is Effect.AGREES for one in self.evidence
        )

    def _is_family(self) -> bool:
        """By the name alone, where one of them says that it is a part of a house."""
        one, other = self.one.company, self.other.company
        if one is None or other is None or self.kin not in _ONE_HOUSE or self.contradicted:
            return False
        if one.unit == other.unit or self._is_common():
            return False
        return self.score >= self.rules.review_at // 2


_ONE_HOUSE = frozenset((Kinship.SAME, Kinship.LIKE))
_SAME_PERSON = frozenset((Likeness.SAME, Likeness.SOUND))
_HALF_KNOWN = frozenset((Likeness.PART, Likeness.OTHER))
_SEVERAL = 2
_SHORT_NAME = 2
"""Characters of a name that many bear."""


def _slip(one: str, other: str) -> bool:
    """Whether two numbers in clear differ by one digit, or by two that changed places."""
    if len(one) != len(other) or not one.startswith("+"):
        return False
    wrong = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(wrong) == 1:
        return True
    if len(wrong) != _SEVERAL or wrong[1] != wrong[0] + 1:
        return False
    at = wrong[0]
    return one[at] == other[at + 1] and one[at + 1] == other[at]


def _one_character(one: str, other: str) -> bool:
    """Whether two names differ by one character that was heard or typed wrong."""
    if len(one) != len(other) or len(one) < _SEVERAL or one[0] != other[0]:
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1
