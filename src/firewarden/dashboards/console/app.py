"""How does the console come into the api's process? Mounted below /console, served from packaged files only."""

from http import HTTPStatus
from pathlib import Path
from typing import cast

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from nicegui import app as nicegui_app
from nicegui import ui

from firewarden.api.context import ApiContext
from firewarden.api.errors import ProblemError, respond
from firewarden.api.policy import Scope
from firewarden.dashboards.console import (
    adoption_page,
    commands_page,
    desk_page,
    gateway_page,
    gateway_proof_page,
    gateways_page,
    login,
    model_page,
    own_password,
    platform_page,
    proof_page,
    proposals_page,
    ranking_page,
    raw_frame_page,
    raw_frames_page,
    register_page,
    risk_page,
    venue_page,
)
from firewarden.dashboards.console.console import BASE, Console, look_of
from firewarden.dashboards.console.feed import Feed
from firewarden.dashboards.console.frame import apologise, open_page
from firewarden.dashboards.console.headers import SafeHeaders
from firewarden.dashboards.console.stretch import parse_stretch
from firewarden.dashboards.console.uploads import BoundedUploads

STATIC = Path(__file__).parent / "static"
RECONNECT_TIMEOUT_S = 20.0
"""How long the server keeps a page whose browser has gone, so that a short break of the network loses nothing."""

PAGE_TIMEOUT_S = 15.0


def mount(app: FastAPI) -> None:
    """Add the console to the api's `app`. Once in a process: NiceGUI has only one application for its pages."""
    context = cast("ApiContext", app.state.context)
    console = Console(context=context, feed=Feed(context.pool, context.live, context.tell))
    nicegui_app.add_static_files("/static", STATIC, max_cache_age=0)
    login.register(nicegui_app, console)
    own_password.register(console)
    _register_pages(console)
    _register_risk_pages(console)
    _register_commands(console)
    _register_gateway_pages(console)
    _register_integrators_pages(console)
    nicegui_app.add_exception_handler(ProblemError, _refused)
    nicegui_app.add_exception_handler(HTTPStatus.NOT_FOUND, _not_found)
    nicegui_app.on_page_exception(apologise)
    nicegui_app.on_shutdown(console.feed.stop)
    app.add_api_route("/", _to_console, include_in_schema=False)
    nicegui_app.add_middleware(BoundedUploads)
    nicegui_app.add_middleware(SafeHeaders)
    ui.run_with(
        app,
        mount_path=BASE,
        title="Firewarden",
        favicon=STATIC / "favicon.svg",
        binding_refresh_interval=None,
        reconnect_timeout=RECONNECT_TIMEOUT_S,
        tailwind=False,
        show_welcome_message=False,
    )


def _to_console() -> RedirectResponse:
    return RedirectResponse(f"{BASE}/", 307)


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, ProblemError):
        raise error
    return respond(error.problem, request.url.path)


async def _not_found(request: Request, _: Exception) -> Response:
    texts = look_of(request).texts
    link = f'<a href="{BASE}/">{texts("nav.desk")}</a>'
    return HTMLResponse(f"<!doctype html><p>{texts('problem.not_found')} {link}</p>", HTTPStatus.NOT_FOUND)


def _register_pages(console: Console) -> None:

    @ui.page("/", response_timeout=PAGE_TIMEOUT_S)
    async def desk(request: Request) -> Response | None:
        return await open_page(console, request, "desk", Scope.INCIDENTS_READ, desk_page.build)

    @ui.page("/ranking", response_timeout=PAGE_TIMEOUT_S)
    async def ranking(request: Request, as_of: str = "") -> Response | None:
        return await open_page(console, request, "ranking", Scope.RISK_READ, ranking_page.builder(as_of))

    @ui.page("/platform", response_timeout=PAGE_TIMEOUT_S)
    async def platform(request: Request) -> Response | None:
        return await open_page(console, request, "platform", Scope.PLATFORM_READ, platform_page.build)

    @ui.page("/proof", response_timeout=PAGE_TIMEOUT_S)
    async def proof(request: Request, day: str = "", cursor: str = "") -> Response | None:
        return await open_page(console, request, "proof", Scope.VENUES_READ, proof_page.builder(day, cursor))

    @ui.page("/proof/{gateway_id}", response_timeout=PAGE_TIMEOUT_S)
    async def gateway_proof(request: Request, gateway_id: str, day: str = "") -> Response | None:
        build = gateway_proof_page.builder(gateway_id, day)
        return await open_page(console, request, "proof", Scope.VENUES_READ, build)

    @ui.page("/venues/{venue_id}", response_timeout=PAGE_TIMEOUT_S)
    async def venue(request: Request, venue_id: int) -> Response | None:
        build = venue_page.builder(venue_id, parse_stretch(request.query_params))
        return await open_page(console, request, "venue", Scope.VENUES_READ, build)


