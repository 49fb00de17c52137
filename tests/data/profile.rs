//! Profiles: the numbers of `describe` and pandas, in memory and from a stream, and what is said to be wrong.

use polars::prelude::{DataFrame, NamedFrom, Series, df};
use workbench::data::{
    Bandwidth, Profile, breast_cancer, describe, kernel_density, make_regression, open_frames, penguins, profile,
    profile_frames, profile_with_target, write_csv,
};

use super::csv::Folder;

fn golden() -> serde_json::Value {
    serde_json::from_str(include_str!("../golden/reading.json")).unwrap()
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[track_caller]
fn check_close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-10 * expected.abs().max(1e-3), "{found}, expected {expected}");
}

fn warnings(profile: &Profile) -> String {
    profile.warnings().iter().map(|warning| format!("{} -> {}\n", warning.text, warning.mend)).collect()
}

#[test]
fn a_profile_has_the_numbers_of_describe() {
    for frame in [penguins().unwrap(), breast_cancer().unwrap(), make_regression(3000, 3, 2, 1.0, 1).unwrap()] {
        let (described, table) = (describe(&frame).unwrap(), profile(&frame).unwrap().table().unwrap());
        for name in ["column", "dtype", "count", "missing", "distinct", "most_frequent"] {
            let (a, b) = (described.column(name).unwrap(), table.column(name).unwrap());
            assert!(a.equals_missing(b), "{a:?} {b:?}");
        }
        for name in ["mean", "std", "min", "25%", "50%", "75%", "max"] {
            let (a, b) = (described.column(name).unwrap(), table.column(name).unwrap());
            for (a, b) in a.f64().unwrap().iter().zip(b.f64().unwrap().iter()) {
                match (a, b) {
                    (Some(a), Some(b)) => check_close(b, a),
                    both => assert_eq!(both, (None, None)),
                }
            }
        }
    }
}

#[test]
fn correlations_and_quantiles_are_those_of_pandas() {
    let (golden, profile) = (golden(), profile(&penguins().unwrap()).unwrap());
    let rows = golden["correlations"]["values"].as_array().unwrap();
    assert_eq!(profile.correlations().len(), rows.len());
    for ((name, row), expected) in profile.correlations().iter().zip(rows) {
        for (found, expected) in row.iter().zip(numbers(expected)) {
            check_close(found.unwrap(), expected);
        }
        let quantiles = profile.column(name).unwrap().quantiles.unwrap();
        quantiles
            .iter()
            .zip(numbers(&golden["quantiles"][name]))
            .for_each(|(found, expected)| check_close(*found, expected));
    }
}

#[test]
fn densities_are_those_of_scipy() {
    let golden = golden()["density"].clone();
    let mass = penguins().unwrap().column("body_mass_g").unwrap().cast(&polars::prelude::DataType::Float64).unwrap();
    let mass: Vec<f64> = mass.f64().unwrap().iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    let start = kernel_density(&mass, Bandwidth::Scott, 11).unwrap()[0].0;
    check_close(start, golden["start"].as_f64().unwrap());
    let silverman = (2700.0 - kernel_density(&mass, Bandwidth::Silverman, 2).unwrap()[0].0) / 3.0;
    check_close(silverman, golden["silverman_width"].as_f64().unwrap());
    // Many points, so that the curve between them is straight; the tolerance is that of a straight line.
    for (bandwidth, name) in [(Bandwidth::Scott, "scott"), (Bandwidth::Width(100.0), "width_100")] {
        let curve = kernel_density(&mass, bandwidth, 40_001).unwrap();
        for (place, expected) in numbers(&golden["places"]).iter().zip(numbers(&golden[name])) {
            let after = curve.partition_point(|point| point.0 < *place);
            let ((x0, y0), (x1, y1)) = (curve[after - 1], curve[after]);
            let found = y0 + (y1 - y0) * (place - x0) / (x1 - x0);
            assert!((found / expected - 1.0).abs() < 1e-6, "{name}: {found}, expected {expected}");
        }
    }
    // Counting on a grid first changes little.
    let many: Vec<f64> = mass.iter().copied().cycle().take(20_000).collect();
    let (few, many) = (
        kernel_density(&mass, Bandwidth::Width(200.0), 50).unwrap(),
        kernel_density(&many, Bandwidth::Width(200.0), 50).unwrap(),
    );
    assert!(few.iter().zip(&many).all(|(a, b)| (a.1 - b.1).abs() < 1e-6));
}

