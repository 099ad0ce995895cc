"""Where does a click lead? To the console, with the venue and the time that the board shows, or to another board."""

from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.dashboard import DashboardLink as Link
from grafana_foundation_sdk.models.dashboard import DashboardLinkType, DynamicConfigValue

TIMES = "from=${__from}&to=${__to}"
DESK = "${console}/console/"
VENUE = "${console}/console/venues/${__data.fields.venue_id}?" + TIMES
VENUE_RISK = "${console}/console/venues/${__data.fields.venue_id}/risk"
GATEWAY = "${console}/console/gateways/${__data.fields.gateway_id}"
PROPOSALS = "${console}/console/proposals"
MODEL = "${console}/console/risk-model"
CHOSEN_VENUE = "${console}/console/venues/${venue}?" + TIMES
CHOSEN_VENUE_RISK = "${console}/console/venues/${venue}/risk"


def uid(board: str, language: str) -> str:
    """The fixed uid of a board in a language: Chinese is the default."""
    return f"fw-{board}" if language == "zh" else f"fw-{board}-{language}"


def board(name: str, language: str, **variables: str) -> str:
    """The address of another board, with variables set from the row that is clicked (name: field) and the time kept."""
    chosen = "".join(f"var-{key}=${{__data.fields.{field}}}&" for key, field in variables.items())
    return f"/d/{uid(name, language)}?{chosen}{TIMES}"


def data_links(*titled: tuple[str, str]) -> DynamicConfigValue:
    """The links of a column's cells: (title, address)."""
    return DynamicConfigValue(
        id_val="links", value=[{"targetBlank": True, "title": t, "url": url} for t, url in titled]
    )


def panel_link(title: str, url: str) -> Link:
    """A link in a panel's head."""
    return DashboardLink(title).type(DashboardLinkType.LINK).url(url).target_blank(target_blank=True).build()


def other_boards(title: str, language: str) -> DashboardLink:
    """The menu of all boards of this language, with the time kept."""
    return (
        DashboardLink(title)
        .type(DashboardLinkType.DASHBOARDS)
        .tags(["firewarden", language])
        .as_dropdown(as_dropdown=True)
        .keep_time(keep_time=True)
        .icon("external link")
    )
