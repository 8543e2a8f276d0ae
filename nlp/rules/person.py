"""People who are named: by a title (李主任), by how colleagues are called (小王, Kevin), by where
a name is written (联系人：, 我叫, 您好), and where a trained model sees one."""

import re
from collections.abc import Iterator

from nlp import crf
from nlp.context import SEALED, Context
from nlp.facts import Entity
from nlp.lexicon.names import CLIPPED_TITLES, GIVEN
from nlp.people import appellations, naming
from nlp.people.abroad import abroad
from nlp.people.familiar import familiar
from nlp.people.titled import titled

HAN = "\u4e00-\u9fff"
OTHERS = ("company", "competitor", "product")
"""What is no person where it is found."""
SURE_ENOUGH = 0.6
"""How sure the model has to be of a name that no rule saw."""
NAME = f"(?=[{naming.BEGIN}])"
"""Only where a name can begin is the rest looked at."""

LABEL = re.compile(
    r"(?:联系人员?|联络人|收件人员?|收货人员?|签收人|提货人|寄件人|接收人|姓名|名字|对接人|经办人?|经手人|负责人|采购人|参会人员?|"
    r"法定代表人|法人代表|法人|报名人|报名者|学员|学生姓名|学生|孩子姓名|开户人|户名|申请人|填表人|下单人|抄送|接待人|接口人|"
    r"收件|收货|签收|联系|接收|对接|采购|客户|称呼|甲方代表|乙方代表|来访人员?|拜访人|出席|参会|与会|参加人员?)"
    rf"(?:是|叫|为|改成|改为|换成)?[ \t]?[::]?[ \t]*(?P<at>){NAME}"
)
COLON = re.compile(r"[::]")
SAYS = re.compile(
    r"(?:我叫做?|本人叫?|我的?名字是?叫?|名叫|叫做|本名|大名|全名|免贵姓\S[,,、。 ]?|"
    r"我姓\S[,,、。 ]?(?:叫|名)?|"
    r"叫我|我是|这边是|这里是|这是)"
    rf"[ \t]*(?P<at>){NAME}"
)
GREETING = re.compile(
    r"[ ,,]?(?:您好|你好|好[的]?(?=$|[^\u4e00-\u9fff])|早(?=$|[^\u4e00-\u9fff]|上)|"
    r"早上好|上午好|下午好|晚上好|中午好|辛苦|在吗|在么|在不)"
)
NUMBER = re.compile(
    rf"[ \t,,:、/(\n]{{0,3}}(?:的?(?:电话|手机|微信|联系方式|联系电话|座机|"
    rf"tel|TEL|Tel|vx|VX|wx|V信)|{SEALED}|1[3-9][0-9]|\+)"
)
HEAD = re.compile(r"[ \t]*[::]|[ \t]+[0-9]{1,2}:[0-9]{2}|[ \t]*\([^()\n]{1,10}\)[ \t]*[::]")
PAIR = 2
HAIL = re.compile(r"[ ,]?(?:您好|你好|早上好|下午好|晚上好|在吗)")
MUST_BE_HUMAN = re.compile(
    r"出差|换号|离职|休假|请假|签收|拍板|同意|签字|推荐|介绍|说|下单|的(?:微信|家长|电话)|会联系"
)
DOES = re.compile(
    r"出差|换号|换了|离职|休假|请假|这边|那边|那里|这里|说|让|叫我|已经|已|收(?:$|[^\u4e00-\u9fff货费入银据藏])|收一?下|"
    r"回来|同意|签字|签收|拍板|负责|对接|"
    r"转|推荐|介绍|确认|问|催|来|去|过来|过去|不在|在(?!线)|刚|昨天|今天|明天|后天|上周|下周|周[一二三四五六日末]|要|想|也|和|跟|"
    r"跟进|接手|加|找|给|发|的(?:电话|微信|手机|号码|邮箱|单子|订单|名片|名字|意思|消息|孩子|账号|家长|快递|课)|下单|发的"
)
ASKED = re.compile(
    rf"(?:找|问|让|请|叫|跟|联系|通知|转告|告诉|抄送|发给|寄给|转给|交给|感谢|同事|麻烦){NAME}"
)
JOINTS = frozenset("、和跟与及")
COULD_BE = re.compile(rf"[{naming.BEGIN}](?=[{HAN}])(?![{''.join(sorted(naming.STOPS))}])")
"""Nowhere else is the model believed, so that it need not be asked, nor the words be cut."""
NEXT = re.compile(r"[ ]?[、,和跟与及/&][ ]?")


