//! Compositions: reproducible, by name, and saved.

use ndarray::{Array2, Array3};
use workbench::augment::*;
use workbench::prelude::rayon;
use workbench::preprocess::ParamValue;

use super::{check_error, only, picture};

fn all_kinds() -> Compose {
    Compose::new()
        .seed(7)
        .step(0.5, HorizontalFlip::new())
        .step(0.3, VerticalFlip::new())
        .step(0.7, Rotate::new().border(Border::Reflect))
        .step(0.5, RandomResizedCrop::new(24, 20))
        .step(0.5, Affine::new())
        .step(0.6, OneOf::new().option(2.0, Brightness::new()).option(1.0, Contrast::new()).option(1.0, Hue::new()))
        .step(0.5, Compose::new().step(0.5, Saturation::new()).step(0.5, GaussianBlur::new()))
        .step(0.5, GaussianNoise::new())
        .step(0.5, SaltAndPepper::new())
        .step(0.5, CutOut::new())
        .step(1.0, RandomCrop::new(18, 18))
}

fn pictures(n: usize) -> Vec<Image> {
    (0..n).map(|idx| picture(24 + idx % 5, 20 + idx % 3, if idx % 2 == 0 { 3 } else { 1 })).collect()
}

#[test]
fn an_item_depends_on_seed_epoch_and_index_only() {
    let (augment, images) = (all_kinds(), pictures(120));
    let all = augment.augment_all(&images, 3).unwrap();
    for index in [119, 0, 57, 58] {
        assert_eq!(augment.augment(&images[index], 3, index as u64).unwrap(), all[index]);
    }
    for (name, other) in [
        ("epoch", augment.augment_all(&images, 4).unwrap()),
        ("seed", augment.clone().seed(8).augment_all(&images, 3).unwrap()),
    ] {
        let n_equal = other.iter().zip(&all).filter(|(a, b)| a == b).count();
        assert!(n_equal < 12, "{name}: {n_equal} of 120 are equal");
    }
    // The same picture under another index is another item.
    assert_ne!(augment.augment(&images[0], 3, 0).unwrap(), augment.augment(&images[0], 3, 1).unwrap());
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (augment, images) = (all_kinds(), pictures(200));
    let with_threads = |n: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        pool.install(|| augment.augment_all(&images, 1).unwrap())
    };
    let one = with_threads(1);
    assert_eq!(one, with_threads(2));
    assert_eq!(one, with_threads(7));
}

#[test]
fn a_steps_draws_do_not_depend_on_the_steps_before() {
    let image = picture(40, 40, 3);
    let last = |first: GaussianNoise| {
        let augment = Compose::new().seed(1).step(1.0, first).step(1.0, RandomCrop::new(10, 10));
        let mut traced = augment
            .augment_traced(
                &LabelledImage::new(image.clone(), vec![BoundingBox::new(0.0, 0.0, 40.0, 40.0, "")]).unwrap(),
                0,
                0,
            )
            .unwrap();
        traced.item.boxes.remove(0)
    };
    // Both crop at the same place, so the rest of the first picture is, too.
    assert_eq!(last(GaussianNoise::new().std(0.0)), last(GaussianNoise::new().std(9.0)));
}

#[test]
fn probabilities_and_weights_are_met() {
    let image = picture(2, 3, 1);
    let n = 4000;
    let augment = Compose::new().step(0.3, HorizontalFlip::new()).step(
        1.0,
        OneOf::new().option(3.0, VerticalFlip::new()).option(1.0, Brightness::new()).option(0.0, Hue::new()),
    );
    let mut counts = [0; 4];
    for index in 0..n {
        for step in augment.augment_traced(&image, 0, index).unwrap().steps {
            let names = ["horizontal_flip", "vertical_flip", "brightness", "hue"];
            counts[names.iter().position(|name| *name == step).unwrap()] += 1;
        }
    }
    // Four standard deviations of a count of 4000 draws are below 130.
    assert!((1200_i64 - counts[0]).abs() < 130 && (3000 - counts[1]).abs() < 130, "{counts:?}");
    assert_eq!((counts[1] + counts[2], counts[3]), (4000, 0));
    let never = Compose::new().step(0.0, HorizontalFlip::new());
    assert!((0..500).all(|index| never.augment(&image, 0, index).unwrap() == image));
}

