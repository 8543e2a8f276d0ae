"""The bot's calls of both platforms' APIs, each with the token that belongs to it."""

from typing import Any, NamedTuple

from aiohttp import ClientSession

from bot.sandbox.dingtalk.api import TOKEN_HEADER
from bot.sandbox.server import Sandbox

CLIENT = "wmZhaoDemo0001"


class Reply(NamedTuple):
    status: int
    body: dict[str, Any]


class Caller:
    def __init__(self, sandbox: Sandbox, session: ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session

    def url(self, path: str) -> str:
        return f"{self.sandbox.base_url}/{path}"

    async def get_token(self, **query: str) -> dict[str, Any]:
        async with self.session.get(self.url("wecom/cgi-bin/gettoken"), params=query) as answer:
            body: dict[str, Any] = await answer.json()
            return body

    async def token(self, app: str) -> str:
        cast = self.sandbox.cast
        answer = await self.get_token(corpid=cast.corp_id, corpsecret=cast.apps[app].secret)
        token: str = answer["access_token"]
        return token

    async def wecom(self, path: str, body: Any, *, token: str | None = None) -> dict[str, Any]:
        """With the token of the app whose part of the API it is, unless another is given."""
        app = "kf" if path.startswith("kf/") else "assistant"
        query = {"access_token": await self.token(app) if token is None else token}
        url = self.url(f"wecom/cgi-bin/{path}")
        async with self.session.post(url, params=query, json=body) as answer:
            said: dict[str, Any] = await answer.json()
            return said

    async def says(self, touser: str, text: str, /, **more: Any) -> dict[str, Any]:
        body = {"touser": touser, "msgtype": "text", "text": {"content": text}}
        return await self.wecom("message/send", body | {"agentid": self.agent_id} | more)

    async def shows(self, touser: str, card: dict[str, Any], /, **more: Any) -> dict[str, Any]:
        body = {"touser": touser, "msgtype": "template_card", "template_card": card}
        return await self.wecom("message/send", body | {"agentid": self.agent_id} | more)

    async def updates(self, userid: str, code: str, /, **change: Any) -> dict[str, Any]:
        body = {"userids": [userid], "agentid": self.agent_id, "response_code": code}
        return await self.wecom("message/update_template_card", body | change)

    async def kf(self, path: str, **body: Any) -> dict[str, Any]:
        return await self.wecom(f"kf/{path}", {"open_kfid": self.sandbox.cast.open_kfid} | body)

    async def answers_client(self, text: str, /, **more: Any) -> dict[str, Any]:
        body = {"touser": CLIENT, "msgtype": "text", "text": {"content": text}}
        return await self.kf("send_msg", **(body | more))

    async def hands_over(self, state: int, servicer: str | None = None) -> dict[str, Any]:
        more = {"servicer_userid": servicer} if servicer else {}
        return await self.kf(
            "service_state/trans", external_userid=CLIENT, service_state=state, **more
        )

    async def dingtalk(
        self, path: str, body: Any, *, method: str = "POST", token: str | None = None
    ) -> Reply:
        headers = {TOKEN_HEADER: await self.dingtalk_token() if token is None else token}
        url = self.url(f"dingtalk/{path}")
        async with self.session.request(method, url, json=body, headers=headers) as answer:
            return Reply(answer.status, await answer.json())

    async def dingtalk_token(self) -> str:
        app = self.sandbox.cast.dingtalk
        body = {"appKey": app.client_id, "appSecret": app.client_secret}
        answer = await self.post("dingtalk/v1.0/oauth2/accessToken", body)
        token: str = answer.body["accessToken"]
        return token

    async def post(self, path: str, body: Any) -> Reply:
        async with self.session.post(self.url(path), json=body) as answer:
            return Reply(answer.status, await answer.json())

    async def get(self, path: str) -> Reply:
        async with self.session.get(self.url(path)) as answer:
            return Reply(answer.status, await answer.json())

    @property
    def agent_id(self) -> int:
        agent_id = self.sandbox.cast.apps["assistant"].agent_id
        assert agent_id is not None
        return agent_id


def lead_card(task_id: str = "lead-1", **parts: Any) -> dict[str, Any]:
    """A card as the bot would send it; `parts` replace or add."""
    card = {
        "card_type": "button_interaction",
        "task_id": task_id,
        "main_title": {"title": "赵主任 · CT设备", "desc": "微信客服 · 上海"},
        "quote_area": {"type": 0, "quote_text": "想了解CT"},
        "horizontal_content_list": [
            {"keyname": "预算", "value": "300万"},
            {"keyname": "档案", "value": "打开", "type": 1, "url": "https://x.test/t/1"},
        ],
        "button_list": [
            {"type": 0, "text": "已联系", "style": 1, "key": "touch:1"},
            {"type": 1, "text": "打开", "style": 4, "url": "https://x.test/t/1"},
        ],
        "action_menu": {"desc": "更多", "action_list": [{"text": "静音", "key": "mute:1"}]},
    }
    return {name: part for name, part in (card | parts).items() if part is not None}


def dingtalk_card(sandbox: Sandbox, track_id: str = "lead-1", **parts: Any) -> dict[str, Any]:
    app = sandbox.cast.dingtalk
    values = {
        "title": "升级：赵主任",
        "rows": '[{"name":"负责人","value":"王磊","url":""}]',
        "quote": "想了解CT",
        "status": "",
        "buttons": '[{"id":"reassign:1","text":"转派","tone":"primary","url":""}]',
        "menu": '[{"id":"mute:1","text":"静音"}]',
    }
    return {
        "cardTemplateId": app.card_template_id,
        "outTrackId": track_id,
        "callbackType": "STREAM",
        "cardData": {"cardParamMap": values},
        "userIdType": 1,
        "openSpaceId": "dtv1.card//IM_ROBOT.chenjl01",
        "imRobotOpenSpaceModel": {"supportForward": False},
        "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT", "robotCode": app.robot_code},
    } | parts
