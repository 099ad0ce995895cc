"""How are the boards shown in a browser where no Grafana is? A page for each, on this machine only."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import msgspec
import psycopg
from fastapi import Request
from nicegui import run, ui

from firewarden.dashboards.grafana.preview.answers import answers
from firewarden.dashboards.grafana.preview.frames import Json
from firewarden.dashboards.grafana.preview.page import STYLE, draw_board

HOST = "127.0.0.1"
PREFIX = "var-"


def boards(folder: Path, language: str) -> Mapping[str, Json]:
    """The generated boards of a language by their uid."""
    files = sorted((folder / language).glob("*.json"))
    found = [cast("Json", msgspec.json.decode(file.read_bytes())) for file in files]
    return {str(board["uid"]): board for board in found}


def serve(found: Mapping[str, Json], url: str, port: int) -> None:
    """Show the boards until the process is ended, with the figures of the database at `url`."""

    @ui.page("/")
    def contents() -> None:  # pyright: ignore[reportUnusedFunction]
        ui.add_css(STYLE)
        for uid, board in found.items():
            ui.link(str(board["title"]), f"/d/{uid}")

    @ui.page("/d/{uid}", response_timeout=60)
    async def board(uid: str, request: Request) -> None:  # pyright: ignore[reportUnusedFunction]
        if uid not in found:
            ui.label(f"there is no board {uid}")
            return
        wanted = {
            key.removeprefix(PREFIX): value for key, value in request.query_params.items() if key.startswith(PREFIX)
        }
        try:
            told = await run.io_bound(answers, url, found[uid], wanted, datetime.now(tz=UTC))
        except psycopg.OperationalError as error:
            ui.label(f"the database cannot be reached: {error}")
            return
        if told is None:  # the process is ending
            return
        ui.page_title(str(found[uid]["title"]))
        ui.label(str(found[uid]["title"])).classes("board-title")
        draw_board(found[uid], told.of, ZoneInfo(str(found[uid].get("timezone") or "Asia/Shanghai")))

    ui.run(host=HOST, port=port, reload=False, show=False, dark=True, title="Firewarden", favicon="🔥")
