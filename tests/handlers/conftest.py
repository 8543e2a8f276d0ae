from collections.abc import AsyncIterator

import pytest

from tests.world import Opens, World


@pytest.fixture
async def office(opens: Opens) -> AsyncIterator[World]:
    """Every capability is tested on both databases."""
    async with opens() as world:
        yield world
