"""What members do in an app's conversation in WeCom, on its way to the bot."""

import itertools
import secrets
from collections.abc import Mapping
from typing import Any

from bot.sandbox.cast import Member
from bot.sandbox.ledger import Push
from bot.sandbox.wecom.callbacks import Callbacks
from bot.sandbox.world import World

ASSISTANT = "assistant"
FORMS = {"image": "图片", "voice": "语音", "video": "视频", "location": "位置", "link": "链接"}


class Inbound:
    def __init__(self, world: World, callbacks: Callbacks) -> None:
        self._world = world
        self._callbacks = callbacks
        self._ids = itertools.count(7_000_000_000_000_000_000 + secrets.randbelow(10**15))

    async def member_sends(self, member: Member, msgtype: str, fields: Mapping[str, Any]) -> Push:
        """`fields` as doc path/90239 names them: Content, MediaId, PicUrl …"""
        app = self._world.cast.apps[ASSISTANT]
        text = fields["Content"] if msgtype == "text" else f"[{FORMS.get(msgtype, msgtype)}]"
        self._world.screens.show(
            member.id,
            sender=member.name,
            platform="wecom",
            conversation=ASSISTANT,
            text=text,
            mine=True,
        )
        message = {
            "ToUserName": self._world.cast.corp_id,
            "FromUserName": member.wecom,
            "CreateTime": self._world.seconds,
            "MsgType": msgtype,
            **fields,
            "MsgId": next(self._ids),
            "AgentID": app.agent_id or 0,
        }
        return await self._callbacks.push(ASSISTANT, message)
