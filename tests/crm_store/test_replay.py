"""The timeline, replayed through Lead.apply, gives the columns that stand in the table."""

import asyncio
import os
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlmodel import col, select

from crm_store import timers
from crm_store.models import Lead, LeadState, TimelineEntry
from crm_store.timeline import read_fact
from notifiers.card import Button, Card
from tests.world import STORY, World, company

SOAK = bool(os.environ.get("GENJIN_SOAK"))
CLIENTS = ("wm1", "wm2", "wm3")
PEOPLE = ("lina", "wanglei", "chen", "gao")


async def differences(office: World) -> list[tuple[str, Any, Any]]:
    """Where a lead's columns are not what its timeline says: (which, column, replayed)."""
    found = []
    async with office.store.transaction() as tx:
        for lead in (await tx.session.exec(select(Lead))).all():
            replayed = Lead(client_id=lead.client_id, source=lead.source, opened_at=lead.opened_at)
            entries = await tx.session.exec(
                select(TimelineEntry)
                .where(TimelineEntry.lead_id == lead.id)
                .order_by(col(TimelineEntry.id))
            )
            for entry in entries.all():
                replayed.apply(await read_fact(tx, entry))
            told = replayed.columns_by_fact()
            found += [
                (f"{lead.ref}.{name}", value, told[name])
                for name, value in lead.columns_by_fact().items()
                if value != told[name]
            ]
    return found


async def test_a_long_story_told_again_ends_the_same(tmp_path: Path) -> None:
    async with company(tmp_path) as office:
        await live_through(office)

        assert await differences(office) == []
        async with office.store.view() as view:
            kinds = set((await view.session.exec(select(TimelineEntry.kind))).all())
        told = {"assigned", "viewed", "followed_up", "message_out", "escalated", "muted", "closed"}
        assert told <= kinds


async def live_through(office: World) -> None:
    await office.client_writes("wm1", STORY, nickname="赵主任")
    await office.passes(timedelta(minutes=15))
    await office.presses("wanglei", "已联系")
    await office.servicer_writes("wanglei", "wm1", "您好，参数表今天发您")
    await office.client_writes("wm1", "好的，另外想看看DR设备，电话13900001111")
    await office.hears("wanglei", "跟进 赵主任 约了周五看设备")
    await office.passes(timedelta(hours=60))
    await office.presses("chen", "转派")
    await office.hears("lina", "静音 赵主任")
    await office.client_writes("wm2", "想买CT，电话13700001234", nickname="钱院长")
    await office.passes(timedelta(days=5))
    await office.hears("chen", "转派 钱院长 给 李娜")
    await office.hears("lina", "赢单 钱院长")
    await office.client_writes("wm2", "还要一台CT", nickname="钱院长")


class AnyStory(RuleBasedStateMachine):
    """People do what they like, in any order, at any time."""

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self.office: World = self._run(self._open)

    async def _open(self) -> World:
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="genjin-story-"))
        return await self._stack.enter_async_context(company(Path(folder)))

    def _run(self, deed: Callable[[], Any]) -> Any:
        return self._runner.run(deed())

    def teardown(self) -> None:
        self._run(self._stack.aclose)
        self._runner.close()

    @rule(
        client=st.sampled_from(CLIENTS),
        words=st.sampled_from(["你好", STORY, "还要一台DR", "电话13911112222", "谢谢"]),
    )
    def client_writes(self, client: str, words: str) -> None:
        nickname = f"客户{client[-1]}"
        self._run(lambda: self.office.client_writes(client, words, nickname=nickname))

    @rule(client=st.sampled_from(CLIENTS), member=st.sampled_from(("lina", "wanglei")))
    def colleague_answers(self, client: str, member: str) -> None:
        self._run(lambda: self.office.servicer_writes(member, client, "您好"))

    @rule(
        member=st.sampled_from(PEOPLE),
        command=st.sampled_from(
            [
                "跟进 {} 打过电话",
                "静音 {}",
                "恢复 {}",
                "转派 {} 给 王磊",
                "转派 {} 给 李娜",
                "赢单 {}",
                "输单 {} 太贵",
                "无效 {} 打错了",
                "为什么 {}",
                "我的线索",
            ]
        ),
        client=st.sampled_from(CLIENTS),
    )
    def colleague_asks(self, member: str, command: str, client: str) -> None:
        self._run(lambda: self.office.hears(member, command.format(f"客户{client[-1]}")))

    @rule(member=st.sampled_from(PEOPLE), which=st.integers(0, 30))
    def colleague_presses(self, member: str, which: int) -> None:
        """Any button of any card on his screen, old ones as well."""
        offered = [
            (shown, button.text)
            for shown in self.office.screen(member)
            if isinstance(shown.now, Card)
            for button in (*shown.now.buttons, *shown.now.menu)
            if isinstance(button, Button)
        ]
        if offered:
            shown, label = offered[which % len(offered)]
            self._run(lambda: self.office.presses(member, label, card=shown))

    @rule(minutes=st.sampled_from((1, 16, 8 * 60, 25 * 60, 73 * 60)))
    def time_passes(self, minutes: int) -> None:
        self._run(lambda: self.office.passes(timedelta(minutes=minutes)))

    @invariant()
    def the_timeline_says_the_same(self) -> None:
        assert self._run(lambda: differences(self.office)) == []

    @invariant()
    def nothing_was_set_aside(self) -> None:
        assert self.office.worker.failed == 0

    @invariant()
    def nobody_lets_a_lead_lie(self) -> None:
        assert self._run(self._left_lying) == []

    async def _left_lying(self) -> list[str]:
        """Open leads that belong to somebody, and whom no deadline watches over."""
        async with self.office.store.view() as view:
            leads = (await view.session.exec(select(Lead))).all()
            return [
                f"{lead.ref} {lead.state}"
                for lead in leads
                if lead.is_open
                and lead.owner_id is not None
                and lead.state != LeadState.POOLED
                and not await timers.of_subject(view.session, lead.ref)
            ]


AnyStory.TestCase.settings = settings(
    max_examples=100 if SOAK else 4,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestAnyStory = AnyStory.TestCase
