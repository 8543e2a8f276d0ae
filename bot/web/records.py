"""POST /api/records/{kind}: what a registered system has, stored and handled in one transaction."""

from aiohttp import web

from bot.platforms.reception import body_of
from bot.web.answers import json_answer
from bot.web.entrance import Entrance, too_often
from bot.web.pace import A_MINUTE
from bot.web.refusals import Refused, fitted, object_in
from bot.web.serving import Served
from config.schemas.connections import System
from crm_store.queries import master
from handlers.customer import CustomerGiven
from handlers.customers import NoSuchClient, Taken, take_in

_KINDS = ("customers",)
_SECONDS = 60


class RecordIntake:
    def __init__(self, bot: Served) -> None:
        self._bot = bot
        self._entrance = Entrance(bot)

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/api/records/{kind}", self.take)

    async def take(self, request: web.Request) -> web.Response:
        try:
            taken = await self._take(request)
        except Refused as refused:
            return refused.answer()
        body = {
            "id": taken.client,
            "client": taken.client,
            "joined": taken.joined,
            "changed": list(taken.changed),
        }
        return json_answer(body, status=201 if taken.is_new else 200)

    async def _take(self, request: web.Request) -> Taken:
        body = await body_of(request)
        source = self._entrance.source(request, body)
        system = self._registered(source)
        self._entrance.hold_back(source, system.calls_a_minute)
        if request.match_info["kind"] not in _KINDS:
            raise Refused(404, f"没有这一类记录，可以送的是 {'、'.join(_KINDS)}")
        given = fitted(CustomerGiven, object_in(body), as_a_whole="name")
        await self._hold_back(system)
        try:
            taken: Taken = await self._entrance.store(
                take_in, {CustomerGiven: given}, {"source": source}
            )
        except NoSuchClient as refused:
            raise Refused(422, str(refused), field="cid") from None
        self._bot.recorded[source, _outcome(taken)] += 1
        return taken

    def _registered(self, source: str) -> System:
        system = self._bot.rules.current.connections.named(source)
        if system is None:
            raise Refused(403, f"{source} 没有登记为系统，请在 connections.yaml 里登记")
        return system

    async def _hold_back(self, system: System) -> None:
        """What other processes took in, and this one before it was started again, counts too."""
        async with self._entrance.readable() as view:
            taken = await master.taken_since(view, system.name, view.now - A_MINUTE)
        if taken >= system.calls_a_minute:
            raise too_often(_SECONDS, system.calls_a_minute)


def _outcome(taken: Taken) -> str:
    if taken.is_new:
        return "joined" if taken.joined else "new"
    return "changed" if taken.changed else "unchanged"
