from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hostile.wire import Door, door


@pytest.fixture
async def entrance(tmp_path: Path) -> AsyncIterator[Door]:
    async with door(tmp_path) as opened:
        yield opened
