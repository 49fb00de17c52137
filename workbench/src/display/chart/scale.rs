//! From values to places, and the round numbers between.

/// Maps a range of values onto a range of drawing units.
#[derive(Clone, Debug)]
pub struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    pub fn new((low, high): (f64, f64), (from, to): (f64, f64)) -> Scale {
        Scale { low, high, from, to }
    }

    pub fn exact(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    pub fn place(&self, value: f64) -> i32 {
        // `as` saturates, so a value far outside lands at the end of the number range and not somewhere else.
        self.exact(value).round() as i32
    }
}

/// The least and greatest of the values with some air around them; `None` without values.
pub fn padded_range(values: impl Iterator<Item = f64>, air: f64) -> Option<(f64, f64)> {
    let (low, high) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return None;
    }
    let span = high - low;
    if !span.is_finite() {
        return Some((low, high));
    }
    // A constant, or values that differ by rounding only, are put in the middle of a range that can be drawn.
    let pad = if span <= 1e-12 * low.abs().max(high.abs()) { (0.1 * low.abs()).max(0.5) } else { air * span };
    Some((low - pad, high + pad))
}

/// A range with zero in it, and air on the other side.
pub fn range_from_zero(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((0f64, 0f64), |(low, high), value| (low.min(value), high.max(value)));
    let (low, high) = if low == high { (0.0, 1.0) } else { (low, high) };
    let air = 0.05 * (high - low);
    (if low < 0.0 { low - air } else { 0.0 }, if high > 0.0 { high + air } else { 0.0 })
}

/// Round numbers in a range, with the texts that they all can have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ticks {
    pub values: Vec<f64>,
    pub labels: Vec<String>,
}

/// About `n` ticks at multiples of 1, 2 or 5 times a power of ten, never more than `n + 1`.
pub fn ticks((low, high): (f64, f64), n: usize, kind: TickKind) -> Ticks {
    let step = round_step((high - low) / n.max(1) as f64);
    let step = if kind == TickKind::Counts { step.max(1.0) } else { step };
    let first = (low / step).ceil();
    let values: Vec<f64> =
        (0..=n).map(|i| (first + i as f64) * step).take_while(|value| *value <= high + 1e-9 * step).collect();
    let labels = tick_labels(&values, step);
    Ticks { values, labels }
}

/// Whether ticks may be fractions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TickKind {
    Numbers,
    Counts,
}

/// Powers of ten for values whose logarithms range from `low` to `high`, with 2 and 5 times these where there are few; their places are
/// logarithms.
pub fn log_ticks((low, high): (f64, f64)) -> Ticks {
    let (first, last) = (low.ceil() as i32, high.floor() as i32);
    let between: &[f64] = match last - first {
        ..=1 => &[1.0, 2.0, 5.0],
        _ => &[1.0],
    };
    // No more than about 8 powers have room.
    let every = ((last - first) / 8 + 1).max(1);
    let mut ticks = Ticks::default();
    for power in (first - 1..=last).filter(|power| power.rem_euclid(every) == 0) {
        for multiple in between {
            let place = f64::from(power) + multiple.log10();
            if (low - 1e-9..=high + 1e-9).contains(&place) {
                ticks.values.push(place);
                ticks.labels.push(log_label(*multiple, power));
            }
        }
    }
    ticks
}

fn log_label(multiple: f64, power: i32) -> String {
    match power {
        -4..=-1 => format!("{:.*}", power.unsigned_abs() as usize, multiple * 10f64.powi(power)),
        0..=4 => format!("{:.0}", multiple * 10f64.powi(power)),
        _ => format!("{multiple:.0}e{power}"),
    }
}

fn round_step(at_least: f64) -> f64 {
    let power = 10f64.powf(at_least.log10().floor());
    let multiple =
        [1.0, 2.0, 5.0].into_iter().find(|multiple| multiple * power >= at_least * (1.0 - 1e-9)).unwrap_or(10.0);
    multiple * power
}

fn tick_labels(values: &[f64], step: f64) -> Vec<String> {
    let largest = values.iter().fold(0f64, |largest, value| largest.max(value.abs()));
    if largest >= 1e6 || (largest > 0.0 && largest < 1e-3) {
        let digits = (largest.log10().floor() - step.log10().floor()).clamp(0.0, 15.0) as usize;
        return values
            .iter()
            .map(|value| if *value == 0.0 { "0".to_string() } else { format!("{value:.digits$e}") })
            .collect();
    }
    let decimals = (-(step.log10() + 1e-9).floor()).clamp(0.0, 15.0) as usize;
    // Adding zero takes the sign off a negative one.
    values.iter().map(|value| format!("{:.decimals$}", value + 0.0)).collect()
}

/// About how wide a text is in a sans-serif font whose letters are `size` high. The font is the reader's, so no more
/// can be known; it is rather too wide than too narrow.
pub fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| letter_width(c) * size).sum()
}

fn letter_width(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | 'f' | 't' | 'r' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '(' | ')' | '[' | ']'
        | ' ' => 0.36,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.92,
        'A'..='Z' => 0.70,
        _ if c.is_ascii() => 0.58,
        _ if (c as u32) < 0x2000 => 0.65,
        _ => 1.0,
    }
}
