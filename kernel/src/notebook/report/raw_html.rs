//! HTML written in Markdown, cut down to tags and attributes that only shape text.

use super::escape;
use super::markdown::is_safe_address;

const TAGS: [&str; 52] = [
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
    "var",
];
const TAGS_WITHOUT_END: [&str; 3] = ["br", "hr", "img"];
const ATTRIBUTES: [&str; 9] = ["align", "alt", "colspan", "height", "href", "rowspan", "src", "title", "width"];

/// Filters the HTML of one cell, and remembers what is open, so that the cell cannot close what is around it.
#[derive(Default)]
pub struct RawHtml {
    open: Vec<String>,
}

impl RawHtml {
    /// The HTML with unknown tags shown as text, and comments left out.
    pub fn filter(&mut self, html: &str) -> String {
        let mut filtered = String::new();
        let mut rest = html;
        while let Some(start) = rest.find('<') {
            filtered.push_str(&entities_kept(&rest[..start]));
            rest = &rest[start..];
            if let Some(comment) = rest.strip_prefix("<!--") {
                rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
                continue;
            }
            match Markup::parse(rest) {
                Some((tag, length)) => {
                    filtered.push_str(&self.tag(&tag, &rest[..length]));
                    rest = &rest[length..];
                }
                None => {
                    filtered.push_str("&lt;");
                    rest = &rest[1..];
                }
            }
        }
        filtered + &entities_kept(rest)
    }

    /// Ends of all that is still open.
    pub fn close(mut self) -> String {
        let mut ends = String::new();
        while let Some(name) = self.open.pop() {
            ends.push_str(&format!("</{name}>"));
        }
        ends
    }

    fn tag(&mut self, tag: &Markup, source: &str) -> String {
        if !TAGS.contains(&tag.name.as_str()) {
            return escape(source);
        }
        if tag.is_end {
            return match self.open.iter().rposition(|name| *name == tag.name) {
                Some(at) => {
                    self.open.remove(at);
                    format!("</{}>", tag.name)
                }
                None => String::new(),
            };
        }
        if !TAGS_WITHOUT_END.contains(&tag.name.as_str()) {
            self.open.push(tag.name.clone());
        }
        let attributes: String = tag
            .attributes
            .iter()
            .filter(|(name, value)| is_safe(name, value))
            .map(|(name, value)| format!(" {name}=\"{}\"", escape(value)))
            .collect();
        format!("<{}{attributes}>", tag.name)
    }
}

fn is_safe(name: &str, value: &str) -> bool {
    ATTRIBUTES.contains(&name) && (!matches!(name, "href" | "src") || is_safe_address(value))
}

/// Text between tags: entities stay what they are, and nothing else means anything.
fn entities_kept(text: &str) -> String {
    text.replace('>', "&gt;")
}

struct Markup {
    name: String,
    is_end: bool,
    attributes: Vec<(String, String)>,
}

impl Markup {
    /// A tag at the start of the text, and its length in bytes.
    fn parse(text: &str) -> Option<(Markup, usize)> {
        let mut rest = text.strip_prefix('<')?;
        let is_end = rest.starts_with('/');
        rest = rest.strip_prefix('/').unwrap_or(rest);
        let name = take_while(&mut rest, |c| c.is_ascii_alphanumeric()).to_ascii_lowercase();
        if name.is_empty() {
            return None;
        }
        let mut attributes = Vec::new();
        loop {
            take_while(&mut rest, |c| c.is_whitespace() || c == '/');
            if let Some(after) = rest.strip_prefix('>') {
                return Some((Markup { name, is_end, attributes }, text.len() - after.len()));
            }
            let attribute =
                take_while(&mut rest, |c| !c.is_whitespace() && !"=>/\"'<".contains(c)).to_ascii_lowercase();
            if attribute.is_empty() {
                return None;
            }
            take_while(&mut rest, char::is_whitespace);
            let value = match rest.strip_prefix('=') {
                Some(after) => {
                    rest = after;
                    take_value(&mut rest)?
                }
                None => String::new(),
            };
            attributes.push((attribute, value));
        }
    }
}

fn take_value(rest: &mut &str) -> Option<String> {
    take_while(rest, char::is_whitespace);
    for quote in ['"', '\''] {
        if let Some(after) = rest.strip_prefix(quote) {
            let (value, after) = after.split_once(quote)?;
            *rest = after;
            return Some(unescape(value));
        }
    }
    Some(unescape(take_while(rest, |c| !c.is_whitespace() && c != '>')))
}

/// The few entities that could hide an address's scheme are told by their ampersand; others are kept as text.
fn unescape(value: &str) -> String {
    value.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn take_while<'a>(rest: &mut &'a str, accept: impl Fn(char) -> bool) -> &'a str {
    let end = rest.find(|c| !accept(c)).unwrap_or(rest.len());
    let (taken, after) = rest.split_at(end);
    *rest = after;
    taken
}
