//! What every step must do with good and bad input: one list of steps, one list of checks.

use polars::prelude::{Column, DataFrame, DataType, df};
use workbench::Error;
use workbench::prelude::rayon::ThreadPoolBuilder;
use workbench::preprocess::{
    Action, BinEncoding, Cast, ConstantColumn, Downcast, FittedTransformer, Imputer, IsolationForest, IterativeImputer,
    KBinsDiscretizer, KnnImputer, LogTransformer, MaxAbsScaler, MinMaxScaler, Normalizer, OutlierFilter, Outliers,
    OutputDistribution, Pca, PolynomialFeatures, PowerMethod, PowerTransformer, QuantileTransformer, RandomProjection,
    RobustScaler, SplineTransformer, StandardScaler, Strategy, ToBoolean, ToDatetime, ToNumeric, Transformer,
};

/// A step, and what it does not do.
struct Case {
    step: Box<dyn Transformer>,
    /// Takes columns of text, not of numbers.
    reads_text: bool,
    /// Learns nothing of the values, so that columns in which all is missing are no error.
    takes_all_missing: bool,
    /// Lets infinite values pass, since it computes with none.
    takes_infinite: bool,
}

fn case(step: impl Transformer + 'static) -> Case {
    Case { step: Box::new(step), reads_text: false, takes_all_missing: false, takes_infinite: false }
}

/// Computes with values without learning from them.
fn stateless(step: impl Transformer + 'static) -> Case {
    Case { takes_all_missing: true, ..case(step) }
}

/// Moves values without looking at what they are.
fn carrying(step: impl Transformer + 'static) -> Case {
    Case { takes_infinite: true, ..stateless(step) }
}

fn reading(step: impl Transformer + 'static) -> Case {
    Case { reads_text: true, ..carrying(step) }
}

fn cases() -> Vec<Case> {
    let zscore = Outliers::ZScore { threshold: 3.0 };
    vec![
        case(Imputer::new(Strategy::Mean)),
        case(Imputer::new(Strategy::Median).indicator(true)),
        case(Imputer::new(Strategy::MostFrequent)),
        stateless(Imputer::new(Strategy::Constant(0.into()))),
        carrying(Imputer::new(Strategy::ForwardFill)),
        carrying(Imputer::new(Strategy::BackwardFill).limit(1)),
        case(KnnImputer::new().n_neighbors(2)),
        case(IterativeImputer::new().max_iter(3)),
        case(OutlierFilter::new(zscore)),
        case(OutlierFilter::new(Outliers::ModifiedZScore { threshold: 3.5 }).action(Action::Missing)),
        case(OutlierFilter::new(Outliers::Iqr { factor: 1.5 }).action(Action::Clip)),
        case(IsolationForest::new().n_estimators(10)),
        case(IsolationForest::new().n_estimators(10).per_column(true).contamination(0.2).action(Action::Missing)),
        case(StandardScaler::new().constant(ConstantColumn::Keep)),
        case(MinMaxScaler::new()),
        case(MaxAbsScaler::new()),
        case(RobustScaler::new()),
        case(QuantileTransformer::new()),
        case(QuantileTransformer::new().output_distribution(OutputDistribution::Normal)),
        case(PowerTransformer::new()),
        case(PowerTransformer::new().method(PowerMethod::BoxCox)),
        stateless(LogTransformer::new()),
        stateless(LogTransformer::new().plus_one(true).base(2.0)),
        stateless(Normalizer::new()),
        case(KBinsDiscretizer::new().n_bins(3)),
        case(KBinsDiscretizer::new().n_bins(3).encode(BinEncoding::OneHot)),
        stateless(PolynomialFeatures::new()),
        case(SplineTransformer::new()),
        case(Pca::new()),
        stateless(RandomProjection::new().n_components(1)),
        carrying(Downcast::new()),
        carrying(Cast::to(&[("x", "float64")])),
        reading(ToNumeric::new()),
        reading(ToDatetime::new()),
        reading(ToBoolean::new()),
    ]
}

/// Numbers greater than 0, some missing, beside columns that no step of numbers takes.
fn ordinary() -> DataFrame {
    df!(
        "x" => [Some(1.5), Some(2.0), None, Some(4.5), Some(3.0), Some(f64::NAN), Some(2.5), Some(9.0)],
        "größe" => [Some(3i64), Some(1), Some(2), None, Some(5), Some(4), Some(6), Some(2)],
        "text" => ["a", "b", "a", "c", "a", "b", "c", "a"],
        "number" => ["1", "2.5", "", "7", "4", "3", "2", "1"],
        "day" => ["2024-01-01", "2024-01-02", "", "2024-02-03", "2024-01-04", "2024-01-05", "2024-01-06", "2024-01-07"],
        "flag" => ["yes", "no", "", "yes", "no", "no", "no", "yes"],
    )
    .unwrap()
}