def extract(text: str, context: Context) -> Iterator[Entity]:
    taken = bytearray(len(text))
    starts: list[int] = []
    ends: list[int] = []
    for entity in _found(text, context):
        if entity.by != "own_staff" and _is_other(context, entity.start, entity.end):
            continue
        _take(taken, entity.start, entity.end)
        starts.append(entity.start)
        ends.append(entity.end)
        yield entity
    for start, end in (*_listed(text, ends, taken), *_leading(text, starts, taken)):
        _take(taken, start, end)
        yield _named(context, start, end, "listed")
    yield from _guessed(text, context, taken)


def _take(taken: bytearray, start: int, end: int) -> None:
    taken[start:end] = b"\1" * (end - start)


def _is_other(context: Context, start: int, end: int) -> bool:
    return any(context.claimed(kind, start, end) for kind in OTHERS)


def _guessed(text: str, context: Context, taken: bytearray) -> Iterator[Entity]:
    """What the model takes for a person and no rule found."""
    if not COULD_BE.search(text):
        return
    asked = [
        (start, end)
        for start, end in crf.likely_names(context.words)
        if 1 not in taken[start:end]
        and not _is_other(context, start, end)
        and SEALED not in text[start:end]
    ]
    if not asked:
        return
    for guess in crf.guesses(context, text, asked):
        start = guess.start
        # 窦鹏程 of 窦鹏程通
        end = min(guess.end, start + naming.surname_length(text, start) + PAIR)
        if (
            guess.type == "person"
            and guess.probability >= SURE_ENOUGH
            and 1 not in taken[start:end]
            and not _is_other(context, start, end)
            and appellations.could_be(text, start, end)
        ):
            yield context.entity("person", start, end, appellations.divide(text[start:end]), "crf")


def _found(text: str, context: Context) -> Iterator[Entity]:
    for hit in context.lexicon.people(text):
        yield context.entity(
            "person", hit.start, hit.end, appellations.value(hit.value), "own_staff"
        )
    yield from titled(text, context)
    yield from familiar(text, context)
    yield from abroad(text, context)
    yield from _placed(text, context)


def _placed(text: str, context: Context) -> Iterator[Entity]:
    """Full names, by the place where they stand."""
    for label in LABEL.finditer(text):
        at = label.start("at")
        sure = COLON.search(label[0]) is not None
        length = naming.full_name(text, at, sure=sure) or _whole_segment(text, at)
        if length and _is_cut(text, at, length, sure=sure):
            yield _named(context, at, at + length, "label")
    for says in SAYS.finditer(text):
        at = says.start("at")
        sure = "叫" in says[0] or "姓" in says[0]
        length = naming.full_name(text, at) or (
            naming.full_name(text, at, sure=True) if sure else _whole_segment(text, at)
        )
        if length and not appellations.divide(text[at : at + length])["title"]:
            yield _named(context, at, at + length, "introduced")
    for asked in ASKED.finditer(text):
        yield from _if_cut(text, asked.end(), context, "asked")
    yield from _clauses(text, context)
    yield from _belonging(text, context)


def _belonging(text: str, context: Context) -> Iterator[Entity]:
    """康源医疗的王建国, 置业顾问周婷: after whom one works for, or what one is."""
    ends = [entity.end for entity in context.found if entity.type == "company"]
    for end in ends:
        of = OF.match(text, end)
        if of:
            yield from _if_cut(text, of.end(), context, "belonging")
    for office in OFFICE.finditer(text):
        yield from _if_cut(text, office.end(), context, "office")


def _if_cut(text: str, at: int, context: Context, by: str) -> Iterator[Entity]:
    length = naming.full_name(text, at) or _whole_segment(text, at)
    if length == PAIR and text[at + 1] in CLIPPED_TITLES:
        name = appellations.value(text[at], text[at + 1])
        yield context.entity("person", at, at + 2, name, by)
    elif (
        length
        and _is_cut(text, at, length, sure=False)
        and not appellations.divide(text[at : at + length])["title"]
    ):
        yield _named(context, at, at + length, by)


