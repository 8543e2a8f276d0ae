"""Card and Text in WeCom's dialect: text messages and template cards (doc path/90236, 94888).

Pure: the same message always gives the same body, which WeCom's duplicate check relies on.
"""

import re
from typing import Any

from notifiers.card import Button, Card, Image, Link, Message, Row, Tone
from notifiers.fitting import clean, fit_bytes, fit_chars, one_line
from notifiers.plain import in_words

TEXT_BYTES = 2048
TITLE_CHARS = 26
SUBTITLE_CHARS = 30
BODY_CHARS = 160
ROWS = 6
NAME_CHARS = 16
VALUE_CHARS = 64
QUOTE_CHARS = 128
BUTTONS = 6
BUTTON_CHARS = 16
MENU_ITEMS = 3
JUMPS = 3
STATUS_CHARS = 26
REPEAT_WITHIN = 14_400
"""Seconds, WeCom's longest: within them the same request reaches its reader once."""

STYLES = {Tone.PRIMARY: 1, Tone.DANGER: 3, Tone.PLAIN: 4}
SETTLED = "已更新"
_TAG_OPENS = re.compile(r"<(?=\s*[/!A-Za-z])")

Body = dict[str, Any]


def sending(to: str, agent_id: int, message: Message, *, key: str, repeat: int) -> Body:
    """The body of message/send. A card that WeCom cannot show is sent as words."""
    card = _as_new(message, key) if isinstance(message, Card) else None
    if card is not None:
        content: Body = {"msgtype": "template_card", "template_card": card}
    elif isinstance(message, Image) and message.platform == "wecom":
        content = {"msgtype": "image", "image": {"media_id": message.media_id}}
    else:
        words = in_words(message)
        content = {"msgtype": "text", "text": {"content": text_content(words, repeat)}}
    return {
        "touser": to,
        "agentid": agent_id,
        "enable_duplicate_check": 1,
        "duplicate_check_interval": REPEAT_WITHIN,
        **content,
    }


def updating(to: str, agent_id: int, card: Card, *, key: str, code: str) -> Body:
    """The body of message/update_template_card: the whole card, drawn anew."""
    return {
        "userids": [to],
        "agentid": agent_id,
        "response_code": code,
        "template_card": _as_update(card, key),
    }


def text_content(words: str, repeat: int = 0) -> str:
    """At most 2,048 bytes, in which nothing becomes a link but plain addresses.

    WeCom shows `<a href>` as a link, so words of others could disguise one. Whether it decodes
    `&lt;` is not documented; a full-width 「＜」 is inert and readable either way.
    """
    mark = f"〔{repeat + 1}〕" if repeat else ""
    inert = _TAG_OPENS.sub("＜", clean(words).strip()) or "（空）"
    return fit_bytes(inert, TEXT_BYTES - len(mark.encode())) + mark


def _as_new(card: Card, key: str) -> Body | None:
    acts = [item for item in card.buttons if isinstance(item, Button)]
    if acts and not card.status:
        return _interaction(card, key, _buttons(card))
    return _notice(card, key)


def _as_update(card: Card, key: str) -> Body:
    new = None if card.status else _as_new(card, key)
    return new or _settled(card, key)


def _settled(card: Card, key: str) -> Body:
    """An interaction whose buttons became one grey word; it still has to have a button."""
    status = fit_chars(one_line(card.status), STATUS_CHARS) or SETTLED
    buttons = _buttons(card) or [{"type": 0, "text": status, "style": 4, "key": "settled"}]
    return {**_interaction(card, key, buttons), "replace_text": status}


def _interaction(card: Card, key: str, buttons: list[Body]) -> Body:
    opens = {"card_action": {"type": 1, "url": card.url}} if card.url else {}
    return {
        "card_type": "button_interaction",
        "task_id": key,
        "button_list": buttons,
        **opens,
        **_head(card, key),
    }


def _notice(card: Card, key: str) -> Body | None:
    """A card without buttons that come back; None where nothing says what a tap would open."""
    links = [item for item in card.buttons if isinstance(item, Link)]
    url = card.url or (links[0].url if links else None)
    if url is None:
        return None
    said = "\n".join(part for part in (card.status, card.text) if part)
    card = card.model_copy(update={"text": said})
    jumps = [{"type": 1, "title": _button_text(link), "url": link.url} for link in links[:JUMPS]]
    return {
        "card_type": "text_notice",
        "card_action": {"type": 1, "url": url},
        **({"jump_list": jumps} if jumps else {}),
        **_head(card, key),
    }


def _head(card: Card, key: str) -> Body:
    """What every kind of card shares, from its title to its menu; empty parts are left out."""
    rows, text = _rows_and_text(card)
    title = {"title": fit_chars(one_line(card.title), TITLE_CHARS)}
    subtitle = fit_chars(one_line(card.subtitle), SUBTITLE_CHARS)
    head: Body = {"main_title": {**title, "desc": subtitle} if subtitle else title}
    if rows:
        head["horizontal_content_list"] = rows
    if card.quote:
        head["quote_area"] = {"type": 0, "quote_text": fit_chars(one_line(card.quote), QUOTE_CHARS)}
    if text:
        head["sub_title_text"] = fit_chars(text, BODY_CHARS)
    if card.menu:
        head |= {"task_id": key, "action_menu": _menu(card)}
    return head


def _rows_and_text(card: Card) -> tuple[list[Body], str]:
    """The rows that fit; those that do not are said in the running text."""
    shown, over = card.rows[:ROWS], card.rows[ROWS:]
    lines = [card.text, *(f"{row.name}：{row.value}" for row in over)]
    return [_row(row) for row in shown], "\n".join(clean(line).strip() for line in lines if line)


def _row(row: Row) -> Body:
    words: Body = {
        "keyname": fit_chars(one_line(row.name), NAME_CHARS) or "—",
        "value": fit_chars(one_line(row.value), VALUE_CHARS) or "—",
    }
    return {**words, "type": 1, "url": row.url} if row.url else words


def _buttons(card: Card) -> list[Body]:
    return [_button(item) for item in card.buttons[:BUTTONS]]


def _button(item: Button | Link) -> Body:
    if isinstance(item, Link):
        return {"type": 1, "text": _button_text(item), "style": 4, "url": item.url}
    style = STYLES[item.tone]
    return {"type": 0, "text": _button_text(item), "style": style, "key": item.action}


def _button_text(item: Button | Link) -> str:
    return fit_chars(one_line(item.text), BUTTON_CHARS)


def _menu(card: Card) -> Body:
    items = [{"text": _button_text(item), "key": item.action} for item in card.menu[:MENU_ITEMS]]
    return {"desc": "更多", "action_list": items}
