"""What WeCom is told to show, as values."""

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifiers import wecom_card
from notifiers.card import Button, Card, Link, Row, Text, Tone
from notifiers.wecom_card import Body, sending, text_content, updating
from notifiers.wire import as_json
from tests.fakes.fake_wecom import check_card

LEAD = Card(
    title="赵主任 · CT设备",
    subtitle="微信客服 · 上海",
    rows=(Row(name="需求", value="CT设备的参数"), Row(name="电话", value="13800001234")),
    quote="预算300万左右",
    buttons=(
        Button(text="已联系", action="contacted:L12", tone=Tone.PRIMARY),
        Button(text="预约拜访", action="visit:L12"),
    ),
    menu=(Button(text="静音", action="mute:L12"),),
    url="https://bot.example.com/t/abc",
)

ANY_SPEED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def sent_card(card: Card) -> Body:
    body = sending("LiNa", 1000002, card, key="K1", repeat=0)
    assert body["msgtype"] == "template_card"
    drawn: Body = body["template_card"]
    check_card(drawn)
    return drawn


def updated_card(card: Card) -> Body:
    drawn: Body = updating("LiNa", 1000002, card, key="K1", code="RC1")["template_card"]
    check_card(drawn)
    return drawn


def test_a_lead_card_becomes_a_card_whose_buttons_come_back() -> None:
    drawn = sent_card(LEAD)

    assert drawn == {
        "card_type": "button_interaction",
        "task_id": "K1",
        "main_title": {"title": "赵主任 · CT设备", "desc": "微信客服 · 上海"},
        "horizontal_content_list": [
            {"keyname": "需求", "value": "CT设备的参数"},
            {"keyname": "电话", "value": "13800001234"},
        ],
        "quote_area": {"type": 0, "quote_text": "预算300万左右"},
        "card_action": {"type": 1, "url": "https://bot.example.com/t/abc"},
        "button_list": [
            {"type": 0, "text": "已联系", "style": 1, "key": "contacted:L12"},
            {"type": 0, "text": "预约拜访", "style": 4, "key": "visit:L12"},
        ],
        "action_menu": {"desc": "更多", "action_list": [{"text": "静音", "key": "mute:L12"}]},
    }


def test_a_request_asks_for_the_longest_duplicate_check_and_an_integer_agent() -> None:
    for message in (LEAD, Text(text="好")):
        body = sending("LiNa", 1000002, message, key="K1", repeat=0)

        assert (body["enable_duplicate_check"], body["duplicate_check_interval"]) == (1, 14400)
        assert body["agentid"] == 1000002
        assert body["touser"] == "LiNa"


def test_a_card_with_links_only_is_a_notice_that_opens_the_first() -> None:
    link = Link(text="全部历史", url="https://bot.example.com/t/abc")

    drawn = sent_card(Card(title="赵主任", buttons=(link,)))

    assert drawn["card_type"] == "text_notice"
    assert drawn["card_action"] == {"type": 1, "url": link.url}
    assert drawn["jump_list"] == [{"type": 1, "title": "全部历史", "url": link.url}]


def test_a_card_that_opens_nothing_travels_as_words() -> None:
    card = Card(title="赵主任", rows=(Row(name="负责人", value="李娜"),), text="15 分钟未查看")

    body = sending("LiNa", 1000002, card, key="K1", repeat=0)

    assert body["text"] == {"content": "赵主任\n负责人：李娜\n15 分钟未查看"}


def test_a_settled_card_shows_its_status_in_place_of_the_buttons() -> None:
    drawn = updated_card(LEAD.model_copy(update={"status": "已联系 · 14:32"}))

    assert drawn["replace_text"] == "已联系 · 14:32"
    assert drawn["task_id"] == "K1"


def test_a_settled_card_without_buttons_still_has_the_one_that_wecom_demands() -> None:
    drawn = updated_card(Card(title="赵主任 · CT设备", status="已转给王磊"))

    assert drawn["replace_text"] == "已转给王磊"
    assert [button["text"] for button in drawn["button_list"]] == ["已转给王磊"]


def test_an_open_card_is_updated_to_an_open_card() -> None:
    drawn = updated_card(LEAD)

    assert "replace_text" not in drawn
    assert len(drawn["button_list"]) == 2


