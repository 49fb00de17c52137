"""Writes linear.json: what scikit-learn says about linear regression, ridge, lasso and elastic net.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1 pandas==3.1.1
    venv/bin/python tests/golden/linear.py
"""

import json
import pathlib
import sys

import numpy as np
import sklearn
from sklearn.datasets import load_diabetes
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold

HERE = pathlib.Path(__file__).resolve().parent
# Far below the tolerance of the comparison.
EXACT = {"tol": 1e-11, "max_iter": 1_000_000}


def main():
    golden = {
        "versions": {
            "python": sys.version.split()[0],
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
        },
        "fits": list(fits()),
        "searches": list(searches()),
    }
    (HERE / "linear.json").write_text(lines(golden) + "\n")


def lines(golden):
    """JSON with a line for each entry of a list at the top, so that a change shows where it is."""
    parts = []
    for key, value in golden.items():
        if isinstance(value, list):
            value = "[\n" + ",\n".join("  " + json.dumps(entry) for entry in value) + "\n ]"
        else:
            value = json.dumps(value)
        parts.append(f" {json.dumps(key)}: {value}")
    return "{\n" + ",\n".join(parts) + "\n}"


def noise(count):
    """Numbers from 0 to 1 that any language draws alike."""
    state, values = 12345, []
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values.append((state >> 11) / 2**53)
    return np.array(values)


def wide(n_samples, n_features):
    """More features than rows, a few of which tell the target."""
    draws = noise(n_samples * (n_features + 1))
    x = draws[: n_samples * n_features].reshape(n_samples, n_features)
    return x, 3 * x[:, 0] - 2 * x[:, 1] + x[:, 2] + 0.1 * draws[n_samples * n_features :]


def data(name):
    if name == "diabetes":
        return load_diabetes(return_X_y=True, scaled=False)
    if name == "redundant":
        # A column twice, one that is the sum of two others, and a constant.
        x, y = load_diabetes(return_X_y=True, scaled=False)
        return np.column_stack([x, x[:, 2], x[:, 3] + x[:, 4], np.full(len(x), 7.0)]), y
    if name == "far":
        x, y = load_diabetes(return_X_y=True, scaled=False)
        return x + 1e6, y
    return wide(30, 60)


def weights(n_samples):
    """Small whole numbers, 0 among them."""
    return np.arange(n_samples) * 7 % 4


ESTIMATORS = {"linear": LinearRegression, "ridge": Ridge, "lasso": Lasso, "elastic_net": ElasticNet}


def fits():
    cases = [
        ("linear", {}, "diabetes"),
        ("linear", {}, "redundant"),
        ("linear", {}, "far"),
        ("linear", {}, "wide"),
        ("ridge", {"alpha": 0.0}, "diabetes"),
        ("ridge", {"alpha": 1.0}, "diabetes"),
        ("ridge", {"alpha": 1e4}, "diabetes"),
        ("ridge", {"alpha": 1.0}, "redundant"),
        ("ridge", {"alpha": 0.1}, "wide"),
        ("lasso", {"alpha": 0.5}, "diabetes"),
        ("lasso", {"alpha": 100.0}, "diabetes"),
        ("lasso", {"alpha": 0.01}, "wide"),
        ("lasso", {"alpha": 0.5, "positive": True}, "diabetes"),
        ("elastic_net", {"alpha": 0.1, "l1_ratio": 0.5}, "diabetes"),
        ("elastic_net", {"alpha": 0.01, "l1_ratio": 0.9}, "wide"),
        ("elastic_net", {"alpha": 0.5, "l1_ratio": 0.3}, "redundant"),
        ("elastic_net", {"alpha": 0.1, "l1_ratio": 0.5, "positive": True}, "wide"),
    ]
    for name, settings, of in cases:
        x, y = data(of)
        for fit_intercept in [True, False]:
            for weighted in [False, True]:
                if of in ("redundant", "far") and name != "ridge" and not fit_intercept:
                    # What follows from what is up to rounding there, and descents come to no end.
                    continue
                exact = EXACT if name in ("lasso", "elastic_net") else {}
                estimator = ESTIMATORS[name](fit_intercept=fit_intercept, **settings, **exact)
                model = estimator.fit(x, y, sample_weight=weights(len(y)) if weighted else None)
                yield {
                    "estimator": name,
                    "settings": {"fit_intercept": fit_intercept, **settings},
                    "data": of,
                    "weighted": weighted,
                    "coef": model.coef_.tolist(),
                    "intercept": float(model.intercept_),
                }


def searches():
    for name, grid, of in [
        ("ridge", {"alpha": [0.0, 0.1, 10.0, 1e3]}, "diabetes"),
        ("ridge", {"alpha": [0.01, 1.0, 100.0]}, "wide"),
        ("lasso", {"alpha": [0.01, 1.0, 10.0]}, "diabetes"),
        ("lasso", {"alpha": [0.001, 0.01, 0.1]}, "wide"),
        ("elastic_net", {"alpha": [0.01, 1.0], "l1_ratio": [0.2, 0.8]}, "diabetes"),
    ]:
        x, y = data(of)
        exact = EXACT if name != "ridge" else {}
        scoring = ["r2", "neg_mean_squared_error", "neg_mean_absolute_error"]
        search = GridSearchCV(
            ESTIMATORS[name](**exact), grid, cv=KFold(5), scoring=scoring, refit="r2", return_train_score=True
        ).fit(x, y)
        results = search.cv_results_
        yield {
            "estimator": name,
            "grid": grid,
            "data": of,
            "test": {metric: results[f"mean_test_{metric}"].tolist() for metric in scoring},
            "train": {metric: results[f"mean_train_{metric}"].tolist() for metric in scoring},
        }


if __name__ == "__main__":
    main()