#[test]
fn settings_are_reached_by_name() {
    let mut augment = Compose::new()
        .step(0.5, Rotate::new())
        .step(0.25, OneOf::new().option(2.0, Brightness::new()))
        .step(1.0, Rotate::new().degrees(90.0));
    let names: Vec<String> = augment.params().into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "rotate__p",
            "rotate__degrees_low",
            "rotate__degrees_high",
            "rotate__border",
            "rotate__fill",
            "rotate__interpolation",
            "rotate__expand",
            "one_of__p",
            "one_of__brightness__weight",
            "one_of__brightness__factor_low",
            "one_of__brightness__factor_high",
            "rotate_2__p",
            "rotate_2__degrees_low",
            "rotate_2__degrees_high",
            "rotate_2__border",
            "rotate_2__fill",
            "rotate_2__interpolation",
            "rotate_2__expand",
        ]
    );
    assert_eq!(augment.step_names(), ["rotate", "one_of", "rotate_2"]);
    // What is listed can be set, to what it is, and changes nothing.
    let before = augment.clone();
    for (name, value) in before.params() {
        augment.set_param(&name, &value).unwrap();
    }
    assert_eq!(augment, before);
    let settings: [(&str, ParamValue); 7] = [
        ("rotate__degrees", 5.0.into()),
        ("rotate_2__degrees_low", (-5).into()),
        ("rotate_2__border", "edge".into()),
        ("rotate_2__expand", true.into()),
        ("rotate_2__fill", 9.into()),
        ("one_of__brightness__weight", 1.0.into()),
        ("one_of__brightness__factor_high", 3.0.into()),
    ];
    for (name, value) in &settings {
        augment.set_param(name, value).unwrap();
    }
    let expected = Compose::new()
        .step(0.5, Rotate::new().degrees(5.0))
        .step(0.25, OneOf::new().option(1.0, Brightness::new().factor(0.8..=3.0)))
        .step(1.0, Rotate::new().degrees(-5.0..=90.0).border(Border::Edge).expand(true).fill(9));
    assert_eq!(augment, expected);

    let mut small = only(Shear::new());
    let message = small.set_param("shear__angle", &1.0.into()).unwrap_err().to_string();
    assert_eq!(
        message,
        "step `shear`: unknown parameter \"angle\" of shear; it has: x_low, x_high, y_low, y_high, border, fill, interpolation"
    );
    let message = small.set_param("zoom__factor", &1.0.into()).unwrap_err().to_string();
    assert!(
        message.starts_with("unknown parameter \"zoom__factor\" of compose; it has: shear__p, shear__x_low"),
        "{message}"
    );
    check_error(
        small.set_param("shear__border", &"wrap".into()),
        "step `shear`: shear.border is \"wrap\", but it must be one of \"constant\", \"edge\", \"reflect\"",
    );
    check_error(
        small.set_param("shear__fill", &(-1).into()),
        "step `shear`: shear.fill is -1, but it must be a whole number of at least 0",
    );
    check_error(small.set_param("shear__p", &"often".into()), "compose.shear__p is \"often\", but it must be a number");
}

