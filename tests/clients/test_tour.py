"""The tour through each client that people run notebooks with: every one gets the same text, every time."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import papermill
import papermill.translators
import pytest
from conftest import TOUR, texts, tunebook

# How often each client runs the tour.
REPEAT = int(os.environ.get("TUNEBOOK_REPEAT", "1"))
TIMEOUT_S = 300
# One for each topic, beside the tour.
OTHERS = ["data", "augment", "selection", "estimators"]


def with_nbclient(notebook: Path, out: Path) -> None:
    document = nbformat.read(notebook, as_version=4)
    client = nbclient.NotebookClient(document, timeout=TIMEOUT_S, resources={"metadata": {"path": str(notebook.parent)}})
    client.execute()
    nbformat.write(document, out)


def with_papermill(notebook: Path, out: Path) -> None:
    papermill.execute_notebook(notebook, out, cwd=notebook.parent, progress_bar=False, execution_timeout=TIMEOUT_S)


def with_nbconvert(notebook: Path, out: Path) -> None:
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", f"--ExecutePreprocessor.timeout={TIMEOUT_S}"]
    subprocess.run([*command, f"--output={out}", str(notebook)], check=True, capture_output=True, stdin=subprocess.DEVNULL)


def with_tunebook(notebook: Path, out: Path) -> None:
    result = tunebook("run", notebook, "-o", out)
    assert result.returncode == 0, result.stderr


CLIENTS = {"nbclient": with_nbclient, "papermill": with_papermill, "nbconvert": with_nbconvert, "tunebook": with_tunebook}


@functools.cache
def reference() -> list[list[str]]:
    """The tour's text as `tunebook run` first gave it."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "tour.ipynb"
        with_tunebook(TOUR, out)
        return texts(nbformat.read(out, as_version=4))


@pytest.mark.parametrize("repetition", range(REPEAT))
@pytest.mark.parametrize("client", CLIENTS)
def test_same_text_everywhere(client: str, repetition: int, tmp_path: Path) -> None:
    out = tmp_path / "tour.ipynb"
    CLIENTS[client](TOUR, out)
    document = nbformat.read(out, as_version=4)
    nbformat.validate(document)
    counts = [cell.execution_count for cell in document.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    assert texts(document) == reference()


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_notebooks_run_and_say_the_same_again(name: str, tmp_path: Path) -> None:
    runs = []
    for turn in range(2):
        out = tmp_path / f"{turn}.ipynb"
        with_tunebook(TOUR.parent / f"{name}.ipynb", out)
        runs.append(texts(nbformat.read(out, as_version=4)))
    assert len(runs[0]) >= 13
    assert runs[0] == runs[1]


@pytest.mark.parametrize("name", ["tour", *OTHERS])
def test_notebooks_are_committed_without_outputs(name: str) -> None:
    document = nbformat.read(TOUR.parent / f"{name}.ipynb", as_version=4)
    nbformat.validate(document)
    assert document.metadata.kernelspec == {"name": "tunebook", "display_name": "Rust (Tunebook)", "language": "rust"}
    for cell in document.cells:
        if cell.cell_type == "code":
            assert (cell.execution_count, cell.outputs) == (None, [])


class RustTranslator(papermill.translators.Translator):
    """Parameters as `let` statements: what a user of papermill registers once."""

    @classmethod
    def translate_none(cls, value: None) -> str:
        return "None::<f64>"

    @classmethod
    def assign(cls, name: str, value: str) -> str:
        return f"let {name} = {value};"

    @classmethod
    def comment(cls, text: str) -> str:
        return f"// {text}".strip()


def test_papermill_and_tunebook_inject_the_same_parameter(tmp_path: Path) -> None:
    papermill.translators.papermill_translators.register("rust", RustTranslator)
    by_papermill, by_tunebook = tmp_path / "papermill.ipynb", tmp_path / "tunebook.ipynb"
    papermill.execute_notebook(TOUR, by_papermill, {"test_fraction": 0.4}, cwd=TOUR.parent, progress_bar=False)
    result = tunebook("run", TOUR, "-o", by_tunebook, "-p", "test_fraction=0.4")
    assert result.returncode == 0, result.stderr
    documents = [nbformat.read(path, as_version=4) for path in (by_papermill, by_tunebook)]
    for document in documents:
        injected = [cell for cell in document.cells if "injected-parameters" in cell.metadata.get("tags", [])]
        assert ["let test_fraction = 0.4;" in cell.source for cell in injected] == [True]
    assert texts(documents[0]) == texts(documents[1])
    assert texts(documents[1]) != reference()
