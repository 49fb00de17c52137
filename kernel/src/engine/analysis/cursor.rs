//! What stands at the cursor: after a dot, in a path, at the start of a name, in a string, or in a command.
//!
//! Code is looked at while it is written, so it is rarely whole: the tokens before the cursor tell all that is needed here, also inside the
//! arguments of macros, which have no syntax tree.

use std::ops::Range;

use ra_ap_syntax::{AstNode, SyntaxElement, SyntaxKind};

use crate::engine::native::nesting;

/// Code is parsed as the body of a function.
pub(super) const WRAPPER: &str = "fn cell() {";

/// What is asked about.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// Behind a dot: the range of what is before it.
    Member { receiver: Range<usize> },
    /// Behind `::`: the names before it. `in_use` tells an import, whose paths begin elsewhere.
    Path { segments: Vec<String>, in_use: bool },
    /// A name by itself.
    Name,
    /// A field of a struct's literal.
    Field { of: String },
    /// Inside a string: what it holds before the word, and the name of the function whose argument it is.
    Text { content: String, of: String },
    /// Where nothing can be said: a comment, a number, a name that is about to be given.
    Nothing,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    pub place: Place,
    /// The word at the cursor: that before it when something is completed, and all of it when it is explained.
    pub word: Range<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: SyntaxKind,
    range: Range<usize>,
}

/// The place where the word begins that the cursor stands behind.
pub fn before(code: &str, cursor: usize) -> Cursor {
    let start = word_start(code, cursor);
    Cursor { place: place(code, start), word: start..cursor }
}

