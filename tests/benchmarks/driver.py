"""A driver of little weight: raw sockets and a selector, whole requests made beforehand.

It answers for itself: how late it was with what it meant to send is part of every figure.
"""

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.benchmarks.processes import percentile

_OK = b"HTTP/1.1 200"
_LATER = b"HTTP/1.1 503"
_GIVES_UP_AFTER = 60.0


@dataclass
class Run:
    """What came of a run. Times are in seconds, from when a request was due."""

    seconds: float
    took: list[float] = field(default_factory=list)
    refused: int = 0
    late: list[float] = field(default_factory=list)
    cpu: float = 0.0
    """Processor time of the driver itself, in seconds."""

    @property
    def per_second(self) -> float:
        return len(self.took) / self.seconds

    def at(self, share: float) -> float:
        """The time within which `share` of the answers came, in milliseconds."""
        return percentile(self.took, share) * 1000


@dataclass(eq=False)
class _Line:
    """One connection; `due` is that of the request in flight."""

    socket: socket.socket
    due: float = 0.0
    heard: bytes = b""


def drive(
    port: int, requests: Sequence[bytes], *, connections: int, rate: float | None = None
) -> Run:
    """Sends every request once. Without `rate` as fast as the answers come, with it evenly spaced
    whether or not they come: what has to wait for a free connection waits on the server's account.
    """
    with selectors.DefaultSelector() as selector:
        lines = [_Line(socket.create_connection(("127.0.0.1", port))) for _ in range(connections)]
        for line in lines:
            line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(line.socket, selectors.EVENT_READ, line)
        try:
            return _drive(selector, lines, requests, rate)
        finally:
            for line in lines:
                line.socket.close()


def _drive(
    selector: selectors.BaseSelector,
    free: list[_Line],
    requests: Sequence[bytes],
    rate: float | None,
) -> Run:
    run, cpu = Run(0.0), time.process_time()
    started = last = time.perf_counter()
    sent = 0
    while len(run.took) + run.refused < len(requests):
        now = time.perf_counter()
        while free and sent < len(requests):
            due = now if rate is None else started + sent / rate
            if due > now:
                break
            line = free.pop()
            line.due = due
            run.late.append(now - due)
            line.socket.sendall(requests[sent])
            sent += 1
        ahead = None
        if rate is not None and free and sent < len(requests):
            ahead = max(0.0, started + sent / rate - time.perf_counter())
        for key, _ in selector.select(_GIVES_UP_AFTER if ahead is None else ahead):
            line = key.data
            line.heard += line.socket.recv(65536)
            if b"\r\n\r\n" in line.heard:
                last = time.perf_counter()
                if line.heard.startswith(_OK):
                    run.took.append(last - line.due)
                elif line.heard.startswith(_LATER):
                    run.refused += 1
                else:
                    raise ConnectionError(f"neither 200 nor 503: {line.heard[:60]!r}")
                line.heard = b""
                free.append(line)
            elif not line.heard:
                raise ConnectionError("the server hung up")
        if time.perf_counter() - last > _GIVES_UP_AFTER:
            raise TimeoutError(f"{len(run.took)} of {len(requests)} were answered")
    run.seconds, run.cpu = last - started, time.process_time() - cpu
    return run
