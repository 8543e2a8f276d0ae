"""A file of clients into leads: read, understood, taken in batches, what is refused put aside.

Each batch is one transaction, so a run that is killed leaves whole lines; run again, it takes what
is missing, for every line is known by (source, its own id) or by what it says. Long files are read
by further processes while this one writes.
"""

import asyncio
import multiprocessing
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.dispatcher import Dispatcher
from bot.faults import describe
from bot.files.columns import Columns, LineRefused, Understood
from bot.files.table import Line
from bot.services import Services, reader_by
from config.rules import RuleBook, load_rules
from config.schemas.forms import Forms
from config.settings import Settings
from crm_store.database import was_thrown_out
from crm_store.errors import NotStored
from crm_store.store import Store
from crm_store.vault import Lookups
from handlers.bulk.reading import LineReader, ReadLine
from handlers.bulk.taking import Batch, Taken, take_batch
from handlers.forms import OutsideDictionary, checked
from handlers.reading import Reader

log = structlog.get_logger(__name__)

AT_ONCE = 500
"""Lines of a transaction: half a second on SQLite, in which nobody else writes."""
AT_ONCE_ALONE = 2_000
"""Where nobody else wants to."""
AT_ONCE_ELSEWHERE = 200
"""Where others write as well (PostgreSQL): every line's keys are held until the commit."""
_FEW = 2_000
"""Up to so many lines no further process is worth its start."""
_MOST_READERS = 4
_TRIES = 3


class Importing(Protocol):
    """What of the bot an import works with."""

    settings: Settings
    store: Store
    rules: RuleBook
    services: Services
    dispatcher: Dispatcher


@dataclass
class Done:
    """What became of a file."""

    taken: Taken = field(default_factory=Taken)
    refused: int = 0
    repeated: int = 0
    """Lines that another line of the file says as well."""
    assigns: bool = False

    @property
    def lines(self) -> int:
        taken = self.taken
        return taken.new + taken.joined + taken.known + self.refused + self.repeated


_Accepted = tuple[Understood, Line, ReadLine]
_OTHERS = (
    "编号“{}”以前导入时是另一位客户（联系方式对不上）：如果只是每个文件从 1 数起的流水号，"
    "请把这一列的表头改成“序号”再导入"
)
Placed = tuple[int, Line]
"""A line, and which of the sheets it is from."""
Refuse = Callable[[Understood, Line, str], None]
"""Puts a line aside, with the reason."""


