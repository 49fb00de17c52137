//! Feature choice beside scikit-learn.

use polars::prelude::{Column, DataFrame, df};
use serde_json::Value;
use workbench::data::{Dataset, Target};
use workbench::models::{ImportanceThreshold, LogisticRegression, Pipeline, Rfe, RfeStep, SelectFromModel};
use workbench::preprocess::{
    FittedSelector, FittedTransformer, ParamValue, Score, SelectKBest, SelectPercentile, Transformer, VarianceThreshold,
};

use super::encode::{binary, classes, outcome, values};
use super::golden::{assert_all_close, assert_close, numbers};
use super::{check_error, floats};

fn features() -> DataFrame {
    let columns = values()["data"]["features"].as_array().unwrap().iter().enumerate();
    let columns: Vec<Column> = columns.map(|(at, list)| Column::new(format!("x{at}").into(), numbers(list))).collect();
    DataFrame::new(columns[0].len(), columns).unwrap()
}

/// Those that vary, of unit variance.
fn scaled() -> DataFrame {
    workbench::preprocess::StandardScaler::new().fit_transform(&features().drop("x4").unwrap()).unwrap()
}

fn support(fitted: &FittedSelector) -> Vec<bool> {
    fitted.scores().unwrap().column("kept").unwrap().bool().unwrap().iter().flatten().collect()
}

fn flags(list: &Value) -> Vec<bool> {
    list.as_array().unwrap().iter().map(|flag| flag.as_bool().unwrap()).collect()
}

fn ranking(fitted: &FittedSelector) -> Vec<Option<f64>> {
    let scores = fitted.scores().unwrap();
    scores.column("ranking").unwrap().u32().unwrap().iter().map(|rank| rank.map(f64::from)).collect()
}

#[test]
fn scores_are_those_of_scikit_learn() {
    let golden = &values()["selection"];
    for (score, target, frame) in [
        (Score::FClassif, classes(), features()),
        (Score::FRegression, outcome(), features()),
        (Score::Chi2, classes(), {
            let absolute = |column: &Column| {
                let values: Vec<f64> = column.f64().unwrap().iter().flatten().map(f64::abs).collect();
                Column::new(column.name().clone(), values)
            };
            DataFrame::new(features().height(), features().columns().iter().map(absolute).collect()).unwrap()
        }),
    ] {
        let scores = SelectKBest::new(score, 3).fit(&frame, &target).unwrap().scores().unwrap();
        assert_all_close(&floats(&scores, score.name()), &numbers(&golden[score.name()][0]));
        assert_all_close(&floats(&scores, "p_value"), &numbers(&golden[score.name()][1]));
    }
}

#[test]
fn mutual_information_is_that_of_scikit_learn() {
    let (golden, frame) = (&values()["selection"], features());
    let measured = frame.select(["x0", "x1", "x2"]).unwrap();
    let counted = frame.select(["x3"]).unwrap();
    let classified = SelectKBest::new(Score::MutualInfoClassif, 3);
    let of = |fitted: FittedSelector, name: &str| floats(&fitted.scores().unwrap(), name);
    let found = of(classified.fit(&measured, &classes()).unwrap(), "mutual_info_classif");
    assert_all_close(&found, &numbers(&golden["mutual_info_classif"]));
    let regressed = SelectKBest::new(Score::MutualInfoRegression, 3);
    let found = of(regressed.fit(&measured, &outcome()).unwrap(), "mutual_info_regression");
    assert_all_close(&found, &numbers(&golden["mutual_info_regression"]));
    let found = of(classified.clone().discrete(&["x3"]).fit(&counted, &classes()).unwrap(), "mutual_info_classif");
    assert_all_close(&found, &numbers(&golden["mutual_info_discrete"]));
    let found = of(regressed.clone().discrete(&["x3"]).fit(&counted, &outcome()).unwrap(), "mutual_info_regression");
    assert_all_close(&found, &numbers(&golden["mutual_info_discrete_regression"]));
    // Among equal values the seeded noise decides.
    let tied = |seed| of(classified.clone().seed(seed).fit(&counted, &classes()).unwrap(), "mutual_info_classif");
    assert_eq!(tied(1), tied(1));
    assert_ne!(tied(1), tied(2));
}

#[test]
fn the_same_features_are_chosen() {
    let (golden, frame) = (&values()["selection"], features());
    let chosen = SelectKBest::new(Score::FClassif, 3).fit(&frame, &classes()).unwrap();
    assert_eq!(support(&chosen), flags(&golden["k_best"]));
    assert_eq!(chosen.transform(&frame).unwrap().width(), 3);
    let chosen = SelectPercentile::new(Score::FRegression, 40.0).fit(&frame, &outcome()).unwrap();
    assert_eq!(support(&chosen), flags(&golden["percentile"]));
    let variance = VarianceThreshold::new(0.0).fit(&frame).unwrap();
    assert_all_close(&floats(&variance.scores().unwrap(), "variance"), &numbers(&golden["variances"]));
    assert_eq!(variance.kept(), ["x0", "x1", "x2", "x3", "x5"]);
    // A column of text, and one that appears later, are left alone.
    let more = df!("x0" => [1.0], "x1" => [1.0], "x2" => [1.0], "x3" => [1.0], "x5" => [1.0], "name" => ["a"]).unwrap();
    assert_eq!(variance.transform(&more).unwrap().width(), 6);
}

