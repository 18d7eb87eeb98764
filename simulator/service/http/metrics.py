"""What Prometheus may ask: how many requests of which kind, how long they took, and how jobs and trials stand.

Several worker processes count in files of one folder (``PROMETHEUS_MULTIPROC_DIR``, set before this module is first
imported), and whichever is asked adds them up.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.types import Scope

__all__ = ["Metrics"]

#: Upper bounds of the classes of times [s].
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE"})


class Metrics:
    """Counts of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "simulator_http_requests",
            "Requests by method, template of the path, and status code.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "simulator_http_request_seconds",
            "Time from a request's first byte to its answer's last.",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._timers: dict[tuple[str, str], Histogram] = {}

    def count(self, scope: Scope, status: int, time_s: float) -> None:
        """Count a request that was answered; by its route's template, so that ids make no new series."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path_format", "other")
        counter = self._counters.get((method, route, status))
        if counter is None:
            counter = self._counters[method, route, status] = self._requests.labels(method, route, str(status))
        timer = self._timers.get((method, route))
        if timer is None:
            timer = self._timers[method, route] = self._seconds.labels(method, route)
        counter.inc()
        timer.observe(time_s)

    def text(self, jobs: Mapping[str, int], trials: Mapping[str, int]) -> bytes:
        """Write all counts, and how many jobs of each stage and trials of each status there are."""
        counted = self._registry
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            counted = CollectorRegistry()
            MultiProcessCollector(counted)  # type: ignore[no-untyped-call]  # published without types
        stored = CollectorRegistry()
        stored.register(_Stored(jobs, trials))
        return generate_latest(counted) + generate_latest(stored)


class _Stored(Collector):
    """Numbers that the database has, so that all processes give the same."""

    def __init__(self, jobs: Mapping[str, int], trials: Mapping[str, int]) -> None:
        self._jobs = jobs
        self._trials = trials

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give them out."""
        yield _gauge("simulator_jobs", "Jobs by stage.", "stage", self._jobs)
        yield _gauge("simulator_trials", "Trials by status.", "status", self._trials)


def _gauge(name: str, said: str, label: str, numbers: Mapping[str, int]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, said, labels=(label,))
    for value, number in numbers.items():
        gauge.add_metric((value,), number)
    return gauge
