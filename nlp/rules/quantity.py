"""Numbers of goods: 3台, 两千件, 五六十套, 10-20台."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity
from nlp.numerals import NUMBER, parse, whole

UNITS = (
    "公斤|千克|平方米|平米|立方米|立方|台|套|件|个|箱|盒|支|只|瓶|包|袋|卷|条|根|片|张|吨|斤|双|辆|部|把|桶|罐|提|"
    "副|粒|枚|份|托|柜|车|组|米|册|打"
)
PLAIN_UNITS = frozenset("个件份条张把部组包片打车根副提只袋册双米")
"""After 一 they seldom count goods: 一个问题, 一份资料."""

COUNT = re.compile(
    rf"(?<![0-9A-Za-z.\-第每月几这那哪])(?P<low>{NUMBER})"
    rf"(?:\s?[-~—–到至]\s?(?P<high>{NUMBER}))?\s?(?P<more>多|余|来)?(?P<unit>{UNITS})"
    r"(?!月|小时|钟头|工作日|星期|礼拜|人|问题|学生|老师|孩子|朋友|小孩|班|地方|方面|点|名|客|工|间|门|员|"
    r"长|会|事|头|钱|左右的价|级|装修|复)"
)


def extract(text: str, context: Context) -> Iterator[Entity]:
    for found in COUNT.finditer(text):
        low = parse(found["low"])
        high = parse(found["high"]) if found["high"] else low
        if low is None or high is None or _is_name(found, context):
            continue
        unit = found["unit"]
        if found["low"] == "一" and unit in PLAIN_UNITS:
            continue
        least, most = low.low, high.high
        if found["high"] and low.unit == 1 and high.unit > 1 and least < most / high.unit:
            least *= high.unit
        if not 0 < least <= most:
            continue
        value = {"min": whole(least), "max": whole(most), "unit": unit}
        yield context.entity(
            "quantity", *found.span(), value, "count", ambiguous=bool(found["more"])
        )


def _is_name(found: re.Match[str], context: Context) -> bool:
    """三只松鼠 is a brand, the 500 of XG-500 a model's."""
    return any(context.claimed(kind, *found.span()) for kind in ("product", "competitor", "time"))
