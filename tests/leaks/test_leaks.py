"""The suite's own search for what is private: it finds what is planted, and nothing else."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PLANTED = """
import asyncio
import logging
import structlog
from crm_store.vault import Cipher
from pydantic import SecretStr

def test_words():
    Cipher([b"k" * 32]).seal("想了解双源螺旋机，明天来".encode(), purpose="message")
    structlog.get_logger().info("handled", note="他说：想了解双源螺旋机")

def test_secret():
    SecretStr("hidden-key-0815")
    logging.getLogger("library").warning("tried %s", "hidden-key-0815")

def test_process(tmp_path):
    (tmp_path / "bot.log").write_text('{"event": "sent", "to": "13912345678"}')
"""
QUIET = """
import structlog
from crm_store.vault import Cipher

def test_words():
    Cipher([b"k" * 32]).seal("想了解双源螺旋机，明天来".encode(), purpose="message")
    structlog.get_logger().info("handled", inbox=7)
"""
ROOT = Path(__file__).parents[2]
ARGS = ("-p", "tests.leaks.plugin", "-p", "no:cacheprovider", "-p", "no:hypothesispytest")
"""Hypothesis would be loaded in each of these processes, a second of a processor, for nothing."""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_planted_leak_fails_the_run_and_is_named(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(test_planted=PLANTED)

    ran = pytester.runpytest_subprocess(*ARGS, "-n", workers)

    assert ran.ret == pytest.ExitCode.TESTS_FAILED
    ran.assert_outcomes(passed=3)
    ran.stdout.fnmatch_lines_random(
        [
            "test_planted.py::test_words · log handled: words '想了解双源螺旋机' in *",
            "test_planted.py::test_secret · log of library: secret 'hidden-key-0815' in *",
            "test_planted.py::test_process · bot.log: phone '13912345678' in *",
        ]
    )


def test_a_run_that_keeps_its_secrets_passes(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(test_quiet=QUIET)

    ran = pytester.runpytest_subprocess(*ARGS, "-n", "0")

    assert ran.ret == pytest.ExitCode.OK
