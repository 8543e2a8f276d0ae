"""The phrasings of phrasings/*.yaml, compiled: a form is a regular expression over marks.

{client}    a slot, and what its kind may look like        {client!}  only what is marked so
{client?}   a slot that may be missing                      {topic:short}  a few words
<part>      words of parts.yaml                             a space: nothing, or soft words
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from config.document import from_file
from nlp.phrases import filled
from nlp.requests import marks

FOLDER = Path(__file__).with_name("phrasings")
TOPICS = ("clients", "notes", "reminders", "team", "figures", "memory")


def _run(mark: str) -> str:
    return f"{mark}{chr(ord(mark) + 0x10)}*+"


_HAN = "[\u4e00-\u9fff]"
_PLAIN = rf"[^\s,.!?:;、。\"“”()<>{marks.ANY}]"
_CLIENT = rf"{_run(marks.CLIENT)}|{_run(marks.NAME)}"
_MORE = rf"(?:的?(?:{_run(marks.NAME)}|{_run(marks.CLIENT)})){{0,2}}"
_MATE = _run(marks.COLLEAGUE)
_TIME = _run(marks.TIME)
_TIMES = rf"{_TIME}(?:[,的到至~-]{{0,2}}{_TIME}){{0,3}}"
_ANYTHING = r".{1,200}?"
KINDS = {
    "client": (
        rf"(?:客户)?(?P<client>{_CLIENT}|%pronoun%|{_PLAIN}{{2,12}}?(?![{marks.ANY}])){_MORE}(?:%about%)?",
        rf"(?:客户)?(?P<client>{_CLIENT}|%pronoun%){_MORE}(?:%about%)?",
    ),
    "colleague": (
        rf"(?P<colleague>{_MATE}|{_run(marks.NAME)}|{_HAN}{{2,3}})",
        rf"(?P<colleague>{_MATE})",
    ),
    "time": (rf"(?P<time>{_TIMES})", rf"(?P<time>{_TIMES})"),
    "product": (
        rf"(?P<product>{_run(marks.PRODUCT)}|{_PLAIN}{{2,10}})",
        rf"(?P<product>{_run(marks.PRODUCT)})",
    ),
    "number": (r"(?P<number>[0-9]{1,6}|[一二两三四五六七八九十]{1,3})",) * 2,
    "pair": (r"(?P<pair>r[0-9]{1,12})",) * 2,
    "field": (r"的?(?P<field>%field%)",) * 2,
    "asked": (r"的?(?P<asked>%aspect%)", r"的?(?P<asked>%aspect_asked%)"),
    "thing": (r"的?(?P<thing>%thing%)",) * 2,
    "kind": (r"(?P<kind>%kind%)",) * 2,
    "answer": (r"(?P<answer>%answer%)",) * 2,
}
FREE = ("rule", "note", "words", "reason", "value", "what", "result", "topic")
"""Slots that take any words."""
_FREE_SLOT = re.compile(rf"\{{(?:{'|'.join(FREE)})\}}(?:\(\?<!.*\))?")
_SLOT = re.compile(r"\{(\w+)([!?]|:short)?\}")


@dataclass(frozen=True)
class Intent:
    """One wish, and how people put it."""

    name: str
    means: str
    """The intent that it is another way of; mostly itself."""
    topic: str
    acts: bool
    """Whether it changes something: then nothing but the whole utterance may say so."""
    dangerous: bool
    say: tuple[str, ...]
    """The commands that it stands for: that whose slots are all there is meant."""
    joins: str
    """A slot whose words the command takes together with the client's."""
    of_him: bool
    """Where nobody is named, it is about whom he dealt with last."""
    asks: Mapping[str, str]
    """What is asked for a slot that is missing."""
    cores: re.Pattern[str]
    """Words of which one is in every form."""
    written: tuple[str, ...]

    @cached_property
    def forms(self) -> "tuple[Form, ...]":
        """Compiled when first asked for: all of them take a second (nlp/requests/loading.py)."""
        return tuple(_compiled(form, _parts()) for form in self.written)


