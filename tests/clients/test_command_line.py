"""The command line on notebooks that fail, and on ones that are no notebooks."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest
from conftest import TOUR, texts, tunebook

KERNELSPEC = {"name": "tunebook", "display_name": "Rust (Tunebook)", "language": "rust"}


def write(path: Path, *cells: str, tags: tuple[str, ...] = ()) -> Path:
    """A notebook of code cells; the tags go to the first."""
    document = nbformat.v4.new_notebook(metadata={"kernelspec": KERNELSPEC})
    document.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    document.cells[0].metadata["tags"] = list(tags)
    nbformat.write(document, path)
    return path


def test_a_failing_cell_keeps_what_came_before(tmp_path: Path) -> None:
    notebook = write(tmp_path / "failing.ipynb", 'println!("before")', 'read_csv("no-such.csv")?', 'println!("after")')
    out = tmp_path / "out.ipynb"
    result = tunebook("run", notebook, "-o", out)
    assert result.returncode not in (0, None)
    assert "no-such.csv" in result.stderr
    document = nbformat.read(out, as_version=4)
    nbformat.validate(document)
    before, failing, after = texts(document)
    assert before == ["stdout: before\n"]
    assert len(failing) == 1 and failing[0].startswith("error: ") and "no-such.csv" in failing[0]
    assert after == [] and document.cells[2].execution_count is None


def test_a_parameter_replaces_the_default(tmp_path: Path) -> None:
    notebook = write(tmp_path / "parameters.ipynb", "let rate = 0.5;", 'println!("{rate}")', tags=("parameters",))
    out = tmp_path / "out.ipynb"
    result = tunebook("run", notebook, "-o", out, "-p", "rate=0.25")
    assert result.returncode == 0, result.stderr
    document = nbformat.read(out, as_version=4)
    assert texts(document)[-1] == ["stdout: 0.25\n"]
    assert document.cells[1].metadata.tags == ["injected-parameters"]
    assert nbformat.read(notebook, as_version=4).cells[1].source == 'println!("{rate}")'


def test_a_wrong_parameter_name_is_refused(tmp_path: Path) -> None:
    notebook = write(tmp_path / "parameters.ipynb", "let rate = 0.5;", 'println!("{rate}")', tags=("parameters",))
    out = tmp_path / "out.ipynb"
    result = tunebook("run", notebook, "-o", out, "-p", "ratio=0.25")
    assert result.returncode != 0
    assert "ratio" in result.stderr and "rate" in result.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "EOF"),
        (b"not json", "line 1"),
        (b'{"nbformat": 4}', "metadata"),
        (b'{"cells": [], "metadata": {}, "nbformat": 99, "nbformat_minor": 0}', "99"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
    ids=["empty", "not json", "truncated", "from the future", "not text"],
)
@pytest.mark.parametrize("command", ["run", "report"])
def test_a_corrupt_notebook_is_named(command: str, content: bytes, named: str, tmp_path: Path) -> None:
    notebook = tmp_path / "corrupt.ipynb"
    notebook.write_bytes(content)
    out = tmp_path / "out"
    result = tunebook(command, notebook, "-o", out)
    assert result.returncode != 0
    assert str(notebook) in result.stderr and named.lower() in result.stderr.lower(), result.stderr
    assert "panicked" not in result.stderr
    assert notebook.read_bytes() == content and not out.exists()


def test_a_missing_notebook_is_named(tmp_path: Path) -> None:
    result = tunebook("run", tmp_path / "none.ipynb")
    assert result.returncode != 0
    assert "none.ipynb" in result.stderr


def test_the_report_opens_offline(tmp_path: Path) -> None:
    out = tmp_path / "tour.html"
    result = tunebook("report", TOUR, "-o", out)
    assert result.returncode == 0, result.stderr
    page = out.read_text(encoding="utf-8")
    assert "<table" in page and "<svg" in page
    fetched = re.findall(r"""<(?:script|img|iframe|link|source)\b[^>]*?(?:src|href)=["']?(?!data:|#)([^"'\s>]+)""", page)
    assert fetched == []
    assert re.findall(r"@import|url\((?![\"']?(?:data:|#))", page) == []


def test_doctor_finds_nothing_missing() -> None:
    result = tunebook("doctor")
    assert result.returncode == 0, result.stdout + result.stderr
    for word in ("rustc", "linker", "cache", "kernelspec", "Python"):
        assert word.lower() in result.stdout.lower()


def test_install_and_uninstall(tmp_path: Path) -> None:
    spec = tmp_path / "share/jupyter/kernels/tunebook"
    assert tunebook("install", "--prefix", tmp_path).returncode == 0
    assert {"kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"} <= {path.name for path in spec.iterdir()}
    assert tunebook("uninstall", "--prefix", tmp_path).returncode == 0
    assert not spec.exists()


def test_install_names_the_engine(tmp_path: Path) -> None:
    assert tunebook("install", "--prefix", tmp_path, "--engine", "evcxr").returncode == 0
    spec = json.loads((tmp_path / "share/jupyter/kernels/tunebook/kernel.json").read_text())
    assert spec["argv"][-2:] == ["--engine", "evcxr"]


def test_verbose_says_where_the_time_went(tmp_path: Path) -> None:
    ran = tunebook("run", write(tmp_path / "short.ipynb", "let x = 1;", "x + 1"), "--verbose")
    assert ran.returncode == 0, ran.stderr
    lines = [line for line in ran.stderr.splitlines() if line.startswith("[")]
    assert len(lines) == 2
    for line in lines:
        assert re.search(r"analysis \d+, compile \d+ in 1 call, link \d+, load \d+, run \d+, display \d+", line), line
