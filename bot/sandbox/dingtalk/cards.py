"""Interactive cards: created and delivered once, updated by key or as a whole."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.cast import Member
from bot.sandbox.dingtalk.answers import BadAnswer, CardChange, check_values
from bot.sandbox.dingtalk.robot import CONVERSATION
from bot.sandbox.ledger import Call, Outcome
from bot.sandbox.screens import ButtonView, CardView, MenuView, QuoteView, RowView, Style
from bot.sandbox.wire import Refused, bug
from bot.sandbox.world import Impossible, World

KEY_CHARS = 100
SPACE = "dtv1.card//IM_ROBOT."
STYLES: Mapping[str, Style] = {"primary": "primary", "danger": "danger", "plain": "plain"}


@dataclass
class _Card:
    """One card in one member's chat with the robot."""

    track_id: str
    member: Member
    values: dict[str, str]
    route: str | None
    """The callbackRouteKey; None: presses come over Stream."""
    item_id: str = ""


@dataclass(frozen=True)
class Route:
    """Where presses go in HTTP mode."""

    url: str
    secret: str


@dataclass(frozen=True)
class Press:
    """A press as it is pushed: its body, and the route if it goes over HTTP."""

    track_id: str
    body: dict[str, Any] = field(repr=False)
    route: Route | None


