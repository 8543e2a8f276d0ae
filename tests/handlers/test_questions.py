"""Questions to the archive: quotes with dates and speakers, and nothing of another's client."""

from datetime import timedelta

from crm_store.erasure import erase
from crm_store.identity.verdict import Outcome, Verdict
from crm_store.models import Client, Merge
from handlers.merging import merge
from handlers.unmerging import undo
from tests.databases import sqlite_only
from tests.world import STORY, World

NOT_HIS = "没有找到您名下的客户“{}”"
NOTHING = "您能看到的客户里，没有找到提到“{}”的话。换个说法或少写几个词试试"


async def _zhao(office: World) -> None:
    """赵主任 of 李娜, whose talk began last week."""
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.servicer_writes("lina", "wmZhao", "CT设备单价280万，含税，包安装")
    await office.client_writes("wmZhao", "最近忙，女儿在学编程，周末都要接送")
    await office.passes(timedelta(days=7))


async def test_what_a_client_said_is_quoted_with_its_day(office: World) -> None:
    await _zhao(office)
    await office.client_writes("wmZhao", "预算批下来了")

    told = await office.hears("lina", "赵主任上周说了什么")

    assert told == (
        "赵主任 · 上周说的话：\n"
        f"2026-03-10 10:00 赵主任：{STORY}\n"
        "2026-03-10 10:00 赵主任：最近忙，女儿在学编程，周末都要接送"
    )
    assert "预算批下来了" in await office.hears("lina", "赵主任今天说了什么")


async def test_what_he_said_on_the_telephone_is_quoted_from_the_note(office: World) -> None:
    await _zhao(office)
    await office.hears("lina", "跟进 赵主任 刚打完电话，他说价格有点高，要再比较一下")
    await office.hears("lina", "跟进 赵主任 寄了彩页")

    told = await office.hears("lina", "赵主任今天说了什么")

    assert told == (
        "赵主任 · 今天说的话：\n2026-03-17 10:00 李娜记：刚打完电话，他说价格有点高，要再比较一下"
    )


async def test_a_time_in_free_words_is_a_time_and_no_word_that_was_said(office: World) -> None:
    await _zhao(office)
    await office.client_writes("wmZhao", "预算批下来了")

    told = await office.hears("lina", "赵主任上周说预算多少")

    assert told.startswith("赵主任 · 提到预算")
    assert STORY in told
    assert "批下来" not in told


async def test_nothing_found_says_so_and_what_to_try(office: World) -> None:
    await _zhao(office)

    told = await office.hears("lina", "赵主任昨天说了什么")

    assert told.startswith("没有找到赵主任昨天说的话。\n最近一次是 2026-03-10 赵主任：最近忙")
    assert told.endswith("可以试试：赵主任最近说了什么，或者：查 C1")


async def test_what_we_quoted_is_told_with_who_said_it(office: World) -> None:
    await _zhao(office)

    told = await office.hears("lina", "赵主任上次报价多少")

    assert told == (
        "赵主任 · 报价：\n最近一次：280万（李娜，2026-03-10）\n"
        "2026-03-10 10:00 李娜：CT设备单价280万，含税，包安装"
    )


async def test_who_asked_about_a_product_is_found_by_all_it_is_called(office: World) -> None:
    await _zhao(office)
    await office.client_writes("wmSun", "床边DR有现货吗，13900002222", nickname="孙院长")
    owner = (await office.lead(2)).owner_id or ""

    assert "孙院长" in await office.hears(owner, "谁问过移动DR")
    told = await office.hears("gao", "谁问过 移动DR")
    assert "您能看到的客户里有 1 位" in told
    assert "孙院长：床边DR有现货吗，139****2222" in told
    assert "没有人问过“呼吸机”" in await office.hears("gao", "谁问过呼吸机")


async def test_words_are_found_wherever_they_were_said(office: World) -> None:
    await _zhao(office)

    for asked in ("找 女儿 编程", "赵主任提过编程吗", "赵主任女儿学什么", "找 赵主任 编程"):
        assert "女儿在学编程" in await office.hears("lina", asked), asked
    assert "没有找到赵主任提到“钢琴”" in await office.hears("lina", "赵主任提过钢琴吗")


