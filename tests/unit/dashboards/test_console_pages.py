"""Are links kept on the site, refusals explained, and gateways put in the order of urgency?"""

from datetime import UTC, datetime, timedelta

import pytest

from firewarden.api.errors import Problem
from firewarden.api.rows import GatewayRow, GatewayState, Protocol
from firewarden.dashboards.console.acts import explanation
from firewarden.dashboards.console.console import login_address, own_path
from firewarden.dashboards.console.gateways_page import Wanted, by_urgency
from firewarden.dashboards.console.i18n import CATALOGUES, Language
from firewarden.dashboards.console.own_password import PasswordForm

EN = CATALOGUES[Language.EN]
AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/console/ranking", "/console/ranking"),
        ("/console/venues/7", "/console/venues/7"),
        ("", "/console/"),
        ("https://elsewhere.example/", "/console/"),
        ("//elsewhere.example/console/", "/console/"),
        ("/console//elsewhere.example", "/console/"),
        ("/console/\\elsewhere.example", "/console/"),
        ("/console/\r\nSet-Cookie: a=b", "/console/"),
        ("/api/v1/session", "/console/"),
    ],
)
def test_a_login_leads_only_to_own_pages(asked: str, given: str) -> None:
    """A link cannot use the login to send somebody off this site."""
    assert own_path(asked) == given


def test_login_addresses_are_quoted() -> None:
    """What goes into the address cannot add parameters to it."""
    address = login_address("expired", come_back="/console/x&reason=wrong")
    assert address == "/console/login?reason=expired&next=/console/x%26reason%3Dwrong"
    assert login_address() == "/console/login"


@pytest.mark.parametrize(
    ("status", "state", "holder", "text"),
    [
        (409, "taken", "wang", "Not taken: wang was faster."),
        (409, "closed", "system", "Not done: System has closed this incident."),
        (404, None, None, "There is no such incident."),
        (403, None, None, "Your account may not do this."),
        (503, None, None, "The database cannot be reached: nothing was done. Please try again."),
    ],
)
def test_refusals_are_explained(status: int, state: str | None, holder: str | None, text: str) -> None:
    """An officer reads why, and who was faster."""
    problem = Problem(status=status, code="x", title="x", detail="x", holder=holder, state=state)
    assert explanation(problem, EN) == text
    assert explanation(None, EN).startswith("The database")


@pytest.mark.parametrize(
    ("form", "mistake"),
    [
        (PasswordForm(current="old-password", new="new-password", again="new-passwort"), "differ"),
        (PasswordForm(current="old-password", new="old-password", again="old-password"), "same"),
        (PasswordForm(current="old-password", new="short", again="short"), "short"),
        (PasswordForm(current="old-password", new="new-password", again="new-password"), None),
    ],
)
def test_mistakes_in_a_new_password_are_named(form: PasswordForm, mistake: str | None) -> None:
    """What is wrong with a new password is said before the old one is even looked at."""
    assert form.mistake("wang") == mistake


def gateway(name: str, state: GatewayState, *, since_min: int | None = None, skew_s: float = 0.0) -> GatewayRow:
    """A gateway in this state for so many minutes."""
    return GatewayRow(
        id=name,
        name="",
        venue_id=1,
        venue_code="V1",
        venue_name="商场",
        venue_name_en="Mall",
        connection="in_service",
        state=state,
        since=None if since_min is None else AT - timedelta(minutes=since_min),
        heard_at=AT,
        clock_skew_s=skew_s,
        protocol=Protocol.MQTT,
        heartbeat_s=60,
        silence_deadline_s=180,
        points=7,
        has_credential=True,
    )


def test_the_longest_silence_comes_first() -> None:
    """Gateways that are gone stand before those that are heard, the longest silence first."""
    rows = (
        gateway("a", GatewayState.ONLINE, since_min=600),
        gateway("b", GatewayState.SILENT, since_min=5),
        gateway("c", GatewayState.SILENT, since_min=50),
        gateway("d", GatewayState.OFFLINE, since_min=1),
        gateway("e", GatewayState.NEVER_HEARD),
    )
    assert [row.id for row in by_urgency(rows)] == ["d", "c", "b", "e", "a"]


def test_a_wrong_clock_is_a_problem() -> None:
    """A gateway that is heard but whose clock is far off stays in the list of problems."""
    wanted = Wanted(problems=True)
    assert not wanted.takes(gateway("a", GatewayState.ONLINE))
    assert wanted.takes(gateway("a", GatewayState.ONLINE, skew_s=-90))
    assert wanted.takes(gateway("a", GatewayState.SILENT))
    assert not Wanted(query="hotel").takes(gateway("a", GatewayState.SILENT))
    assert Wanted(query="mall").takes(gateway("a", GatewayState.SILENT))
