"""客户全貌 as a card: what is worth most stays where a platform has little room."""

from dataclasses import replace
from datetime import UTC, datetime

from notifiers.card import Card
from notifiers.cards.portrait import LeadLine, PortraitView, SaidLine, portrait_card
from notifiers.dingtalk_card import card_without_template, variables
from notifiers.plain import card_in_words
from notifiers.wecom_card import sending, text_content
from tests.fakes.fake_dingtalk import check_params, check_robot_message
from tests.fakes.fake_wecom import check_card

TEN = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
OPEN = LeadLine(
    *("L7", "CT设备", "跟进中", "您"),
    is_open=True,
    budget="300万",
    deadline=TEN,
    url="https://bot.example.com/t/abc",
)
WON = LeadLine(
    "L3", "彩超", "赢单", "王磊", is_open=False, closed_at=TEN, url="https://b.example/t/3"
)
FULL = PortraitView(
    ref="C12",
    name="赵主任",
    company="上海康源医疗器械有限公司",
    region="上海",
    also=[f"康源分院{n}" for n in range(30)],
    numbers=["C15", "C18", "C20", "等 9 个"],
    leads=[OPEN] * 9 + [WON] * 9,
    others=["李娜"] * 9,
    reach=["13800001234"] * 20,
    agreed=["李娜答应报价，最晚 03-17"] * 10,
    known=[("需求", "参数、招标文件、售后、培训、安装、验收")] * 10,
    messages_in=1_234,
    messages_out=567,
    follow_ups=89,
    first=TEN,
    last=TEN,
    said=[SaidLine(TEN, "赵主任", "预算批了，" * 100)] * 5,
    sources=["微信客服", "website（3 个编号）"] * 9,
    helpers=["王磊"] * 9,
    kin=["康源集团 · C9"] * 9,
)


def _rows(card: Card) -> dict[str, str]:
    return {row.name: row.value for row in card.rows}


def test_both_platforms_can_show_all_there_is_of_anybody() -> None:
    for view in (FULL, PortraitView(ref="C1", name=""), replace(FULL, leads=[OPEN])):
        card = portrait_card(view)
        sent = sending("LiNa", 1, card, key="K", repeat=0)
        if sent["msgtype"] == "template_card":
            check_card(sent["template_card"])
        check_params(variables(card))
        check_robot_message(card_without_template(card).sending("chen", "dingrobot"))
        assert text_content(card_in_words(card))


def test_what_is_worth_most_stands_in_the_six_rows() -> None:
    card = portrait_card(FULL)

    assert list(_rows(card)) == ["线索", "已结", "联系方式", "约定", "已知", "往来"]
    assert _rows(card)["线索"].startswith("CT设备 跟进中（您） 300万 最晚 03-10；")
    assert _rows(card)["已结"].startswith("彩超 赢单 2026-03-10；")
    assert _rows(card)["往来"] == "来信 1234、回复 567、跟进 89，2026-03-10"
    assert card.text.startswith("另有线索由李娜")
    assert [button.text for button in card.buttons] == ["历史 L7"] * 3