OF = re.compile(
    r"(?:设备科|采购[部科中心]*|总务科|后勤[部处科]|财务[部科]|信息[科部]|[\u4e00-\u9fff]{1,4}[部科处室])?的?"
    r"(?:销售|采购|业务|财务|客服|会计|经理|老师|同事)?[ ,,、:]?(?=[\u4e00-\u9fff])"
)
OFFICE = re.compile(
    r"(?:顾问|经理|销售|专员|客服|工程师|同事|助理|秘书|会计|采购|业务员|负责人|院长|主任|校长|老师|法人|代表人?|总监|店长|厂长|财务|司机|师傅|业主|老板|朋友|先生|女士)"
    rf"(?:是|叫)?{NAME}"
)


def _clauses(text: str, context: Context) -> Iterator[Entity]:
    """Names that begin a clause, or are one."""
    for begin in _beginnings(text):
        is_wish = text.startswith("祝", begin) and naming.full_name(text, begin + 1) > 0
        at = begin + is_wish
        length = naming.full_name(text, at) or _named_like_a_word(text, at)
        if not length:
            continue
        end = at + length
        by = _clause_kind(text, at, end)
        if by:
            yield _named(context, at, end, by)


FIRST = re.compile(rf"@?(?=[祝{naming.BEGIN}])")
AFTER_SIGN = re.compile(rf"[^{HAN}A-Za-z0-9@]@?(?=[祝{naming.BEGIN}])")


def _beginnings(text: str) -> Iterator[int]:
    """Where a clause begins with what could be a name, or with a wish for one."""
    first = FIRST.match(text)
    if first:
        yield first.end()
    for sign in AFTER_SIGN.finditer(text):
        yield sign.end()


def _clause_kind(text: str, at: int, end: int) -> str | None:
    if GREETING.match(text, end):
        return "greeted"
    if NUMBER.match(text, end):
        return "before_number"
    if HEAD.match(text, end) and (at == 0 or text[at - 1] == "\n"):
        return "line_head"
    if end == len(text) or not naming.is_han(text[end]):
        return "alone"
    if DOES.match(text, end):
        return "acting"
    return None


def _named_like_a_word(text: str, at: int) -> int:
    """高洁 of 高洁您好, 江海洋 of 江海洋出差了: where only a name can stand."""
    length = naming.full_name(text, at, sure=True)
    given = text[at + 1 : at + length]
    if not length or not all(char in GIVEN for char in given):
        return 0
    end = at + length
    if HAIL.match(text, end) or (length > PAIR and MUST_BE_HUMAN.match(text, end)):
        return length
    return 0


def _whole_segment(text: str, at: int) -> int:
    """A name that may look like a word (高洁), where nothing else is in its clause."""
    length = naming.full_name(text, at, sure=True)
    end = at + length
    if length > PAIR and (end == len(text) or not naming.is_han(text[end])):
        return length
    return 0


def _is_cut(text: str, at: int, length: int, *, sure: bool) -> bool:
    """Whether the name ends where the text goes on with something else."""
    end = at + length
    return (
        sure
        or end == len(text)
        or not naming.is_han(text[end])
        or DOES.match(text, end) is not None
    )


def _listed(text: str, ends: list[int], taken: bytearray) -> Iterator[tuple[int, int]]:
    """Names that stand beside one that was found: 李主任、张伟."""
    for end in ends:
        at = end
        while beside := NEXT.match(text, at):
            start = beside.end()
            length = naming.full_name(text, start)
            after = text[start + length : start + length + 1]
            goes_on = naming.is_han(after) and after not in "和跟与及都也说要在来去两三"
            if not length or goes_on or taken[start]:
                break
            at = start + length
            yield start, at


def _leading(text: str, starts: list[int], taken: bytearray) -> Iterator[tuple[int, int]]:
    """The name before one that was found: 百里荣和仇律师."""
    for found in starts:
        end = found - 1
        if text[end : end + 1] not in JOINTS or end < PAIR:
            continue
        for length in (4, 3, 2):
            start = end - length
            if (
                start >= 0
                and 1 not in taken[start:end]
                and appellations.begins_a_clause(text, start)
                and naming.full_name(text[start:end], 0, sure=True) == length
                and all(
                    char in GIVEN for char in text[start + naming.surname_length(text, start) : end]
                )
                and not naming.is_word(text[start:end])
            ):
                yield start, end
                break


def _named(context: Context, start: int, end: int, by: str) -> Entity:
    name = context.folded[start:end]
    return context.entity("person", start, end, appellations.value(name), by)