#[test]
fn a_composition_is_saved_and_read_back() {
    let augment = all_kinds()
        .step(0.5, TokenMask::new("[MASK]").protect(["[CLS]", "[SEP]"]).pad("[PAD]"))
        .step(0.25, TokenInsert::new(vec![3_u32, 4]).pad(0))
        .step(0.1, MagnitudeWarp::new().n_knots(3))
        .step(0.1, TimeMask::new().fill(-1.5));
    let json = augment.to_json().unwrap();
    assert_eq!(Compose::from_json(&json).unwrap(), augment);
    let path = std::env::temp_dir().join(format!("tunebook-augment-{}.json", std::process::id()));
    let path = path.to_str().unwrap();
    augment.save(path).unwrap();
    assert_eq!(Compose::load(path).unwrap(), augment);
    std::fs::remove_file(path).unwrap();
    // The form is part of what later versions must read.
    let small = Compose::new().seed(3).step(0.5, Zoom::new());
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&small.to_json().unwrap()).unwrap(),
        serde_json::json!({
            "format": "workbench.augment", "version": 1,
            "compose": {"seed": 3, "min_visible": 0.0, "steps": [{"p": 0.5, "step": {
                "kind": "zoom", "factor": {"low": 0.8, "high": 1.2}, "border": "constant", "fill": 0, "interpolation": "bilinear",
            }}]},
        })
    );
}

#[test]
fn text_that_is_no_composition_is_refused() {
    let check = |json: &str, part: &str| {
        let message = Compose::from_json(json).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    };
    check("", "cannot read the composition: EOF while parsing");
    check("{}", "its `format` is not \"workbench.augment\"");
    check("[1]", "its `format` is not");
    check(r#"{"format":"workbench.augment"}"#, "it has no `version`");
    check(
        r#"{"format":"workbench.augment","version":2,"compose":{}}"#,
        "its version is 2, and this program knows 1 to 1",
    );
    let with = |step: &str| {
        format!(r#"{{"format":"workbench.augment","version":1,"compose":{{"steps":[{{"p":1.0,"step":{step}}}]}}}}"#)
    };
    check(&with(r#"{"kind":"spin"}"#), "unknown variant `spin`");
    check(&with(r#"{"kind":"rotate","angle":3}"#), "unknown field `angle`");
    check(&with(r#"{"kind":"rotate","degrees":{"low":9.0,"high":1.0}}"#), "rotate.degrees is 9.0..=1.0");
    check(&with(r#"{"kind":"rotate","fill":300}"#), "rotate.fill is 300, but it must be 0 to 255");
    check(&with(r#"{"kind":"token_mask"}"#), "token_mask.mask is empty");
    check(
        &with(&format!("{}1{}", r#"{"kind":"compose","steps":[{"p":1.0,"step":"#.repeat(300), "}]}".repeat(300))),
        "recursion limit",
    );
    assert!(Compose::new().step(f64::NAN, Zoom::new()).to_json().is_err());
    check_error(
        Compose::load("no/such/file.json").map_err(|error| match error {
            workbench::Error::FileNotFound { path, .. } => workbench::Error::Composition { reason: path },
            other => other,
        }),
        "cannot read the composition: no/such/file.json",
    );
}

#[test]
fn images_and_arrays_are_the_same() {
    let array = Array3::from_shape_fn((3, 4, 3), |(row, column, channel)| (row * 40 + column * 5 + channel) as u8);
    let image = Image::from_array3(&array).unwrap();
    assert_eq!((image.to_array3(), image.pixel(2, 3)), (array.clone(), Some(vec![95, 96, 97])));
    // The order of an array in memory does not matter.
    let turned = array.clone().reversed_axes();
    assert_eq!(Image::from_array3(&turned.as_standard_layout().into_owned().reversed_axes()).unwrap(), image);
    let grey = Array2::from_shape_fn((2, 5), |(row, column)| (row * 5 + column) as u8);
    assert_eq!(Image::from_array2(&grey).unwrap().to_array2().unwrap(), grey);
    check_error(image.to_array2(), "the image has 3 channels, but it must have 1 (grey); use `to_array3`");
    assert_eq!(format!("{image:?}"), "Image(3 × 4 RGB)");
    assert_eq!(image.pixel(3, 0), None);
}
