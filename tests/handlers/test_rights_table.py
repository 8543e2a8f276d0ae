"""Role × command × whose client: what the table says, and no trace where it is no. `make soak`
tries every cell, `make test` some of each row."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

import pytest
from sqlalchemy import event
from sqlalchemy import select as rows_of
from sqlmodel import SQLModel, col, select

from crm_store.arrival import Arrival
from crm_store.erasure import erase
from crm_store.facts import LeadAssigned, LeadClosed, LeadPooled
from crm_store.models import Client, Lead, LeadState, TimelineEntry
from crm_store.store import Transaction
from handlers import ROUTERS
from handlers.events import CardPress, Event, MemberMessage, Platform
from handlers.opening import lead_for
from tests.handlers import rights_table as table
from tests.world import World, company, in_plain

SOAK = bool(os.environ.get("GENJIN_SOAK"))
ASKER = "asker"
ACCOUNT = "Asker01"
ARGUMENTS = {
    **{"successor": "王磊", "note": "已电话", "words": "预算批了", "reason": "选了别家"},
    **{"field": "预算", "value": "30万", "time": "下周三", "colleague": "王磊"},
    **{"kind": "跟进提醒", "result": "需要报价", "thing": "报价"},
}
NOT_HIS = "这条线索现在不由您负责，这一步没有生效"
OWNERS = {
    **{"own": ASKER, "own won": ASKER, "subordinate": "under", "below": "deeper"},
    **{"colleague": "elsewhere", "won": "elsewhere", "lost": "elsewhere", "nobody": None},
}
PASSING = {"inbox", "outbox", "outbox_tries"}
"""Every word that is said leaves a row in these, whatever comes of it."""


def team(*roles: str) -> list[dict[str, Any]]:
    """Two levels below the asker, a colleague elsewhere, and somebody to pass a client on to."""
    rep = {"roles": ["rep"]}
    return [
        {"id": ASKER, "name": "问话人", "roles": list(roles), "wecom": ACCOUNT, "capacity": 1000},
        {"id": "under", "name": "下属", "manager": ASKER, "wecom": "Under01", **rep},
        {"id": "deeper", "name": "再下属", "manager": "under", "wecom": "Deeper01", **rep},
        {"id": "elsewhere", "name": "别组", "wecom": "Elsewhere01", **rep},
        {"id": "heir", "name": "王磊", "wecom": "Heir01", **rep},
    ]


@dataclass
class Case:
    """One cell: who of the clients it is about, and what is said or pressed."""

    action: str
    whose: str
    mark: str
    client: str = ""
    lead: int = 0

    @property
    def ref(self) -> str:
        return f"L{self.lead}"

    @property
    def is_press(self) -> bool:
        return self.action in table.BUTTONS

    @property
    def words(self) -> str:
        return self.action.format(client=self.client, lead=self.ref, **ARGUMENTS)

    @property
    def sentence(self) -> str:
        if self.is_press and table.BUTTONS[self.action] == table.FOLLOWS:
            return NOT_HIS
        return f"没有找到您名下的客户“{self.ref if self.is_press else self.client}”"


def cases(role: str, *, allowed: bool) -> list[Case]:
    every = [
        Case(action, whose, mark)
        for action, rows in {**table.COMMANDS, **table.BUTTONS}.items()
        for (of_role, whose), mark in table.cells(rows).items()
        if of_role == role
    ]
    return [case for case in every if (case.mark != "·") == allowed]


def drawn(every: list[Case], most: int) -> list[Case]:
    """Of each action some cells, drawn by their names; all of them in `make soak`."""
    if SOAK:
        return every
    by_action: dict[str, list[Case]] = {}
    for case in sorted(every, key=lambda one: crc32(f"{one.action} {one.whose}".encode())):
        by_action.setdefault(case.action, []).append(case)
    return [case for several in by_action.values() for case in several[:most]]


def named(number: int) -> str:
    """A name that is near no other's: whoever mistypes a name is offered his own clients'."""
    return "".join(Random(number).sample(_SYLLABLES, 4))


_SYLLABLES = "泽芮沐宸瑾琪瑶璟琛珂菡苒蓓莘翊翎皓晗昱晟铄铭钰锦麒骁骐鸿"


@dataclass
class Office:
    """The company of one role, with a client for each case."""

    world: World
    numbers: Any = field(default_factory=lambda: count(1))

    async def furnish(self, wanted: Iterable[Case], *, shared: bool = False) -> None:
        """`shared`: cases that change nothing need only one client of a kind."""
        known: dict[str, tuple[str, int]] = {}
        async with self.world.store.transaction() as tx:
            for case in wanted:
                if not shared or case.whose not in known:
                    known[case.whose] = await self._client(tx, case.whose)
                case.client, case.lead = known[case.whose]

    async def _client(self, tx: Transaction, whose: str) -> tuple[str, int]:
        name = named(next(self.numbers))
        client = await tx.new_client(name=name)
        lead, _ = await lead_for(tx, client, product=None, source="test")
        about: dict[str, Any] = {"at": tx.now, "client_id": client.id, "lead_id": lead.id}
        owner = OWNERS[whose]
        if owner is None:
            await tx.record(LeadPooled(reason="nobody", **about))
        else:
            about["why"] = {"candidates": []}
            given = LeadAssigned(owner_id=owner, automatic=True, reason="first", **about)
            await tx.record(given)
        outcome = {"own won": LeadState.WON, "won": LeadState.WON, "lost": LeadState.LOST}
        if whose in outcome:
            await tx.record(LeadClosed(by=owner, outcome=outcome[whose].value, **about))
        return name, lead.id

    async def tries(self, wanted: Iterable[Case], account: str = ACCOUNT) -> None:
        """All of it, one after the other."""
        events = [self._event(case, account) for case in wanted]
        async with self.world.store.transaction() as tx:
            await tx.arrive(
                [
                    Arrival(
                        kind=event.kind,
                        key=f"case:{next(self.numbers)}",
                        lane=f"member:wecom:{account}",
                        payload=event.model_dump(mode="json"),
                    )
                    for event in events
                ]
            )
        await self.world.settle()
        # The platform lets him hear thirty messages a minute.
        await self.world.passes(timedelta(minutes=len(events) // 25 + 1))

    def _event(self, case: Case, account: str) -> Event:
        now, number = self.world.clock.now(), next(self.numbers)
        if case.is_press:
            return CardPress(
                platform=Platform.WECOM,
                account=account,
                card_key=f"forged{number}",
                action=case.words,
                pressed_at=now,
                code=f"RC-forged{number}",
            )
        return MemberMessage(
            platform=Platform.WECOM,
            account=account,
            message_id=f"m{number}",
            sent_at=now,
            text=case.words,
        )

    async def everything(self) -> dict[str, list[Any]]:
        """Every row of every table but those through which words only pass."""
        rows: dict[str, list[Any]] = {}
        async with self.world.store.view() as view:
            for kept in SQLModel.metadata.sorted_tables:
                if kept.name not in PASSING:
                    found = await view.session.execute(rows_of(kept).order_by(*kept.primary_key))
                    rows[kept.name] = [tuple(row) for row in found.all()]
        return rows

    async def moved(self) -> set[int]:
        """Leads in whose timeline somebody's deed stands since they were made."""
        deeds = (
            *("assigned", "support_asked", "followed_up", "closed", "muted", "message_filed"),
            *("focus_chosen", "field_corrected", "pooled", "result_given", "next_contact_set"),
        )
        query = select(TimelineEntry.lead_id).where(
            col(TimelineEntry.by) == ASKER, col(TimelineEntry.kind).in_(deeds)
        )
        async with self.world.store.view() as view:
            return {lead for lead in (await view.session.exec(query)).all() if lead is not None}


