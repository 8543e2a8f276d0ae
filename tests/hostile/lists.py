"""The fixed lists: what strangers and broken senders send, each under a name of its own."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.platforms.envelope import Envelope
from tests.hostile.wire import Door, Request, wecom_request
from tests.platforms.entrance import AES_KEY, TOKEN

TWO_MEGABYTES = 2 << 20
TEN_MINUTES = 600
A_SECOND = timedelta(seconds=1)
"""Between two forms: the intake takes sixty a minute."""
SLOW = ("megabytes", "huge length")
"""For these the server reads on for two seconds, so that its refusal arrives."""
DEEP = b"[" * 50_000 + b"]" * 50_000
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><xml><Encrypt>&i;</Encrypt></xml>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Encrypt>&a;</Encrypt></xml>'
PRESS = b'{"outTrackId":"x","userId":"chenjl01","content":"{}"}'
HELLO = b'{"msgtype":"text","text":{"content":"hi"},"msgId":"m1","senderStaffId":"chenjl01"}'
FORM = b'{"external_id":"x1","name":"a","phone":"13800001234","need":"CT"}'
MESSAGE = (
    "<xml><MsgType>text</MsgType><FromUserName>LiNa</FromUserName><MsgId>1</MsgId>"
    "<CreateTime>1773108000</CreateTime><Content>hi</Content></xml>"
)


def genuine(door: Door) -> dict[str, Request]:
    """One of each kind that would be taken."""
    return {
        "wecom": door.wecom(MESSAGE),
        "robot": door.robot(HELLO),
        "card": door.card(PRESS),
        "event": door.event('{"EventType":"user_add_org"}'),
        "lead": door.lead(FORM),
        "signed lead": door.signed_lead(FORM, at=door.now),
    }


def spoiled(name: str, request: Request) -> Iterator[tuple[str, Request]]:
    """The same request, in every way in which a stranger may have got it wrong."""
    body = request.body
    for why, bad in {
        "cut in half": body[: len(body) // 2],
        "two megabytes": body + b" " * TWO_MEGABYTES,
        "no UTF-8": b"\xff\xfe\xfd" + body,
        "entity bomb": LAUGHS.encode(),
        "outer entity": OUTSIDE.encode(),
        "deep JSON": DEEP,
        "deep object": b'{"encrypt":' * 20_000 + b"1" + b"}" * 20_000,
        "not a number": b'{"external_id": NaN}',
        "a list": b"[1, 2, 3]",
        "a string": b'"hello"',
        "nothing": b"",
        "NUL": b"\0" * 100,
        "a form": b"a=1&b=2",
    }.items():
        yield f"{name}: {why}", replace(request, body=bad)
    squeezed = {"Content-Encoding": "gzip"}
    for why, packed in {
        "garbage called gzip": b"garbage",
        "gzip": gzip.compress(body),
        "a bomb": gzip.compress(b" " * (8 << 20)),
    }.items():
        yield (
            f"{name}: {why}",
            replace(request, headers={**request.headers, **squeezed}, body=packed),
        )
    deflated = {"Content-Encoding": "deflate"}
    yield (
        f"{name}: deflate",
        replace(request, headers={**request.headers, **deflated}, body=zlib.compress(body)),
    )
    chunked = {"Transfer-Encoding": "chunked"}
    for why, chunks in {
        "broken chunks": b"zz\r\nhello\r\n",
        "a chunk too long": b"FFFFFFFFFFFFFFFFFF\r\nx\r\n0\r\n\r\n",
        "a negative chunk": b"-5\r\nhello\r\n0\r\n\r\n",
    }.items():
        yield (
            f"{name}: {why}",
            replace(request, headers={**request.headers, **chunked}, body=chunks),
        )
    for why, extra in {
        "two lengths": {"Content-Length": "5", "content-length": "6"},
        "a length that is none": {"Content-Length": "ten"},
        "a huge length": {"Content-Length": str(10**18)},
        "a huge header": {"X-Long": "x" * 10_000},
    }.items():
        yield f"{name}: {why}", replace(request, headers={**request.headers, **extra})


def forged(door: Door) -> Iterator[tuple[str, Request]]:
    """Right in form, and by nobody who may."""
    wecom, now = door.wecom(MESSAGE), door.now
    yield "wecom: no signature", replace(wecom, target="/callbacks/wecom/assistant")
    yield "wecom: wrong signature", replace(wecom, target=wecom.target.replace("=", "=0", 1))
    yield "wecom: two signatures", replace(wecom, target=f"{wecom.target}&msg_signature=1")
    yield "wecom: two timestamps", replace(wecom, target=f"{wecom.target}&timestamp={now}")
    yield "wecom: stale", door.wecom(MESSAGE, at=now - TEN_MINUTES - 1)
    yield "wecom: ahead", door.wecom(MESSAGE, at=now + TEN_MINUTES + 1)
    yield "wecom: no such app", replace(wecom, target=wecom.target.replace("assistant", "nope"))
    yield "wecom: tampered", replace(wecom, body=wecom.body.replace(b"A", b"B"))
    stranger = Envelope(TOKEN, AES_KEY, "ww-somebody-else")
    sealed = stranger.seal(MESSAGE, timestamp=str(now), nonce="n")
    yield "wecom: for another", wecom_request(sealed)
    robot = door.robot(HELLO)
    for why, headers in {
        "no sign": {"sign": ""},
        "wrong sign": {"sign": "AAAA"},
        "odd sign": {"sign": "签名"},
        "stale": {"timestamp": str((now - 3601) * 1000)},
        "no number": {"timestamp": "１２３"},
        "huge": {"timestamp": "9" * 5000},
        "negative": {"timestamp": "-1"},
    }.items():
        yield f"robot: {why}", replace(robot, headers={**robot.headers, **headers})
    card = door.card(PRESS)
    yield "card: unsigned", replace(card, headers={})
    late = {**card.headers, "x-ddpaas-signature-timestamp": "1"}
    yield "card: stale", replace(card, headers=late)
    event = door.event("{}")
    yield "event: tampered", replace(event, target=event.target.replace("nonce=n", "nonce=x"))
    lead = door.lead(FORM)
    for why, key in {
        "no key": "",
        "wrong key": "Bearer nobody",
        "basic": "Basic YTpi",
        "odd key": "Bearer 密钥",
    }.items():
        yield f"lead: {why}", replace(lead, headers={"Authorization": key})
    yield "lead: old signature", door.signed_lead(FORM, at=now - 301)
    signed = door.signed_lead(FORM, at=now)
    yield "lead: another body", replace(signed, body=FORM.replace(b"CT", b"MR"))
    for stamp in ("t=1,t=2,v1=00", "v1=00", "t=,v1=", "t=１,v1=00", "x" * 4000):
        headers = {**signed.headers, "X-Genjin-Signature": stamp}
        yield f"lead: signature {stamp[:9]}", replace(signed, headers=headers)


ODD_FORMS: list[dict[str, Any]] = [
    {"external_id": 5},
    {"external_id": "", "need": "x"},
    {"external_id": "x" * 201, "need": "x"},
    {},
    {"need": "x" * 100_000},
    {"need": {"$gt": ""}},
    {"need": "x", "budget": {"min": -1}},
    {"need": "x", "__proto__": {}},
    {"need": "x", "extra": []},
    {"need": "x", "created_at": "9" * 40},
    {"phone": ["13800001234"]},
]
ODDITIES = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\r\n\r\n",
    b"\r\n\r\n\r\n\r\n",
    b"GET  /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"G\xffT /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\n" + b"A: b\r\n" * 5000 + b"\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nA\x00B: c\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
]
PATHS = [
    "/",
    "//",
    "/../../etc/passwd",
    "/static/pages/../../../config/settings.py",
    "/static/pages/%2e%2e/%2e%2e/pages.py",
    "/static/pages/..%5c..%5cpages.py",
    "/static/pages/",
    "/%00",
    "/%ff%fe",
    "/t/",
    "/t/%00",
    "/t/a%2Fb",
    "/callbacks/wecom/",
    "/callbacks/wecom/%2e%2e",
    "/callbacks/wecom/assistant",
    "/demo/knowledge",
    "/api/leads/../leads",
    "/healthz/x",
    "/metrics?x=" + "y" * 4000,
    "http://evil.example/healthz",
]

INSIDE_WECOM = [
    "",
    "hello",
    "<xml/>",
    "<xml><MsgType>text</MsgType></xml>",
    "<xml><MsgType>event</MsgType><Event>no_such_event</Event></xml>",
    "<xml><MsgType>no such type</MsgType></xml>",
    "<a>" * 3000 + "</a>" * 3000,
    LAUGHS,
    OUTSIDE,
    MESSAGE.replace("1773108000", "9" * 400),
    MESSAGE.replace("LiNa", "L" * 5000).replace(">1<", f">{'9' * 300}<"),
]
INSIDE_DINGTALK = [
    "",
    "[]",
    "null",
    '{"EventType": 5}',
    '{"EventType": "' + "x" * 5000 + '"}',
    '{"a":' * 200 + "1" + "}" * 200,
    '{"EventType": "\\ud800", "eventId": "\\u0000"}',
    '{"EventType": "x", "TimeStamp": ' + "9" * 400 + "}",
]
