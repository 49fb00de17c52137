"""How cells are best compiled: one call of rustc for each way and kind of cell, in turns, against the prepared workbench.

    .venv/bin/python benches/policies.py [--rounds 15]

Prints the median seconds of a whole call, from the start of the compiler; a cell of a notebook finds one started ahead, which saves 0.06 s.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

CELLS = {
    "1 + 1": "cell.store(\"x\", 1 + 1);",
    "a group_by": """let frame = df!["k" => ["a", "b", "a"], "v" => [1.0, 2.0, 3.0]]?;
        let mean = frame.lazy().group_by([col("k")]).agg([col("v").mean()]).collect()?; cell.store("mean", mean);""",
    "a pipeline": """let data = Dataset::from_frame(&penguins()?, "species")?;
        let pipeline = Pipeline::new().step("scale", StandardScaler::new()).estimator("logistic", LogisticRegression::new());
        cell.store("scores", cross_validate(&pipeline, &data, &StratifiedKFold::new(5), &["accuracy"])?);""",
    "a loop": """let start = std::time::Instant::now(); let mut sum = 0.0_f64;
        for i in 0..20_000_000_u64 { sum += (i as f64 * 1e-9).sqrt(); } println!("{} {sum}", start.elapsed().as_secs_f64());""",
}
QUICK = ["-C", "opt-level=0", "-C", "codegen-units=2"]
# The name of the way, its flags, and whether the cell sees the shared instances.
WAYS = [
    ("unoptimised, shared instances, 2 units", QUICK, True),
    ("  with 1 unit", ["-C", "opt-level=0", "-C", "codegen-units=1"], True),
    ("  with 16 units", ["-C", "opt-level=0", "-C", "codegen-units=16"], True),
    ("  with -C incremental", [*QUICK, "-C", "incremental=cache"], True),
    ("  without shared instances", QUICK, False),
    ("level 1, 1 unit", ["-C", "opt-level=1", "-C", "codegen-units=1"], True),
    ("level 3, 1 unit", ["-C", "opt-level=3", "-C", "codegen-units=1"], True),
    ("level 3, 16 units", ["-C", "opt-level=3", "-C", "codegen-units=16"], True),
]


def preload() -> Path:
    cache = os.environ.get("TUNEBOOK_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "tunebook")
    return max(Path(cache).glob("preload-*/preload.json"), key=lambda path: path.stat().st_mtime).parent


def command(folder: Path, work: Path, flags: list[str]) -> list[str]:
    manifest = json.loads((folder / "preload.json").read_text())
    externs = [part for name, file in manifest["externs"] for part in ("--extern", f"{name}={folder / file}")]
    linker = manifest["linker"]
    link = ["-C", f"linker={linker['program']}", "-C", f"linker-flavor={linker['flavor']}"] if linker else []
    return [
        manifest["rustc"], "cell.rs", "--crate-name", "cell", "--crate-type", "cdylib", "--edition", "2024", "-A", "warnings",
        "-C", "prefer-dynamic", "-C", "debuginfo=0", "-C", "overflow-checks=on", *flags, *externs,
        "-L", f"dependency={folder}", "-L", f"dependency={folder / 'deps'}", *link, "-C", "link-arg=--allow-shlib-undefined",
        "-o", str(work / "libcell.so"),
    ]  # fmt: skip


def source(code: str, is_shared: bool) -> str:
    shared = "extern crate tunebook_instances as _;\n" if is_shared else ""
    return (
        f"extern crate tunebook_runtime as tb;\n{shared}use workbench::prelude::*;\n"
        f"#[unsafe(no_mangle)] pub fn run(cell: &mut tb::Cell<'_>) {{ cell.guard(|cell| {{ {code}\nOk(()) }}); }}\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    folder = preload()
    times: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory() as work:
        for turn in range(rounds + 1):
            for cell, code in CELLS.items():
                for way, flags, is_shared in WAYS:
                    # Another text each time, as the cells of a notebook are.
                    Path(work, "cell.rs").write_text(source(f"let _ = {turn};{code}", is_shared))
                    started = time.perf_counter()
                    subprocess.run(command(folder, Path(work), flags), cwd=work, check=True)
                    # The first turn fills the caches.
                    if turn:
                        times.setdefault((way, cell), []).append(time.perf_counter() - started)
    print(f"{'seconds':<42}" + "".join(f"{cell:>14}" for cell in CELLS))
    for way, _, _ in WAYS:
        print(f"{way:<42}" + "".join(f"{statistics.median(times[way, cell]):14.3f}" for cell in CELLS))


if __name__ == "__main__":
    main()
