"""微信客服: what clients and servicers do, and the kf/* endpoints."""

import re
import secrets
from collections.abc import Mapping
from typing import Any

from bot.sandbox.cast import Client, Member
from bot.sandbox.ledger import Call, Outcome, Push
from bot.sandbox.wecom.callbacks import Callbacks
from bot.sandbox.wecom.kf_content import Drawn, drawn
from bot.sandbox.wecom.kf_lines import Lines
from bot.sandbox.wecom.kf_log import KfLog
from bot.sandbox.wecom.kf_sessions import Session, Sessions, State
from bot.sandbox.wire import Refused, bug
from bot.sandbox.world import Impossible, World

APP = "kf"
CLIENT, SYSTEM, SERVICER = 3, 4, 5
BATCH = 100
MSGID = re.compile(r"[0-9a-zA-Z_-]{1,32}")
FORMS = {"image": "图片", "voice": "语音", "video": "视频", "file": "文件", "location": "位置"}


class Kf:
    def __init__(self, world: World, callbacks: Callbacks) -> None:
        self._world = world
        self._callbacks = callbacks
        self._log = KfLog(world)
        self.sessions = Sessions(world)
        self.lines = Lines(world)
        self._sent: dict[str, str] = {}
        """msgid → client, for what the bot has sent."""

    # What people do

    async def enters(self, client: Client, *, scene: str = "", scene_param: str = "") -> Push:
        session = self.sessions.of(client)
        session.scene = scene
        event = self._event("enter_session", client) | {"scene": scene, "scene_param": scene_param}
        if (code := self.sessions.welcome(session)) is not None:
            event["welcome_code"] = code
        self._log.append(SYSTEM, "event", event)
        return await self._announce()

    async def client_sends(self, client: Client, msgtype: str, body: Mapping[str, Any]) -> Push:
        session = self.sessions.client_wrote(client)
        text = body["content"] if msgtype == "text" else f"[{FORMS.get(msgtype, msgtype)}]"
        self.lines.add(session, client.nickname, text=text, by=client.id)
        self._log.append(
            CLIENT,
            msgtype,
            body,
            open_kfid=self._world.cast.open_kfid,
            external_userid=client.external_userid,
        )
        return await self._announce()

    async def servicer_writes(self, member: Member, client: Client, text: str) -> Push:
        session = self.sessions.of(client)
        if session.state is not State.HUMAN or session.servicer != member:
            raise Impossible(f"{client.nickname}的会话现在不由{member.name}接待")
        self.lines.add(session, member.name, text=text, by=member.id)
        self._log.append(
            SERVICER,
            "text",
            {"content": text},
            open_kfid=self._world.cast.open_kfid,
            external_userid=client.external_userid,
            servicer_userid=member.wecom,
        )
        return await self._announce()

    async def servicer_ends(self, member: Member, client: Client) -> Push:
        session = self.sessions.of(client)
        if session.state is not State.HUMAN or session.servicer != member:
            raise Impossible(f"{client.nickname}的会话现在不由{member.name}接待")
        code = self.sessions.move(session, State.ENDED, None)
        self.lines.add(session, "", kind="notice", text="会话已结束")
        self._append_change(client, 3, old=member, new=None, code=code)
        return await self._announce()

    async def takes(self, member: Member, *, taking: bool) -> Push:
        """The member starts or stops taking sessions (servicer_status_change)."""
        (self._world.faults.not_taking.discard if taking else self._world.faults.not_taking.add)(
            member.id
        )
        event = {
            "event_type": "servicer_status_change",
            "open_kfid": self._world.cast.open_kfid,
            "servicer_userid": member.wecom,
            "status": 1 if taking else 2,
        }
        self._log.append(SYSTEM, "event", event)
        return await self._announce()

    # What the bot calls

    async def sync_msg(self, call: Call, app: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._log.page(body)

    async def send_msg(self, call: Call, app: str, body: Mapping[str, Any]) -> dict[str, Any]:
        call.kind = "kf"
        client = self._client(body.get("touser"))
        self._check_account(body)
        session = self.sessions.of(client)
        line = drawn(body)
        msgid = self._msgid(body)
        if msgid in self._sent:
            call.outcome = Outcome.DUPLICATE
            return {"msgid": msgid}
        self.sessions.check_may_send(session)
        session.sent_since += 1
        self._say(call, session, msgid, line)
        return {"msgid": msgid}

    async def send_msg_on_event(
        self, call: Call, app: str, body: Mapping[str, Any]
    ) -> dict[str, Any]:
        call.kind = "kf"
        line = drawn(body)
        msgid = self._msgid(body)
        if msgid in self._sent:
            call.outcome = Outcome.DUPLICATE
            return {"msgid": msgid}
        session = self.sessions.use_code(body.get("code"), body.get("msgtype"))
        session.greeted_at = self._world.now
        self._say(call, session, msgid, line)
        return {"msgid": msgid}

    async def state_get(self, call: Call, app: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._check_account(body)
        session = self.sessions.of(self._client(body.get("external_userid")))
        answer: dict[str, Any] = {"service_state": int(session.state)}
        if session.servicer is not None:
            answer["servicer_userid"] = session.servicer.wecom
        return answer

    async def state_trans(self, call: Call, app: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self._check_account(body)
        client = self._client(body.get("external_userid"))
        session = self.sessions.of(client)
        wanted = body.get("service_state")
        if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted not in set(State):
            bug(40058, "service_state must be 0 to 4")
        to = State(wanted)
        userid = body.get("servicer_userid")
        if to is State.HUMAN and not isinstance(userid, str):
            bug(40058, "servicer_userid is missing")
        old = session.servicer
        new = self._world.cast.by_wecom(userid) if isinstance(userid, str) else None
        code = self.sessions.move(session, to, new)
        self.lines.handed_over(session, old)
        self._announce_change(session, old, code)
        return {"msg_code": code} if code else {}

    async def customers(self, call: Call, app: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """kf/customer/batchget"""
        wanted = body.get("external_userid_list")
        if not isinstance(wanted, list) or not 1 <= len(wanted) <= BATCH:
            bug(40058, "external_userid_list must hold 1 to 100")
        context = body.get("need_enter_session_context", 0)
        if context not in {0, 1}:
            bug(40058, "need_enter_session_context must be 0 or 1")
        if not all(isinstance(userid, str) for userid in wanted):
            bug(40058, "external_userid_list holds something that is no text")
        found = {userid: self._world.cast.by_external_userid(userid) for userid in wanted}
        return {
            "customer_list": [
                self._profile(client, with_context=bool(context))
                for client in found.values()
                if client is not None
            ],
            "invalid_external_userid": [u for u, client in found.items() if client is None],
        }

    async def accounts(self, call: Call, app: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """kf/account/list"""
        limit = body.get("limit", BATCH)
        if not isinstance(limit, int) or not 1 <= limit <= BATCH:
            bug(40058, "limit must be 1 to 100")
        cast = self._world.cast
        known = {"open_kfid": cast.open_kfid, "name": cast.kf_name, "avatar": ""}
        return {"account_list": [known]}

    def servicers(self, open_kfid: str) -> dict[str, Any]:
        """kf/servicer/list: every colleague with an account; status 1 is not taking sessions."""
        if open_kfid != self._world.cast.open_kfid:
            raise Refused(95000, "invalid open_kfid")
        resting = self._world.faults.not_taking
        return {
            "servicer_list": [
                {"userid": member.wecom, "status": int(member.id in resting)}
                for member in self._world.cast.members
                if member.wecom is not None
            ]
        }

    # Within

    def _say(self, call: Call, session: Session, msgid: str, line: Drawn) -> None:
        self._sent[msgid] = session.client.id
        self.lines.add(
            session, self._world.cast.kf_name, kind=line.kind, text=line.text, card=line.card
        )
        call.receivers = (session.client.id,)
        call.outcome = Outcome.DELIVERED

    def _announce_change(self, session: Session, old: Member | None, code: str) -> None:
        """session_status_change, pushed beside the answer to the bot's own call."""
        if session.servicer is not None:
            change = 1 if old is None else 2
        elif session.state is State.ENDED:
            change = 3
        else:
            return
        self._append_change(session.client, change, old=old, new=session.servicer, code=code)
        if self._world.bot_url is not None:
            self._world.errand(self._announce())

    def _append_change(
        self, client: Client, change: int, *, old: Member | None, new: Member | None, code: str
    ) -> None:
        event = self._event("session_status_change", client) | {"change_type": change}
        if old is not None:
            event["old_servicer_userid"] = old.wecom
        if new is not None:
            event["new_servicer_userid"] = new.wecom
        if code:
            event["msg_code"] = code
        self._log.append(SYSTEM, "event", event)

    def _event(self, event_type: str, client: Client) -> dict[str, Any]:
        return {
            "event_type": event_type,
            "open_kfid": self._world.cast.open_kfid,
            "external_userid": client.external_userid,
        }

    async def _announce(self) -> Push:
        """The pointer: something is there to be pulled."""
        return await self._callbacks.push(
            APP,
            {
                "ToUserName": self._world.cast.corp_id,
                "CreateTime": self._world.seconds,
                "MsgType": "event",
                "Event": "kf_msg_or_event",
                "Token": self._log.new_token(),
                "OpenKfId": self._world.cast.open_kfid,
            },
        )

    def _client(self, external_userid: Any) -> Client:
        if not isinstance(external_userid, str):
            bug(40058, "the client's id is no text")
        client = self._world.cast.by_external_userid(external_userid)
        if client is None:
            bug(40058, f"client {external_userid!r} is unknown")
        return client

    def _check_account(self, body: Mapping[str, Any]) -> None:
        if body.get("open_kfid") != self._world.cast.open_kfid:
            bug(95004, f"open_kfid {body.get('open_kfid')!r} does not exist")

    def _msgid(self, body: Mapping[str, Any]) -> str:
        msgid = body.get("msgid", "")
        if msgid == "":
            return secrets.token_urlsafe(20)
        if not isinstance(msgid, str) or not MSGID.fullmatch(msgid) or msgid in self._log.msgids:
            bug(40058, f"msgid {msgid!r}: 1 to 32 of 0-9 a-z A-Z _ -")
        return msgid

    def _profile(self, client: Client, *, with_context: bool) -> dict[str, Any]:
        profile: dict[str, Any] = {
            "external_userid": client.external_userid,
            "nickname": client.nickname,
            "avatar": client.avatar,
            "gender": client.gender,
        }
        if client.unionid is not None:
            profile["unionid"] = client.unionid
        if with_context:
            scene = self.sessions.of(client).scene
            profile["enter_session_context"] = {"scene": scene, "scene_param": ""}
        return profile
