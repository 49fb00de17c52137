//! Encoders beside scikit-learn and pandas, whose values `golden/encoding.py` wrote.

use std::sync::LazyLock;

use polars::prelude::{Column, DataFrame, DataType, TimeUnit, df};
use serde_json::Value;
use workbench::data::Target;
use workbench::preprocess::{
    CountVectorizer, CyclicEncoder, DatePart, DateParts, DropCategory, FittedTransformer, FrequencyEncoder,
    HashingEncoder, MissingCategory, OneHotEncoder, OrdinalEncoder, Smoothing, TargetEncoder, TextNorm,
    TfidfVectorizer, Transformer, Unknown,
};

use super::golden::{assert_all_close, numbers};
use super::{check_error, floats, names};

/// The whole file.
pub fn values() -> &'static Value {
    static VALUES: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(include_str!("../golden/encoding.json")).expect("golden values"));
    &VALUES
}

pub fn texts(list: &Value) -> Vec<Option<String>> {
    list.as_array().unwrap().iter().map(|text| text.as_str().map(str::to_string)).collect()
}

/// The drawn columns `text` and `number`.
pub fn frame() -> DataFrame {
    let data = &values()["data"];
    let number: Vec<i64> = data["number"].as_array().unwrap().iter().map(|number| number.as_i64().unwrap()).collect();
    df!("text" => texts(&data["text"]), "number" => number).unwrap()
}

