"""What members do in DingTalk, on its way to the bot: over Stream, or pushed over HTTP."""

import secrets
from collections.abc import Mapping
from typing import Any

from bot.sandbox.cast import Member
from bot.sandbox.dingtalk.answers import BadAnswer, card_change
from bot.sandbox.dingtalk.cards import Cards
from bot.sandbox.dingtalk.push import HttpPush
from bot.sandbox.dingtalk.robot import CONVERSATION, Robot, reply_said
from bot.sandbox.dingtalk.stream import CARD_TOPIC, ROBOT_TOPIC, Ack, Stream
from bot.sandbox.ledger import Push
from bot.sandbox.wire import Refused
from bot.sandbox.world import World

QUOTA_SPENT = 20001
FORMS = {"picture": "图片", "audio": "语音", "video": "视频", "file": "文件"}


class Inbound:
    def __init__(self, world: World, stream: Stream, robot: Robot, cards: Cards) -> None:
        self._world = world
        self._stream = stream
        self._robot = robot
        self._cards = cards
        self._http = HttpPush(world)

    async def member_sends(self, member: Member, msgtype: str, content: Mapping[str, Any]) -> Push:
        """A message in the member's own chat with the robot."""
        text = content["content"] if msgtype == "text" else f"[{FORMS.get(msgtype, msgtype)}]"
        self._world.screens.show(
            member.id,
            sender=member.name,
            platform="dingtalk",
            conversation=CONVERSATION,
            text=text,
            mine=True,
        )
        body = self._message(member, msgtype, content)
        push = self._world.ledger.pushing("dingtalk", "robot", body)
        if self._world.dingtalk_mode == "stream":
            await self._stream.deliver(push, "CALLBACK", ROBOT_TOPIC, body)
        else:
            self._show_reply(member, await self._http.robot(push, body))
        return push

    async def press(self, member: Member, item_id: str, key: str) -> Push:
        press = self._cards.press(member, item_id, key)
        push = self._world.ledger.pushing("dingtalk", "card", press.body)
        if press.route is None:
            ack = await self._stream.deliver(push, "CALLBACK", CARD_TOPIC, press.body)
            response = self._card_response(ack)
        else:
            response = await self._http.card(push, press.body, press.route)
        try:
            change = card_change(response)
        except BadAnswer as error:
            self._world.ledger.violation(f"answer to a card callback: {error}")
            return push
        if change is not None:
            self._cards.answered(press.track_id, change)
        return push

    async def event(self, event_type: str, fields: Mapping[str, Any]) -> Push:
        """A subscribed event of the organisation, such as user_add_org."""
        app = self._world.cast.dingtalk
        born = str(self._world.milliseconds)
        push = self._world.ledger.pushing("dingtalk", "event", {"type": event_type, **fields})
        if self._world.dingtalk_mode == "stream":
            headers = {
                "eventId": secrets.token_hex(16),
                "eventType": event_type,
                "eventBornTime": born,
                "eventCorpId": app.corp_id,
            }
            await self._stream.deliver(push, "EVENT", "*", fields, **headers)
        else:
            plain = {"EventType": event_type, "CorpId": app.corp_id, "TimeStamp": born, **fields}
            await self._http.event(push, plain)
        return push

    async def verify_events(self) -> bool:
        """The check_url with which the console tries the events' URL when it is saved."""
        push = self._world.ledger.pushing("dingtalk", "verify", {"EventType": "check_url"})
        push.accepted = await self._http.event_once(push, {"EventType": "check_url"})
        return push.accepted

    def _message(self, member: Member, msgtype: str, content: Mapping[str, Any]) -> dict[str, Any]:
        app, faults = self._world.cast.dingtalk, self._world.faults
        webhook, expires_at = self._robot.new_webhook(member)
        body = {
            "msgtype": msgtype,
            "text" if msgtype == "text" else "content": dict(content),
            "msgId": f"msg{secrets.token_urlsafe(16)}==",
            "createAt": self._world.milliseconds,
            "conversationType": "1",
            "conversationId": f"cid{member.dingtalk}==",
            "senderId": f"$:LWCP_v1:${member.id}",
            "senderNick": member.name,
            "senderCorpId": app.corp_id,
            "senderStaffId": member.dingtalk,
            "isAdmin": False,
            "chatbotCorpId": app.corp_id,
            "chatbotUserId": "$:LWCP_v1:$robot",
            "sessionWebhook": webhook,
            "sessionWebhookExpiredTime": expires_at,
            "robotCode": app.robot_code,
        }
        if faults.unpublished_app:
            del body["senderStaffId"]
        if faults.quota_spent:
            del body["text" if msgtype == "text" else "content"]
            body["errCode"] = QUOTA_SPENT
        return body

    def _show_reply(self, member: Member, answer: Any) -> None:
        """The HTTP answer may hold a message; `empty` and nothing at all are none."""
        if not answer or answer == {"msgtype": "empty"}:
            return
        try:
            self._robot.show(member, reply_said(answer))
        except (Refused, AttributeError) as error:
            self._world.ledger.violation(f"answer to a robot push: {error}")

    def _card_response(self, ack: Ack | None) -> Any:
        """What the ACK says about the card; later than 2 s it is ignored."""
        if ack is None or ack.took > self._world.patience.card_answer:
            return None
        if not isinstance(ack.data, dict) or "response" not in ack.data:
            self._world.ledger.violation("stream: the ACK of a card callback has no response")
            return None
        return ack.data["response"]
