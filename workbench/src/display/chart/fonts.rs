//! The letters of a PNG: Roboto, which is bundled, and the system's fonts for the characters that it lacks.

use std::cmp::Reverse;
use std::sync::{Arc, LazyLock};

use fontdb::{Database, FaceInfo, Source, Style};
use resvg::usvg::FontResolver;

static ROBOTO: &[u8] = include_bytes!("fonts/Roboto-Regular.ttf");

static BUNDLED: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_source(Source::Binary(Arc::new(ROBOTO)));
    Arc::new(fonts)
});

/// The bundled font, and after it the system's, which are looked for once: when a character needs them.
static WITH_SYSTEM: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut system = Database::new();
    system.load_system_fonts();
    let mut faces: Vec<FaceInfo> = system.faces().cloned().collect();
    faces.sort_by_cached_key(unlikeness);
    // A copy keeps the ids of the fonts that are in it.
    let mut fonts = Database::clone(&BUNDLED);
    for face in faces {
        fonts.push_face_info(face);
    }
    Arc::new(fonts)
});

pub fn bundled() -> Arc<Database> {
    BUNDLED.clone()
}

/// Every text is in the bundled font, whatever the SVG asks for, so that it looks the same on each machine.
pub fn resolver() -> FontResolver<'static> {
    let first_with = FontResolver::default_fallback_selector();
    FontResolver {
        select_font: Box::new(|_, fonts| fonts.faces().next().map(|face| face.id)),
        select_fallback: Box::new(move |c, used, fonts| {
            *fonts = WITH_SYSTEM.clone();
            first_with(c, used, fonts)
        }),
    }
}

/// What is least like the bundled font comes last; names put the rest in the same order each time.
fn unlikeness(face: &FaceInfo) -> (bool, u16, bool, Reverse<bool>, String) {
    let is_sans = face.families.iter().any(|(name, _)| name.contains("Sans"));
    (
        face.style != Style::Normal,
        face.weight.0.abs_diff(400),
        face.monospaced,
        Reverse(is_sans),
        face.post_script_name.clone(),
    )
}
