"""One event, one transaction: what a refusal, a failing reaction and a bug leave behind."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from crm_store import inbox, timers
from crm_store.arrival import Arrival
from crm_store.errors import CrmError
from crm_store.facts import ConversationEnded, Muted, Unmuted
from crm_store.models import Client, IdentityKind, Member, TimelineEntry
from crm_store.store import Transaction
from handlers.events import CardPress, DirectoryChange, MemberMessage, Platform, TimerDue
from handlers.router import Reply, Router
from notifiers.card import Button, Card, Text
from tests.world import STORY, World

SECOND = timedelta(seconds=1)


def something(office: World) -> DirectoryChange:
    return DirectoryChange(
        platform=Platform.DINGTALK, change="user_add_org", happened_at=office.clock.now()
    )


async def timeline(office: World) -> list[str]:
    async with office.store.view() as view:
        rows = await view.session.exec(select(TimelineEntry).order_by(col(TimelineEntry.id)))
        return [row.kind for row in rows.all()]


async def dead(office: World) -> list[str]:
    async with office.store.view() as view:
        return [letter["kind"] for letter in await inbox.dead_letters(view.session)]


async def goes_on(office: World, seconds: int) -> None:
    for _ in range(seconds):
        office.clock.forward(SECOND)
        await office.settle()


async def test_a_refusal_undoes_everything_and_is_the_reply(
    office: World, runs: Callable[..., None]
) -> None:
    router = Router("test")

    @router.command("做", help="")
    async def act(tx: Transaction, sender: Member) -> Reply:
        await tx.record(Muted(at=tx.now, member_id=sender.id))
        await tx.set_timer("quiet", "L1", tx.now)
        await tx.notify(sender, Text(text="做好了"))
        tx.audit(sender.id, "act")
        raise CrmError("现在不行")

    reacted = []

    @router.on(Muted)
    async def reaction(fact: Muted) -> None:
        reacted.append(fact)

    runs(router)
    assert await office.hears("lina", "做") == "现在不行"

    assert await timeline(office) == []
    assert reacted == []
    async with office.store.view() as view:
        assert await timers.next_due(view.session) is None
        audits = await view.session.execute(text("SELECT count(*) FROM audit WHERE action = 'act'"))
        assert audits.scalar_one() == 0


async def test_a_bug_undoes_everything_says_nothing_and_is_set_aside(
    office: World, runs: Callable[..., None]
) -> None:
    router = Router("test")
    tries = []

    @router.command("做", help="")
    async def act(tx: Transaction, sender: Member) -> Reply:
        tries.append(tx.now)
        await tx.record(Muted(at=tx.now, member_id=sender.id))
        raise KeyError("13800001234")

    runs(router)
    assert await office.hears("lina", "做") == ""
    assert len(tries) == 1
    await goes_on(office, 65)

    assert len(tries) > 5
    assert tries[-1] - tries[0] == inbox.HOLDS_LANE
    assert await timeline(office) == []
    assert await dead(office) == ["member_message"]
    async with office.store.view() as view:
        (letter,) = await inbox.dead_letters(view.session)
    assert letter["error"].startswith("KeyError in test_dispatcher.py:")
    assert "13800001234" not in letter["error"]


async def test_a_failing_reaction_is_tried_again_and_the_fact_stands(
    office: World, runs: Callable[..., None]
) -> None:
    router = Router("test")
    tries, others = [], []

    @router.on(DirectoryChange)
    async def act(event: DirectoryChange, tx: Transaction) -> None:
        await tx.record(Muted(at=tx.now, member_id="lina"))

    @router.on(Muted)
    async def fails_twice(fact: Muted, tx: Transaction) -> None:
        await tx.record(Unmuted(at=tx.now, member_id=fact.member_id))
        await tx.set_timer("quiet", "L1", tx.now + timedelta(days=1))
        tries.append(tx.now)
        if len(tries) < 3:
            raise ValueError(fact.member_id)

    @router.on(Muted)
    async def another(fact: Muted) -> None:
        others.append(fact.member_id)

    @router.on(Unmuted)
    async def of_a_reaction(fact: Unmuted) -> None:
        others.append(f"not {fact.member_id}")

    runs(router)
    await office.happens(something(office), lane="x")
    # Only the failing reaction is undone.
    assert await timeline(office) == ["muted"]
    assert others == ["lina"]

    await goes_on(office, 5)

    assert len(tries) == 3
    assert others == ["lina", "not lina"]
    assert await timeline(office) == ["muted", "unmuted"]
    assert await dead(office) == []


async def test_a_reaction_that_never_works_is_set_aside_alone(
    office: World, runs: Callable[..., None]
) -> None:
    router = Router("test")
    letters = []

    @router.on(DirectoryChange)
    async def act(event: DirectoryChange, tx: Transaction) -> None:
        await tx.record(Muted(at=tx.now, member_id="lina"))

    @router.on(Muted)
    async def fails(fact: Muted) -> None:
        letters.append(fact.at)
        raise ValueError

    runs(router)
    await office.happens(something(office), lane="x")
    await goes_on(office, 70)

    assert await timeline(office) == ["muted"]
    assert await dead(office) == ["reaction_failed"]
    assert len(letters) > 5


async def test_a_database_error_in_a_reaction_starts_the_event_again(
    office: World, runs: Callable[..., None]
) -> None:
    router = Router("test")
    tries = []

    @router.on(DirectoryChange)
    async def act(event: DirectoryChange, tx: Transaction) -> None:
        await tx.record(Muted(at=tx.now, member_id="lina"))

    @router.on(Muted)
    async def meets_a_deadlock(fact: Muted, tx: Transaction) -> None:
        tries.append(fact)
        if len(tries) == 1:
            await tx.session.execute(text("SELECT * FROM a_table_that_is_gone"))

    runs(router)
    await office.happens(something(office), lane="x")
    assert await timeline(office) == []

    await goes_on(office, 2)

    assert await timeline(office) == ["muted"]
    assert len(tries) == 2


async def test_a_client_whose_making_was_undone_leaves_no_key_behind(
    office: World, runs: Callable[..., None]
) -> None:
    router = Router("test")
    made: list[int] = []

    async def make(tx: Transaction, phone: str) -> None:
        client = await tx.new_client(name="张总")
        await tx.add_identity(client.id, IdentityKind.PHONE, phone)
        made.append(client.id)

    @router.on(DirectoryChange)
    async def act(event: DirectoryChange, tx: Transaction) -> None:
        await tx.record(Muted(at=tx.now, member_id="lina"))

    @router.on(Muted)
    async def fails_once(fact: Muted, tx: Transaction) -> None:
        if not made:
            await make(tx, "13800001234")
            raise ValueError

    @router.on(Muted)
    async def makes_another(fact: Muted, tx: Transaction) -> None:
        await make(tx, "13900001234")

    runs(router)
    await office.happens(something(office), lane="x")

    # SQLite gave the id out again, with a key of its own.
    undone, kept = made
    assert (undone == kept) is office.store.database.is_sqlite
    async with office.store.view() as view:
        identity = await view.identity(IdentityKind.PHONE, "13900001234")
        assert identity is not None
        opened = await view.open(kept, identity.value, purpose="identity")
        assert opened == "13900001234"
        assert await view.find(Client, 3 - kept) is None


async def test_a_deadline_that_was_moved_since_it_fired_does_nothing(
    office: World, runs: Callable[..., None]
) -> None:
    router = Router("test")
    came = []

    @router.timer("quiet")
    async def came_due(due: TimerDue) -> None:
        came.append(due.due_at)

    runs(router)
    now = office.clock.now()
    async with office.store.transaction() as tx:
        await tx.set_timer("quiet", "L1", now + timedelta(hours=2))
    stale = TimerDue(timer="quiet", subject="L1", due_at=now)
    await office.happens(stale, lane="timer:L1")
    assert came == []

    await office.passes(timedelta(hours=2))
    assert came == [now + timedelta(hours=2)]


async def test_a_stranger_is_told_what_to_do_and_nothing_else(office: World) -> None:
    press = CardPress(
        platform=Platform.WECOM,
        account="nobody",
        card_key="k1",
        action="contacted:L1",
        pressed_at=office.clock.now(),
    )
    message = MemberMessage(
        platform=Platform.WECOM,
        account="nobody",
        message_id="m1",
        sent_at=office.clock.now(),
        text="我的线索",
    )
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    before = await timeline(office)

    await office.happens(message, lane="member:wecom:nobody")
    await office.happens(press, lane="member:wecom:nobody")

    (told,) = office.wecom.screens["nobody"]
    assert told.message == Text(text="您还没有登记，请把账号 nobody 发给管理员")
    assert await timeline(office) == before


async def test_who_left_the_company_is_a_stranger(office: World) -> None:
    async with office.store.transaction() as tx:
        member = await tx.lock(Member, "lina")
        member.active = False
        tx.add(member)

    assert "您还没有登记" in await office.hears("lina", "我的线索")


async def test_a_button_of_another_time_is_answered(office: World) -> None:
    await office.happens(
        CardPress(
            platform=Platform.WECOM,
            account="LiNa",
            card_key="k1",
            action="dance:L1",
            pressed_at=office.clock.now(),
        ),
        lane="member:wecom:lina",
    )

    assert office.texts("lina") == ["这个按钮已经不用了，请回复“帮助”看看能做什么"]


async def two_zhaos(office: World) -> None:
    await office.client_writes("wmZhao1", STORY, nickname="赵主任")
    await office.client_writes("wmZhao2", STORY.replace("138", "139"), nickname="赵主任")


async def test_of_two_of_a_name_a_press_says_which_and_once(office: World) -> None:
    """Their buttons differ, however alike they are; a second tap, a late one of another phone and
    the other button do nothing more."""
    await two_zhaos(office)

    await office.hears("chen", "跟进 赵主任 约了周五看设备，" + "带样册，" * 100)
    question = office.screen("chen")[-1]
    card = question.now
    assert isinstance(card, Card)
    assert card.title == "说的是哪一位赵主任？"
    first, second = (button for button in card.buttons if isinstance(button, Button))
    assert (first.text[:3], second.text[:3]) == ("L1 ", "L2 ")
    await office.presses("chen", first.text)
    settled = question.now
    question.drawings.clear()
    for late in (first, second):
        await office.presses("chen", late.text, card=question)

    followed = [(await office.lead(n)).last_followed_up_at is not None for n in (1, 2)]
    assert followed == [True, False]
    assert isinstance(settled, Card)
    assert settled.status == f"已选：{first.text}"
    assert office.texts("chen")[-2:] == ["这个问题已经处理过了"] * 2
    assert [kind for kind in await timeline(office) if kind == "followed_up"] == ["followed_up"]


async def test_the_chosen_stands_where_the_client_was_named(office: World) -> None:
    """Not where a colleague is, who is called like him."""
    for number in (8, 9):
        words = STORY.replace("138", f"13{number}")
        await office.client_writes(f"wm{number}", words, nickname="王磊")

    asked = await office.hears("chen", "问 王磊 王磊 3天能到吗")
    answer = await office.hears("chen", "第二个")

    assert "说的是哪一位王磊？" in asked
    assert answer.startswith("已请教王磊")


async def test_an_event_nobody_knows_is_set_aside(office: World) -> None:
    async with office.store.transaction() as tx:
        await tx.arrive([_of_the_future()])
    await office.settle()
    await goes_on(office, 62)

    assert await dead(office) == ["telepathy"]


def _of_the_future() -> Arrival:
    return Arrival(kind="telepathy", key="t1", lane="x", payload={})


async def test_what_a_page_does_has_its_reactions(office: World, runs: Callable[..., None]) -> None:
    router = Router("test")
    heard = []

    @router.on(ConversationEnded)
    async def reaction(fact: ConversationEnded) -> None:
        heard.append(fact.kind)

    async def page(tx: Transaction, words: str) -> str:
        await tx.record(ConversationEnded(at=tx.now))
        return words

    runs(router)
    async with office.store.transaction() as tx:
        answer = await office.dispatcher.act(tx, page, {}, {"words": "好"})

    assert answer == "好"
    assert heard == ["conversation_ended"]


async def test_what_a_page_is_refused_aborts_it(office: World, runs: Callable[..., None]) -> None:
    async def page(tx: Transaction) -> None:
        await tx.record(ConversationEnded(at=tx.now))
        raise CrmError("链接已失效")

    async def open_page() -> None:
        async with office.store.transaction() as tx:
            await office.dispatcher.act(tx, page, {})

    runs(Router("test"))
    with pytest.raises(CrmError, match="链接已失效"):
        await open_page()
    assert await timeline(office) == []


async def test_a_card_may_be_the_reply(office: World, runs: Callable[..., None]) -> None:
    router = Router("test")

    @router.command("卡片", help="")
    async def show() -> Reply:
        return Card(title="一张卡片")

    runs(router)
    await office.hears("lina", "卡片")

    assert [card.title for card in office.cards("lina")] == ["一张卡片"]
