"""Which venues can there be? Hypothesis strategies for facts, and a handful of ready-made ones."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from firewarden.risk.facts import (
    PANELS,
    PUMPS,
    VALVES,
    AlarmHabit,
    Condition,
    GatewayFacts,
    OpenCondition,
    OpenFires,
    Sensor,
    Static,
    Use,
    VenueFacts,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

KNOWN_BEST = Static(use=Use.WAREHOUSE, area_m2=100.0, height_m=5.0, built_year=2026, key_unit=False)

past = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=60)).map(lambda age: NOW - age)
components = st.sampled_from([None, 0, 40, 102, *sorted(PUMPS | PANELS | VALVES)])
statics = st.builds(
    Static,
    use=st.none() | st.sampled_from(Use),
    area_m2=st.none() | st.floats(min_value=1, max_value=1e6),
    height_m=st.none() | st.floats(min_value=1, max_value=600),
    built_year=st.none() | st.integers(1900, 2026),
    key_unit=st.none() | st.booleans(),
)
conditions = st.builds(
    OpenCondition,
    kind=st.sampled_from(Condition),
    component=components,
    points=st.integers(1, 50),
    since=past,
)
fires = st.builds(OpenFires, incidents=st.integers(0, 8), signals=st.integers(0, 80), since=st.none() | past)
habits = st.builds(
    AlarmHabit,
    false_alarms=st.floats(0, 500),
    real_fires=st.floats(0, 10),
    signals=st.integers(0, 10_000),
)


@st.composite
def sensors(draw: st.DrawFn) -> Sensor:
    """A sensor with the band 0.1-0.3 MPa that never reported, reports something normal, or something else."""
    number = draw(st.integers(1, 1_000))
    value = draw(st.none() | st.floats(-1, 2))
    if value is None:
        return Sensor(point_id=number, quantity="pressure", low=0.1, high=0.3)
    outside = value < 0.1 or value > 0.3
    since = draw(past)
    return Sensor(
        point_id=number,
        quantity="pressure",
        low=0.1,
        high=0.3,
        value=value,
        at=max(since, draw(past)),
        outside_since=since if outside else None,
    )


@st.composite
def gateways(draw: st.DrawFn) -> GatewayFacts:
    """A gateway that speaks, is silent, or never spoke."""
    heard = draw(st.none() | past)
    silent = draw(past) if heard is None or draw(st.booleans()) else None
    return GatewayFacts(gateway_id="gw", heard_at=heard, silent_since=silent)


@st.composite
def venues(draw: st.DrawFn) -> VenueFacts:
    """Any venue, with counts that fit together."""
    held = tuple(draw(st.lists(conditions, max_size=6)))
    faults = {Condition.FAULT, Condition.LINK_FAULT, Condition.LINE_FAULT}
    faulty = sum(c.points for c in held if c.kind in faults)
    shielded = sum(c.points for c in held if c.kind is Condition.SHIELDED)
    return VenueFacts(
        static=draw(statics),
        fires=draw(fires),
        conditions=held,
        sensors=tuple(draw(st.lists(sensors(), max_size=6))),
        gateways=tuple(draw(st.lists(gateways(), max_size=3))),
        habit=draw(habits),
        registered_points=draw(st.integers(0, 2_000)),
        faulty_points=faulty,
        shielded_points=shielded,
        out_points=draw(st.integers(max(faulty, shielded), faulty + shielded)),
        points_out_long=draw(st.integers(0, faulty + shielded)),
    )


def quiet(static: Static = KNOWN_BEST) -> VenueFacts:
    """A venue where nothing is wrong and everything is known."""
    return VenueFacts(
        static=static,
        sensors=(Sensor(point_id=1, quantity="pressure", low=0.1, high=0.3, value=0.2, at=NOW - timedelta(minutes=5)),),
        gateways=(GatewayFacts(gateway_id="gw", heard_at=NOW, silent_since=None),),
        registered_points=100,
    )
