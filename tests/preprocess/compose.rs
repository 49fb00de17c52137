//! Chains, steps for some columns, and pipelines of them.

use polars::prelude::{DataType, df};
use workbench::data::{Dataset, Target, drop_missing, penguins};
use workbench::models::{Estimator, LogisticRegression, Pipeline};
use workbench::preprocess::{
    Action, Chain, ColumnTransformer, Columns, DtypeGroup, FittedTransformer, Imputer, MinMaxScaler, OneHotEncoder,
    OutlierFilter, Outliers, ParamValue, Remainder, StandardScaler, Strategy, TargetEncoder, Transformer,
};
use workbench::search::GridSearch;
use workbench::select::{KFold, StratifiedKFold, cross_validate};

use super::encode::{frame, outcome};
use super::{check_error, floats, names};

fn numbers() -> Chain {
    Chain::new().step("impute", Imputer::new(Strategy::Median)).step("scale", StandardScaler::new())
}

fn both() -> ColumnTransformer {
    ColumnTransformer::new().step("num", numbers(), Columns::of(DtypeGroup::Numeric)).step(
        "cat",
        OneHotEncoder::new(),
        Columns::of(DtypeGroup::Categorical),
    )
}

fn data() -> Dataset {
    Dataset::from_frame(&drop_missing(&penguins().unwrap(), &["sex"]).unwrap(), "sex").unwrap()
}

#[test]
fn columns_are_chosen_by_name_kind_pattern_and_predicate() {
    let frame = penguins().unwrap();
    let chosen = |columns: Columns| columns.choose(&frame).unwrap();
    assert_eq!(chosen(Columns::named(&["sex", "island"])), ["sex", "island"]);
    assert_eq!(chosen(Columns::matching("_mm$")), ["bill_length_mm", "bill_depth_mm", "flipper_length_mm"]);
    assert_eq!(chosen(Columns::by(|column| column.null_count() > 2)), ["sex"]);
    assert_eq!(chosen(Columns::of(DtypeGroup::Text)), ["species", "island", "sex"]);
    assert_eq!(chosen(Columns::of(DtypeGroup::Dates)), Vec::<String>::new());
    let dates = df!("d" => [0i32], "t" => [0i64], "f" => [true]).unwrap();
    let dates = dates
        .columns()
        .iter()
        .zip([DataType::Date, DataType::Datetime(polars::prelude::TimeUnit::Milliseconds, None), DataType::Boolean])
        .map(|(column, dtype)| column.cast(&dtype).unwrap())
        .collect();
    let dates = polars::prelude::DataFrame::new(1, dates).unwrap();
    assert_eq!(Columns::of(DtypeGroup::Dates).choose(&dates).unwrap(), ["d", "t"]);
    assert_eq!(Columns::of(DtypeGroup::Categorical).choose(&dates).unwrap(), ["f"]);
    let pattern = Columns::matching("(").choose(&frame).unwrap_err().to_string();
    assert!(pattern.starts_with("the pattern of a column_transformer is \"(\""), "{pattern}");
}

#[test]
fn each_step_gets_its_columns_and_names_stay() {
    let frame = penguins().unwrap().select(["island", "body_mass_g", "sex", "year"]).unwrap();
    let steps = ColumnTransformer::new()
        .step("num", numbers(), Columns::named(&["body_mass_g"]))
        .step("cat", OneHotEncoder::new(), Columns::named(&["island"]))
        .remainder(Remainder::Passthrough);
    let made = steps.fit_transform(&frame).unwrap();
    assert_eq!(made.select(["sex", "year"]).unwrap().get_column_names(), ["sex", "year"]);
    let expected = ["body_mass_g", "island_Biscoe", "island_Dream", "island_Torgersen", "sex", "year"];
    assert_eq!(names(&made), expected);
    let alone = numbers().fit_transform(&frame.select(["body_mass_g"]).unwrap()).unwrap();
    assert_eq!(made.column("body_mass_g").unwrap(), alone.column("body_mass_g").unwrap());
    let prefixed = steps.prefix(true).fit_transform(&frame).unwrap();
    assert_eq!(names(&prefixed)[0], "num__body_mass_g");
    assert_eq!(names(&prefixed)[5], "remainder__year");
    // One column in two steps.
    let twice = ColumnTransformer::new().step("a", StandardScaler::new(), Columns::named(&["year"])).step(
        "b",
        MinMaxScaler::new(),
        Columns::named(&["year"]),
    );
    check_error(twice.fit_transform(&frame), "the column name `year` is there twice; every column needs its own name");
    assert_eq!(twice.prefix(true).fit_transform(&frame).unwrap().width(), 2);
}

