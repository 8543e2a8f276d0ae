"""Names before a title: 李主任, 刘晓燕护士长, 小王老师, 王哥."""

import re
from collections.abc import Iterator

from nlp.boundaries import crossing
from nlp.context import Context
from nlp.facts import Entity
from nlp.lexicon.names import (
    CLIPPED_TITLES,
    GIVEN,
    NICKNAMES,
    OFFICIALS,
    RARE_SURNAMES,
    SHORT_TITLES,
    SURNAMES,
)
from nlp.people import titles
from nlp.people.appellations import ASKED_FOR, begins, begins_a_clause, value
from nlp.people.naming import full_name, is_han, is_word, surname_length

LONGEST, SHORTEST, COMPOUND = 4, 2, 2
"""Of full names, and of compound surnames."""
PARTIES = frozenset(
    ("贵司", "我司", "你司", "他司", "该司", "各司", "贵方", "我方", "对方", "甲方", "乙方")
)
BRANDS = frozenset(("康师傅", "柳工"))
TENDS_TO_PREPOSITION = frozenset("向连应于祝随过由任")
ADDRESSED = re.compile(
    r"汇报|确认|核实|核对|请示|反映|申请|打听|咨询|问|了解|学|提|要求|借|推荐|说明|道歉|请教|都|也|邀|"
    r"看齐|负责|保证|新|节|生日|工作|身体|万事|一切|阖家|中秋|春节|圣诞|元旦|国庆|早日|顺|幸福"
)
HAILED = re.compile(r"您好|你好|早上?好|说|让我|,|在吗")
WHERE = frozenset("科部处室院校厂店司的边们里位房区组班所站局行成为人")
"""After the office where somebody works: 检验科芮老师."""
DEAR = frozenset(
    ("老师", "姐", "哥", "教练", "助教", "学姐", "学长", "同学", "妈妈", "爸爸", "阿姨")
)
"""What children and colleagues call by a doubled name."""
DOUBLED = frozenset("刚明天常时一人家年月大小好多久往早远长广重平")
"""刚刚老师说: no name is doubled there."""
NEAR = frozenset("找问让请跟给是叫见等和与约陪对替帮的有由@们边里位")
"""What stands before an official's name."""


def titled(text: str, context: Context) -> Iterator[Entity]:
    floor = last = 0
    for title_at, end, _ in context.spots.get("title", ()):
        title = text[title_at:end]
        # Only what is written like that: no 经 理, no 經理.
        if title_at < last or title not in titles.WORDS:
            continue
        last = end
        if not titles.stands(text, title_at, end) or (
            end - title_at > 1 and crossing(context.words, end) > title_at
        ):
            continue
        start = _name_before(text, title_at, title, floor)
        if start is not None:
            floor = end
            name = value(text[start:title_at], title)
            yield context.entity("person", start, end, name, "title")


def _name_before(text: str, title_at: int, title: str, floor: int) -> int | None:
    """Where the name before a title begins; None where there is none."""
    start = None
    if title not in SHORT_TITLES and title not in CLIPPED_TITLES:
        start = _full_name_before(text, title_at, title, floor)
    if start is None:
        start = _surname_before(text, title_at, title, floor)
    if start is None and title in "哥姐叔":
        start = _nickname_before(text, title_at, floor)
    if start is None and title in DEAR:
        start = _pet_name_before(text, title_at, floor)
    return start


def _full_name_before(text: str, title_at: int, title: str, floor: int) -> int | None:
    for length in range(LONGEST, SHORTEST - 1, -1):
        start = title_at - length
        if (
            start >= floor
            and full_name(text[start:title_at], 0, sure=True) == length
            and _is_full(text, start, title_at)
            and _is_free(text, start, title_at, title)
        ):
            return start
    return None


def _surname_before(text: str, title_at: int, title: str, floor: int) -> int | None:
    for length in (COMPOUND, 1):
        start = title_at - length
        if (
            start < floor
            or surname_length(text, start) != length
            or not _is_free(text, start, title_at, title)
        ):
            continue
        if start > floor and text[start - 1] in "小老" and begins(text, start - 1):
            return start - 1
        if not _begins_word(text, start, title_at, title):
            return start
    return None


