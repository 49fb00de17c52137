"""Writes preprocess.json: what pandas, numpy and scikit-learn make of the data that the tests of `data` and `preprocess` use.

python tests/golden/preprocess.py   # with the versions that the file names
"""

import json
from pathlib import Path

import numpy
import pandas
import sklearn
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, StandardScaler

HERE = Path(__file__).parent
PENGUINS = HERE.parent.parent / "workbench" / "src" / "data" / "penguins.csv"
MEASURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
# Scaled values are kept for so many rows; means and scales are of all.
N_SCALED = 60


def plain(value):
    """Arrays as lists, NaN as null."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return [plain(inner) for inner in value]
    if isinstance(value, (float, numpy.floating)):
        return None if numpy.isnan(value) else float(value)
    if isinstance(value, numpy.integer):
        return int(value)
    return value


def synthetic():
    """Columns on which careless sums, ties and quantiles show: far from 0, skewed, many ties, few known values."""
    rng = numpy.random.default_rng(20)
    n_rows = 300
    columns = {
        "far": 1e4 + rng.normal(0.0, 1.0, n_rows),
        "skewed": rng.lognormal(0.0, 2.0, n_rows),
        "tied": rng.integers(-3, 4, n_rows).astype(float),
        "sparse": rng.normal(-5.0, 3.0, n_rows),
    }
    columns["skewed"][rng.random(n_rows) < 0.05] = numpy.nan
    columns["sparse"][rng.random(n_rows) < 0.95] = numpy.nan
    # Few digits, so that every JSON reader gives the same floats.
    return pandas.DataFrame(columns).round(6)


def scaler_values(frame):
    standard, min_max = StandardScaler().fit(frame), MinMaxScaler((-1.0, 2.0)).fit(frame)
    uncentred = StandardScaler(with_mean=False).fit(frame)
    return {
        "mean": standard.mean_,
        "scale": standard.scale_,
        "standard": standard.transform(frame)[:N_SCALED].T,
        "standard_uncentred": uncentred.transform(frame)[:N_SCALED].T,
        "data_min": min_max.data_min_,
        "data_max": min_max.data_max_,
        "min_max_scale": min_max.scale_,
        "min_max": min_max.transform(frame)[:N_SCALED].T,
    }


def imputer_values(frame):
    values = {}
    for strategy in ["mean", "median", "most_frequent"]:
        values[strategy] = SimpleImputer(strategy=strategy).fit(frame).statistics_
    return values


def outlier_values(frame):
    values = {"zscore": [], "iqr": []}
    for name in frame.columns:
        known = frame[name].dropna().to_numpy(float)
        mean, std = known.mean(), known.std()
        first, third = numpy.percentile(known, [25, 75])
        bounds = {
            "zscore": (mean - 2.5 * std, mean + 2.5 * std),
            "iqr": (first - 1.5 * (third - first), third + 1.5 * (third - first)),
        }
        for method, (lower, upper) in bounds.items():
            values[method].append({
                "lower": lower,
                "upper": upper,
                "n_below": int((known < lower).sum()),
                "n_above": int((known > upper).sum()),
                "clipped_sum": frame[name].astype(float).clip(lower, upper).sum(),
            })
    return values


def describe_values(frame):
    summary = frame.describe(include="all").T
    rows = []
    for name in frame.columns:
        row = summary.loc[name]
        is_number = pandas.api.types.is_numeric_dtype(frame[name])
        rows.append({
            "column": name,
            "count": int(row["count"]),
            "missing": int(frame[name].isna().sum()),
            "spread": [float(row[key]) for key in ["mean", "std", "min", "25%", "50%", "75%", "max"]] if is_number else None,
            "distinct": int(frame[name].nunique()),
            "most_frequent": None if is_number else row["top"],
        })
    return rows


def main():
    penguins, drawn = pandas.read_csv(PENGUINS), synthetic()
    words = penguins[["species", "island", "sex"]].astype(object)
    text = SimpleImputer(strategy="most_frequent").fit(words.where(words.notna(), numpy.nan))
    ties = pandas.DataFrame({"tied": ["b", "a", "b", "a", numpy.nan]}, dtype=object)
    values = {
        "versions": {"pandas": pandas.__version__, "numpy": numpy.__version__, "scikit-learn": sklearn.__version__},
        "seed": 20,
        "synthetic": {name: drawn[name].to_numpy() for name in drawn.columns},
        "describe": {"penguins": describe_values(penguins), "synthetic": describe_values(drawn)},
        "scalers": {"penguins": scaler_values(penguins[MEASURES].astype(float)), "synthetic": scaler_values(drawn)},
        "imputers": {"penguins": imputer_values(penguins[MEASURES]), "synthetic": imputer_values(drawn)},
        "text_fill": text.statistics_,
        "tied_text_fill": SimpleImputer(strategy="most_frequent").fit(ties).statistics_,
        "outliers": {"penguins": outlier_values(penguins[MEASURES]), "synthetic": outlier_values(drawn)},
    }
    # Lines of one top-level key each: small differences stay readable.
    body = ",\n".join(f"{json.dumps(key)}: {json.dumps(plain(value))}" for key, value in values.items())
    (HERE / "preprocess.json").write_text("{\n" + body + "\n}\n")


main()
