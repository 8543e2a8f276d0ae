"""The composition root: everything that runs, made from the settings and wired together.

    web        callbacks, intake, pages, Stream → InboxWriter
    worker     inbox → handlers
    scheduler  timers and cron → inbox
    delivery   outbox → platforms (beside every worker)

Stopping: no new events, what was accepted is committed, what is on its way arrives, nothing is
left running.
"""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum
from typing import Any

import aiohttp
import structlog
from aiohttp import web

from bot import heap
from bot.alarms import Alarms
from bot.dispatcher import Dispatcher
from bot.links import SignedLinks
from bot.outbound import messengers, paced
from bot.platforms.stream import StreamClient
from bot.pulls import KfPull
from bot.scheduler import Scheduler
from bot.services import Services
from bot.staff import RulesWatch, follow_staff
from bot.watched_folder import WatchedFolder
from bot.web.listener import Listener
from bot.web.server import build_web
from bot.worker import Pull, Puller, Worker
from config.clock import Clock, SystemClock
from config.rules import RuleBook
from config.settings import Settings
from crm_store import schema
from crm_store.database import Database
from crm_store.inbox_writer import InboxWriter
from crm_store.keyring import open_vault
from crm_store.redis_link import RedisLink, linked
from crm_store.shared_clock import SharedClock, shared_clock
from crm_store.shared_wakeup import SharedWakeup
from crm_store.store import Store
from crm_store.takeover import alone, take_over
from crm_store.tokens import TokenStore
from crm_store.wakeup import LocalWakeup
from handlers import ROUTERS
from nlp import pipeline
from nlp.requests import loading
from notifiers.delivery import Delivery
from notifiers.dingtalk import DingTalkMessenger
from notifiers.errors import DeliveryError
from notifiers.quotas import PUSHES, Usage, UsageWatch

log = structlog.get_logger(__name__)

_REGISTER_AGAIN_SECONDS = 60.0
_STOP_WITHIN_SECONDS = 20.0
_SIDE_BY_SIDE = 4
"""Events that a worker process handles at once on PostgreSQL; each holds a connection."""
_SOURCES = ("stream", "card route", "inbox", "rules")
_TO_THE_END = ("hear", "tell", "usage", "clock")
"""What the loops that finish their work still need, or count in."""


class RunRole(StrEnum):
    ALL = "all"
    WEB = "web"
    WORKER = "worker"
    SCHEDULER = "scheduler"


class Bot:
    """One process of the assistant. Use `running_bot`, which opens and closes it."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        database: Database,
        store: Store,
        wakeup: LocalWakeup,
        rules: RuleBook,
        session: aiohttp.ClientSession,
        redis: RedisLink | None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.database = database
        self.store = store
        self.wakeup = wakeup
        self.rules = rules
        self.session = session
        self.links = SignedLinks(settings, rules, clock)
        self.services = Services(settings, clock, rules, self.links)
        self.dispatcher = Dispatcher(ROUTERS, self.services.provide, self.services.types)
        self.inbox = InboxWriter(database, store.vault, clock, wakeup)
        self.redis = redis
        self.tokens = TokenStore(database, store.vault, clock, redis)
        self.limits = paced(redis, is_alone=database.is_sqlite)
        """How fast each platform is asked; `waits` counts the calls that had to wait."""
        self.usage = Usage()
        """What DingTalk's monthly quotas were asked for, not written down yet."""
        self.messengers = messengers(
            settings,
            session,
            self.tokens,
            self.limits,
            clock,
            usage=self.usage,
            store=store,
            connections=lambda: rules.current.connections,
        )
        self.delivery = Delivery(store, self.messengers, wakeup)
        self.worker = _worker(store, self.dispatcher, wakeup)
        self.puller = Puller(store, wakeup, self._pulls())
        self.scheduler = Scheduler(store, wakeup, self.dispatcher.schedules, settings.zone)
        self.is_demo = False
        """Whether the sandbox's page may read what the bot knows."""
        self.submitted = 0
        """Submissions that POST /api/leads took in and that were new."""
        self.recorded: Counter[tuple[str, str]] = Counter()
        """What registered systems handed in, by (system, what came of it)."""
        self.draining = False
        self.stopping = asyncio.Event()
        self.alarms = Alarms(store)
        self.rules_watch = RulesWatch(store, rules, self.alarms, connected=settings.platforms)
        self.address = ""
        """Where the web server listens, once it does."""

    def _pulls(self) -> Mapping[str, Pull]:
        asked = self.messengers.get("wecom")
        return {"kf_pointer": KfPull(self.store, asked, self.clock)} if asked else {}

    def loops(self, role: RunRole) -> list[tuple[str, Coroutine[Any, Any, None]]]:
        """What this process runs, by name."""
        runs: list[tuple[str, Coroutine[Any, Any, None]]] = [("rules", self.rules_watch.run())]
        if self.settings.dingtalk is not None:
            watch = UsageWatch(self.store, self.usage, lambda: self.rules.current.alarms)
            runs.append(("usage", watch.run()))
        if role in (RunRole.ALL, RunRole.WEB):
            runs.append(("inbox", self.inbox.run()))
            stream = self._stream()
            if stream is not None:
                runs.append(("stream", stream.run()))
            settings = self.settings.dingtalk
            if settings is not None and settings.mode == "http" and settings.card_template_id:
                runs.append(("card route", self._register_card_route()))
        if role in (RunRole.ALL, RunRole.WORKER):
            runs.append(("worker", self.worker.run(self.stopping)))
            runs.append(("puller", self.puller.run(self.stopping)))
            runs.append(("phrasings", self._get_ready()))
            runs.append(("delivery", self.delivery.run(self.stopping)))
        if role in (RunRole.ALL, RunRole.SCHEDULER):
            runs.append(("scheduler", self.scheduler.run(self.stopping)))
            if self.settings.watched_folder is not None:
                folder = WatchedFolder(self, self.settings.watched_folder, self.alarms)
                runs.append(("watched folder", folder.run(self.stopping)))
        if isinstance(self.clock, SharedClock):
            runs.append(("clock", self.clock.run()))
        if isinstance(self.wakeup, SharedWakeup):
            runs.append(("tell", self.wakeup.tell()))
            if role is not RunRole.SCHEDULER:  # a web process shows on desks what others wrote
                runs.append(("hear", self.wakeup.hear()))
        return runs

    async def _get_ready(self) -> None:
        """So that whoever speaks first in his own words does not wait for what they are read by."""
        for step in loading.steps():
            if self.stopping.is_set():
                return
            await asyncio.to_thread(step)
        heap.settle()

    def _stream(self) -> StreamClient | None:
        settings = self.settings.dingtalk
        if settings is None or settings.mode != "stream":
            return None
        return StreamClient(
            settings,
            self.session,
            self.usage.counting(PUSHES, self.inbox.accept),
            self.clock,
            alarm=lambda words: self.alarms.raise_later("dingtalk stream", words),
        )

    async def _register_card_route(self) -> None:
        """HTTP mode: DingTalk has to be told where presses go; again until it has been."""
        messenger = self.messengers.get("dingtalk")
        assert isinstance(messenger, DingTalkMessenger)
        url = f"{self.settings.public_url.rstrip('/')}/callbacks/dingtalk/cards"
        while True:
            try:
                await messenger.register_card_route(url)
            except DeliveryError as error:
                log.warning("card_route_not_registered", code=error.code)
                await asyncio.sleep(_REGISTER_AGAIN_SECONDS)
            else:
                return

    @asynccontextmanager
    async def serving(
        self, role: RunRole = RunRole.ALL, *, host: str | None = None, port: int | None = None
    ) -> AsyncIterator[asyncio.Future[None]]:
        """Runs everything of this role; yields a future that fails when a part breaks down.

        Raises InUse where only one process may serve the database, and another does.
        """
        with alone(self.database):
            await take_over(self.store)
            async with self._serving(role, host, port) as broken:
                yield broken

    @asynccontextmanager
    async def _serving(
        self, role: RunRole, host: str | None, port: int | None
    ) -> AsyncIterator[asyncio.Future[None]]:
        runner = Listener(build_web(self, role), shutdown_timeout=5)
        await runner.setup()
        broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        tasks = [asyncio.create_task(loop, name=name) for name, loop in self.loops(role)]
        for task in tasks:
            task.add_done_callback(lambda task: _pass_on(task, broken))
        listen = self.settings.listen
        site = web.TCPSite(
            runner, host or listen.host, listen.port if port is None else port, reuse_port=None
        )
        try:
            await site.start()
            self.address = _address(runner)
            yield broken
        finally:
            self.draining = True
            await runner.cleanup()
            await self._stop(tasks)
            broken.cancel()

    async def _stop(self, tasks: list[asyncio.Task[None]]) -> None:
        """Sources first, then the loops that finish what they hold."""
        by_name = {task.get_name(): task for task in tasks}
        await _end([by_name[name] for name in _SOURCES if name in by_name])
        await self.alarms.close()
        self.stopping.set()
        self.wakeup.everything()
        finishing = [task for task in tasks if task.get_name() not in _TO_THE_END]
        _, late = await asyncio.wait(finishing, timeout=_STOP_WITHIN_SECONDS)
        for task in late:
            log.warning("stopped_hard", part=task.get_name())
        await _end([*late, *(by_name[name] for name in _TO_THE_END if name in by_name)])


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """One after the other, in this order."""
    for task in tasks:
        task.cancel()
        await asyncio.wait([task])


def _worker(store: Store, dispatcher: Dispatcher, wakeup: LocalWakeup) -> Worker:
    """Where there is one writer, events share its commits; else they are handled side by side,
    each in a commit of its own: two that hold several clients could wait for each other."""
    if store.database.is_sqlite:
        return Worker(store, dispatcher, wakeup)
    return Worker(store, dispatcher, wakeup, together=1, at_once=_SIDE_BY_SIDE)


def _pass_on(task: asyncio.Task[None], broken: asyncio.Future[None]) -> None:
    if task.cancelled() or broken.done():
        return
    error = task.exception()
    if error is not None:
        broken.set_exception(error)


def _address(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"


@asynccontextmanager
async def running_bot(
    settings: Settings,
    *,
    clock: Clock | None = None,
    fresh_id: Callable[[], str] = lambda: uuid.uuid4().hex,
) -> AsyncIterator[Bot]:
    """A bot over its database, not serving yet. Raises SchemaOutdated, Unreadable, RulesError.

    Without a `clock` it goes by the machine's on SQLite, and on PostgreSQL by the database's.
    """
    rules = RuleBook(settings.rules_dir)
    keys = settings.encryption_keys
    # Dictionaries and tables take a while, which the first message would wait for.
    await asyncio.to_thread(pipeline.load)
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        await schema.require_current(database)
        if clock is None:
            clock = SystemClock() if database.is_sqlite else await shared_clock(database)
        vault = await open_vault(database, keys)
        redis = linked(settings.redis_url, vault) if settings.redis_url else None
        if redis is not None:
            stack.push_async_callback(redis.close)
        wakeup = LocalWakeup() if redis is None else SharedWakeup(redis)
        store = Store(database, vault, clock, wakeup, fresh_id=fresh_id)
        await follow_staff(store, rules.current, connected=settings.platforms)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield Bot(settings, clock, database, store, wakeup, rules, session, redis)
