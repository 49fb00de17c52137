//! Tests of report: a notebook as one HTML page.

use nbformat::v4::Notebook;
use serde_json::{Value, json};
use tunebook::notebook::report::render;

fn notebook(cells: Value) -> Notebook {
    let source = json!({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells});
    match nbformat::parse_notebook(&source.to_string()).unwrap() {
        nbformat::Notebook::V4(notebook) => notebook,
        _ => panic!("it is a notebook of version 4"),
    }
}

fn page(cells: Value) -> String {
    render(&notebook(cells), "A title & more")
}

fn markdown(id: &str, source: &str) -> Value {
    json!({"cell_type": "markdown", "id": id, "metadata": {}, "source": source})
}

fn code(source: &str, outputs: Value) -> Value {
    json!({"cell_type": "code", "id": "code", "metadata": {}, "execution_count": 7, "source": source, "outputs": outputs})
}

fn display(data: Value) -> Value {
    json!([{"output_type": "display_data", "metadata": {}, "data": data}])
}

#[track_caller]
fn check_markdown(source: &str, expected: &str) {
    let page = page(json!([markdown("a", source)]));
    let section = page.split("<section class=\"markdown\">\n").nth(1).unwrap().split("</section>").next().unwrap();
    assert_eq!(section.trim_end(), expected);
}

#[track_caller]
fn check_code(source: &str, expected: &str) {
    let page = page(json!([code(source, json!([]))]));
    assert_eq!(page.split("<code>").nth(1).unwrap().split("</code>").next().unwrap(), expected);
}

#[track_caller]
fn check_output(outputs: Value, expected: &str) {
    let page = page(json!([code("", outputs)]));
    let section = page.split("<section class=\"code\">\n").nth(1).unwrap().split("</section>").next().unwrap();
    assert_eq!(section.trim_end(), expected);
}

#[test]
fn a_page_is_whole_and_needs_nothing_else() {
    let page = page(json!([markdown("a", "# Tour"), code("1 + 1", json!([]))]));
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"), "{page}");
    assert!(page.contains("<title>A title &amp; more</title>"), "{page}");
    assert!(page.contains(concat!("<footer>Made by Tunebook ", env!("CARGO_PKG_VERSION"), "</footer>")), "{page}");
    for address in ["src=\"", "<link", "@import", "url(", "http://", "https://"] {
        assert!(!page.contains(address), "{address} points out of the page");
    }
    for variable in
        ["--jp-layout-color0", "--jp-rendermime-table-row-background", "--jp-border-color1", "--jp-brand-color1"]
    {
        assert!(page.contains(&format!("  {variable}: light-dark(")), "{variable} has no value for light and dark");
    }
    assert!(page.contains("id=\"theme\"") && page.contains("@media print"), "{page}");
}

#[test]
fn equal_notebooks_give_equal_pages() {
    let cells = || {
        json!([markdown("a", "# A\n## A\n"), code("1", display(json!({"text/plain": "1", "text/html": "<b>1</b>"})))])
    };
    assert_eq!(page(cells()), page(cells()));
}

#[test]
fn a_notebook_without_a_heading_gets_its_title() {
    assert!(page(json!([markdown("a", "text")])).contains("<h1 class=\"title\">A title &amp; more</h1>"));
    assert!(!page(json!([markdown("a", "# Own")])).contains("<h1 class=\"title\">"));
    assert!(page(json!([])).contains("<h1 class=\"title\">"));
}

#[test]
fn headings_have_anchors_and_three_make_a_table_of_contents() {
    let two = page(json!([markdown("a", "# Tour\n\n## Load")]));
    assert!(two.contains("<h2 id=\"load\">Load<a class=\"anchor\" href=\"#load\""), "{two}");
    assert!(!two.contains("class=\"contents\""), "{two}");
    let three = page(json!([
        markdown("a", "# Tour"),
        markdown("b", "## Load `x` & <b>see</b>"),
        markdown("c", "## Load x see\n#### Deep")
    ]));
    let contents = three.split("<summary>Contents</summary>\n").nth(1).unwrap().split("</details>").next().unwrap();
    assert_eq!(
        contents,
        "<ul>\n<li class=\"level-2\"><a href=\"#load-x-see\">Load x &amp; see</a></li>\n\
         <li class=\"level-2\"><a href=\"#load-x-see-2\">Load x see</a></li>\n</ul>\n"
    );
    let (title, contents) = (three.find("<h1 id=\"tour\"").unwrap(), three.find("class=\"contents\"").unwrap());
    assert!(title < contents && contents < three.find("<h2").unwrap(), "{three}");
}

