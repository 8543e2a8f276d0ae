"""migrate, check, dead, export, forget: the commands over a database."""

import asyncio
import base64
import re
import sqlite3
import stat
from copy import deepcopy
from datetime import timedelta
from typing import Any

from bot.commands.ground import opened_store
from config.settings import EXAMPLE_KEY
from crm_store import inbox
from crm_store.arrival import Arrival, Route
from crm_store.models import IdentityKind
from crm_store.store import Store
from crm_store.vault import fresh_key
from tests.cli.installation import STAFF, Installation

PHONE = "+8613800001234"


def _do(home: Installation, deed: Any) -> Any:
    async def act() -> Any:
        async with opened_store(home.loaded) as store:
            return await deed(store)

    return asyncio.run(act())


async def _add_client(store: Store) -> None:
    async with store.transaction() as tx:
        client = await tx.new_client(name="赵主任")
        await tx.add_identity(client.id, IdentityKind.PHONE, PHONE)


async def _add_dead_letters(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.arrive([Arrival("client_message", "k1", "a", {"text": "好"})])
        row = await inbox.claim(tx.session, now=tx.now, vault=tx.vault)
        assert row is not None
        error = "KeyError in messages.py:42 open_lead"
        await inbox.failed(tx.session, row, now=tx.now, error=error, holds=timedelta())
        await tx.arrive([Arrival("?", "k2", "b", {"raw": "<xml"}, Route.DEAD, "no XML")])


def _query(home: Installation, query: str) -> list[Any]:
    with sqlite3.connect(home.folder / "genjin.db") as connection:
        rows = connection.execute(query).fetchall()
    connection.close()
    return rows


def test_migrate_makes_a_database_that_only_its_owner_reads(home: Installation) -> None:
    first, second = home.genjin("migrate"), home.genjin("migrate")

    assert (first.status, second.status) == (0, 0)
    assert "空 → " in first.out
    assert "已是最新" in second.out
    assert stat.S_IMODE((home.folder / "genjin.db").stat().st_mode) == 0o600


def test_migrate_refuses_the_examples_key_before_it_makes_anything(home: Installation) -> None:
    home.write(encryption_key=base64.urlsafe_b64encode(EXAMPLE_KEY).decode())

    said = home.genjin("migrate")

    assert said.status == 1
    assert "示例里的那个" in said.complaint
    assert not (home.folder / "genjin.db").exists()


def test_migrate_refuses_a_newer_database(home: Installation) -> None:
    home.genjin("migrate")
    with sqlite3.connect(home.folder / "genjin.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    said = home.genjin("migrate")

    assert said.status == 1
    assert "9999 比程序新" in said.complaint


def test_migrate_in_a_folder_that_is_not_there_says_so(home: Installation) -> None:
    home.write(database_url=f"sqlite+aiosqlite:///{home.folder}/nowhere/genjin.db")

    assert "nowhere" in home.genjin("migrate").complaint


def test_migrate_carries_a_changed_key_through(home: Installation) -> None:
    home.genjin("migrate")
    _do(home, _add_client)
    old, new = home.settings["encryption_key"], fresh_key()

    home.write(encryption_key=f"{new},{old}")
    said = home.genjin("migrate")
    home.write(encryption_key=new)

    assert "已换用新密钥" in said.out
    assert "去掉旧密钥" in said.out
    assert home.genjin("export", str(home.folder / "out"), "--person", "13800001234").status == 0


def test_a_wrong_key_is_one_line(home: Installation) -> None:
    home.genjin("migrate")
    home.write(encryption_key=fresh_key())

    for words in (("migrate",), ("dead", "retry", "1"), ("export", str(home.folder / "out"))):
        said = home.genjin(*words)
        assert said.status == 1
        assert "打不开这个数据库" in said.complaint


def test_a_file_that_is_no_database_is_one_line(home: Installation) -> None:
    (home.folder / "genjin.db").write_text("这不是数据库" * 100, encoding="utf-8")

    said = home.genjin("dead", "list")

    assert said.status == 1
    assert "不是 SQLite 数据库" in said.complaint


def test_check_says_file_line_and_what_is_wrong(home: Installation) -> None:
    home.staff([*STAFF, deepcopy(STAFF[0])])

    said = home.genjin("check")

    assert said.status == 1
    assert "staff.yaml 第" in said.out
    assert "“lina”已是李娜的 id" in said.out
    assert "genjin check" in said.complaint


def test_check_is_content_with_good_rules(home: Installation) -> None:
    said = home.genjin("check")

    assert (said.status, said.err) == (0, "")
    assert "在职员工 2 人" in said.out


def test_check_points_at_words_that_may_not_do_what_was_meant(home: Installation) -> None:
    folder = home.folder / "rules"
    (folder / "catalog.yaml").write_text(
        "products:\n- {name: 监护仪, aliases: [迈瑞]}\ncompetitors: {医疗设备: [迈瑞]}\n", "utf-8"
    )

    said = home.genjin("check")

    assert said.status == 0
    assert "! " in said.out
    assert "catalog.yaml 第 3 行：“迈瑞”又是产品“监护仪”的叫法" in said.out


def test_check_says_that_a_model_of_names_cannot_be_read(home: Installation) -> None:
    (home.folder / "rules" / "names.crfsuite").write_bytes(b"nonsense")

    said = home.genjin("check")

    assert said.status == 0
    assert "names.crfsuite 读不了" in said.out


def test_check_names_who_has_no_account_on_a_connected_platform(home: Installation) -> None:
    app = {"agent_id": 1, "secret": "s", "token": "T", "aes_key": "a" * 43}
    home.write(wecom={"corp_id": "ww" + "1" * 16, "apps": {"assistant": app}})
    home.staff([STAFF[0] | {"wecom": None}, STAFF[1]])

    said = home.genjin("check")

    assert said.status == 0
    assert "分不到线索：李娜\n" in said.out


def test_dead_letters_are_listed_with_where_they_failed(home: Installation) -> None:
    home.migrated()
    assert "没有处理不了的事件" in home.genjin("dead", "list").out
    _do(home, _add_dead_letters)

    said = home.genjin("dead", "list")

    assert "messages.py:42" in said.out
    assert "共 2 条" in said.out
    assert len(re.findall(r"日志 [0-9a-f]{16}\n", said.out)) == 2
    assert "<xml" not in said.out


def test_a_number_that_no_dead_letter_can_have_is_a_misuse(home: Installation) -> None:
    home.migrated()

    for number in ("0", str(2**63), "twelve"):
        said = home.genjin("dead", "retry", number)
        assert said.status == 2
        assert said.complaint


def test_a_dead_letter_is_put_back_and_an_unreadable_one_is_not(home: Installation) -> None:
    home.migrated()
    _do(home, _add_dead_letters)

    good = home.genjin("dead", "retry", "1")
    bad = home.genjin("dead", "retry", "2", "77")

    assert good.status == 0
    assert "已放回 1 条" in good.out
    assert bad.status == 1
    assert "2、77" in bad.complaint
    assert _query(home, "SELECT state FROM inbox ORDER BY id") == [("waiting",), ("dead",)]
    assert _query(home, "SELECT action FROM audit") == [("dead_retry",)]


def test_export_is_recorded_in_the_audit(home: Installation) -> None:
    home.migrated()
    _do(home, _add_client)

    said = home.genjin("export", str(home.folder / "out"))

    assert said.status == 0
    assert (home.folder / "out" / "manifest.json").exists()
    assert _query(home, "SELECT who, action, client_id FROM audit") == [("command", "export", None)]


def test_export_into_a_full_folder_is_refused(home: Installation) -> None:
    home.migrated()

    said = home.genjin("export", str(home.folder))

    assert said.status == 1
    assert "不是空文件夹" in said.complaint


def test_a_persons_phone_may_be_written_as_people_write_it(home: Installation) -> None:
    home.migrated()
    _do(home, _add_client)

    for at, phone in enumerate(("138 0000 1234", "+86-138-0000-1234", "１３８００００１２３４")):
        said = home.genjin("export", str(home.folder / f"out{at}"), "--person", phone)
        assert said.status == 0, said.err


def test_an_unknown_phone_and_a_broken_one_are_told_apart(home: Installation) -> None:
    home.migrated()

    unknown = home.genjin("export", str(home.folder / "out"), "--person", "13900009999")
    broken = home.genjin("export", str(home.folder / "out"), "--person", "138")

    assert (unknown.status, broken.status) == (1, 2)
    assert "没有客户留过这个电话" in unknown.complaint
    assert "不是完整的电话号码" in broken.complaint
    assert not (home.folder / "out").exists()


def test_forget_needs_a_yes(home: Installation) -> None:
    home.migrated()
    _do(home, _add_client)

    said = home.genjin("forget", "--person", "13800001234")

    assert said.status == 2
    assert "--yes" in said.complaint
    assert _query(home, "SELECT name FROM clients") == [("赵主任",)]


def test_forget_erases_and_says_what(home: Installation) -> None:
    home.migrated()
    _do(home, _add_client)

    said = home.genjin("forget", "--person", "13800001234", "--yes")

    assert (said.status, said.err) == (0, "")
    assert "已删除客户 C1 的资料" in said.out
    assert "赵主任".encode() not in (home.folder / "genjin.db").read_bytes()
    assert home.genjin("forget", "--person", "13800001234", "--yes").status == 1
