"""Who may do what? One table from roles to scopes; API keys carry their scopes themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a user is here for."""

    DUTY_OFFICER = "duty_officer"
    SUPERVISOR = "supervisor"
    INTEGRATOR = "integrator"
    ADMINISTRATOR = "administrator"
    VIEWER = "viewer"


class Scope(StrEnum):
    """One thing that may be done."""

    INCIDENTS_READ = "incidents:read"
    INCIDENTS_WRITE = "incidents:write"
    VENUES_READ = "venues:read"
    COMMANDS_WRITE = "commands:write"
    RISK_READ = "risk:read"
    RISK_WRITE = "risk:write"
    STREAM_READ = "stream:read"
    REGISTER_WRITE = "register:write"
    PLATFORM_READ = "platform:read"
    ADMIN = "admin"


_WATCH = frozenset({Scope.INCIDENTS_READ, Scope.VENUES_READ, Scope.RISK_READ, Scope.STREAM_READ})

SCOPES: dict[Role, frozenset[Scope]] = {
    Role.VIEWER: _WATCH,
    Role.SUPERVISOR: _WATCH | {Scope.PLATFORM_READ, Scope.COMMANDS_WRITE, Scope.RISK_WRITE},
    Role.DUTY_OFFICER: _WATCH | {Scope.INCIDENTS_WRITE, Scope.COMMANDS_WRITE},
    # Connects gateways and sees what they send wrongly; how dangerous a customer is, is none of their business.
    Role.INTEGRATOR: frozenset(
        {Scope.INCIDENTS_READ, Scope.VENUES_READ, Scope.STREAM_READ, Scope.REGISTER_WRITE, Scope.PLATFORM_READ}
    ),
    Role.ADMINISTRATOR: frozenset(Scope),
}


class PrincipalKind(StrEnum):
    """How somebody has shown who they are."""

    USER = "user"
    API_KEY = "api_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody who has shown who they are."""

    kind: PrincipalKind
    id: int
    name: str
    scopes: frozenset[Scope]
    role: Role | None = None
    """None for an API key."""
    language: str = "zh"
    must_change_password: bool = False

    @property
    def actor(self) -> str:
        """The name under which acts are recorded. A user's cannot contain a colon, so keys are told apart."""
        return f"key:{self.name}" if self.kind is PrincipalKind.API_KEY else self.name


class Denial(StrEnum):
    """Why somebody may not; the value names the problem they are shown."""

    PASSWORD_CHANGE_REQUIRED = "password-change-required"  # noqa: S105 - a problem's name
    MISSING_SCOPE = "missing-scope"


def denial(principal: Principal, scope: Scope) -> Denial | None:
    """Why `principal` may not use `scope`; None where they may."""
    if principal.must_change_password:
        return Denial.PASSWORD_CHANGE_REQUIRED
    return None if scope in principal.scopes else Denial.MISSING_SCOPE


def scopes_of(names: Iterable[str]) -> frozenset[Scope]:
    """The scopes among `names`; what an older or newer version called so and this one does not know gives nothing."""
    known = {scope.value for scope in Scope}
    return frozenset(Scope(name) for name in names if name in known)


SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_own_origin(*, fetch_site: str | None, origin: str | None, host: str | None) -> bool:
    """Whether a write that a cookie vouches for was asked for by our own page.

    Browsers say so in Sec-Fetch-Site or Origin and let no page forge either. A client that says neither is refused:
    programs have API keys. The scheme is not compared, since a proxy in front of us may end TLS.
    """
    if fetch_site is not None:
        return fetch_site in {"same-origin", "none"}
    if origin is None or host is None:
        return False
    scheme, separator, authority = origin.partition("://")
    port = {"http": ":80", "https": ":443"}.get(scheme)
    if not separator or port is None:
        return False
    return host.lower().removesuffix(port) == authority.lower().removesuffix(port)
