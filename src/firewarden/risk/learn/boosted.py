"""Does a more flexible model rank better? Boosted trees without interactions: one step function for each feature.

Each tree splits on one feature alone, so their sum is exactly additive: the log-odds are `base` plus, for each feature,
the value of a step function (or its value for "unknown"). That is what is kept, as plain numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from firewarden.risk.learn.design import Feature, Rows
from firewarden.risk.learn.hazard import sigmoid

Floats = NDArray[np.float64]

SEED = 20200101
"""Of the few random choices within the fit: the same rows make the same model."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Steps:
    """values[i] holds up to edges[i], inclusive; the last value beyond all edges; `unknown` where nothing is known."""

    edges: Floats
    values: Floats
    unknown: float

    def at(self, x: Floats) -> Floats:
        """The value at each x."""
        return np.where(np.isnan(x), self.unknown, self.values[np.searchsorted(self.edges, x, side="left")])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Boosted:
    """A fitted model."""

    features: tuple[str, ...]
    base: float
    steps: tuple[Steps, ...]
    positives: int

    def terms(self, x: Floats) -> Floats:
        """(n, p): what each feature adds to the log-odds, exactly."""
        return np.column_stack([steps.at(x[:, j]) for j, steps in enumerate(self.steps)])

    def logit(self, x: Floats, exposure: Floats | float = 1.0) -> Floats:
        """Log-odds over the horizon of the model, or over `exposure` of it."""
        return self.base + self.terms(x).sum(axis=1) + np.log(exposure)

    def probability(self, x: Floats, exposure: Floats | float = 1.0) -> Floats:
        """The same as probabilities."""
        return sigmoid(self.logit(x, exposure))

    def to_json(self) -> dict[str, object]:
        """Everything, as numbers in plain lists."""
        steps = [{"edges": s.edges.tolist(), "values": s.values.tolist(), "unknown": s.unknown} for s in self.steps]
        return {
            "kind": "boosted",
            "features": list(self.features),
            "base": self.base,
            "steps": steps,
            "positives": self.positives,
        }


def from_json(data: dict[str, Any]) -> Boosted:
    """The model that `to_json` wrote; refused when its parts do not fit together or a number is not finite."""
    if data.get("kind") != "boosted" or len(data["steps"]) != len(data["features"]):
        raise ValueError("this is no boosted model")
    steps = tuple(_steps(entry) for entry in data["steps"])
    base = float(data["base"])
    if not np.isfinite(base):
        raise ValueError("boosted model: the base is not a number")
    names = tuple(str(name) for name in data["features"])
    return Boosted(features=names, base=base, steps=steps, positives=int(data["positives"]))


def _steps(entry: dict[str, Any]) -> Steps:
    edges = np.asarray(entry["edges"], dtype=np.float64)
    values = np.asarray(entry["values"], dtype=np.float64)
    unknown = float(entry["unknown"])
    if edges.ndim != 1 or len(values) != len(edges) + 1 or (np.diff(edges) <= 0).any():
        raise ValueError("boosted model: the steps of a feature are not in order")
    if not (np.isfinite(edges).all() and np.isfinite(values).all() and np.isfinite(unknown)):
        raise ValueError("boosted model: a step is not a number")
    return Steps(edges=edges, values=values, unknown=unknown)


def fit(rows: Rows, features: Sequence[Feature], *, seed: int = SEED) -> Boosted:
    """Boost on `rows`, every feature monotone as its sign says.

    Trees know no offset: rows should have one exposure in common; the level is corrected by its mean.
    """
    model = classifier(rows, features, seed=seed)
    exposure = float(rows.exposure @ rows.weight / rows.weight.sum())
    base, steps = additive(model, len(features))
    names = tuple(feature.name for feature in features)
    return Boosted(features=names, base=base - float(np.log(exposure)), steps=steps, positives=int(rows.y.sum()))


def classifier(rows: Rows, features: Sequence[Feature], *, seed: int = SEED) -> HistGradientBoostingClassifier:
    """scikit-learn's model, fitted. Small steps and leaves that are never tiny: the defaults of the field."""
    model = HistGradientBoostingClassifier(
        learning_rate=0.08,
        max_iter=100,
        max_leaf_nodes=8,
        min_samples_leaf=int(max(20, min(200, len(rows.y) // 100))),
        l2_regularization=5.0,
        monotonic_cst=[feature.sign for feature in features],
        interaction_cst="no_interactions",
        early_stopping=False,  # pyright: ignore[reportArgumentType] - its type is inferred from the default
        random_state=seed,
    )
    with threadpool_limits(1, "openmp"):  # sums in one order; and waiting threads would starve a busy machine
        return model.fit(rows.x, rows.y, sample_weight=rows.weight)


def additive(model: HistGradientBoostingClassifier, columns: int) -> tuple[float, tuple[Steps, ...]]:
    """The base and the step function of each feature of a model without interactions."""
    trees: list[list[NDArray[Any]]] = [[] for _ in range(columns)]
    base = float(np.ravel(model._baseline_prediction)[0])  # noqa: SLF001 # pyright: ignore[reportPrivateUsage,reportAttributeAccessIssue]
    for (predictor,) in model._predictors:  # noqa: SLF001 # pyright: ignore[reportPrivateUsage,reportAttributeAccessIssue]
        nodes: NDArray[Any] = predictor.nodes
        used = np.unique(nodes["feature_idx"][nodes["is_leaf"] == 0])
        if len(used) > 1:
            raise AssertionError("a tree of a model without interactions splits on more than one feature")
        if len(used):
            trees[int(used[0])].append(nodes)
        else:
            base += float(nodes["value"][0])
    return base, tuple(_joined(own) for own in trees)


def _joined(trees: Sequence[NDArray[Any]]) -> Steps:
    """The sum of all trees of one feature as one step function."""
    cuts = [nodes["num_threshold"][nodes["is_leaf"] == 0] for nodes in trees]
    edges = np.unique(np.concatenate([*cuts, np.empty(0)]))
    finite = edges[np.isfinite(edges)]
    probes = np.concatenate([finite, [np.inf]])  # each edge belongs to the step below it: x <= threshold goes left
    values, unknown = np.zeros(len(probes)), 0.0
    for nodes in trees:
        values += np.array([_leaf(nodes, x) for x in probes])
        unknown += _leaf(nodes, np.nan)
    return Steps(edges=finite, values=values, unknown=unknown)


def _leaf(nodes: NDArray[Any], x: float) -> float:
    """The value of the leaf that x reaches."""
    node = nodes[0]
    while not node["is_leaf"]:
        left = bool(node["missing_go_to_left"]) if np.isnan(x) else x <= node["num_threshold"]
        node = nodes[node["left"] if left else node["right"]]
    return float(node["value"])