#[test]
fn markdown_is_rendered() {
    check_markdown("a **b** ~~c~~ `d<`", "<p>a <strong>b</strong> <del>c</del> <code>d&lt;</code></p>");
    check_markdown(
        "| a | b |\n|---|--:|\n| x | 1 |",
        "<table><thead><tr><th>a</th><th style=\"text-align: right\">b</th></tr></thead><tbody>\n\
         <tr><td>x</td><td style=\"text-align: right\">1</td></tr>\n</tbody></table>",
    );
    check_markdown(
        "a[^n]\n\n[^n]: b",
        "<p>a<sup class=\"footnote-reference\"><a href=\"#footnote-1-n\">1</a></sup></p>\n\
         <div class=\"footnote-definition\" id=\"footnote-1-n\"><sup class=\"footnote-definition-label\">1</sup>\n<p>b</p>\n</div>",
    );
    check_markdown("so $x_1 < y_2$ is", "<p>so <span class=\"math\">$x_1 &lt; y_2$</span> is</p>");
    check_markdown(
        "```rust\nlet x = 1;\n```",
        "<pre><code><span class=\"kw\">let</span> x = <span class=\"num\">1</span>;\n</code></pre>",
    );
    check_markdown("```text\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>");
}

#[test]
fn markdown_cannot_run_or_break_the_page() {
    check_markdown("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;");
    check_markdown("a <img src=x onerror=alert(1)> b", "<p>a <img src=\"x\"> b</p>");
    check_markdown("a <b onclick=\"x\">b</b> <sub>c", "<p>a <b>b</b> <sub>c</p>\n</sub>");
    check_markdown("a <iframe src=\"x\"></iframe>", "<p>a &lt;iframe src=&quot;x&quot;&gt;&lt;/iframe&gt;</p>");
    check_markdown("<div>\n\ntext\n\n</div></div></main>", "<div>\n<p>text</p>\n</div>&lt;/main&gt;");
    check_markdown(
        "[a](javascript:alert) [b](https://example.org)",
        "<p><a href=\"#\">a</a> <a href=\"https://example.org\">b</a></p>",
    );
    check_markdown("<a href=\"java\nscript:alert(1)\">a</a>", "<p><a>a</a></p>");
    check_markdown("<!-- a --> b", " b");
    check_markdown("1 < 2 & 3", "<p>1 &lt; 2 &amp; 3</p>");
}

#[test]
fn attached_pictures_are_put_into_the_page() {
    let mut cell = markdown("a", "![a dot](attachment:dot.png) ![none](attachment:no.png)");
    cell["attachments"] = json!({"dot.png": {"image/png": "iVBO\nRw0="}});
    let page = page(json!([cell]));
    assert!(page.contains("<img src=\"data:image/png;base64,iVBORw0=\" alt=\"a dot\" />"), "{page}");
    assert!(page.contains("<img src=\"#\" alt=\"none\" />"), "{page}");
}

#[test]
fn rust_is_in_colour() {
    check_code(
        "let x: f64 = area(2.0)?; // <m²>",
        "<span class=\"kw\">let</span> x: <span class=\"typ\">f64</span> = <span class=\"fun\">area</span>(<span class=\"num\">2.0</span>)?; \
         <span class=\"com\">// &lt;m²&gt;</span>",
    );
    check_code(
        "use std::fmt;\nprintln!(\"{}\", x.len());",
        "<span class=\"kw\">use</span> std::fmt;\n<span class=\"mac\">println</span><span class=\"mac\">!</span>(<span class=\"str\">&quot;{}&quot;</span>, x.len());",
    );
    check_code(
        "fn f<'a>(t: &'a Thing) {}",
        "<span class=\"kw\">fn</span> <span class=\"fun\">f</span>&lt;<span class=\"lif\">&#39;a</span>&gt;(t: &amp;<span class=\"lif\">&#39;a</span> <span class=\"typ\">Thing</span>) {}",
    );
}

#[test]
fn code_that_does_not_parse_is_still_all_there() {
    for source in
        ["let x = \"open", "/* open", "}}} fn {", "let 日本 = '", "r#\"", ":dep polars", "</code></pre><script>"]
    {
        let page = page(json!([code(source, json!([]))]));
        let shown = page.split("<code>").nth(1).unwrap().split("</code>").next().unwrap();
        let text: String = shown.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
        let text = text
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&");
        assert_eq!(text, source);
    }
}

#[test]
fn prompts_carry_the_execution_count() {
    let result =
        json!([{"output_type": "execute_result", "execution_count": 7, "metadata": {}, "data": {"text/plain": "2"}}]);
    let page = page(json!([code("1 + 1", result)]));
    assert!(page.contains("<div class=\"prompt in\">In [7]:</div>"), "{page}");
    assert!(
        page.contains("<div class=\"prompt out\">Out [7]:</div><div class=\"output\"><pre>2</pre></div>"),
        "{page}"
    );
    let not_run =
        json!({"cell_type": "code", "id": "c", "metadata": {}, "execution_count": null, "source": "1", "outputs": []});
    assert!(render(&notebook(json!([not_run])), "t").contains("In [ ]:"));
}

