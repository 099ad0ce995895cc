"""What can go wrong with a Grafana, and what is to be done about it? One line each."""

from collections.abc import Generator
from contextlib import contextmanager

from grafana_client.client import (
    GrafanaClientError,
    GrafanaException,
    GrafanaServerError,
    GrafanaTimeoutError,
    GrafanaUnauthorizedError,
)

_SAID_MAX = 300
_NOT_THERE = 404
_ADVICE = {
    403: "the token may not do this: it needs a service account with the role Admin, for boards alone Editor",
    409: "something else there has this name or uid, or belongs to provisioned files",
    412: "something else there has this name, or somebody saved it at the same moment; look at it, then push again",
}


class PushError(Exception):
    """It cannot be pushed; the message says what is wrong and what to do."""


class NotThereError(PushError):
    """There is no such thing in this Grafana."""


def strange(what: str, url: str) -> PushError:
    """The error for an answer that is none."""
    return PushError(
        f"could not {what}: {url} answers, but not as Grafana's API does. Is a login page or a proxy in between?"
    )


@contextmanager
def plainly(what: str, url: str) -> Generator[None]:
    """Turn what can go wrong with one request into a PushError."""
    try:
        yield
    except GrafanaUnauthorizedError as error:
        raise PushError(
            f"{url} does not accept the token: is it complete, not expired, and of this Grafana?"
        ) from error
    except GrafanaTimeoutError as error:
        raise PushError(f"could not {what}: {url} took too long to answer; --timeout waits longer") from error
    except GrafanaServerError as error:
        raise PushError(
            f"could not {what}: Grafana failed ({error.status_code}: {_said(error)}); see its log"
        ) from error
    except GrafanaClientError as error:
        raise _refused(what, error) from error
    except ValueError as error:  # no JSON
        raise strange(what, url) from error
    except (GrafanaException, OSError) as error:
        raise PushError(_unreached(url, _short(error))) from error


def _unreached(url: str, reason: str) -> str:
    if "certificate" in reason.lower():
        return f"the certificate of {url} is not trusted; name its authority in SSL_CERT_FILE ({reason})"
    return f"{url} cannot be reached: {reason}"


def _refused(what: str, error: GrafanaClientError) -> PushError:
    said = f"{error.status_code}: {_said(error)}"
    if error.status_code == _NOT_THERE:
        return NotThereError(f"could not {what}: Grafana does not know it ({said})")
    return PushError(f"could not {what}: {_ADVICE.get(error.status_code, 'Grafana refused')} ({said})")


def _said(error: GrafanaException) -> str:
    response = error.response
    said = response.get("message") if isinstance(response, dict) else response
    return " ".join(str(said or "no reason").split())[:_SAID_MAX]


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:_SAID_MAX]
