import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.numbers.figures import figures
from nlp.numbers.numerals import NUMBER, Amount, parse, span_of, whole

PLAIN = "零一二三四五六七八九"
FORMAL = str.maketrans("一二三四五六七八九十百千万", "壹贰叁肆伍陆柒捌玖拾佰仟萬")


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("3.5万", 35_000, 35_000),
        ("42,000", 42_000, 42_000),
        ("1,050,000,000", 1_050_000_000, 1_050_000_000),
        ("20k", 20_000, 20_000),
        ("1.2w", 12_000, 12_000),
        ("2万8", 28_000, 28_000),
        ("2万8千", 28_000, 28_000),
        ("5万4千6百", 54_600, 54_600),
        ("1万2000", 12_000, 12_000),
        ("1亿2千万", 120_000_000, 120_000_000),
        ("三万五", 35_000, 35_000),
        ("三万零五", 30_005, 30_005),
        ("三万5", 35_000, 35_000),
        ("两千五百", 2500, 2500),
        ("一百二", 120, 120),
        ("九百九", 990, 990),
        ("一千零五十", 1050, 1050),
        ("兩千四百五", 2450, 2450),
        ("壹拾万", 100_000, 100_000),
        ("拾万零五十六", 100_056, 100_056),
        ("四亿五千六百四十二万零一十五", 456_420_015, 456_420_015),
        ("一点五万", 15_000, 15_000),
        ("零点八万", 8000, 8000),
        ("五六十", 50, 60),
        ("三五百", 300, 500),
        ("三五十万", 300_000, 500_000),
        ("十五六万", 150_000, 160_000),
        ("一百二三十", 120, 130),
        ("十五二十", 15, 20),
        ("一两万", 10_000, 20_000),
    ],
)
def test_a_number_is_read_however_it_is_written(written: str, low: float, high: float) -> None:
    amount = parse(written)

    assert amount is not None
    assert (amount.low, amount.high) == (low, high)
    assert not amount.vague


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("十几", 11, 19),
        ("十几万", 110_000, 190_000),
        ("20几", 21, 29),
        ("几百", 200, 900),
        ("三十多万", 300_000, None),
        ("100多", 100, None),
        ("上百", 100, None),
        ("上百万", 1_000_000, None),
        ("十来万", 100_000, 100_000),
        ("30来万", 300_000, 300_000),
        ("百来", 100, 100),
        ("千把", 1000, 1000),
        ("百八十", 80, 100),
    ],
)
def test_what_is_said_roughly_is_marked_as_vague(
    written: str, low: float, high: float | None
) -> None:
    assert parse(written) is not None
    assert parse(written) == Amount(low, high, parse(written).unit, vague=True)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "written", ["", "万", "万万", "百", "一二三", "一三八一二三四", "abc", "点"]
)
def test_what_is_no_number_is_none(written: str) -> None:
    assert parse(written) is None


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ("30", "50万", 300_000, 500_000),
        ("1.5", "2万", 15_000, 20_000),
        ("3", "5k", 3000, 5000),
        ("三", "五千", 3000, 5000),
        ("三十", "五十万", 300_000, 500_000),
        ("8千", "1万", 8000, 10_000),
        ("5000", "1万", 5000, 10_000),
        ("八百", "一千", 800, 1000),
        ("5", "10", 5, 10),
    ],
)
def test_the_second_number_of_a_range_tells_the_scale_of_the_first(
    first: str, second: str, low: float, high: float
) -> None:
    one, other = parse(first), parse(second)

    assert one is not None
    span = span_of(one, other)
    assert span is not None
    assert (span.low, span.high) == (low, high)


def test_a_range_that_runs_backwards_is_none() -> None:
    assert span_of(Amount(6205, 6205), Amount(2, 2)) is None


def in_chinese(number: int) -> str:
    """The textbook reading of a number below a hundred million."""
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        rest = "" if not low else ("零" if low < 1000 else "") + in_chinese(low)
        return f"{in_chinese(high)}万{rest}"
    said, gap = "", False
    for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // size % 10
        if digit:
            said += ("零" if gap and said else "") + PLAIN[digit] + unit
            gap = False
        else:
            gap = True
    return said


@given(st.integers(1, 99_999_999))
def test_several_notations_of_one_number_read_back_equal(number: int) -> None:
    said = in_chinese(number)
    for written in (str(number), f"{number:,}", said, said.translate(FORMAL)):
        amount = parse(written)

        assert amount is not None, written
        assert amount.low == amount.high == number, written


@given(st.integers(1, 9999), st.sampled_from(["万", "w", "W"]))
def test_ten_thousands_are_one_number_however_abbreviated(count: int, unit: str) -> None:
    amount = parse(f"{count}{unit}")

    assert amount is not None
    assert whole(amount.high) == count * 10_000


@given(st.text(alphabet="0123456789.,一两三五十百千万亿几多来半点上小kWw个台-第A ", max_size=60))
def test_reading_never_raises_and_every_place_holds(text: str) -> None:
    at = 0
    for figure in figures(text):
        assert at <= figure.start < figure.end <= len(text)
        assert figure.amount.high is None or 0 < figure.amount.low <= figure.amount.high
        at = figure.end


def test_the_pattern_takes_the_whole_of_what_can_be_read() -> None:
    for written in ("3.5万", "两万8千", "三五十万", "十几万", "一点五万", "1亿2千万", "上百万"):
        found = re.match(NUMBER, written)

        assert found is not None
        assert found[0] == written
