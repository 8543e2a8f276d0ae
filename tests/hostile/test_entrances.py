"""Bad input at every entrance: a 4xx or silence, soon, and not a trace in the domain's tables."""

import asyncio
import gzip
import json
import os
import resource
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.platforms.envelope import Envelope
from bot.web.listener import Listener
from tests.hostile.wire import PATIENCE_SECONDS, Door, Request, wecom_request
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
SOAK = bool(os.environ.get("GENJIN_SOAK"))


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


async def test_what_is_spoiled_or_forged_leaves_no_trace(entrance: Door) -> None:
    cases = [*forged(entrance)]
    for name, request in genuine(entrance).items():
        cases += spoiled(name, request)
    cases += [(f"form {form}"[:40], entrance.lead(json.dumps(form).encode())) for form in ODD_FORMS]
    before = await entrance.domain()

    given = await asyncio.gather(*(entrance.asks(request) for _, request in cases))

    answers = {why: answer.status for (why, _), answer in zip(cases, given, strict=True)}

    assert {why: s for why, s in answers.items() if s >= 500 or 0 < s < 400} == {}
    assert await entrance.domain() == before
    assert await entrance.waiting() == {}


async def test_a_form_that_makes_no_sense_is_refused(entrance: Door) -> None:
    before = await entrance.domain()

    for form in ODD_FORMS:
        body = json.dumps({"external_id": "a", **form}).encode()
        assert (await entrance.asks(entrance.lead(body))).status == 422, form

    assert await entrance.domain() == before


async def test_what_is_no_request_is_refused_in_silence(entrance: Door) -> None:
    before = await entrance.domain()

    for raw in ODDITIES:
        answer = await entrance.hears(raw, ends=True)
        assert answer.status < 500, raw[:40]
        assert "aaaa" not in answer.text
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "FOO"):
        for path in PATHS:
            answer = await entrance.asks(Request(method, path, {}))
            assert answer.status < 500, (method, path)
            assert "root:" not in answer.text
            assert "import" not in answer.text

    assert await entrance.domain() == before
    assert await entrance.waiting() == {}


async def test_who_connects_and_says_nothing_is_shown_out() -> None:
    runner = Listener(web.Application(), asks_within=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", runner.addresses[0][1])
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: bot\r\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await reader.read() == b""
        writer.close()
    finally:
        await runner.cleanup()


async def test_the_genuine_ones_are_taken_so_the_others_were_refused_for_cause(
    entrance: Door,
) -> None:
    answers = {n: (await entrance.asks(r)).status for n, r in genuine(entrance).items()}

    assert answers == dict.fromkeys(answers, 200) | {"lead": 201}


async def test_a_replay_is_taken_and_changes_nothing(entrance: Door) -> None:
    every = genuine(entrance).values()
    for request in every:
        await entrance.asks(request)
    before, waiting = await entrance.domain(), await entrance.waiting()

    for request in every:
        assert (await entrance.asks(request)).status == 200

    assert await entrance.domain() == before
    assert await entrance.waiting() == waiting


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


async def test_a_genuine_envelope_with_nonsense_inside_is_at_most_a_dead_letter(
    entrance: Door,
) -> None:
    before = await entrance.domain()

    for inside in INSIDE_WECOM:
        assert (await entrance.asks(entrance.wecom(inside))).status in (200, 400), inside[:60]
    for inside in INSIDE_DINGTALK:
        assert (await entrance.asks(entrance.event(inside))).status in (200, 400), inside[:60]

    bot = entrance.office.bot
    async with asyncio.timeout(120):
        while await bot.worker.handle_one():
            pass
    after = await entrance.domain()
    talk = ("outbox", "timers", "cards")  # the administrators may hear of dead letters
    assert {n: r for n, r in after.items() if n not in talk} == {
        n: r for n, r in before.items() if n not in talk
    }


ANY_TEXT = st.text(st.characters(codec=None), max_size=200)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=8,
)
FIELDS = ("name", "phone", "need", "budget", "extra", "created_at", "email", "region")
ANY_FORM = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("name", "phone", "need", "budget", "extra", "created_at", "email", "region"), ANY_JSON
    ),
)


@settings(
    max_examples=2000 if SOAK else 40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
async def test_whatever_comes_is_never_our_fault(entrance: Door, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["bytes", "json", "form", "xml", "inside", "query"]))
    entrance.office.clock.forward(A_SECOND)
    match kind:
        case "bytes":
            name = data.draw(st.sampled_from(["wecom", "robot", "card", "event", "lead"]))
            body = data.draw(st.binary(max_size=300))
            request = replace(genuine(entrance)[name], body=body)
        case "json":
            name = data.draw(st.sampled_from(["robot", "card", "event", "lead"]))
            body = json.dumps(data.draw(ANY_JSON)).encode()
            request = replace(genuine(entrance)[name], body=body)
        case "form":
            form = {"external_id": data.draw(ANY_TEXT), **data.draw(ANY_FORM)}
            request = entrance.lead(json.dumps(form).encode())
        case "xml":
            inside = data.draw(ANY_TEXT).encode("utf-8", "replace")
            request = replace(entrance.wecom("x"), body=b"<xml><Encrypt>" + inside)
        case "inside":
            text = data.draw(ANY_TEXT).encode("utf-8", "replace").decode()
            request = entrance.wecom(f"<xml><MsgType>{text}</MsgType></xml>")
        case _:
            odd = data.draw(st.text("%&=+;#?abc01\u4e2d", max_size=60))
            request = Request("GET", f"/callbacks/wecom/assistant?{odd}", {})

    assert (await entrance.asks(request)).status < 500


async def test_bad_requests_leave_no_memory_behind(entrance: Door) -> None:
    """The margin is wide: what leaks with every request would be several times as much."""
    rounds = 40 if SOAK else 5
    cases = [request for _, request in forged(entrance)]
    for name, request in genuine(entrance).items():
        cases += [r for why, r in spoiled(name, request) if not why.endswith(SLOW)]

    async def storm() -> None:
        for request in cases:
            await entrance.asks(request)

    await storm()
    before = resident_kilobytes()
    for _ in range(rounds):
        await storm()

    grown = resident_kilobytes() - before
    assert grown < 64 * 1024, f"{grown} KiB over {rounds * len(cases)} requests"


def resident_kilobytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