fn with_column(frame: &DataFrame, column: Column) -> DataFrame {
    let mut frame = frame.clone();
    frame.with_column(column).unwrap();
    frame
}

fn told(case: &Case, error: &Error) -> String {
    format!("{:?}: {error}", case.step)
}

/// An error that says what is wrong with which column, in the words of a person.
#[track_caller]
fn check_clear(case: &Case, error: &Error, parts: &[&str]) {
    let message = error.to_string();
    assert!(!matches!(error, Error::Polars(_)), "{}", told(case, error));
    assert!(parts.iter().all(|part| message.contains(part)), "{}: does not say {parts:?}", told(case, error));
}

#[test]
fn ordinary_frames_are_transformed_and_others_pass_through() {
    let frame = ordinary();
    for case in cases() {
        let fitted = case.step.fit(&frame).unwrap_or_else(|error| panic!("{}", told(&case, &error)));
        let transformed = fitted.transform(&frame).unwrap_or_else(|error| panic!("{}", told(&case, &error)));
        assert_eq!(transformed.height(), frame.height(), "{:?}", case.step);
        assert!(transformed.column("text").unwrap().equals(frame.column("text").unwrap()), "{:?}", case.step);
        // Rows one by one are transformed as they are together, but where values are carried from row to row.
        let is_carried = format!("{:?}", case.step).contains("wardFill");
        if !is_carried {
            let one = fitted.transform(&frame.slice(3, 1)).unwrap_or_else(|error| panic!("{}", told(&case, &error)));
            assert!(one.equals_missing(&transformed.slice(3, 1)), "{:?}: {one} {}", case.step, transformed.slice(3, 1));
        }
        // What can be undone is as it was in shape; otherwise the reason is told.
        match fitted.inverse_transform(&transformed) {
            Ok(back) => assert_eq!(back.height(), frame.height(), "{:?}", case.step),
            Err(error) => assert!(matches!(error, Error::NotInvertible { .. }), "{}", told(&case, &error)),
        }
    }
}

#[test]
fn a_frame_that_is_given_away_becomes_the_same() {
    let (frame, before) = (ordinary(), ordinary());
    for case in cases() {
        let fitted = case.step.fit(&frame).unwrap();
        let owned = fitted.transform_owned(frame.clone()).unwrap();
        assert!(owned.equals_missing(&fitted.transform(&frame).unwrap()), "{:?}", case.step);
        assert!(frame.equals_missing(&before), "{:?}", case.step);
        // A column that is gone is told in the same words.
        let fewer = frame.select(["text"]).unwrap();
        match (fitted.transform(&fewer), fitted.transform_owned(fewer)) {
            (Ok(one), Ok(other)) => assert!(one.equals_missing(&other), "{:?}", case.step),
            (one, other) => {
                assert_eq!(one.unwrap_err().to_string(), other.unwrap_err().to_string(), "{:?}", case.step);
            }
        }
    }
}

#[test]
fn missing_values_stay_missing_unless_they_are_filled() {
    let frame = ordinary();
    for case in cases().iter().filter(|case| !case.reads_text && !case.step.name().contains("imputer")) {
        let transformed = case.step.fit_transform(&frame).unwrap();
        // A step that makes other columns of `x` has the missing value in each of them.
        let mut made = 0;
        for column in transformed.columns().iter().filter(|column| column.dtype().is_primitive_numeric()) {
            let values = column.cast(&DataType::Float64).unwrap();
            let missing = values.f64().unwrap().get(2).is_none_or(f64::is_nan);
            let is_of_x = column.name() != "größe" && column.name() != "1" && !column.name().starts_with("größe");
            assert!(missing || !is_of_x, "{:?}: {column:?}", case.step);
            made += usize::from(missing);
        }
        assert!(made > 0, "{:?}", case.step);
    }
}

#[test]
fn infinite_values_are_told_with_column_and_row() {
    for infinite in [f64::INFINITY, f64::NEG_INFINITY] {
        let bad = with_column(&ordinary(), Column::new("x".into(), [1.0, 2.0, 3.0, infinite, 1.0, 2.0, 3.0, 4.0]));
        for case in cases() {
            let fitted = case.step.fit(&ordinary()).unwrap();
            for result in [case.step.fit(&bad).and_then(|fitted| fitted.transform(&bad)), fitted.transform(&bad)] {
                match result {
                    Err(error) => check_clear(&case, &error, &["`x`", "row 3"]),
                    Ok(_) => assert!(case.takes_infinite, "{:?} takes {infinite}", case.step),
                }
            }
        }
    }
}

