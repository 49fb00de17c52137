//! What pictures and settings must not be, and that nothing panics at any size.

use ndarray::{Array2, Array3};
use workbench::augment::*;

use super::{check_error, only, picture};

#[test]
fn pictures_that_cannot_be_are_refused() {
    let size = "the size (height × width) of an image is";
    for (height, width) in [(0, 3), (3, 0), (0, 0), (32_768, 1), (1, usize::MAX), (20_000, 20_000)] {
        let message = Image::new(height, width, 1, Vec::new()).unwrap_err().to_string();
        assert!(message.starts_with(&format!("{size} {height} × {width}, but it must be from 1 × 1")), "{message}");
        assert!(Image::filled(height, width, &[1]).is_err());
        assert!(Image::from_fn(height, width, |_, _| vec![1]).is_err());
    }
    check_error(
        Image::new(2, 2, 4, vec![0; 16]),
        "an image has 4 channels, but it must have 1 (grey) or 3 (red, green, blue)",
    );
    check_error(Image::new(2, 2, 3, vec![0; 11]), "the values of an image of 2 × 2 × 3 has 11 rows, but 12 are needed");
    assert!(Image::from_array3(&Array3::zeros((2, 2, 2))).is_err());
    assert!(Image::from_array3(&Array3::zeros((2, 0, 3))).is_err());
    assert!(Image::from_array2(&Array2::zeros((0, 2))).is_err());
    assert!(Image::from_fn(2, 2, |row, _| vec![0; if row == 0 { 1 } else { 3 }]).is_err());
}

#[test]
fn settings_out_of_range_are_refused() {
    let image = picture(8, 8, 3);
    let check = |step: Step, expected: &str| check_error(only(step).augment(&image, 0, 0), expected);
    for p in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        check_error(
            Compose::new().step(p, HorizontalFlip::new()).augment(&image, 0, 0),
            &format!("step `horizontal_flip`: the probability p is {p:?}, but it must be 0 to 1"),
        );
    }
    check(
        Rotate::new().degrees((f64::NAN, 3.0)).into(),
        "step `rotate`: rotate.degrees is NaN..=3.0, but it must be a range from low to high within -360 to 360",
    );
    check(
        Rotate::new().degrees(10.0..=-10.0).into(),
        "step `rotate`: rotate.degrees is 10.0..=-10.0, but it must be a range from low to high within -360 to 360",
    );
    check(
        Zoom::new().factor(0.0..=1.0).into(),
        "step `zoom`: zoom.factor is 0.0..=1.0, but it must be a range from low to high within 0.01 to 100",
    );
    check(RandomCrop::new(0, 3).into(), "step `random_crop`: random_crop.height is 0, but it must be 1 to 32767");
    check(CutOut::new().count(0).into(), "step `cut_out`: cut_out.count is 0, but it must be 1 to 1000");
    check(
        SaltAndPepper::new().salt(2.0).into(),
        "step `salt_and_pepper`: salt_and_pepper.salt is 2.0, but it must be 0 to 1",
    );
    check(
        CenterCrop::new(9, 8).into(),
        "step `center_crop`: a crop of 9 × 8 pixels does not fit into an image of 8 × 8; use `Pad` or `Resize` before it",
    );
    check(
        Pad::new(32_000).into(),
        "step `pad`: the size (height × width) of the padded image is 64008 × 64008, but it must be from 1 × 1 to 32767 in either \
         direction, and at most 67108864 pixels",
    );
    check(
        OneOf::new().option(0.0, HorizontalFlip::new()).into(),
        "step `one_of`: the sum of the weights of one_of is 0.0, but it must be finite and greater than 0",
    );
    check(
        OneOf::new().option(-1.0, HorizontalFlip::new()).into(),
        "step `one_of`: step `horizontal_flip`: the weight is -1.0, but it must be finite and 0 or more",
    );
    check(
        Compose::new().step(1.0, Resize::new(1, 0)).into(),
        "step `compose`: step `resize`: resize.width is 0, but it must be 1 to 32767",
    );
    // The second of a kind is named as such, and the first bad one is told.
    check_error(
        Compose::new().step(1.0, Zoom::new()).step(1.0, Zoom::new().factor(-1.0)).augment(&image, 0, 0),
        "step `zoom_2`: zoom.factor is -1.0..=-1.0, but it must be a range from low to high within 0.01 to 100",
    );
    check_error(
        only(TokenDrop::new()).augment(&image, 0, 0),
        "step `token_drop`: it works on a sequence of tokens, but it was given an image",
    );
    for bad in [BoundingBox::new(0.0, 0.0, 0.0, 1.0, "a"), BoundingBox::new(0.0, f64::INFINITY, 1.0, 1.0, "a")] {
        assert!(LabelledImage::new(image.clone(), vec![bad.clone()]).is_err());
        // The fields are open; what is put there later is looked at, too.
        assert!(only(Zoom::new()).augment(&LabelledImage { image: image.clone(), boxes: vec![bad] }, 0, 0).is_err());
    }
}

