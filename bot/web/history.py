"""GET /t/{token}: a lead's whole history for the person the link was signed for.

Reading changes nothing but what is known of the reading (已查看, the audit log); deciding is a
POST to the same address, so that a preview that opens the link decides nothing.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import structlog
from aiohttp import web

from bot.links import LeadLink, LinkExpired, LinkRefused
from bot.platforms.reception import body_of
from bot.web.history_view import page_of
from bot.web.pages import page, refusal
from bot.web.serving import Served
from config.rules import Rules
from crm_store.errors import CrmError
from crm_store.models import Lead, Member
from crm_store.store import Transaction
from handlers import deciding
from handlers.deciding import MovedOn, NotForYou
from handlers.history import history_of
from handlers.router import Handler

log = structlog.get_logger(__name__)

_WHAT_TO_DO = "也可以在聊天里对助手说“我的线索”。"
_LOADS_AHEAD, _DECIDES = "prefetch", "decision"
_MOST_FIELDS = 10
ACTS: Mapping[str, Handler] = {"assign": deciding.assign, "support": deciding.support}
"""What may be posted as `act`."""


class HistoryPage:
    def __init__(self, bot: Served) -> None:
        self._bot = bot

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/t/{token}", self.read, allow_head=False)
        app.router.add_post("/t/{token}", self.decide)

    async def read(self, request: web.Request) -> web.Response:
        return await _or_refused(request, self._read)

    async def decide(self, request: web.Request) -> web.Response:
        if not self._is_from_here(request):
            log.warning("page_act_refused", why="origin")
            return refusal(request, 403, "没有接受", "这次提交不是从本页发出的。")
        return await _or_refused(request, self._decide)

    async def _read(self, request: web.Request) -> web.Response:
        link = self._link(request)
        await self._note_reading(link, _LOADS_AHEAD if _is_prefetch(request) else deciding.READS)
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
        await deciding.readable(tx, link.lead_id, link.member_id)
        await tx.lock_lead(link.lead_id)
        lead, reader = await deciding.readable(tx, link.lead_id, link.member_id)
        return {Lead: lead, Member: reader}

    async def _act(self, request: web.Request, link: LeadLink) -> str:
        """The decision and all that follows from it, in one transaction."""
        given = await _form(request)
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
            lead, reader = await deciding.readable(view, link.lead_id, link.member_id)
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

    def _is_from_here(self, request: web.Request) -> bool:
        """The token is the key; a browser that names another site is refused all the same.

        Under no-referrer a browser calls its own page's origin `null`.
        """
        if request.headers.get("Sec-Fetch-Site", "same-origin") == "cross-site":
            return False
        origin = request.headers.get("Origin", "null")
        ours = {urlsplit(self._bot.settings.public_url).netloc, request.host}
        return origin == "null" or urlsplit(origin).netloc in ours


def _is_prefetch(request: web.Request) -> bool:
    """A browser that loads ahead has shown the page to nobody."""
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))


async def _or_refused(
    request: web.Request, act: Callable[[web.Request], Awaitable[web.Response]]
) -> web.Response:
    """What `act` answers, or a page that says why not and what to do."""
    try:
        return await act(request)
    except LinkExpired as refused:
        return refusal(request, 410, "链接过期了", f"{refused}。{_WHAT_TO_DO}")
    except LinkRefused as refused:
        return refusal(request, 403, "链接打不开", f"{refused}。{_WHAT_TO_DO}")
    except NotForYou as refused:
        return refusal(request, 403, "看不到这条线索", f"{refused}。{_WHAT_TO_DO}")


async def _form(request: web.Request) -> dict[str, str]:
    """What our own page posts: urlencoded UTF-8, nothing else."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType
    try:
        text = (await body_of(request)).decode()
        return dict(parse_qsl(text, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise web.HTTPBadRequest from None
