"""What a service counts, in Prometheus' text format."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """The counts of one service."""

    def __init__(self) -> None:
        """A registry of its own, so that two services in one process do not mix."""
        self.registry = CollectorRegistry()
        self.jobs = Counter("optwright_jobs", "Jobs that ended, by state", ["state"], registry=self.registry)
        self.refused = Counter(
            "optwright_refused", "Requests that were refused, by reason", ["reason"], registry=self.registry
        )
        self.batch_size = Histogram(
            "optwright_batch_jobs",
            "Jobs solved as one batch",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
            registry=self.registry,
        )
        self.waiting = Gauge("optwright_waiting_jobs", "Jobs that wait", registry=self.registry)

    def watch_queue(self, length: Callable[[], int]) -> None:
        """The length of the queue is asked for when the counts are read."""
        self.waiting.set_function(length)

    def text(self) -> bytes:
        """All counts."""
        return bytes(generate_latest(self.registry))
