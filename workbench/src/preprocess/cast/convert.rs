//! Converting one column, value by value where polars would round, wrap or guess.

use polars::prelude::{
    BooleanChunked, Categories, ChunkedArray, Column, DataType, Float32Chunked, Float64Chunked, Int64Chunked,
    IntoColumn, StringChunked,
};
use serde::{Deserialize, Serialize};

use crate::data;
use crate::error::{Error, Result};

/// The dtypes that a cast gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::preprocess) enum Kind {
    Float64,
    Float32,
    Int64,
    Int32,
    Int16,
    Int8,
    UInt64,
    UInt32,
    UInt16,
    UInt8,
    Boolean,
    String,
    Category,
}

/// Each dtype's name beside the short one that polars shows.
const NAMES: [(&str, &str, Kind); 13] = [
    ("float64", "f64", Kind::Float64),
    ("float32", "f32", Kind::Float32),
    ("int64", "i64", Kind::Int64),
    ("int32", "i32", Kind::Int32),
    ("int16", "i16", Kind::Int16),
    ("int8", "i8", Kind::Int8),
    ("uint64", "u64", Kind::UInt64),
    ("uint32", "u32", Kind::UInt32),
    ("uint16", "u16", Kind::UInt16),
    ("uint8", "u8", Kind::UInt8),
    ("boolean", "bool", Kind::Boolean),
    ("string", "str", Kind::String),
    ("category", "cat", Kind::Category),
];

impl Kind {
    /// The dtype called `name`, which `column` is to have.
    pub(in crate::preprocess) fn named(column: &str, name: &str) -> Result<Self> {
        let found = NAMES.iter().find(|(long, short, _)| name == *long || name == *short);
        found.map(|(_, _, kind)| *kind).ok_or_else(|| {
            let names: Vec<String> = NAMES.iter().map(|(long, _, _)| format!("\"{long}\"")).collect();
            Error::InvalidValue {
                what: format!("the dtype to cast column `{column}` to"),
                value: format!("\"{name}\""),
                allowed: format!("one of {}", names.join(", ")),
            }
        })
    }

    /// The same in polars' terms.
    pub(in crate::preprocess) fn dtype(self) -> DataType {
        match self {
            Self::Float64 => DataType::Float64,
            Self::Float32 => DataType::Float32,
            Self::Int64 => DataType::Int64,
            Self::Int32 => DataType::Int32,
            Self::Int16 => DataType::Int16,
            Self::Int8 => DataType::Int8,
            Self::UInt64 => DataType::UInt64,
            Self::UInt32 => DataType::UInt32,
            Self::UInt16 => DataType::UInt16,
            Self::UInt8 => DataType::UInt8,
            Self::Boolean => DataType::Boolean,
            Self::String => DataType::String,
            Self::Category => DataType::from_categories(Categories::global()),
        }
    }
}

/// `column` as `kind`; a value that does not convert is an error, or missing where that `is_lossy`.
pub(super) fn checked(column: &Column, kind: Kind, is_lossy: bool) -> Result<Column> {
    let conversion = Conversion::of(column, kind)?;
    match conversion.lost.first_row {
        Some(row) if !is_lossy => Err(Error::NotConvertible {
            step: "cast",
            column: column.name().to_string(),
            dtype: kind.dtype().to_string(),
            row,
            value: shown(column, row)?,
            count: conversion.lost.count,
        }),
        _ => Ok(conversion.column),
    }
}

/// The rows of `column` that do not convert, and their values.
pub(super) fn unconverted(column: &Column, kind: Kind) -> Result<Vec<(usize, String)>> {
    let lost = &!data::missing_mask(column)? & &convert(column, kind)?.is_null();
    let rows = lost.iter().enumerate().filter(|(_, is_lost)| *is_lost == Some(true));
    let is_text = column.dtype().is_string() || column.dtype().is_categorical() || column.dtype().is_enum();
    // Without the quotes of an error, since a table shows that it is text.
    let plain = |value: String| if is_text { value.trim_matches('"').to_string() } else { value };
    rows.map(|(row, _)| Ok((row, plain(shown(column, row)?)))).collect()
}

/// A converted column, and what was lost on the way.
pub(super) struct Conversion {
    pub(super) column: Column,
    pub(super) lost: Lost,
}

/// Values that were known and have become missing.
pub(super) struct Lost {
    pub(super) count: usize,
    pub(super) first_row: Option<usize>,
}

impl Conversion {
    /// Converts what can be converted.
    pub(super) fn of(column: &Column, kind: Kind) -> Result<Self> {
        if let (Kind::Float32, Some(column)) = (kind, narrowed(column)) {
            return Ok(Self { column, lost: Lost { count: 0, first_row: None } });
        }
        let converted = convert(column, kind)?;
        let lost = &!data::missing_mask(column)? & &converted.is_null();
        let lost = Lost {
            count: lost.sum().unwrap_or_default() as usize,
            first_row: lost.iter().position(|is_lost| is_lost == Some(true)),
        };
        Ok(Self { column: converted, lost })
    }
}

