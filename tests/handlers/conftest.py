from collections.abc import AsyncIterator

import pytest

from tests.handlers.school import SCHOOL
from tests.world import TEAM, Opens, World


@pytest.fixture
async def office(opens: Opens) -> AsyncIterator[World]:
    """Every capability is tested on both databases, half of its tests on each."""
    async with opens() as world:
        yield world


@pytest.fixture
async def school(opens: Opens) -> AsyncIterator[World]:
    """Two teams that sell courses, beside the others."""
    async with opens(team=[*TEAM, *SCHOOL]) as world:
        yield world
