"""Writes models.json: what scikit-learn says about logistic regression, folds, searches, descents and metrics.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1 pandas==3.1.1
    venv/bin/python tests/golden/models.py
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import pandas as pd
import sklearn
from sklearn import metrics
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

HERE = pathlib.Path(__file__).resolve().parent
FEATURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
SCORING = ["accuracy", "precision_macro", "recall_macro", "f1_macro", "f1_weighted"]
COSTS = [0.1, 1.0, 10.0, 100.0]
NAMES_OF_AVERAGES = ["macro", "weighted", "micro"]


def main():
    penguins = pd.read_csv(HERE.parents[1] / "workbench/src/data/penguins.csv", na_values=["NA"])
    golden = {
        "versions": {
            "python": sys.version.split()[0],
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
            "pandas": pd.__version__,
        },
        "features": FEATURES,
        "searches": [search(penguins, "sex"), search(penguins, "species")],
        "unpenalised": [unpenalised(penguins, "sex"), unpenalised(penguins, "island")],
        "without_intercept": [without_intercept(penguins, penalty) for penalty in ["l1", "l2"]],
        "descents": descents(penguins),
        "splits": splits(),
        "metrics": [metric_case(3, 40, 1), metric_case(2, 25, 2), missing_class_case()],
    }
    (HERE / "models.json").write_text(lines(golden) + "\n")


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


def rows_of(penguins, target):
    rows = penguins.dropna(subset=[target])
    return rows[FEATURES], rows[target]


def prepared(estimator):
    return Pipeline(
        [("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler()), ("logistic", estimator)]
    )


def logistic(penalty, cost, **others):
    if penalty == "l1":
        return LogisticRegression(l1_ratio=1.0, C=cost, solver="saga", tol=1e-10, max_iter=1_000_000, random_state=0, **others)
    return LogisticRegression(l1_ratio=0.0, C=cost, solver="lbfgs", tol=1e-10, max_iter=100_000, **others)


def search(penguins, target):
    features, truth = rows_of(penguins, target)
    folds = list(StratifiedKFold(5, shuffle=True, random_state=7).split(features, truth))
    candidates, models = [], []
    for cost in COSTS:
        for penalty in ["l1", "l2"]:
            model = prepared(logistic(penalty, cost)).fit(features, truth)
            candidates.append({"C": cost, "penalty": penalty, **coefficients(model[-1])})
            models.append(logistic(penalty, cost))
    # Penalties have solvers of their own here, so whole estimators are searched, in the order of the grid.
    grid = GridSearchCV(
        prepared(None), {"logistic": models}, cv=folds, scoring=SCORING, refit=False, return_train_score=True
    ).fit(features, truth)
    for index, candidate in enumerate(candidates):
        candidate["rank"] = int(grid.cv_results_["rank_test_accuracy"][index])
        for name in SCORING:
            for side in ["test", "train"]:
                keys = [f"split{fold}_{side}_{name}" for fold in range(len(folds))]
                candidate[f"{side}_{name}"] = [float(grid.cv_results_[key][index]) for key in keys]
            candidate[f"mean_test_{name}"] = float(grid.cv_results_[f"mean_test_{name}"][index])
            candidate[f"std_test_{name}"] = float(grid.cv_results_[f"std_test_{name}"][index])
    return {
        "target": target,
        "n_samples": len(truth),
        "folds": [{"train": train.tolist(), "validation": validation.tolist()} for train, validation in folds],
        "candidates": candidates,
    }


def unpenalised(penguins, target):
    features, truth = rows_of(penguins, target)
    model = prepared(logistic("none", np.inf)).fit(features, truth)
    return {"target": target, **coefficients(model[-1])}


def without_intercept(penguins, penalty):
    features, truth = rows_of(penguins, "sex")
    model = prepared(logistic(penalty, 1.0, fit_intercept=False)).fit(features, truth)
    return {"penalty": penalty, **coefficients(model[-1])}


def coefficients(model):
    return {"coef": model.coef_.tolist(), "intercept": np.atleast_1d(model.intercept_).tolist()}


def descents(penguins):
    cases = []
    for target in ["sex", "species"]:
        features, truth = rows_of(penguins, target)
        features = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())]).fit_transform(features)
        for loss in ["hinge", "log_loss"]:
            for penalty in ["l1", "l2", "none"]:
                for learning_rate in ["constant", "optimal", "invscaling", "adaptive"]:
                    settings = {
                        "loss": loss,
                        "penalty": penalty,
                        "learning_rate": learning_rate,
                        "alpha": 0.01,
                        "eta0": 0.1,
                        "tol": 1e-4,
                        "n_iter_no_change": 3,
                        "max_iter": 200,
                    }
                    in_sklearn = settings | {"penalty": None if penalty == "none" else penalty}
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore", ConvergenceWarning)
                        model = SGDClassifier(shuffle=False, average=False, **in_sklearn).fit(features, truth)
                    cases.append({"target": target, "settings": settings, "n_iter": model.n_iter_, **coefficients(model)})
    return cases


def splits():
    generator = np.random.RandomState(3)
    cases = []
    for n_samples, n_splits, weights in [(10, 3, [1]), (23, 5, [0.5, 0.3, 0.2]), (60, 4, [0.7, 0.3]), (101, 7, [0.4, 0.2, 0.2, 0.2])]:
        codes = generator.choice(len(weights), n_samples, p=weights)
        # Each class often enough, and the greatest label first.
        codes = np.concatenate([np.repeat(np.arange(len(weights))[::-1], n_splits), codes])
        cases.append(
            {
                "codes": codes.tolist(),
                "n_splits": n_splits,
                "k_fold": [validation.tolist() for _, validation in KFold(n_splits).split(codes)],
                "stratified": [validation.tolist() for _, validation in StratifiedKFold(n_splits).split(codes, codes)],
            }
        )
    return cases


def metric_case(n_classes, n_samples, seed):
    generator = np.random.RandomState(seed)
    truth = generator.randint(n_classes, size=n_samples)
    predicted = np.where(generator.rand(n_samples) < 0.6, truth, generator.randint(n_classes, size=n_samples))
    return scores(truth, predicted)


def missing_class_case():
    """Class 2 is never told, and class 3 is told but never true."""
    return scores(np.array([0, 0, 1, 1, 2, 2, 0]), np.array([0, 1, 1, 1, 3, 0, 0]))


def scores(truth, predicted):
    case = {"truth": truth.tolist(), "predicted": predicted.tolist(), "accuracy": metrics.accuracy_score(truth, predicted)}
    case["confusion_matrix"] = metrics.confusion_matrix(truth, predicted).tolist()
    for name in ["precision", "recall", "f1"]:
        score = getattr(metrics, f"{name}_score")
        for average in NAMES_OF_AVERAGES:
            case[f"{name}_{average}"] = float(score(truth, predicted, average=average, zero_division=0))
        if len(set(truth)) == 2:
            case[name] = float(score(truth, predicted, zero_division=0))
    case["accuracy"] = float(case["accuracy"])
    return case


if __name__ == "__main__":
    main()
