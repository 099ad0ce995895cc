"""`bench query`: how long do the console's and integrators' questions take when the database holds a year of a city?"""

import contextlib
import random
import time
from collections.abc import AsyncIterator, Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from firewarden.bench.figures import Figure, figure
from firewarden.bench.loading import Loaded, load, read_mark, require_space, write_mark
from firewarden.bench.machine import read_environment, read_machine
from firewarden.bench.options import QuerySize, Run
from firewarden.bench.progress import Bars
from firewarden.bench.report import Counts, Environment, Report, Settings, at_most
from firewarden.bench.stage import Stage, embedded_stage, throw_away_folder
from firewarden.bench.usage import MEGABYTE
from firewarden.bench.whole import key_of
from firewarden.deploy.errors import DeployError
from firewarden.deploy.platform import api_process, run_command
from firewarden.proof.latency import Percentiles, percentiles

P99_WANTED_MS = 300
DISTRICTS = 6
PAGE = 200
MONTH = timedelta(days=30)
TIMEOUT_S = 60.0
SCOPES = "venues:read,incidents:read,risk:read"


async def bench_query(size: QuerySize, run: Run, data: Path | None) -> Report:
    """Fill a database, or take the one in `data`, and ask the real api. Raises DeployError."""
    machine, begun_at = read_machine(), datetime.now(tz=UTC)
    with _folder(data) as folder:
        known = read_mark(folder)
        if known is not None and known.size != size:
            raise DeployError(
                f"{folder} holds another load: {known.rows:,} readings.",
                "Empty it, or name another folder with --data.",
            )
        if known is None:
            require_space(folder, size.rows)
        async with embedded_stage(run.packages, run.on_step, folder=folder) as stage:
            with run.bars as bars:
                loaded = known or await load(stage.services.database_url, size, bars)
                write_mark(folder, loaded)
                await stage.services.supervisor.start(api_process(stage.env))
                environment = await read_environment(machine, stage.store, stage.packages)
                answered = await _ask_all(stage, size, bars, loaded)
    return _report(size, begun_at, environment, loaded, answered)


Asked = tuple[float, bool]
"""Milliseconds, and whether there was an answer."""


@contextlib.contextmanager
def _folder(data: Path | None) -> Generator[Path]:
    if data is None:
        with throw_away_folder() as folder:
            yield folder
    else:
        data.mkdir(parents=True, exist_ok=True)
        yield data


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """One question, asked many times. `empty`: how often nothing came, or not from where it should."""

    name: str
    latency: Percentiles
    empty: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asker:
    """A program with a key, which asks one thing after the other."""

    client: httpx.AsyncClient
    rng: random.Random
    loaded: Loaded

    async def get(self, path: str, **params: str | int) -> tuple[float, Any]:
        """Milliseconds, and the answer. Raises DeployError where it is a refusal."""
        begun_s = time.monotonic()
        answer = await self.client.get(f"/api/v1{path}", params=params)
        took_ms = (time.monotonic() - begun_s) * 1_000
        if not answer.is_success:
            raise DeployError(f"{path} answered {answer.status_code}: {answer.text[:300]}", "Look at api.log.")
        return took_ms, answer.json()

    def venue(self) -> str:
        """Any venue; every second time one whose sensors are dense."""
        of = self.rng.choice((self.loaded.dense_venues, self.loaded.size.venues))
        return f"code:Q{self.rng.randint(1, of):05d}"

    async def venue_page(self) -> AsyncIterator[Asked]:
        """What the console's page of a venue reads: profile, incidents, scores, a day of its water."""
        while True:
            venue = self.venue()
            profile_ms, detail = await self.get(f"/venues/{venue}")
            number = detail["profile"]["id"]
            incidents_ms, incidents = await self.get("/incidents", state="all", venue_id=number, limit=20)
            scores_ms, scores = await self.get(f"/risk/{venue}/history", limit=PAGE)
            water_ms, water = await self.get(f"/venues/{venue}/pressure", hours=24)
            answered = bool(incidents["items"] and scores["items"] and water["series"])
            yield profile_ms + incidents_ms + scores_ms + water_ms, answered

    async def readings(self, hours: int, resolution: str) -> AsyncIterator[Asked]:
        """The readings of a point, made of what is said to be read for such a stretch."""
        while True:
            took_ms, water = await self.get(f"/venues/{self.venue()}/pressure", hours=hours, points=1)
            yield took_ms, bool(water["series"]) and water["resolution"] == resolution

    async def states(self) -> AsyncIterator[Asked]:
        """Everything that holds in a district, page by page."""
        while True:
            async for asked in self.pages("/states", district=f"District {self.rng.randint(1, DISTRICTS)}"):
                yield asked

    async def incidents(self) -> AsyncIterator[Asked]:
        """Every incident of a month, page by page."""
        earliest = self.loaded.until - timedelta(days=self.loaded.size.days)
        while True:
            since = earliest + self.rng.random() * max(timedelta(0), self.loaded.until - MONTH - earliest)
            stretch = {"since": since.isoformat(), "until": (since + MONTH).isoformat()}
            async for asked in self.pages("/incidents", state="all", **stretch):
                yield asked

    async def pages(self, path: str, **params: str) -> AsyncIterator[Asked]:
        """Each page of a list."""
        cursor: str | None = None
        while True:
            more = {} if cursor is None else {"cursor": cursor}
            took_ms, page = await self.get(path, limit=PAGE, **params, **more)
            yield took_ms, bool(page["items"])
            cursor = page["next"]
            if cursor is None:
                return


