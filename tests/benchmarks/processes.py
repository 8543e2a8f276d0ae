"""Processes that are measured: started on cores of their own, and what they cost.

Where the system cannot pin (no `sched_setaffinity`) or does not tell (no `/proc`), the figures say
so instead of guessing.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def cores() -> tuple[int, ...]:
    """The cores that this run may use; empty where the system cannot pin."""
    if not hasattr(os, "sched_getaffinity"):
        return ()
    return tuple(sorted(os.sched_getaffinity(0)))


def apart() -> tuple[frozenset[int], frozenset[int]]:
    """A core for what is measured and one for who drives it; all of them where there is one."""
    known = cores()
    if len(known) < 2:
        return frozenset(known), frozenset(known)
    return frozenset(known[1:2]), frozenset(known[:1])


def pin(pid: int, to: Iterable[int]) -> None:
    """Keeps a process (0: this one) on the cores given; none given: where it is."""
    if wanted := set(to):
        os.sched_setaffinity(pid, wanted)


@asynccontextmanager
async def pinned(to: Iterable[int]) -> AsyncIterator[None]:
    """This process on the cores given, for a while."""
    before = cores()
    pin(0, to)
    try:
        yield
    finally:
        pin(0, before)


def cpu_seconds(*pids: int) -> float:
    """Processor time of processes and what they have started; NaN where nobody tells."""
    if not Path("/proc/self/stat").exists():
        return float("nan")
    tick = os.sysconf("SC_CLK_TCK")
    return sum(_ticks(pid) for pid in {p for pid in pids for p in family(pid)}) / tick


def resident_kib(pid: int) -> int:
    """What the process holds in memory, in KiB; 0 where nobody tells."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next(
        (int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0
    )


def family(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        children = Path(f"/proc/{parent}/task/{parent}/children")
        found += [int(child) for child in children.read_text().split()] if children.exists() else []
    return found


def _ticks(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    # After the name in brackets: utime and stime are fields 14 and 15, and 16 and 17 those of
    # children that have ended.
    return sum(int(field) for field in stat.rpartition(")")[2].split()[11:15])


@dataclass
class Spoken:
    """A program of ours that is told what to do in lines of JSON, and answers in such lines."""

    process: asyncio.subprocess.Process

    @property
    def pid(self) -> int:
        return self.process.pid

    async def tells(self) -> Any:
        """Its next line; raises where it has ended."""
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError("the program ended, see its words above")
        return json.loads(line)

    async def ask(self, **what: Any) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what).encode() + b"\n")
        await self.process.stdin.drain()
        return await self.tells()


@asynccontextmanager
async def spoken(
    module: str, *arguments: str, on: Iterable[int] = (), env: Mapping[str, str] | None = None
) -> AsyncIterator[Spoken]:
    """`python -m module arguments`; it ends when its standard input does."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 24,
    )
    pin(process.pid, on)
    try:
        yield Spoken(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of them lie; NaN of none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
