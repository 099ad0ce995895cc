"""Models, draws and guards in the database: who scores, by whose decision, and what is kept of it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from firewarden.risk import choosing, guarding, helped, registry, training
from firewarden.risk.choices.draw import difference
from firewarden.risk.learn import hazard
from firewarden.risk.learn.calibration import AS_IT_STANDS
from firewarden.risk.registry import Act, RefusedError, WholeModel
from firewarden.risk.scoring.features import FEATURES, TYPICAL
from firewarden.risk.scoring.likelihood import prior_likelihood
from firewarden.risk.stored_model import linear_body
from firewarden.store.database import Connection, Role, connect
from firewarden.store.errors import StoreError
from tests.unit.risk.test_training import judged

pytestmark = pytest.mark.services
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
PRIOR = prior_likelihood().version


def made(version: str, **card: object) -> WholeModel:
    """A MAP model that may be promoted."""
    import numpy as np  # noqa: PLC0415

    fitted = hazard.prior_only(FEATURES, np.array([TYPICAL]), 0.02)
    return WholeModel(
        version=version,
        kind="map",
        made_at=NOW,
        data_version="d",
        body=linear_body(fitted, AS_IT_STANDS),
        card=judged(**card),
    )


async def scores(connection: Connection) -> str:
    """The model that scores once every act holds."""
    return (await registry.load_active(connection, datetime.now(tz=UTC) + timedelta(minutes=1))).likelihood.version


async def role(url: str, role: Role = Role.RISK) -> Connection:
    """A connection of that role."""
    return await connect(url, role, name="test")


async def test_a_promotion_is_undone_by_one_rollback(database: str) -> None:
    """Acts form a history: two promotions, two rollbacks, each leading one step back to the prior, and no further."""
    async with await role(database) as connection:
        assert await scores(connection) == PRIOR
        await registry.add(connection, made("map-1"))
        await registry.add(connection, made("map-2", incumbent="map-1"))
        first = await registry.promote(connection, "map-1", actor="a", reason="r")
        assert await scores(connection) == "map-1"
        await registry.promote(connection, "map-2", actor="a", reason="r")
        steps = [await registry.rollback(connection, actor="a", reason="r", now=NOW) for _ in range(2)]
        assert steps == ["map-1", PRIOR]
        assert await scores(connection) == PRIOR
        with pytest.raises(RefusedError, match="nothing to roll back"):
            await registry.rollback(connection, actor="a", reason="r", now=NOW)
        # What scored at a moment of the past is found again.
        then = await registry.load_active(connection, first)
        before = await registry.load_active(connection, first - timedelta(microseconds=1))
        assert (then.likelihood.version, before.likelihood.version) == ("map-1", PRIOR)


async def test_the_rule_cannot_be_gone_around(database: str) -> None:
    """A model whose card does not satisfy the rule, an unknown one and one that cannot score are not promoted."""
    async with await role(database) as connection:
        await registry.add(connection, made("few", positives=3))
        broken = made("broken")
        broken.body["features"] = ["inspector"]
        await registry.add(connection, broken)
        for version, why in (("few", "3 positives"), ("none", "no model"), ("broken", "cannot score")):
            with pytest.raises(RefusedError, match=why):
                await registry.promote(connection, version, actor="a", reason="r")
        assert await registry.acts(connection) == []


async def test_a_freeze_ends_by_a_person_only(database: str) -> None:
    """Frozen, the prior scores and nothing is promoted or rolled back; released, what scored before scores again."""
    async with await role(database) as connection:
        assert not await registry.freeze(connection, actor="guard", reason="r", now=NOW)
        await registry.add(connection, made("map-1"))
        await registry.promote(connection, "map-1", actor="a", reason="r")
        assert await registry.freeze(connection, actor="guard", reason="r", now=NOW)
        assert await scores(connection) == PRIOR
        assert not await registry.freeze(connection, actor="guard", reason="r", now=NOW)
        with pytest.raises(RefusedError, match="frozen"):
            await registry.promote(connection, "map-1", actor="a", reason="r")
        with pytest.raises(RefusedError, match="frozen"):
            await registry.rollback(connection, actor="a", reason="r", now=NOW)
        assert await registry.release(connection, actor="a", reason="r", now=NOW) == "map-1"
        with pytest.raises(RefusedError, match="nothing is frozen"):
            await registry.release(connection, actor="a", reason="r", now=NOW)
        assert [act.act for act in await registry.acts(connection)] == [Act.RELEASED, Act.FROZEN, Act.PROMOTED]


async def test_a_model_that_cannot_be_read_is_replaced_by_the_prior(database: str) -> None:
    """A body that this version cannot read scores as the prior, and says why."""
    async with await role(database) as connection:
        await registry.add(connection, made("map-1"))
        await registry.promote(connection, "map-1", actor="a", reason="r")
    with psycopg.connect(database) as owner:
        owner.execute("UPDATE risk_model SET body = '{}'")
    async with await role(database) as connection:
        active = await registry.load_active(connection, datetime.now(tz=UTC) + timedelta(minutes=1))
        assert (active.likelihood.version, active.kind) == (PRIOR, "prior")
        assert active.trouble is not None


async def test_what_was_decided_cannot_be_changed(database: str) -> None:
    """Neither risk nor the API can change an act."""
    async with await role(database) as connection:
        await registry.add(connection, made("map-1"))
        await registry.promote(connection, "map-1", actor="a", reason="r")
        with pytest.raises((psycopg.Error, StoreError)):
            await connection.execute("UPDATE risk_model_act SET reason = 'other'")


def city(url: str, venues: int) -> list[int]:
    """Venues with scores, the higher the number the worse."""
    with psycopg.connect(url) as owner:
        ids = [
            int(row[0])
            for row in owner.execute(
                "INSERT INTO venue (code, name, use, district) SELECT 'V' || n, 'v', "
                "(ARRAY['hotel', 'mall'])[1 + n %% 2]::use_type, 'd' || n %% 2 "
                "FROM generate_series(1, %s) n RETURNING id",
                [venues],
            ).fetchall()
        ]
        owner.execute(
            "INSERT INTO risk_score (venue_id, at, score, grade, confidence, factors, triggers, doubts, version, rate)"
            " SELECT id, %s, 0.2 * row_number() OVER (ORDER BY id), 'A', 1, '[]', '[]', '[]', 'prior-1', 0.01"
            " FROM venue",
            [NOW],
        )
    return ids


def record(url: str, venue: int, kind: str, at: datetime) -> None:
    """Something that the brigade recorded."""
    with psycopg.connect(url) as owner:
        owner.execute(
            "INSERT INTO risk_record (venue_id, source, key, kind, at, imported_by) VALUES (%s, 't', %s, %s, %s, 't')",
            [venue, f"{venue}/{kind}/{at}", kind, at],
        )


async def choose(connection: Connection, size: int, **changes: Any) -> tuple[int, tuple[choosing.Chosen, ...]]:
    """A draw at NOW."""
    values: dict[str, Any] = {
        "now": NOW, "by": "t", "purpose": "p", "size": size, "exploration": 0.2, "district": None, "commitment": None,
        "nonce": "n", **changes,
    }  # fmt: skip
    return await choosing.choose(connection, **values)


async def test_a_draw_is_kept_whole_and_comes_out_again(database: str) -> None:
    """Every venue's probability is stored, and what is stored repeats to the same draw."""
    city(database, 100)
    async with await role(database, Role.API) as connection:
        number, chosen = await choose(connection, 10)
        found = await choosing.read_round(connection, number)
        assert found is not None
        written, drawn = found
        assert difference(drawn) is None
        assert (len(drawn.frame), sum(drawn.chosen), written.model) == (100, 10, "prior-1")
        assert [one.code for one in chosen if one.by_chance] == [one.code for one in chosen if one.rank > 10]
        _, some = await choose(connection, 10, district="d1")
        assert len(some) == 10
        with pytest.raises(choosing.NoFrameError):
            await choose(connection, 101)
        assert await choosing.read_round(connection, 99) is None


