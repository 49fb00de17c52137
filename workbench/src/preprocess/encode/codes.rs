//! Each row's category as a number, by one pass of hashing over a column.

use std::hash::Hasher;

use polars::prelude::{Column, DataType, StringChunked};

use super::categories::{Categories, Codes, MISSING, UNKNOWN};
use crate::data;
use crate::error::Result;

/// Up to so many bytes a text stands whole in its view, and is hashed and compared as one number.
const INLINE_MAX: u32 = 12;

/// The distinct values of `column` in order, and for each row which of them it has, or [`MISSING`].
pub(super) fn learn(column: &Column) -> Result<(Categories, Vec<u32>)> {
    let dtype = column.dtype();
    let mut codes;
    let categories = if dtype.is_bool() {
        codes = flags(column)?;
        let has = |code| codes.contains(&code);
        let values: Vec<bool> =
            [(0, false), (1, true)].iter().filter(|(code, _)| has(*code)).map(|&(_, v)| v).collect();
        if values.first() == Some(&true) {
            codes.iter_mut().filter(|code| **code == 1).for_each(|code| *code = 0);
        }
        Categories::Flags(values)
    } else if dtype.is_integer() {
        let column = column.strict_cast(&DataType::Int64)?;
        let mut known = Known::default();
        codes = column.i64()?.iter().map(|value| value.map_or(MISSING, |value| known.code(value))).collect();
        Categories::Integers(known.sorted(&mut codes, |a, b| a.cmp(b)))
    } else if dtype.is_float() {
        let mut known = Known::default();
        let values = data::numbers(column)?;
        codes = values.iter().map(|&value| if value.is_nan() { MISSING } else { known.code(bits(value)) }).collect();
        let sorted = known.sorted(&mut codes, |a, b| f64::from_bits(*a).total_cmp(&f64::from_bits(*b)));
        Categories::Floats(sorted.into_iter().map(f64::from_bits).collect())
    } else {
        let text = text(column)?;
        let (values, found) = learn_text(text.str()?);
        codes = found;
        Categories::Text(values)
    };
    Ok((categories, codes))
}

/// For each row of `column` its position among `categories`, [`MISSING`] or [`UNKNOWN`].
pub(super) fn look_up(column: &Column, categories: &Categories) -> Result<Vec<u32>> {
    if column.dtype().is_null() {
        return Ok(vec![MISSING; column.len()]);
    }
    Ok(match categories {
        Categories::Flags(values) => {
            let position = |flag: bool| values.iter().position(|value| *value == flag).map_or(UNKNOWN, |at| at as u32);
            let (no, yes) = (position(false), position(true));
            flags(column)?.into_iter().map(|code| [no, yes].get(code as usize).copied().unwrap_or(MISSING)).collect()
        }
        Categories::Integers(values) => {
            // What no i64 holds cannot be among them.
            let known = numbered(values.iter().copied());
            let is_missing = column.is_null();
            let column = column.cast(&DataType::Int64)?;
            let rows = column.i64()?.iter().zip(is_missing.iter());
            rows.map(|(value, is_missing)| match value {
                Some(value) => known.get(&value).copied().unwrap_or(UNKNOWN),
                None if is_missing == Some(true) => MISSING,
                None => UNKNOWN,
            })
            .collect()
        }
        Categories::Floats(values) => {
            let known = numbered(values.iter().map(|&value| bits(value)));
            let code = |&value: &f64| match value {
                value if value.is_nan() => MISSING,
                value => known.get(&bits(value)).copied().unwrap_or(UNKNOWN),
            };
            data::numbers(column)?.iter().map(code).collect()
        }
        Categories::Text(values) => look_up_text(text(column)?.str()?, values),
    })
}

fn flags(column: &Column) -> Result<Vec<u32>> {
    Ok(column.bool()?.iter().map(|flag| flag.map_or(MISSING, u32::from)).collect())
}

/// -0 is 0.
fn bits(value: f64) -> u64 {
    (value + 0.0).to_bits()
}

fn text(column: &Column) -> Result<Column> {
    let is_string = column.dtype().is_string();
    Ok(if is_string { column.clone() } else { column.cast(&DataType::String)? })
}

/// Values in the order in which they were first seen.
struct Known<T> {
    codes: Codes<T>,
    values: Vec<T>,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self { codes: Codes::default(), values: Vec::new() }
    }
}

