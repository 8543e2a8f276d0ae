"""How people are called: 李主任, 刘晓燕护士长, 小王, 王哥, Kevin, Tony老师."""

import re
from collections.abc import Iterator

from nlp import titles
from nlp.context import Context
from nlp.facts import Entity
from nlp.lexicon.names import (
    ABROAD_AMBIGUOUS,
    BRANCHES,
    CLIPPED_TITLES,
    GIVEN,
    GIVEN_NAMES_ABROAD,
    NICKNAMES,
    RARE_SURNAMES,
    SHORT_TITLES,
    SURNAMES,
)
from nlp.naming import STOPS, full_name, is_han, is_word, surname_length

ASKED_FOR = frozenset("找问让请跟给是叫见等发和与催约陪加到对替帮喊打听要@")
"""找钱秘书: what stands before a name though the two make a word."""
NOT_BARE = frozenset(
    "费师童班乐景蓝沙储农商封官钱关游仓宗席卫卜井伊巴乌祖束印单包段项成白米麦时计车花毛路方石金黄温高平康全管古马牛熊龙万常文向水程鱼兵贝麻"
)
"""小程序, 小单, 老方法: these need more than 小 or 老 before them, or a clear end after them."""
FREQUENT = frozenset("刘李王张陈杨赵周吴徐孙朱胡郭林")
TENDS_TO_PREPOSITION = frozenset("向连应于祝")
ADDRESSED = re.compile(
    r"汇报|请示|反映|申请|打听|咨询|问|了解|学|提|要求|借|推荐|说明|道歉|请教|都|也|邀|看齐|负责|保证|"
    r"新|节|生日|工作|身体|万事|一切|阖家|中秋|春节|圣诞|元旦|国庆|早日|顺|幸福"
)
ALONE = re.compile(
    r"您|你|好|早|说|让|那|这|在|来|去|要|想|也|都|就|会|已|和|跟|与|及|呢|吧|啊|收|签|对接|电话|手机|微信|负责|加|回|不|没|转|给|发|问|出差|他|她|同意|今|明|后|昨|下|上|的|是|过|联系|刚|帮|拍|把|一起|报|催|还|又|先|从|介绍|推荐|做|定|看"
)
FAMILIAR = re.compile("(?=[小老阿大][\u4e00-\u9fff])")
LATIN = re.compile(
    r"(?<![A-Za-z0-9._@\-/])(?P<name>[A-Z][a-z]{1,11}|[A-Z]{3,8}|[a-z]{3,8})(?P<family> [A-Z][a-z]{1,9})?"
    r"(?![A-Za-z0-9_@\-/]|\.[A-Za-z]|'[a-z]|[包款牌版型]| ?[0-9])"
)
LATIN_TITLE = re.compile(
    r" ?(?:老师|总监|总(?![经部价额结体共数量])|姐|哥|经理|先生|小姐|女士|主任|医生|教练|同学)"
)
SPEAKS_OF_PEOPLE = re.compile(
    r"(?:我是|我叫|叫|找|和|跟|与|联系|@|让|问|给|同事|抄送|、|,|名字是?)[ ]?$"
)
NAMED_ABROAD = re.compile(r"(?:我是|我叫|联系人?|联系人?[::]|抄送|对接人|叫我|@)[ ]?$")
GREETS = re.compile(
    r"[ ,,]?(?:您好|你好|好|早|在吗|说|那边|这边|想|要|的邮箱|的电话|和|、|回来|出差|也|都|会|:)"
)
WHERE = frozenset("科部处室院校厂店司的边们里位")
"""After the office where somebody works: 检验科芮老师."""
NOT_PEOPLE = frozenset("vip hr it ceo cfo cto coo pm qa boss icu vivo oppo".split())
OFFICIALS = frozenset(
    (
        *CLIPPED_TITLES,
        "市长",
        "县长",
        "区长",
        "镇长",
        "村长",
        "乡长",
        "省长",
        "会长",
        "行长",
        "站长",
    )
)
"""石家庄市长安区, 续费行不行: these need a clear beginning."""
NEAR = frozenset("找问让请跟给是叫见等和与约陪对替帮的有由@们边里位")