class Cards:
    def __init__(self, world: World) -> None:
        self._world = world
        self._cards: dict[str, _Card] = {}
        self._track_ids: set[str] = set()
        self._routes: dict[str, Route] = {}

    async def create(self, call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
        """createAndDeliver"""
        call.kind = "card"
        track_id = _track_id(body)
        if body.get("cardTemplateId") != self._world.cast.dingtalk.card_template_id:
            bug("param.templateNotExist", f"cardTemplateId {body.get('cardTemplateId')!r}")
        route = self._callback_route(body)
        values = _values(body.get("cardData"))
        for private in _object(body, "privateData").values():
            _values(private)
        if body.get("userIdType", 1) != 1:
            bug("param.userIdType", "the sandbox knows userIdType 1")
        userid = self._space(body)
        if track_id in self._track_ids:
            raise Refused("param.cardAlreadyExist", "outTrackId was used before")
        self._track_ids.add(track_id)
        fault = self._delivery_fault(userid)
        if not fault:
            self._deliver(call, _Card(track_id, self._member(userid), dict(values), route))
        result = {
            "spaceType": "IM_ROBOT",
            "spaceId": userid,
            "success": not fault,
            "carrierId": "" if fault else f"carrier-{track_id}",
            "errorMsg": fault,
        }
        return {"success": True, "result": {"outTrackId": track_id, "deliverResults": [result]}}

    async def update(self, call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
        """PUT card/instances: without updateCardDataByKey the whole map is overwritten."""
        call.kind = "update"
        track_id = _track_id(body)
        options = _object(body, "cardUpdateOptions")
        if not all(isinstance(option, bool) for option in options.values()):
            bug("param.cardUpdateOptions", "an option is neither true nor false")
        values = _values(body.get("cardData"))
        card = self._cards.get(track_id)
        if card is None:
            raise Refused("param.cardNotExist", "no card with this outTrackId")
        by_key = options.get("updateCardDataByKey", False)
        self._change(card, CardChange(dict(values), by_key))
        call.receivers, call.outcome = (card.member.id,), Outcome.DELIVERED
        return {"success": True, "result": True}

    async def register(self, call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
        """card/callbacks/register"""
        key, url = body.get("callbackRouteKey"), body.get("callbackUrl")
        secret = body.get("apiSecret", "")
        if not all(isinstance(part, str) and part for part in (key, url, secret)):
            bug("param.callbackRouteKey", "callbackRouteKey, callbackUrl or apiSecret is missing")
        if str(key) in self._routes and not body.get("forceUpdate", False):
            raise Refused("param.callbackRouteKeyExist", "the route is registered already")
        self._routes[str(key)] = Route(str(url), str(secret))
        return {"success": True, "result": {"callbackUrl": url, "apiSecret": secret}}

    def press(self, member: Member, item_id: str, key: str) -> Press:
        """What is pushed when `member` presses; raises Impossible where nothing can be pressed."""
        card = next((c for c in self._cards.values() if c.item_id == item_id), None)
        if card is None or card.member != member:
            raise Impossible("这张卡片不在您的屏幕上")
        view = draw(card.values)
        button = next((b for b in view.buttons if b.key == key and b.url is None), None)
        if button is None and not any(entry.key == key for entry in view.menu):
            raise Impossible("卡片上没有这个按钮")
        if button is not None and button.disabled:
            raise Impossible("这个按钮已经不能再点")
        content = {"cardPrivateData": {"actionIds": [key], "params": {}}}
        body = {
            "type": "actionCallback",
            "outTrackId": card.track_id,
            "corpId": self._world.cast.dingtalk.corp_id,
            "userId": member.dingtalk,
            "userIdType": 1,
            "spaceType": "IM_ROBOT",
            "spaceId": member.dingtalk,
            "extension": "{}",
            "content": json.dumps(content, ensure_ascii=False),
        }
        return Press(card.track_id, body, self._routes[card.route] if card.route else None)

    def answered(self, track_id: str, change: CardChange) -> None:
        """The card's new values, as the answer to a press gave them."""
        self._change(self._cards[track_id], change)

    def _callback_route(self, body: Mapping[str, Any]) -> str | None:
        match body.get("callbackType"):
            case "STREAM":
                return None
            case "HTTP":
                route = body.get("callbackRouteKey")
                if not isinstance(route, str) or route not in self._routes:
                    bug("param.callbackRouteKey", f"route {route!r} is not registered")
                return route
            case other:
                raise Refused("param.callbackType", f"callbackType {other!r}", bug=True)

    def _space(self, body: Mapping[str, Any]) -> str:
        """The userid whose chat with the robot the card goes to."""
        space = body.get("openSpaceId")
        if not isinstance(space, str) or not space.startswith(SPACE) or ";" in space:
            bug("param.openSpaceId", f"openSpaceId {space!r} (the sandbox knows {SPACE}<userId>)")
        if not isinstance(body.get("imRobotOpenSpaceModel"), dict):
            bug("param.imRobotOpenSpaceModel", "imRobotOpenSpaceModel is missing")
        model = body.get("imRobotOpenDeliverModel")
        if not isinstance(model, dict) or model.get("spaceType") != "IM_ROBOT":
            bug("param.imRobotOpenDeliverModel", "imRobotOpenDeliverModel.spaceType is missing")
        if model.get("robotCode") != self._world.cast.dingtalk.robot_code:
            bug("param.robotCode", "imRobotOpenDeliverModel.robotCode is not this app's")
        return space.removeprefix(SPACE)

    def _delivery_fault(self, userid: str) -> str:
        if self._world.faults.failing_card_deliveries:
            self._world.faults.failing_card_deliveries -= 1
            return "deliver failed"
        return "" if self._world.cast.by_dingtalk(userid) else "user not exist"

    def _member(self, userid: str) -> Member:
        member = self._world.cast.by_dingtalk(userid)
        assert member is not None
        return member

    def _deliver(self, call: Call, card: _Card) -> None:
        item = self._world.screens.show(
            card.member.id,
            sender=self._world.cast.dingtalk.name,
            platform="dingtalk",
            conversation=CONVERSATION,
            kind="card",
            card=draw(card.values),
        )
        card.item_id = item.id
        self._cards[card.track_id] = card
        call.receivers, call.outcome = (card.member.id,), Outcome.DELIVERED

    def _change(self, card: _Card, change: CardChange) -> None:
        card.values = (card.values if change.by_key else {}) | change.values
        self._world.screens.redraw(card.member.id, card.item_id, draw(card.values))


def draw(values: Mapping[str, str]) -> CardView:
    """Our template: it binds these variables, lists of them as JSON."""
    status = values.get("status") or None
    return CardView(
        title=values.get("title", ""),
        subtitle=values.get("subtitle", ""),
        rows=tuple(
            RowView(row.get("name", ""), row.get("value", ""), row.get("url") or None)
            for row in _list(values, "rows")
        ),
        quote=QuoteView("", values["quote"]) if values.get("quote") else None,
        text=values.get("text", ""),
        buttons=tuple(_button(entry, settled=bool(status)) for entry in _list(values, "buttons")),
        menu=tuple(
            MenuView(entry.get("id", ""), entry.get("text", "")) for entry in _list(values, "menu")
        ),
        status=status,
        link=values.get("url") or None,
    )


def _button(entry: Mapping[str, str], *, settled: bool) -> ButtonView:
    url = entry.get("url") or None
    style = STYLES.get(entry.get("tone", "plain"), "plain")
    key, text = entry.get("id", ""), entry.get("text", "")
    return ButtonView(key, text, style, url, disabled=settled and url is None)


def _list(values: Mapping[str, str], name: str) -> list[dict[str, str]]:
    """A template that cannot read its list shows none of it."""
    try:
        entries = json.loads(values.get(name) or "[]")
    except ValueError:
        return []
    return [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []


def _track_id(body: Mapping[str, Any]) -> str:
    track_id = body.get("outTrackId")
    if not isinstance(track_id, str) or not 1 <= len(track_id) <= KEY_CHARS:
        bug("param.outTrackId", "outTrackId must be 1 to 100 characters")
    return track_id


def _object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name, {})
    if not isinstance(value, dict):
        bug(f"param.{name}", f"{name} is no object")
    return value


def _values(data: Any) -> dict[str, str]:
    values: dict[str, str] | None = data.get("cardParamMap") if isinstance(data, dict) else None
    if values is None:
        bug("param.cardData", "cardData.cardParamMap is missing")
    try:
        check_values(values)
    except BadAnswer as error:
        bug("param.cardParamMap", str(error))
    return values
