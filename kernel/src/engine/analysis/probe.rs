//! Questions to the compiler: what type has an expression in the middle of a cell that is still being written?
//!
//! The cell is compiled up to the cursor, with the expression handed to a function whose result has the wrong type. The compiler's
//! complaint names that type, and with it that of the expression, what it dereferences to, and which traits it has; nothing is run. The answer is as good
//! inside closures, loops and function bodies, and does not depend on the rest of the cell being right.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::scope::TraitInScope;
use super::{Snapshot, TypeQuestion, repair, typename};
use crate::engine::native::compile::{Compiled, Compiler, Mode};
use crate::engine::native::control::Control;
use crate::engine::native::definitions::{CellText, CompiledItems};
use crate::engine::native::diagnostics;
use crate::engine::native::generate::{self, Input};
use crate::engine::native::source;
use crate::engine::native::types::VariableType;

/// How often a type is dereferenced. `&Arc<Vec<T>>` takes three steps to the slice.
const STEPS: usize = 4;

/// The types that the compiler names, from which to tell where it has put the answer.
const DEFINITIONS: &str = "\
struct __TbProbe; struct __TbAnswer<A, B>(A, B); struct __TbNo; struct __TbYes;
struct __TbType<T: ?Sized>(::std::marker::PhantomData<T>);
fn __tb_type<T: ?Sized>(_: &T) -> __TbType<T> { loop {} }
trait __TbTarget { type To: ?Sized; fn __tb_target(&self) -> __TbType<Self::To> { loop {} } }
impl<T: ?Sized + ::std::ops::Deref> __TbTarget for __TbType<T> { type To = T::Target; }
trait __TbNoTarget { fn __tb_target(&self) -> __TbNo { loop {} } }
impl<T> __TbNoTarget for &T {}
";

/// What the compiler says of an expression.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Its type, and what that dereferences to, step by step.
    pub types: Vec<String>,
    /// The traits that each of the types has, by their numbers in the question.
    pub traits: Vec<Vec<usize>>,
}

/// The compilers of the analysis, which have nothing to do with those of the engine.
pub struct Probe {
    compiler: Compiler,
    folder: PathBuf,
    control: Control,
    /// Types that had to be asked for, by the variable's name and cell.
    settled: BTreeMap<(String, u32), VariableType>,
}

impl Probe {
    /// With its files in a folder of its own within the one that is given. `None` while there is no preload.
    pub fn new(snapshot: &Snapshot, folder: &Path) -> Option<Probe> {
        static N_MADE: AtomicU32 = AtomicU32::new(0);
        let (preload, dependencies) = snapshot.tools.clone()?;
        let folder = folder.join(format!("analysis-{}", N_MADE.fetch_add(1, Ordering::Relaxed)));
        std::fs::create_dir_all(&folder).ok()?;
        let compiler = Compiler::new(preload, &folder).with_dependencies(dependencies);
        Some(Probe { compiler, folder, control: Control::default(), settled: BTreeMap::new() })
    }

    /// Starts a compiler ahead of the next question.
    pub fn arm(&mut self) {
        self.compiler.arm(Mode::Probe);
    }

    /// The type of the expression in this range of a cell.
    pub fn expression(
        &mut self,
        snapshot: &Snapshot,
        code: &str,
        receiver: std::ops::Range<usize>,
        traits: &[TraitInScope],
    ) -> Option<Answer> {
        let head = code.get(..receiver.start)?;
        let expression = code.get(receiver.clone())?;
        let inserted = format!("({{ let __tb_of = __tb_type(&({expression})); {} loop {{}} }})", steps(traits.len()));
        let text = repair::closed(head, &inserted);
        let rest = items_behind(code, receiver.end);
        self.ask(snapshot, &format!("{text}\n{rest}"), traits)
            // The cell may be beyond the parser elsewhere.
            .or_else(|| self.ask(snapshot, &repair::without_errors(&text, "__tb_of"), traits))
    }

    /// What is to be known of a type that code names like this.
    pub fn named_type(&mut self, snapshot: &Snapshot, code: &str, ty: &str, traits: &[TraitInScope]) -> Option<Answer> {
        let text = format!(
            "{};\nlet __tb_of = __TbType::<{ty}>(::std::marker::PhantomData); {}\n;",
            items_behind(code, 0),
            steps(traits.len())
        );
        self.ask(snapshot, &text, traits)
    }

    /// The variables of which the compiler has to be asked for their types.
    pub fn settle(&mut self, snapshot: &Snapshot, mentions: &BTreeSet<String>) {
        for (name, variable) in snapshot.variables.iter().filter(|(name, _)| mentions.contains(*name)) {
            let Some(question) = variable.ask.clone() else { continue };
            let key = (name.clone(), question.cell.execution_count);
            if self.settled.contains_key(&key) {
                continue;
            }
            let TypeQuestion { cell, parsed, definitions, variables } = &*question;
            let compiled = CompiledItems::default();
            let input = Input::to_ask_about(cell, parsed, definitions, variables, &compiled);
            let generated = generate::probe_crate(&input, std::slice::from_ref(name));
            let compiled = self.compiler.compile(&generated.text, Mode::Probe, &self.control);
            let Ok(Compiled::Failed { diagnostics }) = compiled else { continue };
            if let Some(found) = diagnostics::probed_types(&generated, &diagnostics).get(name) {
                self.settled.insert(key, crate::engine::native::types::from_probe(found));
            }
        }
    }

    /// The type of a session's variable, if it has a name.
    pub fn variable_type(&self, snapshot: &Snapshot, name: &str) -> Option<VariableType> {
        let variable = snapshot.variables.get(name)?;
        let asked = || self.settled.get(&(name.to_owned(), variable.cell)).cloned();
        variable.ty.clone().or_else(asked)
    }

