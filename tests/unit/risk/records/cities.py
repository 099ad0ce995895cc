"""Generated cities with known truth: what happened follows each venue's hidden rate."""

from pathlib import Path

import numpy as np

from firewarden.risk.records.city import ALWAYS, KINDS, City, Events, Venues, ordered

DAY = 86400
BEGIN = int(np.datetime64("2010-01-01T00:00:00", "s").astype(np.int64))


def at_day(days: float) -> int:
    """Seconds of a day after the city's records begin."""
    return BEGIN + int(days * DAY)


def events(rows: list[tuple[int, float, str]]) -> Events:
    """Events of (venue, day, kind)."""
    return ordered(
        np.array([venue for venue, _, _ in rows], np.int32),
        np.array([at_day(day) for _, day, _ in rows], np.int64),
        np.array([KINDS.index(kind) for _, _, kind in rows], np.int8),
    )


def venues(n: int, **columns: object) -> Venues:
    """n venues of which nothing is known but what is given."""
    unknown = np.full(n, np.nan)
    given: dict[str, object] = {
        "ids": tuple(f"v{k}" for k in range(n)),
        "use": np.full(n, -1, np.int32),
        "uses": (),
        "street": np.full(n, -1, np.int32),
        "known_from": np.full(n, ALWAYS),
        **dict.fromkeys(("area_m2", "height_m", "built", "lat", "lon", "number"), unknown),
        **columns,
    }
    return Venues(**given)  # pyright: ignore[reportArgumentType]


def city(n: int = 4_000, *, years: float = 6.0, rate: float = 0.03, seed: int = 0) -> City:
    """Streets and venues that differ, an area that matters, alarms that go with fires."""
    rng = np.random.default_rng(seed)
    street = rng.integers(0, max(n // 40, 1), n).astype(np.int32)
    area = np.exp(rng.normal(6, 1, n))
    hidden = rng.normal(0, 1, n) + rng.normal(0, 0.7, n)[street] + 0.5 * (np.log(area) - 6)
    yearly = rate * np.exp(hidden) / np.exp(hidden).mean()
    fires, alarms = rng.poisson(yearly * years), rng.poisson(10 * yearly * years)
    happened = [np.repeat(np.arange(n), counts) for counts in (fires, alarms)]
    kind = np.concatenate(
        [np.full(len(own), KINDS.index(name)) for own, name in zip(happened, ("fire", "alarm"), strict=True)]
    )
    venue = np.concatenate(happened)
    time = BEGIN + (rng.random(len(venue)) * years * 365 * DAY).astype(np.int64)
    area[rng.random(n) < 0.2] = np.nan
    own = venues(
        n,
        street=street,
        area_m2=area,
        use=rng.integers(-1, 3, n).astype(np.int32),
        uses=("hotel", "office", "shop"),
        lat=31 + 0.01 * street + rng.normal(0, 0.001, n),
        lon=121 + rng.normal(0, 0.001, n),
    )
    nobody = Events(venue=np.empty(0, np.int32), time=np.empty(0, np.int64), kind=np.empty(0, np.int8))
    found = ordered(venue.astype(np.int32), time, kind.astype(np.int8))
    return City(venues=own, events=found, strangers=nobody)


def files(folder: Path, venue_text: str, event_text: str) -> tuple[Path, Path]:
    """Two CSV files with these contents."""
    paths = folder / "venues.csv", folder / "events.csv"
    for path, text in zip(paths, (venue_text, event_text), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths
