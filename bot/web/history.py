"""GET /t/{token}: a lead's whole history for the person the link was signed for.

Reading changes nothing but what is known of the reading (已查看, the audit log); deciding is a
POST to the same address, so that a preview that opens the link decides nothing.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from aiohttp import web

from bot.links import LeadLink, LinkExpired
from bot.web.history_view import page_of
from bot.web.pages import page
from bot.web.serving import Served
from bot.web.signed_page import form_of, from_elsewhere, is_from_here, is_prefetch, or_refused
from config.rules import Rules
from crm_store.errors import CrmError
from crm_store.models import Lead, Member
from crm_store.queries import agenda
from crm_store.store import Transaction
from crm_store.view import View
from handlers import deciding
from handlers.deciding import MovedOn, NotForYou
from handlers.history import history_of
from handlers.router import Handler

log = structlog.get_logger(__name__)

_LOADS_AHEAD, _DECIDES = "prefetch", "decision"
ACTS: Mapping[str, Handler] = {"assign": deciding.assign, "support": deciding.support}
"""What may be posted as `act`."""


class HistoryPage:
    def __init__(self, bot: Served) -> None:
        self._bot = bot

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/t/{token}", self.read, allow_head=False)
        app.router.add_post("/t/{token}", self.decide)

    async def read(self, request: web.Request) -> web.StreamResponse:
        return await or_refused(request, self._read)

    async def decide(self, request: web.Request) -> web.StreamResponse:
        if not is_from_here(request, self._bot.settings.public_url):
            log.warning("page_act_refused", why="origin")
            return from_elsewhere(request)
        return await or_refused(request, self._decide)

    async def _read(self, request: web.Request) -> web.Response:
        link = self._link(request)
        await self._note_reading(link, _LOADS_AHEAD if is_prefetch(request) else deciding.READS)
        return await self._show(request, link)

    async def _decide(self, request: web.Request) -> web.Response:
        link = self._link(request)
        await self._note_reading(link, _DECIDES)
        try:
            done = await self._act(request, link)
        except MovedOn as news:
            return await self._show(request, link, status=409, notice=str(news))
        except NotForYou:
            raise
        except CrmError as refused:
            return await self._show(request, link, status=422, notice=str(refused))
        try:
            return await self._show(request, link, notice=done, is_done=True)
        except NotForYou:
            # He passed on what was his own: there is nothing more for him to see.
            return page(request, "done.html", title=done)

    def _link(self, request: web.Request) -> LeadLink:
        return self._bot.links.open_history(request.match_info["token"])

    async def _note_reading(self, link: LeadLink, how: str) -> None:
        async with self._bot.store.transaction() as tx:
            provided = await self._held(tx, link)
            await self._bot.dispatcher.act(tx, deciding.opened, provided, {"how": how})

    async def _held(self, tx: Transaction, link: LeadLink) -> dict[type[Any], Any]:
        """The lead, locked, and its reader, as the handlers ask for them; raises NotForYou."""
        await self._readable(tx, link)
        await tx.lock_lead(link.lead_id)
        lead, reader = await self._readable(tx, link)
        return {Lead: lead, Member: reader}

    async def _readable(self, view: View, link: LeadLink) -> tuple[Lead, Member]:
        """Raises NotForYou, and LinkExpired where the todo that held the link is gone."""
        lead, reader = await deciding.readable(view, link.lead_id, link.member_id)
        if link.is_entry and not await agenda.stands_for(view, lead.id, reader.dingtalk):
            raise LinkExpired("这条待办已经办完或取消了，链接不再打开")
        return lead, reader

    async def _act(self, request: web.Request, link: LeadLink) -> str:
        """The decision and all that follows from it, in one transaction."""
        given = await form_of(request)
        names = {"seen": given.get("seen", ""), "to": given.get("to", "")}
        act = ACTS.get(given.get("act", ""))
        if act is None:
            raise CrmError("没有这个操作，请重新打开页面")
        async with self._bot.store.transaction() as tx:
            provided = await self._held(tx, link)
            done: str = await self._bot.dispatcher.act(tx, act, provided, names)
        return done

    async def _show(
        self,
        request: web.Request,
        link: LeadLink,
        *,
        status: int = 200,
        notice: str = "",
        is_done: bool = False,
    ) -> web.Response:
        async with self._bot.store.view() as view:
            lead, reader = await self._readable(view, link)
            history = await history_of(view, lead, self._bot.rules.current)
            choices = []
            may_decide = await deciding.may_decide(view, reader, lead)
            if may_decide:
                rules: Rules = self._bot.rules.current
                choices = await deciding.successors(view, lead, rules)
        shown = page_of(history, zone=self._bot.settings.zone)
        return page(
            request,
            "history.html",
            status,
            shown=shown,
            reader=reader.name,
            may_decide=may_decide,
            may_support=may_decide and lead.owner_id not in (None, reader.id),
            successors=choices,
            notice=notice,
            is_done=is_done,
        )
