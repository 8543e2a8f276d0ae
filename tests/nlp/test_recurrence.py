"""每天, 每周一三五, 每月1号: what repeats, as it is said, and when it comes next."""

from datetime import datetime, time

import pytest

from config.calendar import WorkingCalendar
from config.rules import load_rules
from nlp.time.recurrence import LAST, Every, Repeat, find_repeat, says_again
from tests.world import SHANGHAI

CALENDAR = WorkingCalendar(load_rules().calendar, SHANGHAI)


@pytest.mark.parametrize(
    ("words", "every", "days"),
    [
        ("每天", Every.DAY, ()),
        ("每晚", Every.DAY, ()),
        ("每个工作日", Every.WORKDAY, ()),
        ("每周一", Every.WEEK, (0,)),
        ("每逢周一", Every.WEEK, (0,)),
        ("每星期天", Every.WEEK, (6,)),
        ("每周一三五", Every.WEEK, (0, 2, 4)),
        ("每周二和周四", Every.WEEK, (1, 3)),
        ("每周一到周五", Every.WEEK, (0, 1, 2, 3, 4)),
        ("每周一至三、周六", Every.WEEK, (0, 1, 2, 5)),
        ("每周六到周一", Every.WEEK, (0, 5, 6)),
        ("每个周末", Every.WEEK, (5, 6)),
        ("每月1号", Every.MONTH, (1,)),
        ("每个月十五号", Every.MONTH, (15,)),
        ("每月二十一日", Every.MONTH, (21,)),
        ("每月底", Every.MONTH, (LAST,)),
        ("每月月底", Every.MONTH, (LAST,)),
        ("每月1号和15号", Every.MONTH, (1, 15)),
        ("每月1、15、20号", Every.MONTH, (1, 15, 20)),
    ],
)
def test_repetitions_are_read(words: str, every: Every, days: tuple[int, ...]) -> None:
    found = find_repeat(f"{words}9点看邮件")

    assert found is not None
    assert (found.every, found.days, found.end) == (every, days, len(words))


def test_and_nothing_else_is() -> None:
    for words in ("明天", "周一", "下个月1号", "每次", "每月99号", "每周", "每两周周一", ""):
        assert find_repeat(words) is None, words


def test_what_repeats_is_known_for_it_though_it_cannot_be_kept() -> None:
    for words in ("每两周", "每3天", "隔天", "每半小时", "每季度", "每年3月", "每隔一天"):
        assert says_again(words), words
    for words in ("明天", "每人一份", "每次开会", "一天", "隔壁"):
        assert not says_again(words), words


def _times(repeat: Repeat, after: str, number: int) -> list[str]:
    moment = datetime.fromisoformat(after).replace(tzinfo=SHANGHAI)
    found = []
    for _ in range(number):
        moment = repeat.next_after(moment, CALENDAR, SHANGHAI)
        found.append(f"{moment:%Y-%m-%d %H:%M}")
    return found


def test_they_come_again_by_the_calendar() -> None:
    nine = time(9)

    assert _times(Repeat(Every.MONTH, nine, (31,)), "2026-01-31 09:00", 3) == [
        "2026-02-28 09:00",
        "2026-03-31 09:00",
        "2026-04-30 09:00",
    ]
    assert _times(Repeat(Every.MONTH, nine, (LAST,)), "2028-02-01 00:00", 1) == ["2028-02-29 09:00"]
    # 2026-02-14 is a make-up Saturday before the Spring Festival's days off.
    assert _times(Repeat(Every.WORKDAY, nine), "2026-02-13 10:00", 2) == [
        "2026-02-14 09:00",
        "2026-02-24 09:00",
    ]
    assert _times(Repeat(Every.WEEK, nine, (0, 4)), "2026-03-09 09:00", 2) == [
        "2026-03-13 09:00",
        "2026-03-16 09:00",
    ]
    assert Repeat.from_json(Repeat(Every.WEEK, nine, (0,)).as_json()).words == "每周一 09:00"
