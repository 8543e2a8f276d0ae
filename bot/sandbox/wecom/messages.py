"""message/send and message/update_template_card, and the presses on what was sent."""

import json
import secrets
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.sandbox.cast import Member
from bot.sandbox.ledger import Call, Outcome, Push
from bot.sandbox.screens import CardView
from bot.sandbox.wecom import cards
from bot.sandbox.wecom.callbacks import Callbacks
from bot.sandbox.wecom.media import Media
from bot.sandbox.wire import Refused, bug
from bot.sandbox.world import Impossible, World

TEXT_BYTES = 2048
RECEIVERS = 1000
PER_MINUTE = 30
PER_HOUR = 1000
DEFAULT_INTERVAL = 1800
LONGEST_INTERVAL = 4 * 3600
CODE_LIFE = timedelta(hours=72)
NO_RECEIVER = 81013
TASK_ID = 42014
BAD_CODE = 40058
"""The vendor's number for a spent response_code is not published."""


@dataclass
class _OnScreen:
    """One person's copy of a card."""

    item_id: str
    template: dict[str, Any]
    replaced: str | None = None


@dataclass
class _SentCard:
    app: str
    copies: dict[str, _OnScreen] = field(default_factory=dict)
    """By the member's id."""


@dataclass
class _Code:
    """A response_code: changes one card once, within 72 hours."""

    card: _SentCard
    issued_at: datetime
    used: bool = False


