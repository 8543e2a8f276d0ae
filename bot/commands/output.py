"""Lines for the operator: what was done on stdout, what is in the way on stderr."""

import sys


def say(line: str = "") -> None:
    """One line on stdout, at once: a program may be waiting for it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def complain(line: str) -> None:
    sys.stderr.write(f"genjin: {line}\n")
    sys.stderr.flush()
