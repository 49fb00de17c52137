"""Writes selection.json: what scikit-learn says about folds and metrics.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1
    venv/bin/python tests/golden/selection.py
"""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn import model_selection as ms

HERE = pathlib.Path(__file__).resolve().parent


def main():
    warnings.simplefilter("ignore")
    golden = {
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "splits": [splits(seed, n, n_groups) for seed, n, n_groups in [(1, 23, 6), (2, 40, 9), (3, 60, 13)]],
        "time_series": [time_series(*case) for case in [(12, 3, None, None, 0), (20, 4, 3, 5, 2), (31, 5, None, 7, 1)]],
    }
    (HERE / "selection.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


def folds(splitter, n, codes=None, groups=None):
    return [
        {"train": np.sort(train).tolist(), "validation": np.sort(test).tolist()}
        for train, test in splitter.split(np.zeros((n, 1)), codes, groups)
    ]


def splits(seed, n, n_groups):
    rng = np.random.RandomState(seed)
    groups = rng.randint(0, n_groups, n)
    groups[:n_groups] = np.arange(n_groups)
    codes = rng.randint(0, 3, n)
    every = {
        "group_k_fold": ms.GroupKFold(4),
        "stratified_group_k_fold": ms.StratifiedGroupKFold(3),
        "leave_one_group_out": ms.LeaveOneGroupOut(),
        "leave_one_out": ms.LeaveOneOut(),
    }
    few = {"leave_p_groups_out": ms.LeavePGroupsOut(2), "leave_p_out": ms.LeavePOut(2)}
    if seed == 1:
        every |= few
    else:
        every.pop("leave_one_out")
    out = {"codes": codes.tolist(), "groups": groups.tolist()}
    out |= {name: folds(splitter, n, codes, groups) for name, splitter in every.items()}
    # Shuffled ones, beside the permutation that scikit-learn draws.
    permutation = np.random.RandomState(seed).permutation(n)
    of_groups = np.random.RandomState(seed).permutation(np.arange(n_groups))
    shuffled = np.arange(n_groups)
    np.random.RandomState(seed).shuffle(shuffled)
    out |= {
        "permutation": permutation.tolist(),
        "k_fold_shuffled": folds(ms.KFold(4, shuffle=True, random_state=seed), n),
        "shuffle_split": folds(ms.ShuffleSplit(1, test_size=0.3, train_size=0.45, random_state=seed), n),
        "group_permutation": of_groups.tolist(),
        "group_k_fold_shuffled": folds(ms.GroupKFold(4, shuffle=True, random_state=seed), n, codes, groups),
        "group_shuffle_split": folds(ms.GroupShuffleSplit(1, test_size=0.3, random_state=seed), n, codes, groups),
        "group_order": shuffled.tolist(),
        "stratified_group_k_fold_shuffled": folds(
            ms.StratifiedGroupKFold(3, shuffle=True, random_state=seed), n, codes, groups
        ),
    }
    stratified = folds(ms.StratifiedShuffleSplit(1, test_size=0.3, random_state=seed), n, codes)[0]
    out["stratified_counts"] = {side: np.bincount(codes[rows], minlength=3).tolist() for side, rows in stratified.items()}
    return out


def time_series(n, n_splits, test_size, max_train_size, gap):
    splitter = ms.TimeSeriesSplit(n_splits, test_size=test_size, max_train_size=max_train_size, gap=gap)
    settings = {"n": n, "n_splits": n_splits, "test_size": test_size, "max_train_size": max_train_size, "gap": gap}
    return settings | {"folds": folds(splitter, n)}


if __name__ == "__main__":
    main()
