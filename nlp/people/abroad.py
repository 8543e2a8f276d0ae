"""Given names from abroad: Kevin, Tony老师, David Wang."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity
from nlp.lexicon.names import ABROAD_AMBIGUOUS, GIVEN_NAMES_ABROAD, NOT_ABROAD
from nlp.people.appellations import value
from nlp.people.naming import is_han

LETTER = re.compile("[A-Za-z]")
LATIN = re.compile(
    r"(?<![A-Za-z0-9._@\-/])(?P<name>[A-Z][a-z]{1,11}|[A-Z]{3,8}|[a-z]{3,8})"
    r"(?P<family> [A-Z][a-z]{1,9})?(?![A-Za-z0-9_@\-/]|\.[A-Za-z]|'[a-z]|[包款牌版型]| ?[0-9])"
)
TITLE = re.compile(
    r" ?(?:老师|总监|总(?![经部价额结体共数量])|姐|哥|经理|先生|小姐|女士|主任|医生|教练|同学)"
)
SPEAKS_OF_PEOPLE = re.compile(
    r"(?:我是|我叫|叫|找|和|跟|与|联系|@|让|问|给|同事|抄送|、|,|名字是?)[ ]?$"
)
NAMES = re.compile(
    r"(?:我是|我叫|叫我|@|抄送|cc|CC|联系[::]?|"
    r"(?:联系|对接|收件|收货|经办|经手|负责|签收|接收|采购|接口|下单|提货)人[是叫为]?[::]?|"
    r"(?:姓名|名字|称呼|英文名|昵称|微信名|微信昵称|网名|署名|客户|同事|我们老板|"
    r"联系方式)[是叫为]?[::]?)[ ]{0,2}$"
)
GREETS = re.compile(
    r"[ ,]?(?:您好|你好|好|早|在吗|说|那边|这边|想|要|的邮箱|的电话|和|、|回来|出差|也|都|会|:)"
)
SHORTEST = 4
"""Of a name that no list has: it needs to be named as one (联系Zhanna)."""
LOOK_BACK = 8


def abroad(text: str, context: Context) -> Iterator[Entity]:
    if not LETTER.search(text):
        return
    for found in LATIN.finditer(text):
        start, end = found.span("name")
        title = TITLE.match(text, end)
        if found["name"].lower() in NOT_ABROAD or not _is_name(found, text, bool(title)):
            continue
        if title:
            name = value(found["name"], title[0].strip())
            yield context.entity("person", start, title.end(), name, "abroad")
        elif found["family"] and found["name"].capitalize() in GIVEN_NAMES_ABROAD:
            yield context.entity("person", *found.span(), value(found[0]), "abroad")
        else:
            yield context.entity("person", start, end, value(found["name"]), "abroad")


def _is_name(found: re.Match[str], text: str, is_titled: bool) -> bool:
    name, (start, end) = found["name"], found.span("name")
    is_capital = name[0].isupper() and name[1:].islower()
    is_known = name.capitalize() in GIVEN_NAMES_ABROAD
    back = max(0, start - LOOK_BACK)
    if is_titled:
        return is_known or is_capital
    if not is_known:
        is_named = is_capital and len(name) >= SHORTEST and NAMES.search(text, back, start)
        return bool(is_named) and not is_han(text[end : end + 1])
    if found["family"]:
        return True
    if _ends_a_phrase(text, start):
        return False
    if is_capital and name not in ABROAD_AMBIGUOUS:
        return True
    is_spoken_of = SPEAKS_OF_PEOPLE.search(text, back, start) is not None
    return is_spoken_of or (name[0].isupper() and GREETS.match(text, end) is not None)


def _ends_a_phrase(text: str, start: int) -> bool:
    """Tom in Cat Tom: a part of a foreign phrase."""
    before = text[max(0, start - LOOK_BACK) : start]
    return len(before) > 1 and before[-1] == " " and before[-2].isascii() and before[-2].isalpha()
