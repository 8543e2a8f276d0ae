"""What DingTalk is told to show, as values."""

from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifiers.card import Button, Card, Link, Row, Tone
from notifiers.dingtalk_card import (
    VARIABLES,
    RobotMessage,
    card_without_template,
    creating,
    inert,
    text_message,
    updating,
    variables,
    words,
)
from notifiers.wire import as_json
from tests.fakes.fake_dingtalk import check_params, check_robot_message

HISTORY = Link(text="全部历史", url="https://bot.example.com/t/abc")
CARD = Card(
    title="赵主任 · CT设备",
    subtitle="微信客服 · 上海",
    rows=(Row(name="需求", value="CT设备的参数"), Row(name="电话", value="13800001234")),
    quote="预算300万左右",
    buttons=(Button(text="转派", action="reassign:L12", tone=Tone.PRIMARY), HISTORY),
    menu=(Button(text="静音", action="mute:L12"),),
)

ANY_SPEED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(message: RobotMessage) -> dict[str, str]:
    body = message.sending("chen", "dingrobot")
    check_robot_message(body)
    fields: dict[str, str] = orjson.loads(body["msgParam"])
    return fields


def test_a_card_fills_every_variable_of_the_template() -> None:
    shown = variables(CARD)

    assert tuple(shown) == VARIABLES
    assert shown["title"] == "赵主任 · CT设备"
    assert orjson.loads(shown["rows"])[1] == {"name": "电话", "value": "13800001234", "url": ""}
    assert orjson.loads(shown["buttons"]) == [
        {"id": "reassign:L12", "text": "转派", "tone": "primary", "url": ""},
        {"id": "", "text": "全部历史", "tone": "plain", "url": HISTORY.url},
    ]
    assert shown["settled"] == "false"


def test_the_templates_page_explains_every_variable() -> None:
    page = Path("docs/platforms/dingtalk-card-template.md").read_text()

    assert [name for name in VARIABLES if f"| `{name}` |" not in page] == []


def test_a_settled_card_has_no_buttons_left() -> None:
    shown = variables(CARD.model_copy(update={"status": "已转给王磊"}))

    assert (shown["status"], shown["settled"], shown["buttons"]) == ("已转给王磊", "true", "[]")


def test_an_update_empties_what_the_new_card_does_not_say() -> None:
    body = updating(Card(title="赵主任 · CT设备", status="已转给王磊"), key="K1")

    shown = body["cardData"]["cardParamMap"]
    assert (shown["rows"], shown["quote"]) == ("[]", "")
    assert body["cardUpdateOptions"]["updateCardDataByKey"] is True


def test_presses_come_back_over_stream_or_over_a_route() -> None:
    stream = creating("chen", CARD, key="K1", template="T", robot="R", route=None)
    http = creating("chen", CARD, key="K1", template="T", robot="R", route="genjin")

    assert stream["callbackType"] == "STREAM"
    assert "callbackRouteKey" not in stream
    assert (http["callbackType"], http["callbackRouteKey"]) == ("HTTP", "genjin")


def test_long_rows_are_cut_until_they_fit_and_addresses_stay_whole() -> None:
    rows = tuple(Row(name=f"事实{n}", value="长" * 400, url="https://x.test/1") for n in range(5))

    wire = variables(CARD.model_copy(update={"rows": rows}))["rows"]

    assert len(wire.encode()) <= 1000
    fitted = orjson.loads(wire)
    assert len(fitted) == 5
    assert all(row["value"].endswith("…") and row["url"] == "https://x.test/1" for row in fitted)


def test_actions_are_never_cut() -> None:
    buttons = tuple(Button(text="人" * 30, action=f"a:{n}:" + "x" * 200) for n in range(8))

    fitted = orjson.loads(variables(CARD.model_copy(update={"buttons": buttons}))["buttons"])

    assert 0 < len(fitted) < 8
    assert all(len(button["id"]) == 204 for button in fitted)


@ANY_SPEED
@given(st.text(), st.lists(st.text(), max_size=12))
def test_any_card_fits_the_templates_variables(text: str, values: list[str]) -> None:
    rows = tuple(Row(name="项", value=value * 9) for value in values)
    buttons = tuple(Button(text=f"钮{value}", action=f"a:{n}") for n, value in enumerate(values))
    card = Card(title=f"赵{text}", quote=text * 99, text=text * 99, rows=rows, buttons=buttons)

    check_params(variables(card))
    check_robot_message(card_without_template(card).sending("chen", "dingrobot"))
    assert as_json(updating(card, key="K1"))


def test_plain_words_stay_plain() -> None:
    assert read(text_message("预算<50万 *急*")) == {"content": "预算<50万 *急*"}
    assert words("  ") == "（空）"


def test_without_a_template_links_are_buttons_and_the_card_says_what_cannot_be_pressed() -> None:
    message = card_without_template(CARD)

    assert message.kind == "sampleActionCard"
    fields = read(message)
    assert (fields["singleTitle"], fields["singleURL"]) == ("全部历史", HISTORY.url)
    assert "可以：转派。" in fields["text"]
    assert "点下面的链接" in fields["text"]


def test_without_a_template_the_cards_own_page_is_one_more_link() -> None:
    message = card_without_template(CARD.model_copy(update={"url": "https://x.test/l/12"}))

    fields = read(message)
    assert message.kind == "sampleActionCard2"
    assert fields["actionURL2"] == "https://x.test/l/12"


def test_without_a_template_and_without_links_the_card_is_words() -> None:
    message = card_without_template(CARD.model_copy(update={"buttons": CARD.buttons[:1]}))

    assert message.kind == "sampleMarkdown"
    assert "请用文字回复" in read(message)["text"]


def test_a_settled_card_without_a_template_only_says_its_status() -> None:
    text = read(card_without_template(CARD.model_copy(update={"status": "已转给王磊"})))["text"]

    assert "**已转给王磊**" in text
    assert "转派" not in text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("[点我](dtmd://x)", "［点我］(dtmd://x)"),
        ("<font>**急**</font>", "＜font>＊＊急＊＊＜/font>"),
        ("# 标题", "·＃ 标题"),
        ("> 引用", "·＞ 引用"),
        ("#标题", "·＃标题"),
        ("- 一项", "·- 一项"),
        ("1. 一项", "·1. 一项"),
        ("1.5T 超导", "1.5T 超导"),
        ("一行\n# 二行", "一行 # 二行"),
        ("![x](http://a)", "!［x］(http://a)"),
        ("a_b@c.com", "a_b@c.com"),
    ],
)
def test_words_of_others_cannot_become_markdown(said: str, shown: str) -> None:
    assert inert(said) == shown
