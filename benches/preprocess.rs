//! Cleaning, scaling and encoding beside pandas and scikit-learn: `cargo bench --locked --workspace --bench preprocess [-- JOB]`.
//!
//! 1,000,000 × 20 and 10,000 × 2,000 numbers with 5 % missing, and 1,000,000 × 20 categories; the last job reads and profiles a CSV of a
//! gigabyte, which is made in the system's temporary folder and removed. `copy` is what reading the data once and writing as much takes: the memory's
//! limit. `memory` is how far the resident memory rose above the data, in parts of the data.

use std::fs;
use std::path::Path;

use benches::{Draws, Peer, Result, median, seconds, status, write_csv_of};
use rayon::prelude::*;
use workbench::prelude::*;

const ROUNDS: usize = 5;
const CSV_ROUNDS: usize = 3;
const CSV_BYTES: u64 = 1_000_000_000;

fn numbers(n_rows: usize, n_columns: usize) -> Result<DataFrame> {
    let columns = (0..n_columns).into_par_iter().map(|column| {
        let mut draws = Draws(column as u64 + 1);
        let values: Vec<Option<f64>> = (0..n_rows).map(|_| (draws.next() >= 0.05).then(|| draws.normal())).collect();
        Column::new(format!("x{column:04}").into(), values)
    });
    Ok(DataFrame::new(n_rows, columns.collect())?)
}

fn categories(n_categories: usize) -> Result<DataFrame> {
    let n_rows = 1_000_000;
    let names: Vec<String> = (0..n_categories).map(|n| format!("category {n:03}")).collect();
    let columns = (0..20).map(|column| {
        let mut draws = Draws(column + 1);
        let values: Vec<&str> =
            (0..n_rows).map(|_| names[(draws.next() * n_categories as f64) as usize % n_categories].as_str()).collect();
        Column::new(format!("c{column:02}").into(), values)
    });
    Ok(DataFrame::new(n_rows, columns.collect())?)
}

/// One job: ours, the peer's names of it, and the data's size.
struct Job<'a> {
    name: &'a str,
    peers: Vec<String>,
    bytes: usize,
    rounds: usize,
    ours: Box<dyn Fn() -> Result<()> + 'a>,
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
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let is_wanted = |name: &str| wanted.as_ref().is_none_or(|wanted| name.contains(wanted.as_str()));
    println!("{} threads of ours, {ROUNDS} rounds in turn, medians in milliseconds", rayon::current_num_threads());
    println!(
        "{:<26} {:<26} {:>9} {:>9} {:>7} {:>9} {:>7}",
        "job", "against", "tunebook", "peer", "ratio", "copy", "memory"
    );
    for (shape, n_rows, n_columns) in [("tall", 1_000_000, 20), ("wide", 10_000, 2_000)] {
        let names = [format!("mean_standardise_{shape}"), format!("median_{shape}"), format!("clean_{shape}")];
        if !names.iter().any(|name| is_wanted(name)) {
            continue;
        }
        let frame = numbers(n_rows, n_columns)?;
        let float32: Vec<(String, DataType)> =
            frame.get_column_names().iter().map(|name| (name.to_string(), DataType::Float32)).collect();
        let steps: [Box<dyn Fn() -> Result<()>>; 3] = [
            Box::new(|| {
                // The peer is a pipeline, too.
                let chain =
                    Chain::new().step("impute", Imputer::new(Strategy::Mean)).step("scale", StandardScaler::new());
                Transformer::fit_transform(&chain, &frame)?;
                Ok(())
            }),
            Box::new(|| {
                Imputer::new(Strategy::Median).fit_transform(&frame)?;
                Ok(())
            }),
            Box::new(|| {
                let filled = Imputer::new(Strategy::Mean).fit_transform(&frame)?;
                let filter =
                    OutlierFilter::new(Outliers::ZScore { threshold: 3.0 }).action(Action::Drop).fit(&filled)?;
                let inside = filter.apply_owned(filled)?;
                let cast = float32.iter().fold(Cast::new(), |cast, (name, dtype)| cast.column(name, dtype.clone()));
                Transformer::fit(&cast, &inside)?.transform_owned(inside)?;
                Ok(())
            }),
        ];
        for (name, ours) in names.iter().zip(steps).filter(|(name, _)| is_wanted(name)) {
            compare(Job { name, peers: vec![name.clone()], bytes: 8 * n_rows * n_columns, rounds: ROUNDS, ours }, &[])?;
        }
    }
    if is_wanted("one_hot") {
        let frame = categories(10)?;
        let bytes = frame.estimated_size();
        let ours = Box::new(|| Transformer::fit_transform(&OneHotEncoder::new(), &frame).map(drop).map_err(Into::into));
        let peers = vec!["one_hot_sparse".to_owned(), "one_hot_dense".to_owned()];
        compare(Job { name: "one_hot", peers, bytes, rounds: ROUNDS, ours }, &[])?;
    }
    if is_wanted("target") {
        let frame = categories(100)?;
        let mut draws = Draws(7);
        let target = Target::Values((0..frame.height()).map(|_| draws.normal()).collect());
        let bytes = frame.estimated_size();
        let ours =
            Box::new(|| TargetEncoder::new().fit_transform_with_target(&frame, &target).map(drop).map_err(Into::into));
        compare(Job { name: "target", peers: vec!["target".to_owned()], bytes, rounds: ROUNDS, ours }, &[])?;
    }
    if is_wanted("csv") {
        let path = std::env::temp_dir().join(format!("tunebook-bench-{}.csv", std::process::id()));
        let outcome = compare_csv(&path);
        let _ = fs::remove_file(&path);
        outcome?;
    }
    Ok(())
}

