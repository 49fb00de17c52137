//! Tests of display: what a person sees of a value.

mod charts;
mod export;
mod prelude;
mod profile;
mod results;
mod selection;
mod selection_charts;
mod sink;

use ndarray::{Array1, Array2};
use polars::prelude::*;
use workbench::data::{Dataset, Target, drop_missing, penguins};
use workbench::display::{Html, Json, Rich};

#[track_caller]
fn check_text(value: &dyn Rich, expected: &str) {
    let bundle = value.bundle();
    let text = bundle.get("text/plain").expect("text/plain is always there");
    assert_eq!(text, expected.trim_matches('\n'), "\n{text}\n");
}

fn html(value: &dyn Rich) -> String {
    value.bundle().get("text/html").expect("it has HTML").to_string()
}

#[test]
fn a_long_frame_shows_both_ends_and_says_how_much_is_between() {
    let penguins = penguins().unwrap();
    check_text(
        &penguins,
        "
species    island     bill_length_mm  bill_depth_mm  flipper_length_mm  body_mass_g  sex     year
str        str                   f64            f64                i64          i64  str      i64
─────────  ─────────  ──────────────  ─────────────  ─────────────────  ───────────  ──────  ────
Adelie     Torgersen            39.1           18.7                181         3750  male    2007
Adelie     Torgersen            39.5           17.4                186         3800  female  2007
Adelie     Torgersen            40.3           18.0                195         3250  female  2007
Adelie     Torgersen            null           null               null         null  null    2007
Adelie     Torgersen            36.7           19.3                193         3450  female  2007
⋮ 334 more rows
Chinstrap  Dream                55.8           19.8                207         4000  male    2009
Chinstrap  Dream                43.5           18.1                202         3400  female  2009
Chinstrap  Dream                49.6           18.2                193         3775  male    2009
Chinstrap  Dream                50.8           19.0                210         4100  male    2009
Chinstrap  Dream                50.2           18.7                198         3775  female  2009
344 rows × 8 columns
",
    );
    let html = html(&penguins);
    assert_eq!(html.matches("<tr").count(), 1 + 5 + 1 + 5);
    for part in
        ["⋮ 334 more rows", "344 rows × 8 columns", "<small style=\"font-weight:normal;opacity:0.65\">f64</small>"]
    {
        assert!(html.contains(part), "{part} is not in\n{html}");
    }
}

#[test]
fn twenty_rows_and_columns_are_shown_whole_and_more_are_not() {
    let square = |n: usize| -> DataFrame {
        let columns = (0..n).map(|idx| Column::new(format!("c{idx}").into(), vec![idx as i64; n])).collect();
        DataFrame::new(n, columns).unwrap()
    };
    let whole = html(&square(20));
    assert_eq!(
        (whole.matches("<tr").count(), whole.matches("<th").count() - whole.matches("<thead").count()),
        (21, 20)
    );
    assert!(!whole.contains("more"));
    let cut = html(&square(25));
    assert!(cut.contains("⋮ 15 more rows") && cut.contains(">5 more columns<"), "{cut}");
    assert!(cut.contains("25 rows × 25 columns") && cut.contains("<td colspan=\"21\""), "{cut}");
    let text = square(25).bundle().get("text/plain").unwrap().to_string();
    assert!(text.lines().next().unwrap().contains("c9  …               c15"), "{text}");
}

#[test]
fn frames_without_rows_or_columns_show_their_shape() {
    check_text(
        &df!("a" => Vec::<f64>::new(), "b" => Vec::<String>::new()).unwrap(),
        "
  a  b
f64  str
───  ───
0 rows × 2 columns
",
    );
    check_text(&DataFrame::empty(), "0 rows × 0 columns");
    assert!(!html(&DataFrame::empty()).contains("<table"));
}

