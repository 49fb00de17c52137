//! Steps on sequences of tokens: `Vec<u32>` and `Vec<String>`.

mod change;
mod order;

pub use change::{TokenDrop, TokenInsert, TokenMask};
pub use order::{TokenShuffle, TokenSwap};

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// A step on sequences of tokens.
pub(super) trait OnTokens {
    /// The sequence changed. It may be empty.
    fn apply(&self, tokens: Vec<Token>, random: &mut ChaCha8Rng) -> Result<Vec<Token>>;
}

/// A token: a number of a vocabulary, or a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Token {
    /// The number of a token; those of a sequence are from 0 to 4,294,967,295.
    Id(i64),
    /// The token itself.
    Word(String),
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Word(word) => f.write_str(word),
        }
    }
}

/// Tokens for a setting: one, or a list, of numbers or of words.
///
/// # Examples
///
/// ```
/// use workbench::augment::{Token, Tokens};
///
/// assert_eq!(Tokens::from(0).list(), [Token::Id(0)]);
/// assert_eq!(Tokens::from(["[CLS]", "[SEP]"]).list().len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tokens(pub(super) Vec<Token>);

impl Tokens {
    /// The tokens in their order.
    pub fn list(&self) -> &[Token] {
        &self.0
    }
}

macro_rules! tokens_from {
    ($($kind:ty: $token:expr;)*) => {$(
        impl From<$kind> for Tokens {
            fn from(token: $kind) -> Self {
                Self(vec![$token(token)])
            }
        }

        impl<const N: usize> From<[$kind; N]> for Tokens {
            fn from(tokens: [$kind; N]) -> Self {
                Self(tokens.into_iter().map($token).collect())
            }
        }

        impl From<Vec<$kind>> for Tokens {
            fn from(tokens: Vec<$kind>) -> Self {
                Self(tokens.into_iter().map($token).collect())
            }
        }
    )*};
}

tokens_from! {
    u32: |id| Token::Id(i64::from(id));
    i32: |id| Token::Id(i64::from(id));
    &str: |word: &str| Token::Word(word.to_string());
    String: Token::Word;
}

/// The places of `tokens` that a step may touch: neither padding nor protected.
fn free_places(tokens: &[Token], pad: &Tokens, protect: &Tokens) -> Vec<usize> {
    let is_free = |token: &Token| !pad.0.contains(token) && !protect.0.contains(token);
    tokens.iter().enumerate().filter(|(_, token)| is_free(token)).map(|(place, _)| place).collect()
}

/// Brings a sequence back to a length of `n`, as far as padding can: what is missing is padded, and padding at the end that is too much goes.
fn refit(tokens: &mut Vec<Token>, n: usize, pad: &Tokens) {
    if let Some(padding) = pad.0.first() {
        while tokens.len() < n {
            tokens.push(padding.clone());
        }
        while tokens.len() > n && tokens.last().is_some_and(|token| pad.0.contains(token)) {
            tokens.pop();
        }
    }
}
