"""Machines that are not as a developer's is: little on PATH, a home that cannot be written to, names with spaces and letters of all kinds."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import nbformat
import pytest
from conftest import PROGRAM, texts

CACHE = Path(os.environ.get("TUNEBOOK_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tunebook")
CELLS = ["let v = vec![1.5, 2.5];", "v.iter().sum::<f64>()", 'df!["a" => [1, 2]]?.height()']


def run(folder: Path, environment: dict[str, str], name: str = "plain.ipynb") -> list[list[str]]:
    """Runs a notebook in nothing but this environment; what it put out, and an error as a failure."""
    folder.mkdir(parents=True, exist_ok=True)
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in CELLS])
    nbformat.write(document, folder / name)
    out = folder / "out.ipynb"
    ran = subprocess.run([PROGRAM, "run", folder / name, "-o", out], env=environment, capture_output=True, text=True, timeout=55, cwd=folder)
    assert ran.returncode == 0, ran.stderr
    return texts(nbformat.read(out, as_version=4))


@pytest.mark.parametrize(
    "environment",
    [
        {"HOME": str(Path.home()), "PATH": "/usr/bin:/bin"},
        {"PATH": "/usr/bin:/bin", "TUNEBOOK_CACHE": str(CACHE)},
        {"HOME": "/proc/nothing", "PATH": "/usr/bin:/bin", "TUNEBOOK_CACHE": str(CACHE), "LANG": "C"},
    ],
    ids=["no rustup on PATH", "no home", "a home that cannot be made"],
)
def test_a_bare_environment_is_enough(environment: dict[str, str], tmp_path: Path) -> None:
    if "TUNEBOOK_CACHE" in os.environ:
        environment = {"TUNEBOOK_CACHE": str(CACHE), **environment}
    assert run(tmp_path, environment) == [[], ["execute_result: 4.0"], ["execute_result: 2"]]


def test_names_may_have_spaces_and_any_letters(tmp_path: Path) -> None:
    temporary = tmp_path / "ein Ordner für 数据 & 'more'"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    folder = tmp_path / "мои тетради"
    assert run(folder, environment, "größe №1.ipynb") == [[], ["execute_result: 4.0"], ["execute_result: 2"]]
    assert list(temporary.iterdir()) == [], "something was left behind"
