"""What people will read holds nothing that cannot be seen, nor turns a line around."""

import pytest

from handlers.readable import readable
from tests.world import World


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("  主任周三有空\r\n带上报价 ", "主任周三有空\n带上报价"),
        ("\u202e付已款\u202c", "付已款"),
        ("合\u200b同\ufeff", "合同"),
        ("好\u2066的\u2069\x00\x1b", "好的"),
        ("👨‍👩‍👧 一家人", "👨‍👩‍👧 一家人"),
        ("\u3164\u200b", ""),
        ("\u2800 \u115f\uffa0\u200d", ""),
    ],
)
def test_only_what_can_be_read_stays(words: str, read: str) -> None:
    assert readable(words) == read


async def test_a_note_of_nothing_is_no_follow_up(office: World) -> None:
    await office.client_writes("wmZhao", "想要CT设备", nickname="赵主任")

    for command in ("跟进", "记录", "归档"):
        told = await office.hears("lina", f"{command} 赵主任 \u3164\u200b\u202e")
        assert "没有看到内容" in told

    assert (await office.lead()).last_followed_up_at is None