#[test]
fn empty_frames_and_frames_without_columns_do_no_harm() {
    let frame = ordinary();
    for case in cases() {
        let empty = frame.head(Some(0));
        match case.step.fit(&empty) {
            Ok(fitted) => assert_eq!(fitted.transform(&empty).unwrap().height(), 0, "{:?}", case.step),
            Err(error) => check_clear(&case, &error, &[case.step.name()]),
        }
        // New rows may be none.
        let none = case.step.fit(&frame).unwrap().transform(&empty);
        assert_eq!(none.unwrap_or_else(|error| panic!("{}", told(&case, &error))).height(), 0);
        let without = DataFrame::empty();
        match case.step.fit(&without) {
            Ok(fitted) => assert_eq!(fitted.transform(&without).unwrap().shape(), (0, 0), "{:?}", case.step),
            Err(error) => check_clear(&case, &error, &["x"]),
        }
    }
}

#[test]
fn single_rows_and_constant_columns_are_taken_or_told() {
    let single =
        df!("x" => [2.0], "größe" => [3i64], "number" => ["1"], "day" => ["2024-01-01"], "flag" => ["yes"]).unwrap();
    let constant =
        df!("x" => [2.0, 2.0, 2.0, 2.0], "größe" => [3i64, 3, 3, 3], "number" => ["1"; 4], "day" => ["2024-01-01"; 4], "flag" => ["yes"; 4])
            .unwrap();
    for case in cases() {
        for frame in [&single, &constant] {
            match case.step.fit(frame).and_then(|fitted| fitted.transform(frame)) {
                Ok(transformed) => {
                    assert_eq!(transformed.height(), frame.height(), "{:?}", case.step);
                    for column in transformed.columns().iter().filter(|column| column.dtype().is_float()) {
                        let finite = column.cast(&DataType::Float64).unwrap();
                        assert!(
                            finite.f64().unwrap().iter().flatten().all(f64::is_finite),
                            "{:?}: {column:?}",
                            case.step
                        );
                    }
                }
                Err(error) => check_clear(&case, &error, &[case.step.name()]),
            }
        }
    }
}

#[test]
fn columns_in_which_all_is_missing_are_told() {
    let frame = with_column(&ordinary(), Column::new("x".into(), [None::<f64>; 8]));
    let nans = with_column(&ordinary(), Column::new("x".into(), [f64::NAN; 8]));
    for case in cases() {
        for frame in [&frame, &nans] {
            match case.step.fit(frame).and_then(|fitted| fitted.transform(frame)) {
                Ok(transformed) => assert!(
                    transformed.height() == 8 && case.takes_all_missing,
                    "{:?} takes a column of missing values",
                    case.step
                ),
                Err(error) => check_clear(&case, &error, &["`x`"]),
            }
        }
        // New rows may have nothing but missing values.
        let fitted = case.step.fit(&ordinary()).unwrap();
        fitted.transform(&frame).unwrap_or_else(|error| panic!("{}", told(&case, &error)));
    }
}

#[test]
fn columns_that_are_gone_or_changed_are_told() {
    let frame = ordinary();
    for case in cases() {
        let fitted = case.step.fit(&frame).unwrap();
        let expected = fitted.transform(&frame).unwrap();
        // In another order, and with one more, the same comes out.
        let mut names: Vec<&str> = frame.get_column_names().iter().map(|name| name.as_str()).collect();
        names.reverse();
        let turned = with_column(&frame.select(names).unwrap(), Column::new("more".into(), [0i64; 8]));
        let transformed = fitted.transform(&turned).unwrap_or_else(|error| panic!("{}", told(&case, &error)));
        assert!(transformed.column("more").is_ok(), "{:?}", case.step);
        for column in expected.columns() {
            let found = transformed.column(column.name()).unwrap_or_else(|error| panic!("{:?}: {error}", case.step));
            assert!(found.equals_missing(column), "{:?}: {found:?} {column:?}", case.step);
        }
        let worked_on = match case.step.name() {
            "to_numeric" => "number",
            "to_datetime" => "day",
            "to_boolean" => "flag",
            _ => "x",
        };
        let mut renamed = frame.clone();
        renamed.rename(worked_on, "z".into()).unwrap();
        let error = fitted.transform(&renamed).unwrap_err();
        check_clear(&case, &error, &[case.step.name(), &format!("`{worked_on}`"), "`z`"]);
        let other =
            if case.reads_text { Column::new(worked_on.into(), [1.0; 8]) } else { Column::new("x".into(), ["a"; 8]) };
        match fitted.transform(&with_column(&frame, other)) {
            Err(error) => check_clear(&case, &error, &[case.step.name(), &format!("`{worked_on}`")]),
            Ok(_) => panic!("{:?} takes another dtype", case.step),
        }
    }
}

