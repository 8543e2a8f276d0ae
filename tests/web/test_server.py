"""Health, metrics, and how the server behaves whatever comes."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.web.guard import guarded
from crm_store import breakers
from crm_store.arrival import Arrival
from handlers.events import AlarmRaised
from notifiers.card import Text
from tests.databases import sqlite_only
from tests.eventually import eventually
from tests.servers import Valkey
from tests.web.house import House, house


async def ready(office: House) -> tuple[int, dict[str, Any]]:
    async with office.http.get("/readyz") as answer:
        return answer.status, await answer.json()


async def test_a_healthy_process_is_live_and_ready(office: House) -> None:
    async with office.http.get("/healthz") as answer:
        assert answer.status == 200
        assert (await answer.json())["service"] == "genjin"
    assert await ready(office) == (
        200,
        {"status": "ready", "database": "ok", "schema": "ok", "redis": "off"},
    )


async def test_a_stopping_process_is_not_sent_work(office: House) -> None:
    office.bot.draining = True

    status, answer = await ready(office)

    assert (status, answer["status"]) == (503, "draining")


async def test_a_redis_that_is_down_only_slows(tmp_path: Path) -> None:
    async with house(tmp_path, redis_url="redis://127.0.0.1:1/0") as office:
        status, answer = await ready(office)

    assert (status, answer["redis"]) == (200, "degraded")


async def test_probes_share_the_process_own_connections_to_redis(
    tmp_path: Path, valkey_server: Valkey
) -> None:
    async with house(tmp_path, redis_url=valkey_server.url) as office:
        redis = office.bot.redis
        assert redis is not None
        await eventually(lambda: _redis_is_ok(office))
        before = (await redis.redis.info("stats"))["total_connections_received"]

        for _ in range(5):
            await ready(office)

        after = (await redis.redis.info("stats"))["total_connections_received"]

    assert after == before


async def _redis_is_ok(office: House) -> bool:
    _, answer = await ready(office)
    return bool(answer["redis"] == "ok")


@sqlite_only
async def test_a_database_that_cannot_be_written_is_not_ready(office: House) -> None:
    await office.loses_its_database()

    status, answer = await ready(office)

    assert status == 503
    assert answer["status"] == "not ready"


async def test_metrics_tell_what_waits_and_what_was_done(office: House) -> None:
    await office.submits(need="想了解CT", phone="13800001234")

    async with office.http.get("/metrics") as answer:
        assert answer.content_type == "text/plain"
        figures = await answer.text()

    for line in (
        "genjin_events_accepted_total 0.0",
        "genjin_leads_submitted_total 1.0",
        "genjin_outbox_waiting 1.0",
        # First view, nudge, quiet, and the one that wakes all the other rungs.
        "genjin_timers_waiting 4.0",
        'genjin_dead_letters{box="inbox"} 0.0',
        "genjin_inbox_lag_seconds 0.0",
    ):
        assert line in figures.splitlines(), line


async def figures(office: House, **headers: str) -> list[str]:
    async with office.http.get("/metrics", headers=headers) as answer:
        assert answer.status == 200
        return (await answer.text()).splitlines()


async def test_metrics_tell_how_late_everything_is(office: House) -> None:
    event = AlarmRaised(subject="rules", words="改过的规则没有生效")
    payload = event.model_dump(mode="json")
    async with office.bot.store.transaction() as tx:
        await tx.arrive([Arrival(kind=event.kind, key="a1", lane="alarms", payload=payload)])
        await tx.set_timer("nudge", "1", tx.now)
        await tx.say("wecom", "LiNa", Text(text="早"), due_at=tx.now + timedelta(seconds=60))
    office.clock.forward(timedelta(seconds=90))

    said = await figures(office)

    assert "genjin_inbox_lag_seconds 90.0" in said
    assert "genjin_timers_lag_seconds 90.0" in said
    assert "genjin_outbox_lag_seconds 30.0" in said


async def test_metrics_name_what_a_wrong_setting_holds_up(office: House) -> None:
    async with office.bot.store.transaction() as tx:
        reason, advice = "the caller's address is not trusted", "加白名单"
        await breakers.trip(
            tx.session, "wecom.kf", "kf/send_msg", reason=reason, advice=advice, now=tx.now
        )

    said = await figures(office)

    assert 'genjin_breaker_open{app="wecom.kf kf/send_msg"} 1.0' in said


@sqlite_only
async def test_metrics_tell_what_the_process_did_while_the_database_is_away(
    office: House,
) -> None:
    await office.loses_its_database()

    said = await figures(office)

    assert "genjin_database_up 0.0" in said
    assert "genjin_tokens_refreshed_total 0.0" in said
    assert 'genjin_limit_waits_total{platform="wecom"} 0.0' in said
    assert not any(line.startswith("genjin_inbox_lag_seconds") for line in said)


AFAR = {"X-Forwarded-For": "203.0.113.5"}


async def test_metrics_are_not_for_those_behind_a_proxy(office: House) -> None:
    for headers in (AFAR, {**AFAR, "Authorization": "Bearer "}):
        async with office.http.get("/metrics", headers=headers) as answer:
            assert answer.status == 403


async def test_metrics_go_to_whoever_has_their_token(tmp_path: Path) -> None:
    async with house(tmp_path, metrics_token="m-0123456789") as office:
        for wrong in ({}, {"Authorization": "Bearer m-012345678"}, {"Authorization": "Bearer 密"}):
            # A plain proxy_pass on this machine adds no header: it looks like this machine.
            for where in (AFAR, {}):
                async with office.http.get("/metrics", headers={**where, **wrong}) as answer:
                    assert answer.status == 403

        for where in (AFAR, {}):
            said = await figures(office, **where, Authorization="Bearer m-0123456789")
            assert "genjin_database_up 1.0" in said


@pytest.mark.parametrize("role", ["worker", "scheduler"])
async def test_a_role_that_hears_nobody_answers_only_operators(tmp_path: Path, role: str) -> None:
    async with house(tmp_path, role=role, is_demo=True) as office:
        for path in ("/healthz", "/readyz", "/metrics"):
            async with office.http.get(path) as answer:
                assert answer.status == 200, path
        for path in ("/api/leads", "/t/x", "/callbacks/wecom/assistant", "/demo/knowledge"):
            async with office.http.post(path) as answer:
                assert answer.status == 404, path


async def test_browsers_are_kept_strict_on_every_answer(office: House) -> None:
    for path in ("/healthz", "/t/nonsense", "/no/such/page", "/static/pages/pages.css"):
        async with office.http.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_an_unknown_address_of_the_api_is_told_in_json(office: House) -> None:
    async with office.http.get("/api/leads") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")
        assert (await answer.json())["error"]


async def test_what_nobody_foresaw_is_a_500_with_a_number_and_no_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def breaks(request: web.Request) -> web.Response:
        raise ValueError("13800001234")

    async with house(tmp_path) as office:
        app = web.Application(middlewares=[guarded])
        app.router.add_get("/breaks", breaks)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/breaks"
        async with office.http.get(url) as answer:
            assert answer.status == 500
            assert "编号" in (text := await answer.text())
        await runner.cleanup()

    told = capsys.readouterr()
    assert "13800001234" not in text + told.out + told.err


async def test_the_demo_api_is_in_the_demo_only(office: House) -> None:
    async with office.http.get("/demo/knowledge") as answer:
        assert answer.status == 404
