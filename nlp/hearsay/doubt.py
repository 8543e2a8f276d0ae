"""Of what the rules are unsure: the fields about which a second reader may be asked.

Most messages leave no doubt, and asking costs money and lets words out of the house. Pure: the
same answer for the same message.
"""

import re

from nlp.facts import Extraction
from nlp.folding import fold_width
from nlp.hearsay import ASKED
from nlp.numbers.figures import Figure, figures

LONG = 60
"""Characters of Chinese that no rule took for anything: who writes so much about a need and names
neither goods nor money said it in words that the rules do not know."""
BESIDE = 8
"""Characters around a number in which it may be said what it counts."""
OF_LONG = frozenset({"product", "budget", "quantity", "time", "objection", "role", "competitor"})
HAN = re.compile(r"[一-鿿]")
MONEY = re.compile(
    r"预算|(?<!询)价|钱|费用|成本|贵|便宜|投入|经费|资金|拨款|额度|手[里头上]|元|块|[0-9][wWkK](?![A-Za-z])|达不溜|个w"
)
TIME = re.compile(
    r"[上下这本]周|周[一二三四五六日末]|礼拜|星期|月[初中底前内]|[上下][午旬]|[明后]天|[0-9一二三四五六七八九十][号日]"
    r"|之前|以前|年[前底内]|交[期货]|到货|进场|开[工学业]|上线|工期|验收"
)
NO_NUMBER = re.compile(r"[路街巷道弄区园栋]\s?$|[号码]\s?[:是]?\s?$")
"""What stands before the number of a house or of a certificate."""
COUNTED_ELSE = re.compile(
    r"[.、)](?![0-9])|\s?(?:[a-zA-Z]{3}|[A-Z]+[0-9]|[%％折℃度寸层楼室届名位人]|个人|岁|平|[mMcC]{1,2}\b|年级|路|栋)"
)
LASTS = re.compile(r"\s?个?(?:天|日|周|星期|礼拜|月|年|小时|分钟)(?![初中底前内])")
"""A duration, which names no moment: 质保三年."""
MOST = 100_000_000_000
"""More than that is a certificate's number."""


def doubts(text: str, found: Extraction) -> frozenset[str]:
    """The fields in doubt; empty for almost every message."""
    if found.intent.is_advertising:
        return frozenset()
    doubtful = {entity.type for entity in found.entities if entity.ambiguous}
    doubtful |= _unexplained(fold_width(text), found)
    if _says_much_in_vain(text, found):
        doubtful |= OF_LONG
    return frozenset(doubtful & ASKED)


def _says_much_in_vain(text: str, found: Extraction) -> bool:
    if len(text) < LONG or found.intent.level == "none":
        return False
    if any(found.of(kind) for kind in ("product", "budget")):
        return False
    return len(HAN.findall(_left_over(text, found))) >= LONG


def _left_over(text: str, found: Extraction) -> str:
    """The message with a blank for every character that an entity holds."""
    characters = list(text)
    for entity in found.entities:
        characters[entity.start : entity.end] = "\0" * (entity.end - entity.start)
    return "".join(characters)


def _unexplained(text: str, found: Extraction) -> set[str]:
    """What the numbers may be that no rule took for anything."""
    left = _left_over(text, found)
    doubtful: set[str] = set()
    for figure in figures(text):
        is_taken = "\0" in left[figure.start : figure.end]
        if not (is_taken or figure.glued or _counts_nothing(text, figure)):
            doubtful |= _may_be(text, figure)
    return doubtful


def _counts_nothing(text: str, figure: Figure) -> bool:
    """One character of Chinese (一下, 三 in a name) is seldom a number; and some things that are
    counted are neither money nor time."""
    if figure.amount.low > MOST:
        return True
    is_word = figure.end - figure.start == 1 and not text[figure.start].isascii()
    before = NO_NUMBER.search(text, max(0, figure.start - 3), figure.start)
    return is_word or before is not None or COUNTED_ELSE.match(text, figure.end) is not None


def _may_be(text: str, figure: Figure) -> set[str]:
    around = max(0, figure.start - BESIDE), min(len(text), figure.end + BESIDE)
    may_be = set()
    if MONEY.search(text, *around):
        may_be.add("budget")
    if TIME.search(text, *around) and not LASTS.match(text, figure.end):
        may_be.add("time")
    return may_be
