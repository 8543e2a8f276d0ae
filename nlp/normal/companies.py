"""A firm's name into its parts: 康源医疗器械(上海)有限公司 is 上海市, 康源, 医疗器械, 有限公司."""

import re
from functools import lru_cache
from typing import NamedTuple

from nlp.lexicon.organisations import GENERIC, HOUSES, INSTITUTES, TRADES
from nlp.lexicon.tables import words
from nlp.normal.endings import Endings
from nlp.normal.places import head, whole
from nlp.normal.text import LONGEST, folded

_FORMS = dict(pair.split("=") for pair in words("firms", "forms"))
_GROUPS = words("firms", "groups")
_TRADES = (
    TRADES | INSTITUTES | HOUSES | GENERIC | set(words("firms", "trades"))
) - frozenset("市县区省镇乡村州总分")  # fmt: skip


_FORM, _TRADE = Endings(_FORMS), Endings(_TRADES)
_HOUSE_AND_MORE = re.compile(r"(.+?(?:有限责任公司|有限公司|股份公司|集团公司|总公司))(.+)")
_UNIT, _AREA = Endings(words("firms", "units")), Endings(words("firms", "areas"))
_BRACKETED = re.compile(r"\(([^()]*)\)?")
_LABEL = re.compile(r"^(?:公司名?称?|单位名?称?|企业名?称?|客户名?称?|抬头|名称|company|corp)[:=]+")
_PLAIN = re.compile(r"[\u4e00-\u9fff0-9a-z()]*")
_SIGNS = re.compile(r"[^\u4e00-\u9fff0-9a-z()&.,]+")
_EDGES = ".,&"
_NOTHING = frozenset(words("firms", "nothing"))
_COUNTRY = ("中国", "中华")
_SHORTEST = 2
_MANY = 3


class Firm(NamedTuple):
    """The parts; empty where the name lacks one."""

    place: str = ""
    brand: str = ""
    trade: str = ""
    suffix: str = ""
    unit: str = ""


def firm(text: str) -> Firm | None:
    """The parts of the name in a field; None where none stands there."""
    return _firm(text[:LONGEST])


@lru_cache(maxsize=50_000)
def _firm(text: str) -> Firm | None:
    name = folded(text)
    if not _PLAIN.fullmatch(name):
        name = _SIGNS.sub("", _LABEL.sub("", name))
    if name.strip("()" + _EDGES) in _NOTHING or not name:
        return None
    place, unit, suffix = "", "", ""
    if "(" in name:
        name, place, unit, suffix = _out_of_brackets(name)
    name = name.replace(")", "").strip(_EDGES)
    name, found_unit = _without_unit(name)
    name, found_suffix, is_group = _without_form(name)
    if not found_unit:
        name, found_unit = _without_unit(name)
        if found_unit:
            name, more, is_group = _without_form(name)
            found_suffix = found_suffix or more
    found = head(name, sure=True)
    if found.end:
        name, place = name[found.end :], place or found.city
        name = name.removeprefix("市").removeprefix("省") if len(name) > _MANY else name
    for country in _COUNTRY:
        if name.startswith(country) and len(name) >= len(country) + _SHORTEST:
            name = name.removeprefix(country)
    brand, trade = _brand_and_trade(name.strip(_EDGES))
    # 上海医药, 浦东新区人民医院: the place is what sets it apart.
    brand = brand or (found.district or found.city if trade else "")
    unit = found_unit or unit or ("集团" if is_group else "")
    if not (brand or trade or place):
        return None
    return Firm(place, brand, trade, found_suffix or suffix, unit)


def _out_of_brackets(name: str) -> tuple[str, str, str, str]:
    """The name without its brackets, and the place, unit and legal form that stood in them."""
    place = unit = suffix = ""
    kept: list[str] = []
    at = 0
    for found in _BRACKETED.finditer(name):
        kept.append(name[at : found.start()])
        at = found.end()
        inside = found[1]
        where = whole(inside)
        if where:
            place = where.city
        elif inside in _FORMS:
            suffix = _FORMS[inside] or suffix
            unit = "集团" if inside in _GROUPS else unit
        elif _UNIT.of(inside):
            unit = inside
        elif not "".join(kept) and inside not in _COUNTRY:
            kept.append(inside)
    kept.append(name[at:])
    return "".join(kept), place, unit, suffix


def _without_unit(name: str) -> tuple[str, str]:
    """康源医疗器械有限公司杭州分公司 is of 康源医疗器械有限公司."""
    more = None
    if 0 < name.find("公司") < len(name) - _SHORTEST:
        more = _HOUSE_AND_MORE.fullmatch(name)
    if more and more[2] not in _FORMS:
        return more[1], more[2]
    found = _UNIT.of(name)
    if not found or len(name) - len(found) < _SHORTEST:
        return name, ""
    start = len(name) - len(found)
    area = _AREA.of(name[:start].removesuffix("区域").removesuffix("区"))
    if area:
        start = name.rindex(area, 0, start)
    # The place before 分公司 is the unit's: 康源医疗杭州分公司.
    for size in (4, 3, 2):
        if start - size >= _SHORTEST and whole(name[start - size : start]):
            start -= size
            break
    return (name[:start], name[start:]) if start >= _SHORTEST else (name, "")


def _without_form(name: str) -> tuple[str, str, bool]:
    """The name without its legal form, the form, and whether it made the name a group's."""
    suffix, is_group = "", False
    while written := _FORM.of(name):
        if len(name) - len(written) < _SHORTEST:
            break
        name = name[: -len(written)].rstrip(_EDGES)
        suffix = suffix or _FORMS[written]
        is_group = is_group or written.startswith(_GROUPS)
    return name, suffix, is_group


def _brand_and_trade(name: str) -> tuple[str, str]:
    """The longest row of trades at the end that leaves a brand, or nothing at all."""
    cut = at = len(name)
    while found := _TRADE.of(name[:at]):
        at -= len(found)
        if at >= _SHORTEST or not at:
            cut = at
    return name[:cut], name[cut:]


_FIRMS_END = Endings({form for form in _FORMS if form[0] > "~"} | INSTITUTES | HOUSES)


def is_firm(text: str) -> bool:
    """Whether a field's text can be nothing but a firm's name."""
    name = folded(text).rstrip(")")
    found = _FIRMS_END.of(name)
    return bool(found) and len(name) >= len(found) + _SHORTEST
