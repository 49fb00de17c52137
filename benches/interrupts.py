"""How long a cell takes to end after an interrupt, and whether the notebook's variables live on.

    .venv/bin/python benches/interrupts.py [--repeat 3]

Each cell is interrupted by message 2.5 s after it was sent; the time is from then to idle, the longest of the repeats. `tests/run clients`
has to have registered the kernel.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/clients"))
import conftest  # noqa: E402, F401  (sets the variables by which Jupyter finds the kernel)
from jupyter_client.manager import start_new_kernel  # noqa: E402

DATA = """
fn noise(n: usize) -> Vec<f64> {
    let mut state = 7u64;
    let mut next = || { state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407); (state >> 33) as f64 / 2f64.powi(31) };
    (0..n).map(|_| next()).collect()
}
let n = 20_000;
let mut frame = DataFrame::new(n, (0..20).map(|i| Column::new(format!("x{i}").into(), noise(n * (i + 1))[n * i..].to_vec())).collect())?;
let labels: Vec<&str> = noise(2 * n)[n..].iter().map(|value| if *value < 0.4 { "a" } else { "b" }).collect();
frame.with_column(Column::new("y".into(), labels))?;
let data = Dataset::from_frame(&frame, "y")?;
let kept = 41;
"""

LONG_COMPILE = ":release\n" + "\n".join(
    f"{{ let mut v: Vec<(u8, [u8; {n}])> = vec![(1, [0; {n}])]; v.sort(); println!(\"{{:?}}\", v.iter().max()); }}" for n in range(1, 400)
)

CELLS = {
    "a grid search": "let search = GridSearch::new(LogisticRegression::new().tol(1e-9)).param(\"C\", (1..4000).map(|i| 0.001 * i as f64).collect::<Vec<f64>>()).fit(&data)?;",
    "a cross-validation": "let scores = cross_validate(&LogisticRegression::new().tol(1e-12), &data, &KFold::new(5000), &[\"accuracy\"])?;",
    "training": "SgdClassifier::new().eta0(1e-9).max_iter(1_000_000_000).n_iter_no_change(1_000_000_000).fit(&data)?;",
    "a rayon loop of 100,000 elements": "use rayon::prelude::*; let sum: f64 = (0..100_000u64).into_par_iter().map(|i| { let mut x = i as f64; for _ in 0..1_000_000 { x = x.sqrt() + 1.0; } x }).sum();",
    "an endless rayon loop": "use rayon::prelude::*; let sum: f64 = (0..u64::MAX).into_par_iter().map(|i| { let mut x = i as f64; for _ in 0..1000 { x = x.sqrt() + 1.0; } x }).sum();",
    "`loop {}`": "loop {}",
    "`sleep` of an hour": "std::thread::sleep(std::time::Duration::from_secs(3600));",
    "a compile": LONG_COMPILE,
    "`input(\"…\")`": "let name = input(\"name: \")?;",
    "a read of standard input": "let mut line = String::new(); std::io::stdin().read_line(&mut line)?;",
}


def measure(code: str) -> tuple[float, str, bool]:
    """Seconds to idle, what the reply says, and whether `kept` is still there."""
    manager, client = start_new_kernel(kernel_name="tunebook")
    quiet = {"timeout": 120, "output_hook": lambda message: None}
    try:
        setup = client.execute_interactive(DATA, **quiet)["content"]
        assert setup["status"] == "ok", setup
        asked: list[float] = []

        def interrupt() -> None:
            asked.append(time.monotonic())
            manager.interrupt_kernel()

        timer = threading.Timer(2.5, interrupt)
        timer.start()
        reply = client.execute_interactive(code, **quiet, allow_stdin=True, stdin_hook=lambda message: None)["content"]
        took = time.monotonic() - asked[0]
        timer.join()
        heard: list[dict] = []
        after = client.execute_interactive("kept + 1", timeout=120, output_hook=heard.append)["content"]
        return took, reply["status"] if reply["status"] == "ok" else reply["ename"], after["status"] == "ok"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeat", type=int, default=3)
    n_repeats = parser.parse_args().repeat
    print("| interrupted | to idle | the cell ends with | variables |\n|---|---|---|---|")
    for name, code in CELLS.items():
        results = [measure(code) for _ in range(n_repeats)]
        took, ends, kept = max(result[0] for result in results), results[0][1], all(result[2] for result in results)
        print(f"| {name} | {took:.2f} s | {ends} | {'kept' if kept else 'lost, and named'} |", flush=True)


if __name__ == "__main__":
    main()
