"""Writes search.json: the iterations of scikit-learn's successive halving for many settings,
and what its curves say of some scores.

Run it with the Python of the test environment: `.venv/bin/python tests/golden/search.py`.
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import calibration_curve
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import HalvingGridSearchCV, HalvingRandomSearchCV, KFold


class Quick(ClassifierMixin, BaseEstimator):
    """Scores differ by candidate; nothing is learnt."""

    def __init__(self, a=0.0, n_estimators=1):
        self.a = a
        self.n_estimators = n_estimators

    def fit(self, x, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, x):
        return np.zeros(len(x), dtype=int)

    def score(self, x, y):
        return self.a


def iterations(search, x, y):
    search.fit(x, y)
    return {"n_candidates": search.n_candidates_, "n_resources": search.n_resources_}


def main():
    cases = []
    for n_samples in (60, 200, 1000):
        x, y = np.zeros((n_samples, 1)), np.arange(n_samples) % 2
        for n_candidates in (1, 2, 5, 9, 12, 20, 50):
            for factor in (2, 3, 4):
                for min_resources in ("exhaust", "smallest", 30):
                    for resource, max_resources in (("n_samples", "auto"), ("n_samples", 50), ("n_estimators", 40)):
                        for aggressive in (False, True):
                            if resource == "n_estimators" and n_samples != 60:
                                continue
                            search = HalvingGridSearchCV(
                                Quick(),
                                {"a": list(np.linspace(0, 1, n_candidates))},
                                factor=factor,
                                resource=resource,
                                max_resources=max_resources,
                                min_resources=min_resources,
                                aggressive_elimination=aggressive,
                                cv=KFold(3),
                                refit=False,
                            )
                            cases.append({
                                "n_samples": n_samples,
                                "n_candidates": n_candidates,
                                "factor": factor,
                                "min_resources": min_resources,
                                "resource": resource,
                                "max_resources": None if max_resources == "auto" else max_resources,
                                "aggressive": aggressive,
                                "expected": iterations(search, x, y),
                            })
    random = []
    x, y = np.zeros((500, 1)), np.arange(500) % 2
    for factor, min_resources in ((3, "smallest"), (2, "smallest"), (3, 20), (4, 7)):
        search = HalvingRandomSearchCV(
            Quick(),
            {"a": np.linspace(0, 1, 1000)},
            factor=factor,
            min_resources=min_resources,
            cv=KFold(3),
            refit=False,
            random_state=0,
        )
        random.append({"factor": factor, "min_resources": min_resources, "expected": iterations(search, x, y)})
    generator = np.random.default_rng(5)
    truth = generator.integers(0, 2, 60)
    # Rounded, so that some are equal.
    scores = np.round(np.clip(0.35 * truth + 0.65 * generator.random(60), 0.001, 0.999), 2)
    weights = np.round(generator.random(60) + 0.5, 3)
    curves = {
        "truth": truth.tolist(),
        "scores": scores.tolist(),
        "weights": weights.tolist(),
        "auc": roc_auc_score(truth, scores),
        "auc_weighted": roc_auc_score(truth, scores, sample_weight=weights),
        "ap": average_precision_score(truth, scores),
        "ap_weighted": average_precision_score(truth, scores, sample_weight=weights),
        "calibration": [part.tolist() for part in calibration_curve(truth, scores, n_bins=5)],
    }
    golden = {"curves": curves, "sklearn": sklearn.__version__, "grid": cases, "random": random}
    Path(__file__).with_suffix(".json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
