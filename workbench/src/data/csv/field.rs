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
