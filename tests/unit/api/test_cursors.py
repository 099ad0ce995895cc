"""Do cursors come back as they were, and is everything else refused?"""

import base64
from datetime import UTC, datetime, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.api import cursors
from firewarden.api.cursors import InvalidCursorError
from firewarden.risk.catalogue import Grade

INSTANTS = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
IDS = st.integers(0, cursors.BIGINT_MAX)
TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=256)
PLACES = st.one_of(
    st.builds(cursors.OpenIncidents, priority=st.integers(1, 5), opened_at=INSTANTS, id=IDS),
    st.builds(cursors.PastIncidents, opened_at=INSTANTS, id=IDS),
    st.builds(cursors.CurrentStates, raised_at=INSTANTS, id=IDS),
    st.builds(cursors.Venues, code=TEXTS),
    st.builds(cursors.Movers, tenths=st.integers(-1000, 1000), venue_id=IDS),
    st.builds(cursors.RiskFacts, number=IDS),
    st.builds(cursors.Ranking, grade=st.sampled_from(Grade), score_tenths=st.integers(0, 1000), venue_id=IDS),
    st.builds(cursors.RiskHistory, at=INSTANTS),
    st.builds(cursors.Gateways, id=TEXTS),
    st.builds(
        cursors.Gaps,
        gateway_id=TEXTS,
        boot=TEXTS,
        lane=st.sampled_from(["alarm", "state", "reading", "reply"]),
        from_seq=IDS,
        to_seq=IDS,
    ),
    st.builds(cursors.Quarantined, id=IDS),
    st.builds(cursors.Accounts, id=IDS),
    st.builds(cursors.Audit, id=IDS),
)
KINDS = (
    cursors.OpenIncidents,
    cursors.PastIncidents,
    cursors.CurrentStates,
    cursors.Venues,
    cursors.Ranking,
    cursors.Movers,
    cursors.RiskFacts,
    cursors.RiskHistory,
    cursors.Gateways,
    cursors.Gaps,
    cursors.Quarantined,
    cursors.Accounts,
    cursors.Audit,
    cursors.StreamPosition,
)


@given(PLACES)
def test_a_cursor_comes_back_as_it_was(place: cursors.Place) -> None:
    """Every place of every list survives being a text."""
    assert cursors.decode(cursors.encode(place), type(place)) == place


@given(PLACES, st.sampled_from(KINDS))
def test_a_cursor_belongs_to_one_list(place: cursors.Place, kind: type[cursors.Place]) -> None:
    """That of another list is refused."""
    if isinstance(place, kind):
        return
    with pytest.raises(InvalidCursorError):
        cursors.decode(cursors.encode(place), kind)


@given(st.one_of(st.text(), st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode())))
def test_what_we_did_not_make_is_refused(text: str) -> None:
    """No text makes decode fail in any other way."""
    for kind in KINDS:
        with pytest.raises(InvalidCursorError):
            cursors.decode(text, kind)


def forged(values: object) -> str:
    """A text of the right form with other values."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(["o", 6, "2026-11-23T00:00:00Z", 1], id="no such priority"),
        pytest.param(["o", 1, "2026-11-23T00:00:00", 1], id="a time without a zone"),
        pytest.param(["o", 1, "2026-11-23T00:00:00Z", 2**63], id="more than the database's integers"),
        pytest.param(["o", 1, "2026-11-23T00:00:00Z"], id="too short"),
    ],
)
def test_forged_values_stay_within_bounds(values: object) -> None:
    """What the database could not take is refused before it gets there."""
    with pytest.raises(InvalidCursorError):
        cursors.decode(forged(values), cursors.OpenIncidents)


def test_the_zone_does_not_matter() -> None:
    """The same moment in another zone is the same place."""
    place = cursors.RiskHistory(at=datetime(2026, 11, 23, tzinfo=UTC))
    other = cursors.RiskHistory(at=place.at.astimezone(timezone.max))
    assert cursors.decode(cursors.encode(other), cursors.RiskHistory).at == place.at


@pytest.mark.parametrize("text", ["1:1:", "10:20:10,14,19", "7:7:", "753:760:753,755"])
def test_snapshots_of_the_database_are_accepted(text: str) -> None:
    """Whatever PostgreSQL writes as a snapshot is a position."""
    cursors.check_snapshot(text)


@pytest.mark.parametrize(
    "text",
    ["", "1:1", "0:0:", "2:1:", "10:20:9", "10:20:20", "10:20:14,12", "10:20:14,14", "1:1:,", "-1:1:", "a:b:", "1:1: ",
     "9999999999999999999:99999999999999999999:", "1:1:\n"],
)  # fmt: skip
def test_what_the_database_would_refuse_is_refused_here(text: str) -> None:
    """A snapshot that PostgreSQL could not read never reaches it."""
    with pytest.raises(InvalidCursorError):
        cursors.check_snapshot(text)
