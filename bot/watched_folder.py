"""收件文件夹: files of clients that are laid into a folder are imported, each once (#6 展会扫码).

    folder/名单.xlsx  ── two looks alike, nobody else has it ──> imported
        ├─ done/名单.xlsx                 failed/名单.xlsx.rejected.csv: the lines that were refused
        └─ failed/名单.xlsx, 名单.xlsx.txt     where the file as a whole could not be read

A file that is still being written changes between two looks. Whoever holds its lock has it: two
processes take it once, and one that dies lets go. Lines are known by what they are (importing.py),
so a file that was half taken is taken up again.
"""

import asyncio
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.alarms import Alarms
from bot.faults import describe
from bot.files.columns import Understood, understand
from bot.files.opening import SUFFIXES, open_file
from bot.files.rejected import Rejected
from bot.files.table import FileRefused
from bot.importing import Done, FileImport, Importing
from config.settings import WatchedFolder as Watched
from crm_store.errors import StoreError

log = structlog.get_logger(__name__)

DONE, FAILED = "done", "failed"
_AT_ONCE = 100
"""Lines of a transaction: beside everything else that a bot does."""
_PASSED_OVER = (".", "~$")
"""How names of files begin that somebody is at work on."""
Stamp = tuple[int, int, int]


class WatchedFolder:
    def __init__(self, bot: Importing, watched: Watched, alarms: Alarms) -> None:
        self._bot = bot
        self._watched = watched
        self._alarms = alarms
        self._seen: dict[Path, Stamp] = {}
        self._is_missing = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Looks from time to time, until `stopping` is set; a batch on its way is finished."""
        while not stopping.is_set():
            await self.look(stopping)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), self._watched.every_seconds)

    async def look(self, stopping: asyncio.Event | None = None) -> int:
        """Takes what lay here unchanged since the last look; how many files."""
        taken = 0
        for file in await asyncio.to_thread(self._settled):
            if stopping is not None and stopping.is_set():
                break
            with _held(file) as is_ours:
                if is_ours:
                    taken += await self._take(file)
        return taken

    def _settled(self) -> list[Path]:
        try:
            here = {file: _stamp(file) for file in sorted(self._watched.path.iterdir())}
        except OSError as error:
            if not self._is_missing:
                log.error("watched_folder_not_read", error=describe(error))  # noqa: TRY400 (one line)
                self._is_missing = True
            return []
        self._is_missing = False
        files = {file: stamp for file, stamp in here.items() if stamp and _is_wanted(file)}
        settled = [file for file, stamp in files.items() if self._seen.get(file) == stamp]
        self._seen = files
        return settled

    async def _take(self, file: Path) -> int:
        """0 where the database was at fault: it is tried again at the next look."""
        rejected = Rejected(self._folder(FAILED) / file.name)
        try:
            done = await self._import(file, rejected)
        except FileRefused as refused:
            rejected.abandon()
            self._fail(file, str(refused))
        except (SQLAlchemyError, StoreError, OSError) as error:
            rejected.abandon()
            log.warning("watched_file_waits", file=file.name, error=describe(error))
            return 0
        except Exception as bug:  # noqa: BLE001 (one file must not stop those that come after it)
            rejected.abandon()
            log.error("watched_file_failed", file=file.name, error=describe(bug))  # noqa: TRY400 (no rows in logs)
            self._fail(file, "程序出错，详见日志")
        else:
            beside = rejected.finish()
            _move(file, self._folder(DONE))
            self._report(file, done, beside)
        self._seen.pop(file, None)
        return 1

    async def _import(self, file: Path, rejected: Rejected) -> Done:
        sheets = await asyncio.to_thread(self._understood, file)
        leads = {"assign": True, "pool": False}.get(self._watched.leads)
        run = FileImport(
            self._bot, self._watched.source, assigns=leads, refuse=rejected.put, at_once=_AT_ONCE
        )
        return await run.run(sheets)

    def _understood(self, file: Path) -> Sequence[Understood]:
        """The sheets with a header. Raises FileRefused where there is none."""
        imports, zone = self._bot.rules.current.imports, self._bot.settings.zone
        found, refused = [], []
        for sheet in open_file(file):
            try:
                found.append(understand(sheet, imports, zone))
            except FileRefused as why:
                refused.append(why)
        if not found:
            raise refused[0] if refused else FileRefused(f"{file.name} 里没有工作表")
        return found

    def _report(self, file: Path, done: Done, rejected: Path | None) -> None:
        taken = done.taken
        log.info(
            "watched_file_taken",
            file=file.name,
            lines=done.lines,
            new=taken.new,
            joined=taken.joined,
            known=taken.known,
            refused=done.refused,
        )
        if rejected is not None:
            words = f"{file.name} 有 {done.refused} 行没有导入，原因在 {rejected}"
            self._alarms.raise_later(f"watched file {file.name}", words)

    def _fail(self, file: Path, why: str) -> None:
        moved = _move(file, self._folder(FAILED))
        moved.with_name(f"{moved.name}.txt").write_text(f"{why}\n", encoding="utf-8")
        log.warning("watched_file_refused", file=file.name)
        self._alarms.raise_later(f"watched file {file.name}", f"{file.name} 没有导入：{why}")

    def _folder(self, name: str) -> Path:
        folder = self._watched.path / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder


def _is_wanted(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(_PASSED_OVER)


def _stamp(file: Path) -> Stamp | None:
    """What changes while it is written; None for what is no file, or gone."""
    try:
        about = file.stat()
    except OSError:
        return None
    return (about.st_size, about.st_mtime_ns, about.st_ino) if file.is_file() else None


@contextmanager
def _held(file: Path) -> Iterator[bool]:
    """Whether the file is ours while the block runs: nobody else has it, and it is still there."""
    try:
        opened = os.open(file, os.O_RDONLY)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_there = os.fstat(opened).st_ino == file.stat().st_ino
        except OSError:
            is_there = False
        yield is_there
    finally:
        os.close(opened)


def _move(file: Path, folder: Path) -> Path:
    """Into the folder, beside what is there by that name."""
    target = folder / file.name
    number = 1
    while target.exists():
        number += 1
        target = folder / f"{file.stem}-{number}{file.suffix}"
    return file.rename(target)