#[test]
fn a_stream_has_the_profile_of_the_whole() {
    let folder = Folder::new("profile-stream");
    let n = 60_000usize;
    let value = |row: usize| ((row * 7919) % 60_013) as f64;
    let frame = df!(
        "x" => (0..n).map(|row| (row % 10 != 0).then(|| value(row))).collect::<Vec<_>>(),
        "y" => (0..n).map(|row| value(row).sqrt()).collect::<Vec<_>>(),
        "word" => (0..n).map(|row| ["a", "b", "b", "c"][row % 4]).collect::<Vec<_>>(),
    )
    .unwrap();
    let path = folder.path("data.csv");
    write_csv(&frame, &path).unwrap();
    let whole = profile(&frame).unwrap();
    let file = open_frames(&path).unwrap().block_bytes(100_000).unwrap();
    let streamed = profile_frames(&mut file.frames().unwrap()).unwrap();
    assert_eq!((streamed.n_rows(), streamed.n_duplicates()), (n, whole.n_duplicates()));
    for (a, b) in whole.columns().iter().zip(streamed.columns()) {
        assert_eq!((a.count, a.missing, a.min, a.max, &a.top), (b.count, b.missing, b.min, b.max, &b.top));
        assert!(b.distinct.abs_diff(a.distinct) as f64 <= 0.0245 * a.distinct as f64);
        let Some(quantiles) = a.quantiles else { continue };
        check_close(b.mean.unwrap(), a.mean.unwrap());
        check_close(b.std.unwrap(), a.std.unwrap());
        // `x` is spread evenly, so an error in rank is one in value.
        let span = a.max.unwrap() - a.min.unwrap();
        let tolerance = if a.name == "x" { 0.0015 * span } else { 0.01 * span };
        assert!(quantiles.iter().zip(b.quantiles.unwrap()).all(|(a, b)| (a - b).abs() <= tolerance));
        let missing = b.histogram.iter().sum::<usize>().abs_diff(b.count);
        assert!(missing <= 24, "{missing}");
    }
    for ((_, a), (_, b)) in whole.correlations().iter().zip(streamed.correlations()) {
        a.iter().zip(b).for_each(|(a, b)| check_close(b.unwrap(), a.unwrap()));
    }
    assert!(profile_frames(&mut std::iter::empty()).is_err());
}

#[test]
fn what_is_wrong_is_told_with_what_mends_it() {
    let n = 40;
    let series = |name: &str, values: Vec<Option<f64>>| Series::new(name.into(), values).into();
    let number = |row: usize| ((row * 17) % 41) as f64;
    let frame = DataFrame::new(
        n,
        vec![
            Series::new("id".into(), (100..100 + n as i64).collect::<Vec<_>>()).into(),
            series("empty", vec![None; n]),
            series("same", vec![Some(7.0); n]),
            series("some", (0..n).map(|row| (row > 0).then(|| number(row))).collect()),
            series("half", (0..n).map(|row| (row % 2 == 0).then(|| number(row + 3))).collect()),
            series("far", (0..n).map(|row| Some(if row < 3 { 1e6 } else { number(row * row) })).collect()),
            series(
                "endless",
                (0..n).map(|row| Some(if row == 5 { f64::INFINITY } else { number(row * 3 + 1) })).collect(),
            ),
            series("double", (0..n).map(|row| (row > 0).then(|| 2.0 * number(row) + 1.0)).collect()),
            Series::new("price".into(), (0..n).map(|row| format!("{}", row % 7)).collect::<Vec<_>>()).into(),
        ],
    )
    .unwrap();
    let told = warnings(&profile(&frame).unwrap());
    for expected in [
        "empty is missing in all rows -> frame.drop_many([\"empty\"])",
        "same has the same value in all rows -> frame.drop_many([\"same\"])",
        "id differs in every row, as an id does: a model may learn rows by heart -> frame.drop_many([\"id\"])",
        "some is missing in 1 rows (2.5 %); double is missing in 1 rows (2.5 %) -> drop_missing(&frame, &[\"some\", \"double\"])?",
        "half is missing in 20 rows (50.0 %) -> Imputer::new(Strategy::Median).columns(&[\"half\"]).fit_transform(&frame)?",
        "far has 3 outliers (7.5 %) -> OutlierFilter::new(Outliers::Iqr { factor: 1.5 }).action(Action::Clip).columns(&[\"far\"]).fit_transform(&frame)?",
        "endless is infinite in 1 rows -> frame.clone().lazy().filter(col(\"endless\").is_finite()).collect()?",
        "price is text, but its most frequent values are numbers -> Cast::to(&[(\"price\", \"f64\")]).lossy().fit_transform(&frame)?",
        "some and double say nearly the same (correlation 1.000) -> frame.drop_many([\"double\"])",
    ] {
        assert!(told.contains(expected), "{expected}\nis not in\n{told}");
    }
    let twice = penguins().unwrap().vstack(&penguins().unwrap().head(Some(5))).unwrap();
    let twice = profile(&twice).unwrap();
    assert_eq!(twice.n_duplicates(), Some(5));
    assert!(warnings(&twice).contains(
        "5 rows (1.4 %) are equal to an earlier one -> frame.unique_stable(None, UniqueKeepStrategy::First, None)?"
    ));
}

