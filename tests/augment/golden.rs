//! Pictures beside what Pillow, numpy and scipy made of them (`golden/augment.py`).

use std::sync::LazyLock;

use serde_json::{Value, json};
use workbench::augment::{Compose, Image};

fn values() -> &'static Value {
    static VALUES: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(include_str!("../golden/augment.json")).expect("golden values"));
    &VALUES
}

fn image(value: &Value) -> Image {
    let shape: Vec<usize> = value["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let hex = value["levels"].as_str().unwrap();
    let levels = (0..hex.len() / 2).map(|idx| u8::from_str_radix(&hex[2 * idx..2 * idx + 2], 16).unwrap()).collect();
    Image::new(shape[0], shape[1], shape.get(2).copied().unwrap_or(1), levels).unwrap()
}

/// How far a level may be from the peer's, and why.
fn tolerance(step: &Value) -> u8 {
    match (step["kind"].as_str().unwrap(), step["interpolation"].as_str()) {
        // Pillow's moves cut the mean of four pixels, which is rounded here, and take weights of all bits where these have 8.
        ("rotate" | "zoom" | "shear" | "affine" | "shift", Some("bilinear")) => 2,
        // The same formula in another order of operations: a level next to a half may be rounded the other way.
        ("hue" | "gaussian_blur", _) => 1,
        // Pillow 13 takes the rows or the columns first, whichever is less work, and rounds in between; here rows are always first.
        ("resize", Some("bilinear")) => 1,
        _ => 0,
    }
}

#[test]
fn steps_give_the_pixels_of_pillow_numpy_and_scipy() {
    let mut n_cases = 0;
    for name in ["noise", "square", "grey", "smooth"] {
        let group = &values()[name];
        let before = image(&group["picture"]);
        for case in group["cases"].as_array().unwrap() {
            let step = &case["step"];
            let saved = json!({
                "format": "workbench.augment", "version": 1,
                "compose": {"seed": 0, "steps": [{"p": 1.0, "step": step}]},
            });
            let after = Compose::from_json(&saved.to_string()).unwrap().augment(&before, 0, 0).unwrap();
            let expected = image(&case["result"]);
            assert_eq!(
                (after.height(), after.width(), after.channels()),
                (expected.height(), expected.width(), expected.channels()),
                "{name}: {step}"
            );
            let tolerance = tolerance(step);
            let differ: Vec<u8> = after.pixels().iter().zip(expected.pixels()).map(|(a, b)| a.abs_diff(*b)).collect();
            let worst = differ.iter().max().copied().unwrap_or(0);
            assert!(worst <= tolerance, "{name}: {step}: a level differs by {worst}, and {tolerance} is allowed");
            n_cases += 1;
        }
    }
    assert!(n_cases > 200, "{n_cases}");
}

/// The tolerance of bilinear levels is not used up where nothing is cut: on the whole they are half a level higher than Pillow's.
#[test]
fn bilinear_levels_are_rounded_where_pillow_cuts_them() {
    let group = &values()["noise"];
    let before = image(&group["picture"]);
    let mut gaps = Vec::new();
    for case in group["cases"].as_array().unwrap() {
        if case["step"]["kind"] == "rotate" && case["step"]["interpolation"] == "bilinear" {
            let degrees = case["step"]["degrees"]["low"].as_f64().unwrap();
            if degrees % 90.0 == 0.0 || case["step"]["expand"] == true {
                continue;
            }
            let after = super::only(workbench::augment::Rotate::new().degrees(degrees)).augment(&before, 0, 0).unwrap();
            let expected = image(&case["result"]);
            for (own, theirs) in after.pixels().iter().zip(expected.pixels()) {
                if *own > 0 && *theirs > 0 {
                    gaps.push(f64::from(*own) - f64::from(*theirs));
                }
            }
        }
    }
    let (mean, spread) = super::mean_std(&gaps);
    assert!((0.3..0.7).contains(&mean) && spread < 0.7, "{mean} {spread}");
}
