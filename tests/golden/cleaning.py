"""Writes cleaning.json: what pandas, scipy and scikit-learn make of the data that the tests of imputers, scalers, outliers, duplicates and conversions use.

python tests/golden/cleaning.py   # with the versions that the file names; reads preprocess.json for the drawn columns
"""

import json
import warnings
from pathlib import Path

import numpy
import pandas
import scipy
import sklearn
from scipy import stats
from sklearn import decomposition, ensemble, impute, preprocessing
from sklearn.experimental import enable_iterative_imputer  # noqa: F401

HERE = Path(__file__).parent
PENGUINS = HERE.parent.parent / "workbench" / "src" / "data" / "penguins.csv"
MEASURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
# Transformed values are kept for so many rows; what is learnt is of all.
N_KEPT = 40


def plain(value):
    """Arrays as lists, NaN as null."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return [plain(inner) for inner in value]
    if isinstance(value, (bool, numpy.bool_)):
        return bool(value)
    if isinstance(value, (float, numpy.floating)):
        return None if numpy.isnan(value) else float(value)
    if isinstance(value, numpy.integer):
        return int(value)
    return value


def kept(values):
    """The first rows, one list for each column."""
    return numpy.asarray(values, dtype=float)[:N_KEPT].T


def holes(penguins):
    """The measures with every tenth or so missing, in a pattern without chance, and moved a little, so that no two distances are the same."""
    frame = penguins[MEASURES].astype(float).iloc[:120].copy()
    for place, name in enumerate(MEASURES):
        frame[name] += (frame.index * 37 + place * 11) % 101 * 0.01
        frame.loc[(frame.index * 7 + place * 3) % (9 + place) == 0, name] = numpy.nan
    return frame


def groups(penguins):
    values = {}
    for key in [["species"], ["species", "sex"]]:
        grouped = penguins.groupby(key)[MEASURES]
        for statistic in ["mean", "median"]:
            whole = getattr(penguins[MEASURES].astype(float), statistic)()
            filled = penguins[MEASURES].astype(float).fillna(grouped.transform(statistic)).fillna(whole)
            values["_".join(key) + "_" + statistic] = filled[penguins[MEASURES].isna().any(axis=1)].to_numpy().T
    return values


def carried(penguins):
    frame = holes(penguins)
    frame["species"] = penguins["species"]
    values = {}
    for limit in [None, 1]:
        for method in ["ffill", "bfill"]:
            values[f"{method}_{limit or 0}"] = kept(getattr(frame[MEASURES], method)(limit=limit))
    mixed = pandas.DataFrame({"k": ["a", "b", None, "a", "b", "a"], "x": [numpy.nan, 1, numpy.nan, 3, numpy.nan, numpy.nan]})
    values["grouped_ffill"] = mixed.groupby("k")["x"].ffill().to_numpy()
    values["grouped_bfill"] = mixed.groupby("k")["x"].bfill().to_numpy()
    return values


def neighbours(penguins):
    frame = holes(penguins)
    values = {}
    for weights in ["uniform", "distance"]:
        for n_neighbors in [1, 3, 200]:
            imputer = impute.KNNImputer(n_neighbors=n_neighbors, weights=weights).fit(frame[:90])
            values[f"{weights}_{n_neighbors}"] = kept(imputer.transform(frame)[::3])
    return values


def iterative(penguins):
    frame = holes(penguins)
    values = {}
    for order in ["ascending", "descending", "roman", "arabic"]:
        for initial in ["mean", "median", "most_frequent"]:
            imputer = impute.IterativeImputer(imputation_order=order, initial_strategy=initial, max_iter=4).fit(frame[:90])
            values[f"{order}_{initial}"] = {"n_iter": imputer.n_iter_, "values": kept(imputer.transform(frame)[::3])}
    return values


def scalers(frame):
    steps = {
        "robust": preprocessing.RobustScaler(),
        "robust_10_80": preprocessing.RobustScaler(quantile_range=(10.0, 80.0)),
        "robust_unit": preprocessing.RobustScaler(unit_variance=True),
        "max_abs": preprocessing.MaxAbsScaler(),
        "quantile_uniform": preprocessing.QuantileTransformer(n_quantiles=50, subsample=None),
        "quantile_normal": preprocessing.QuantileTransformer(n_quantiles=20, output_distribution="normal", subsample=None),
        "yeo_johnson": preprocessing.PowerTransformer(),
        "yeo_johnson_raw": preprocessing.PowerTransformer(standardize=False),
    }
    values = {}
    for name, step in steps.items():
        step.fit(frame)
        values[name] = kept(step.transform(frame))
        if hasattr(step, "lambdas_"):
            values[name + "_lambdas"] = step.lambdas_
    positive = frame.loc[:, (frame.min() > 0).to_numpy()]
    # The power that suits `far` best is 77, whose variance no float holds: scikit-learn gives NaN.
    powered = positive.drop(columns="far", errors="ignore")
    box_cox = preprocessing.PowerTransformer(method="box-cox").fit(powered)
    values["box_cox"] = {
        "columns": list(powered.columns), "lambdas": box_cox.lambdas_, "values": kept(box_cox.transform(powered)),
    }
    values["positive"] = list(positive.columns)
    values["robust_center"] = steps["robust"].center_
    values["robust_scale"] = steps["robust"].scale_
    values["log"] = kept(numpy.log(positive))
    values["log1p"] = kept(numpy.log1p(positive))
    values["log10"] = kept(numpy.log10(positive))
    values["log3"] = kept(numpy.log(positive) / numpy.log(3.0))
    return values


def rows(penguins):
    frame = penguins[MEASURES].astype(float).dropna().iloc[:N_KEPT]
    values = {norm: kept(preprocessing.normalize(frame, norm=norm)) for norm in ["l1", "l2", "max"]}
    for interaction_only in [False, True]:
        for degree in [1, 2, 3]:
            step = preprocessing.PolynomialFeatures(degree, interaction_only=interaction_only).fit(frame)
            values[f"polynomial_{degree}_{str(interaction_only).lower()}"] = {
                "names": list(step.get_feature_names_out()), "values": step.transform(frame)[:6].T,
            }
    return values


def bins(penguins):
    frame = penguins[MEASURES].astype(float).dropna()
    values = {}
    for strategy, method in [("uniform", "linear"), ("quantile", "linear"), ("quantile", "averaged_inverted_cdf")]:
        step = preprocessing.KBinsDiscretizer(6, encode="ordinal", strategy=strategy, quantile_method=method, subsample=None)
        codes = step.fit_transform(frame)
        values[f"{strategy}_{method}"] = {
            "edges": list(step.bin_edges_), "codes": kept(codes), "inverse": kept(step.inverse_transform(codes)),
        }
    return values


def splines(penguins):
    frame = penguins[MEASURES[:2]].astype(float).dropna()
    values = {}
    for degree in [1, 2, 3]:
        for knots in ["uniform", "quantile"]:
            for extrapolation in ["constant", "linear", "continue", "periodic"]:
                values[f"{degree}_{knots}_{extrapolation}"] = []
                # One column at a time: with degree 1 and linear extrapolation, scikit-learn 1.9 takes another degree from the second column on.
                for name in frame.columns:
                    step = preprocessing.SplineTransformer(n_knots=4, degree=degree, knots=knots, extrapolation=extrapolation)
                    step.fit(frame[[name]][:80])
                    # Rows of later species lie outside.
                    values[f"{degree}_{knots}_{extrapolation}"].extend(step.transform(frame[[name]][::17]).T)
    step = preprocessing.SplineTransformer(include_bias=False).fit(frame)
    values["names"] = list(step.get_feature_names_out())
    return values


def components(penguins):
    frame = penguins[MEASURES].astype(float).dropna()
    scaled = pandas.DataFrame(preprocessing.StandardScaler().fit_transform(frame), columns=MEASURES)
    values = {}
    for name, data in [("raw", frame), ("scaled", scaled), ("wide", scaled[:3])]:
        step = decomposition.PCA(svd_solver="full").fit(data)
        values[name] = {
            "components": step.components_, "variance": step.explained_variance_, "ratio": step.explained_variance_ratio_,
            "values": kept(step.transform(data)),
        }
    whitened = decomposition.PCA(2, whiten=True, svd_solver="full").fit(scaled)
    values["whitened"] = kept(whitened.transform(scaled))
    values["inverse"] = kept(whitened.inverse_transform(whitened.transform(scaled)))
    values["n_for_fraction"] = [[f, decomposition.PCA(f, svd_solver="full").fit(scaled).n_components_] for f in [0.3, 0.7, 0.9, 0.99]]
    return values


def outliers(penguins, drawn):
    values = {"mad": {}, "forest": {}}
    for name, frame in [("penguins", penguins[MEASURES].astype(float)), ("synthetic", drawn)]:
        values["mad"][name] = []
        for column in frame.columns:
            known = frame[column].dropna()
            median, mad = numpy.median(known), stats.median_abs_deviation(known)
            spread = 3.5 * mad / 0.6745 if mad else 3.5 * 1.253314 * (known - median).abs().mean()
            values["mad"][name].append([median - spread, median + spread, int((abs(known - median) > spread).sum())])
    frame = penguins[MEASURES].astype(float).dropna()
    forest = ensemble.IsolationForest(n_estimators=2000, random_state=0).fit(frame)
    values["forest"]["scores"] = numpy.round(-forest.score_samples(frame), 6)
    return values


def duplicates():
    frame = pandas.DataFrame({
        "a": [1, 1, 2, 1, 2, 3], "b": ["x", "x", None, "y", None, "x"], "c": [0.5, 0.5, numpy.nan, -0.0, numpy.nan, 0.0],
    })
    values = {"rows": frame.astype(object).where(frame.notna(), None).to_numpy().T}
    for subset in [None, ["a"], ["b"], ["c"], ["a", "c"]]:
        for keep in ["first", "last", False]:
            values[f"{','.join(subset or [])}|{keep or 'none'}"] = frame.duplicated(subset, keep=keep).to_numpy()
    return values


def dates():
    texts = {
        "%Y-%m-%d": ["2024-02-29", "1999-12-31"],
        "%d.%m.%Y": ["29.02.2024", "31.12.1999"],
        "%m/%d/%Y": ["02/29/2024", "12/31/1999"],
        "%d %b %Y": ["29 Feb 2024", "31 Dec 1999"],
        "%Y-%m-%d %H:%M:%S": ["2024-02-29 23:59:58", "1999-12-31 00:00:01"],
        "%Y-%m-%dT%H:%M:%S": ["2024-02-29T23:59:58", "1999-12-31T00:00:01"],
    }
    seconds = lambda format, text: int(pandas.Timestamp(pandas.to_datetime(text, format=format)).timestamp())
    return {format: [[text, seconds(format, text)] for text in given] for format, given in texts.items()}


def main():
    warnings.simplefilter("ignore")
    penguins = pandas.read_csv(PENGUINS)
    drawn = json.loads((HERE / "preprocess.json").read_text())["synthetic"]
    drawn = pandas.DataFrame(drawn, dtype=float)
    versions = {module.__name__: module.__version__ for module in [pandas, numpy, scipy, sklearn]}
    values = {
        "versions": versions,
        "groups": groups(penguins),
        "carried": carried(penguins),
        "neighbours": neighbours(penguins),
        "iterative": iterative(penguins),
        "scalers": {"penguins": scalers(penguins[MEASURES].astype(float)), "synthetic": scalers(drawn)},
        "rows": rows(penguins),
        "bins": bins(penguins),
        "splines": splines(penguins),
        "components": components(penguins),
        "outliers": outliers(penguins, drawn),
        "duplicates": duplicates(),
        "dates": dates(),
    }
    # Lines of one top-level key each: small differences stay readable.
    body = ",\n".join(f"{json.dumps(key)}: {json.dumps(plain(value))}" for key, value in values.items())
    (HERE / "cleaning.json").write_text("{\n" + body + "\n}\n")


main()
