from datetime import UTC, datetime

from bot.sandbox.screens import ButtonView, CardView, Item, MenuView, QuoteView, RowView
from bot.sandbox.transcript import Transcript

TUESDAY_TEN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)

LEAD = CardView(
    title="赵主任 · CT设备",
    subtitle="微信客服 · 上海",
    rows=(RowView("需求", "CT设备"), RowView("为什么是您", "负责上海")),
    quote=QuoteView("客户原话", "想了解CT设备"),
    buttons=(ButtonView("a", "已联系", "primary"), ButtonView("b", "预约拜访")),
    menu=(MenuView("m", "静音"),),
)


def seen(card: CardView | None, text: str = "") -> Item:
    return Item("i1", TUESDAY_TEN, "跟进助手", False, "wecom", "assistant", "card", text, card)


def test_a_card_is_drawn_with_aligned_rows_its_quote_and_its_buttons() -> None:
    transcript = Transcript()

    transcript.saw(TUESDAY_TEN, "李娜", seen(LEAD), edited=False)

    assert transcript.lines == [
        "[2026-11-24 周二]",
        "10:00   李娜（企业微信）看到卡片",
        "        ┌" + "─" * 40,
        "        │ 赵主任 · CT设备",
        "        │ 微信客服 · 上海",
        "        │ 需求        CT设备",
        "        │ 为什么是您  负责上海",
        "        │ “想了解CT设备”",
        "        │ [已联系]  [预约拜访]  ⋯ 静音",
        "        └" + "─" * 40,
    ]


def test_a_settled_card_shows_its_status_in_place_of_its_buttons() -> None:
    transcript = Transcript()

    settled = CardView(title="赵主任", buttons=LEAD.buttons, status="已转给王磊")
    transcript.saw(TUESDAY_TEN, "李娜", seen(settled), edited=True)

    assert "10:00   李娜（企业微信）的卡片变了" in transcript.lines
    assert "        │ 〔已转给王磊〕" in transcript.lines
    assert "已联系" not in str(transcript)


def test_the_day_is_written_once_and_lines_are_heard_as_they_come() -> None:
    heard: list[str] = []
    transcript = Transcript(heard.append)

    transcript.acted(TUESDAY_TEN, "时间往前走")
    transcript.acted(TUESDAY_TEN, "时间往前走")

    assert heard == ["[2026-11-24 周二]", "10:00   ▶ 时间往前走", "10:00   ▶ 时间往前走"]
    assert transcript.lines == heard


def test_long_words_are_broken_by_the_width_they_take() -> None:
    transcript = Transcript()

    transcript.saw(TUESDAY_TEN, "李娜", seen(None, "长" * 50), edited=False)

    assert transcript.lines[-2:] == ["        │ " + "长" * 38, "        │ " + "长" * 12]
