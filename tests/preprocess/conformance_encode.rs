//! What every encoder, every choice of features and every composition must do, whatever it is given.

use std::panic::{AssertUnwindSafe, catch_unwind};

use polars::prelude::{Column, DataFrame, DataType, IntoSeries, ListChunked, NamedFrom, Series, TimeUnit, df};
use workbench::data::Target;
use workbench::models::{LogisticRegression, Rfe, SelectFromModel};
use workbench::preprocess::{
    Chain, ColumnTransformer, Columns, CountVectorizer, CyclicEncoder, DatePart, DateParts, DtypeGroup,
    FittedTransformer, FrequencyEncoder, HashingEncoder, MissingCategory, OneHotEncoder, OrdinalEncoder, Remainder,
    Score, SelectKBest, SelectPercentile, TargetEncoder, TfidfVectorizer, Transformer, Unknown, VarianceThreshold,
    from_json,
};

use super::names;

/// Every step of this part, with the column that it works on in [`base`].
fn steps() -> Vec<(&'static str, Box<dyn Transformer>)> {
    let chain = Chain::new()
        .step("codes", OrdinalEncoder::new().columns(&["kind"]))
        .step("spread", VarianceThreshold::new(0.0));
    let columns = ColumnTransformer::new()
        .step("cat", OneHotEncoder::new().columns(&["kind"]), Columns::named(&["kind"]))
        .step("num", VarianceThreshold::new(0.0), Columns::of(DtypeGroup::Numeric))
        .remainder(Remainder::Passthrough);
    let logistic = LogisticRegression::new;
    vec![
        ("kind", Box::new(OneHotEncoder::new().columns(&["kind"]))),
        ("kind", Box::new(OneHotEncoder::new().columns(&["kind"]).unknown(Unknown::Infrequent).max_categories(2))),
        ("kind", Box::new(OrdinalEncoder::new().columns(&["kind"]))),
        ("kind", Box::new(TargetEncoder::new().columns(&["kind"]).cv(2))),
        ("kind", Box::new(FrequencyEncoder::new().columns(&["kind"]))),
        ("kind", Box::new(HashingEncoder::new(4).columns(&["kind"]))),
        ("when", Box::new(DateParts::new().columns(&["when"]))),
        ("when", Box::new(CyclicEncoder::parts(&[DatePart::Month]).columns(&["when"]))),
        ("größe", Box::new(CyclicEncoder::period(24.0).columns(&["größe"]))),
        ("note", Box::new(CountVectorizer::new().columns(&["note"]))),
        ("note", Box::new(TfidfVectorizer::new().counts(CountVectorizer::new().columns(&["note"])))),
        ("größe", Box::new(VarianceThreshold::new(0.0).columns(&["größe", "count"]))),
        ("größe", Box::new(SelectKBest::new(Score::FClassif, 2).columns(&["größe", "count"]))),
        ("count", Box::new(SelectKBest::new(Score::Chi2, 1).columns(&["count"]))),
        ("größe", Box::new(SelectPercentile::new(Score::MutualInfoClassif, 100.0).columns(&["größe", "count"]))),
        ("größe", Box::new(Rfe::new(logistic(), 2).columns(&["größe", "count"]))),
        (
            "größe",
            Box::new(
                SelectFromModel::new(logistic())
                    .max_features(2)
                    .threshold(workbench::models::ImportanceThreshold::Value(0.0))
                    .columns(&["größe", "count"]),
            ),
        ),
        ("kind", Box::new(chain)),
        ("kind", Box::new(columns)),
    ]
}

fn base() -> DataFrame {
    let mut frame = df!(
        "kind" => ["a", "b", "東京 tower, a long one", "a", "b", "a"],
        "größe" => [1.5, -2.5, 0.25, 7.0, 3.0, 2.0],
        "note" => ["good day", "bad day", "ünïcode day", "good", "so so", "bad"],
        "count" => [1i64, 4, 2, 9, 0, 5]
    )
    .unwrap();
    let days = Column::new("when".into(), [18_000_i32, 18_100, 18_200, 18_300, 18_400, 18_500]);
    frame.with_column(days.cast(&DataType::Date).unwrap()).unwrap();
    frame
}

fn target() -> Target {
    Target::from_labels(&["n", "y", "n", "y", "n", "y"])
}

fn fit(step: &dyn Transformer, frame: &DataFrame, target: &Target) -> workbench::Result<Box<dyn FittedTransformer>> {
    step.fit_with_target(frame, target)
}

/// A column of `name` in `base` replaced.
fn with(name: &str, column: Column) -> DataFrame {
    let mut frame = base();
    frame.with_column(column.with_name(name.into())).unwrap();
    frame
}

