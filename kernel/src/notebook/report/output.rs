//! A cell's outputs, each in the richest form that a page can show.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jupyter_protocol::media::{Media, MediaType};
use nbformat::v4::{ErrorOutput, Output};

use super::{ansi, escape, markdown};

pub fn render(output: &Output) -> String {
    match output {
        Output::Stream { name, text } => {
            let class = if name == "stderr" { "output stderr" } else { "output" };
            row("", class, &format!("<pre>{}</pre>", linked(&ansi::to_html(&text.0))))
        }
        Output::DisplayData(display) => row("", "output", &media(&display.data)),
        Output::ExecuteResult(result) => {
            let prompt = format!("Out [{}]:", result.execution_count);
            row(&prompt, "output", &media(&result.data))
        }
        Output::Error(error) => {
            row("", "output error", &format!("<pre>{}</pre>", linked(&ansi::to_html(&error_text(error)))))
        }
    }
}

/// HTML in which each place that the kernel names, such as `In[3]:2:5`, leads to its cell.
fn linked(html: &str) -> String {
    let mut linked = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find("In[") {
        let (before, from) = rest.split_at(start);
        linked.push_str(before);
        let count = from.get(3..).and_then(|from| from.split_once(']')).map_or("", |(count, _)| count);
        if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
            linked.push_str("In[");
            rest = from.get(3..).unwrap_or_default();
            continue;
        }
        let head = 3 + count.len() + 1;
        let is_of_place = |c: char| c == ':' || c.is_ascii_digit();
        let length = from.get(head..).map_or(0, |tail| tail.find(|c| !is_of_place(c)).unwrap_or(tail.len()));
        let (place, after) = from.split_at(head + length);
        linked.push_str(&format!("<a href=\"#In-{count}\">{place}</a>"));
        rest = after;
    }
    linked.push_str(rest);
    linked
}

fn row(prompt: &str, class: &str, content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    format!("<div class=\"row\"><div class=\"prompt out\">{prompt}</div><div class=\"{class}\">{content}</div></div>\n")
}

fn error_text(error: &ErrorOutput) -> String {
    match error.traceback.as_slice() {
        [] => format!("{}: {}", error.ename, error.evalue),
        lines => lines.join("\n"),
    }
}

fn media(media: &Media) -> String {
    let richest = media.content.iter().min_by_key(|content| rank(content));
    match richest {
        Some(MediaType::Html(html)) => html.clone(),
        Some(MediaType::Svg(svg)) => picture(svg),
        Some(MediaType::Png(data)) => image("image/png", data),
        Some(MediaType::Jpeg(data)) => image("image/jpeg", data),
        Some(MediaType::Gif(data)) => image("image/gif", data),
        Some(MediaType::Markdown(text)) => format!("<div class=\"markdown-output\">{}</div>", markdown::fragment(text)),
        Some(MediaType::Latex(text)) => format!("<div class=\"math math-display\">{}</div>", escape(text)),
        Some(MediaType::Json(value)) => format!("<pre>{}</pre>", escape(&format!("{value:#}"))),
        Some(MediaType::Plain(text)) if text.is_empty() => String::new(),
        Some(MediaType::Plain(text)) => format!("<pre>{}</pre>", ansi::to_html(text)),
        _ => String::new(),
    }
}

/// The lower the richer. Types that need a program of their own to be seen come last.
fn rank(content: &MediaType) -> usize {
    match content {
        MediaType::Html(_) => 0,
        MediaType::Svg(_) => 1,
        MediaType::Png(_) => 2,
        MediaType::Jpeg(_) => 3,
        MediaType::Gif(_) => 4,
        MediaType::Markdown(_) => 5,
        MediaType::Latex(_) => 6,
        MediaType::Json(_) => 7,
        MediaType::Plain(_) => 8,
        _ => 9,
    }
}

/// An SVG picture in the page itself, so that its text can be selected and found; as an image where it has scripts or
/// styles, which would run or leak, or names, which could clash with those of another picture.
fn picture(svg: &str) -> String {
    let start = svg.find("<svg").unwrap_or(0);
    let root = &svg[start..];
    let lower = root.to_ascii_lowercase();
    let active = ["<script", "<style", "<foreignobject", "<!", "<?", " id=", "\nid=", "href", "url(", "javascript:"];
    let has_handler = lower.split_whitespace().any(|word| word.starts_with("on") && word.contains('='));
    let is_whole =
        root.starts_with("<svg") && root.trim_end().ends_with("</svg>") && root.matches("</svg>").count() == 1;
    if is_whole && !has_handler && !active.iter().any(|word| lower.contains(word)) {
        return root.trim_end().to_string();
    }
    image("image/svg+xml", &STANDARD.encode(root))
}

fn image(mime: &str, base64: &str) -> String {
    let data: String = base64.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')).collect();
    format!("<img alt=\"\" src=\"data:{mime};base64,{data}\">")
}
