from pathlib import Path

import pytest

from tests.cli.installation import Installation


@pytest.fixture
def home(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Installation:
    monkeypatch.delenv("GENJIN_CONFIG", raising=False)
    return Installation(tmp_path, capsys)
