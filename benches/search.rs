//! The tour's cross-validation and grid search beside scikit-learn's: `cargo bench --locked -p benches --bench search`.

use benches::{Peer, median, seconds};
use workbench::prelude::*;

const ROUNDS: usize = 21;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let penguins = penguins()?;
    let measures = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"];
    let mut columns: Vec<&str> = measures.to_vec();
    columns.push("sex");
    let data = Dataset::from_frame(&drop_missing(&penguins.select(columns)?, &["sex"])?, "sex")?;
    let pipeline = Pipeline::new()
        .step("impute", Imputer::new(Strategy::Median))
        .step("scale", StandardScaler::new())
        .estimator("logistic", LogisticRegression::new());
    let folds = StratifiedKFold::new(5);
    let search = GridSearch::new(pipeline.clone())
        .param("logistic__C", [0.1, 1.0, 10.0, 100.0])
        .param("logistic__penalty", ["l1", "l2"])
        .cv(folds.clone());

    let mut peer = Peer::start("search.py")?;
    println!(
        "{} rows x {} columns, 5 folds, {ROUNDS} rounds in turn, medians in milliseconds",
        data.n_samples(),
        data.n_features()
    );
    println!("{:<44} {:>10} {:>14} {:>8}", "job", "tunebook", "scikit-learn", "ratio");
    let mut compare = |name: &str, key: &str, ours: &dyn Fn() -> f64| -> Result<(), String> {
        let (mut own, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            own.push(ours());
            theirs.push(peer.run(key)?);
        }
        let (own, theirs) = (median(&mut own) * 1e3, median(&mut theirs) * 1e3);
        println!("{name:<44} {own:>10.2} {theirs:>14.2} {:>7.1}x", theirs / own);
        Ok(())
    };
    compare("cross_validate, impute + scale + logistic", "cross_validate", &|| {
        seconds(|| cross_validate(&pipeline, &data, &folds, &["accuracy"]))
    })?;
    compare("grid search, C x penalty, 8 candidates", "grid", &|| seconds(|| search.clone().fit(&data)))?;
    Ok(())
}
