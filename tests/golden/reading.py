"""Writes reading.json: what pandas and scipy make of the data that the tests of profiles and densities use.

python tests/golden/reading.py   # with the versions that the file names
"""

import json
from pathlib import Path

import numpy
import pandas
import scipy
from scipy.stats import gaussian_kde

HERE = Path(__file__).parent
PENGUINS = HERE.parent.parent / "workbench" / "src" / "data" / "penguins.csv"

penguins = pandas.read_csv(PENGUINS)
numbers = penguins.select_dtypes("number")
mass = penguins["body_mass_g"].dropna().to_numpy(float)
places = [3000.0, 3700.0, 4500.0, 6000.0]
std = mass.std(ddof=1)
q1, q3 = numpy.quantile(mass, [0.25, 0.75])
golden = {
    "versions": {"pandas": pandas.__version__, "scipy": scipy.__version__, "numpy": numpy.__version__},
    "correlations": {"columns": list(numbers.columns), "values": numbers.corr().to_numpy().tolist()},
    "quantiles": {name: numbers[name].quantile([0.05, 0.25, 0.5, 0.75, 0.95]).tolist() for name in numbers.columns},
    "density": {
        "start": float(mass.min() - 3 * std * len(mass) ** -0.2),
        "places": places,
        "scott": gaussian_kde(mass, "scott")(places).tolist(),
        "width_100": gaussian_kde(mass, 100.0 / std)(places).tolist(),
        "silverman_width": float(0.9 * min(std, (q3 - q1) / 1.34) * len(mass) ** -0.2),
    },
}
(HERE / "reading.json").write_text(json.dumps(golden, indent=1) + "\n")
