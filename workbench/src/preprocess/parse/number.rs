//! Reading one number as people write it.

/// The number that `text` shows, and its unit or currency as it is written; `None` where it shows none.
///
/// Between digits, spaces, apostrophes, underscores and whichever of comma and point is not `decimal` part thousands. Brackets make a number negative.
pub(super) fn read(text: &str, decimal: char) -> Option<(f64, String)> {
    let text = text.trim();
    let (text, is_bracketed) = match text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => (inner.trim(), true),
        None => (text, false),
    };
    let start = text.find(|character: char| character.is_ascii_digit())?;
    // A number may begin with the decimal sign itself.
    let start = match text.get(..start)?.chars().next_back() {
        Some(before) if before == decimal => start - before.len_utf8(),
        _ => start,
    };
    let (before, rest) = text.split_at_checked(start)?;
    let (prefix, is_minus) = unsigned(before)?;
    let end =
        rest.find(|character: char| !character.is_ascii_digit() && !is_separator(character)).unwrap_or(rest.len());
    let (digits, rest) = rest.split_at_checked(end)?;
    let (exponent, rest) = exponent(digits, rest);
    let digits = digits.trim_end();
    let suffix = rest.trim();
    let value: f64 = format!("{}{exponent}", plain(digits, decimal)?).parse().ok()?;
    let unit = match (prefix.as_str(), suffix) {
        ("", unit) | (unit, "") => unit.to_string(),
        (before, after) => format!("{before} {after}"),
    };
    let is_negative = is_minus || is_bracketed;
    is_unit(&unit).then_some((if is_negative { -value } else { value }, unit))
}

/// Which decimal sign `text` must have, if it shows: `None` where a single sign may be either.
pub(super) fn decimal_of(text: &str) -> Option<char> {
    let digits: String = text.trim().trim_matches(|character: char| !character.is_ascii_digit()).to_string();
    let last = digits.rfind([',', '.'])?;
    let sign = digits.get(last..)?.chars().next()?;
    let other = if sign == ',' { '.' } else { ',' };
    let (whole, fraction) = (digits.get(..last)?, digits.get(last + 1..)?);
    if whole.contains(other) {
        return Some(sign);
    }
    if whole.contains(sign) {
        return Some(other);
    }
    let n_after = fraction.chars().take_while(char::is_ascii_digit).count();
    // Three digits after up to three may be a thousand; after a zero, or spaces, they are not.
    let is_thousand = n_after == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
    (!is_thousand).then_some(sign)
}

fn is_separator(character: char) -> bool {
    matches!(character, '.' | ',' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’' | '_')
}

/// What stands before the digits without its sign, and whether that is a minus.
fn unsigned(before: &str) -> Option<(String, bool)> {
    let is_minus = |character: &char| matches!(character, '-' | '−' | '–');
    let n_minus = before.chars().filter(is_minus).count();
    let n_plus = before.matches('+').count();
    if n_minus + n_plus > 1 {
        return None;
    }
    let prefix: String = before.chars().filter(|character| !is_minus(character) && *character != '+').collect();
    Some((prefix.trim().to_string(), n_minus == 1))
}

/// An exponent directly behind the digits, such as `e-3`, and what follows it.
fn exponent<'a>(digits: &str, rest: &'a str) -> (&'a str, &'a str) {
    let none = ("", rest);
    if !digits.ends_with(|character: char| character.is_ascii_digit()) {
        return none;
    }
    let Some(after) = rest.strip_prefix(['e', 'E']) else { return none };
    let unsigned = after.strip_prefix(['-', '+']).unwrap_or(after);
    let n_digits = unsigned.chars().take_while(char::is_ascii_digit).count();
    let length = rest.len() - unsigned.len() + n_digits;
    match (n_digits, rest.split_at_checked(length)) {
        (1.., Some(parts)) => parts,
        _ => none,
    }
}

/// Digits with a decimal point and nothing else; `None` where separators are not where thousands are.
fn plain(digits: &str, decimal: char) -> Option<String> {
    let (whole, fraction) = digits.split_once(decimal).unwrap_or((digits, ""));
    if !fraction.chars().all(|character| character.is_ascii_digit()) {
        return None;
    }
    let Some(separator) = whole.chars().find(|character| !character.is_ascii_digit()) else {
        return Some(format!(
            "{}.{}",
            if whole.is_empty() { "0" } else { whole },
            if fraction.is_empty() { "0" } else { fraction }
        ));
    };
    let groups: Vec<&str> = whole.split(separator).collect();
    let is_group = |(place, group): (usize, &&str)| {
        let is_long_enough = if place == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 };
        is_long_enough && group.chars().all(|character| character.is_ascii_digit())
    };
    let is_thousands = groups.iter().enumerate().all(is_group);
    is_thousands.then(|| format!("{}.{}", groups.concat(), if fraction.is_empty() { "0" } else { fraction }))
}

/// Short, and with digits only behind letters, as in `m2`: anything else is prose.
fn is_unit(unit: &str) -> bool {
    let mut before = ' ';
    let is_ordered = unit.chars().all(|character| {
        let is_fine = !character.is_ascii_digit() || before.is_alphanumeric();
        before = character;
        is_fine
    });
    is_ordered && unit.chars().count() <= 12 && unit.split_whitespace().count() <= 2
}
