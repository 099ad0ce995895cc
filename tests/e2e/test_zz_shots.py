"""Pictures."""

import json
import os

import psycopg

from firewarden.api.policy import Role
from tests.e2e.conftest import SignIn, Site
from tests.e2e.risk_town import assess
from tests.e2e.town import build_town, listen, pour_water

OUT = "/tmp/h-g/"


async def test_shots(site: Site, sign_in: SignIn) -> None:
    """Pictures."""
    os.makedirs(OUT, exist_ok=True)
    site.add_user("chen", Role.SUPERVISOR)
    town = build_town(site.database, 40)
    listen(site.database, town)
    assess(site.database, town)
    for p in town[:7]:
        pour_water(site.database, p, hours=160)
    with psycopg.connect(site.database) as c:
        c.execute(
            "INSERT INTO risk_proposal (venue_id,kind,grade,because,proposed_at,due_at) SELECT venue_id,'visit',grade,'{\"score\": 81.2, \"working_days\": 3}',now(),now()+interval '3 days' FROM risk_score WHERE grade IN ('C','D') LIMIT 8"
        )
        c.execute(
            "INSERT INTO risk_override (venue_id,grade,reason,actor,at,until) VALUES (%s,'B','现场有值守','chen',now(),now()+interval '7 days')",
            [town[0].venue_id],
        )
        c.execute(
            "INSERT INTO risk_model (version,kind,made_at,data_version,body,card) VALUES ('map-1','map',now(),'sha256:abcdef0123','{}',%s)",
            [json.dumps(CARD)],
        )
        c.execute(
            "INSERT INTO risk_model_act (at,act,version,actor,reason) VALUES (now()-interval '1 hour','promoted','map-1','wang','better on two quarters')"
        )
        for n, v, l, h, fi in (
            ("drift", 0.08, 0, 0.2, False),
            ("calibration", 1.4, 0.8, 1.25, True),
            ("helps", 0.9, 1, None, True),
        ):
            c.execute(
                "INSERT INTO risk_guard (day,name,value,low,high,fired) VALUES (current_date,%s,%s,%s,%s,%s)",
                [n, v, l, h, fi],
            )
        top = c.execute("SELECT venue_id FROM risk_score ORDER BY grade DESC, score DESC LIMIT 1").fetchone()[0]
    page = await sign_in("chen")
    v = os.environ.get("SHOT_VENUE") or town[0].venue_id
    for lang in ("zh", "en"):
        if lang == "en":
            await page.goto("/console/ranking")
            await page.get_by_test_id("language").click()
            await page.wait_for_timeout(1500)
        for w in (1440, 1000):
            await page.set_viewport_size({"width": w, "height": 900})
            for name, path in (
                ("ranking", "/ranking"),
                ("past", "/ranking?as_of=2026-11-21T10:00"),
                ("risk", f"/venues/{v}/risk"),
                ("proposals", "/proposals"),
                ("model", "/risk-model"),
                ("venue", f"/venues/{v}"),
            ):
                if w == 1000 and name in ("past", "venue"):
                    continue
                await page.goto("/console" + path)
                await page.wait_for_timeout(1200)
                if name in ("risk", "model"):
                    await page.set_viewport_size({"width": w, "height": 2600})
                    await page.wait_for_timeout(500)
                await page.screenshot(path=f"{OUT}{name}-{lang}-{w}.png")
                await page.set_viewport_size({"width": w, "height": 900})


CARD = {
    "venues": 1222,
    "positives": 64,
    "quarters": [
        {
            "quarter": "2026Q2",
            "figures": {
                "n": 3660,
                "positives": 22,
                "base_rate": 0.006,
                "auc": {"value": 0.77, "low": 0.68, "high": 0.86},
                "ap": {"value": 0.031, "low": 0.018, "high": 0.06},
                "ece": 0.0012,
                "predicted_over_observed": 1.04,
                "bins": [],
                "reason": None,
            },
        },
        {
            "quarter": "2026Q1",
            "figures": {
                "n": 3660,
                "positives": 12,
                "base_rate": 0.0033,
                "auc": None,
                "ap": None,
                "ece": None,
                "predicted_over_observed": None,
                "bins": [],
                "reason": "12 positives: under 20 no AUC",
            },
        },
    ],
    "pooled": {
        "n": 7320,
        "positives": 34,
        "base_rate": 0.0046,
        "auc": {"value": 0.77, "low": 0.7, "high": 0.84},
        "ap": {"value": 0.03, "low": 0.02, "high": 0.05},
        "ece": 0.001,
        "predicted_over_observed": 1.02,
        "bins": [
            {"venues": 700, "predicted": 0.0005 * i, "observed": 0.0006 * i * (1.1 if i % 2 else 0.9)}
            for i in range(1, 11)
        ],
    },
    "gain": [
        {"share": s, "recall": r}
        for s, r in ((0.01, 0.06), (0.02, 0.12), (0.05, 0.27), (0.1, 0.41), (0.2, 0.6), (0.3, 0.7), (0.5, 0.85), (1, 1))
    ],
    "features": [
        {
            "name": "log_area",
            "sign": 1,
            "prior": 0.5,
            "prior_sd": 0.25,
            "source": "Tillander 2004",
            "weight": 0.47,
            "sd": 0.1,
        },
        {"name": "fires", "sign": 1, "prior": 1.2, "prior_sd": 0.25, "source": "risk.md 2.3", "weight": 1.1, "sd": 0.2},
    ],
}
