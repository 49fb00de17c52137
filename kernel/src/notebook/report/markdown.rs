//! Markdown cells as HTML: headings that can be linked to, code in colour, no markup that runs.

use std::collections::HashMap;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use serde_json::Value;

use super::raw_html::RawHtml;
use super::{escape, highlight};

const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_MATH);

/// A heading of the notebook, for the table of contents.
pub struct Heading {
    pub level: u8,
    pub id: String,
    pub text: String,
    /// Whether the notebook begins with it.
    is_first: bool,
}

impl Heading {
    /// Whether it is the notebook's title: the heading of level 1 at its very top.
    pub fn is_title(&self) -> bool {
        self.level == 1 && self.is_first
    }
}

/// Renders the Markdown cells of one notebook, in order.
#[derive(Default)]
pub struct Markdown {
    headings: Vec<Heading>,
    /// How often each id has been asked for, since ids must differ.
    ids: HashMap<String, usize>,
    n_cells: usize,
}

/// Markdown that stands in an output: its headings are not part of the notebook's.
pub fn fragment(source: &str) -> String {
    Markdown::default().render_with(source, None, HeadingIds::None)
}

impl Markdown {
    /// One cell, with the pictures that are attached to it.
    pub fn render(&mut self, source: &str, attachments: Option<&Value>) -> String {
        self.n_cells += 1;
        self.render_with(source, attachments, HeadingIds::Unique)
    }

    /// The headings of all cells so far.
    pub fn into_headings(self) -> Vec<Heading> {
        self.headings
    }

    fn render_with(&mut self, source: &str, attachments: Option<&Value>, heading_ids: HeadingIds) -> String {
        let mut raw_html = RawHtml::default();
        let mut events = Vec::new();
        let mut parser = Parser::new_ext(source, OPTIONS);
        while let Some(event) = parser.next() {
            match event {
                Event::Start(Tag::Heading { level, .. }) if heading_ids == HeadingIds::Unique => {
                    let inner = self.events_until(&mut parser, TagEnd::Heading(level), attachments, &mut raw_html);
                    self.push_heading(level, inner, &mut events);
                }
                Event::Start(Tag::CodeBlock(kind)) => events.push(code_block(&kind, &mut parser)),
                Event::Start(Tag::HtmlBlock) => {
                    let block = text_until(&mut parser, TagEnd::HtmlBlock);
                    events.push(Event::Html(raw_html.filter(&block).into()));
                }
                event => events.push(self.safe(event, attachments, &mut raw_html)),
            }
        }
        let mut page = String::new();
        html::push_html(&mut page, events.into_iter());
        page + &raw_html.close()
    }

