"""Card and Text in DingTalk's dialect: our card template's variables, robot messages, ActionCards.

The template is built in DingTalk's console and bound to these variables; whoever builds it reads
docs/platforms/dingtalk-card-template.md, which a test holds to VARIABLES. Pure.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from notifiers.card import Button, Card, Link, Row
from notifiers.fitting import clean, fit_bytes, fit_chars, one_line

VALUE_BYTES = 1000
"""Of one variable; the vendor says 1 KB and not whether that is 1,000 or 1,024."""
TITLE_CHARS = 40
TEXT_BYTES = 6000
LINKS = 5
BUTTON_CHARS = 16
SHORTEST = 12
"""To how many characters words in a list may be cut before the list's end is dropped."""

VARIABLES = (
    "title",
    "subtitle",
    "rows",
    "quote",
    "text",
    "status",
    "settled",
    "buttons",
    "menu",
    "url",
)
"""All of them travel with every card, empty ones too: an update by key leaves nothing behind."""

Body = dict[str, Any]


def variables(card: Card) -> dict[str, str]:
    """The template's variables, each a string: lists as JSON, `settled` as true or false."""
    open_buttons = () if card.status else card.buttons
    return {
        "title": fit_bytes(one_line(card.title), VALUE_BYTES),
        "subtitle": fit_bytes(one_line(card.subtitle), VALUE_BYTES),
        "rows": fit_list([_row(row) for row in card.rows], cut="value"),
        "quote": fit_bytes(clean(card.quote).strip(), VALUE_BYTES),
        "text": fit_bytes(clean(card.text).strip(), VALUE_BYTES),
        "status": fit_bytes(one_line(card.status), VALUE_BYTES),
        "settled": "true" if card.status else "false",
        "buttons": fit_list([_button(item) for item in open_buttons], cut="text"),
        "menu": fit_list([_button(item) for item in card.menu], cut="text"),
        "url": card.url or "",
    }


