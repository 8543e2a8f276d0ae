"""/metrics: what operators watch, in Prometheus' text format.

Counters live where the facts are and begin at nought with the process; gauges ask the database.
"""

from collections.abc import Iterable
from ipaddress import ip_address

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from bot.web.serving import Served
from crm_store.queries.operations import Backlog, backlog

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
        yield _counter("events_handled", "Events handled", bot.worker.handled)
        yield _counter("events_failed", "Tries to handle an event that failed", bot.worker.failed)
        deliveries = CounterMetricFamily(
            "genjin_deliveries", "Tries to deliver, by outcome", labels=["platform", "outcome"]
        )
        for (platform, outcome), count in sorted(bot.delivery.outcomes.items()):
            deliveries.add_metric([platform, outcome], count)
        yield deliveries
        yield _gauge("draining", "Whether the process is stopping", int(bot.draining))
        if self.backlog is not None:
            yield from _of(self.backlog)


def _of(backlog: Backlog) -> Iterable[Metric]:
    yield _gauge("inbox_waiting", "Events that wait to be handled", backlog.inbox_waiting)
    yield _gauge("inbox_lag_seconds", "Age of the oldest waiting event", backlog.inbox_lag)
    yield _gauge("outbox_waiting", "Messages that wait to be delivered", backlog.outbox_waiting)
    yield _gauge("outbox_lag_seconds", "Delay of the oldest due message", backlog.outbox_lag)
    yield _gauge("timers_waiting", "Deadlines that are set", backlog.timers)
    dead = GaugeMetricFamily("genjin_dead_letters", "What failed for good", labels=["box"])
    dead.add_metric(["inbox"], backlog.inbox_dead)
    dead.add_metric(["outbox"], backlog.outbox_dead)
    yield dead


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
        """To this machine only, and not through a proxy that stands on it."""
        if not is_local(request):
            raise web.HTTPForbidden
        async with self._bot.store.view() as view:
            self._figures.backlog = await backlog(view)
        return web.Response(
            body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )


def is_local(request: web.Request) -> bool:
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
