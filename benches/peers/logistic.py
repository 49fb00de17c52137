"""The peer of logistic.rs: does a job for each line read, and answers with its seconds; `memory JOB` answers with MiB.

Data, folds and the scores of the last job lie in the folder that it is given.
"""

import os
import pathlib
import sys
import threading
import time
import warnings

import numpy
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, SGDClassifier
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_validate, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("ignore")
folder = pathlib.Path(sys.argv[1])
COSTS = [0.1, 1.0, 10.0, 100.0]
folds = StratifiedKFold(5, shuffle=True, random_state=0)
x, y = None, None


def make(n_rows):
    global x, y
    x, y = make_classification(n_rows, 50, n_informative=20, random_state=0)
    x.astype("<f8").tofile(folder / "x.bin")
    y.astype("<f8").tofile(folder / "y.bin")
    of_row = numpy.zeros(n_rows)
    for fold, (_, validation) in enumerate(folds.split(x, y)):
        of_row[validation] = fold
    of_row.tofile(folder / "folds.bin")


def grid(solver, **settings):
    # liblinear, the fastest that has both penalties, penalises the intercept as well; saga has our objective.
    model = LogisticRegression(solver=solver, random_state=0, **settings)
    search = GridSearchCV(model, {"C": COSTS, "l1_ratio": [1.0, 0.0]}, cv=folds, n_jobs=2).fit(x, y)
    return search.cv_results_["mean_test_score"]


def path(n_jobs):
    model = LogisticRegressionCV(Cs=COSTS, cv=folds, n_jobs=n_jobs, l1_ratios=(0.0,), use_legacy_attributes=False).fit(x, y)
    scores = model.scores_
    if isinstance(scores, dict):
        scores = next(iter(scores.values()))
    return numpy.asarray(scores).reshape(5, len(COSTS), order="C").mean(axis=0)


pipeline = make_pipeline(StandardScaler(), LogisticRegression())
JOBS = {
    "grid_liblinear": lambda: grid("liblinear"),
    "grid_saga_tight": lambda: grid("saga", tol=1e-6, max_iter=10_000),
    "path_lbfgs": lambda: path(1),
    "path_lbfgs_2": lambda: path(2),
    "pipeline": lambda: [cross_val_score(pipeline, x, y, cv=folds).mean()],
    "pipeline_2": lambda: [cross_val_score(pipeline, x, y, cv=folds, n_jobs=2).mean()],
    "pipeline_train": lambda: [cross_validate(pipeline, x, y, cv=folds, return_train_score=True)["test_score"].mean()],
    "sgd": lambda: [SGDClassifier(learning_rate="adaptive", max_iter=5, tol=0.0, random_state=0).fit(x, y).score(x, y)],
}


def resident():
    """The memory of this process and of its children, in MiB."""
    total = 0
    for process in [os.getpid(), *children(os.getpid())]:
        try:
            status = pathlib.Path(f"/proc/{process}/status").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
    return total / 1024


def children(process):
    found = []
    for task in pathlib.Path(f"/proc/{process}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children(int(child))]
    return found


def memory(job):
    before = resident()
    greatest, is_done = [before], threading.Event()

    def watch():
        while not is_done.wait(0.01):
            greatest[0] = max(greatest[0], resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    JOBS[job]()
    is_done.set()
    watcher.join()
    return greatest[0] - before


for line in sys.stdin:
    kind, _, argument = line.strip().partition(" ")
    if kind == "make":
        make(int(argument))
        answer = 0.0
    elif kind == "memory":
        answer = memory(argument)
    else:
        start = time.perf_counter()
        scores = JOBS[kind]()
        answer = time.perf_counter() - start
        numpy.asarray(scores, dtype="<f8").tofile(folder / "scores.bin")
    print(answer, flush=True)