#[test]
fn rows_stay_other_columns_pass_and_both_ways_of_fitting_agree() {
    for (_, step) in steps() {
        let (frame, target) = (base(), target());
        let fitted = fit(step.as_ref(), &frame, &target).unwrap_or_else(|error| panic!("{step:?}: {error}"));
        let made = fitted.transform(&frame).unwrap();
        assert_eq!(made.height(), frame.height());
        let trained = step.fit_transform_with_target(&frame, &target).unwrap();
        assert!(trained.fitted.transform(&frame).unwrap().equals_missing(&made), "{step:?}");
        if trained.is_transform {
            assert!(trained.frame.equals_missing(&made), "{step:?}");
        }
        assert_eq!(names(&trained.frame), names(&made), "{step:?}");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let one = workbench::prelude::rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for (_, step) in steps() {
        let run = || {
            let trained = step.fit_transform_with_target(&base(), &target()).unwrap();
            (format!("{:?}", trained.fitted), trained.frame)
        };
        let (alone, together) = (one.install(run), run());
        assert_eq!(alone.0, together.0);
        assert!(alone.1.equals_missing(&together.1));
    }
}

#[test]
fn refitting_forgets() {
    let other = base().slice(1, 4).clone();
    let of_other = Target::from_labels(&["y", "n", "n", "y"]);
    for (_, step) in steps() {
        let first = fit(step.as_ref(), &base(), &target()).unwrap();
        let _ = fit(step.as_ref(), &other, &of_other);
        let again = fit(step.as_ref(), &base(), &target()).unwrap();
        assert_eq!(format!("{first:?}"), format!("{again:?}"));
    }
}

#[test]
fn saved_and_loaded_steps_transform_alike() {
    for (_, step) in steps() {
        let fitted = fit(step.as_ref(), &base(), &target()).unwrap();
        let text = fitted.to_json().unwrap_or_else(|error| panic!("{step:?}: {error}"));
        let loaded = from_json(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(loaded.transform(&base()).unwrap().equals_missing(&fitted.transform(&base()).unwrap()));
        assert_eq!(loaded.to_json().unwrap(), text);
    }
}

#[test]
fn every_setting_can_be_set_to_what_it_is() {
    for (_, mut step) in steps() {
        let before = format!("{step:?}");
        for (name, value) in step.params() {
            step.set_param(&name, &value).unwrap_or_else(|error| panic!("{before}: {name}: {error}"));
        }
        assert_eq!(format!("{step:?}"), before);
        let unknown = step.set_param("no_such_setting", &1.into()).unwrap_err().to_string();
        assert!(unknown.starts_with(&format!("unknown parameter \"no_such_setting\" of {}", step.name())), "{unknown}");
    }
}

#[test]
fn columns_in_another_order_give_the_same() {
    let mut order = names(&base());
    order.reverse();
    let reordered = base().select(order).unwrap();
    for (_, step) in steps() {
        let fitted = fit(step.as_ref(), &base(), &target()).unwrap();
        let (made, expected) = (fitted.transform(&reordered).unwrap(), fitted.transform(&base()).unwrap());
        let made = made.select(names(&expected)).unwrap();
        assert!(made.equals_missing(&expected), "{step:?}");
    }
}

#[test]
fn a_column_that_is_gone_renamed_or_of_another_dtype_is_named() {
    for (column, step) in steps() {
        let fitted = fit(step.as_ref(), &base(), &target()).unwrap();
        let gone = base().drop(column).unwrap();
        let mut renamed = base();
        renamed.rename(column, "renamed".into()).unwrap();
        for frame in [gone, renamed] {
            let message = fitted.transform(&frame).unwrap_err().to_string();
            assert!(message.contains("was fitted on a column") && message.contains(column), "{step:?}: {message}");
        }
        let dtype = base().column(column).unwrap().dtype().clone();
        let wrong = if dtype.is_primitive_numeric() {
            Column::new("w".into(), ["x"; 6])
        } else {
            Column::new("w".into(), [1.5; 6])
        };
        // A hash takes any value of any dtype, and says so.
        if step.name() == "hashing_encoder" {
            assert!(fitted.transform(&with(column, wrong)).is_ok());
            continue;
        }
        let message = fitted.transform(&with(column, wrong)).unwrap_err().to_string();
        assert!(message.contains(column) && message.contains("but here the column is"), "{step:?}: {message}");
    }
}

#[test]
fn a_column_of_lists_cannot_be_learnt_from_and_is_named() {
    let lists = ListChunked::from_iter((0..6).map(|row| Some(Series::new("".into(), [row])))).into_series();
    for (column, step) in steps() {
        let message = match fit(step.as_ref(), &with(column, lists.clone().into()), &target()) {
            Err(error) => error.to_string(),
            // By kind, a column transformer chooses other columns.
            Ok(_) => panic!("{step:?} took a column of lists"),
        };
        assert!(message.contains(&format!("`{column}`")), "{step:?}: {message}");
    }
}

/// Frames of every bad kind: each step refuses them in words or transforms them into as many rows; it never panics, and what it fits it can save.
#[test]
fn no_frame_makes_a_step_panic() {
    let floats = |values: [f64; 6]| Column::new("f".into(), values);
    let text = |values: [Option<&str>; 6]| Column::new("t".into(), values);
    let far = Column::new("when".into(), [i64::MAX, i64::MIN, 0, 1, -1, i64::MAX / 2]);
    let far = far.cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).unwrap();
    let frames: Vec<(&str, DataFrame)> = vec![
        ("base", base()),
        ("no rows", base().head(Some(0))),
        ("no columns", DataFrame::empty()),
        ("no columns, six rows", DataFrame::new(6, Vec::new()).unwrap()),
        ("one row", base().head(Some(1))),
        ("NaN", with("größe", floats([f64::NAN, 1.0, f64::NAN, 2.0, 3.0, 4.0]))),
        ("all NaN", with("größe", floats([f64::NAN; 6]))),
        ("infinite", with("größe", floats([1.0, f64::INFINITY, 2.0, f64::NEG_INFINITY, 3.0, 4.0]))),
        ("constant", with("größe", floats([3.0; 6]))),
        ("huge", with("größe", floats([1e300, -1e300, 1e308, f64::MAX, f64::MIN, 0.0]))),
        ("tiny", with("größe", floats([1e-300, -1e-300, 5e-324, 0.0, -0.0, 1e-308]))),
        ("one kind", with("kind", text([Some("a"); 6]))),
        ("missing kinds", with("kind", text([Some("a"), None, None, Some("b"), Some(""), Some("a")]))),
        ("all kinds missing", with("kind", text([None; 6]))),
        ("kinds without a dtype", with("kind", Column::full_null("kind".into(), 6, &DataType::Null))),
        ("kinds as numbers", with("kind", floats([1.0, 2.0, f64::NAN, f64::INFINITY, -0.0, 0.0]))),
        (
            "kinds as flags",
            with("kind", Column::new("k".into(), [Some(true), None, Some(false), Some(true), None, None])),
        ),
        ("missing notes", with("note", text([None, Some("day"), Some(""), Some("!?"), None, Some("day day")]))),
        ("no words", with("note", text([Some("?"), Some("!"), Some(" "), None, Some(""), Some("a b")]))),
        ("missing dates", with("when", Column::full_null("when".into(), 6, &DataType::Date))),
        ("far dates", with("when", far)),
        ("huge counts", with("count", Column::new("c".into(), [u64::MAX, 0, 1, 2, u64::MAX - 1, 7]))),
    ];
    for (what, frame) in &frames {
        for (_, step) in steps() {
            let labels: Vec<&str> = (0..frame.height()).map(|row| if row % 2 == 0 { "n" } else { "y" }).collect();
            let target = Target::from_labels(&labels);
            let run = || {
                if let Ok(fitted) = step.fit_with_target(frame, &target) {
                    if let Ok(made) = fitted.transform(frame) {
                        assert!(made.height() == frame.height() || made.width() == 0, "{what}: {step:?}");
                    }
                    let loaded = from_json(&fitted.to_json().unwrap()).unwrap_or_else(|error| panic!("{error}"));
                    assert_eq!(loaded.to_json().unwrap(), fitted.to_json().unwrap());
                    let _ = fitted.inverse_transform(frame);
                }
                if let Ok(trained) = step.fit_transform_with_target(frame, &target) {
                    assert!(trained.frame.height() == frame.height() || trained.frame.width() == 0, "{what}: {step:?}");
                }
                let fitted = step.fit_with_target(&base(), &self::target()).unwrap();
                if let Err(error) = fitted.transform(frame) {
                    assert!(!error.to_string().is_empty());
                }
            };
            assert!(catch_unwind(AssertUnwindSafe(run)).is_ok(), "{what}: {step:?}");
        }
    }
}

#[test]
fn what_is_wrong_is_said_with_column_and_row() {
    let floats = |values: [f64; 6]| Column::new("f".into(), values);
    let infinite = with("größe", floats([1.0, 2.0, f64::INFINITY, 2.0, 3.0, 4.0]));
    let said = |step: &dyn Transformer, frame: &DataFrame| match fit(step, frame, &target()) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("{step:?}"),
    };
    let not_finite = "column `größe` holds inf in row 2 (0-based); only finite numbers and missing values are allowed";
    assert_eq!(said(&VarianceThreshold::new(0.0), &infinite), not_finite);
    assert_eq!(said(&SelectKBest::new(Score::FClassif, 1), &infinite), not_finite);
    let circle = CyclicEncoder::period(24.0).columns(&["größe"]);
    assert_eq!(circle.fit(&base()).unwrap().transform(&infinite).unwrap_err().to_string(), not_finite);
    let all_missing = with("größe", floats([f64::NAN; 6]));
    assert_eq!(
        said(&VarianceThreshold::new(0.0), &all_missing),
        "variance_threshold: all 6 values of column `größe` are missing, so there is nothing to learn from; drop the column"
    );
    assert_eq!(
        said(&TargetEncoder::new(), &base().head(Some(0))),
        "the target of target_encoder has 6 rows, but 0 are needed"
    );
    let missing = with("kind", Column::new("k".into(), [Some("a"), Some("b"), None, None, Some("a"), Some("a")]));
    let refused = OrdinalEncoder::new().columns(&["kind"]).missing(MissingCategory::Error);
    assert!(said(&refused, &missing).starts_with("ordinal_encoder: column `kind` is missing in row 2 (0-based), and"));
    let fitted = OneHotEncoder::new().columns(&["kind"]).fit(&base()).unwrap();
    let message = fitted.transform(&missing).unwrap_err().to_string();
    assert!(
        message.starts_with("one_hot_encoder: column `kind` holds a missing value in row 2 (0-based)"),
        "{message}"
    );
    let trained = TargetEncoder::new().fit_transform_with_target(&base().head(Some(1)), &Target::Values(vec![1.0]));
    assert_eq!(
        trained.unwrap_err().to_string(),
        "target_encoder.cv is 5, but it must be from 2 to the number of rows, 1"
    );
    assert_eq!(
        said(&Rfe::new(LogisticRegression::new(), 1), &df!("k" => ["a"; 6]).unwrap()),
        "rfe: nothing is left of 1 columns: none holds numbers; encode them first, such as with `OneHotEncoder`"
    );
}

