"""A client's own dates: when they mean to be in touch again, and how."""

from datetime import datetime

import pytest

from config.rules import load_rules
from nlp.facts import Extraction, Sender
from nlp.lexicon import Lexicon
from nlp.pipeline import extract

LEXICON = Lexicon(load_rules().catalog, load_rules().keywords)
NOW = datetime.fromisoformat("2026-11-24T10:00:00+08:00")


def read(text: str, sender: Sender = "client") -> Extraction:
    return extract(text, sent_at=NOW, sender=sender, lexicon=LEXICON)


@pytest.mark.parametrize(
    ("text", "kind", "day"),
    [
        ("下周三面谈", "visit", "2026-12-02"),
        ("周五再联系我", "call", "2026-11-27"),
        ("26号我过去看看", "visit", "2026-11-26"),
        ("明天下午你们过来演示一下", "visit", "2026-11-25"),
        ("后天给我打电话吧", "call", "2026-11-26"),
        ("后天打我电话13800001234", "call", "2026-11-26"),
        ("周五再定吧", "decision", "2026-11-27"),
        ("周六有空", "free", "2026-11-28"),
        ("周三我在公司，过来面谈吧", "visit", "2026-11-25"),
        ("明天能上门吗", "visit", "2026-11-25"),
        ("下周一给你消息", "call", "2026-11-30"),
        ("周四开会定，到时候告诉你", "call", "2026-11-26"),
    ],
)
def test_a_client_names_the_next_step_and_its_day(text: str, kind: str, day: str) -> None:
    (one,) = read(text).appointments

    assert (one.kind, one.due["start"][:10]) == (kind, day)
    assert one.text == text[one.start : one.end]


@pytest.mark.parametrize(
    "text",
    [
        "明天不用来了",
        "上周三你们来过",
        "下周没空",
        "周五前要到货",
        "下周一我们盘点不收货",
        "预算30万",
        "昨天打过电话了",
        "下周三前要招标文件，电话13800001234",
        "下周三前要资料，联系人王主任，联系电话：021-54321098",
    ],
)
def test_what_is_ruled_out_or_past_is_no_appointment(text: str) -> None:
    assert read(text).appointments == ()


def test_a_reps_dates_are_promises_and_none_of_these() -> None:
    said = read("我明天下午过去拜访您", sender="rep")

    assert said.appointments == ()
    assert len(said.promises) == 1


def test_appointments_are_not_printed() -> None:
    assert set(read("下周三面谈").as_json()) == {"entities", "intent", "promises"}