#[test]
fn failed_steps_are_named_also_inside_each_other() {
    let frame = df!("x" => [None::<f64>, None], "k" => ["a", "b"]).unwrap();
    check_error(
        both().fit(&frame),
        "step `num`: step `impute`: imputer: all 2 values of column `x` are missing, so there is nothing to learn from; drop the column, \
         or impute a constant",
    );
    let known = df!("x" => [1.0, 2.0], "k" => ["a", "b"]).unwrap();
    let fitted = both().fit(&known).unwrap();
    let message = fitted.transform(&df!("x" => [1.0]).unwrap()).unwrap_err().to_string();
    assert!(message.starts_with("step `cat`: column_transformer was fitted on a column `k`"), "{message}");
    check_error(
        Chain::new().step("a", StandardScaler::new()).step("a", StandardScaler::new()).fit(&known),
        "the chain cannot be fitted: it has two steps called \"a\"; each needs a name of its own",
    );
    let twice = ColumnTransformer::new().step("a__b", StandardScaler::new(), Columns::of(DtypeGroup::Numeric));
    check_error(
        twice.fit(&known),
        "the column_transformer cannot be fitted: \"a__b\" is no name for a step; it must not be empty or have `__` in it",
    );
}

#[test]
fn settings_inside_are_reached_from_a_pipeline_and_a_search() {
    let mut pipeline = Pipeline::new().step("columns", both()).estimator("logistic", LogisticRegression::new());
    pipeline.set_param("columns__num__impute__strategy", &"mean".into()).unwrap();
    let params = Estimator::params(&pipeline);
    assert!(params.contains(&("columns__num__impute__strategy".to_string(), ParamValue::from("mean"))));
    assert!(params.contains(&("columns__cat__drop".to_string(), ParamValue::from("none"))));
    check_error(
        pipeline.set_param("columns__num__impute__strategy", &"mode".into()),
        "step `columns`: step `num`: step `impute`: imputer.strategy is \"mode\", but it must be one of \"mean\", \"median\", \
         \"most_frequent\", \"constant\", \"forward_fill\", \"backward_fill\"",
    );
    assert!(pipeline.set_param("columns__num__scale__strategy", &"mean".into()).is_err());
    let search = GridSearch::new(pipeline)
        .param("columns__cat__drop", ["none", "first"])
        .param("columns__num__impute__strategy", ["mean", "median"])
        .cv(StratifiedKFold::new(3).shuffle(1))
        .fit(&data())
        .unwrap();
    assert_eq!(search.results().height(), 4);
    assert!(search.best_score() > 0.85, "{}", search.best_score());
}

#[test]
fn names_reach_the_model() {
    let pipeline = Pipeline::new().step("columns", both()).estimator("logistic", LogisticRegression::new());
    let model = pipeline.fit(&data()).unwrap();
    let names = model.feature_names();
    assert!(names.contains(&"species_Adelie".to_string()) && names.contains(&"body_mass_g".to_string()));
    let table = workbench::models::Model::coefficients(&model).unwrap();
    assert_eq!(table.height(), names.len() + 1);
}

#[test]
fn rows_dropped_by_one_step_are_dropped_from_all() {
    let wild: Vec<f64> = (0..50).map(|row| if row == 7 { 1e6 } else { f64::from(row % 5) }).collect();
    let rows: Vec<i32> = (0..50).collect();
    let frame = df!("x" => wild, "row" => rows).unwrap();
    let filter = OutlierFilter::new(Outliers::ZScore { threshold: 3.0 }).action(Action::Drop);
    let target = Target::Values((0..50).map(f64::from).collect());
    let chain = Chain::new()
        .step("filter", filter.clone().columns(&["x"]))
        .step("scale", StandardScaler::new().columns(&["x"]));
    let columns = ColumnTransformer::new()
        .step("x", chain.clone(), Columns::named(&["x"]))
        .step("row", MinMaxScaler::new(), Columns::named(&["row"]))
        .remainder(Remainder::Passthrough);
    for step in [Box::new(chain) as Box<dyn Transformer>, Box::new(columns)] {
        let trained = step.fit_transform_with_target(&frame, &target).unwrap();
        let kept = trained.kept.unwrap();
        assert_eq!(kept.iter().filter(|kept| !**kept).count(), 1);
        assert!(!kept[7]);
        assert_eq!((trained.frame.height(), trained.frame.width()), (49, 2));
        assert_eq!(trained.fitted.training_rows(&frame).unwrap().unwrap(), kept);
        // No row is dropped from a prediction.
        assert_eq!(trained.fitted.transform(&frame).unwrap().height(), 50);
        let largest = floats(&trained.frame, "x").into_iter().flatten().fold(0.0, f64::max);
        assert!(largest < 3.0);
    }
}

