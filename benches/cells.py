"""How long cells take, from the request to idle, through jupyter_client; beside evcxr_jupyter where that is given.

    .venv/bin/python benches/cells.py                       # Tunebook alone
    .venv/bin/python benches/cells.py --peer target/peers/bin/evcxr_jupyter --record

The program must be built and its workbench prepared (`tests/run rust` does both). The peer is installed by
`cargo install evcxr_jupyter --version =0.22.0 --locked --root target/peers`; its first start compiles the workbench's crates for
itself, about 15 minutes, into /var/tmp/tunebook-peers, where the next start finds them.

The kernels take turns, cell by cell. `--record` adds the medians to benches/history.csv.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import functools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).resolve().parents[1]
TOUR = ROOT / "notebooks/tour.ipynb"
HISTORY = ROOT / "benches/history.csv"

# The name, the code, and at most how many seconds it may take (None: not asked).
CELLS = [
    ("1 + 1", "1 + 1", 0.12),
    ("println!", 'println!("hello");', 0.12),
    ("let v = vec![...]", "let v = vec![1, 2, 3];", 0.20),
    ("v.len()", "v.len()", 0.12),
    ("a new fn", "fn half(x: f64) -> f64 { x / 2.0 }", 0.20),
    ("a new struct with an impl", "struct P { x: i32 }\nimpl P { fn x(&self) -> i32 { self.x } }", 0.20),
    ("a new frame, shown", 'df!["a" => [1, 2, 3], "b" => [1.5, 2.5, 3.5]]?', 0.40),
    ("lazy group_by, shown", 'penguins()?.lazy().group_by_stable([col("species")]).agg([col("body_mass_g").mean()]).collect()?', 0.40),
    (
        "join, shown",
        'df!["k" => [1, 2, 3], "b" => [1.5, 2.5, 3.5]]?.lazy().join(df!["k" => [2, 3, 4], "c" => [1, 2, 3]]?.lazy(), '
        '[col("k")], [col("k")], JoinArgs::new(JoinType::Inner)).collect()?',
        0.40,
    ),
    (
        "a pipeline, cross-validated",
        'let data = Dataset::from_frame(&drop_missing(&penguins()?.select(["bill_length_mm", "bill_depth_mm", "body_mass_g", "sex"])?, &["sex"])?, "sex")?;\n'
        'cross_validate(&Pipeline::new().step("scale", StandardScaler::new()).estimator("logistic", LogisticRegression::new()), '
        '&data, &StratifiedKFold::new(5), &["accuracy"])?',
        0.40,
    ),
    ("a type error", "let s: String = 1;", 0.30),
]
FRAME_CELL = 'let frame = df!["a" => [1, 2, 3]]?;'
# Of numbers with a point, and of integers, whose overflow is checked in a cell and not by `rustc -O`.
LOOPS = {
    "floats": "let mut sum = 0.0_f64;\nfor i in 0..100_000_000_u64 {\n    sum += (i as f64 * 1e-9).sqrt();\n}\n",
    "integers": "let mut sum = 0_u64;\nfor i in 0..100_000_000_u64 {\n    sum += (i ^ (i >> 3)) % 1000;\n}\n",
}


class Kernel:
    """A kernel process and the client that talks to it."""

    def __init__(self, name: str, argv: list[str], environment: dict[str, str], setup: list[str], patience: float = 120) -> None:
        self.name, self.setup, self.patience = name, setup, patience
        self.manager = KernelManager(kernel_name=name)
        self.manager._kernel_spec = KernelSpec(argv=argv, display_name=name, language="rust", interrupt_mode="message")
        self.environment = {**os.environ, **environment}

    def start(self) -> float:
        """Starts, and returns the seconds to the reply to the first kernel_info request."""
        started = time.perf_counter()
        self.manager.start_kernel(env=self.environment, cwd=TOUR.parent)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.kernel_info(reply=True, timeout=self.patience)
        return time.perf_counter() - started

    def run(self, code: str) -> float:
        started = time.perf_counter()
        self.reply = self.client.execute_interactive(code, timeout=self.patience, output_hook=lambda message: None)
        return time.perf_counter() - started

    def text(self, code: str) -> str:
        found: list[str] = []

        def keep(message: dict) -> None:
            found.append(message["content"].get("data", {}).get("text/plain", ""))

        self.client.execute_interactive(code, timeout=self.patience, output_hook=keep)
        return "".join(found)

    def make_ready(self) -> float:
        return sum(self.run(code) for code in self.setup)

    def memory(self) -> list[tuple[str, float]]:
        """The resident megabytes of the kernel and of what it has started, by what they are."""
        kernel = psutil.Process(self.manager.provisioner.pid)
        rows = [("kernel", kernel)]
        rows += [("waiting compiler" if "rustc" in child.name() else "child", child) for child in kernel.children(recursive=True)]
        return [(what, process.memory_info().rss / 1e6) for what, process in rows]

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def tunebook() -> Kernel:
    program = ROOT / "target/release/tunebook"
    return Kernel("tunebook", [str(program), "kernel", "-f", "{connection_file}"], {}, [])


def evcxr(program: Path) -> Kernel:
    # Outside of the workspace, of which cargo would take its project for a member; and outside of the home, since it finds the
    # standard library by a relative path that is one step short where the two have a beginning in common.
    folder = Path("/var/tmp/tunebook-peers/evcxr")
    folder.mkdir(parents=True, exist_ok=True)
    # Without the lock file it would resolve the crates anew, and without network not at all.
    (folder / "Cargo.lock").write_bytes((ROOT / "Cargo.lock").read_bytes())
    setup = [f':dep workbench = {{ path = "{ROOT / "workbench"}" }}', "use workbench::prelude::*;"]
    return Kernel("evcxr", [str(program), "--control_file", "{connection_file}"], {"EVCXR_TMPDIR": str(folder)}, setup, 3600)


def starts(make, rounds: int) -> dict[str, list[float]]:
    """Times from a start. What a kernel has to be told before its first cell, so that it has the workbench, counts."""
    times: dict[str, list[float]] = {name: [] for name in ("start to kernel_info", "start to a first 1 + 1", "start to a first frame", "restart to the next result")}
    for _ in range(rounds):
        kernel = make()
        info = kernel.start()
        times["start to kernel_info"].append(info)
        times["start to a first 1 + 1"].append(info + kernel.make_ready() + kernel.run("1 + 1"))
        started = time.perf_counter()
        kernel.manager.restart_kernel(now=False, env=kernel.environment, cwd=TOUR.parent)
        kernel.client.kernel_info(reply=True, timeout=kernel.patience)
        kernel.make_ready()
        kernel.run("1 + 1")
        times["restart to the next result"].append(time.perf_counter() - started)
        kernel.stop()
        kernel = make()
        info = kernel.start()
        times["start to a first frame"].append(info + kernel.make_ready() + kernel.run(FRAME_CELL))
        kernel.stop()
    return times


def rounds_of_cells(kernels: list[Kernel], rounds: int, pause: float, peer_rounds: int = 0) -> dict[str, dict[str, list[float]]]:
    times = {kernel.name: {name: [] for name, _, _ in CELLS} for kernel in kernels}
    for turn in range(rounds):
        for name, code, _ in CELLS:
            for kernel in kernels[: 1 if turn >= peer_rounds else None]:
                times[kernel.name][name].append(kernel.run(code))
                time.sleep(pause)
    return times


def grow(kernel: Kernel) -> None:
    """Makes a long session: 200 cells, of which 60 define functions and 20 structs that build upon one another."""
    for index in range(200):
        if index < 60:
            callee = f"f{index - 1}(x)" if index % 5 else "x"
            kernel.run(f"fn f{index}(x: f64) -> f64 {{ {callee} + {index}.0 }}")
        elif index < 80:
            kernel.run(f"#[derive(Clone, Debug)] struct S{index} {{ a: f64 }}\nimpl S{index} {{ fn a(&self) -> f64 {{ f{index - 60}(self.a) }} }}")
        elif index % 2:
            kernel.run(f"let x{index} = f{index % 60}({index}.0);")
        else:
            kernel.run(f"let s{index} = S{60 + index % 20} {{ a: {index}.0 }}; s{index}.a()")


def loop_ratio(kernel: Kernel, loop: str, rounds: int) -> tuple[float, float]:
    """The loop's own time in a cell and in a program of `rustc -O`, in seconds."""
    timed = f'let started = std::time::Instant::now();\n{loop}println!("{{}} {{sum}}", started.elapsed().as_secs_f64());'
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder) / "main.rs", Path(folder) / "main"
        source.write_text(f"fn main() {{ {timed} }}")
        subprocess.run(["rustc", "-O", "--edition", "2024", "-o", program, source], check=True)
        ours, theirs = [], []
        for _ in range(rounds):
            texts: list[str] = []
            kernel.client.execute_interactive(timed, timeout=120, output_hook=lambda message: texts.append(message["content"].get("text", "")))
            ours.append(float("".join(texts).split()[0]))
            theirs.append(float(subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()[0]))
    return statistics.median(ours), statistics.median(theirs)