#[test]
fn huge_and_tiny_values_give_numbers_or_a_clear_error() {
    let huge = with_column(&ordinary(), Column::new("x".into(), [1e300, 2.0, 1e308, 4.0, 1e-300, 2.0, 3e299, 4.0]));
    let tiny = with_column(
        &ordinary(),
        Column::new("x".into(), [1e-300, 2e-300, 5e-324, 4e-300, 1e-310, 2e-300, 3e-300, 4e-300]),
    );
    for case in cases() {
        for frame in [&huge, &tiny] {
            match case.step.fit(frame).and_then(|fitted| fitted.transform(frame)) {
                Ok(transformed) => {
                    for column in transformed.columns().iter().filter(|column| column.dtype().is_float()) {
                        let finite = column.cast(&DataType::Float64).unwrap();
                        let mut known = finite.f64().unwrap().iter().flatten();
                        assert!(known.all(|value| !value.is_infinite()), "{:?}: {column:?}", case.step);
                    }
                }
                Err(error) => check_clear(&case, &error, &["x"]),
            }
        }
    }
}

#[test]
fn names_of_any_script_are_kept_in_results_and_errors() {
    let frame = df!("身長 cm" => [Some(1.0), Some(2.5), Some(3.0)], "``" => [2.0, 1.0, 3.5]).unwrap();
    for case in cases().iter().filter(|case| case.step.name() != "cast" && !case.reads_text) {
        let fitted = case.step.fit(&frame).unwrap_or_else(|error| panic!("{}", told(case, &error)));
        fitted.transform(&frame).unwrap_or_else(|error| panic!("{}", told(case, &error)));
        let error = fitted.transform(&frame.select(["``"]).unwrap()).unwrap_err();
        check_clear(case, &error, &["`身長 cm`"]);
    }
}

#[test]
fn a_refit_forgets() {
    let frame = ordinary();
    let other = with_column(&frame, Column::new("x".into(), [100.0, 250.0, 300.0, 120.0, 110.0, 190.0, 170.0, 160.0]));
    for case in cases() {
        let fitted = case.step.fit(&frame).unwrap();
        let before = format!("{fitted:?}");
        case.step.fit(&other).unwrap();
        assert_eq!(format!("{fitted:?}"), before);
        assert_eq!(format!("{:?}", case.step.fit(&frame).unwrap()), before);
    }
}

#[test]
fn settings_go_round_and_unknown_ones_are_told() {
    for case in cases() {
        let mut step = case.step.clone();
        let before = format!("{step:?}");
        for (name, value) in case.step.params() {
            step.set_param(&name, &value).unwrap_or_else(|error| panic!("{before}: {error}"));
        }
        assert_eq!(format!("{step:?}"), before);
        let error = step.set_param("no such setting", &1.into()).unwrap_err();
        check_clear(&case, &error, &["no such setting", case.step.name()]);
        for (name, value) in case.step.params() {
            // A setting never takes any kind of value; text is a value of its own kind to some.
            let wrong =
                if matches!(value, workbench::preprocess::ParamValue::Text(_)) { true.into() } else { "wrong".into() };
            if let Err(error) = step.set_param(&name, &wrong) {
                check_clear(&case, &error, &[case.step.name()]);
                assert_eq!(format!("{step:?}"), before, "a setting that is refused is not taken");
            }
            step = case.step.clone();
        }
    }
}

#[test]
fn results_are_the_same_at_any_number_of_threads() {
    let frame = ordinary();
    for case in cases() {
        let run = |threads: usize| -> (String, DataFrame) {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let fitted = case.step.fit(&frame).unwrap();
                (format!("{fitted:?}"), fitted.transform(&frame).unwrap())
            })
        };
        let (one, two) = (run(1), run(2));
        assert_eq!(one.0, two.0);
        assert!(one.1.equals_missing(&two.1), "{:?}", case.step);
    }
}

/// What a caller holds is what a pipeline holds.
#[test]
fn boxed_steps_are_copied_whole() {
    for case in cases() {
        assert_eq!(format!("{:?}", case.step.clone_box()), format!("{:?}", case.step));
        let fitted: Box<dyn FittedTransformer> = case.step.fit(&ordinary()).unwrap();
        let rows = fitted.training_rows(&ordinary()).unwrap();
        assert!(rows.is_none_or(|rows| rows.len() == 8));
    }
}
