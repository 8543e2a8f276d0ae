"""`genjin report`: the chat's lists for an operator, on stdout, as a table, as a picture."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.commands.ground import opened_store
from bot.staff import follow_staff
from config.rules import load_rules
from crm_store.facts import Escalated, LeadAssigned
from handlers.opening import lead_for
from tests.cli.installation import Installation

NAMES = ["top", "overdue", "heatmap", "golden", "followup", "mutes", "standup", "loads"]
HOSTILE = "=cmd|'/C calc'!A0"


@pytest.fixture
def ready(home: Installation) -> Installation:
    """李娜 has a lead of a client with a hostile name, which she was late with."""
    home.migrated()
    asyncio.run(_furnish(home))
    return home


async def _furnish(home: Installation) -> None:
    settings = home.loaded
    async with opened_store(settings) as store:
        await follow_staff(store, load_rules(settings.rules_dir))
        async with store.transaction() as tx:
            client = await tx.new_client(name=HOSTILE)
            lead, _ = await lead_for(tx, client, product=None, source="website")
            about = {"client_id": client.id, "lead_id": lead.id, "owner_id": "lina"}
            at = datetime.now(UTC) - timedelta(days=1)
            await tx.record(LeadAssigned(at=at, automatic=True, reason="first", **about))
            await tx.record(
                Escalated(at=at, rung="first_view", waited="15 分钟", to="chen", **about)
            )


def test_without_a_name_it_says_which_there_are(ready: Installation) -> None:
    said = ready.genjin("report")

    assert said.status == 0
    assert [line.split()[0] for line in said.out.splitlines()] == NAMES


def test_an_unknown_name_is_misuse_and_the_known_ones_are_told(ready: Installation) -> None:
    said = ready.genjin("report", "heat")

    assert said.status == 2
    assert said.complaint == f"genjin: 没有报表 heat，可以用的是：{'、'.join(NAMES)}"


def test_which_there_are_is_told_before_anything_is_set_up(home: Installation) -> None:
    nowhere = ("--config", str(home.folder / "nowhere.yaml"))

    listed = home.genjin("report", *nowhere)
    unknown = home.genjin("report", "heat", *nowhere)

    assert [line.split()[0] for line in listed.out.splitlines()] == NAMES
    assert unknown.complaint.startswith("genjin: 没有报表 heat")


def test_what_is_no_date_is_said_in_chinese(home: Installation) -> None:
    said = home.genjin("report", "overdue", "--from", "2026-13-01")

    assert said.status == 2
    assert "“2026-13-01”不是日期，要写成 2026-03-01 这样" in said.complaint
    assert "formats" not in said.complaint


def test_a_file_that_all_could_read_is_the_operators_alone_afterwards(ready: Installation) -> None:
    file = ready.folder / "逾期.csv"
    file.touch()
    file.chmod(0o644)

    ready.genjin("report", "overdue", "--format", "csv", "--out", str(file))

    assert file.stat().st_mode & 0o777 == 0o600


def test_every_report_comes_as_text_as_json_and_as_csv(ready: Installation) -> None:
    for name in NAMES:
        assert ready.genjin("report", name).status == 0, name
        found = json.loads(ready.genjin("report", name, "--format", "json").out)
        assert found["name"] == name
        table = ready.genjin("report", name, "--format", "csv")
        assert table.status == 0
        header, *rows = csv.reader(io.StringIO(table.out.lstrip("\ufeff")))
        assert header == found["columns"]
        assert len(rows) == len(found["rows"])


def test_no_cell_of_a_table_is_a_formula(ready: Installation) -> None:
    file = ready.folder / "逾期.csv"

    said = ready.genjin("report", "overdue", "--format", "csv", "--out", str(file))

    assert (said.status, said.out) == (0, f"写在 {file}\n")
    assert file.stat().st_mode & 0o777 == 0o600
    _, row = csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig")))
    assert row[:6] == ["1", "李娜", "L1", f"'{HOSTILE}", "15 分钟未查看", "1"]


def test_the_heat_map_is_a_picture_and_nothing_else_is(ready: Installation) -> None:
    file = ready.folder / "热力图.png"

    drawn = ready.genjin("report", "heatmap", "--format", "png", "--out", str(file))
    other = ready.genjin("report", "golden", "--format", "png", "--out", str(file))

    assert drawn.status == 0
    assert file.read_bytes().startswith(b"\x89PNG\r\n")
    assert other.status == 2
    assert other.complaint == "genjin: 报表 golden 没有图片，heatmap 才有"


def test_a_period_may_be_named_and_must_run_forward(ready: Installation) -> None:
    long_ago = ready.genjin("report", "overdue", "--from", "2020-01-01", "--to", "2020-01-31")
    backward = ready.genjin("report", "overdue", "--from", "2020-02-01", "--to", "2020-01-31")
    unreadable = ready.genjin("report", "overdue", "--from", "昨天")

    assert long_ago.out == "逾期线索 · 01-01 至 01-31：没有\n"
    assert (backward.status, backward.complaint) == (2, "genjin: --to 不能早于 --from")
    assert unreadable.status == 2


def test_what_an_operator_read_is_in_the_audit(ready: Installation) -> None:
    ready.genjin("report", "top")

    folder = ready.folder / "all"
    assert ready.genjin("export", str(folder)).status == 0
    assert "report top" in _everything(folder)


def _everything(folder: Path) -> str:
    return "".join(f.read_text(encoding="utf-8-sig") for f in folder.glob("*.csv"))
