"""Wiring mistakes are found when the program starts, and the message names the handler."""

import importlib
import pkgutil

import pytest

import handlers
from bot.dispatcher import Dispatcher
from bot.injection import Injector, WiringError
from config.clock import Clock
from crm_store.facts import Muted
from crm_store.models import Member
from crm_store.store import Transaction
from handlers import ROUTERS
from handlers.events import CardPress, DirectoryChange, TimerDue
from handlers.router import Router


def wire(*routers: Router) -> Dispatcher:
    return Dispatcher(routers, dict, set())


def test_every_module_with_a_router_is_listed() -> None:
    listed = {id(router) for router in ROUTERS}
    forgotten = []
    for module in pkgutil.iter_modules(handlers.__path__, "handlers."):
        router = getattr(importlib.import_module(module.name), "router", None)
        if isinstance(router, Router) and id(router) not in listed:
            forgotten.append(module.name)

    assert forgotten == []
    assert len({router.name for router in ROUTERS}) == len(ROUTERS)


def test_a_reaction_is_called_by_type_and_name() -> None:
    router = Router("test")

    @router.on(Muted)
    async def wrong(fact: Muted, sender: Member) -> None: ...

    with pytest.raises(WiringError, match=r"test_injection\..*wrong asks for sender"):
        wire(router)


def test_a_command_gets_the_words_in_its_braces_and_no_others() -> None:
    router = Router("test")

    @router.command("转派 {client} 给 {successor}", help="")
    async def right(client: str, successor: str, sender: Member, tx: Transaction) -> None: ...

    wire(router)

    @router.command("跟进 {client}", help="")
    async def wrong(client: str, note: str) -> None: ...

    with pytest.raises(WiringError, match="wrong asks for note"):
        wire(router)


@pytest.mark.parametrize("what", ["button", "timer", "answer", "event", "schedule", "otherwise"])
def test_what_nobody_provides_is_refused_everywhere(what: str) -> None:
    router = Router("test")

    async def wrong(clock: Clock) -> None: ...

    register = {
        "button": router.button("x"),
        "timer": router.timer("x"),
        "answer": router.answer("x"),
        "event": router.on(DirectoryChange),
        "schedule": router.schedule("0 9 * * *"),
        "otherwise": router.otherwise(),
    }[what]
    register(wrong)

    with pytest.raises(WiringError, match="wrong asks for clock"):
        wire(router)


def test_a_handler_of_another_event_is_refused() -> None:
    router = Router("test")

    @router.timer("quiet")
    async def wrong(due: CardPress) -> None: ...

    with pytest.raises(WiringError, match="wrong asks for due"):
        wire(router)


def test_the_same_timer_twice_is_refused() -> None:
    one, two = Router("one"), Router("two")

    @one.timer("quiet")
    async def first(due: TimerDue) -> None: ...

    @two.timer("quiet")
    async def second(due: TimerDue) -> None: ...

    with pytest.raises(ValueError, match="quiet is registered twice, the second time by two"):
        wire(one, two)
    with pytest.raises(ValueError, match="quiet is registered twice"):
        one.timer("quiet")(second)


async def test_what_the_event_brings_goes_before_what_is_there_for_all() -> None:
    async def handler(number: int, words: str) -> tuple[int, str]:
        return number, words

    injector = Injector(lambda: {int: 1}, {int})
    injector.check(handler, types=set(), names={"words"})

    assert await injector.call(handler, {}, {"words": "好"}) == (1, "好")
    assert await injector.call(handler, {int: 2}, {"words": "好"}) == (2, "好")