/// The calls that warnings name, as a person would paste them.
#[test]
fn what_mends_compiles_and_mends() {
    use workbench::prelude::*;
    let frame = df!("x" => [Some(1.0), None, Some(3.0), Some(3.0)], "price" => ["1", "2", "3", "3"]).unwrap();
    let dropped = frame.drop_many(["price"]);
    assert_eq!(dropped.width(), 1);
    assert_eq!(frame.unique_stable(None, UniqueKeepStrategy::First, None).unwrap().height(), 3);
    assert_eq!(drop_missing(&frame, &["x"]).unwrap().height(), 3);
    let filled = Imputer::new(Strategy::Median).columns(&["x"]).fit_transform(&frame).unwrap();
    assert_eq!(frame.clone().lazy().filter(col("x").is_finite()).collect().unwrap().height(), 3);
    let clipped =
        OutlierFilter::new(Outliers::Iqr { factor: 1.5 }).action(Action::Clip).columns(&["x"]).fit_transform(&filled);
    assert!(clipped.is_ok() && Cast::to(&[("price", "f64")]).lossy().fit_transform(&frame).is_ok());
}

#[test]
fn columns_that_give_the_target_away_are_told() {
    let n = 400usize;
    let sold = |row: usize| (row * 7919) % 3 == 0;
    let frame = df!(
        "sold" => (0..n).map(sold).collect::<Vec<_>>(),
        "code" => (0..n).map(|row| if sold(row) { "S" } else { "N" }).collect::<Vec<_>>(),
        "price" => (0..n).map(|row| sold(row).then_some(row as f64)).collect::<Vec<_>>(),
        "size" => (0..n).map(|row| ((row * 31) % 97) as f64).collect::<Vec<_>>(),
        "shop" => (0..n).map(|row| ["a", "b", "c", "d"][(row / 3) % 4]).collect::<Vec<_>>(),
    )
    .unwrap();
    let profile = profile_with_target(&frame, "sold").unwrap();
    let told = warnings(&profile);
    assert!(
        told.contains(
            "code equals sold, only under other names: is it known before sold is? -> frame.drop_many([\"code\"])"
        ),
        "{told}"
    );
    assert!(told.contains("price alone tells 100.0 % of what there is to know of sold"), "{told}");
    assert!(!told.contains("size alone") && !told.contains("shop alone") && !told.contains("size equals"), "{told}");
    let numbers = make_regression(500, 3, 3, 1.0, 3).unwrap();
    let mut leaking = numbers.clone();
    leaking.with_column((numbers.column("y").unwrap() * 3.0).with_name("z".into())).unwrap();
    let told = warnings(&profile_with_target(&leaking, "y").unwrap());
    assert!(told.contains("z equals y, only under other names") && !told.contains("x0 alone"), "{told}");
    let told = warnings(&profile_with_target(&penguins().unwrap(), "species").unwrap());
    assert!(!told.contains("alone") && !told.contains("equals species"), "{told}");
    assert!(profile_with_target(&frame, "bought").is_err());
}

