"""How moments, money and phones are written in cards."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
ABROAD = {"USD": "美元", "EUR": "欧元", "HKD": "港元", "JPY": "日元", "GBP": "英镑"}
HOME_UNIT = "元"
SCALES = ((Decimal(10**8), "亿"), (Decimal(10**4), "万"))
MOBILE_DIGITS = 11
SHORT_NUMBER = 7
_WEEKDAYS = "一二三四五六日"
_BEFORE_A_DAY = re.compile(
    r"(?:(?:周|星期|礼拜)([一二三四五六日天])|(?<![0-9])([0-9]{1,2})[日号]) ?(?:之前|以前|前)"
)


@dataclass(frozen=True)
class Budget:
    """An amount in whole units of `currency`; an open side is None."""

    low: Decimal | None
    high: Decimal | None
    currency: str = "CNY"

    @classmethod
    def exactly(cls, amount: int) -> "Budget":
        return cls(Decimal(amount), Decimal(amount))


def clock_time(moment: datetime) -> str:
    """14:32"""
    return f"{moment.astimezone(SHANGHAI):%H:%M}"


def day_and_time(moment: datetime) -> str:
    """11-24 14:32"""
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"


_PARTS_OF_DAY = {
    "凌晨": (0, 6),
    "清晨": (5, 8),
    "一早": (6, 9),
    "上午": (6, 12),
    "中午": (11, 13),
    "下午": (12, 18),
    "傍晚": (17, 19),
    "晚上": (18, 24),
    "白天": (6, 18),
}
"""From which hour to which, as words are read (nlp/time/words.py)."""


def part_of_day(start: datetime, end: datetime) -> str:
    """下午, where the hours between two local moments are called so; empty where they are not."""
    midnight = datetime.combine(start.date(), time.min, start.tzinfo)
    hours = [(moment - midnight) / timedelta(hours=1) for moment in (start, end)]
    return next((part for part, span in _PARTS_OF_DAY.items() if [*span] == hours), "")


def weekday(day: date) -> str:
    """周三"""
    return f"周{_WEEKDAYS[day.weekday()]}"


def until(moment: datetime, said: str = "") -> str:
    """By when: 03-12 当天 where that day's end is meant, else 03-13 15:00 前. Where it was said as
    周五前 it is 03-13（周五）前: the same moment, by the day that people have in mind."""
    local = moment.astimezone(SHANGHAI)
    if local.time() == time.min:
        if _is_named(local, said):
            return f"{local:%m-%d}（{weekday(local)}）前"
        return f"{local - timedelta(days=1):%m-%d} 当天"
    return f"{local:%m-%d %H:%M} 前"


def _is_named(day: datetime, said: str) -> bool:
    for found in _BEFORE_A_DAY.finditer(said):
        if found[2] is not None and int(found[2]) == day.day:
            return True
        if found[1] is not None and _WEEKDAYS.index(found[1].replace("天", "日")) == day.weekday():
            return True
    return False


def money(budget: Budget) -> str:
    """300万 · 30-50万 · 3万以上 · 20万以内 · 5000元 · 30万美元; empty where nothing is known."""
    if budget.low is None and budget.high is None:
        return ""
    if budget.high is None or budget.low is None:
        number, scale = _scaled(budget.low if budget.high is None else budget.high)
        side = "以上" if budget.high is None else "以内"
        return f"{number}{_unit(scale, budget.currency)}{side}"
    low, low_scale = _scaled(budget.low)
    high, high_scale = _scaled(budget.high)
    unit = _unit(high_scale, budget.currency)
    if budget.low == budget.high:
        return f"{high}{unit}"
    if low_scale == high_scale:
        return f"{low}-{high}{unit}"
    return f"{low}{low_scale or _unit('', budget.currency)}-{high}{unit}"


def masked(phone: str) -> str:
    """138****0001: enough to recognise, too little to call."""
    digits = [place for place, char in enumerate(phone) if char.isdigit()]
    if len(digits) >= MOBILE_DIGITS:
        hidden = digits[-8:-4]
    elif len(digits) > SHORT_NUMBER:
        hidden = digits[-8:-2]
    else:
        hidden = digits[:-2]
    return "".join("*" if place in hidden else char for place, char in enumerate(phone))


def joined(*parts: str) -> str:
    """The parts that are there, with 「 · 」 between them."""
    return " · ".join(part for part in parts if part)


def _scaled(amount: Decimal | None) -> tuple[str, str]:
    """The number and its scale: (300, 万)."""
    whole = amount or Decimal(0)
    for size, scale in SCALES:
        if whole >= size:
            return _number(whole / size), scale
    return _number(whole), ""


def _number(amount: Decimal) -> str:
    return f"{amount.quantize(Decimal('0.01')).normalize():f}"


def _unit(scale: str, currency: str) -> str:
    if currency == "CNY":
        return scale or HOME_UNIT
    return scale + ABROAD.get(currency, currency)
