from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import public_days
from config.calendar import Day, WorkingCalendar
from config.rules import load_rules
from config.schemas.calendar import Calendar
from config.schemas.escalation import Rung
from config.schemas.hours import Hours

SHANGHAI = ZoneInfo("Asia/Shanghai")
DEFAULT = WorkingCalendar(load_rules().calendar, "Asia/Shanghai")
BROKEN_DAY = WorkingCalendar(
    Calendar.model_validate(
        {
            "work_days": [1, 2, 3, 4, 5, 6],
            "hours": ["08:30-12:00", "13:30-24:00"],
            "overrides": [{"date": "2026-11-20", "working": False, "reason": "公司年会"}],
        }
    ),
    ZoneInfo("America/New_York"),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def shown(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("day", "known"),
    [
        ("2026-10-01", Day(False, "国庆节")),
        ("2026-10-07", Day(False, "国庆节")),
        ("2026-10-08", Day(True, "")),
        ("2026-10-10", Day(True, "调休上班")),
        ("2026-02-14", Day(True, "调休上班")),
        ("2026-02-17", Day(False, "春节")),
        ("2026-11-21", Day(False, "周末")),
        ("2027-10-01", Day(False, "国庆节", is_estimated=True)),
        ("2027-02-06", Day(False, "春节", is_estimated=True)),
        ("2027-11-22", Day(True, "", is_estimated=True)),
    ],
)
def test_the_official_calendar_decides_and_what_is_estimated_says_so(day: str, known: Day) -> None:
    assert DEFAULT.day(date.fromisoformat(day)) == known
    assert DEFAULT.is_estimated(date.fromisoformat(day)) == known.is_estimated


def test_the_houses_own_table_goes_over_the_official_calendar() -> None:
    assert BROKEN_DAY.day(date(2026, 11, 20)) == Day(False, "公司年会")
    assert BROKEN_DAY.is_working_day(date(2026, 11, 21))
    assert not BROKEN_DAY.is_working_day(date(2026, 10, 3))


@pytest.mark.parametrize(
    ("assigned", "minutes", "due"),
    [
        ("2026-11-24 10:00", 15, "2026-11-24 10:15"),
        ("2026-11-24 17:50", 15, "2026-11-25 09:05"),
        ("2026-11-24 17:45", 15, "2026-11-24 18:00"),
        ("2026-11-24 18:00", 15, "2026-11-25 09:15"),
        ("2026-11-20 22:00", 15, "2026-11-23 09:15"),
        ("2026-09-30 17:50", 15, "2026-10-08 09:05"),
        ("2026-10-09 17:50", 15, "2026-10-10 09:05"),
        ("2026-02-14 17:55", 15, "2026-02-24 09:10"),
        ("2026-11-24 03:00", 0, "2026-11-24 09:00"),
        ("2026-11-24 09:00", 9 * 60 * 5, "2026-11-30 18:00"),
    ],
)
def test_fifteen_minutes_are_working_minutes(assigned: str, minutes: int, due: str) -> None:
    assert shown(DEFAULT.add_working_minutes(at(assigned), minutes)) == due


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-11-24 10:30", 3, "2026-11-27 10:30"),
        ("2026-11-26 10:30", 3, "2026-12-01 10:30"),
        ("2026-11-28 14:00", 3, "2026-12-03 09:00"),
        ("2026-09-29 10:30", 3, "2026-10-09 10:30"),
        ("2026-10-09 10:30", 1, "2026-10-10 10:30"),
    ],
)
def test_three_days_are_working_days(start: str, days: int, due: str) -> None:
    assert shown(DEFAULT.add_working_days(at(start), days)) == due


@pytest.mark.parametrize(
    ("rung", "start", "due"),
    [
        ({"after": 48, "unit": "hours"}, "2026-11-24 10:30", "2026-11-26 10:30"),
        ({"after": 48, "unit": "hours"}, "2026-11-24 20:30", "2026-11-27 09:00"),
        ({"after": 48, "unit": "hours"}, "2026-11-27 10:30", "2026-11-30 09:00"),
        ({"after": 15, "unit": "working_minutes"}, "2026-11-27 17:50", "2026-11-30 09:05"),
        ({"after": 1, "unit": "working_days"}, "2026-11-27 17:50", "2026-11-30 17:50"),
    ],
)
def test_every_rung_counts_by_its_own_clock(rung: dict[str, object], start: str, due: str) -> None:
    assert shown(DEFAULT.due(at(start), Rung.model_validate(rung))) == due


