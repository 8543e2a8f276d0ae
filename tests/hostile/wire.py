"""A stranger at the real door: raw requests over a socket, and what they may leave behind."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import func
from sqlalchemy import select as rows_of
from sqlmodel import SQLModel

from bot.platforms.dingtalk_http import hmac_base64
from bot.platforms.envelope import Envelope, Sealed
from crm_store.inbox import inbox
from tests.platforms.entrance import AES_KEY, CARD_SECRET, CLIENT_ID, CLIENT_SECRET, CORP_ID, TOKEN
from tests.web.house import KEY, House, house

EVENT_KEY = "oYoEiL081MG2DY9Wq4N3j6JKP1ZZfkVxEOl1QRNsXdW"
EVENT_TOKEN = "DtEvt0ken2026"
PATIENCE_SECONDS = 60.0
"""Far more than anything needs: what takes longer hangs."""
NOBODY_LISTENS = "http://127.0.0.1:9"
_APP = {"agent_id": 1000002, "secret": "app-secret-0815", "token": TOKEN, "aes_key": AES_KEY}
PLATFORMS: dict[str, Any] = {
    "wecom": {
        "api_base": NOBODY_LISTENS,
        "corp_id": CORP_ID,
        "apps": {"assistant": _APP, "kf": _APP},
    },
    "dingtalk": {
        "api_base": NOBODY_LISTENS,
        "oapi_base": NOBODY_LISTENS,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "robot_code": CLIENT_ID,
        "mode": "http",
        "card_callback_secret": CARD_SECRET,
        "event_token": EVENT_TOKEN,
        "event_aes_key": EVENT_KEY,
    },
}


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    def on_the_wire(self) -> bytes:
        given = {"Host": "bot", "Connection": "close", **self.headers}
        if self.body and "Transfer-Encoding" not in given:
            given.setdefault("Content-Length", str(len(self.body)))
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in given.items()]
        head = "\r\n".join(lines).encode("utf-8", "surrogatepass")
        return head + b"\r\n\r\n" + self.body


@dataclass(frozen=True)
class Answer:
    status: int
    text: str


@dataclass
class Door:
    """The bot's own web server with every platform connected, its inbox open."""

    office: House

    @property
    def now(self) -> int:
        return int(self.office.clock.now().timestamp())

    async def hears(self, raw: bytes, *, ends: bool = False) -> Answer:
        """Bytes as they are, and no more where it `ends`; a connection that is simply closed
        counts as status 0."""
        port = urlsplit(self.office.address).port
        async with asyncio.timeout(PATIENCE_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(raw)
                if ends:
                    writer.write_eof()
                said = await reader.read()
            except ConnectionError:
                said = b""
            finally:
                writer.close()
        head, _, body = said.partition(b"\r\n\r\n")
        status = int(head.split()[1]) if head else 0
        return Answer(status, body.decode("utf-8", "replace"))

    async def asks(self, request: Request) -> Answer:
        return await self.hears(request.on_the_wire())

    # -- genuine requests, to be spoiled -------------------------------------------------------

    def wecom(self, plaintext: str, *, app: str = "assistant", at: int | None = None) -> Request:
        envelope = Envelope(TOKEN, AES_KEY, CORP_ID)
        sealed = envelope.seal(plaintext, timestamp=str(at or self.now), nonce="n0nce")
        return wecom_request(sealed, app=app)

    def robot(self, body: bytes, **headers: str) -> Request:
        timestamp = str(self.now * 1000)
        sign = hmac_base64(CLIENT_SECRET, f"{timestamp}\n{CLIENT_SECRET}")
        given = {"timestamp": timestamp, "sign": sign, "Content-Type": "application/json"}
        return Request("POST", "/callbacks/dingtalk/robot", given | headers, body)

    def card(self, body: bytes) -> Request:
        timestamp = str(self.now * 1000)
        given = {
            "x-ddpaas-signature-timestamp": timestamp,
            "x-ddpaas-signature": hmac_base64(CARD_SECRET, timestamp),
        }
        return Request("POST", "/callbacks/dingtalk/cards", given, body)

    def event(self, plaintext: str) -> Request:
        envelope = Envelope(EVENT_TOKEN, EVENT_KEY, CLIENT_ID)
        sealed = envelope.seal(plaintext, timestamp=str(self.now), nonce="n0nce")
        body = json.dumps({"encrypt": sealed.encrypt}).encode()
        return Request("POST", f"/callbacks/dingtalk/events?{query(sealed)}", {}, body)

    def lead(self, body: bytes, **headers: str) -> Request:
        given = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        return Request("POST", "/api/leads", given | headers, body)

    def signed_lead(self, body: bytes, *, at: int) -> Request:
        digest = hmac.new(KEY.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        given = {"X-Genjin-Source": "website", "X-Genjin-Signature": f"t={at},v1={digest}"}
        return Request("POST", "/api/leads", given, body)

    # -- what is left of it --------------------------------------------------------------------

    async def domain(self) -> dict[str, list[Any]]:
        """Every row of every table, the inbox apart."""
        rows: dict[str, list[Any]] = {}
        async with self.office.bot.store.view() as view:
            for kept in SQLModel.metadata.sorted_tables:
                if kept.name != "inbox":
                    found = await view.session.execute(rows_of(kept).order_by(*kept.primary_key))
                    rows[kept.name] = [tuple(row) for row in found.all()]
        return rows

    async def waiting(self) -> dict[str, int]:
        """How many events lie in the inbox, by state."""
        query = rows_of(inbox.c.state, func.count()).group_by(inbox.c.state)
        async with self.office.bot.store.view() as view:
            found = (await view.session.execute(query)).all()
        return {str(row.state): int(row[1]) for row in found}


def query(sealed: Sealed) -> str:
    return urlencode(
        {
            "msg_signature": sealed.signature,
            "timestamp": sealed.timestamp,
            "nonce": sealed.nonce,
        }
    )


def wecom_request(sealed: Sealed, *, app: str = "assistant") -> Request:
    body = f"<xml><Encrypt><![CDATA[{sealed.encrypt}]]></Encrypt></xml>".encode()
    headers = {"Content-Type": "text/xml"}
    return Request("POST", f"/callbacks/wecom/{app}?{query(sealed)}", headers, body)


@asynccontextmanager
async def door(folder: Path) -> AsyncIterator[Door]:
    async with house(folder, **PLATFORMS) as office:
        taking_in = asyncio.create_task(office.bot.inbox.run())
        try:
            yield Door(office)
        finally:
            taking_in.cancel()
            await asyncio.wait([taking_in])
