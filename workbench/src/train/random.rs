//! Random streams: a number for every (seed, stream), the same on every machine and at any thread count.
//!
//! The generator is ChaCha with 8 rounds, whose output its crate documents as portable. What must not share a stream
//! (epochs, folds, trials) takes its own stream number, so that the order in which threads run decides nothing.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// The generator of stream `stream` of `seed`.
pub fn stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(stream);
    generator
}

/// The generator of a key of four numbers, such as a seed, an epoch, an item and a step: any two keys give independent streams.
pub fn keyed(key: [u64; 4]) -> ChaCha8Rng {
    let mut bytes = [0; 32];
    for (part, number) in bytes.chunks_exact_mut(8).zip(key) {
        part.copy_from_slice(&number.to_le_bytes());
    }
    ChaCha8Rng::from_seed(bytes)
}

/// The numbers `0..n` in random order.
///
/// # Examples
///
/// ```
/// use workbench::train::random::permutation;
///
/// let mut order = permutation(5, 42, 0);
/// assert_eq!(order, permutation(5, 42, 0));
/// order.sort();
/// assert_eq!(order, [0, 1, 2, 3, 4]);
/// ```
pub fn permutation(n: usize, seed: u64, stream_number: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    shuffle(&mut order, &mut stream(seed, stream_number));
    order
}

/// Puts `items` in random order, every order being equally likely (Fisher and Yates).
pub fn shuffle(items: &mut [usize], generator: &mut ChaCha8Rng) {
    for last in (1..items.len()).rev() {
        let chosen = below(last as u64 + 1, generator) as usize;
        items.swap(chosen, last);
    }
}

/// A whole number from `0` to `bound - 1`, all equally likely; 0 for a `bound` of 0.
///
/// # References
/// 1. D. Lemire, *Fast random integer generation in an interval*, 2019, doi:10.1145/3230636
pub fn below(bound: u64, generator: &mut ChaCha8Rng) -> u64 {
    // The low halves below this occur once more often than the others do, so they are drawn again.
    let surplus = bound.wrapping_neg().checked_rem(bound).unwrap_or(0);
    loop {
        let product = u128::from(generator.next_u64()) * u128::from(bound);
        if product as u64 >= surplus {
            return (product >> 64) as u64;
        }
    }
}
