//! What a search says of its candidates, in sentences.

use super::numbers::{count, format_fixed, format_float};
use super::table::escape;
use super::{Bundle, Rich};
use crate::preprocess::ParamValue;
use crate::search::{Edge, FitKind, FitVerdict, RunnerUp, SearchSummary, Simplest};

/// Longer reasons are cut; the table's column `error` has them whole.
const REASON_CHARS_MAX: usize = 240;

/// The sentences as a list, and the next grid as code.
impl Rich for SearchSummary {
    fn bundle(&self) -> Bundle {
        let sentences = self.sentences();
        let text: Vec<String> = sentences.iter().map(|sentence| format!("• {sentence}")).collect();
        let items: String = sentences.iter().map(|sentence| format!("<li>{}</li>\n", with_code(sentence))).collect();
        let html = format!("<ul class=\"tunebook-words\" style=\"margin:.5em 0 0;padding-left:1.4em\">\n{items}</ul>");
        Bundle::text(&text.join("\n")).with("text/html", html)
    }
}

impl SearchSummary {
    /// One sentence for each thing that there is to say, the most important first. What stands between backticks is code.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = vec![self.winner_sentence()];
        sentences.extend(self.ties_sentence());
        sentences.extend(self.runner_up.as_ref().map(|runner_up| self.runner_up_sentence(runner_up)));
        sentences.extend(self.noise_sentence());
        sentences.extend(self.simplest.as_ref().map(simplest_sentence));
        sentences.extend(self.fit.as_ref().map(|fit| self.fit_sentence(fit)));
        sentences.extend(self.edges.iter().map(edge_sentence));
        sentences.extend(self.failures_sentence());
        sentences.extend(self.stopped_sentence());
        sentences.extend(self.interrupted_sentence());
        sentences.extend(self.next_sentence());
        sentences
    }

    /// The calls that give [`next_grid`](crate::search::SearchResult::next_grid) its values, to paste behind `GridSearch::new(..)`.
    pub fn next_grid_code(&self) -> String {
        self.next_grid.iter().map(|(name, values)| format!(".param({name:?}, [{}])", literals(values))).collect()
    }

    fn winner_sentence(&self) -> String {
        let winner = &self.winner;
        let (mean, std) = (score(winner.mean), score(winner.std));
        let folds = count(winner.n_folds, "fold");
        format!("{} wins: {} {mean} ± {std} over {folds}.", in_words(&winner.params), self.metric)
    }

    fn ties_sentence(&self) -> Option<String> {
        let who =
            if self.n_ties == 1 { "1 other candidate has".to_string() } else { format!("{} others have", self.n_ties) };
        (self.n_ties > 0).then(|| format!("{who} exactly the same score; the first that was tried is taken."))
    }

    fn runner_up_sentence(&self, runner_up: &RunnerUp) -> String {
        let difference = score(runner_up.difference);
        let next = format!("It is {difference} better than the next, {}", in_words(&runner_up.params));
        let Some(test) = &runner_up.test else { return format!("{next}.") };
        if test.standard_error == 0.0 {
            return format!("{next}, and by the same on each fold.");
        }
        let verdict = if test.p_value < 0.05 { "more than chance" } else { "no more than chance" };
        let (error, p) = (score(test.standard_error), format_fixed(test.p_value, 3));
        format!("{next}, with a standard error of {error}: {verdict} (corrected t test over the folds, p = {p}).")
    }

    fn noise_sentence(&self) -> Option<String> {
        let (n, of) = (self.n_within_noise, self.n_compared);
        match (n, of) {
            (_, 0 | 1) => None,
            (0, of) => Some(format!("It is better than each of the {of} others by more than chance (level 0.05).")),
            (n, of) if n == of => {
                Some(format!("None of the {of} others can be told from it by these folds (level 0.05)."))
            }
            (n, of) => Some(format!("{n} of the {of} others cannot be told from it by these folds (level 0.05).")),
        }
    }

    fn fit_sentence(&self, fit: &FitVerdict) -> String {
        let (train, test) = (score(fit.train), score(fit.test));
        let (gap, spread) = (score(fit.gap), score(fit.spread));
        let numbers = format!("{train} on training rows and {test} on validation rows");
        match fit.kind {
            FitKind::OverFitting => format!(
                "It over-fits: {numbers}, a gap of {gap} where folds differ by {spread}; a simpler model or more rows may help."
            ),
            FitKind::UnderFitting => format!(
                "It under-fits: {numbers}; it misses much of its own training rows, so richer features or a more flexible model may help."
            ),
            FitKind::Balanced => {
                format!(
                    "It neither over- nor under-fits clearly: {numbers}, a gap of {gap} where folds differ by {spread}."
                )
            }
        }
    }

    fn failures_sentence(&self) -> Option<String> {
        let first = self.failures.first()?;
        let n_failed: usize = self.failures.iter().map(|failure| failure.n_candidates).sum();
        let often = match (first.n_candidates == n_failed, n_failed) {
            (true, 1) => String::new(),
            (true, _) => "all ".to_string(),
            (false, _) => format!("most often ({} times) ", first.n_candidates),
        };
        let reason = cut(&first.reason);
        Some(format!("{} failed, {often}since: {reason}", count(n_failed, "candidate")))
    }

    fn stopped_sentence(&self) -> Option<String> {
        (self.n_stopped > 0).then(|| {
            let (stopped, saved) = (count(self.n_stopped, "candidate"), count(self.n_fits_saved, "fit"));
            format!("{stopped} stopped early, being worse than the leader on the same folds: {saved} not made.")
        })
    }

    fn interrupted_sentence(&self) -> Option<String> {
        self.interrupted.then(|| match self.n_not_reached {
            0 => "The search was interrupted before its end; all candidates that it had begun are whole.".to_string(),
            n => format!("The search was interrupted: {} not reached.", of_all(n, self.n_candidates)),
        })
    }

    fn next_sentence(&self) -> Option<String> {
        let is_further = self.next_grid.iter().any(|(_, values)| values.len() > 1);
        is_further.then(|| {
            format!(
                "To try next: `search.next_grid().fit(&data)?`, which is `GridSearch::new(..){}`.",
                self.next_grid_code()
            )
        })
    }
}

