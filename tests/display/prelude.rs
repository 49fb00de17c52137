//! A cell's view of the prelude: this file is written as cells are, and that it compiles is most of the test.

use workbench::prelude::*;

/// `Result` is the standard library's, and `?` takes any error.
fn cell() -> Result<DataFrame, Box<dyn std::error::Error>> {
    let frame = df!("x" => [1.0, 2.0, 3.0, 4.0], "label" => ["a", "b", "a", "b"])?;
    let doubled = frame.clone().lazy().with_column((col("x") * lit(2.0)).alias("double")).collect()?;
    let data = Dataset::from_frame(&frame, "label")?;
    let arrays: Array2<f64> = data.records()?;
    assert_eq!(arrays.slice(s![0..2, ..]), array![[1.0], [2.0]]);
    assert_eq!(arrays.sum_axis(Axis(0)), Array1::from_vec(vec![10.0]));
    let pipeline = Pipeline::new()
        .step("impute", Imputer::new(Strategy::Median))
        .step("scale", StandardScaler::new())
        .estimator("logistic", LogisticRegression::new().penalty(Penalty::L2).c(1.0));
    let scores = cross_validate(&pipeline, &data, &StratifiedKFold::new(2), &["accuracy"])?;
    assert_eq!(scores.folds().len(), 2);
    // Names of the prelude do not stand in the way of a cell's own variables.
    let accuracy = scores.mean("accuracy")?;
    let line = format!("{accuracy:.1}");
    assert_eq!(line.len(), 3);
    let json: serde_json::Value = serde_json::from_str("[1]")?;
    assert_eq!(Json(json).bundle().get("text/plain"), Some("[\n  1\n]"));
    Ok(doubled)
}

/// Plotters' own prelude can be used beside it.
fn cell_with_plotters() -> Result<Chart, Box<dyn std::error::Error>> {
    use plotters::prelude::*;
    let chart = Chart::new(200, 100, |area| {
        area.fill(&WHITE)?;
        let mut axes = ChartBuilder::on(area).build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
        axes.draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], &RED))?;
        Ok(())
    })?;
    Ok(chart)
}

#[test]
fn a_cell_needs_no_use() {
    assert_eq!(cell().unwrap().shape(), (4, 3));
    assert_eq!(cell_with_plotters().unwrap().width(), 200);
}
