//! Steps that take tokens away, hide them or add some.

use rand_chacha::ChaCha8Rng;

use super::{OnTokens, Token, Tokens, free_places, refit};
use crate::augment::settings::{ANY, settings};
use crate::augment::{Interval, draw};
use crate::error::Result;

settings! {
    /// Drops random tokens, each with the same probability.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `share` | 0.1 | 0 to 1, the probability of each token | `share_low`, `share_high` |
    /// | `pad` | none | the token that fills up: with it the length stays | |
    /// | `protect` | none | tokens that are never dropped | |
    ///
    /// A sequence never becomes empty: one token is kept where all would go.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a share out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, TokenDrop};
    ///
    /// let words: Vec<String> = ["[CLS]", "a", "b", "[PAD]"].map(String::from).to_vec();
    /// let drop = Compose::new().step(1.0, TokenDrop::new().share(1.0).protect("[CLS]").pad("[PAD]"));
    /// assert_eq!(drop.augment(&words, 0, 0)?, ["[CLS]", "[PAD]", "[PAD]", "[PAD]"]);
    ///
    /// assert!(Compose::new().step(1.0, TokenDrop::new().share(2.0)).augment(&words, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ///
    /// # References
    /// 1. J. Wei and K. Zou, *EDA: easy data augmentation techniques for boosting performance on text classification tasks*, 2019,
    ///    doi:10.18653/v1/D19-1670
    TokenDrop, "token_drop" {
        /// The probability with which a token is dropped.
        share: Interval [impl Into<Interval>] = 0.1.into(), (0.0, 1.0);
        /// What fills sequences up; it is never dropped, and stands in for what was.
        pad: Tokens [impl Into<Tokens>] = Tokens::default(), ANY;
        /// Tokens that are never dropped.
        protect: Tokens [impl Into<Tokens>] = Tokens::default(), ANY;
    }
}

settings! {
    /// Puts a mask in the place of random tokens.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `mask` | asked for | the token that hides | |
    /// | `share` | 0.15 | 0 to 1, the probability of each token | `share_low`, `share_high` |
    /// | `pad`, `protect` | none | tokens that are never hidden | |
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a share out of range, and for a mask of another kind than the sequence's tokens.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, TokenMask};
    ///
    /// let tokens: Vec<u32> = vec![1, 10, 20, 30, 2, 0];
    /// let changed = Compose::new().step(1.0, TokenMask::new(3).share(1.0).pad(0).protect([1, 2])).augment(&tokens, 0, 0)?;
    /// assert_eq!(changed, [1, 3, 3, 3, 2, 0]);
    ///
    /// assert!(Compose::new().step(1.0, TokenMask::new("[MASK]").share(1.0)).augment(&tokens, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ///
    /// # References
    /// 1. J. Devlin et al., *BERT: pre-training of deep bidirectional transformers for language understanding*, 2019,
    ///    doi:10.18653/v1/N19-1423
    TokenMask, "token_mask" {
        /// The token that hides; of several, one is drawn each time.
        mask: Tokens [impl Into<Tokens>] = Tokens::default(), (1.0, f64::INFINITY);
        /// The probability with which a token is hidden.
        share: Interval [impl Into<Interval>] = 0.15.into(), (0.0, 1.0);
        /// What fills sequences up; it is never hidden.
        pad: Tokens [impl Into<Tokens>] = Tokens::default(), ANY;
        /// Tokens that are never hidden.
        protect: Tokens [impl Into<Tokens>] = Tokens::default(), ANY;
    }
}

