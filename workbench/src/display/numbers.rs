//! Writing the numbers of one column alike, so that they can be compared at a glance.

/// What six significant digits leave of a number is what a reader can take in; polars and pandas show as many.
const SIGNIFICANT_DIGITS: i32 = 6;
/// The smallest number of a column keeps at least so many.
const SIGNIFICANT_DIGITS_OF_SMALLEST: i32 = 3;
const DECIMALS_MAX: i32 = 8;

/// The text of each number, all with the same decimals or all in scientific notation, so that right-aligned digits
/// stand under their likes. `None` is a missing value and gives an empty text.
///
/// The largest number gets six significant digits and the smallest at least three, at most eight decimals; zeros at
/// the end that all of them share are left out, but one decimal stays, since it tells a real number from a count.
pub fn format_floats(values: &[Option<f64>]) -> Vec<String> {
    let notation = notation(values);
    let mut texts: Vec<String> =
        values.iter().map(|value| value.map_or(String::new(), |value| notation.format(value))).collect();
    let is_number: Vec<bool> = values.iter().map(|value| value.is_some_and(f64::is_finite)).collect();
    while has_common_zero(&texts, &is_number) {
        for (text, _) in texts.iter_mut().zip(&is_number).filter(|(_, is_number)| **is_number) {
            let (mantissa, exponent) = split_exponent(text);
            *text = format!("{}{exponent}", &mantissa[..mantissa.len() - 1]);
        }
    }
    texts
}

/// One number by the same rules.
pub fn format_float(value: f64) -> String {
    format_floats(&[Some(value)]).concat()
}

/// A number with exactly this many decimals, as scores are shown; zero has no sign.
pub fn format_fixed(value: f64, decimals: usize) -> String {
    Notation::Fixed(decimals).format(value)
}

/// A count with a word that fits it: `1 row`, `2 rows`.
pub fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

enum Notation {
    Fixed(usize),
    Scientific,
}

impl Notation {
    fn format(&self, value: f64) -> String {
        if value.is_nan() {
            return "NaN".to_string();
        }
        if value.is_infinite() {
            return if value > 0.0 { "∞" } else { "-∞" }.to_string();
        }
        let text = match self {
            Notation::Fixed(decimals) => format!("{value:.decimals$}"),
            Notation::Scientific => format!("{value:.5e}"),
        };
        // A minus before zeros only says that something was rounded.
        match text.strip_prefix('-') {
            Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_string(),
            _ => text,
        }
    }
}

fn notation(values: &[Option<f64>]) -> Notation {
    let sizes = || values.iter().flatten().map(|value| value.abs()).filter(|size| size.is_finite() && *size > 0.0);
    let Some(largest) = sizes().reduce(f64::max) else {
        return Notation::Fixed(1);
    };
    let smallest = sizes().fold(largest, f64::min);
    let (largest_digits, smallest_digits) = (whole_digits(largest), whole_digits(smallest));
    if largest_digits > 12 || largest_digits < -3 {
        return Notation::Scientific;
    }
    let decimals = (SIGNIFICANT_DIGITS - largest_digits)
        .max(SIGNIFICANT_DIGITS_OF_SMALLEST - smallest_digits)
        .clamp(1, DECIMALS_MAX);
    if smallest < 0.5 * 10f64.powi(-decimals) {
        return Notation::Scientific;
    }
    Notation::Fixed(decimals as usize)
}

/// How many digits stand before the point; zero or less for numbers below one.
fn whole_digits(size: f64) -> i32 {
    size.log10().floor() as i32 + 1
}

fn has_common_zero(texts: &[String], is_number: &[bool]) -> bool {
    let mut numbers = texts
        .iter()
        .zip(is_number)
        .filter(|(_, is_number)| **is_number)
        .map(|(text, _)| split_exponent(text).0)
        .peekable();
    numbers.peek().is_some()
        && numbers.all(|mantissa| mantissa.ends_with('0') && !mantissa.ends_with(".0") && mantissa.contains('.'))
}

fn split_exponent(text: &str) -> (&str, &str) {
    text.split_at(text.find('e').unwrap_or(text.len()))
}