#[test]
fn streams_show_their_colours_and_nothing_else() {
    let stream = |name: &str, text: &str| json!([{"output_type": "stream", "name": name, "text": text}]);
    check_output(
        stream(
            "stdout",
            "a </script><b>\u{1b}[1;31mred\u{1b}[0m \u{1b}[38;5;208mo\u{1b}[39m \u{1b}[48;2;1;2;3mx\u{1b}[m\u{1b}[2K\u{1b}]0;title\u{7}\u{8}.",
        ),
        "<div class=\"row\"><div class=\"prompt out\"></div><div class=\"output\"><pre>a &lt;/script&gt;&lt;b&gt;\
         <span class=\"ansi-bold ansi-red-fg\">red</span> <span style=\"color:rgb(255,135,0);\">o</span> \
         <span style=\"background:rgb(1,2,3);\">x</span>.</pre></div></div>",
    );
    check_output(
        stream("stderr", "\u{1b}[7;34minverse\u{1b}[27m\u{1b}[ é \u{1b}"),
        "<div class=\"row\"><div class=\"prompt out\"></div><div class=\"output stderr\"><pre><span class=\"ansi-blue-bg\">inverse</span>\
         <span class=\"ansi-blue-fg\">é </span></pre></div></div>",
    );
}

#[test]
fn the_richest_form_that_a_page_can_show_is_chosen() {
    let row = |content: &str| {
        format!("<div class=\"row\"><div class=\"prompt out\"></div><div class=\"output\">{content}</div></div>")
    };
    let all = json!({
        "text/plain": "p", "application/json": [1], "text/latex": "$l$", "text/markdown": "*m*", "image/png": "AA==",
        "image/svg+xml": "<svg></svg>", "text/html": "<i>h</i>", "application/vnd.tunebook.v9+json": {},
    });
    let without = |types: &[&str]| {
        let mut data = all.clone();
        types.iter().for_each(|mime| drop(data.as_object_mut().unwrap().remove(*mime)));
        display(data)
    };
    let mut gone = vec![];
    for (mime, expected) in [
        ("text/html", "<i>h</i>"),
        ("image/svg+xml", "<svg></svg>"),
        ("image/png", "<img alt=\"\" src=\"data:image/png;base64,AA==\">"),
        ("text/markdown", "<div class=\"markdown-output\"><p><em>m</em></p>\n</div>"),
        ("text/latex", "<div class=\"math math-display\">$l$</div>"),
        ("application/json", "<pre>[\n  1\n]</pre>"),
        ("text/plain", "<pre>p</pre>"),
    ] {
        check_output(without(&gone), &row(expected));
        gone.push(mime);
    }
    assert!(!page(json!([code("", without(&gone))])).contains("class=\"row\""));
}

#[test]
fn a_picture_that_could_act_is_shown_as_an_image() {
    for svg in [
        "<svg><script>alert(1)</script></svg>",
        "<svg onload=\"alert(1)\"></svg>",
        "<svg><a id=\"x\"></a></svg>",
        "<svg></svg></div><script>alert(1)</script><svg></svg>",
        "<svg><text></svg",
    ] {
        let page = page(json!([code("", display(json!({"image/svg+xml": svg, "text/plain": ""})))]));
        assert!(
            page.contains("<img alt=\"\" src=\"data:image/svg+xml;base64,") && !page.contains("alert(1)"),
            "{svg}\n{page}"
        );
    }
    let prolog = "<?xml version=\"1.0\"?>\n<svg width=\"1\"></svg>\n";
    let page = page(json!([code("", display(json!({"image/svg+xml": prolog, "text/plain": ""})))]));
    assert!(page.contains("<div class=\"output\"><svg width=\"1\"></svg></div>"), "{page}");
}

#[test]
fn an_error_leads_to_the_cell_it_is_in() {
    let traceback = "\u{1b}[94m --> \u{1b}[0mIn[12]:3:5, called from In[2]; In[x] is a name and In[] nothing";
    let error = json!([{"output_type": "error", "ename": "Panic", "evalue": "no", "traceback": [traceback]}]);
    let html = page(json!([code("f()", error)]));
    for part in [
        "<a href=\"#In-12\">In[12]:3:5</a>, called from <a href=\"#In-2\">In[2]</a>; In[x] is a name and In[] nothing",
        "class=\"row input\" id=\"In-7\"",
    ] {
        assert!(html.contains(part), "{html}");
    }
}

#[test]
fn errors_show_their_traceback() {
    let error = |traceback: Value| json!([{"output_type": "error", "ename": "CompileError", "evalue": "<wrong>", "traceback": traceback}]);
    let row = |content: &str| {
        format!(
            "<div class=\"row\"><div class=\"prompt out\"></div><div class=\"output error\"><pre>{content}</pre></div></div>"
        )
    };
    check_output(
        error(json!(["\u{1b}[31merror\u{1b}[0m: <wrong>", " --> In[7]"])),
        &row("<span class=\"ansi-red-fg\">error</span>: &lt;wrong&gt;\n --&gt; <a href=\"#In-7\">In[7]</a>"),
    );
    check_output(error(json!([])), &row("CompileError: &lt;wrong&gt;"));
}

#[test]
fn an_empty_cell_leaves_no_trace_and_a_raw_cell_is_text() {
    let raw = json!({"cell_type": "raw", "id": "r", "metadata": {}, "source": "<script>"});
    let page = page(json!([code("  \n", json!([])), raw]));
    assert!(!page.contains("<section class=\"code\">"), "{page}");
    assert!(page.contains("<section class=\"raw\"><pre>&lt;script&gt;</pre></section>"), "{page}");
}
