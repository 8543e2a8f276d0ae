"""/healthz: the process lives. /readyz: it may be sent work."""

import asyncio

import structlog
from aiohttp import web
from redis.asyncio import Redis
from sqlalchemy.exc import SQLAlchemyError

from bot.faults import describe
from bot.web.guard import SERVICE
from bot.web.serving import Served
from crm_store.queries.operations import takes_writes

log = structlog.get_logger(__name__)

_DATABASE_WITHIN = 3.0


class Health:
    def __init__(self, bot: Served) -> None:
        self._bot = bot

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/healthz", self.live)
        app.router.add_get("/readyz", self.ready)

    async def live(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "service": SERVICE})

    async def ready(self, request: web.Request) -> web.Response:
        """503 unless events would be stored; a Redis that is down only slows us."""
        database, tables = await self._database()
        redis = await self._redis()
        is_ready = database == tables == "ok" and not self._bot.draining
        status = "ready" if is_ready else "draining" if self._bot.draining else "not ready"
        answer = {"status": status, "database": database, "schema": tables, "redis": redis}
        return web.json_response(answer, status=200 if is_ready else 503)

    async def _database(self) -> tuple[str, str]:
        """(database, schema), each `ok` or what is the matter."""
        try:
            async with asyncio.timeout(_DATABASE_WITHIN):
                async with self._bot.database.writing() as session:
                    is_current = await takes_writes(session)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("database_not_writable", error=describe(error))
            return "not writable", "unknown"
        return "ok", "ok" if is_current else "outdated"

    async def _redis(self) -> str:
        redis = self._bot.redis
        if redis is None:
            return "off"
        return "ok" if await redis.ask(Redis.ping) else "degraded"
