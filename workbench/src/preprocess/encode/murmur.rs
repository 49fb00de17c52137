//! MurmurHash3, x86, 32 bits: the hash of scikit-learn's `FeatureHasher`, the same on every machine.

const C1: u32 = 0xcc9e_2d51;
const C2: u32 = 0x1b87_3593;

/// The hash of `bytes` with the seed 0.
///
/// # References
/// 1. A. Appleby, *MurmurHash3*, 2008, public domain
pub(super) fn murmur3(bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let mut hash: u32 = 0;
    for word in words {
        hash = (hash ^ mixed(u32::from_le_bytes(*word))).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let tail = rest.iter().rev().fold(0_u32, |tail, &byte| tail << 8 | u32::from(byte));
    hash ^= mixed(tail) ^ bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

fn mixed(word: u32) -> u32 {
    word.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2)
}

/// The place of `bytes` among `n_features`, and whether it counts up or down.
pub(super) fn place(bytes: &[u8], n_features: usize) -> (usize, bool) {
    let hash = murmur3(bytes) as i32;
    let n_features = n_features.max(1);
    // The least i32 has no magnitude of its own kind; scikit-learn takes the place before its magnitude's.
    let place = match hash.checked_abs() {
        Some(magnitude) => magnitude as usize % n_features,
        None => (i32::MAX as usize).wrapping_sub(n_features - 1) % n_features,
    };
    (place, hash >= 0)
}
