//! Boosting and forests beside scikit-learn's: `cargo bench --locked -p benches --bench trees [-- JOB]`.
//!
//! 20,000 × 50 numbers of two classes, made by scikit-learn's `make_classification` so that both sides learn from the same rows, and the same folds. The
//! peer's searches have `n_jobs=2`, its single fits two threads. `memory` is how far the resident memory rose during the job, in MiB, the peer's with its
//! worker processes. `score` is the accuracy on the rows fitted on, of a search the greatest difference between mean scores of a candidate.

use std::fs;

use benches::{Peer, median, seconds};
use workbench::prelude::*;

const N_ROWS: usize = 20_000;
const N_COLUMNS: usize = 50;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

unsafe extern "C" {
    fn mallopt(parameter: i32, value: i32) -> i32;
}

fn main() -> Result<()> {
    // As in the process that runs cells: freed memory is kept.
    for (parameter, bytes) in [(-1, 512 << 20), (-2, 16 << 20), (-3, 32 << 20)] {
        // SAFETY: only sets limits of the allocator.
        unsafe { mallopt(parameter, bytes) };
    }
    let path = std::env::temp_dir().join(format!("tunebook-trees-{}.bin", std::process::id()));
    let outcome = compare_all(&path.to_string_lossy());
    let _ = fs::remove_file(&path);
    outcome
}

fn compare_all(path: &str) -> Result<()> {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let mut peer = Peer::start_with("trees.py", &[path])?;
    peer.run("data")?;
    let data = read(path)?;
    let folds = StratifiedKFold::new(5);
    let rates = [0.05, 0.1, 0.2, 0.4];
    let grid = GridSearch::new(HistGradientBoostingClassifier::new())
        .param("learning_rate", rates)
        .param("max_leaf_nodes", [15, 31, 63])
        .cv(folds.clone());
    let staged = GridSearch::new(HistGradientBoostingClassifier::new())
        .param("learning_rate", rates)
        .param("max_iter", [25, 50, 100])
        .cv(folds);
    let accuracy_of = |model: &dyn Model| -> Result<Vec<f64>> {
        Ok(vec![accuracy(data.target(), &model.predict(data.features())?)?])
    };
    let boosting = || accuracy_of(&HistGradientBoostingClassifier::new().fit(&data)?);
    let forest = || accuracy_of(&RandomForestClassifier::new().fit(&data)?);
    let extra = || accuracy_of(&ExtraTreesClassifier::new().fit(&data)?);
    let of_grid = || scores(&grid, &data);
    let of_staged = || scores(&staged, &data);
    let jobs: [(&str, usize, &dyn Fn() -> Result<Vec<f64>>); 5] = [
        ("boosting", 5, &boosting),
        ("forest", 3, &forest),
        ("extra_trees", 3, &extra),
        ("boosting_grid", 3, &of_grid),
        ("boosting_grid_max_iter", 3, &of_staged),
    ];
    println!("{N_ROWS} x {N_COLUMNS}, {} threads, rounds in turn, medians in seconds", rayon::current_num_threads());
    println!(
        "{:<24} {:>9} {:>9} {:>7} {:>8} {:>8} {:>9} {:>9}",
        "job", "tunebook", "peer", "ratio", "MiB", "MiB", "score", "score"
    );
    for (name, rounds, ours) in jobs {
        if wanted.as_ref().is_some_and(|wanted| wanted != name) {
            continue;
        }
        // What an earlier job gave back is not counted twice.
        fs::write("/proc/self/clear_refs", "5")?;
        let before = status("VmRSS:")?;
        let own_scores = ours()?;
        let memory = (status("VmHWM:")? - before).max(0.0);
        let (mut own, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let mut outcome = Ok(Vec::new());
            own.push(seconds(|| outcome = ours()));
            outcome?;
            theirs.push(peer.run(name)?);
        }
        let peer_memory = peer.run("memory")?;
        let mut peer_scores = Vec::new();
        for position in 0..own_scores.len() {
            peer_scores.push(peer.run(&format!("score {position}"))?);
        }
        let (own, theirs) = (median(&mut own), median(&mut theirs));
        let (first, second) = match (own_scores.as_slice(), peer_scores.as_slice()) {
            ([own], [peer]) => (*own, *peer),
            (own, peer) => (own.iter().zip(peer).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max), 0.0),
        };
        println!(
            "{name:<24} {own:>9.3} {theirs:>9.3} {:>6.1}x {:>8.1} {peer_memory:>8.1} {first:>9.5} {second:>9.5}",
            theirs / own,
            memory / f64::from(1 << 20)
        );
    }
    Ok(())
}

/// The mean score of each candidate, by learning rate and then the other parameter.
fn scores(search: &GridSearch, data: &Dataset) -> Result<Vec<f64>> {
    let result = search.clone().fit(data)?;
    let table = result.results();
    let column = |name: &str| -> Result<Vec<f64>> {
        Ok(table.column(name)?.cast(&DataType::Float64)?.f64()?.iter().flatten().collect())
    };
    let second = if table.column("max_iter").is_ok() { "max_iter" } else { "max_leaf_nodes" };
    let (rates, others, means) = (column("learning_rate")?, column(second)?, column("mean_test_accuracy")?);
    let mut rows: Vec<(f64, f64, f64)> =
        rates.into_iter().zip(others).zip(means).map(|((rate, other), mean)| (rate, other, mean)).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    Ok(rows.into_iter().map(|(.., mean)| mean).collect())
}

/// The rows and classes that the peer wrote.
fn read(path: &str) -> Result<Dataset> {
    let bytes = fs::read(path)?;
    let values: Vec<f64> = bytes
        .chunks_exact(8)
        .map(|bytes| bytes.try_into().map(f64::from_le_bytes))
        .collect::<std::result::Result<_, _>>()?;
    let (features, target) = values.split_at(N_ROWS * N_COLUMNS);
    let records = Array2::from_shape_vec((N_ROWS, N_COLUMNS), features.to_vec())?;
    let names: Vec<String> = (0..N_COLUMNS).map(|column| format!("x{column:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let codes = target.iter().map(|class| *class as u32).collect();
    let target = Target::Classes { codes, labels: vec!["0".to_string(), "1".to_string()] };
    Ok(Dataset::from_arrays(&records, target, &names)?)
}

/// A size of this process in bytes.
fn status(field: &str) -> Result<f64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)).ok_or("no such field")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0)
}