#[test]
fn chains_are_undone_from_the_last_step() {
    let frame = df!("x" => [1.0, 2.0, 4.0], "y" => [3.0, 5.0, 9.0]).unwrap();
    let chain = Chain::new().step("standard", StandardScaler::new()).step("range", MinMaxScaler::new());
    let fitted = chain.fit(&frame).unwrap();
    let back = fitted.inverse_transform(&fitted.transform(&frame).unwrap()).unwrap();
    for name in ["x", "y"] {
        super::golden::assert_all_close(&floats(&back, name), &floats(&frame, name));
    }
    assert_eq!(Chain::new().fit_transform(&frame).unwrap(), frame);
}

/// Steps write over the columns that the steps before them made, and never over a person's.
#[test]
fn chains_leave_the_frame_as_it_was() {
    let frame = df!("x" => [Some(1.0), None, Some(5.0)], "y" => [3.0, 4.0, 8.0]).unwrap();
    let (before, chain) = (frame.clone(), numbers());
    let at_once = Transformer::fit_transform(&chain, &frame).unwrap();
    let fitted = chain.fit(&frame).unwrap();
    let (once, twice) = (fitted.transform(&frame).unwrap(), fitted.transform(&frame).unwrap());
    assert!(at_once.equals_missing(&once) && once.equals_missing(&twice));
    assert!(frame.equals_missing(&before));
    let owned = fitted.transform_owned(frame.clone()).unwrap();
    assert!(owned.equals_missing(&once) && frame.equals_missing(&before));
    let infinite = df!("x" => [1.0, 2.0], "y" => [3.0, f64::INFINITY]).unwrap();
    let scaler = StandardScaler::new().fit(&frame).unwrap();
    check_error(
        scaler.transform_owned(infinite),
        "column `y` holds inf in row 1 (0-based); only finite numbers and missing values are allowed",
    );
}

#[test]
fn an_encoder_takes_numbers_that_were_named() {
    let frame = df!("year" => [2007, 2008, 2007], "x" => [1.0, 2.0, 3.0]).unwrap();
    let named = ColumnTransformer::new().step("cat", OneHotEncoder::new(), Columns::named(&["year"]));
    assert_eq!(names(&named.fit_transform(&frame).unwrap()), ["year_2007", "year_2008"]);
    let by_kind = ColumnTransformer::new().step("cat", OneHotEncoder::new(), Columns::of(DtypeGroup::Numeric));
    assert_eq!(names(&by_kind.fit_transform(&frame).unwrap()), ["year", "x"]);
}

/// A pipeline encodes its training rows without their own targets; rows that are scored are encoded by all.
#[test]
fn training_rows_are_cross_fitted_in_pipelines_and_searches() {
    // A category for each row: without cross-fitting its encoding is the target itself.
    let n_rows = 60;
    let keys: Vec<String> = (0..n_rows).map(|row| format!("k{row}")).collect();
    let features = df!("key" => keys).unwrap();
    let labels: Vec<&str> = (0..n_rows).map(|row| if row % 2 == 0 { "a" } else { "b" }).collect();
    let data = Dataset::new(features, Target::from_labels(&labels), "y").unwrap();
    let encoder = || TargetEncoder::new().smooth(workbench::preprocess::Smoothing::Rows(0.0));
    let chain = Chain::new().step("target", encoder());
    let columns = ColumnTransformer::new().step("target", encoder(), Columns::named(&["key"]));
    for step in [Box::new(encoder()) as Box<dyn Transformer>, Box::new(chain), Box::new(columns)] {
        let trained = step.fit_transform_with_target(data.features(), data.target()).unwrap();
        assert!(!trained.is_transform);
        // Each fold has never seen the categories of the others, so it is encoded by their mean.
        let distinct = trained.frame.column("key").unwrap().n_unique().unwrap();
        assert!(distinct <= 5, "{distinct}");
        let pipeline = Pipeline::new().boxed_step("encode", step).estimator("logistic", LogisticRegression::new());
        let model = pipeline.fit(&data).unwrap();
        let folds = KFold::new(3);
        let scores = cross_validate(&pipeline, &data, &folds, &["accuracy"]).unwrap();
        let search = GridSearch::new(pipeline).param("logistic__C", [1.0]).cv(folds).fit(&data).unwrap();
        // A search that shares the fitted steps scores training rows as a cross-validation does, and as a prediction would.
        let Some(workbench::search::Outcome::Scored(found)) = search.candidates().first().map(|c| c.outcome.clone())
        else {
            panic!()
        };
        let train: Vec<f64> = found.iter().map(|fold| fold.train[0]).collect();
        assert_eq!(train, scores.train_scores("accuracy").unwrap());
        assert_eq!(model.predict(data.features()).unwrap().len(), n_rows);
    }
}

#[test]
fn a_target_of_another_length_is_told() {
    let short = frame().head(Some(7));
    check_error(
        TargetEncoder::new().fit(&short, &outcome()),
        "the target of target_encoder has 120 rows, but 7 are needed",
    );
}
