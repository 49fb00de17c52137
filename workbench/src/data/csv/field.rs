//! The fields of a CSV file, one at a time.

/// Where the first of `separator` and a line feed is; the length of `bytes` where there is neither.
#[inline]
pub(super) fn end_of_field(bytes: &[u8], separator: u8) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // The lowest byte of those that are zero gets its highest bit set.
    let zeros = |word: u64| word.wrapping_sub(EACH) & !word & (EACH << 7);
    let (separators, line_feeds) = (EACH * u64::from(separator), EACH * u64::from(b'\n'));
    let (words, rest) = bytes.as_chunks::<8>();
    for (word_idx, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ separators) | zeros(word ^ line_feeds);
        if found != 0 {
            return 8 * word_idx + found.trailing_zeros() as usize / 8;
        }
    }
    let found = rest.iter().position(|&byte| byte == separator || byte == b'\n');
    found.map_or(bytes.len(), |place| 8 * words.len() + place)
}

/// Where a field that starts with a quote ends: behind the quote that closes it. `None` where nothing does.
pub(super) fn end_of_quoted(bytes: &[u8]) -> Option<usize> {
    let mut place = 1;
    loop {
        place += bytes.get(place..)?.iter().position(|&byte| byte == b'"')? + 1;
        // Two of them are one that belongs to the text.
        if bytes.get(place) != Some(&b'"') {
            return Some(place);
        }
        place += 1;
    }
}

/// The whole number that a field is; `None` for all that is not digits, at most with a minus, or too large.
#[inline]
pub(super) fn integer(field: &[u8]) -> Option<i64> {
    let digits = field.strip_prefix(b"-").unwrap_or(field);
    if digits.is_empty() || digits.len() > 18 {
        let text = std::str::from_utf8(field).ok().filter(|text| !text.starts_with('+'))?;
        return text.parse().ok();
    }
    let mut number = 0_i64;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = 10 * number + i64::from(digit);
    }
    Some(if digits.len() < field.len() { -number } else { number })
}

/// Up to here every whole number is a float.
const EXACT_MAX: u64 = 1 << 53;
const POWERS: [f64; 19] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];

/// The number that a field is, rounded to the nearest float; `None` for all but digits with a minus, a point and an exponent.
#[inline]
pub(super) fn float(field: &[u8], point: u8) -> Option<f64> {
    let digits = field.strip_prefix(b"-").unwrap_or(field);
    let (mut number, mut point_at) = (0_u64, usize::MAX);
    for (place, &byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        } else if byte == point && point_at == usize::MAX {
            point_at = place;
        } else {
            return any_float(field, point);
        }
    }
    let n_digits = digits.len() - usize::from(point_at < usize::MAX);
    let n_behind = digits.len().saturating_sub(point_at.saturating_add(1));
    let (Some(power), 1..=18, 0..=EXACT_MAX) = (POWERS.get(n_behind), n_digits, number) else {
        return any_float(field, point);
    };
    // Both are exact, so their quotient is the nearest float.
    let value = number as f64 / power;
    Some(if digits.len() < field.len() { -value } else { value })
}

/// The float of at most seven digits before and behind a point with which `bytes` start, and where the `end` is that follows it; `None` for anything else,
/// which may be a number all the same.
///
/// As nearly all numbers are. No loop, and so nothing to guess for the processor.
#[inline]
pub(super) fn quick_float(bytes: &[u8], end: u8, point: u8) -> Option<(f64, usize)> {
    let is_negative = bytes.first() == Some(&b'-');
    let start = usize::from(is_negative);
    let (whole, n_whole) = digits(bytes.get(start..)?.first_chunk()?);
    if n_whole == 0 || n_whole == 8 {
        return None;
    }
    let mut place = start + n_whole;
    let mut value = whole as f64;
    if bytes.get(place) == Some(&point) {
        let (fraction, n_fraction) = digits(bytes.get(place + 1..)?.first_chunk()?);
        // Both are exact, so their quotient is the nearest float. An eighth digit has no power here.
        let power = *POWERS.get(n_fraction).filter(|_| n_fraction < 8)?;
        value = (value * power + fraction as f64) / power;
        place += 1 + n_fraction;
    }
    (bytes.get(place) == Some(&end)).then_some((if is_negative { -value } else { value }, place))
}

/// The whole number of at most 15 digits with which `bytes` start, and where the `end` is that follows it; `None` for anything else, which may be a number
/// all the same.
#[inline]
pub(super) fn quick_integer(bytes: &[u8], end: u8) -> Option<(i64, usize)> {
    let is_negative = bytes.first() == Some(&b'-');
    let start = usize::from(is_negative);
    let (mut number, n_digits) = digits(bytes.get(start..)?.first_chunk()?);
    let mut place = start + n_digits;
    if n_digits == 0 {
        return None;
    }
    if n_digits == 8 {
        let (more, n_more) = digits(bytes.get(place..)?.first_chunk()?);
        if n_more == 8 {
            return None;
        }
        number = number * 10_u64.pow(n_more as u32) + more;
        place += n_more;
    }
    let number = number as i64;
    (bytes.get(place) == Some(&end)).then_some((if is_negative { -number } else { number }, place))
}

/// The number that the first bytes are, as far as they are digits, and how many are.
#[inline]
fn digits(bytes: &[u8; 8]) -> (u64, usize) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_le_bytes(*bytes) ^ (EACH * u64::from(b'0'));
    // The highest bit of each byte that is more than 9, right up to the first one.
    let others = (word.wrapping_add(EACH * 0x76) | word) & (EACH << 7);
    let n_digits = others.trailing_zeros() as usize / 8;
    // Zeros in front of them. The digits are then joined to pairs, fours and eight.
    let word = word.checked_shl(64 - 8 * n_digits as u32).unwrap_or_default();
    let pairs = word.wrapping_mul(10 * 256 + 1) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100 * 65_536 + 1) >> 16 & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul((10_000 << 32) + 1) >> 32, n_digits)
}

/// The same by the way that is right for all numbers.
#[cold]
fn any_float(field: &[u8], point: u8) -> Option<f64> {
    let mut text = field.to_vec();
    for byte in &mut text {
        match *byte {
            _ if *byte == point => *byte = b'.',
            b'0'..=b'9' | b'-' | b'+' | b'e' | b'E' => {}
            _ => return None,
        }
    }
    std::str::from_utf8(&text).ok().filter(|text| !text.starts_with('+'))?.parse().ok()
}
