"""The ladder, whatever happens in whatever order: timers are what the pure function says, a rung
acts once a deadline and at its time, for who has the lead, and for nobody who muted it."""

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import col, select

from crm_store import timers
from crm_store.models import Lead, Merge, Mute, TimelineEntry
from crm_store.queries import members
from handlers.ladder.clocks import KINDS, Deadline, wakeups
from handlers.ladder.standing import Ladder
from handlers.merging import CannotMerge
from handlers.unmerging import CannotPart
from tests.databases import emptied
from tests.handlers.test_merging import merges, parts
from tests.servers import Postgres
from tests.world import STORY, World, company

SOAK = bool(os.environ.get("GENJIN_SOAK"))
CLIENTS = ("wm1", "wm2")
SELLERS = ("lina", "wanglei")
FIRED = ("escalated", "reminded", "rung_passed", "result_asked")
ENDS = ("closed", "lead_folded")


@dataclass(frozen=True)
class Before:
    """What stood, and how far the timeline was."""

    standing: dict[int, tuple[Deadline, ...]]
    newest: int


class AnyOrder(RuleBasedStateMachine):
    url: Callable[[Path], Any] | None = None

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self.office: World = self._run(self._open)

    async def _open(self) -> World:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="ladder-")))
        url = await self.url(folder) if self.url is not None else None
        world = await self._stack.enter_async_context(company(folder, url))
        for number, client in enumerate(CLIENTS, start=1):
            await world.client_writes(client, STORY[:20], nickname=f"客户{number}")
        return world

    def _run(self, deed: Callable[[], Any]) -> Any:
        return self._runner.run(deed())

    def teardown(self) -> None:
        self._run(self._stack.aclose)
        self._runner.close()

    # -- what happens ----------------------------------------------------------------------------

    @rule(
        member=st.sampled_from((*SELLERS, "chen", "gao")),
        words=st.sampled_from(
            [
                *("为什么 {}", "跟进 {} 打过电话", "静音 {}", "静音 {} 跟进提醒", "恢复 {}"),
                *("转派 {} 给 王磊", "转派 {} 给 李娜", "再等一天 {}", "结果 {} 继续跟进"),
                *("接管 {} 太久没有联系", "赢单 {}"),
            ]
        ),
        lead=st.sampled_from((1, 2)),
    )
    def somebody_says(self, member: str, words: str, lead: int) -> None:
        self._run(lambda: self.office.hears(member, words.format(f"L{lead}")))

    @rule(client=st.sampled_from(CLIENTS))
    def client_writes(self, client: str) -> None:
        self._run(lambda: self.office.client_writes(client, "有现货吗，想招标"))

    @rule(member=st.sampled_from(SELLERS), when=st.sampled_from(("今天下午", "明天", "明天到周五")))
    def goes_on_leave(self, member: str, when: str) -> None:
        self._run(lambda: self.office.hears(member, f"请假 {when}"))

    @rule(member=st.sampled_from(SELLERS))
    def comes_back(self, member: str) -> None:
        self._run(lambda: self.office.hears(member, "销假"))

    @rule()
    def they_are_one(self) -> None:
        self._run(self._merge)

    async def _merge(self) -> None:
        try:
            await merges(self.office)
        except CannotMerge:
            return

    @rule()
    def they_are_two_after_all(self) -> None:
        self._run(self._part)

    async def _part(self) -> None:
        async with self.office.store.view() as view:
            found = (await view.session.exec(select(Merge))).all()
        if [merge.undone_at for merge in found] != [None]:
            return  # the helper undoes the only one
        try:
            await parts(self.office)
        except CannotPart:
            return

    @rule()
    def schedulers_run_twice(self) -> None:
        self._run(self._tick_twice)

    async def _tick_twice(self) -> None:
        await self.office.scheduler.tick()
        await self.office.scheduler.tick()
        await self.office.settle()

    @rule(minutes=st.sampled_from((4, 6, 16, 60, 9 * 60, 25 * 60, 49 * 60, 75 * 60)))
    def time_passes(self, minutes: int) -> None:
        self._run(lambda: self._pass(timedelta(minutes=minutes)))

    @rule(days=st.sampled_from((1, 4)))
    def nobody_runs_for_days(self, days: int) -> None:
        """The scheduler was down: what is overdue comes at once."""
        self.office.clock.turn_to(self.office.clock.now() + timedelta(days=days))
        self._run(self.office.settle)

    @rule(words=st.sampled_from(("为什么 {}", "跟进 {} 打过电话", "静音 {}", "转派 {} 给 王磊")))
    @precondition(lambda self: self._run(self._next) is not None)
    def somebody_says_it_in_the_very_moment(self, words: str) -> None:
        """The timer has fired, and its event waits in the inbox behind the words."""
        self._run(lambda: self._at_once(words))

    async def _next(self) -> datetime | None:
        async with self.office.store.view() as view:
            return await timers.next_due(view.session)

    async def _at_once(self, words: str) -> None:
        due = await self._next()
        assert due is not None
        self.office.clock.turn_to(max(due, self.office.clock.now()))
        owner = (await self.office.lead(1)).owner_id or "chen"
        await self.office.hears(owner, words.format("L1"))

    # -- what is so ------------------------------------------------------------------------------

    async def _pass(self, span: timedelta) -> None:
        """Only time goes by: whatever stood and came due acted, at its time."""
        before = await self._before()
        await self.office.passes(span)
        now = self.office.clock.now()
        facts = await self._facts(after=before.newest)
        for lead_id, standing in before.standing.items():
            told = [fact for fact in facts if fact.lead_id == lead_id]
            if any(fact.kind in ("assigned", "pooled") for fact in told):
                continue  # it went to somebody else on the way, whose deadlines are others
            for one in standing:
                if one.due_at > now:
                    continue
                kinds = ("rung_announced",) if one.announces else FIRED
                acted = [f.at for f in told if f.kind in kinds and f.data["rung"] == one.step.name]
                assert one.due_at.astimezone(UTC) in acted, (one, acted)
        await self._nobody_who_muted_was_nudged(facts)

    async def _before(self) -> Before:
        async with self.office.store.view() as view:
            ladder: Ladder = self.office.services.get(Ladder)
            every = (await view.session.exec(select(Lead))).all()
            standing = {lead.id: await ladder.standing(view, lead) for lead in every}
            newest = (await view.session.exec(select(TimelineEntry.id))).all()
        return Before(standing, max(newest))

    async def _facts(self, *, after: int = 0) -> list[TimelineEntry]:
        query = select(TimelineEntry).where(TimelineEntry.id > after)
        async with self.office.store.view() as view:
            return list((await view.session.exec(query.order_by(col(TimelineEntry.id)))).all())

    async def _nobody_who_muted_was_nudged(self, facts: list[TimelineEntry]) -> None:
        """Nobody mutes or unmutes while only time goes by."""
        async with self.office.store.view() as view:
            rows = (await view.session.exec(select(Mute))).all()
        muted = {(mute.member_id, mute.client_id, mute.what) for mute in rows}
        for fact in facts:
            if fact.kind in ("reminded", "result_asked"):
                whose = (fact.data["member_id"], fact.client_id)
                assert not muted & {(*whose, ""), (*whose, fact.data["rung"])}, fact

    @invariant()
    def timers_are_what_the_function_says(self) -> None:
        assert self._run(self._differing) == []

    async def _differing(self) -> list[Any]:
        found = []
        ladder: Ladder = self.office.services.get(Ladder)
        async with self.office.store.view() as view:
            for lead in (await view.session.exec(select(Lead))).all():
                standing = await ladder.standing(view, lead)
                wanted = {kind: due for kind, (due, _) in wakeups(standing).items()}
                rows = await timers.of_subject(view.session, lead.ref)
                is_set = {one.kind: one.due_at for one in rows if one.kind in KINDS}
                overdue = [one for one in standing if one.due_at <= view.now]
                if is_set != wanted or overdue:
                    found.append((lead.ref, is_set, wanted, overdue))
        return found

    @invariant()
    def a_rung_acted_once_a_deadline_and_never_after_the_end(self) -> None:
        facts = self._run(self._facts)
        rungs = {step.name: step for step in self.office.rules.current.escalation.steps}
        times = Counter(
            (f.lead_id, f.data["rung"], f.data["since"], f.kind) for f in facts if f.kind in FIRED
        )
        for (lead_id, rung, since, kind), count in times.items():
            most = rungs[rung].times
            assert most == 0 or count <= most, (lead_id, rung, since, kind)
        twice = Counter((f.lead_id, f.kind, f.data["rung"], f.at) for f in facts if f.kind in FIRED)
        assert max(twice.values(), default=1) == 1
        ended: set[int | None] = set()
        for fact in facts:
            if fact.kind in ENDS:
                ended.add(fact.lead_id)
            elif fact.kind == "lead_unfolded":
                ended.discard(fact.lead_id)
            assert not (fact.kind in (*FIRED, "rung_announced") and fact.lead_id in ended), fact

    @invariant()
    def it_was_the_right_person(self) -> None:
        self._run(self._right_people)

    async def _right_people(self) -> None:
        owners: dict[int | None, str] = {}
        above: dict[str, str | None] = {}
        async with self.office.store.view() as view:
            for member in (*SELLERS, "chen", "gao"):
                manager = await members.manager_of(view, member)
                above[member] = manager.id if manager else None
        for fact in await self._facts():
            if fact.kind == "assigned":
                owners[fact.lead_id] = fact.data["owner_id"]
            elif fact.kind in ("reminded", "result_asked", "rung_announced"):
                assert fact.data["member_id"] == owners[fact.lead_id], fact
            elif fact.kind == "escalated":
                assert fact.data["owner_id"] == owners[fact.lead_id], fact
                assert fact.data["to"] == above[fact.data["owner_id"]], fact

    @invariant()
    def nothing_was_set_aside(self) -> None:
        assert self.office.worker.failed == 0


AnyOrder.TestCase.settings = settings(
    max_examples=200 if SOAK else 3,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestAnyOrder = AnyOrder.TestCase


def test_the_same_on_postgresql(postgres_server: Postgres) -> None:
    class OnPostgres(AnyOrder):
        @staticmethod
        async def url(folder: Path) -> str:
            return await emptied(postgres_server)

    run_state_machine_as_test(
        OnPostgres,
        settings=settings(
            max_examples=100 if SOAK else 2,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
