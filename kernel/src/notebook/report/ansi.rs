//! Terminal text as HTML: colours and styles become spans, all other control sequences go.

use super::escape;

const COLOR_NAMES: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const ESCAPE: char = '\u{1b}';

/// The text with its colours as `<span>` elements, safe to put into a page.
pub fn to_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    let mut style = Style::default();
    let mut rest = text;
    while let Some(start) = rest.find(ESCAPE) {
        style.wrap(&rest[..start], &mut html);
        let sequence = Sequence::at_start(&rest[start..]);
        if let Some(parameters) = sequence.graphics {
            style.apply(parameters);
        }
        rest = &rest[start + sequence.length..];
    }
    style.wrap(rest, &mut html);
    html
}

/// A control sequence at the start of a text.
struct Sequence<'a> {
    /// In bytes; at least the escape character itself.
    length: usize,
    /// The parameters, if it selects a graphic rendition.
    graphics: Option<&'a str>,
}

impl<'a> Sequence<'a> {
    fn at_start(text: &'a str) -> Sequence<'a> {
        let after = &text[ESCAPE.len_utf8()..];
        let (length, graphics) = match after.chars().next() {
            Some('[') => {
                let body = &after[1..];
                let end = body.find(|c: char| !(' '..='?').contains(&c)).unwrap_or(body.len());
                let final_byte = body[end..].chars().next().filter(|c| ('@'..='~').contains(c));
                let is_graphics = final_byte == Some('m')
                    && body[..end].chars().all(|c| c.is_ascii_digit() || matches!(c, ';' | ':'));
                (1 + end + usize::from(final_byte.is_some()), is_graphics.then_some(&body[..end]))
            }
            // An operating system command, such as a hyperlink or a window title, ends with a bell or with ESC \.
            Some(']') => match (after.find('\u{7}'), after.find("\u{1b}\\")) {
                (Some(bell), Some(terminator)) if terminator < bell => (terminator + 2, None),
                (Some(bell), _) => (bell + 1, None),
                (None, Some(terminator)) => (terminator + 2, None),
                (None, None) => (after.len(), None),
            },
            Some(c) if c.is_ascii() => (1, None),
            _ => (0, None),
        };
        Sequence { length: ESCAPE.len_utf8() + length, graphics }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Style {
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    strike: bool,
    inverse: bool,
    foreground: Option<Color>,
    background: Option<Color>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Color {
    Named(&'static str),
    Rgb(u8, u8, u8),
}

impl Style {
    fn apply(&mut self, parameters: &str) {
        let mut codes = parameters.split([';', ':']).map(|code| code.parse().unwrap_or(0u16));
        while let Some(code) = codes.next() {
            match code {
                0 => *self = Style::default(),
                1 => self.bold = true,
                2 => self.dim = true,
                3 => self.italic = true,
                4 => self.underline = true,
                7 => self.inverse = true,
                9 => self.strike = true,
                22 => (self.bold, self.dim) = (false, false),
                23 => self.italic = false,
                24 => self.underline = false,
                27 => self.inverse = false,
                29 => self.strike = false,
                30..=37 | 90..=97 => self.foreground = named(code % 10),
                38 => self.foreground = extended(&mut codes),
                39 => self.foreground = None,
                40..=47 | 100..=107 => self.background = named(code % 10),
                48 => self.background = extended(&mut codes),
                49 => self.background = None,
                _ => {}
            }
        }
    }

    fn wrap(&self, text: &str, html: &mut String) {
        let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        if text.is_empty() {
            return;
        }
        if *self == Style::default() {
            html.push_str(&escape(&text));
            return;
        }
        let (classes, inline) = self.attributes();
        html.push_str("<span");
        if !classes.is_empty() {
            html.push_str(&format!(" class=\"{}\"", classes.join(" ")));
        }
        if !inline.is_empty() {
            html.push_str(&format!(" style=\"{inline}\""));
        }
        html.push_str(&format!(">{}</span>", escape(&text)));
    }

    fn attributes(&self) -> (Vec<String>, String) {
        let styles = [
            (self.bold, "ansi-bold"),
            (self.dim, "ansi-dim"),
            (self.italic, "ansi-italic"),
            (self.underline, "ansi-underline"),
            (self.strike, "ansi-strike"),
        ];
        let mut classes: Vec<String> =
            styles.iter().filter(|(on, _)| *on).map(|(_, class)| class.to_string()).collect();
        let mut inline = String::new();
        let (foreground, background) =
            if self.inverse { (self.background, self.foreground) } else { (self.foreground, self.background) };
        for (color, suffix, property) in [(foreground, "fg", "color"), (background, "bg", "background")] {
            match color {
                Some(Color::Named(name)) => classes.push(format!("ansi-{name}-{suffix}")),
                Some(Color::Rgb(r, g, b)) => inline.push_str(&format!("{property}:rgb({r},{g},{b});")),
                None => {}
            }
        }
        (classes, inline)
    }
}

fn named(idx: u16) -> Option<Color> {
    COLOR_NAMES.get(idx as usize).map(|name| Color::Named(name))
}

/// A colour of the 256 (`5;n`) or of all (`2;r;g;b`).
fn extended(codes: &mut impl Iterator<Item = u16>) -> Option<Color> {
    match codes.next()? {
        5 => {
            let n = codes.next()?;
            match n {
                0..=15 => named(n % 8),
                16..=231 => {
                    let level = |n: u16| if n == 0 { 0 } else { (55 + 40 * n) as u8 };
                    Some(Color::Rgb(level((n - 16) / 36), level((n - 16) / 6 % 6), level((n - 16) % 6)))
                }
                232..=255 => {
                    let grey = (8 + 10 * (n - 232)) as u8;
                    Some(Color::Rgb(grey, grey, grey))
                }
                _ => None,
            }
        }
        2 => {
            let mut byte = || codes.next().map(|code| code.min(255) as u8);
            Some(Color::Rgb(byte()?, byte()?, byte()?))
        }
        _ => None,
    }
}
