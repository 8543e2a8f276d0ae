"""Amounts of money that a client can spend, or a price that is talked of."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity
from nlp.numerals import NUMBER, Amount, parse, whole

CURRENCIES = {
    "usd": "USD",
    "$": "USD",
    "us$": "USD",
    "美金": "USD",
    "美元": "USD",
    "刀": "USD",
    "eur": "EUR",
    "€": "EUR",
    "欧元": "EUR",
    "欧": "EUR",
    "hkd": "HKD",
    "hk$": "HKD",
    "港币": "HKD",
    "港元": "HKD",
    "jpy": "JPY",
    "日元": "JPY",
    "gbp": "GBP",
    "£": "GBP",
    "英镑": "GBP",
}
"""Whatever else is written (元, 块, ¥, rmb) is CNY."""

MONEY = r"人民币|元钱|块钱|美金|美元|欧元|港币|港元|日元|英镑|rmb|usd|eur|hkd|jpy|gbp|元|块|刀"
SIGN = r"(?:(?:us|hk)?\$|€|£|¥|usd|eur|hkd|jpy|gbp|rmb)"
CUE = (
    r"预算|总价|总预算|目标价|心理价位?|心理价位|单价|价格|价位|费用|月租|年租金|租金|手里|报价|最高|控制在|"
    r"经费|资金|成本|投入"
)
LINK = r"(?:大概|大约|差不多|应该|可能|就|只有|也就|是|为|有|在|给到|给|按|要|[::,\s]){0,4}"
AT_MOST = r"不超过|不要超过|别超过|不能超过|最多|顶多|至多|最高|不高于|低于|控制在|封顶"
AT_LEAST = r"至少|最少|不低于|不少于|起码|高于|超过"
BELOW = r"(?:之|以)内|(?:之|以)下|内|封顶|不到"
ABOVE = r"(?:之|以)上|往上|起步|起"
ABOUT = r"左右|上下|出头"

AMOUNT = re.compile(
    rf"(?P<cue>(?:{CUE}){LINK})?(?P<limit>{AT_MOST}|{AT_LEAST})?{LINK}"
    rf"(?P<sign>{SIGN})?\s?(?<![0-9A-Za-z.\-第])(?P<low>{NUMBER})(?:\s?(?P<lowmoney>{MONEY}))?"
    rf"(?:\s?(?:[-~—–到至])\s?(?P<high>{NUMBER}))?(?P<tens>多|来)?(?:\s?(?P<money>{MONEY}))?"
    rf"(?P<end>{BELOW}|{ABOVE}|{ABOUT})?",
    re.IGNORECASE,
)
CLOSED = re.compile(r"[^\u4e00-\u9fffA-Za-z0-9]|$|[的含能吧吗呢啊哦可行不够走就可以都全包,]")
"""After 12.8万 with neither cue nor currency: otherwise it counts something else (10万用户)."""

TEN_THOUSAND = 10_000


def extract(text: str, context: Context) -> Iterator[Entity]:
    for found in AMOUNT.finditer(text):
        entity = _amount(found, text, context)
        if entity:
            yield entity


def _amount(found: re.Match[str], text: str, context: Context) -> Entity | None:
    low, high = parse(found["low"]), parse(found["high"]) if found["high"] else None
    if low is None or (found["high"] and high is None) or not _is_money(found, text, context):
        return None
    least, most = _range(low, high)
    if not 0 < least <= most:
        return None
    value = _bounded(found, least, most) | {"currency": _currency(found)}
    start = found.start("cue") if (found["cue"] or "").startswith("预算") else -1
    for group in ("limit", "sign", "low"):
        start = found.start(group) if start < 0 else start
    return context.entity(
        "budget", start, found.end(), value, "amount", ambiguous=bool(found["tens"])
    )


def _is_money(found: re.Match[str], text: str, context: Context) -> bool:
    start, end = found.start("low"), found.end("high") if found["high"] else found.end("low")
    if any(context.claimed(kind, start, end) for kind in ("quantity", "time", "product")):
        return False
    money = found["money"] or found["lowmoney"]
    if money in ("块", "元") and found.end() == found.end("money"):
        after = text[found.end() : found.end() + 1]
        if (
            "\u4e00" <= after <= "\u9fff"
            and after not in "走吧啊呢不行可能封起够到一每的就钱往出差"
        ):
            return False
    if money or found["sign"]:
        return True
    closed = bool(CLOSED.match(text, found.end())) or bool(found["end"])
    counted = _number(found["high"] or found["low"]) >= TEN_THOUSAND
    if found["cue"]:
        return closed and (counted or found["cue"].startswith(("预算", "总价", "目标价", "单价")))
    return closed and counted and (found["high"] or found["low"])[-1] in "万wW亿"


def _number(text: str) -> float:
    amount = parse(text)
    return amount.high if amount else 0


def _range(low: Amount, high: Amount | None) -> tuple[float, float]:
    if high is None:
        return low.low, low.high
    # 30-50万: the 万 holds for both.
    unsaid = low.unit == 1 and high.unit > 1 and low.low < high.high / high.unit
    return low.low * (high.unit if unsaid else 1), high.high


def _bounded(found: re.Match[str], least: float, most: float) -> dict[str, int | float | None]:
    limit, end = found["limit"] or "", found["end"] or ""
    cue = found["cue"] or ""
    at_most = (
        re.fullmatch(AT_MOST, limit)
        or re.fullmatch(BELOW, end)
        or cue.startswith(("最高", "控制在"))
    )
    at_least = re.fullmatch(AT_LEAST, limit) or re.fullmatch(ABOVE, end)
    if at_most and not found["high"]:
        return {"min": None, "max": whole(most)}
    if at_least and not found["high"]:
        return {"min": whole(least), "max": None}
    return {"min": whole(least), "max": whole(most)}


def _currency(found: re.Match[str]) -> str:
    for written in (found["money"], found["lowmoney"], found["sign"]):
        if written:
            return CURRENCIES.get(written.lower(), "CNY")
    return "CNY"
