//! Signatures: HMAC-SHA256 over the four JSON frames of a message, in hexadecimal.

use std::collections::{HashSet, VecDeque};
use std::fmt::Write;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::{ConnectionInfo, Error};

/// How many signatures are remembered against replays; as many as Jupyter's own session keeps.
const SIGNATURES_KEPT: usize = 1 << 16;

/// Signs and checks with one key. An empty key means that nothing is signed and everything accepted.
#[derive(Clone)]
pub(super) struct Signer {
    mac: Option<Hmac<Sha256>>,
}

impl Signer {
    pub(super) fn new(connection: &ConnectionInfo) -> Result<Signer, Error> {
        if connection.key.is_empty() {
            return Ok(Signer { mac: None });
        }
        let unknown = || Error::SignatureScheme { scheme: connection.signature_scheme.clone() };
        if connection.signature_scheme != "hmac-sha256" {
            return Err(unknown());
        }
        let mac = Hmac::new_from_slice(connection.key.as_bytes()).map_err(|_| unknown())?;
        Ok(Signer { mac: Some(mac) })
    }

    pub(super) fn sign<F: AsRef<[u8]>>(&self, frames: &[F]) -> String {
        let Some(mac) = self.fed(frames) else { return String::new() };
        mac.finalize().into_bytes().iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// Compares in constant time, so that a forger learns nothing from how long it takes.
    pub(super) fn verify<F: AsRef<[u8]>>(&self, signature: &[u8], frames: &[F]) -> bool {
        match (self.fed(frames), decode_hex(signature)) {
            (None, _) => true,
            (Some(mac), Some(bytes)) => mac.verify_slice(&bytes).is_ok(),
            (Some(_), None) => false,
        }
    }

    /// Whether there is a key at all.
    pub(super) fn signs(&self) -> bool {
        self.mac.is_some()
    }

    fn fed<F: AsRef<[u8]>>(&self, frames: &[F]) -> Option<Hmac<Sha256>> {
        let mut mac = self.mac.clone()?;
        for frame in frames {
            mac.update(frame.as_ref());
        }
        Some(mac)
    }
}

/// The signatures seen of late: each may come once.
#[derive(Default)]
pub(super) struct Seen {
    set: HashSet<Vec<u8>>,
    order: VecDeque<Vec<u8>>,
}

impl Seen {
    /// Remembers a signature; false if it came before.
    pub(super) fn insert(&mut self, signature: &[u8]) -> bool {
        // The same bytes in capitals are the same signature.
        let signature = signature.to_ascii_lowercase();
        if !self.set.insert(signature.clone()) {
            return false;
        }
        self.order.push_back(signature);
        if self.order.len() > SIGNATURES_KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.set.remove(&oldest);
        }
        true
    }
}

fn decode_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.chunks_exact(2).map(|pair| u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(key: &str) -> Signer {
        Signer::new(&ConnectionInfo { key: key.to_owned(), ..super::super::local_connection() }).unwrap()
    }

    #[test]
    fn signs_as_rfc_4231_says() {
        // Test case 2, cut into frames: the signature runs over them without a gap.
        let signature = signer("Jefe").sign(&["what do ya want", " for ", "nothing?"]);
        assert_eq!(signature, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert!(signer("Jefe").verify(signature.to_ascii_uppercase().as_bytes(), &["what do ya want for nothing?"]));
    }

    #[test]
    fn refuses_what_another_key_signed_and_what_is_no_signature() {
        let frames = ["{}"; 4];
        let signature = signer("a").sign(&frames);
        for bad in [signature.as_bytes(), b"", b"0", b"zz", &signer("b").sign(&frames).as_bytes()[..62]] {
            assert!(!signer("b").verify(bad, &frames), "{:?}", String::from_utf8_lossy(bad));
        }
    }

    #[test]
    fn an_empty_key_signs_nothing_and_accepts_everything() {
        assert_eq!(signer("").sign(&["{}"]), "");
        assert!(signer("").verify(b"", &["{}"]) && signer("").verify(b"junk", &["{}"]));
    }

    #[test]
    fn forgets_old_signatures_but_no_recent_one() {
        let mut seen = Seen::default();
        assert!(seen.insert(b"first") && !seen.insert(b"FIRST"));
        for n in 0..SIGNATURES_KEPT {
            assert!(seen.insert(n.to_string().as_bytes()));
        }
        assert!(!seen.insert(b"1") && seen.insert(b"first"));
        assert_eq!(seen.order.len(), SIGNATURES_KEPT);
    }
}
