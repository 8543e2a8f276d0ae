import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.desensitise import mask, mask_email, mask_phone


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("+8613812345678", "138****5678"),
        ("13812345678", "138****5678"),
        ("+86 138-1234-5678", "138****5678"),
        ("+862154321098", "021****1098"),
        ("+8657188992310", "057****2310"),
        ("021-54321098", "021****1098"),
        ("12345", "****"),
        ("", "****"),
    ],
)
def test_a_phone_shows_its_ends_only(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


def test_an_address_shows_its_house_only() -> None:
    assert mask_email("wangjg@kangyuan-med.com") == "w****@kangyuan-med.com"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("电话13800001234，急", "电话138****1234，急"),
        ("打０５１２－６５１２００８８", "打051****0088"),
        ("(+86)13500778899 或 159 0121 7788", "135****8899 或 159****7788"),
        ("邮箱 LI.zr@hdyy.org.cn ，", "邮箱 L****@hdyy.org.cn ，"),
        ("加V hjj-1990", "加V hj****"),
        ("我wx:ielts_mom2015", "我wx:ie****"),
        ("身份证310101199003071234", "身份证310************"),
        ("卡号6222021234567890123", "卡号********0123"),
        ("预算300万，下周三前要3台CT", "预算300万，下周三前要3台CT"),
        ("型号6205-2RS 1000套，2026-11-24 15:00", "型号6205-2RS 1000套，2026-11-24 15:00"),
    ],
)
def test_what_identifies_a_person_is_masked_and_the_rest_stands(words: str, shown: str) -> None:
    assert mask(words) == shown


separators = st.sampled_from(["", "-", " ", ".", "－"])


@given(
    st.text(max_size=30),
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    separators,
    st.text(max_size=30),
)
def test_no_phone_comes_through_whatever_stands_around_it(
    before: str, phone: str, separator: str, after: str
) -> None:
    written = separator.join((phone[:3], phone[3:7], phone[7:]))

    shown = mask(f"{before} {written} {after}")

    assert written not in shown
    assert phone not in re.sub(r"[^0-9]", "", shown) or phone in re.sub(r"[^0-9]", "", before)


@given(
    st.text(
        alphabet=st.sampled_from(
            [*"0123456789138+-. @.微信wxV加号：:abc_中文", "\ud800", "　", "１"]
        ),
        max_size=80,
    )
)
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.text(alphabet="请问这个什么时候能到货呢，。！？ \n", max_size=60))
def test_words_without_anything_private_stand_as_they_are(text: str) -> None:
    assert mask(text) == text