def value(name: str, title: str | None = None) -> dict[str, str | None]:
    return {"name": name, "title": title}


def divide(said: str) -> dict[str, str | None]:
    """Name and title of a person's surface."""
    for at in range(1, len(said)):
        if titles.TITLE.fullmatch(said, at) and not (at == 1 and said[0] in "小老阿大"):
            return value(said[:at], said[at:])
    return value(said)


def could_be(text: str, start: int, end: int) -> bool:
    """Whether what the model took for a person has a person's shape."""
    said = text[start:end]
    if not 2 <= len(said) <= 8 or not all(is_han(char) for char in said):
        return False
    surname = surname_length(text, start)
    parts = divide(said)
    if parts["title"]:
        return False
    given = said[surname:]
    return 0 < surname < len(said) <= surname + 2 and not is_word(said) and STOPS.isdisjoint(given)


def titled(text: str, context: Context) -> Iterator[Entity]:
    """李主任, 刘晓燕护士长, 小王老师."""
    floor = 0
    for found in titles.TITLE.finditer(text):
        end = found.end()
        if not titles.stands(text, found.start(), end):
            continue
        start = _name_before(text, found.start(), found[0], floor)
        title_at = found.start()
        if start is None:
            start, title_at = _branch_cut(text, found.start(), found[0], floor)
        if start is None or any(
            context.claimed(kind, start, end) for kind in ("competitor", "product", "company")
        ):
            continue
        floor = end
        yield context.entity(
            "person", start, end, value(text[start:title_at], text[title_at:end]), "title"
        )


def _branch_cut(text: str, title_at: int, title: str, floor: int) -> tuple[int | None, int]:
    """高 + 级工程师 is no reading, 马技术总监 one: nothing to do where the title has no branch."""
    for branch in BRANCHES:
        if title.startswith(branch) and len(title) > len(branch):
            return None, title_at
    return None, title_at


def _name_before(text: str, title_at: int, title: str, floor: int) -> int | None:
    """Where the name before a title begins; None where there is none."""
    short = title in SHORT_TITLES or title in CLIPPED_TITLES
    if not short:
        for length in (4, 3, 2):
            start = title_at - length
            if start >= floor and full_name(text[:title_at], start, sure=True) == length:
                if _is_full(text, start, title_at) and _is_free(text, start, title_at, title):
                    return start
    for length in (2, 1):
        start = title_at - length
        if (
            start >= floor
            and surname_length(text, start) == length
            and _is_free(text, start, title_at, title)
        ):
            if start > floor and text[start - 1] in "小老" and _begins(text, start - 1):
                return start - 1
            if not _begins_word(text, start, title_at, title):
                return start
    if title in "哥姐叔" and title_at > floor and text[title_at - 1] in NICKNAMES:
        start = title_at - 1
        if _begins(text, start) and not is_word(text[start : title_at + 1]):
            earlier = start - 1
            if earlier >= floor and text[earlier] in GIVEN and _begins_clause(text, earlier):
                return earlier
            return start
    return None


def _begins_clause(text: str, start: int) -> bool:
    return start == 0 or not is_han(text[start - 1]) or text[start - 1] in ASKED_FOR


def _is_full(text: str, start: int, end: int) -> bool:
    """Whether surname and given name make a name before a title."""
    name = text[start:end]
    surname = surname_length(text, start)
    given = name[surname:]
    if is_word(name) or not all(char in GIVEN for char in given):
        return False
    if surname == 1 and len(given) == 2 and is_word(name[:2]) and name[0] in RARE_SURNAMES:
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
    if _is_week(text, start):
        return False
    if title in OFFICIALS and start and is_han(text[start - 1]) and text[start - 1] not in NEAR:
        return False
    before = text[start - 1] if start else ""
    first = text[start]
    if first in TENDS_TO_PREPOSITION and end - start == 1 and before != first:
        if ADDRESSED.match(text, end + len(title)):
            return False
        if before and is_han(before) and before not in ASKED_FOR:
            return False
    if (
        first == "万"
        and before
        and (before.isdigit() or before in "一二两三四五六七八九十百千几多")
    ):
        return False
    if first == before == "谢" and len(title) > 1 and text[start - 2 : start - 1] != "谢":
        return False  # 谢谢老师
    if first in RARE_SURNAMES and before and is_han(before) and before not in ASKED_FOR | WHERE:
        return False
    if not before or not is_han(before) or before in ASKED_FOR:
        return not (before in "对到" and is_word(before + first)) if before else True
    if is_word(before + first):
        return False
    if len(title) == 1 and start > 1 and is_word(text[start - 2 : start + 1]):
        return False
    return True


