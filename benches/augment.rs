//! Flip, rotate and crop of 10,000 images beside Pillow's and torchvision's: `cargo bench --locked --workspace --bench augment`.
//!
//! Images are 64 × 64 RGB, each is flipped with probability 1/2, turned by up to 15 degrees and cropped to 48 × 48. Tunebook works on all
//! threads of rayon (`RAYON_NUM_THREADS`), the peers as a data set of PyTorch calls them, one image after another. `pip install torchvision` into
//! `.venv` adds torchvision to the table.

use benches::{Peer, median, seconds};
use workbench::prelude::*;

const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Numbers without a pattern, as the peers' are; the time does not depend on them.
    let mut state = 1_u64;
    let mut level = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 56) as u8
    };
    let mut images = Vec::new();
    for _ in 0..10_000 {
        images.push(Image::new(64, 64, 3, (0..64 * 64 * 3).map(|_| level()).collect())?);
    }
    let augment = |interpolation: Interpolation| {
        Compose::new()
            .step(0.5, HorizontalFlip::new())
            .step(1.0, Rotate::new().degrees(-15.0..=15.0).interpolation(interpolation))
            .step(1.0, RandomCrop::new(48, 48))
    };

    let mut peer = Peer::start("augment.py")?;
    let has_torchvision = peer.run("jobs")? > 4.0;
    println!(
        "10,000 images of 64 x 64 RGB, flip + rotate + crop, {} threads of ours, {ROUNDS} rounds in turn, medians in milliseconds",
        rayon::current_num_threads()
    );
    println!("{:<44} {:>10} {:>14} {:>8}", "against", "tunebook", "peer", "ratio");
    for (name, interpolation) in [("nearest", Interpolation::Nearest), ("bilinear", Interpolation::Bilinear)] {
        let augment = augment(interpolation);
        let mut jobs = vec![format!("pillow_arrays_{name}"), format!("pillow_pictures_{name}")];
        if has_torchvision {
            jobs.push(format!("torchvision_{name}"));
        }
        for job in jobs {
            let (mut own, mut theirs) = (Vec::new(), Vec::new());
            for round in 0..ROUNDS {
                own.push(seconds(|| augment.augment_all(&images, round as u64)));
                theirs.push(peer.run(&job)?);
            }
            let (own, theirs) = (median(&mut own) * 1e3, median(&mut theirs) * 1e3);
            println!("{job:<44} {own:>10.2} {theirs:>14.2} {:>7.1}x", theirs / own);
        }
    }
    Ok(())
}
