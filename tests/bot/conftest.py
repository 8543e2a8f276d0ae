"""A company whose handlers are the test's own."""

from collections.abc import AsyncIterator, Callable

import pytest

from bot.dispatcher import Dispatcher
from handlers.router import Router
from tests.world import Opens, World


@pytest.fixture
async def office(opens: Opens) -> AsyncIterator[World]:
    """The company as it is, with every capability."""
    async with opens() as world:
        yield world


@pytest.fixture
def runs(office: World) -> Callable[..., None]:
    """`runs(router, …)` lets the company know nothing but these routers."""

    def only(*routers: Router) -> None:
        office.one_by_one = True
        office.dispatcher = Dispatcher(routers, dict, set())
        office.worker.dispatcher = office.dispatcher

    return only
