"""What stands beside a time that was read and is a part of one that was not.

「每月32号9点」 reads as nine o'clock, 「明天9点和15点」 as the first of the two. Whoever acts on a
time asks back rather than take a part of it for the whole.
"""

import re

_FIGURE = r"(?:[0-9]{1,4}|[零〇一二两三四五六七八九十]{1,8}|半)"
_WEEKDAY = r"(?:周|星期|礼拜)[一二三四五六日天末1-7]"
_NOT_A_DAY = "楼线院馆门厅机店桌馆台库厂位客"
_PIECE = (
    rf"(?:{_FIGURE}(?:点(?!建议|意见|想法)|号(?![{_NOT_A_DAY}])|日(?![报志常程])"
    rf"|月(?![饼嫂])|[:：][0-9]|秒|分(?![公店享]|之)|个?(?:小时|钟头|分钟|刻钟|工作日))|{_WEEKDAY}|[今明后]天|大后天|后日|明[早晚]|早晚"
    r"|(?:早上|上午|中午|下午|傍晚|晚上)(?=[0-9一二两三四五六七八九十\s，,。]|$)"
    r"|[0-9]{1,2}[-/][0-9]{1,2}(?![0-9.%]))"
)
_COUNTED = re.compile(rf"{_FIGURE}个?(?:天|周|星期|礼拜|月|年)")
"""国庆后 一周."""
_AND = r"(?:[和、,，及跟与或到至~—\-]|或者|还有|以及|再)"
_GOES_ON = re.compile(rf"\s*(?:{_AND}\s*)?{_PIECE}")
_OTHER_DAY = re.compile(
    r"[的\s]*(?:第.{1,3}|倒数.{1,3}|下一?|最后一?|上一?)个?(?:工作日|上班日|周|星期|礼拜|周末)"
)
_CUT_OFF = re.compile(
    r"(?:[今明后]天|[0-9零〇一二两三四五六七八九十百千]{1,9}[万亿]|(?<![0-9])-|负"
    rf"|[0-9零〇一二三四五六七八九十]{{1,4}}[年月号日点]|[0-9]{{1,4}}[-/.][0-9]{{1,2}}|{_WEEKDAY}"
    r"|每[逢隔]?[0-9一二两三四五六七八九十半]{0,3}个?(?:年|月|周|季度?|星期|礼拜)"
    r"|(?:第|倒数)[0-9一二两三四五六七八九十]{1,2}个?|最后一?个)"
    rf"(?:[的\s]|{_AND})*$"
)
_NO_DAY = re.compile(
    r"(?:第.{1,3}|倒数.{1,3}|下一?|最后一?|上一?)个?(?:工作日|上班日)|[0-9]{1,2}月[0-9]{1,2}[日号]"
)
_SIDES = ("前", "后")


def is_listed(piece: str) -> bool:
    """明天和: another time follows."""
    return re.search(rf"{_AND}$", piece) is not None


def before(words: str) -> str:
    """The piece at the end of what stands before a time; empty where all is well."""
    found = _CUT_OFF.search(words)
    return found[0].strip() if found else ""


def after(words: str, time: str = "") -> str:
    """The piece at the beginning of what stands after the time; empty where all is well."""
    counted = _COUNTED.match(words) if time.endswith(_SIDES) else None
    if counted is not None:
        return time + counted[0]
    found = _GOES_ON.match(words) or _OTHER_DAY.match(words)
    return found[0].strip() if found else ""


def names_no_day(words: str) -> bool:
    """下个工作日, 2月30日: a day that cannot be read, or is none."""
    return _NO_DAY.search(words) is not None
