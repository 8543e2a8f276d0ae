"""Starts bots quickly: a process that has imported everything and read the dictionary, and forks.

A bot takes three seconds of a processor to start and a tenth of that as a child of this one; what
it then runs is `genjin serve` as it is. Each line on stdin starts one and is answered with its
process id; its exit status comes into the file that the line names. When stdin ends, so do all.

    python -m tests.e2e.nursery
"""

import gc
import json
import os
import random
import select
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

import bot.commands.serve  # noqa: F401 (what the children need is imported here)
from bot.cli import run
from nlp import pipeline
from nlp.requests import loading

_exit_files: dict[int, str] = {}


def main() -> None:
    pipeline.load()
    for step in loading.steps():
        step()
    gc.collect()
    gc.freeze()
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    orders = sys.stdin.fileno()
    waiting = b""
    while True:
        ready, _, _ = select.select([orders, ended], [], [])
        if ended in ready:
            os.read(ended, 1024)
            _note_the_ended()
        if orders in ready:
            said = os.read(orders, 65536)
            if not said:
                break
            *lines, waiting = (waiting + said).split(b"\n")
            for line in lines:
                _answer(_start(json.loads(line)))
    for child in _exit_files:
        os.kill(child, signal.SIGKILL)


def _start(order: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        _be_a_bot(order["arguments"], order["log"])
    _exit_files[child] = order["exit_file"]
    return child


def _be_a_bot(arguments: list[str], log: str) -> NoReturn:
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        random.seed()
        written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(written, 1)
        os.dup2(written, 2)
        os.closerange(3, 256)
        status = run(arguments)
    except BaseException:  # noqa: BLE001 (whatever it is, it must not run on as a second nursery)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _note_the_ended() -> None:
    while _exit_files:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child == 0:
            return
        file = Path(_exit_files.pop(child))
        # Complete as soon as it is there.
        partly = file.with_suffix(".partly")
        partly.write_text(str(os.waitstatus_to_exitcode(status)), encoding="utf-8")
        partly.rename(file)


def _answer(child: int) -> None:
    sys.stdout.write(f"{child}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
