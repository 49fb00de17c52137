//! Imputers by groups, by the rows beside, by neighbours and by regressions.

use polars::prelude::{DataFrame, DataType, df};
use workbench::data::penguins;
use workbench::preprocess::{
    FittedImputer, FittedIterativeImputer, FittedKnnImputer, FittedTransformer, ImputationOrder, Imputer,
    IterativeImputer, KnnImputer, Strategy, Transformer, Weights,
};

use super::clean::{self, check_columns, every, holes};
use super::golden::MEASURES;
use super::{check_error, floats, frames_that_do_not_fit};

#[test]
fn groups_are_filled_as_pandas_fills_them() {
    let frame = penguins().unwrap();
    for (key, by) in [("species", vec!["species"]), ("species_sex", vec!["species", "sex"])] {
        for (name, strategy) in [("mean", Strategy::Mean), ("median", Strategy::Median)] {
            let imputer = Imputer::new(strategy).by(&by).columns(&MEASURES);
            let filled = imputer.fit(&frame).unwrap().transform(&frame).unwrap().select(MEASURES).unwrap();
            let missing = frame.column("body_mass_g").unwrap().is_null();
            let expected = &clean::values()["groups"][format!("{key}_{name}")];
            check_columns(key, &filled.filter(&missing).unwrap(), expected, 1e-12);
        }
    }
}

#[test]
fn values_are_carried_as_pandas_carries_them() {
    let frame = holes();
    for limit in [0, 1] {
        for (name, strategy) in [("ffill", Strategy::ForwardFill), ("bfill", Strategy::BackwardFill)] {
            let filled = Imputer::new(strategy).limit(limit).fit_transform(&frame).unwrap();
            check_columns(name, &filled, &clean::values()["carried"][format!("{name}_{limit}")], 1e-15);
        }
    }
    let frame = df!(
        "k" => [Some("a"), Some("b"), None, Some("a"), Some("b"), Some("a")], "x" => [None, Some(1.0), None, Some(3.0), None, None]
    )
    .unwrap();
    for (name, strategy) in [("grouped_ffill", Strategy::ForwardFill), ("grouped_bfill", Strategy::BackwardFill)] {
        let filled = Imputer::new(strategy).by(&["k"]).fit_transform(&frame).unwrap();
        let expected = serde_json::json!([clean::values()["carried"][name]]);
        check_columns(name, &filled.select(["x"]).unwrap(), &expected, 0.0);
    }
}

#[test]
fn any_dtype_is_carried_and_kept() {
    let days = df!("d" => [1i32, 2, 3]).unwrap().column("d").unwrap().cast(&DataType::Date).unwrap();
    let frame = df!(
        "t" => [Some("a"), None, Some("b")], "n" => [None, Some(2i64), None], "b" => [Some(true), None, None],
        "f" => [Some(1.5), Some(f64::NAN), None]
    )
    .unwrap();
    let frame = frame.hstack(&[days]).unwrap();
    let filled = Imputer::new(Strategy::ForwardFill).fit_transform(&frame).unwrap();
    assert_eq!(filled.dtypes(), frame.dtypes());
    let row: Vec<String> = filled.columns().iter().map(|column| column.get(1).unwrap().to_string()).collect();
    assert_eq!(row[..4], ["\"a\"", "2", "true", "1.5"]);
    assert_eq!(filled.column("n").unwrap().null_count(), 1);
}

#[test]
fn groups_that_were_not_seen_take_the_value_of_all() {
    let training =
        df!("k" => ["a", "a", "b"], "x" => [Some(1.0), Some(3.0), None], "t" => [Some("p"), None, Some("q")]).unwrap();
    let fitted = Imputer::new(Strategy::Mean).by(&["k"]).columns(&["x"]).fit(&training).unwrap();
    let new = df!("k" => [Some("a"), Some("b"), Some("c"), None], "x" => [None::<f64>, None, None, None]).unwrap();
    assert_eq!(floats(&fitted.transform(&new).unwrap(), "x"), [Some(2.0); 4]);
    let filled = fitted.filled(&new).unwrap();
    let shown: Vec<String> = (0..filled.height())
        .map(|row| {
            filled.get(row).unwrap().iter().map(|value| value.str_value().to_string()).collect::<Vec<_>>().join("|")
        })
        .collect();
    assert_eq!(shown, ["x|null|mean|2.0|3", "x|a|mean|2.0|1", "x|b|mean|null|0"]);
    let most = Imputer::new(Strategy::MostFrequent).by(&["k"]).fit(&training).unwrap();
    let text = most.transform(&training).unwrap();
    let text: Vec<Option<&str>> = text.column("t").unwrap().str().unwrap().iter().collect();
    assert_eq!(text, [Some("p"), Some("p"), Some("q")]);
    let without = df!("x" => [1.0]).unwrap();
    check_error(
        fitted.transform(&without),
        "imputer was fitted on a column `k` (str), but this frame does not have it; its columns are `x`",
    );
    check_error(
        Imputer::new(Strategy::Mean).by(&["z"]).fit(&training),
        "there is no column `z`; the columns are `k`, `x`, `t`",
    );
}