/// Every step, with settings from end to end, on pictures from 1 × 1: a picture of a possible size, or an error.
#[test]
fn every_step_takes_every_size() {
    let looks = [Border::Constant, Border::Edge, Border::Reflect];
    let ways = [Interpolation::Nearest, Interpolation::Bilinear];
    let mut index = 0;
    for (height, width) in [(1, 1), (1, 2), (2, 1), (1, 40), (40, 1), (2, 2), (3, 5), (13, 7), (64, 65)] {
        for channels in [1, 3] {
            let item = LabelledImage::new(
                picture(height, width, channels),
                vec![BoundingBox::new(0.0, 0.0, width as f64, 1.0, "a"), BoundingBox::new(0.4, 0.3, 0.2, 0.2, "b")],
            )
            .unwrap();
            for (border, way) in looks.into_iter().flat_map(|border| ways.map(|way| (border, way))) {
                let steps: Vec<Step> = vec![
                    HorizontalFlip::new().into(),
                    VerticalFlip::new().into(),
                    Rotate::new().degrees(-360.0..=360.0).border(border).interpolation(way).into(),
                    Rotate::new().degrees(-360.0..=360.0).border(border).interpolation(way).expand(true).into(),
                    Rotate::new().degrees(90.0).border(border).into(),
                    RandomResizedCrop::new(5, 3).scale(0.0001..=1.0).ratio(0.01..=100.0).interpolation(way).into(),
                    Pad::new(3).left(200).border(border).into(),
                    Resize::new(3, 9).interpolation(way).into(),
                    Resize::new(1, 1).interpolation(way).into(),
                    Resize::new(200, 1).interpolation(way).into(),
                    Shift::new().x(-1.0..=1.0).y(-1.0..=1.0).border(border).interpolation(way).into(),
                    Zoom::new().factor(0.01..=100.0).border(border).interpolation(way).into(),
                    Shear::new().x(-80.0..=80.0).y(-80.0..=80.0).border(border).interpolation(way).into(),
                    Affine::new().zoom(0.01..=100.0).shear_x(-80.0..=80.0).border(border).interpolation(way).into(),
                    Brightness::new().factor(0.0..=100.0).into(),
                    Contrast::new().factor(0.0..=100.0).into(),
                    Saturation::new().factor(0.0..=100.0).into(),
                    Hue::new().turn(-0.5..=0.5).into(),
                    GaussianNoise::new().std(255.0).into(),
                    SaltAndPepper::new().share(0.0..=1.0).into(),
                    GaussianBlur::new().sigma(0.0..=20.0).into(),
                    CutOut::new().count(3).height(0.0..=1.0).width(0.0..=1.0).into(),
                    RandomCrop::new(1, 1).into(),
                    CenterCrop::new(1, 1).into(),
                ];
                for step in steps {
                    index += 1;
                    let after = only(step.clone()).augment(&item, 0, index).unwrap();
                    let n_levels = after.image.height() * after.image.width() * channels;
                    assert!(n_levels > 0 && after.image.pixels().len() == n_levels, "{step:?} of {item:?}");
                    for bounds in &after.boxes {
                        let (right, bottom) = (bounds.x + bounds.width, bounds.y + bounds.height);
                        assert!(
                            bounds.x >= 0.0
                                && bounds.y >= 0.0
                                && right <= after.image.width() as f64 + 1e-9
                                && bottom <= after.image.height() as f64 + 1e-9
                                && bounds.area() > 0.0,
                            "{step:?} of {item:?}: {bounds:?}"
                        );
                    }
                    let larger = only(RandomCrop::new(height + 1, width)).augment(&item, 0, index);
                    assert!(larger.is_err());
                }
            }
        }
    }
}

