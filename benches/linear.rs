//! Searches of ridge and lasso beside scikit-learn's: `cargo bench --locked -p benches --bench linear [-- JOB or PEER [ROUNDS]]`.
//!
//! Both read the same rows from a file in the system's temporary folder, which is removed, and take the same folds and penalties. `memory` is how far
//! the resident memory rises above the data while a search runs, of all the peer's processes together, in MiB. `apart` is by how much the mean score of a
//! candidate differs at most, and `best` whether both take the same.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

use benches::{Peer, median, seconds};
use rayon::prelude::*;
use workbench::prelude::*;

const ROUNDS: usize = 5;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Drawn numbers between 0 and 1.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A normal one, by the sum of twelve.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

/// Normal features, of which the first `n_informative` tell the target, and `noise` times as much noise.
fn regression(n_samples: usize, n_features: usize, n_informative: usize, noise: f64) -> Result<Dataset> {
    let columns: Vec<Vec<f64>> = (0..n_features)
        .into_par_iter()
        .map(|column| {
            let mut draws = Draws(column as u64 + 1);
            (0..n_samples).map(|_| draws.normal()).collect()
        })
        .collect();
    let mut draws = Draws(1 << 20);
    let mut target: Vec<f64> = (0..n_samples).map(|_| noise * (n_informative as f64).sqrt() * draws.normal()).collect();
    for column in columns.iter().take(n_informative) {
        let weight = draws.normal();
        target.iter_mut().zip(column).for_each(|(value, cell)| *value += weight * cell);
    }
    let columns =
        columns.into_iter().enumerate().map(|(index, values)| Column::new(format!("x{index:04}").into(), values));
    Ok(Dataset::new(DataFrame::new(n_samples, columns.collect())?, Target::Values(target), "y")?)
}

/// One search, and what the peers of it are called.
struct Job<'a> {
    name: &'a str,
    peers: Vec<&'a str>,
    data: Dataset,
    search: GridSearch,
    alphas: Vec<f64>,
}

unsafe extern "C" {
    fn mallopt(parameter: i32, value: i32) -> i32;
}

fn main() -> Result<()> {
    // As in the process that runs cells: freed memory is kept.
    for (parameter, bytes) in [(-1, 512 << 20), (-2, 16 << 20), (-3, 32 << 20)] {
        // SAFETY: only sets limits of the allocator.
        unsafe { mallopt(parameter, bytes) };
    }
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let wanted = arguments.next().unwrap_or_default();
    let rounds = arguments.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    println!("{} threads of ours, {rounds} rounds in turn, medians in milliseconds", rayon::current_num_threads());
    println!(
        "{:<12} {:<12} {:>9} {:>9} {:>7} {:>8} {:>8} {:>9} {:>5}",
        "job", "against", "tunebook", "peer", "ratio", "memory", "peer's", "apart", "best"
    );
    let jobs = [
        ("ridge", &["ridge_loo", "ridge_grid", "ridge_cv"][..]),
        ("lasso", &["lasso_cv"]),
        ("lasso_noisy", &["lasso_cv"]),
    ];
    for (name, peers) in jobs {
        let is_wanted = |peer: &&str| name.contains(&wanted) || peer.contains(&wanted);
        let peers: Vec<&str> = peers.iter().copied().filter(is_wanted).collect();
        if !peers.is_empty() {
            let path = std::env::temp_dir().join(format!("tunebook-bench-{}-{name}", std::process::id()));
            let outcome = job(name, peers).and_then(|job| compare(&job, &path, rounds));
            let _ = fs::remove_file(&path);
            outcome?;
        }
    }
    Ok(())
}

fn job<'a>(name: &'a str, peers: Vec<&'a str>) -> Result<Job<'a>> {
    if name == "ridge" {
        let data = regression(100_000, 200, 100, 0.5)?;
        let alphas: Vec<f64> = (0..50).map(|step| 10_f64.powf(-1.0 + 6.0 * f64::from(step) / 49.0)).collect();
        let search = GridSearch::new(Ridge::new()).param("alpha", alphas.clone()).cv(KFold::new(5));
        return Ok(Job { name, peers, data, search, alphas });
    }
    // With much noise, nearly all features have a coefficient at the path's end.
    let data = regression(5_000, 2_000, 100, if name == "lasso" { 0.02 } else { 0.5 })?;
    let alphas = Lasso::new().alphas(&data, 100, 1e-3)?;
    // At the default of 1e-4, scores at the path's end are up to either's last step.
    let search = GridSearch::new(Lasso::new().tol(1e-6)).param("alpha", alphas.clone()).cv(KFold::new(5));
    let search = search.scoring(&["neg_mean_squared_error"]);
    Ok(Job { name, peers, data, search, alphas })
}

/// The number of rows, of features and of penalties, the penalties, the features row by row, and the target.
fn write(job: &Job<'_>, path: &Path) -> Result<()> {
    let records = job.data.records()?;
    let Target::Values(target) = job.data.target() else { return Err("no numbers".into()) };
    let mut out = BufWriter::with_capacity(1 << 20, fs::File::create(path)?);
    let sizes = [records.nrows(), records.ncols(), job.alphas.len()].map(|size| size as f64);
    for value in sizes.iter().chain(&job.alphas).chain(&records).chain(target) {
        out.write_all(&value.to_le_bytes())?;
    }
    Ok(out.flush()?)
}

fn compare(job: &Job<'_>, path: &Path, rounds: usize) -> Result<()> {
    write(job, path)?;
    // What earlier work gave back is not counted twice.
    fs::write("/proc/self/clear_refs", "5")?;
    let before = status("VmRSS:")?;
    let found = job.search.fit(&job.data)?;
    let memory = (status("VmHWM:")? - before).max(0.0) / f64::from(1 << 20);
    let mut scores = vec![f64::NAN; job.alphas.len()];
    for candidate in found.candidates() {
        let folds = candidate.folds();
        let sum: f64 = folds.iter().filter_map(|fold| fold.test.first()).sum();
        scores[candidate.candidate_idx] = sum / folds.len() as f64;
    }
    let best = found.candidates().first().map_or(0, |best| best.candidate_idx);
    for peer_job in &job.peers {
        let mut peer = Peer::start_with("linear.py", &[&path.to_string_lossy()])?;
        let peers_memory = peer.run(&format!("memory {peer_job}"))?;
        let (mut own, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let mut outcome = Ok(());
            own.push(seconds(|| outcome = job.search.fit(&job.data).map(drop)));
            outcome?;
            theirs.push(peer.run(peer_job)?);
        }
        let mut apart = 0.0_f64;
        for (index, score) in scores.iter().enumerate() {
            // In parts of the score, since a squared error has units. A peer that tells no scores answers NaN, which stays.
            let difference = (peer.run(&format!("score {index}"))? - score).abs() / score.abs().max(1.0);
            apart = if difference > apart || difference.is_nan() { difference } else { apart };
        }
        let is_same = peer.run("best")? as usize == best;
        let (own, theirs) = (median(&mut own) * 1e3, median(&mut theirs) * 1e3);
        println!(
            "{:<12} {peer_job:<12} {own:>9.1} {theirs:>9.1} {:>6.1}x {memory:>8.1} {peers_memory:>8.1} {apart:>9.1e} {:>5}",
            job.name,
            theirs / own,
            if is_same { "same" } else { "other" },
        );
    }
    Ok(())
}

/// A size of this process in bytes.
fn status(field: &str) -> Result<f64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)).ok_or("no such field")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0)
}
