"""钉钉待办与日程: promises and next contacts stand in the owner's own lists, as they hold now."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import select

from crm_store.erasure import erase
from crm_store.models import AgendaEntry
from notifiers.errors import Misconfigured
from tests.world import TEAM, TUESDAY, Opens, World, in_plain

ON_DINGTALK = [
    {**one, "wecom": None, "dingtalk": "lina01"} if one["id"] == "lina" else one for one in TEAM
]
CONNECTED = {"dingtalk": {"client_id": "d", "client_secret": "s" * 32, "robot_code": "d"}}
A_MOMENT = timedelta(minutes=6)


def calls(office: World, *, since: int = 0) -> list[tuple[str, str, str]]:
    """(todo or calendar, deed, title)"""
    return [
        (api, arguments["deed"], arguments.get("title", ""))
        for api, arguments in office.dingtalk.calls[since:]
        if api in ("todo", "calendar")
    ]


def last(office: World) -> Mapping[str, Any]:
    return office.dingtalk.calls[-1][1]


async def entries(office: World) -> int:
    async with office.store.view() as view:
        return len((await view.session.exec(select(AgendaEntry.key))).all())


async def a_client(office: World) -> None:
    await office.client_writes("wmZhao", "想要CT设备", nickname="赵主任")
    await office.passes(timedelta(minutes=1))
    await office.hears("lina", "跟进 赵主任 电话聊过")


async def test_a_promise_is_put_moved_and_done(opens: Opens) -> None:
    async with opens(team=ON_DINGTALK, more=CONNECTED) as office:
        await a_client(office)
        await office.hears("lina", "承诺 赵主任 明天下午三点前给报价")
        await office.passes(A_MOMENT)
        put = last(office)
        await office.hears("lina", "承诺 1 改到 周五")
        await office.passes(A_MOMENT)
        moved = last(office)
        await office.hears("lina", "已兑现 1")
        await office.passes(A_MOMENT)

        assert calls(office) == [
            ("todo", "put", "报价：赵主任 · CT设备"),
            ("todo", "move", "报价：赵主任 · CT设备"),
            ("todo", "done", ""),
        ]
        due = datetime.fromisoformat(put["due"])
        assert (due, put["account"]) == (TUESDAY + timedelta(days=1, hours=5), "lina01")
        assert moved["number"] == last(office)["number"] is not None
        assert await entries(office) == 0


async def test_what_was_dropped_at_once_is_never_put(opens: Opens) -> None:
    async with opens(team=ON_DINGTALK, more=CONNECTED) as office:
        await a_client(office)
        await office.hears("lina", "承诺 赵主任 明天下午三点前给报价")
        await office.passes(timedelta(minutes=1))
        await office.hears("lina", "放弃承诺 1")
        await office.passes(A_MOMENT)

        assert calls(office) == []


async def test_a_meeting_with_an_hour_is_an_event_and_a_day_a_todo(opens: Opens) -> None:
    async with opens(team=ON_DINGTALK, more=CONNECTED) as office:
        await a_client(office)
        await office.client_writes("wmZhao", "周四下午三点过来面谈")
        await office.passes(A_MOMENT)
        await office.hears("lina", "赵主任 下次联系 周五")
        await office.passes(A_MOMENT)
        await office.hears("lina", "取消下次联系 赵主任")
        await office.passes(A_MOMENT)

        assert calls(office) == [
            ("calendar", "put", "联系赵主任 · CT设备"),
            ("calendar", "gone", ""),
            ("todo", "put", "联系赵主任 · CT设备"),
            ("todo", "gone", ""),
        ]


async def test_it_goes_with_the_lead_and_ends_with_it(opens: Opens) -> None:
    async with opens(team=ON_DINGTALK, more=CONNECTED) as office:
        await a_client(office)
        await office.hears("lina", "承诺 赵主任 明天下午三点前给报价")
        await office.passes(A_MOMENT)
        await office.hears("chen", "转派 赵主任 给 王磊")  # who is on WeCom
        await office.passes(A_MOMENT)

        assert [deed for _, deed, _ in calls(office)] == ["put", "gone"]
        assert await entries(office) == 0


async def test_nothing_is_put_where_it_is_switched_off(opens: Opens) -> None:
    off = {"promises": {"dingtalk_todo": False, "dingtalk_calendar": False}}
    async with opens(team=ON_DINGTALK, more=CONNECTED, rules=off) as office:
        await a_client(office)
        await office.hears("lina", "承诺 赵主任 明天下午三点前给报价")
        await office.client_writes("wmZhao", "周四下午三点过来面谈")
        await office.passes(A_MOMENT)

        assert calls(office) == []


async def test_a_missing_right_holds_up_nothing_else(opens: Opens) -> None:
    async with opens(team=ON_DINGTALK, more=CONNECTED) as office:
        office.dingtalk.refused["todo"] = Misconfigured(
            "no right", app="dingtalk", advice="开通待办权限", code="x", only_this_api=True
        )
        await a_client(office)
        await office.hears("lina", "承诺 赵主任 今天中午十二点前给报价")
        await office.client_writes("wmZhao", "周四下午三点过来面谈")
        await office.passes(A_MOMENT)

        assert ("calendar", "put", "联系赵主任 · CT设备") in calls(office)
        await office.passes(timedelta(hours=1, minutes=20))
        said = [in_plain(one.now) for one in office.screen("lina")]
        assert any(text.startswith("答应客户的事快到时间了") for text in said)


async def test_what_changes_before_the_number_is_known_is_caught_up_with(opens: Opens) -> None:
    """Killed and tried again, or slow: the call is answered after the promise was kept."""
    async with opens(team=ON_DINGTALK, more=CONNECTED) as office:
        await a_client(office)
        office.dingtalk.refused["todo"] = Misconfigured(
            "no right", app="dingtalk", advice="开通待办权限", code="x", only_this_api=True
        )
        await office.hears("lina", "承诺 赵主任 明天下午三点前给报价")
        await office.passes(A_MOMENT)
        await office.hears("lina", "已兑现 1")
        await office.passes(A_MOMENT)
        del office.dingtalk.refused["todo"]
        before = len(office.dingtalk.calls)
        await office.passes(timedelta(minutes=10))

        assert [deed for _, deed, _ in calls(office, since=before)] == ["put", "done"]
        assert await entries(office) == 0


async def test_what_is_there_already_without_a_number_is_put_anew_and_can_be_ended(
    opens: Opens,
) -> None:
    async with opens(team=ON_DINGTALK, more=CONNECTED) as office:
        await a_client(office)
        office.dingtalk.known.add("todo")
        await office.hears("lina", "承诺 赵主任 明天下午三点前给报价")
        await office.passes(A_MOMENT)
        await office.hears("lina", "已兑现 1")
        await office.passes(A_MOMENT)

        assert [deed for _, deed, _ in calls(office)] == ["put", "put", "done"]
        first, second = (arguments["key"] for _, arguments in office.dingtalk.calls[-3:-1])
        assert first != second
        assert await entries(office) == 0


async def test_a_platform_that_tells_no_number_is_asked_twice_and_no_more(opens: Opens) -> None:
    async with opens(team=ON_DINGTALK, more=CONNECTED) as office:
        await a_client(office)
        office.dingtalk.mute.add("todo")
        await office.hears("lina", "承诺 赵主任 明天下午三点前给报价")
        await office.passes(3 * A_MOMENT)

        assert [deed for _, deed, _ in calls(office)] == ["put", "put"]


async def test_an_erased_client_stands_in_nobodys_list(opens: Opens) -> None:
    async with opens(team=ON_DINGTALK, more=CONNECTED) as office:
        await a_client(office)
        await office.hears("lina", "承诺 赵主任 周五前发货")
        await office.hears("lina", "赢单 赵主任")
        await office.passes(A_MOMENT)
        async with office.store.transaction() as tx:
            await erase(tx, 1)
            await office.dispatcher.react(tx)
        await office.passes(A_MOMENT)

        assert [deed for _, deed, _ in calls(office)] == ["put", "gone"]
        assert await entries(office) == 0