fn compare_csv(path: &Path) -> Result<()> {
    write_csv_of(path, CSV_BYTES)?;
    let file = path.to_string_lossy().into_owned();
    let ours = Box::new(|| {
        profile(&read_csv(&file)?)?;
        Ok(())
    });
    let bytes = CSV_BYTES as usize;
    compare(Job { name: "csv", peers: vec!["csv".to_owned()], bytes, rounds: CSV_ROUNDS, ours }, &[&file])
}

fn compare(job: Job<'_>, arguments: &[&str]) -> Result<()> {
    let memory = rise_of_memory(&job)?;
    let copy = seconds_of_copy(job.bytes);
    for peer_job in &job.peers {
        let mut peer = Peer::start_with("preprocess.py", arguments)?;
        let (mut own, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..job.rounds {
            let mut outcome = Ok(());
            own.push(seconds(|| outcome = (job.ours)()));
            outcome?;
            theirs.push(peer.run(peer_job)?);
        }
        let (own, theirs) = (median(&mut own) * 1e3, median(&mut theirs) * 1e3);
        println!(
            "{:<26} {peer_job:<26} {own:>9.1} {theirs:>9.1} {:>6.1}x {:>9.1} {memory:>7.2}",
            job.name,
            theirs / own,
            copy * 1e3
        );
    }
    Ok(())
}

/// How far the resident memory rises while the job is done, in parts of the data.
fn rise_of_memory(job: &Job<'_>) -> Result<f64> {
    // What an earlier job gave back is not counted twice.
    fs::write("/proc/self/clear_refs", "5")?;
    let before = status("VmRSS:")?;
    (job.ours)()?;
    Ok((status("VmHWM:")? - before).max(0.0) / job.bytes as f64)
}

/// What it takes all threads to read so many bytes and write as many.
fn seconds_of_copy(bytes: usize) -> f64 {
    let from = vec![1.0_f64; bytes / 8];
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        times.push(seconds(|| {
            let mut to: Vec<f64> = Vec::with_capacity(from.len());
            from.par_iter().map(|value| value + 1.0).collect_into_vec(&mut to);
            to
        }));
    }
    median(&mut times)
}
