//! The encodings of text files, and how they become UTF-8.

use std::borrow::Cow;

/// How the characters of a text file are written as bytes.
///
/// | encoding | name | recognised by |
/// |---|---|---|
/// | `Utf8` | UTF-8 | a byte order mark, or bytes that are valid UTF-8 |
/// | `Utf16Le`, `Utf16Be` | UTF-16 | a byte order mark, or a zero in every other byte |
/// | `Windows1252` | Windows-1252 | what is not valid UTF-8; browsers read Latin-1 as this, too |
/// | `Latin1` | ISO 8859-1 | only when asked for |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8, with a byte order mark or without.
    Utf8,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// Latin-1 with quotes, dashes and the euro sign in the place of control characters.
    Windows1252,
    /// ISO 8859-1: every byte is the character of that number.
    Latin1,
}

/// What Windows-1252 has at 0x80 to 0x9f; the five places that it leaves open stay control characters, as in browsers.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// So many bytes are looked at for zeros.
const ZEROS_SAMPLE: usize = 4096;

impl Encoding {
    /// The usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 (little-endian)",
            Self::Utf16Be => "UTF-16 (big-endian)",
            Self::Windows1252 => "Windows-1252",
            Self::Latin1 => "ISO 8859-1",
        }
    }

    /// The encoding of a file that begins with `head`, and why. A last character that is cut off is no fault.
    pub(super) fn sniff(head: &[u8]) -> (Self, &'static str) {
        if head.starts_with(b"\xef\xbb\xbf") {
            return (Self::Utf8, "the file starts with the byte order mark of UTF-8");
        }
        if head.starts_with(b"\xff\xfe") && head.len() % 2 == 0 && is_utf16(head, u16::from_le_bytes) {
            return (Self::Utf16Le, "the file starts with the byte order mark of UTF-16");
        }
        if head.starts_with(b"\xfe\xff") && head.len() % 2 == 0 && is_utf16(head, u16::from_be_bytes) {
            return (Self::Utf16Be, "the file starts with the byte order mark of UTF-16");
        }
        let zeros =
            |first: usize| head.iter().take(ZEROS_SAMPLE).skip(first).step_by(2).filter(|&&byte| byte == 0).count();
        let (even, odd) = (zeros(0), zeros(1));
        let pairs = head.len().min(ZEROS_SAMPLE) / 2;
        if pairs >= 2 && odd * 10 >= pairs * 7 && even * 10 <= pairs {
            return (Self::Utf16Le, "every second byte is zero, as in UTF-16 without a byte order mark");
        }
        if pairs >= 2 && even * 10 >= pairs * 7 && odd * 10 <= pairs {
            return (Self::Utf16Be, "every first byte of two is zero, as in UTF-16 without a byte order mark");
        }
        match std::str::from_utf8(head) {
            Ok(_) => (Self::Utf8, if head.is_ascii() { "all bytes are ASCII" } else { "all bytes are valid UTF-8" }),
            Err(error) if error.error_len().is_none() => (Self::Utf8, "all bytes are valid UTF-8"),
            Err(_) => {
                (Self::Windows1252, "some bytes are not valid UTF-8, and Windows-1252 is what such files mostly are")
            }
        }
    }

    /// How many of `bytes` make whole characters.
    pub(crate) fn whole_characters(self, bytes: &[u8]) -> usize {
        match self {
            // A row ends in ASCII, so what is cut off of a character stays with its row.
            Self::Utf8 | Self::Windows1252 | Self::Latin1 => bytes.len(),
            Self::Utf16Le | Self::Utf16Be => {
                let even = bytes.len() / 2 * 2;
                let last = bytes.get(even.saturating_sub(2)..even).and_then(|pair| self.unit(pair));
                // The first half of a pair waits for the second one.
                if last.is_some_and(|unit| (0xd800..0xdc00).contains(&unit)) { even - 2 } else { even }
            }
        }
    }

    /// The same text in UTF-8, without a byte order mark where `is_start` of the file; or the place of the first byte that is none of this encoding.
    pub(crate) fn decode(self, bytes: &[u8], is_start: bool) -> Result<Cow<'_, [u8]>, usize> {
        match self {
            Self::Utf8 => {
                let text = if is_start { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) } else { bytes };
                let mark = bytes.len() - text.len();
                // UTF-8 is checked when whole rows are known: a character may be cut off here.
                match std::str::from_utf8(text) {
                    Err(error) if error.error_len().is_some() => Err(mark + error.valid_up_to()),
                    _ => Ok(Cow::Borrowed(text)),
                }
            }
            Self::Windows1252 | Self::Latin1 if bytes.is_ascii() => Ok(Cow::Borrowed(bytes)),
            Self::Windows1252 | Self::Latin1 => {
                let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
                text.extend(bytes.iter().map(|&byte| match byte {
                    0x80..=0x9f if self == Self::Windows1252 => {
                        WINDOWS_1252.get(usize::from(byte - 0x80)).copied().unwrap_or(char::from(byte))
                    }
                    _ => char::from(byte),
                }));
                Ok(Cow::Owned(text.into_bytes()))
            }
            Self::Utf16Le | Self::Utf16Be => {
                let units = bytes.chunks_exact(2).filter_map(|pair| self.unit(pair));
                let mut text = String::with_capacity(bytes.len());
                let mut position = 0;
                for character in char::decode_utf16(units) {
                    let character = character.map_err(|_| position)?;
                    if !(is_start && position == 0 && character == '\u{feff}') {
                        text.push(character);
                    }
                    position += 2 * character.len_utf16();
                }
                if bytes.len() % 2 == 1 { Err(bytes.len() - 1) } else { Ok(Cow::Owned(text.into_bytes())) }
            }
        }
    }

    fn unit(self, pair: &[u8]) -> Option<u16> {
        let pair: [u8; 2] = pair.try_into().ok()?;
        Some(if self == Self::Utf16Be { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
    }
}

/// Whether the bytes are UTF-16, of which the last character may be cut off.
fn is_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> bool {
    let units: Vec<u16> = bytes.chunks_exact(2).filter_map(|pair| Some(unit(pair.try_into().ok()?))).collect();
    let n_units = units.len();
    let mut position = 0;
    char::decode_utf16(units).all(|character| {
        position += character.as_ref().map_or(1, |character| character.len_utf16());
        character.is_ok() || position >= n_units
    })
}
