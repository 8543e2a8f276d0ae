"""早会: three candidates, one choice a day, and a log that says who chose whom and who did not."""

from datetime import timedelta

from sqlalchemy import event
from sqlmodel import col, select

from crm_store.facts import LeadClosed
from crm_store.models import Lead, Member, Priority, TimelineEntry
from crm_store.queries import members
from handlers.rhythm.parts import Around
from handlers.rhythm.people import company
from handlers.rhythm.ranked import about
from notifiers.card import Card, Text
from tests.databases import sqlite_only
from tests.handlers.mornings import MONDAY, furnish, looks, until
from tests.world import TEAM, Opens, World, in_plain

YESTERDAY = MONDAY - timedelta(days=1)


def log_of(office: World, member: str) -> list[str]:
    texts = [in_plain(shown.message) for shown in office.screen(member)]
    return [text for text in texts if "重点客户日志" in text]


async def choices(office: World) -> list[int | None]:
    async with office.store.view() as view:
        query = select(TimelineEntry.lead_id).where(col(TimelineEntry.kind) == "focus_chosen")
        return list((await view.session.exec(query.order_by(col(TimelineEntry.id)))).all())


async def test_the_three_that_are_most_urgent_are_offered_with_their_reasons(opens: Opens) -> None:
    async with opens(start=MONDAY) as office:
        for name in ("甲方", "乙方", "丙方"):
            await furnish(office, name, "lina", at=YESTERDAY)
        await furnish(office, "赵主任", "lina", at=YESTERDAY, priority=Priority.HIGH)
        await furnish(office, "别人的", "wanglei", at=YESTERDAY, priority=Priority.HIGH)
        await looks(office)

        await until(office, 9, 15)

        (card,) = office.cards("lina")
        assert card.rows[0].name == "赵主任"
        assert "高意向" in card.rows[0].value
        assert len(card.rows) == 3
        assert [button.text for button in card.buttons] == [row.name for row in card.rows]


async def test_a_press_chooses_and_the_manager_and_the_service_read_it(opens: Opens) -> None:
    async with opens(start=MONDAY) as office:
        lead = await furnish(
            office, "赵主任", "lina", at=YESTERDAY, priority=Priority.HIGH, product="CT设备"
        )
        await furnish(office, "钱总", "wanglei", at=YESTERDAY)
        await looks(office)
        await until(office, 9, 15)

        await office.presses("lina", "赵主任")
        await until(office, 9, 45)

        assert await choices(office) == [lead.id]
        assert office.texts("lina") == ["好的，今日主攻：赵主任 · CT设备"]
        assert "今日主攻：赵主任 · CT设备（09:15 选定" in office.cards("lina")[0].text
        (log,) = log_of(office, "chen")
        assert log.startswith("重点客户日志 · 03-09\n李娜 → 赵主任 · CT设备（")
        assert log.endswith("还没有选：王磊")
        (for_service,) = log_of(office, "svc")
        assert for_service == f"重点客户日志 · 03-09\n李娜 → L{lead.id} · CT设备"
        assert log_of(office, "gao") == log_of(office, "fin") == []


async def test_another_choice_takes_the_place_of_the_first_and_is_said_to(opens: Opens) -> None:
    async with opens(start=MONDAY) as office:
        first = await furnish(office, "赵主任", "lina", at=YESTERDAY)
        second = await furnish(office, "钱总", "lina", at=YESTERDAY)
        await looks(office)
        await until(office, 9, 15)

        await office.presses("lina", "赵主任")
        assert "今日主攻改为：钱总（原来是赵主任）" in await office.hears("lina", "今日主攻 钱总")
        await office.presses("lina", "钱总", card=office.screen("lina")[0])
        assert await office.hears("lina", "主攻 钱总") == "今天主攻的就是钱总"
        await until(office, 9, 45)

        assert await choices(office) == [first.id, second.id]
        (log,) = log_of(office, "chen")
        assert log.count("李娜") == 1
        assert "李娜 → 钱总" in log


