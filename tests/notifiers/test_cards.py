"""The cards of the product, as values."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from notifiers.card import Button, Card, Link, Message
from notifiers.cards.advice import (
    CallView,
    CriterionView,
    ReasonView,
    RivalView,
    ranked_calls,
    reason_text,
)
from notifiers.cards.choices import (
    CandidateView,
    Choice,
    DraftView,
    asked_back,
    choose_owner,
    create_or_file,
)
from notifiers.cards.lead import (
    CLOSED,
    LeadView,
    lead_card,
    settled_lead_card,
    transferred_to,
)
from notifiers.cards.watch import (
    EscalationView,
    FactLine,
    TransferView,
    escalation_card,
    transfer_warning,
)
from notifiers.cards.wording import Budget, clock_time, day_and_time, masked, money
from notifiers.dingtalk_card import card_without_template, variables
from notifiers.wecom_card import sending, updating
from tests.fakes.fake_dingtalk import check_params, check_robot_message
from tests.fakes.fake_wecom import check_card

TEN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
WORDS = "你好，我们医院想了解CT设备的参数，预算300万左右，下周三前要招标文件，电话13800001234"
LEAD = LeadView(
    ref="L12",
    who="赵主任",
    product="CT设备",
    source="微信客服",
    region="上海",
    needs=("参数", "招标文件"),
    budget=Budget(Decimal(3_000_000), Decimal(3_000_000)),
    time="下周三前",
    phone="13800001234",
    words=WORDS,
    why="负责上海、医疗设备，手上线索最少",
    url="https://bot.example.com/t/abc",
)
TRANSFER = TransferView("L12", LEAD.title, "李娜", "15 分钟", TEN, "王磊", "负责上海")
ESCALATION = EscalationView(
    ref="L12",
    title=LEAD.title,
    owner="王磊",
    rule="48 小时没有跟进",
    facts=tuple(FactLine(TEN.replace(minute=n), f"事实{n}") for n in range(8)),
    history_url="https://bot.example.com/t/abc",
)
PEOPLE = tuple(CandidateView(f"m{n}", f"同事{n}", f"手上 {n} 条") for n in range(8))
DRAFT = DraftView("D7", "张总 13900001111 要两台", (("电话", "13900001111"),))


def rows(card: Card) -> dict[str, str]:
    return {row.name: row.value for row in card.rows}


def actions(card: Card) -> list[str]:
    return [item.action for item in card.buttons if isinstance(item, Button)]


def everything_said(card: Card) -> str:
    return card.model_dump_json()


def test_a_lead_card_says_who_what_from_where_and_why() -> None:
    card = lead_card(LEAD)

    assert card.title == "赵主任 · CT设备"
    assert card.subtitle == "微信客服 · 上海"
    assert rows(card) == {
        "需求": "CT设备、参数、招标文件",
        "预算": "300万",
        "时间": "下周三前",
        "电话": "13800001234",
        "为什么是您": "负责上海、医疗设备，手上线索最少",
    }
    assert card.quote == WORDS
    assert [item.text for item in card.buttons] == ["已联系", "预约拜访", "发送资料"]
    assert actions(card) == ["contacted:L12", "visit:L12", "material:L12"]
    assert [(item.text, item.action) for item in card.menu] == [
        ("静音", "mute:L12"),
        ("为什么给我", "why:L12"),
    ]


FULL = replace(
    LEAD,
    quantity="2台",
    budget_note="已批",
    next_contact="下周三下午三点过来面谈（03-18 15:00）",
    other_phones=("13900001234",),
    objections=("价格", "交期"),
    ask="这件事最后由谁定？",
)
"""Everything is known that a card can say."""


def test_a_lead_card_tells_what_was_learned_and_what_to_ask_next() -> None:
    said = rows(lead_card(FULL))

    assert said["需求"] == "CT设备 2台、参数、招标文件"
    assert said["预算"] == "300万（已批）"
    assert said["电话"] == "13800001234、13900001234"
    assert said["异议"] == "价格、交期"
    assert said["下一步问"] == "这件事最后由谁定？"
    assert rows(lead_card(replace(LEAD, budget=None, budget_note="没有预算")))["预算"] == "没有预算"
    assert rows(lead_card(replace(LEAD, phone="", wechat="zhao_ct")))["微信"] == "zhao_ct"


def test_on_wecom_a_card_that_says_everything_loses_no_row() -> None:
    body = sending("LiNa", 1, lead_card(FULL), key="k1", repeat=0)["template_card"]

    check_card(body)
    shown = [row["keyname"] for row in body["horizontal_content_list"]]
    assert shown == ["需求", "预算", "时间", "下次联系", "电话", "异议"]
    assert body["sub_title_text"] == (
        "下一步问：这件事最后由谁定？\n为什么是您：负责上海、医疗设备，手上线索最少"
    )


def test_others_read_neither_numbers_nor_what_to_ask() -> None:
    said = rows(lead_card(FULL, for_owner=False))

    assert said["电话"] == "138****1234、139****1234"
    assert "下一步问" not in said
    assert "微信" not in rows(lead_card(replace(FULL, phone="", wechat="x"), for_owner=False))


def test_what_is_not_known_is_not_shown() -> None:
    card = lead_card(LeadView("L13", who="张总", words="在吗"))

    assert (card.title, card.subtitle, card.rows) == ("张总", "", ())


@pytest.mark.parametrize(
    ("lead", "title"),
    [
        (LeadView("L1"), "一位客户"),
        (LeadView("L1", company="瑞金医院", product="CT设备"), "瑞金医院 · CT设备"),
        (LeadView("L1", who="赵主任", needs=("报价",)), "赵主任 · 报价"),
    ],
)
def test_a_title_is_as_precise_as_what_is_known(lead: LeadView, title: str) -> None:
    assert lead_card(lead).title == title


def test_only_the_owner_reads_the_phone() -> None:
    card = lead_card(LEAD, for_owner=False)

    assert rows(card)["电话"] == "138****1234"
    assert "为什么是您" not in rows(card)


def test_a_transferred_card_keeps_neither_phone_nor_words() -> None:
    card = settled_lead_card(LEAD, transferred_to("王磊"), still_owner=False)

    assert card.status == "已转给王磊"
    assert (card.title, card.buttons, card.menu, card.url) == (LEAD.title, (), (), None)
    for lost in ("13800001234", "138", "你好"):
        assert lost not in everything_said(card)


def test_a_closed_card_keeps_what_its_owner_knew() -> None:
    card = settled_lead_card(LEAD, "已关闭 · 赢单")

    assert card.status == "已关闭 · 赢单"
    assert rows(card)["电话"] == "13800001234"
    assert card.buttons == ()


def test_the_manager_is_told_who_did_not_look_and_who_has_it_now() -> None:
    card = transfer_warning(TRANSFER)

    assert card.subtitle == "李娜 15 分钟未查看"
    assert rows(card)["分配时间"] == "11-24 10:00"
    assert rows(card)["现负责人"] == "王磊"
    assert card.text == "已转给王磊。"
    assert actions(card) == []


def test_the_manager_is_asked_where_nobody_fits() -> None:
    card = transfer_warning(replace(TRANSFER, moved_to=None, why=""))

    assert card.text == "没有合适的人可转，请您安排。"
    assert actions(card) == ["reassign:L12"]


def test_an_escalation_shows_the_last_five_facts_and_the_whole_history() -> None:
    card = escalation_card(ESCALATION)

    assert [row.value for row in card.rows] == ["事实3", "事实4", "事实5", "事实6", "事实7"]
    assert [item.text for item in card.buttons] == ["转派", "需协同支持", "全部历史"]
    assert actions(card) == ["reassign:L12", "support:L12"]
    assert [item.url for item in card.buttons if isinstance(item, Link)] == [ESCALATION.history_url]


def test_an_owner_is_chosen_by_a_button_and_others_by_a_reply() -> None:
    card = choose_owner("L12", LEAD.title, PEOPLE)

    assert actions(card)[0] == "assign:L12:m0"
    assert len(card.buttons) == 6
    assert "转派 L12 给 姓名" in card.text
    assert choose_owner("L12", LEAD.title, PEOPLE[:2]).text == ""


def test_two_clients_of_one_name_are_asked_about() -> None:
    long = "L2 张总 · 江苏 · CT设备 · 03-10 来的"
    card = asked_back("说的是哪一位张总？", (Choice("张总 · 瑞金医院", "a"), Choice(long, "b")))

    assert card.title == "说的是哪一位张总？"
    assert actions(card) == ["a", "b"]
    assert [(row.name, row.value) for row in card.rows] == [
        ("L2 张总", "江苏 · CT设备 · 03-10 来的")
    ]


def test_loose_words_can_be_filed_made_a_lead_or_ignored() -> None:
    card = create_or_file(DRAFT, (Choice("张总", "C3"),))

    assert [item.text for item in card.buttons] == ["建线索", "归档到张总", "忽略"]
    assert actions(card) == ["create:D7", "file:D7:C3", "ignore:D7"]
    assert card.quote == DRAFT.words


def test_calls_are_ranked_with_their_reasons() -> None:
    text = ranked_calls(
        (
            CallView("赵主任 · CT设备", ("今天答应回电", "预算300万"), "13800001234"),
            CallView("张总", ("两天没有回他",)),
        )
    )

    assert text.text == (
        "今天先打：\n1. 赵主任 · CT设备（13800001234）\n    今天答应回电；预算300万\n"
        "2. 张总\n    两天没有回他"
    )
    assert ranked_calls(()).text == "今天没有急着要打的电话。"


def test_a_rep_reads_why_a_lead_is_his() -> None:
    criteria = (
        CriterionView("地区", 53.333, 53.333, "负责上海"),
        CriterionView("产品线", 0, 0, "不清楚，权重分给其他各项"),
    )
    rivals = (RivalView("王磊", 80), RivalView("周敏", excluded="不负责医疗设备"))

    text = reason_text(ReasonView(LEAD.title, 95, criteria, rivals, tie="分数并列"))

    assert text.text == (
        "「赵主任 · CT设备」为什么给您：\n· 地区 53.3/53.3：负责上海\n"
        "· 产品线 不计：不清楚，权重分给其他各项\n合计 95 分\n其他人：王磊 80 分\n"
        "没有参加比较：周敏（不负责医疗设备）\n分数并列"
    )


def test_what_a_manager_gave_by_hand_is_said_so() -> None:
    text = reason_text(ReasonView(LEAD.title, 0, (), by="陈经理"))

    assert text.text == "「赵主任 · CT设备」是陈经理指定给您的。"


@pytest.mark.parametrize(
    ("low", "high", "currency", "written"),
    [
        ("3000000", "3000000", "CNY", "300万"),
        ("300000", "500000", "CNY", "30-50万"),
        ("30000", None, "CNY", "3万以上"),
        (None, "200000", "CNY", "20万以内"),
        ("5000", "5000", "CNY", "5000元"),
        ("8000", "10000", "CNY", "8000元-1万"),
        ("15000", "15000", "CNY", "1.5万"),
        ("120000000", "120000000", "CNY", "1.2亿"),
        ("300000", "300000", "USD", "30万美元"),
        ("800", "900", "EUR", "800-900欧元"),
        ("0", "0", "CNY", "0元"),
        (None, None, "CNY", ""),
    ],
)
def test_money_reads_as_people_say_it(
    low: str | None, high: str | None, currency: str, written: str
) -> None:
    amounts = [None if amount is None else Decimal(amount) for amount in (low, high)]

    assert money(Budget(amounts[0], amounts[1], currency)) == written


@pytest.mark.parametrize(
    ("phone", "seen"),
    [
        ("13800001234", "138****1234"),
        ("+86 138-0000-1234", "+86 138-****-1234"),
        ("021-55556666", "021-****6666"),
        ("55556666", "******66"),
        ("12345", "***45"),
        ("", ""),
    ],
)
def test_a_masked_phone_cannot_be_called(phone: str, seen: str) -> None:
    assert masked(phone) == seen


def test_moments_are_drawn_in_the_local_time() -> None:
    late = datetime(2026, 11, 24, 17, 5, tzinfo=UTC)

    assert (clock_time(late), day_and_time(late)) == ("01:05", "11-25 01:05")


@pytest.mark.parametrize(
    "message",
    [
        lead_card(LEAD),
        lead_card(replace(LEAD, words=WORDS * 50, needs=("需求" * 200,))),
        settled_lead_card(LEAD, CLOSED),
        settled_lead_card(LEAD, transferred_to("王磊"), still_owner=False),
        transfer_warning(TRANSFER),
        escalation_card(ESCALATION),
        choose_owner("L12", LEAD.title, PEOPLE),
        asked_back("哪一位张总？", tuple(Choice(f"张总{n}", f"pick:{n}") for n in range(9))),
        create_or_file(DRAFT, tuple(Choice(f"张{n}", f"C{n}") for n in range(9))),
    ],
)
def test_both_platforms_can_show_every_card(message: Card) -> None:
    sent = sending("LiNa", 1, message, key="K", repeat=0)
    if sent["msgtype"] == "template_card":
        check_card(sent["template_card"])
    check_card(updating("LiNa", 1, message, key="K", code="RC")["template_card"])
    check_params(variables(message))
    check_robot_message(card_without_template(message).sending("chen", "dingrobot"))


def test_no_title_is_a_mere_alarm() -> None:
    said: list[Message] = [lead_card(LeadView("L1")), transfer_warning(TRANSFER)]

    assert all("您有新线索" not in message.model_dump_json() for message in said)