def test_opening_and_closing_time() -> None:
    assert DEFAULT.is_working_moment(at("2026-11-24 09:00"))
    assert DEFAULT.is_working_moment(at("2026-11-24 17:59"))
    assert not DEFAULT.is_working_moment(at("2026-11-24 18:00"))
    assert not DEFAULT.is_working_moment(at("2026-11-22 10:00"))
    assert shown(DEFAULT.next_working_moment(at("2026-11-24 10:00"))) == "2026-11-24 10:00"
    assert shown(DEFAULT.next_working_moment(at("2026-11-24 18:00"))) == "2026-11-25 09:00"


def test_a_member_with_his_own_hours_has_his_own_calendar() -> None:
    late = DEFAULT.with_hours(Hours.model_validate("13:00-21:00"))

    assert shown(late.next_working_moment(at("2026-11-24 10:00"))) == "2026-11-24 13:00"


def test_a_span_that_ends_at_midnight_counts_to_the_last_minute() -> None:
    eve = datetime(2026, 11, 24, 23, 59, tzinfo=ZoneInfo("America/New_York"))

    assert BROKEN_DAY.is_working_moment(eve)
    assert not BROKEN_DAY.is_working_moment(eve + timedelta(minutes=1))
    assert BROKEN_DAY.add_working_minutes(eve, 1) == eve + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("name", "year", "first", "last"),
    [
        ("国庆节", 2026, date(2026, 10, 1), date(2026, 10, 7)),
        ("国庆节", 2025, date(2025, 10, 1), date(2025, 10, 8)),
        ("国庆节", 2027, date(2027, 10, 1), date(2027, 10, 7)),
        ("春节", 2026, date(2026, 2, 15), date(2026, 2, 23)),
        ("端午节", 2027, date(2027, 6, 9), date(2027, 6, 9)),
    ],
)
def test_a_holiday_is_known_from_its_first_day_to_its_last(
    name: str, year: int, first: date, last: date
) -> None:
    assert public_days.holiday_span(name, year) == (first, last)


def test_what_is_no_holiday_has_no_days() -> None:
    assert public_days.holiday_span("双十一", 2026) is None


def test_time_is_not_counted_backward() -> None:
    with pytest.raises(ValueError, match="forward"):
        DEFAULT.add_working_minutes(at("2026-11-24 10:00"), -1)
    with pytest.raises(ValueError, match="forward"):
        DEFAULT.add_working_days(at("2026-11-24 10:00"), -1)
    assert DEFAULT.working_minutes_between(at("2026-11-24 10:00"), at("2026-11-23 10:00")) == 0


START = datetime(2025, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=1400)).map(lambda passed: START + passed)
minutes = st.integers(0, 5000)
calendars = st.sampled_from([DEFAULT, BROKEN_DAY])


@given(calendars, moments, minutes)
def test_minutes_added_are_the_minutes_between(
    calendar: WorkingCalendar, moment: datetime, added: int
) -> None:
    due = calendar.add_working_minutes(moment, added)

    assert due >= moment
    assert due.tzinfo is UTC
    assert calendar.working_minutes_between(moment, due) == added


@given(calendars, moments, st.timedeltas(timedelta(0), timedelta(days=20)), minutes)
def test_who_comes_later_is_due_no_earlier(
    calendar: WorkingCalendar, moment: datetime, later: timedelta, added: int
) -> None:
    assert calendar.add_working_minutes(moment, added) <= calendar.add_working_minutes(
        moment + later, added
    )
    assert calendar.next_working_moment(moment) <= calendar.next_working_moment(moment + later)
    days = added % 8
    assert calendar.add_working_days(moment, days) <= calendar.add_working_days(
        moment + later, days
    )


@given(calendars, moments, minutes, st.integers(1, 600))
def test_counting_in_two_steps_ends_where_one_step_does(
    calendar: WorkingCalendar, moment: datetime, first: int, second: int
) -> None:
    halfway = calendar.add_working_minutes(moment, first)

    assert calendar.add_working_minutes(halfway, second) == calendar.add_working_minutes(
        moment, first + second
    )


@given(calendars, moments)
def test_the_next_working_moment_is_one_and_nothing_works_before_it(
    calendar: WorkingCalendar, moment: datetime
) -> None:
    opening = calendar.next_working_moment(moment)

    assert calendar.is_working_moment(opening)
    assert calendar.working_minutes_between(moment, opening) == 0


@pytest.mark.parametrize("language", ["zh_CN.UTF-8", "C", "en_US.UTF-8"])
def test_the_machines_language_moves_no_holiday(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANG", "LANGUAGE", "LC_ALL"):
        monkeypatch.setenv(name, language)
    public_days._statutory.cache_clear()

    assert public_days.holiday_name(date(2027, 1, 1)) == "元旦"
    assert public_days.holiday_name(date(2031, 10, 1)) == "国庆节"
