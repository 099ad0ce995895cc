"""What surrounds every page? Head, top bar, navigation, and the connection to the feed."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.resources import files

import msgspec
from nicegui import ui
from nicegui.page import page as page_settings

from firewarden.api.policy import Scope
from firewarden.dashboards.console.console import BASE
from firewarden.dashboards.console.elements import LiveBar, attributed, box, button, icon, text
from firewarden.dashboards.console.feed import Feed, Update, utc_now
from firewarden.dashboards.console.formats import epoch_ms
from firewarden.dashboards.console.visit import LANGUAGE_COOKIE, THEME_COOKIE, Look, Visit

NAVIGATION = (
    ("desk", f"{BASE}/", "notifications_active", Scope.INCIDENTS_READ),
    ("ranking", f"{BASE}/ranking", "leaderboard", Scope.RISK_READ),
    ("gateways", f"{BASE}/gateways", "router", Scope.VENUES_READ),
    ("commands", f"{BASE}/commands", "forward_to_inbox", Scope.VENUES_READ),
    ("register", f"{BASE}/register", "table_chart", Scope.REGISTER_WRITE),
    ("proof", f"{BASE}/proof", "fact_check", Scope.VENUES_READ),
    ("platform", f"{BASE}/platform", "monitor_heart", Scope.PLATFORM_READ),
)

LOGO = files("firewarden.dashboards.console").joinpath("static/logo.svg").read_text(encoding="utf-8")


def prepare(path: str, title: str, look: Look) -> None:
    """Give the page being built its language, theme, title, style sheet and script."""
    texts = look.texts
    client = ui.context.client
    client.page = page_settings(
        path, title=f"{title} · {texts('app.short')}", language=look.language.html, dark=look.dark
    )
    config = {"nowMs": epoch_ms(utc_now()), "units": texts.under("unit")}
    encoded = msgspec.json.encode(config).decode().replace("<", "\\u003c")
    background = "#0c1117" if look.dark else "#f2f4f7"
    ui.add_head_html(
        f"<style>html{{background:{background}}}</style>"
        f'<link rel="stylesheet" href="{BASE}/static/console.css">'
        f'<link rel="stylesheet" href="{BASE}/static/pages.css">'
        f'<link rel="stylesheet" href="{BASE}/static/proof.css">'
        f'<link rel="stylesheet" href="{BASE}/static/commands.css">'
        f'<link rel="stylesheet" href="{BASE}/static/register.css">'
        f'<link rel="stylesheet" href="{BASE}/static/frames.css">'
        f'<link rel="stylesheet" href="{BASE}/static/risk.css">'
        f'<script type="application/json" id="fw-config">{encoded}</script>'
        f'<script src="{BASE}/static/console.js"></script>'
    )


def preference_buttons(look: Look, on_language: Callable[[], object] | None = None) -> None:
    """The switches of language and theme: a cookie and a reload; `on_language` also remembers it for the person."""
    texts = look.texts
    language = button(texts("nav.language"), "text-button", symbol="translate", data_testid="language")
    attributed(language, {"title": texts("nav.language_title"), "lang": look.language.other.html})
    switch = f"firewarden.cookie('{LANGUAGE_COOKIE}', '{look.language.other}')"
    if on_language is None:
        language.on("click", js_handler=f"() => {{ {switch}; location.reload(); }}")
    else:
        # The page is loaded again by the server, once the choice is stored.
        language.on("click", on_language, js_handler=f"() => {{ {switch}; emit(); }}", args=[])
    label = texts("nav.to_light" if look.dark else "nav.to_dark")
    theme = button("", "icon-button", symbol="light_mode" if look.dark else "dark_mode", data_testid="theme")
    attributed(theme, {"title": label, "aria_label": label})
    other = "light" if look.dark else "dark"
    theme.on("click", js_handler=f"() => {{ firewarden.cookie('{THEME_COOKIE}', '{other}'); location.reload(); }}")


class Shell:
    """The frame of a page for a signed-in person. Inside `with shell.main():` the page builds itself."""

    def __init__(self, visit: Visit, feed: Feed, *, current: str, on_language: Callable[[], object]) -> None:
        self.visit = visit
        self.texts = visit.texts
        self._feed = feed
        self._ringing = feed.board.ringing
        with box("top", tag="header"):
            text(self.texts("app.skip"), "skip", tag="a", href="#main")
            self._brand()
            self._navigation(current)
            with box("top-end"):
                self._live = LiveBar(
                    {**self.texts.under("live"), "fire": self.texts("group.fire")}, sound=visit.may_act
                )
                self._live.props["initial"] = list(self._ringing)
                preference_buttons(visit.look, on_language)
                self._account()

    def watch(self, watcher: Callable[[Update], None]) -> None:
        """Call `watcher` with every update until the browser has gone; once per page."""

        def update(what: Update) -> None:
            self._live.run_method("beat", what.fresh)
            if what.board.ringing != self._ringing:
                self._ringing = what.board.ringing
                self._live.run_method("ring", list(self._ringing))
            watcher(what)

        ui.context.client.on_delete(self._feed.watch(update))

    @contextmanager
    def main(self, classes: str = "") -> Generator[None]:
        """The part of the page below the top bar."""
        with box(f"page {classes}", tag="main", id="main", tabindex=-1):
            yield

    def _brand(self) -> None:
        with box("brand", tag="a", href=f"{BASE}/"):
            ui.html(LOGO, sanitize=False, tag="span").classes("logo")
            text(self.texts("app.short"))

    def _navigation(self, current: str) -> None:
        with box("nav", tag="nav", aria_label=self.texts("nav.label")):
            for name, target, symbol in [entry[:3] for entry in NAVIGATION if self.visit.may(entry[3])]:
                link = box(tag="a", href=target, title=self.texts(f"nav.{name}"), data_testid=f"nav-{name}")
                if name == current:
                    attributed(link, {"aria_current": "page"})
                with link:
                    icon(symbol)
                    text(self.texts(f"nav.{name}"))

    def _account(self) -> None:
        name = button(self.visit.name, "text-button", symbol="account_circle", data_testid="account")
        with name, ui.menu().classes("account-menu"), box("account-panel"):
            text(self.visit.name, tag="b")
            text(self.texts.name("role", self.visit.principal.role or ""), tag="small")
            with box("account-item", tag="a", href=f"{BASE}/password"):
                icon("key")
                text(self.texts("nav.password"))
            with (
                box(tag="form", method="post", action=f"{BASE}/session/end"),
                box("account-item", tag="button", type="submit", data_testid="logout"),
            ):
                icon("logout")
                text(self.texts("nav.logout"))
