"""What is said of a process?"""

from datetime import UTC, datetime, timedelta

import pytest

from firewarden.figures.lag import Lag
from firewarden.figures.names import LAG, RETRIES, STANDBY
from firewarden.figures.series import series
from firewarden.figures.spans import Span
from firewarden.figures.verdict import Condition, Verdict, judge

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def verdict(
    now: dict[str, float], before: dict[str, float] | None = None, *, ago_s: float = 3, ended: bool = False
) -> Verdict:
    """The verdict on a process that reported `now` so many seconds ago, and reports every five."""
    at = NOW - timedelta(seconds=ago_s)
    span = Span(after=now, before=before or {}, seconds=60)
    return judge(at=at, every_s=5, ended_at=at if ended else None, span=span, now=NOW)


def lagging(of: str, seconds: float) -> dict[str, float]:
    """Figures of a process that is behind with one thing."""
    return {series(LAG, {"of": of}): seconds, series(LAG, {"of": "other"}): 0.2}


@pytest.mark.parametrize(
    ("figures", "condition"),
    [
        ({}, Condition.WELL),
        (lagging("alarm", 1.9), Condition.WELL),
        (lagging("alarm", 2.1), Condition.BEHIND),
        (lagging("desk.alarm", 2.1), Condition.BEHIND),
        (lagging("bulk", 9.9), Condition.WELL),
        (lagging("bulk", 10.1), Condition.BEHIND),
        (lagging("of a newer version", 10.1), Condition.BEHIND),
        ({STANDBY: 1.0, **lagging("risk", 99)}, Condition.STANDBY),
        ({STANDBY: 0.0}, Condition.WELL),
        ({series(RETRIES, {"error": "OperationalError"}): 3.0}, Condition.TROUBLED),
        ({series(RETRIES, {"error": "SerializationFailure"}): 3.0}, Condition.WELL),
    ],
)
def test_figures_decide(figures: dict[str, float], condition: Condition) -> None:
    """Alarms are late sooner than others; a spare is none; collisions are no trouble."""
    assert verdict(figures).condition is condition


def test_the_worst_lag_is_named() -> None:
    """Who is behind is told with what, and by how much."""
    told = verdict(lagging("bulk", 12.0) | lagging("alarm", 3.0) | {series(LAG, {"of": "bulk"}): 12.0})
    assert (told.of, told.lag_s) == ("bulk", 12.0)


def test_silence_outweighs_the_last_figures() -> None:
    """Three missed reports are silence, however good the last one was; an end in good order is not."""
    assert verdict({}, ago_s=15).condition is Condition.WELL
    silent = verdict({STANDBY: 1.0}, ago_s=16)
    assert (silent.condition, silent.since) == (Condition.SILENT, NOW - timedelta(seconds=16))
    stopped = verdict({}, ago_s=4000, ended=True)
    assert (stopped.condition, stopped.since) == (Condition.STOPPED, NOW - timedelta(seconds=4000))


def test_only_new_errors_are_trouble() -> None:
    """What was tried again an hour ago is over; what is tried again now is named, the commonest first."""
    old = {series(RETRIES, {"error": name}): times for name, times in (("OSError", 5.0), ("DatabaseError", 1.0))}
    assert verdict(old, old).condition is Condition.WELL
    new = {key: value + (1 if "OSError" in key else 2) for key, value in old.items()}
    assert verdict(new, old).errors == ("DatabaseError", "OSError")


def test_spans_say_rate_mean_and_quantile() -> None:
    """Of a counter its growth in a second, of a histogram mean and the bound that 99 of 100 stay below."""
    before = {"c_total": 10.0, 'h_sum{l="x"}': 1.0, 'h_count{l="x"}': 10.0}
    bounds = {"0.1": 0.0, "0.5": 0.0, "+Inf": 10.0}
    buckets = {series("h_bucket", {"l": "x", "le": le}): count for le, count in bounds.items()}
    grown = {"0.1": 98.0, "0.5": 100.0, "+Inf": 110.0}
    now = {"c_total": 40.0, 'h_sum{l="x"}': 11.0, 'h_count{l="x"}': 110.0}
    now |= {series("h_bucket", {"l": "x", "le": le}): count for le, count in grown.items()}
    span = Span(after=now, before=before | buckets, seconds=60)
    assert span.rate("c_total") == 0.5
    assert span.mean("h", {"l": "x"}) == pytest.approx(0.1)
    assert span.quantile(0.98, "h", {"l": "x"}) == 0.1
    assert span.quantile(0.99, "h", {"l": "x"}) == 0.5
    assert span.quantile(0.99, "h", {"l": "nothing"}) is None
    assert span.mean("h", {"l": "nothing"}) is None
    assert Span(after=now, before=now, seconds=0).rate("c_total") is None


def test_a_counter_that_began_anew_has_not_shrunk() -> None:
    """A counter never runs backwards: what seems so counts as no growth."""
    assert Span(after={"c": 1.0}, before={"c": 9.0}, seconds=60).grown("c") == 0.0


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        """The moment."""
        return self.now_s


def test_a_lag_grows_while_nothing_is_read() -> None:
    """Nothing before the first reading, then the age of what was read, and the time that passes without another."""
    clock = Clock()
    lag = Lag(idle_s=1.0, clock=clock)
    assert lag.seconds() == 0.0
    lag.read(0.25)
    clock.now_s += 1.0
    assert lag.seconds() == 0.25
    clock.now_s += 9.0
    assert lag.seconds() == 9.25
    lag.read(-3.0)
    assert lag.seconds() == 0.0
    clock.now_s += 60.0
    lag.rest()
    assert lag.seconds() == 0.0