def fit_list(items: list[dict[str, str]], *, cut: str) -> str:
    """`items` as JSON of at most VALUE_BYTES: their longest `cut` shortened, then the last gone.

    An action or an address is never shortened, for it would be another one.
    """
    kept = list(items)
    while len(wire := orjson.dumps(kept)) > VALUE_BYTES:
        longest = max(range(len(kept)), key=lambda place: len(kept[place][cut]))
        words = kept[longest][cut]
        if len(words) <= SHORTEST:
            kept.pop()
            continue
        shorter = fit_chars(words, max(SHORTEST, len(words) - len(words) // 8 - 1))
        kept[longest] = {**kept[longest], cut: shorter}
    return wire.decode()


def creating(
    to: str, card: Card, *, key: str, template: str, robot: str, route: str | None
) -> Body:
    """The body of createAndDeliver into the receiver's own chat with the robot.

    `route`: the callbackRouteKey under which presses come over HTTP; None: they come over Stream.
    """
    callback = {"callbackType": "HTTP", "callbackRouteKey": route} if route else {}
    return {
        "cardTemplateId": template,
        "outTrackId": key,
        "callbackType": "STREAM",
        **callback,
        "cardData": {"cardParamMap": variables(card)},
        "userIdType": 1,
        "openSpaceId": f"dtv1.card//IM_ROBOT.{to}",
        "imRobotOpenSpaceModel": {"supportForward": False},
        "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT", "robotCode": robot},
    }


def updating(card: Card, *, key: str) -> Body:
    """The body of the card's update: every variable of ours anew, nothing else touched."""
    by_key = {"updateCardDataByKey": True, "updatePrivateDataByKey": True}
    cards = {"cardParamMap": variables(card)}
    return {"outTrackId": key, "cardData": cards, "cardUpdateOptions": by_key}


@dataclass(frozen=True)
class RobotMessage:
    """A message of the robot by its template (`sampleText` and its sisters)."""

    kind: str
    fields: Mapping[str, str]

    def sending(self, to: str, robot: str) -> Body:
        """The body of batchSend; msgParam is JSON inside a string."""
        content = orjson.dumps(self.fields, option=orjson.OPT_SORT_KEYS).decode()
        return {"robotCode": robot, "userIds": [to], "msgKey": self.kind, "msgParam": content}


def words(text: str) -> str:
    """Plain words, as every text message carries them: DingTalk reads no markup in these."""
    return fit_bytes(clean(text).strip(), TEXT_BYTES) or "（空）"


def text_message(text: str) -> RobotMessage:
    return RobotMessage("sampleText", {"content": words(text)})


def image_message(media_id: str) -> RobotMessage:
    return RobotMessage("sampleImageMsg", {"photoURL": media_id})


def card_without_template(card: Card) -> RobotMessage:
    """The card where no template is set: Markdown, and links as the only buttons.

    A button that acts cannot come back from here; the card says what could be done and where.
    """
    title = fit_chars(one_line(card.title), TITLE_CHARS)
    links = _links(card)
    text = {"title": title, "text": fit_bytes(_markdown(card), TEXT_BYTES)}
    if not links:
        return RobotMessage("sampleMarkdown", text)
    if len(links) == 1:
        single = {"singleTitle": links[0].text, "singleURL": links[0].url}
        return RobotMessage("sampleActionCard", {**text, **single})
    pairs: dict[str, str] = {}
    for number, link in enumerate(links, start=1):
        pairs |= {f"actionTitle{number}": link.text, f"actionURL{number}": link.url}
    return RobotMessage(f"sampleActionCard{len(links)}", {**text, **pairs})


def _links(card: Card) -> list[Link]:
    links = [] if card.status else [item for item in card.buttons if isinstance(item, Link)]
    if card.url and card.url not in {link.url for link in links}:
        links.append(Link(text="打开", url=card.url))
    return [Link(text=_short(link.text), url=link.url) for link in links[:LINKS]]


def _markdown(card: Card) -> str:
    rows = [f"**{inert(row.name)}**：{_linked(row)}" for row in card.rows]
    quote = [f"> {inert(line)}" for line in clean(card.quote).splitlines() if line.strip()]
    parts = [
        f"#### {inert(card.title)}",
        inert(card.subtitle),
        "  \n".join(rows),
        "  \n".join(quote),
        *(inert(line) for line in clean(card.text).splitlines()),
        f"**{inert(card.status)}**" if card.status else "",
        inert(_how_to_act(card)),
    ]
    return "\n\n".join(part for part in parts if part)


def _linked(row: Row) -> str:
    return f"[{inert(row.value)}]({row.url})" if row.url else inert(row.value)


def _how_to_act(card: Card) -> str:
    acts: Iterable[Button | Link] = () if card.status else card.buttons
    names = "、".join(one_line(item.text) for item in acts if isinstance(item, Button))
    if not names:
        return ""
    if _links(card):
        return f"可以：{names}。这里的卡片不能直接点这些操作，请点下面的链接去办。"
    return f"可以：{names}。这里的卡片不能直接点这些操作，请用文字回复。"


_MARKUP = str.maketrans(
    {"[": "［", "]": "］", "<": "＜", "*": "＊", "`": "｀", "\\": "＼", "|": "｜", "~": "～"}
)
_LINE_OPENS = re.compile(r"^([#>+\-=]+|\d+\.)(?=\s|$)|^[#>]+")


def inert(text: str) -> str:
    """One line of `text` in which Markdown finds nothing: its signs in full width.

    Backslashes do not escape in every client of DingTalk, full-width signs are inert in all.
    """
    line = one_line(text).translate(_MARKUP)
    return _LINE_OPENS.sub(lambda opens: "·" + opens[0].replace("#", "＃").replace(">", "＞"), line)


def _row(row: Row) -> dict[str, str]:
    value = one_line(row.value) or "—"
    return {"name": one_line(row.name), "value": value, "url": row.url or ""}


def _button(item: Button | Link) -> dict[str, str]:
    if isinstance(item, Link):
        return {"id": "", "text": _short(item.text), "tone": "plain", "url": item.url}
    return {"id": item.action, "text": _short(item.text), "tone": item.tone.value, "url": ""}


def _short(text: str) -> str:
    return fit_chars(one_line(text), BUTTON_CHARS)