@lru_cache(maxsize=1)
def intents() -> tuple[Intent, ...]:
    """Every intent there is, in the order of the files."""
    found = []
    for topic in TOPICS:
        whole: Any = from_file(FOLDER / f"{topic}.yaml").value
        for name, written in whole["intents"].items():
            found.append(
                Intent(
                    name=name,
                    means=str(written.get("means", name)),
                    topic=topic,
                    acts=bool(written.get("acts")),
                    dangerous=bool(written.get("dangerous")),
                    say=tuple(map(str, written["say"])),
                    joins=str(written.get("joins", "")),
                    of_him=bool(written.get("of_him")),
                    asks={key: str(value) for key, value in written.get("asks", {}).items()},
                    cores=re.compile(str(written["cores"])),
                    written=(*map(str, written["forms"]), *_as_declared(written)),
                )
            )
    return tuple(found)


def _as_declared(written: Any) -> tuple[str, ...]:
    """The commands themselves: whole, with 他 for a name; and broken off where something is asked
    for, 静音 and 输单 赵主任."""
    whole = [str(say).replace("{client}", "{client!}") for say in written["say"]]
    if _SHORT_VERB.match(whole[0]):
        whole = []  # 找不到停车位
    if not written.get("asks") or not whole:
        return tuple(whole)
    begins, *slots = _BEFORE_SLOT.split(whole[0])
    broken_off = [begins.strip()] if begins.strip() else []
    if broken_off and slots[0] == "{client!}" and whole[0].count("{") > 1:
        broken_off.append(f"{begins.strip()} {{client!}}")
    return (*whole, *broken_off)


_SHORT_VERB = re.compile(r". \{")
_BEFORE_SLOT = re.compile(r"(\{[^}]*\})")


@lru_cache(maxsize=1)
def by_name() -> Mapping[str, Intent]:
    return {intent.name: intent for intent in intents()}


@lru_cache(maxsize=1)
def _parts() -> dict[str, str]:
    whole: Any = from_file(FOLDER / "parts.yaml").value
    parts: dict[str, str] = {"t": _TIMES, "mate": _MATE}
    for name, written in whole["parts"].items():
        parts[name] = filled(written, parts)
    return parts


@lru_cache(maxsize=1)
def fields() -> re.Pattern[str]:
    """What a client's facts are called."""
    return re.compile(_parts()["field"])


@lru_cache(maxsize=1)
def particulars() -> re.Pattern[str]:
    """What of a client is asked for: 电话, 什么时候要, 合同."""
    parts = _parts()
    return re.compile("|".join(parts[name] for name in ("aspect", "aspect_asked", "thing")))


@dataclass(frozen=True)
class Form:
    """One way to put a wish, without what stands around it for manners' sake."""

    pattern: re.Pattern[str]
    takes_the_rest: bool
    """Its last slot takes any words: manners at the end are among them."""


@lru_cache(maxsize=1)
def manners() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What may stand before a wish, after one that acts, and after one that asks: a step each."""
    parts = _parts()
    return (
        re.compile(rf"[\s,、.!~…]|{parts['call']}|{parts['please']}"),
        re.compile(rf"(?:[\s,.!?~…、]|{parts['end']})"),
        re.compile(rf"(?:[\s,.!?~…、]|{parts['end']}|{parts['asked']})"),
    )


def _compiled(form: str, parts: Mapping[str, str]) -> Form:
    gap = rf"(?:{parts['soft']}){{0,4}}"
    to_words = r"[\s,、:;.!~…]{0,4}"

    def slot(found: re.Match[str]) -> str:
        name, how = found[1], found[2]
        if name in FREE:
            short = rf"{_PLAIN[:-1]}{marks.ANY}]{{1,10}}?" if how == ":short" else _ANYTHING
            return f"(?P<{name}>{short})"
        whole = KINDS[name][how == "!"]
        for part in (
            "pronoun",
            "about",
            "field",
            "aspect",
            "aspect_asked",
            "thing",
            "answer",
            "kind",
        ):
            whole = whole.replace(f"%{part}%", f"(?:{parts[part]})")
        return f"(?:{whole}{gap})?" if how == "?" else whole

    # The slots last: what stands in them is no reference to a part.
    pieces = [filled(piece, parts) for piece in form.split(" ") if piece]
    joined = ""
    for piece in pieces:
        is_free = _FREE_SLOT.fullmatch(piece) is not None
        joined += (to_words if is_free else gap) * bool(joined) + piece
    takes_the_rest = _FREE_SLOT.fullmatch(pieces[-1]) is not None
    return Form(re.compile(_SLOT.sub(slot, joined), re.DOTALL), takes_the_rest)
