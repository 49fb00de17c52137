"""The peer of neighbours.rs: does a job for each line read, and answers with its seconds."""

import pathlib
import sys
import tempfile
import time

import pandas as pd
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

folds = StratifiedKFold(5)


def read(name):
    frame = pd.read_csv(pathlib.Path(tempfile.gettempdir()) / f"workbench-neighbours-{name}.csv")
    return frame.drop(columns="class").to_numpy(), frame["class"].to_numpy()


DATA = {name: read(name) for name in ["wide", "narrow", "small"]}


def told(model, name):
    return lambda: model.fit(*DATA[name]).predict(DATA[name][0])


def grid(model, values):
    search = GridSearchCV(model, values, cv=folds, n_jobs=2, return_train_score=True)
    return lambda: search.fit(*DATA["small"])


JOBS = {
    "bayes": told(GaussianNB(), "wide"),
    "brute": told(KNeighborsClassifier(algorithm="brute", n_jobs=2), "wide"),
    "tree": told(KNeighborsClassifier(algorithm="kd_tree", n_jobs=2), "narrow"),
    "manhattan": told(KNeighborsClassifier(metric="manhattan", n_jobs=2), "small"),
    "machine": told(SVC(), "small"),
    "machine_100": told(SVC(C=100), "small"),
    "neighbours_grid": grid(
        KNeighborsClassifier(), {"n_neighbors": [1, 3, 5, 11, 21], "weights": ["uniform", "distance"]}
    ),
    "machine_grid": grid(SVC(), {"C": [0.1, 1, 10], "gamma": [0.01, 0.05]}),
}

for line in sys.stdin:
    start = time.perf_counter()
    JOBS[line.strip()]()
    print(time.perf_counter() - start, flush=True)
