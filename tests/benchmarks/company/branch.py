"""A process of the bot in the simulation: worker, scheduler and delivery over one database, with
a platform that takes everything and tells what it took.

As `python -m tests.benchmarks.company.branch FOLDER URL` it works when it is told to, and answers
with what it did: one JSON line for each `go`.
"""

import asyncio
import json
import logging
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, event

from bot.dispatcher import Dispatcher
from bot.links import SignedLinks
from bot.scheduler import Scheduler
from bot.services import Services
from bot.staff import follow_staff
from bot.worker import Worker
from config.rules import RuleBook
from config.settings import Settings
from crm_store import inbox, timers
from crm_store.arrival import Route
from crm_store.database import Database
from crm_store.keyring import open_vault
from crm_store.store import Store
from crm_store.wakeup import LocalWakeup
from handlers import ROUTERS
from notifiers.card import UPLOAD, Button, Card, Image, Message
from notifiers.delivery import Delivery
from notifiers.errors import Retryable
from notifiers.messenger import Messenger, Receipt, ReplyAddress
from tests.benchmarks.company.clock import PostedClock

SIDE_BY_SIDE = 4
_TOGETHER_SECONDS = 1.0
"""No callback waits here for the one writer."""
_IDLE = frozenset(
    {
        *("watching.look_at_backlog", "master_filling.introduce_more"),
        *("voice.look_again", "catching_up.every_quarter"),
    }
)
"""What looks after the machine and the platforms every few minutes, and has nothing to look after
here: nobody pulls, speaks, or hands in lists."""


