"""Whether a sentence is about what has been: 上次3月2号买的, 15号发的货."""

import re

_VERB = (
    r"(?:买|寄|发|签|下|订|付|到|做|打|说|谈|聊|报|收|拿|交|提|装|换|修|看|定|开|给|采购|安装"
    r"|购买|验收|付款|"
    r"发货|合作|交付|成立|入职|投产|用|出|送|来|问|加|催|约|去|转|汇|结)"
)
_LEAVES = r"[^,。!?;\n]{0,16}[发寄送出到交][^了的过,。!?;\n]{0,4}(?:$|[,。!?;\n])"
"""那批货周四发走 is to come; 那批货周四发走了, or 那批货是周四发的, is not."""
PAST = re.compile(
    rf"上次|上回|那[次回]|那批(?!{_LEAVES})|过(?=$|[,。!?;])|当时|那时|曾经|{_VERB}(?:过(?!来|去|会|两|几)|的(?!话|时候|吗|吧|是|[??]))"
    rf"|已经|已[发付签寄到]|{_VERB}的单|[月份号日度]的?(?:货款|账单|发票|对账单|尾款|订单|单子"
    rf"|那批|那单)"
)
"""Beside the date."""
FUTURE = re.compile(
    r"要|会(?!议)|能|再|请|帮|打算|计划|准备|安排|可以|给我|预计|争取|之前|以?前|才"
)
PAST_TODAY = re.compile(r"[^,。;!?\n]{0,8}?(?:了|过|刚|已|的(?:那|报|单|货|电话|样|会))")
TO_COME = re.compile(
    r"[^,。;!?\n]{0,4}?(?:给|要|会(?!议)|能|再|发您|发你|送|来|去|过去|安排|见|开|可以|行|前"
    r"|之前)"
)
AROUND = 12
STOP = re.compile(r"[,。;!?\n]")


def is_past(text: str, at: int) -> bool:
    """Whether the clause around what is written at `at` tells of the past."""
    begin, end = max(0, at - AROUND), at + 2 * AROUND
    for stop in STOP.finditer(text, begin, end):
        if stop.start() < at:
            begin = stop.end()
        else:
            end = stop.start()
            break
    return bool(PAST.search(text, begin, end)) and not FUTURE.search(text, begin, end)


def is_past_today(text: str, end: int) -> bool:
    """上午看了 is this morning's, even in the evening."""
    return bool(PAST_TODAY.match(text, end))


def is_to_come(text: str, end: int) -> bool:
    """早上给您送, said at noon, is tomorrow's."""
    return bool(TO_COME.match(text, end))
