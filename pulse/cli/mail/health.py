"""How the gateways are, over HTTP: for an orchestrator and Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from mail_gateway.entrances.health import Health


class MailHealth:
    """Implements `pulse.engine.worker.health.Probes` for the gateways of this process."""

    def __init__(self, gateways: Sequence[Health]) -> None:
        self._gateways = gateways

    def overdue_s(self) -> float:
        """The process lives as long as it answers: a mail server that is away is none of its faults."""
        return 0.0

    def missing(self) -> list[str]:
        """Mailboxes that were looked into too long ago, or never, with the last error's code."""
        return [
            f"{one.mailbox}/{one.folder}" + (f" ({one.reason})" if one.reason else "")
            for one in self._gateways
            if not one.is_ready()
        ]

    def metrics(self) -> bytes:
        """The text that Prometheus scrapes. Raises `ImportError` without `prometheus-client`."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.registry import Collector

        gateways = self._gateways

        class MailCollector(Collector):
            def collect(self) -> Iterator[Metric]:
                yield from _families(gateways)

        registry = CollectorRegistry(auto_describe=False)
        registry.register(MailCollector())
        return generate_latest(registry)


def _families(gateways: Sequence[Health]) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    labels = ["mailbox", "folder"]
    age = GaugeMetricFamily("pulse_mail_last_look_age_seconds", "Since the last look that got on.", labels=labels)
    ready = GaugeMetricFamily("pulse_mail_ready", "1 where that was not too long ago.", labels=labels)
    looks = CounterMetricFamily("pulse_mail_looks", "Looks by how they ended.", labels=[*labels, "result"])
    for one in gateways:
        place = [one.mailbox, one.folder]
        age.add_metric(place, one.age_s())
        ready.add_metric(place, float(one.is_ready()))
        for result in ("worked", "idle", "failed"):
            looks.add_metric([*place, result], one.looks[result])
    yield from (age, ready, looks)
