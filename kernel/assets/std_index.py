"""Makes std_index.txt, what completion and inspection know of the standard library, from the installed documentation.

    python3 kernel/assets/std_index.py >kernel/assets/std_index.txt

It reads the HTML of rustup's rust-docs component. The names, signatures and first sentences in the data are those of the Rust
standard library, which is licensed MIT OR Apache-2.0 as this program is. The form of the lines is told in engine/analysis/index.rs.
"""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

# Pages whose members are listed, as type paths. Integers and floats of other widths are the same in other words.
MEMBERS_OF = """
    primitive.slice primitive.str primitive.array primitive.char primitive.bool primitive.f64 primitive.i64 primitive.u64 primitive.u8
    primitive.fn primitive.tuple primitive.reference primitive.unit
    vec::Vec string::String option::Option result::Result boxed::Box rc::Rc rc::Weak sync::Arc cell::Cell cell::RefCell cell::OnceCell
    sync::Mutex sync::MutexGuard sync::RwLock sync::OnceLock sync::LazyLock sync::Condvar sync::Barrier
    sync::mpsc::Sender sync::mpsc::Receiver sync::mpsc::SyncSender sync::atomic::AtomicBool sync::atomic::AtomicUsize
    sync::atomic::AtomicU64 sync::atomic::AtomicI64
    borrow::Cow collections::HashMap collections::BTreeMap collections::HashSet collections::BTreeSet collections::VecDeque
    collections::BinaryHeap collections::hash_map::Entry collections::hash_map::OccupiedEntry
    collections::hash_map::VacantEntry collections::btree_map::Entry
    path::Path path::PathBuf ffi::OsStr ffi::OsString fs::File fs::OpenOptions fs::Metadata fs::DirEntry
    io::Error io::ErrorKind io::BufReader io::BufWriter io::Cursor io::Stdin io::Stdout
    time::Duration time::Instant time::SystemTime thread::JoinHandle thread::Thread thread::Builder thread::Scope
    process::Command process::Child process::Output process::ExitStatus process::Stdio
    num::Wrapping num::NonZero num::ParseIntError num::ParseFloatError ops::Range ops::RangeInclusive ops::ControlFlow ops::Bound
    cmp::Ordering cmp::Reverse fmt::Formatter fmt::Error iter::Peekable str::Chars slice::Iter
    iter::Iterator iter::DoubleEndedIterator iter::ExactSizeIterator iter::IntoIterator iter::FromIterator iter::Extend iter::Sum
    clone::Clone cmp::PartialEq cmp::PartialOrd cmp::Ord string::ToString borrow::ToOwned borrow::Borrow convert::From
    convert::Into convert::TryFrom convert::TryInto convert::AsRef convert::AsMut default::Default str::FromStr hash::Hash hash::Hasher
    fmt::Display fmt::Debug fmt::Write io::Read io::Write io::BufRead io::Seek error::Error any::Any future::Future
    future::IntoFuture ops::Deref ops::Fn ops::Drop ops::Index ops::Add
""".split()

# Modules whose items are listed by name; what has no page above has no members.
MODULES = """
    any array borrow boxed cell char clone cmp collections collections::hash_map collections::btree_map convert default env error f64
    f64::consts f32 f32::consts ffi fmt fs future hash hint io iter marker mem net num ops option panic path pin process ptr rc result
    slice str string sync sync::atomic sync::mpsc task thread time vec
""".split()

# What every program sees.
PRELUDE = """
    option::Option result::Result boxed::Box string::String string::ToString vec::Vec iter::Iterator iter::DoubleEndedIterator
    iter::ExactSizeIterator iter::IntoIterator iter::FromIterator iter::Extend clone::Clone marker::Copy cmp::PartialEq cmp::Eq
    cmp::PartialOrd cmp::Ord borrow::ToOwned convert::From convert::Into convert::TryFrom convert::TryInto convert::AsRef convert::AsMut
    default::Default marker::Send marker::Sync marker::Sized ops::Drop ops::Fn ops::FnMut ops::FnOnce mem::drop mem::size_of
""".split()

DOC_CHARS_MAX = 170


