"""成批导入: a line of a file becomes what a form becomes, and nobody is flooded."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from bot.files.columns import understand
from bot.files.opening import open_file
from bot.importing import Done, FileImport
from crm_store.models import Client, Identity, Intake, Lead, LeadState, Merge, TimelineEntry
from crm_store.queries import fields
from handlers.intake import take_in
from handlers.submission import Submission
from tests.crm_store.test_replay import differences
from tests.world import World

pytestmark = pytest.mark.both

HEADER = ("编号", "姓名", "公司", "手机", "产品", "预算", "地区", "需求")
Row = tuple[str, ...]


async def imports(
    world: World,
    folder: Path,
    *rows: Row,
    header: Sequence[str] = HEADER,
    assigns: bool | None = False,
    **more: Any,
) -> Done:
    file = folder / "名单.csv"
    file.write_text("\n".join("\t".join(row) for row in (header, *rows)), encoding="utf-8")
    sheets = [
        understand(sheet, world.rules.current.imports, world.settings.zone)
        for sheet in open_file(file)
    ]
    refused: list[str] = []
    run = FileImport(
        world,
        "导入",
        assigns=assigns,
        refuse=lambda sheet, line, why: refused.append(f"{line.number} {why}"),
        **more,
    )
    done = await run.run(sheets)
    assert len(refused) == done.refused
    return done


async def everything(world: World, model: type[Any]) -> list[Any]:
    async with world.store.view() as view:
        return list((await view.session.exec(select(model).order_by(col(model.id)))).all())


async def known_of(world: World, lead: Lead) -> list[tuple[Any, ...]]:
    """The fields in force, but for what names the person."""
    async with world.store.view() as view:
        return [
            (field.name, str(field.value), field.words, field.start, field.end, field.rule)
            for field in await fields.known(view, lead)
            if field.name not in ("person", "phone", "company")
        ]


async def kinds_of(world: World, lead: Lead) -> list[str]:
    async with world.store.view() as view:
        query = select(TimelineEntry.kind).where(TimelineEntry.lead_id == lead.id)
        return sorted((await view.session.exec(query)).all())


FORMS = (
    ("CT设备", "300万左右", "上海浦东", "想了解参数，下周三前要招标文件"),
    ("没有这种产品", "", "火星", ""),
    ("", "20到30万", "", "有没有血透机，另外也看看CT，急"),
)


@pytest.mark.parametrize("form", FORMS, ids=["plain", "unknown words", "several products"])
async def test_a_line_becomes_what_the_same_form_becomes(
    office: World, tmp_path: Path, form: Row
) -> None:
    names = ("product", "budget", "region", "need")
    given = {"external_id": "f1", "name": "王建国", "phone": "13800001234"}
    given |= {name: value for name, value in zip(names, form, strict=True) if value}
    async with office.store.transaction() as tx:
        await office.dispatcher.act(
            tx, take_in, {Submission: Submission.model_validate(given)}, {"source": "导入"}
        )
    await office.settle()

    await imports(office, tmp_path, ("9", "李明芳", "", "13900005678", *form), assigns=True)
    await office.settle()

    by_form, by_file = await everything(office, Lead)
    for name in ("line", "product", "region", "budget", "priority", "tags", "deadline_at"):
        assert getattr(by_file, name) == getattr(by_form, name), name
    assert by_file.state == by_form.state == LeadState.ASSIGNED
    assert await known_of(office, by_file) == await known_of(office, by_form)
    assert await kinds_of(office, by_file) == await kinds_of(office, by_form)
    assert await differences(office) == []
    drawn = [card for member in ("lina", "wanglei") for card in office.cards(member)]
    assert sorted(card.title[:3] for card in drawn) == ["李明芳", "王建国"]


async def test_history_lies_in_the_pool_until_the_client_writes(
    office: World, tmp_path: Path
) -> None:
    done = await imports(office, tmp_path, ("1", "王建国", "", "13800001234", *FORMS[0]))
    await office.settle()

    (lead,) = await everything(office, Lead)
    assert (lead.state, lead.owner_id) == (LeadState.POOLED, None)
    assert (done.taken.new, done.taken.clients) == (1, 1)
    assert not any(office.screen(member) for member in ("lina", "wanglei", "chen", "root"))

    again = {"external_id": "f2", "phone": "13800001234", "need": "CT多少钱"}
    async with office.store.transaction() as tx:
        taken = await office.dispatcher.act(
            tx, take_in, {Submission: Submission.model_validate(again)}, {"source": "website"}
        )
    assert (taken.lead, taken.joined) == (lead.ref, True)
    assert (await office.lead()).state == LeadState.ASSIGNED


async def test_lines_of_one_client_become_one(office: World, tmp_path: Path) -> None:
    rows = (
        ("1", "王建国", "上海康源医疗器械有限公司", "13800001234", "CT设备", "", "", ""),
        ("2", "王建国", "康源医疗器械", "138 0000 1234", "", "300万", "", ""),
        ("3", "李明芳", "杭州启明教育科技有限公司", "13900005678", "", "", "", "想要CT"),
    )

    done = await imports(office, tmp_path, *rows)

    assert (done.taken.clients, done.taken.merged, done.taken.joined) == (2, 1, 1)
    first, alias, _other = await everything(office, Client)
    assert alias.merged_into_id == first.id
    (merge,) = await everything(office, Merge)
    assert (merge.kept_id, merge.merged_id, merge.is_new) == (first.id, alias.id, True)
    lead = await office.lead()
    assert (lead.product, lead.budget) == ("CT设备", 3_000_000)
    came = {row.external_id: row.origin_id for row in await everything(office, Intake)}
    assert sorted(came.values(), key=bool) == [None, None, alias.id]
    identities = await everything(office, Identity)
    assert {row.origin_id for row in identities if row.client_id == first.id} == {None, alias.id}
    assert await differences(office) == []


async def test_what_was_there_before_is_met(office: World, tmp_path: Path) -> None:
    await office.client_writes("wm1", "我想了解CT，电话13800001234", nickname="赵主任")
    await office.settle()
    await office.hears("lina", "更正 赵主任 预算 30万")

    done = await imports(office, tmp_path, ("1", "赵", "", "13800001234", "", "50万", "", ""))

    assert (done.taken.joined, done.taken.merged) == (1, 1)
    assert (await office.lead()).budget == 300_000
    kinds = await kinds_of(office, await office.lead())
    assert "field_suggested" in kinds
    assert await differences(office) == []


async def test_a_run_that_broke_off_takes_each_line_once(office: World, tmp_path: Path) -> None:
    rows = [(f"{n}", f"客户{n}", "", f"1380000{n:04d}", "", "", "", "") for n in range(6)]

    class Killed(Exception):
        pass

    def kill(_count: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        await imports(office, tmp_path, *rows, at_once=2, advance=kill)
    done = await imports(office, tmp_path, *rows, at_once=4)
    third = await imports(office, tmp_path, *rows)

    assert (done.taken.known, done.taken.new) == (2, 4)
    assert (third.taken.known, third.taken.new) == (6, 0)
    assert len(await everything(office, Lead)) == 6


async def test_lines_without_ids_are_known_by_what_they_say(office: World, tmp_path: Path) -> None:
    header = ("姓名", "手机")
    rows = (("王建国", "13800001234"), ("李明芳", "13900005678"), ("王建国", "13800001234"))

    first = await imports(office, tmp_path, *rows, header=header)
    longer = await imports(office, tmp_path, ("赵", "13700009999"), *rows, header=header)

    assert (first.taken.new, first.repeated) == (2, 1)
    assert (longer.taken.new, longer.taken.known) == (1, 2)


async def test_two_ids_alike_are_told_apart_by_nobody(office: World, tmp_path: Path) -> None:
    done = await imports(
        office,
        tmp_path,
        ("7", "王建国", "", "13800001234", "", "", "", ""),
        ("7", "李明芳", "", "13900005678", "", "", "", ""),
        ("8", "赵", "", "12", "", "", "", ""),
    )

    assert (done.taken.new, done.refused) == (1, 2)


async def test_a_running_number_is_not_taken_for_an_id(office: World, tmp_path: Path) -> None:
    header = ("序列号", "姓名", "手机")
    first_day = (("1", "王建国", "13800001234"), ("2", "李明芳", "13900005678"))
    second_day = (("1", "赵立", "13700001111"), ("2", "李明芳", "139 0000 5678"))

    await imports(office, tmp_path, *first_day, header=header)
    done = await imports(office, tmp_path, *second_day, header=header)

    assert (done.taken.known, done.refused, done.taken.new, done.lines) == (1, 1, 0, 2)
    mended = await imports(office, tmp_path, *second_day, header=("序号", *header[1:]))
    assert (mended.taken.new, mended.taken.joined) == (1, 1)


async def test_a_short_list_is_assigned_and_a_long_one_is_not(
    office: World, tmp_path: Path
) -> None:
    rows = [(f"{n}", f"客户{n}", "", f"1380000{n:04d}", "", "", "", "") for n in range(201)]

    few = await imports(office, tmp_path, *rows[:3], assigns=None)
    many = await imports(office, tmp_path, *rows, assigns=None)

    assert (few.assigns, many.assigns) == (True, False)
    assert (many.taken.known, many.taken.new) == (3, 198)
