"""公海: who may see, claim and put back what, and that of two who claim at once one gets it."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crm_store.errors import CrmError
from crm_store.facts import LeadPooled
from crm_store.models import Lead, LeadState, Member
from crm_store.queries import pool
from crm_store.vault import fresh_key
from handlers.allocation.public_pool import claim
from handlers.opening import lead_for
from tests.handlers.mornings import MONDAY, looks, until
from tests.handlers.same_instant import by_itself
from tests.world import TEAM, Opens, World, company, in_plain

GLOVES = {
    **{"id": "ya", "name": "耗材小林", "roles": ["rep"], "manager": "chen"},
    **{"lines": ["医用耗材"], "wecom": "YaLin"},
}
PEOPLE: list[dict[str, Any]] = [*TEAM, GLOVES]


async def pooled(
    office: World,
    name: str = "赵主任",
    *,
    product: tuple[str, str] | None = ("CT设备", "医疗设备"),
    **columns: Any,
) -> Lead:
    """A lead that nobody took."""
    async with office.store.transaction() as tx:
        client = await tx.new_client(name=name, company="江北医院", region="上海市")
        lead, _ = await lead_for(tx, client, product=product, source="导入")
        tx.recorded.clear()
        for column, value in columns.items():
            setattr(lead, column, value)
        await tx.record(
            LeadPooled(at=tx.now, client_id=client.id, lead_id=lead.id, reason="imported")
        )
        return lead


@pytest.fixture
async def office(opens: Opens) -> Any:
    async with opens(team=PEOPLE) as world:
        yield world


async def test_a_rep_reads_what_it_is_about_and_not_who(office: World) -> None:
    lead = await pooled(office, budget=3_000_000, priority="high")

    told = await office.hears("lina", "公海")

    assert f"{lead.ref} 🔥高意向 · CT设备 · 赵** · 上海市 · 预算 300万" in told
    assert f"[领取 {lead.ref}]" in told
    assert "赵主任" not in told
    assert "江北医院" not in told
    assert "今天还能领 5 条" in told


async def test_a_rep_sees_only_the_lines_he_sells_and_who_leads_sees_all(office: World) -> None:
    await pooled(office)

    assert "没有您能领取的线索" in await office.hears("ya", "公海")
    assert "赵主任" in await office.hears("chen", "公海")
    for nobody in ("fin", "svc", "root"):
        told = await office.hears(nobody, "公海")
        assert "CT设备" not in told
        assert "赵" not in told


async def test_the_pool_is_looked_through_by_product_and_region(office: World) -> None:
    await pooled(office)
    await pooled(office, "钱院长", product=("彩超", "医疗设备"), region="浙江省")

    told = await office.hears("lina", "公海 浙江")

    assert "彩超" in told
    assert "CT设备" not in told
    assert "没有您能领取" in await office.hears("lina", "公海 %")


async def test_what_is_claimed_is_his_and_he_has_seen_it(office: World) -> None:
    lead = await pooled(office)

    answer = await office.hears("lina", f"领取 {lead.ref}")
    await office.passes(timedelta(minutes=30))

    now = await office.lead(lead.id)
    assert answer.startswith(f"已领取「赵主任 · CT设备」（{lead.ref}）")
    assert (now.owner_id, now.state) == ("lina", LeadState.VIEWED)
    assert "赵主任 · CT设备" in [card.title for card in office.cards("lina")]
    assert "是您自己从公海领取的" in await office.hears("lina", "为什么给我")


async def test_a_button_claims_once(office: World) -> None:
    lead = await pooled(office)
    await office.hears("lina", "公海")

    await office.presses("lina", f"领取 {lead.ref}")
    await office.presses("lina", f"领取 {lead.ref}", card=office.screen("lina")[0])

    async with office.store.view() as view:
        assert await pool.claims(view, "lina", view.now - timedelta(hours=1)) == 1
    assert (await office.lead(lead.id)).tried == ["lina"]


async def test_who_does_not_sell_it_cannot_claim_it_by_any_name(office: World) -> None:
    lead = await pooled(office)

    answers = [await office.hears("ya", f"领取 {name}") for name in (lead.ref, "赵主任", "C1")]

    assert answers == [f"没有找到您名下的客户“{n}”" for n in (lead.ref, "赵主任", "C1")]
    assert (await office.lead(lead.id)).owner_id is None


async def test_who_comes_too_late_is_told_who_was_quicker(office: World) -> None:
    lead = await pooled(office)
    await office.hears("lina", f"领取 {lead.ref}")

    late = await office.hears("wanglei", f"领取 {lead.ref}")
    again = await office.hears("lina", f"领取 {lead.ref}")
    gloves = await office.hears("ya", f"领取 {lead.ref}")
    await office.passes(timedelta(days=2))
    much_later = await office.hears("wanglei", f"领取 {lead.ref}")

    assert late == f"您慢了一步，{lead.ref} 已经由李娜领取"
    assert again == "「赵主任 · CT设备」本来就由您负责"
    assert gloves == much_later == f"没有找到您名下的客户“{lead.ref}”"


async def test_a_day_has_its_quota(office: World) -> None:
    refs = [(await pooled(office, f"客户{n}")).ref for n in range(6)]

    answers = [await office.hears("lina", f"领取 {ref}") for ref in refs]
    listed = await office.hears("lina", "公海")
    await office.passes(timedelta(hours=14, minutes=1))
    tomorrow = await office.hears("lina", f"领取 {refs[5]}")

    assert [answer.splitlines()[0][:3] for answer in answers[:5]] == ["已领取"] * 5
    assert answers[5] == "今天已经领了 5 条，明天再领"
    assert "今天还能领 0 条" in listed
    assert "[领取" not in listed
    assert tomorrow.startswith("已领取")


async def test_who_is_full_or_away_claims_nothing(opens: Opens) -> None:
    small = [{**row, "capacity": 1} if row["id"] == "lina" else row for row in PEOPLE]
    async with opens(team=small) as office:
        first, second = await pooled(office), await pooled(office, "钱院长")
        await office.hears("lina", f"领取 {first.ref}")
        await office.hears("wanglei", "我今天请假")

        full = await office.hears("lina", f"领取 {second.ref}")
        away = await office.hears("wanglei", f"领取 {second.ref}")

        assert full == "您手上已满（1/1），先结掉几条再领取"
        assert away == "您正在请假，先说“销假”再领取"


async def test_what_is_put_back_is_let_go_of(office: World) -> None:
    lead = await pooled(office)
    await office.hears("lina", f"领取 {lead.ref}")

    bare = await office.hears("lina", "放回公海 赵主任")
    answer = await office.hears("lina", "放回公海 赵主任 不是我的地区")

    assert "请写明原因" in bare
    assert answer.startswith("已把「赵主任 · CT设备」放回公海")
    now = await office.lead(lead.id)
    assert (now.owner_id, now.state) == (None, LeadState.POOLED)
    (card,) = [card for card in office.cards("lina") if card.title == "赵主任 · CT设备"]
    assert (card.status, card.quote) == ("已放回公海", "")
    told = await office.hears("lina", f"跟进 {lead.ref} 打过电话")
    assert told == f"没有找到您名下的客户“{lead.ref}”"
    await office.passes(timedelta(days=3))
    assert not any("没有跟进" in in_plain(card) for card in office.cards("lina"))


async def test_who_gave_it_back_waits_and_others_do_not(office: World) -> None:
    lead = await pooled(office)
    await office.hears("lina", f"领取 {lead.ref}")
    await office.hears("lina", f"放回公海 {lead.ref} 太忙")

    at_once = await office.hears("lina", f"领取 {lead.ref}")
    await office.passes(timedelta(days=7, minutes=1))
    later = await office.hears("lina", f"领取 {lead.ref}")

    assert at_once == "这条您跟进过，7 天内不能再领，留给别人试试"
    assert later.startswith("已领取")


async def test_why_it_was_put_back_is_sealed_and_told_in_the_history(office: World) -> None:
    lead = await pooled(office)
    await office.hears("lina", f"领取 {lead.ref}")
    await office.hears("lina", f"放回公海 {lead.ref} 院长电话13800001234说不买")

    async with office.store.view() as view:
        entry = await pool.last_pooled(view, lead)
        assert entry is not None
        assert b"13800001234" not in (entry.words or b"")
        assert "13800001234" not in str(entry.data) + str(entry.why)
        words = await view.open(lead.client_id, entry.words or b"", purpose="fact")
    assert words == "院长电话13800001234说不买"


async def test_a_client_who_writes_again_is_not_given_to_whoever_put_him_back(
    office: World,
) -> None:
    await office.client_writes("wmZhao", "想了解CT设备，我在上海", nickname="赵主任")
    assert (await office.lead()).owner_id == "lina"
    await office.hears("lina", "放回公海 赵主任 太忙")

    await office.client_writes("wmZhao", "有人吗")

    assert (await office.lead()).owner_id == "wanglei"


async def test_nobody_puts_back_what_is_not_his(office: World) -> None:
    lead = await pooled(office)
    await office.hears("lina", f"领取 {lead.ref}")

    alien = await office.hears("wanglei", f"放回公海 {lead.ref} 不想")
    manager = await office.hears("chen", f"放回公海 {lead.ref} 换人试试")

    assert alien == f"没有找到您名下的客户“{lead.ref}”"
    assert manager.startswith("已把")


async def test_of_several_of_one_name_he_is_asked_and_names_stay_covered(office: World) -> None:
    refs = [(await pooled(office)).ref for _ in range(2)]

    asked = await office.hears("lina", "领取 赵主任")
    await office.presses("lina", f"{refs[0]} 赵** · CT设备 · 上海市")

    assert "江北" not in asked
    owners = [(await office.lead(int(ref[1:]))).owner_id for ref in refs]
    assert sorted(owners, key=str) == [None, "lina"]


async def test_a_part_of_a_covered_name_claims_nothing(office: World) -> None:
    lead = await pooled(office)

    for guess in ("赵", "赵主", "江北"):
        await office.hears("lina", f"领取 {guess}")
    assert (await office.lead(lead.id)).owner_id is None

    assert (await office.hears("lina", "领取 赵主任")).startswith("已领取")


async def test_of_two_who_claim_at_once_exactly_one_gets_it(
    tmp_path: Path, database_url: str
) -> None:
    """Each with connections of his own, as two processes have."""
    key = {"encryption_key": fresh_key()}
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    async with (
        company(folders[0], database_url, more=key) as one,
        company(folders[1], database_url, more=key) as other,
    ):
        for _ in range(5):
            lead = await pooled(one)
            said = await asyncio.gather(_claims(one, "lina", lead), _claims(other, "wanglei", lead))

            now = await one.lead(lead.id)
            winner, loser = (0, 1) if now.owner_id == "lina" else (1, 0)
            assert now.tried == [("lina", "wanglei")[winner]]
            assert said[winner].startswith("已领取")
            name = ("李娜", "王磊")[winner]
            assert said[loser] == f"您慢了一步，{lead.ref} 已经由{name}领取"


async def test_the_quota_holds_for_two_claims_of_one_in_the_same_instant(
    tmp_path: Path, database_url: str
) -> None:
    key = {"encryption_key": fresh_key()}
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    async with (
        company(folders[0], database_url, more=key) as one,
        company(folders[1], database_url, more=key) as other,
    ):
        several = [await pooled(one, f"客户{n}") for n in range(8)]

        said = await asyncio.gather(
            *(_claims((one, other)[n % 2], "lina", lead) for n, lead in enumerate(several))
        )

        assert sorted(words[:3] for words in said) == ["今天已"] * 3 + ["已领取"] * 5


async def _claims(world: World, member: str, lead: Lead) -> str:
    world = by_itself(world)
    try:
        async with world.store.transaction() as tx:
            given = {Member: await tx.get(Member, member)}
            return str(await world.dispatcher.act(tx, claim, given, {"client": lead.ref}))
    except CrmError as refused:
        return str(refused)


async def test_what_nobody_claims_is_on_the_managers_digest_once_a_day(opens: Opens) -> None:
    async with opens(team=PEOPLE, start=MONDAY) as office:
        await pooled(office, priority="high")
        await looks(office)
        await until(office, 9, 30)
        too_early = [text for text in office.texts("chen") if "没人领取" in text]

        await until(office, 18, days=1)
        (told,) = [text for text in office.texts("chen") if "没人领取" in text]
        lina = [text for text in office.texts("lina") if "没人领取" in text]

        assert too_early == lina == []
        assert "1 条超过 4 小时没人领取，最久的放了 1 天" in told
        assert "🔥赵主任 · CT设备 · 上海市" in told


async def test_a_digest_of_the_pool_tells_a_rep_no_name(opens: Opens) -> None:
    """And nothing of lines that he does not sell, nor anything to who sells nothing."""
    slot = {"at": "09:00", "until": "12:00", "title": "公海", "parts": ["pool"]}
    rhythm = {"slots": [{**slot, "roles": ["rep", "service", "finance"]}]}
    async with opens(team=PEOPLE, start=MONDAY, rules={"rhythm": rhythm}) as office:
        await pooled(office, priority="high")
        await looks(office)
        await until(office, 18, days=1)

        (told,) = [text for text in office.texts("lina") if "没人领取" in text]
        others = [office.texts(member) for member in ("ya", "svc", "fin")]

        assert "🔥赵** · CT设备 · 上海市" in told
        assert "江北" not in told
        assert "领取请回复：领取 编号" in told
        assert not any("没人领取" in text for texts in others for text in texts)
