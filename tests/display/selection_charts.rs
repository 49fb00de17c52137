//! Charts of selection: they say the numbers of scikit-learn, keep their labels within, and refuse what they cannot draw.

use std::any::Any;

use ndarray::Array2;
use polars::prelude::{DataFrame, df};
use serde_json::Value;
use workbench::data::{Dataset, Target, make_classification, penguins};
use workbench::display::{
    Chart, calibration_chart, confusion_chart, importance_chart, learning_chart, precision_recall_chart,
    prediction_chart, residual_chart, roc_chart, validation_chart,
};
use workbench::models::{LogisticRegression, Model};
use workbench::search::{Distribution, GridSearch, HalvingGridSearch, RandomSearch, SearchResult};
use workbench::select::{StratifiedKFold, confusion_matrix};

use super::charts::check_labels;

/// Says what the column `score` says, as the probability of the second class.
#[derive(Debug)]
struct Told;

impl Model for Told {
    fn name(&self) -> &'static str {
        "told"
    }

    fn predict(&self, features: &DataFrame) -> workbench::Result<Target> {
        let scores = features.column("score")?.f64()?.into_no_null_iter();
        Ok(Target::Classes {
            codes: scores.map(|score| u32::from(score > 0.5)).collect(),
            labels: self.classes().unwrap(),
        })
    }

    fn predict_proba(&self, features: &DataFrame) -> workbench::Result<Array2<f64>> {
        let scores: Vec<f64> = features.column("score")?.f64()?.into_no_null_iter().collect();
        Ok(Array2::from_shape_fn(
            (scores.len(), 2),
            |(row, class)| if class == 1 { scores[row] } else { 1.0 - scores[row] },
        ))
    }

    fn classes(&self) -> Option<Vec<String>> {
        Some(vec!["0".to_string(), "1".to_string()])
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn golden() -> Value {
    let golden: Value = serde_json::from_str(include_str!("../golden/search.json")).unwrap();
    golden["curves"].clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn told_data(golden: &Value) -> Dataset {
    let codes = golden["truth"].as_array().unwrap().iter().map(|code| code.as_u64().unwrap() as u32).collect();
    let target = Target::Classes { codes, labels: vec!["0".into(), "1".into()] };
    Dataset::new(df!("score" => numbers(&golden["scores"])).unwrap(), target, "hit").unwrap()
}

#[track_caller]
fn check_text(chart: &Chart, text: &str) {
    let svg = chart.svg();
    assert!(svg.contains(&format!(">\n{text}\n<")), "{text} is not a label in\n{svg}");
}

#[track_caller]
fn check_error(result: workbench::Result<Chart>, expected: &str) {
    assert_eq!(result.unwrap_err().to_string(), expected);
}

#[test]
fn curves_tell_the_areas_of_scikit_learn() {
    let golden = golden();
    let data = told_data(&golden);
    let weighted = data.clone().with_weights(&numbers(&golden["weights"])).unwrap();
    let value = |name: &str| golden[name].as_f64().unwrap();
    for (data, suffix) in [(&data, ""), (&weighted, "_weighted")] {
        let auc = value(&format!("auc{suffix}"));
        check_text(&roc_chart(&Told, data).unwrap(), &format!("hit = 1 (AUC {auc:.4})"));
        let ap = value(&format!("ap{suffix}"));
        check_text(&precision_recall_chart(&Told, data).unwrap(), &format!("hit = 1 (AP {ap:.4})"));
    }
    assert!((value("auc") - value("auc_weighted")).abs() > 1e-3, "weights count");
}

#[test]
fn a_calibration_has_the_points_of_scikit_learn() {
    let golden = golden();
    let chart = calibration_chart(&Told, &told_data(&golden), 5).unwrap();
    let points = golden["calibration"].as_array().unwrap();
    let expected: Vec<(f64, f64)> = numbers(&points[1]).into_iter().zip(numbers(&points[0])).collect();
    // Places are tenths of a pixel; the axes' ranges give their scale.
    let svg = chart.svg();
    let circles: Vec<(f64, f64)> = svg
        .split("<circle ")
        .skip(1)
        .map(|circle| {
            let place = |name: &str| {
                circle.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse::<f64>().unwrap()
            };
            (place("cx"), place("cy"))
        })
        .collect();
    assert_eq!(circles.len(), expected.len());
    for pair in [(0, 1), (1, 2), (2, 3)] {
        let ((a, b), (c, d)) = ((circles[pair.0], circles[pair.1]), (expected[pair.0], expected[pair.1]));
        let scale = ((b.0 - a.0) / (d.0 - c.0), (b.1 - a.1) / (d.1 - c.1));
        let whole = (
            (circles[4].0 - circles[0].0) / (expected[4].0 - expected[0].0),
            (circles[4].1 - circles[0].1) / (expected[4].1 - expected[0].1),
        );
        assert!(
            (scale.0 / whole.0 - 1.0).abs() < 0.01 && (scale.1 / whole.1 - 1.0).abs() < 0.01,
            "{circles:?} {expected:?}"
        );
    }
    check_text(&chart, "hit = 1");
}

fn three_classes() -> (Dataset, Box<dyn Model>) {
    let frame = penguins().unwrap().select(["bill_length_mm", "bill_depth_mm", "species"]).unwrap();
    let frame = frame.drop_nulls::<String>(None).unwrap();
    let data = Dataset::from_frame(&frame, "species").unwrap();
    let model = LogisticRegression::new().fit(&data).unwrap();
    (data, Box::new(model))
}

fn search() -> SearchResult {
    let data = Dataset::from_frame(&make_classification(150, 5, 3, 2, 1.0, 0.1, 2).unwrap(), "class").unwrap();
    GridSearch::new(LogisticRegression::new())
        .param("C", [0.0001, 0.01, 1.0, 100.0])
        .param("penalty", ["l1", "l2"])
        .cv(StratifiedKFold::new(3))
        .fit(&data)
        .unwrap()
}

#[test]
fn labels_stand_within_every_picture() {
    let (data, model) = three_classes();
    let (truth, predicted) = (Target::Values(vec![1e5, 2.5e5, 3e5]), Target::Values(vec![1.5e5, 2e5, 3.5e5]));
    let long = "a rather long name of a class that has to be cut somewhere";
    let labels = Target::from_labels(&[long, "b", "b"]);
    let importances = df!("feature" => [long, "b"], "importance" => [0.5, -0.1], "error" => [0.2, 0.05]).unwrap();
    let result = search();
    let told = predicted_of(model.as_ref(), &data);
    let charts = [
        roc_chart(model.as_ref(), &data),
        precision_recall_chart(model.as_ref(), &data),
        calibration_chart(model.as_ref(), &data, 10),
        confusion_chart(&confusion_matrix(data.target(), &told).unwrap()),
        confusion_chart(&confusion_matrix(&labels, &labels).unwrap()),
        residual_chart(&truth, &predicted),
        prediction_chart(&truth, &predicted),
        importance_chart(&importances, "importance", Some("error")),
        result.validation_chart("C"),
        result.validation_chart("penalty"),
        result.heat_map("C", "penalty"),
        result.heat_map("penalty", "C"),
    ];
    for chart in charts {
        let chart = chart.unwrap();
        check_labels(&chart);
        let svg = chart.svg();
        assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{svg}");
        assert!(!svg.contains("#FFFFFF") && !svg.contains("#000000"), "a colour of its own hides the theme's");
    }
}

fn predicted_of(model: &dyn Model, data: &Dataset) -> Target {
    model.predict(data.features()).unwrap()
}

#[test]
fn a_validation_chart_shows_the_candidates_like_the_best() {
    let result = search();
    let chart = result.validation_chart("C").unwrap();
    // Four values, each with a point for validation and for training rows; the axis is logarithmic.
    assert_eq!(chart.svg().matches("<circle").count(), 8);
    for label in ["0.0001", "0.01", "1", "100", "validation accuracy", "training accuracy"] {
        check_text(&chart, label);
    }
    assert_eq!(result.validation_chart("penalty").unwrap().svg().matches("<circle").count(), 4);
    check_error(
        result.validation_chart("c"),
        "the setting of a chart is \"c\", but it must be one of \"C\", \"penalty\"",
    );
    let linear = df!("depth" => [1, 2, 3], "mean_test" => [0.5, 0.6, 0.7]).unwrap();
    let chart = validation_chart(&linear, "depth").unwrap();
    check_text(&chart, "validation");
    check_text(&chart, "2.0");
    assert_eq!(chart.svg().matches("<polygon").count(), 0, "without a spread there is no band");
    let scores = df!("n" => [10, 20], "mean_test" => [0.5, 0.6], "std_test" => [0.1, 0.1]).unwrap();
    assert_eq!(learning_chart(&scores, "n").unwrap().svg().matches("<polygon").count(), 1);
    check_error(
        validation_chart(&scores.select(["n"]).unwrap(), "n"),
        "the number of columns `mean_…` is 0, but it must be from 1 to 6",
    );
}

#[test]
fn a_heat_map_has_the_best_score_of_each_pair() {
    let result = search();
    let chart = result.heat_map("C", "penalty").unwrap();
    for label in ["C = 0.0001", "C = 100.0", "penalty = l1", "penalty = l2"] {
        check_text(&chart, label);
    }
    let best = (result.best_score() * 1e3).round() / 1e3;
    check_text(&chart, &format!("{best}"));
    check_error(
        result.heat_map("C", "C"),
        "the second setting of a heat map is \"C\", but it must be another one than the first",
    );
}

#[test]
fn every_kind_of_search_can_be_drawn() {
    let data = Dataset::from_frame(&make_classification(200, 5, 3, 2, 1.0, 0.1, 2).unwrap(), "class").unwrap();
    let halved =
        HalvingGridSearch::new(LogisticRegression::new()).param("C", [0.01, 0.1, 1.0]).factor(2).fit(&data).unwrap();
    check_labels(&halved.validation_chart("C").unwrap());
    let random = RandomSearch::new(LogisticRegression::new())
        .param("C", Distribution::log_uniform(1e-3, 1e3))
        .train_scores(false)
        .fit(&data)
        .unwrap();
    assert_eq!(random.validation_chart("C").unwrap().svg().matches("<circle").count(), 10);
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let (data, model) = three_classes();
    check_error(
        roc_chart(
            &Told,
            &Dataset::new(df!("score" => [0.5, 0.7]).unwrap(), Target::from_labels(&["1", "1"]), "hit").unwrap(),
        ),
        "ROC curve: none of the 2 rows has a finite value in each of `hit`, so there is nothing to draw",
    );
    check_error(
        calibration_chart(model.as_ref(), &data, 101),
        "the number of bins of a calibration chart is 101, but it must be from 1 to 100",
    );
    let values = Dataset::new(df!("score" => [0.5]).unwrap(), Target::Values(vec![1.0]), "y").unwrap();
    assert!(roc_chart(&Told, &values).unwrap_err().to_string().contains("`y`"));
    check_error(
        residual_chart(&Target::Values(vec![1.0, 2.0]), &Target::Values(vec![1.0])),
        "the prediction has 1 rows, but 2 are needed",
    );
    check_error(
        residual_chart(&Target::Values(vec![f64::NAN]), &Target::Values(vec![1.0])),
        "residual chart: none of the 1 rows has a finite value in each of `predicted`, `true - predicted`, so there is nothing to draw",
    );
    assert!(prediction_chart(&Target::from_labels(&["a"]), &Target::Values(vec![1.0])).is_err());
    let importances = df!("feature" => ["a"], "importance" => [f64::NAN]).unwrap();
    check_error(
        importance_chart(&importances, "importance", None),
        "importance chart: none of the 1 rows has a finite value in each of `feature`, `importance`, so there is nothing to draw",
    );
}
