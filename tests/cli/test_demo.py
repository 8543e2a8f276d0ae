"""`genjin demo` as a process: how it ends, and what it leaves."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.cli.installation import REPOSITORY


def test_a_demo_that_is_told_to_stop_leaves_no_folder_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "demo"]
    with subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert "沙盒已打开" in process.stdout.readline()
            assert list(tmp_path.glob("genjin-demo-*"))

            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()

    assert "Traceback" not in err
    assert list(tmp_path.glob("genjin-demo-*")) == []
