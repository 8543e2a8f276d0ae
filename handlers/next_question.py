"""下一步问: what of a lead is not known yet (#55), and the one question worth asking next. Pure.

First what nobody asked yet, in the order of leads.yaml; then what the words leave open; last what
was asked and not answered.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from config.schemas.leads import CoreField
from handlers.fields import LABELS

_CONTACT = frozenset({"phone", "wechat", "email"})
_CONTACT_LABEL = "联系方式"
_SENTENCE = re.compile(r"[^。！!\n；;]+")
_ASKS = re.compile(r"[?？吗呢哪几谁]|多少|什么|怎么|方便|能否|可否")
_AGAIN = "（问过，还没有答）"
_LONGEST_WORDS = 12


@dataclass(frozen=True)
class Question:
    """What to ask the client next."""

    field: str
    words: str


def missing(core: Sequence[CoreField], known: Collection[str]) -> list[str]:
    """The core fields that nothing is known of, as people call them."""
    return [label_of(one.field) for one in core if not _is_known(one.field, known)]


def next_question(
    core: Sequence[CoreField],
    known: Collection[str],
    unsure: Mapping[str, str],
    said: Iterable[str] = (),
) -> Question | None:
    """`known`: the fields with a value; `unsure`: of those, the words that leave it open;
    `said`: what we wrote to the client. None where nothing is left to ask."""
    asked = frozenset(_asked(core, said))
    unknown = [one for one in core if not _is_known(one.field, known)]
    for one in unknown:
        if one.field not in asked:
            return Question(one.field, one.ask)
    for one in core:
        if one.field in unsure and one.field not in asked:
            return Question(one.field, _confirm(one.field, unsure[one.field]))
    for one in unknown:
        return Question(one.field, one.ask + _AGAIN)
    return None


def label_of(core_name: str) -> str:
    return LABELS.get(core_name, _CONTACT_LABEL)


def _is_known(field: str, known: Collection[str]) -> bool:
    if field == "contact":
        return not _CONTACT.isdisjoint(known)
    return field in known


def _confirm(field: str, words: str) -> str:
    short = words if len(words) <= _LONGEST_WORDS else words[: _LONGEST_WORDS - 1] + "…"
    return f"{label_of(field)}说的是“{short}”，具体是？"


def _asked(core: Sequence[CoreField], said: Iterable[str]) -> Iterator[str]:
    """The fields that a question of ours was about."""
    questions = [
        sentence[0]
        for text in said
        for sentence in _SENTENCE.finditer(text)
        if _ASKS.search(sentence[0])
    ]
    for one in core:
        if any(word in question for question in questions for word in one.asked):
            yield one.field
