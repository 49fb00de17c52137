//! How deep code is nested. The parser calls itself for each level, and what is nested deeper than its stack would end the kernel.

use ra_ap_syntax::{Parse, SourceFile};

use super::source::EDITION;

/// More than any person writes, and than the compiler itself takes in macros.
const DEPTH_MAX: usize = 500;

/// Where code is nested too deep to be parsed, if it is: its first bracket, or sign before an expression, that is one too many.
pub fn too_deep_at(code: &str) -> Option<usize> {
    let (mut depth, mut n_signs) = (0_usize, 0_usize);
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let at = code.len() - rest.len();
        let length = token_length(rest, c);
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        // Each sign before an expression is a level of its own.
        n_signs = match c {
            '!' | '-' | '*' | '&' | '|' => n_signs + 1,
            _ if c.is_whitespace() => n_signs,
            _ => 0,
        };
        if depth > DEPTH_MAX || n_signs > DEPTH_MAX {
            return Some(at);
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    None
}

/// Parses the items of a file; what is nested too deep is taken for nothing.
pub fn parse(code: &str) -> Parse<SourceFile> {
    SourceFile::parse(if too_deep_at(code).is_some() { "" } else { code }, EDITION)
}

/// The length of the comment, string or character at the beginning, or of whatever else begins with `c`.
fn token_length(code: &str, c: char) -> usize {
    let to = |end: Option<usize>| end.unwrap_or(code.len());
    match c {
        '/' if code.starts_with("//") => to(code.find('\n')),
        '/' if code.starts_with("/*") => block_comment_length(code),
        '"' => string_length(code),
        'r' => raw_string_length(code).unwrap_or(1),
        // A character, and no lifetime.
        '\'' if code.starts_with("'\\") => to(code.get(2..).and_then(|rest| rest.find('\'')).map(|end| end + 3)),
        '\'' => match code.char_indices().nth(2) {
            Some((end, '\'')) => end + 1,
            _ => 1,
        },
        // A whole word, so that its last letter does not begin a raw string.
        _ if c.is_alphanumeric() || c == '_' => {
            let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
            to(code.find(|c| !is_of_word(c)))
        }
        _ => c.len_utf8(),
    }
}

fn string_length(code: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in code.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    code.len()
}

fn raw_string_length(code: &str) -> Option<usize> {
    let hashes = code.strip_prefix('r')?;
    let n_hashes = hashes.len() - hashes.trim_start_matches('#').len();
    let body = hashes.get(n_hashes..)?.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(n_hashes));
    let start = code.len() - body.len();
    Some(body.find(&end).map_or(code.len(), |at| start + at + end.len()))
}

fn block_comment_length(code: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(rest) = code.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_counts() {
        let deep = "(".repeat(DEPTH_MAX + 1);
        assert_eq!(too_deep_at(&deep), Some(DEPTH_MAX));
        assert_eq!(too_deep_at(&format!("x = {}1", "!".repeat(DEPTH_MAX + 2))), Some(4 + DEPTH_MAX));
        assert_eq!(too_deep_at(&"- ".repeat(DEPTH_MAX + 2)), Some(2 * DEPTH_MAX));
        for code in [
            format!("\"{deep}\""),
            format!("\"\\\"{deep}\""),
            format!("r#\"\"{deep}\"#"),
            format!("// {deep}\n1"),
            format!("/* /* {deep} */ {deep} */"),
            "('(', '\\'', '(', b'(');".repeat(DEPTH_MAX + 1),
            "fn f<'a>(x: &'a str) {}\n".repeat(DEPTH_MAX + 1),
            "let bar = for\"(\";".repeat(DEPTH_MAX + 1),
            "a - b * c && d || !e;\n".repeat(DEPTH_MAX + 1),
        ] {
            assert_eq!(too_deep_at(&code), None, "{}", &code[..40]);
        }
    }

    #[test]
    fn what_is_too_deep_is_not_parsed() {
        assert!(parse(&"{".repeat(1_000_000)).errors().is_empty());
        assert!(!parse("fn f() { x").errors().is_empty());
    }
}