/// Long pictures are moved by 32 bits of fraction: far from the start a pixel is still where it belongs.
#[test]
fn long_pictures_are_moved_to_the_pixel() {
    let image = Image::from_fn(2, 30_000, |row, column| vec![(column * 7 + row) as u8]).unwrap();
    let twice = only(Zoom::new().factor(1.0)).augment(&image, 0, 0).unwrap();
    assert_eq!(twice, image);
    let shift = only(Shift::new().x(0.5).y(0.0)).augment(&image, 0, 0).unwrap();
    assert!((15_000..30_000).all(|column| shift.pixel(1, column) == image.pixel(1, column - 15_000)));
    let zoom = only(Zoom::new().factor(2.0).interpolation(Interpolation::Nearest)).augment(&image, 0, 0).unwrap();
    assert!((0..30_000).all(|column| zoom.pixel(0, column) == image.pixel(0, 7_500 + column / 2)));
}

/// How many levels differ from the noise that was asked for.
#[test]
fn noise_has_the_size_that_was_asked_for() {
    let grey = Image::filled(100, 200, &[128]).unwrap();
    let noisy = only(GaussianNoise::new().std(10.0)).augment(&grey, 0, 0).unwrap();
    let levels: Vec<f64> = noisy.pixels().iter().map(|level| f64::from(*level)).collect();
    let (mean, std) = super::mean_std(&levels);
    assert!((mean - 128.0).abs() < 0.3 && (std - 10.0).abs() < 0.25, "{mean} {std}");
    let hit = only(SaltAndPepper::new().share(0.3).salt(0.25)).augment(&grey, 0, 0).unwrap();
    let count = |level: u8| hit.pixels().iter().filter(|found| **found == level).count() as f64 / 20_000.0;
    assert!((count(255) - 0.075).abs() < 0.008 && (count(0) - 0.225).abs() < 0.012, "{} {}", count(255), count(0));
    let all = only(SaltAndPepper::new().share(1.0).salt(1.0)).augment(&grey, 0, 0).unwrap();
    assert!(all.pixels().iter().all(|level| *level == 255));
    let cut = only(CutOut::new().height(0.5).width(0.25).fill(7)).augment(&grey, 0, 0).unwrap();
    assert_eq!(cut.pixels().iter().filter(|level| **level == 7).count(), 50 * 50);
}

/// Pictures of random sizes through many random steps at once: each is a picture, the same at every try.
#[test]
fn random_sizes_through_random_steps() {
    let looks = |border, way| {
        let turn = Rotate::new().degrees(-360.0..=360.0).border(border).interpolation(way);
        let moves = Affine::new().zoom(0.1..=10.0).shear_x(-60.0..=60.0).border(border).interpolation(way);
        OneOf::new().option(1.0, turn.clone().expand(true)).option(1.0, turn).option(1.0, moves)
    };
    let augment = Compose::new()
        .step(0.5, Pad::new(2).border(Border::Reflect))
        .step(0.5, looks(Border::Reflect, Interpolation::Bilinear))
        .step(0.5, looks(Border::Edge, Interpolation::Nearest))
        .step(0.5, looks(Border::Constant, Interpolation::Bilinear))
        .step(0.5, HorizontalFlip::new())
        .step(0.5, VerticalFlip::new())
        .step(0.3, RandomResizedCrop::new(17, 3))
        .step(0.3, Resize::new(2, 31))
        .step(0.5, CutOut::new())
        .step(0.5, GaussianBlur::new())
        .step(0.5, CenterCrop::new(1, 1));
    let mut state = 12_u64;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((state >> 33) % n) as usize
    };
    let sizes: Vec<(usize, usize, usize)> = (0..1000)
        .map(|idx| {
            let long = 1 + below(if idx % 50 == 0 { 5000 } else { 40 });
            let short = 1 + below(if idx % 3 == 0 { 1 } else { 40 });
            let channels = [1, 3][below(2)];
            if below(2) == 0 { (long, short, channels) } else { (short, long, channels) }
        })
        .collect();
    let images: Vec<Image> =
        sizes.iter().map(|(height, width, channels)| picture(*height, *width, *channels)).collect();
    let all = augment.augment_all(&images, 0).unwrap();
    for (index, (after, size)) in all.iter().zip(&sizes).enumerate() {
        assert_eq!(
            (after.pixels().len(), after.channels()),
            (after.height() * after.width() * size.2, size.2),
            "{size:?}"
        );
        // Memory that was used for another picture leaves no trace.
        assert_eq!(*after, augment.augment(&images[index], 0, index as u64).unwrap(), "{size:?}");
    }
}

/// In a process of its own, as `tests/run` runs every test, since the request is for all work.
#[test]
fn an_interrupt_ends_a_batch() {
    let images = vec![picture(30, 30, 3); 200];
    workbench::train::interrupt::request();
    let result = only(Rotate::new()).augment_all(&images, 0);
    workbench::train::interrupt::clear();
    check_error(result, "interrupted");
}
