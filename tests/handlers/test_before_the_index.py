"""Clients of before the index: who comes after the upgrade meets them without anybody's doing."""

from pathlib import Path

import pytest
from sqlmodel import col, select

from crm_store.models import Client
from tests.handlers.pairs import one_client
from tests.handlers.test_bulk import imports
from tests.handlers.test_intake import submits
from tests.world import World

PHONE = "13800001234"


@pytest.fixture(autouse=True)
async def _was_there_before(office: World) -> None:
    assert await one_client(office, "王建国", phone=f"+86{PHONE}") == 1


async def living(office: World) -> list[int]:
    async with office.store.view() as view:
        query = select(Client.id).where(col(Client.merged_into_id).is_(None))
        return sorted((await view.session.exec(query)).all())


async def test_a_form_with_his_phone_is_his(office: World) -> None:
    taken = await submits(office, name="王建国", phone=PHONE, need="想要CT")

    assert taken.client == "C1"
    assert await living(office) == [1]


async def test_who_leaves_his_phone_in_the_chat_is_he(office: World) -> None:
    await office.client_writes("wm2", "你好，CT有现货吗")
    await office.client_writes("wm2", f"我的电话是{PHONE}")
    await office.settle()

    assert await living(office) == [1]


async def test_a_line_of_a_list_with_his_phone_is_his(office: World, tmp_path: Path) -> None:
    await imports(office, tmp_path, ("1", "王建国", "", PHONE, "", "", "", "想要CT"))

    assert await living(office) == [1]