def test_finance_and_administrators_see_nobodys_client() -> None:
    assert cases("finance", allowed=True) == cases("admin", allowed=True) == []


@pytest.mark.parametrize("role", [role for role in table.ROLES if role != "finance"])
async def test_what_is_not_his_is_not_there_for_him(tmp_path: Path, role: str) -> None:
    """Not found and not his: the same sentence, byte for byte, and the same nothing behind it.

    Rights only add up: who has two roles and sees nothing has it by neither.
    """
    refused = drawn(cases(role, allowed=False), most=2)
    missing = [Case(action, "missing", "·") for action in dict.fromkeys(c.action for c in refused)]
    roles = ("finance", "admin") if role == "admin" else (role,)
    async with company(tmp_path, team=team(*roles)) as world:
        office = Office(world)
        await office.furnish(refused, shared=True)
        for case in missing:
            case.client, case.lead = named(9999), 999999
        before = await office.everything()

        await office.tries([*refused, *missing])

        said = sorted(world.texts(ASKER))
        assert said == sorted(case.sentence for case in [*refused, *missing])
        assert world.cards(ASKER) == []
        assert await office.everything() == before
        assert set(world.wecom.screens) == {ACCOUNT}


async def test_the_database_is_asked_the_same_for_a_colleagues_as_for_nobody(
    tmp_path: Path,
) -> None:
    """So that the time of an answer does not tell what its words do not."""
    async with company(tmp_path, team=team("rep")) as world:
        office = Office(world)
        every = [Case(a, "colleague", "·") for a in (*table.COMMANDS, *table.BUTTONS)]
        every = every[:: 1 if SOAK else 4]
        await office.furnish(every, shared=True)
        asked: list[str] = []
        engine = world.store.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))

        for case in every:
            counts = []
            for client, lead in ((case.client, case.lead), (named(9999), 999999)):
                asked.clear()
                await office.tries([replace(case, client=client, lead=lead)])
                counts.append([words for words in asked if "FROM leads" in words])
            assert len(counts[0]) == len(counts[1]), case