class Section(HTMLParser):
    """Collects, in order, what a page says of its members: impl headers, signatures, stability, first paragraphs."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.members: list[dict] = []
        self.item_decl = ""
        self.item_doc = ""
        self.impl = ""
        self.where = None
        self.text: list[str] = []
        self.stack: list[tuple[str, bool]] = []
        self.current: dict | None = None
        self.in_decl = False
        self.in_doc = False
        self.ended = False

    def handle_starttag(self, tag: str, attributes: list) -> None:
        attribute = dict(attributes)
        classes = (attribute.get("class") or "").split()
        name = attribute.get("id") or ""
        if tag in ("h2", "h3") and "section-header" in classes and name.startswith(("deref-methods", "trait-implementations", "synthetic-", "blanket-", "foreign-impls", "implementors", "object-safety", "dyn-compatibility")):
            self.ended = True
        if tag == "section" and name and "impl" in classes:
            self.where, self.current = "impl", None
        elif tag == "section" and name.split(".")[0] in ("method", "tymethod", "associatedconstant", "associatedtype", "variant"):
            self.current = {"id": name, "impl": self.impl, "decl": "", "doc": "", "unstable": False}
            if not self.ended:
                self.members.append(self.current)
            self.where = "member"
        elif tag in ("h3", "h4") and "code-header" in classes:
            self.text, self.in_decl = [], True
        elif tag == "pre" and "item-decl" in classes:
            self.text, self.in_decl = [], True
        elif "unstable" in classes and "stab" in classes and self.current and not self.current["doc"]:
            self.current["unstable"] = True
        elif "deprecated" in classes and "stab" in classes and self.current and not self.current["doc"]:
            self.current["unstable"] = True
        elif tag == "p" and not self.in_doc:
            self.text, self.in_doc = [], True
        elif tag == "br" and self.in_decl:
            self.text.append(" ")
        elif self.in_doc and tag == "code":
            self.text.append("`")

    def handle_endtag(self, tag: str) -> None:
        if self.in_decl and tag in ("h3", "h4", "pre"):
            text = clean("".join(self.text))
            self.in_decl = False
            if tag == "pre":
                self.item_decl = self.item_decl or text
            elif self.where == "impl":
                self.impl = text
            elif self.current:
                self.current["decl"] = self.current["decl"] or text
        elif self.in_doc and tag == "code":
            self.text.append("`")
        elif self.in_doc and tag == "p":
            self.in_doc = False
            text = first_sentences(clean("".join(self.text)))
            if self.current is None:
                self.item_doc = self.item_doc or text
            else:
                self.current["doc"] = self.current["doc"] or text

    def handle_data(self, data: str) -> None:
        if self.in_decl or self.in_doc:
            self.text.append(data)


def clean(text: str) -> str:
    text = re.sub(r"\s+", " ", text.replace("\u200b", "").replace("ⓘ", "")).strip()
    text = re.sub(r"(?<=[)>\w\]])where ", " where ", re.sub(r"\( (.*?),? \)", r"(\1)", text))
    return re.sub(r"^pub ", "", text).rstrip(",")


def first_sentences(text: str) -> str:
    if len(text) <= DOC_CHARS_MAX:
        return text
    cut = text.find(". ", 40)
    return text[: cut + 1] if 0 < cut <= DOC_CHARS_MAX else text[:DOC_CHARS_MAX].rsplit(" ", 1)[0] + " …"


def line(*fields: str) -> str:
    return "\t".join(field.replace("\\", "\\\\").replace("\t", " ").replace("\n", "\\n") for field in fields).rstrip("\t")


class Index(HTMLParser):
    """The items of a module's page: kind, name, summary, stability."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.items: list[list] = []
        self.state = ""
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attributes: list) -> None:
        attribute = dict(attributes)
        classes = (attribute.get("class") or "").split()
        if tag == "dt":
            self.state = "dt"
        elif self.state == "dt" and tag == "a" and classes and "title" in attribute:
            self.items.append([classes[0], "", "", False])
            self.state, self.text = "name", []
        elif tag == "span" and {"unstable", "deprecated"} & set(classes) and self.items:
            self.items[-1][3] = True
        elif tag == "dd" and self.items:
            self.state, self.text = "dd", []
        elif self.state == "dd" and tag == "code":
            self.text.append("`")

    def handle_endtag(self, tag: str) -> None:
        if self.state == "name" and tag == "a":
            self.items[-1][1] = "".join(self.text)
            self.state = ""
        elif self.state == "dd" and tag == "code":
            self.text.append("`")
        elif self.state == "dd" and tag == "dd":
            self.items[-1][2] = first_sentences(clean("".join(self.text)))
            self.state = ""

    def handle_data(self, data: str) -> None:
        if self.state in ("name", "dd"):
            self.text.append(data)


