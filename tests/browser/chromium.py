"""Finds a Chromium for the browser tests; `python -m tests.browser.chromium` installs Debian's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
USUAL = (
    "/usr/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ADVICE = (
    "No Chromium was found: install one (Debian: apt install chromium) "
    "or name its program in the environment variable CHROMIUM."
)


def find() -> str | None:
    """The browser's program: what CHROMIUM names, else the first of the usual ones."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    for name in (*USUAL, *NAMES):
        program = shutil.which(name)
        if program:
            return program
    return None


def install() -> None:
    """Debian's package, where we may install one."""
    may = hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")
    if not may or os.environ.get("CHROMIUM"):
        return
    quiet = {"DEBIAN_FRONTEND": "noninteractive", **os.environ}
    sys.stderr.write("Installing Debian's chromium for the browser tests (once) …\n")
    for command in (
        ["apt-get", "-qq", "update"],
        ["apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium"],
    ):
        subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False)


def main() -> None:
    if find() is None:
        install()
    program = find()
    if program is None:
        raise SystemExit(ADVICE)
    sys.stdout.write(f"Browser tests run in {Path(program)}\n")


if __name__ == "__main__":
    main()
