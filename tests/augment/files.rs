//! Pictures from files.

use std::fs;
use std::path::PathBuf;

use workbench::augment::{Image, read_image, read_image_within, write_png};

use super::picture;

/// A folder of its own, which goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("tunebook-augment-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_string()
    }

    fn with(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[track_caller]
fn check_refused(path: &str, parts: &[&str]) {
    let message = read_image(path).err().expect("an error").to_string();
    for part in parts.iter().chain([&path]) {
        assert!(message.contains(part), "{part} is not in: {message}");
    }
}

#[test]
fn a_picture_is_written_and_read_back() {
    let folder = Folder::new("round");
    for image in [picture(7, 5, 3), picture(5, 9, 1), picture(1, 1, 1), picture(1, 300, 3)] {
        let path = folder.path("image.png");
        write_png(&image, &path).unwrap();
        assert_eq!(read_image(&path).unwrap(), image);
    }
    // Nothing is left beside it.
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
    let message = write_png(&picture(2, 2, 1), &folder.path("no/such/image.png")).unwrap_err().to_string();
    assert!(message.contains("cannot write") && message.contains("no/such/image.png"), "{message}");
}

#[test]
fn what_is_no_picture_is_told() {
    let folder = Folder::new("refused");
    check_refused(&folder.path("absent.png"), &["there is no file"]);
    check_refused(folder.0.to_str().unwrap(), &["cannot read"]);
    check_refused(&folder.with("empty.png", b""), &["its first bytes are neither those of a PNG nor those of a JPEG"]);
    check_refused(&folder.with("table.png", b"a,b\n1,2\n"), &["as a PNG or JPEG image", "its first bytes"]);
    check_refused(&folder.with("icon.gif", b"GIF89a\x01\0\x01\0"), &["its first bytes"]);
    let path = folder.path("image.png");
    write_png(&picture(40, 30, 3), &path).unwrap();
    let whole = fs::read(&path).unwrap();
    // Cut anywhere, or with a byte changed anywhere, it is an error or the picture, and never a panic.
    for n in (8..whole.len() - 12).step_by(7) {
        check_refused(&folder.with("cut.png", &whole[..n]), &["as a PNG or JPEG image"]);
    }
    for place in (8..whole.len()).step_by(11) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x55;
        let _ = read_image(&folder.with("changed.png", &bytes));
    }
    for start in [&b"\xff\xd8\xff\xe0"[..], b"\xff\xd8\xff\xdb\0\x43\0", b"\x89PNG\r\n\x1a\n"] {
        check_refused(&folder.with("start.jpg", start), &["as a PNG or JPEG image"]);
    }
}

/// A file of a few bytes may say that it holds four billion pixels.
#[test]
fn a_huge_picture_is_refused_before_it_is_decoded() {
    let folder = Folder::new("huge");
    let mut header = b"IHDR".to_vec();
    header.extend(60_000_u32.to_be_bytes());
    header.extend(60_000_u32.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    bytes.extend(&header);
    bytes.extend(crc32(&header).to_be_bytes());
    bytes.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82");
    check_refused(
        &folder.with("bomb.png", &bytes),
        &["is an image of 60000 × 60000 pixels, but at most 67108864 pixels"],
    );
    let path = folder.path("small.png");
    write_png(&picture(20, 30, 1), &path).unwrap();
    assert!(read_image_within(&path, 600).is_ok());
    let message = read_image_within(&path, 599).unwrap_err().to_string();
    assert!(message.contains("is an image of 20 × 30 pixels, but at most 599 pixels"), "{message}");
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// Written by Pillow: `Image.new("RGB", (6, 4), (200, 40, 90)).save(..., "JPEG")`, and 8-bit grey, palette and transparent PNG.
#[test]
fn files_of_other_programs_are_read() {
    let folder = Folder::new("other");
    let read = |name: &str, hex: &str| {
        let bytes: Vec<u8> =
            (0..hex.len() / 2).map(|idx| u8::from_str_radix(&hex[2 * idx..2 * idx + 2], 16).unwrap()).collect();
        read_image(&folder.with(name, &bytes)).unwrap()
    };
    for line in include_str!("../golden/augment_files.txt").lines() {
        let (name, hex) = line.split_once(' ').unwrap();
        let image = read(name, hex);
        let expected = match name {
            // JPEG keeps a colour to a level or two.
            "red.jpg" => Image::filled(4, 6, &[200, 40, 90]).unwrap(),
            "grey.jpg" => Image::filled(4, 6, &[77]).unwrap(),
            // A camera held upright: the file is 4 × 6, the picture 6 × 4.
            "turned.jpg" => Image::filled(6, 4, &[10, 200, 30]).unwrap(),
            "palette.png" => Image::filled(2, 3, &[255, 0, 0]).unwrap(),
            "sixteen.png" => Image::filled(2, 3, &[0x80]).unwrap(),
            // Half of black over white.
            "clear.png" => Image::filled(2, 3, &[127, 127, 127]).unwrap(),
            other => panic!("{other}"),
        };
        assert_eq!(
            (image.height(), image.width(), image.channels()),
            (expected.height(), expected.width(), expected.channels()),
            "{name}"
        );
        let worst = image.pixels().iter().zip(expected.pixels()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(worst <= if name.ends_with("jpg") { 2 } else { 0 }, "{name}: {worst}");
    }
}
