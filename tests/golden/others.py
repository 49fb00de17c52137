"""Writes others.json: what scikit-learn says about nearest neighbours, naive Bayes, support vector machines and dummies.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1 pandas==3.1.1
    venv/bin/python tests/golden/others.py
"""

import json
import pathlib
import sys

import numpy as np
import pandas as pd
import sklearn
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.svm import SVC, SVR

HERE = pathlib.Path(__file__).resolve().parent
FEATURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
# Rows that are told: every so many.
EVERY = 12


def main():
    penguins = pd.read_csv(HERE.parents[1] / "workbench/src/data/penguins.csv", na_values=["NA"])
    known = penguins.dropna(subset=FEATURES)
    measures = known[FEATURES].to_numpy(float)
    data = {
        # Measures in units that make them about as great as each other.
        "records": measures / [10.0, 5.0, 50.0, 1000.0],
        "counts": np.floor(measures / [4.0, 2.0, 20.0, 400.0]),
        "species": known["species"].to_numpy(),
        "island": known["island"].to_numpy(),
        "mass": measures[:, 3] / 1000.0,
        "weights": np.arange(len(known)) % 4 / 2.0 + 0.25,
    }
    golden = {
        "versions": {
            "python": sys.version.split()[0],
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
            "pandas": pd.__version__,
        },
        "every": EVERY,
        "neighbours": neighbours(data),
        "naive_bayes": naive_bayes(data),
        "machines": machines(data),
        "dummies": dummies(data),
    }
    (HERE / "others.json").write_text(lines(golden) + "\n")


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


def neighbours(data):
    cases = []
    train = data["records"][:, :3]
    for settings in [
        {},
        {"n_neighbors": 1},
        {"n_neighbors": 12, "weights": "distance"},
        {"metric": "manhattan", "weights": "distance"},
        {"metric": "minkowski", "p": 3.0},
        {"metric": "cosine", "n_neighbors": 7, "weights": "distance"},
    ]:
        # Between the rows, so that no two distances are equal.
        asked = train[::EVERY] + [0.0123, -0.0217, 0.0091]
        classifier = KNeighborsClassifier(algorithm="brute", **settings).fit(train, data["species"])
        regressor = KNeighborsRegressor(algorithm="brute", **settings).fit(train, data["mass"])
        distances, rows = classifier.kneighbors(asked)
        cases.append(
            {
                "settings": settings,
                "distances": distances.tolist(),
                "rows": rows.tolist(),
                "probabilities": classifier.predict_proba(asked).tolist(),
                "told": regressor.predict(asked).tolist(),
            }
        )
    return cases


def naive_bayes(data):
    cases = []
    for name, model, records in [
        ("gaussian", GaussianNB(), data["records"]),
        ("gaussian", GaussianNB(var_smoothing=0.01), data["records"]),
        ("multinomial", MultinomialNB(), data["counts"]),
        ("multinomial", MultinomialNB(alpha=0.1, fit_prior=False), data["counts"]),
        ("bernoulli", BernoulliNB(binarize=9.0), data["counts"]),
        ("bernoulli", BernoulliNB(alpha=0.5, binarize=10.0, fit_prior=False), data["counts"]),
        ("categorical", CategoricalNB(), data["counts"]),
        ("categorical", CategoricalNB(alpha=0.25, fit_prior=False), data["counts"]),
        ("complement", ComplementNB(), data["counts"]),
        ("complement", ComplementNB(alpha=2.0, norm=True), data["counts"]),
    ]:
        # GaussianNB takes the variance that it smooths by without weights.
        for weights in [None] if name == "gaussian" and model.var_smoothing > 1e-3 else [None, data["weights"]]:
            model.fit(records, data["species"], sample_weight=weights)
            asked = records[::EVERY]
            cases.append(
                {
                    "name": name,
                    "settings": {key: value for key, value in model.get_params().items() if key in SETTINGS},
                    "weighted": weights is not None,
                    "likelihoods": model.predict_joint_log_proba(asked).tolist(),
                    "probabilities": model.predict_proba(asked).tolist(),
                }
            )
    return cases


SETTINGS = ["var_smoothing", "alpha", "fit_prior", "binarize", "norm"]


def machines(data):
    cases = []
    records, asked = data["records"], data["records"][::EVERY]
    for settings in [
        {},
        {"kernel": "linear", "C": 0.5},
        {"kernel": "poly", "degree": 2, "gamma": 0.3, "coef0": 1.0},
        {"kernel": "sigmoid", "gamma": 0.01, "coef0": -0.5},
        {"C": 10.0, "gamma": "auto"},
        {"C": 100.0, "gamma": 0.5, "class_weight": "balanced"},
        {"gamma": 0.5, "weighted": True},
    ]:
        given = {key: value for key, value in settings.items() if key != "weighted"}
        weights = data["weights"] if settings.get("weighted") else None
        case = {"settings": settings}
        for target in ["species", "island"]:
            model = SVC(tol=1e-10, **given).fit(records, data[target], sample_weight=weights)
            case[target] = model.decision_function(asked).tolist()
        two = data["species"] != "Adelie"
        model = SVC(tol=1e-10, **given).fit(records[two], data["species"][two], sample_weight=None)
        case["two"] = model.decision_function(asked).tolist()
        given.pop("class_weight", None)
        model = SVR(tol=1e-10, epsilon=0.05, **given).fit(records[:, :3], data["mass"], sample_weight=weights)
        case["told"] = model.predict(asked[:, :3]).tolist()
        cases.append(case)
    return cases


def dummies(data):
    cases = []
    for weights in [None, data["weights"]]:
        prior = DummyClassifier().fit(data["records"], data["species"], sample_weight=weights)
        case = {"weighted": weights is not None, "priors": prior.class_prior_.tolist()}
        case["mean"] = float(DummyRegressor().fit(data["records"], data["mass"], sample_weight=weights).constant_[0, 0])
        if weights is None:
            median = DummyRegressor(strategy="median").fit(data["records"], data["mass"])
            quantile = DummyRegressor(strategy="quantile", quantile=0.3).fit(data["records"], data["mass"])
            case["median"] = float(median.constant_[0, 0])
            case["quantile"] = float(quantile.constant_[0, 0])
        cases.append(case)
    return cases


if __name__ == "__main__":
    main()