    fn ask(&mut self, snapshot: &Snapshot, text: &str, traits: &[TraitInScope]) -> Option<Answer> {
        let mut parsed = source::parse(text);
        // A person's own traits are defined in the crate only where they are mentioned.
        parsed.mentions.extend(traits.iter().map(|own| own.item.name().to_owned()));
        self.settle(snapshot, &parsed.mentions);
        let cell = Arc::new(CellText { execution_count: 0, code: text.to_owned(), loop_checks: Vec::new() });
        let (definitions, _) = snapshot.definitions.with_cell(&cell, &parsed);
        let names = snapshot.variables.keys().filter(|name| parsed.mentions.contains(*name));
        let variables: BTreeMap<String, VariableType> =
            names.filter_map(|name| Some((name.clone(), self.variable_type(snapshot, name)?))).collect();
        let compiled = CompiledItems::default();
        let input = Input::to_ask_about(&cell, &parsed, &definitions, &variables, &compiled);
        let mut text = generate::cell_crate(&input).text;
        text.push_str(DEFINITIONS);
        for (number, own) in traits.iter().enumerate() {
            text.push_str(&trait_question(number, own));
        }
        let compiled = self.compiler.compile(&text, Mode::Probe, &self.control).ok()?;
        let Compiled::Failed { diagnostics } = compiled else { return None };
        let messages = diagnostics.iter().flat_map(|diagnostic| {
            // The notes have the paths in full.
            let notes = diagnostic.children.iter().map(|child| child.message.as_str());
            notes.chain(diagnostic.spans.iter().filter_map(|span| span.label.as_deref()))
        });
        messages.filter_map(read_answer).next()
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The statements that put the question, behind one that binds `__tb_of`.
fn steps(n_traits: usize) -> String {
    let mut text = String::from("let __tb_0 = __tb_of; ");
    for step in 1..=STEPS {
        text.push_str(&format!("let __tb_{step} = (&__tb_{}).__tb_target(); ", step - 1));
    }
    let types: String = (0..=STEPS).map(|step| format!("__tb_{step}, ")).collect();
    let of_step = |step: usize| -> String {
        let all: String = (0..n_traits).map(|number| format!("(&__tb_{step}).__tb_has_{number}(), ")).collect();
        format!("({all}), ")
    };
    // Before the types, which it would move.
    let has: String = (0..=STEPS).map(of_step).collect();
    text.push_str(&format!("let __tb_has = ({has}); let _: __TbProbe = __TbAnswer(({types}), __tb_has);"));
    text
}

/// Two traits with a method of one name. The compiler takes that of the first if the type has the trait in question, since it needs no reference
/// to the reference.
fn trait_question(number: usize, own: &TraitInScope) -> String {
    let mut params = Vec::new();
    let mut args = Vec::new();
    let (head, generics) = own.item.declaration.split_once('<').unwrap_or((&own.item.declaration, ""));
    let generics = if head.contains(':') { "" } else { generics };
    for (at, param) in typename::split(typename::inside(&format!("<{generics}"))).into_iter().enumerate() {
        if param.starts_with('\'') {
            params.insert(0, format!("'p{at}"));
            args.insert(0, format!("'p{at}"));
        } else if let Some(rest) = param.strip_prefix("const ") {
            params.push(format!("const P{at}: {}", rest.split_once(": ").map_or("usize", |(_, ty)| ty)));
            args.push(format!("P{at}"));
        } else {
            params.push(format!("P{at}{}", if param.contains("?Sized") { ": ?Sized" } else { "" }));
            args.push(format!("P{at}"));
        }
    }
    let list = |items: &[String]| if items.is_empty() { String::new() } else { format!("<{}>", items.join(", ")) };
    let (params_of_trait, args) = (list(&params), list(&args));
    // Lifetimes come first, and then the type in question.
    let n_lifetimes = params.iter().filter(|param| param.starts_with('\'')).count();
    params.insert(n_lifetimes, format!("T: ?Sized + {}{args}", own.path));
    format!(
        "trait __TbHas{number}{params_of_trait} {{ fn __tb_has_{number}(&self) -> __TbYes {{ loop {{}} }} }}\n\
         impl{} __TbHas{number}{args} for __TbType<T> {{}}\n\
         trait __TbHasNot{number} {{ fn __tb_has_{number}(&self) -> __TbNo {{ loop {{}} }} }}\n\
         impl<T> __TbHasNot{number} for &T {{}}\n",
        list(&params)
    )
}

fn read_answer(message: &str) -> Option<Answer> {
    let start = message.find("__TbAnswer<")?;
    let parts = typename::arguments(message.get(start..)?);
    let [types, traits] = parts.as_slice() else { return None };
    let mut answer = Answer::default();
    for (ty, has) in typename::arguments(types).into_iter().zip(typename::arguments(traits)) {
        if !ty.contains("__TbType<") {
            break;
        }
        answer.types.push(typename::inside(ty).to_owned());
        let has = typename::arguments(has).into_iter().enumerate();
        answer.traits.push(has.filter(|(_, word)| word.contains("__TbYes")).map(|(number, _)| number).collect());
    }
    (!answer.types.is_empty()).then_some(answer)
}

/// The items behind a place that are whole: the code before may use them.
fn items_behind(code: &str, at: usize) -> String {
    let parsed = source::parse(code);
    let ranges = parsed
        .items
        .iter()
        .map(|item| item.range.clone())
        .chain(parsed.imports.iter().map(|import| import.range.clone()));
    let behind = ranges.filter(|range| range.start >= at).filter_map(|range| code.get(range));
    let whole = behind.filter(|text| repair::is_whole(text));
    let mut texts: Vec<&str> = whole.collect();
    texts.dedup();
    texts.join("\n")
}
