"""Which models scored in the simulated month, and what did guards and draws say of them?"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import numpy as np

from firewarden.dashboards.grafana.month.register import Register
from firewarden.dashboards.grafana.month.risk import MODEL
from firewarden.dashboards.grafana.month.tables import DAYS, Table, midnight, random_of
from firewarden.risk.learn.card import GAIN_SHARES, LIMITS
from firewarden.risk.learn.metrics import at_share, figures
from firewarden.risk.scoring.features import FEATURES

CARD_VENUES = 4_000
"""Rows by which the models were judged: enough that the figures look like those of a city."""
CHOICE_SIZE = 40
EXPLORATION = 0.2
# name, value, low, high: the last fired on the newest day
_GUARDS = (
    ("calibration", 1.06, 0.8, 1.25),
    ("coverage", 0.91, 0.5, None),
    ("share_d", 0.06, None, 0.2),
    ("offline", 0.03, None, 0.3),
    ("lift.fire", 3.1, 1.0, None),
    ("lift.violation", 1.9, 1.0, None),
    ("fallback", 0.0, None, 0.0),
    ("psi.alarms", 0.12, None, 0.25),
    ("psi.faults", 0.19, None, 0.25),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    version: str
    kind: str
    made_days_ago: int
    strength: float
    """How well it tells venues apart."""


MODELS = (
    _Model(version="prior-1", kind="prior", made_days_ago=200, strength=0.8),
    _Model(version="boosted-2026-1", kind="boosted", made_days_ago=40, strength=1.2),
    _Model(version=MODEL, kind="map", made_days_ago=25, strength=1.4),
)


def tables(register: Register, now: datetime, seed: int) -> list[Table]:
    """Models with their cards, what was done with them, guards, draws."""
    return [
        Table(
            name="risk_model",
            columns="version kind made_at data_version body card",
            rows=[(m.version, m.kind, _made(m, now), _digest(m.version), "{}", _card(m, now, seed)) for m in MODELS],
        ),
        Table(
            name="risk_model_act",
            columns="at act version actor reason",
            rows=[
                (_made(m, now) + timedelta(hours=1), "promoted", m.version, "admin1", "better than the incumbent")
                for m in MODELS
            ],
        ),
        Table(
            name="risk_guard",
            columns="day name value low high fired",
            rows=list(_guards(now, seed)),
        ),
        *_choices(register, now, seed),
    ]


def _made(model: _Model, now: datetime) -> datetime:
    return midnight(now, model.made_days_ago)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _card(model: _Model, now: datetime, seed: int) -> str:
    """A card with the shape of firewarden.risk.learn.card, of venues whose fires follow the model and chance."""
    rng = np.random.default_rng([seed, model.made_days_ago])
    logit = rng.normal(-3.6, model.strength, CARD_VENUES)
    probability = 1 / (1 + np.exp(-logit))
    y = (rng.random(CARD_VENUES) < probability).astype(np.float64)
    told = figures(y, logit, probability)
    quarter = figures(y[: CARD_VENUES // 2], logit[: CARD_VENUES // 2], probability[: CARD_VENUES // 2])
    card: dict[str, Any] = {
        "how": "simulated",
        "made_at": _made(model, now).isoformat(),
        "data_version": _digest(model.version),
        "incumbent": "prior-1",
        "venues": CARD_VENUES,
        "positives": int(y.sum()),
        "quarters": [{"quarter": "2026Q2", "figures": msgspec.to_builtins(quarter)}],
        "together": None,
        "pooled": msgspec.to_builtins(told),
        "strangers": None,
        "gain": [{"share": share, "recall": at_share(y, logit, share).recall} for share in GAIN_SHARES],
        "calibration": {"slope": 1.0, "intercept": 0.0},
        "features": [{"name": f.name, "sign": f.sign, "prior": f.prior, "weight": f.prior} for f in FEATURES],
        "reference": None,
        "check_of_the_future": {"venues": 50, "passed": True},
        "limits": list(LIMITS),
    }
    return msgspec.json.encode(card).decode()


def _guards(now: datetime, seed: int) -> Iterator[tuple[object, ...]]:
    for ago in range(DAYS - 1, -1, -1):
        rng = random_of(seed, "guard", ago)
        for name, value, low, high in _GUARDS:
            said = value * rng.uniform(0.95, 1.05) + (0.1 if name == "psi.faults" and ago == 0 else 0.0)
            fired = (low is not None and said < low) or (high is not None and said > high)
            yield midnight(now, ago).date(), name, said, low, high, fired


def _choices(register: Register, now: datetime, seed: int) -> list[Table]:
    rounds: list[tuple[object, ...]] = []
    choices: list[tuple[object, ...]] = []
    size = min(CHOICE_SIZE, max(1, len(register.venues) // 3))
    for number, ago in ((1, 24), (2, 3)):
        rng = random_of(seed, "choice", number)
        made = midnight(now, ago) + timedelta(hours=9)
        frame, nonce = _digest(f"frame {number}"), _digest(f"nonce {number}")
        rounds.append(
            (number, made, "supervisor1", "双随机抽查", size, EXPLORATION, frame, _digest(frame + nonce), nonce,
             _digest(nonce), MODEL)
        )  # fmt: skip
        chosen = {venue.id for venue in rng.sample(register.venues, size)}
        for rank, venue in enumerate(sorted(register.venues, key=lambda v: v.quality), start=1):
            took = venue.id in chosen
            choices.append(
                (number, venue.id, min(1.0, size / len(register.venues)), round(100 * (1 - venue.quality), 1), rank,
                 took, took and rank > size, venue.code, venue.use, round(0.05 * (1 - venue.quality), 5))
            )  # fmt: skip
    return [
        Table(
            name="risk_choice_round",
            columns="id made_at made_by purpose size exploration frame_hash commitment nonce seed model",
            rows=rounds,
            identity="id",
        ),
        Table(
            name="risk_choice",
            columns="round_id venue_id probability score rank chosen by_chance code stratum rate",
            rows=choices,
        ),
    ]