async def test_the_same_button_pressed_again_after_another_chooses_again(opens: Opens) -> None:
    async with opens(start=MONDAY) as office:
        first = await furnish(office, "赵主任", "lina", at=YESTERDAY)
        second = await furnish(office, "钱总", "lina", at=YESTERDAY)
        await looks(office)
        await until(office, 9, 15)

        for label in ("赵主任", "赵主任", "钱总", "赵主任"):
            (shown,) = (one for one in office.screen("lina") if isinstance(one.message, Card))
            offered = [button.text for button in shown.now.buttons]  # type: ignore[union-attr]
            if label in offered:
                await office.presses("lina", label)

        assert await choices(office) == [first.id, second.id, first.id]


async def test_what_is_chosen_after_the_log_is_told_once_for_all_of_them(opens: Opens) -> None:
    async with opens(start=MONDAY) as office:
        await furnish(office, "赵主任", "lina", at=YESTERDAY)
        await furnish(office, "钱总", "wanglei", at=YESTERDAY)
        await furnish(office, "打错的", "lina", at=YESTERDAY)
        await looks(office)
        await until(office, 10, 5)
        (log,) = log_of(office, "chen")
        assert log.endswith("还没有选：李娜、王磊")

        await office.hears("lina", "今日主攻 赵主任")
        await until(office, 10, 20)
        await office.hears("wanglei", "今日主攻 钱总")
        assert len(log_of(office, "chen")) == 1
        await until(office, 12)

        _, late = log_of(office, "chen")
        assert late.startswith("《重点客户日志》补充：\n李娜 → 赵主任（")
        assert "王磊 → 钱总（" in late

        # About one who is none any more, as after an erasure, nothing is told.
        await office.hears("lina", "今日主攻 打错的")
        await office.hears("lina", "无效 打错的 空号")
        await until(office, 14)
        assert len(log_of(office, "chen")) == 2


async def test_a_card_of_yesterday_chooses_nothing_today(opens: Opens) -> None:
    async with opens(start=MONDAY) as office:
        await furnish(office, "赵主任", "lina", at=YESTERDAY)
        await looks(office)
        await until(office, 9, 15)
        yesterdays = office.screen("lina")[0]

        await until(office, 9, 5, days=1)
        await office.presses("lina", "赵主任", card=yesterdays)

        assert await choices(office) == []
        assert office.texts("lina")[-1] == "这是前几天的早会了，今天的请回复「早会」"


async def test_the_choice_of_yesterday_is_history(opens: Opens) -> None:
    async with opens(start=MONDAY) as office:
        lead = await furnish(office, "赵主任", "lina", at=YESTERDAY)
        await office.hears("lina", "今日主攻 赵主任")
        await until(office, 9, 5, days=1)

        assert await office.hears("lina", "今日主攻 赵主任") == "好的，今日主攻：赵主任"
        assert await choices(office) == [lead.id, lead.id]


async def test_a_client_is_not_chosen_for_somebody_else_nor_when_it_is_over(opens: Opens) -> None:
    async with opens(start=MONDAY) as office:
        await furnish(office, "赵主任", "lina", at=YESTERDAY)
        over = await furnish(office, "钱总", "lina", at=YESTERDAY)
        async with office.store.transaction() as tx:
            about = {"client_id": over.client_id, "lead_id": over.id, "by": "lina"}
            await tx.record(LeadClosed(at=tx.now, outcome="lost", **about))

        assert "由李娜负责" in await office.hears("chen", "今日主攻 赵主任")
        assert await office.hears("lina", "今日主攻 钱总") == "钱总的线索已经关闭"
        assert "没有找到" in await office.hears("wanglei", "今日主攻 赵主任")
        assert await choices(office) == []


async def test_a_lead_that_moved_on_is_not_chosen_by_its_old_card(opens: Opens) -> None:
    async with opens(start=MONDAY) as office:
        await furnish(office, "赵主任", "lina", at=YESTERDAY)
        await looks(office)
        await until(office, 9, 15)
        card = office.screen("lina")[0]
        assert "王磊" in await office.hears("chen", "转派 赵主任 给 王磊")

        await office.presses("lina", "赵主任", card=card)

        assert await choices(office) == []
        assert "现在由王磊负责" in office.texts("lina")[-1]


