//! What steps have learnt, written as JSON and read again.

use polars::prelude::{DataFrame, DataType, df};
use workbench::preprocess::{
    Action, BinEncoding, Downcast, FittedTransformer, Imputer, IsolationForest, IterativeImputer, KBinsDiscretizer,
    KnnImputer, LogTransformer, MaxAbsScaler, MinMaxScaler, Normalizer, OutlierFilter, Outliers, Pca,
    PolynomialFeatures, PowerTransformer, QuantileTransformer, RandomProjection, RobustScaler, SplineTransformer,
    StandardScaler, Strategy, ToBoolean, ToDatetime, ToNumeric,
};

fn frame() -> DataFrame {
    df!(
        "x" => [Some(1.5), Some(2.0), None, Some(4.5), Some(3.0)], "y" => [3i64, 1, 2, 9, 5],
        "number" => ["1 kg", "2,5 kg", "", "7", "4"], "flag" => ["yes", "no", "", "yes", "no"],
        "day" => ["2024-01-01", "2024-01-02", "", "2024-02-03", "2024-01-04"]
    )
    .unwrap()
}

/// The same comes out, to the last digit but one: serde_json without `float_roundtrip` may read a long number one unit off.
#[track_caller]
fn check<
    T: FittedTransformer + workbench::prelude::serde::Serialize + workbench::prelude::serde::de::DeserializeOwned,
>(
    fitted: &T,
) {
    let json = serde_json::to_string(fitted).unwrap();
    let read: T = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    let (before, after) = (fitted.transform(&frame()).unwrap(), read.transform(&frame()).unwrap());
    assert_eq!(before.schema(), after.schema());
    for (before, after) in before.columns().iter().zip(after.columns()) {
        if !before.dtype().is_float() {
            assert!(before.equals_missing(after), "{before:?}");
            continue;
        }
        let values =
            |column: &polars::prelude::Column| column.cast(&DataType::Float64).unwrap().f64().unwrap().to_vec();
        for (before, after) in values(before).into_iter().zip(values(after)) {
            match (before, after) {
                (Some(before), Some(after)) if !before.is_nan() => {
                    assert!((before - after).abs() <= 1e-12 * before.abs().max(1.0), "{before} {after}");
                }
                _ => assert_eq!(before.is_none_or(f64::is_nan), after.is_none_or(f64::is_nan)),
            }
        }
    }
}

#[test]
fn what_was_learnt_is_kept_as_json() {
    let frame = frame();
    check(&Imputer::new(Strategy::Mean).by(&["flag"]).indicator(true).fit(&frame).unwrap());
    check(&Imputer::new(Strategy::ForwardFill).fit(&frame).unwrap());
    check(&KnnImputer::new().fit(&frame).unwrap());
    check(&IterativeImputer::new().fit(&frame).unwrap());
    check(
        &OutlierFilter::new(Outliers::ModifiedZScore { threshold: 1.0 }).action(Action::Missing).fit(&frame).unwrap(),
    );
    check(&IsolationForest::new().n_estimators(5).action(Action::Missing).fit(&frame).unwrap());
    check(&StandardScaler::new().fit(&frame).unwrap());
    check(&MinMaxScaler::new().fit(&frame).unwrap());
    check(&MaxAbsScaler::new().fit(&frame).unwrap());
    check(&RobustScaler::new().fit(&frame).unwrap());
    check(&QuantileTransformer::new().fit(&frame).unwrap());
    check(&PowerTransformer::new().fit(&frame).unwrap());
    check(&LogTransformer::new().fit(&frame).unwrap());
    check(&Normalizer::new().fit(&frame).unwrap());
    check(&KBinsDiscretizer::new().encode(BinEncoding::OneHot).fit(&frame).unwrap());
    check(&PolynomialFeatures::new().fit(&frame).unwrap());
    check(&SplineTransformer::new().fit(&frame).unwrap());
    check(&Pca::new().fit(&frame).unwrap());
    check(&RandomProjection::new().n_components(2).fit(&frame).unwrap());
    check(&Downcast::new().fit(&frame).unwrap());
    check(&ToNumeric::new().fit(&frame).unwrap());
    check(&ToDatetime::new().fit(&frame).unwrap());
    check(&ToBoolean::new().fit(&frame).unwrap());
}