/// Coefficients agree to the tolerance of both solvers, so importances are compared at 1e-5; the choices are equal.
#[test]
fn models_choose_as_in_scikit_learn() {
    let (golden, frame) = (&values()["selection"], scaled());
    let logistic = || LogisticRegression::new().tol(1e-10);
    let rfe = Rfe::new(logistic(), 2).fit(&frame, &classes()).unwrap();
    assert_eq!(ranking(&rfe), numbers(&golden["rfe_ranking"]));
    assert_eq!(rfe.kept().len(), 2);
    let by_share = Rfe::new(logistic(), 1).step(RfeStep::Share(0.4)).fit(&frame, &binary()).unwrap();
    assert_eq!(ranking(&by_share), numbers(&golden["rfe_step_ranking"]));
    let chosen = SelectFromModel::new(logistic()).fit(&frame, &classes()).unwrap();
    let expected = &golden["from_model"];
    assert_eq!(support(&chosen), flags(&expected["support"]));
    for (found, expected) in
        floats(&chosen.scores().unwrap(), "importance").iter().zip(numbers(&expected["importances"]))
    {
        assert!((found.unwrap() - expected.unwrap()).abs() < 1e-5, "{found:?} {expected:?}");
    }
    let median = SelectFromModel::new(logistic()).threshold(ImportanceThreshold::Median(1.1)).max_features(2);
    assert_eq!(support(&median.fit(&frame, &binary()).unwrap()), flags(&golden["from_model_median"]));
}

#[test]
fn a_search_reaches_the_estimator_inside() {
    let mut rfe = Rfe::new(LogisticRegression::new(), 2);
    rfe.set_param("estimator__C", &0.5.into()).unwrap();
    rfe.set_param("step", &0.5.into()).unwrap();
    assert!(rfe.params().contains(&("estimator__C".to_string(), ParamValue::Float(0.5))));
    let mut chosen = SelectFromModel::new(LogisticRegression::new());
    for (given, shown) in [("1.25*mean", "1.25*mean"), ("median", "median")] {
        chosen.set_param("threshold", &given.into()).unwrap();
        assert_eq!(chosen.params()[0].1, shown.into());
    }
    assert!(chosen.set_param("threshold", &"most".into()).is_err());
    let data = Dataset::new(scaled(), classes(), "class").unwrap();
    let model =
        Pipeline::new().step("choose", rfe).estimator("logistic", LogisticRegression::new()).fit(&data).unwrap();
    assert_eq!(model.feature_names().len(), 2);
    let failed = Pipeline::new()
        .step("choose", Rfe::new(LogisticRegression::new().c(-1.0), 2))
        .estimator("logistic", LogisticRegression::new())
        .fit(&data);
    let failed = failed.unwrap_err().to_string();
    assert!(failed.starts_with("step `choose`: step `estimator`: "), "{failed}");
}

#[test]
fn what_cannot_be_scored_is_told() {
    let frame = features();
    check_error(
        SelectKBest::new(Score::FClassif, 2).fit(&frame, &outcome()),
        "select_k_best with f_classif needs a target of classes, but `the target` holds numbers; \
         if these are labels, use `Dataset::from_frame_as(&frame, \"the target\", Task::Classification)`",
    );
    let negative = SelectKBest::new(Score::Chi2, 2).columns(&["x0"]).fit(&frame, &classes()).unwrap_err().to_string();
    assert!(negative.starts_with("select_k_best: column `x0` in row "), "{negative}");
    check_error(
        Transformer::fit(&SelectKBest::new(Score::Chi2, 2), &frame),
        "select_k_best learns from a target; fit it within a pipeline, or by `fit_with_target(&frame, &target)`",
    );
    check_error(
        VarianceThreshold::new(1e9).fit(&frame),
        "variance_threshold: nothing is left of 6 features; make the threshold smaller",
    );
    check_error(
        SelectKBest::new(Score::FClassif, 2).fit(&frame.head(Some(3)), &classes()),
        "the target of select_k_best has 120 rows, but 3 are needed",
    );
    // Missing rows are left out of a feature's score only.
    let holes = df!("a" => [Some(1.0), None, Some(2.0), Some(9.0), Some(8.0)]).unwrap();
    let target = Target::from_labels(&["n", "y", "n", "y", "y"]);
    let full = df!("a" => [1.0, 2.0, 9.0, 8.0]).unwrap();
    let known = Target::from_labels(&["n", "n", "y", "y"]);
    let score = |frame, target| {
        floats(&SelectKBest::new(Score::FClassif, 1).fit(frame, target).unwrap().scores().unwrap(), "f_classif")[0]
    };
    assert_close(score(&holes, &target).unwrap(), score(&full, &known).unwrap());
}
