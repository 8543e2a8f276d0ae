"""What a quotation gives in the contract's form, or nothing.

Goods, people and places are what our own rules read; a name stands there as it is; a number has to
stand in the quotation, a moment to lie within reason, a meaning to be one of the contract's words.
What our rules read otherwise in the same words is refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nlp.facts import Extraction
from nlp.folding import fold_width
from nlp.hearsay import SENSES
from nlp.hearsay.evidence import Quote
from nlp.numbers.figures import figures
from nlp.numbers.money import CURRENCIES
from nlp.numbers.numerals import whole

MOST_MONEY = 100_000_000_000
MOST_GOODS = 100_000_000
PAST, FUTURE, LASTING = timedelta(days=400), timedelta(days=1100), timedelta(days=370)
"""How far from its saying a moment may lie, and how long a span may be."""
SCALES = (1, 1_000, 10_000, 1_000_000, 10_000_000, 100_000_000)
"""What people leave unsaid after a number: 三五十 for 30 to 50万."""
CURRENCY_CODES = frozenset({"CNY", "USD", "EUR", "HKD", "JPY", "GBP"})
LONGEST_UNIT = 4
NAME_LENGTHS = {"company": (2, 40), "competitor": (2, 20)}
TELLS_TIME = re.compile(
    r"[0-9零一二两三四五六七八九十几半]|[天日周月年季号点早晚午夜旬初底末前后内]|礼拜|星期|春节|国庆|五一|元旦|端午|中秋|暑假|寒假|开学"
)
LETTERS = re.compile(r"[A-Za-z一-鿿]")

Read = Callable[[str], Extraction]
Value = str | Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """A value, and which of the quotation's characters say it."""

    value: Value
    start: int
    end: int


def value_of(quote: Quote, *, read: Read, said_at: datetime) -> Told | None:
    """What the quotation comes to."""
    return _READERS[quote.claim.field](quote, read, said_at)


def _told(quote: Quote, value: Value, words: str = "") -> Told:
    """All of the quotation, or the words in it."""
    at = fold_width(quote.words).find(words) if words else 0
    return Told(value, at, at + len(words)) if words else Told(value, 0, len(quote.words))


def _is_refuted(value: Value, quote: Quote, read: Read) -> bool:
    """Whether our rules read something else, and surely, out of the same words."""
    ours = [one.value for one in read(quote.words).of(quote.claim.field) if not one.ambiguous]
    return bool(ours) and value not in ours


# -- numbers -----------------------------------------------------------------------------------


def _budget(quote: Quote, read: Read, said_at: datetime) -> Told | None:
    claim, currency = quote.claim, quote.claim.unit or "CNY"
    if currency not in CURRENCY_CODES or not _says_currency(currency, quote.words):
        return None
    if not _stand_there(quote, most=MOST_MONEY):
        return None
    value = {"min": whole(claim.low), "max": whole(claim.high), "currency": currency}
    return None if _is_refuted(value, quote, read) else _told(quote, value)


def _says_currency(code: str, words: str) -> bool:
    """Money of other countries has to be called so."""
    folded = fold_width(words).casefold()
    named = [word for word, currency in CURRENCIES.items() if currency == code]
    return code == "CNY" or any(word.casefold() in folded for word in (*named, code))


def _quantity(quote: Quote, read: Read, said_at: datetime) -> Told | None:
    claim, unit = quote.claim, fold_width(quote.claim.unit or "")
    if not 0 < len(unit) <= LONGEST_UNIT or unit not in fold_width(quote.free):
        return None
    if not LETTERS.fullmatch(unit[0]) or not _stand_there(quote, most=MOST_GOODS):
        return None
    value = {"min": whole(claim.low), "max": whole(claim.high), "unit": unit}
    return None if _is_refuted(value, quote, read) else _told(quote, value)


def _stand_there(quote: Quote, *, most: int) -> bool:
    """Whether the claimed numbers are in the quotation, whatever 万 was left unsaid."""
    given = [number for number in (quote.claim.low, quote.claim.high) if number is not None]
    if not given or any(not 0 < number <= most for number in given):
        return False
    if len(given) > 1 and given[0] > given[1]:
        return False
    said: set[float] = set()
    for figure in figures(fold_width(quote.free)):
        said |= {end for end in (figure.amount.low, figure.amount.high) if end}
    scaled = {round(number * scale, 2) for number in said for scale in SCALES}
    return all(round(number, 2) in scaled for number in given)


# -- time --------------------------------------------------------------------------------------


def _time(quote: Quote, read: Read, said_at: datetime) -> Told | None:
    start, end = (_moment(text, said_at) for text in (quote.claim.start, quote.claim.end))
    if start is None or end is None or not TELLS_TIME.search(fold_width(quote.free)):
        return None
    is_within = start <= end <= start + LASTING and said_at - PAST <= start
    if not is_within or end > said_at + FUTURE:
        return None
    value = {"start": start.isoformat(), "end": end.isoformat()}
    return None if _is_refuted(value, quote, read) else _told(quote, value)


def _moment(text: str | None, said_at: datetime) -> datetime | None:
    """By the clock of the message, to the minute."""
    try:
        moment = datetime.fromisoformat(text or "")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=said_at.tzinfo)
        return moment.astimezone(said_at.tzinfo).replace(second=0, microsecond=0)
    except (ValueError, OverflowError):
        return None


# -- names -------------------------------------------------------------------------------------


def _by_our_rules(quote: Quote, read: Read, said_at: datetime) -> Told | None:
    """Goods, people and places: what the model calls them, our rules must know."""
    kind, called = quote.claim.field, fold_width(quote.claim.value or "").strip()
    if not called or "\0" in quote.free:
        return None
    is_quoted = called in fold_width(quote.words)
    known = [one for one in read(called).of(kind) if one.end - one.start == len(called)]
    if not known or (kind == "person" and not is_quoted):
        return None
    return _told(quote, known[0].value, called if is_quoted else "")


def _as_written(quote: Quote, read: Read, said_at: datetime) -> Told | None:
    """Names of houses: they are what stands there."""
    kind, called = quote.claim.field, fold_width(quote.claim.value or "").strip()
    shortest, longest = NAME_LENGTHS[kind]
    if "\0" in quote.free or called not in fold_width(quote.words):
        return None
    if not shortest <= len(called) <= longest or len(LETTERS.findall(called)) * 2 < len(called):
        return None
    return _told(quote, called.replace(" ", "") if kind == "company" else called, called)


# -- meanings ----------------------------------------------------------------------------------


def _meaning(quote: Quote, read: Read, said_at: datetime) -> Told | None:
    value = quote.claim.value
    if value not in SENSES[quote.claim.field] or not LETTERS.search(quote.words):
        return None
    return _told(quote, value)


_READERS: Mapping[str, Callable[[Quote, Read, datetime], Told | None]] = {
    "budget": _budget,
    "quantity": _quantity,
    "time": _time,
    "product": _by_our_rules,
    "person": _by_our_rules,
    "region": _by_our_rules,
    "company": _as_written,
    "competitor": _as_written,
    **dict.fromkeys(SENSES, _meaning),
}
