//! Linear classifiers beside scikit-learn: `cargo bench --locked -p benches --bench logistic [-- JOB]`.
//!
//! 20,000 × 50 rows of two classes (scikit-learn's `make_classification`, 20 informative features, made by the peer), 5 shuffled stratified folds,
//! the same for both; `tight` compares the scores with those of a solver with the same objective at a tolerance of 1e-6. `memory` is how far the resident memory rises while the job is done, of each process, in MiB; the peer's includes that
//! of its worker processes. `scores` is the greatest difference between the mean scores of a candidate, and whether the best is the same.

use std::fs;
use std::path::{Path, PathBuf};

use benches::{Peer, median, seconds};
use workbench::prelude::*;

const ROUNDS: usize = 5;
const N_FEATURES: usize = 50;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

unsafe extern "C" {
    fn mallopt(parameter: i32, value: i32) -> i32;
}

/// One job: its name, the peer's names of it, how often it is run, and ours, which answers with its candidates' mean scores.
struct Job<'a> {
    name: &'a str,
    peers: &'a [&'a str],
    rounds: usize,
    ours: Box<dyn Fn() -> Result<Vec<f64>> + 'a>,
}

fn main() -> Result<()> {
    // As in the process that runs cells: freed memory is kept.
    for (parameter, bytes) in [(-1, 512 << 20), (-2, 16 << 20), (-3, 32 << 20)] {
        // SAFETY: only sets limits of the allocator.
        unsafe { mallopt(parameter, bytes) };
    }
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let is_wanted = |name: &str| wanted.as_ref().is_none_or(|wanted| name.contains(wanted.as_str()));
    let directory = std::env::temp_dir().join(format!("tunebook-bench-{}", std::process::id()));
    fs::create_dir_all(&directory)?;
    let outcome = run(&directory, &is_wanted);
    let _ = fs::remove_dir_all(&directory);
    outcome
}

fn run(directory: &Path, is_wanted: &dyn Fn(&str) -> bool) -> Result<()> {
    let argument = directory.to_string_lossy().into_owned();
    let mut peer = Peer::start_with("logistic.py", &[&argument])?;
    peer.run("make 20000")?;
    let data = dataset(directory)?;
    let folds = PredefinedFolds::new(read_folds(directory)?);
    println!("{} threads of ours, rounds in turn, medians in milliseconds", rayon::current_num_threads());
    println!(
        "{:<14} {:<28} {:>9} {:>9} {:>7} {:>8} {:>8}  scores",
        "job", "against", "tunebook", "peer", "ratio", "memory", "peer's"
    );
    let grid = |penalties: &[&str], tol: f64| {
        GridSearch::new(LogisticRegression::new().tol(tol))
            .param("C", [0.1, 1.0, 10.0, 100.0])
            .param("penalty", penalties.to_vec())
            .cv(folds.clone())
    };
    // The peer's tolerance, but where it is about the same scores.
    let (both, ridge) = (grid(&["l1", "l2"], 1e-8), grid(&["l2"], 1e-4));
    let search = |search: &GridSearch| -> Result<Vec<f64>> {
        let result = search.fit(&data)?;
        let mean =
            |folds: &[FoldScores]| folds.iter().filter_map(|fold| fold.test.first()).sum::<f64>() / folds.len() as f64;
        Ok(result.candidates().iter().map(|candidate| mean(candidate.folds())).collect())
    };
    let pipeline =
        Pipeline::new().step("scale", StandardScaler::new()).estimator("logistic", LogisticRegression::new().tol(1e-4));
    let jobs = [
        Job { name: "grid", peers: &["grid_liblinear"], rounds: 3, ours: Box::new(|| search(&both)) },
        // Takes minutes, so it has to be asked for: it is for the scores.
        Job { name: "tight", peers: &["grid_saga_tight"], rounds: 1, ours: Box::new(|| search(&both)) },
        Job {
            name: "ridge_path",
            peers: &["path_lbfgs", "path_lbfgs_2"],
            rounds: ROUNDS,
            ours: Box::new(|| search(&ridge)),
        },
        Job {
            name: "pipeline",
            peers: &["pipeline", "pipeline_2", "pipeline_train"],
            rounds: ROUNDS,
            ours: Box::new(|| Ok(vec![cross_validate(&pipeline, &data, &folds, &["accuracy"])?.mean("accuracy")?])),
        },
    ];
    for job in jobs.iter().filter(|job| is_wanted(job.name) && (job.rounds > 1 || !is_wanted("grid"))) {
        compare(job, &mut peer, directory)?;
    }
    if is_wanted("sgd") {
        drop(jobs);
        peer.run("make 1000000")?;
        let data = dataset(directory)?;
        let settings = SgdClassifier::new().learning_rate(LearningRate::Adaptive).max_iter(5).tol(0.0);
        let ours = Box::new(|| {
            let model = settings.fit(&data)?;
            Ok(vec![accuracy(data.target(), &model.predict(data.features())?)?])
        });
        let fit = Job { name: "sgd", peers: &["sgd"], rounds: 3, ours };
        compare(&fit, &mut peer, directory)?;
    }
    Ok(())
}

