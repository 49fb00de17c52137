//! What kind of CSV a file is, told from its first rows.

use std::fmt::{self, Display, Formatter};

use super::CsvOptions;
use super::encoding::Encoding;
use super::scan::{Fields, Rows};

/// So many rows are looked at.
const ROWS_MAX: usize = 200;
/// What may stand between two fields. Of several that fit equally well the first is taken: a tab or a semicolon in every row is no
/// accident, but a comma may be part of a number or of a text.
const SEPARATORS: [(u8, &str); 4] = [(b'\t', "a tab"), (b';', "a semicolon"), (b'|', "a bar"), (b',', "a comma")];
/// Of the rows, so many must agree for another separator than the comma.
const AGREEMENT_MIN: f64 = 0.9;

/// How a CSV file is written: what was found out, what was given, and why.
///
/// It comes from [`sniff_csv`](super::sniff_csv), or from [`CsvOptions::sniff`], where what is given is not guessed.
///
/// # Examples
///
/// ```no_run
/// use workbench::data::sniff_csv;
///
/// let dialect = sniff_csv("data/wine.csv")?;
/// assert_eq!((dialect.separator(), dialect.decimal()), (';', ','));
/// println!("{dialect}");
///
/// assert!(sniff_csv("data/vine.csv").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvDialect {
    pub(super) separator: u8,
    pub(super) has_header: bool,
    pub(super) encoding: Encoding,
    pub(super) decimal_comma: bool,
    pub(super) is_gzip: bool,
    reasons: Vec<(String, String, String)>,
}

impl CsvDialect {
    /// What stands between two fields.
    pub fn separator(&self) -> char {
        char::from(self.separator)
    }

    /// Whether the first line holds the column names.
    pub fn has_header(&self) -> bool {
        self.has_header
    }

    /// How characters are written.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// What stands before the fraction of a number: `.` or `,`.
    pub fn decimal(&self) -> char {
        if self.decimal_comma { ',' } else { '.' }
    }

    /// Whether the file is packed with gzip.
    pub fn is_gzip(&self) -> bool {
        self.is_gzip
    }

    /// For each setting its name, its value, and why it is that.
    pub fn reasons(&self) -> Vec<(String, String, String)> {
        self.reasons.clone()
    }

    /// What `head`, the first bytes of a file in UTF-8, suggests; `given` is not guessed. `is_whole` tells that nothing comes after it.
    pub(super) fn sniff(
        head: &[u8],
        encoding: (Encoding, &str),
        is_gzip: bool,
        is_whole: bool,
        given: &CsvOptions,
    ) -> Self {
        let (separator, separator_reason) = match given.separator {
            Some(separator) => (separator, "it was given".to_string()),
            None => sniff_separator(head, is_whole),
        };
        let rows = first_rows(head, separator, is_whole);
        let (decimal_comma, decimal_reason) = match given.decimal_comma {
            Some(decimal_comma) => (decimal_comma, "it was given".to_string()),
            None => sniff_decimal(&rows, separator),
        };
        let (has_header, header_reason) = match given.has_header {
            Some(has_header) => (has_header, "it was given".to_string()),
            None => sniff_header(&rows, decimal_comma, given),
        };
        let yes_no = |flag: bool| if flag { "yes" } else { "no" }.to_string();
        let separator_name = match separator {
            b'\t' => "tab".to_string(),
            other => char::from(other).to_string(),
        };
        let gzip_reason = if is_gzip { "the file starts with 1f 8b" } else { "the file does not start with 1f 8b" };
        let reasons = [
            ("separator", separator_name, separator_reason),
            ("header", yes_no(has_header), header_reason),
            ("encoding", encoding.0.name().to_string(), encoding.1.to_string()),
            ("decimal", if decimal_comma { "," } else { "." }.to_string(), decimal_reason),
            ("gzip", yes_no(is_gzip), gzip_reason.to_string()),
        ];
        let reasons =
            reasons.into_iter().map(|(setting, value, reason)| (setting.to_string(), value, reason)).collect();
        Self { separator, has_header, encoding: encoding.0, decimal_comma, is_gzip, reasons }
    }
}

/// A line for each setting: `separator ; (a semicolon stands in each of the 200 rows looked at, 5 fields each)`.
impl Display for CsvDialect {
    fn fmt(&self, formatter: &mut Formatter) -> fmt::Result {
        for (row, (setting, value, reason)) in self.reasons.iter().enumerate() {
            let line_break = if row == 0 { "" } else { "\n" };
            write!(formatter, "{line_break}{setting} {value} ({reason})")?;
        }
        Ok(())
    }
}

/// The fields of the first rows that are not blank. Quotes are taken off.
fn first_rows(head: &[u8], separator: u8, is_whole: bool) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut all = Rows::new(head, separator);
    while let Some(row) = all.next() {
        // The last row may be cut off.
        if (all.is_at_end() && !is_whole && !rows.is_empty()) || rows.len() >= ROWS_MAX {
            break;
        }
        if !row.is_blank {
            rows.push(Fields::new(row.bytes, separator).map(field_text).collect());
        }
    }
    rows
}

