"""The peer of linear.rs: does a job for each line read, and answers with its seconds.

`memory JOB` does the job and answers by how many MiB the memory of all processes rose; `score N` and `best` answer what the last job found. The argument is
the file of data.
"""

import pathlib
import sys
import threading
import time

import numpy
from sklearn.linear_model import LassoCV, Ridge, RidgeCV
from sklearn.model_selection import GridSearchCV, KFold

values = numpy.fromfile(sys.argv[1])
n_samples, n_features, n_alphas = (int(size) for size in values[:3])
alphas = values[3 : 3 + n_alphas].copy()
x = values[3 + n_alphas : 3 + n_alphas + n_samples * n_features].reshape(n_samples, n_features)
y = values[3 + n_alphas + n_samples * n_features :]
folds = KFold(5)
found = {}


def ridge_grid():
    search = GridSearchCV(Ridge(), {"alpha": alphas}, cv=folds, n_jobs=2).fit(x, y)
    found.update(scores=search.cv_results_["mean_test_score"], best=search.best_index_)


def ridge_cv():
    model = RidgeCV(alphas, cv=folds).fit(x, y)
    # It tells but the best.
    found.update(scores=None, best=int(numpy.argmin(abs(alphas - model.alpha_))))


def ridge_loo():
    # Leave-one-out has other scores.
    model = RidgeCV(alphas).fit(x, y)
    found.update(scores=None, best=int(numpy.argmin(abs(alphas - model.alpha_))))


def lasso_cv():
    model = LassoCV(alphas=alphas, cv=folds, n_jobs=2, tol=1e-6).fit(x, y)
    found.update(scores=-model.mse_path_.mean(axis=1), best=int(numpy.argmin(model.mse_path_.mean(axis=1))))


JOBS = {job.__name__: job for job in [ridge_grid, ridge_cv, ridge_loo, lasso_cv]}


def memory():
    """The memory of this process and its children, what several share counted once."""
    pids = {"self"}
    for task in pathlib.Path("/proc/self/task").iterdir():
        pids.update((task / "children").read_text().split())
    total = 0
    for pid in pids:
        try:
            rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += int(rollup.split("\nPss:")[1].split()[0])
    return total / 1024


def rise(job):
    before, most, is_done = memory(), [0.0], threading.Event()

    def watch():
        while not is_done.wait(0.02):
            most[0] = max(most[0], memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    job()
    is_done.set()
    watcher.join()
    return max(0.0, most[0] - before)


for line in sys.stdin:
    request, _, argument = line.strip().partition(" ")
    if request == "memory":
        answer = rise(JOBS[argument])
    elif request == "score":
        answer = float("nan") if found["scores"] is None else found["scores"][int(argument)]
    elif request == "best":
        answer = found["best"]
    else:
        start = time.perf_counter()
        JOBS[request]()
        answer = time.perf_counter() - start
    print(float(answer), flush=True)
