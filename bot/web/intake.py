"""POST /api/leads: stored and handled in one transaction, answered with what came of it."""

from aiohttp import web

from bot.platforms.reception import body_of
from bot.web.answers import json_answer
from bot.web.entrance import Entrance, too_often
from bot.web.pace import A_MINUTE, MOST, seconds_until
from bot.web.refusals import LONGEST_ID, Refused, fitted, object_in
from bot.web.serving import Served
from crm_store.queries import intake
from handlers.forms import OutsideDictionary, checked
from handlers.intake import Taken, known, take_in
from handlers.submission import Submission


class LeadIntake:
    def __init__(self, bot: Served) -> None:
        self._bot = bot
        self._entrance = Entrance(bot)

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/api/leads", self.take)

    async def take(self, request: web.Request) -> web.Response:
        try:
            taken = await self._take(request)
        except Refused as refused:
            return refused.answer()
        body = {"id": taken.lead, "client": taken.client, "joined": taken.joined}
        return json_answer(body, status=201 if taken.is_new else 200)

    async def _take(self, request: web.Request) -> Taken:
        body = await body_of(request)
        source = self._entrance.source(request, body)
        self._entrance.hold_back(source, MOST)
        values = object_in(body)
        # Known is known, whatever the rest of the body says.
        before = await self._known(source, values.get("external_id"))
        if before is not None:
            return before
        submission = self._fitting(source, fitted(Submission, values, as_a_whole="need"))
        await self._hold_back(source)
        taken: Taken = await self._entrance.store(
            take_in, {Submission: submission}, {"source": source}
        )
        if taken.is_new:
            self._bot.submitted += 1
        return taken

    def _fitting(self, source: str, submission: Submission) -> Submission:
        try:
            return checked(self._bot.rules.current.forms, source, submission)
        except OutsideDictionary as outside:
            raise Refused(422, str(outside), field=outside.field) from None

    async def _hold_back(self, source: str) -> None:
        """What other processes took in, and this one before it was started again, counts too."""
        async with self._entrance.readable() as view:
            taken = await intake.taken_since(view, source, view.now - A_MINUTE)
            now = view.now
        if len(taken) >= MOST:
            raise too_often(seconds_until(taken[-MOST] + A_MINUTE, now), MOST)

    async def _known(self, source: str, external_id: object) -> Taken | None:
        if not isinstance(external_id, str) or not 0 < len(external_id) <= LONGEST_ID:
            return None
        async with self._entrance.readable() as view:
            return await known(view, source, external_id)
