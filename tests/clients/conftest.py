"""What the client tests share: the program, the registered kernel, and a kernel to talk to."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target/release/tunebook"
TOUR = ROOT / "notebooks/tour.ipynb"

# `tests/run` registers the kernel here, so that nothing of the user's own Jupyter is read or written.
JUPYTER = ROOT / "target/test-jupyter"
os.environ.update(
    JUPYTER_PATH=str(JUPYTER / "share/jupyter"),
    JUPYTER_DATA_DIR=str(JUPYTER / "data"),
    JUPYTER_CONFIG_DIR=str(JUPYTER / "config"),
    JUPYTER_RUNTIME_DIR=str(JUPYTER / "runtime"),
    # Where the kernels keep their history.
    XDG_DATA_HOME=str(JUPYTER / "data"),
)


def pytest_configure() -> None:
    if not (JUPYTER / "share/jupyter/kernels/tunebook/kernel.json").exists():
        pytest.exit("the kernel is not registered for the tests; run `tests/run clients` once", returncode=2)


def tunebook(*arguments: object, timeout: int = 300) -> subprocess.CompletedProcess[str]:
    """Runs the command line, without a terminal."""
    command = [str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)


def texts(notebook: dict) -> list[list[str]]:
    """The text of each code cell's outputs; neighbouring pieces of one stream are one, as a reader sees them."""
    return [cell_texts(cell) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def cell_texts(cell: dict) -> list[str]:
    pieces: list[tuple[str, str]] = []
    for output in cell["outputs"]:
        match output["output_type"]:
            case "stream":
                kind, text = output["name"], output["text"]
            case "error":
                kind, text = "error", f"{output['ename']}: {output['evalue']}"
            case kind:
                text = output["data"].get("text/plain", "")
        text = "".join(text)
        if pieces and output["output_type"] == "stream" and pieces[-1][0] == kind:
            text = pieces.pop()[1] + text
        pieces.append((kind, text))
    return [f"{kind}: {text}" for kind, text in pieces]
