"""Whether a line by a known id is about the person who came by it before."""

import pytest

from handlers.bulk.sameness import is_somebody_else

BEFORE = {"name": "王建国", "phone": "138 0000 1234", "email": None, "wechat": "wang_jg"}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ({"name": "王建国", "phone": "+86 13800001234"}, False),
        ({"name": "王总", "phone": "13800001234"}, False),
        ({"name": "王建国", "phone": "13900005678", "wechat": "Wang_JG"}, False),
        ({"name": "李明芳", "phone": "13900005678"}, True),
        ({"name": "王建国", "email": "li@example.com"}, True),
        ({"name": "王 建国"}, False),
        ({"name": "李明芳"}, True),
        ({}, False),
    ],
)
def test_who_comes_by_a_known_id(now: dict[str, str | None], expected: bool) -> None:
    assert is_somebody_else(BEFORE, now) is expected
