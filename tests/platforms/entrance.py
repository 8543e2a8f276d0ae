"""The callbacks behind a real HTTP server, and what came through them."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from bot.platforms.envelope import Envelope, Sealed
from bot.platforms.routes import add_routes
from bot.web.listener import Listener
from config.clock import TurnedClock
from config.settings import DingTalk, Settings, WeCom, WeComApp
from crm_store.arrival import Arrival
from crm_store.errors import NotStored

PAYLOADS = Path(__file__).parent / "payloads"
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CORP_ID = "wwfade0c0ffee12345"
TOKEN = "Tk7leadBotWecom01"
AES_KEY = "Q1JGuYIdF6uQ8TcDhOJfGNqcxNw1e84zlT9oG8KUxxO"
CLIENT_ID = "dingappkey0000000001"
CLIENT_SECRET = "AppSecret-for-tests"
CARD_SECRET = "cardSecret01"

Vector = dict[str, Any]


def vectors(section: str) -> list[Vector]:
    """One section of the platforms' worked examples."""
    every: dict[str, list[Vector]] = json.loads((PAYLOADS / "vectors.json").read_text())
    return every[section]


def payload(name: str) -> str:
    return (PAYLOADS / name).read_text()


class Inbox:
    """Keeps what it accepts, unless it is told that the disk is full."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.full = False

    async def accept(self, arrivals: Sequence[Arrival]) -> None:
        if self.full:
            raise NotStored
        self.arrivals.extend(arrivals)

    @property
    def only(self) -> Arrival:
        (arrival,) = self.arrivals
        return arrival


def wecom(*, token: str = TOKEN, aes_key: str = AES_KEY, corp_id: str = CORP_ID) -> WeCom:
    app = WeComApp(
        agent_id=1000002,
        secret=SecretStr("secret"),
        token=SecretStr(token),
        aes_key=SecretStr(aes_key),
    )
    return WeCom(corp_id=corp_id, apps={"assistant": app, "kf": app})


def dingtalk(**changes: Any) -> DingTalk:
    given: dict[str, Any] = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "robot_code": CLIENT_ID,
        "mode": "http",
        "card_callback_secret": CARD_SECRET,
        "event_token": "DtEvt0ken2026",
        "event_aes_key": "oYoEiL081MG2DY9Wq4N3j6JKP1ZZfkVxEOl1QRNsXdW",
    }
    return DingTalk(**(given | changes))


class _Server(TestServer):
    """The test's server over the connections that we serve with."""

    async def _make_runner(self, **given: Any) -> web.AppRunner:
        return Listener(self.app)


class Entrance:
    """A platform's view of us: it signs, seals and calls."""

    def __init__(self, client: "TestClient[web.Request, web.Application]", inbox: Inbox) -> None:
        self.client = client
        self.inbox = inbox
        self.envelope = Envelope(TOKEN, AES_KEY, CORP_ID)

    def seal(self, plaintext: str, *, at: datetime = NOW) -> Sealed:
        return self.envelope.seal(plaintext, timestamp=str(int(at.timestamp())), nonce="1617283950")

    def sign(self, encrypt: str, *, at: datetime = NOW) -> Sealed:
        """Signs whatever is given as the ciphertext."""
        timestamp, nonce = str(int(at.timestamp())), "1617283950"
        signature = self.envelope.signature(timestamp, nonce, encrypt)
        return Sealed(encrypt, signature, timestamp, nonce)

    async def wecom_says(
        self, plaintext: str, *, app: str = "assistant", at: datetime = NOW
    ) -> ClientResponse:
        return await self.wecom_posts(self.seal(plaintext, at=at), app=app)

    async def wecom_posts(self, sealed: Sealed, *, app: str = "assistant") -> ClientResponse:
        body = f"<xml><Encrypt><![CDATA[{sealed.encrypt}]]></Encrypt></xml>"
        return await self.client.post(f"/callbacks/wecom/{app}", params=query(sealed), data=body)

    async def wecom_verifies(self, sealed: Sealed, *, app: str = "assistant") -> ClientResponse:
        params = query(sealed) | {"echostr": sealed.encrypt}
        return await self.client.get(f"/callbacks/wecom/{app}", params=params)


def query(sealed: Sealed) -> dict[str, str]:
    return {
        "msg_signature": sealed.signature,
        "timestamp": sealed.timestamp,
        "nonce": sealed.nonce,
    }


@asynccontextmanager
async def entrance(
    *,
    now: datetime = NOW,
    wecom_settings: WeCom | None = None,
    dingtalk_settings: DingTalk | None = None,
) -> AsyncIterator[Entrance]:
    inbox, app = Inbox(), web.Application(client_max_size=16 << 20)
    settings = Settings(wecom=wecom_settings or wecom(), dingtalk=dingtalk_settings or dingtalk())
    add_routes(app, settings=settings, accept=inbox.accept, clock=TurnedClock(now))
    async with TestClient(_Server(app)) as client:
        yield Entrance(client, inbox)
