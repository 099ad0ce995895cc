"""Gateways: who is heard, why not, whose clock is wrong, what is missing, who sends how much?"""

from firewarden.dashboards.grafana.kit import limits, links
from firewarden.dashboards.grafana.kit.kit import Kit
from firewarden.dashboards.grafana.kit.page import Page
from firewarden.dashboards.grafana.kit.panels import bar_gauge, pie, stat, table, time_series

LINKS = {"gateway_id": links.GATEWAY, "venue_name": links.VENUE}


def board(kit: Kit) -> Page:
    """The whole board."""
    page = Page(kit, span="now-7d", refresh="30s", variables=("district",), marks="city")
    page.section("now")
    _now(page)
    page.section("silence")
    _silence(page)
    page.section("clocks")
    _clocks(page)
    page.section("messages")
    _messages(page)
    return page


def _now(page: Page) -> None:
    online = stat(unit="percentunit", limits=limits.ONLINE)
    page.add("online", online, "now", at=(0, 0, 4, 4), fields=("online_rate",))
    few = limits.FEW_IS_GOOD
    page.add("out", stat(unit="none", limits=few), "now", at=(4, 0, 4, 4), fields=("gateways_out",))
    page.add("never", stat(unit="none", limits=few), "now", at=(0, 4, 4, 4), fields=("never_heard",))
    page.add("open_gaps", stat(unit="none", limits=few), "now", at=(4, 4, 4, 4), fields=("open_gaps",))
    states = pie(unit="none")
    page.add("heard", states, "states", at=(8, 0, 8, 8), pivot=("gateway_state", "n"), codes="gateway_state")
    reasons = pie(unit="none")
    page.add("reasons", reasons, "reasons", at=(16, 0, 8, 8), pivot=("link_end_reason", "n"), codes="platform.of.ended")
    page.add(
        "list",
        table(),
        "list",
        at=(0, 8, 24, 10),
        fields=(
            "gateway_id",
            "gateway_state",
            "silent_s",
            "venue_name",
            "district",
            "protocol",
            "clock_skew_s",
            "open_gaps",
            "missing_messages",
            "link_end_reason",
            "venue_id",
        ),
        cell_links=LINKS,
    )


def _silence(page: Page) -> None:
    silences = time_series(unit="none", bars=True)
    fields = ("fell_silent", "heard_again")
    page.add("silences", silences, "silences", shape="time_series", at=(0, 0, 12, 8), fields=fields)
    page.add(
        "unreliable",
        table(),
        "unreliable",
        at=(12, 0, 12, 8),
        fields=("gateway_id", "venue_name", "silences", "total_s", "longest_s", "last_at", "venue_id"),
        cell_links=LINKS,
    )


def _clocks(page: Page) -> None:
    wrong = stat(unit="none", limits=limits.FEW_IS_GOOD)
    page.add("clocks_wrong", wrong, "now", at=(0, 0, 4, 8), fields=("clocks_wrong",))
    spread = ("within_second", "within_five", "within_minute", "over_minute")
    page.add("clock_spread", bar_gauge(unit="none", rows=False), "now", at=(4, 0, 8, 8), fields=spread)
    page.add(
        "clocks",
        table(),
        "clocks",
        at=(12, 0, 12, 8),
        fields=("gateway_id", "venue_name", "protocol", "clock_skew_s", "heard_at", "venue_id"),
        limits={"clock_skew_s": limits.CLOCK},
        cell_links=LINKS,
    )


def _messages(page: Page) -> None:
    gaps = time_series(unit="none", bars=True)
    page.add("gaps", gaps, "gaps", shape="time_series", at=(0, 0, 12, 8), codes="gap_state")
    page.add(
        "lost",
        table(),
        "lost",
        at=(12, 0, 12, 8),
        fields=("time", "gateway_id", "venue_name", "lane", "missing", "gap_state", "venue_id"),
        cell_links=LINKS,
    )
    messages = time_series(unit="none", bars=True)
    page.add("messages", messages, "messages", shape="time_series", at=(0, 8, 8, 8), codes="lane")
    shares = ("late_share", "repeat_share")
    page.add("quality", time_series(unit="percentunit"), "quality", shape="time_series", at=(8, 8, 6, 8), fields=shares)
    page.add(
        "busiest",
        table(),
        "busiest",
        at=(14, 8, 10, 8),
        fields=("gateway_id", "venue_name", "messages", "late", "repeats", "venue_id"),
        cell_links=LINKS,
    )
