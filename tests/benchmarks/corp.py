"""A corp that exists in benchmarks only, and callbacks signed beforehand for it."""

import time
from typing import Any

from bot.platforms.envelope import Envelope
from crm_store.vault import fresh_key

CORP_ID = "wwbe9c4000be9c4000"
TOKEN = "BenchToken01"
AES_KEY = "Q1JGuYIdF6uQ8TcDhOJfGNqcxNw1e84zlT9oG8KUxxO"


def settings_in(database_url: str) -> dict[str, Any]:
    app = {"agent_id": 1000002, "secret": "s" * 43, "token": TOKEN, "aes_key": AES_KEY}
    return {
        "database_url": database_url,
        "encryption_key": fresh_key(),
        "wecom": {"corp_id": CORP_ID, "apps": {"assistant": app}},
    }


def requests(how_many: int) -> list[bytes]:
    """Whole HTTP requests, every one another text message of a member."""
    envelope = Envelope(TOKEN, AES_KEY, CORP_ID)
    now = str(int(time.time()))
    return [_request(envelope, now, number) for number in range(how_many)]


def _request(envelope: Envelope, now: str, number: int) -> bytes:
    words = (
        f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName>"
        f"<FromUserName><![CDATA[member{number % 200}]]></FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[跟进 赵主任 第 {number} 次电话，对方要看CT设备的参数]]></Content>"
        f"<MsgId>{7_000_000_000 + number}</MsgId><AgentID>1000002</AgentID></xml>"
    )
    sealed = envelope.seal(words, timestamp=now, nonce=str(number))
    body = (
        f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName>"
        f"<Encrypt><![CDATA[{sealed.encrypt}]]></Encrypt></xml>"
    ).encode()
    path = (
        f"/callbacks/wecom/assistant?msg_signature={sealed.signature}"
        f"&timestamp={now}&nonce={number}"
    )
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: text/xml\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
