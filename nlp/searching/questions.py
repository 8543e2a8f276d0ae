"""What a colleague asks of the archive: who said what when, at which price, to whom else.

    张总上周说了什么            said       who 张总, when 上周
    康源上次报价多少            quoted     who 康源, last
    张总提过编程吗              mentioned  who 张总, words 编程
    谁问过移动DR                asked      what 移动DR
    和江北医院类似的客户怎么成交的  similar    who 江北医院
    找 女儿 编程                found      words 女儿, 编程

It reads no name: `who` is whatever stands where a client is spoken of. Words that may as well be
something else are no question of this kind.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from nlp.phrases import expressions, filled, section
from nlp.searching.content import content_words
from nlp.searching.times import Asked, asked_time

_GRAMMAR = "questions"
_SLOTS = {"who": ".+?", "what": ".+?", "words": ".+?", "before": ".{0,12}?", "middle": ".{0,12}?"}
"""What a brace of the grammar takes."""
_LONGEST = 200
_END = r"[\s。.！!？?~～呀啊呢哈吧]*$"


class Kind(StrEnum):
    SAID = "said"
    QUOTED = "quoted"
    MENTIONED = "mentioned"
    ASKED = "asked"
    SIMILAR = "similar"
    FOUND = "found"


@dataclass(frozen=True)
class Question:
    kind: Kind
    who: str = ""
    """The client, as he was called."""
    what: str = ""
    """The product that was asked about."""
    words: tuple[str, ...] = ()
    when: Asked | None = None
    is_last: bool = False
    """The last time only: 上次."""
    by_us: bool = False
    """What was said to the client, not by him."""


def parse(text: str, now: datetime) -> Question | None:
    """`now`: aware; 上周 is seen from it. None where it is no question to the archive."""
    asked = " ".join(text.split())
    if not asked or len(asked) > _LONGEST:
        return None
    for kind, pattern in _patterns():
        if found := pattern.match(asked):
            question = _question(kind, found, now)
            if question is not None:
                return question
    return None


def subject(words: str, now: datetime) -> Question:
    """The client with the time that was said beside him: 张总上周, 上周张总, 给康源上次."""
    when, rest = asked_time(words, now)
    rest, is_last = _without_last(rest)
    who = _said("leading").sub("", rest.strip(_AROUND)).strip(_AROUND)
    while who != (shorter := _said("trailing").sub("", who).strip(_AROUND)):
        who = shorter
    by_us = bool(_said("by_us").match(rest.strip(_AROUND)))
    return Question(Kind.SAID, who=who, when=when, is_last=is_last, by_us=by_us)


_AROUND = " ，,、：:的"


def _without_last(words: str) -> tuple[str, bool]:
    rest = _said("last").sub("", words, count=1)
    return rest, rest != words


@lru_cache(maxsize=1)
def _around() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(form) for name, form in expressions(_GRAMMAR, "around").items()}


def _said(name: str) -> re.Pattern[str]:
    """Of what stands around the client."""
    return _around()[name]


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    parts = expressions(_GRAMMAR, "parts")
    return tuple(
        (Kind(kind), re.compile(_with_slots(filled([one], parts)) + _END, re.IGNORECASE))
        for kind, forms in section(_GRAMMAR, "questions").items()
        for one in (forms if isinstance(forms, list) else [forms])
    )


def _with_slots(form: str) -> str:
    for name, taken in _SLOTS.items():
        form = form.replace(f"{{{name}}}", f"(?P<{name}>{taken})")
    return form


def _question(kind: Kind, found: re.Match[str], now: datetime) -> Question | None:
    match kind:
        case Kind.FOUND:
            when, rest = asked_time(found["words"], now)
            sought = content_words(rest)
            return Question(kind, words=sought, when=when) if sought else None
        case Kind.ASKED:
            when, what = asked_time(" ".join(found.groupdict("").values()), now)
            what = _said("leading").sub("", what.strip(_AROUND)).strip(_AROUND)
            return Question(kind, what=what, when=when) if what else None
        case _:
            return _of_a_client(kind, found, now)


def _of_a_client(kind: Kind, found: re.Match[str], now: datetime) -> Question | None:
    about = subject(found["who"], now)
    if not about.who or _said("nobody").match(about.who):
        return None
    if kind is not Kind.MENTIONED:
        return replace(about, kind=kind)
    when, rest = asked_time(found["words"], now)
    words = content_words(rest)
    return replace(about, kind=kind, words=words, when=about.when or when) if words else None