async def test_the_proof_follows_what_was_found(database: str) -> None:
    """Fires at the top after the draw make it help; the same fires before it, or beyond its horizon, are none."""
    ids = city(database, 200)
    for venue in ids[-15:]:
        record(database, venue, "fire", NOW + timedelta(days=3))
    for venue in ids[:30]:
        record(database, venue, "fire", NOW - timedelta(days=1))
        record(database, venue, "fire", NOW + timedelta(days=91))
    async with await role(database, Role.API) as connection:
        await choose(connection, 20)
        early = await helped.report(connection, NOW + timedelta(days=30))
        assert early.groups[0].fire.verdict == "too_little_data"
        told = json.loads(json.dumps((await helped.report(connection, NOW + timedelta(days=100))).to_json()))
    everything = told["groups"][0]
    assert (everything["fire"]["verdict"], everything["fire"]["recall"]) == ("helps", 1.0)
    assert everything["fire"]["observed"] == 15
    assert everything["fire"]["predicted"] == pytest.approx(2.0)
    assert [group["quarter"] for group in told["groups"]] == [None, "2026Q4", None, None]
    assert told["no_better_than_chance"] == []


async def test_violations_count_where_somebody_looked(database: str) -> None:
    """Of those who were chosen, an inspection makes a venue seen, and a violation found."""
    ids = city(database, 100)
    async with await role(database, Role.API) as connection:
        _, chosen = await choose(connection, 10)
        codes = {one.code for one in chosen[:6]}
        for number, venue in enumerate(ids, start=1):
            if f"V{number}" in codes:
                record(database, venue, "inspection", NOW + timedelta(days=2))
        record(database, ids[int(chosen[0].code[1:]) - 1], "violation", NOW + timedelta(days=2))
        seen = (await helped.report(connection, NOW + timedelta(days=5))).groups[0].violation.everybody
    assert (seen.n, seen.positives) == (6, 1)


