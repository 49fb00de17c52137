"""Writes estimators.json: what scikit-learn's pruned trees, robust and Poisson regressions and calibrated classifiers say of the data in trees.json.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1 pandas==3.1.1
    venv/bin/python tests/golden/estimators.py
"""

import json
import pathlib
import sys

import numpy as np
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import HuberRegressor, PoissonRegressor
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

HERE = pathlib.Path(__file__).resolve().parent


def main():
    data = json.loads((HERE / "trees.json").read_text())["data"]
    x = np.array(data["x"]).T
    weights = np.array(data["weights"], dtype=float)
    targets = {name: np.array(data[name]) for name in ["two", "three", "values", "counts"]}
    # A few rows far off, which a robust regression is for.
    targets["outliers"] = targets["values"] + np.where(np.arange(len(x)) % 17 == 0, 40.0, 0.0)
    golden = {
        "versions": {"python": sys.version.split()[0], "scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "outliers": targets["outliers"].tolist(),
        "trees": list(trees(x, targets, weights)),
        "pruning": list(pruning(x, targets)),
        "huber": list(huber(x, targets, weights)),
        "poisson": list(poisson(x, targets, weights)),
        "calibrated": list(calibrated(x, targets, weights)),
    }
    lines = ",\n".join(f" {json.dumps(key)}: {entries(value)}" for key, value in golden.items())
    (HERE / "estimators.json").write_text("{\n" + lines + "\n}\n")


def entries(value):
    if isinstance(value, list) and isinstance(value[0], dict):
        return "[\n" + ",\n".join("  " + json.dumps(entry) for entry in value) + "\n ]"
    return json.dumps(value)


def tree(target):
    return DecisionTreeClassifier if target in ("two", "three") else DecisionTreeRegressor


def trees(x, targets, weights):
    small = {"max_depth": 4, "min_samples_leaf": 8}
    for target, weighted, settings in [
        # Deeper down two splits are equally good, of which scikit-learn draws one.
        ("two", False, {**small, "ccp_alpha": 0.005}),
        ("three", False, {"ccp_alpha": 0.02}),
        ("three", True, {"ccp_alpha": 0.01, "min_samples_leaf": 8}),
        ("three", False, {"ccp_alpha": 0.03, "criterion": "entropy"}),
        ("values", False, {"ccp_alpha": 0.05}),
        ("values", False, {"ccp_alpha": 0.05, "max_leaf_nodes": 20}),
        ("values", False, {**small, "criterion": "absolute_error"}),
        ("values", True, {"max_depth": 3, "min_samples_leaf": 8, "criterion": "absolute_error"}),
        ("values", False, {"max_leaf_nodes": 7, "min_samples_leaf": 8, "criterion": "absolute_error"}),
        ("counts", False, {**small, "criterion": "poisson"}),
        ("counts", True, {"max_depth": 3, "min_samples_leaf": 8, "criterion": "poisson"}),
        ("counts", False, {"ccp_alpha": 0.01, "min_samples_leaf": 4, "criterion": "poisson"}),
    ]:
        model = tree(target)(random_state=0, **settings)
        model.fit(x, targets[target], sample_weight=weights if weighted else None)
        told = model.predict_proba(x) if target in ("two", "three") else model.predict(x)
        yield {
            "target": target,
            "features": "x",
            "weighted": weighted,
            "settings": settings,
            "n_leaves": int(model.get_n_leaves()),
            "told": np.asarray(told).round(12).tolist(),
            "importances": model.feature_importances_.tolist(),
        }


def pruning(x, targets):
    for target, settings in [
        ("three", {"min_samples_leaf": 5}),
        ("values", {"min_samples_leaf": 5}),
        ("two", {"criterion": "entropy", "min_samples_leaf": 5}),
    ]:
        path = tree(target)(random_state=0, **settings).cost_complexity_pruning_path(x, targets[target])
        yield {
            "target": target,
            "features": "x",
            "weighted": False,
            "settings": settings,
            "ccp_alphas": path.ccp_alphas.tolist(),
            "impurities": path.impurities.tolist(),
        }


def huber(x, targets, weights):
    for weighted, settings in [
        (False, {}),
        (True, {}),
        (False, {"epsilon": 2.0, "alpha": 1.5}),
        (False, {"fit_intercept": False}),
    ]:
        model = HuberRegressor(tol=1e-9, max_iter=100_000, **settings)
        model.fit(x, targets["outliers"], sample_weight=weights if weighted else None)
        yield {
            "weighted": weighted,
            "settings": settings,
            "coef": model.coef_.tolist(),
            "intercept": float(model.intercept_),
            "scale": float(model.scale_),
            "n_outliers": int(model.outliers_.sum()),
        }


def poisson(x, targets, weights):
    for weighted, settings in [
        (False, {}),
        (True, {"alpha": 0.01}),
        (False, {"alpha": 0.0}),
        (False, {"alpha": 0.1, "fit_intercept": False}),
    ]:
        model = PoissonRegressor(solver="newton-cholesky", tol=1e-12, max_iter=1000, **settings)
        model.fit(x, targets["counts"], sample_weight=weights if weighted else None)
        yield {
            "weighted": weighted,
            "settings": settings,
            "coef": model.coef_.tolist(),
            "intercept": float(model.intercept_),
            "told": model.predict(x).tolist(),
        }


def calibrated(x, targets, weights):
    for name, target, method, ensemble, weighted in [
        ("gaussian_nb", "two", "sigmoid", True, False),
        ("gaussian_nb", "three", "sigmoid", True, False),
        ("gaussian_nb", "two", "isotonic", True, False),
        ("gaussian_nb", "three", "isotonic", False, False),
        ("gaussian_nb", "two", "sigmoid", False, True),
        ("gaussian_nb", "two", "isotonic", True, True),
        ("linear_svc", "two", "sigmoid", True, False),
        ("linear_svc", "three", "sigmoid", False, False),
    ]:
        inner = GaussianNB() if name == "gaussian_nb" else LinearSVC(tol=1e-10, max_iter=1_000_000)
        model = CalibratedClassifierCV(inner, method=method, cv=StratifiedKFold(4), ensemble=ensemble)
        # A row of weight 0 is no row to us, and folds are made of rows.
        model.fit(x, targets[target], sample_weight=weights + 1 if weighted else None)
        yield {
            "estimator": name,
            "target": target,
            "features": "x",
            "method": method,
            "ensemble": ensemble,
            "weighted": weighted,
            "told": model.predict_proba(x).round(10).tolist(),
        }


if __name__ == "__main__":
    main()