/// The place of the word that the cursor is on; where it is on none, that of the function whose arguments it is among.
pub fn around(code: &str, cursor: usize) -> Option<Cursor> {
    let (start, end) = (word_start(code, cursor), word_end(code, cursor));
    if start < end {
        return Some(Cursor { place: place(code, start), word: start..end });
    }
    let open = enclosing_call(code, cursor)?;
    let name_end = code.get(..open)?.trim_end_matches([' ', '!']).len();
    let start = word_start(code, name_end);
    (start < name_end).then(|| Cursor { place: place(code, start), word: start..name_end })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_start(code: &str, cursor: usize) -> usize {
    let before = code.get(..cursor).unwrap_or_default();
    cursor - before.chars().rev().take_while(|c| is_word(*c)).map(char::len_utf8).sum::<usize>()
}

fn word_end(code: &str, cursor: usize) -> usize {
    let rest = code.get(cursor..).unwrap_or_default();
    cursor + rest.chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum::<usize>()
}

pub(super) fn tokens(code: &str) -> Vec<Token> {
    let file = nesting::parse(&format!("{WRAPPER}{code}\n}}")).tree();
    let tokens = file.syntax().descendants_with_tokens().filter_map(SyntaxElement::into_token);
    let own = tokens.filter_map(|token| {
        let range = token.text_range();
        let start = usize::from(range.start()).checked_sub(WRAPPER.len())?;
        let end = (usize::from(range.end()) - WRAPPER.len()).min(code.len());
        (start < code.len() && token.kind() != SyntaxKind::WHITESPACE)
            .then(|| Token { kind: token.kind(), range: start..end })
    });
    own.collect()
}

fn place(code: &str, start: usize) -> Place {
    let head = code.get(..start).unwrap_or_default();
    let mut tokens = tokens(head);
    if let Some(last) = tokens.last() {
        let text = head.get(last.range.clone()).unwrap_or_default();
        let touches = last.range.end == start;
        match last.kind {
            SyntaxKind::COMMENT if !text.starts_with("/*") && !head.ends_with('\n') => return Place::Nothing,
            SyntaxKind::COMMENT if text.starts_with("/*") && !text.ends_with("*/") => return Place::Nothing,
            SyntaxKind::STRING if !is_closed(text) => {
                let content = text.split_once('"').map(|(_, content)| content).unwrap_or_default();
                // `println!("{word` names a variable.
                if content.ends_with('{') && !content.ends_with("{{") {
                    return Place::Name;
                }
                let before = head.get(..last.range.start).unwrap_or_default().trim_end();
                let of = before.strip_suffix('(').unwrap_or_default();
                let of = of.get(word_start(of, of.len())..).unwrap_or_default();
                return Place::Text { content: content.to_owned(), of: of.to_owned() };
            }
            // `1.` is a number, and behind `1_000` more digits are to come.
            SyntaxKind::FLOAT_NUMBER if touches && text.ends_with('.') => {
                let receiver = last.range.start..last.range.end - 1;
                return Place::Member { receiver };
            }
            SyntaxKind::LIFETIME_IDENT | SyntaxKind::CHAR if touches => return Place::Nothing,
            _ => {}
        }
    }
    tokens.retain(|token| token.kind != SyntaxKind::COMMENT);
    if code.get(start..).and_then(|rest| rest.chars().next()).is_some_and(|c| c.is_ascii_digit()) {
        let behind_dot = tokens.last().is_some_and(|token| token.kind == SyntaxKind::DOT);
        if !behind_dot {
            return Place::Nothing;
        }
    }
    if let Some(segments) = use_path(head, &tokens) {
        return Place::Path { segments, in_use: true };
    }
    let Some(last) = tokens.len().checked_sub(1) else { return Place::Name };
    match kind(&tokens, last) {
        SyntaxKind::DOT => match receiver(&tokens, last) {
            Some(receiver) => Place::Member { receiver },
            None => Place::Nothing,
        },
        SyntaxKind::COLON2 => {
            path_before(head, &tokens, last).map_or(Place::Nothing, |segments| Place::Path { segments, in_use: false })
        }
        // `a:` and `:` of `::` under way.
        SyntaxKind::LET_KW
        | SyntaxKind::FN_KW
        | SyntaxKind::STRUCT_KW
        | SyntaxKind::ENUM_KW
        | SyntaxKind::TRAIT_KW
        | SyntaxKind::MOD_KW
        | SyntaxKind::CONST_KW
        | SyntaxKind::STATIC_KW
        | SyntaxKind::TYPE_KW => Place::Nothing,
        SyntaxKind::L_CURLY | SyntaxKind::COMMA => literal_of(head, &tokens).unwrap_or(Place::Name),
        _ => Place::Name,
    }
}

fn kind(tokens: &[Token], at: usize) -> SyntaxKind {
    tokens.get(at).map_or(SyntaxKind::EOF, |token| token.kind)
}

fn is_closed(text: &str) -> bool {
    let hashes = text.chars().skip_while(|c| *c != 'r').skip(1).take_while(|c| *c == '#').count();
    let body = text.split_once('"').map(|(_, body)| body).unwrap_or_default();
    if text.starts_with('r') || text.starts_with("br") {
        return body.ends_with(&format!("\"{}", "#".repeat(hashes)));
    }
    let mut is_escaped = false;
    for c in body.chars() {
        if c == '"' && !is_escaped {
            return true;
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    false
}

/// The expression that ends before the dot with this number.
fn receiver(tokens: &[Token], dot: usize) -> Option<Range<usize>> {
    let mut at = dot.checked_sub(1)?;
    let end = tokens.get(at)?.range.end;
    loop {
        match kind(tokens, at) {
            SyntaxKind::QUESTION => at = at.checked_sub(1)?,
            close @ (SyntaxKind::R_PAREN | SyntaxKind::R_BRACK | SyntaxKind::R_CURLY) => {
                let open = opening(tokens, at)?;
                let before = open.checked_sub(1).map_or(SyntaxKind::EOF, |before| kind(tokens, before));
                match before {
                    SyntaxKind::BANG if open >= 2 && is_name(kind(tokens, open - 2)) => at = open - 2,
                    before if is_name(before) && close == SyntaxKind::R_CURLY => {
                        // A struct's literal; `match x { … }` and the like have an end of their own.
                        at = open - 1;
                    }
                    SyntaxKind::R_PAREN | SyntaxKind::R_BRACK | SyntaxKind::QUESTION
                        if close != SyntaxKind::R_CURLY =>
                    {
                        at = open - 1;
                    }
                    SyntaxKind::R_ANGLE if close == SyntaxKind::R_PAREN => at = open - 1,
                    before if is_name(before) => at = open - 1,
                    _ if close == SyntaxKind::R_CURLY => return Some(block_start(tokens, open)..end),
                    _ => return Some(tokens.get(open)?.range.start..end),
                }
                continue;
            }
            SyntaxKind::R_ANGLE => {
                let open = opening_angle(tokens, at)?;
                at = open.checked_sub(1)?;
                if kind(tokens, at) == SyntaxKind::COLON2 {
                    at = at.checked_sub(1)?;
                }
                continue;
            }
            own if is_name(own) || is_literal(own) => match at.checked_sub(1).map(|before| kind(tokens, before)) {
                Some(SyntaxKind::DOT) => at = at.checked_sub(2)?,
                Some(SyntaxKind::COLON2) if at < 2 => return Some(tokens.get(at - 1)?.range.start..end),
                Some(SyntaxKind::COLON2)
                    if is_name(kind(tokens, at - 2)) || kind(tokens, at - 2) == SyntaxKind::R_ANGLE =>
                {
                    at -= 2;
                }
                Some(SyntaxKind::COLON2) => return Some(tokens.get(at - 1)?.range.start..end),
                _ => return Some(tokens.get(at)?.range.start..end),
            },
            _ => return None,
        }
    }
}

fn is_name(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::IDENT
            | SyntaxKind::SELF_KW
            | SyntaxKind::SELF_TYPE_KW
            | SyntaxKind::CRATE_KW
            | SyntaxKind::SUPER_KW
            | SyntaxKind::AWAIT_KW
    )
}

fn is_literal(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::STRING
            | SyntaxKind::BYTE_STRING
            | SyntaxKind::C_STRING
            | SyntaxKind::CHAR
            | SyntaxKind::BYTE
            | SyntaxKind::INT_NUMBER
            | SyntaxKind::FLOAT_NUMBER
            | SyntaxKind::TRUE_KW
            | SyntaxKind::FALSE_KW
    )
}

fn opening(tokens: &[Token], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    for at in (0..=close).rev() {
        match kind(tokens, at) {
            SyntaxKind::R_PAREN | SyntaxKind::R_BRACK | SyntaxKind::R_CURLY => depth += 1,
            SyntaxKind::L_PAREN | SyntaxKind::L_BRACK | SyntaxKind::L_CURLY => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn opening_angle(tokens: &[Token], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    for at in (0..=close).rev() {
        match kind(tokens, at) {
            SyntaxKind::R_ANGLE => depth += 1,
            SyntaxKind::SHR => depth += 2,
            SyntaxKind::L_ANGLE => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            SyntaxKind::SEMICOLON | SyntaxKind::L_CURLY => return None,
            _ => {}
        }
    }
    None
}

/// Where an expression begins that ends with a block: at its `match` or `if`, as far back as its own statement goes.
fn block_start(tokens: &[Token], open: usize) -> usize {
    let starts = |kind| {
        matches!(
            kind,
            SyntaxKind::MATCH_KW
                | SyntaxKind::IF_KW
                | SyntaxKind::UNSAFE_KW
                | SyntaxKind::LOOP_KW
                | SyntaxKind::ASYNC_KW
        )
    };
    for at in (0..open).rev() {
        match kind(tokens, at) {
            kind if starts(kind) => return tokens.get(at).map_or(0, |token| token.range.start),
            SyntaxKind::SEMICOLON | SyntaxKind::L_CURLY | SyntaxKind::R_CURLY | SyntaxKind::EQ => break,
            _ => {}
        }
    }
    tokens.get(open).map_or(0, |token| token.range.start)
}

/// The names before the `::` with this number.
fn path_before(code: &str, tokens: &[Token], colons: usize) -> Option<Vec<String>> {
    let mut segments = Vec::new();
    let mut at = colons;
    loop {
        let Some(mut name) = at.checked_sub(1) else { break };
        if kind(tokens, name) == SyntaxKind::R_ANGLE {
            let open = opening_angle(tokens, name)?;
            name = open.checked_sub(1)?;
            if kind(tokens, name) == SyntaxKind::COLON2 {
                name = name.checked_sub(1)?;
            }
        }
        if !is_name(kind(tokens, name)) {
            break;
        }
        segments.push(code.get(tokens.get(name)?.range.clone())?.to_owned());
        match name.checked_sub(1).map(|before| kind(tokens, before)) {
            Some(SyntaxKind::COLON2) => at = name - 1,
            _ => break,
        }
    }
    segments.reverse();
    (!segments.is_empty()).then_some(segments)
}

/// The path so far of the `use` that ends here; empty at its start.
fn use_path(code: &str, tokens: &[Token]) -> Option<Vec<String>> {
    let start = tokens.iter().rposition(|token| token.kind == SyntaxKind::USE_KW)?;
    let (mut path, mut stack): (Vec<String>, Vec<Vec<String>>) = (Vec::new(), Vec::new());
    for token in tokens.get(start + 1..)? {
        match token.kind {
            SyntaxKind::SEMICOLON | SyntaxKind::AS_KW => return None,
            SyntaxKind::L_CURLY => stack.push(path.clone()),
            SyntaxKind::COMMA => path = stack.last()?.clone(),
            SyntaxKind::R_CURLY => path = stack.pop()?,
            kind if is_name(kind) => path.push(code.get(token.range.clone())?.to_owned()),
            _ => {}
        }
    }
    Some(path)
}

/// The struct whose literal is open here, where a field's name would come.
fn literal_of(code: &str, tokens: &[Token]) -> Option<Place> {
    let mut depth = 0usize;
    for at in (0..tokens.len()).rev() {
        match kind(tokens, at) {
            SyntaxKind::R_PAREN | SyntaxKind::R_BRACK | SyntaxKind::R_CURLY => depth += 1,
            SyntaxKind::L_PAREN | SyntaxKind::L_BRACK if depth == 0 => return None,
            SyntaxKind::L_CURLY if depth == 0 => {
                let name = tokens.get(at.checked_sub(1)?).filter(|token| is_name(token.kind))?;
                let of = code.get(name.range.clone())?;
                let before = at.checked_sub(2).map(|before| kind(tokens, before));
                let is_literal = of.starts_with(char::is_uppercase)
                    && !matches!(
                        before,
                        Some(
                            SyntaxKind::STRUCT_KW
                                | SyntaxKind::ENUM_KW
                                | SyntaxKind::IMPL_KW
                                | SyntaxKind::FOR_KW
                                | SyntaxKind::TRAIT_KW
                                | SyntaxKind::THIN_ARROW
                                | SyntaxKind::R_ANGLE
                                | SyntaxKind::COLON
                        )
                    );
                return is_literal.then(|| Place::Field { of: of.to_owned() });
            }
            SyntaxKind::L_PAREN | SyntaxKind::L_BRACK | SyntaxKind::L_CURLY => depth = depth.saturating_sub(1),
            SyntaxKind::SEMICOLON if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The parenthesis of the call whose arguments the cursor is among, or that has ended just before it.
fn enclosing_call(code: &str, cursor: usize) -> Option<usize> {
    let tokens = tokens(code.get(..cursor)?);
    if let Some(last) = tokens.len().checked_sub(1)
        && kind(&tokens, last) == SyntaxKind::R_PAREN
        && tokens.get(last).is_some_and(|token| token.range.end == cursor)
    {
        return opening(&tokens, last).and_then(|open| Some(tokens.get(open)?.range.start));
    }
    let mut depth = 0usize;
    for at in (0..tokens.len()).rev() {
        match kind(&tokens, at) {
            SyntaxKind::R_PAREN | SyntaxKind::R_BRACK | SyntaxKind::R_CURLY => depth += 1,
            SyntaxKind::L_PAREN | SyntaxKind::L_BRACK if depth == 0 => return Some(tokens.get(at)?.range.start),
            SyntaxKind::L_CURLY | SyntaxKind::SEMICOLON if depth == 0 => return None,
            SyntaxKind::L_PAREN | SyntaxKind::L_BRACK | SyntaxKind::L_CURLY => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}
