"""Phone numbers: Chinese mobiles, landlines and 400 lines however set apart, and foreign ones."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from nlp.contacts.phones import (
    ASKED_FOR,
    BRACKETED_AREA,
    CLEAR,
    COUNTRY,
    CUE,
    DECLARED,
    FOREIGN,
    HOTLINE,
    LANDLINE,
    LANDLINE_ABROAD,
    LOCAL_ABROAD,
    MOBILE,
    NO_AREA,
    NO_PHONE,
    SPOKEN,
    abroad,
    area_is_known,
    digits_of,
    spoken_digits,
)
from nlp.context import Context
from nlp.facts import Entity

SEALS = True
NEEDS = frozenset("0123456789三四五六七八九")

IDENTIFIED = re.compile(
    r"(?:[单编货批卡款]号|序列号|合同号|运单|快递|QQ号?|SN|sku|身份证号?|账户|型号)\s?[是为::]?\s?$",
    re.IGNORECASE,
)
"""What stands before digits that are another number, though they look like a phone's."""
LATIN = re.compile(r"[A-Za-z]+[:.]?$")
CALLED = re.compile(
    r"(?:tel|phone|mobile|mob|cell|vx|wx|v|whatsapp|fax|t|m|p|mp)[:.]?$", re.IGNORECASE
)
THREE_DIGIT_AREA, EIGHT_DIGITS = 3, 8
FEWEST = 7
"""No phone has fewer digits."""
BEFORE = 14
MOBILE_DIGITS = 11
CHINESE_MOBILE = re.compile(r"1[3-9]")


class Found(NamedTuple):
    """A number, and where it stands."""

    start: int
    end: int
    value: str
    by: str
    ambiguous: bool = False


def extract(text: str, context: Context) -> Iterator[Entity]:
    for one in find(text):
        yield context.entity(
            "phone", one.start, one.end, one.value, one.by, ambiguous=one.ambiguous
        )


def find(text: str) -> Iterator[Found]:
    """Every phone of a width-folded text, for whoever hides them as well (nlp/desensitise.py)."""
    if sum(map(text.count, "0123456789")) >= FEWEST:
        yield from _mobiles(text)
        yield from _landlines(text)
        for found in HOTLINE.finditer(text):
            yield Found(found.start(), found.end(), f"+86{digits_of(found[0])}", "hotline")
        yield from _abroad(text)
        yield from _declared(text)
    for found in SPOKEN.finditer(text):
        value = f"+86{spoken_digits(found[0])}"
        yield Found(found.start(), found.end(), value, "spoken")


def _mobiles(text: str) -> Iterator[Found]:
    for found in MOBILE.finditer(text):
        start = _start(text, found.start(), closes=found[0].count(")") > 0)
        if start is not None:
            yield Found(start, found.end(), f"+86{digits_of(found[0])}", "mobile")


def _landlines(text: str) -> Iterator[Found]:
    for pattern in (LANDLINE_ABROAD, LANDLINE) if "86" in text else (LANDLINE,):
        for found in pattern.finditer(text):
            area, number = found["area"], digits_of(found["number"])
            if len(area) < THREE_DIGIT_AREA and len(number) < EIGHT_DIGITS:
                continue
            if found[0].isdigit() and not area_is_known(area):
                continue
            closes = ")" in found[0] and "(" not in found[0]
            start = _start(text, found.start(), closes=closes)
            if start is not None:
                yield Found(start, found.end(), f"+86{area}{number}", "landline")


def _start(text: str, start: int, *, closes: bool) -> int | None:
    """Where the number begins with its country; None where it is part of another number."""
    if closes and text[start - 1 : start] == "(":
        start -= 1
    before = text[max(0, start - BEFORE) : start]
    country = COUNTRY.search(before)
    if country:
        start -= len(country[0])
        before = before[: country.start()]
    if not CLEAR.search(before) or IDENTIFIED.search(before):
        return None
    return None if LATIN.search(before) and not CALLED.search(before) else start


def _abroad(text: str) -> Iterator[Found]:
    for found in FOREIGN.finditer(text):
        # 00 leads to an order number as well as to a country.
        contiguous = found[0].isdigit() and not CUE.search(
            text, max(0, found.start() - BEFORE), found.start()
        )
        number = abroad(found[0])
        if number and not contiguous:
            yield Found(found.start(), found.end(), number, "abroad")
    for bracketed in BRACKETED_AREA.finditer(text):
        digits = digits_of(bracketed[0])
        yield Found(*bracketed.span(), f"+1{digits}", "bracketed", ambiguous=digits[0] == "1")
    for cue in CUE.finditer(text):
        local = LOCAL_ABROAD.match(text, cue.end())
        if local:
            value = f"+1{digits_of(local['number'])}"
            yield Found(local.start(), local.end(), value, "cued")


def _declared(text: str) -> Iterator[Found]:
    """What is called a phone in so many words; its country, and so its value, stays open."""
    for cue in ASKED_FOR.finditer(text):
        found = DECLARED.match(text, cue.end())
        if not found or NO_PHONE.match(found[0]):
            continue
        digits = digits_of(found[0])
        is_mobile = len(digits) == MOBILE_DIGITS and CHINESE_MOBILE.match(digits)
        value = f"+86{digits}" if is_mobile else digits
        yield Found(*found.span(), value, "declared", ambiguous=not is_mobile)
    for local in NO_AREA.finditer(text):
        yield Found(*local.span("number"), local["number"], "declared", ambiguous=True)
