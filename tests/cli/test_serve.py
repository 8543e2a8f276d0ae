"""serve as a process of its own: it says where it listens, stops cleanly, and refuses in words."""

import signal
import socket
import sqlite3
import stat
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from bot.links import SignedLinks
from config.clock import SystemClock
from config.rules import RuleBook
from crm_store.database import Database
from crm_store.models import Member
from crm_store.takeover import alone
from tests.cli.installation import Installation

SECONDS = 60


@contextmanager
def _serving(home: Installation) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its address."""
    with home.start("serve", "--port", "0") as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, process.stderr and process.stderr.read()
            yield process, line.split("：", 1)[1].strip()
        finally:
            if process.poll() is None:
                process.kill()


def _stops(process: subprocess.Popen[str], number: signal.Signals) -> None:
    process.send_signal(number)
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err
    assert out == ""
    assert "Traceback" not in err


def test_serve_says_where_it_listens_and_stops_on_a_signal_with_a_page_open(
    home: Installation,
) -> None:
    home.migrated()
    links = SignedLinks(home.loaded, RuleBook(home.folder / "rules"), SystemClock())
    path = links.desk(Member(id="lina", name="李娜", capacity=1), 1).rpartition("/d/")[2]

    with _serving(home) as (process, address):
        with urllib.request.urlopen(f"{address}/readyz", timeout=SECONDS) as answer:
            assert answer.status == 200
        _run(home, "INSERT INTO desk_seats (member_id, seat) VALUES ('lina', 1)")
        with urllib.request.urlopen(f"{address}/d/{path}/events", timeout=SECONDS) as page:
            assert page.readline().startswith(b"retry:")
            _stops(process, signal.SIGTERM)
            assert b"data: stopping" in page.read()


def test_a_command_works_beside_a_running_serve_which_control_c_ends(home: Installation) -> None:
    home.migrated()

    with _serving(home) as (process, _):
        assert home.genjin("export", str(home.folder / "out")).status == 0
        assert home.genjin("dead", "list").status == 0
        _stops(process, signal.SIGINT)


def test_serve_looks_for_what_came_while_it_was_down(home: Installation) -> None:
    home.write(
        wecom={
            "api_base": "http://127.0.0.1:9",
            "corp_id": "ww0123456789abcdef",
            "apps": {"kf": {"secret": "s", "token": "T", "aes_key": "a" * 43}},
        }
    )
    home.migrated()
    _run(
        home,
        "INSERT INTO clients (id, name, company, region, created_at) "
        "VALUES (1, '赵主任', '', '', '2026-03-10 02:00:00')",
    )
    _run(
        home,
        "INSERT INTO conversations (platform, account, client_ref, client_id) "
        "VALUES ('wecom', 'wkShop', 'wmZhao', 1)",
    )

    with _serving(home) as (process, _):
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)

    assert _run(home, "SELECT kind, lane FROM inbox WHERE route = 'pull'") == [
        ("kf_pointer", "kf-pull:wkShop")
    ]


def test_a_port_in_use_is_one_line(home: Installation) -> None:
    home.migrated()

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with home.start("serve", "--port", port) as process:
            out, err = process.communicate(timeout=SECONDS)

    assert (process.returncode, out) == (1, "")
    assert err.splitlines()[-1].startswith(f"genjin: 不能在 127.0.0.1:{port} 监听")
    assert "Traceback" not in err


def test_an_outdated_schema_is_refused(home: Installation) -> None:
    home.migrated()
    _run(home, "DELETE FROM alembic_version")

    said = home.genjin("serve")

    assert (said.status, said.out) == (1, "")
    assert "genjin migrate" in said.err.splitlines()[-1]


def test_a_missing_key_is_refused(home: Installation) -> None:
    home.migrated()
    home.write(encryption_key=None)

    said = home.genjin("serve")

    assert said.status == 1
    assert "genjin key" in said.err.splitlines()[-1]


async def test_the_mark_of_who_serves_is_its_owners_alone(home: Installation) -> None:
    database = Database(home.loaded.database_url)

    with alone(database):
        mode = (home.folder / "genjin.db.serving").stat().st_mode

    assert stat.S_IMODE(mode) == 0o600
    await database.close()


def test_on_sqlite_one_process_does_everything(home: Installation) -> None:
    home.migrated()

    said = home.genjin("serve", "--role", "worker")

    assert said.status == 2
    assert "--role all" in said.err


def _run(home: Installation, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(home.folder / "genjin.db") as connection:
        rows = connection.execute(statement).fetchall()
    connection.close()
    return rows