class FileImport:
    """One run over one file."""

    def __init__(
        self,
        bot: Importing,
        source: str,
        *,
        assigns: bool | None,
        refuse: Refuse,
        advance: Callable[[int], None] = lambda count: None,
        at_once: int | None = None,
    ) -> None:
        self._bot = bot
        self._source = source
        self._assigns = assigns
        self._refuse = refuse
        self._advance = advance
        ours = AT_ONCE if bot.store.database.is_sqlite else AT_ONCE_ELSEWHERE
        self._at_once = at_once or ours
        self._seen: dict[int, tuple[str, int]] = {}
        """By the hash of an external id the sheet and the line that had it first."""
        self.done = Done()

    async def run(self, sheets: Sequence[Understood]) -> Done:
        """Raises FileRefused where the file turns out to be broken further down: what stands
        before has been taken."""
        lines = ((at, line) for at, sheet in enumerate(sheets) for line in sheet.lines)
        # Long files are historical ones, and longer than one process reads quickly.
        most = self._bot.rules.current.imports.most_assigned
        head = await asyncio.to_thread(lambda: list(islice(lines, max(most, _FEW) + 1)))
        assigns = len(head) <= most if self._assigns is None else self._assigns
        self.done.assigns = assigns
        with _readers(self._bot, self._with(sheets), is_long=len(head) > _FEW) as (executor, ahead):
            async for some, read in self._read(_chain(head, lines), executor, ahead):
                accepted = dict(self._accepted(sheets, some, read))
                if accepted:
                    batch = Batch(self._source, [read for _, _, read in accepted.values()], assigns)
                    taken = await self._store(batch)
                    self.done.taken.add(taken)
                    for key in taken.others:
                        sheet, line, one = accepted[key]
                        self._put_aside(sheet, line, _OTHERS.format(one.external_id))
                self._advance(len(some))
                # Whoever else waits for the database has his turn.
                await asyncio.sleep(_PAUSE_SECONDS)
        return self.done

    def _with(self, sheets: Sequence[Understood]) -> "_Means":
        settings, store = self._bot.settings, self._bot.store
        return _Means(
            source=self._source,
            columns=[sheet.columns for sheet in sheets],
            rules_dir=settings.rules_dir,
            zone=settings.zone,
            lookups=store.vault.lookups,
            now=store.clock.now(),
        )

    def _accepted(
        self, sheets: Sequence[Understood], some: Sequence[Placed], read: Sequence[ReadLine | str]
    ) -> Iterator[tuple[str, "_Accepted"]]:
        """By the hash of their ids."""
        for (at, line), one in zip(some, read, strict=True):
            sheet = sheets[at]
            if isinstance(one, str):
                self._put_aside(sheet, line, one)
                continue
            place = (sheet.sheet.name, line.number)
            first = self._seen.setdefault(hash(one.key), place)
            if first == place:
                yield one.key, (sheet, line, one)
            elif sheet.columns.has_ids:
                where = f"“{first[0]}”" if first[0] != place[0] else ""
                why = f"编号“{one.external_id}”和{where}第 {first[1]} 行的一样"
                self._put_aside(sheet, line, why)
            else:
                self.done.repeated += 1

    def _put_aside(self, sheet: Understood, line: Line, why: str) -> None:
        self.done.refused += 1
        self._refuse(sheet, line, why)

    async def _read(
        self, lines: Iterator[Placed], executor: Executor, ahead: int
    ) -> AsyncIterator[tuple[list[Placed], list[ReadLine | str]]]:
        """Batches in their order; so many are read ahead while others are written."""
        loop = asyncio.get_running_loop()
        waiting: deque[tuple[list[Placed], asyncio.Future[list[ReadLine | str]]]] = deque()
        while True:
            while len(waiting) < ahead:
                some = await asyncio.to_thread(lambda: list(islice(lines, self._at_once)))
                if not some:
                    break
                waiting.append((some, loop.run_in_executor(executor, _read_here, some)))
            if not waiting:
                return
            some, read = waiting.popleft()
            yield some, await read

    async def _store(self, batch: Batch) -> Taken:
        """In one transaction; again where another process was quicker with a line of it."""
        for _ in range(_TRIES):
            try:
                async with self._bot.store.transaction() as tx:
                    taken: Taken = await self._bot.dispatcher.act(tx, take_batch, {Batch: batch})
            except DBAPIError as error:
                if not (isinstance(error, IntegrityError) or was_thrown_out(error)):
                    raise
                log.info("import_again", error=describe(error))
            else:
                return taken
        raise NotStored("the lines could not be stored")


_PAUSE_SECONDS = 0.005


def _chain(head: list[Placed], rest: Iterator[Placed]) -> Iterator[Placed]:
    head.reverse()
    while head:
        yield head.pop()
    yield from rest


# -- reading, perhaps in another process -----------------------------------------------------


@dataclass(frozen=True)
class _Means:
    """What lines are read with; it goes to the processes that read."""

    source: str
    columns: list[Columns]
    rules_dir: Path | None
    zone: ZoneInfo
    lookups: Lookups
    now: datetime


@dataclass(frozen=True)
class _Here:
    columns: list[Columns]
    forms: Forms
    lines: LineReader


_here: _Here | None = None


@contextmanager
def _readers(bot: Importing, means: _Means, *, is_long: bool) -> Iterator[tuple[Executor, int]]:
    """Who reads, and how many batches ahead."""
    count = min(_MOST_READERS, (os.cpu_count() or 1) - 1)
    executor: Executor
    if is_long and count > 0:
        spawning = multiprocessing.get_context("spawn")
        executor = ProcessPoolExecutor(count, spawning, initializer=_start, initargs=(means,))
        ahead = 2 * count + 1
    else:
        _begin(means, bot.services.get(Reader), bot.rules.current.forms)
        executor, ahead = ThreadPoolExecutor(1), 2
    try:
        yield executor, ahead
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _start(means: _Means) -> None:
    rules = load_rules(means.rules_dir)
    _begin(means, reader_by(rules, means.rules_dir, means.zone), rules.forms)


def _begin(means: _Means, reader: Reader, forms: Forms) -> None:
    global _here  # noqa: PLW0603 (a process of the pool has nothing else to keep it in)
    lines = LineReader(means.source, reader, means.lookups, means.now)
    _here = _Here(means.columns, forms, lines)


def _read_here(lines: Sequence[Placed]) -> list[ReadLine | str]:
    """Each line read, or why it is refused."""
    assert _here is not None
    return [_read_one(_here, at, line) for at, line in lines]


def _read_one(here: _Here, at: int, line: Line) -> ReadLine | str:
    try:
        submission = here.columns[at].submission(line)
        return here.lines.read(checked(here.forms, here.lines.source, submission))
    except (LineRefused, OutsideDictionary) as refused:
        return str(refused)
