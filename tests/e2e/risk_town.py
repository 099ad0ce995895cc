"""What risk would have written of the town: facts, and the scores that follow from them, by the code that scores."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from firewarden.risk.facts import Use
from firewarden.risk.judging import Yardstick, judge
from firewarden.risk.scoring.likelihood import prior_likelihood
from firewarden.risk.scoring.model import Score
from firewarden.risk.scoring.score import DEFAULT_K
from firewarden.risk.state import facts as f
from firewarden.risk.state.fold import apply
from firewarden.risk.state.moments import micros, moment
from firewarden.risk.state.venue import VenueState
from firewarden.risk.state.wire import to_json
from firewarden.risk.store import score_columns
from firewarden.store.queries import Queries
from tests.e2e.town import Place

_SQL = Queries("firewarden.risk")
_DAY = 86_400_000_000
_USES = (Use.MALL, Use.HOTEL, Use.HOSPITAL, Use.SCHOOL, Use.HOUSING, Use.FACTORY, Use.OFFICE, Use.WAREHOUSE)


def facts_of(number: int, place: Place, now: int) -> Iterator[f.VenueFact]:
    """The story of one venue in the order in which it is learnt: the higher the number, the calmer."""
    dice = random.Random(number)
    worse = max(0.0, 1 - number / 40)
    count = iter(range(1, 1000))
    yield f.Registered(
        number=next(count), at=now - 60 * _DAY, use=_USES[number % len(_USES)],
        area_m2=dice.choice([3_200.0, 14_000.0, 88_000.0]), height_m=dice.choice([12.0, 36.0, 96.0]),
        built_year=None if number % 5 == 0 else dice.randint(1988, 2022), key_unit=number % 3 == 0, points=180,
        detectors=150, sensors=2, gateways=(place.gateway,),
    )  # fmt: skip
    for _ in range(int(8 * worse)):
        began = now - dice.randint(8, 50) * _DAY
        raised = f.Raised(
            number=next(count), at=began, episode=number * 1000 + _, trouble=f.Trouble.FAULT, group=f.Group.DETECTOR,
            gateway=place.gateway, point=place.detectors[0],
        )  # fmt: skip
        yield raised
        yield f.Cleared(
            number=next(count), at=began + _DAY // 2, episode=raised.episode, trouble=raised.trouble,
            group=raised.group, gateway=place.gateway, point=raised.point, raised_at=began,
        )  # fmt: skip
    for _ in range(int(6 * worse)):
        began, incident = now - dice.randint(3, 40) * _DAY, number * 1000 + _
        yield f.Signalled(number=next(count), at=began, incident=incident)
        yield f.Judged(
            number=next(count), at=began, incident=incident, verdict=f.Verdict.FALSE_ALARM, judged_at=began + _DAY // 24
        )
    for _ in range(4):
        yield f.DutyChecked(number=next(count), at=now - (5 - _) * _DAY, answered=dice.random() > worse / 2)
    troubles = [
        (f.Trouble.SHIELDED, f.Group.DETECTOR, 5 * _DAY, dice.random() < worse),
        (f.Trouble.FAULT, f.Group.DETECTOR, 3 * _DAY, dice.random() < worse),
        (f.Trouble.MAIN_POWER_FAULT, f.Group.POWER, 2 * _DAY, dice.random() < worse / 2),
        (f.Trouble.MANUAL, f.Group.PUMP, _DAY // 3, number % 4 == 1),
    ]
    for index, (trouble, group, ago, happens) in enumerate(troubles):
        if happens:
            yield f.Raised(
                number=next(count), at=now - ago, episode=number * 1000 + 500 + index, trouble=trouble, group=group,
                gateway=place.gateway, point=place.detectors[index],
            )  # fmt: skip
    if number % 6 == 1:
        yield f.WaterBegan(
            number=next(count), at=now - _DAY // 20, finding=f"{place.pressures[0]}-below", point=place.pressures[0],
            what=f.WaterKind.BELOW, quantity="pressure", value=0.068, expected=0.10,
        )  # fmt: skip


def assess(url: str, places: Sequence[Place], *, tell: bool = False) -> None:
    """Score every place as of every day of the last ten, and as of now; with `tell`, the event stream hears of it."""
    now = micros(datetime.now(tz=UTC))
    by = Yardstick(likelihood=prior_likelihood(), k=DEFAULT_K)
    with psycopg.connect(url) as connection:
        for number, place in enumerate(places, start=1):
            told = list(facts_of(number, place, now))
            state, before = VenueState(), ""
            for ago in range(10, -1, -1):
                at = now - ago * _DAY
                for fact in told:
                    if fact.at <= at and apply(state, fact):
                        _keep(connection, place.venue_id, fact)
                score = judge(state, at, by).score
                said = f"{score.tenths} {score.grade}"
                if said != before:
                    _save(connection, "save_history", place.venue_id, score)
                before = said
                if ago == 0:
                    _save(connection, "save_scores", place.venue_id, score)
        connection.execute(
            "UPDATE risk_score s SET rank_low = greatest(1, r.rank - 3), rank_high = r.rank + 5 FROM (SELECT venue_id,"
            " rank() OVER (ORDER BY grade DESC, score DESC) AS rank FROM risk_score) r WHERE r.venue_id = s.venue_id"
        )
        if tell:
            connection.execute(
                "INSERT INTO event (kind, venue_id, data) VALUES ('risk.changed', %s, '{}')", [places[0].venue_id]
            )
            connection.execute("NOTIFY fw_event")


def _keep(connection: psycopg.Connection, venue_id: int, fact: f.VenueFact) -> None:
    data = msgspec.json.decode(to_json(fact))
    source = "water" if isinstance(fact, f.WaterBegan | f.WaterEnded) else "episode"
    connection.execute(
        "INSERT INTO risk_fact (venue_id, number, at, stepped_at, kind, source, source_id, data)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [venue_id, fact.number, moment(fact.at), moment(fact.at) + timedelta(seconds=2), data["kind"], source,
         str(fact.number), Jsonb(data)],
    )  # fmt: skip


def _save(connection: psycopg.Connection, name: str, venue_id: int, score: Score) -> None:
    connection.execute(_SQL[name], {**score_columns({venue_id: score}), "at": moment(score.at)})
