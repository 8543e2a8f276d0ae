"""Bad input at every entrance: a 4xx or silence, soon, and not a trace in the domain's tables."""

import asyncio
import json
import os
import resource
from dataclasses import replace

from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.web.listener import Listener
from tests.hostile.lists import (
    A_SECOND,
    INSIDE_DINGTALK,
    INSIDE_WECOM,
    ODD_FORMS,
    ODDITIES,
    PATHS,
    SLOW,
    forged,
    genuine,
    spoiled,
)
from tests.hostile.wire import PATIENCE_SECONDS, Door, Request

SOAK = bool(os.environ.get("GENJIN_SOAK"))


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