#[test]
fn every_kind_of_column_is_filled_by_group() {
    let category = DataType::from_categories(polars::prelude::Categories::global());
    let frame = df!(
        "k" => [Some("a"), Some("a"), Some("b"), Some("b"), None], "t" => [Some("p"), None, Some("q"), None, None],
        "n" => [Some(1i32), None, Some(7), None, None], "f" => [Some(true), None, Some(false), None, None],
        "x" => [Some(0.5), None, Some(1.5), None, None]
    )
    .unwrap();
    let same = frame.column("t").unwrap().cast(&category).unwrap().with_name("c".into());
    let frame = frame.hstack(&[same]).unwrap();
    let filled = Imputer::new(Strategy::MostFrequent).by(&["k"]).fit_transform(&frame).unwrap();
    assert_eq!(filled.dtypes(), frame.dtypes());
    let row =
        |row: usize| filled.get(row).unwrap().iter().map(|value| value.str_value().to_string()).collect::<Vec<_>>();
    assert_eq!(row(1), ["a", "p", "1", "true", "0.5", "p"]);
    assert_eq!(row(3), ["b", "q", "7", "false", "1.5", "q"]);
    // Without a group: of several most frequent values the smallest.
    assert_eq!(row(4), ["null", "p", "1", "false", "0.5", "p"]);
}

#[test]
fn indicators_tell_what_was_missing_and_undo_it() {
    let frame =
        df!("x" => [Some(1.0), None, Some(3.0)], "y" => [4i64, 5, 6], "t" => [None, Some("a"), Some("a")]).unwrap();
    let fitted = Imputer::new(Strategy::MostFrequent).indicator(true).fit(&frame).unwrap();
    let filled = fitted.transform(&frame).unwrap();
    assert_eq!(filled.get_column_names(), ["x", "y", "t", "x_missing", "t_missing"]);
    let flags: Vec<Option<bool>> = filled.column("x_missing").unwrap().bool().unwrap().iter().collect();
    assert_eq!(flags, [Some(false), Some(true), Some(false)]);
    assert!(fitted.inverse_transform(&filled).unwrap().equals_missing(&frame));
    let knn = KnnImputer::new().indicator(true).columns(&["x", "y"]).fit(&frame).unwrap();
    let back = knn.inverse_transform(&knn.transform(&frame).unwrap()).unwrap();
    assert_eq!(floats(&back, "x"), [Some(1.0), None, Some(3.0)]);
    let iterative = IterativeImputer::new().indicator(true).fit(&frame).unwrap();
    let back = iterative.inverse_transform(&iterative.transform(&frame).unwrap()).unwrap();
    assert_eq!(floats(&back, "x"), [Some(1.0), None, Some(3.0)]);
    let taken = df!("x" => [Some(1.0), None], "x_missing" => [1, 2]).unwrap();
    let told = "the column name `x_missing` is there twice; every column needs its own name";
    check_error(Imputer::new(Strategy::Mean).indicator(true).columns(&["x"]).fit(&taken), told);
    check_error(KnnImputer::new().indicator(true).columns(&["x"]).fit(&taken), told);
}

#[test]
fn neighbours_are_those_of_scikit_learn() {
    let frame = holes();
    for (name, weights) in [("uniform", Weights::Uniform), ("distance", Weights::Distance)] {
        for n_neighbors in [1, 3, 200] {
            let imputer = KnnImputer::new().n_neighbors(n_neighbors).weights(weights);
            let fitted = imputer.fit(&frame.head(Some(90))).unwrap();
            let filled = every(&fitted.transform(&frame).unwrap(), 3);
            // scikit-learn takes |x|² − 2xy + |y|² for the squared distance, which leaves eight digits of a short one between long rows.
            let expected = &clean::values()["neighbours"][format!("{name}_{n_neighbors}")];
            check_columns(&format!("{name} {n_neighbors}"), &filled, expected, 1e-6);
        }
    }
}

