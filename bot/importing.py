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
from sqlalchemy.exc import IntegrityError

from bot.dispatcher import Dispatcher
from bot.faults import describe
from bot.files.columns import LineRefused, Understood
from bot.files.table import Line
from bot.services import Services, reader_by
from config.rules import RuleBook, load_rules
from config.settings import Settings
from crm_store.errors import NotStored
from crm_store.store import Store
from handlers.bulk.reading import ReadLine, read_all
from handlers.bulk.taking import Batch, Taken, take_batch
from handlers.form import Remembered
from handlers.forms import OutsideDictionary, checked
from handlers.reading import Reader
from handlers.submission import Submission

log = structlog.get_logger(__name__)

AT_ONCE = 500
"""Lines of a transaction: a fifth of a second on SQLite, in which nobody else writes."""
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
        submissions = (one for sheet in sheets for one in self._submissions(sheet))
        # Long files are historical ones, and longer than one process reads quickly.
        most = self._bot.rules.current.imports.most_assigned
        head = await asyncio.to_thread(lambda: list(islice(submissions, max(most, _FEW) + 1)))
        assigns = len(head) <= most if self._assigns is None else self._assigns
        self.done.assigns = assigns
        with _readers(self._bot, is_long=len(head) > _FEW) as (executor, ahead):
            async for lines in self._read(_chain(head, submissions), executor, ahead):
                self.done.taken.add(await self._store(Batch(self._source, lines, assigns)))
                self._advance(len(lines))
                # Whoever else waits for the database has his turn.
                await asyncio.sleep(_PAUSE_SECONDS)
        return self.done

    def _submissions(self, sheet: Understood) -> Iterator[Submission]:
        rules = self._bot.rules.current
        for line in sheet.lines:
            try:
                submission = sheet.columns.submission(line)
                submission = checked(rules.forms, self._source, submission)
            except (LineRefused, OutsideDictionary) as refused:
                self._put_aside(sheet, line, str(refused))
                continue
            place = (sheet.sheet.name, line.number)
            first = self._seen.setdefault(hash(submission.external_id), place)
            if first == place:
                yield submission
            elif sheet.columns.has_ids:
                where = f"“{first[0]}”" if first[0] != place[0] else ""
                why = f"编号“{submission.external_id}”和{where}第 {first[1]} 行的一样"
                self._put_aside(sheet, line, why)
            else:
                self.done.repeated += 1

    def _put_aside(self, sheet: Understood, line: Line, why: str) -> None:
        self.done.refused += 1
        self._refuse(sheet, line, why)

    async def _read(
        self, submissions: Iterator[Submission], executor: Executor, ahead: int
    ) -> AsyncIterator[list[ReadLine]]:
        """Batches in their order; so many are read ahead while others are written."""
        loop = asyncio.get_running_loop()
        now = self._bot.store.clock.now()
        waiting: deque[asyncio.Future[list[ReadLine]]] = deque()
        while True:
            while len(waiting) < ahead:
                batch = await asyncio.to_thread(lambda: list(islice(submissions, self._at_once)))
                if not batch:
                    break
                waiting.append(loop.run_in_executor(executor, _read_here, batch, self._source, now))
            if not waiting:
                return
            yield await waiting.popleft()

    async def _store(self, batch: Batch) -> Taken:
        """In one transaction; again where another process was quicker with a line of it."""
        for _ in range(_TRIES):
            try:
                async with self._bot.store.transaction() as tx:
                    taken: Taken = await self._bot.dispatcher.act(tx, take_batch, {Batch: batch})
            except IntegrityError as error:
                log.info("import_again", error=describe(error))
            else:
                return taken
        raise NotStored("the lines could not be stored")


_PAUSE_SECONDS = 0.005


def _chain(head: list[Submission], rest: Iterator[Submission]) -> Iterator[Submission]:
    head.reverse()
    while head:
        yield head.pop()
    yield from rest


# -- reading, perhaps in another process -----------------------------------------------------


@dataclass
class _Here:
    """What a process reads with."""

    reader: Reader
    remembered: Remembered = field(default_factory=dict)


_here: _Here | None = None


@contextmanager
def _readers(bot: Importing, *, is_long: bool) -> Iterator[tuple[Executor, int]]:
    """Who reads, and how many batches ahead."""
    count = min(_MOST_READERS, (os.cpu_count() or 1) - 1)
    executor: Executor
    if is_long and count > 0:
        executor = ProcessPoolExecutor(
            count,
            multiprocessing.get_context("spawn"),
            initializer=_start_reading,
            initargs=(bot.settings.rules_dir, bot.settings.zone),
        )
        ahead = 2 * count + 1
    else:
        _read_with(bot.services.get(Reader))
        executor, ahead = ThreadPoolExecutor(1), 2
    try:
        yield executor, ahead
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _start_reading(rules_dir: Path | None, zone: ZoneInfo) -> None:
    _read_with(reader_by(load_rules(rules_dir), rules_dir, zone))


def _read_with(reader: Reader) -> None:
    global _here  # noqa: PLW0603 (a process of the pool has nothing else to keep it in)
    _here = _Here(reader)


def _read_here(submissions: list[Submission], source: str, now: datetime) -> list[ReadLine]:
    assert _here is not None
    return read_all(submissions, source, _here.reader, now, _here.remembered)