/// The drawn classes.
pub fn classes() -> Target {
    let labels: Vec<String> = texts(&values()["data"]["classes"]).into_iter().flatten().collect();
    Target::from_labels(&labels.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Whether the class is `yes`.
pub fn binary() -> Target {
    let labels = texts(&values()["data"]["classes"]).into_iter().flatten();
    let labels: Vec<&str> = labels.map(|label| if label == "yes" { "yes" } else { "other" }).collect();
    Target::from_labels(&labels)
}

/// The drawn numbers.
pub fn outcome() -> Target {
    Target::Values(numbers(&values()["data"]["y"]).into_iter().flatten().collect())
}

/// The columns of `frame` as floats, missing as `None`.
pub fn columns(frame: &DataFrame) -> Vec<Vec<Option<f64>>> {
    let float = |column: &Column| column.cast(&DataType::Float64).unwrap();
    frame.columns().iter().map(|column| float(column).f64().unwrap().iter().collect()).collect()
}

#[track_caller]
fn check(found: &DataFrame, expected: &Value) {
    let expected: Vec<_> = expected.as_array().unwrap().iter().map(numbers).collect();
    let found = columns(found);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_all_close(&found[..expected.len()], expected);
    }
}

#[test]
fn one_hot_is_that_of_scikit_learn() {
    let (frame, golden) = (frame(), &values()["one_hot"]);
    let number = frame.select(["number"]).unwrap();
    let both = |encoder: OneHotEncoder| encoder.columns(&["text", "number"]).fit_transform(&frame).unwrap();
    let numbers = |encoder: OneHotEncoder| encoder.columns(&["number"]).fit_transform(&number).unwrap();
    check(&both(OneHotEncoder::new()), &golden["plain"]);
    check(&both(OneHotEncoder::new().drop(DropCategory::First)), &golden["first"]);
    check(&numbers(OneHotEncoder::new().min_frequency(15)), &golden["min_frequency"]);
    check(&numbers(OneHotEncoder::new().min_frequency(0.2)), &golden["share"]);
    check(&numbers(OneHotEncoder::new().max_categories(3)), &golden["max_categories"]);
    check(&numbers(OneHotEncoder::new().max_categories(3).drop(DropCategory::First)), &golden["max_first"]);
    let flags = df!("positive" => columns(&number)[0].iter().map(|n| n.unwrap() > 0.0).collect::<Vec<_>>()).unwrap();
    let encoder = OneHotEncoder::new().drop(DropCategory::IfBinary);
    check(&encoder.fit(&flags).unwrap().transform(&flags).unwrap(), &golden["if_binary"]);
}

#[test]
fn one_hot_names_its_columns_and_stands_where_they_stood() {
    let frame = df!("x" => [1, 2, 3], "sex" => [Some("m"), None, Some("f")], "y" => [0, 0, 0]).unwrap();
    let fitted = OneHotEncoder::new().fit(&frame).unwrap();
    let encoded = fitted.transform(&frame).unwrap();
    assert_eq!(names(&encoded), ["x", "sex_f", "sex_m", "sex_missing", "y"]);
    assert_eq!(encoded.column("sex_m").unwrap().dtype(), &DataType::UInt8);
    assert_eq!(fitted.inverse_transform(&encoded).unwrap(), frame);
    let passed = OneHotEncoder::new().missing(MissingCategory::Pass).fit_transform(&frame).unwrap();
    assert_eq!(columns(&passed)[1], [Some(0.0), None, Some(1.0)]);
    check_error(
        OneHotEncoder::new().missing(MissingCategory::Error).fit(&frame),
        "one_hot_encoder: column `sex` is missing in row 1 (0-based), and missing values are refused here; impute them, or let \
         `.missing(..)` say what they are",
    );
}

#[test]
fn unknown_categories_are_told_or_taken_as_asked() {
    let frame = df!("k" => ["a", "a", "b", "c"]).unwrap();
    let unseen = df!("k" => ["b", "zebra"]).unwrap();
    check_error(
        OneHotEncoder::new().fit(&frame).unwrap().transform(&unseen),
        "one_hot_encoder: column `k` holds \"zebra\" in row 1 (0-based), which is not among the 3 categories it knows; \
         set `.unknown(Unknown::Ignore)`, or fit on rows that have it",
    );
    let ignored = OneHotEncoder::new().unknown(Unknown::Ignore).fit(&frame).unwrap().transform(&unseen).unwrap();
    assert_eq!(columns(&ignored), [[Some(0.0), Some(0.0)], [Some(1.0), Some(0.0)], [Some(0.0), Some(0.0)]]);
    let encoder = OneHotEncoder::new().unknown(Unknown::Infrequent).min_frequency(2).fit(&frame).unwrap();
    let infrequent = encoder.transform(&unseen).unwrap();
    assert_eq!(names(&infrequent), ["k_a", "k_infrequent"]);
    assert_eq!(columns(&infrequent)[1], [Some(1.0), Some(1.0)]);
    assert_eq!(columns(&encoder.inverse_transform(&infrequent).unwrap()).len(), 1);
    let value = OrdinalEncoder::new().unknown(Unknown::Value(-7)).fit(&frame).unwrap().transform(&unseen).unwrap();
    assert_eq!(columns(&value)[0], [Some(1.0), Some(-7.0)]);
    let missing = OrdinalEncoder::new().unknown(Unknown::Missing).fit(&frame).unwrap().transform(&unseen).unwrap();
    assert_eq!(columns(&missing)[0], [Some(1.0), None]);
    let taken = OrdinalEncoder::new().unknown(Unknown::Value(1)).fit(&frame);
    assert!(taken.unwrap_err().to_string().starts_with("ordinal_encoder.unknown_value is 1, but"));
}

#[test]
fn ordinal_is_that_of_scikit_learn_and_can_be_undone() {
    let frame = frame().select(["text"]).unwrap();
    let fitted = OrdinalEncoder::new().fit(&frame).unwrap();
    let encoded = fitted.transform(&frame).unwrap();
    assert_all_close(&columns(&encoded)[0], &numbers(&values()["ordinal"]));
    assert!(fitted.inverse_transform(&encoded).unwrap().equals_missing(&frame));
    let sizes = df!("size" => ["s", "l", "m"]).unwrap();
    let given = OrdinalEncoder::new().categories("size", &["s", "m", "l"]);
    assert_eq!(columns(&given.fit(&sizes).unwrap().transform(&sizes).unwrap())[0], [Some(0.0), Some(2.0), Some(1.0)]);
    let too_few = OrdinalEncoder::new().categories("size", &["s", "m"]).fit(&sizes).unwrap_err().to_string();
    assert!(too_few.contains("holds \"l\" in row 1 (0-based)"), "{too_few}");
}

#[test]
fn frequencies_are_those_of_pandas() {
    let (frame, golden) = (frame(), &values()["frequency"]);
    let shares = FrequencyEncoder::new().fit(&frame).unwrap().transform(&frame).unwrap();
    assert_all_close(&columns(&shares)[0], &numbers(&golden["shares"]));
    let counts = FrequencyEncoder::new().normalize(false).columns(&["number"]).fit_transform(&frame).unwrap();
    assert_eq!(counts.column("number").unwrap().dtype(), &DataType::UInt32);
    assert_all_close(&columns(&counts)[1], &numbers(&golden["counts"]));
}

#[test]
fn target_encoding_is_that_of_scikit_learn() {
    let frame = frame();
    for (name, target) in [("continuous", outcome()), ("binary", binary()), ("multiclass", classes())] {
        for (smooth, smoothing) in
            [("auto", Smoothing::Auto), ("7.5", Smoothing::Rows(7.5)), ("0.0", Smoothing::Rows(0.0))]
        {
            let golden = &values()["target"][format!("{name}_{smooth}")];
            let encoder = TargetEncoder::new().columns(&["text", "number"]).smooth(smoothing).shuffle(false);
            let trained = encoder.fit_transform_with_target(&frame, &target).unwrap();
            assert!(!trained.is_transform);
            check(&trained.frame, &golden["cross_fitted"]);
            check(&trained.fitted.transform(&frame).unwrap(), &golden["transform"]);
            let alone = encoder.fit(&frame, &target).unwrap().transform(&frame).unwrap();
            check(&alone, &golden["transform"]);
        }
    }
}

/// Within what drawing the folds changes, the encoding of training rows stays that of other rows' targets.
#[test]
fn folds_are_drawn_by_their_seed() {
    let (frame, target) = (frame(), outcome());
    let encoded = |seed| TargetEncoder::new().seed(seed).fit_transform_with_target(&frame, &target).unwrap().frame;
    assert_eq!(encoded(3), encoded(3));
    assert_ne!(encoded(3), encoded(4));
    let unseen = df!("text" => ["nobody"], "number" => [0i64]).unwrap();
    let fitted = TargetEncoder::new().fit(&frame, &target).unwrap();
    let Target::Values(all) = target else { panic!() };
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    super::golden::assert_close(floats(&fitted.transform(&unseen).unwrap(), "text")[0].unwrap(), mean);
}

#[test]
fn hashing_is_that_of_scikit_learn() {
    let number = frame().column("number").unwrap().cast(&DataType::String).unwrap().with_name("other".into());
    let frame = DataFrame::new(number.len(), vec![frame().column("text").unwrap().clone(), number]).unwrap();
    let golden = &values()["hashing"];
    check(&HashingEncoder::new(16).fit(&frame).unwrap().transform(&frame).unwrap(), &golden["signed"]);
    let unsigned = HashingEncoder::new(5).alternate_sign(false).fit_transform(&frame).unwrap();
    check(&unsigned, &golden["unsigned"]);
}

#[test]
fn dates_have_the_parts_that_pandas_gives() {
    let golden = &values()["dates"];
    let seconds: Vec<i64> = golden["seconds"].as_array().unwrap().iter().map(|s| s.as_i64().unwrap() * 1000).collect();
    let dates = Column::new("when".into(), seconds).cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).unwrap();
    let frame = DataFrame::new(dates.len(), vec![dates]).unwrap();
    let parts = [
        DatePart::Year,
        DatePart::Quarter,
        DatePart::Month,
        DatePart::Week,
        DatePart::Day,
        DatePart::Weekday,
        DatePart::DayOfYear,
        DatePart::Hour,
        DatePart::Minute,
        DatePart::Second,
    ];
    let made = DateParts::new().parts(&parts).fit_transform(&frame).unwrap();
    assert_eq!(made.width(), parts.len());
    for column in made.columns() {
        let part = column.name().strip_prefix("when_").unwrap();
        let found = columns(&made.select([column.name().as_str()]).unwrap());
        assert_all_close(&found[0], &numbers(&golden[part]));
    }
    let circle = CyclicEncoder::parts(&[DatePart::DayOfYear, DatePart::Month, DatePart::Hour]);
    let circle = circle.fit_transform(&frame).unwrap();
    for part in ["day_of_year_sin", "day_of_year_cos", "month_sin", "hour_cos"] {
        assert_all_close(&floats(&circle, &format!("when_{part}")), &numbers(&golden[part]));
    }
    let usual = CyclicEncoder::new().fit(&frame).unwrap().transform(&frame).unwrap();
    assert_eq!(usual.width(), 6);
    let kept = DateParts::new().keep(true).fit(&frame).unwrap().transform(&frame).unwrap();
    assert_eq!(names(&kept), ["when", "when_year", "when_month", "when_day", "when_weekday", "when_hour"]);
}

