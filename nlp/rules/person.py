"""People who are named: by a title (李主任), or where one says who he is (我是王建国)."""

import re
from collections.abc import Iterator

from nlp.context import SEALED, Context
from nlp.facts import Entity
from nlp.folding import fold
from nlp.lexicon.names import (
    COMPOUND_SURNAMES,
    GIVEN_NAMES_ABROAD,
    SHORT_TITLES,
    SURNAMES,
    TITLES,
)
from nlp.segment import first_word, is_ordinary_word

HAN = "[\u4e00-\u9fff]"
SURNAME = rf"(?:{'|'.join(COMPOUND_SURNAMES)}|[{''.join(sorted(SURNAMES))}])"
NAME = rf"{SURNAME}{HAN}{{1,2}}"

SINGLE = (
    r"总(?![经监部裁价额结体共数量是之的来工会局署统要公得算归店行排])"
    r"|工(?![作程厂地人具艺资业期商序时种单装会学位件休])"
)
TITLE = "|".join(sorted(TITLES, key=len, reverse=True)) + rf"|{SINGLE}|[董姐哥](?!{HAN}?事)"

TITLED = re.compile(rf"(?P<name>{SURNAME}{HAN}{{0,2}}?)(?P<title>{TITLE})")
ABROAD = re.compile(r"(?<![A-Za-z0-9._@\-])[A-Z][a-z]{2,8}(?![A-Za-z0-9_@\-]|\.[A-Za-z])")

STARTS = r"(?:^|(?<=[\s,.;:!?、。()\[\]「」【】]))"
INTRODUCED = re.compile(
    r"(?:我是|我叫|本人|我姓\S[,,、 ]?|叫做|联系人|收件人|收货人|姓名|对接人|负责人|经办人|联系)"
    r"\s?(?:是|叫|为)?\s?[::]?\s?"
    rf"(?P<name>{NAME})"
)
BELONGING = re.compile(
    rf"我(?:是|们是)?[^,,。.!?\n]{{2,20}}?(?:的|顾问|经理|销售|专员|客服|工程师)(?P<name>{NAME})"
    rf"(?=$|[^\u4e00-\u9fff])"
)
BEFORE_NUMBER = re.compile(rf"{STARTS}(?P<name>{NAME})[\s,:]{{0,3}}(?:电话|手机|{SEALED})")
GREETED = re.compile(rf"{STARTS}(?P<name>{NAME})(?=您好|你好|好[,,!~。\s])")
ACTING = re.compile(
    rf"{STARTS}(?P<name>{NAME})(?=出差|换号|离职|这边|那边|说|让我|已经|收$|收[,,\s{SEALED}]|那里|回来|让)"
)
ASKED_FOR = "找问让请跟给是叫见等发"
"""找钱秘书: what stands before a name though the two make a word."""
LEADS = {
    "introduced": INTRODUCED,
    "belonging": BELONGING,
    "before_number": BEFORE_NUMBER,
    "greeted": GREETED,
    "acting": ACTING,
}
STOPS = "您你我他她它们的了吗呢吧啊这那想要在是有和与跟给到好说"
"""No given name ends with one of them where it would run on."""


def extract(text: str, context: Context) -> Iterator[Entity]:
    for hit in context.lexicon.people(fold(text)):
        yield context.entity("person", hit.start, hit.end, _value(hit.value, None), "own_staff")
    yield from _titled(text, context)
    for by, pattern in LEADS.items():
        for found in pattern.finditer(text):
            start, name = found.start("name"), _bare_name(found["name"], text, found)
            if name and not context.claimed("company", start, start + len(name)):
                yield context.entity("person", start, start + len(name), _value(name, None), by)
    for found in ABROAD.finditer(text):
        if found[0] in GIVEN_NAMES_ABROAD:
            yield context.entity("person", *found.span(), _value(found[0], None), "abroad")


def _titled(text: str, context: Context) -> Iterator[Entity]:
    at = 0
    while found := TITLED.search(text, at):
        start, name = found.start(), found["name"]
        if _is_titled(name, found["title"], text, start) and not any(
            context.claimed(kind, start, found.end()) for kind in ("competitor", "product")
        ):
            at = found.end()
            yield context.entity(
                "person", start, found.end(), _value(name, found["title"]), "title"
            )
        else:
            at = start + 1


def _is_titled(name: str, title: str, text: str, start: int) -> bool:
    surname = _surname(name)
    if is_ordinary_word(name[: len(surname) + 1]) and len(name) > len(surname):
        return False
    if len(name) > len(surname) and (title in SHORT_TITLES or name[-1] in STOPS):
        return False
    if is_ordinary_word(name) and len(name) > 1:
        return False
    if len(name) == 1 and is_ordinary_word(name + title):
        return False
    before = text[start - 1 : start] if start else ""
    if not before or before in ASKED_FOR:
        return True
    # 下周总结, 对方经理, 现金会计: the surname belongs to the word before it.
    return not (
        is_ordinary_word(before + surname)
        or (surname == "周" and before in "上下本这每一两三")
        or (surname == "万" and before.isdigit())
    )


def _bare_name(name: str, text: str, found: re.Match[str]) -> str | None:
    """The name at the head of what the pattern took: 王建国 of 王建国想, 赵敏 of 赵敏您."""
    surname = _surname(name)
    start = found.start("name")
    rest = text[start : start + 8]
    word = first_word(rest)
    for length in (len(surname) + 2, len(surname) + 1):
        tried = rest[:length]
        after = rest[length : length + 1]
        ends = (
            not after or not ("\u4e00" <= after <= "\u9fff") or found.end("name") == start + length
        )
        if len(tried) == length and _could_be_name(tried) and (ends or word == tried):
            return tried
    return None


def _could_be_name(name: str) -> bool:
    surname = _surname(name)
    given = name[len(surname) :]
    return (
        not any(char in STOPS for char in given)
        and all("\u4e00" <= char <= "\u9fff" for char in name)
        and not is_ordinary_word(name)
        and not is_ordinary_word(name[: len(surname) + 1])
    )


def _surname(name: str) -> str:
    return name[:2] if name[:2] in COMPOUND_SURNAMES else name[:1]


def _value(name: str, title: str | None) -> dict[str, str | None]:
    return {"name": name, "title": title}
