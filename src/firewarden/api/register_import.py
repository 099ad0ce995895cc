"""How does a register file get into the database? By COPY and a few upserts, all of it or nothing; twice is as once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from psycopg import AsyncConnection
from psycopg.rows import class_row

from firewarden.api.register import DEFAULT_HEARTBEAT_S, POINTS_OF_GATEWAY_MAX, Register, RegisterError
from firewarden.store.queries import Queries

Issue = Callable[[], tuple[str, str]]
"""Makes up a gateway's secret; gives it and its hash."""

Keep = Callable[[dict[str, str]], None]
"""Puts secrets, by gateway id, where they will be found; called before they become valid."""

SQL = Queries("firewarden.api", "register_queries.sql")
DEADLINE_HEARTBEATS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a file held, and what of it is new or was changed."""

    venues: int
    gateways: int
    points: int
    points_changed: int
    secrets_issued: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """Which venues and gateways of a register are to be written; the others only say where something belongs."""

    venues: frozenset[str]
    gateways: frozenset[str]


OnPoints = Callable[[int], None]
"""Told from time to time how many points have been handed to the database."""

_POINTS_TOLD_EVERY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moved:
    id: str
    wanted: str
    known: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    id: str
    source_address: int
    known: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crowded:
    id: str
    points: int


async def import_register(
    connection: AsyncConnection,
    register: Register,
    *,
    issue: Issue,
    keep: Keep | None,
    only: Touched | None = None,
    on_points: OnPoints | None = None,
) -> Imported:
    """Add or change everything in `register`; what it does not name stays as it is. Run it in a transaction.

    Gateways that cannot sign in yet get a secret, which `keep` is given; without `keep`, none is issued.
    `only`: which of its venues and gateways to write; points and systems are all written.
    Raises RegisterError where a gateway is known at another venue, would carry too many points, or has the source
    address of another one.
    """
    for name in ("venue", "building", "room", "system", "gateway", "device", "point"):
        await connection.execute(SQL[f"make_{name}_table"])
    for name, rows in _tables(register, only):
        await _copy(connection, name, _told(rows, on_points) if name == "points" and on_points else rows)
    await _refuse_moved(connection)
    await _refuse_taken(connection)
    for name in ("venues", "buildings", "rooms", "systems", "gateways"):
        await connection.execute(SQL[f"upsert_{name}"])
    for name in ("free_changed_devices", "upsert_devices", "forget_unknown_devices"):
        await connection.execute(SQL[name])
    changed = (await connection.execute(SQL["upsert_points"])).rowcount
    await _refuse_crowded(connection)
    secrets = {} if keep is None else await _issue_missing(connection, issue)
    if keep is not None and secrets:
        keep(secrets)
    return Imported(
        venues=len(register.venues),
        gateways=sum(len(venue.gateways) for venue in register.venues),
        points=sum(len(gateway.points) for venue in register.venues for gateway in venue.gateways),
        points_changed=changed,
        secrets_issued=len(secrets),
    )


Row = Sequence[object]


def _told(rows: Iterable[Row], on_points: OnPoints) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        yield row
        if number % _POINTS_TOLD_EVERY == 0:
            on_points(number)


def _tables(register: Register, only: Touched | None) -> Iterator[tuple[str, Iterable[Row]]]:
    """The rows of each waiting table, in the order of its columns."""
    everything = register.venues
    venues = [v for v in everything if only is None or v.code in only.venues]
    gateways = [(v, g) for v in everything for g in v.gateways if only is None or g.id in only.gateways]
    yield (
        "venues",
        (
            (
                *(v.code, v.name, v.name_en or "", v.use.value, v.district, v.address or ""),
                *(v.lat, v.lon, v.area_m2, v.height_m, v.built_year, bool(v.key_unit)),
            )
            for v in venues
        ),
    )
    yield (
        "buildings",
        ((v.code, b.name, b.floors_above, b.floors_below, b.height_m) for v in venues for b in v.buildings),
    )
    yield "rooms", ((v.code, r.name, r.phone or "") for v in venues if (r := v.control_room) is not None)
    yield "systems", ((v.code, s.kind, s.name) for v in everything for s in v.systems)
    yield (
        "gateways",
        (
            (
                v.code,
                v.control_room.name if v.control_room else None,
                g.id,
                g.name or "",
                *_beats(g.heartbeat_s, g.silence_deadline_s),
            )
            for v, g in gateways
        ),
    )
    yield (
        "devices",
        ((g.id, d.source_address, d.peer, d.profile) for _, g in gateways if (d := g.gb26875) is not None),
    )
    yield (
        "points",
        (
            (g.id, p.address, p.system, p.component, p.name or "", p.floor or "", p.quantity, p.low, p.high)
            for v in everything
            for g in v.gateways
            for p in g.points
        ),
    )


def _beats(heartbeat_s: float | None, deadline_s: float | None) -> tuple[float, float]:
    beat_s = heartbeat_s or DEFAULT_HEARTBEAT_S
    return beat_s, deadline_s or beat_s * DEADLINE_HEARTBEATS


async def _copy(connection: AsyncConnection, name: str, rows: Iterable[Row]) -> None:
    async with connection.cursor() as cursor, cursor.copy(SQL[f"copy_{name}"]) as copy:
        for row in rows:
            await copy.write_row(row)


async def _refuse_moved(connection: AsyncConnection) -> None:
    async with connection.cursor(row_factory=class_row(_Moved)) as cursor:
        await cursor.execute(SQL["moved_gateways"])
        moved = await cursor.fetchall()
    if moved:
        raise RegisterError(
            [f"gateway {row.id}: is at venue {row.known} already, the file has it at {row.wanted}" for row in moved]
        )


async def _refuse_taken(connection: AsyncConnection) -> None:
    async with connection.cursor(row_factory=class_row(_Taken)) as cursor:
        await cursor.execute(SQL["taken_devices"])
        taken = await cursor.fetchall()
    if taken:
        raise RegisterError(
            [f"gateway {row.id}: gateway {row.known} has {row.source_address} already" for row in taken]
        )


async def _refuse_crowded(connection: AsyncConnection) -> None:
    async with connection.cursor(row_factory=class_row(_Crowded)) as cursor:
        await cursor.execute(SQL["crowded_gateways"], {"points_max": POINTS_OF_GATEWAY_MAX})
        crowded = await cursor.fetchall()
    if crowded:
        limit = f"a gateway carries at most {POINTS_OF_GATEWAY_MAX}"
        raise RegisterError([f"gateway {row.id}: would have {row.points} points, {limit}" for row in crowded])


async def _issue_missing(connection: AsyncConnection, issue: Issue) -> dict[str, str]:
    rows = await connection.execute(SQL["gateways_without_credential"])
    issued = {str(row[0]): issue() for row in await rows.fetchall()}
    hashes = [credential for _, credential in issued.values()]
    await connection.execute(SQL["set_credentials"], {"ids": list(issued), "credentials": hashes})
    return {gateway_id: secret for gateway_id, (secret, _) in issued.items()}