@dataclass
class Platform:
    """Takes what it is sent. Between the moments of `away` it is not there."""

    name: str
    clock: PostedClock
    away: tuple[tuple[datetime, datetime], ...] = ()
    took: list[dict[str, Any]] = field(default_factory=list)
    _pictures: Iterator[int] = field(default_factory=count)

    async def send(
        self, to: str, message: Message, *, key: str, repeat: int, reply: ReplyAddress | None = None
    ) -> Receipt:
        self._is_there()
        self.took.append(
            {
                "platform": self.name,
                "account": to,
                "key": key,
                "at": self.clock.now().isoformat(),
                "title": message.title if isinstance(message, Card) else "",
                "actions": _actions(message),
                "says": _said(message),
            }
        )
        return Receipt(
            card_code=f"code-{key}", code_expires_at=self.clock.now() + timedelta(hours=72)
        )

    async def update(self, to: str, key: str, card: Card, *, code: str | None) -> None:
        self._is_there()

    async def call(self, api: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        self._is_there()
        if api == "kf/customer/batchget":
            refs = arguments["external_userid_list"]
            named = [{"external_userid": ref, "nickname": f"客户{ref[2:]}"} for ref in refs]
            return {"errcode": 0, "customer_list": named}
        if api == "kf/service_state/get":
            return {"errcode": 0, "service_state": 0, "servicer_userid": ""}
        if api == UPLOAD:
            return {"errcode": 0, "media_id": f"media-{next(self._pictures)}"}
        return {"errcode": 0}

    def _is_there(self) -> None:
        now = self.clock.now()
        if any(start <= now < end for start, end in self.away):
            raise Retryable("the platform is away", code="-1")


def _actions(message: Message) -> list[str]:
    if not isinstance(message, Card):
        return []
    return [b.action for b in (*message.buttons, *message.menu) if isinstance(b, Button)]


def _said(message: Message) -> str:
    """Every word of it that a reader sees."""
    match message:
        case Card():
            rows = (f"{row.name} {row.value}" for row in message.rows)
            parts = (message.title, message.subtitle, *rows, message.quote, message.text)
            return "\n".join(part for part in (*parts, message.status) if part)
        case Image():
            return message.words
        case _:
            return message.text


def _forget_power_cuts(database: Database) -> None:
    """Nobody pulls the plug of this machine: what a process that dies leaves is complete without
    waiting for the disk. PostgreSQL's server is started so as well."""

    @event.listens_for(database.engine.sync_engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.close()


class Slowest:
    """The statement that took longest, by the clock on the wall."""

    def __init__(self, database: Database) -> None:
        self._seconds, self._statement = 0.0, ""
        for engine in (database.engine.sync_engine, database.reader.sync_engine):
            event.listen(engine, "before_cursor_execute", self._begins)
            event.listen(engine, "after_cursor_execute", self._ends)

    def told(self) -> tuple[float, str]:
        return self._seconds, " ".join(self._statement.split())[:160]

    def _begins(self, connection: Connection, *_: Any) -> None:
        connection.info["began"] = time.perf_counter()

    def _ends(self, connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
        seconds = time.perf_counter() - connection.info["began"]
        if seconds > self._seconds:
            self._seconds, self._statement = seconds, statement


@dataclass
class Branch:
    store: Store
    worker: Worker
    scheduler: Scheduler
    delivery: Delivery
    platforms: tuple[Platform, ...]
    slowest: "Slowest"
    _handled: int = 0

    async def work(self) -> dict[str, Any]:
        """Does everything that is due now; what was handled and sent since the last time."""
        while True:
            await self.scheduler.tick()
            await asyncio.gather(*(self._handle() for _ in range(self._side_by_side)))
            await self.delivery.deliver_due()
            if not await self._has_due():
                break
        handled, self._handled = self.worker.handled - self._handled, self.worker.handled
        took = [one for platform in self.platforms for one in platform.took]
        for platform in self.platforms:
            platform.took.clear()
        return {"handled": handled, "took": took, "slowest": self.slowest.told()}

    @property
    def _side_by_side(self) -> int:
        return 1 if self.store.database.is_sqlite else SIDE_BY_SIDE

    async def _handle(self) -> None:
        turn = self.worker.handle_some if self.store.database.is_sqlite else self.worker.handle_one
        while await turn():
            pass

    async def _has_due(self) -> bool:
        async with self.store.view() as view:
            timer = await timers.next_due(view.session)
            if timer is not None and timer <= view.now:
                return True
            return await inbox.has_due(view.session, now=view.now, route=Route.HANDLE)


@asynccontextmanager
async def branch(folder: Path, url: str) -> AsyncIterator[Branch]:
    """Opens one over a migrated database; `folder` holds clock, key and rules."""
    plan = json.loads((folder / "plan.json").read_text())
    settings = Settings.model_validate(
        {
            "database_url": url,
            "public_url": "https://bot.example.com",
            "encryption_key": plan["key"],
            "rules_dir": str(folder / "rules"),
        }
    )
    clock = PostedClock(folder / "clock")
    book = RuleBook(settings.rules_dir)
    database = Database(url)
    if database.is_sqlite:
        _forget_power_cuts(database)
    try:
        vault = await open_vault(database, settings.encryption_keys)
        wakeup = LocalWakeup()
        store = Store(database, vault, clock, wakeup, fresh_id=lambda: uuid.uuid4().hex)
        await follow_staff(store, book.current)
        services = Services(settings, clock, book, SignedLinks(settings, book, clock))
        dispatcher = Dispatcher(ROUTERS, services.provide, services.types)
        away = [
            (datetime.fromisoformat(start), datetime.fromisoformat(end))
            for start, end in plan["away"]
        ]
        platforms = (Platform("wecom", clock, tuple(away)), Platform("dingtalk", clock))
        schedules = [one for one in dispatcher.schedules if one.job not in _IDLE]
        messengers: dict[str, Messenger] = {one.name: one for one in platforms}
        yield Branch(
            store=store,
            worker=Worker(store, dispatcher, wakeup, together_for=_TOGETHER_SECONDS),
            scheduler=Scheduler(store, wakeup, schedules, settings.zone),
            delivery=Delivery(store, messengers, wakeup),
            platforms=platforms,
            slowest=Slowest(database),
        )
    finally:
        await database.close()


async def _serve(folder: Path, url: str) -> None:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    loop = asyncio.get_running_loop()
    async with branch(folder, url) as opened:
        print("ready", flush=True)
        while await loop.run_in_executor(None, sys.stdin.readline):
            print(json.dumps(await opened.work()), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), sys.argv[2]))
