"""Markup in names, companies and words is text: on the sandbox's page and the history page."""

from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE_MS
from tests.browser.desk import SandboxPage

EVIL = (
    '想了解CT设备"><svg/onload=document.title=9>'
    '<iframe srcdoc="<script>top.document.title=8</script>">'
    "<a href=javascript:alert(1)>点我</a><style>*{display:none}</style>，电话13800001234"
)
NAME = "<img src=x onerror=document.title=7>"
COMPANY = "</bdi></h1><script>document.title=6</script>有限公司"
FOREIGN = (
    "svg[onload], iframe, .messages a[href^=javascript], [onload], [onerror], "
    "main img, main script, header script, main style"
)


def test_no_word_of_a_stranger_runs_on_any_page(sandbox: SandboxPage) -> None:
    title = sandbox.page.title()

    sandbox.writes("赵主任", EVIL)
    sandbox.writes("王磊", f"线索 {COMPANY}{NAME} 13912345678 想了解彩超")
    sandbox.writes("李娜", f"静音 {NAME}")

    card = sandbox.cards("李娜").first
    expect(card.locator("blockquote")).to_contain_text("<svg/onload=")
    expect(sandbox.looks_at("王磊").locator(".message:not(.message--mine)").first).to_be_visible()
    expect(sandbox.page.locator(FOREIGN)).to_have_count(0)
    assert sandbox.page.title() == title


def test_the_history_page_shows_them_as_they_are(sandbox: SandboxPage) -> None:
    sandbox.writes("赵主任", EVIL)
    link = sandbox.cards("李娜").first.locator("a[href*='/f/']").first
    expect(link).to_be_visible()

    sandbox.page.goto(link.get_attribute("href") or "")
    expect(sandbox.page.locator(".bubble").first).to_have_text(EVIL[:119] + "…")
    expect(sandbox.page.locator(FOREIGN)).to_have_count(0)
    sandbox.page.get_by_role("link", name="查看完整经过").click()

    expect(sandbox.page.locator(".bubble").first).to_have_text(EVIL, timeout=PATIENCE_MS)
    expect(sandbox.page.locator(FOREIGN)).to_have_count(0)
    assert sandbox.page.title().endswith("· 跟进")
