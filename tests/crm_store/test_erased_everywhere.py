"""忘记客户, to the last byte: no column of any table, no file of SQLite's holds or opens to him.

Backups, and what PostgreSQL's own log and unvacuumed pages hold of names, are the operator's
(docs/operations.md).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import text
from sqlmodel import SQLModel

from crm_store.erasure import scour
from crm_store.models import Client, ClientKey
from crm_store.sealed import BY_CLIENT, BY_SERVICE
from crm_store.vault import Unreadable
from handlers.forgetting import forget
from tests.world import STORY, World, company

ZHAO = "wmZhao0000000000000001"
HIS = [
    "13800001234",
    "赵主任",
    ZHAO,
    "想了解CT设备的参数",
    "下周三前要招标文件",
    "还在等你们的回复",
    "zhao@hospital.example",
    "他说预算还能再加",
]


async def _has_a_story(office: World) -> None:
    await office.client_writes(ZHAO, f"{STORY} zhao@hospital.example", nickname="赵主任")
    await office.presses("lina", "已联系")
    await office.servicer_writes("lina", ZHAO, "赵主任您好，资料马上发您")
    await office.client_writes(ZHAO, "还在等你们的回复")
    await office.hears("lina", "静音 赵主任")
    await office.hears("lina", "跟进 赵主任 他说预算还能再加")
    # What colleagues wrote of him elsewhere, and what came of it with other clients.
    await office.hears("lina", "话术 赵主任嫌贵")
    await office.hears("lina", "明天10点提醒我给赵主任打电话")
    await office.hears("gao", "新规则 客户提到“赵主任”，打上“赵主任的朋友”标签，分配给王磊")
    await office.presses("gao", "启用")
    await office.client_writes("wmOther", "赵主任介绍的，想买CT设备，预算300万", nickname="王女士")


async def _is_forgotten(office: World) -> None:
    async with office.store.transaction() as tx:
        client = await tx.lock(Client, 1)
        await office.dispatcher.act(tx, forget, {Client: client})
    await office.settle()
    await scour(office.store.database)


async def _values(office: World) -> list[tuple[str, Any]]:
    """Every value of every column of every table, as the database gives it, with its place."""
    found: list[tuple[str, Any]] = []
    async with office.store.view() as view:
        for table in SQLModel.metadata.sorted_tables:
            rows = (await view.session.execute(text(f'SELECT * FROM "{table.name}"'))).mappings()
            found += [
                (f"{table.name}.{column}", value)
                for row in rows
                for column, value in row.items()
                if value is not None
            ]
    return found


def _as_bytes(value: Any) -> bytes:
    match value:
        case bytes() | memoryview():
            return bytes(value)
        case dict() | list():
            return orjson.dumps(value)
        case str():
            # JSON columns come as they stand on SQLite, with escapes or without.
            return (value + value.encode().decode("unicode_escape", "ignore")).encode(
                "utf-8", "replace"
            )
    return str(value).encode()


def _holding(values: Sequence[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [
        (place, word)
        for place, value in values
        for word in HIS
        if word.encode() in _as_bytes(value)
    ]


def _in_files(folder: Path) -> list[str]:
    """The database as it lies there, its log included."""
    content = b"".join(file.read_bytes() for file in folder.glob("*.db*"))
    return [word for word in HIS if word.encode() in content]


async def test_no_column_of_any_table_holds_him_in_clear(tmp_path: Path, database_url: str) -> None:
    async with company(tmp_path, database_url) as office:
        await _has_a_story(office)
        before = {word for _, word in _holding(await _values(office))}
        assert before == {"赵主任", ZHAO}

        await _is_forgotten(office)

        assert _holding(await _values(office)) == []
        if office.store.database.is_sqlite:
            assert _in_files(tmp_path) == []


async def test_what_is_left_opens_to_nothing_of_his(tmp_path: Path, database_url: str) -> None:
    async with company(tmp_path, database_url) as office:
        await _has_a_story(office)

        await _is_forgotten(office)

        left = [(place, value) for place, value in await _values(office) if _is_sealed(value)]
        places, opened = set(), []
        async with office.store.view() as view:
            assert await view.find(ClientKey, 1) is None
            purposes = {sealed.purpose for sealed in (*BY_SERVICE, *BY_CLIENT)}
            for place, value in left:
                for purpose in purposes:
                    try:
                        opened.append((place, view.vault.service.open(value, purpose=purpose)))
                    except Unreadable:
                        places.add(place)
        # His messages are still there, and nobody can open them.
        his = {sealed.name for sealed in BY_CLIENT}
        assert "messages.body" in his & places
        assert {place for place, _ in opened} & his == set()
        assert [(p, w) for p, words in opened for w in HIS if w.encode() in words] == []


def _is_sealed(value: Any) -> bool:
    return isinstance(value, bytes | memoryview)
