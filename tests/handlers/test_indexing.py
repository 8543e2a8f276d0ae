"""The index of what was said: no word in it, nothing missing from it, nothing left in it."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text

from config.rules import load_rules
from crm_store import cursors
from crm_store.database import Database
from crm_store.erasure import erase, scour
from crm_store.export import export
from crm_store.facts import VoiceHeard
from crm_store.keeping import let_go
from crm_store.models import ChatMessage
from crm_store.search.index import Hasher
from crm_store.search.table import spoken
from handlers.events import SlotDue
from handlers.memory.indexing import CURSOR, catch_up
from nlp.searching.words import found_by
from tests.databases import sqlite_only
from tests.world import STORY, Opens, World

pytestmark = pytest.mark.both

CODING = "最近忙，女儿在学编程，周末都要接送"


async def _talk(office: World, *more: str) -> None:
    for words in (STORY, CODING, *more):
        await office.client_writes("wmZhao", words, nickname="赵主任")


async def _an_hour_later(office: World) -> None:
    await office.passes(timedelta(hours=1))
    slot = SlotDue(job="indexing.every_hour", slot=office.clock.now())
    await office.happens(slot, lane="slots")


async def _entered(office: World) -> int:
    async with office.store.view() as view:
        counted = await view.session.execute(select(func.count()).select_from(spoken))
        return int(counted.scalar_one())


async def _forget_everything(office: World) -> None:
    """As a program left it that had no index."""
    async with office.store.transaction() as tx:
        await tx.session.execute(delete(spoken))


async def test_there_is_no_word_in_it(office: World, tmp_path: Path) -> None:
    await _talk(office)

    async with office.store.view() as view:
        rows = (await view.session.execute(text("SELECT CAST(words AS TEXT) FROM spoken"))).all()
    kept = "".join(row[0] for row in rows)
    assert rows
    assert set(kept) <= set("0123456789abcdef '")
    for word in found_by(STORY + CODING):
        assert len(word) < 3 or word not in kept, word

    await export(
        office.store.database, office.store.vault, tmp_path / "out", now=office.clock.now()
    )
    assert not (tmp_path / "out" / "spoken.csv").exists()
    with (tmp_path / "out" / "messages.csv").open(encoding="utf-8", newline="") as file:
        assert [row["body"] for row in csv.DictReader(file)] == [STORY, CODING]


async def test_what_was_said_before_the_index_is_entered_piece_by_piece(office: World) -> None:
    await _talk(office, *(f"第{number}句" for number in range(7)))
    there = await _entered(office)
    await _forget_everything(office)
    assert "没有找到" in await office.hears("gao", "找 编程")
    await office.passes(timedelta(minutes=20))

    rounds = 0
    for _ in range(20):  # killed and started again in between: each piece is a commit
        rounds += 1
        async with office.store.transaction() as tx:
            if not await catch_up(tx, at_once=2):
                break

    assert rounds > 3
    assert await _entered(office) == there
    assert "女儿在学编程" in await office.hears("gao", "找 编程")


async def test_the_clock_brings_it_up_to_date_by_itself(office: World) -> None:
    await _talk(office)
    await _forget_everything(office)

    await _an_hour_later(office)

    assert "女儿在学编程" in await office.hears("gao", "找 编程")


async def test_entering_twice_or_at_once_changes_nothing(office: World) -> None:
    await _talk(office)
    there = await _entered(office)
    await office.passes(timedelta(hours=1))

    for _ in range(3):
        async with office.store.transaction() as tx:
            stood = await cursors.position(tx.session, CURSOR)
            await cursors.move(tx.session, CURSOR, old=stood, new="0", now=tx.now)
            assert await catch_up(tx) is False

    assert await _entered(office) == there
    assert (await office.hears("gao", "找 编程")).count("编程") == 2


async def test_a_voice_is_found_once_it_has_words(office: World) -> None:
    await _talk(office)
    async with office.store.transaction() as tx:
        message = await tx.get(ChatMessage, 1)
        message.body = await tx.seal(1, "语音里说要加装铅门", purpose="message")
        tx.add(message)
        await tx.record(VoiceHeard(at=tx.now, client_id=1, lead_id=1, message_id=1))
    await _an_hour_later(office)

    assert "加装铅门" in await office.hears("gao", "找 铅门")


async def test_what_is_kept_no_more_is_found_no_more(office: World) -> None:
    await _talk(office)
    await office.passes(timedelta(days=40))
    await office.client_writes("wmZhao", "编程课改到周日了")
    keeping = load_rules().keeping.model_copy(update={"archive_days": 30})

    async with office.store.transaction() as tx:
        await let_go(tx.session, keeping, now=tx.now)

    told = await office.hears("gao", "找 编程")
    assert "改到周日" in told
    assert "女儿" not in told
    async with office.store.view() as view:
        old = Hasher(view.vault).word("女儿")
        row = await view.session.execute(
            text("SELECT count(*) FROM spoken WHERE CAST(words AS TEXT) LIKE :it"),
            {"it": f"%{old}%"},
        )
        assert row.scalar_one() == 0


@sqlite_only
async def test_nothing_of_an_erased_client_is_left_in_the_file(opens: Opens) -> None:
    async with opens() as office:
        await _talk(office)
        async with office.store.transaction() as tx:
            await erase(tx, 1)
        assert await scour(office.store.database)

        assert await _entered(office) == 0
        assert await _terms(office.store.database) == 0


async def _terms(database: Database) -> int:
    """Words that FTS5 has, also those of rows that were taken out."""
    async with database.writing() as session:
        await session.execute(
            text("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, spoken_fts, row)")
        )
        counted = await session.execute(text("SELECT count(*) FROM temp.vocabulary"))
        return int(counted.scalar_one())
