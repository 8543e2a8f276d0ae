"""The servers that are measured, each in a process of its own: `python -m tests.benchmarks.servers
KIND FOLDER DATABASE_URL`. Prints its port and serves until its standard input ends.

    null     aiohttp, reads the body and answers 200: the ceiling
    plain    wechatpy decrypts, a SQLModel session inserts, a commit a request: the usual way
    durable  ours: the bot's middleware and callbacks, strict envelope, group commit into the inbox
"""

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from aiohttp import web
from sqlalchemy import DateTime
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from wechatpy.enterprise import parse_message
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.platforms.routes import add_routes
from bot.web.guard import guarded, protect
from config.clock import SystemClock
from config.logging import configure
from config.settings import Settings
from crm_store import schema
from crm_store.database import Database
from crm_store.inbox_writer import InboxWriter
from crm_store.keyring import open_vault
from crm_store.wakeup import LocalWakeup
from tests.benchmarks.corp import AES_KEY, CORP_ID, TOKEN, settings_in

App = AsyncIterator[web.Application]
PATH = "/callbacks/wecom/assistant"
PLAIN_POOL = 10
"""As many connections to PostgreSQL as the bot has."""


class PlainEvent(SQLModel, table=True):
    """The table of the usual way."""

    __tablename__ = "plain_events"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, max_length=64)
    body: str
    at: datetime = Field(sa_type=DateTime(timezone=True))


@asynccontextmanager
async def null(_database_url: str) -> App:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    app = web.Application()
    app.router.add_post(PATH, answer)
    yield app


@asynccontextmanager
async def plain(database_url: str) -> App:
    # With SQLite's usual five seconds its writers starve each other into errors.
    options = (
        {"connect_args": {"timeout": 60}}
        if database_url.startswith("sqlite")
        else {"pool_size": PLAIN_POOL, "max_overflow": 5}
    )
    engine = create_async_engine(database_url, **options)
    async with engine.begin() as connection:
        table = SQLModel.metadata.tables[PlainEvent.__tablename__]
        await connection.run_sync(table.create)
    crypto = WeChatCrypto(TOKEN, AES_KEY, CORP_ID)

    async def answer(request: web.Request) -> web.Response:
        query = request.query
        body = await request.read()
        words = crypto.decrypt_message(
            body, query["msg_signature"], query["timestamp"], query["nonce"]
        )
        message = parse_message(words)
        key = hashlib.sha256(str(message.id).encode()).hexdigest()
        async with AsyncSession(engine) as session:
            session.add(PlainEvent(key=key, body=words, at=SystemClock().now()))
            await session.commit()
        return web.Response()

    app = web.Application()
    app.router.add_post(PATH, answer)
    try:
        yield app
    finally:
        await engine.dispose()


@asynccontextmanager
async def durable(database_url: str) -> App:
    settings = Settings.model_validate(settings_in(database_url))
    database = Database(settings.database_url)
    await schema.upgrade(database)
    vault = await open_vault(database, settings.encryption_keys)
    writer = InboxWriter(database, vault, SystemClock(), LocalWakeup())
    running = asyncio.create_task(writer.run())
    app = web.Application(middlewares=[guarded])
    app.on_response_prepare.append(protect)
    add_routes(app, settings=settings, accept=writer.accept, clock=SystemClock())
    try:
        yield app
    finally:
        running.cancel()
        await asyncio.wait([running])
        await database.close()


KINDS = {"null": null, "plain": plain, "durable": durable}


async def serve(kind: str, folder: Path, database_url: str) -> None:
    with (folder / "server.log").open("a") as said:
        configure(stream=said)
        async with KINDS[kind](database_url) as app:
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
            sys.stdout.write(f"{runner.addresses[0][1]}\n")
            sys.stdout.flush()
            await asyncio.to_thread(sys.stdin.read)
            await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
