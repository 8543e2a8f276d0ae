"""Ends of organisations' names, and how one goes on after another: 医疗科技 + 有限公司."""

import re

from nlp.lexicon.organisations import ENDINGS, TRADES
from nlp.lexicon.pattern import one_of

HAN = r"[\u4e00-\u9fff]"
LONGEST = 30
"""No name is longer."""

_ENDS = one_of(ENDINGS)
END = re.compile(_ENDS)
_ONE_MORE = re.compile(rf"{_ENDS}|\({HAN}{{2,6}}\)")
_MIDDLE = re.compile(
    rf"(?:\({HAN}{{2,6}}\))?(?P<middle>{HAN}{{0,6}}?)(?:股份有限公司|有限责任公司|集团有限公司|有限公司|集团公司|分公司|"
    rf"分院|附属{HAN}{{0,8}}?医院|第[一二三四五六七八九十]+{HAN}{{0,4}}?医院)"
)
_NO_NAME = re.compile(r"[的了在是有和跟给把要想吗呢吧]")
DEPARTMENTS = frozenset(("门诊", "门诊部", "体检中心", "口腔", "药房", "超市"))
"""Of a hospital: 东方医院门诊 is the hospital."""
_GOES_ON = re.compile(
    r"[设器机行服费保资用耗废局部类系厅战额术件店厂工城市馆园感信中产领板界圈展险法方类人员款品码级卡师版化群号率学者感症"
    r"科处室]|时(?!效)|单(?!号|子)|业务|公司们|课程?|平台|项目|培训班|集团军|大楼"
)
"""After a trade word: 医疗设备, 教育行业, 物流费 are no organisations."""


def run_on(text: str, end: int) -> int:
    """The end of what goes on from one end to the next."""
    limit = end + LONGEST
    while end < limit:
        more = _ONE_MORE.match(text, end)
        if more and more[0][0] == "(" and not _ONE_MORE.match(text, more.end()):
            more = None
        if more and more[0] in TRADES and goes_on(text, more.end()):
            more = None
        if more and more[0] in DEPARTMENTS and text.endswith("医院", 0, end):
            break
        if more is None:
            more = _MIDDLE.match(text, end)
            if more is None or _NO_NAME.search(more["middle"]):
                break
        end = more.end()
    return end


def goes_on(text: str, end: int) -> bool:
    """Whether the trade word there is but a part of what is spoken of."""
    return text[end : end + 1] != "的" and _GOES_ON.match(text, end) is not None
