"""Does a browser get exactly what it needs for a right list?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from firewarden.api.rows import IncidentRow
from firewarden.dashboards.console.desk_rows import (
    ROWS_SHOWN_MAX,
    Changes,
    Count,
    Filter,
    Group,
    Row,
    Shown,
    counts,
    group_of,
    merged,
    ringing,
    row_of,
)
from firewarden.desk.incidents import PRIORITY, Condition, IncidentState

AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)

INCIDENT = IncidentRow(
    id=1,
    kind=Condition.FIRE,
    priority=1,
    state=IncidentState.NEW,
    late=False,
    raises=1,
    venue_id=7,
    venue_code="XT-0007",
    venue_name="江畔医院",
    venue_name_en="Riverside Hospital",
    district="雨湖区",
    gateway_id="GW-7",
    point_id=3,
    point_address="1.1/40.0a000100",
    point_name="感烟探测器",
    point_floor="3F",
    point_registered=True,
    occurred_at=AT,
    received_at=AT,
    committed_at=AT,
    opened_at=AT,
    recovered_at=None,
    taken_at=None,
    taken_by=None,
    closed_at=None,
    closed_by=None,
    incident_class=None,
    note="",
    trace_id=None,
)
ROW = row_of(INCIDENT)


def fire(number: int) -> Row:
    """A fire with this number."""
    return replace(ROW, id=number)


class Browser:
    """What incident_list.js does with changes."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.order: tuple[int, ...] = ()

    def apply(self, changes: Changes | None) -> None:
        """Take changes over."""
        if changes is None:
            return
        self.rows.update((row.id, row) for row in changes.changed)
        self.rows = {number: row for number, row in self.rows.items() if number in changes.order}
        self.order = changes.order

    @property
    def shown(self) -> list[Row]:
        """The rows as drawn."""
        return [self.rows[number] for number in self.order]


def test_a_row_has_local_text_and_epoch_times() -> None:
    """A browser counts the age from milliseconds and shows the local time."""
    assert ROW.opened_ms == 1_795_406_400_000
    assert ROW.opened_text == "11-23 12:00:00"
    assert (ROW.point, ROW.floor, ROW.district) == ("感烟探测器", "3F", "雨湖区")


def test_a_point_without_a_name_shows_its_address() -> None:
    """An unregistered point has only an address: that is shown."""
    row = row_of(replace(INCIDENT, point_name="", point_registered=False))
    assert (row.point, row.registered) == ("1.1/40.0a000100", False)


def test_every_kind_that_needs_a_person_has_a_group() -> None:
    """Fires, manual alarms, supervisory signals and silence stand alone; everything else is some fault."""
    own = {kind for kind in PRIORITY if group_of(kind) is not Group.FAULT}
    assert own == {Condition.FIRE, Condition.MANUAL_ALARM, Condition.SUPERVISE, Condition.OFFLINE}


def test_nothing_new_sends_nothing() -> None:
    """The same rows twice are sent once."""
    shown = Shown()
    assert shown.update([fire(1)], Filter()) is not None
    same = merged({1: fire(1)}, [INCIDENT])
    shown = Shown()
    shown.update(same, Filter())
    again = merged({1: same[0]}, [INCIDENT])
    assert again[0] is same[0]
    assert shown.update(again, Filter()) is None


def test_only_the_changed_row_is_sent() -> None:
    """When one of two incidents is taken, only that row travels."""
    shown = Shown()
    first, second = fire(1), fire(2)
    shown.update([first, second], Filter())
    taken = replace(second, state=IncidentState.TAKEN, taken_by="wang")
    changes = shown.update([first, taken], Filter())
    assert changes is not None
    assert [row.id for row in changes.changed] == [2]
    assert changes.order == (1, 2)


def test_the_list_is_bounded_and_counts_the_rest() -> None:
    """Of more rows than fit, the first are shown and the others are counted."""
    changes = Shown().update([fire(number) for number in range(ROWS_SHOWN_MAX + 30)], Filter())
    assert changes is not None
    assert (len(changes.order), changes.more) == (ROWS_SHOWN_MAX, 30)


def test_a_row_that_comes_back_is_sent_again() -> None:
    """A browser forgets rows that it does not show, so a row that returns travels again."""
    shown, browser, rows = Shown(), Browser(), [fire(1), fire(2)]
    for wanted in (Filter(), Filter(group=Group.OFFLINE), Filter()):
        browser.apply(shown.update(rows, wanted))
    assert browser.shown == rows


STATES = st.sampled_from([(IncidentState.NEW, ""), (IncidentState.TAKEN, "wang"), (IncidentState.TAKEN, "li")])


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.integers(1, 12), STATES, max_size=12),
            st.builds(Filter, mine=st.sampled_from(["", "wang"]), query=st.sampled_from(["", "江畔", "nowhere"])),
        ),
        max_size=8,
    )
)
def test_a_browser_always_shows_what_is_wanted(
    steps: list[tuple[dict[int, tuple[IncidentState, str]], Filter]],
) -> None:
    """After any history of rows and filters, applying the changes gives the list that the last filter wants."""
    shown, browser = Shown(), Browser()
    known: dict[int, Row] = {}
    for board, wanted in steps:
        rows: list[Row] = []
        for number, (state, holder) in sorted(board.items()):
            row = replace(ROW, id=number, state=state, taken_by=holder)
            before = known.get(number)
            rows.append(before if before is not None and before == row else row)
        known = {row.id: row for row in rows}
        browser.apply(shown.update(rows, wanted))
        assert browser.shown == [row for row in rows if wanted.takes(row)]


def test_the_query_finds_all_that_a_row_says() -> None:
    """Venue in either language, district, point, floor, address, gateway and holder are searched, whatever the case."""
    row = replace(ROW, taken_by="wang")
    for query in ("江畔", "riverside", "雨湖", "感烟", "3f", "0A0001", "gw-7", "WANG", "xt-0007"):
        assert Filter(query=query).takes(row), query
    assert not Filter(query="河东").takes(row)


def test_old_taken_and_lesser_incidents_do_not_ring() -> None:
    """Only a fire or manual alarm that is new, in both senses, sounds."""
    rows = [
        fire(1),
        replace(ROW, id=2, late=True),
        replace(ROW, id=3, state=IncidentState.TAKEN),
        replace(ROW, id=4, priority=3, kind=Condition.FAULT),
        replace(ROW, id=5, kind=Condition.MANUAL_ALARM),
    ]
    assert ringing(rows) == (1, 5)


def test_counters_tell_waiting_from_taken() -> None:
    """A counter says how many are open, and how many of them nobody has."""
    rows = [fire(1), replace(ROW, id=2, state=IncidentState.TAKEN)]
    assert counts(rows)[Group.FIRE] == Count(total=2, waiting=1)
    assert counts(rows)[Group.OFFLINE] == Count()


def test_recovery_and_age_are_told() -> None:
    """A condition that ended is flagged, and a closed incident's age stands still."""
    closed = replace(INCIDENT, recovered_at=AT, closed_at=AT + timedelta(minutes=2), closed_by="system")
    row = row_of(closed)
    assert row.recovered
    assert row.closed_ms is not None
    assert row.closed_ms - row.opened_ms == 120_000