#[test]
fn regressions_are_those_of_scikit_learn() {
    let frame = holes();
    for (order, name) in [
        (ImputationOrder::Ascending, "ascending"),
        (ImputationOrder::Descending, "descending"),
        (ImputationOrder::Roman, "roman"),
        (ImputationOrder::Arabic, "arabic"),
    ] {
        for initial in ["mean", "median", "most_frequent"] {
            let mut imputer = IterativeImputer::new().imputation_order(order).max_iter(4);
            imputer.set_param("initial_strategy", &initial.into()).unwrap();
            let fitted = imputer.fit(&frame.head(Some(90))).unwrap();
            let expected = &clean::values()["iterative"][format!("{name}_{initial}")];
            assert_eq!(fitted.n_iter() as u64, expected["n_iter"].as_u64().unwrap());
            // Eigenvalues of XᵀX stand for the squared singular values of X, which costs some digits.
            let filled = every(&fitted.transform(&frame).unwrap(), 3);
            check_columns(&format!("{name} {initial}"), &filled, &expected["values"], 1e-8);
        }
    }
}

#[test]
fn imputers_by_rows_tell_what_they_cannot_fill() {
    let fit = |frame: &DataFrame| -> Vec<workbench::Result<Box<dyn FittedTransformer>>> {
        let steps: [Box<dyn Transformer>; 2] = [Box::new(KnnImputer::new()), Box::new(IterativeImputer::new())];
        steps.iter().map(|step| step.fit(frame)).collect()
    };
    for (step, name) in fit(&df!("x" => [1.0, 2.0]).unwrap()).into_iter().zip(["knn_imputer", "iterative_imputer"]) {
        let step = step.unwrap();
        for (frame, told) in frames_that_do_not_fit(name) {
            check_error(step.transform(&frame), &told);
        }
        let told = format!("{name} cannot be undone: a filled value does not tell that it was missing");
        check_error(step.inverse_transform(&df!("x" => [1.0]).unwrap()), &told);
    }
    for (step, name) in
        fit(&df!("x" => [None::<f64>, None]).unwrap()).into_iter().zip(["knn_imputer", "iterative_imputer"])
    {
        let told = format!(
            "{name}: all 2 values of column `x` are missing, so there is nothing to learn from; drop the column, or impute a constant"
        );
        check_error(step, &told);
    }
    check_error(
        KnnImputer::new().n_neighbors(0).fit(&holes()),
        "knn_imputer.n_neighbors is 0, but it must be at least 1",
    );
    check_error(
        IterativeImputer::new().tol(f64::NAN).fit(&holes()),
        "iterative_imputer.tol is NaN, but it must be a finite number of at least 0",
    );
    check_error(
        IterativeImputer::new().fit(&df!("x" => [1e300, -1e300, 1.0]).unwrap()),
        "iterative_imputer: the variance of column `x` is too large for a float, but it must be finite; divide the column first",
    );
}

#[test]
fn new_rows_do_not_change_what_was_learnt() {
    let frame = holes();
    let knn = KnnImputer::new().fit(&frame).unwrap();
    let iterative = IterativeImputer::new().fit(&frame).unwrap();
    for step in [&knn as &dyn FittedTransformer, &iterative] {
        let all = step.transform(&frame).unwrap();
        let some = step.transform(&frame.slice(40, 7)).unwrap();
        assert!(all.slice(40, 7).equals(&some));
    }
    assert_eq!(knn.filled(&frame).unwrap().get_column_names(), ["column", "strategy", "count"]);
    assert!(iterative.has_converged() || iterative.n_iter() == 10);
}

#[test]
fn fitted_imputers_of_every_kind_are_kept_as_json() {
    fn again<
        T: workbench::prelude::serde::Serialize
            + workbench::prelude::serde::de::DeserializeOwned
            + PartialEq
            + std::fmt::Debug,
    >(
        fitted: &T,
    ) {
        let read: T = serde_json::from_str(&serde_json::to_string(fitted).unwrap()).unwrap();
        assert_eq!(&read, fitted);
    }
    // Numbers of few digits: serde_json reads the last digit of long ones back with an error of one unit, unless it is told otherwise.
    let frame = df!(
        "k" => ["a", "b", "a", "b"], "x" => [Some(1.0), None, Some(2.5), Some(4.0)], "y" => [None, Some(2.0), Some(0.5), Some(8.0)]
    )
    .unwrap();
    again::<FittedImputer>(&Imputer::new(Strategy::MostFrequent).by(&["k"]).indicator(true).fit(&frame).unwrap());
    again::<FittedImputer>(&Imputer::new(Strategy::ForwardFill).limit(2).fit(&frame).unwrap());
    again::<FittedKnnImputer>(&KnnImputer::new().fit(&frame).unwrap());
    again::<FittedIterativeImputer>(&IterativeImputer::new().max_iter(0).fit(&frame).unwrap());
}
