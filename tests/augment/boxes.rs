//! Boxes follow what they surround.

use workbench::augment::{
    Affine, BoundingBox, Brightness, CenterCrop, Compose, HorizontalFlip, Image, Interpolation, LabelledImage, Pad,
    RandomCrop, RandomResizedCrop, Resize, Rotate, Shear, Shift, Step, VerticalFlip, Zoom,
};

use super::only;

/// A white block on black, and the box around it.
fn block() -> LabelledImage {
    let image = Image::from_fn(60, 80, |row, column| {
        vec![if (20..32).contains(&row) && (30..50).contains(&column) { 255 } else { 0 }]
    });
    LabelledImage::new(image.unwrap(), vec![BoundingBox::new(30.0, 20.0, 20.0, 12.0, "block")]).unwrap()
}

/// The smallest box around all pixels that are not black.
fn bounds(image: &Image) -> Option<(usize, usize, usize, usize)> {
    let mut found: Option<(usize, usize, usize, usize)> = None;
    for row in 0..image.height() {
        for column in 0..image.width() {
            if image.pixel(row, column).unwrap()[0] > 0 {
                let (x0, y0, x1, y1) = found.unwrap_or((column, row, column + 1, row + 1));
                found = Some((x0.min(column), y0.min(row), x1.max(column + 1), y1.max(row + 1)));
            }
        }
    }
    found
}

/// The box of the result is, to `slack` pixels, the box around its white pixels.
#[track_caller]
fn check_follows(step: impl Into<Step>, slack: f64) {
    let step = step.into();
    for index in 0..30 {
        let after = only(step.clone()).augment(&block(), 0, index).unwrap();
        let Some((x0, y0, x1, y1)) = bounds(&after.image) else {
            // A sliver of a box may cover no pixel's middle.
            assert!(after.boxes.iter().all(|bounds| bounds.width <= 1.0 || bounds.height <= 1.0), "{after:?}");
            continue;
        };
        let found = &after.boxes[0];
        let edges = [found.x, found.y, found.x + found.width, found.y + found.height];
        for (edge, expected) in edges.iter().zip([x0, y0, x1, y1]) {
            assert!(
                (edge - expected as f64).abs() <= slack,
                "{step:?}, item {index}: {found:?} around {:?}",
                (x0, y0, x1, y1)
            );
        }
    }
}

#[test]
fn boxes_follow_every_geometric_step() {
    check_follows(HorizontalFlip::new(), 0.0);
    check_follows(VerticalFlip::new(), 0.0);
    check_follows(Rotate::new().degrees(90.0).expand(true), 0.0);
    check_follows(Rotate::new().degrees(270.0).expand(true), 0.0);
    check_follows(Rotate::new().degrees(180.0), 0.0);
    check_follows(Rotate::new().degrees(-40.0..=40.0), 1.5);
    check_follows(Rotate::new().degrees(-180.0..=180.0).expand(true), 1.5);
    check_follows(RandomCrop::new(40, 50), 0.0);
    check_follows(CenterCrop::new(33, 41), 0.0);
    check_follows(RandomResizedCrop::new(64, 64).scale(0.5..=1.0), 4.0);
    check_follows(Pad::new(7).left(2), 0.0);
    check_follows(Resize::new(90, 50).interpolation(Interpolation::Nearest), 1.0);
    check_follows(Shift::new().x(-0.3..=0.3).y(-0.2..=0.2), 0.0);
    check_follows(Zoom::new().factor(0.5..=1.8), 1.5);
    check_follows(Shear::new().x(-30.0..=30.0).y(-10.0..=10.0), 1.5);
    check_follows(Affine::new(), 1.6);
    check_follows(Brightness::new().factor(0.5), 0.0);
}

#[test]
fn what_is_hardly_seen_is_dropped() {
    // Half of the block leaves the picture on the right.
    let shift = Shift::new().x(0.5).y(0.0);
    let half = only(shift.clone()).augment(&block(), 0, 0).unwrap();
    assert_eq!(half.boxes, [BoundingBox::new(70.0, 20.0, 10.0, 12.0, "block")]);
    let kept = only(shift.clone()).min_visible(0.5).augment(&block(), 0, 0).unwrap();
    assert_eq!(kept.boxes.len(), 1);
    let dropped = only(shift).min_visible(0.51).augment(&block(), 0, 0).unwrap();
    assert!(dropped.boxes.is_empty());
    let gone = only(Shift::new().x(0.7).y(0.0)).augment(&block(), 0, 0).unwrap();
    assert!(gone.boxes.is_empty());
    super::check_error(
        Compose::new().min_visible(1.5).augment(&block(), 0, 0),
        "compose.min_visible is 1.5, but it must be 0 to 1",
    );
}

/// A crop after a turn gives the pixels that a crop of the turned picture has, though only those are looked for.
#[test]
fn a_crop_of_a_moved_picture_is_that_crop() {
    for (interpolation, index) in
        [(Interpolation::Nearest, 0), (Interpolation::Bilinear, 1), (Interpolation::Bilinear, 2)]
    {
        let image = super::picture(41, 53, 3);
        let turn = Rotate::new().degrees(17.0).interpolation(interpolation);
        let at_once = Compose::new()
            .step(1.0, turn.clone())
            .step(1.0, CenterCrop::new(20, 30))
            .step(1.0, RandomCrop::new(11, 12));
        let whole = only(turn).augment(&image, 0, index).unwrap();
        let piece = at_once.augment(&image, 0, index).unwrap();
        let middle = only(CenterCrop::new(20, 30)).augment(&whole, 0, 0).unwrap();
        let is_there = (0..=9).any(|top| {
            (0..=18).any(|left| {
                (0..11)
                    .all(|row| (0..12).all(|column| middle.pixel(top + row, left + column) == piece.pixel(row, column)))
            })
        });
        assert!(is_there);
    }
}