async def test_no_draws_are_no_proof(database: str) -> None:
    """Without any draw the report says that there is too little data."""
    async with await role(database, Role.API) as connection:
        report = await helped.report(connection, NOW)
    assert (report.rounds, report.groups[0].fire.verdict) == (0, "too_little_data")


async def test_a_guard_that_fires_freezes_the_model(database: str) -> None:
    """As upkeep's role: low coverage freezes a promoted model to the prior, once; the finding is kept."""
    city(database, 120)
    with psycopg.connect(database) as owner:
        owner.execute("UPDATE risk_score SET coverage = 0.1")
    async with await role(database) as connection:
        await registry.add(connection, made("map-1"))
        await registry.promote(connection, "map-1", actor="a", reason="r")
    later = datetime.now(tz=UTC) + timedelta(minutes=1)
    async with await role(database, Role.UPKEEP) as connection:
        done = await guarding.guard(connection, later)
        assert done.frozen_by == ("coverage",)
        assert await scores(connection) == PRIOR
        assert (await guarding.guard(connection, later)).frozen_by == ()
        seen = {one.name: one for one in await guarding.newest(connection)}
        assert (seen["coverage"].fired, seen["calibration"].value) == (True, None)
    async with await role(database) as connection:
        await registry.release(connection, actor="a", reason="seen", now=later)
        # The next day it fires on, as the person knew: the model stays.
        assert (await guarding.guard(connection, later + timedelta(days=1))).frozen_by == ()
        assert await scores(connection) == "map-1"


async def test_a_ranking_that_turned_around_is_noticed(database: str) -> None:
    """Scores of 97 and of 90 days ago are compared by the fires that followed each, with both bounds of the windows."""
    ids = city(database, 200)
    week, quarter = timedelta(days=7), timedelta(days=90)
    with psycopg.connect(database) as owner:
        for at, order in ((NOW - quarter - week, "id"), (NOW - quarter, "-id"), (NOW - timedelta(days=1), "id")):
            owner.execute(
                "INSERT INTO risk_score_history (venue_id, at, score, grade, confidence, factors, version)"
                " SELECT id, %s, 0.2 * row_number() OVER (ORDER BY CASE WHEN %s = 'id' THEN id ELSE -id END), 'A', 1,"
                " '[]', 'v' FROM venue",
                [at, order],
            )
    for venue in ids[-25:]:
        record(database, venue, "fire", NOW - timedelta(days=50))
    record(database, ids[0], "fire", NOW - quarter)  # after the first ranking only
    record(database, ids[1], "fire", NOW - week + timedelta(hours=1))  # after the second only
    record(database, ids[2], "fire", NOW - quarter - week)  # before both
    record(database, ids[3], "fire", NOW + timedelta(hours=1))  # after today
    async with await role(database, Role.UPKEEP) as connection:
        await guarding.guard(connection, NOW)
        found = {one.name: one for one in await guarding.newest(connection)}["ap_drop"]
    assert found.fired
    assert (found.detail["venues"], found.detail["fires_before"], found.detail["fires"]) == (200, 26, 26)


async def test_training_reads_the_facts_of_the_city(database: str) -> None:
    """From facts to two models with cards that the rule can judge; with few fires nothing is made."""
    ids = city(database, 150)
    begin = NOW - timedelta(days=560)
    rows: list[tuple[object, ...]] = []
    for index, venue in enumerate(ids):
        for number in range(1, 13):
            at = begin + timedelta(days=45 * number + index % 15)
            bad = index % 5 == 0
            kind = "fire" if bad and number % 2 == 0 else "complaint" if bad or number % 6 == 0 else "inspection"
            micros = int((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
            data = {"kind": "recorded", "number": number, "at": micros, "what": kind}
            rows.append((venue, number, at, at, "recorded", "record", f"{venue}/{number}", Jsonb(data)))
    with psycopg.connect(database) as owner, owner.cursor() as cursor:
        cursor.executemany("INSERT INTO risk_fact VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", rows[:12])
        owner.commit()
        async with await role(database) as connection:
            few = await training.learn(connection, NOW, lambda _: None)
        assert few.versions == ()
        assert few.why is not None
        cursor.executemany("INSERT INTO risk_fact VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", rows[12:])
        owner.commit()
    async with await role(database) as connection:
        lines: list[str] = []
        result = await training.learn(connection, NOW, lines.append, samples=1)
        assert result.why is None
        assert len(result.versions) == 2
        for version in result.versions:
            found = await registry.model(connection, version)
            assert found.card["check_of_the_future"] == {"venues": 50, "passed": True}
            assert registry.likelihood_of(found).version == version
        assert {one.version for one in await registry.models(connection)} == {PRIOR, *result.versions}