async def _ask_all(stage: Stage, size: QuerySize, bars: Bars, loaded: Loaded) -> list[Answers]:
    printed = await run_command(stage.env, "api-key", "create", "--name", f"bench-{time.time_ns()}", "--scopes", SCOPES)
    headers = {"Authorization": f"Bearer {key_of(printed)}"}
    async with httpx.AsyncClient(
        base_url=stage.env.api_url, headers=headers, trust_env=False, timeout=TIMEOUT_S
    ) as client:
        asker = _Asker(client=client, rng=random.Random(size.seed), loaded=loaded)
        questions = {
            "venue page": asker.venue_page(),
            "a point's day": asker.readings(24, "reading"),
            "a point's week": asker.readings(7 * 24, "hour"),
            "a point's year": asker.readings(365 * 24, "day"),
            "current states of a district": asker.states(),
            "incidents of a month": asker.incidents(),
        }
        return [await _ask(name, asked, size.asks, bars) for name, asked in questions.items()]


async def _ask(name: str, asked: AsyncIterator[Asked], times: int, bars: Bars) -> Answers:
    ms: list[float] = []
    empty = 0
    with bars.bar(name, times) as on_done:
        async for took_ms, answered in asked:
            ms.append(took_ms)
            empty += not answered
            on_done(len(ms))
            if len(ms) == times:
                break
    return Answers(name=name, latency=percentiles(ms), empty=empty)


def _figures(loaded: Loaded, answered: Sequence[Answers]) -> tuple[Figure, ...]:
    return (
        *(
            figure(f"{one.name}, {which}", "ms", [value])
            for one in answered
            for which, value in (
                ("p50", one.latency.p50_ms),
                ("p99", one.latency.p99_ms),
                ("max", one.latency.max_ms),
            )
        ),
        figure("readings in the database", "", [loaded.rows]),
        figure("database", "MB", [loaded.database_bytes / MEGABYTE]),
        figure("readings loaded", "/s", [loaded.rows / loaded.load_s]),
        figure("rollups made", "s", [loaded.rollup_s]),
    )


def _report(
    size: QuerySize, begun_at: datetime, environment: Environment, loaded: Loaded, answered: Sequence[Answers]
) -> Report:
    counts = Counts(
        lost=max(0, loaded.rows_expected - loaded.rows),
        duplicated=max(0, loaded.rows - loaded.rows_expected),
        missed=sum(one.empty for one in answered),
    )
    figures = _figures(loaded, answered)
    return Report(
        bench="query",
        begun_at=begun_at,
        environment=environment,
        settings=Settings(
            rounds=1,
            gateways=size.venues,
            messages=0,
            points=size.sensors,
            rows=loaded.rows,
            days=size.days,
            asks=size.asks,
        ),
        figures=figures,
        targets=tuple(at_most(figures, f"{one.name}, p99", P99_WANTED_MS) for one in answered),
        counts=counts,
        passed=counts.clean,
    )
