"""How the page behaves: the guide, the keyboard, a refusal, a cut line."""

from playwright.sync_api import expect

from tests.browser.conftest import Complaints
from tests.browser.desk import ASK, SandboxPage


def test_the_guide_proposes_and_the_reader_sends(sandbox: SandboxPage) -> None:
    guide = sandbox.page.get_by_role("region", name="故事引导")

    guide.get_by_role("button", name="以赵主任的身份写这句话").click()

    desk = sandbox.looks_at("赵主任")
    box = desk.get_by_label("以赵主任的身份写消息")
    expect(box).to_be_focused()
    expect(box).to_have_value(ASK)
    expect(desk.locator(".bubble")).to_have_count(0)
    box.press("Enter")
    expect(desk.locator(".bubble").first).to_have_text(ASK)
    expect(guide.get_by_role("button", name="第 2 步")).to_have_attribute("aria-current", "step")


def test_a_closed_guide_stays_closed_and_comes_back_when_called(sandbox: SandboxPage) -> None:
    sandbox.page.get_by_role("button", name="收起引导").click()
    sandbox.page.reload()
    sandbox.has_opened()
    guide = sandbox.page.locator("#guide")
    expect(guide).to_be_hidden()

    sandbox.page.get_by_role("button", name="打开引导").click()

    expect(guide).to_be_visible()


def test_enter_sends_only_when_the_input_method_is_done(sandbox: SandboxPage) -> None:
    desk = sandbox.looks_at("赵主任")
    box = desk.get_by_label("以赵主任的身份写消息")
    box.focus()
    keyboard = sandbox.page.context.new_cdp_session(sandbox.page)
    composing = {"text": "ni hao", "selectionStart": 6, "selectionEnd": 6}
    enter = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}

    keyboard.send("Input.imeSetComposition", composing)
    keyboard.send("Input.dispatchKeyEvent", enter)
    expect(box).to_have_value("ni hao")
    keyboard.send("Input.insertText", {"text": "你好"})
    expect(box).to_have_value("你好")
    box.press("Enter")

    expect(desk.locator(".bubble").first).to_have_text("你好")


def test_a_line_break_is_written_with_shift(sandbox: SandboxPage) -> None:
    desk = sandbox.looks_at("赵主任")
    box = desk.get_by_label("以赵主任的身份写消息")

    box.fill("第一行")
    box.press("Shift+Enter")
    box.press_sequentially("第二行")
    box.press("Enter")

    assert desk.locator(".bubble").first.inner_text() == "第一行\n第二行"


def test_a_refusal_is_told_in_one_sentence(sandbox: SandboxPage, complaints: Complaints) -> None:
    sandbox.page.route(
        "**/sandbox/api/say",
        lambda route: route.fulfill(status=409, json={"error": "会话已经结束。"}),
    )
    desk = sandbox.looks_at("赵主任")
    box = desk.get_by_label("以赵主任的身份写消息")

    box.fill("还在吗")
    box.press("Enter")

    expect(sandbox.page.get_by_role("alert")).to_contain_text("会话已经结束。")
    expect(box).to_have_value("还在吗")
    complaints.heard.clear()  # the browser notes every 409


def test_a_cut_line_is_told_and_mended(sandbox: SandboxPage, complaints: Complaints) -> None:
    told = sandbox.page.locator("#link-state")
    sandbox.page.route("**/sandbox/api/events", lambda route: route.abort())
    sandbox.page.reload()
    expect(told).to_have_text("连接断开，正在重连…")

    sandbox.page.unroute("**/sandbox/api/events")

    expect(told).to_have_text("")
    sandbox.has_opened()
    complaints.heard.clear()  # the browser notes every refused request


def test_every_control_has_a_name(sandbox: SandboxPage) -> None:
    sandbox.writes("赵主任", ASK)
    expect(sandbox.cards("李娜").first).to_be_visible()

    for control in sandbox.page.locator("button:visible, textarea:visible").all():
        named = control.get_attribute("aria-label") or control.inner_text().strip()
        assert named, control.evaluate("element => element.outerHTML")
