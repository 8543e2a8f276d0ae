"""Whether a client wants something, how much, and by which words one can tell."""

import re

from nlp.context import SEALED, Context
from nlp.facts import Entity, Intent
from nlp.phrases import expressions
from nlp.phrases.cues import Cues

_PATTERNS = expressions("intent")
CUES = Cues("intent")
NOT_ASKING = re.compile("|".join((_PATTERNS["not_asking"], _PATTERNS["others_price"])))
SMALL_TALK = re.compile(_PATTERNS["small"])
TOPIC = re.compile(_PATTERNS["topic"])
BUSINESS = re.compile(_PATTERNS["business"])
QUESTION = re.compile(_PATTERNS["question"])
INTRODUCTION = re.compile(_PATTERNS["introduction"])
WISH = re.compile(_PATTERNS["wish"])
SOCIAL = re.compile(_PATTERNS["social"])
SETTLES = re.compile(_PATTERNS["settles"])
PARTING = re.compile(_PATTERNS["parting"])
_LIGHT = re.compile(_PATTERNS["light"])
_MEANS_SOMETHING = re.compile(r"[\u4e00-\u9fffa-z0-9]")

UNASKED = frozenset({"advertising", "notice"})
"""Messages that nobody waits an answer to."""
NEUTRAL = frozenset({"person", "time", "region", "company", "quantity"})
"""What small talk may mention as well: 张总早, 明天见, 祝元启科技生意兴隆."""
_SHORT = 48
"""Longer messages are not looked at for small talk."""


def read_intent(context: Context, entities: tuple[Entity, ...]) -> Intent:
    """The intent of a client's words; a rep's have none."""
    folded = context.lowered
    wants: list[tuple[int, int]] = []
    unasked = set()
    for kind, start, end in CUES.find(folded, context.spots.get("intent", ())):
        if kind in UNASKED:
            unasked.add(kind)
        else:
            wants.append((start, end))
    if unasked and not _is_ours(entities) and not QUESTION.search(folded):
        return Intent(is_advertising="advertising" in unasked)
    asked, tags = _asked(folded, wants, context, entities)
    if asked:
        words = tuple(context.message[start:end] for start, end in asked)
        return Intent("high", words, tags)
    if _is_small_talk(folded, entities):
        return Intent()
    return Intent("normal", (), tags)


def _asked(
    folded: str, wants: list[tuple[int, int]], context: Context, entities: tuple[Entity, ...]
) -> tuple[list[tuple[int, int]], tuple[str, ...]]:
    """Where the message asks for something or hurries, and the tags that its words earn."""
    hits = list(context.lexicon.keywords(context.seen))
    if wants or hits:
        ignored = bytearray(len(folded))
        for found in NOT_ASKING.finditer(folded):
            ignored[found.start() : found.end()] = b"\1" * (found.end() - found.start())
        wants = [(start, end) for start, end in wants if 1 not in ignored[start:end]]
        hits = [hit for hit in hits if 1 not in ignored[hit.start : hit.end]]
    wants += [(hit.start, hit.end) for hit in hits if hit.value.high]
    wants += [(one.start, one.end) for one in entities if one.type == "urgency"]
    return _outermost(wants), tuple(dict.fromkeys(hit.value.tag for hit in hits))


def _is_ours(entities: tuple[Entity, ...]) -> bool:
    """Whether it speaks of what we sell, or gives what only a client gives."""
    return any(entity.type in ("product", "credit_code") for entity in entities)


def _outermost(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """In order, without those that an earlier or longer one overlaps."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _is_small_talk(folded: str, entities: tuple[Entity, ...]) -> bool:
    """Greetings, thanks, chat: nothing is left once they are taken out, or no business is in it."""
    if len(folded) > _SHORT or SEALED in folded:
        return False
    kinds = {entity.type for entity in entities}
    if not kinds <= NEUTRAL or INTRODUCTION.search(folded):
        return False
    if not BUSINESS.search(folded) and (
        TOPIC.search(folded) or (_is_good_will(folded) and not kinds & {"company", "quantity"})
    ):
        return True
    if "quantity" in kinds or (kinds & {"company", "region"} and not WISH.search(folded)):
        return False
    if "time" in kinds and SETTLES.search(folded) and not PARTING.search(folded):
        return False
    rest = SMALL_TALK.sub("\n", _without_names(folded, entities))
    rest = _LIGHT.sub("", rest) if "\n" in rest else rest
    return not _MEANS_SOMETHING.search(rest)


def _is_good_will(folded: str) -> bool:
    """Wishes and festivals in any words, where nothing is asked."""
    return SOCIAL.search(folded) is not None and not QUESTION.search(folded)


def _without_names(folded: str, entities: tuple[Entity, ...]) -> str:
    characters = list(folded)
    for entity in entities:
        characters[entity.start : entity.end] = " " * (entity.end - entity.start)
    return "".join(characters)
