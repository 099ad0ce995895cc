"""What does a city tell in a storm? Facts in the mix of a simulated year, of all venues alike; the same each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import msgspec

from firewarden.risk.facts import Use
from firewarden.risk.state.facts import (
    Cleared,
    DutyChecked,
    Group,
    Handled,
    Judged,
    Micros,
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

SECOND = 1_000_000
BEGIN: Micros = 1_767_196_800 * SECOND
"""New Year's Day of 2026 in the city."""
DETECTORS, POINTS = 600, 920
HISTORY_S = 180 * 86_400
FOLLOWS = 0.6
"""Of facts, while something waits: what follows from an earlier one. A venue has a few things open at any time."""

Numbered = tuple[int, VenueFact]
"""A venue by its place, and a fact of it."""

_TROUBLES = (
    (Trouble.SHIELDED, Group.DETECTOR),
    (Trouble.FAULT, Group.DETECTOR),
    (Trouble.MANUAL, Group.PANEL),
    (Trouble.MANUAL, Group.PUMP),
    (Trouble.TEST, Group.PANEL),
    (Trouble.MAIN_POWER_FAULT, Group.POWER),
    (Trouble.OFFLINE, Group.GATEWAY),
)
_TROUBLE_WEIGHTS = (22, 20, 2, 2, 32, 2, 38)
_KINDS = ("signal", "trouble", "duty", "water", "record")
# Of 1,000 facts of a simulated year about 490 are of signals, 300 of troubles, 200 of duty checks, 6 of water, 3 of
# records; a signal makes three of them, a trouble and a finding of water two.
_KIND_WEIGHTS = (163, 150, 200, 3, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class CityFacts:
    """What is known before the bench begins, at `end`, and what comes then."""

    history: list[Numbered]
    news: list[Numbered]
    end: Micros


class _Venue:
    """Tells facts of one venue, numbered."""

    def __init__(self, place: int, rng: Random) -> None:
        self._place = place
        self._rng = rng
        self._number = 0
        self._episode = 0
        self._waiting: list[VenueFact] = []

    def registered(self, at: Micros) -> VenueFact:
        """What the register says."""
        use = list(Use)[self._place % len(Use)]
        area, height = 4_000.0 + self._place % 90 * 1_000, 10.0 + self._place % 80
        return self._numbered(
            Registered(
                number=1,
                at=at,
                use=use,
                area_m2=area,
                height_m=height,
                built_year=1_990 + self._place % 35,
                key_unit=self._place % 3 == 0,
                points=POINTS,
                detectors=DETECTORS,
                sensors=6,
                gateways=(f"G{self._place}",),
            )
        )

    def next(self, at: Micros) -> VenueFact:
        """The next fact at `at`: what follows from an earlier one, or something new."""
        if self._waiting and self._rng.random() < FOLLOWS:
            return self._numbered(self._waiting.pop(self._rng.randrange(len(self._waiting))), at)
        first, *later = self._new(at)
        self._waiting += later
        return self._numbered(first, at)

    def _numbered(self, fact: VenueFact, at: Micros | None = None) -> VenueFact:
        self._number += 1
        changed = fact if at is None or isinstance(fact, Judged) else msgspec.structs.replace(fact, at=at)
        return msgspec.structs.replace(changed, number=self._number)

    def _new(self, at: Micros) -> list[VenueFact]:
        self._episode += 1
        match self._rng.choices(_KINDS, _KIND_WEIGHTS)[0]:
            case "signal":
                return self._signal(at)
            case "trouble":
                return self._trouble(at)
            case "water":
                return self._water(at)
            case "duty":
                answered = self._rng.random() < 0.93  # noqa: PLR2004 - of duty checks
                return [DutyChecked(number=1, at=at, answered=answered, seconds=40.0 if answered else None)]
            case _:
                return [Recorded(number=1, at=at, what=self._rng.choice(list(RecordKind)))]

    def _signal(self, at: Micros) -> list[VenueFact]:
        verdict = Verdict.REAL_FIRE if self._rng.random() < 0.002 else Verdict.FALSE_ALARM  # noqa: PLR2004 - of signals
        return [
            Signalled(number=1, at=at, incident=self._episode),
            Handled(number=1, at=at, seconds=self._rng.lognormvariate(3.8, 0.8)),
            Judged(number=1, at=at, incident=self._episode, verdict=verdict, judged_at=at + 300 * SECOND),
        ]

    def _trouble(self, at: Micros) -> list[VenueFact]:
        trouble, group = self._rng.choices(_TROUBLES, _TROUBLE_WEIGHTS)[0]
        began = Raised(
            number=1,
            at=at,
            episode=self._episode,
            trouble=trouble,
            group=group,
            gateway=f"G{self._place}",
            point=self._rng.randint(1, DETECTORS),
        )
        ended = Cleared(
            number=1,
            at=at,
            raised_at=at,
            episode=began.episode,
            trouble=trouble,
            group=group,
            gateway=began.gateway,
            point=began.point,
        )
        return [began, ended]

    def _water(self, at: Micros) -> list[VenueFact]:
        finding, what = str(self._episode), WaterKind.BELOW
        return [
            WaterBegan(
                number=1, at=at, finding=finding, point=POINTS, what=what, quantity="pressure", value=0.02, expected=0.2
            ),
            WaterEnded(number=1, at=at, finding=finding, point=POINTS, what=what, quantity="pressure", began_at=at),
        ]


def city_facts(venues: int, history_per_venue: int, news: int) -> CityFacts:
    """Half a year of each venue, thinned, and then so many facts at random venues within seconds."""
    rng = Random(1)
    tellers = [_Venue(place, Random(f"1/{place}")) for place in range(venues)]
    history: list[Numbered] = [(place, teller.registered(BEGIN)) for place, teller in enumerate(tellers)]
    for turn in range(history_per_venue):
        at = BEGIN + (turn + 1) * HISTORY_S // (history_per_venue + 1) * SECOND
        history += [(place, teller.next(at + place)) for place, teller in enumerate(tellers)]
    end = BEGIN + HISTORY_S * SECOND
    told: list[Numbered] = []
    for number in range(news):
        place = rng.randrange(venues)
        told.append((place, tellers[place].next(end + number)))
    return CityFacts(history=history, news=told, end=end)


def steps_of(news: Sequence[Numbered], size: int) -> list[Sequence[Numbered]]:
    """The facts of each step."""
    return [news[start : start + size] for start in range(0, len(news), size)]
