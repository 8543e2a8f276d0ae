"""Who plays: the people, the corp, its apps, and the credentials the bot is given for them."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

LETTERS = string.ascii_letters + string.digits
LAST_OF_A_KEY = "AEIMQUYcgkosw048"
"""43 base64 characters hold 258 bits: a canonical key of 32 bytes leaves the last two empty."""


@dataclass(frozen=True)
class Client:
    """Somebody who writes from WeChat to the 微信客服 account."""

    id: str
    nickname: str
    external_userid: str
    unionid: str | None = None
    avatar: str = ""
    gender: int = 0


@dataclass(frozen=True)
class Member:
    """A colleague, with an account on one platform or on both."""

    id: str
    name: str
    title: str
    role: Literal["rep", "manager"]
    wecom: str | None = None
    dingtalk: str | None = None


@dataclass(frozen=True)
class WeComApp:
    """One self-built app: its callbacks go to `/callbacks/wecom/{its key in Cast.apps}`."""

    secret: str
    token: str
    aes_key: str
    agent_id: int | None = None
    name: str = ""


@dataclass(frozen=True)
class DingTalkApp:
    """The enterprise-internal app with its robot, its card template and its event subscription."""

    client_id: str
    client_secret: str
    robot_code: str
    card_template_id: str
    card_callback_secret: str
    event_token: str
    event_aes_key: str
    corp_id: str = "dingcorpdemo0001"
    name: str = ""


@dataclass(frozen=True)
class Cast:
    """Everybody on the stage. `apps` holds at least "assistant" (with an agent_id) and "kf"."""

    corp_id: str
    clients: tuple[Client, ...]
    members: tuple[Member, ...]
    apps: Mapping[str, WeComApp]
    open_kfid: str
    kf_name: str
    dingtalk: DingTalkApp

    def client(self, person: str) -> Client | None:
        return next((c for c in self.clients if c.id == person), None)

    def member(self, person: str) -> Member | None:
        return next((m for m in self.members if m.id == person), None)

    def by_external_userid(self, external_userid: str) -> Client | None:
        return next((c for c in self.clients if c.external_userid == external_userid), None)

    def by_wecom(self, userid: str) -> Member | None:
        """WeCom's userids do not heed case."""
        wanted = userid.lower()
        return next((m for m in self.members if m.wecom and m.wecom.lower() == wanted), None)

    def by_dingtalk(self, userid: str) -> Member | None:
        return next((m for m in self.members if m.dingtalk == userid), None)


def demo_cast() -> Cast:
    """The demo's four people; every secret is drawn anew."""
    return Cast(
        corp_id="ww" + secrets.token_hex(8),
        clients=(Client("zhao", "赵主任", "wmZhaoDemo0001"),),
        members=(
            Member("lina", "李娜", "销售", "rep", wecom="LiNa"),
            Member("wanglei", "王磊", "销售", "rep", wecom="WangLei"),
            Member("chen", "陈经理", "销售经理", "manager", dingtalk="chenjl01"),
        ),
        apps={
            "assistant": _app(agent_id=1000002, name="跟进助手"),
            "kf": _app(name="微信客服"),
            "contacts": _app(name="客户联系"),
        },
        open_kfid="wkGenjinDemo0001",
        kf_name="华东医疗设备客服",
        dingtalk=_dingtalk_app(),
    )


def _app(*, name: str, agent_id: int | None = None) -> WeComApp:
    return WeComApp(_text(43), _text(24), _aes_key(), agent_id, name)


def _dingtalk_app() -> DingTalkApp:
    client_id = "ding" + secrets.token_hex(8)
    return DingTalkApp(
        client_id=client_id,
        client_secret=_text(64),
        robot_code=client_id,
        card_template_id=f"{secrets.token_hex(12)}.schema",
        card_callback_secret=_text(32),
        event_token=_text(24),
        event_aes_key=_aes_key(),
        name="跟进助手",
    )


def _text(length: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def _aes_key() -> str:
    return _text(42) + secrets.choice(LAST_OF_A_KEY)
