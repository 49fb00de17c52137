"""The peer of preprocess.rs: does a job for each line read, and answers with its seconds."""

import gc
import sys
import time

import numpy
import pandas
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder

SHAPES = {"tall": (1_000_000, 20), "wide": (10_000, 2_000)}


def numbers(shape):
    generator = numpy.random.default_rng(0)
    values = generator.normal(size=SHAPES[shape])
    values[generator.random(values.shape) < 0.05] = numpy.nan
    return values


def categories(n_categories):
    generator = numpy.random.default_rng(1)
    names = numpy.array([f"category {n:03}" for n in range(n_categories)], dtype=object)
    return pandas.DataFrame({f"c{n:02}": names[generator.integers(0, n_categories, 1_000_000)] for n in range(20)})


def cleaned(frame):
    filled = frame.fillna(frame.mean())
    inside = ((filled - filled.mean()).abs() <= 3 * filled.std(ddof=0)).all(axis=1)
    return filled[inside].astype("float32")


class Data:
    """Made when it is first asked for, since the jobs of one kind need not know of the others' data."""

    def __init__(self):
        self.made = {}

    def __call__(self, name):
        if name not in self.made:
            if name in SHAPES:
                self.made[name] = numbers(name)
            elif name.startswith("frame_"):
                self.made[name] = pandas.DataFrame(self(name.removeprefix("frame_")))
            elif name == "target":
                self.made[name] = numpy.random.default_rng(2).normal(size=1_000_000)
            else:
                self.made[name] = categories(int(name))
        return self.made[name]


data = Data()


def read_and_describe():
    return pandas.read_csv(sys.argv[-1]).describe(include="all")


JOBS = {}
for shape in SHAPES:
    JOBS[f"mean_standardise_{shape}"] = lambda shape=shape: make_pipeline(SimpleImputer(), StandardScaler()).fit_transform(data(shape))
    JOBS[f"median_{shape}"] = lambda shape=shape: SimpleImputer(strategy="median").fit_transform(data(shape))
    JOBS[f"clean_{shape}"] = lambda shape=shape: cleaned(data(f"frame_{shape}"))
JOBS["one_hot_sparse"] = lambda: OneHotEncoder().fit_transform(data("10"))
JOBS["one_hot_dense"] = lambda: OneHotEncoder(sparse_output=False, dtype=numpy.uint8).fit_transform(data("10"))
JOBS["target"] = lambda: TargetEncoder(target_type="continuous", random_state=0).fit_transform(data("100"), data("target"))
JOBS["csv"] = read_and_describe

WARM = {"mean_standardise": lambda shape: data(shape), "median": lambda shape: data(shape), "clean": lambda shape: data(f"frame_{shape}")}

for line in sys.stdin:
    job = line.strip()
    kind, _, shape = job.rpartition("_")
    WARM.get(kind, lambda _: None)(shape)
    if job.startswith("one_hot"):
        data("10")
    if job == "target":
        data("100"), data("target")
    start = time.perf_counter()
    result = JOBS[job]()
    seconds = time.perf_counter() - start
    del result
    gc.collect()
    print(seconds, flush=True)