def _register_risk_pages(console: Console) -> None:
    @ui.page("/venues/{venue_id}/risk", response_timeout=PAGE_TIMEOUT_S)
    async def venue_risk(request: Request, venue_id: int, as_of: str = "") -> Response | None:
        return await open_page(console, request, "ranking", Scope.RISK_READ, risk_page.builder(venue_id, as_of))

    @ui.page("/proposals", response_timeout=PAGE_TIMEOUT_S)
    async def proposals(request: Request) -> Response | None:
        return await open_page(console, request, "ranking", Scope.RISK_READ, proposals_page.build)

    @ui.page("/risk-model", response_timeout=PAGE_TIMEOUT_S)
    async def model(request: Request) -> Response | None:
        return await open_page(console, request, "ranking", Scope.RISK_READ, model_page.build)


def _register_commands(console: Console) -> None:
    @ui.page("/commands", response_timeout=PAGE_TIMEOUT_S)
    async def commands(request: Request, gateway: str = "", cursor: str = "") -> Response | None:
        build = commands_page.builder(gateway, cursor)
        return await open_page(console, request, "commands", Scope.VENUES_READ, build)


def _register_integrators_pages(console: Console) -> None:
    @ui.page("/unknown-devices", response_timeout=PAGE_TIMEOUT_S)
    async def unknown_devices(request: Request) -> Response | None:
        return await open_page(console, request, "adoption", Scope.REGISTER_WRITE, adoption_page.build)

    @ui.page("/register", response_timeout=PAGE_TIMEOUT_S)
    async def register(request: Request) -> Response | None:
        return await open_page(console, request, "register", Scope.REGISTER_WRITE, register_page.build)


def _register_gateway_pages(console: Console) -> None:
    @ui.page("/gateways", response_timeout=PAGE_TIMEOUT_S)
    async def gateways(request: Request) -> Response | None:
        return await open_page(console, request, "gateways", Scope.VENUES_READ, gateways_page.build)

    @ui.page("/gateways/{gateway_id}", response_timeout=PAGE_TIMEOUT_S)
    async def gateway(request: Request, gateway_id: str) -> Response | None:
        return await open_page(console, request, "gateways", Scope.VENUES_READ, gateway_page.builder(gateway_id))

    @ui.page("/gateways/{gateway_id}/frames", response_timeout=PAGE_TIMEOUT_S)
    async def frames(
        request: Request,
        gateway_id: str,
        undecoded: str = "",
        type: str = "",  # noqa: A002 - the word of the address
        cursor: str = "",
    ) -> Response | None:
        build = raw_frames_page.builder(gateway_id, raw_frames_page.Wanted(undecoded, type, cursor))
        return await open_page(console, request, "gateways", Scope.PLATFORM_READ, build)

    @ui.page("/gateways/{gateway_id}/frames/{lane}/{seq}", response_timeout=PAGE_TIMEOUT_S)
    async def frame(request: Request, gateway_id: str, lane: str, seq: str, at: str = "") -> Response | None:
        build = raw_frame_page.builder(gateway_id, lane, seq, at)
        return await open_page(console, request, "gateways", Scope.VENUES_READ, build)

    @ui.page("/frames/undecoded", response_timeout=PAGE_TIMEOUT_S)
    async def undecoded(request: Request, cursor: str = "") -> Response | None:
        build = raw_frames_page.undecoded_builder(cursor)
        return await open_page(console, request, "gateways", Scope.PLATFORM_READ, build)
