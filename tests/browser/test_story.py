"""The story's main points, as somebody at the page lives them, on a phone and on a desktop."""

import pytest
from playwright.sync_api import expect

from tests.browser.desk import ASK, SandboxPage


def test_a_clients_words_become_a_card_in_a_reps_hand(sandbox: SandboxPage) -> None:
    sandbox.writes("赵主任", ASK)

    card = sandbox.cards("李娜").first
    expect(card).to_be_visible()
    expect(card.get_by_role("heading")).to_have_text("赵主任 · CT设备")
    expect(card).to_contain_text("微信客服")
    for row in ("需求", "预算", "时间", "电话", "为什么是您"):
        expect(card.get_by_role("term").filter(has_text=row)).to_be_visible()
    expect(card).to_contain_text("300万")
    expect(card.locator("blockquote")).to_contain_text(ASK)
    for button in ("已联系", "预约拜访", "发送资料"):
        expect(card.get_by_role("button", name=button)).to_be_enabled()
    expect(card).not_to_contain_text("您有新线索")


def test_the_page_shows_which_words_each_fact_came_from(sandbox: SandboxPage) -> None:
    sandbox.writes("赵主任", ASK)

    panel = sandbox.looks_at_the_bot()
    expect(panel.get_by_role("heading", name="赵主任")).to_be_visible()
    expect(panel.locator(".words")).to_have_text(ASK)
    for words in ("CT设备", "300万", "13800001234"):
        expect(panel.locator("mark", has_text=words)).to_be_visible()
    expect(panel.locator(".timer").first).to_be_visible()
    expect(panel.locator(".happened").first).to_be_visible()
    expect(panel.locator(".candidate--chosen")).to_contain_text("李娜")


def test_what_nobody_touches_moves_on_after_fifteen_minutes(sandbox: SandboxPage) -> None:
    sandbox.writes("赵主任", ASK)
    expect(sandbox.cards("李娜").first).to_be_visible()

    sandbox.forward("+15 分钟")

    expect(sandbox.cards("王磊").first).to_contain_text("赵主任 · CT设备")
    settled = sandbox.cards("李娜").first
    expect(settled).to_contain_text("已转给王磊")
    expect(settled.get_by_role("button")).to_have_count(0)
    expect(settled).not_to_contain_text("13800001234")
    warned = sandbox.looks_at("陈经理").get_by_role("log").first
    expect(warned).to_contain_text("赵主任")
    expect(warned).to_contain_text("李娜")


def test_who_has_made_contact_is_handed_the_conversation(sandbox: SandboxPage) -> None:
    sandbox.writes("赵主任", ASK)
    expect(sandbox.cards("李娜").first).to_be_visible()
    sandbox.forward("+15 分钟")

    card = sandbox.cards("王磊").first
    card.get_by_role("button", name="已联系").click()

    expect(card).to_contain_text("已联系 · 10:15")
    expect(card.get_by_role("button", name="已联系")).to_have_count(0)
    expect(sandbox.looks_at_the_bot().locator(".lead .pill")).to_have_text("已联系")
    desk = sandbox.opens_conversation("王磊", "赵主任")
    expect(desk.get_by_role("log").last).to_contain_text(ASK)
    sandbox.writes("王磊", "赵主任您好，参数表今天发您")
    client = sandbox.looks_at("赵主任").get_by_role("log")
    expect(client).to_contain_text("赵主任您好，参数表今天发您")


MARKUP = (
    '想了解CT设备<img src="/nothing" onerror="document.title=1"><b>急</b>'
    "<script>document.title=2</script>[点我](javascript:alert(1))，电话13800001234"
)


def test_markup_in_a_clients_words_is_only_words(sandbox: SandboxPage) -> None:
    title = sandbox.page.title()

    desk = sandbox.writes("赵主任", MARKUP)

    expect(desk.locator(".bubble").first).to_have_text(MARKUP)
    card = sandbox.cards("李娜").first
    expect(card.locator("blockquote")).to_contain_text("<b>急</b>")
    expect(sandbox.looks_at_the_bot().locator(".words")).to_have_text(MARKUP)
    foreign = ".messages img, .messages b, .messages script, .knowledge img, [href^=javascript]"
    expect(sandbox.page.locator(foreign)).to_have_count(0)
    assert sandbox.page.title() == title


def test_nothing_is_wider_than_the_screen(sandbox: SandboxPage) -> None:
    sandbox.writes("赵主任", ASK + "https://example.com/" + "长" * 30 + "x" * 200)
    expect(sandbox.cards("李娜").first).to_be_visible()
    sandbox.forward("+15 分钟")

    for name in ("赵主任", "李娜", "王磊", "陈经理"):
        sandbox.looks_at(name)
        assert not sandbox.scrolls_sideways(), name
    sandbox.looks_at_the_bot()
    assert not sandbox.scrolls_sideways()


@pytest.mark.parametrize("answered", ["今天该先打哪个电话", "为什么给我"])
def test_a_rep_asks_and_is_answered(sandbox: SandboxPage, answered: str) -> None:
    sandbox.writes("赵主任", ASK)
    expect(sandbox.cards("李娜").first).to_be_visible()

    desk = sandbox.writes("李娜", answered)

    spoken = desk.locator(".message:not(.message--mine)").last
    expect(spoken).to_contain_text("赵主任")
    expect(desk.locator(".message--mine").last).to_contain_text(answered)
