"""The arithmetic of times, against calculations of its own, and what holds for any text."""

from calendar import monthrange
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.folding import fold_width
from nlp.time import lunar
from nlp.time.reader import Reader, Time

SHANGHAI = timezone(timedelta(hours=8))
DAY = timedelta(days=1)
TUESDAY = datetime(2026, 3, 10, 14, 20, tzinfo=SHANGHAI)
A_YEAR_OF_DAYS = [TUESDAY + count * DAY for count in range(0, 366, 5)]
EVERY_DAY = [TUESDAY + count * DAY for count in range(366)]
PIECES = (
    "周下上这个星期礼拜一二三四五六日天月年号点半刻前后内到至-~.:/0123456789十百两初中底旬末季度Q"
    "今明昨大早晚上午凌晨国庆春节五一元旦农历腊正之以过再差分钟小时工作每的 "
)


def read(text: str, now: datetime = TUESDAY) -> list[Time]:
    return list(Reader(fold_width(text), now).times())


def only(text: str, now: datetime = TUESDAY) -> tuple[datetime, datetime]:
    (found,) = read(text, now)
    assert (found.start, found.end) == (0, len(text))
    return found.span.start, found.span.end


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def the_day(day: date) -> tuple[datetime, datetime]:
    return midnight(day), midnight(day + DAY)


@pytest.mark.parametrize("written", ["周", "星期", "礼拜"])
@pytest.mark.parametrize(
    ("which", "weeks"),
    [("上上", -2), ("上", -1), ("上个", -1), ("这", 0), ("本", 0), ("下", 1), ("下下个", 2)],
)
def test_a_weekday_of_a_week_is_that_of_the_calendar(written: str, which: str, weeks: int) -> None:
    for now in A_YEAR_OF_DAYS:
        year, number, _ = (now + weeks * 7 * DAY).isocalendar()
        for place, name in enumerate("一二三四五六日", 1):
            expected = the_day(date.fromisocalendar(year, number, place))
            assert only(f"{which}{written}{name}", now) == expected


def test_a_weekday_alone_is_the_next_that_has_not_passed() -> None:
    for now in EVERY_DAY:
        for place, name in enumerate("一二三四五六日", 1):
            day = now.date()
            while day.isoweekday() != place:
                day += DAY
            assert only(f"周{name}", now) == the_day(day)


def test_a_week_and_its_end_run_from_monday_to_monday() -> None:
    for now in EVERY_DAY:
        monday = now.date()
        while monday.isoweekday() != 1:
            monday -= DAY
        assert only("下周", now) == (midnight(monday + 7 * DAY), midnight(monday + 14 * DAY))
        assert only("这周内", now) == (now, midnight(monday + 7 * DAY))
        assert only("下周末", now) == (midnight(monday + 12 * DAY), midnight(monday + 14 * DAY))


def test_months_and_their_parts_cross_the_years_end() -> None:
    for now in EVERY_DAY:
        for away, which in ((-1, "上个"), (0, "这个"), (1, "下个"), (2, "下下个")):
            year, month = divmod(now.year * 12 + now.month - 1 + away, 12)
            last = monthrange(year, month + 1)[1]
            first = date(year, month + 1, 1)
            after = midnight(date(year, month + 1, last) + DAY)
            assert only(f"{which}月", now) == (midnight(first), after)
            assert only(f"{which}月中旬", now) == (
                midnight(first + 10 * DAY),
                midnight(first + 20 * DAY),
            )
            assert only(f"{which}月底", now) == (midnight(first + 20 * DAY), after)
            if away >= 0:
                assert only(f"{which}月底前", now) == (now, after)


def test_a_day_of_the_month_is_the_next_that_exists() -> None:
    for now in A_YEAR_OF_DAYS:
        for number in range(1, 32):
            day = now.date()
            while day.day != number:
                day += DAY
            assert only(f"{number}号", now) == the_day(day)


def test_a_date_without_a_year_is_the_next_of_its_name() -> None:
    for now in A_YEAR_OF_DAYS:
        for month in range(1, 13):
            for number in (1, 15, 28):
                day = date(now.year, month, number)
                if day < now.date():
                    day = day.replace(year=now.year + 1)
                assert only(f"{month}月{number}号", now) == the_day(day)
                assert only(f"{month}/{number}号", now) == the_day(day)


def test_the_leap_day_is_waited_for() -> None:
    assert only("2月29号") == the_day(date(2028, 2, 29))
    assert read("2027年2月29日") == []
    assert read("2月30号") == []


