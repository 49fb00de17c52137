"""Writes logistic.json: what scikit-learn says about elastic nets, weights and stochastic gradient descent.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1
    venv/bin/python tests/golden/logistic.py
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression, SGDClassifier, SGDRegressor
from sklearn.svm import LinearSVC, LinearSVR

HERE = pathlib.Path(__file__).resolve().parent
N_ROWS, N_FEATURES = 150, 5


def main():
    warnings.simplefilter("ignore")
    generator = np.random.default_rng(7)
    x = np.round(generator.normal(size=(N_ROWS, N_FEATURES)), 3)
    x[:, 1] = np.round(0.7 * x[:, 0] + 0.5 * x[:, 1], 3)
    output = x @ [1.2, -0.8, 0.0, 0.5, 0.1] + generator.logistic(size=N_ROWS)
    two = (output > 0.6).astype(int)
    three = np.digitize(output, [-0.5, 1.0])
    values = np.round(output, 3)
    weights = np.round(generator.uniform(0, 2, size=N_ROWS), 1)
    targets = {"two": two, "three": three, "values": values}
    golden = {
        "versions": {"python": sys.version.split()[0], "scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "x": x.tolist(),
        "two": two.tolist(),
        "three": three.tolist(),
        "values": values.tolist(),
        "weights": weights.tolist(),
        "logistic": [logistic(x, targets, weights, **case) for case in logistic_cases()],
        "classifiers": [classifier(x, targets, weights, **case) for case in classifier_cases()],
        "regressors": [regressor(x, values, weights, **case) for case in regressor_cases()],
        "svc": [svc(x, targets, weights, **case) for case in svc_cases()],
        "svr": [svr(x, values, weights, **case) for case in svr_cases()],
    }
    (HERE / "logistic.json").write_text(lines(golden) + "\n")


def lines(golden):
    """JSON with a line for each entry of a list of cases, so that a change shows where it is."""
    parts = []
    for key, value in golden.items():
        if isinstance(value, list) and isinstance(value[0], dict):
            value = "[\n" + ",\n".join("  " + json.dumps(entry) for entry in value) + "\n ]"
        else:
            value = json.dumps(value)
        parts.append(f" {json.dumps(key)}: {value}")
    return "{\n" + ",\n".join(parts) + "\n}"


def class_weight(name):
    return {"none": None, "balanced": "balanced", "by_label": {0: 2.0, 1: 0.5, 2: 1.0}}[name]


def logistic_cases():
    for target in ["two", "three"]:
        for penalty, l1_ratio in [("l2", 0.0), ("l1", 1.0), ("elasticnet", 0.3)]:
            for weighting in ["none", "balanced", "by_label"]:
                yield dict(target=target, penalty=penalty, l1_ratio=l1_ratio, class_weight=weighting, is_weighted=weighting != "none", C=0.3)


def logistic(x, targets, weights, *, target, penalty, l1_ratio, class_weight: str, is_weighted, C):
    solver = "lbfgs" if penalty == "l2" else "saga"
    chosen = globals()["class_weight"](class_weight)
    if target == "two" and isinstance(chosen, dict):
        chosen = {label: chosen[label] for label in [0, 1]}
    model = LogisticRegression(
        C=C, l1_ratio=l1_ratio, solver=solver, class_weight=chosen, tol=1e-13, max_iter=200_000, random_state=0
    ).fit(x, targets[target], sample_weight=weights if is_weighted else None)
    return {
        "target": target, "penalty": penalty, "l1_ratio": l1_ratio, "class_weight": class_weight,
        "is_weighted": is_weighted, "C": C, "coef": model.coef_.tolist(), "intercept": model.intercept_.tolist(),
    }


def classifier_cases():
    for loss in ["hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron"]:
        yield dict(target="two", settings=dict(loss=loss, alpha=0.01))
        yield dict(target="three", settings=dict(loss=loss, alpha=0.01, penalty="elasticnet", l1_ratio=0.3, learning_rate="constant"))
    for penalty in ["l1", "l2", "elasticnet"]:
        yield dict(target="two", is_weighted=True, class_weight="by_label", settings=dict(penalty=penalty, learning_rate="invscaling", eta0=0.1))
    # Beside weights, its "balanced" counts rows, and ours their weights.
    yield dict(target="two", class_weight="balanced", settings=dict(loss="log_loss", learning_rate="adaptive", eta0=0.1))
    for average in [1, 200]:
        yield dict(target="two", settings=dict(loss="log_loss", average=average, learning_rate="constant", eta0=0.05))


def classifier(x, targets, weights, *, target, settings, is_weighted=False, class_weight="none"):
    chosen = globals()["class_weight"](class_weight)
    if isinstance(chosen, dict):
        chosen = {label: chosen[label] for label in [0, 1]}
    model = SGDClassifier(shuffle=False, class_weight=chosen, **settings)
    model.fit(x, targets[target], sample_weight=weights if is_weighted else None)
    return {
        "target": target, "settings": settings, "is_weighted": is_weighted, "class_weight": class_weight,
        "n_iter": model.n_iter_, "coef": model.coef_.tolist(), "intercept": model.intercept_.tolist(),
    }


def regressor_cases():
    for loss in ["squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive"]:
        yield dict(settings=dict(loss=loss, epsilon=0.2))
        yield dict(is_weighted=True, settings=dict(loss=loss, penalty="elasticnet", alpha=0.01, learning_rate="adaptive", tol=0.01))
    yield dict(settings=dict(average=1, eta0=0.02))


def regressor(x, values, weights, *, settings, is_weighted=False):
    model = SGDRegressor(shuffle=False, **settings).fit(x, values, sample_weight=weights if is_weighted else None)
    return {
        "settings": settings, "is_weighted": is_weighted, "n_iter": model.n_iter_,
        "coef": model.coef_.tolist(), "intercept": model.intercept_.tolist(),
    }


def svc_cases():
    for target in ["two", "three"]:
        for loss in ["hinge", "squared_hinge"]:
            yield dict(target=target, loss=loss, C=0.5)
    yield dict(target="two", loss="squared_hinge", C=2.0, is_weighted=True, class_weight="balanced")
    yield dict(target="two", loss="hinge", C=1.0, fit_intercept=False)


def svc(x, targets, weights, *, target, loss, C, is_weighted=False, class_weight="none", fit_intercept=True):
    model = LinearSVC(
        loss=loss, C=C, class_weight=globals()["class_weight"](class_weight), fit_intercept=fit_intercept, tol=1e-10, max_iter=10_000_000,
        random_state=0,
    ).fit(x, targets[target], sample_weight=weights if is_weighted else None)
    return {
        "target": target, "loss": loss, "C": C, "is_weighted": is_weighted, "class_weight": class_weight,
        "fit_intercept": fit_intercept, "coef": model.coef_.tolist(), "intercept": np.atleast_1d(model.intercept_).tolist(),
    }


def svr_cases():
    for loss in ["epsilon_insensitive", "squared_epsilon_insensitive"]:
        yield dict(loss=loss, C=0.5, epsilon=0.1)
        yield dict(loss=loss, C=2.0, epsilon=0.5, is_weighted=True)


def svr(x, values, weights, *, loss, C, epsilon, is_weighted=False):
    model = LinearSVR(loss=loss, C=C, epsilon=epsilon, tol=1e-10, max_iter=10_000_000, random_state=0)
    model.fit(x, values, sample_weight=weights if is_weighted else None)
    return {
        "loss": loss, "C": C, "epsilon": epsilon, "is_weighted": is_weighted,
        "coef": model.coef_.tolist(), "intercept": np.atleast_1d(model.intercept_).tolist(),
    }


main()