def test_a_settled_card_sent_anew_says_its_status_in_its_text() -> None:
    drawn = sent_card(LEAD.model_copy(update={"status": "已关闭", "text": "客户不再考虑"}))

    assert drawn["card_type"] == "text_notice"
    assert drawn["sub_title_text"] == "已关闭\n客户不再考虑"


def test_an_update_names_its_receiver_in_an_array() -> None:
    body = updating("LiNa", 1000002, LEAD, key="K1", code="RC1")

    assert body["userids"] == ["LiNa"]
    assert body["response_code"] == "RC1"


def test_rows_beyond_the_sixth_are_said_in_the_text() -> None:
    rows = tuple(Row(name=f"项{n}", value=str(n)) for n in range(8))

    drawn = sent_card(LEAD.model_copy(update={"rows": rows, "text": "请看"}))

    assert len(drawn["horizontal_content_list"]) == 6
    assert drawn["sub_title_text"] == "请看\n项6：6\n项7：7"


def test_a_row_with_an_address_is_a_link_and_an_empty_one_a_dash() -> None:
    rows = (Row(name="历史", value="打开", url="https://x.test/1"), Row(name="预算", value=""))

    drawn = sent_card(LEAD.model_copy(update={"rows": rows}))

    assert drawn["horizontal_content_list"] == [
        {"keyname": "历史", "value": "打开", "type": 1, "url": "https://x.test/1"},
        {"keyname": "预算", "value": "—"},
    ]


def test_what_wecom_cannot_hold_is_cut_with_an_ellipsis() -> None:
    many = tuple(Button(text="人" * 40, action=f"a:{n}") for n in range(9))
    menu = tuple(Button(text=str(n), action=f"m:{n}") for n in range(5))
    long = Card(
        title="题" * 99,
        subtitle="副" * 99,
        quote="话" * 999,
        text="文" * 999,
        buttons=many,
        menu=menu,
    )

    drawn = sent_card(long)

    assert drawn["main_title"] == {"title": "题" * 25 + "…", "desc": "副" * 29 + "…"}
    assert drawn["quote_area"]["quote_text"] == "话" * 127 + "…"
    assert drawn["sub_title_text"] == "文" * 159 + "…"
    assert len(drawn["button_list"]) == 6
    assert drawn["button_list"][0]["text"] == "人" * 15 + "…"
    assert len(drawn["action_menu"]["action_list"]) == 3


def test_a_text_is_cut_at_2048_bytes_between_characters() -> None:
    content = text_content("汉" * 700)

    assert content == "汉" * 681 + "…"
    assert len(content.encode()) == 2046


def test_a_repeated_text_differs_even_where_it_had_to_be_cut() -> None:
    repeated = [text_content("汉" * 700, repeat) for repeat in range(3)]

    assert len(set(repeated)) == 3
    assert repeated[1].endswith("…〔2〕")
    assert all(len(content.encode()) <= wecom_card.TEXT_BYTES for content in repeated)
    assert text_content("收到", 1) == "收到〔2〕"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ('<a href="https://evil.test">点我</a>', '＜a href="https://evil.test">点我＜/a>'),
        ("< A HREF=x>", "＜ A HREF=x>"),
        ("预算<50万 & 交期>3天", "预算<50万 & 交期>3天"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("李\u202e娜", "李娜"),
        ("半个\ud83d", "半个"),
        ("一\r\n二\t三", "一\n二 三"),
        ("   ", "（空）"),
    ],
)
def test_words_of_others_cannot_become_markup(words: str, shown: str) -> None:
    assert text_content(words) == shown


@ANY_SPEED
@given(st.text(), st.integers(0, 3))
def test_any_words_fit_and_can_travel(words: str, repeat: int) -> None:
    content = text_content(words * 60, repeat)

    assert 0 < len(content.encode()) <= 2048
    assert orjson.loads(as_json({"content": content})) == {"content": content}


@ANY_SPEED
@given(st.text(min_size=1), st.text(), st.lists(st.text(), max_size=9))
def test_any_card_is_one_that_wecom_takes(title: str, quote: str, values: list[str]) -> None:
    rows = tuple(Row(name=value or "空", value=value) for value in values)
    card = Card(title=f"赵{title}", quote=quote, rows=rows, text=quote, buttons=LEAD.buttons)

    assert as_json(sent_card(card))


def test_a_retry_sends_the_same_bytes() -> None:
    first, again = (as_json(sending("LiNa", 1, LEAD, key="K1", repeat=0)) for _ in range(2))

    assert first == again
