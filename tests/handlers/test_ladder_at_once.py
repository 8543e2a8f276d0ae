"""A rung acts once: a scheduler that was away, two of them, and what happens in the same moment."""

from datetime import timedelta

from crm_store.models import Lead, Member
from handlers.events import CardPress, Platform
from handlers.finding import note_view
from tests.handlers.rungs import HOUR, facts, rungs, since, standing, zhao
from tests.world import TUESDAY, World


async def test_a_scheduler_that_was_down_fires_what_is_overdue_once_and_as_one(
    office: World,
) -> None:
    await zhao(office)
    before = {member: len(office.screen(member)) for member in ("chen", "lina")}

    office.clock.turn_to(TUESDAY + timedelta(days=9, hours=1))
    await office.settle()

    assert [rung for rung, _ in await rungs(office)] == ["quiet", "takeover"]
    assert [rung for rung, _ in await rungs(office, "reminded")] == ["nudge"]
    assert len(await facts(office, "result_asked")) == 1
    assert await facts(office, "rung_announced") == []
    assert len(since(office, "lina", before["lina"])) == 1
    assert len([s for s in since(office, "chen", before["chen"]) if s.message.form == "card"]) == 1


async def test_a_lead_that_nobody_saw_while_the_scheduler_was_down_goes_to_one_successor(
    office: World,
) -> None:
    """His minutes begin when he is told, not when the machine ought to have told him."""
    await zhao(office, touched=False)

    office.clock.turn_to(TUESDAY + timedelta(days=2))
    await office.settle()

    assert (await office.lead()).owner_id == "wanglei"
    assert [rung for rung, _ in await rungs(office)] == ["first_view"]
    assert [rung for rung, _ in await rungs(office, "reminded")] == []


async def test_two_schedulers_and_a_timer_of_before_the_upgrade_fire_a_rung_once(
    office: World,
) -> None:
    await zhao(office)
    async with office.store.transaction() as tx:
        # As it was set by the program before this one, and nothing of a ladder on the lead.
        lead = await tx.get(Lead, 1)
        lead.ladder = None
        tx.add(lead)
        await tx.set_timer("quiet", "L1", tx.now + 48 * HOUR, data={"owner_id": "lina"})
    office.clock.turn_to(TUESDAY + 48 * HOUR)

    await office.scheduler.tick()
    await office.scheduler.tick()
    await office.settle()

    assert [rung for rung, _ in await rungs(office)] == ["quiet"]
    assert (await standing(office))["quiet"] == "16 09:00"


async def test_a_look_in_the_very_moment_the_timer_fired_counts(office: World) -> None:
    """The timer is in the inbox already, the look is handled first, and the other way round."""
    await zhao(office, touched=False)
    office.clock.turn_to(TUESDAY + timedelta(minutes=15))
    await office.scheduler.tick()

    async with office.store.transaction() as tx:
        lead = await tx.lock_lead(1)
        await note_view(tx, lead, await tx.get(Member, "lina"), how="command")
        await office.dispatcher.react(tx)
    await office.settle()

    assert (await office.lead()).owner_id == "lina"
    assert await rungs(office) == []


async def test_a_look_just_after_the_transfer_finds_the_lead_gone(office: World) -> None:
    await zhao(office, touched=False)
    shown = office.screen("lina")[0]
    await office.passes(timedelta(minutes=15))

    press = CardPress(
        platform=Platform.WECOM,
        account="LiNa",
        card_key=shown.key,
        action="contacted:L1",
        pressed_at=office.clock.now(),
        code=office.wecom.fresh_code(shown.key),
    )
    await office.happens(press, lane="member:wecom:LiNa")

    lead = await office.lead()
    assert (lead.owner_id, lead.first_touched_at) == ("wanglei", None)
    assert len(await rungs(office)) == 1
