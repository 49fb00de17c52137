//! Sequences of tokens, with what has changed in bold.

use super::super::numbers::count;
use super::super::table::escape;
use super::Panel;

const TOKENS_MAX: usize = 80;

/// A panel for each sequence; the first is the one before.
pub fn panels(items: &[Vec<String>]) -> Vec<Panel> {
    let before = items.first().cloned().unwrap_or_default();
    items.iter().map(|tokens| panel(&before, tokens)).collect()
}

fn panel(before: &[String], tokens: &[String]) -> Panel {
    let (shown_before, shown) =
        (before.get(..TOKENS_MAX).unwrap_or(before), tokens.get(..TOKENS_MAX).unwrap_or(tokens));
    let stays = unchanged(shown_before, shown);
    let words = shown.iter().zip(stays).map(|(token, stays)| {
        let word = escape(token);
        if stays { word } else { format!("<b>{word}</b>") }
    });
    let mut text = words.collect::<Vec<_>>().join(" ");
    if tokens.len() > TOKENS_MAX {
        text += " …";
    }
    let html = format!("<div style=\"text-align:left;white-space:normal;max-width:20em;min-width:10em\">{text}</div>");
    Panel { html, text: count(tokens.len(), "token") }
}

/// Which tokens of `after` are of its longest common subsequence with `before`.
fn unchanged(before: &[String], after: &[String]) -> Vec<bool> {
    // The length of the longest one of what follows each pair of places.
    let (n_before, n_after) = (before.len(), after.len());
    let mut lengths = vec![vec![0_usize; n_after + 1]; n_before + 1];
    let length =
        |lengths: &[Vec<usize>], i: usize, j: usize| lengths.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0);
    for (i, old) in before.iter().enumerate().rev() {
        for (j, new) in after.iter().enumerate().rev() {
            let best = if old == new {
                length(&lengths, i + 1, j + 1) + 1
            } else {
                length(&lengths, i + 1, j).max(length(&lengths, i, j + 1))
            };
            if let Some(place) = lengths.get_mut(i).and_then(|row| row.get_mut(j)) {
                *place = best;
            }
        }
    }
    let mut stays = vec![false; n_after];
    let (mut i, mut j) = (0, 0);
    while let (Some(old), Some(new)) = (before.get(i), after.get(j)) {
        if old == new {
            if let Some(place) = stays.get_mut(j) {
                *place = true;
            }
            (i, j) = (i + 1, j + 1);
        } else if length(&lengths, i + 1, j) >= length(&lengths, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    stays
}
