"""What the bot knows, for the sandbox's page: read only, and in the demo only."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlmodel import col, select

from bot.web.demo_timers import label_of
from bot.web.serving import Served
from config.calendar import WorkingCalendar
from crm_store import inbox, outbox, timers
from crm_store.models import Lead
from crm_store.timers import Timer
from crm_store.view import View
from handlers.history import DecisionLines, FieldLine, Happening, History, history_of
from handlers.ladder.standing import Ladder

_LONGEST_WAIT = 20.0
_LOOK_EVERY_SECONDS = 0.02


class DemoApi:
    def __init__(self, bot: Served) -> None:
        self._bot = bot

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/demo/knowledge", self.knowledge)
        app.router.add_get("/demo/quiet", self.quiet)

    async def knowledge(self, request: web.Request) -> web.Response:
        async with self._bot.store.view() as view:
            leads = (await view.session.exec(select(Lead).order_by(col(Lead.id)))).all()
            every = await timers.of_every_subject(view.session)
            running = [await self._timer(view, timer, leads) for timer in every]
            known: dict[str, Any] = {
                "now": view.now.isoformat(),
                "leads": [
                    _lead(
                        await history_of(view, lead, self._bot.rules.current),
                        [told for timer, told in running if timer.subject == lead.ref],
                    )
                    for lead in leads
                ],
                "timers": [told for _, told in running],
                "dead": [
                    {"kind": letter["kind"], "error": f"{letter['kind']}：{letter['error'] or ''}"}
                    for letter in await inbox.dead_letters(view.session)
                ],
                "next_due": _iso(await self._next_due(view)),
            }
        known["quiet"] = await self._is_quiet()
        return web.json_response(known)

    async def _timer(
        self, view: View, timer: Timer, leads: Sequence[Lead]
    ) -> tuple[Timer, dict[str, Any]]:
        rules = self._bot.rules.current
        calendar: WorkingCalendar = self._bot.services.get(WorkingCalendar)
        ladder = Ladder.of(rules, calendar, self._bot.settings)
        of_lead = next((lead for lead in leads if lead.ref == timer.subject), None)
        standing = await ladder.standing(view, of_lead) if of_lead is not None else ()
        label = label_of(timer, standing, rules.escalation.steps)
        return timer, {"kind": timer.kind, "label": label, "due_at": timer.due_at.isoformat()}

    async def quiet(self, request: web.Request) -> web.Response:
        """Whether nothing is left to do now, waited for up to `wait` seconds."""
        try:
            wait = min(max(float(request.query.get("wait", "0")), 0.0), _LONGEST_WAIT)
        except ValueError:
            raise web.HTTPBadRequest from None
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        is_quiet = await self._is_quiet()
        while not is_quiet and loop.time() < until:
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
            is_quiet = await self._is_quiet()
        return web.json_response({"quiet": is_quiet})

    async def _is_quiet(self) -> bool:
        """Whether nothing more will come by itself before the clock says so.

        Nothing is due, and nobody had anything in hand at any time of the look: a row in hand is
        not due, and what comes of it may not be there yet.
        """
        bot = self._bot
        if bot.worker.is_busy or bot.puller.is_busy or not bot.delivery.is_idle:
            return False
        begun = self._turns()
        # First: what it fires goes to the inbox, which is looked at after it.
        if await bot.scheduler.has_due():
            return False
        async with bot.store.view() as view:
            due_timer = await timers.next_due(view.session)
            if due_timer is not None and due_timer <= view.now:
                return False
            if await inbox.has_due(view.session, now=view.now):
                return False
            if await outbox.has_due(view.session, now=view.now):
                return False
        return self._turns() == begun

    def _turns(self) -> int:
        return self._bot.worker.turns + self._bot.puller.turns + self._bot.delivery.turns

    async def _next_due(self, view: View) -> datetime | None:
        """What the clock should go to next; housekeeping stops it only where nothing else will."""
        moments = [
            await timers.next_due(view.session),
            await outbox.next_due(view.session, after=view.now),
        ]
        ahead = [moment for moment in moments if moment is not None]
        return min(ahead) if ahead else await self._bot.scheduler.next_due(after=view.now)


def _lead(history: History, running: list[dict[str, Any]]) -> dict[str, Any]:
    lead = history.lead
    decision = history.decision
    return {
        "id": lead.ref,
        "client": history.client.display,
        "title": lead.product or lead.line or "需求待确认",
        "state": history.state,
        "state_code": lead.state,
        "owner": history.owner or None,
        "priority": "高意向" if history.is_high else "",
        "tags": lead.tags,
        "muted_by": list(history.muted_by),
        "fields": [_field(line) for line in history.fields],
        "timeline": [_happening(one) for one in history.timeline],
        "timers": running,
        "decision": _decision(decision) if decision and decision.candidates else None,
    }


def _field(line: FieldLine) -> dict[str, Any]:
    return {
        "label": line.label,
        "value": "，".join((line.value, *line.notes)),
        "words": line.words,
        "message": line.message,
        "start": line.start,
        "end": line.end,
        "rule": line.rule,
    }


def _happening(one: Happening) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(),
        "kind": one.kind,
        "text": f"{one.says}：{one.words}" if one.words else one.says,
        "by": one.by if one.by not in one.says else "",
        "why": one.why,
    }


def _decision(decision: DecisionLines) -> dict[str, Any]:
    return {
        "chosen": decision.chosen,
        "candidates": [
            {
                "name": candidate.name,
                "score": candidate.score,
                "criteria": [
                    {"name": c.name, "points": c.points, "reason": c.reason}
                    for c in candidate.criteria
                ]
                or [{"name": "不参加", "points": None, "reason": candidate.excluded}],
            }
            for candidate in decision.candidates
        ],
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