fn field_text(field: &[u8]) -> String {
    let text = String::from_utf8_lossy(field);
    let text = text.trim();
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).replace("\"\"", "\"")
}

fn sniff_separator(head: &[u8], is_whole: bool) -> (u8, String) {
    let mut best: Option<(u8, &str, usize, f64, usize)> = None;
    for (separator, name) in SEPARATORS {
        let rows = first_rows(head, separator, is_whole);
        let Some(n_fields) = rows.first().map(Vec::len).filter(|&n_fields| n_fields > 1) else { continue };
        let agreement = rows.iter().filter(|row| row.len() == n_fields).count() as f64 / rows.len() as f64;
        let is_better = best.is_none_or(|(_, _, _, best_agreement, _)| agreement > best_agreement);
        if is_better && (agreement >= AGREEMENT_MIN || separator == b',') {
            best = Some((separator, name, n_fields, agreement, rows.len()));
        }
    }
    match best {
        Some((separator, name, n_fields, 1.0, n_rows)) => {
            (separator, format!("{name} parts each of the first {n_rows} rows into {n_fields} fields"))
        }
        Some((separator, name, n_fields, agreement, n_rows)) => {
            let percent = 100.0 * agreement;
            (separator, format!("{name} parts {percent:.0} % of the first {n_rows} rows into {n_fields} fields"))
        }
        None => (b',', "nothing parts the rows, so there is one column".to_string()),
    }
}

fn sniff_decimal(rows: &[Vec<String>], separator: u8) -> (bool, String) {
    if separator == b',' {
        return (false, "the comma is the separator".to_string());
    }
    let fields = || rows.iter().flatten();
    let commas = fields().filter(|field| is_fraction(field, ',')).count();
    let points = fields().filter(|field| is_fraction(field, '.')).count();
    let example = fields().find(|field| is_fraction(field, ',')).cloned().unwrap_or_default();
    match (commas, points) {
        (0, 0) => (false, "no number has a fraction in the first rows".to_string()),
        (0, n) => (false, format!("{n} numbers in the first rows have a point, and none a comma")),
        (n, 0) => (true, format!("{n} numbers in the first rows have a comma, such as {example}, and none a point")),
        (n, m) => (false, format!("{m} numbers in the first rows have a point, though {n} have a comma")),
    }
}

/// Digits, `point`, digits.
fn is_fraction(field: &str, point: char) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = field.strip_prefix(['-', '+']).unwrap_or(field);
    unsigned.split_once(point).is_some_and(|(whole, fraction)| digits(whole) && digits(fraction))
}

fn sniff_header(rows: &[Vec<String>], decimal_comma: bool, given: &CsvOptions) -> (bool, String) {
    let number = |field: &str| -> Option<f64> {
        let text = if decimal_comma { field.replace(',', ".") } else { field.to_string() };
        text.parse::<f64>().ok().filter(|_| text.bytes().any(|byte| byte.is_ascii_digit()))
    };
    let is_missing = |field: &str| field.is_empty() || given.null_values.iter().any(|value| value == field);
    let Some((first, others)) = rows.split_first() else { return (true, "there are no rows".to_string()) };
    let numbers_above: Vec<Option<f64>> = first.iter().map(|field| number(field)).collect();
    if others.is_empty() {
        let has_names = numbers_above.iter().any(Option::is_none);
        let reason = if has_names {
            "there is one line, and it holds words"
        } else {
            "there is one line, and it holds numbers only"
        };
        return (has_names, reason.to_string());
    }
    let mut n_above = 0;
    for (column_idx, (name, above)) in first.iter().zip(&numbers_above).enumerate() {
        let below = || others.iter().filter_map(|row| row.get(column_idx)).filter(|field| !is_missing(field));
        let is_numeric = below().next().is_some() && below().all(|field| number(field).is_some());
        if !is_numeric {
            continue;
        }
        match above {
            None if !is_missing(name) => {
                return (true, format!("the first line has the word {name:?} above numbers"));
            }
            None => {}
            Some(_) => n_above += 1,
        }
    }
    if n_above == 0 {
        return (true, "no column holds numbers, by which a line of names could be told".to_string());
    }
    let years = numbers_above.iter().flatten().all(|year| year.fract() == 0.0 && (1900.0..=2100.0).contains(year));
    let increasing = numbers_above.iter().flatten().collect::<Vec<_>>().windows(2).all(|pair| pair[0] < pair[1]);
    let has_words = numbers_above.iter().any(Option::is_none);
    if years && increasing && has_words && n_above > 1 {
        return (true, "the numbers in the first line are years in order, beside a word".to_string());
    }
    (false, "the first line has numbers above numbers".to_string())
}
