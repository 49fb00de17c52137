//! The texts that come most often among many.

use std::collections::HashMap;

use super::hash::ByHash;

/// So many different texts are counted at the same time.
const TEXTS_MAX: usize = 1 << 14;
/// What is kept of a long text.
const CHARS_MAX: usize = 200;

/// Counts texts in bounded memory (Misra and Gries): exactly up to 16,384 different ones. Beyond, all counts are lowered together and those at
/// zero forgotten, so that a count may be too small by [`shortfall`](Self::shortfall), at most 2 n / 16384.
#[derive(Clone, Debug, Default)]
pub(crate) struct FrequentTexts {
    counts: HashMap<u64, (usize, String), ByHash>,
    shortfall: usize,
}

impl FrequentTexts {
    /// Counts a text that is among those counted; whether it is.
    #[inline]
    pub fn push_known(&mut self, hash: u64) -> bool {
        let counted = self.counts.get_mut(&hash);
        let is_known = counted.is_some();
        if let Some((count, _)) = counted {
            *count += 1;
        }
        is_known
    }

    /// Counts a text that [`push_known`](Self::push_known) does not know.
    pub fn push_new(&mut self, hash: u64, text: &str) {
        self.counts.insert(hash, (1, text.chars().take(CHARS_MAX).collect()));
        if self.counts.len() > TEXTS_MAX {
            let mut counts: Vec<usize> = self.counts.values().map(|(count, _)| *count).collect();
            let (_, &mut middle, _) = counts.select_nth_unstable(TEXTS_MAX / 2);
            self.shortfall += middle;
            self.counts.retain(|_, (count, _)| {
                *count = count.saturating_sub(middle);
                *count > 0
            });
        }
    }

    /// By how much a count may be too small.
    pub fn shortfall(&self) -> usize {
        self.shortfall
    }

    /// The `n` texts that come most often, each with its count; of several that come equally often the first by its bytes.
    pub fn top(&self, n: usize) -> Vec<(String, usize)> {
        let mut all: Vec<(&str, usize)> = self.counts.values().map(|(count, text)| (text.as_str(), *count)).collect();
        all.sort_unstable_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then(a.cmp(b)));
        all.into_iter().take(n).map(|(text, count)| (text.to_string(), count)).collect()
    }
}