class Messages:
    def __init__(self, world: World, callbacks: Callbacks, media: Media) -> None:
        self._world = world
        self._media = media
        self._callbacks = callbacks
        self._task_ids: set[tuple[str, str]] = set()
        self._codes: dict[str, _Code] = {}
        self._by_item: dict[str, _SentCard] = {}
        self._bodies: dict[str, datetime] = {}
        self._recent: defaultdict[tuple[str, str], deque[datetime]] = defaultdict(deque)

    async def send(self, call: Call, app: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._check_agent(app, body)
        members, unknown = self._receivers(body)
        shown = b""
        match body.get("msgtype"):
            case "text":
                call.kind = "message"
                text = self._text(body.get("text"))
                card = None
            case "template_card":
                call.kind = "card"
                card, text = body.get("template_card"), ""
                self._check_card(app, card)
            case "image":
                call.kind = "message"
                card, text, shown = None, "", self._picture(body.get("image"))
            case other:
                known = "the sandbox knows text, image and template_card"
                bug(40008, f"msgtype {other!r} ({known})")
        if not members:
            raise Refused(NO_RECEIVER, "user & party & tag all invalid")
        answer: dict[str, Any] = {
            "invaliduser": "|".join(unknown),
            "invalidparty": "",
            "invalidtag": "",
            "msgid": secrets.token_urlsafe(24),
        }
        if self._said_before(app, body):
            call.outcome = Outcome.DUPLICATE
            return answer
        heard = [member for member in members if self._within_rate(app, member)]
        call.receivers = tuple(member.id for member in heard)
        call.outcome = Outcome.DELIVERED if heard else Outcome.DROPPED
        if card is None:
            for member in heard:
                self._show(app, member, text=text, picture=shown)
            return answer
        sent = self._deliver(app, card, heard)
        if card["card_type"] in cards.INTERACTIVE:
            answer["response_code"] = self._new_code(sent)
        return answer

    async def update(self, call: Call, app: str, body: Mapping[str, Any]) -> dict[str, Any]:
        call.kind = "update"
        self._check_agent(app, body)
        userids = body.get("userids")
        if not isinstance(userids, list) or not all(isinstance(u, str) for u in userids):
            bug(40058, "userids must be a list of texts")
        if not 1 <= len(userids) <= RECEIVERS:
            bug(82001, "userids names nobody, or more than 1000")
        code = self._usable_code(app, body.get("response_code"))
        template, replaced = self._new_face(app, code.card, body)
        members = [self._world.cast.by_wecom(userid) for userid in userids]
        touched = [m for m in members if m is not None and m.id in code.card.copies]
        code.used = True
        for member in touched:
            self._redraw(member, code.card.copies[member.id], template, replaced)
        call.receivers = tuple(member.id for member in touched)
        call.outcome = Outcome.DELIVERED if touched else Outcome.ANSWERED
        if template is not None and "task_id" in template:
            self._task_ids.add((app, template["task_id"]))
        known = {m.wecom.lower() for m in touched if m.wecom}
        return {"invaliduser": [u.lower() for u in userids if u.lower() not in known]}

    async def press(self, member: Member, item_id: str, key: str) -> Push:
        """`key` of a button that can be pressed, or of an item of the card's menu."""
        sent = self._by_item.get(item_id)
        if sent is None or member.id not in sent.copies:
            raise Impossible("这张卡片不在您的屏幕上")
        copy = sent.copies[member.id]
        view = cards.draw(copy.template, replaced=copy.replaced)
        from_menu = any(entry.key == key for entry in view.menu)
        if not from_menu:
            _check_press(view, key)
        event = {
            "ToUserName": self._world.cast.corp_id,
            "FromUserName": member.wecom or "",
            "CreateTime": self._world.seconds,
            "MsgType": "event",
            "Event": "template_card_menu_event" if from_menu else "template_card_event",
            "EventKey": key,
            "TaskId": copy.template.get("task_id", ""),
            "CardType": copy.template["card_type"],
            "ResponseCode": self._new_code(sent),
            "AgentID": self._world.cast.apps[sent.app].agent_id or 0,
        }
        if not from_menu and (selected := _selected(copy.template)):
            event["SelectedItems"] = selected
        return await self._callbacks.push(sent.app, event)

    def _check_agent(self, app: str, body: Mapping[str, Any]) -> None:
        agent = body.get("agentid")
        if agent is None:
            bug(41011, "agentid is missing")
        if isinstance(agent, bool) or not isinstance(agent, int):
            bug(40056, "agentid must be a number")
        if agent != self._world.cast.apps[app].agent_id:
            bug(40056, f"agentid {agent} is not the agent of this token's app ({app})")

    def _receivers(self, body: Mapping[str, Any]) -> tuple[list[Member], list[str]]:
        """The members named, each once, and the unknown ids in lower case."""
        touser = body.get("touser", "")
        if not isinstance(touser, str):
            bug(40058, "touser must be a text")
        everybody = [m for m in self._world.cast.members if m.wecom]
        if touser == "@all":
            return everybody, []
        userids = [userid for userid in touser.split("|") if userid]
        if not userids and not body.get("toparty") and not body.get("totag"):
            bug(82001, "touser & toparty & totag are all empty")
        if len(userids) > RECEIVERS:
            bug(40058, "touser names more than 1000")
        found = {userid.lower(): self._world.cast.by_wecom(userid) for userid in userids}
        return (
            [member for member in found.values() if member is not None],
            [userid for userid, member in found.items() if member is None],
        )

    def _text(self, part: Any) -> str:
        content = part.get("content") if isinstance(part, dict) else None
        if not isinstance(content, str):
            bug(40058, "text.content is no text")
        if not content:
            bug(44004, "text.content is empty")
        whole = content.encode()
        if len(whole) > TEXT_BYTES:
            self._world.ledger.violation(f"message/send: a text of {len(whole)} bytes was cut")
        return whole[:TEXT_BYTES].decode(errors="ignore")

    def _picture(self, part: Any) -> bytes:
        media_id = part.get("media_id") if isinstance(part, dict) else None
        if not isinstance(media_id, str) or not media_id:
            bug(40007, "image.media_id is missing")
        return self._media.get(media_id)

    def _check_card(self, app: str, card: Any) -> None:
        cards.check(card)
        if "replace_text" in card:
            bug(40058, "replace_text belongs into an update")
        if app in self._world.faults.without_callback and card["card_type"] in cards.INTERACTIVE:
            raise Refused(43012, "callback url is not set")
        if (app, card.get("task_id")) in self._task_ids:
            raise Refused(TASK_ID, "task_id was used before")

    def _said_before(self, app: str, body: Mapping[str, Any]) -> bool:
        """The duplicate check: the same request within the interval reaches people once."""
        if body.get("enable_duplicate_check", 0) not in {0, 1}:
            bug(40058, "enable_duplicate_check must be 0 or 1")
        if not body.get("enable_duplicate_check"):
            return False
        interval = body.get("duplicate_check_interval", DEFAULT_INTERVAL)
        if not isinstance(interval, int) or not 0 < interval <= LONGEST_INTERVAL:
            bug(40058, "duplicate_check_interval must be 1 to 14400 seconds")
        key = json.dumps([app, body], sort_keys=True)
        before = self._bodies.get(key)
        if before is not None and self._world.now - before < timedelta(seconds=interval):
            return True
        self._bodies[key] = self._world.now
        return False

    def _within_rate(self, app: str, member: Member) -> bool:
        """Counts one more message to the member, unless the platform would drop it."""
        now = self._world.now
        recent = self._recent[app, member.id]
        while recent and now - recent[0] >= timedelta(hours=1):
            recent.popleft()
        last_minute = sum(now - at < timedelta(minutes=1) for at in recent)
        if last_minute >= PER_MINUTE or len(recent) >= PER_HOUR:
            return False
        recent.append(now)
        return True

    def _deliver(self, app: str, template: dict[str, Any], members: list[Member]) -> _SentCard:
        sent = _SentCard(app)
        if "task_id" in template:
            self._task_ids.add((app, template["task_id"]))
        for member in members:
            item_id = self._show(app, member, card=cards.draw(template))
            sent.copies[member.id] = _OnScreen(item_id, template)
            self._by_item[item_id] = sent
        return sent

    def _show(
        self,
        app: str,
        member: Member,
        *,
        text: str = "",
        card: CardView | None = None,
        picture: bytes = b"",
    ) -> str:
        item = self._world.screens.show(
            member.id,
            sender=self._world.cast.apps[app].name,
            platform="wecom",
            conversation=app,
            kind="image" if picture else "text" if card is None else "card",
            text=text,
            card=card,
            picture=picture,
        )
        return item.id

    def _new_code(self, card: _SentCard) -> str:
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Code(card, self._world.now)
        return code

    def _usable_code(self, app: str, text: Any) -> _Code:
        if not isinstance(text, str) or not text:
            bug(40058, "response_code is missing")
        code = self._codes.get(text)
        if code is None:
            raise Refused(BAD_CODE, "response_code is unknown")
        if code.card.app != app:
            bug(42015, "the card was sent by another app")
        if code.used:
            raise Refused(BAD_CODE, "response_code was used before")
        if self._world.now - code.issued_at >= CODE_LIFE:
            raise Refused(BAD_CODE, "response_code is older than 72 hours")
        return code

    def _new_face(
        self, app: str, sent: _SentCard, body: Mapping[str, Any]
    ) -> tuple[dict[str, Any] | None, str | None]:
        """The new template, or (with None) the text that replaces the old one's buttons."""
        button, template = body.get("button"), body.get("template_card")
        if (button is None) == (template is None):
            bug(40058, "give either button or template_card")
        if template is None:
            name = button.get("replace_name") if isinstance(button, dict) else None
            if not isinstance(name, str) or not name:
                bug(40058, "button.replace_name is missing")
            return None, name
        cards.check(template)
        own = {copy.template.get("task_id") for copy in sent.copies.values()}
        task_id = template.get("task_id")
        if task_id not in own and (app, task_id) in self._task_ids:
            bug(TASK_ID, "task_id belongs to another card")
        return template, None

    def _redraw(
        self, member: Member, copy: _OnScreen, template: dict[str, Any] | None, replaced: str | None
    ) -> None:
        copy.template = template if template is not None else copy.template
        copy.replaced = replaced
        view = cards.draw(copy.template, replaced=replaced)
        self._world.screens.redraw(member.id, copy.item_id, view)


def _check_press(view: CardView, key: str) -> None:
    button = next((b for b in view.buttons if b.key == key and b.url is None), None)
    if button is None:
        raise Impossible("卡片上没有这个按钮")
    if button.disabled:
        raise Impossible("这个按钮已经不能再点")


def _selected(template: Mapping[str, Any]) -> dict[str, Any] | None:
    selection = template.get("button_selection")
    if not selection or not selection.get("selected_id"):
        return None
    options = {"OptionId": selection["selected_id"]}
    question = {"QuestionKey": selection["question_key"], "OptionIds": options}
    return {"SelectedItem": question}
