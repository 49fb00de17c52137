//! How the time of a grid search grows with rows, columns, candidates and folds, beside scikit-learn's:
//! `cargo bench --locked -p benches --bench scaling`. Draws `target/scaling.svg`.

use std::error::Error;

use benches::{Peer, median, root, seconds};
use workbench::prelude::*;

const ROUNDS: usize = 5;
const FACTORS: [usize; 4] = [1, 2, 4, 8];

/// The size of one search.
#[derive(Clone, Copy)]
struct Size {
    rows: usize,
    columns: usize,
    candidates: usize,
    folds: usize,
}

const BASE: Size = Size { rows: 10_000, columns: 20, candidates: 4, folds: 2 };

fn main() -> Result<(), Box<dyn Error>> {
    let mut peer = Peer::start("scaling.py")?;
    println!("grid search of C, l2 logistic regression; {ROUNDS} rounds in turn, medians in milliseconds");
    println!(
        "{:<11} {:>7} {:>8} {:>11} {:>6} {:>10} {:>14} {:>8}",
        "grows", "rows", "columns", "candidates", "folds", "tunebook", "scikit-learn", "ratio"
    );
    let mut growth: Vec<Column> =
        vec![Column::new("times as many".into(), FACTORS.map(|factor| factor as f64).to_vec())];
    let grown: [(&str, fn(usize) -> Size); 4] = [
        ("rows", |factor| Size { rows: BASE.rows * factor, ..BASE }),
        ("columns", |factor| Size { columns: BASE.columns * factor, ..BASE }),
        ("candidates", |factor| Size { candidates: BASE.candidates * factor, ..BASE }),
        ("folds", |factor| Size { folds: BASE.folds * factor, ..BASE }),
    ];
    for (name, size) in grown {
        let times = FACTORS
            .iter()
            .map(|&factor| measure(&mut peer, name, size(factor)))
            .collect::<Result<Vec<f64>, Box<dyn Error>>>()?;
        let first = times.first().copied().unwrap_or(f64::NAN);
        growth.push(Column::new(name.into(), times.iter().map(|time| time / first).collect::<Vec<f64>>()));
    }
    growth.push(Column::new("in proportion".into(), FACTORS.map(|factor| factor as f64).to_vec()));
    let frame = DataFrame::new(FACTORS.len(), growth)?;
    let chart = line(&frame, "times as many", &["rows", "columns", "candidates", "folds", "in proportion"])?
        .title("Time of a grid search, as a multiple of the smallest");
    let path = root().join("target/scaling.svg");
    std::fs::write(&path, chart.svg())?;
    println!("drawn in {}", path.display());
    Ok(())
}

/// The median time of ours, after a line with both.
fn measure(peer: &mut Peer, name: &str, size: Size) -> Result<f64, Box<dyn Error>> {
    let Size { rows, columns, candidates, folds } = size;
    let frame = make_classification(rows, columns, 10, 2, 1.0, 0.01, 7)?;
    let data = Dataset::from_frame(&frame, "target")?;
    let search = GridSearch::new(LogisticRegression::new())
        .param("C", (0..candidates).map(|position| 10_f64.powf(-3.0 + 5.0 * position as f64 / candidates as f64)))
        .cv(StratifiedKFold::new(folds));
    let job = format!("{rows} {columns} {candidates} {folds}");
    peer.run(&job)?;
    let (mut own, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        own.push(seconds(|| search.fit(&data)));
        theirs.push(peer.run(&job)?);
    }
    let (own, theirs) = (median(&mut own) * 1e3, median(&mut theirs) * 1e3);
    println!(
        "{name:<11} {rows:>7} {columns:>8} {candidates:>11} {folds:>6} {own:>10.1} {theirs:>14.1} {:>7.1}x",
        theirs / own
    );
    Ok(own)
}
