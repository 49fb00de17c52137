//! A profile as one panel: warnings, a row for each column, a heat map of correlations.
//!
//! Small pictures are drawn with colours that stand out from white and from black, and with no background of their own.

use super::numbers::{count, format_float};
use super::table::{self, Cell, ColumnKind, STYLE, Table, escape};
use super::{Bundle, Rich};
use crate::data::{ColumnProfile, CsvDialect, Profile, ProfileWarning};

/// With more columns the first and last are shown, and those that a warning names.
const COLUMNS_MAX: usize = 100;
const COLUMNS_AT_EACH_END: usize = 40;
/// More columns of numbers make a heat map that nobody can read.
const HEAT_MAP_MAX: usize = 30;
const MUTED: &str = "opacity:0.65";
/// The blue and the orange of the charts, which stand out from either background.
const BLUE: &str = "#1C7ACC";
const ORANGE: &str = "#CF6C00";
const NEUTRAL: &str = "#797979";

impl Rich for Profile {
    fn bundle(&self) -> Bundle {
        let shown = Shown::of(self);
        let html = format!(
            "<div class=\"tunebook-output tunebook-profile\">{STYLE}\n{}\n{}{}{}</div>",
            heading(self),
            warnings(self),
            columns(self, &shown),
            correlations(self),
        );
        Bundle::text(&text(self, &shown)).with("text/html", html)
    }
}

/// What was told from a CSV file, with the reasons.
impl Rich for CsvDialect {
    fn bundle(&self) -> Bundle {
        let reasons = self.reasons();
        let cells =
            |pick: fn(&(String, String, String)) -> &String| reasons.iter().map(|row| Cell::new(pick(row))).collect();
        Table::new(vec![
            table::Column::new("setting", ColumnKind::RowName, cells(|row| &row.0)),
            table::Column::new("value", ColumnKind::Text, cells(|row| &row.1)),
            table::Column::new("because", ColumnKind::Text, cells(|row| &row.2)),
        ])
        .bundle()
    }
}

/// Which columns have a row of their own.
struct Shown {
    indices: Vec<usize>,
    /// Before which of them others are left out, and how many.
    gaps: Vec<(usize, usize)>,
}

impl Shown {
    fn of(profile: &Profile) -> Self {
        let n = profile.columns().len();
        if n <= COLUMNS_MAX {
            return Self { indices: (0..n).collect(), gaps: vec![] };
        }
        let is_named = |column: &ColumnProfile| {
            profile.warnings().iter().any(|warning| warning.columns.iter().take(3).any(|name| *name == column.name))
        };
        let is_shown = |idx: usize, column: &ColumnProfile| {
            idx < COLUMNS_AT_EACH_END || idx + COLUMNS_AT_EACH_END >= n || is_named(column)
        };
        let columns = profile.columns().iter().enumerate();
        let indices: Vec<usize> = columns.filter(|(idx, column)| is_shown(*idx, column)).map(|(idx, _)| idx).collect();
        let mut gaps = Vec::new();
        let mut next = 0;
        for &idx in &indices {
            if idx > next {
                gaps.push((idx, idx - next));
            }
            next = idx + 1;
        }
        Self { indices, gaps }
    }

    fn hidden_before(&self, idx: usize) -> Option<usize> {
        self.gaps.iter().find(|(before, _)| *before == idx).map(|(_, n)| *n)
    }
}

fn facts(profile: &Profile) -> String {
    let cells = profile.n_rows() * profile.columns().len();
    let missing: usize = profile.columns().iter().map(|column| column.missing).sum();
    let share = if cells > 0 { 100.0 * missing as f64 / cells as f64 } else { 0.0 };
    let duplicates = match profile.n_duplicates() {
        Some(n) => format!("{} equal to an earlier one", count(n, "row")),
        None => "rows that come twice not counted".to_string(),
    };
    format!("{missing} missing values ({share:.1} %), {duplicates}")
}

fn title(profile: &Profile) -> String {
    let shape = format!("{} × {}", count(profile.n_rows(), "row"), count(profile.columns().len(), "column"));
    match profile.target() {
        Some(target) => format!("Profile of {shape}, to tell {target}"),
        None => format!("Profile of {shape}"),
    }
}

