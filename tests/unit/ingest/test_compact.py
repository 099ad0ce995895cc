"""Does the short way of a plain message store what the long way stores?"""

from dataclasses import astuple
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from firewarden.ingest.batch import Received, read
from firewarden.ingest.facts import (
    MEASURES,
    UNIT_FACTORS,
    Envelope,
    Heartbeat,
    Lane,
    Reading,
    State,
    StateChange,
)
from firewarden.ingest.mqtt_session import Message
from firewarden.ingest.rows import Rows, pack_readings, points_named, rows_of
from firewarden.ingest.wire import json_v1

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)

times = st.one_of(
    st.timedeltas(timedelta(days=-300), timedelta(minutes=4)), st.timedeltas(timedelta(days=-600), timedelta(days=600))
).map(NOW.__add__)
measures = st.one_of(st.sampled_from(MEASURES), st.tuples(st.sampled_from(["pressure", "x"]), st.text(max_size=3)))


def reading(point: str, at: datetime, measure: tuple[str, str], value: float) -> Reading:
    """A reading in a unit that may not exist."""
    return Reading(point=point, at=at, quantity=measure[0], unit=measure[1], value=value)


readings = st.builds(
    reading,
    point=st.sampled_from(["p1", "p2", "压力"]),
    at=times,
    measure=measures,
    value=st.floats(allow_nan=False, allow_infinity=False),
)
others = st.one_of(
    st.builds(Heartbeat, at=times), st.builds(StateChange, at=times, point=st.just("p3"), set=st.just((State.FIRE,)))
)
facts = st.one_of(st.lists(readings, min_size=1, max_size=5), st.lists(st.one_of(readings, others), max_size=5))
envelopes = st.builds(
    Envelope,
    gateway=st.just("GW-1"),
    lane=st.sampled_from([Lane.READING, Lane.STATE]),
    boot=st.sampled_from(["b", "b\0"]),
    seq=st.integers(0, 3),
    sent_at=times,
    facts=facts.map(tuple),
)


def rows_by(received: Received) -> Rows:
    """What a message adds, with made-up ids."""
    ids = {address: number for number, (_, address) in enumerate(sorted(points_named([received])), start=1)}
    return rows_of([received], {"GW-1": 7}, {"GW-1": ids})


@given(envelopes)
def test_columns_store_what_facts_store(envelope: Envelope) -> None:
    """Read as columns or fact by fact, a message gives the same rows, rejections and packed bytes."""
    topic, payload = json_v1.topic(envelope.gateway, envelope.lane), json_v1.encode(envelope)
    short = read(Message(topic, payload, 1, 1), NOW)
    plain = json_v1.decode(topic, payload)
    long = Received(
        message=Message(topic, payload, 1, 1),
        received_at=NOW,
        size=len(payload),
        envelope=plain.envelope,
        rejections=plain.rejections,
    )
    assert short.rejections == long.rejections
    assert (short.envelope is None) is (long.envelope is None)
    if short.envelope is None or long.envelope is None:
        return
    assert points_named([short]) == points_named([long])
    rows_short, rows_long = rows_by(short), rows_by(long)
    assert rows_short.readings.point_ids == rows_long.readings.point_ids
    assert pack_readings(rows_short.readings) == pack_readings(rows_long.readings)
    assert [astuple(row)[:7] for row in rows_short.states] == [astuple(row)[:7] for row in rows_long.states]
    assert [row.rejection for row in rows_short.quarantine] == [row.rejection for row in rows_long.quarantine]


def test_every_measure_has_its_factor() -> None:
    """The numbers of columns mean the units that the contract names."""
    named = [(quantity.name.lower(), unit) for quantity, unit in UNIT_FACTORS]
    assert list(MEASURES) == named
