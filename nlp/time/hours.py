"""Whether 三点 without 上午 or 下午 is an hour, and not three points or a ratio."""

import re

from nlp.time.clock import Told

COUNTS = re.compile(
    r" ?(?:建议|意见|要求|问题|原因|想法|看法|说明|补充|需求|疑问|不足|优势|好处|注意|希望"
    r"|请求|内容|考虑|理由|条件|心得|声明|方面|区别|不同|都|也|儿|么|优惠|利润|折扣|税|返"
    r"|提成|佣金|不|没|关于|问)"
)
COUNTED_BEFORE = re.compile(
    r"(?:第|有|差|早|晚|快|慢|这|那|几|提|降|涨|让|返|加|扣|少|多|贵|便宜|大|小|高|低|好|如下"
    r"|哪|占|补充|强调|注意|说|讲|零|百分之)[了上出]?$"
)
TIME_FOLLOWS = re.compile(
    r" ?(?:钟|整|左右|前|之前|以前|后|之后|以后|到|至|准时|之间|开|见|过来|过去|来|去|出发|能"
    r"|可以|方便|有空|给|发|打|送|行|吗|吧|上门|接|拜访|下班|上班|约|等|在|[?!。~]|$)"
)
ONE_FOLLOWS = re.compile(r" ?(?:左右|前|之前|以前|之后|以后|准时|开会|见面?|碰头|到(?!位)|出发)")
"""一点 is mostly a little: 详细一点."""
LATEST_COUNT = 5
"""三点 is more often three points than three o'clock, 八点 is not."""
TO_ANOTHER = re.compile(r" ?(?:到|至|-|~|—)")
RATIO = re.compile(r"(?:比例?|稀释|比分)[是为]?$")


def counts(text: str, told: Told) -> bool:
    """三点建议."""
    return told.is_plain and COUNTS.match(text, told.end) is not None


def is_hour(text: str, at: int, told: Told) -> bool:
    """An hour that stands alone, by what is around it."""
    if COUNTED_BEFORE.search(text, max(0, at - 4), at) or COUNTS.match(text, told.end):
        return False
    if not told.is_plain and not told.is_digital:
        return True
    if RATIO.search(text, max(0, at - 4), at):
        return False
    if told.hour > LATEST_COUNT or told.hour == 0 or text[at] == "0":
        return True
    if told.hour == 1 and told.is_plain and not (at == 0 and told.end == len(text)):
        return ONE_FOLLOWS.match(text, told.end) is not None
    follows = TIME_FOLLOWS.match(text, told.end) or TO_ANOTHER.match(text, told.end)
    return follows is not None
