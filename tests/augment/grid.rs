//! What a person sees: pictures, and before and after.

use ndarray::Array2;
use workbench::augment::*;
use workbench::display::{Rich, augmentation_grid};

use super::{check_error, picture};

fn html(value: &dyn Rich) -> String {
    value.bundle().get("text/html").expect("it has HTML").to_string()
}

/// The pictures within the HTML, as files.
fn files(html: &str, kind: &str) -> Vec<Vec<u8>> {
    let start = format!("src=\"data:image/{kind};base64,");
    html.split(&start).skip(1).map(|part| decoded(part.split('"').next().unwrap())).collect()
}

fn decoded(text: &str) -> Vec<u8> {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let values: Vec<u32> = text.trim_end_matches('=').chars().map(|c| letters.find(c).unwrap() as u32).collect();
    assert_eq!(text.len() % 4, 0);
    let bytes = |chunk: &[u32]| {
        let bits = chunk.iter().fold(0, |bits, value| bits << 6 | value) << (6 * (4 - chunk.len()));
        (0..chunk.len() - 1).map(|place| (bits >> (16 - 8 * place)) as u8).collect::<Vec<u8>>()
    };
    values.chunks(4).flat_map(bytes).collect()
}

fn opened(png: &[u8], name: &str) -> Image {
    let path = std::env::temp_dir().join(format!("tunebook-grid-{name}-{}.png", std::process::id()));
    std::fs::write(&path, png).unwrap();
    let image = read_image(path.to_str().unwrap()).unwrap();
    std::fs::remove_file(path).unwrap();
    image
}

#[test]
fn a_grid_shows_each_item_and_what_became_of_it() {
    let augment =
        Compose::new().step(1.0, HorizontalFlip::new()).step(0.5, Rotate::new()).step(1.0, CenterCrop::new(9, 12));
    let items = [picture(18, 24, 3), picture(18, 24, 1)];
    let grid = augmentation_grid(&augment, &items, 4).unwrap();
    let html = html(&grid);
    let pictures = files(&html, "png");
    assert_eq!(pictures.len(), 2 * 5);
    // 144 / 24 = 6 times as large, and exactly the item.
    let large = opened(&pictures[0], "before");
    assert_eq!((large.height(), large.width()), (108, 144));
    assert_eq!(large.pixel(6 * 17, 6 * 3), items[0].pixel(17, 3));
    let after = opened(&pictures[2], "after");
    let expected = augment.augment(&items[0], 1, 0).unwrap();
    assert_eq!((after.height(), after.pixel(6 * 4 + 5, 6 * 7)), (54, expected.pixel(4, 7)));
    for part in [
        "before",
        "epoch 0",
        "epoch 3",
        "horizontal_flip, center_crop",
        "horizontal_flip, rotate, center_crop",
        "18 × 24 grey",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!html.contains("<style") && !html.contains("<script"));
    let text = grid.bundle().get("text/plain").unwrap().to_string();
    assert!(text.starts_with("item 0: 18 × 24 RGB\n  epoch 0: 9 × 12 RGB (horizontal_flip"), "{text}");
}

#[test]
fn boxes_are_drawn_and_named() {
    let labelled = LabelledImage::new(
        Image::filled(36, 36, &[0]).unwrap(),
        vec![BoundingBox::new(4.0, 6.0, 10.0, 20.0, "<cat>"), BoundingBox::new(-5.0, 0.0, 100.0, 5.0, "dog")],
    )
    .unwrap();
    let html = html(
        &augmentation_grid(&Compose::new().step(1.0, HorizontalFlip::new()), std::slice::from_ref(&labelled), 1)
            .unwrap(),
    );
    assert!(html.contains("■</span> &lt;cat&gt;") && html.contains("dog") && !html.contains("<cat>"), "{html}");
    let before = opened(&files(&html, "png")[0], "boxes");
    // The first series' blue, at four times the size; black within.
    assert_eq!(before.pixel(6 * 4, 4 * 4), Some(vec![0x1c, 0x7a, 0xcc]));
    assert_eq!(before.pixel(6 * 4 + 10, 4 * 4 + 10), Some(vec![0, 0, 0]));
    assert_eq!(before.pixel(26 * 4 - 1, 14 * 4 - 1), Some(vec![0x1c, 0x7a, 0xcc]));
    let bundle = labelled.bundle();
    assert_eq!(bundle.get("text/plain"), Some("[image, 36 × 36 grey, 2 boxes]"));
    assert!(opened(&decoded(bundle.get("image/png").unwrap()), "alone").width() == 252);
    assert!(Image::filled(1, 3000, &[9]).unwrap().bundle().get("image/png").is_some());
}

