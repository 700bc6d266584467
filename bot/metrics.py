"""Numbers for whoever watches many houses: ages, counts and durations, and no label that could name anybody.

They are read at `/metrics`, on the staff listener only. What the watchdog saw comes out of its last report, so that
each process answers alike; counts are this process's own.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from pydantic import SecretStr

from handlers.web.headers import dress
from storage.store import Store
from storage.transaction import Transaction
from triage.house.records import Trouble
from triage.house.report import HouseReport
from triage.ids import ClockPolicyId

METRICS_PATH = "/metrics"
_BUCKETS = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0)
_AREAS = ("desk", "telegram", "static", "healthz")
"""First steps of paths that are counted apart; everything else is a page of a reporter."""
_LIVE = "/desk/live"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Metrics:
    """The numbers of one process, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        lane = ("lane", "via")
        self._waiting = Gauge("tovholder_outbox_waiting", "Messages that wait.", lane, registry=registry)
        self._oldest = Gauge(
            "tovholder_outbox_oldest_seconds",
            "How long the longest-waiting message that may go has waited.",
            lane,
            registry=registry,
        )
        self._failing = Gauge(
            "tovholder_outbox_failing", "Messages tried in vain that wait.", lane, registry=registry
        )
        self._dead = Gauge("tovholder_outbox_dead", "Messages that were given up.", lane, registry=registry)
        self._late = Gauge(
            "tovholder_clocks_late_seconds",
            "How long the first clock that is due has not been looked at.",
            registry=registry,
        )
        self._alarm = Gauge(
            "tovholder_house_alarm", "1 while people have been told of it.", ("trouble",), registry=registry
        )
        self._replicas = Gauge("tovholder_replicas", "Processes that are alive.", registry=registry)
        self._seen = Gauge(
            "tovholder_watchdog_age_seconds", "How long ago the watchdog looked.", registry=registry
        )
        self._fired = Counter(
            "tovholder_milestones_fired", "Steps of clocks that fired.", ("policy",), registry=registry
        )
        self._updates = Counter(
            "tovholder_updates", "Updates of Telegram, by what became of them.", ("fate",), registry=registry
        )
        self._http = Histogram(
            "tovholder_http_seconds", "Answers to requests.", ("area",), buckets=_BUCKETS, registry=registry
        )

    def note_fired(self, fired: Mapping[ClockPolicyId, int]) -> None:
        """Count steps of clocks that this process fired."""
        for policy, number in fired.items():
            self._fired.labels(policy).inc(number)

    def note_update(self, fate: str) -> None:
        """Count an update: `taken`, `repeated` or `parked`."""
        self._updates.labels(fate).inc()

    def timed(self, app: web.Application) -> web.Application:
        """The application, with the time of each answer noted; a line that stays open is none."""

        @web.middleware
        async def timing(request: web.Request, handler: Handler) -> web.StreamResponse:
            began = time.perf_counter()
            try:
                return await handler(request)
            finally:
                if request.path != _LIVE:
                    self._http.labels(_area(request.path)).observe(time.perf_counter() - began)

        app.middlewares.insert(0, timing)
        return app

    async def read(self, store: Store) -> bytes:
        """Everything, as a scraper reads it."""
        report, open_, now = await store.read(_look)
        for trouble in Trouble:
            self._alarm.labels(trouble.value).set(trouble in open_)
        if report is not None:
            self._take(report, now)
        return generate_latest(self._registry)

    def _take(self, report: HouseReport, now: datetime) -> None:
        for gauge in (self._waiting, self._oldest, self._failing, self._dead):
            gauge.clear()
        for lane in report.lanes:
            labels = (lane.lane.value, lane.via.value)
            self._waiting.labels(*labels).set(lane.waiting)
            self._oldest.labels(*labels).set(_seconds(lane.since, report.at))
            self._failing.labels(*labels).set(lane.failing)
            self._dead.labels(*labels).set(lane.dead)
        self._late.set(_seconds(report.clocks_due_since, report.at))
        self._replicas.set(len(report.replicas))
        self._seen.set(_seconds(report.at, now))


def add_metrics(app: web.Application, metrics: Metrics, store: Store, *, token: SecretStr | None) -> None:
    """Answer `/metrics`; with a token only to whoever sends it, and to others as if there were nothing."""

    async def serve(request: web.Request) -> web.Response:
        if token is not None:
            given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
            if not hmac.compare_digest(given, f"Bearer {token.get_secret_value()}".encode()):
                return web.Response(status=404)
        body = await metrics.read(store)
        response = web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
        dress(response, https=False)
        return response

    app.router.add_get(METRICS_PATH, serve)


def _area(path: str) -> str:
    first = path.split("/", 2)[1]
    return first if first in _AREAS else "pages"


def _seconds(since: datetime | None, at: datetime) -> float:
    return 0.0 if since is None else max(0.0, (at - since).total_seconds())


def _look(tx: Transaction) -> tuple[HouseReport | None, frozenset[Trouble], datetime]:
    told = frozenset(alarm.trouble for alarm in tx.house_alarms.open() if alarm.told)
    return tx.house_alarms.report(), told, tx.now
