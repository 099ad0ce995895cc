"""Do the links of a board lead anywhere? To boards, their variables, and pages of the console that exist."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, urlsplit

from firewarden.dashboards.grafana.check.board import Board, walk
from firewarden.dashboards.grafana.check.finding import Code

_BOARD = re.compile(r"^/d/([^/?#]+)")
_CONSOLE = "${console}"
PAGES = (
    "/console/",
    "/console/ranking",
    "/console/platform",
    "/console/proof",
    "/console/proof/{gateway_id}",
    "/console/venues/{venue_id}",
    "/console/venues/{venue_id}/risk",
    "/console/proposals",
    "/console/risk-model",
    "/console/commands",
    "/console/unknown-devices",
    "/console/register",
    "/console/gateways",
    "/console/gateways/{gateway_id}",
    "/console/gateways/{gateway_id}/frames",
    "/console/gateways/{gateway_id}/frames/{lane}/{seq}",
    "/console/frames/undecoded",
)
"""The pages of the console that a link may lead to; a test holds them equal to the console's own."""
_OWN = frozenset({"from", "to", "kiosk", "refresh", "orgId", "viewPanel", "timezone"})
"""What Grafana understands in an address besides variables."""


def bad_links(board: Board, by_uid: Mapping[str, Board], pages: tuple[str, ...]) -> Iterator[tuple[Code, str, str]]:
    """The links that lead nowhere; `pages` are the addresses of the console, with {names} for what varies."""
    for panel in board.panels:
        for each in walk(panel.raw):
            if isinstance(each.get("url"), str):
                yield from ((Code.LINK, panel.place, why) for why in _bad(str(each["url"]), by_uid, pages))
    for link in board.raw.get("links") or ():
        yield from ((Code.LINK, "links of the board", why) for why in _bad_board_link(board, link, by_uid, pages))


def _bad_board_link(
    board: Board, link: Mapping[str, object], by_uid: Mapping[str, Board], pages: tuple[str, ...]
) -> Iterator[str]:
    if link.get("type") != "dashboards":
        yield from _bad(str(link.get("url") or ""), by_uid, pages)
        return
    tags = {str(tag) for tag in link.get("tags") or ()}  # pyright: ignore[reportGeneralTypeIssues]
    if not any(tags <= set(each.raw.get("tags") or ()) for each in by_uid.values() if each.uid != board.uid):
        yield f"no other board has the tags {', '.join(sorted(tags))}"


def _bad(url: str, by_uid: Mapping[str, Board], pages: tuple[str, ...]) -> Iterator[str]:
    if url.startswith(_CONSOLE):
        path = urlsplit(url.removeprefix(_CONSOLE)).path
        if not any(_matches(path, page) for page in pages):
            yield f"the console has no page {path}"
        return
    found = _BOARD.match(url)
    if not found:
        if not url.startswith(("https://", "http://", "#")):
            yield f"{url or 'an empty address'} leads neither to a board nor to the console"
        return
    other = by_uid.get(found[1])
    if other is None:
        yield f"no board has the uid {found[1]}"
        return
    names = {variable.name for variable in other.variables}
    for key, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        name = key.removeprefix("var-")
        if (key.startswith("var-") and name not in names) or (not key.startswith("var-") and key not in _OWN):
            yield (
                f"the board {other.uid} has no variable {name}"
                if key.startswith("var-")
                else f"{key} says nothing to a board"
            )


def _matches(path: str, page: str) -> bool:
    """Whether the path is that page: what varies in the page stands as a variable, or anything, in the path."""
    given, known = path.rstrip("/").split("/"), page.rstrip("/").split("/")
    return len(given) == len(known) and all(
        bool(one) if other.startswith("{") else one == other for one, other in zip(given, known, strict=True)
    )
