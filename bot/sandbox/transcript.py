"""What people saw, as text to read: the demo clock's times, cards drawn with their buttons."""

import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.sandbox.screens import CardView, Item

ZONE = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"
PLATFORMS = {"wechat": "微信", "wecom": "企业微信", "dingtalk": "钉钉"}
NAME_WIDTH = 12
TEXT_WIDTH = 76


class Transcript:
    """Lines as they come; `tell` hears each one at once."""

    def __init__(self, tell: Callable[[str], None] = lambda line: None) -> None:
        self.lines: list[str] = []
        self._tell = tell
        self._day = ""

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def title(self, text: str) -> None:
        self._add("")
        self._add(f"── {text} ──")

    def acted(self, at: datetime, text: str) -> None:
        """Something that a person did, or the clock."""
        self._timed(at, f"▶ {text}")

    def saw(self, at: datetime, who: str, item: Item, *, edited: bool) -> None:
        where = PLATFORMS[item.platform]
        if item.card is not None:
            change = "的卡片变了" if edited else "看到卡片"
            self._timed(at, f"{who}（{where}）{change}")
            self._box(item.card)
        elif item.kind == "image":
            self._timed(at, f"{who}（{where}）收到{item.sender}的图片")
        elif item.kind == "notice":
            self._timed(at, f"{who}（{where}）看到提示：{item.text}")
        else:
            self._timed(at, f"{who}（{where}）收到{item.sender}：")
            self._wrapped(item.text)

    def knows(self, text: str) -> None:
        """What the bot knows, under what was seen."""
        self._add(f"        机器人：{text}")

    def held(self, text: str) -> None:
        """A check that went well."""
        self._add(f"        ✓ {text}")

    def _timed(self, at: datetime, text: str) -> None:
        local = at.astimezone(ZONE)
        day = f"{local:%Y-%m-%d} 周{WEEKDAYS[local.weekday()]}"
        if day != self._day:
            self._day = day
            self._add(f"[{day}]")
        self._add(f"{local:%H:%M}   {text}")

    def _wrapped(self, text: str) -> None:
        for line in _wrap(text, TEXT_WIDTH):
            self._add(f"        │ {line}")

    def _box(self, card: CardView) -> None:
        self._add("        ┌" + "─" * 40)
        for line in _card(card):
            self._add(f"        │ {line}".rstrip())
        self._add("        └" + "─" * 40)

    def _add(self, line: str) -> None:
        self.lines.append(line)
        self._tell(line)


def _card(card: CardView) -> Iterator[str]:
    yield from filter(None, (card.title, card.subtitle))
    for row in card.rows:
        first, *rest = _wrap(row.value, TEXT_WIDTH - NAME_WIDTH)
        yield _padded(row.name) + first
        yield from (" " * NAME_WIDTH + line for line in rest)
    if card.quote is not None:
        yield from _wrap(f"“{card.quote.text}”", TEXT_WIDTH)
    yield from _wrap(card.text, TEXT_WIDTH) if card.text else ()
    if card.link:
        yield f"→ {card.link}"
    if card.status:
        yield f"〔{card.status}〕"
        return
    buttons = "  ".join(f"[{button.text}]" for button in card.buttons)
    menu = " / ".join(entry.text for entry in card.menu)
    if buttons or menu:
        yield buttons + (f"  ⋯ {menu}" if menu else "")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(name: str) -> str:
    return name + " " * max(NAME_WIDTH - _width(name), 1)


def _wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns; a Chinese character takes two."""
    lines = []
    for paragraph in text.split("\n"):
        line, used = "", 0
        for letter in paragraph:
            used += _width(letter)
            if used > width:
                lines.append(line)
                line, used = "", _width(letter)
            line += letter
        lines.append(line)
    return lines
