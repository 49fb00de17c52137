//! Steps on time series.

use ndarray::{Array2, array};
use workbench::augment::*;

use super::{check_error, mean_std, only};

/// A ramp in the first channel, so that a value tells its time, and waves in the others.
fn series(n_steps: usize, n_channels: usize) -> Array2<f64> {
    Array2::from_shape_fn((n_steps, n_channels), |(step, channel)| {
        if channel == 0 { step as f64 } else { (step as f64 * 0.3 * channel as f64).sin() }
    })
}

/// The steps that change the order only: the values of the first channel.
fn times(step: impl Into<Step>, n_steps: usize, index: u64) -> Vec<f64> {
    only(step).augment(&series(n_steps, 2), 0, index).unwrap().column(0).to_vec()
}

#[test]
fn orders_are_what_they_say() {
    let before = array![[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]];
    assert_eq!(only(TimeFlip::new()).augment(&before, 0, 0).unwrap(), array![[3.0, 30.0], [2.0, 20.0], [1.0, 10.0]]);
    assert_eq!(only(SignFlip::new()).augment(&before, 0, 0).unwrap(), -before);
    assert_eq!(times(CircularShift::new().share(0.25), 8, 0), [6.0, 7.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(times(CircularShift::new().share(-0.25), 8, 0), [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 0.0, 1.0]);
    let mut firsts = Vec::new();
    for index in 0..200 {
        let window = times(TimeCrop::new(3), 5, index);
        assert!(window.windows(2).all(|pair| pair[1] == pair[0] + 1.0) && window.len() == 3);
        firsts.push(window[0]);
    }
    firsts.sort_by(f64::total_cmp);
    firsts.dedup();
    assert_eq!(firsts, [0.0, 1.0, 2.0]);
}

#[test]
fn segments_are_put_in_another_order_and_none_is_lost() {
    let mut n_breaks = Vec::new();
    for index in 0..100 {
        let mut order = times(SegmentPermutation::new().n_segments(5), 40, index);
        n_breaks.push(order.windows(2).filter(|pair| pair[1] != pair[0] + 1.0).count());
        order.sort_by(f64::total_cmp);
        assert_eq!(order, series(40, 1).column(0).to_vec());
    }
    assert!(n_breaks.iter().all(|n| *n <= 4) && n_breaks.contains(&4), "{n_breaks:?}");
    // More segments than steps are as many as there are steps.
    assert_eq!(times(SegmentPermutation::new().n_segments(1000), 3, 1).len(), 3);
}

#[test]
fn a_turned_sensor_keeps_lengths_and_angles() {
    let before = Array2::from_shape_fn((20, 6), |(step, channel)| ((step * 7 + channel * 3) % 11) as f64 - 5.0);
    let mut angles = Vec::new();
    for index in 0..200 {
        let after = only(AxisRotation::new().degrees(-90.0..=90.0)).augment(&before, 0, index).unwrap();
        for (old, new) in before.rows().into_iter().zip(after.rows()) {
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let (old, new) = (old.to_vec(), new.to_vec());
            for (i, j) in [(0, 0), (3, 3), (0, 3)] {
                // Both sensors are turned alike, so that the angle between them stays.
                let (expected, found) = (dot(&old[i..i + 3], &old[j..j + 3]), dot(&new[i..i + 3], &new[j..j + 3]));
                assert!((expected - found).abs() < 1e-10 * expected.abs().max(1.0));
            }
        }
        // The trace of a rotation by an angle is 1 + 2 cos.
        let unit = Array2::from_shape_fn((3, 3), |(i, j)| f64::from(i == j));
        let turn = only(AxisRotation::new().degrees(-90.0..=90.0)).augment(&unit, 0, index).unwrap();
        angles.push(((turn.diag().sum() - 1.0) / 2.0).clamp(-1.0, 1.0).acos().to_degrees());
    }
    assert!(angles.iter().all(|angle| *angle <= 90.0 + 1e-9));
    let (mean, _) = mean_std(&angles);
    assert!((mean - 45.0).abs() < 8.0, "{mean}");
    check_error(
        only(AxisRotation::new()).augment(&series(5, 4), 0, 0),
        "step `axis_rotation`: the time series has 4 channels, but it must have a multiple of 3: x, y and z of each sensor",
    );
}

#[test]
fn noise_and_factors_have_the_size_that_was_asked_for() {
    let before = series(20_000, 3);
    let noisy = only(Jitter::new().std(0.1)).augment(&before, 0, 0).unwrap();
    for channel in 0..3 {
        let (_, own) = mean_std(&before.column(channel).to_vec());
        let (mean, std) = mean_std(&(&noisy - &before).column(channel).to_vec());
        assert!((std / own - 0.1).abs() < 0.003 && mean.abs() < 0.004 * own, "{channel}: {mean} {std} {own}");
    }
    let constant = Array2::from_elem((10, 1), 0.1);
    assert_eq!(only(Jitter::new().std(5.0)).augment(&constant, 0, 0).unwrap(), constant);
    let scaled = only(ChannelScale::new().factor(2.0..=3.0)).augment(&before, 0, 0).unwrap();
    let factors: Vec<f64> = (0..3).map(|channel| scaled[[7, channel]] / before[[7, channel]]).collect();
    for (channel, factor) in factors.iter().enumerate() {
        assert!((2.0..=3.0).contains(factor));
        assert!(
            before
                .column(channel)
                .iter()
                .zip(scaled.column(channel))
                .all(|(old, new)| (old * factor - new).abs() < 1e-9 * new.abs().max(1.0))
        );
    }
    assert!(factors[0] != factors[1]);
}

/// The curve is a natural cubic spline: a cubic between knots, smooth at them, and straight at both ends.
#[test]
fn magnitudes_are_warped_by_a_natural_spline() {
    let per_piece = 10;
    let n_knots = 4;
    let n_pieces = n_knots + 1;
    let ones = Array2::<f64>::ones((n_pieces * per_piece + 1, 1));
    let curve = only(MagnitudeWarp::new().n_knots(n_knots).std(0.5)).augment(&ones, 0, 3).unwrap().column(0).to_vec();
    // First and second derivatives at both ends of each piece, from the cubic through four of its values.
    let derivatives = |values: &[f64]| {
        let h = 1.0;
        let (d1, d2, d3) = (
            values[1] - values[0],
            values[2] - 2.0 * values[1] + values[0],
            values[3] - 3.0 * values[2] + 3.0 * values[1] - values[0],
        );
        let (third, second) = (d3 / h, d2 - d3);
        let first = d1 - d2 / 2.0 + d3 / 3.0;
        (first, second, third)
    };
    let mut before_end: Option<(f64, f64)> = None;
    for piece in 0..n_pieces {
        let values = &curve[piece * per_piece..=(piece + 1) * per_piece];
        let fourth: Vec<f64> = values.windows(5).map(|w| w[4] - 4.0 * w[3] + 6.0 * w[2] - 4.0 * w[1] + w[0]).collect();
        assert!(fourth.iter().all(|difference| difference.abs() < 1e-12), "piece {piece} is no cubic: {fourth:?}");
        let (first, second, third) = derivatives(values);
        let (old_first, old_second) = before_end.unwrap_or((first, 0.0));
        assert!((first - old_first).abs() < 1e-10 && (second - old_second).abs() < 1e-10, "piece {piece}");
        let length = per_piece as f64;
        before_end = Some((first + second * length + third * length * length / 2.0, second + third * length));
    }
    assert!(before_end.unwrap().1.abs() < 1e-10);
    assert!(mean_std(&curve).1 > 0.05);
    assert_eq!(only(MagnitudeWarp::new().std(0.0)).augment(&ones, 0, 0).unwrap(), ones);
}

#[test]
fn warped_time_runs_on_from_the_first_step_to_the_last() {
    for index in 0..200 {
        let warped = times(TimeWarp::new().std(0.6), 50, index);
        assert_eq!((warped[0], warped[49]), (0.0, 49.0));
        assert!(warped.windows(2).all(|pair| pair[1] > pair[0]), "{warped:?}");
        let windows = times(WindowWarp::new().share(0.3).factor(0.2..=5.0), 50, index);
        assert!((windows[0].abs() < 1e-12) && (windows[49] - 49.0).abs() < 1e-9);
        assert!(windows.windows(2).all(|pair| pair[1] > pair[0]), "{windows:?}");
        // There are two speeds only, apart from the two steps in which it changes.
        let mut speeds: Vec<i64> = windows.windows(2).map(|pair| ((pair[1] - pair[0]) * 1e6).round() as i64).collect();
        speeds.sort_unstable();
        speeds.dedup();
        assert!(speeds.len() <= 4, "{speeds:?}");
        let slice = times(WindowSlice::new().share(0.5), 51, index);
        assert!((slice[50] - slice[0] - 25.0).abs() < 1e-9 && slice[0] >= 0.0 && slice[50] <= 50.0 + 1e-9);
    }
    assert_eq!(times(WindowSlice::new().share(1.0), 9, 0), series(9, 1).column(0).to_vec());
    assert_eq!(times(WindowWarp::new().factor(1.0), 9, 0).len(), 9);
    let still = times(TimeWarp::new().std(0.0), 9, 0);
    assert!(still.iter().enumerate().all(|(step, time)| (time - step as f64).abs() < 1e-12), "{still:?}");
}

#[test]
fn masks_hide_what_they_should() {
    let ones = Array2::<f64>::ones((20, 4));
    for index in 0..50 {
        let masked = only(TimeMask::new().share(0.25).fill(-2.0)).augment(&ones, 0, index).unwrap();
        let hidden: Vec<usize> = (0..20).filter(|step| masked[[*step, 0]] == -2.0).collect();
        assert_eq!((hidden.len(), hidden[4] - hidden[0]), (5, 4));
        assert!(hidden.iter().all(|step| masked.row(*step).iter().all(|value| *value == -2.0)));
        let masked = only(ChannelMask::new().count(9)).augment(&ones, 0, index).unwrap();
        assert_eq!(masked.sum(), 20.0);
    }
    let alone = Array2::<f64>::ones((5, 1));
    assert_eq!(only(ChannelMask::new()).augment(&alone, 0, 0).unwrap(), alone);
}

#[test]
fn signals_that_are_no_signals_are_refused() {
    let step = || only(TimeFlip::new());
    check_error(
        step().augment(&array![[1.0, 2.0], [3.0, f64::NAN]], 0, 0),
        "the time series holds NaN in step 1 of channel 1 (0-based); only finite values are allowed",
    );
    check_error(
        step().augment_all(&[array![[1.0]], array![[f64::INFINITY]]], 0),
        "item 1 (0-based): the time series holds inf in step 0 of channel 0 (0-based); only finite values are allowed",
    );
    for shape in [(0, 3), (3, 0), (0, 0)] {
        assert!(step().augment(&Array2::<f64>::zeros(shape), 0, 0).is_err());
    }
    check_error(
        only(TimeCrop::new(6)).augment(&series(5, 1), 0, 0),
        "step `time_crop`: time_crop.n_steps is 6, but it must be at most 5, the length of the time series",
    );
    check_error(
        only(Rotate::new()).augment(&series(5, 1), 0, 0),
        "step `rotate`: it works on an image, but it was given a time series",
    );
    check_error(
        only(Jitter::new()).augment(&super::picture(2, 2, 1), 0, 0),
        "step `jitter`: it works on a time series, but it was given an image",
    );
}

/// Every step on shapes down to one value, and on values at the ends of what numbers hold: a finite series of the same channels.
#[test]
fn every_step_takes_every_shape() {
    let steps: Vec<Step> = vec![
        TimeFlip::new().into(),
        SignFlip::new().into(),
        CircularShift::new().into(),
        AxisRotation::new().into(),
        TimeCrop::new(1).into(),
        Jitter::new().std(0.0..=100.0).into(),
        ChannelScale::new().factor(-1000.0..=1000.0).into(),
        MagnitudeWarp::new().std(10.0).n_knots(30).into(),
        TimeWarp::new().std(10.0).n_knots(0).into(),
        WindowWarp::new().share(0.0..=1.0).factor(0.01..=100.0).into(),
        WindowSlice::new().share(0.0..=1.0).into(),
        TimeMask::new().share(0.0..=1.0).count(3).into(),
        ChannelMask::new().into(),
        SegmentPermutation::new().n_segments(1000).into(),
    ];
    let mut index = 0;
    for n_steps in [1, 2, 3, 4, 5, 31] {
        for n_channels in [3, 6] {
            for size in [1.0, 0.0, 1e300, f64::MAX, f64::MIN_POSITIVE] {
                for step in &steps {
                    index += 1;
                    let before = series(n_steps, n_channels).mapv(|value| (value / 31.0) * size);
                    let after = only(step.clone()).augment(&before, 0, index).unwrap();
                    assert!(after.iter().all(|value| value.is_finite()), "{step:?} of {before}: {after}");
                    assert_eq!(after.ncols(), n_channels);
                    assert!(after.nrows() == n_steps || matches!(step, Step::TimeCrop(_)));
                }
            }
        }
    }
}
