"""The pytest side: listens from the start, searches at the end, with and without xdist."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.leaks.aloud import NOWHERE, Aloud
from tests.leaks.private import Private
from tests.leaks.search import leaks

_MOST_SHOWN = 40
_KEY = pytest.StashKey["Watch"]()
_OF_WORKERS = pytest.StashKey[list[str]]()


class Watch:
    """One session's listening: the whole run's, or that of one of its workers."""

    def __init__(self) -> None:
        self.private = Private()
        self.aloud = Aloud(self.private)
        self.found: list[str] = []

    def start(self) -> None:
        self.private.listen()
        self.aloud.listen()
        self.aloud.attend()

    def search(self) -> None:
        found = leaks(self.aloud.said, self.private.values)
        self.found = [str(leak) for leak in found]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_KEY] = Watch()
    config.stash[_KEY].start()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    aloud = item.config.stash[_KEY].aloud
    aloud.test = item.nodeid
    aloud.attend()
    try:
        return (yield)
    finally:
        aloud.test = NOWHERE


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    try:
        return (yield)
    finally:
        folder = getattr(item, "funcargs", {}).get("tmp_path")
        if isinstance(folder, Path):
            item.config.stash[_KEY].aloud.reads_logs(folder)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    watch = session.config.stash[_KEY]
    watch.search()
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["leaks"] = watch.found
    theirs: list[str] = session.config.stash.setdefault(_OF_WORKERS, [])
    watch.found += theirs
    if watch.found and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker of xdist says what it found."""
    output: dict[str, Any] = getattr(node, "workeroutput", {})
    node.config.stash.setdefault(_OF_WORKERS, []).extend(output.get("leaks", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    watch = terminalreporter.config.stash[_KEY]
    if not watch.found:
        return
    terminalreporter.section("said aloud what is private", sep="=", red=True)
    for line in watch.found[:_MOST_SHOWN]:
        terminalreporter.line(line)
    if len(watch.found) > _MOST_SHOWN:
        terminalreporter.line(f"… and {len(watch.found) - _MOST_SHOWN} more")
    sys.stdout.flush()