fn simplest_sentence(simplest: &Simplest) -> String {
    let error = score(simplest.standard_error);
    if simplest.is_winner {
        return format!("No candidate that is known to be simpler comes within one standard error ({error}) of it.");
    }
    let (params, mean) = (in_words(&simplest.params), score(simplest.mean));
    format!("The simplest candidate within one standard error ({error}) of it is {params} with {mean}.")
}

fn edge_sentence(edge: &Edge) -> String {
    let (end, beyond) = if edge.is_greatest { ("greatest", "greater") } else { ("least", "smaller") };
    let start = format!("{} = {} is the {end} value that was tried", edge.param, short(&edge.value));
    if edge.is_last {
        format!("{start}, and no {beyond} one is allowed.")
    } else {
        format!("{start}: a {beyond} one may be better.")
    }
}

fn of_all(n: usize, all: usize) -> String {
    format!("{n} of {} {}", count(all, "candidate"), if n == 1 { "was" } else { "were" })
}

fn in_words(params: &[(String, ParamValue)]) -> String {
    if params.is_empty() {
        return "the estimator as it is".to_string();
    }
    params.iter().map(|(name, value)| format!("{name} = {}", short(value))).collect::<Vec<_>>().join(", ")
}

/// A value with no more digits than a sentence bears: of those that were drawn at random, four.
fn short(value: &ParamValue) -> String {
    let whole = value.to_string();
    let ParamValue::Float(number) = value else { return whole };
    if whole.bytes().filter(u8::is_ascii_digit).count() <= 7 {
        return whole;
    }
    format!("{number:.3e}").parse().map_or(whole, |number: f64| format!("{number:?}"))
}

/// Values as they stand in Rust source.
fn literals(values: &[ParamValue]) -> String {
    let literal = |value: &ParamValue| match value {
        ParamValue::Text(text) => format!("{text:?}"),
        ParamValue::Float(number) => format!("{number:?}"),
        other => other.to_string(),
    };
    values.iter().map(literal).collect::<Vec<_>>().join(", ")
}

/// A score or a difference of scores: those up to 1 alike everywhere.
fn score(value: f64) -> String {
    match value.abs() {
        0.0 | 5e-5..=1.0 => format_fixed(value, 4),
        ..5e-5 => format!("{value:.1e}"),
        _ if value.is_nan() => format_fixed(value, 4),
        _ => format_float(value),
    }
}

fn cut(reason: &str) -> String {
    if reason.chars().count() <= REASON_CHARS_MAX {
        return reason.to_string();
    }
    format!("{}…", reason.chars().take(REASON_CHARS_MAX).collect::<String>())
}

/// HTML of a sentence in which backticks enclose code.
fn with_code(sentence: &str) -> String {
    let part = |(position, part): (usize, &str)| {
        if position % 2 == 1 { format!("<code>{}</code>", escape(part)) } else { escape(part) }
    };
    // Backticks that have no partner are text.
    if sentence.matches('`').count() % 2 == 1 {
        return escape(sentence);
    }
    sentence.split('`').enumerate().map(part).collect()
}
