from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world import World, company


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[World]:
    async with company(tmp_path) as world:
        yield world