fn compare(job: &Job<'_>, peer: &mut Peer, directory: &Path) -> Result<()> {
    fs::write("/proc/self/clear_refs", "5")?;
    let before = status("VmRSS:")?;
    let scores = (job.ours)()?;
    let memory = (status("VmHWM:")? - before).max(0.0);
    for &name in job.peers {
        let peer_memory = if job.rounds > 1 { peer.run(&format!("memory {name}"))? } else { f64::NAN };
        let (mut own, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..job.rounds {
            let mut outcome = Ok(Vec::new());
            own.push(seconds(|| outcome = (job.ours)()));
            outcome?;
            theirs.push(peer.run(name)?);
        }
        let (own, theirs) = (median(&mut own) * 1e3, median(&mut theirs) * 1e3);
        println!(
            "{:<14} {name:<28} {own:>9.1} {theirs:>9.1} {:>6.1}x {:>8.1} {:>8.1}  {}",
            job.name,
            theirs / own,
            memory / f64::from(1 << 20),
            peer_memory,
            agreement(&scores, &read(&directory.join("scores.bin"))?)
        );
    }
    Ok(())
}

/// How far scores differ, and whether the best of both is the same.
fn agreement(ours: &[f64], theirs: &[f64]) -> String {
    let greatest = ours.iter().zip(theirs).fold(0.0_f64, |greatest, (a, b)| greatest.max((a - b).abs()));
    let best = |scores: &[f64]| {
        scores
            .iter()
            .enumerate()
            .fold((0, f64::NEG_INFINITY), |best, (index, &score)| if score > best.1 { (index, score) } else { best })
    };
    let is_same = best(ours).0 == best(theirs).0;
    format!(
        "differ by {greatest:.1e} at most, best {}",
        if is_same { "the same".to_string() } else { format!("{:?} and {:?}", best(ours), best(theirs)) }
    )
}

fn dataset(directory: &Path) -> Result<Dataset> {
    let truth = read(&directory.join("y.bin"))?;
    let values = read(&directory.join("x.bin"))?;
    let names: Vec<String> = (0..N_FEATURES).map(|column| format!("x{column}")).collect();
    let columns = names.iter().enumerate().map(|(column, name)| {
        let values: Vec<f64> = values.iter().skip(column).step_by(N_FEATURES).copied().collect();
        Column::new(name.as_str().into(), values)
    });
    let features = DataFrame::new(truth.len(), columns.collect())?;
    let codes = truth.iter().map(|class| *class as u32).collect();
    Ok(Dataset::new(features, Target::Classes { codes, labels: vec!["0".into(), "1".into()] }, "class")?)
}

fn read_folds(directory: &Path) -> Result<Vec<Fold>> {
    let of_row: Vec<f64> = read(&directory.join("folds.bin"))?;
    let fold = |fold: usize| {
        let (validation, train) = (0..of_row.len()).partition(|&row| of_row[row] as usize == fold);
        Fold { train, validation }
    };
    Ok((0..5).map(fold).collect())
}

fn read(path: &PathBuf) -> Result<Vec<f64>> {
    let bytes = fs::read(path)?;
    Ok(bytes.chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap_or_default())).collect())
}

/// A size of this process in bytes.
fn status(field: &str) -> Result<f64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)).ok_or("no such field")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0)
}
