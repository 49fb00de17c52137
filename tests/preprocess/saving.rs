//! Fitted steps as JSON.

use polars::prelude::{DataFrame, df};
use workbench::preprocess::{
    Cast, Chain, ColumnTransformer, Columns, DtypeGroup, FittedTransformer, Imputer, MinMaxScaler, OneHotEncoder,
    OrdinalEncoder, OutlierFilter, Outliers, StandardScaler, Strategy, Transformer, from_json, load,
};

use super::check_error;

fn frame() -> DataFrame {
    df!("x" => [Some(0.1 + 0.2), None, Some(1e300), Some(5e-324)], "k" => ["a", "ü", "a", "東京"]).unwrap()
}

fn steps() -> Vec<Box<dyn Transformer>> {
    let chain = Chain::new().step("impute", Imputer::new(Strategy::Mean)).step("range", MinMaxScaler::new());
    let columns = ColumnTransformer::new().step("num", chain.clone(), Columns::of(DtypeGroup::Numeric)).step(
        "cat",
        OneHotEncoder::new(),
        Columns::named(&["k"]),
    );
    vec![
        Box::new(Imputer::new(Strategy::Median)),
        Box::new(MinMaxScaler::new()),
        Box::new(StandardScaler::new().with_std(false)),
        Box::new(OutlierFilter::new(Outliers::Iqr { factor: 1.5 })),
        Box::new(Cast::to(&[("x", "string")])),
        Box::new(chain.clone()),
        Box::new(columns.clone()),
        Box::new(Chain::new().step("columns", columns).step("again", Chain::new().step("cast", Cast::new()))),
    ]
}

#[test]
fn what_was_saved_transforms_alike() {
    let seen = frame().head(Some(2));
    for step in steps() {
        let fitted = step.fit(&seen).unwrap();
        let text = fitted.to_json().unwrap();
        let again = from_json(&text).unwrap();
        assert_eq!(format!("{again:?}"), format!("{fitted:?}"));
        assert_eq!(again.to_json().unwrap(), text);
        match (fitted.transform(&frame()), again.transform(&frame())) {
            (Ok(transformed), Ok(loaded)) => assert!(loaded.equals_missing(&transformed)),
            (fitted, loaded) => assert_eq!(loaded.unwrap_err().to_string(), fitted.unwrap_err().to_string()),
        }
    }
}

/// Infinities, NaN, and numbers that a JSON reader may get wrong by their last bit.
#[test]
fn no_number_is_lost() {
    let numbers = [f64::INFINITY, f64::NEG_INFINITY, -0.0, 1e-308, f64::MAX, 5e-324, 0.1 + 0.2, 123_456_789.123_456_79];
    let many: Vec<f64> = (1..2000).map(|n| f64::from(n) / 7919.0 * 10f64.powi(n % 600 - 300)).collect();
    let frame = df!("x" => [&numbers[..], &many].concat()).unwrap();
    let fitted = OrdinalEncoder::new().columns(&["x"]).fit(&frame).unwrap();
    let text = fitted.to_json().unwrap();
    assert!(text.contains("{\"$float\":\"inf\"}") && text.contains("{\"$float\":\"-inf\"}"));
    let chain = Chain::new().step("ordinal", OrdinalEncoder::new().columns(&["x"])).fit(&frame).unwrap();
    for fitted in [Box::new(fitted) as Box<dyn FittedTransformer>, Box::new(chain)] {
        let again = from_json(&fitted.to_json().unwrap()).unwrap();
        let encoded = fitted.transform(&frame).unwrap();
        assert_eq!(again.transform(&frame).unwrap(), encoded);
        let bits = |frame: &DataFrame| -> Vec<u64> {
            frame.column("x").unwrap().f64().unwrap().iter().map(|x| (x.unwrap() + 0.0).to_bits()).collect()
        };
        assert_eq!(bits(&again.inverse_transform(&encoded).unwrap()), bits(&frame));
    }
    let fill = Imputer::new(Strategy::Constant(f64::MAX.into())).fit(&df!("x" => [1.0]).unwrap()).unwrap();
    assert_eq!(from_json(&fill.to_json().unwrap()).unwrap().to_json().unwrap(), fill.to_json().unwrap());
}

#[test]
fn text_that_is_no_saved_step_is_told() {
    let good = StandardScaler::new().fit(&frame().head(Some(2)));
    let good = match good {
        Ok(fitted) => fitted.to_json().unwrap(),
        // One known value is constant.
        Err(_) => MinMaxScaler::new().fit(&frame()).unwrap().to_json().unwrap(),
    };
    for end in 0..good.len() {
        if let Some(torn) = good.get(..end) {
            let message = from_json(torn).unwrap_err().to_string();
            assert!(message.starts_with("this is no saved step: "), "{message}");
        }
    }
    for (text, expected) in [
        ("[1]", "this is no saved step: it is not an object"),
        ("{}", "this is no saved step: it has no text `kind`"),
        (r#"{"kind": "chain"}"#, "this is no saved step: it has no number `version`"),
        (r#"{"kind": "chain", "version": 1}"#, "this is no saved step: it has no `state`"),
        (
            r#"{"kind": "chain", "version": 7, "state": {}}"#,
            "the saved chain has format version 7, but this version of the workbench reads up to 1; use a newer one",
        ),
        (
            r#"{"kind": "min_max_scaler", "version": 1, "state": {"columns": 3}}"#,
            "this is no saved step: the state of its min_max_scaler does not read: invalid type: integer `3`, expected a sequence",
        ),
        (
            r#"{"kind": "chain", "version": 1, "state": {"steps": [["a", {"kind": "rotor", "version": 1, "state": 0}]]}}"#,
            "this is no saved step: the state of its chain does not read: the saved step is of kind \"rotor\", which is not known",
        ),
    ] {
        let message = from_json(text).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn files_are_whole_or_not_there() {
    let folder = std::env::temp_dir().join(format!("workbench-saving-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("scaler.json");
    let fitted = MinMaxScaler::new().fit(&frame()).unwrap();
    fitted.save(&path).unwrap();
    fitted.save(&path).unwrap();
    assert_eq!(load(&path).unwrap().to_json().unwrap(), fitted.to_json().unwrap());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    let missing = load(&folder.join("nowhere.json")).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read `") && missing.contains("nowhere.json"), "{missing}");
    let refused = fitted.save(&folder.join("no/such/folder.json")).unwrap_err().to_string();
    assert!(refused.starts_with("cannot write `"), "{refused}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_step_of_someone_elses_is_not_saved() {
    #[derive(Debug)]
    struct Own;
    impl FittedTransformer for Own {
        fn transform(&self, frame: &DataFrame) -> workbench::Result<DataFrame> {
            Ok(frame.clone())
        }
        fn inverse_transform(&self, frame: &DataFrame) -> workbench::Result<DataFrame> {
            Ok(frame.clone())
        }
    }
    let message = Own.to_json().unwrap_err().to_string();
    assert!(
        message.starts_with("this step cannot be saved, since it is not one of the workbench's own: cast, chain,"),
        "{message}"
    );
    check_error(from_json(""), "this is no saved step: EOF while parsing a value at line 1 column 0");
}
