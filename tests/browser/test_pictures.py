"""A picture that the assistant sends, as it stands on the page, on a phone and on a desktop."""

from playwright.sync_api import expect

from tests.browser.desk import ASK, SandboxPage


def test_the_heat_map_is_seen_and_stays_within_its_window(sandbox: SandboxPage) -> None:
    sandbox.writes("赵主任", ASK)
    expect(sandbox.cards("李娜").first).to_be_visible()
    sandbox.forward("+15 分钟")

    for name in ("陈经理", "李娜"):  # DingTalk and WeCom
        desk = sandbox.writes(name, "热力图")
        picture = desk.get_by_role("img", name="图片")
        expect(picture).to_be_visible()
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.naturalWidth") == 1520
        room, shown = desk.bounding_box(), picture.bounding_box()
        assert room is not None
        assert shown is not None
        assert shown["x"] + shown["width"] <= room["x"] + room["width"]
    assert not sandbox.scrolls_sideways()
