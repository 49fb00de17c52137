//! Steps that put tokens in another order.

use rand_chacha::ChaCha8Rng;

use super::{OnTokens, Token, Tokens, free_places};
use crate::augment::settings::{ANY, settings};
use crate::augment::{Interval, draw};
use crate::error::Result;
use crate::train::random;

settings! {
    /// Swaps random tokens with one of their neighbours.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `share` | 0.1 | 0 to 1, the share of tokens that swap | `share_low`, `share_high` |
    /// | `reach` | 1 | 1 to 1000, how far the neighbour may be | `reach` |
    /// | `pad`, `protect` | none | tokens that stay where they are | |
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, TokenSwap};
    ///
    /// let swap = Compose::new().step(1.0, TokenSwap::new().share(1.0).protect([1, 2]));
    /// let swapped = swap.augment(&vec![1_u32, 10, 20, 2], 0, 0)?;
    /// assert_eq!((swapped[0], swapped[3]), (1, 2));
    ///
    /// assert!(Compose::new().step(1.0, TokenSwap::new().reach(0)).augment(&vec![1_u32], 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    TokenSwap, "token_swap" {
        /// The share of tokens that swap.
        share: Interval [impl Into<Interval>] = 0.1.into(), (0.0, 1.0);
        /// How many free tokens away the neighbour may be.
        reach: usize [usize] = 1, (1.0, 1000.0);
        /// What fills sequences up; it stays where it is.
        pad: Tokens [impl Into<Tokens>] = Tokens::default(), ANY;
        /// Tokens that stay where they are.
        protect: Tokens [impl Into<Tokens>] = Tokens::default(), ANY;
    }
}

settings! {
    /// Shuffles the tokens of each window of a sequence among themselves, which keeps the rough order.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `window` | 3 | 2 to 1,000,000 tokens | `window` |
    /// | `pad`, `protect` | none | tokens that stay where they are | |
    ///
    /// Windows follow one another from the start; tokens that stay are not counted.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Compose, TokenShuffle};
    ///
    /// let tokens: Vec<u32> = vec![1, 10, 20, 30, 2, 0];
    /// let changed = Compose::new().step(1.0, TokenShuffle::new().pad(0).protect([1, 2])).augment(&tokens, 0, 0)?;
    /// assert_eq!((changed[0], changed[4], changed[5]), (1, 2, 0));
    ///
    /// assert!(Compose::new().step(1.0, TokenShuffle::new().window(1)).augment(&tokens, 0, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    TokenShuffle, "token_shuffle" {
        /// How many tokens a window has.
        window: usize [usize] = 3, (2.0, 1e6);
        /// What fills sequences up; it stays where it is.
        pad: Tokens [impl Into<Tokens>] = Tokens::default(), ANY;
        /// Tokens that stay where they are.
        protect: Tokens [impl Into<Tokens>] = Tokens::default(), ANY;
    }
}

impl OnTokens for TokenSwap {
    fn apply(&self, mut tokens: Vec<Token>, random: &mut ChaCha8Rng) -> Result<Vec<Token>> {
        let places = free_places(&tokens, &self.pad, &self.protect);
        // A swap moves two tokens.
        let p = draw::within(self.share, random) / 2.0;
        for (idx, place) in places.iter().enumerate() {
            let swaps = draw::happens(p, random);
            let distance = 1 + draw::up_to(self.reach - 1, random);
            let is_later = draw::happens(0.5, random);
            // At an end there is a neighbour on one side only.
            let (first, second) = (idx.checked_sub(distance), Some(idx + distance).filter(|idx| *idx < places.len()));
            let other = if is_later { second.or(first) } else { first.or(second) };
            if let Some(other) = other.filter(|_| swaps).and_then(|other| places.get(other)) {
                tokens.swap(*place, *other);
            }
        }
        Ok(tokens)
    }
}

impl OnTokens for TokenShuffle {
    fn apply(&self, tokens: Vec<Token>, random: &mut ChaCha8Rng) -> Result<Vec<Token>> {
        let places = free_places(&tokens, &self.pad, &self.protect);
        let mut sources: Vec<usize> = places.clone();
        sources.chunks_mut(self.window).for_each(|window| random::shuffle(window, random));
        let mut shuffled = tokens.clone();
        for (place, source) in places.iter().zip(sources) {
            if let (Some(to), Some(from)) = (shuffled.get_mut(*place), tokens.get(source)) {
                *to = from.clone();
            }
        }
        Ok(shuffled)
    }
}