#[test]
fn what_a_frame_holds_cannot_become_markup() {
    let attack = "<script>alert(\"x\")</script>&'";
    let long = format!("{attack}{}", "long ".repeat(30));
    let frame = df!(attack => [attack, &long]).unwrap();
    let html = html(&frame);
    assert!(!html.contains("<script"), "{html}");
    assert!(html.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;"), "{html}");
    // The tooltip of the cut cell is an attribute, whose quotes must not end.
    let tooltip = html.split("title=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(tooltip.starts_with("&lt;script&gt;alert(&quot;x&quot;)") && tooltip.ends_with("long "), "{tooltip}");
}

#[test]
fn texts_stay_on_one_line_within_their_column() {
    let frame = df!(
        "text" => ["a\nb\tc", "日本語", &"x".repeat(100)],
        "n" => [1, 20, -300],
    )
    .unwrap();
    check_text(
        &frame,
        &format!(
            "
text                                                             n
str                                                            i32
────────────────────────────────────────────────────────────  ────
a\\nb\\tc                                                          1
日本語                                                          20
{}…  -300
3 rows × 2 columns
",
            "x".repeat(59)
        ),
    );
}

#[test]
fn the_numbers_of_a_column_are_written_alike() {
    #[track_caller]
    fn check(numbers: &[f64], expected: &[&str]) {
        let frame = df!("x" => numbers).unwrap();
        let text = frame.bundle().get("text/plain").unwrap().to_string();
        let cells: Vec<&str> = text.lines().skip(3).take(numbers.len()).map(str::trim).collect();
        assert_eq!(cells, expected);
    }
    check(&[39.1, 40.0, 36.75], &["39.10", "40.00", "36.75"]);
    check(&[1.0, 2.0], &["1.0", "2.0"]);
    check(&[0.0, -0.0], &["0.0", "0.0"]);
    check(&[3.14159265, 100.0], &["3.142", "100.000"]);
    check(&[4207.057, 3.0], &["4207.06", "3.00"]);
    check(&[4207.057, 0.00123], &["4207.05700", "0.00123"]);
    check(&[0.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY], &["0.5", "NaN", "∞", "-∞"]);
    check(&[123456789.0, 0.5], &["123456789.0", "0.5"]);
    check(&[1e-9, 2.5e-12, 1.0], &["1.0e-9", "2.5e-12", "1.0e0"]);
    check(&[1e300, -1e-300], &["1.0e300", "-1.0e-300"]);
    check(&[-0.00001, 1000.0], &["-0.00001", "1000.00000"]);
    check(&[f64::MAX, f64::MIN_POSITIVE], &["1.79769e308", "2.22507e-308"]);
    check(&[f64::NAN], &["NaN"]);
}

#[test]
fn every_dtype_has_a_form() {
    let frame = df!(
        "flag" => [Some(true), None],
        "small" => [1i64, 255],
        "float32" => [0.1f32, 2.5],
        "category" => ["b", "a"],
        "days" => [0i32, 20000],
    )
    .unwrap()
    .lazy()
    .with_columns([
        col("category").cast(DataType::from_categories(Categories::global())),
        col("days").cast(DataType::Date),
        col("small").implode(true).alias("list"),
    ])
    .collect()
    .unwrap();
    check_text(
        &frame,
        "
flag  small  float32  category  days        list
bool    i64      f32  cat       date        list[i64]
────  ─────  ───────  ────────  ──────────  ─────────
true      1      0.1  b         1970-01-01  [1, 255]
null    255      2.5  a         2024-10-04  [1, 255]
2 rows × 6 columns
",
    );
}

#[test]
fn a_column_shows_as_a_table() {
    let frame = df!("x" => [1.5, 2.0]).unwrap();
    check_text(
        frame.column("x").unwrap(),
        "
  x
f64
───
1.5
2.0
2 rows
",
    );
    assert_eq!(frame.column("x").unwrap().bundle(), Series::new("x".into(), [1.5, 2.0]).bundle());
}

#[test]
fn a_lazy_frame_is_not_computed() {
    let lazy = df!("x" => [1i64])
        .unwrap()
        .lazy()
        .select([col("x").map(|_| panic!("it was computed"), |_, field| Ok(field.clone()))]);
    let bundle = lazy.bundle();
    let text = bundle.get("text/plain").unwrap();
    assert!(text.starts_with("LazyFrame, not computed yet: `.collect()?` computes it\ncolumn  dtype\n"), "{text}");
    let wrong = df!("x" => [1i64]).unwrap().lazy().select([col("<y>")]);
    let text = wrong.bundle().get("text/plain").unwrap().to_string();
    assert!(text.starts_with("LazyFrame that cannot be computed: "), "{text}");
}

#[test]
fn arrays_show_positions_and_shape() {
    check_text(
        &Array2::from_shape_fn((2, 3), |(row, column)| row as f64 + 0.25 * column as f64),
        "
     0     1    2
─  ───  ────  ───
0  0.0  0.25  0.5
1  1.0  1.25  1.5
array of shape (2, 3)
",
    );
    check_text(
        &Array1::from_vec(vec![1.0, f64::NAN]),
        "
   value
─  ─────
0    1.0
1    NaN
array of shape (2,)
",
    );
    let wide = Array2::<f64>::zeros((30, 30));
    let text = wide.bundle().get("text/plain").unwrap().to_string();
    assert!(
        text.contains("⋮ 20 more rows")
            && text.contains("10 more columns")
            && text.ends_with("array of shape (30, 30)"),
        "{text}"
    );
    check_text(&Array1::<f64>::zeros(0), "   value\n─  ─────\narray of shape (0,)");
}

#[test]
fn a_dataset_shows_its_rows_and_its_target() {
    let frame = df!("x" => [0.5, 1.0, 1.5], "label" => ["b", "a", "b"]).unwrap();
    let data = Dataset::from_frame(&frame, "label").unwrap();
    check_text(
        &data,
        "
Dataset to tell the 2 classes of `label` from 1 feature
  x  label
f64  target
───  ──────
0.5  b
1.0  a
1.5  b
3 rows × 1 feature, and the target
label: a 1, b 2
",
    );
    check_text(
        data.target(),
        "
class  rows   share
─────  ────  ──────
a         1  33.3 %
b         2  66.7 %
3 rows in 2 classes
",
    );
    let numbers = Dataset::new(df!("x" => [1i64, 2]).unwrap(), Target::Values(vec![2.5, 4.0]), "y").unwrap();
    check_text(
        &numbers,
        "
Dataset to predict `y` from 1 feature
  x       y
i64  target
───  ──────
  1     2.5
  2     4.0
2 rows × 1 feature, and the target
y: from 2.5 to 4.0, mean 3.25
",
    );
    let penguins = drop_missing(&penguins().unwrap(), &["sex"]).unwrap();
    assert!(html(&Dataset::from_frame(&penguins, "sex").unwrap()).contains("⋮ 323 more rows"));
}

#[test]
fn text_that_is_a_representation_is_passed_on() {
    let html = Html("<b>hi</b>".to_string()).bundle();
    assert_eq!(html.iter().collect::<Vec<_>>(), [("text/plain", "<b>hi</b>"), ("text/html", "<b>hi</b>")]);
    let json = Json(serde_json::json!({"a": [1, null]})).bundle();
    assert_eq!(json.get("application/json"), Some("{\"a\":[1,null]}"));
    let replaced = html.with("text/html", "<i>ho</i>".to_string());
    assert_eq!(replaced.get("text/html"), Some("<i>ho</i>"));
}

#[test]
fn alignment_and_muting_survive_a_notebook_that_is_not_trusted() {
    // JupyterLab then removes `<style>`, and keeps inline `text-align` and `opacity`.
    let html = html(&df!("name" => [Some("a"), None], "x" => [1.0, 2.0]).unwrap());
    let (before, after) = (html.find("<style>").unwrap(), html.find("</style>").unwrap());
    let without_style = format!("{}{}", &html[..before], &html[after..]);
    assert!(
        without_style.contains("<td style=\"text-align:left\">a</td><td style=\"text-align:right\">1.0</td>"),
        "{html}"
    );
    assert!(without_style.contains("<span style=\"opacity:0.65\">null</span>"), "{html}");
    assert!(!without_style.contains("var("), "{html}");
}