    fn push_heading<'a>(&mut self, level: HeadingLevel, inner: Vec<Event<'a>>, events: &mut Vec<Event<'a>>) {
        let text = plain_text(&inner);
        let id = self.unique_id(&text);
        let (number, anchor) = (level as u8, escape(&id));
        events.push(Event::Html(format!("<h{number} id=\"{anchor}\">").into()));
        events.extend(inner);
        let link =
            format!("<a class=\"anchor\" href=\"#{anchor}\" aria-label=\"Link to this section\">¶</a></h{number}>\n");
        events.push(Event::Html(link.into()));
        let is_first = self.n_cells == 1 && self.headings.is_empty();
        self.headings.push(Heading { level: number, id, text, is_first });
    }

    fn events_until<'a>(
        &self,
        parser: &mut Parser<'a>,
        end: TagEnd,
        attachments: Option<&Value>,
        raw_html: &mut RawHtml,
    ) -> Vec<Event<'a>> {
        parser
            .take_while(|event| *event != Event::End(end))
            .map(|event| self.safe(event, attachments, raw_html))
            .collect()
    }

    /// The event with harmful addresses and markup taken out, and with names that are unique in the page.
    fn safe<'a>(&self, event: Event<'a>, attachments: Option<&Value>, raw_html: &mut RawHtml) -> Event<'a> {
        let footnote = |label: &CowStr| CowStr::from(format!("footnote-{}-{label}", self.n_cells));
        match event {
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let dest_url = if is_safe_address(&dest_url) { dest_url } else { "#".into() };
                Event::Start(Tag::Link { link_type, dest_url, title, id })
            }
            Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                let dest_url = match attachment(&dest_url, attachments) {
                    Some(data) => data.into(),
                    None if is_safe_address(&dest_url) => dest_url,
                    None => "#".into(),
                };
                Event::Start(Tag::Image { link_type, dest_url, title, id })
            }
            Event::InlineHtml(tag) => Event::InlineHtml(raw_html.filter(&tag).into()),
            Event::Html(block) => Event::Html(raw_html.filter(&block).into()),
            // Without a formula renderer a formula is best read as it was typed.
            Event::InlineMath(formula) => {
                Event::InlineHtml(format!("<span class=\"math\">${}$</span>", escape(&formula)).into())
            }
            Event::DisplayMath(formula) => {
                Event::InlineHtml(format!("<span class=\"math math-display\">$${}$$</span>", escape(&formula)).into())
            }
            Event::FootnoteReference(label) => Event::FootnoteReference(footnote(&label)),
            Event::Start(Tag::FootnoteDefinition(label)) => Event::Start(Tag::FootnoteDefinition(footnote(&label))),
            event => event,
        }
    }

    fn unique_id(&mut self, text: &str) -> String {
        let words: Vec<String> = text
            .to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_string)
            .collect();
        let slug = if words.is_empty() { "section".to_string() } else { words.join("-") };
        let n_before = self.ids.entry(slug.clone()).or_insert(0);
        *n_before += 1;
        match *n_before {
            1 => slug,
            n => self.unique_id(&format!("{slug} {n}")),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum HeadingIds {
    Unique,
    None,
}

fn code_block<'a>(kind: &CodeBlockKind, parser: &mut Parser<'a>) -> Event<'a> {
    let code = text_until(parser, TagEnd::CodeBlock);
    let is_rust = matches!(kind, CodeBlockKind::Fenced(language) if matches!(language.split([',', ' ']).next(), Some("rust" | "rs")));
    let code = if is_rust { highlight::rust(&code) } else { escape(&code) };
    Event::Html(format!("<pre><code>{code}</code></pre>\n").into())
}

fn text_until(parser: &mut Parser, end: TagEnd) -> String {
    let texts = parser.take_while(|event| *event != Event::End(end)).map(|event| match event {
        Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => text.into_string(),
        _ => String::new(),
    });
    texts.collect()
}

fn plain_text(events: &[Event]) -> String {
    let text: String = events
        .iter()
        .map(|event| match event {
            Event::Text(text) | Event::Code(text) => text.as_ref(),
            Event::SoftBreak | Event::HardBreak => " ",
            _ => "",
        })
        .collect();
    text.trim().to_string()
}

/// Addresses that open a page or a picture, and run nothing.
pub fn is_safe_address(address: &str) -> bool {
    let address: String = address.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let scheme = match address.split_once(':') {
        // A colon after a slash, question mark or hash is no scheme's.
        Some((scheme, _)) if !scheme.contains(['/', '?', '#']) => scheme.to_ascii_lowercase(),
        _ => return true,
    };
    match scheme.as_str() {
        "http" | "https" | "mailto" | "ftp" => true,
        "data" => address.to_ascii_lowercase().starts_with("data:image/"),
        _ => false,
    }
}

/// An attached picture as a `data:` address: `{"name.png": {"image/png": "<base64>"}}`.
fn attachment(address: &str, attachments: Option<&Value>) -> Option<String> {
    let name = address.strip_prefix("attachment:")?;
    let (mime, data) = attachments?.get(name)?.as_object()?.iter().next()?;
    let is_image = mime
        .strip_prefix("image/")
        .is_some_and(|kind| kind.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)));
    let data: String = data.as_str()?.chars().filter(|c| c.is_ascii_alphanumeric() || "+/=".contains(*c)).collect();
    is_image.then(|| format!("data:{mime};base64,{data}"))
}
