//! The exponential and the logistic function of many numbers at once, in a form that compilers make vectors of.

/// `log2(e)`.
const LOG2_E: f64 = std::f64::consts::LOG2_E;
/// `ln 2` in two parts, of which the first has so few digits that its product with a whole number is exact.
const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Added to a small number, it leaves the nearest whole number in the last bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// Beyond this, a logistic function is 0 or 1 to the last bit, or nearly; up to it, powers of two have an exponent.
const FAR: f64 = 700.0;

/// `exp(x)` for `x` from -700 to 700, within 2 units in the last place; numbers beyond are taken for these.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    let x = if x > FAR { FAR } else { x };
    let x = if x < -FAR { -FAR } else { x };
    let shifted = x * LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    // The series of exp up to r^13 / 13!, for |r| <= ln 2 / 2, in an order in which products need not wait for each other.
    let r2 = r * r;
    let r4 = r2 * r2;
    let low = (1.0 / 2.0 + r * (1.0 / 6.0)) + r2 * (1.0 / 24.0 + r * (1.0 / 120.0));
    let middle = (1.0 / 720.0 + r * (1.0 / 5_040.0)) + r2 * (1.0 / 40_320.0 + r * (1.0 / 362_880.0));
    let high =
        (1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0)) + r2 * (1.0 / 479_001_600.0 + r * (1.0 / 6_227_020_800.0));
    let series = 1.0 + (r + r2 * (low + r4 * (middle + r4 * high)));
    // The last bits of `shifted` are n; as an exponent they are 2^n.
    let power = f64::from_bits((shifted.to_bits().wrapping_add(1023)) << 52);
    series * power
}

/// Turns each of `outputs` into `1 / (1 + exp(-output))`.
pub(super) fn logistic(outputs: &mut [f64]) {
    for output in outputs {
        *output = 1.0 / (1.0 + exp(-*output));
    }
}
