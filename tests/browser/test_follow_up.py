"""The eight-second page in a browser: on a phone and a desktop, with and without scripts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, VIEWS, Complaints
from tests.browser.pages import Served

NEED = "我们医院的CT设备坏了，急需维保，预算30万左右，下周三前要方案，电话13800001234"
SMALLEST_TARGET = 44
"""CSS pixels that a finger needs."""
WIDE_ENOUGH = 4.5
"""WCAG AA for text."""
LUMINANCE = """
element => {
  const part = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b); };
  let ground = element, colour = "rgba(0, 0, 0, 0)";
  while (ground && /rgba\\(.*, 0\\)/.test(colour)) {
    colour = getComputedStyle(ground).backgroundColor; ground = ground.parentElement;
  }
  const [a, b] = [light(getComputedStyle(element).color), light(colour)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as served:
        served.submits(name="赵主任", company="江北人民医院", region="上海", need=NEED)
        yield served


@pytest.fixture(
    params=[(view, script) for view in VIEWS for script in ("script", "no script")], ids=" ".join
)
def page(
    request: pytest.FixtureRequest, browser: Browser, complaints: Complaints
) -> Iterator[Page]:
    view, script = request.param
    width, height = VIEWS[view]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        is_mobile=view == "phone",
        has_touch=view == "phone",
        java_script_enabled=script == "script",
        locale="zh-CN",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    complaints.listen(page)
    yield page
    context.close()


def test_one_tap_says_what_was_done(page: Page, served: Served) -> None:
    page.goto(served.follow_up_page())
    tap = page.get_by_role("button", name="已联系")
    expect(page.get_by_role("heading", level=1)).to_have_text("赵主任 · CT设备")
    expect(tap).to_be_in_viewport()

    tap.click()

    expect(page.get_by_role("status")).to_have_text("已记录：已联系")
    assert served.lead().state == "contacted"
    page.go_back()
    page.get_by_role("button", name="已联系").click()
    expect(page.get_by_role("status")).to_contain_text("没有重复记")


def test_note_day_and_result_are_optional_and_labelled(page: Page, served: Served) -> None:
    page.goto(served.follow_up_page())
    page.get_by_label("备注").fill("主任周三有空\n带上报价")
    page.get_by_text("明天", exact=False).first.click()
    page.get_by_text("需要报价").click()

    page.get_by_role("button", name="预约拜访").click()

    expect(page.get_by_role("status")).to_have_text(
        "已记录：已约拜访，备注，下次联系 3月11日 周三，结果“需要报价”"
    )
    expect(page.get_by_label("备注")).to_have_value("")
    lead = served.lead()
    assert lead.next_contact_at is not None
    assert lead.result == "需要报价"


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    page: Page, served: Served, complaints: Complaints
) -> None:
    page.goto(served.follow_up_page())
    page.get_by_label("备注").fill("别丢了这句")
    page.locator("[name=date]").evaluate(
        "field => { field.removeAttribute('min'); field.value = '2026-03-01'; }"
    )

    page.get_by_role("button", name="已联系").click()

    expect(page.get_by_role("status")).to_contain_text("不能早于今天")
    expect(page.get_by_label("备注")).to_have_value("别丢了这句")
    assert ["422" in heard for heard in complaints.heard] == [True]
    complaints.heard.clear()


def test_it_is_made_for_fingers_and_eyes(page: Page, served: Served) -> None:
    page.goto(served.follow_up_page())

    for target in page.locator("button, .call, .chips label, textarea, input[type=date]").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= SMALLEST_TARGET, target.inner_text()
    assert not page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    for text in page.locator(
        "h1, dt, dd bdi, button, .chips label, small, .foot a, .foot span"
    ).all():
        assert text.evaluate(LUMINANCE) >= WIDE_ENOUGH, text.inner_text()
