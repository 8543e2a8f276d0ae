"""What the routes have in common by which sources hand something in: who it is, how often he may,
one transaction an object, and again where another process was quicker."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aiohttp import web
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from bot.faults import describe
from bot.web.pace import Pace
from bot.web.refusals import Refused
from bot.web.serving import Served
from bot.web.signing import NotKnown, source_of
from crm_store.database import was_thrown_out
from crm_store.errors import NotStored
from crm_store.view import View
from handlers.router import Handler

log = structlog.get_logger(__name__)

_TRIES = 3


class Entrance:
    def __init__(self, bot: Served) -> None:
        self._bot = bot
        self._pace = Pace()

    def source(self, request: web.Request, body: bytes) -> str:
        """The name of the key that this came with. Raises Refused."""
        now = self._bot.clock.now()
        try:
            return source_of(request.headers, body, self._bot.settings.api_keys, now=now)
        except NotKnown as refusal:
            log.warning("intake_refused", why=str(refusal))
            headers = {"WWW-Authenticate": 'Bearer realm="genjin"'}
            raise Refused(401, str(refusal), headers=headers) from None

    def hold_back(self, source: str, most: int) -> None:
        """Counts the call. Raises Refused where there were `most` within a minute."""
        wait = self._pace.wait(source, now=self._bot.clock.now(), most=most)
        if wait:
            raise too_often(wait, most)

    @asynccontextmanager
    async def readable(self) -> AsyncIterator[View]:
        """Raises NotStored where the database does not answer."""
        try:
            async with self._bot.store.view() as view:
                yield view
        except (SQLAlchemyError, OSError) as error:
            log.error("intake_not_read", error=describe(error))  # noqa: TRY400 (no rows in logs)
            raise NotStored("the database does not answer") from None

    async def store(
        self, handler: Handler, provided: Mapping[Any, Any], names: Mapping[str, str]
    ) -> Any:
        """What the handler made of it, in one transaction. Raises NotStored."""
        for _ in range(_TRIES):
            try:
                async with self._bot.store.transaction() as tx:
                    taken = await self._bot.dispatcher.act(tx, handler, provided, names)
            except (DBAPIError, OSError) as error:
                if isinstance(error, IntegrityError) or was_thrown_out(error):
                    log.info("intake_again", error=describe(error))
                    continue
                log.error("intake_not_stored", error=describe(error))  # noqa: TRY400 (no rows)
                break
            else:
                return taken
        raise NotStored("it could not be stored")


def too_often(wait: int, most: int) -> Refused:
    headers = {"Retry-After": str(wait)}
    return Refused(429, f"一分钟最多 {most} 次，请稍后再发", headers=headers)
