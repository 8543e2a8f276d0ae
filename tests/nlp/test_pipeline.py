from datetime import datetime

import pytest

from config.rules import load_rules
from nlp.facts import Extraction, Sender
from nlp.lexicon import Lexicon
from nlp.pipeline import extract

LEXICON = Lexicon(load_rules().catalog, load_rules().keywords, people=["李娜"])
NOW = datetime.fromisoformat("2026-11-24T10:00:00+08:00")


def read(text: str, sender: Sender = "client") -> Extraction:
    return extract(text, sent_at=NOW, sender=sender, lexicon=LEXICON)


def test_the_storys_message_comes_out_whole() -> None:
    found = read(
        "你好，我们医院想了解CT设备的参数，预算300万左右，下周三前要招标文件，电话13800001234"
    )

    assert {entity.type: entity.as_json()["value"] for entity in found.entities} == {
        "product": {"name": "CT设备"},
        "budget": {"min": 3_000_000, "max": 3_000_000, "currency": "CNY"},
        "time": {"start": "2026-11-24T10:00:00+08:00", "end": "2026-12-02T00:00:00+08:00"},
        "phone": "+8613800001234",
    }
    assert found.intent.level == "high"
    assert found.intent.keywords == ("参数", "招标文件")
    assert found.intent.tags == ("高意向",)
    assert LEXICON.line_of("CT设备") == "医疗设备"


def test_the_answer_has_the_contracts_shape() -> None:
    said = read("赵主任要3台CT").as_json()

    assert set(said) == {"entities", "intent", "promises"}
    assert said["intent"] == {"level": "normal", "keywords": []}
    assert said["entities"][0] == {
        "type": "person",
        "text": "赵主任",
        "start": 0,
        "end": 3,
        "value": {"name": "赵", "title": "主任"},
        "by": "title",
    }


def test_what_may_be_read_otherwise_is_marked() -> None:
    (time,) = read("明天3点来").of("time")

    assert time.as_json()["ambiguous"] is True


def test_our_own_people_are_marked_like_any_other() -> None:
    person = read("找一下李娜").first("person")

    assert person is not None
    assert person.text == "李娜"


def test_a_time_without_an_offset_is_shanghais() -> None:
    naive = NOW.replace(tzinfo=None)
    found = extract("明天", sent_at=naive, sender="client", lexicon=LEXICON)

    assert found.entities[0].as_json()["value"]["start"] == "2026-11-25T00:00:00+08:00"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("你好", "none"),
        ("好的谢谢🙏", "none"),
        ("[玫瑰]", "none"),
        ("大促满减，戳链接领券，退订回T", "none"),
        ("", "none"),
        ("你们几点下班", "normal"),
        ("价格太高了，再看看", "normal"),
        ("发票开好了吗", "normal"),
        ("多少钱", "high"),
        ("能来演示一下吗", "high"),
        ("急用呼吸机", "high"),
        ("有替代的产品吗", "high"),
    ],
)
def test_how_much_a_client_wants_something(text: str, level: str) -> None:
    assert read(text).intent.level == level


def test_advertising_is_told_from_small_talk() -> None:
    assert read("大促满减，退订回T").intent.is_advertising
    assert not read("你好").intent.is_advertising


def test_a_reps_words_have_no_intent() -> None:
    found = read("我下周给您报价", sender="rep")

    assert found.intent.level == "none"
    assert found.first("time") is not None


@pytest.mark.parametrize(
    "piece",
    [
        "3台",
        "周三",
        "下",
        "一",
        "1",
        "王总",
        "医院",
        "@",
        "预算",
        "13800001234 ",
        "月底前",
        "-",
        "到",
    ],
)
def test_a_very_long_message_is_read_to_its_end(piece: str) -> None:
    text = piece * (8_000 // len(piece)) + "，电话 021-54321098"

    assert read(text).of("phone")[-1].value == "+862154321098"
