//! Mix-up and cut-mix.

use ndarray::array;
use workbench::augment::{CutMix, Image, ImageBatch, MixUp, one_hot};

use super::{check_error, mean_std, picture};

fn batch(n: usize) -> ImageBatch {
    let images = (0..n).map(|idx| Image::filled(10, 12, &[(idx * 7 % 256) as u8]).unwrap()).collect();
    ImageBatch::from_classes(images, &(0..n).collect::<Vec<_>>(), n).unwrap()
}

#[test]
fn mixed_levels_and_labels_are_of_the_same_shares() {
    let before = batch(50);
    let mixed = MixUp::new().alpha(1.0).mix(&before, 3, 0).unwrap();
    let mut n_mixed = 0;
    for (idx, row) in mixed.labels().rows().into_iter().enumerate() {
        assert!((row.sum() - 1.0).abs() < 1e-12);
        let level: f64 = row.iter().enumerate().map(|(class, weight)| weight * (class * 7 % 256) as f64).sum();
        let found = f64::from(mixed.images()[idx].pixels()[0]);
        assert!((found - level).abs() <= 0.51, "{found} {level}");
        assert!(row[idx] > 0.0);
        n_mixed += usize::from(row.iter().filter(|weight| **weight > 0.0).count() == 2);
    }
    // Every one has another partner than itself; a share so near 1 that nothing of it is left is rare.
    assert!(n_mixed >= 49, "{n_mixed}");
    assert_eq!(mixed, MixUp::new().alpha(1.0).mix(&before, 3, 0).unwrap());
    assert_ne!(mixed, MixUp::new().alpha(1.0).mix(&before, 3, 1).unwrap());
    assert_ne!(mixed, MixUp::new().alpha(1.0).mix(&before, 4, 0).unwrap());
}

/// The mean of Beta(α, α) is 1/2, its variance 1 / (4 (2 α + 1)).
#[test]
fn shares_are_drawn_from_the_beta_distribution() {
    let images = (0..4000).map(|_| Image::filled(1, 1, &[0]).unwrap()).collect();
    let before = ImageBatch::from_classes(images, &(0..4000).map(|idx| idx % 2).collect::<Vec<_>>(), 2).unwrap();
    for alpha in [0.1, 0.4, 1.0, 2.5, 30.0] {
        let mixed = MixUp::new().alpha(alpha).mix(&before, 11, 0).unwrap();
        // What is mixed with its own class has a weight of 1 whatever the share is.
        let other = |idx: usize| mixed.labels()[[idx, 1 - idx % 2]];
        let shares: Vec<f64> = (0..4000).map(other).filter(|share| *share > 0.0).collect();
        assert!(shares.len() > 1800, "{}", shares.len());
        let (mean, std) = mean_std(&shares);
        let expected = (1.0 / (4.0 * (2.0 * alpha + 1.0))).sqrt();
        assert!((mean - 0.5).abs() < 0.045 && (std / expected - 1.0).abs() < 0.06, "{alpha}: {mean} {std} {expected}");
    }
    // So small an alpha that its powers are 0 in floating point is still a number.
    let mixed = MixUp::new().alpha(0.001).mix(&before, 1, 0).unwrap();
    assert!(mixed.labels().iter().all(|weight| (0.0..=1.0).contains(weight)));
}

#[test]
fn a_cut_pictures_label_is_its_area() {
    let before = batch(60);
    let mixed = CutMix::new().mix(&before, 5, 2).unwrap();
    let mut n_mixed = 0;
    for (idx, row) in mixed.labels().rows().into_iter().enumerate() {
        let own = (idx * 7 % 256) as u8;
        let n_own = mixed.images()[idx].pixels().iter().filter(|level| **level == own).count();
        assert!((row[idx] - n_own as f64 / 120.0).abs() < 1e-12, "{row}");
        n_mixed += usize::from(n_own < 120);
    }
    assert!(n_mixed > 45, "{n_mixed}");
    let half = CutMix::new().p(0.5).mix(&before, 5, 2).unwrap();
    let n_left = half.images().iter().zip(before.images()).filter(|(a, b)| a == b).count();
    assert!((20..48).contains(&n_left), "{n_left}");
    assert_eq!(CutMix::new().p(0.0).mix(&before, 5, 2).unwrap(), before);
}

#[test]
fn batches_that_do_not_fit_are_refused() {
    let two = || vec![picture(4, 4, 1), picture(4, 4, 1)];
    check_error(
        ImageBatch::from_classes(two(), &[0, 1, 1], 2),
        "the labels of the image batch has 3 rows, but 2 are needed",
    );
    check_error(
        ImageBatch::from_classes(two(), &[0, 2], 2),
        "the class of item 1 (0-based) is 2, but it must be less than the number of classes, 2",
    );
    check_error(
        ImageBatch::new(two(), array![[0.5, 0.5], [0.5, 0.6]]),
        "row 1 (0-based) of the labels of the image batch is [0.5, 0.6], but it must be weights of 0 or more that add up to 1",
    );
    assert!(ImageBatch::new(two(), array![[0.5, 0.5], [f64::NAN, 0.6]]).is_err());
    assert!(ImageBatch::new(two(), array![[0.5, 0.5], [-0.5, 1.5]]).is_err());
    check_error(MixUp::new().alpha(f64::NAN).mix(&batch(2), 0, 0), "mix_up.alpha is NaN, but it must be 0.001 to 1000");
    check_error(CutMix::new().p(-0.1).mix(&batch(2), 0, 0), "cut_mix.p is -0.1, but it must be 0 to 1");
    let uneven = ImageBatch::from_classes(vec![picture(4, 4, 1), picture(4, 5, 1)], &[0, 1], 2).unwrap();
    check_error(
        MixUp::new().mix(&uneven, 0, 0),
        "mix_up: the size of image 1 (0-based) is 4 × 5 × 1, but it must be that of image 0, 4 × 4 × 1; use `Resize` before",
    );
    assert!(uneven.to_array4().is_err());
    assert!(one_hot(&[0], usize::MAX).is_err());
    let none = ImageBatch::from_classes(Vec::new(), &[], 3).unwrap();
    assert!(MixUp::new().mix(&none, 0, 0).unwrap().is_empty() && none.to_array4().unwrap().is_empty());
    let alone = batch(1);
    assert_eq!(CutMix::new().mix(&alone, 0, 0).unwrap().labels(), alone.labels());
}
