"""How long a cell takes, from the request to idle, through jupyter_client: `.venv/bin/python benches/cells.py [ROUNDS]`.

The kernel must be registered (`tunebook install`) and its workbench built (`tunebook prepare`).
"""

import statistics
import sys
import time

from jupyter_client.manager import start_new_kernel

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 21
CELLS = [
    ("1 + 1", "1 + 1"),
    ("println!", 'println!("hello");'),
    ("let v = vec![...]", "let v = vec![1, 2, 3];"),
    ("v.len()", "v.len()"),
    ("a new fn", "fn half(x: f64) -> f64 { x / 2.0 }"),
    ("a new struct with an impl", "struct P { x: i32 }\nimpl P { fn x(&self) -> i32 { self.x } }"),
    ("a new frame, shown", 'df!["a" => [1, 2, 3], "b" => [1.5, 2.5, 3.5]]?'),
    ("lazy group_by, shown", 'penguins()?.lazy().group_by_stable([col("species")]).agg([col("body_mass_g").mean()]).collect()?'),
    (
        "a pipeline, cross-validated",
        'let data = Dataset::from_frame(&drop_missing(&penguins()?.select(["bill_length_mm", "bill_depth_mm", "body_mass_g", "sex"])?, &["sex"])?, "sex")?;\n'
        'cross_validate(&Pipeline::new().step("scale", StandardScaler::new()).estimator("logistic", LogisticRegression::new()), '
        '&data, &StratifiedKFold::new(5), &["accuracy"])?',
    ),
    ("a type error", "let s: String = 1;"),
]


def cell(client, code):
    start = time.perf_counter()
    client.execute_interactive(code, timeout=120, output_hook=lambda message: None)
    return time.perf_counter() - start


def main():
    start = time.perf_counter()
    manager, client = start_new_kernel(kernel_name="tunebook")
    ready = time.perf_counter()
    cell(client, "1 + 1")
    first = time.perf_counter()
    times = {name: [] for name, _ in CELLS}
    for _ in range(ROUNDS):
        for name, code in CELLS:
            times[name].append(cell(client, code))
    print(f"{'start to kernel_info':<32} {ready - start:8.3f} s")
    print(f"{'start to the first 1 + 1':<32} {first - start:8.3f} s")
    print(f"\n{'cell':<32} {'p50':>8}   {'p95':>8}   ({ROUNDS} rounds)")
    for name, row in times.items():
        print(f"{name:<32} {statistics.median(row):8.3f} s {statistics.quantiles(row, n=20)[-1]:8.3f} s")
    client.stop_channels()
    manager.shutdown_kernel()


main()
