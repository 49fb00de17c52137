"""Writes encoding.json: what scikit-learn and pandas make of the data that the tests of encoders and feature choice use.

python tests/golden/encoding.py   # with the versions that the file names
"""

import json
import warnings
from pathlib import Path

import numpy
import pandas
import sklearn
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import (RFE, SelectFromModel, SelectKBest, SelectPercentile, VarianceThreshold, chi2,
                                       f_classif, f_regression, mutual_info_classif, mutual_info_regression)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

warnings.filterwarnings("ignore")
HERE = Path(__file__).parent
N_ROWS = 120
TEXTS = [
    "The cat sat on the mat.", "A dog, a CAT and a mouse_trap!", "", "naïve café über alles; Ünïcode 東京 東京タワー",
    "the the the dog", "x yy zzz 12 3", "cat dog bird bird", "No cats here, only birds & bees",
]


def plain(value):
    """Arrays as lists, NaN as null."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return [plain(inner) for inner in value]
    if isinstance(value, (float, numpy.floating)):
        return None if numpy.isnan(value) else float(value)
    if isinstance(value, (bool, numpy.bool_)):
        return bool(value)
    if isinstance(value, numpy.integer):
        return int(value)
    return value


def data():
    rng = numpy.random.default_rng(5)
    # Some are longer than the 12 bytes that a view holds, some are not ASCII.
    names = numpy.array(["a", "bb", "Ärger", "a rather long name", "another rather long name", "rare"], dtype=object)
    text = names[rng.choice(6, N_ROWS, p=[0.3, 0.25, 0.2, 0.14, 0.1, 0.01])]
    text[rng.random(N_ROWS) < 0.08] = None
    number = rng.integers(-2, 3, N_ROWS)
    y = rng.normal(0, 1, N_ROWS) + (text == "a") * 2.0 + number * 0.3
    classes = numpy.array(["no", "yes", "so"])[rng.choice(3, N_ROWS, p=[0.5, 0.3, 0.2])]
    features = rng.normal(0, 1, (N_ROWS, 6))
    features[:, 1] += (classes == "yes") * 1.5
    features[:, 2] = features[:, 2] * 0.1 + y
    features[:, 3] = rng.poisson(2.0, N_ROWS)
    features[:, 4] = 3.0
    return text, number, y.round(6), classes, features.round(6)


def one_hot(text, number):
    frame = pandas.DataFrame({"text": text, "number": number}, dtype=object)
    values = {}
    for name, settings in {
        "plain": {}, "first": {"drop": "first"}, "min_frequency": {"min_frequency": 15},
        "share": {"min_frequency": 0.2}, "max_categories": {"max_categories": 3},
        "max_first": {"max_categories": 3, "drop": "first"},
    }.items():
        # Missing is never infrequent here, so columns without it show the grouping.
        columns = ["number"] if name in ("min_frequency", "share", "max_categories", "max_first") else ["text", "number"]
        encoder = OneHotEncoder(sparse_output=False, **settings).fit(frame[columns])
        values[name] = encoder.transform(frame[columns]).astype(int).T
    binary = OneHotEncoder(sparse_output=False, drop="if_binary").fit_transform((number > 0).reshape(-1, 1))
    return {**values, "if_binary": binary.astype(int).T}


def target(text, number, y, classes):
    # scikit-learn sorts None after text as we do.
    frame = pandas.DataFrame({"text": text, "number": number}, dtype=object)
    binary = (classes == "yes").astype(int)
    values = {}
    for name, outcome in {"continuous": y, "binary": binary, "multiclass": classes}.items():
        for smooth in ["auto", 7.5, 0.0]:
            folds = KFold(5) if name == "continuous" else StratifiedKFold(5)
            encoder = TargetEncoder(smooth=smooth, cv=folds, target_type=name)
            fitted = encoder.fit_transform(frame, outcome)
            values[f"{name}_{smooth}"] = {"cross_fitted": fitted.T, "transform": encoder.transform(frame)[:30].T}
    return values


def texts():
    values = {}
    for name, make in {
        "count": CountVectorizer(), "ngrams": CountVectorizer(ngram_range=(1, 2), min_df=2),
        "max_df": CountVectorizer(max_df=0.3, binary=True, lowercase=False),
        "pattern": CountVectorizer(token_pattern=r"[a-z]+", stop_words=["the", "a"]),
        "limited": CountVectorizer(max_features=2),
        "tfidf": TfidfVectorizer(), "sublinear": TfidfVectorizer(sublinear_tf=True, norm="l1"),
        "rough": TfidfVectorizer(smooth_idf=False, norm=None), "no_idf": TfidfVectorizer(use_idf=False),
    }.items():
        matrix = make.fit_transform(TEXTS).toarray()
        values[name] = {"terms": list(make.get_feature_names_out()), "values": matrix.T}
    return {"texts": TEXTS, **values}


def selection(y, classes, features):
    varied = numpy.delete(features, 4, axis=1)
    counts = numpy.abs(features)
    scaled = (varied - varied.mean(0)) / varied.std(0)
    binary = (classes == "yes").astype(int)
    values = {
        "f_classif": f_classif(features, classes), "f_regression": f_regression(features, y),
        "chi2": chi2(counts, classes), "variances": VarianceThreshold().fit(features).variances_,
        # Without repeated values the noise decides nothing.
        "mutual_info_classif": mutual_info_classif(varied[:, :3], classes, random_state=0),
        "mutual_info_regression": mutual_info_regression(varied[:, :3], y, random_state=0),
        "mutual_info_discrete": mutual_info_classif(features[:, 3:4], classes, discrete_features=True),
        "mutual_info_discrete_regression": mutual_info_regression(features[:, 3:4], y, discrete_features=True),
        "k_best": SelectKBest(f_classif, k=3).fit(features, classes).get_support(),
        "percentile": SelectPercentile(f_regression, percentile=40).fit(features, y).get_support(),
    }
    logistic = LogisticRegression(tol=1e-10, max_iter=10000)
    multiclass = RFE(logistic, n_features_to_select=2).fit(scaled, classes)
    values["rfe_ranking"] = multiclass.ranking_
    values["rfe_step_ranking"] = RFE(logistic, n_features_to_select=1, step=0.4).fit(scaled, binary).ranking_
    chosen = SelectFromModel(logistic).fit(scaled, classes)
    values["from_model"] = {
        "support": chosen.get_support(), "threshold": chosen.threshold_,
        "importances": numpy.abs(chosen.estimator_.coef_).sum(0),
    }
    values["from_model_median"] = SelectFromModel(logistic, threshold="1.1*median", max_features=2).fit(
        scaled, binary).get_support()
    return values


def main():
    text, number, y, classes, features = data()
    ordinal = OrdinalEncoder().fit_transform(pandas.DataFrame({"text": pandas.Series(text).where(pandas.notna(text), numpy.nan)}))
    rows = [{"text": t, "other": str(n)} if t is not None else {"other": str(n)} for t, n in zip(text, number)]
    dates = pandas.to_datetime(["2020-02-29 23:59:58", "1999-12-31 00:00:00", "2024-12-30 06:30:15", "1968-07-01 12:00:00"])
    circle = dates.dayofyear.to_numpy() - 1.0
    circle = 2 * numpy.pi * circle / numpy.where(dates.is_leap_year, 366, 365)
    values = {
        "versions": {"pandas": pandas.__version__, "numpy": numpy.__version__, "scikit-learn": sklearn.__version__},
        "data": {"text": list(text), "number": number, "y": y, "classes": list(classes), "features": features.T},
        "one_hot": one_hot(text, number),
        "ordinal": ordinal[:, 0],
        "frequency": {
            "shares": pandas.Series(text).map(pandas.Series(text).value_counts(normalize=True)).to_numpy(),
            "counts": pandas.Series(number).map(pandas.Series(number).value_counts()).to_numpy(),
        },
        "target": target(text, number, y, classes),
        "hashing": {
            "signed": FeatureHasher(16).transform(rows).toarray().astype(int).T,
            "unsigned": FeatureHasher(5, alternate_sign=False).transform(rows).toarray().astype(int).T,
        },
        "dates": {
            "seconds": ((dates - pandas.Timestamp(0)) // pandas.Timedelta(seconds=1)).to_numpy(),
            "year": dates.year.to_numpy(), "quarter": dates.quarter.to_numpy(), "month": dates.month.to_numpy(),
            "week": dates.isocalendar().week.to_numpy().astype(int), "day": dates.day.to_numpy(),
            "weekday": dates.weekday.to_numpy(), "day_of_year": dates.dayofyear.to_numpy(), "hour": dates.hour.to_numpy(),
            "minute": dates.minute.to_numpy(), "second": dates.second.to_numpy(),
            "day_of_year_sin": numpy.sin(circle), "day_of_year_cos": numpy.cos(circle),
            "month_sin": numpy.sin(2 * numpy.pi * (dates.month.to_numpy() - 1) / 12),
            "hour_cos": numpy.cos(2 * numpy.pi * dates.hour.to_numpy() / 24),
        },
        "texts": texts(),
        "selection": selection(y, classes, features),
    }
    # Lines of one top-level key each: small differences stay readable.
    body = ",\n".join(f"{json.dumps(key)}: {json.dumps(plain(value), ensure_ascii=False)}" for key, value in values.items())
    (HERE / "encoding.json").write_text("{\n" + body + "\n}\n")


main()
