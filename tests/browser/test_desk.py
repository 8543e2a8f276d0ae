"""The desk page in a browser: a new lead comes without reloading, notifies, and goes when seen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from crm_store.models import DeskSeat
from tests.browser.conftest import PATIENCE_MS, VIEWS, Complaints
from tests.browser.pages import Served

NEED = "我们医院的CT设备坏了，急需维保，电话13800001234"
TITLE = "赵主任 · 急需CT设备维保"
NOTES = """
window.told = []; window.hushed = [];
window.Notification = class extends window.Notification {
  constructor(title, options) { super(title, options); told.push([title, options.body]); }
  close() { hushed.push(this.title); super.close(); }
};
"""
"""The browser's own notifications, which are made, and counted."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as served:
        yield served


def context_of(
    browser: Browser, served: Served, view: str, *, has_script: bool = True
) -> BrowserContext:
    width, height = VIEWS[view]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", java_script_enabled=has_script
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(NOTES)
    return context


@pytest.fixture
def desk(browser: Browser, served: Served, complaints: Complaints) -> Iterator[Page]:
    """李娜's page, which may notify."""
    context = context_of(browser, served, "desktop")
    context.grant_permissions(["notifications"], origin=served.office.address)
    page = context.new_page()
    complaints.listen(page)
    page.goto(served.desk_page())
    expect(page.get_by_role("status")).to_contain_text("已连接")
    yield page
    context.close()


def test_a_new_lead_comes_by_itself_and_goes_when_seen_elsewhere(
    desk: Page, served: Served
) -> None:
    expect(desk.get_by_text("都看过了")).to_be_visible()

    served.submits(name="赵主任", region="上海", need=NEED)

    expect(desk.locator(".one__title")).to_have_text(TITLE)
    expect(desk.locator("[aria-live]")).to_contain_text(TITLE)
    desk.wait_for_function("told.length === 1")
    assert desk.evaluate("told") == [[TITLE, "来自website · 上海市"]]
    assert desk.title() == f"（1）{TITLE}"

    served.opens(served.follow_up_page())

    expect(desk.locator(".one")).to_have_count(0)
    expect(desk.get_by_text("都看过了")).to_be_visible()
    assert desk.evaluate("hushed") == [TITLE]
    assert desk.evaluate("told.length") == 1


def test_to_know_is_one_click(desk: Page, served: Served) -> None:
    served.submits(name="赵主任", region="上海", need=NEED)

    desk.get_by_role("button", name="知道了").click()

    expect(desk.locator(".one")).to_have_count(0)
    assert served.lead().state == "viewed"


def test_a_second_page_of_his_shows_the_same(desk: Page, served: Served) -> None:
    second = desk.context.new_page()
    second.goto(served.desk_page())
    expect(second.get_by_role("status")).to_contain_text("已连接")
    served.submits(name="赵主任", region="上海", need=NEED)
    expect(second.locator(".one__title")).to_have_text(TITLE)

    desk.get_by_role("button", name="知道了").click()

    expect(second.locator(".one")).to_have_count(0)


def test_markup_of_a_stranger_stays_text(desk: Page, served: Served) -> None:
    evil = "<img src=x onerror=document.title=7>"

    served.submits(name=evil, region="上海", need=NEED)

    expect(desk.locator(".one__title")).to_contain_text(evil)
    expect(desk.locator("main img, [onerror]")).to_have_count(0)


def test_who_may_not_be_notified_yet_is_asked_once(browser: Browser, served: Served) -> None:
    context = context_of(browser, served, "phone")
    page = context.new_page()
    page.goto(served.desk_page())

    expect(page.locator("#ask")).to_be_visible()
    assert page.evaluate("told") == []
    context.close()


def test_without_a_script_the_page_reloads_itself(browser: Browser, served: Served) -> None:
    served.submits(name="赵主任", region="上海", need=NEED)
    context = context_of(browser, served, "phone", has_script=False)
    page = context.new_page()
    page.goto(served.desk_page())

    expect(page.locator(".one__title")).to_have_text(TITLE)
    expect(page.locator("noscript meta[http-equiv=refresh]")).to_have_count(1)
    page.get_by_role("button", name="知道了").click()

    expect(page.get_by_text("都看过了")).to_be_visible()
    context.close()


def test_what_was_taken_back_says_so(desk: Page, served: Served) -> None:
    async def take_back() -> None:
        async with served.office.bot.store.transaction() as tx:
            seat = await tx.get(DeskSeat, "lina")
            seat.seat += 1
            tx.add(seat)

    served.does(take_back())

    expect(desk.get_by_role("status")).to_contain_text("已经停用")
