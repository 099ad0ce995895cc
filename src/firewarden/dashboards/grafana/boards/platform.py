"""Platform: does every process work and keep up, is anything lost or unread, is there room, do the jobs run?

Panels that alert rules lead to are called as the rules call their figures (alerts/rules.py).
"""

from firewarden.dashboards.grafana.kit import limits
from firewarden.dashboards.grafana.kit.kit import Kit
from firewarden.dashboards.grafana.kit.page import Page
from firewarden.dashboards.grafana.kit.panels import stat, table, time_series

CONSOLE = "${console}/console/platform"


def board(kit: Kit) -> Page:
    """The whole board."""
    page = Page(kit, span="now-6h", refresh="30s", marks="city")
    page.section("now")
    _now(page)
    page.section("course")
    _course(page)
    page.section("messages")
    _messages(page)
    page.section("database")
    _database(page)
    return page


def _now(page: Page) -> None:
    none = limits.NONE_IS_GOOD
    figures = (
        ("works", stat(unit="none", limits=none), "missing_works"),
        ("broker", stat(unit="none", limits=none), "broker_down"),
        ("gateways", stat(unit="percentunit", limits=limits.SILENT_TOGETHER), "silent_share"),
        ("link_test", stat(unit="s", limits=limits.LINK_TEST), "link_test_s"),
        ("disk", stat(unit="percentunit", limits=limits.FREE), "free_share"),
        ("certificate", stat(unit="s", limits=limits.CERTIFICATE), "certificate_s"),
        ("rollups", stat(unit="none", limits=limits.FEW_IS_GOOD), "due_days"),
        ("transaction", stat(unit="s", limits=limits.TRANSACTION), "oldest_transaction_s"),
    )
    for at, (key, look, field) in enumerate(figures):
        page.add(key, look, "now", at=(3 * (at % 4), 4 * (at // 4), 3, 4), fields=(field,))
    page.add(
        "processes",
        table(),
        "processes",
        at=(12, 0, 12, 8),
        fields=("process", "worker", "alive", "standby", "age_s", "version", "started_at", "ended_at", "last_error_at"),
        link=CONSOLE,
    )


def _course(page: Page) -> None:
    lag = time_series(unit="s", limits=limits.LAG, table_legend=True)
    page.add("lag", lag, "lag", shape="time_series", at=(0, 0, 12, 8), codes="reader")
    commits = time_series(unit="s", table_legend=True)
    page.add("commits", commits, "commits", shape="time_series", at=(12, 0, 12, 8), codes="reader")
    retries = time_series(unit="none", bars=True)
    page.add("retries", retries, "retries", shape="time_series", at=(0, 8, 12, 7), codes="platform.process")
    page.add("room", time_series(unit="percentunit"), "disk", shape="time_series", at=(12, 8, 12, 7), codes="disk")


def _messages(page: Page) -> None:
    page.add("rates", time_series(unit="cps"), "rates", shape="time_series", at=(0, 0, 8, 8), codes="reader")
    unread = time_series(unit="none", bars=True)
    page.add("quarantine", unread, "quarantine", shape="time_series", at=(8, 0, 8, 8), codes="platform.of.reason")
    missing = time_series(unit="none", bars=True)
    page.add("ledger", missing, "ledger", shape="time_series", at=(16, 0, 8, 8), codes="gap_state")


def _database(page: Page) -> None:
    page.add("size", stat(unit="bytes"), "now", at=(0, 0, 4, 4), fields=("size_bytes",))
    used = stat(unit="percentunit", limits=limits.CONNECTIONS)
    page.add("connections", used, "now", at=(0, 4, 4, 4), fields=("connections_share",))
    page.add(
        "jobs",
        table(),
        "jobs",
        at=(4, 0, 12, 8),
        fields=("job", "outcome", "overdue", "started_at", "took_s", "rows", "done_at"),
    )
    page.add(
        "listeners", table(), "listeners", at=(16, 0, 8, 8), fields=("worker", "listens_to", "watching_since", "age_s")
    )
    columns = ("table_name", "rows_estimate", "size_bytes", "chunks", "compressed_chunks")
    page.add("tables", table(), "tables", at=(0, 8, 24, 9), fields=columns)