async def test_what_a_colleague_wrote_down_is_found_as_his(office: World) -> None:
    await _zhao(office)
    await office.hears("lina", "归档 赵主任 院长喜欢喝普洱")
    await office.hears("lina", "跟进 赵主任 下午电话聊过普洱的事")

    told = await office.hears("lina", "找 普洱")

    assert "赵主任（李娜记）：院长喜欢喝普洱" in told
    assert "赵主任（李娜记）：下午电话聊过普洱的事" in told


async def test_anothers_client_is_neither_found_nor_counted(office: World) -> None:
    await _zhao(office)

    for who in ("wanglei", "fin", "svc", "root"):
        for asked in ("赵主任上周说了什么", "赵主任上次报价多少", "赵主任提过编程吗"):
            assert await office.hears(who, asked) == NOT_HIS.format("赵主任"), (who, asked)
        assert await office.hears(who, "找 编程") == NOTHING.format("编程")
        assert "没有人问过" in await office.hears(who, "谁问过CT设备")
    assert ("wanglei", "read_client") not in await office.audited()


async def test_who_leads_the_owner_reads_masked_and_leaves_a_trace(office: World) -> None:
    await _zhao(office)

    told = await office.hears("chen", "赵主任上周说了什么")

    assert "138****1234" in told
    assert "13800001234" not in told
    assert (await office.audited()).count(("chen", "read_client")) == 1


async def test_an_erased_client_gives_nothing(office: World) -> None:
    await _zhao(office)
    async with office.store.transaction() as tx:
        await erase(tx, 1)

    assert await office.hears("gao", "找 编程") == NOTHING.format("编程")
    assert await office.hears("gao", "赵主任上周说了什么") == NOT_HIS.format("赵主任")


async def test_a_merged_client_is_found_with_both_and_parted_again(office: World) -> None:
    await _zhao(office)
    await office.client_writes("wmOld", "我们周末去钓鱼，回来再说", nickname="老赵")
    async with office.store.transaction() as tx:
        kept, other = await tx.get(Client, 1), await tx.get(Client, 2)
        await merge(tx, kept, other, Verdict(outcome=Outcome.SAME, score=100), by=None)
    assert "去钓鱼" in await office.hears("gao", "C1提过钓鱼吗")

    async with office.store.transaction() as tx:
        await undo(tx, await tx.get(Merge, 1), by=None)

    assert "没有找到" in (await office.hears("gao", "C1提过钓鱼吗"))
    assert "去钓鱼" in await office.hears("gao", "C2提过钓鱼吗")


@sqlite_only
async def test_hostile_words_are_only_words(office: World) -> None:
    await _zhao(office)
    hostile = (
        'words" OR "1', "编程* NEAR(x)", "') | 'a", "'; DROP TABLE spoken; --", "a & !b", "😀" * 50,
        "编程 AND", "^编程", "\x00编程", "%_%", "词" * 5000, "{}", "spoken_fts MATCH",
    )  # fmt: skip

    for words in hostile:
        told = await office.hears("lina", f"找 {words}")
        assert "女儿在学编程" not in told or "编程" in words, words
        assert "出错" not in told

    assert "女儿在学编程" in await office.hears("lina", "找 编程")


async def test_long_answers_are_paged_and_each_page_is_within_the_rights(office: World) -> None:
    await _zhao(office)
    for number in range(12):
        await office.client_writes("wmZhao", f"第{number}次问交期")
        await office.passes(timedelta(minutes=5))

    await office.hears("lina", "找 交期")
    first = office.cards("lina")[-1]
    await office.presses("lina", "更多")
    second = office.cards("lina")[-1]
    await office.presses("lina", "更多")

    assert [row.value for row in first.rows][:2] == ["第11次问交期", "第10次问交期"]
    assert second.rows[0].value == "第6次问交期"
    assert office.texts("lina")[-1].count("交期") == 3