fn convert(column: &Column, kind: Kind) -> Result<Column> {
    let (from, to) = (column.dtype(), kind.dtype());
    if *from == to || from.is_null() {
        return Ok(column.cast(&to)?);
    }
    match kind {
        Kind::String => text(column),
        Kind::Category => Ok(text(column)?.cast(&to)?),
        _ if from.is_string() || from.is_categorical() || from.is_enum() => {
            read_text(&column.cast(&DataType::String)?, kind)
        }
        Kind::Float64 => Ok(column.cast(&to)?),
        Kind::Float32 => without_overflow(&column.cast(&DataType::Float64)?),
        Kind::Boolean => flags(&column.cast(&DataType::Float64)?),
        // The integers.
        _ if from.is_float() => Ok(whole(&column.cast(&DataType::Float64)?)?.cast(&to)?),
        _ => Ok(column.cast(&to)?),
    }
}

/// Any value as text; NaN stays missing.
fn text(column: &Column) -> Result<Column> {
    let text = column.cast(&DataType::String)?;
    if !column.dtype().is_float() {
        return Ok(text);
    }
    let missing = data::missing_mask(column)?;
    let known =
        text.str()?.iter().zip(missing.iter()).map(|(value, is_missing)| value.filter(|_| is_missing == Some(false)));
    Ok(named(column, known.collect::<StringChunked>()))
}

fn read_text(column: &Column, kind: Kind) -> Result<Column> {
    let values = column.str()?.iter().map(|value| value.map(str::trim));
    let read = match kind {
        Kind::Boolean => named(column, values.map(|value| value.and_then(read_flag)).collect::<BooleanChunked>()),
        kind if kind.dtype().is_integer() => {
            named(column, values.map(|value| value.and_then(|value| value.parse().ok())).collect::<Int64Chunked>())
        }
        _ => named(column, values.map(|value| value.and_then(|value| value.parse().ok())).collect::<Float64Chunked>()),
    };
    match kind {
        Kind::Float32 => without_overflow(&read),
        _ => Ok(read.cast(&kind.dtype())?),
    }
}

fn read_flag(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") || text == "1" {
        return Some(true);
    }
    (text.eq_ignore_ascii_case("false") || text == "0").then_some(false)
}

/// Only the whole numbers that 64 bits hold.
fn whole(column: &Column) -> Result<Column> {
    // 2^63 is the first float past the range; -2^63 is in it.
    let bound = 2f64.powi(63);
    let is_whole = |value: &f64| value.fract() == 0.0 && (-bound..bound).contains(value);
    let values = column.f64()?.iter().map(|value| value.filter(is_whole).map(|value| value as i64));
    Ok(named(column, values.collect::<Int64Chunked>()))
}

/// A column of floats in half the bits; `None` where a value might become infinite. One pass reads, checks and writes.
fn narrowed(column: &Column) -> Option<Column> {
    let mut chunks = ChunkedArray::downcast_iter(column.f64().ok()?);
    let (Some(chunk), None) = (chunks.next(), chunks.next()) else { return None };
    let mut narrow = Vec::with_capacity(chunk.len());
    for block in chunk.values().chunks(data::BLOCK_VALUES) {
        let is_lost = |value: f64| (value as f32).is_infinite() & value.is_finite();
        // What lies under a null may be anything, so this only tells whether a closer look is needed.
        if block.iter().fold(false, |any, &value| any | is_lost(value)) {
            return None;
        }
        narrow.extend(block.iter().map(|&value| value as f32));
    }
    Some(Float32Chunked::from_vec_validity(column.name().clone(), narrow, chunk.validity().cloned()).into_column())
}

/// Half the bits, for all values that do not become infinite.
fn without_overflow(column: &Column) -> Result<Column> {
    let fits = |value: &f64| !value.is_finite() || (*value as f32).is_finite();
    let values = column.f64()?.iter().map(|value| value.filter(fits));
    Ok(named(column, values.collect::<Float64Chunked>()).cast(&DataType::Float32)?)
}

fn flags(column: &Column) -> Result<Column> {
    let flag = |value: f64| if value == 0.0 { Some(false) } else { (value == 1.0).then_some(true) };
    let values = column.f64()?.iter().map(|value| value.and_then(flag));
    Ok(named(column, values.collect::<BooleanChunked>()))
}

/// `values` under the name of `column`.
fn named(column: &Column, values: impl IntoColumn) -> Column {
    values.into_column().with_name(column.name().clone())
}

/// The value of one row as an error shows it.
pub(in crate::preprocess) fn shown(column: &Column, row: usize) -> Result<String> {
    if column.dtype().is_float() {
        let value = data::numbers(column)?.get(row).copied().unwrap_or(f64::NAN);
        return Ok(format!("{value:?}"));
    }
    let is_text = column.dtype().is_string() || column.dtype().is_categorical() || column.dtype().is_enum();
    let text = column.slice(row as i64, 1).cast(&DataType::String)?;
    let value = text.str()?.get(0).unwrap_or_default().to_string();
    Ok(if is_text { format!("\"{value}\"") } else { value })
}
