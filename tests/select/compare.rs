//! The corrected test of two candidates, against scipy's distribution.

use workbench::select::corrected_t_test;

use super::check_error;

#[track_caller]
fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-10 * expected.abs().max(1.0), "{found}, expected {expected}");
}

#[test]
fn it_is_the_formula_of_nadeau_and_bengio() {
    // numpy and scipy.stats.t: m / sqrt((1/k + n_test/n_train) var(d, ddof=1)), 2 t.sf(|T|, k - 1), m ± t.ppf(0.975, k - 1) · error.
    let test = corrected_t_test(&[0.02, -0.01, 0.03, 0.02, 0.015, 0.0, 0.01, 0.04, 0.005, 0.025], 90, 10).unwrap();
    assert_near(test.statistic, GOLDEN[0]);
    assert_near(test.p_value, GOLDEN[1]);
    assert_near(test.p_value_greater(), GOLDEN[1] / 2.0);
    let (low, high) = test.confidence_interval(0.95).unwrap();
    assert_near(low, GOLDEN[2]);
    assert_near(high, GOLDEN[3]);
    assert_eq!(test.degrees_of_freedom, 9);
}

#[test]
fn it_has_a_sign_and_two_ends() {
    let test = |differences: &[f64]| corrected_t_test(differences, 8, 2).unwrap();
    let (one, other) = (test(&[0.1, 0.3, 0.2]), test(&[-0.1, -0.3, -0.2]));
    assert_eq!((one.statistic, one.p_value), (-other.statistic, other.p_value));
    assert_near(one.p_value_greater() + other.p_value_greater(), 1.0);
    assert_eq!((test(&[0.0, 0.0]).statistic, test(&[0.0, 0.0]).p_value), (0.0, 1.0));
    assert_eq!((test(&[0.5, 0.5]).statistic, test(&[0.5, 0.5]).p_value), (f64::INFINITY, 0.0));
    assert_eq!(test(&[0.5, 0.5]).confidence_interval(0.9).unwrap(), (0.5, 0.5));
    // More overlap between the training rows, more doubt.
    assert!(corrected_t_test(&[0.1, 0.3, 0.2], 2, 8).unwrap().p_value > one.p_value);
}

#[test]
fn what_it_cannot_test_is_named() {
    check_error(corrected_t_test(&[], 8, 2), "the number of differences is 0, but it must be at least 2");
    check_error(
        corrected_t_test(&[0.1, f64::NAN], 8, 2),
        "the difference of fold 1 (0-based) is NaN, but it must be finite",
    );
    check_error(corrected_t_test(&[0.1, 0.2], 0, 2), "n_train is 0, but it must be at least 1");
    check_error(
        corrected_t_test(&[0.1, 0.2], 8, 2).unwrap().confidence_interval(1.0),
        "the level of a confidence interval is 1.0, but it must be greater than 0 and less than 1",
    );
}

const GOLDEN: [f64; 4] = [2.278709176113877, 0.048665105203606306, 0.00011258839393908301, 0.030887411606060917];