#[test]
fn odd_frames_have_a_profile() {
    for frame in [
        DataFrame::empty(),
        df!("a" => Vec::<f64>::new(), "b" => Vec::<String>::new()).unwrap(),
        df!("größe" => [1.0]).unwrap(),
        df!("a" => [f64::NAN, f64::INFINITY, f64::NEG_INFINITY], "b" => [f64::MAX, -f64::MAX, 0.0]).unwrap(),
        df!("a" => [None::<f64>; 3], "t" => [None::<&str>; 3], "flag" => [Some(true), None, Some(false)]).unwrap(),
    ] {
        let profile = profile(&frame).unwrap();
        assert_eq!(profile.columns().len(), frame.width());
        assert_eq!(profile.table().unwrap().height(), frame.width());
        let bundle = workbench::display::Rich::bundle(&profile);
        assert!(bundle.get("text/html").is_some());
    }
    let widest = profile(&df!("a" => [f64::MAX, -f64::MAX]).unwrap()).unwrap();
    assert_eq!(widest.column("a").unwrap().histogram.iter().sum::<usize>(), 2);
}

/// A frame so long that quantiles are not found by sorting; what is told is what sorting tells.
#[test]
fn long_frames_are_profiled_exactly() {
    let n = 70_000_usize;
    let value = |row: usize| ((row * 7919) % 70_001) as f64;
    let frame = df!(
        "id" => (0..n as i64).map(|row| 3 * row - 7).collect::<Vec<_>>(),
        "x" => (0..n).map(|row| (row % 10 != 0).then(|| value(row) * value(row))).collect::<Vec<_>>(),
        "n" => (0..n).map(|row| value(row) as i64 % 1000).collect::<Vec<_>>(),
        "far" => (0..n).map(|row| if row % 1000 == 0 { 1e9 } else { value(row) }).collect::<Vec<_>>(),
        "endless" => (0..n).map(|row| if row == 9 { f64::INFINITY } else { value(row) }).collect::<Vec<_>>(),
    )
    .unwrap();
    let profile_of = |frame: &DataFrame| profile(frame).unwrap();
    let profile = profile_of(&frame);
    for column in profile.columns() {
        let values = frame.column(&column.name).unwrap().cast(&polars::prelude::DataType::Float64).unwrap();
        let mut sorted: Vec<f64> = values.f64().unwrap().iter().flatten().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let at = |fraction: f64| {
            let position = fraction * (sorted.len() - 1) as f64;
            let (low, high) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
            low + (high - low) * position.fract()
        };
        let quantiles = [0.05, 0.25, 0.5, 0.75, 0.95].map(at);
        column.quantiles.unwrap().iter().zip(quantiles).for_each(|(found, expected)| check_close(*found, expected));
        let (low, high) = (2.5 * quantiles[1] - 1.5 * quantiles[3], 2.5 * quantiles[3] - 1.5 * quantiles[1]);
        let outliers = sorted.iter().filter(|value| **value < low || **value > high).count();
        assert_eq!(column.outliers, Some(outliers), "{}", column.name);
        let width = (sorted[sorted.len() - 1] - sorted[0]) / 24.0;
        let first = sorted.iter().filter(|value| **value < sorted[0] + width).count();
        assert_eq!((column.histogram[0], column.histogram.iter().sum()), (first, sorted.len()), "{}", column.name);
        sorted.dedup();
        let distinct = sorted.len() + column.infinite;
        if column.is_distinct_exact {
            assert_eq!(column.distinct, distinct, "{}", column.name);
        } else {
            assert!(column.distinct.abs_diff(distinct) as f64 <= 0.0245 * distinct as f64);
        }
    }
    let id = profile.column("id").unwrap();
    assert!(id.is_increasing && id.is_distinct_exact && id.distinct == n);
    assert_eq!(profile.n_duplicates(), Some(0));
    let pairs = frame.select(["n", "far"]).unwrap();
    let expected = n - pairs.unique_stable(None, polars::prelude::UniqueKeepStrategy::First, None).unwrap().height();
    assert_eq!(profile_of(&pairs).n_duplicates(), Some(expected));
}
