"""The peer of trees.rs: does a job for each line read, and answers with its seconds.

`data` writes the rows and classes, `memory` answers with how far the last job's resident memory rose in MiB (with its worker processes), and `score N` with
its score number N.
"""

import os
import pathlib
import sys
import threading
import time

import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.model_selection import GridSearchCV, StratifiedKFold

x, y = make_classification(20_000, 50, n_informative=20, random_state=0)
rates = [0.05, 0.1, 0.2, 0.4]


def fit(model):
    return [model.fit(x, y).score(x, y)]


def grid(**parameters):
    model = HistGradientBoostingClassifier(early_stopping=False)
    search = GridSearchCV(model, {"learning_rate": rates, **parameters}, cv=StratifiedKFold(5), n_jobs=2)
    return search.fit(x, y).cv_results_["mean_test_score"].tolist()


JOBS = {
    "boosting": lambda: fit(HistGradientBoostingClassifier(early_stopping=False)),
    "forest": lambda: fit(RandomForestClassifier(n_jobs=2, random_state=0)),
    "extra_trees": lambda: fit(ExtraTreesClassifier(n_jobs=2, random_state=0)),
    "boosting_grid": lambda: grid(max_leaf_nodes=[15, 31, 63]),
    "boosting_grid_max_iter": lambda: grid(max_iter=[25, 50, 100]),
}


def resident():
    """The resident memory of this process and its children in MiB."""
    total, waiting = 0, [os.getpid()]
    while waiting:
        process = pathlib.Path("/proc") / str(waiting.pop())
        try:
            total += int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            for task in (process / "task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            pass
    return total / 2**20


class Watch(threading.Thread):
    """Looks at the memory now and then."""

    def __init__(self):
        super().__init__(daemon=True)
        self.before = self.peak = resident()
        self.done = False
        self.start()

    def run(self):
        while not self.done:
            self.peak = max(self.peak, resident())
            time.sleep(0.02)

    def rise(self):
        self.done = True
        return self.peak - self.before


scores, rise = [], 0.0
seen = set()
for line in sys.stdin:
    job = line.strip()
    if job == "data":
        np.concatenate([x.ravel(), y.astype(float)]).astype("<f8").tofile(sys.argv[1])
        print(0.0, flush=True)
    elif job == "memory":
        print(rise, flush=True)
    elif job.startswith("score"):
        print(scores[int(job.split()[1])], flush=True)
    else:
        # The first time tells the memory: workers stay, and later there is nothing to rise.
        watch = Watch() if job not in seen else None
        start = time.perf_counter()
        scores = JOBS[job]()
        elapsed = time.perf_counter() - start
        if watch:
            rise = watch.rise()
            seen.add(job)
        print(elapsed, flush=True)
