"""Template cards: what WeCom refuses (doc path/90236), and how it draws the rest."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.sandbox.screens import ButtonView, CardView, MenuView, QuoteView, RowView, Style
from bot.sandbox.wire import bug

KEY_BYTES = 1024
ID_BYTES = 128
TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}")
INTERACTIVE = {"button_interaction"}
COMMON = {
    "card_type",
    "source",
    "action_menu",
    "task_id",
    "main_title",
    "quote_area",
    "sub_title_text",
    "horizontal_content_list",
    "card_action",
}
PARTS = {
    "text_notice": COMMON | {"emphasis_content", "jump_list"},
    "button_interaction": COMMON | {"button_selection", "button_list", "replace_text"},
}
STYLES: Mapping[int, Style] = {1: "primary", 2: "plain", 3: "danger", 4: "plain"}
LIMITS = {
    "horizontal_content_list": (6, 42035),
    "jump_list": (3, 42042),
    "button_list": (6, 40058),
}
URL_TYPE = 1
MEDIA_TYPE = 2
MEMBER_TYPE = 3
MINI_PROGRAM = 2
OPTIONS = 10
MENU_ITEMS = 3


def check(card: Any) -> None:
    """Refuses what is malformed. Whether the task_id was used before is the caller's to know."""
    if not isinstance(card, dict):
        bug(40058, "template_card is not an object")
    kind = card.get("card_type")
    if kind not in PARTS:
        bug(42031, f"card_type {kind!r} (the sandbox draws {sorted(PARTS)})")
    if strange := set(card) - PARTS[kind]:
        bug(40058, f"{sorted(strange)} have no place in a {kind}")
    _check_sizes(card)
    _check_task_id(card, kind)
    _check_title(card, kind)
    _check_quote(card.get("quote_area"))
    _check_action(card.get("card_action"), required=kind == "text_notice")
    for row in card.get("horizontal_content_list", ()):
        _check_row(row)
    for jump in card.get("jump_list", ()):
        _check_jump(jump)
    _check_keys(card, kind)
    _check_selection(card.get("button_selection"))


def _check_sizes(card: Mapping[str, Any]) -> None:
    for part, (most, code) in LIMITS.items():
        entries = card.get(part, [])
        if not isinstance(entries, list) or len(entries) > most:
            bug(code, f"{part} is no list of at most {most}")
        if not all(isinstance(entry, dict) for entry in entries):
            bug(40058, f"{part} holds something that is no object")
    for part in ("sub_title_text", "replace_text"):
        if not isinstance(card.get(part, ""), str):
            bug(40058, f"{part} is no text")


def _check_task_id(card: Mapping[str, Any], kind: str) -> None:
    task_id = card.get("task_id")
    if task_id is None:
        if kind in INTERACTIVE or "action_menu" in card:
            bug(42014, "task_id is missing")
    elif not isinstance(task_id, str) or not TASK_ID.fullmatch(task_id):
        bug(42014, f"task_id {task_id!r}: 1 to 128 of 0-9 A-Z a-z _ - @")


def _check_title(card: Mapping[str, Any], kind: str) -> None:
    title = card.get("main_title", {})
    _texts(title, ("title", "desc"), "main_title")
    _texts(card.get("source", {}), ("icon_url", "desc"), "source")
    _texts(card.get("emphasis_content", {}), ("title", "desc"), "emphasis_content")
    if title.get("title"):
        return
    if kind == "button_interaction" or not card.get("sub_title_text"):
        bug(42033, "main_title.title is missing")


def _check_quote(quote: Any) -> None:
    if quote is None:
        return
    _texts(quote, ("title", "quote_text"), "quote_area")
    if quote.get("type", 0) == URL_TYPE:
        _url(quote.get("url"), "quote_area.url")


def _check_action(action: Any, *, required: bool) -> None:
    if action is None:
        if required:
            bug(42045, "card_action is required in a text_notice")
        return
    if not isinstance(action, dict):
        bug(42045, "card_action is no object")
    kind = action.get("type", 0)
    if kind == URL_TYPE:
        _url(action.get("url"), "card_action.url")
    elif kind == MINI_PROGRAM:
        bug(42030, "the sandbox has no mini programs")
    elif required:
        bug(42045, "card_action.type must be 1 or 2 in a text_notice")


def _check_row(row: Mapping[str, Any]) -> None:
    if not _is_text(row.get("keyname")):
        bug(42027, "a row's keyname is missing")
    if not isinstance(row.get("value", ""), str):
        bug(40058, "a row's value is no text")
    kind = row.get("type", 0)
    if kind == URL_TYPE:
        _url(row.get("url"), "a row's url")
    elif kind == MEDIA_TYPE:
        bug(42029, "the sandbox has no media")
    elif kind == MEMBER_TYPE and not _is_text(row.get("userid")):
        bug(42050, "a row's userid is missing")


def _check_jump(jump: Mapping[str, Any]) -> None:
    if not _is_text(jump.get("title")):
        bug(42033, "a jump's title is missing")
    if jump.get("type", 0) == URL_TYPE:
        _url(jump.get("url"), "a jump's url")


