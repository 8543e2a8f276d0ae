"""主数据: several systems know a client; what is in force, and who is told of it (#17, #18)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from crm_store.models import Client, Merge, TimelineEntry
from crm_store.store import Transaction
from handlers import unmerging
from handlers.customer import CustomerGiven
from handlers.customers import NoSuchClient, Taken, take_in
from handlers.events import SlotDue
from handlers.forgetting import forget
from handlers.intake import take_in as take_in_lead
from handlers.submission import Submission
from notifiers.errors import Retryable, Undeliverable
from tests.databases import postgresql_only, sqlite_only, waits_for_a_lock
from tests.handlers.test_bulk import imports
from tests.world import Desk, Opens, World

ERP = {
    "name": "erp",
    "url": "https://erp.example.com/in",
    "sees": ["name", "company", "phone", "credit_code", "address"],
    "sets": {
        "credit_code": "theirs",
        "company": "theirs",
        "phone": "newest",
        "address": "if_empty",
    },
}
SHOP = {
    "name": "shop",
    "url": "https://shop.example.com/in",
    "sets": {"name": "newest", "company": "newest", "phone": "newest", "address": "newest"},
}
Rewrite = Callable[[str], str]


@dataclass
class Connected:
    office: World
    desk: Desk
    echoing: dict[str, Rewrite] = field(default_factory=dict)

    async def hands_in(self, system: str = "erp", **given: Any) -> Taken:
        record = CustomerGiven.model_validate({"external_id": "K-1", **given})
        async with self.office.store.transaction() as tx:
            taken: Taken = await self.office.dispatcher.act(
                tx, take_in, {CustomerGiven: record}, {"source": system}
            )
        await self.office.settle()
        return taken

    async def form(self, **given: Any) -> str:
        """A lead through the web site; its client."""
        submission = Submission.model_validate({"external_id": "f-1", **given})
        async with self.office.store.transaction() as tx:
            taken = await self.office.dispatcher.act(
                tx, take_in_lead, {Submission: submission}, {"source": "website"}
            )
        await self.office.settle()
        client: str = taken.client
        return client

    def told(self, system: str) -> list[Mapping[str, Any]]:
        return [
            arguments["body"] for _, arguments in self.desk.calls if arguments["system"] == system
        ]

    def events(self, system: str) -> list[tuple[str, str, int]]:
        return [(body["event"], body["cid"], body["sequence"]) for body in self.told(system)]

    def has(self, system: str) -> Mapping[str, Any]:
        """What it was told last."""
        fields: Mapping[str, Any] = self.told(system)[-1]["fields"]
        return fields

    async def client(self, number: int = 1) -> Client:
        async with self.office.store.view() as view:
            return await view.get(Client, number)

    async def kinds(self) -> list[str]:
        async with self.office.store.view() as view:
            rows = await view.session.exec(select(TimelineEntry).order_by(col(TimelineEntry.id)))
            return [row.kind for row in rows.all()]

    async def echo(self, most: int = 60) -> int:
        """Every system hands in again what it was told, in its own spelling, until all is quiet;
        how many notices that took."""
        heard = 0
        while heard < len(self.desk.calls):
            assert heard < most, "they never end"
            arguments = self.desk.calls[heard][1]
            heard += 1
            body, system = arguments["body"], arguments["system"]
            self.office.clock.forward(timedelta(seconds=1))
            fields = {name: text for name, text in body["fields"].items() if text}
            rewritten = {name: self.echoing[system](text) for name, text in fields.items()}
            await self.hands_in(system, cid=body["cid"], **rewritten)
        return heard


@pytest.fixture
async def connected(opens: Opens) -> AsyncIterator[Connected]:
    async with opens(rules={"connections": {"systems": [ERP, SHOP]}}) as office:
        desk = Desk("webhook", office.clock)
        office.messengers["webhook"] = desk
        yield Connected(office, desk)


# -- out -----------------------------------------------------------------------------------------


@sqlite_only
async def test_every_system_hears_of_a_new_client_what_it_may_see(connected: Connected) -> None:
    client = await connected.form(
        name="王建国", company="上海康源医疗器械有限公司", phone="13800001234", address="宜山路1号"
    )

    (erp,), (shop,) = connected.told("erp"), connected.told("shop")
    assert (client, erp["event"], erp["cid"], erp["sequence"]) == ("C1", "client.created", "C1", 1)
    assert erp["fields"] == {
        "name": "王建国",
        "company": "上海康源医疗器械有限公司",
        "phone": "+8613800001234",
        "credit_code": None,
        "address": "宜山路1号",
    }
    assert set(shop["fields"]) > set(erp["fields"])
    assert (await connected.kinds()).count("master_changed") == 1


@sqlite_only
async def test_what_changes_nothing_is_told_to_nobody(connected: Connected) -> None:
    await connected.form(name="王建国", phone="13800001234")
    before = len(connected.desk.calls)

    await connected.form(external_id="f-2", name="王建国", phone="138 0000 1234")

    assert len(connected.desk.calls) == before


async def test_changes_of_one_client_arrive_in_their_order(connected: Connected) -> None:
    await connected.form(name="王建国", phone="13800001234")
    connected.desk.errors = [Retryable("busy")] * 3
    await connected.hands_in("shop", phone="13800001234", address="宜山路1号")
    await connected.hands_in("shop", address="宜山路2号")
    await connected.office.passes(timedelta(minutes=2))

    assert connected.events("erp") == [
        ("client.created", "C1", 1),
        ("client.changed", "C1", 2),
        ("client.changed", "C1", 3),
    ]
    keys = [arguments["key"] for _, arguments in connected.desk.calls]
    assert len(set(keys)) == len(keys)
    assert connected.told("erp")[-1]["changed"] == ["address"]


@sqlite_only
async def test_a_change_that_is_refused_for_good_is_told_to_the_admins(
    connected: Connected,
) -> None:
    connected.desk.refused["tell"] = Undeliverable("the system refuses the content", code="422")

    await connected.form(name="王建国", phone="13800001234")

    assert any("没有收下客户 C1" in text for text in connected.office.texts("root"))


@sqlite_only
async def test_a_system_that_comes_later_hears_of_those_who_were_there(opens: Opens) -> None:
    till = {"name": "till", "url": "https://till.example.com/in", "from_start": True}
    async with opens(rules={"connections": {"systems": [till, SHOP]}}) as office:
        desk = Desk("webhook", office.clock)
        office.messengers["webhook"] = desk
        here = Connected(office, desk)
        async with office.store.transaction() as tx:
            for number in range(22):
                await tx.new_client(name=f"客户{number}")

        for _ in range(3):
            slot = SlotDue(job="master_filling.introduce_more", slot=office.clock.now())
            await office.happens(slot, lane="cron")

        assert [cid for _, cid, _ in here.events("till")] == [f"C{n}" for n in range(1, 23)]
        assert here.told("shop") == []


@sqlite_only
async def test_what_is_found_while_introducing_is_news_to_all(opens: Opens) -> None:
    till = {"name": "till", "url": "https://till.example.com/in", "from_start": True}
    async with opens(rules={"connections": {"systems": [till, SHOP]}}) as office:
        desk = Desk("webhook", office.clock)
        office.messengers["webhook"] = desk
        here = Connected(office, desk)
        await here.form(name="王建国", phone="13800001234")
        async with office.store.transaction() as tx:
            client = await tx.lock(Client, 1)
            client.name = "王建业"
            tx.add(client)

        slot = SlotDue(job="master_filling.introduce_more", slot=office.clock.now())
        await office.happens(slot, lane="cron")

        for system in ("till", "shop"):
            assert here.events(system)[-1] == ("client.changed", "C1", 2)
            assert here.has(system)["name"] == "王建业"


@sqlite_only
async def test_clients_out_of_a_file_are_told_as_well(connected: Connected, tmp_path: Path) -> None:
    rows = [
        (f"E{number}", f"客户{number}", "", f"1380000120{number}", "", "", "", "")
        for number in range(4)
    ]

    await imports(connected.office, tmp_path, *rows)
    await connected.office.settle()

    assert [event for event, _, _ in connected.events("erp")] == ["client.created"] * 4


# -- in ------------------------------------------------------------------------------------------


@sqlite_only
async def test_a_system_brings_a_client_and_is_not_told_what_it_said(
    connected: Connected,
) -> None:
    taken = await connected.hands_in(company="上海康源医疗器械有限公司", phone="13800001234")

    assert (taken.client, taken.is_new, taken.joined) == ("C1", True, False)
    assert connected.told("erp") == []
    assert connected.has("shop")["company"] == "上海康源医疗器械有限公司"
    assert (await connected.client()).company == "上海康源医疗器械有限公司"


async def test_the_same_again_records_nothing(connected: Connected) -> None:
    given: dict[str, Any] = {"company": "康源", "phone": "13800001234", "version": 3}
    await connected.hands_in(**given)
    kinds, told = await connected.kinds(), len(connected.desk.calls)

    for _ in range(3):
        taken = await connected.hands_in(**given)
        assert (taken.client, taken.is_new, taken.changed) == ("C1", False, ())

    assert await connected.kinds() == kinds
    assert len(connected.desk.calls) == told


@sqlite_only
async def test_what_comes_late_overwrites_nothing_newer(connected: Connected) -> None:
    await connected.hands_in(phone="13800001234", version=1)
    await connected.hands_in(phone="13900004321", version=3)

    late = await connected.hands_in(phone="13700007777", address="宜山路1号", version=2)

    assert late.changed == ("address",)
    assert connected.has("shop")["phone"] == "+8613900004321"
    assert connected.has("shop")["address"] == "宜山路1号"


@sqlite_only
async def test_moments_order_what_has_no_version(connected: Connected) -> None:
    now = connected.office.clock.now()
    await connected.hands_in(phone="13900004321", updated_at=now.isoformat())

    late = await connected.hands_in(
        phone="13700007777", updated_at=(now - timedelta(hours=1)).isoformat()
    )

    assert late.changed == ()


@sqlite_only
async def test_a_delivery_that_is_repeated_after_the_next_one_does_no_harm(
    connected: Connected,
) -> None:
    await connected.hands_in(phone="13800001234", event_id="e1")
    await connected.hands_in(phone="13900004321", event_id="e2")

    again = await connected.hands_in(phone="13800001234", event_id="e1")

    assert again.changed == ()
    assert connected.has("shop")["phone"] == "+8613900004321"


@sqlite_only
async def test_a_client_who_is_known_is_joined(connected: Connected) -> None:
    await connected.form(name="王建国", company="上海康源医疗器械有限公司", phone="13800001234")

    taken = await connected.hands_in(
        name="王建国", company="上海康源医疗器械有限公司", phone="138-0000-1234"
    )

    assert (taken.client, taken.joined, taken.is_new) == ("C1", True, True)


@sqlite_only
async def test_a_system_may_say_which_client_it_means(connected: Connected) -> None:
    client = await connected.form(name="王建国", phone="13800001234")

    taken = await connected.hands_in(cid=client, credit_code="91310115MA1K4BQX2T")

    assert (taken.client, taken.joined) == (client, True)
    await connected.hands_in("shop", cid=client, address="宜山路1号")
    assert connected.told("erp")[-1]["external_ids"] == ["K-1"]
    with pytest.raises(NoSuchClient):
        await connected.hands_in(external_id="K-2", cid="C77")
    await connected.form(external_id="f-9", name="李明", phone="13911112222")
    with pytest.raises(NoSuchClient):
        await connected.hands_in(cid="C2")


# -- who wins ------------------------------------------------------------------------------------


@sqlite_only
async def test_each_field_has_its_own_rule(connected: Connected) -> None:
    await connected.form(name="王建国", company="康源", phone="13800001234", address="宜山路1号")
    connected.office.clock.forward(timedelta(minutes=5))

    await connected.hands_in(
        cid="C1", name="王总", company="上海康源", phone="13900004321", address="漕宝路2号"
    )

    fields = connected.has("shop")
    assert fields["name"] == "王建国"  # it may not set it
    assert fields["company"] == "上海康源"  # theirs
    assert fields["phone"] == "+8613900004321"  # the newest
    assert fields["address"] == "宜山路1号"  # only where there is none


@sqlite_only
async def test_a_system_may_take_back_what_it_said(connected: Connected) -> None:
    await connected.form(name="王建国", company="康源", phone="13800001234")
    await connected.hands_in(cid="C1", company="上海康源")

    await connected.hands_in(cid="C1", company=None)

    assert not (await connected.hands_in(cid="C1", company="")).changed


@sqlite_only
async def test_a_number_that_a_system_brought_is_not_ours_when_it_says_another(
    connected: Connected,
) -> None:
    await connected.hands_in("shop", phone="13800001234", wechat="wjg_88")
    connected.office.clock.forward(timedelta(minutes=5))

    moment = (connected.office.clock.now() - timedelta(days=9)).isoformat()
    await connected.hands_in("shop", phone="13900004321")
    assert connected.has("erp")["phone"] == "+8613900004321"
    await connected.hands_in("shop", phone="")
    assert connected.has("erp")["phone"] is None
    await connected.hands_in("erp", cid="C1", phone="13700007777", updated_at=moment)

    assert connected.has("shop")["phone"] == "+8613700007777"
    # Found by any number that he ever had, all the same.
    late = await connected.hands_in("shop", external_id="S-9", phone="13800001234", wechat="wjg_88")
    assert (late.client, late.joined) == ("C1", True)


@sqlite_only
async def test_a_record_that_was_tied_to_a_number_leaves_with_it(connected: Connected) -> None:
    await two_who_turn_out_to_be_one(connected)
    await connected.hands_in("erp", external_id="K-2", cid="C2", address="宜山路1号")
    assert connected.told("shop")[-1]["cid"] == "C1"

    await undoes(connected)

    told = {body["cid"]: body for body in connected.told("erp")}
    assert (told["C1"]["external_ids"], told["C2"]["external_ids"]) == (["K-1"], ["K-2"])
    assert told["C2"]["fields"]["address"] == "宜山路1号"
    assert told["C1"]["fields"]["address"] is None


# -- loops ---------------------------------------------------------------------------------------


@sqlite_only
async def test_echoes_that_respell_come_to_rest(connected: Connected) -> None:
    connected.echoing = {
        "erp": lambda text: f" {text.upper()} ".replace("(", "（").replace(")", "）"),
        "shop": lambda text: text.lower().replace("（", "(").replace("）", ")"),
    }
    await connected.form(name="Wang Jianguo", company="康源（Kangyuan）", phone="13800001234")

    assert await connected.echo() == 2


@sqlite_only
async def test_echoes_that_rewrite_come_to_rest(connected: Connected) -> None:
    """Beyond spelling: one cuts what is long, the other adds what is missing."""
    connected.echoing = {
        "erp": lambda text: text if text.startswith("+") else text[:6],
        "shop": lambda text: text if text.startswith("+") else text[:6] + "有限公司",
    }
    await connected.form(name="王建国", company="上海康源医疗器械有限公司", phone="13800001234")

    assert await connected.echo() < 12


@sqlite_only
async def test_echoes_that_never_say_the_same_twice_come_to_rest(connected: Connected) -> None:
    def longer(mark: str) -> Rewrite:
        return lambda text: text if text.startswith("+") else text + mark

    connected.echoing = {"erp": longer("甲"), "shop": longer("乙")}
    connected.office.clock.forward(timedelta(days=1))
    await connected.form(name="王建国", company="康源", phone="13800001234", address="宜山路1号")

    assert await connected.echo(most=200) < 100
    kinds = await connected.kinds()
    assert kinds.count("master_changed") < 40
    assert any("反复改客户 C1" in text for text in connected.office.texts("root"))


# -- merged, parted, erased ----------------------------------------------------------------------


async def two_who_turn_out_to_be_one(connected: Connected) -> None:
    await connected.hands_in(external_id="K-1", name="王建国", phone="13800001234")
    await connected.hands_in("shop", external_id="S-1", name="王建国", email="wjg@kangyuan.example")
    assert (await connected.client(2)).merged_into_id is None
    connected.office.clock.forward(timedelta(minutes=1))
    await connected.hands_in(
        "shop",
        external_id="S-1",
        name="王建国",
        phone="13800001234",
        email="wjg@kangyuan.example",
    )
    assert (await connected.client(2)).merged_into_id == 1


@sqlite_only
async def test_a_merge_tells_whose_number_stands_for_whom(connected: Connected) -> None:
    await two_who_turn_out_to_be_one(connected)

    merged = next(body for body in connected.told("erp") if body["event"] == "client.merged")
    assert (merged["cid"], merged["merged_into"], merged["fields"]) == ("C2", "C1", {})
    last = connected.told("erp")[-1]
    assert (last["cid"], last["merged_cids"]) == ("C1", ["C2"])
    # Both hear of it, whoever brought it; each with its own numbers alone.
    assert connected.told("shop")[-1]["external_ids"] == ["S-1"]
    assert last["external_ids"] == ["K-1"]


async def test_a_number_counts_on_when_it_is_parted_again(connected: Connected) -> None:
    await two_who_turn_out_to_be_one(connected)
    before = {cid: number for _, cid, number in connected.events("erp")}

    await undoes(connected)

    told = {body["cid"]: body for body in connected.told("erp")}
    assert told["C2"]["event"] == "client.unmerged"
    assert told["C2"]["sequence"] > before["C2"]
    assert told["C1"]["merged_cids"] == []
    assert told["C1"]["sequence"] > before["C1"]


async def undoes(connected: Connected) -> None:
    async with connected.office.store.transaction() as tx:
        merge = (await tx.session.exec(select(Merge))).one()
        await connected.office.dispatcher.act(tx, _undo, {Merge: merge})
    await connected.office.settle()


async def _undo(merge: Merge, tx: Transaction) -> None:
    await unmerging.undo(tx, merge, by="chen")


@sqlite_only
async def test_an_erasure_is_the_last_that_is_told_and_names_nobody(connected: Connected) -> None:
    await connected.hands_in(name="王建国", phone="13800001234")

    async with connected.office.store.transaction() as tx:
        client = await tx.lock(Client, 1)
        await connected.office.dispatcher.act(tx, forget, {Client: client})
    await connected.office.settle()

    last = connected.told("shop")[-1]
    assert (last["event"], last["cid"], last["fields"]) == ("client.erased", "C1", {})
    assert (last["external_ids"], last["changed"]) == ([], [])
    again = await connected.hands_in(name="王建国", phone="13800001234")
    assert (again.client, again.is_new) == ("C2", True)


@postgresql_only
async def test_what_comes_while_its_client_is_erased_is_new(connected: Connected) -> None:
    await connected.hands_in(name="王建国", phone="13800001234")

    async with connected.office.store.transaction() as tx:
        client = await tx.lock(Client, 1)
        handing_in = asyncio.create_task(connected.hands_in(name="李明", phone="13911112222"))
        await waits_for_a_lock(tx)
        await connected.office.dispatcher.act(tx, forget, {Client: client})
    taken = await handing_in

    assert (taken.client, taken.is_new) == ("C2", True)
