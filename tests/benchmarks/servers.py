"""The servers that are measured, each in a process of its own: `python -m tests.benchmarks.servers
KIND FOLDER`. Prints its port and serves until its standard input ends.

    null     aiohttp, reads the body and answers 200: the ceiling
    plain    wechatpy decrypts, a SQLModel session inserts, a commit a request: the usual way
    durable  ours: strict envelope, group commit into the inbox
"""

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from aiohttp import web
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from wechatpy.enterprise import parse_message
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.platforms.routes import add_routes
from config.clock import SystemClock
from config.settings import Settings
from crm_store.database import Database
from crm_store.inbox_writer import InboxWriter
from crm_store.keyring import open_vault
from crm_store.wakeup import LocalWakeup
from tests.benchmarks.corp import AES_KEY, CORP_ID, TOKEN, settings_in
from tests.world import fresh_database

App = AsyncIterator[web.Application]


class PlainEvent(SQLModel, table=True):
    """The table of the usual way, on a metadata of its own file."""

    __tablename__ = "plain_events"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, max_length=64)
    body: str
    at: datetime


@asynccontextmanager
async def null(_folder: Path) -> App:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    app = web.Application()
    app.router.add_post("/callbacks/wecom/assistant", answer)
    yield app


@asynccontextmanager
async def plain(folder: Path) -> App:
    # With the driver's usual five seconds its writers starve each other into errors.
    url = f"sqlite+aiosqlite:///{folder / 'plain.db'}"
    engine = create_async_engine(url, connect_args={"timeout": 60})
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
    app.router.add_post("/callbacks/wecom/assistant", answer)
    try:
        yield app
    finally:
        await engine.dispose()


@asynccontextmanager
async def durable(folder: Path) -> App:
    settings = Settings.model_validate(settings_in(await fresh_database(folder / "genjin.db")))
    database = Database(settings.database_url)
    vault = await open_vault(database, settings.encryption_keys)
    writer = InboxWriter(database, vault, SystemClock(), LocalWakeup())
    running = asyncio.create_task(writer.run())
    app = web.Application()
    add_routes(app, settings=settings, accept=writer.accept, clock=SystemClock())
    try:
        yield app
    finally:
        running.cancel()
        await asyncio.wait([running])
        await database.close()


KINDS = {"null": null, "plain": plain, "durable": durable}


async def serve(kind: str, folder: Path) -> None:
    async with KINDS[kind](folder) as app:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        sys.stdout.write(f"{runner.addresses[0][1]}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
