"""GET and POST /f/{token}: the page on which a lead's owner says in one tap what he did.

Opening it changes nothing but that he has seen the lead (已查看), and not even that where a browser
or a platform's preview loads ahead. The page is one form and no script: it works on a slow phone.
"""

import re
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web

from bot.links import LeadLink
from bot.web.pages import page
from bot.web.serving import Served
from bot.web.signed_page import form_of, from_elsewhere, is_from_here, is_prefetch, or_refused
from config.calendar import WorkingCalendar
from crm_store.errors import CrmError
from crm_store.models import Lead, LeadState, Member
from crm_store.queries import leads
from crm_store.store import Transaction
from crm_store.view import View
from handlers import follow_up_page
from handlers.deciding import NotForYou
from handlers.follow_up_page import LONGEST_NOTE, NOTE, Done, Given, TooLate
from handlers.next_days import DayChoice, in_words, offered
from handlers.readable import readable
from handlers.showing import shortened, working_view
from notifiers.cards.lead import LeadView, lead_card

log = structlog.get_logger(__name__)

_READS, _LOADS_AHEAD = "page", "prefetch"
_SHOWN = ("需求", "预算", "时间", "异议", "下一步问")
_LONGEST_QUOTE = 120
_NOT_DIALLED = re.compile(r"[^0-9+]")


@dataclass(frozen=True)
class FollowUpView:
    """The lead as its owner needs it on a phone."""

    card: LeadView
    title: str
    subtitle: str
    rows: tuple[tuple[str, str], ...]
    phones: tuple[tuple[str, str], ...]
    """(as it is read, as it is dialled)"""
    words: str
    state: str
    is_open: bool
    next_contact: str
    days: tuple[DayChoice, ...]
    results: tuple[str, ...]
    newest: int
    history_url: str
    first_day: str


class FollowUpPage:
    def __init__(self, bot: Served) -> None:
        self._bot = bot

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/f/{token}", self.read, allow_head=False)
        app.router.add_post("/f/{token}", self.act)

    async def read(self, request: web.Request) -> web.StreamResponse:
        return await or_refused(request, self._read)

    async def act(self, request: web.Request) -> web.StreamResponse:
        if not is_from_here(request, self._bot.settings.public_url):
            log.warning("page_act_refused", why="origin")
            return from_elsewhere(request)
        return await or_refused(request, self._act)

    async def _read(self, request: web.Request) -> web.Response:
        link = self._link(request)
        how = _LOADS_AHEAD if is_prefetch(request) else _READS
        async with self._bot.store.view() as view:
            lead, _ = await follow_up_page.workable(view, link.lead_id, link.member_id)
            is_news = how == _READS and lead.state == LeadState.ASSIGNED
        if is_news:
            await self._note_reading(link, how)
        return await self._show(request, link)

    async def _act(self, request: web.Request) -> web.Response:
        link = self._link(request)
        fields = await form_of(request)
        given = Given(
            note=readable(fields.get("note", "")),
            on=fields.get("date", "") or fields.get("next", ""),
            result=fields.get("result", ""),
        )
        names = {"how": fields.get("how", ""), "seen": fields.get("seen", "")}
        try:
            done = await self._follow(link, given, names)
        except NotForYou:
            raise
        except TooLate as refused:
            return await self._show(request, link, status=409, notice=str(refused))
        except CrmError as refused:
            return await self._show(request, link, status=422, notice=str(refused), given=given)
        tone = "done" if done.is_new else "before"
        return await self._show(request, link, notice=done.says, tone=tone)

    def _link(self, request: web.Request) -> LeadLink:
        return self._bot.links.open_follow_up(request.match_info["token"])

    async def _note_reading(self, link: LeadLink, how: str) -> None:
        async with self._bot.store.transaction() as tx:
            provided = await self._held(tx, link)
            await self._bot.dispatcher.act(tx, follow_up_page.opened, provided, {"how": how})

    async def _follow(self, link: LeadLink, given: Given, names: dict[str, str]) -> Done:
        """The tap and all that follows from it, in one transaction."""
        async with self._bot.store.transaction() as tx:
            provided = await self._held(tx, link) | {Given: given}
            done: Done = await self._bot.dispatcher.act(tx, follow_up_page.follow, provided, names)
        return done

    async def _held(self, tx: Transaction, link: LeadLink) -> dict[type[Any], Any]:
        """The lead, locked, and its owner, as the handlers ask for them; raises NotForYou."""
        await follow_up_page.workable(tx, link.lead_id, link.member_id)
        await tx.lock_lead(link.lead_id)
        lead, owner = await follow_up_page.workable(tx, link.lead_id, link.member_id)
        return {Lead: lead, Member: owner}

    async def _show(
        self,
        request: web.Request,
        link: LeadLink,
        *,
        status: int = 200,
        notice: str = "",
        tone: str = "",
        given: Given | None = None,
    ) -> web.Response:
        async with self._bot.store.view() as view:
            lead, owner = await follow_up_page.workable(view, link.lead_id, link.member_id)
            shown = await self._drawn(view, lead, owner)
        return page(
            request,
            "follow_up.html",
            status,
            shown=shown,
            owner=owner.name,
            notice=notice,
            tone=tone,
            given=Given() if given is None else given,
            note=NOTE,
            longest_note=LONGEST_NOTE,
        )

    async def _drawn(self, view: View, lead: Lead, owner: Member) -> FollowUpView:
        services = self._bot.services
        rules = self._bot.rules.current
        zone = self._bot.settings.zone
        calendar: WorkingCalendar = services.get(WorkingCalendar)
        known = await working_view(view, lead, owner, self._bot.links, rules)
        card = lead_card(known)
        newest = await leads.timeline(view, lead, last=1)
        today = view.now.astimezone(zone).date()
        next_at = lead.next_contact_at
        return FollowUpView(
            card=known,
            title=card.title,
            subtitle=card.subtitle,
            rows=tuple((row.name, row.value) for row in card.rows if row.name in _SHOWN),
            phones=tuple(
                (number, _NOT_DIALLED.sub("", number))
                for number in (known.phone, *known.other_phones)
                if number
            ),
            words=shortened(known.words, _LONGEST_QUOTE),
            state=LeadState(lead.state).label,
            is_open=lead.is_open,
            next_contact=in_words(next_at.astimezone(zone).date()) if next_at else "",
            days=tuple(offered(today, calendar)),
            results=rules.results.for_line(lead.line),
            newest=newest[-1].id if newest else 0,
            history_url=self._bot.links.history(lead, owner),
            first_day=today.isoformat(),
        )