def _check_keys(card: Mapping[str, Any], kind: str) -> None:
    buttons = card.get("button_list", [])
    if kind == "button_interaction" and not buttons:
        bug(40058, "button_list must hold 1 to 6 buttons")
    for button in buttons:
        if not _is_text(button.get("text")):
            bug(42038, "a button's text is missing")
        if button.get("type", 0) == URL_TYPE:
            _url(button.get("url"), "a button's url")
    _keys((b.get("key") for b in buttons if b.get("type", 0) != URL_TYPE), repeated=42018)
    menu = card.get("action_menu")
    if menu is not None:
        _check_menu(menu)


def _check_menu(menu: Any) -> None:
    actions = menu.get("action_list") if isinstance(menu, dict) else None
    if not isinstance(actions, list) or not 1 <= len(actions) <= MENU_ITEMS:
        bug(40058, "action_menu.action_list must hold 1 to 3 items")
    for action in actions:
        if not isinstance(action, dict) or not _is_text(action.get("text")):
            bug(40058, "a menu item's text is missing")
    _keys((action.get("key") for action in actions), repeated=42051)


def _check_selection(selection: Any) -> None:
    if selection is None:
        return
    if not isinstance(selection, dict) or not _is_text(selection.get("question_key")):
        bug(42043, "button_selection.question_key is missing")
    options = selection.get("option_list")
    if not isinstance(options, list) or not 1 <= len(options) <= OPTIONS:
        bug(42037, "option_list must hold 1 to 10 options")
    ids = [option.get("id") for option in options]
    if len(set(ids)) != len(ids) or not all(_is_text(i) and _bytes(i) <= ID_BYTES for i in ids):
        bug(42040, "option ids must be unique, at most 128 bytes")
    if not all(_is_text(option.get("text")) for option in options):
        bug(42041, "an option's text is missing")


def _keys(keys: Iterable[Any], *, repeated: int) -> None:
    seen = set()
    for key in keys:
        if not _is_text(key):
            bug(42017, "a key is missing")
        if _bytes(key) > KEY_BYTES:
            bug(42019, "a key is over 1024 bytes")
        if key in seen:
            bug(repeated, f"key {key!r} stands twice")
        seen.add(key)


def _texts(part: Any, names: Iterable[str], where: str) -> None:
    if not isinstance(part, dict):
        bug(40058, f"{where} is no object")
    for name in names:
        if not isinstance(part.get(name, ""), str):
            bug(40058, f"{where}.{name} is no text")


def _url(value: Any, where: str) -> None:
    if not _is_text(value) or not value.startswith(("https://", "http://")):
        bug(42028, f"{where} is no address with a scheme")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _bytes(text: str) -> int:
    return len(text.encode())


def draw(card: Mapping[str, Any], *, replaced: str | None = None) -> CardView:
    """The card as a reader sees it. `replaced` stands for buttons that cannot be pressed now."""
    title = card.get("main_title", {})
    action = card.get("card_action") or {}
    status = replaced or card.get("replace_text") or None
    return CardView(
        title=title.get("title", ""),
        subtitle=title.get("desc", ""),
        source=card.get("source", {}).get("desc", ""),
        rows=_rows(card),
        quote=_quote(card.get("quote_area")),
        text=card.get("sub_title_text", ""),
        buttons=_buttons(card, disabled=status is not None),
        menu=tuple(
            MenuView(entry["key"], entry["text"])
            for entry in card.get("action_menu", {}).get("action_list", ())
        ),
        status=status,
        link=action.get("url") if action.get("type") == URL_TYPE else None,
    )


def _rows(card: Mapping[str, Any]) -> tuple[RowView, ...]:
    rows = [
        RowView(row["keyname"], row.get("value", ""), row.get("url"))
        for row in card.get("horizontal_content_list", ())
    ]
    if emphasis := card.get("emphasis_content"):
        rows.insert(0, RowView(emphasis.get("desc", ""), emphasis.get("title", "")))
    return tuple(rows)


def _quote(quote: Mapping[str, Any] | None) -> QuoteView | None:
    if not quote or not (quote.get("title") or quote.get("quote_text")):
        return None
    return QuoteView(quote.get("title", ""), quote.get("quote_text", ""))


def _buttons(card: Mapping[str, Any], *, disabled: bool) -> tuple[ButtonView, ...]:
    buttons = [
        ButtonView(
            key=button.get("key", ""),
            text=button["text"],
            style=STYLES.get(button.get("style", 1), "primary"),
            url=button.get("url") if button.get("type", 0) == URL_TYPE else None,
            disabled=disabled and button.get("type", 0) != URL_TYPE,
        )
        for button in card.get("button_list", ())
    ]
    jumps = [
        ButtonView(key="", text=jump["title"], url=jump.get("url"))
        for jump in card.get("jump_list", ())
    ]
    return tuple(buttons + jumps)
