"""A long session: thousands of cells in one kernel, with its memory and file handles as it goes.

    .venv/bin/python benches/soak.py [--cells 2000]

Prints a line for each tenth of the cells: seconds for a cell, and, for the kernel and for the process that runs cells, the resident
memory in MB, the open files, the threads, and the mapped objects. `tests/run clients` has to have registered the kernel.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/clients"))
import conftest  # noqa: E402, F401  (sets the variables by which Jupyter finds the kernel)
from jupyter_client.manager import start_new_kernel  # noqa: E402

# What notebooks do all day; none of it leaves more behind than it found.
CELLS = [
    "let n = {i}; n * 2",
    "for i in 0..50 {{ println!(\"line {{i}} of {i}\"); }}",
    "let df = df![\"a\" => [1.0, 2.0, 3.0], \"k\" => [\"x\", \"y\", \"x\"]]?; df",
    "let v: Vec<u64> = (0..1000).collect(); v.iter().sum::<u64>()",
    "fn twice(x: i64) -> i64 {{ 2 * x }} twice({i})",
    "display(&Html(\"<b>{i}</b>\".into()));",
    "let s = format!(\"{{}}\", {i}); s.len()",
    "this_is_an_error_{i}",
]


def process_of(kernel_pid: int) -> int:
    """The process that runs cells: the child of the kernel that has the workbench loaded."""
    for task in Path(f"/proc/{kernel_pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            if "libworkbench" in Path(f"/proc/{child}/maps").read_text() and Path(f"/proc/{child}/comm").read_text().strip() == "tunebook":
                return int(child)
    return 0


def figures(pid: int) -> str:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    mapped = {line.split()[5] for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if ".so" in line}
    rss = int(status["VmRSS"].split()[0]) / 1024
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return f"{rss:8.1f} MB {files:4d} files {status['Threads'].strip():>3} threads {len(mapped):5d} objects"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cells", type=int, default=2000)
    n_cells = parser.parse_args().cells
    manager, client = start_new_kernel(kernel_name="tunebook")
    try:
        kernel = manager.provisioner.pid
        client.execute_interactive("1 + 1", timeout=60, output_hook=lambda message: None)
        began = time.monotonic()
        for i in range(n_cells):
            code = CELLS[i % len(CELLS)].format(i=i)
            reply = client.execute_interactive(code, timeout=60, output_hook=lambda message: None)["content"]
            assert (reply["status"] == "error") == code.startswith("this_is"), reply
            if i % (n_cells // 10) == n_cells // 10 - 1:
                seconds = (time.monotonic() - began) / (n_cells // 10)
                print(f"{i + 1:5d} cells {seconds:6.3f} s  kernel {figures(kernel)}  cells {figures(process_of(kernel))}", flush=True)
                began = time.monotonic()
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


if __name__ == "__main__":
    main()