fn heading(profile: &Profile) -> String {
    format!(
        "<div class=\"tunebook-heading\" style=\"font-weight:bold\">{}</div>\n<div style=\"{MUTED}\">{}</div>",
        escape(&title(profile)),
        escape(&facts(profile))
    )
}

fn warnings(profile: &Profile) -> String {
    if profile.warnings().is_empty() {
        return String::new();
    }
    let item = |warning: &ProfileWarning| {
        let text = escape(&table::cut(&warning.text, 600));
        let mend = escape(&table::cut(&warning.mend, 300));
        format!(
            "<li style=\"margin:.2em 0\">{text}<br><code style=\"background:none;font-size:90%;white-space:pre-wrap;overflow-wrap:anywhere;{MUTED}\">{mend}</code></li>"
        )
    };
    let items: String = profile.warnings().iter().map(item).collect();
    format!(
        "<ul style=\"margin:.6em 0;padding-left:1.8em;border-left:3px solid {ORANGE};overflow-wrap:anywhere\">{items}</ul>\n"
    )
}

const HEADS: [&str; 11] =
    ["column", "missing", "distinct", "distribution", "mean", "std", "min", "25%", "median", "75%", "max"];

fn columns(profile: &Profile, shown: &Shown) -> String {
    if profile.columns().is_empty() {
        return String::new();
    }
    // A style of its own keeps the names in sight while the rest is scrolled.
    let head = |(idx, name): (usize, &&str)| {
        let align = if matches!(idx, 0 | 3) { "left" } else { "right" };
        format!("<th style=\"text-align:{align}\">{name}</th>")
    };
    let heads: String = HEADS.iter().enumerate().map(head).collect();
    let mut rows = String::new();
    for &idx in &shown.indices {
        if let Some(n) = shown.hidden_before(idx) {
            rows += &format!(
                "<tr><td colspan=\"{}\" style=\"text-align:left;{MUTED}\">⋮ {}</td></tr>\n",
                HEADS.len() + 1,
                count(n, "more column")
            );
        }
        if let Some(column) = profile.columns().get(idx) {
            rows += &row(column, profile);
        }
    }
    let box_height = if shown.indices.len() > 25 { "max-height:640px;" } else { "" };
    format!(
        "<div style=\"{box_height}overflow:auto;max-width:100%\"><table class=\"dataframe tunebook-table\">\n<thead><tr>{heads}\
         <th style=\"text-align:right\">outliers</th></tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
    )
}

fn row(column: &ColumnProfile, profile: &Profile) -> String {
    let name = table::cut(&column.name, 40);
    let is_target = profile.target().is_some_and(|target| target == column.name);
    let mark = if is_target { " <small style=\"font-weight:normal\">target</small>" } else { "" };
    let share = column.missing as f64 / (profile.n_rows().max(1)) as f64;
    let missing = if column.missing == 0 {
        format!("<span style=\"{MUTED}\">0</span>")
    } else {
        format!("{}<br><small>{}</small>", column.missing, percent(share))
    };
    let picture = if column.mean.is_some() { histogram(column) } else { top(column) };
    let number = |value: Option<f64>| value.map_or(String::new(), format_float);
    let quantile = |idx: usize| column.quantiles.and_then(|quantiles| quantiles.get(idx).copied());
    let whole = |value: Option<f64>| whole_or_number(column, value);
    let [mean, std] = [column.mean, column.std].map(number);
    let [min, q25, q50, q75, max] = [column.min, quantile(1), quantile(2), quantile(3), column.max].map(whole);
    let numbers = [mean, std, min, q25, q50, q75, max];
    let numbers: String = numbers.iter().map(|text| format!("<td style=\"text-align:right\">{text}</td>")).collect();
    let outliers = column.outliers.map_or(String::new(), |n| n.to_string());
    format!(
        "<tr><th scope=\"row\" style=\"text-align:left\" title=\"{}\">{}{mark}<br><small style=\"font-weight:normal;{MUTED}\">{}</small></th>\
         <td style=\"text-align:right\">{missing}</td><td style=\"text-align:right\">{}</td><td style=\"text-align:left\">{picture}</td>\
         {numbers}<td style=\"text-align:right\">{outliers}</td></tr>\n",
        escape(&column.name),
        escape(&name),
        escape(&column.dtype),
        distinct(column),
    )
}