def p95(row: list[float]) -> float:
    return statistics.quantiles(row, n=20)[-1] if len(row) > 1 else row[0]


def line(name: str, own: list[float], limit: float | None, peer: list[float] | None) -> str:
    median = statistics.median(own)
    text = f"{name:<34}{median:8.3f}{p95(own):8.3f}" + (f"{limit:8.2f}{'' if median <= limit else ' !'}" if limit else " " * 8)
    if peer:
        text = f"{text:<62}{statistics.median(peer):8.3f}{p95(peer):8.3f}{statistics.median(peer) / median:7.1f}x"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--peer-rounds", type=int, default=9, help="in how many of the rounds the peer takes part [default: 9]")
    parser.add_argument("--peer-starts", type=int, default=2, help="how often the peer is started for the times of that [default: 2]")
    parser.add_argument("--pause", type=float, default=0.2, help="seconds between cells, as a person takes them [default: 0.2]")
    parser.add_argument("--peer", type=Path, help="the program evcxr_jupyter")
    parser.add_argument("--record", action="store_true", help="add the medians to benches/history.csv")
    arguments = parser.parse_args()
    rows: list[tuple[str, list[float], float | None, list[float] | None]] = []

    limits = {"start to kernel_info": 0.3, "start to a first 1 + 1": 0.6, "start to a first frame": 1.0, "restart to the next result": 0.8}
    own = starts(tunebook, arguments.rounds)
    if arguments.peer:
        make_peer = functools.partial(evcxr, arguments.peer.resolve())
        # The first start of all compiles the workbench's crates, which is no start.
        first = make_peer()
        first.start()
        print(f"{first.name}: {first.make_ready():.0f} s to make the workbench ready", file=sys.stderr)
        first.stop()
    peer_starts = starts(make_peer, arguments.peer_starts) if arguments.peer else {}
    rows += [(name, own[name], limit, peer_starts.get(name)) for name, limit in limits.items()]

    kernels = [tunebook()] + ([make_peer()] if arguments.peer else [])
    for kernel in kernels:
        kernel.start()
        kernel.make_ready()
    times = rounds_of_cells(kernels, arguments.rounds, arguments.pause, arguments.peer_rounds)
    peer = times.get("evcxr")
    rows += [(name, times["tunebook"][name], limit, peer and peer[name]) for name, _, limit in CELLS]
    for kernel in kernels:
        print(f"{kernel.name} after these cells, MB: " + ", ".join(f"{what} {size:.0f}" for what, size in kernel.memory()), file=sys.stderr)
        kernel.stop()

    kernel = tunebook()
    kernel.start()
    grow(kernel)
    after = rounds_of_cells([kernel], arguments.rounds, arguments.pause)["tunebook"]
    rows += [(f"{name}, after 200 cells", after[name], limit and 1.2 * limit, None) for name, _, limit in CELLS]
    kernel.stop()

    heads = f"{'seconds':<34}{'p50':>8}{'p95':>8}{'at most':>8}"
    print(f"{heads:<62}{'evcxr':>8}{'p95':>8}{'ratio':>8}" if arguments.peer else heads)
    for row in rows:
        print(line(*row))

    kernel = tunebook()
    kernel.start()
    for cell in json.loads(TOUR.read_text())["cells"]:
        if cell["cell_type"] == "code":
            kernel.run("".join(cell["source"]))
            assert kernel.reply["content"]["status"] == "ok", kernel.reply["content"]["evalue"]
    calls = re.findall(r"^\s*In\[\d+\]\s+\S+\s+\S+\s+(\d+)", kernel.text(":timing"), re.MULTILINE)
    print(f"\ncompiler calls in the tour's last {len(calls)} cells: {' '.join(calls)}")
    memory = kernel.memory()
    resident = sum(size for what, size in memory if what != "waiting compiler")
    print("resident after the tour, MB: " + ", ".join(f"{what} {size:.0f}" for what, size in memory) + f"; kernel and child {resident:.0f} of at most 600")
    loops = {name: loop_ratio(kernel, loop, 5) for name, loop in LOOPS.items()}
    for name, (ours, theirs) in loops.items():
        print(f"a loop of 10⁸ steps, {name}: {ours:.3f} s in a cell, {theirs:.3f} s by rustc -O, ratio {ours / theirs:.2f} of at most 1.10")
    kernel.stop()

    if arguments.record:
        version = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
        is_new = not HISTORY.exists()
        with HISTORY.open("a", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if is_new:
                writer.writerow(["date", "version", "what", "median_s", "p95_s", "evcxr_median_s"])
            today = datetime.date.today().isoformat()
            for name, own, _, peer in rows:
                writer.writerow([today, version, name, f"{statistics.median(own):.4f}", f"{p95(own):.4f}", f"{statistics.median(peer):.4f}" if peer else ""])
            for name, (ours, theirs) in loops.items():
                writer.writerow([today, version, f"loop of 1e8 steps, {name}, ratio to rustc -O", f"{ours / theirs:.4f}", "", ""])
            writer.writerow([today, version, "resident MB after the tour, kernel and child", f"{resident:.1f}", "", ""])


if __name__ == "__main__":
    main()
