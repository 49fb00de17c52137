"""Writes trees.json: what scikit-learn's decision trees and histogram boosting say.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1 pandas==3.1.1
    venv/bin/python tests/golden/trees.py
"""

import json
import pathlib
import sys

import numpy as np
import pandas as pd
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, export_text

HERE = pathlib.Path(__file__).resolve().parent
N_ROWS = 240
LETTERS = np.array(["a", "b", "c", "d", "e", "f"])


def main():
    rng = np.random.default_rng(3)
    # Multiples of 1/64 are the same in 32 bits.
    x = np.round(rng.normal(size=(N_ROWS, 4)) * 64) / 64
    missing = x.copy()
    missing[rng.random(N_ROWS) < 0.15, 0] = np.nan
    missing[rng.random(N_ROWS) < 0.1, 2] = np.nan
    letters = rng.integers(0, 6, N_ROWS)
    signal = x[:, 0] + 0.7 * x[:, 1] ** 2 - 0.5 * x[:, 2] + np.array([0, 2, -1, 1, 0, -2])[letters]
    noisy = signal + rng.normal(size=N_ROWS) * 0.3
    values = np.round(noisy, 3)
    targets = {
        "two": (noisy > 0.5).astype(int),
        "three": np.digitize(noisy, [-0.5, 1.5]),
        "values": values,
        "counts": rng.poisson(np.exp(0.4 * signal)),
        "positive": np.round(np.exp(0.3 * noisy), 3),
    }
    weights = rng.integers(0, 3, N_ROWS)
    data = {
        "x": x.T.tolist(),
        "missing": [[None if np.isnan(value) else value for value in column] for column in missing.T],
        "letters": LETTERS[letters].tolist(),
        "weights": weights.tolist(),
        **{name: target.tolist() for name, target in targets.items()},
    }
    golden = {
        "versions": {"python": sys.version.split()[0], "scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "data": data,
        "trees": list(trees(x, missing, targets, weights)),
        "boosting": list(boosting(x, missing, letters, targets, weights)),
    }
    lines = ",\n".join(f" {json.dumps(key)}: {entries(value)}" for key, value in golden.items())
    (HERE / "trees.json").write_text("{\n" + lines + "\n}\n")


def entries(value):
    if isinstance(value, list):
        return "[\n" + ",\n".join("  " + json.dumps(entry) for entry in value) + "\n ]"
    return json.dumps(value)


def trees(x, missing, targets, weights):
    small = {"max_depth": 4, "min_samples_leaf": 8}
    for target, features, weighted, settings in [
        ("two", "x", False, small),
        ("two", "x", False, {**small, "criterion": "entropy"}),
        # Deeper down two splits are equally good, of which scikit-learn draws one.
        ("two", "x", True, {"max_depth": 2, "min_samples_leaf": 8}),
        ("two", "missing", False, small),
        ("two", "x", False, {"max_leaf_nodes": 6, "min_samples_leaf": 8}),
        ("two", "x", False, {**small, "min_impurity_decrease": 0.01}),
        ("three", "x", False, small),
        ("three", "missing", False, {**small, "criterion": "entropy"}),
        ("three", "x", False, {**small, "class_weight": "balanced"}),
        ("values", "x", False, small),
        ("values", "missing", True, small),
        ("values", "x", False, {"max_leaf_nodes": 7, "min_samples_leaf": 8}),
    ]:
        model = (DecisionTreeRegressor if target == "values" else DecisionTreeClassifier)(random_state=0, **settings)
        rows = missing if features == "missing" else x
        model.fit(rows, targets[target], sample_weight=weights if weighted else None)
        inner = model.tree_.feature >= 0
        thresholds = sorted(
            [int(feature), float(threshold)]
            for feature, threshold in zip(model.tree_.feature[inner], model.tree_.threshold[inner])
            if np.isfinite(threshold)
        )
        told = model.predict(rows) if target == "values" else model.predict_proba(rows)
        yield {
            "target": target,
            "features": features,
            "weighted": weighted,
            "settings": settings,
            "thresholds": thresholds,
            "told": np.asarray(told).tolist(),
            "importances": model.feature_importances_.tolist(),
            "text": export_text(model, feature_names=["x0", "x1", "x2", "x3"]),
        }


def boosting(x, missing, letters, targets, weights):
    small = {"max_iter": 12, "max_leaf_nodes": 6, "min_samples_leaf": 10}
    for target, features, weighted, settings in [
        ("two", "x", False, small),
        ("two", "missing", False, small),
        ("two", "letters", False, small),
        ("two", "x", True, small),
        ("two", "x", False, {**small, "class_weight": "balanced"}),
        ("two", "x", False, {**small, "max_bins": 16, "l2_regularization": 1.5, "max_depth": 2}),
        # With 6 leaves the two differ at some small node, likely by a category of just 10 rows, where rounding decides whether it is told apart.
        ("three", "letters", False, {**small, "max_leaf_nodes": 3}),
        ("three", "letters", False, {**small, "max_leaf_nodes": 2}),
        ("three", "x", False, small),
        ("three", "missing", False, small),
        ("values", "letters", False, small),
        ("values", "missing", False, {**small, "loss": "absolute_error"}),
        ("values", "x", False, {**small, "loss": "quantile", "quantile": 0.8}),
        ("counts", "x", False, {**small, "loss": "poisson"}),
        ("positive", "x", False, {**small, "loss": "gamma"}),
        ("values", "x", False, {**small, "monotonic_cst": {"x0": 1, "x2": -1}}),
    ]:
        frame = pd.DataFrame(x if features == "x" else missing, columns=["x0", "x1", "x2", "x3"])
        if features == "letters":
            frame["letter"] = pd.Categorical(LETTERS[letters])
        kind = HistGradientBoostingClassifier if target in ("two", "three") else HistGradientBoostingRegressor
        model = kind(early_stopping=False, random_state=0, **settings)
        # With a weight of 0 scikit-learn still counts a row for min_samples_leaf.
        model.fit(frame, targets[target], sample_weight=weights + 1 if weighted else None)
        told = model.predict_proba(frame) if target in ("two", "three") else model.predict(frame)
        yield {
            "target": target,
            "features": features,
            "weighted": weighted,
            "settings": settings,
            "told": np.asarray(told).tolist(),
        }


main()
