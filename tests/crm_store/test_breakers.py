"""A breaker opens once, is probed once a minute, and closes once."""

from datetime import timedelta

from crm_store import breakers
from tests.crm_store.conftest import Spine

MINUTE = timedelta(minutes=1)


async def trip(spine: Spine, reason: str = "60020") -> bool:
    async with spine.store.transaction() as tx:
        return await breakers.trip(
            tx.session, "wecom.kf", "", reason=reason, advice="添加可信IP", now=tx.now
        )


async def test_it_opens_once_and_remembers_since_when(spine: Spine) -> None:
    opened = spine.now
    assert await trip(spine)
    spine.clock.forward(MINUTE)
    assert not await trip(spine, "48002")

    async with spine.store.view() as view:
        (breaker,) = await breakers.opened(view.session)
    assert breaker.opened_at == opened
    assert breaker.probe_at == spine.now + MINUTE
    assert breaker.reason == "48002"


async def test_a_probe_puts_off_the_next(spine: Spine) -> None:
    await trip(spine)
    spine.clock.forward(MINUTE)

    async with spine.store.transaction() as tx:
        await breakers.probing(tx.session, "wecom.kf", "kf/send_msg", now=tx.now)

    async with spine.store.view() as view:
        (breaker,) = await breakers.opened(view.session)
    assert breaker.probe_at == spine.now + MINUTE


async def test_it_closes_once(spine: Spine) -> None:
    await trip(spine)

    async with spine.store.transaction() as tx:
        assert await breakers.close(tx.session, "wecom.kf", "kf/send_msg") == ["wecom.kf"]
        assert await breakers.close(tx.session, "wecom.kf", "kf/send_msg") == []
        assert not await breakers.opened(tx.session)
    assert await trip(spine)


async def test_a_missing_right_and_a_wrong_setting_are_held_apart(spine: Spine) -> None:
    await trip(spine)
    async with spine.store.transaction() as tx:
        for api in ("kf/send_msg", "kf/service_state/trans"):
            await breakers.trip(
                tx.session, "wecom.kf", api, reason="48002", advice="开通接口", now=tx.now
            )

        closed = await breakers.close(tx.session, "wecom.kf", "kf/send_msg")

        # That one went through: the app is in order, and it may send. The other still may not.
        assert closed == ["wecom.kf", "wecom.kf kf/send_msg"]
        (left,) = await breakers.opened(tx.session)
    assert left.name == "wecom.kf kf/service_state/trans"


async def test_a_clock_that_is_set_back_puts_off_no_probe(spine: Spine) -> None:
    await trip(spine)
    async with spine.store.view() as view:
        (breaker,) = await breakers.opened(view.session)

    assert not breaker.may_be_probed(spine.now)
    assert breaker.may_be_probed(spine.now + MINUTE)
    assert breaker.may_be_probed(spine.now - timedelta(hours=1))
