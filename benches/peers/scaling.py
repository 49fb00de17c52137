"""The peer of scaling.rs: a grid search of the size that each line tells, and the seconds it took."""

import functools
import sys
import time

import numpy as np
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold


@functools.lru_cache(maxsize=1)
def data(rows: int, columns: int):
    return make_classification(rows, columns, n_informative=10, random_state=7)


for line in sys.stdin:
    rows, columns, candidates, folds = map(int, line.split())
    x, y = data(rows, columns)
    values = 10.0 ** (-3 + 5 * np.arange(candidates) / candidates)
    search = GridSearchCV(LogisticRegression(max_iter=1000), {"C": values}, cv=StratifiedKFold(folds), n_jobs=2, return_train_score=True)
    start = time.perf_counter()
    search.fit(x, y)
    print(time.perf_counter() - start, flush=True)