impl<T: Copy + Eq + std::hash::Hash> Known<T> {
    fn code(&mut self, value: T) -> u32 {
        *self.codes.entry(value).or_insert_with(|| {
            self.values.push(value);
            self.values.len() as u32 - 1
        })
    }

    /// The values in `order`, with `codes` changed to fit.
    fn sorted(self, codes: &mut [u32], order: impl Fn(&T, &T) -> std::cmp::Ordering) -> Vec<T> {
        reorder(self.values, codes, order)
    }
}

/// `values` in `order`, equal ones as one, with `codes`, which were positions among them, changed to fit.
fn reorder<T: Copy>(values: Vec<T>, codes: &mut [u32], order: impl Fn(&T, &T) -> std::cmp::Ordering) -> Vec<T> {
    let mut seen: Vec<(usize, T)> = values.into_iter().enumerate().collect();
    seen.sort_by(|(_, a), (_, b)| order(a, b));
    let mut positions = vec![0_u32; seen.len()];
    let mut sorted: Vec<T> = Vec::with_capacity(seen.len());
    for (first_seen, value) in seen {
        if sorted.last().is_none_or(|last| order(last, &value).is_ne()) {
            sorted.push(value);
        }
        if let Some(position) = positions.get_mut(first_seen) {
            *position = sorted.len() as u32 - 1;
        }
    }
    for code in codes {
        *code = positions.get(*code as usize).copied().unwrap_or(*code);
    }
    sorted
}

fn numbered<T: Eq + std::hash::Hash>(values: impl Iterator<Item = T>) -> Codes<T> {
    values.enumerate().map(|(code, value)| (value, code as u32)).collect()
}

fn learn_text(text: &StringChunked) -> (Vec<String>, Vec<u32>) {
    let mut short: Codes<u128> = Codes::default();
    let mut long: Codes<&str> = Codes::default();
    let mut values: Vec<&str> = Vec::new();
    let mut codes = Vec::with_capacity(text.len());
    for (chunk, array) in text.downcast_iter().zip(text.chunks()) {
        let validity = array.validity();
        for (row, view) in chunk.views().iter().enumerate() {
            if validity.is_some_and(|validity| !validity.get(row).unwrap_or(false)) {
                codes.push(MISSING);
                continue;
            }
            let new = || {
                values.push(chunk.get(row).unwrap_or_default());
                values.len() as u32 - 1
            };
            codes.push(match view.length {
                0..=INLINE_MAX => *short.entry(view.as_u128()).or_insert_with(new),
                _ => match chunk.get(row) {
                    Some(value) => *long.entry(value).or_insert_with(new),
                    None => MISSING,
                },
            });
        }
    }
    let sorted = reorder(values, &mut codes, |a, b| a.cmp(b));
    (sorted.into_iter().map(str::to_string).collect(), codes)
}

fn look_up_text(text: &StringChunked, values: &[String]) -> Vec<u32> {
    let known: Codes<&str> = numbered(values.iter().map(String::as_str));
    // What each view has turned out to be: a text is hashed and compared once for each that is new.
    let mut short: Codes<u128> = Codes::default();
    let mut codes = Vec::with_capacity(text.len());
    for (chunk, array) in text.downcast_iter().zip(text.chunks()) {
        let validity = array.validity();
        for (row, view) in chunk.views().iter().enumerate() {
            if validity.is_some_and(|validity| !validity.get(row).unwrap_or(false)) {
                codes.push(MISSING);
                continue;
            }
            let find = || chunk.get(row).and_then(|value| known.get(value).copied()).unwrap_or(UNKNOWN);
            codes.push(match view.length {
                0..=INLINE_MAX => *short.entry(view.as_u128()).or_insert_with(find),
                _ => find(),
            });
        }
    }
    codes
}

/// A quick hash: each word is multiplied into the state, the high half folded into the low one.
#[derive(Clone, Copy, Default)]
pub(in crate::preprocess) struct Mix(u64);

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        let words = bytes.chunks(8);
        for word in words {
            let mut padded = [0; 8];
            padded.iter_mut().zip(word).for_each(|(to, from)| *to = *from);
            self.write_u64(u64::from_le_bytes(padded));
        }
        self.write_u64(bytes.len() as u64);
    }

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }

    fn write_i64(&mut self, word: i64) {
        self.write_u64(word as u64);
    }

    fn write_u128(&mut self, word: u128) {
        self.write_u64(word as u64);
        self.write_u64((word >> 64) as u64);
    }

    fn write_u8(&mut self, _byte: u8) {
        // What ends a `str`; its length is in already.
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