settings! {
    /// Inserts random tokens of a list before random tokens.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `vocabulary` | asked for | tokens to insert, all equally likely | |
    /// | `share` | 0.1 | 0 to 1, the probability before each token | `share_low`, `share_high` |
    /// | `pad` | none | the token that fills up: as far as there is some at the end, the length stays | |
    /// | `protect` | none | tokens before which nothing is inserted | |
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a share out of range, and for tokens of another kind than the sequence's.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, TokenInsert};
    ///
    /// let tokens: Vec<u32> = vec![1, 10, 20, 30, 2, 0];
    /// let changed = Compose::new().step(1.0, TokenInsert::new(9).share(1.0).protect([1, 2, 0])).augment(&tokens, 0, 0)?;
    /// assert_eq!(changed, [1, 9, 10, 9, 20, 9, 30, 2, 0]);
    ///
    /// assert!(Compose::new().step(1.0, TokenInsert::default()).augment(&tokens, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ///
    /// # References
    /// 1. J. Wei and K. Zou, *EDA: easy data augmentation techniques for boosting performance on text classification tasks*, 2019,
    ///    doi:10.18653/v1/D19-1670
    TokenInsert, "token_insert" {
        /// The tokens to insert.
        vocabulary: Tokens [impl Into<Tokens>] = Tokens::default(), (1.0, f64::INFINITY);
        /// The probability with which one is inserted before a token.
        share: Interval [impl Into<Interval>] = 0.1.into(), (0.0, 1.0);
        /// What fills sequences up; nothing is inserted before it.
        pad: Tokens [impl Into<Tokens>] = Tokens::default(), ANY;
        /// Tokens before which nothing is inserted.
        protect: Tokens [impl Into<Tokens>] = Tokens::default(), ANY;
    }
}

impl TokenMask {
    /// Hides behind this token.
    pub fn new(mask: impl Into<Tokens>) -> Self {
        Self { mask: mask.into(), ..Self::default() }
    }
}

impl TokenInsert {
    /// Inserts tokens of this list.
    pub fn new(vocabulary: impl Into<Tokens>) -> Self {
        Self { vocabulary: vocabulary.into(), ..Self::default() }
    }
}

impl OnTokens for TokenDrop {
    fn apply(&self, tokens: Vec<Token>, random: &mut ChaCha8Rng) -> Result<Vec<Token>> {
        let n = tokens.len();
        let free = free_places(&tokens, &self.pad, &self.protect);
        let share = draw::within(self.share, random);
        let mut keeps = vec![true; n];
        for place in &free {
            if let Some(keep) = keeps.get_mut(*place) {
                *keep = !draw::happens(share, random);
            }
        }
        let says_nothing = tokens.iter().zip(&keeps).all(|(token, keep)| !keep || self.pad.0.contains(token));
        if says_nothing && !free.is_empty() {
            let kept = free.get(draw::up_to(free.len() - 1, random));
            if let Some(keep) = kept.and_then(|place| keeps.get_mut(*place)) {
                *keep = true;
            }
        }
        let mut left: Vec<Token> =
            tokens.into_iter().zip(keeps).filter(|(_, keep)| *keep).map(|(token, _)| token).collect();
        refit(&mut left, n, &self.pad);
        Ok(left)
    }
}

impl OnTokens for TokenMask {
    fn apply(&self, mut tokens: Vec<Token>, random: &mut ChaCha8Rng) -> Result<Vec<Token>> {
        let share = draw::within(self.share, random);
        for place in free_places(&tokens, &self.pad, &self.protect) {
            let is_hidden = draw::happens(share, random);
            let mask = self.mask.0.get(draw::up_to(self.mask.0.len().saturating_sub(1), random));
            if let (true, Some(token), Some(mask)) = (is_hidden, tokens.get_mut(place), mask) {
                *token = mask.clone();
            }
        }
        Ok(tokens)
    }
}

impl OnTokens for TokenInsert {
    fn apply(&self, tokens: Vec<Token>, random: &mut ChaCha8Rng) -> Result<Vec<Token>> {
        let n = tokens.len();
        let share = draw::within(self.share, random);
        let mut longer = Vec::with_capacity(n + n / 4);
        for token in tokens {
            let is_free = !self.pad.0.contains(&token) && !self.protect.0.contains(&token);
            if is_free && draw::happens(share, random) {
                let place = draw::up_to(self.vocabulary.0.len().saturating_sub(1), random);
                longer.extend(self.vocabulary.0.get(place).cloned());
            }
            longer.push(token);
        }
        refit(&mut longer, n, &self.pad);
        Ok(longer)
    }
}
