"""Pairs to look at and merges, as values."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crm_store.identity.verdict import Effect, Evidence
from notifiers.card import Button, Card
from notifiers.cards.evidence import by_effect, doubts, reasons
from notifiers.cards.merge import (
    MergedView,
    MergeView,
    OwnerLine,
    ReportView,
    came_again,
    merge_report,
    merge_story,
    which_merge,
)
from notifiers.cards.review import (
    LeadLine,
    PairView,
    QueueLine,
    SideView,
    queue_text,
    review_card,
    settled_review_card,
)
from notifiers.dingtalk_card import card_without_template, variables
from notifiers.wecom_card import sending, updating
from tests.fakes.fake_dingtalk import check_params, check_robot_message
from tests.fakes.fake_wecom import check_card

TEN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ONE = SideView(
    ref="C1",
    name="张主任",
    company="上海康源医疗器械有限公司",
    city="上海",
    phones=("13800001234",),
    source="微信客服",
    since=TEN,
    leads=(LeadLine("CT设备", "李娜"),),
)
OTHER = SideView(
    ref="C7",
    name="张伟",
    company="康源医疗",
    phones=("13800001234", "02155556666"),
    source="展会",
    since=TEN.replace(year=2025),
    leads=(LeadLine("", "王磊"), LeadLine("DR", "")),
)
EVIDENCE = (
    Evidence("phone", Effect.AGREES, 100),
    Evidence("company", Effect.CLOSE, 40),
    Evidence("city", Effect.DIFFERS, -10),
    Evidence("email", Effect.SHARED, 0),
)
PAIR = PairView("R12", ONE, OTHER, 72, EVIDENCE)
MERGE = MergeView("M7", TEN, MergedView("C7", "张伟", "展会", TEN), 96, EVIDENCE)
REPORT = ReportView(
    client="张主任",
    client_ref="C1",
    merge=MERGE,
    leads=(OwnerLine("CT设备", "李娜", ("王磊",)),),
    may_undo=True,
)


def rows(card: Card) -> dict[str, str]:
    return {row.name: row.value for row in card.rows}


def test_a_pair_stands_side_by_side() -> None:
    card = review_card(PAIR)

    assert card.title == "张主任 / 张伟"
    assert card.subtitle == "R12 · 是同一个客户吗？ 证据 72 分"
    assert rows(card) == {
        "姓名": "张主任 ｜ 张伟",
        "公司": "上海康源医疗器械有限公司 ｜ 康源医疗",
        "城市": "上海 ｜ —",
        "电话": "138****1234 ｜ 138****1234、021****6666",
        "来源": "微信客服 2026-11-24 ｜ 展会 2025-11-24",
        "线索": "CT设备（李娜） ｜ 王磊、DR（没有负责人）",
    }
    assert card.text == "相同：手机号\n相近：公司名\n不同：城市\n几家共用、不算数：邮箱"
    said = [(item.text, item.action) for item in card.buttons if isinstance(item, Button)]
    assert said == [
        ("合并", "review:R12:same"),
        ("不是同一个", "review:R12:distinct"),
        ("以后再说", "review:R12:later"),
    ]


def test_evidence_is_said_as_people_say_it() -> None:
    evidence = (
        Evidence("phone", Effect.CLOSE, 45),
        Evidence("contact", Effect.DIFFERS, -10),
        Evidence("credit_code", Effect.VETOES, 0),
        Evidence("overall", Effect.CLOSE, 7),
    )

    assert reasons(evidence) == "手机号只差一位"
    assert doubts(evidence) == "没有一个联系方式相同；信用代码不同，不会是同一个"
    assert by_effect(evidence) == "相近：手机号\n不同：信用代码"


def test_the_phone_is_read_only_by_whoever_owns_that_client() -> None:
    card = review_card(replace(PAIR, other=replace(OTHER, is_readers=True)))

    assert rows(card)["电话"] == "138****1234 ｜ 13800001234、02155556666"


def test_what_neither_has_takes_no_line() -> None:
    bare = review_card(PairView("R1", SideView("C1"), SideView("C2"), 60))

    assert bare.title == "客户 C1 / 客户 C2"
    assert rows(bare) == {"线索": "没有未结线索 ｜ 没有未结线索"}


def test_parts_of_one_house_are_asked_about_as_such() -> None:
    assert "一家的两个部分" in review_card(replace(PAIR, is_family=True)).subtitle


def test_what_is_decided_keeps_names_only() -> None:
    card = settled_review_card(PAIR.title, "已合并")

    assert (card.title, card.status, card.rows, card.buttons) == ("张主任 / 张伟", "已合并", (), ())


def test_a_queue_says_how_much_waits_and_how_to_answer() -> None:
    lines = [QueueLine("R12", "张主任 / 张伟", 72, "两位同事在跟"), QueueLine("R3", "甲 / 乙", 60)]

    assert queue_text(lines, 5).text == (
        "待查重 5 对，要紧的在前：\nR12 张主任 / 张伟（证据 72 分，两位同事在跟）\n"
        "R3 甲 / 乙（证据 60 分）\n还有 3 对\n"
        "第一对的卡片在下面。也可以回复：查重 编号 合并 / 不是同一个 / 以后再说"
    )
    assert queue_text((), 0).text == "没有待查重的客户"


def test_a_report_says_what_why_whose_and_how_to_take_it_back() -> None:
    card = merge_report(REPORT)

    assert card.title == "合并报告：张主任"
    assert card.subtitle == "自动合并 · 11-24 10:00 · C1"
    assert rows(card) == {
        "并进来的": "张伟（展会，2026-11-24 起，C7）",
        "理由": "手机号相同；公司名相近（96 分）",
        "负责人": "CT设备：李娜（王磊协作）",
    }
    assert "撤销合并 张主任" in card.text
    assert [item.action for item in card.buttons if isinstance(item, Button)] == ["unmerge:M7"]


def test_who_came_again_by_another_way_is_not_asked_whether_he_did() -> None:
    assert came_again(REPORT).text == (
        "张主任又从展会来过（这次自称张伟），已并进同一份档案：手机号相同；公司名相近。"
        "不是同一个请回复：撤销合并 张主任"
    )
    nameless = replace(MERGE, merged=MergedView("C7", ""), evidence=())
    assert came_again(replace(REPORT, merge=nameless)).text == (
        "张主任又换了一种方式来过，已并进同一份档案。不是同一个请回复：撤销合并 张主任"
    )


def test_who_may_not_take_it_back_is_told_whom_to_ask() -> None:
    card = merge_report(replace(REPORT, may_undo=False))

    assert card.buttons == ()
    assert "告诉负责人或主管" in card.text


def test_every_merge_is_told_with_its_reasons() -> None:
    undone = replace(MERGE, ref="M8", by="陈经理", undone_at=TEN, undone_by="高总", evidence=())

    assert merge_story("张主任", [MERGE, undone]).text == (
        "张主任合并过 2 次：\n"
        "1. 2026-11-24 10:00 自动合并：并进了张伟（展会，2026-11-24 起，C7）\n"
        "    手机号相同；公司名相近（96 分）\n"
        "    另外：城市不同；邮箱相同，但几家公司共用，不算数\n"
        "2. 2026-11-24 10:00 陈经理确认：并进了张伟（展会，2026-11-24 起，C7）\n"
        "    陈经理看过以后确认的\n"
        "    已由高总于 2026-11-24 10:00 撤销\n"
        "不对的话请回复：撤销合并 张主任"
    )
    assert merge_story("张主任", []).text == "张主任没有合并过别的档案"


def test_one_of_several_merges_is_chosen_by_a_button() -> None:
    card = which_merge("张主任", [replace(MERGE, ref=f"M{n}") for n in range(9)])

    assert [item.text for item in card.buttons] == ["撤销 张伟"] * 6
    assert card.rows[0].value == "张伟（展会，2026-11-24 起，C7）"


@pytest.mark.parametrize(
    "message",
    [
        review_card(PAIR),
        review_card(
            replace(
                PAIR,
                one=replace(ONE, name="张" * 64, company="康" * 200, leads=ONE.leads * 9),
                other=replace(OTHER, name="李" * 64, company="源" * 200, phones=("1" * 20,) * 9),
                evidence=EVIDENCE * 9,
            )
        ),
        settled_review_card(PAIR.title, "已合并，由李娜负责"),
        merge_report(REPORT),
        merge_report(replace(REPORT, may_undo=False, url="https://bot.example.com/t/a")),
        which_merge("张主任", [replace(MERGE, ref=f"M{n}") for n in range(9)]),
    ],
)
def test_both_platforms_can_show_every_card(message: Card) -> None:
    sent = sending("LiNa", 1, message, key="K", repeat=0)
    if sent["msgtype"] == "template_card":
        check_card(sent["template_card"])
    check_card(updating("LiNa", 1, message, key="K", code="RC")["template_card"])
    check_params(variables(message))
    check_robot_message(card_without_template(message).sending("chen", "dingrobot"))


def test_on_wecom_a_pair_loses_no_row() -> None:
    body = sending("LiNa", 1, review_card(PAIR), key="k1", repeat=0)["template_card"]

    shown = [row["keyname"] for row in body["horizontal_content_list"]]
    assert shown == ["姓名", "公司", "城市", "电话", "来源", "线索"]
    assert body["sub_title_text"].startswith("相同：手机号")
