"""Writes selection.json: what scikit-learn says about folds and metrics.

    python -m venv venv && venv/bin/pip install scikit-learn==1.9.1
    venv/bin/python tests/golden/selection.py
"""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn import calibration, datasets, metrics
from sklearn import model_selection as ms
from sklearn.linear_model import LogisticRegression

HERE = pathlib.Path(__file__).resolve().parent


def main():
    warnings.simplefilter("ignore")
    golden = {
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "splits": [splits(seed, n, n_groups) for seed, n, n_groups in [(1, 23, 6), (2, 40, 9), (3, 60, 13)]],
        "time_series": [time_series(*case) for case in [(12, 3, None, None, 0), (20, 4, 3, 5, 2), (31, 5, None, 7, 1)]],
        "classes": [classes(seed, n, k) for seed, n, k in [(1, 60, 2), (2, 75, 3), (3, 90, 4)]],
        "numbers": [numbers(seed, n) for seed, n in [(1, 25), (2, 40)]],
        "clusters": [clusters(seed, n, k, j) for seed, n, k, j in [(1, 30, 3, 4), (2, 50, 2, 2), (3, 40, 5, 3)]],
        "distances": distances(),
        "curves": curves(),
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


def classes(seed, n, n_classes):
    """Predictions of classes, probabilities and decisions, with ties among them, and scores with and without weights."""
    rng = np.random.RandomState(seed)
    truth = rng.randint(0, n_classes, n)
    truth[:n_classes] = np.arange(n_classes)
    raw = rng.rand(n, n_classes) + 0.8 * np.eye(n_classes)[truth]
    proba = np.round(raw / raw.sum(axis=1, keepdims=True), 2)
    proba[:, -1] = np.round(1 - proba[:, :-1].sum(axis=1), 2)
    proba = np.clip(proba, 0, 1)
    decisions = np.round(rng.randn(n, n_classes) + 1.2 * np.eye(n_classes)[truth], 1)
    if n_classes == 2:
        decisions = np.round(decisions[:, 1] - decisions[:, 0], 1)
    predicted = np.where(rng.rand(n) < 0.6, truth, rng.randint(0, n_classes, n))
    weights = np.round(rng.rand(n) * 3, 2)
    weights[[n_classes + 1, n_classes + 5]] = 0
    out = {
        "truth": truth.tolist(),
        "predicted": predicted.tolist(),
        "proba": proba.tolist(),
        "decisions": np.reshape(decisions, (n, -1)).tolist(),
        "weights": weights.tolist(),
    }
    for key, w in [("plain", None), ("weighted", weights)]:
        out[key] = class_scores(truth, predicted, proba, decisions, n_classes, w)
    if n_classes == 2:
        fpr, tpr, thresholds = metrics.roc_curve(truth, decisions, sample_weight=weights)
        out["roc_curve"] = [fpr.tolist(), tpr.tolist(), thresholds[1:].tolist()]
        precision, recall, thresholds = metrics.precision_recall_curve(truth, decisions, sample_weight=weights)
        out["precision_recall_curve"] = [precision.tolist(), recall.tolist(), thresholds.tolist()]
        fpr, fnr, thresholds = metrics.det_curve(truth, decisions, sample_weight=weights)
        out["det_curve"] = [fpr.tolist(), fnr.tolist(), thresholds[:-1].tolist()]
        for strategy in ["uniform", "quantile"]:
            fraction, mean = calibration.calibration_curve(truth, proba[:, 1], n_bins=4, strategy=strategy)
            out[f"calibration_{strategy}"] = [mean.tolist(), fraction.tolist()]
    return out


def class_scores(truth, predicted, proba, decisions, n_classes, w):
    out = {
        "accuracy": metrics.accuracy_score(truth, predicted, sample_weight=w),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted, sample_weight=w),
        "matthews_corrcoef": metrics.matthews_corrcoef(truth, predicted, sample_weight=w),
        "neg_log_loss": -metrics.log_loss(truth, proba, sample_weight=w),
        "neg_brier_score": -metrics.brier_score_loss(truth, proba, sample_weight=w),
        "d2_log_loss_score": metrics.d2_log_loss_score(truth, proba, sample_weight=w),
        "d2_brier_score": metrics.d2_brier_score(truth, proba, sample_weight=w),
        "hinge_loss": metrics.hinge_loss(truth, decisions, sample_weight=w),
        "confusion_matrix": metrics.confusion_matrix(truth, predicted, sample_weight=w).tolist(),
        "kappa": [
            metrics.cohen_kappa_score(truth, predicted, weights=k, sample_weight=w) for k in [None, "linear", "quadratic"]
        ],
    }
    for by in ["true", "pred", "all"]:
        out[f"confusion_{by}"] = metrics.confusion_matrix(truth, predicted, sample_weight=w, normalize=by).tolist()
    averages = ["macro", "weighted", "micro"]
    named = {
        "precision": metrics.precision_score,
        "recall": metrics.recall_score,
        "f1": metrics.f1_score,
        "jaccard": metrics.jaccard_score,
    }
    for name, score in named.items():
        for average in averages:
            out[f"{name}_{average}"] = score(truth, predicted, average=average, sample_weight=w)
        if n_classes == 2:
            out[name] = score(truth, predicted, sample_weight=w)
    out["fbeta_macro"] = metrics.fbeta_score(truth, predicted, beta=0.5, average="macro", sample_weight=w)
    if n_classes == 2:
        positive, negative = metrics.class_likelihood_ratios(truth, predicted, sample_weight=w)
        out |= {
            "roc_auc": metrics.roc_auc_score(truth, decisions, sample_weight=w),
            "average_precision": metrics.average_precision_score(truth, decisions, sample_weight=w),
            "positive_likelihood_ratio": positive,
            "neg_negative_likelihood_ratio": -negative,
        }
    else:
        for average in ["macro", "weighted", "micro"]:
            of = {"average": average, "sample_weight": w}
            out["roc_auc_ovr" + {"macro": ""}.get(average, "_" + average)] = metrics.roc_auc_score(
                truth, proba, multi_class="ovr", **of
            )
            out["average_precision" + {"macro": ""}.get(average, "_" + average)] = metrics.average_precision_score(
                np.eye(n_classes)[truth], decisions, **of
            )
        out["top_k_accuracy"] = metrics.top_k_accuracy_score(truth, decisions, k=2, sample_weight=w)
        if w is None:
            out["roc_auc_ovo"] = metrics.roc_auc_score(truth, proba, multi_class="ovo")
            out["roc_auc_ovo_weighted"] = metrics.roc_auc_score(truth, proba, multi_class="ovo", average="weighted")
    return out


