"""Which of the stretches that end as an organisation's name are one."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from nlp.context import SEALED
from nlp.lexicon.organisations import (
    FORMAL,
    HOUSES,
    INSTITUTES,
    LOOSE,
    MARKETS,
    NUMBERED_SCHOOLS,
    PLAIN_FORMAL,
    STANDS_ALONE,
    TRADES,
)
from nlp.organisations.ends import END, LONGEST, goes_on, run_on
from nlp.organisations.head import BRAND, SHORT, Head, walk_back
from nlp.organisations.parts import is_ordinary
from nlp.segment import Word

_FORMAL, _INSTITUTES, _HOUSES = tuple(FORMAL), tuple(INSTITUTES), tuple(HOUSES)

_NOT_OF_A_BRAND = frozenset("的了个是我你他她它们这那哪吗呢吧过着")
CARRIERS = frozenset(
    brand + trade
    for brand in (
        "顺丰",
        "圆通",
        "中通",
        "申通",
        "韵达",
        "极兔",
        "京东",
        "德邦",
        "百世",
        "邮政",
        "菜鸟",
        "跨越",
    )
    for trade in ("快递", "物流", "速递", "快运")
)
"""Who carries a parcel is no party to the deal."""


@dataclass(frozen=True)
class Name:
    """A name that stands in a text."""

    start: int
    end: int
    sure: bool = True
    """False: whether it is one, or where it begins, is left open."""
    stays: bool = False
    """Whether it is one even where nothing else says so."""


def find(text: str, words: tuple[Word, ...]) -> Iterator[Name]:
    """The names in a text whose words are given."""
    starts: list[int] = []
    floor = at = 0
    while found := END.search(text, at):
        starts = starts or [start for _, start, _ in words]
        if found[0] in NUMBERED_SCHOOLS and text.startswith("学", found.end()):
            at = found.start() + 1  # 第二中学
            continue
        end = run_on(text, found.end())
        index = bisect_right(starts, found.start()) - 1
        name = _name(text, words, index, found.start(), end, floor)
        if name:
            yield name
            floor = at = name.end
        else:
            at = found.start() + 1


def _name(
    text: str, words: tuple[Word, ...], index: int, ending: int, end: int, floor: int
) -> Name | None:
    tail = text[ending:end]
    is_formal = tail.endswith(_FORMAL) and tail not in PLAIN_FORMAL
    head = walk_back(text, words, index, ending, floor, is_formal=is_formal)
    start = head.start
    while start < ending and text[start] in ")·.-& ":
        start += 1
    name = text[start:end]
    if (
        not 0 < end - start <= LONGEST
        or SEALED in name
        or name in CARRIERS
        or not _NOT_OF_A_BRAND.isdisjoint(head.brand)
    ):
        return None
    last = END.findall(tail)[-1]
    if tail.endswith(_FORMAL):
        return _firm(head, start, end, tail)
    if tail.endswith(_INSTITUTES) or "附属" in tail:
        return _institute(head, start, end, last)
    if tail.endswith(_HOUSES):
        return _house(head, start, end, last)
    return _trade(head, start, end, last, is_free=not goes_on(text, end))


def _trade(head: Head, start: int, end: int, last: str, *, is_free: bool) -> Name | None:
    if last not in TRADES or not is_free or not SHORT <= len(head.brand) <= BRAND:
        return None
    # A trade's name may follow any word (启明教育, 卓越汽配), which others decide.
    is_loose = last in LOOSE and is_ordinary(head.brand) and not head.place
    return Name(start, end, sure=not head.is_open and not is_loose)


def _firm(head: Head, start: int, end: int, tail: str) -> Name | None:
    if tail in PLAIN_FORMAL:
        if len(head.brand) < SHORT:
            return None
        is_open = head.is_open or (is_ordinary(head.brand) and not head.place)
        return Name(start, end, sure=not is_open)
    if not head.brand and not (head.place and "有限" in tail):
        return None
    return Name(start, end, sure=not head.is_open, stays=True)


def _institute(head: Head, start: int, end: int, last: str) -> Name | None:
    if len(head.brand) >= SHORT:
        return Name(start, end, sure=not head.is_open, stays=True)
    if not head.place:
        # 第三人民医院, where nothing stands before it.
        is_numbered = head.begins_a_clause and head.numbered
        return Name(start, end) if is_numbered else None
    if head.has_generic or head.place[-1] in "省市区县镇州":
        return Name(start, end)
    if last in STANDS_ALONE:
        return Name(start, end)
    return Name(start, end, sure=False) if last == "医院" else None


def _house(head: Head, start: int, end: int, last: str) -> Name | None:
    if len(head.brand) < SHORT:
        if head.place and (head.has_generic or last.endswith("厂")):
            return Name(start, end, sure=head.has_generic)
        return None
    is_word = is_ordinary(head.brand)
    if last in MARKETS and is_word:
        return None
    return Name(start, end, sure=not head.is_open and not is_word, stays=head.begins_a_clause)
