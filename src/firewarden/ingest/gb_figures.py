"""The figures of devices that speak GB/T 26875.3: what they sent, how soon it was confirmed, how they are connected."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from firewarden.ingest.gb_stream import EndReason
from firewarden.ingest.signals import GbTold
from firewarden.ingest.wire.gb26875.frames import Flaw

CONFIRM_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
FRAMES = ("stored", "repeated", "heartbeat", "resent_while_waiting", "answer_to_nothing", "no_room", "undeliverable")
DENIED = ("unknown_device", "unknown_command", "flood", *(flaw.value for flaw in Flaw))


class GbFigures:
    """Takes in what the pipeline of devices tells."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        self._counters = {
            "frames": counter(
                "firewarden_device_frames", "Sound frames of devices, by what became of them", ["result"]
            ),
            "denied": counter(
                "firewarden_device_denied", "What was answered with a denial, or would have been", ["reason"]
            ),
            "connected": counter("firewarden_device_connects", "Connections that were accepted", ["transport"]),
            "ended": counter("firewarden_device_disconnects", "Connections that ended, by the reason", ["reason"]),
        }
        self._connections = Gauge(
            "firewarden_device_connections", "Connections over which a device of the register spoke", registry=registry
        )
        self._answered = Histogram(
            "firewarden_device_confirm_delay_seconds",
            "From the arrival of a frame to its confirm, which is after its commit",
            buckets=CONFIRM_BUCKETS_S,
            registry=registry,
        )
        for kind, details in (
            ("frames", FRAMES),
            ("denied", DENIED),
            ("connected", ("tcp", "tls")),
            ("ended", tuple(EndReason)),
        ):
            for detail in details:  # what has not happened yet is 0, not absent
                self._counters[kind].labels(str(detail))

    def __call__(self, told: GbTold) -> None:
        """Make figures of what the pipeline told."""
        for (kind, detail), times in told.counts.items():
            self._counters[kind].labels(detail).inc(times)
        self._connections.set(told.connections)
        for seconds in told.answered_s:
            self._answered.observe(seconds)
