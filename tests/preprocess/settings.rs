//! The settings of every step by name.

use workbench::preprocess::{
    Cast, Imputer, MinMaxScaler, OutlierFilter, Outliers, ParamValue, StandardScaler, Strategy, Transformer,
};

use super::check_error;

fn steps() -> [Box<dyn Transformer>; 5] {
    [
        Box::new(Imputer::new(Strategy::Constant(1.5.into()))),
        Box::new(OutlierFilter::new(Outliers::Iqr { factor: 2.0 })),
        Box::new(Cast::to(&[("year", "float64")])),
        Box::new(MinMaxScaler::new()),
        Box::new(StandardScaler::new()),
    ]
}

/// What a step says of itself, it also takes.
#[test]
fn every_setting_can_be_set_to_what_it_is() {
    for mut step in steps() {
        let before = format!("{step:?}");
        for (name, value) in step.params() {
            step.set_param(&name, &value).unwrap();
        }
        assert_eq!(format!("{step:?}"), before);
    }
}

#[test]
fn copies_are_independent() {
    let step: Box<dyn Transformer> = Box::new(Imputer::new(Strategy::Mean));
    let mut copy = step.clone();
    copy.set_param("strategy", &"median".into()).unwrap();
    assert_eq!(step.params()[0].1, "mean".into());
    assert_eq!(copy.params()[0].1, "median".into());
}

#[test]
fn settings_are_changed_in_any_order() {
    let mut imputer = Imputer::new(Strategy::Mean);
    imputer.set_param("fill_value", &"unknown".into()).unwrap();
    imputer.set_param("strategy", &"constant".into()).unwrap();
    assert_eq!(imputer.params(), Imputer::new(Strategy::Constant("unknown".into())).params());
    imputer.set_param("fill_value", &7.into()).unwrap();
    assert_eq!(imputer, Imputer::new(Strategy::Constant(7.into())));
    let mut filter = OutlierFilter::new(Outliers::ZScore { threshold: 3.0 });
    filter.set_param("factor", &2.into()).unwrap();
    filter.set_param("method", &"iqr".into()).unwrap();
    assert_eq!(filter.params(), OutlierFilter::new(Outliers::Iqr { factor: 2.0 }).params());
}

#[test]
fn unknown_settings_are_told_with_those_there_are() {
    let expected = [
        "unknown parameter \"x\" of imputer; it has: strategy, fill_value, limit, indicator",
        "unknown parameter \"x\" of outlier_filter; it has: method, threshold, factor, action, whole_row",
        "unknown parameter \"x\" of cast; it has: lossy, year",
        "unknown parameter \"x\" of min_max_scaler; it has: feature_min, feature_max",
        "unknown parameter \"x\" of standard_scaler; it has: with_mean, with_std, constant",
    ];
    for (mut step, expected) in steps().into_iter().zip(expected) {
        check_error(step.set_param("x", &1.into()), expected);
    }
}

#[test]
fn settings_out_of_range_are_told_and_not_taken() {
    let bad: [(usize, &str, ParamValue, &str); 9] = [
        (
            0,
            "strategy",
            "mode".into(),
            "imputer.strategy is \"mode\", but it must be one of \"mean\", \"median\", \"most_frequent\", \"constant\", \
             \"forward_fill\", \"backward_fill\"",
        ),
        (
            0,
            "strategy",
            1.into(),
            "imputer.strategy is 1, but it must be one of \"mean\", \"median\", \"most_frequent\", \"constant\", \
             \"forward_fill\", \"backward_fill\"",
        ),
        (
            1,
            "threshold",
            (-1.0).into(),
            "outlier_filter.threshold is -1.0, but it must be a finite number greater than 0",
        ),
        (1, "factor", "wide".into(), "outlier_filter.factor is \"wide\", but it must be a number"),
        (
            1,
            "action",
            "remove".into(),
            "outlier_filter.action is \"remove\", but it must be one of \"report\", \"clip\", \"missing\", \"drop\"",
        ),
        (2, "lossy", "yes".into(), "cast.lossy is \"yes\", but it must be true or false"),
        (
            2,
            "year",
            "number".into(),
            "the dtype to cast column `year` to is \"number\", but it must be one of \"float64\", \"float32\", \"int64\", \"int32\", \
             \"int16\", \"int8\", \"uint64\", \"uint32\", \"uint16\", \"uint8\", \"boolean\", \"string\", \"category\"",
        ),
        (3, "feature_min", true.into(), "min_max_scaler.feature_min is true, but it must be a number"),
        (
            4,
            "constant",
            "ignore".into(),
            "standard_scaler.constant is \"ignore\", but it must be one of \"error\", \"keep\"",
        ),
    ];
    for (step, name, value, expected) in bad {
        let mut step = steps().into_iter().nth(step).unwrap();
        let before = format!("{step:?}");
        check_error(step.set_param(name, &value), expected);
        assert_eq!(format!("{step:?}"), before);
    }
}

#[test]
fn values_show_what_they_are() {
    let shown: Vec<String> = [
        ParamValue::from(0.1),
        10.0.into(),
        10.into(),
        10i64.into(),
        "l1".into(),
        String::from("a").into(),
        true.into(),
        1e-7.into(),
    ]
    .iter()
    .map(ParamValue::to_string)
    .collect();
    assert_eq!(shown, ["0.1", "10.0", "10", "10", "l1", "a", "true", "1e-7"]);
    for (json, value) in
        [("1", ParamValue::Int(1)), ("1.0", 1.0.into()), ("\"l1\"", "l1".into()), ("true", true.into())]
    {
        assert_eq!(serde_json::from_str::<ParamValue>(json).unwrap(), value);
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
    }
}
