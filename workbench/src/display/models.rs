//! Estimators with their settings, and models with what they learnt, as tables.

use std::sync::Arc;

use super::chart::importance_chart;
use super::frame::{Shown, columns_table, float_cells, value_cell};
use super::numbers::count;
use super::results::values;
use super::selection::{FEATURES_AT_BOTTOM, FEATURES_AT_TOP, most_first, with_charts};
use super::table::{Cell, Column, ColumnKind, Table};
use super::{Bundle, Rich};
use crate::models::{
    BernoulliNb, CategoricalNb, CategoricalNbModel, ComplementNb, DecisionTreeClassifier, DecisionTreeModel,
    DecisionTreeRegressor, DiscreteNbModel, DummyClassifier, DummyModel, DummyRegressor, DummyRegressorModel,
    ElasticNet, Estimator, ExtraTreesClassifier, ExtraTreesRegressor, FnEstimator, FnModel, ForestModel, GaussianNb,
    GaussianNbModel, HistGradientBoostingClassifier, HistGradientBoostingModel, HistGradientBoostingRegressor,
    KNeighborsClassifier, KNeighborsModel, KNeighborsRegressor, Lasso, LinearModel, LinearRegression, LinearSvc,
    LinearSvcModel, LinearSvr, LinearSvrModel, LinfaClassifier, LinfaModel, LinfaRegressor, LogisticModel,
    LogisticRegression, Model, MultinomialNb, Pipeline, PipelineModel, RandomForestClassifier, RandomForestRegressor,
    Ridge, SgdClassifier, SgdModel, SgdRegressionModel, SgdRegressor, Svc, SvcModel, Svr, SvrModel,
};

/// More classes are counted and not named.
const CLASSES_NAMED: usize = 6;

macro_rules! rich {
    ($show:ident: $($type:ty),* $(,)?) => { $(
        impl Rich for $type {
            fn bundle(&self) -> Bundle {
                $show(self)
            }
        }
    )* };
}

rich!(
    estimator: BernoulliNb, CategoricalNb, ComplementNb, DecisionTreeClassifier, DecisionTreeRegressor,
    DummyClassifier, DummyRegressor, ElasticNet, ExtraTreesClassifier, ExtraTreesRegressor,
    FnEstimator, GaussianNb, HistGradientBoostingClassifier, HistGradientBoostingRegressor,
    KNeighborsClassifier, KNeighborsRegressor, Lasso, LinearRegression, LinearSvc, LinearSvr, LinfaClassifier,
    LinfaRegressor, LogisticRegression, MultinomialNb, Pipeline, RandomForestClassifier, RandomForestRegressor,
    Ridge, SgdClassifier, SgdRegressor, Svc, Svr,
);

rich!(
    model: CategoricalNbModel, DecisionTreeModel, DiscreteNbModel, DummyModel, DummyRegressorModel, FnModel,
    ForestModel, GaussianNbModel, HistGradientBoostingModel, KNeighborsModel, LinearModel, LinearSvcModel,
    LinearSvrModel, LinfaModel, LogisticModel, PipelineModel, SgdModel, SgdRegressionModel, SvcModel, SvrModel,
);

impl Rich for Box<dyn Estimator> {
    fn bundle(&self) -> Bundle {
        estimator(self.as_ref())
    }
}

impl Rich for Box<dyn Model> {
    fn bundle(&self) -> Bundle {
        model(self.as_ref())
    }
}

impl Rich for Arc<dyn Model> {
    fn bundle(&self) -> Bundle {
        model(self.as_ref())
    }
}

/// Its settings; of a pipeline also the steps.
fn estimator(estimator: &dyn Estimator) -> Bundle {
    let steps = estimator.as_any().downcast_ref::<Pipeline>().map(Pipeline::step_names).unwrap_or_default();
    let steps = if steps.is_empty() { String::new() } else { format!(": {}", steps.join(" → ")) };
    let params = estimator.params();
    let columns = vec![
        Column::new("setting", ColumnKind::RowName, params.iter().map(|(name, _)| Cell::new(name)).collect()),
        Column::new("value", ColumnKind::Text, params.iter().map(|(_, value)| Cell::from(value.to_string())).collect()),
    ];
    let table = Table::new(if params.is_empty() { vec![] } else { columns });
    table.heading(&format!("{}{steps}", estimator.name())).bundle()
}

/// Its coefficients, or else its features by importance with their chart.
fn model(model: &dyn Model) -> Bundle {
    let is_pipeline = model.as_any().is::<PipelineModel>();
    let kind = if is_pipeline { "model, behind the steps of its pipeline" } else { "model" };
    let heading = match model.classes() {
        Some(classes) if classes.len() <= CLASSES_NAMED => {
            format!("{} {kind}, of the classes {}", model.name(), classes.join(", "))
        }
        Some(classes) => format!("{} {kind}, of {} classes", model.name(), classes.len()),
        None => format!("{} {kind}", model.name()),
    };
    if let Some(frame) = model.coefficients() {
        let columns: Vec<_> = frame.columns().iter().collect();
        return columns_table(&columns, frame.height()).heading(&heading).note("coefficients".to_string()).bundle();
    }
    let Some(frame) = model.feature_importances() else { return Table::default().heading(&heading).bundle() };
    let frame = most_first(&frame, "importance");
    let shown = Shown::ends(frame.height(), FEATURES_AT_TOP, FEATURES_AT_BOTTOM);
    let names = values(&frame, "feature", &shown).iter().map(value_cell).collect();
    let table = Table::new(vec![
        Column::new("feature", ColumnKind::RowName, names),
        Column::new("importance", ColumnKind::Number, float_cells(&values(&frame, "importance", &shown))),
    ]);
    let table = shown.say_hidden(table, "feature").heading(&heading).note(count(frame.height(), "feature"));
    with_charts(&table, importance_chart(&frame, "importance", None).ok())
}
