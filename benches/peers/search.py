"""The peer of search.rs: does a job for each line read, and answers with its seconds."""

import pathlib
import sys
import time

import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

CSV = pathlib.Path(__file__).parents[2] / "notebooks/data/penguins.csv"
MEASURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
frame = pd.read_csv(CSV).dropna(subset=["sex"])
x, y = frame[MEASURES].to_numpy(), frame["sex"].to_numpy()
folds = StratifiedKFold(5)


def pipeline(**settings):
    # liblinear is the fastest solver of scikit-learn that has both penalties.
    model = LogisticRegression(solver="liblinear", **settings)
    return Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler()), ("logistic", model)])


JOBS = {
    "cross_validate": lambda: cross_validate(pipeline(), x, y, cv=folds, scoring="accuracy", return_train_score=True),
    "grid": lambda: GridSearchCV(
        pipeline(),
        {"logistic__C": [0.1, 1, 10, 100], "logistic__l1_ratio": [1, 0]},
        cv=folds,
        return_train_score=True,
    ).fit(x, y),
}

for line in sys.stdin:
    start = time.perf_counter()
    JOBS[line.strip()]()
    print(time.perf_counter() - start, flush=True)
