//! A profile as a person sees it: within the page, in both themes, and nothing of the data as markup.

use polars::prelude::{Column, DataFrame, df};
use workbench::data::{penguins, profile, profile_with_target, sniff_csv};
use workbench::display::Rich;

fn html(value: &dyn Rich) -> String {
    value.bundle().get("text/html").unwrap().to_string()
}

#[test]
fn a_profile_shows_types_missing_values_pictures_warnings_and_correlations() {
    let html = html(&profile_with_target(&penguins().unwrap(), "species").unwrap());
    for part in [
        "Profile of 344 rows × 8 columns, to tell species",
        "19 missing values (0.7 %), 0 rows equal to an earlier one",
        "<title>histogram of body_mass_g</title>",
        "Adelie <small",
        "<title>flipper_length_mm and body_mass_g: 0.871</title>",
        "drop_missing(&amp;frame, &amp;[&quot;bill_length_mm&quot;",
    ] {
        assert!(html.contains(part), "{part} is not in\n{html}");
    }
    // A background of its own would hide the theme's.
    assert!(!html.contains("#fff") && !html.contains("#FFF") && !html.contains("background:white"));
    assert_eq!(html.matches("max-width:100%").count(), 2);
    assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count());
}

#[test]
fn a_profile_as_text_has_the_same_numbers() {
    let text = profile(&penguins().unwrap()).unwrap().bundle().get("text/plain").unwrap().to_string();
    let expected = "body_mass_g        i64          2        94  4201.75   801.955  2700    4050  6300         0";
    assert!(text.contains(expected), "{text}");
    assert!(
        text.contains("\n  drop_missing(&frame, &[\"bill_length_mm\"")
            && text.ends_with("flipper_length_mm and body_mass_g, 0.871"),
        "{text}"
    );
}

#[test]
fn a_wide_profile_leaves_columns_out_and_says_so() {
    let columns = (0..500).map(|idx| {
        Column::new(format!("c{idx}").into(), (0..30).map(|row| (row * (idx + 3)) % 29).collect::<Vec<i32>>())
    });
    let wide = DataFrame::new(30, columns.collect()).unwrap();
    let profile = profile(&wide).unwrap();
    let (html, text) = (html(&profile), profile.bundle().get("text/plain").unwrap().to_string());
    assert!(html.contains("more columns</td>") && html.contains("max-height:640px"), "{html}");
    assert!(html.matches("<title>histogram").count() < 110 && html.len() < 400_000);
    assert!(text.contains("columns not shown") && text.contains("\nc0 ") && text.contains("\nc499 "));
}

#[test]
fn what_a_profiled_frame_holds_cannot_become_markup() {
    let attack = "<script>alert(\"x\")</script>";
    let frame =
        df!(attack => [attack, attack, "b"], "<b>" => [1.0, 2.0, 3.0], "<i>" => [Some(1.0), None, Some(2.0)]).unwrap();
    let html = html(&profile(&frame).unwrap());
    assert!(!html.contains("<script") && !html.contains("<b>") && !html.contains("<i>"), "{html}");
}

#[test]
fn a_dialect_shows_its_reasons() {
    let path = std::env::temp_dir().join(format!("workbench-dialect-{}.csv", std::process::id()));
    std::fs::write(&path, "a;b\n1,5;x\n").unwrap();
    let dialect = sniff_csv(path.to_str().unwrap()).unwrap();
    std::fs::remove_file(&path).unwrap();
    let text = dialect.bundle().get("text/plain").unwrap().to_string();
    assert!(text.contains("separator  ;      a semicolon parts each of the first 2 rows into 2 fields"), "{text}");
}
