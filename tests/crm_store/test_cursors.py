"""How far a source was read moves only from where the reader thought it stood."""

import asyncio

from crm_store import cursors
from tests.crm_store.conftest import Spine


async def move(spine: Spine, old: str, new: str) -> bool:
    async with spine.store.transaction() as tx:
        return await cursors.move(tx.session, "kf:wk1", old=old, new=new, now=tx.now)


async def position(spine: Spine) -> str:
    async with spine.store.view() as view:
        return await cursors.position(view.session, "kf:wk1")


async def test_a_cursor_goes_on_from_where_it_stands(spine: Spine) -> None:
    assert await position(spine) == ""
    assert await move(spine, "", "c1")
    assert await move(spine, "c1", "c2")
    assert not await move(spine, "c1", "c3")
    assert await position(spine) == "c2"


async def test_of_two_readers_one_moves_it(spine: Spine) -> None:
    async with spine.another() as other:
        moved = await asyncio.gather(
            *(move(one, "", f"c{n}") for n, one in enumerate((spine, other, spine, other)))
        )

    assert sorted(moved) == [False, False, False, True]
    assert await position(spine) == f"c{moved.index(True)}"