/// A value of a column of integers is one.
fn whole_or_number(column: &ColumnProfile, value: Option<f64>) -> String {
    let is_integer = column.dtype.starts_with(['i', 'u']);
    match value {
        Some(value) if is_integer && value.fract() == 0.0 && value.abs() < 1e15 => format!("{value:.0}"),
        Some(value) => format_float(value),
        None => String::new(),
    }
}

fn distinct(column: &ColumnProfile) -> String {
    if column.is_distinct_exact { column.distinct.to_string() } else { format!("≈ {}", rounded(column.distinct)) }
}

/// Three digits of an estimate, since more would be a claim.
fn rounded(n: usize) -> usize {
    let unit = 10usize.pow(n.checked_ilog10().unwrap_or(0).saturating_sub(2));
    (n + unit / 2) / unit * unit
}

fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.001 { "< 0.1 %".to_string() } else { format!("{:.1} %", 100.0 * share) }
}

fn histogram(column: &ColumnProfile) -> String {
    let highest = column.histogram.iter().max().copied().unwrap_or(0).max(1) as f64;
    let width = 144.0 / column.histogram.len().max(1) as f64;
    let bars = column.histogram.iter().enumerate().filter(|(_, height)| **height > 0).map(|(idx, height)| {
        let tall = (*height as f64 / highest * 30.0).max(1.0);
        format!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{tall:.1}\"/>",
            idx as f64 * width + 0.5,
            32.0 - tall,
            width - 1.0
        )
    });
    let bars: String = bars.collect();
    format!(
        "<svg width=\"144\" height=\"34\" viewBox=\"0 0 144 34\" role=\"img\" style=\"vertical-align:middle\"><title>histogram of {}</title>\
         <g fill=\"{BLUE}\">{bars}</g><path d=\"M0 32.5H144\" stroke=\"{NEUTRAL}\" stroke-width=\"1\"/></svg>",
        escape(&column.name)
    )
}

/// The most frequent texts, each over a bar as long as its share.
fn top(column: &ColumnProfile) -> String {
    let total = column.count.max(1) as f64;
    let lines = column.top.iter().take(3).map(|(text, n)| {
        let share = 100.0 * *n as f64 / total;
        format!(
            "<div style=\"white-space:nowrap\"><span style=\"display:inline-block;width:{:.0}px;height:.6em;background:{BLUE};margin-right:.4em\"></span>\
             {} <small style=\"{MUTED}\">{}</small></div>",
            (share * 0.6).max(1.0),
            escape(&table::cut(&Cell::new(text).to_string(), 24)),
            percent(share / 100.0)
        )
    });
    lines.collect()
}

fn correlations(profile: &Profile) -> String {
    let rows = profile.correlations();
    if rows.len() < 2 {
        return String::new();
    }
    if rows.len() > HEAT_MAP_MAX {
        return strongest(rows);
    }
    let side = if rows.len() <= 12 { 34.0 } else { 20.0 };
    let names: Vec<String> = rows.iter().map(|(name, _)| table::cut(name, 22)).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0) as f64;
    let left = 6.8 * longest + 10.0;
    let plot = side * rows.len() as f64;
    // Names stand slanted over their columns.
    let top = 0.72 * left + 8.0;
    let mut cells = String::new();
    for (i, (name, row)) in rows.iter().enumerate() {
        let y = top + side * i as f64;
        let middle = y + 0.5 * side + 4.0;
        cells += &format!(
            "<text x=\"{:.0}\" y=\"{middle:.0}\" text-anchor=\"end\">{}</text>",
            left - 6.0,
            escape(names.get(i).map_or("", String::as_str))
        );
        let (x, over) = (left + side * i as f64 + 0.5 * side, top - 5.0);
        cells += &format!(
            "<text transform=\"translate({x:.0} {over:.0}) rotate(-45)\">{}</text>",
            escape(names.get(i).map_or("", String::as_str))
        );
        for (j, r) in row.iter().enumerate() {
            let x = left + side * j as f64;
            let Some(r) = r else { continue };
            let color = if *r < 0.0 { ORANGE } else { BLUE };
            let other = rows.get(j).map_or("", |(name, _)| name.as_str());
            cells += &format!(
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{color}\" fill-opacity=\"{:.2}\"><title>{} and {}: {r:.3}</title></rect>",
                x + 0.5,
                y + 0.5,
                side - 1.0,
                side - 1.0,
                0.06 + 0.94 * r.abs(),
                escape(name),
                escape(other),
            );
            if side > 30.0 {
                cells += &format!(
                    "<text x=\"{:.1}\" y=\"{middle:.1}\" text-anchor=\"middle\" style=\"font-size:10px\" fill=\"currentColor\">{}</text>",
                    x + 0.5 * side,
                    format!("{r:.2}").replace("0.", ".")
                );
            }
        }
    }
    let (width, height) = (left + plot + 0.72 * left, top + plot + 4.0);
    format!(
        "<div style=\"margin:.6em 0 .2em;font-weight:bold\">Correlations</div><div style=\"{MUTED}\">blue: positive, orange: negative; the fuller, the stronger</div>\
         <div style=\"overflow:auto;max-width:100%\"><svg width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" \
         font-family=\"system-ui, sans-serif\" font-size=\"11.5\" fill=\"{NEUTRAL}\"><title>correlations</title>{cells}</svg></div>\n"
    )
}

