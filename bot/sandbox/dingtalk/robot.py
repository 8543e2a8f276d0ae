"""What the robot says: batchSend, and replies over a sessionWebhook (doc robot-message-type)."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.sandbox.cast import Member
from bot.sandbox.ledger import Call, Outcome
from bot.sandbox.screens import ButtonView, CardView
from bot.sandbox.wire import Refused, bug
from bot.sandbox.world import World

CONVERSATION = "dingtalk"
WEBHOOK_LIFE = timedelta(minutes=90)
RECEIVERS = 20
PARAM_BYTES = 15_000
SESSION_GONE = 300001
"""The vendor names session.expired and session.notExisted; their numbers are not published."""
BAD_PARAMETER = 40035

FIELDS: Mapping[str, frozenset[str]] = {
    "sampleText": frozenset({"content"}),
    "sampleImageMsg": frozenset({"photoURL"}),
    "sampleMarkdown": frozenset({"title", "text"}),
    "sampleLink": frozenset({"title", "text", "picUrl", "messageUrl"}),
    "sampleActionCard": frozenset({"title", "text", "singleTitle", "singleURL"}),
    **{
        f"sampleActionCard{count}": frozenset(
            {"title", "text"}
            | {f"action{part}{n}" for n in range(1, count + 1) for part in ("Title", "URL")}
        )
        for count in range(2, 6)
    },
    "sampleActionCard6": frozenset(
        {"title", "text", "buttonTitle1", "buttonUrl1", "buttonTitle2", "buttonUrl2"}
    ),
}


@dataclass(frozen=True)
class Said:
    """A robot message as it is seen."""

    text: str
    card: CardView | None = None
    media_id: str = ""
    picture: bytes = b""


@dataclass(frozen=True)
class _Session:
    member: Member
    expires_at: datetime


class Robot:
    def __init__(self, world: World) -> None:
        self._world = world
        self._sessions: dict[str, _Session] = {}
        self._pictures: dict[str, bytes] = {}

    def new_webhook(self, member: Member) -> tuple[str, int]:
        """A sessionWebhook that reaches the member, and when it expires (ms)."""
        session = secrets.token_hex(16)
        expires_at = self._world.now + WEBHOOK_LIFE
        self._sessions[session] = _Session(member, expires_at)
        url = f"{self._world.base_url}/dingtalk-oapi/robot/sendBySession?session={session}"
        return url, int(expires_at.timestamp() * 1000)

    def keep(self, content: bytes) -> str:
        """An uploaded picture's media id."""
        media_id = f"@lAL{secrets.token_urlsafe(24)}"
        self._pictures[media_id] = content
        return media_id

    def show(self, member: Member, said: Said) -> None:
        self._world.screens.show(
            member.id,
            sender=self._world.cast.dingtalk.name,
            platform="dingtalk",
            conversation=CONVERSATION,
            kind="image" if said.picture else "card" if said.card else "text",
            text=said.text,
            card=said.card,
            picture=said.picture,
        )

    async def batch_send(self, call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
        call.kind = "message"
        self._check_robot(body)
        userids = body.get("userIds")
        if not isinstance(userids, list) or not userids:
            bug("invalidParameter.userIds.empty", "userIds must be a list")
        if len(userids) > RECEIVERS:
            bug("invalidParameter.userIds.overMax", "userIds holds more than 20")
        if not all(isinstance(userid, str) and userid for userid in userids):
            bug("illegal.receivers", "userIds holds something that is no text")
        said = self._picture(_said(body.get("msgKey"), body.get("msgParam")))
        found = {userid: self._world.cast.by_dingtalk(userid) for userid in userids}
        members = [member for member in found.values() if member is not None]
        for member in members:
            self.show(member, said)
        call.receivers = tuple(member.id for member in members)
        call.outcome = Outcome.DELIVERED if members else Outcome.ANSWERED
        return {
            "processQueryKey": secrets.token_urlsafe(24),
            "invalidStaffIdList": [u for u, member in found.items() if member is None],
            "flowControlledStaffIdList": [],
        }

    def _picture(self, said: Said) -> Said:
        """With what was uploaded under the media id that it names."""
        if not said.media_id:
            return said
        if said.media_id not in self._pictures:
            bug("invalidParameter.msgParam.invalid", "photoURL names no uploaded picture")
        return Said("", picture=self._pictures[said.media_id])

    async def reply(self, call: Call, body: Mapping[str, Any], session: str) -> dict[str, Any]:
        """POST to a sessionWebhook."""
        call.kind = "message"
        known = self._sessions.get(session)
        if known is None:
            bug(SESSION_GONE, "session.notExisted")
        said = reply_said(body)
        _check_mentions(body.get("at", {}))
        if known.expires_at <= self._world.now:
            raise Refused(SESSION_GONE, "session.expired")
        self.show(known.member, said)
        call.receivers, call.outcome = (known.member.id,), Outcome.DELIVERED
        return {}

    async def download(self, call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
        """messageFiles/download: nobody here sends files, so no code is known."""
        self._check_robot(body)
        if not isinstance(body.get("downloadCode"), str):
            bug("invalidParameter.downloadCode.empty", "downloadCode is missing")
        raise Refused("invalidParameter.downloadCode.invalid", "no file with this code")

    def _check_robot(self, body: Mapping[str, Any]) -> None:
        code = body.get("robotCode")
        if not code:
            bug("invalidParameter.robotCode.empty", "robotCode is missing")
        if code != self._world.cast.dingtalk.robot_code:
            bug("invalidParameter.robotCode.auth", "robotCode is not this token's app's")


def reply_said(body: Mapping[str, Any]) -> Said:
    """A reply's text, markdown or actionCard; refuses anything else with errcode 40035."""
    kind = body.get("msgtype")
    part = body.get(kind) if isinstance(kind, str) else None
    match kind:
        case "text":
            return Said(_field(part, "content"))
        case "markdown":
            _field(part, "title")
            return Said(_field(part, "text"))
        case "actionCard":
            return _action_card(part)
        case _:
            known = "the sandbox knows text, markdown, actionCard"
            raise Refused(BAD_PARAMETER, f"msgtype {kind!r} ({known})", bug=True)


def _action_card(part: Any) -> Said:
    title, text = _field(part, "title"), _field(part, "text")
    buttons = part.get("btns") or [
        {"title": part.get("singleTitle"), "actionURL": part.get("singleURL")}
    ]
    drawn = [ButtonView("", _field(b, "title"), url=_field(b, "actionURL")) for b in buttons]
    return Said("", CardView(title=title, text=text, buttons=tuple(drawn)))


def _field(part: Any, name: str) -> str:
    value = part.get(name) if isinstance(part, dict) else None
    if not isinstance(value, str) or not value:
        bug(BAD_PARAMETER, f"{name} is missing")
    return value


def _check_mentions(at: Any) -> None:
    if not isinstance(at, dict):
        bug(BAD_PARAMETER, "at is no object")
    for name in ("atUserIds", "atMobiles"):
        if not isinstance(at.get(name, []), list):
            bug(BAD_PARAMETER, f"at.{name} is no list")


def _said(key: Any, param: Any) -> Said:
    if not key:
        bug("invalidParameter.msgKey.empty", "msgKey is missing")
    if key not in FIELDS:
        bug("invalidParameter.msgKey.invalid", f"msgKey {key!r} (the sandbox: {sorted(FIELDS)})")
    fields = _fields(param)
    if set(fields) != FIELDS[key]:
        bug("invalidParameter.msgParam.invalid", f"{sorted(fields)} are not the fields of {key}")
    if not all(isinstance(value, str) and value for value in fields.values()):
        bug("invalidParameter.msgParam.invalid", "a field is empty or no text")
    if key == "sampleText":
        return Said(fields["content"])
    if key == "sampleImageMsg":
        return Said("", media_id=fields["photoURL"])
    if key == "sampleMarkdown":
        return Said(fields["text"])
    return Said("", CardView(title=fields["title"], text=fields["text"], buttons=_links(fields)))


def _fields(param: Any) -> dict[str, Any]:
    if not isinstance(param, str):
        bug("invalidParameter.msgParam.invalid", "msgParam must be JSON in a text")
    if len(param.encode()) > PARAM_BYTES:
        bug("invalidParameter.msgParam.tooLong", "msgParam is too long")
    try:
        fields = json.loads(param)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        bug("invalidParameter.msgParam.invalid", "msgParam does not parse to an object")
    return fields


def _links(fields: Mapping[str, str]) -> tuple[ButtonView, ...]:
    """The pairs of title and address, however this msgKey calls them."""
    pairs = [
        (fields.get("singleTitle"), fields.get("singleURL")),
        ("查看", fields.get("messageUrl")),
        *((fields.get(f"actionTitle{n}"), fields.get(f"actionURL{n}")) for n in range(1, 6)),
        *((fields.get(f"buttonTitle{n}"), fields.get(f"buttonUrl{n}")) for n in range(1, 3)),
    ]
    return tuple(ButtonView("", title, url=url) for title, url in pairs if title and url)
