"""Bodies of kf/send_msg: what is refused, and what a client sees of the rest."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.sandbox.screens import ButtonView, CardView, Kind
from bot.sandbox.wire import Refused, bug

TEXT_BYTES = 2048
HEAD_BYTES = 1024
MENU_ITEMS = 10
MENU_ID_BYTES = 64
MENU_CONTENT_BYTES = 128


class Drawn(NamedTuple):
    """What a client will see of a send_msg body."""

    kind: Kind
    text: str
    card: CardView | None


def drawn(body: Mapping[str, Any]) -> Drawn:
    match body.get("msgtype"):
        case "text":
            return Drawn("text", _content(body.get("text"), "content", TEXT_BYTES), None)
        case "msgmenu":
            return Drawn("card", "", _menu(body.get("msgmenu")))
        case other:
            known = "the sandbox knows text and msgmenu"
            raise Refused(40008, f"msgtype {other!r} ({known})", bug=True)


def _content(part: Any, name: str, most: int) -> str:
    content = part.get(name) if isinstance(part, dict) else None
    if not isinstance(content, str) or not content:
        bug(44004, f"{name} is empty")
    if len(content.encode()) > most:
        bug(40058, f"{name} is over {most} bytes")
    return content


def _menu(menu: Any) -> CardView:
    items = menu.get("list") if isinstance(menu, dict) else None
    if not isinstance(items, list):
        bug(40058, "msgmenu.list is missing")
    if len(items) > MENU_ITEMS:
        bug(95008, "over ten menu items")
    for name in ("head_content", "tail_content"):
        if len(str(menu.get(name, "")).encode()) > HEAD_BYTES:
            bug(40058, f"{name} is over {HEAD_BYTES} bytes")
    return CardView(
        text=str(menu.get("head_content", "")),
        subtitle=str(menu.get("tail_content", "")),
        buttons=tuple(_menu_item(item) for item in items),
    )


def _menu_item(item: Any) -> ButtonView:
    kind = item.get("type") if isinstance(item, dict) else None
    part = item.get(kind) if isinstance(kind, str) else None
    match kind:
        case "click":
            content = _content(part, "content", MENU_CONTENT_BYTES)
            return ButtonView(_content(part, "id", MENU_ID_BYTES), content)
        case "view":
            url = _content(part, "url", TEXT_BYTES)
            return ButtonView("", _content(part, "content", HEAD_BYTES), url=url)
        case _:
            known = "the sandbox knows click and view"
            raise Refused(40058, f"menu item of type {kind!r} ({known})", bug=True)
