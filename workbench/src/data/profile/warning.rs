//! What is wrong with a frame, in words.

use super::{ColumnProfile, Profile};

/// So many columns are named in one warning.
const NAMED_MAX: usize = 6;
/// So many pairs of columns are told that say the same.
const PAIRS_MAX: usize = 5;
const CORRELATION_MAX: f64 = 0.95;
/// Fewer rows than this prove nothing about ids.
const ID_ROWS_MIN: usize = 20;

/// Something that is wrong, or may be, and the call that mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileWarning {
    /// The columns that it is about; empty for whole rows.
    pub columns: Vec<String>,
    /// What is wrong.
    pub text: String,
    /// Rust code that mends it in `frame`.
    pub mend: String,
}

impl ProfileWarning {
    /// Whether it tells that a column says the same as `target`.
    pub(super) fn is_about_pair_with(&self, target: &str) -> bool {
        self.columns.len() == 2 && self.columns.iter().any(|column| column == target)
    }
}

pub(super) fn of(profile: &Profile) -> Vec<ProfileWarning> {
    let n_rows = profile.n_rows;
    if n_rows == 0 {
        return vec![];
    }
    let mut warnings = Vec::new();
    let mut about = |holds: &dyn Fn(&ColumnProfile) -> bool,
                     text: &dyn Fn(&ColumnProfile) -> String,
                     mend: &dyn Fn(&str) -> String| {
        warnings.extend(warning(profile.columns.iter().filter(|column| holds(column)).collect(), text, mend));
    };
    let percent = |n: usize| format!("{:.1} %", 100.0 * n as f64 / n_rows as f64);
    let drop = |names: &str| format!("frame.drop_many([{names}])");
    about(&|column| column.missing == n_rows, &|column| format!("{} is missing in all rows", column.name), &drop);
    let is_constant = |column: &ColumnProfile| column.distinct == 1 && column.missing == 0 && column.is_distinct_exact;
    about(
        &|column| is_constant(column) && n_rows > 1,
        &|column| format!("{} has the same value in all rows", column.name),
        &drop,
    );
    let is_id = |column: &ColumnProfile| {
        let is_text = column.mean.is_none() && column.distinct as f64 >= 0.98 * n_rows as f64 && column.dtype != "date";
        n_rows >= ID_ROWS_MIN && column.missing == 0 && (column.is_increasing || is_text)
    };
    about(
        &|column| is_id(column),
        &|column| format!("{} differs in every row, as an id does: a model may learn rows by heart", column.name),
        &drop,
    );
    let missing = |column: &ColumnProfile| {
        format!("{} is missing in {} rows ({})", column.name, column.missing, percent(column.missing))
    };
    let is_rare = |column: &ColumnProfile| 20 * column.missing <= n_rows;
    let some_missing = |column: &ColumnProfile| column.missing > 0 && column.missing < n_rows;
    about(&|column| some_missing(column) && is_rare(column), &missing, &|names| {
        format!("drop_missing(&frame, &[{names}])?")
    });
    about(&|column| some_missing(column) && !is_rare(column) && column.mean.is_some(), &missing, &|names| {
        format!("Imputer::new(Strategy::Median).columns(&[{names}]).fit_transform(&frame)?")
    });
    about(&|column| some_missing(column) && !is_rare(column) && column.mean.is_none(), &missing, &|names| {
        format!("Imputer::new(Strategy::MostFrequent).columns(&[{names}]).fit_transform(&frame)?")
    });
    about(
        &|column| column.infinite > 0,
        &|column| format!("{} is infinite in {} rows", column.name, column.infinite),
        &|names| {
            let first = names.split(", ").next().unwrap_or_default();
            format!("frame.clone().lazy().filter(col({first}).is_finite()).collect()?")
        },
    );
    let has_outliers = |column: &ColumnProfile| {
        column.outliers.is_some_and(|outliers| outliers > 0 && 20 * outliers >= n_rows) && column.distinct > 10
    };
    about(
        &has_outliers,
        &|column| {
            let outliers = column.outliers.unwrap_or_default();
            format!("{} has {outliers} outliers ({})", column.name, percent(outliers))
        },
        &|names| {
            format!(
                "OutlierFilter::new(Outliers::Iqr {{ factor: 1.5 }}).action(Action::Clip).columns(&[{names}]).fit_transform(&frame)?"
            )
        },
    );
    let numbers_in_text = |column: &ColumnProfile| {
        let number = |text: &str| text.trim().parse::<f64>().is_ok();
        column.dtype == "str" && !column.top.is_empty() && column.top.iter().all(|(text, _)| number(text))
    };
    about(
        &numbers_in_text,
        &|column| format!("{} is text, but its most frequent values are numbers", column.name),
        &|names| {
            let pairs: Vec<String> = names.split(", ").map(|name| format!("({name}, \"f64\")")).collect();
            format!("Cast::to(&[{}]).lossy().fit_transform(&frame)?", pairs.join(", "))
        },
    );
    if let Some(n) = profile.n_duplicates.filter(|&n| n > 0) {
        warnings.push(ProfileWarning {
            columns: vec![],
            text: format!("{n} rows ({}) are equal to an earlier one", percent(n)),
            mend: "frame.unique_stable(None, UniqueKeepStrategy::First, None)?".to_string(),
        });
    }
    warnings.extend(same_columns(profile));
    warnings
}

/// One warning for all columns of a kind: the first in words, the others by name.
fn warning(
    columns: Vec<&ColumnProfile>,
    text: &dyn Fn(&ColumnProfile) -> String,
    mend: &dyn Fn(&str) -> String,
) -> Option<ProfileWarning> {
    let texts: Vec<String> = columns.iter().take(NAMED_MAX).map(|column| text(column)).collect();
    let quoted: Vec<String> = columns.iter().map(|column| format!("{:?}", column.name)).collect();
    if columns.is_empty() {
        return None;
    }
    let more = columns.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!("; {more} more columns likewise") } else { String::new() };
    Some(ProfileWarning {
        columns: columns.iter().map(|column| column.name.clone()).collect(),
        text: texts.join("; ") + &more,
        mend: mend(&quoted.join(", ")),
    })
}

/// Pairs of columns that say nearly the same, the strongest first.
fn same_columns(profile: &Profile) -> Vec<ProfileWarning> {
    let mut pairs: Vec<(&str, &str, f64)> = Vec::new();
    for (i, (name, row)) in profile.correlations.iter().enumerate() {
        for ((other, _), r) in profile.correlations.iter().zip(row).take(i) {
            if let Some(r) = r.filter(|r| r.abs() >= CORRELATION_MAX) {
                pairs.push((other, name, r));
            }
        }
    }
    pairs.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
    let more = pairs.len().saturating_sub(PAIRS_MAX);
    let n_told = pairs.len().min(PAIRS_MAX);
    let told = pairs.iter().take(PAIRS_MAX).enumerate().map(|(idx, (name, other, r))| {
        let more = if idx + 1 == n_told && more > 0 { format!("; {more} more pairs likewise") } else { String::new() };
        ProfileWarning {
            columns: vec![name.to_string(), other.to_string()],
            text: format!("{name} and {other} say nearly the same (correlation {r:.3}){more}"),
            mend: format!("frame.drop_many([{other:?}])"),
        }
    });
    told.collect()
}
