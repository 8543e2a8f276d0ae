"""The machine's clock is set an hour back, or an hour forward: nothing waits for it, nothing passes
by anything else, and no limit is broken."""

from datetime import timedelta

from crm_store import outbox
from crm_store.outbox import LEASE, LONGEST_WAIT
from tests.crm_store.conftest import Spine
from tests.crm_store.test_outbox import again, claim, claimed, order, post, settle

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LANE = "to:wecom:lina"


def set_back(spine: Spine, by: timedelta = HOUR) -> None:
    spine.clock.turn_to(spine.now - by)


async def notices(spine: Spine, *, showed_before: timedelta | None) -> None:
    """`showed_before`: how far ahead of now the clock stood."""
    async with spine.store.transaction() as tx:
        showed = tx.now + showed_before if showed_before is not None else None
        await outbox.clock_was_set(tx.session, showed=showed, now=tx.now)


async def tries(spine: Spine, *, within: timedelta) -> int:
    async with spine.store.view() as view:
        found = await outbox.tries_since(view.session, [LANE], since=view.now - within)
    return len(found[LANE])


async def test_what_was_said_before_goes_out_in_order_all_the_same(spine: Spine) -> None:
    before = await post(spine, order(spine))
    set_back(spine)
    after = await post(spine, order(spine))

    assert await claimed(spine) == [before]
    await settle(spine, before)
    assert await claimed(spine) == [after]


async def test_what_is_planned_keeps_its_moment(spine: Spine) -> None:
    planned = await post(spine, order(spine, due_at=spine.now + HOUR))
    set_back(spine)

    assert await claimed(spine) == []
    spine.clock.forward(2 * HOUR)
    assert await claimed(spine) == [planned]


async def test_what_was_tried_in_its_time_keeps_its_place(spine: Spine) -> None:
    planned = await post(spine, order(spine, due_at=spine.now + HOUR))
    later = await post(spine, order(spine, due_at=spine.now + HOUR))
    spine.clock.forward(HOUR)
    (row,) = await claim(spine)
    await again(spine, row, after=MINUTE)
    set_back(spine)

    assert await claimed(spine) == [planned]
    await settle(spine, planned)
    spine.clock.forward(HOUR)
    assert await claimed(spine) == [later]


async def test_a_retry_waits_no_longer_than_one_can(spine: Spine) -> None:
    await post(spine, order(spine))
    (row,) = await claim(spine)
    await again(spine, row, after=MINUTE)
    set_back(spine)
    (row,) = await claim(spine)

    # However long the platform asks for.
    await again(spine, row, after=timedelta(days=1))
    spine.clock.forward(LONGEST_WAIT - MINUTE)
    assert await claimed(spine) == []
    spine.clock.forward(MINUTE)
    assert await claimed(spine) == [row.id]


async def test_a_lease_runs_as_long_as_ever_and_not_for_an_hour(spine: Spine) -> None:
    row = await post(spine, order(spine))
    assert await claimed(spine) == [row]
    set_back(spine)
    await notices(spine, showed_before=HOUR)

    # Somebody may be on the way with it.
    assert await claimed(spine) == []
    spine.clock.forward(LEASE)
    assert await claimed(spine) == [row]


async def test_a_lease_is_not_over_because_the_clock_says_so(spine: Spine) -> None:
    row = await post(spine, order(spine))
    assert await claimed(spine) == [row]
    spine.clock.set_forward(HOUR)
    await notices(spine, showed_before=-HOUR)

    assert await claimed(spine) == []
    spine.clock.forward(LEASE)
    assert await claimed(spine) == [row]


async def test_a_process_that_starts_later_finds_leases_and_tries_of_the_future(
    spine: Spine,
) -> None:
    row = await post(spine, order(spine))
    assert await claimed(spine) == [row]
    set_back(spine)
    await notices(spine, showed_before=None)

    assert await tries(spine, within=MINUTE) == 1
    spine.clock.forward(MINUTE)
    # The try of the future was just now when it was found, and has aged since.
    assert await tries(spine, within=MINUTE) == 0
    assert await claimed(spine) == [row]


async def test_tries_count_as_made_just_now_when_their_age_cannot_be_told(spine: Spine) -> None:
    await post(spine, order(spine))
    (row,) = await claim(spine)
    await again(spine, row, after=timedelta())
    spine.clock.set_forward(HOUR)
    assert await tries(spine, within=MINUTE) == 0

    await notices(spine, showed_before=-HOUR)

    assert await tries(spine, within=MINUTE) == 1
    spine.clock.forward(MINUTE)
    assert await tries(spine, within=MINUTE) == 0


async def test_a_row_that_went_to_another_process_is_not_settled_twice(spine: Spine) -> None:
    await post(spine, order(spine))
    (late,) = await claim(spine)
    spine.clock.forward(LEASE)
    (theirs,) = await claim(spine)

    assert not await again(spine, late, after=timedelta())
    async with spine.store.transaction() as tx:
        assert not await outbox.given_up(tx.session, late, now=tx.now, error="late")
        assert await outbox.given_up(tx.session, theirs, now=tx.now, error="refused")
        assert not await outbox.given_up(tx.session, theirs, now=tx.now, error="refused")
