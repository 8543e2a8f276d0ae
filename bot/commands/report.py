"""`genjin report`: the lists and figures of the chat, for everybody, as text, table or picture.

Reads only, but for the line in the audit; beside a running `serve` as well.
"""

import asyncio
import csv
import io
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from bot.commands.failures import MISUSED, CommandFailed
from bot.commands.ground import opened_store
from bot.commands.output import say
from bot.commands.progress import LateBar
from bot.links import SignedLinks
from config.calendar import WorkingCalendar
from config.clock import SystemClock
from config.rules import RuleBook
from config.settings import Settings
from crm_store.export import cell
from crm_store.store import Store
from handlers.rhythm.listing import REPORTS, Kind
from handlers.rhythm.parts import Around
from handlers.rhythm.people import EVERYTHING
from handlers.rhythm.periods import Period, between
from handlers.rhythm.report import Report
from notifiers.errors import Undeliverable
from notifiers.pictures.png import png

_EVERY_SECONDS = 0.5


def listed() -> int:
    """Which there are; asks for neither settings nor data."""
    for name, kind in REPORTS.items():
        say(f"{name:<10}{kind.what}")
    return 0


def known(name: str) -> Kind:
    """Raises CommandFailed, which says what names there are."""
    if name not in REPORTS:
        raise CommandFailed(f"没有报表 {name}，可以用的是：{'、'.join(REPORTS)}", status=MISUSED)
    return REPORTS[name]


async def report(
    settings: Settings,
    name: str,
    *,
    first: date | None = None,
    last: date | None = None,
    form: str = "text",
    out: Path | None = None,
) -> int:
    kind = known(name)
    if first is not None and last is not None and last < first:
        raise CommandFailed("--to 不能早于 --from", status=MISUSED)
    is_terminal = out is None and sys.stdout.isatty()
    if form == "png" and is_terminal:
        raise CommandFailed("图片请写到文件：--out 文件.png", status=MISUSED)
    async with opened_store(settings) as store:
        async with _moving(kind.what):
            found, period = await _built(store, settings, kind, first, last)
        written = _written(name, found, period, form)
        async with store.transaction() as tx:
            tx.audit("command", f"report {name}")
    _put(written, out)
    return 0


async def _built(
    store: Store, settings: Settings, kind: Kind, first: date | None, last: date | None
) -> tuple[Report, Period]:
    book = RuleBook(settings.rules_dir)
    rules, clock = book.current, SystemClock()
    around = Around(
        rules,
        settings.zone,
        WorkingCalendar(rules.calendar, settings.zone),
        SignedLinks(settings, book, clock),
    )
    async with store.view() as view:
        period = kind.usual(rules.rhythm, view.now, settings.zone)
        if first is not None or last is not None:
            today = around.today(view.now)
            since = first or min(last or today, period.since.astimezone(settings.zone).date())
            period = between(since, last or max(today, since), view.now, settings.zone)
        return await kind.build(view, EVERYTHING, around, period), period


def _written(name: str, found: Report, period: Period, form: str) -> bytes:
    match form:
        case "png":
            return _png(name, found)
        case "csv":
            return _csv(found)
        case "json":
            return _json(name, found, period)
        case _:
            return (found.words(None) if not found.is_empty else f"{found.title}：没有").encode()


def _png(name: str, found: Report) -> bytes:
    if found.picture is None:
        why = "这段时间没有可画的" if name == "heatmap" else f"报表 {name} 没有图片，heatmap 才有"
        raise CommandFailed(why, status=1 if name == "heatmap" else MISUSED)
    try:
        return png(found.picture.svg)
    except Undeliverable as failed:
        raise CommandFailed(f"画不出图片：{failed.reason}") from None


def _csv(found: Report) -> bytes:
    """With the mark by which spreadsheets know UTF-8; no cell is taken for a formula."""
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(found.head)
    writer.writerows([cell(value) for value in row] for row in found.rows)
    return table.getvalue().encode("utf-8-sig")


def _json(name: str, found: Report, period: Period) -> bytes:
    body: dict[str, Any] = {
        "name": name,
        "title": found.title,
        "from": period.since.isoformat(),
        "to": period.until.isoformat(),
        "columns": found.head,
        "rows": found.rows,
        "note": found.note,
    }
    return orjson.dumps(body, option=orjson.OPT_INDENT_2)


def _put(written: bytes, out: Path | None) -> None:
    end = b"" if written.startswith(b"\x89PNG") or written.endswith(b"\n") else b"\n"
    if out is None:
        sys.stdout.buffer.write(written + end)
        sys.stdout.buffer.flush()
        return
    out.touch(mode=0o600)
    if out.is_file():
        out.chmod(0o600)  # it may have been there before, for everybody to read
    out.write_bytes(written + end)
    say(f"写在 {out}")


@asynccontextmanager
async def _moving(what: str) -> AsyncIterator[None]:
    """A bar at a terminal, where it takes longer than a moment."""
    with LateBar(what) as bar:

        async def move() -> None:
            while True:
                await asyncio.sleep(_EVERY_SECONDS)
                bar.advance(0)

        task = asyncio.create_task(move())
        try:
            yield
        finally:
            task.cancel()
