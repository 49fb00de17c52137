//! Hashes of values: the same on every machine and in every run, unlike those of the standard library.

use std::hash::{BuildHasherDefault, Hasher};

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const FACTOR: u64 = 0xd6e8_feb8_6659_fd93;

/// A map or set keyed by hashes, which need no second hashing.
pub(super) type ByHash = BuildHasherDefault<Identity>;

/// Takes a number as its own hash.
#[derive(Clone, Default)]
pub(crate) struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash_bytes(bytes);
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// A hash of two numbers, in which every bit depends on every bit of both.
#[inline]
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ SEED) * u128::from(b ^ FACTOR);
    finish((product as u64) ^ ((product >> 64) as u64))
}

/// Equal for equal numbers, so also for 0 and -0; all NaN are alike.
#[inline]
pub(crate) fn hash_number(value: f64) -> u64 {
    let bits = if value.is_nan() { u64::MAX } else { (value + 0.0).to_bits() };
    finish(bits ^ SEED)
}

/// Equal for equal texts.
#[inline]
pub(crate) fn hash_text(text: &str) -> u64 {
    hash_bytes(text.as_bytes())
}

fn hash_bytes(bytes: &[u8]) -> u64 {
    let chunks = bytes.chunks_exact(8);
    let mut last = [0; 8];
    last.iter_mut().zip(chunks.remainder()).for_each(|(to, &from)| *to = from);
    let hash = chunks.fold(bytes.len() as u64, |hash, chunk| mix(hash, chunk.try_into().map_or(0, u64::from_le_bytes)));
    mix(hash, u64::from_le_bytes(last))
}

/// The finaliser of MurmurHash3.
#[inline]
fn finish(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    bits ^ (bits >> 33)
}