def _pet_name_before(text: str, title_at: int, floor: int) -> int | None:
    """苗苗 of 苗苗老师."""
    start = title_at - COMPOUND
    if start < floor or text[start] != text[start + 1] or text[start] not in GIVEN:
        return None
    return start if text[start] not in DOUBLED and begins_a_clause(text, start) else None


def _nickname_before(text: str, title_at: int, floor: int) -> int | None:
    """亚楠 of 亚楠姐, 强 of 强哥."""
    start, pair = title_at - COMPOUND, text[max(0, title_at - COMPOUND) : title_at]
    if (
        start >= floor
        and all(char in GIVEN for char in pair)
        and begins_a_clause(text, start)
        and not is_word(pair)
    ):
        return start
    start = title_at - 1
    is_known = start >= floor and text[start] in NICKNAMES and begins(text, start)
    return start if is_known and not is_word(text[start : title_at + 1]) else None


def _is_full(text: str, start: int, end: int) -> bool:
    """Whether surname and given name make a name before a title."""
    name = text[start:end]
    surname = surname_length(text, start)
    given = name[surname:]
    if is_word(name) or not all(char in GIVEN for char in given):
        return False
    if surname == 1 and len(given) == COMPOUND and is_word(name[:2]) and name[0] in RARE_SURNAMES:
        return False
    last = name[-1]
    if (
        last in SURNAMES
        and len(given) == 1
        and text[start - 1 : start]
        and is_word(text[start - 1 : start + 1])
    ):
        return False
    # 下周林主任: 周 is no surname there.
    return not _is_week(text, start)


def _is_week(text: str, start: int) -> bool:
    return text[start] == "周" and start > 0 and text[start - 1] in "上下本这每一两三几"


def _is_free(text: str, start: int, end: int, title: str) -> bool:
    """Whether the name begins there: 下周总结, 对方经理, 3万总价 have none."""
    first, before = text[start], text[start - 1] if start else ""
    if not before or not is_han(before):
        is_counted = first == "万" and before.isdigit()
        return not is_counted and not _is_addressed(text, start, end, title)
    if (
        _is_week(text, start)
        or before + first in PARTIES
        or (title in OFFICIALS and before not in NEAR)
        or (first == "万" and before in "一二两三四五六七八九十百千几多")
        or (first == before == "谢" and len(title) > 1 and text[start - 2 : start - 1] != "谢")
        or _is_addressed(text, start, end, title)
    ):
        return False
    if before in ASKED_FOR:
        return before not in "对到" or not is_word(before + first)
    if first in RARE_SURNAMES and before not in WHERE:
        return False
    cuts_a_word = len(title) == 1 and start > 1 and is_word(text[start - 2 : start + 1])
    return not is_word(before + first) and not cuts_a_word


def _is_addressed(text: str, start: int, end: int, title: str) -> bool:
    """向主任汇报, 祝老师节日快乐: no surname but a preposition or a wish. And brands: 康师傅."""
    if text[start : end + len(title)] in BRANDS:
        return True
    first, before = text[start], text[start - 1] if start else ""
    if first not in TENDS_TO_PREPOSITION or end - start > 1 or before == first:
        return False
    stands_within = bool(before) and is_han(before) and before not in ASKED_FOR | WHERE
    return stands_within or ADDRESSED.match(text, end + len(title)) is not None


def _begins_word(text: str, start: int, title_at: int, title: str) -> bool:
    """班主任, 施工: the surname and the title are a word."""
    if title_at - start > 1:
        return False
    end = title_at + len(title)
    if not is_word(text[start:end]) or text[start] in "徐王李张刘陈赵":
        return False
    # 跟费工说过 names a man, 费工费时 does not.
    is_asked = start > 0 and text[start - 1] in "跟找问@" and titles.ENDS.match(text, end)
    is_hailed = begins_a_clause(text, start) and HAILED.match(text, end)
    return text[start] in "施班包" or not (is_asked or is_hailed)