@pytest.mark.parametrize("role", [r for r in table.ROLES if cases(r, allowed=True)])
async def test_what_is_his_he_may(tmp_path: Path, role: str) -> None:
    allowed = drawn(cases(role, allowed=True), most=2)
    async with company(tmp_path, team=team(role)) as world:
        office = Office(world)
        await office.furnish(allowed)
        before = await office.moved()

        await office.tries(allowed)

        said = "\n".join(world.texts(ASKER))
        assert "没有听懂" not in said
        assert [case for case in allowed if case.sentence in said] == []
        moved = await office.moved() - before
        moving = (table.MOVES, table.CLOSES, table.FOLLOWS)
        changes = (*moving, table.CLAIMS, table.RETURNS)
        # The first only asks whom, the fourth when; others look for what is overdue or arranged.
        asks = (
            *("转派 {client}", "support:{lead}", "noticed:{lead}", "unmet:{lead}"),
            *("升级 {client}", "再等一天 {client}", "wait:{lead}", "取消下次联系 {client}"),
        )
        for case in allowed:
            rows = {**table.COMMANDS, **table.BUTTONS}[case.action]
            if case.mark == "told":
                assert case.lead not in moved, case
            elif rows in changes and case.action not in asks:
                assert case.lead in moved, case


async def test_a_stranger_learns_that_he_is_one_and_nothing_else(tmp_path: Path) -> None:
    async with company(tmp_path, team=team("director")) as world:
        office = Office(world)
        every = [Case(a, "own", "·") for a in (*table.COMMANDS, *table.BUTTONS)]
        await office.furnish(every, shared=True)
        before = await office.everything()

        await office.tries(every, account="Nobody01")

        told = {in_plain(shown.message) for shown in world.wecom.screens["Nobody01"]}
        assert told == {"您还没有登记，请把账号 Nobody01 发给管理员"}
        assert len(world.wecom.screens["Nobody01"]) == len(table.COMMANDS)
        assert await office.everything() == before


@pytest.mark.parametrize("role", ["rep", "director"])
async def test_an_erased_client_is_found_by_nobody(tmp_path: Path, role: str) -> None:
    named = [Case(action, "own", "·") for action in table.COMMANDS]
    async with company(tmp_path, team=team(role)) as world:
        office = Office(world)
        await office.furnish(named, shared=True)
        async with world.store.transaction() as tx:
            lead = await tx.get(Lead, named[0].lead)
            await erase(tx, (await tx.get(Client, lead.client_id)).id)
        before = await office.everything()

        await office.tries(named)

        assert set(world.texts(ASKER)) == {named[0].sentence}
        assert await office.everything() == before


async def test_anothers_draft_is_as_good_as_none(tmp_path: Path) -> None:
    async with company(tmp_path, team=team("director")) as world:
        office = Office(world)
        words = "赵主任 13912345678 想了解CT设备"
        drafted = MemberMessage(
            platform=Platform.WECOM,
            account="Under01",
            message_id="d1",
            sent_at=world.clock.now(),
            text=words,
        )
        await world.happens(drafted, lane="member:wecom:Under01")
        before = await office.everything()

        for action in ("create:D1", "create:D999", "ignore:D1", "ignore:x", "create:"):
            press = CardPress(
                platform=Platform.WECOM,
                account=ACCOUNT,
                card_key="forged",
                action=action,
                pressed_at=world.clock.now(),
            )
            await world.happens(press, lane=f"member:wecom:{ACCOUNT}")

        assert set(world.texts(ASKER)) == {"这段话已经处理过了"}
        assert await office.everything() == before


def test_every_command_and_button_has_its_line() -> None:
    commands = {command.patterns[0] for router in ROUTERS for command in router.commands}
    buttons = {verb for router in ROUTERS for verb in router.buttons}
    listed = {action.partition(":")[0] for action in table.BUTTONS}
    elsewhere = table.ABOUT_NO_CLIENT | table.ABOUT_PAIRS | table.ABOUT_PROMISES

    assert commands == set(table.COMMANDS) | (elsewhere & commands)
    assert buttons == listed | (elsewhere & buttons)
    assert commands | buttons >= elsewhere
    for rows in {**table.COMMANDS, **table.BUTTONS}.values():
        assert set(table.cells(rows)) == {(r, w) for r in table.ROLES for w in table.WHOSE}
