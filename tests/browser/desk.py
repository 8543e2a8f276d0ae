"""What a person at the page does and sees, at any width."""

from playwright.sync_api import Locator, Page, expect

ASK = "你好，我们医院想了解CT设备的参数，预算300万左右，下周三前要招标文件，电话13800001234"


class SandboxPage:
    """People are called by their names. On a phone one of them is shown at a time."""

    def __init__(self, page: Page, *, phone: bool) -> None:
        self.page = page
        self.phone = phone

    def has_opened(self) -> None:
        expect(self.page.locator(".desk")).to_have_count(4)

    def looks_at(self, name: str) -> Locator:
        """The window of `name`, in view."""
        self._switch(name)
        return self.page.get_by_role("region", name=f"{name}的窗口")

    def _switch(self, name: str) -> None:
        entry = self.page.locator(".switcher__entry", has_text=name)
        if self.phone and entry.get_attribute("aria-pressed") != "true":
            entry.click()

    def looks_at_the_bot(self) -> Locator:
        self._switch("机器人")
        return self.page.get_by_role("complementary", name="机器人知道什么")

    def cards(self, name: str) -> Locator:
        return self.looks_at(name).locator(".card")

    def writes(self, name: str, text: str) -> Locator:
        """Types and sends with Enter; returns the window."""
        desk = self.looks_at(name)
        box = desk.get_by_label(f"以{name}的身份写消息")
        box.fill(text)
        box.press("Enter")
        expect(box).to_have_value("")
        return desk

    def forward(self, words: str) -> None:
        """Presses a button of the clock and waits until it can be pressed again."""
        button = self.page.get_by_role("button", name=words, exact=True)
        button.click()
        expect(button).to_be_enabled()

    def opens_conversation(self, name: str, title: str) -> Locator:
        desk = self.looks_at(name)
        desk.get_by_role("tab", name=title).click()
        return desk

    def scrolls_sideways(self) -> bool:
        wider: bool = self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return wider
