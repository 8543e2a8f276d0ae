"""帮助: one screen of what he may say, the rest by topic; no command without its phrasings."""

import pytest

from crm_store.models import Member, Role
from handlers import ROUTERS
from handlers.commands import Words, find_command
from handlers.helping import DAILY, MOST_BYTES, OF_LEADERS
from handlers.requests.linking import links
from nlp.requests import read_requests
from nlp.requests.phrasing import intents
from nlp.requests.reading import SURE
from tests.nlp.requests import KNOWN, NOW
from tests.world import World


async def test_help_is_one_screen_of_what_he_may_say_and_the_rest_by_topic(office: World) -> None:
    told = {who: await office.hears(who, "帮助") for who in ("lina", "chen", "fin", "root")}

    for answer in told.values():
        lines = answer.splitlines()
        assert 3 <= len(lines) <= 10
        assert all(len(line) < 40 for line in lines[:-1])
        assert "帮助 提醒和承诺" in lines[-1]
    assert "把赵主任转给王磊" in told["chen"]
    assert "谁在请假" not in told["lina"]
    assert "线索 康源" not in told["fin"]


def test_every_example_of_help_is_understood_as_what_it_stands_for() -> None:
    commands = tuple(command for router in ROUTERS for command in router.commands)
    linked = links(commands)
    chief = Member(id="chen", name="陈经理", roles=list(Role), capacity=1)
    for pattern, example, _ in (*OF_LEADERS, *DAILY):
        found = find_command(commands, Words.of(example), chief)
        if found is not None:
            assert found[0].patterns[0] == pattern, example
            continue
        request = read_requests(example, KNOWN, NOW)[0]
        assert request.confidence >= SURE, example
        assert pattern in {link.command.patterns[0] for link in linked[request.intent]}, example


@pytest.mark.parametrize(
    "topic", ["提醒", "客户", "承诺", "报表", "分配", "请假", "查过去", "规则"]
)
async def test_help_on_a_topic_says_what_each_command_does(office: World, topic: str) -> None:
    answer = await office.hears("chen", f"帮助 {topic}")

    assert len(answer.encode()) <= MOST_BYTES
    assert answer.startswith(f"关于{topic}，可以这样说：")
    assert answer.count("\n· ") >= 2
    assert "：" in answer.splitlines()[1]


async def test_help_on_what_there_is_not_names_the_topics(office: World) -> None:
    assert "帮助 客户" in await office.hears("lina", "帮助 天气")


def test_every_intent_is_a_command_and_every_command_has_phrasings() -> None:
    """A command that has no phrasing is only for those who know its syntax."""
    commands = tuple(command for router in ROUTERS for command in router.commands)
    linked = links(commands)
    known = {link.command for every in linked.values() for link in every}

    assert {intent.name for intent in intents()} == set(linked)
    assert {say for intent in intents() for say in intent.say} == {
        link.say for every in linked.values() for link in every
    }
    assert {command.patterns[0] for command in commands if command not in known} == SAID_AS_WRITTEN


SAID_AS_WRITTEN = {"放回公海 {client}", "我答应 {words}", "规则 第{page}页"}
"""Half a command, the same without blanks, a further page: the phrasings of 放回公海, 承诺 and 规则
stand for them too."""