def numbers(seed, n):
    rng = np.random.RandomState(seed)
    truth = np.round(rng.gamma(2, 2, n), 2) + 0.01
    predicted = np.round(np.abs(truth + rng.randn(n)), 2) + 0.05
    weights = np.round(rng.rand(n) * 2, 1)
    out = {"truth": truth.tolist(), "predicted": predicted.tolist(), "weights": weights.tolist()}
    for key, w in [("plain", None), ("weighted", weights)]:
        used = np.ones(n, bool) if w is None else w > 0
        out[key] = {
            "r2": metrics.r2_score(truth, predicted, sample_weight=w),
            "explained_variance": metrics.explained_variance_score(truth, predicted, sample_weight=w),
            "d2_absolute_error_score": metrics.d2_absolute_error_score(truth, predicted, sample_weight=w),
            # scikit-learn's knows no weights; a row that does not count has no error.
            "neg_max_error": -metrics.max_error(truth[used], predicted[used]),
            "pinball": metrics.mean_pinball_loss(truth, predicted, alpha=0.8, sample_weight=w),
        }
        for name in [
            "mean_squared_error",
            "root_mean_squared_error",
            "mean_absolute_error",
            "median_absolute_error",
            "mean_absolute_percentage_error",
            "mean_squared_log_error",
            "root_mean_squared_log_error",
            "mean_poisson_deviance",
            "mean_gamma_deviance",
        ]:
            out[key]["neg_" + name] = -getattr(metrics, name)(truth, predicted, sample_weight=w)
    return out


def clusters(seed, n, k, j):
    rng = np.random.RandomState(seed)
    truth = rng.randint(0, k, n)
    predicted = np.where(rng.rand(n) < 0.7, truth % j, rng.randint(0, j, n))
    names = [
        "rand_score",
        "adjusted_rand_score",
        "mutual_info_score",
        "normalized_mutual_info_score",
        "adjusted_mutual_info_score",
        "homogeneity_score",
        "completeness_score",
        "v_measure_score",
        "fowlkes_mallows_score",
    ]
    scores = {name: float(getattr(metrics, name)(truth, predicted)) for name in names}
    scores["v_measure_2"] = float(metrics.v_measure_score(truth, predicted, beta=2.0))
    return {"truth": truth.tolist(), "predicted": predicted.tolist(), "scores": scores}


def distances():
    iris = datasets.load_iris()
    labels = np.where(np.arange(150) == 3, 3, iris.target)
    return {
        "labels": labels.tolist(),
        "silhouette_score": metrics.silhouette_score(iris.data, labels),
        "silhouette_samples": metrics.silhouette_samples(iris.data, labels)[::7].tolist(),
        "davies_bouldin": metrics.davies_bouldin_score(iris.data, labels),
        "calinski_harabasz": metrics.calinski_harabasz_score(iris.data, labels),
    }


def curves():
    """Of a logistic regression on the shuffled iris; the permutation is given, so that both sides have the same rows."""
    iris = datasets.load_iris()
    order = np.random.RandomState(4).permutation(150)
    x, y = iris.data[order], iris.target[order]
    model = LogisticRegression(tol=1e-10, max_iter=10_000)
    cv = ms.StratifiedKFold(4)
    scoring = {"cv": cv, "scoring": "neg_log_loss"}
    sizes, train, test = ms.learning_curve(model, x, y, train_sizes=[0.3, 0.6, 1.0], **scoring)
    values = [0.01, 1.0, 10.0]
    of_c = ms.validation_curve(model, x, y, param_name="C", param_range=values, **scoring)
    return {
        "order": order.tolist(),
        "train_sizes": sizes.tolist(),
        "learning": [mean_std(train), mean_std(test)],
        "validation": [mean_std(of_c[0]), mean_std(of_c[1])],
        "predict": ms.cross_val_predict(model, x, y, cv=cv).tolist(),
        "predict_proba": ms.cross_val_predict(model, x, y, cv=cv, method="predict_proba")[::10].tolist(),
        "decision_function": ms.cross_val_predict(model, x, y, cv=cv, method="decision_function")[::10].tolist(),
    }


def mean_std(scores):
    return [scores.mean(axis=1).tolist(), scores.std(axis=1).tolist()]


if __name__ == "__main__":
    main()
