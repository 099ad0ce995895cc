"""Which histories can a venue have? Hypothesis strategies for well-formed facts, numbered from 1."""

from collections.abc import Callable

import msgspec
from hypothesis import strategies as st

from firewarden.risk.facts import Use
from firewarden.risk.state.decay import DAY
from firewarden.risk.state.facts import (
    Cleared,
    DutyChecked,
    Group,
    Handled,
    Judged,
    Micros,
    Overridden,
    Raised,
    Recorded,
    RecordKind,
    Registered,
    Signalled,
    Trouble,
    VenueFact,
    Verdict,
    WaterBegan,
    WaterEnded,
    WaterKind,
)

NOW: Micros = 1_795_500_000_000_000  # November 2026
Numbered = Callable[[int], VenueFact]

times = st.integers(NOW - 400 * DAY, NOW) | st.integers(NOW - 3 * DAY, NOW + DAY) | st.integers(-(10**18), 10**18)
recent = st.integers(NOW - 400 * DAY, NOW)
gateways = st.sampled_from(["g1", "g2", "g3"])
points = st.none() | st.integers(1, 9)
registers = st.builds(
    Registered,
    number=st.just(1),
    at=times,
    use=st.none() | st.sampled_from(Use),
    area_m2=st.none() | st.floats(1, 1e6),
    key_unit=st.none() | st.booleans(),
    points=st.integers(0, 500),
    detectors=st.integers(0, 300),
    sensors=st.integers(0, 4),
    gateways=st.just(("g1", "g2")) | st.just(()),
    unheard=st.just(()) | st.just((("g2", NOW - 9 * DAY),)),
)
alone = st.one_of(
    registers,
    st.builds(Handled, number=st.just(1), at=times, seconds=st.floats(0, 1e5)),
    st.builds(DutyChecked, number=st.just(1), at=times, answered=st.booleans()),
    st.builds(
        Recorded,
        number=st.just(1),
        at=times,
        what=st.sampled_from(RecordKind),
        order=st.none() | st.sampled_from("abc"),
        due_at=st.none() | times,
    ),
    st.builds(
        Overridden, number=st.just(1), at=times, override=st.integers(1, 9), grade=st.none() | st.just("B"), until=times
    ),
)


@st.composite
def trouble_facts(draw: st.DrawFn, key: int, when: st.SearchStrategy[Micros] = times) -> list[VenueFact]:
    """A trouble that began, and perhaps its end."""
    at, until = sorted([draw(when), draw(when)])
    kind, group, gateway = draw(st.sampled_from(Trouble)), draw(st.sampled_from(Group)), draw(gateways)
    point = draw(points)
    begun = Raised(number=1, at=at, episode=key, trouble=kind, group=group, gateway=gateway, point=point)
    if draw(st.booleans()):
        return [begun]
    end = Cleared(
        number=1, at=until, episode=key, trouble=kind, group=group, gateway=gateway, point=point, raised_at=at
    )
    return [begun, end]


@st.composite
def signal_facts(draw: st.DrawFn, key: int) -> list[VenueFact]:
    """A fire signal, and perhaps what the desk made of it."""
    at = draw(times)
    signal = Signalled(number=1, at=at, incident=key, manual=draw(st.booleans()))
    if draw(st.booleans()):
        return [signal]
    verdict, signals = draw(st.sampled_from(Verdict)), draw(st.integers(1, 9))
    return [signal, Judged(number=1, at=at, incident=key, verdict=verdict, judged_at=draw(times), signals=signals)]


@st.composite
def water_facts(draw: st.DrawFn, key: int) -> list[VenueFact]:
    """A finding at a sensor, and perhaps its end."""
    at, until = sorted([draw(times), draw(times)])
    what, point = draw(st.sampled_from(WaterKind)), draw(st.integers(1, 9))
    began = WaterBegan(number=1, at=at, finding=f"f{key}", point=point, what=what, quantity="pressure", value=0.1)
    if draw(st.booleans()):
        return [began]
    ended = WaterEnded(number=1, at=until, finding=f"f{key}", point=point, what=what, quantity="pressure", began_at=at)
    return [began, ended]


@st.composite
def histories(draw: st.DrawFn, most: int = 12) -> list[VenueFact]:
    """Well-formed facts in any order: whatever ends has begun, before or after, once."""
    parts = draw(
        st.lists(
            st.integers(0, 3).flatmap(
                lambda kind: st.tuples(st.just(kind), alone if kind == 0 else st.just(None)),
            ),
            max_size=most,
        )
    )
    facts: list[VenueFact] = []
    for key, (kind, fact) in enumerate(parts, start=1):
        if fact is not None:
            facts.append(fact)
        else:
            facts += draw((trouble_facts, signal_facts, water_facts)[kind - 1](key))
    return numbered(draw(st.permutations(facts)))


def numbered(facts: list[VenueFact]) -> list[VenueFact]:
    """The facts with their places as numbers."""
    return [msgspec.structs.replace(fact, number=number) for number, fact in enumerate(facts, start=1)]