@pytest.mark.parametrize("half", ["", "半"])
def test_every_hour_of_every_part_of_the_day(half: str) -> None:
    minutes = timedelta(minutes=30 if half else 0)
    parts = {
        "凌晨": {hour: hour for hour in range(1, 6)},
        "早上": {hour: hour for hour in range(6, 12)},
        "上午": {hour: hour for hour in range(7, 12)},
        "中午": {11: 11, 12: 12, 1: 13},
        "下午": {hour: hour + 12 for hour in range(1, 7)},
        "晚上": {hour: hour + 12 for hour in range(6, 12)},
        "": {hour: hour for hour in range(12, 24)},
    }
    spoken = "零一两三四五六七八九十"
    for part, hours in parts.items():
        for said, hour in hours.items():
            moment = datetime(2026, 3, 11, hour, tzinfo=SHANGHAI) + minutes
            assert only(f"明天{part}{said}点{half}") == (moment, moment)
            if said <= 10:
                assert only(f"明天{part}{spoken[said]}点{half}") == (moment, moment)


@pytest.mark.parametrize(
    ("unit", "length"),
    [
        ("分钟", timedelta(minutes=1)),
        ("小时", timedelta(hours=1)),
        ("个小时", timedelta(hours=1)),
        ("天", DAY),
        ("周", 7 * DAY),
        ("个星期", 7 * DAY),
    ],
)
def test_within_a_length_ends_to_the_minute(unit: str, length: timedelta) -> None:
    for count, said in [(1, "一"), (2, "两"), (2, "2"), (3, "三"), (10, "十"), (24, "24")]:
        for side in ("内", "之内", "以内"):
            assert only(f"{said}{unit}{side}") == (TUESDAY, TUESDAY + count * length)


def test_a_month_hence_ends_where_the_month_is_shorter() -> None:
    last_of_january = datetime(2026, 1, 31, 9, 0, tzinfo=SHANGHAI)

    assert only("一个月内", last_of_january)[1] == datetime(2026, 2, 28, 9, tzinfo=SHANGHAI)


def test_working_days_skip_weekends_and_holidays() -> None:
    before_the_holiday = datetime(2026, 9, 29, 10, tzinfo=SHANGHAI)

    # 30 September, then 8, 9 and (made up for) 10 October.
    assert only("三个工作日内", before_the_holiday)[1].day == 9
    assert only("四个工作日内", before_the_holiday)[1].day == 10


def test_the_chinese_calendar_has_the_known_new_years() -> None:
    known = {2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2033: (1, 31)}

    assert {year: lunar.new_year(year) for year in known} == {
        year: date(year, *day) for year, day in known.items()
    }
    assert lunar.day(2025, 8, 15) == date(2025, 10, 6)
    assert lunar.day(2025, 6, 1, leap=True) == date(2025, 7, 25)
    assert lunar.day(2026, 12, 30) is None
    assert lunar.last_day(2025) == date(2026, 2, 16)


def test_every_year_of_the_chinese_calendar_ends_where_the_next_begins() -> None:
    for year in range(lunar.FIRST_YEAR, lunar.LAST_YEAR):
        days = sum(length for _, length in lunar.months_of(year).values())
        assert lunar.new_year(year) + days * DAY == lunar.new_year(year + 1)
        assert days in range(353, 386)


@pytest.mark.parametrize(
    ("text", "doubtful"),
    [("三点来", True), ("下午三点来", False), ("年底", True), ("月底", False), ("过两天", True)],
)
def test_what_cannot_be_decided_says_so(text: str, doubtful: bool) -> None:
    (found,) = read(text)

    assert found.span.ambiguous is doubtful


@given(st.text(PIECES, max_size=40), st.timedeltas(-36 * 365 * DAY, 64 * 365 * DAY))
def test_any_text_has_times_in_order_that_end_after_they_begin(text: str, away: timedelta) -> None:
    now = TUESDAY + away
    found = read(text, now)

    at = 0
    for time in found:
        assert at <= time.start < time.end <= len(text)
        assert time.span.start <= time.span.end
        at = time.end
    assert found == read(text, now)


@pytest.mark.parametrize("year", [1, 2, 9998, 9999])
def test_the_ends_of_the_calendar_are_survived(year: int) -> None:
    now = datetime(year, 12 if year > 2 else 1, 1, 10, tzinfo=SHANGHAI)

    for text in ("明天", "上上周五", "下下个月", "去年底", "后年国庆后", "100天内", "节后", "年前"):
        read(text, now)


@pytest.mark.parametrize("follows", ["报价", "报给您", "报方案", "给报价"])
def test_a_weekday_stands_before_a_quotation(follows: str) -> None:
    for now in A_YEAR_OF_DAYS:
        (monday,) = read(f"下周一{follows}", now)
        (thursday,) = read(f"周四{follows}", now)
        assert (monday.span.start, monday.span.end) == only("下周一", now)
        assert (thursday.span.start, thursday.span.end) == only("周四", now)
    (tomorrow,) = read("明日报价")
    assert (tomorrow.span.start, tomorrow.span.end) == only("明天")
    assert read("看周报") == read("看日报") == read("明日报") == []