def _begins_word(text: str, start: int, title_at: int, title: str) -> bool:
    """班主任, 施工: the surname and the title are a word."""
    if title_at - start > 1:
        return False
    end = title_at + len(title)
    if not is_word(text[start:end]) or text[start] in "徐王李张刘陈赵":
        return False
    # 跟费工说过 names a man, 费工费时 does not.
    is_asked = start > 0 and text[start - 1] in "跟找问@" and text[start] not in "施班"
    return not (is_asked and titles.ENDS.match(text, end))


def _begins(text: str, start: int) -> bool:
    before = text[start - 1] if start else ""
    return (
        not before
        or not is_han(before)
        or before in ASKED_FOR
        or not is_word(text[start - 1 : start + 1])
    )


def familiar(text: str, context: Context) -> Iterator[Entity]:
    """小王, 老李, 阿芳."""
    for found in FAMILIAR.finditer(text):
        at = found.start()
        first, second = text[at], text[at + 1]
        if first == "阿":
            known = second in NICKNAMES
        else:
            known = second in (SURNAMES if first != "大" else FREQUENT)
        if (
            not known
            or not _begins(text, at)
            or (second in NOT_BARE and is_word(text[at : at + 2]))
        ):
            continue
        after = text[at + 2 : at + 3]
        if is_han(after):
            if is_word(text[at + 1 : at + 3]) or is_word(text[at : at + 3]):
                continue
            if not ALONE.match(text, at + 2):
                continue
            if second in NOT_BARE:
                continue
        elif second in NOT_BARE and at and text[at - 1] not in ASKED_FOR:
            continue
        yield context.entity("person", at, at + 2, value(text[at : at + 2]), "familiar")


def abroad(text: str, context: Context) -> Iterator[Entity]:
    """Kevin, Tony老师, David Wang."""
    for found in LATIN.finditer(text):
        name = found["name"]
        if name.lower() in NOT_PEOPLE:
            continue
        start, end = found.span("name")
        known = name.capitalize() in GIVEN_NAMES_ABROAD
        titled_by = LATIN_TITLE.match(text, end)
        if (
            not known
            and not titled_by
            and name[0].isupper()
            and name[1:].islower()
            and len(name) > 3
        ):
            known = bool(NAMED_ABROAD.search(text, max(0, start - 5), start)) and not is_han(
                text[end : end + 1]
            )
        if titled_by and (known or (name[0].isupper() and name[1:].islower())):
            title = titled_by[0].strip()
            yield context.entity("person", start, titled_by.end(), value(name, title), "abroad")
            continue
        if not known:
            continue
        if found["family"]:
            family_end = found.end("family")
            yield context.entity(
                "person", start, family_end, value(text[start:family_end]), "abroad"
            )
            continue
        if before_is_latin(text, start) or context.claimed("wechat", start, end):
            continue
        is_plain = name[0].isupper() and name[1:].islower() and name not in ABROAD_AMBIGUOUS
        if (
            is_plain
            or SPEAKS_OF_PEOPLE.search(text, max(0, start - 4), start)
            or GREETS.match(text, end)
        ):
            if (
                is_plain
                or name[0].isupper()
                or SPEAKS_OF_PEOPLE.search(text, max(0, start - 4), start)
            ):
                yield context.entity("person", start, end, value(name), "abroad")


def before_is_latin(text: str, start: int) -> bool:
    """Tom in Cat Tom: a part of a foreign phrase."""
    return (
        start > 1
        and text[start - 1] == " "
        and text[start - 2].isascii()
        and text[start - 2].isalpha()
    )