KINDS = {"mod": "mod", "struct": "struct", "enum": "enum", "trait": "trait", "fn": "fn", "macro": "macro", "constant": "const", "type": "type", "primitive": "primitive", "keyword": "keyword", "static": "static", "union": "union"}
MEMBER_KINDS = {"method": "method", "tymethod": "method", "associatedconstant": "const", "associatedtype": "type", "variant": "variant"}


def main() -> None:
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], check=True, capture_output=True, text=True).stdout.strip()
    html = Path(sysroot) / "share/doc/rust/html/std"
    pages = {page: find_page(html, page) for page in MEMBERS_OF}
    lines = ["# From the documentation of the Rust standard library, MIT OR Apache-2.0; made by std_index.py."]
    seen: set[str] = set()

    def add(kind: str, path: str, declaration: str, doc: str, page: Path | None) -> None:
        if path in seen:
            return
        seen.add(path)
        if page is None:
            lines.append(line(kind, path, declaration, doc))
            return
        section = Section()
        section.feed(page.read_text())
        lines.append(line(kind, path, declaration_of(section.item_decl), doc or section.item_doc))
        lines.extend(members(section, path))

    for page, file in pages.items():
        if page.startswith("primitive."):
            add("primitive", page.removeprefix("primitive."), "", "", file)
    for name, folder in [("", html)] + [(module, html / module.replace("::", "/")) for module in MODULES]:
        index = Index()
        index.feed((folder / "index.html").read_text())
        if name:
            add("mod", f"std::{name}", "", "", None)
        for kind, item, summary, unstable in index.items:
            kind = KINDS.get(kind)
            if unstable or kind is None or (not name and kind in ("primitive",)):
                continue
            path = "::".join(part for part in ("std", name, item) if part)
            item = item.rstrip("!")
            page = pages.get(path.removeprefix("std::"))
            if kind in ("keyword", "primitive"):
                path = item
            elif kind == "macro":
                path = f"std::{item}"
            elif kind == "fn":
                add(kind, path, function(folder / f"fn.{item}.html"), summary, None)
                continue
            add(kind, path, "", summary, page)
    lines.append(line("mod", "std::prelude", "", ""))
    lines.extend(line("", "use", path.rsplit("::", 1)[1], f"std::{path}") for path in PRELUDE)
    lines.extend(line("", "use", name, path) for name, path in [("Some", "std::option::Option::Some"), ("None", "std::option::Option::None"), ("Ok", "std::result::Result::Ok"), ("Err", "std::result::Result::Err")])
    sys.stdout.write("\n".join(lines) + "\n")


def find_page(html: Path, page: str) -> Path:
    if page.startswith("primitive."):
        return html / f"{page}.html"
    *folder, name = page.split("::")
    for kind in ("struct", "enum", "trait"):
        path = html.joinpath(*folder, f"{kind}.{name}.html")
        if path.exists():
            return path
    raise SystemExit(f"no page of {page}")


def function(page: Path) -> str:
    section = Section()
    section.feed(page.read_text())
    return declaration_of(section.item_decl)


def declaration_of(text: str) -> str:
    text = re.sub(r"^(pub )+", "", re.sub(r"#\[.*?\]\s*", "", re.sub(r"\s*\{.*$", "", text)))
    return text if len(text) < 200 else text[:200]


def members(section: Section, path: str) -> list[str]:
    lines, seen = [], set()
    for member in section.members:
        kind, name = member["id"].split(".", 1)
        # A number at the end tells two members of one name apart, such as the `cloned` of `Option<&T>` and of `Option<&mut T>`.
        name = re.sub(r"-\d+$", "", name)
        declaration = re.sub(r"^const fn", "fn", member["decl"]).replace("unsafe fn", "unsafe fn")
        if member["unstable"] or "unchecked" in name or (kind != "variant" and name in seen and kind != "associatedconstant"):
            continue
        seen.add(name)
        kind = MEMBER_KINDS[kind]
        if kind == "method" and not re.search(r"\((?:&(?:'\w+ )?)?(?:mut )?self\b", declaration):
            kind = "fn"
        lines.append(line("", kind, name, declaration, member["doc"], particular(member["impl"])))
    return lines


def particular(header: str) -> str:
    """The type of an `impl` for some types only, such as `Option<&T>`; nothing where it is for all."""
    target = re.sub(r"^impl(<.*?>)? ", "", re.sub(r" where .*$", "", header))
    arguments = re.search(r"<(.*)>$", target)
    if not arguments or re.fullmatch(r"(?:'\w+|[A-Z]\w?|, |const )+", arguments.group(1)):
        return "[[T; N]]" if target == "[[T; N]]" else ""
    return target


if __name__ == "__main__":
    main()
