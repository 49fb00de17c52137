"""Bad input in a notebook: an error that says what, where and what is allowed; the kernel goes on with its variables."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import TOUR
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

SETUP = """\
let kept = 41;
let frame = read_csv("data/penguins.csv")?;
let known = drop_missing(&frame, &["sex"])?;
let features = ["bill_length_mm", "bill_depth_mm"];
let data = Dataset::from_frame(&known.select([features[0], features[1], "sex"])?, "sex")?;
"""

# The cell, and what its error has to name.
BAD_INPUT = {
    "a missing file": ('read_csv("data/penguin.csv")?', ["data/penguin.csv", "notebooks"]),
    "a ragged csv": ("read_csv(ragged)?", ["ragged.csv", "line 3", "1 field", "has 2"]),
    "an unknown column": ('Dataset::from_frame(&known, "sexe")?', ["`sexe`", "`sex`"]),
    "a missing target": ('Dataset::from_frame(&frame, "sex")?', ["`sex`", "11 of 344"]),
    "a constant column": (
        'StandardScaler::new().fit(&df!["one" => [1.0, 1.0, 1.0]]?)?',
        ["`one`", "constant"],
    ),
    "an all-missing column": (
        'Imputer::new(Strategy::Median).fit(&df!["gone" => [None::<f64>, None]]?)?',
        ["`gone`", "missing"],
    ),
    "one class": (
        'LogisticRegression::new().fit(&Dataset::from_frame(&df!["x" => [1.0, 2.0], "y" => ["a", "a"]]?, "y")?)?',
        ['"a"', "two classes"],
    ),
    "too many folds": (
        "cross_validate(&LogisticRegression::new(), &data, &StratifiedKFold::new(200), &[\"accuracy\"])?",
        ["200", '"female"', "165"],
    ),
    "nan in the input": (
        'LogisticRegression::new().fit(&Dataset::from_frame(&df!["x" => [1.0, f64::NAN], "y" => ["a", "b"]]?, "y")?)?',
        ["`x`", "row 1", "missing"],
    ),
    "an unknown penalty": ('"l3".parse::<Penalty>()?', ["l3", "l1", "l2", "none"]),
    "a wrong parameter name": (
        'GridSearch::new(LogisticRegression::new()).param("c", [0.1, 1.0]).fit(&data)?',
        ['"c"', "C"],
    ),
    "a type error": ("let text: &str = 5;", ["mismatched types"]),
    "a panic": ("Vec::<i32>::new()[3]", ["index out of bounds"]),
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlockingKernelClient]:
    ragged = tmp_path_factory.mktemp("data") / "ragged.csv"
    ragged.write_text("a,b\n1,2\n3\n")
    manager, client = start_new_kernel(kernel_name="tunebook", cwd=str(TOUR.parent))
    reply = client.execute_interactive(f'{SETUP}let ragged = "{ragged}";', timeout=60, output_hook=lambda message: None)
    assert reply["content"]["status"] == "ok", reply["content"]
    yield client
    client.stop_channels()
    manager.shutdown_kernel()


@pytest.mark.parametrize("name", BAD_INPUT)
def test_error_and_go_on(client: BlockingKernelClient, name: str) -> None:
    code, named = BAD_INPUT[name]
    outputs: list[dict] = []
    reply = client.execute_interactive(code, timeout=50, output_hook=outputs.append)["content"]
    assert reply["status"] == "error", outputs
    said = reply["evalue"] + "\n" + "\n".join(reply["traceback"])
    assert [part for part in named if part not in said] == [], said

    shown: list[dict] = []
    after = client.execute_interactive("kept + 1", timeout=50, output_hook=shown.append)["content"]
    assert after["status"] == "ok"
    assert [message["content"]["data"]["text/plain"] for message in shown if message["msg_type"] == "execute_result"] == ["42"]
