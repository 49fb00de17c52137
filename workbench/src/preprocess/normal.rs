//! The standard normal distribution.

/// The value below which `fraction` of a standard normal distribution lies: −∞ for 0, ∞ for 1. Exact to about 1e-15 of its size.
///
/// # References
/// 1. Wichura MJ (1988). Algorithm AS 241: The percentage points of the normal distribution. Applied Statistics 37(3). <https://doi.org/10.2307/2347330>
pub(super) fn quantile(fraction: f64) -> f64 {
    let from_middle = fraction - 0.5;
    if from_middle.abs() <= 0.425 {
        let rest = 0.180625 - from_middle * from_middle;
        return from_middle * polynomial(rest, &MIDDLE_ABOVE) / polynomial(rest, &MIDDLE_BELOW);
    }
    let tail = if from_middle < 0.0 { fraction } else { 1.0 - fraction };
    if tail.is_nan() || tail < 0.0 {
        return f64::NAN;
    }
    if tail == 0.0 {
        return f64::INFINITY.copysign(from_middle);
    }
    let root = (-tail.ln()).sqrt();
    let distance = if root <= 5.0 {
        polynomial(root - 1.6, &TAIL_ABOVE) / polynomial(root - 1.6, &TAIL_BELOW)
    } else {
        polynomial(root - 5.0, &FAR_ABOVE) / polynomial(root - 5.0, &FAR_BELOW)
    };
    distance.copysign(from_middle)
}

/// The fraction of a standard normal distribution that lies below `value`.
///
/// # References
/// 1. Marsaglia G (2004). Evaluating the normal distribution. Journal of Statistical Software 11(4). <https://doi.org/10.18637/jss.v011.i04>
pub(super) fn fraction_below(value: f64) -> f64 {
    if value.is_nan() {
        return value;
    }
    let density = (-0.5 * value * value).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if value.abs() < 3.0 {
        // Φ(x) = 1/2 + φ(x) · (x + x³/3 + x⁵/(3·5) + …)
        let (mut term, mut sum, mut before, mut odd) = (value, value, f64::NAN, 1.0);
        while sum != before {
            odd += 2.0;
            term *= value * value / odd;
            (before, sum) = (sum, sum + term);
        }
        return 0.5 + density * sum;
    }
    // What lies beyond is φ(x) / (x + 1/(x + 2/(x + 3/(x + …)))).
    let distance = value.abs();
    let fraction = (1..=120).rev().fold(distance, |fraction, place| distance + f64::from(place) / fraction);
    let beyond = density / fraction;
    if value < 0.0 { beyond } else { 1.0 - beyond }
}

fn polynomial(value: f64, coefficients: &[f64; 8]) -> f64 {
    coefficients.iter().fold(0.0, |sum, coefficient| sum * value + coefficient)
}

// The published coefficients, from the highest power to the lowest.
const MIDDLE_ABOVE: [f64; 8] = [
    2509.0809287301226727,
    33430.575583588128105,
    67265.770927008700853,
    45921.953931549871457,
    13731.693765509461125,
    1971.5909503065514427,
    133.14166789178437745,
    3.3871328727963666080,
];
const MIDDLE_BELOW: [f64; 8] = [
    5226.4952788528545610,
    28729.085735721942674,
    39307.895800092710610,
    21213.794301586595867,
    5394.1960214247511077,
    687.18700749205790830,
    42.313330701600911252,
    1.0,
];
const TAIL_ABOVE: [f64; 8] = [
    7.74545014278341407640e-4,
    0.0227238449892691845833,
    0.241780725177450611770,
    1.27045825245236838258,
    3.64784832476320460504,
    5.76949722146069140550,
    4.63033784615654529590,
    1.42343711074968357734,
];
const TAIL_BELOW: [f64; 8] = [
    1.05075007164441684324e-9,
    5.47593808499534494600e-4,
    0.0151986665636164571966,
    0.148103976427480074590,
    0.689767334985100004550,
    1.67638483018380384940,
    2.05319162663775882187,
    1.0,
];
const FAR_ABOVE: [f64; 8] = [
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    0.00124266094738807843860,
    0.0265321895265761230930,
    0.296560571828504891230,
    1.78482653991729133580,
    5.46378491116411436990,
    6.65790464350110377720,
];
const FAR_BELOW: [f64; 8] = [
    2.04426310338993978564e-15,
    1.42151175831644588870e-7,
    1.84631831751005468180e-5,
    7.86869131145613259100e-4,
    0.0148753612908506148525,
    0.136929880922735805310,
    0.599832206555887937690,
    1.0,
];