async def test_a_rep_without_leads_is_neither_asked_nor_blamed(opens: Opens) -> None:
    async with opens(start=MONDAY) as office:
        await furnish(office, "钱总", "wanglei", at=YESTERDAY)
        await looks(office)

        await until(office, 9, 45)

        assert office.screen("lina") == []
        assert await office.hears("lina", "早会") == "您名下现在没有未结的线索"
        (log,) = log_of(office, "chen")
        assert log.endswith("还没有选：王磊")


async def test_the_log_goes_to_the_direct_chief_and_the_head_of_the_service(opens: Opens) -> None:
    more = [
        {"id": "sun", "name": "孙经理", "roles": ["manager"], "manager": "chen", "wecom": "Sun"},
        {"id": "li", "name": "李四", "roles": ["rep"], "manager": "sun", "wecom": "LiSi"},
        {"id": "aide", "name": "客服小吴", "roles": ["service"], "manager": "svc", "wecom": "Aide"},
    ]
    async with opens(start=MONDAY, team=[*TEAM, *more]) as office:
        await furnish(office, "赵主任", "li", at=YESTERDAY)
        await office.hears("li", "今日主攻 赵主任")
        await looks(office)

        await until(office, 9, 45)

        assert "李四 → 赵主任" in log_of(office, "sun")[0]
        assert log_of(office, "chen") == []
        assert len(log_of(office, "svc")) == 1
        assert log_of(office, "aide") == []


async def test_hostile_names_do_nothing(office: World) -> None:
    lead = await furnish(office, "赵<b>|{client}\n今日主攻", "lina")

    said = await office.hears("lina", f"今日主攻 L{lead.id}")
    card = await office.hears("lina", "早会")

    assert said.startswith("好的，今日主攻：赵<b>")
    assert "今日主攻：赵<b>" in card
    async with office.store.view() as view:
        assert (await view.get(Lead, lead.id)).owner_id == "lina"
        assert (await view.get(Member, "lina")).active
    assert isinstance(office.screen("lina")[0].message, Text)


@sqlite_only
async def test_a_list_and_a_single_question_name_the_same_chief(office: World) -> None:
    async with office.store.transaction() as tx:
        for id_, above, active in (
            ("old", "chen", False),
            ("new", "old", True),
            ("a", "b", True),
            ("b", "a", True),
        ):
            rep = Member(id=id_, name=id_, wecom=id_, roles=["rep"], capacity=9)
            rep.manager_id, rep.active = above, active
            tx.add(rep)

    async with office.store.view() as view:
        people = await company(view)
        listed = {who: people.chief_of(member) for who, member in people.everybody.items()}
        asked = {who: await members.manager_of(view, who) for who in people.everybody}

    assert listed == asked
    chiefs = {who: one.id for who, one in listed.items() if one is not None}
    assert (chiefs["new"], chiefs["a"], chiefs["lina"]) == ("chen", "gao", "chen")


@sqlite_only
async def test_reasons_take_no_more_statements_for_many_leads_than_for_one(office: World) -> None:
    """The director and the service read of every rep in one log."""
    leads = [await furnish(office, f"客户{number}", "lina", "wanglei") for number in range(12)]
    around = office.services.get(Around)
    asked: list[str] = []
    for engine in (office.store.database.engine, office.store.database.reader):
        event.listen(
            engine.sync_engine, "before_cursor_execute", lambda *given: asked.append(given[2])
        )

    async with office.store.view() as view:
        await about(view, [leads[0].id], around)
        one = [words for words in asked if words.startswith("SELECT")]
        many = await about(view, [lead.id for lead in leads], around)

    assert {many[lead.id].title for lead in leads} == {f"客户{number}" for number in range(12)}
    assert len([words for words in asked if words.startswith("SELECT")]) == 2 * len(one)
