"""Amounts of money that a client can spend, or a price that is talked of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlp.context import Context
from nlp.facts import Entity
from nlp.numbers.figures import Figure, figures
from nlp.numbers.money import (
    ABOUT,
    ABOVE,
    ASKED,
    AT_MOST,
    AUDIENCE,
    BELOW,
    CHARGED,
    CLOSED,
    COUNT_OF,
    CURRENCIES,
    EARNEST,
    GIFT,
    LINK,
    MODEL,
    MONEY,
    NOT_MONEY,
    PER_UNIT,
    REFUTED_AFTER,
    SIGN,
    SLAB,
    SORT,
    WATTS,
)
from nlp.numbers.numerals import STARTS, TEN_THOUSAND, Amount, span_of, whole
from nlp.numbers.price_leads import NO_LEAD, Lead, lead_of, sign_before

NEEDS = STARTS | frozenset("毛角")

CHARGE = re.compile(rf"(?:{CHARGED})(?:{LINK}){{0,2}}$")
SLANG = re.compile(r"\s?个\s?(?:(?P<ten>[wW万](?![A-Za-z])|[达大]不溜)|(?P<million>亿))")
PAID = re.compile(
    rf"\s?(?P<money>{MONEY})"
    r"(?:(?P<tenth>[0-9一二两三四五六七八九])[毛角]?(?![0-9十百千万个台套件箱只条支盒点月号折吨天年公斤片份瓶米平张本双位人]|包(?!邮))"
    r"(?<!一(?=[\u4e00-\u9fff]))(?:(?<=[毛角])(?P<cent>[0-9一二三四五六七八九])分钱?(?!之|钟))?)?",
)
DIMES = re.compile(
    r"(?:毛|角(?=钱))(?:(?P<cent>[0-9一二三四五六七八九])(?<!一(?=[\u4e00-\u9fff]))分?|钱)?(?![发笔病巾衣料坯])"
)
TO = re.compile(
    rf"\s?(?P<money>{MONEY})?(?:[(]含[)])?\s?"
    rf"(?:(?<=[0-9])、(?=[0-9] ?[万wW])|[-~—–―〜]{{1,2}}|到|至"
    rf"|和(?=[^,。\n]{{1,8}}之间))\s?(?:{SIGN})?\s?",
)
SIDE = re.compile(rf"\s?(?:[(]含[)])?(?:(?P<below>{BELOW})|(?P<above>{ABOVE})|(?P<about>{ABOUT}))")
REFUTED = re.compile(REFUTED_AFTER, re.IGNORECASE)
ELSE = re.compile(NOT_MONEY)
COUNTS = re.compile(COUNT_OF)
GIFTS = re.compile(GIFT)
WATTAGE = re.compile(WATTS)
ENDS = re.compile(CLOSED)
PER = re.compile(PER_UNIT, re.IGNORECASE)
OFFERED = re.compile(rf"{ASKED}|{EARNEST}")
MODELS = re.compile(MODEL)
SORTED = re.compile(SORT)
HEARD = re.compile(AUDIENCE)
SLABS = re.compile(SLAB)
MOST = re.compile(AT_MOST)
FORBIDDEN = re.compile(r"就?(?:不|没|免谈|别|算了|太)")
TALK_OF_PRICE = re.compile(r"[价钱贵块元]|便宜|预算|多少|费用|[卖租]")
BARE = re.compile(r"[0-9]+(?:\.[0-9]+)?\s?[来多]?[万wW]")

CLAIMS = ("quantity", "time", "product", "competitor")
WIDEST = 24
"""Characters between the two numbers of a range."""
AROUND = 40
LEAST_PLAIN = 10
LEAST_CHARGED = 100
LEAST_APPROXIMATE = 1000


@dataclass
class Reading:
    """One number or range, and the words that stand around it."""

    first: Figure
    last: Figure
    amount: Amount
    end: int
    lead: Lead = NO_LEAD
    money: str = ""
    side: re.Match[str] | None = None


def extract(text: str, context: Context) -> Iterator[Entity]:
    numbers = figures(text)
    at = 0
    while at < len(numbers):
        first = numbers[at]
        last = first
        is_near = at + 1 < len(numbers) and numbers[at + 1].start - first.end <= WIDEST
        to = TO.match(text, first.end) if is_near else None
        if to and "、" in to[0] and not _is_range(text, first):
            to = None
        if to and numbers[at + 1].start == to.end():
            last = numbers[at + 1]
        for candidate in (last, first) if last is not first else (first,):
            entity = _read(text, context, first, candidate)
            if entity:
                yield entity
                at += candidate is not first
                break
        at += 1


def _read(text: str, context: Context, first: Figure, last: Figure) -> Entity | None:
    amount = span_of(first.amount, None if last is first else last.amount)
    if amount is None or any(context.claimed(kind, first.start, last.end) for kind in CLAIMS):
        return None
    reading = Reading(first, last, amount, last.end)
    _take_money(reading, text)
    if not reading.money and not _may_stand_alone(reading, text):
        return None
    reading.lead = lead_of(text, first.start)
    if first.glued and not reading.lead.sign:
        return None
    if not _is_money(reading, text, context):
        return None
    if reading.side:
        reading.end = reading.side.end()
    value = _bounded(reading, text) | {"currency": _currency(reading)}
    if not (value["min"] or value["max"]):
        return None
    start = first.start if reading.lead.start < 0 else reading.lead.start
    return context.entity(
        "budget", start, reading.end, value, "amount", ambiguous=reading.amount.vague
    )


def _is_range(text: str, first: Figure) -> bool:
    """3、5万 from three to five; the 1、 of a list is its number."""
    before = text[first.start - 1 : first.start] if first.start else ""
    return first.end - first.start == 1 and before not in ("\n", ".") and text[first.start] != "1"


def _may_stand_alone(reading: Reading, text: str) -> bool:
    """Whether what stands around a number without a currency leaves room for a price.

    It is asked first because it says no to most numbers, and cheaply.
    """
    start = reading.first.start
    if sign_before(text, start):
        return True
    if reading.amount.low < LEAST_PLAIN or reading.first.glued:
        return False
    if REFUTED.match(text, reading.end) or COUNTS.match(text, reading.end):
        return False
    reading.side = SIDE.match(text, reading.end)
    if reading.side:
        return not HEARD.match(text, reading.side.end())
    closed = ENDS.match(text, reading.end) or PER.match(text, reading.end)
    return bool(closed or OFFERED.match(text, reading.end))


def _take_money(reading: Reading, text: str) -> None:
    """What is written after the number: 个w, 块五, 毛."""
    amount = reading.amount
    slang = SLANG.match(text, reading.end)
    if slang:
        size = TEN_THOUSAND if slang["ten"] else TEN_THOUSAND**2
        reading.amount, reading.end = _times(amount, size), slang.end()
        reading.money = "个w"
    paid = PAID.match(text, reading.end)
    if paid:
        tenth = paid["tenth"]
        if tenth and reading.amount.unit == 1 and paid["money"] in ("块", "元"):
            cent = _digit(paid["cent"]) if paid["cent"] else 0
            reading.amount = _plus(reading.amount, _digit(tenth) / 10 + cent / 100)
        elif tenth:
            paid = re.compile(rf"\s?(?:{MONEY})").match(text, reading.end) or paid
        reading.end = paid.end()
        reading.money = (paid.groupdict().get("money") or paid[0]).strip().lower()
        return
    dimes = DIMES.match(text, reading.end)
    if dimes and not slang:
        cents = _digit(dimes["cent"]) / 100 if dimes["cent"] else 0
        reading.amount = _plus(_times(amount, 0.1), cents)
        reading.end, reading.money = dimes.end(), "毛"


def _is_money(reading: Reading, text: str, context: Context) -> bool:
    """Whether what the number counts is money, by its currency or by what leads to it."""
    before = text[max(0, reading.first.start - 12) : reading.first.start]
    if ELSE.search(before):
        return False
    if reading.money or reading.lead.sign:
        reading.side = SIDE.match(text, reading.end)
        slab = reading.money == "块" and (
            SLABS.match(text, reading.end)
            or context.claimed("product", reading.end, reading.end + 1)
        )
        return not slab and not GIFTS.match(text, reading.end)
    return _is_led_to(reading, text, before)


def _is_led_to(reading: Reading, text: str, before: str) -> bool:
    """Whether a number without a currency is an amount by what stands around it."""
    end = reading.side.end() if reading.side else reading.end
    if reading.lead.cue or PER.match(text, end) or OFFERED.match(text, end):
        return True
    written = text[reading.first.start : reading.last.end]
    if reading.amount.unit >= TEN_THOUSAND or "万" in written or "萬" in written:
        return _is_more_than_a_number(reading, text, written)
    most = reading.amount.high or reading.amount.low
    if most >= LEAST_CHARGED and (CHARGE.search(before) or MODELS.match(text, end)):
        return True
    several = reading.side or reading.amount.low != reading.amount.high
    if several and SORTED.match(text, end):
        return True
    if reading.side or reading.lead.limit or reading.last is not reading.first:
        near = _around(reading)
        return most >= LEAST_APPROXIMATE or bool(TALK_OF_PRICE.search(text, *near))
    return False


def _is_more_than_a_number(reading: Reading, text: str, written: str) -> bool:
    """100W的灯 is a lamp, and 四千万 alone nothing but a number; 30万 alone answers a question."""
    if written[-1] in "wW" and WATTAGE.search(text, *_around(reading)):
        return False
    alone = written == text[: len(written) + 8].strip() and reading.first is reading.last
    between = reading.amount.low != reading.amount.high and not reading.amount.vague
    return not alone or between or bool(BARE.fullmatch(written))


def _around(reading: Reading) -> tuple[int, int]:
    """The neighbourhood that says what is talked of; bounded, to stay linear."""
    return max(0, reading.first.start - AROUND), reading.end + AROUND


def _bounded(reading: Reading, text: str) -> dict[str, int | float | str | None]:
    limit, side, amount = reading.lead.limit, reading.side, reading.amount
    if reading.last is reading.first:
        forbidden = limit in ("超过", "超", "高于", "大于") and FORBIDDEN.match(text, reading.end)
        if (limit and (MOST.fullmatch(limit) or forbidden)) or (side and side["below"]):
            return {"min": None, "max": whole(amount.high or amount.low)}
        if limit or (side and side["above"]):
            return {"min": whole(amount.low), "max": None}
    return {"min": whole(amount.low), "max": whole(amount.high)}


def _currency(reading: Reading) -> str:
    for written in (reading.money, reading.lead.sign):
        if written:
            found = CURRENCIES.get(written.lower().replace(" ", ""))
            if found:
                return found
    return "CNY"


def _digit(char: str) -> int:
    return int(char) if char.isdigit() else "零一二三四五六七八九".find(char.replace("两", "二"))


def _times(amount: Amount, size: float) -> Amount:
    high = None if amount.high is None else amount.high * size
    return Amount(amount.low * size, high, amount.unit * size, amount.vague)


def _plus(amount: Amount, rest: float) -> Amount:
    high = None if amount.high is None else amount.high + rest
    return Amount(amount.low + rest, high, amount.unit, amount.vague)