#[test]
fn words_are_counted_as_scikit_learn_does() {
    let golden = &values()["texts"];
    let frame = df!("t" => texts(&golden["texts"])).unwrap();
    let counted = |name: &str, made: DataFrame| {
        let terms: Vec<String> =
            texts(&golden[name]["terms"]).into_iter().flatten().map(|t| format!("t_{t}")).collect();
        assert_eq!(names(&made), terms, "{name}");
        check(&made, &golden[name]["values"]);
    };
    let count = CountVectorizer::new;
    counted("count", count().fit_transform(&frame).unwrap());
    counted("ngrams", count().ngram_range(1, 2).min_df(2).fit_transform(&frame).unwrap());
    counted("max_df", count().max_df(0.3).binary(true).lowercase(false).fit_transform(&frame).unwrap());
    counted("pattern", count().token_pattern("[a-z]+").stop_words(&["the", "a"]).fit_transform(&frame).unwrap());
    counted("limited", count().max_features(2).fit_transform(&frame).unwrap());
    let tfidf = TfidfVectorizer::new;
    counted("tfidf", tfidf().fit_transform(&frame).unwrap());
    counted("sublinear", tfidf().sublinear_tf(true).norm(TextNorm::L1).fit_transform(&frame).unwrap());
    counted("rough", tfidf().smooth_idf(false).norm(TextNorm::None).fit_transform(&frame).unwrap());
    counted("no_idf", tfidf().use_idf(false).fit_transform(&frame).unwrap());
}

#[test]
fn a_missing_text_is_what_it_is_asked_to_be() {
    let frame = df!("t" => [Some("good day"), None]).unwrap();
    let empty = CountVectorizer::new().fit_transform(&frame).unwrap();
    assert_eq!(columns(&empty)[0], [Some(1.0), Some(0.0)]);
    let passed = TfidfVectorizer::new().counts(CountVectorizer::new().missing(MissingCategory::Pass));
    assert_eq!(columns(&passed.fit_transform(&frame).unwrap())[0][1], None);
    let refused = CountVectorizer::new().missing(MissingCategory::Error).fit(&frame).unwrap_err().to_string();
    assert!(refused.starts_with("count_vectorizer: column `t` is missing in row 1 (0-based)"), "{refused}");
    let pattern = CountVectorizer::new().token_pattern("(").fit(&frame).unwrap_err().to_string();
    assert!(
        pattern.starts_with("count_vectorizer.token_pattern is \"(\", but it must be a regular expression"),
        "{pattern}"
    );
}
