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
    return f"{mark}{chr(ord(mark) + 0x10)}*"


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
        rf"(?:客户)?(?P<client>{_CLIENT}|%pronoun%|{_PLAIN}{{2,12}}?){_MORE}(?:%about%)?",
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
    "answer": (r"(?P<answer>%answer%)",) * 2,
}
FREE = ("note", "words", "reason", "value", "what", "result", "topic")
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
    asks: Mapping[str, str]
    """What is asked for a slot that is missing."""
    cores: re.Pattern[str]
    """Words of which one is in every form."""
    written: tuple[str, ...]

    @cached_property
    def forms(self) -> tuple[re.Pattern[str], ...]:
        """Compiled when first asked for: all of them take seconds."""
        return tuple(_compiled(form, _parts(), self.acts) for form in self.written)


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
                    asks={key: str(value) for key, value in written.get("asks", {}).items()},
                    cores=re.compile(str(written["cores"])),
                    written=tuple(map(str, written["forms"])),
                )
            )
    return tuple(found)


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


def _compiled(form: str, parts: Mapping[str, str], acts: bool) -> re.Pattern[str]:
    gap = rf"(?:{parts['soft']}){{0,4}}"
    to_words = r"[\s,、:;.!~…]{0,4}"
    before = rf"(?:[\s,、.!~…]|{parts['call']}|{parts['please']}){{0,6}}"
    ends = parts["end"] if acts else f"{parts['end']}|{parts['asked']}"
    after = rf"(?:[\s,.!?~…、]|{ends}){{0,6}}"

    def slot(found: re.Match[str]) -> str:
        name, how = found[1], found[2]
        if name in FREE:
            short = rf"{_PLAIN[:-1]}{marks.ANY}]{{1,10}}?" if how == ":short" else _ANYTHING
            return f"(?P<{name}>{short})"
        whole = KINDS[name][how == "!"]
        for part in ("pronoun", "about", "field", "answer"):
            whole = whole.replace(f"%{part}%", f"(?:{parts[part]})")
        return f"(?:{whole}{gap})?" if how == "?" else whole

    # The slots last: what stands in them is no reference to a part.
    pieces = [filled(piece, parts) if piece else "" for piece in form.split(" ")]
    joined = ""
    for piece in filter(None, pieces):
        is_free = _FREE_SLOT.fullmatch(piece) is not None
        joined += (to_words if is_free else gap) * bool(joined) + piece
    if _FREE_SLOT.fullmatch(pieces[-1]):
        after = ""
    whole = _SLOT.sub(slot, joined)
    return re.compile(f"{before}{whole}{after}", re.DOTALL)
