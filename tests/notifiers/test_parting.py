"""Long texts go as several messages that WeCom takes whole."""

from hypothesis import given
from hypothesis import strategies as st

from notifiers.card import Card, Text
from notifiers.fitting import clean
from notifiers.parting import MOST_PARTS, parted
from notifiers.wecom_card import TEXT_BYTES, text_content

LINES = st.lists(st.text(st.sampled_from("赵a<张 😀"), max_size=900), max_size=12)


def test_what_fits_is_one_message_as_it_is() -> None:
    assert Text(text="好的").parts() == (Text(text="好的"),)
    card = Card(title="很长" * 2_000)
    assert card.parts() == (card,)


def test_a_list_is_parted_between_its_lines() -> None:
    lines = [f"{number:03} 某某客户没有跟进" for number in range(100)]

    first, second = parted("\n".join(lines))

    assert [*first.split("\n"), *second.split("\n")] == lines


def test_what_nobody_would_read_ends_and_says_so() -> None:
    said = parted("\n".join(f"{number:04} 某某客户没有跟进" for number in range(2_000)))

    assert len(said) == MOST_PARTS
    assert said[-1] == "……太长，后面的没有列出"


@given(LINES)
def test_each_part_travels_uncut_and_nothing_is_lost(lines: list[str]) -> None:
    text = "\n".join(lines)

    said = parted(text)

    if len(said) < MOST_PARTS:
        assert "".join(said).replace("\n", "") == clean(text).replace("\n", "")
    for part in said:
        for repeat in (0, 9):
            content = text_content(part, repeat)
            assert len(content.encode()) <= TEXT_BYTES
            assert "…" not in content.removesuffix("……太长，后面的没有列出")
