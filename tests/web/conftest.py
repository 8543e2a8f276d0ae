from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.house import House, house


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as opened:
        yield opened
