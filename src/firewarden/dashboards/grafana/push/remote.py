"""How is a Grafana asked? Each answer is checked for its shape; each failure becomes one line that says what to do."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit, urlunsplit

from grafana_client.api import GrafanaApi

from firewarden.dashboards.grafana.push.errors import NotThereError, PushError, plainly, strange

VERSION_MIN = 11
_NO_PROVENANCE = {"X-Disable-Provenance": "true"}

Answer = TypeVar("Answer")
Found = Mapping[str, Any]


class Remote:
    """One Grafana, as whoever holds the token. `editable`: what is pushed of alerting may be changed in its pages."""

    def __init__(self, url: str, token: str, *, timeout_s: float, editable: bool = False) -> None:
        self.url = url
        self._api: Any = GrafanaApi.from_url(_whole(url), credential=token, timeout=timeout_s)
        self._headers = _NO_PROVENANCE if editable else {}

    def __enter__(self) -> "Remote":
        return self

    def __exit__(self, *_: object) -> None:
        self._api.client.s.close()

    def version(self) -> str:
        """Its version. Raises PushError where it is none that reads what we write, or no Grafana at all."""
        settings = self._get("ask for its version", "/frontend/settings")
        version = str(settings.get("buildInfo", {}).get("version") or "")
        major = version.partition(".")[0]
        if not major.isdigit():
            raise PushError(f"{self.url} does not say which version it is: is it a Grafana?")
        if int(major) < VERSION_MIN:
            raise PushError(f"{self.url} is Grafana {version}; boards and rules need {VERSION_MIN} or newer")
        return version

    def folder(self, uid: str) -> Found | None:
        """A folder; None where there is none of that uid."""
        return self._find(f"read the folder {uid}", f"/folders/{uid}")

    def create_folder(self, uid: str, title: str) -> None:
        """Make a folder."""
        self._send("POST", f"make the folder {title}", "/folders", {"uid": uid, "title": title})

    def rename_folder(self, uid: str, title: str) -> None:
        """Give a folder its title."""
        self._send("PUT", f"rename the folder {uid}", f"/folders/{uid}", {"title": title, "overwrite": True})

    def data_source(self, uid: str) -> Found | None:
        """A data source; None where there is none of that uid."""
        return self._find(f"read the data source {uid}", f"/datasources/uid/{uid}")

    def create_data_source(self, source: Found) -> None:
        """Make a data source."""
        self._send("POST", f"make the data source {source['name']}", "/datasources", source)

    def board(self, uid: str) -> Found | None:
        """A board with its `dashboard` and `meta`; None where there is none of that uid."""
        return self._find(f"read the board {uid}", f"/dashboards/uid/{uid}")

    def save_board(self, board: Found, *, folder: str, message: str) -> None:
        """Put a board in the place of what is there under its uid."""
        wrapped = {"dashboard": dict(board), "folderUid": folder, "overwrite": True, "message": message}
        self._send("POST", f"save the board {board['uid']}", "/dashboards/db", wrapped)

    def rule_group(self, folder: str, name: str) -> Found | None:
        """A group with its rules; None where there is none of that name."""
        return self._find(f"read the rules {name}", f"/v1/provisioning/folder/{folder}/rule-groups/{name}")

    def save_rule_group(self, folder: str, name: str, group: Found) -> None:
        """Put a group in the place of what is there: rules that it lacks are gone."""
        path = f"/v1/provisioning/folder/{folder}/rule-groups/{name}"
        self._send("PUT", f"save the rules {name}", path, group)

    def contact_points(self) -> Sequence[Found]:
        """Every receiver of every contact point."""
        return self._list("read the contact points", "/v1/provisioning/contact-points")

    def create_receiver(self, receiver: Found) -> None:
        """Add a receiver to the contact point that it names."""
        self._send("POST", f"make the contact point {receiver['name']}", "/v1/provisioning/contact-points", receiver)

    def save_receiver(self, receiver: Found) -> None:
        """Change a receiver."""
        path = f"/v1/provisioning/contact-points/{receiver['uid']}"
        self._send("PUT", f"change the contact point {receiver['name']}", path, receiver)

    def policies(self) -> Found:
        """The tree of notification policies."""
        return self._get("read the notification policies", "/v1/provisioning/policies")

    def save_policies(self, tree: Found) -> None:
        """Put the tree in the place of what is there."""
        self._send("PUT", "save the notification policies", "/v1/provisioning/policies", tree)

    def mute_timing(self, name: str) -> Found | None:
        """A mute timing; None where there is none of that name."""
        timings = self._list("read the mute timings", "/v1/provisioning/mute-timings")
        return next((timing for timing in timings if timing.get("name") == name), None)

    def create_mute_timing(self, timing: Found) -> None:
        """Make a mute timing."""
        self._send("POST", f"make the mute timing {timing['name']}", "/v1/provisioning/mute-timings", timing)

    def save_mute_timing(self, timing: Found) -> None:
        """Change a mute timing."""
        path = f"/v1/provisioning/mute-timings/{timing['name']}"
        self._send("PUT", f"change the mute timing {timing['name']}", path, timing)

    def _get(self, what: str, path: str) -> Found:
        return self._object(what, self._ask(what, lambda: self._api.client.GET(path)))

    def _find(self, what: str, path: str) -> Found | None:
        try:
            return self._get(what, path)
        except NotThereError:
            return None

    def _list(self, what: str, path: str) -> Sequence[Found]:
        answer = self._ask(what, lambda: self._api.client.GET(path))
        if not isinstance(answer, list):
            raise strange(what, self.url)
        return [self._object(what, each) for each in cast("list[object]", answer)]

    def _send(self, verb: str, what: str, path: str, body: Found) -> None:
        send = getattr(self._api.client, verb)
        headers = self._headers if path.startswith("/v1/provisioning/") else {}
        self._ask(what, lambda: send(path, json=dict(body), headers=headers))

    def _object(self, what: str, answer: object) -> Found:
        if not isinstance(answer, dict):
            raise strange(what, self.url)
        return cast("Found", answer)

    def _ask(self, what: str, ask: Callable[[], Answer]) -> Answer:
        with plainly(what, self.url):
            return ask()


def _whole(url: str) -> str:
    """The address with a path that ends with a slash, as the library needs it. Raises PushError for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise PushError(f"{url} is no address: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise PushError(f"{url} is no address: expected https://grafana.example or http://127.0.0.1:3000")
    path = parts.path.strip("/")
    return urlunsplit((parts.scheme, parts.netloc, f"/{path}/" if path else "", "", ""))
