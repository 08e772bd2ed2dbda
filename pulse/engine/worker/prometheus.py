"""A worker's figures for Prometheus, read when it asks: the worker itself only counts.

Needs `prometheus-client`: `REGISTRY.register(WorkerCollector(worker.status))`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from pulse.engine.worker.metrics import BUCKETS_S
from pulse.engine.worker.status import Status

#: What a task meets, as its counter's label; see `metrics.Metrics`.
EVENTS = (
    "fetched",
    "completed",
    "failed",
    "incident",
    "bpmn_error",
    "given_back",
    "postponed",
    "lost",
    "gone",
    "unlocked",
    "refused",
)


class WorkerCollector(Collector):
    """One worker, or several processes added up."""

    def __init__(self, status: Callable[[], Status]) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        status = self._status()
        yield from _counters(status)
        yield from _figures(status)
        yield from _histograms(status)
        yield from _gauges(status)


def exposition(status: Callable[[], Status]) -> bytes:
    """The text that Prometheus scrapes."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(WorkerCollector(status))
    return generate_latest(registry)


def _counters(status: Status) -> Iterator[Metric]:
    tasks = CounterMetricFamily("worker_tasks", "What became of external tasks.", labels=["topic", "event"])
    for topic, counts in sorted(status.counts.items()):
        for event in EVENTS if topic else ():
            tasks.add_metric([topic, event], counts.get(event, 0))
    yield tasks
    failed = status.counts.get("", {}).get("unreachable", 0)
    yield CounterMetricFamily("worker_polls_failed", "Polls that the engine did not answer.", value=failed)


def _figures(status: Status) -> Iterator[Metric]:
    for name, outcomes in sorted(status.figures.items()):
        own = CounterMetricFamily(name, "Counted by the handlers.", labels=["outcome"])
        for outcome, number in sorted(outcomes.items()):
            own.add_metric([outcome], number)
        yield own


def _histograms(status: Status) -> Iterator[Metric]:
    handlers = HistogramMetricFamily(
        "worker_handler_seconds", "How long handlers ran that ended well.", labels=["topic"]
    )
    for topic, took in sorted(status.durations.items()):
        handlers.add_metric([topic], *_buckets(took))
    yield handlers
    polls = HistogramMetricFamily("worker_poll_seconds", "How long polls took, parked or not.")
    polls.add_metric([], *_buckets(status.polls))
    yield polls


def _gauges(status: Status) -> Iterator[Metric]:
    active = GaugeMetricFamily("worker_tasks_active", "Tasks in hand.", labels=["topic"])
    for topic in sorted({*status.counts, *status.active} - {""}):
        active.add_metric([topic], status.active.get(topic, 0))
    yield active
    yield GaugeMetricFamily("worker_slots", "How many tasks may be in hand.", value=status.slots)
    connected = "Whether the engine answered the last poll."
    yield GaugeMetricFamily("worker_engine_connected", connected, value=bool(status.connected))
    up = GaugeMetricFamily("worker_dependency_up", "Whether a server that handlers need is up.", labels=["dependency"])
    for name, is_up in status.dependencies.items():
        up.add_metric([name], is_up)
    yield up


def _buckets(took: tuple[list[int], float]) -> tuple[list[tuple[str, float]], float]:
    """Prometheus counts from zero up to each bound."""
    counts, sum_s = took
    total, rows = 0, list[tuple[str, float]]()
    for bound, count in zip([*map(str, BUCKETS_S), "+Inf"], counts, strict=True):
        total += count
        rows.append((bound, total))
    return rows, sum_s