/// In the place of a heat map that is too large: the strongest pairs.
fn strongest(rows: &[(String, Vec<Option<f64>>)]) -> String {
    let pairs = strongest_pairs(rows);
    let line = |(a, b, r): &(String, String, f64)| {
        format!(
            "<tr><td style=\"text-align:left\">{}</td><td style=\"text-align:left\">{}</td><td style=\"text-align:right\">{r:.3}</td></tr>",
            escape(&table::cut(a, 40)),
            escape(&table::cut(b, 40))
        )
    };
    let lines: String = pairs.iter().map(line).collect();
    format!(
        "<div style=\"margin:.6em 0 .2em;font-weight:bold\">Strongest correlations</div><table class=\"dataframe tunebook-table\"><tbody>{lines}</tbody></table>\n"
    )
}

fn strongest_pairs(rows: &[(String, Vec<Option<f64>>)]) -> Vec<(String, String, f64)> {
    let mut pairs = Vec::new();
    for (i, (name, row)) in rows.iter().enumerate() {
        for ((other, _), r) in rows.iter().zip(row).take(i) {
            pairs.extend(r.map(|r| (other.clone(), name.clone(), r)));
        }
    }
    pairs.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
    pairs.truncate(10);
    pairs
}

fn text(profile: &Profile, shown: &Shown) -> String {
    let columns: Vec<&ColumnProfile> = shown.indices.iter().filter_map(|idx| profile.columns().get(*idx)).collect();
    let texts = |name: &str, kind: ColumnKind, value: &dyn Fn(&ColumnProfile) -> String| {
        table::Column::new(name, kind, columns.iter().map(|column| Cell::from(value(column))).collect())
    };
    let number = |value: Option<f64>| value.map_or(String::new(), format_float);
    let mut table = Table::new(vec![
        texts("column", ColumnKind::Text, &|column| column.name.clone()),
        texts("dtype", ColumnKind::Text, &|column| column.dtype.clone()),
        texts("missing", ColumnKind::Number, &|column| column.missing.to_string()),
        texts("distinct", ColumnKind::Number, &distinct),
        texts("mean", ColumnKind::Number, &|column| number(column.mean)),
        texts("std", ColumnKind::Number, &|column| number(column.std)),
        texts("min", ColumnKind::Number, &|column| whole_or_number(column, column.min)),
        texts("median", ColumnKind::Number, &|column| {
            whole_or_number(column, column.quantiles.and_then(|all| all.get(2).copied()))
        }),
        texts("max", ColumnKind::Number, &|column| whole_or_number(column, column.max)),
        texts("outliers", ColumnKind::Number, &|column| column.outliers.map_or(String::new(), |n| n.to_string())),
        texts("most frequent", ColumnKind::Text, &|column| {
            column.top.first().map_or(String::new(), |(text, n)| format!("{} ({n})", table::cut(text, 24)))
        }),
    ])
    .heading(&format!("{}: {}", title(profile), facts(profile)));
    let n_hidden = profile.columns().len() - columns.len();
    if n_hidden > 0 {
        table = table.note(format!("{} not shown", count(n_hidden, "column")));
    }
    for warning in profile.warnings() {
        table = table.note(format!("! {}\n  {}", warning.text, warning.mend));
    }
    if let Some((a, b, r)) = strongest_pairs(profile.correlations()).first() {
        table = table.note(format!("strongest correlation: {a} and {b}, {r:.3}"));
    }
    table.text()
}
