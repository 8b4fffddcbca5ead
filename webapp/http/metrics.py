"""`/metrics` for Prometheus: counts and ages over the whole installation, no school and nobody in it."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from flask import Blueprint, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from webapp.domain.errors import NotFound
from webapp.http import scope
from webapp.services import status

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
def metrics() -> Response:
    """The newest figures, for whoever sends the token; without a configured token there is no such page."""
    token = current_app.config["PAMONG"].metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        raise NotFound()
    registry = CollectorRegistry()
    registry.register(_Figures())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Figures(Collector):
    """Read at the moment of asking: every web process gives the same answer."""

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # nothing is asked of the database at registration

    def collect(self) -> Iterator[GaugeMetricFamily]:
        at, settings = scope.now(), current_app.config["PAMONG"]
        number = GaugeMetricFamily(
            "pamong_work", "Mails, documents, imports and dues by state", labels=["kind", "state"]
        )
        oldest = GaugeMetricFamily(
            "pamong_work_oldest_seconds", "Age of the oldest of them", labels=["kind", "state"]
        )
        for figure in status.work_figures(at):
            number.add_metric([figure.kind, figure.state], figure.number)
            oldest.add_metric([figure.kind, figure.state], (at - figure.oldest_at).total_seconds())
        yield number
        yield oldest
        sweeps = GaugeMetricFamily(
            "pamong_sweep_last_success_timestamp_seconds", "When a sweep last went well", labels=["sweep"]
        )
        for name, last in status.last_sweeps(at).items():
            sweeps.add_metric([name], last.timestamp())
        yield sweeps
        queues = GaugeMetricFamily("pamong_queue_length", "Nudges that wait in the broker", labels=["queue"])
        for queue, length in status.queue_lengths(settings).items():
            queues.add_metric([queue], length)
        yield queues
        yield GaugeMetricFamily(
            "pamong_sending_held",
            "1 while a restored system keeps back everything that it would send",
            value=int(status.held_since(at) is not None),
        )
        yield GaugeMetricFamily(
            "pamong_ready", "1 when all of Pamong serves", value=int(not status.problems(settings))
        )
