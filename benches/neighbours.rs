//! Nearest neighbours, kernel machines and naive Bayes beside scikit-learn's: `cargo bench --locked -p benches --bench neighbours [-- JOB..]`.

use benches::{Peer, median, seconds};
use workbench::prelude::*;

const ROUNDS: usize = 5;

/// Data that the peer reads as well.
fn dataset(name: &str, n_samples: usize, n_features: usize) -> Result<Dataset, Box<dyn std::error::Error>> {
    let frame = make_classification(n_samples, n_features, n_features.min(20) / 2, 2, 1.0, 0.05, 7)?;
    let path = std::env::temp_dir().join(format!("workbench-neighbours-{name}.csv"));
    write_csv(&frame, path.to_str().ok_or("the temporary folder has no name")?)?;
    Ok(Dataset::from_frame(&frame, "class")?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wide = dataset("wide", 20_000, 50)?;
    let narrow = dataset("narrow", 20_000, 5)?;
    let small = dataset("small", 5_000, 20)?;
    let chosen: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let folds = StratifiedKFold::new(5);
    let mut peer = Peer::start("neighbours.py")?;
    println!("{ROUNDS} rounds in turn, medians in milliseconds, the peer with n_jobs=2");
    println!("{:<52} {:>10} {:>14} {:>8}", "job", "tunebook", "scikit-learn", "ratio");
    let mut compare = |name: &str, key: &str, ours: &dyn Fn() -> f64| -> Result<(), String> {
        if !chosen.is_empty() && !chosen.iter().any(|chosen| chosen == key) {
            return Ok(());
        }
        let (mut own, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            own.push(ours());
            theirs.push(peer.run(key)?);
        }
        let (own, theirs) = (median(&mut own) * 1e3, median(&mut theirs) * 1e3);
        println!("{name:<52} {own:>10.2} {theirs:>14.2} {:>7.1}x", theirs / own);
        Ok(())
    };
    let told = |estimator: &dyn Estimator, data: &Dataset| {
        seconds(|| estimator.fit(data).and_then(|model| model.predict(data.features())))
    };
    compare("naive Bayes, 20,000 x 50, fit and predict", "bayes", &|| told(&GaussianNb::new(), &wide))?;
    let brute = KNeighborsClassifier::new().algorithm(NeighborAlgorithm::Brute);
    compare("neighbours by all rows, 20,000 x 50", "brute", &|| told(&brute, &wide))?;
    let tree = KNeighborsClassifier::new().algorithm(NeighborAlgorithm::KdTree);
    compare("neighbours by a k-d tree, 20,000 x 5", "tree", &|| told(&tree, &narrow))?;
    let manhattan = KNeighborsClassifier::new().metric(Metric::Manhattan);
    compare("neighbours by Manhattan distance, 5,000 x 20", "manhattan", &|| told(&manhattan, &small))?;
    compare("rbf machine, 5,000 x 20, fit and predict", "machine", &|| told(&Svc::new(), &small))?;
    compare("rbf machine, C = 100", "machine_100", &|| told(&Svc::new().c(100.0), &small))?;
    compare("grid, n_neighbors x weights, 10 candidates, 5,000 x 20", "neighbours_grid", &|| {
        let search = GridSearch::new(KNeighborsClassifier::new())
            .param("n_neighbors", [1, 3, 5, 11, 21])
            .param("weights", ["uniform", "distance"]);
        seconds(|| search.cv(folds.clone()).fit(&small))
    })?;
    compare("grid, C x gamma, 6 candidates, 5,000 x 20", "machine_grid", &|| {
        let search = GridSearch::new(Svc::new()).param("C", [0.1, 1.0, 10.0]).param("gamma", [0.01, 0.05]);
        seconds(|| search.cv(folds.clone()).fit(&small))
    })?;
    Ok(())
}
