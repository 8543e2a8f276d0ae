"""谁说了算: which of several systems' values of a field is in force.

Every source keeps its own value. What is in force is worked out from all of them, so nothing is
lost by losing, a value that is said again changes nothing, and a rule that was changed holds for
what is there already.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from config.schemas.connections import FieldName, Wins
from nlp.folding import fold
from nlp.lexicon.spelling import same, simplify

OURS = ""
"""The source of what this house found out by itself."""
_RANKS: Mapping[str, int] = {"theirs": 2, "newest": 1, "if_empty": 0}
_OUR_RANK = 1
MOST_CHANGES = 8
"""So often systems may change a field of a client …"""
WITHIN = timedelta(days=1)
"""… in so long: two that rewrite what they are told would never end."""


class Value(BaseModel):
    """What a source says of a field, and since when."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    text: str
    source: str
    at: AwareDatetime


class Changes(BaseModel):
    """How often systems changed a field."""

    model_config = ConfigDict(frozen=True)

    count: int = 0
    since: AwareDatetime

    @property
    def are_too_many(self) -> bool:
        return self.count > MOST_CHANGES


def winner(offers: Sequence[Value], wins: Mapping[str, Wins], stands: Value | None) -> Value | None:
    """The value in force; None where nobody has one. `wins` is the rule of each source for this
    field; that of a system that is registered no more is if_empty."""
    ranked = [(_rank(offer, wins), offer) for offer in offers if offer.text]
    best = max((rank for rank, _ in ranked if rank is not None), default=None)
    if best is None:
        return None
    equals = [offer for rank, offer in ranked if rank == best]
    source = stands.source if stands is not None else None
    if best == _RANKS["if_empty"]:
        return min(equals, key=lambda offer: (offer.source != source, offer.at, offer.source))
    newest = max(offer.at for offer in equals)
    latest = [offer for offer in equals if offer.at == newest]
    return min(latest, key=lambda offer: (offer.source != source, offer.source))


def _rank(offer: Value, wins: Mapping[str, Wins]) -> int | None:
    """None for what is kept and never in force."""
    return _OUR_RANK if offer.source == OURS else _RANKS.get(wins.get(offer.source, "if_empty"))


def alike(field: FieldName, one: str | None, other: str | None) -> bool:
    """Whether two values are the same but for their spelling: width, case, script, blanks and,
    where it says nothing, punctuation."""
    return _bare(field, one or "") == _bare(field, other or "")


def _bare(field: FieldName, text: str) -> str:
    match field:
        case "email" | "wechat":
            return fold(text).strip()
        case "address":
            # 1-2号 is not 12号.
            parted = _PARTS_NUMBERS.sub("\n", simplify(fold(text)))
            return "".join(char for char in parted if char.isalnum() or char == "\n")
        case _:
            return "".join(char for char in same(text) if char.isalnum())


_PARTS_NUMBERS = re.compile(r"(?<=[0-9a-z])[^\w\s]+(?=[0-9a-z])")


def counted(before: Changes | None, now: Value, *, at: datetime) -> Changes:
    """The count with this change; what this house changes itself begins it anew."""
    if before is None or at - before.since >= WITHIN or now.source == OURS:
        before = Changes(since=at)
    if now.source == OURS:
        return before
    return Changes(count=min(before.count, MOST_CHANGES) + 1, since=before.since)
