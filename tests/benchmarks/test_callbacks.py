"""Durable callbacks a second, against a null handler and against the usual way, in one run."""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.benchmarks.corp import requests

pytestmark = pytest.mark.bench

CONNECTIONS = 32
REQUESTS = 3_000
ROUNDS = 3


@dataclass
class Run:
    per_second: float
    p50_ms: float
    p99_ms: float


@asynccontextmanager
async def server(kind: str, folder: Path) -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.benchmarks.servers",
        kind,
        str(folder),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield int(await process.stdout.readline())
    finally:
        process.stdin.close()
        await process.wait()


async def drive(port: int, bodies: list[bytes]) -> Run:
    """Sends every request once over a fixed number of connections; all must be answered 200."""
    waiting = list(reversed(bodies))
    took: list[float] = []

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            body = waiting.pop()
            started = time.perf_counter()
            writer.write(body)
            head = await reader.readuntil(b"\r\n\r\n")
            took.append(time.perf_counter() - started)
            assert head.startswith(b"HTTP/1.1 200"), head
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(one_connection() for _ in range(CONNECTIONS)))
    seconds = time.perf_counter() - started
    cuts = statistics.quantiles(took, n=100)
    return Run(len(bodies) / seconds, cuts[49] * 1000, cuts[98] * 1000)


async def test_durable_callbacks(tmp_path: Path) -> None:
    bodies = requests(REQUESTS)
    runs: dict[str, list[Run]] = {"null": [], "plain": [], "durable": []}

    for number in range(ROUNDS):
        for kind, rounds in runs.items():
            folder = tmp_path / f"{kind}{number}"
            folder.mkdir()
            async with server(kind, folder) as port:
                rounds.append(await drive(port, bodies))

    middle = {
        kind: sorted(rounds, key=lambda run: run.per_second)[len(rounds) // 2]
        for kind, rounds in runs.items()
    }
    print(f"\ncallbacks, {CONNECTIONS} connections, {REQUESTS} requests, middle of {ROUNDS} rounds")
    for kind, run in middle.items():
        print(
            f"  {kind:8} {run.per_second:7.0f}/s"
            f"  p50 {run.p50_ms:6.1f} ms  p99 {run.p99_ms:6.1f} ms"
        )
    durable = middle["durable"].per_second
    print(f"  durable / plain {durable / middle['plain'].per_second:5.2f}")
    print(f"  durable / null  {durable / middle['null'].per_second:5.2f}")
