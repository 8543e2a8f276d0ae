"""doctor at our own door: who answers at public_url."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.commands.doctor_outside import our_door
from bot.commands.findings import Mark
from config.settings import Settings
from tests.servers import free_port
from tests.web.house import house

APP = {"secret": "s", "token": "T", "aes_key": "a" * 43}
CORP = {"corp_id": "ww0123456789abcdef", "apps": {"kf": APP}}
DINGTALK = {
    "client_id": "dingkey",
    "client_secret": "s",
    "robot_code": "dingkey",
    "mode": "http",
    "event_token": "T",
    "event_aes_key": "a" * 43,
    "card_template_id": "t.schema",
    "card_callback_secret": "c",
}
OURS = {"X-Genjin": "here"}


def _settings(url: str, **platforms: Any) -> Settings:
    return Settings.model_validate({"public_url": url, "wecom": CORP, **platforms})


@asynccontextmanager
async def proxy(
    *,
    health: Any = None,
    callback: int = 403,
    headers: Mapping[str, str] = OURS,
    metrics: int = 403,
) -> AsyncIterator[str]:
    """What stands at the address; `health` None: it passes on what genjin answers."""

    async def healthz(request: web.Request) -> web.StreamResponse:
        if isinstance(health, web.Response):
            return health
        return web.json_response({"status": "ok", "service": "genjin"})

    async def called(request: web.Request) -> web.Response:
        return web.Response(status=callback, headers=headers)

    async def measured(request: web.Request) -> web.Response:
        return web.Response(status=metrics)

    app = web.Application()
    app.router.add_get("/metrics", measured)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/callbacks/wecom/kf", called)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _seen(url: str) -> list[tuple[Mark, str]]:
    return [(found.mark, str(found)) async for found in our_door(_settings(url))]


async def test_our_own_answer_and_a_closed_callback_are_well() -> None:
    async with proxy() as url:
        seen = await _seen(url)

    assert [mark for mark, _ in seen] == [Mark.GOOD, Mark.GOOD, Mark.GOOD]
    assert "/callbacks/wecom/kf" in seen[1][1]


async def test_a_foreign_page_is_a_fault() -> None:
    async with proxy(health=web.Response(text="<html>欢迎</html>")) as url:
        ((mark, said),) = await _seen(url)

    assert mark is Mark.FAULT
    assert "答话的不是跟进" in said
    assert "反向代理" in said


async def test_another_program_that_is_well_is_not_ours() -> None:
    async with proxy(health=web.json_response({"status": "ok"})) as url:
        ((mark, said),) = await _seen(url)

    assert mark is Mark.FAULT
    assert "答话的不是跟进" in said


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_by_a_firewall_is_not_taken_for_ours(status: int) -> None:
    async with proxy(callback=status, headers={}) as url:
        seen = await _seen(url)

    assert [mark for mark, _ in seen] == [Mark.GOOD, Mark.FAULT, Mark.GOOD]
    assert "WAF" in seen[1][1]


async def test_our_own_refusals_are_known_at_every_callback(tmp_path: Path) -> None:
    async with house(tmp_path, wecom=CORP, dingtalk=DINGTALK) as office:
        settings = _settings(office.address, dingtalk=DINGTALK)

        seen = [(found.mark, str(found)) async for found in our_door(settings)]

    doors = [said for mark, said in seen if mark is Mark.GOOD and "/callbacks/" in said]
    paths = ("wecom/kf", "dingtalk/robot", "dingtalk/events", "dingtalk/cards")
    assert [path for path in paths if any(path in said for said in doors)] == list(paths)
    # From here it is this machine that asks.
    assert [said for mark, said in seen if mark is Mark.FAULT and "/metrics" not in said] == []


async def test_a_redirect_is_named() -> None:
    elsewhere = web.Response(status=301, headers={"Location": "https://www.example.com/"})
    async with proxy(health=elsewhere) as url:
        ((mark, said),) = await _seen(url)

    assert mark is Mark.FAULT
    assert "www.example.com" in said


async def test_a_proxy_with_nobody_behind_it_says_so() -> None:
    async with proxy(health=web.Response(status=502)) as url:
        ((mark, said),) = await _seen(url)

    assert mark is Mark.FAULT
    assert "genjin serve" in said


@pytest.mark.parametrize(("status", "hint"), [(404, "web"), (200, "不是跟进"), (302, "不是跟进")])
async def test_a_callback_that_somebody_else_answers_is_a_fault(status: int, hint: str) -> None:
    async with proxy(callback=status) as url:
        seen = await _seen(url)

    assert [mark for mark, _ in seen] == [Mark.GOOD, Mark.FAULT, Mark.GOOD]
    assert hint in seen[1][1]


async def test_figures_that_anybody_can_read_are_a_fault() -> None:
    async with proxy(metrics=200) as url:
        seen = await _seen(url)

    assert seen[-1][0] is Mark.FAULT
    assert "metrics_token" in seen[-1][1]


async def test_an_address_where_nobody_listens_is_a_fault() -> None:
    ((mark, said),) = await _seen(f"http://127.0.0.1:{free_port()}")

    assert mark is Mark.FAULT
    assert "没有人应" in said
