"""Is the table of roles what it is meant to be, and does a write have to come from our own page?"""

import pytest

from firewarden.api.policy import (
    SCOPES,
    Denial,
    Principal,
    PrincipalKind,
    Role,
    Scope,
    denial,
    is_own_origin,
    scopes_of,
)


def somebody(role: Role, *, must_change: bool = False) -> Principal:
    """A user of that role."""
    return Principal(
        kind=PrincipalKind.USER,
        id=1,
        name="somebody",
        role=role,
        scopes=SCOPES[role],
        must_change_password=must_change,
    )


def test_every_role_has_scopes() -> None:
    """No role is forgotten in the table."""
    assert SCOPES.keys() == set(Role)


@pytest.mark.parametrize("scope", list(Scope))
def test_administrators_may_do_everything(scope: Scope) -> None:
    """There is nothing that nobody may do."""
    assert denial(somebody(Role.ADMINISTRATOR), scope) is None


def test_only_duty_officers_act_on_incidents() -> None:
    """Besides administrators, who may do everything."""
    may = {role for role in Role if denial(somebody(role), Scope.INCIDENTS_WRITE) is None}
    assert may == {Role.DUTY_OFFICER, Role.ADMINISTRATOR}


def test_only_administrators_administer() -> None:
    """Users and keys are in no other role's reach."""
    assert {role for role in Role if denial(somebody(role), Scope.ADMIN) is None} == {Role.ADMINISTRATOR}


def test_integrators_do_not_see_risk() -> None:
    """Who connects gateways is not shown how dangerous their customers are."""
    assert denial(somebody(Role.INTEGRATOR), Scope.RISK_READ) is Denial.MISSING_SCOPE
    assert denial(somebody(Role.INTEGRATOR), Scope.REGISTER_WRITE) is None


@pytest.mark.parametrize("scope", list(Scope))
def test_a_one_time_password_opens_nothing(scope: Scope) -> None:
    """Until it is changed, not even an administrator may do anything else."""
    assert denial(somebody(Role.ADMINISTRATOR, must_change=True), scope) is Denial.PASSWORD_CHANGE_REQUIRED


def test_scopes_that_nobody_knows_give_nothing() -> None:
    """A key made by another version keeps what this one understands."""
    assert scopes_of(["risk:read", "moon:read"]) == {Scope.RISK_READ}


def test_keys_and_users_of_one_name_are_told_apart() -> None:
    """The actor of a key cannot be a user's name."""
    user = somebody(Role.VIEWER)
    key = Principal(kind=PrincipalKind.API_KEY, id=1, name="somebody", scopes=frozenset())
    assert (user.actor, key.actor) == ("somebody", "key:somebody")


@pytest.mark.parametrize(
    ("fetch_site", "origin", "host", "own"),
    [
        ("same-origin", None, "city.example", True),
        ("none", None, "city.example", True),
        ("same-site", "https://city.example", "city.example", False),
        ("cross-site", "https://city.example", "city.example", False),
        (None, "https://city.example", "city.example", True),
        (None, "https://CITY.example:443", "city.example", True),
        (None, "http://city.example", "city.example:80", True),
        (None, "http://city.example:8080", "city.example:8080", True),
        (None, "http://city.example:8080", "city.example", False),
        (None, "https://city.example.evil.example", "city.example", False),
        (None, "null", "city.example", False),
        (None, "file://", "", False),
        (None, None, "city.example", False),
        (None, "https://city.example", None, False),
    ],
)
def test_own_origin(fetch_site: str | None, origin: str | None, host: str | None, *, own: bool) -> None:
    """What the browser says about the page decides, with and without default ports; silence is not consent."""
    assert is_own_origin(fetch_site=fetch_site, origin=origin, host=host) is own