#[test]
fn ten_thousand_categories_are_no_trouble() {
    let n_rows = 30_000;
    let kinds: Vec<String> = (0..n_rows).map(|row| format!("category {}", (row * 7919) % 10_000)).collect();
    let frame = df!("kind" => kinds.clone()).unwrap();
    let target = Target::Values((0..n_rows).map(|row| f64::from(row % 10)).collect());
    let few = frame.head(Some(20));
    let hot = OneHotEncoder::new().fit(&frame).unwrap();
    let made = hot.transform(&few).unwrap();
    assert_eq!(made.width(), 10_000);
    assert_eq!(hot.inverse_transform(&made).unwrap(), few);
    let codes = OrdinalEncoder::new().fit(&frame).unwrap().transform(&frame).unwrap();
    let mut sorted: Vec<&String> = kinds.iter().collect();
    sorted.sort();
    sorted.dedup();
    for (code, kind) in codes.column("kind").unwrap().i32().unwrap().iter().zip(&kinds) {
        assert_eq!(sorted[code.unwrap() as usize], kind);
    }
    let trained = TargetEncoder::new().fit_transform_with_target(&frame, &target).unwrap();
    assert_eq!(trained.frame.column("kind").unwrap().null_count(), 0);
    let text = trained.fitted.to_json().unwrap();
    assert!(from_json(&text).unwrap().transform(&few).unwrap().equals(&trained.fitted.transform(&few).unwrap()));
}

/// Categories of polars and enumerations are encoded as their text is.
#[test]
fn categories_are_encoded_as_their_text() {
    let text = base().select(["kind"]).unwrap();
    let categories =
        text.column("kind").unwrap().cast(&DataType::from_categories(polars::prelude::Categories::global())).unwrap();
    let categories = DataFrame::new(6, vec![categories]).unwrap();
    for step in [Box::new(OneHotEncoder::new()) as Box<dyn Transformer>, Box::new(OrdinalEncoder::new())] {
        let fitted = step.fit(&categories).unwrap();
        assert_eq!(fitted.transform(&categories).unwrap(), step.fit(&text).unwrap().transform(&text).unwrap());
        assert_eq!(fitted.transform(&text).unwrap(), fitted.transform(&categories).unwrap());
    }
}