#[test]
fn sequences_are_charts_and_words() {
    let series = Array2::from_shape_fn((1000, 3), |(step, channel)| (step as f64 / 50.0 + channel as f64).sin());
    let augment = Compose::new().step(1.0, TimeWarp::new());
    let charts = files(&html(&augmentation_grid(&augment, &[series], 2).unwrap()), "svg+xml");
    assert_eq!(charts.len(), 3);
    let svg = String::from_utf8(charts[1].clone()).unwrap();
    assert!(svg.matches("<polyline").count() == 3 && svg.len() < 40_000 && !svg.contains("NaN"), "{}", svg.len());
    // The lowest and the highest value of all, in three digits.
    assert!(svg.contains(">-1</text>") && svg.contains(">1</text>"), "{svg}");
    // One value, and the ends of what numbers hold.
    for values in [vec![5.0], vec![f64::MAX, -f64::MAX], vec![0.0, 0.0]] {
        let series = Array2::from_shape_vec((values.len(), 1), values).unwrap();
        let charts = files(&html(&augmentation_grid(&Compose::new(), &[series], 1).unwrap()), "svg+xml");
        let svg = String::from_utf8(charts[0].clone()).unwrap();
        assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{svg}");
    }
    let words: Vec<String> = ["a", "<b>", "c", "d"].map(String::from).to_vec();
    let insert = Compose::new().step(1.0, TokenInsert::new("&").share(1.0).protect(["c", "d", "a"]));
    let html = html(&augmentation_grid(&insert, &[words], 1).unwrap());
    assert!(html.contains("a &lt;b&gt; c d") && html.contains("a <b>&amp;</b> &lt;b&gt; c d"), "{html}");
    let ids: Vec<u32> = (0..500).collect();
    assert!(augmentation_grid(&Compose::new().step(1.0, TokenDrop::new()), &[ids], 1).is_ok());
}

#[test]
fn grids_of_nothing_are_refused() {
    let check = |items: &[Image], n_epochs: usize, expected: &str| {
        check_error(augmentation_grid(&Compose::new(), items, n_epochs), expected);
    };
    check(&[], 1, "the number of items of an augmentation grid is 0, but it must be at least 1");
    check(&[picture(2, 2, 1)], 0, "the number of epochs of an augmentation grid is 0, but it must be 1 to 12");
    check(&[picture(2, 2, 1)], 13, "the number of epochs of an augmentation grid is 13, but it must be 1 to 12");
    let crop = Compose::new().step(1.0, RandomCrop::new(3, 3));
    check_error(
        augmentation_grid(&crop, &[picture(3, 3, 1), picture(2, 2, 1)], 1),
        "item 1 (0-based): step `random_crop`: a crop of 3 × 3 pixels does not fit into an image of 2 × 2; use `Pad` or `Resize` before it",
    );
    let many: Vec<Image> = (0..25).map(|_| picture(3, 3, 1)).collect();
    assert!(html(&augmentation_grid(&Compose::new(), &many, 1).unwrap()).contains("⋮ 5 more items"));
}

#[test]
fn a_composition_is_a_table_of_its_steps() {
    let augment = Compose::new()
        .seed(7)
        .step(0.5, HorizontalFlip::new())
        .step(1.0, Zoom::new().factor(2.0))
        .step(0.25, OneOf::new().option(2.0, GaussianBlur::new()))
        .step(0.1, Zoom::new());
    let bundle = augment.bundle();
    let text: Vec<&str> = bundle.get("text/plain").unwrap().lines().map(str::trim_end).collect();
    let expected = [
        "Composition of 4 steps, seed 7",
        "step                p  setting                value",
        "───────────────  ────  ─────────────────────  ──────────",
        "horizontal_flip   0.5",
        "zoom              1.0  factor                 2.0",
        "                       border                 constant",
        "                       fill                   0",
        "                       interpolation          bilinear",
        "one_of           0.25  gaussian_blur__weight  2.0",
        "                       gaussian_blur__sigma   0.1 to 2.0",
        "zoom_2            0.1  factor                 0.8 to 1.2",
        "                       border                 constant",
        "                       fill                   0",
        "                       interpolation          bilinear",
    ];
    assert_eq!(text, expected);
    assert!(html(&augment).contains("<table"));
    assert!(html(&Compose::new()).contains("Composition of 0 steps"));
}
