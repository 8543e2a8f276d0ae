"""/metrics: what operators watch, in Prometheus' text format.

Counters live where the facts are and begin at nought with the process; gauges ask the database.
"""

import asyncio
import hmac
from collections.abc import Iterable
from ipaddress import ip_address

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from bot.faults import describe
from bot.web.serving import Served
from crm_store.queries.operations import Backlog, backlog
from handlers.second_reading import SecondReadings

log = structlog.get_logger(__name__)

_DATABASE_WITHIN = 5.0
"""Seconds."""
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


class Figures(Collector):
    """The figures of one scrape."""

    def __init__(self, bot: Served) -> None:
        self._bot = bot
        self.backlog: Backlog | None = None
        """Asked just before: collecting itself cannot wait for the database."""

    def collect(self) -> Iterable[Metric]:
        bot = self._bot
        yield _counter("events_accepted", "Events made durable", bot.inbox.accepted)
        yield _counter("leads_submitted", "New submissions to POST /api/leads", bot.submitted)
        records = CounterMetricFamily(
            "genjin_records_taken",
            "Records that systems handed in, by outcome",
            labels=["system", "outcome"],
        )
        for (system, outcome), count in sorted(bot.recorded.items()):
            records.add_metric([system, outcome], count)
        yield records
        yield _counter("events_handled", "Events handled", bot.worker.handled)
        yield _counter("events_failed", "Tries to handle an event that failed", bot.worker.failed)
        deliveries = CounterMetricFamily(
            "genjin_deliveries", "Tries to deliver, by outcome", labels=["platform", "outcome"]
        )
        for (platform, outcome), count in sorted(bot.delivery.outcomes.items()):
            deliveries.add_metric([platform, outcome], count)
        yield deliveries
        readings = CounterMetricFamily(
            "genjin_second_readings", "Messages a model was to read, by outcome", labels=["outcome"]
        )
        for outcome, count in sorted(bot.services.get(SecondReadings).outcomes.items()):
            readings.add_metric([outcome], count)
        yield readings
        yield _counter("tokens_refreshed", "Access tokens fetched", bot.tokens.refreshed)
        waits = CounterMetricFamily(
            "genjin_limit_waits", "Calls held back to keep within a limit", labels=["platform"]
        )
        for platform, limits in sorted(bot.limits.items()):
            waits.add_metric([platform], limits.waits)
        yield waits
        yield _gauge("draining", "Whether the process is stopping", int(bot.draining))
        is_up = self.backlog is not None
        yield _gauge("database_up", "Whether the database answered this scrape", int(is_up))
        if self.backlog is not None:
            yield from _of(self.backlog)


def _of(backlog: Backlog) -> Iterable[Metric]:
    yield _gauge("inbox_waiting", "Events that wait to be handled", backlog.inbox_waiting)
    yield _gauge("inbox_lag_seconds", "Age of the oldest waiting event", backlog.inbox_lag)
    yield _gauge("outbox_waiting", "Messages that wait to be delivered", backlog.outbox_waiting)
    yield _gauge("outbox_lag_seconds", "Delay of the oldest due message", backlog.outbox_lag)
    yield _gauge("timers_waiting", "Deadlines that are set", backlog.timers)
    yield _gauge("timers_lag_seconds", "Delay of the oldest due deadline", backlog.timers_lag)
    dead = GaugeMetricFamily("genjin_dead_letters", "What failed for good", labels=["box"])
    dead.add_metric(["inbox"], backlog.inbox_dead)
    dead.add_metric(["outbox"], backlog.outbox_dead)
    yield dead
    systems = GaugeMetricFamily(
        "genjin_system_lag_seconds",
        "Age of the oldest change that a system has not heard of",
        labels=["app"],
    )
    for app, lag in sorted(backlog.systems_lag.items()):
        systems.add_metric([app], lag)
    yield systems
    breakers = GaugeMetricFamily(
        "genjin_breaker_open", "What cannot be done for a wrong setting or right", labels=["app"]
    )
    for name in backlog.breakers:
        breakers.add_metric([name], 1)
    yield breakers


def _counter(name: str, says: str, value: float) -> Metric:
    return CounterMetricFamily(f"genjin_{name}", says, value=value)


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"genjin_{name}", says, value=value)


class Metrics:
    def __init__(self, bot: Served) -> None:
        self._bot = bot
        self._figures = Figures(bot)
        self._registry = CollectorRegistry()
        self._registry.register(self._figures)

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/metrics", self.metrics)

    async def metrics(self, request: web.Request) -> web.Response:
        """To whoever has the token; where none is set, to this machine only. A proxy that stands on
        it and adds no header looks like this machine: doctor tries that."""
        if not self._may_read(request):
            raise web.HTTPForbidden
        self._figures.backlog = await self._backlog()
        return web.Response(
            body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    async def _backlog(self) -> Backlog | None:
        """None where the database is away: what the process counted itself is told all the same."""
        try:
            async with asyncio.timeout(_DATABASE_WITHIN), self._bot.store.view() as view:
                return await backlog(view)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("backlog_not_read", error=describe(error))
            return None

    def _may_read(self, request: web.Request) -> bool:
        token = self._bot.settings.metrics_token
        if token is None:
            return is_local(request)
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        wanted = token.get_secret_value().encode()
        # As bytes: compare_digest refuses text beyond ASCII.
        is_it = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), wanted)
        return scheme.casefold() == "bearer" and is_it


def is_local(request: web.Request) -> bool:
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
