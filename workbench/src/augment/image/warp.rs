//! Pixels moved by an affine map: for each pixel of the result, where it comes from.
//!
//! Along a row of the result the source position moves by the same step from pixel to pixel, so that it is two additions of fixed-point
//! numbers. Which pixels of the row have their source inside the picture is solved for once a row, and the innermost loop
//! asks no more.

use super::matrix::Matrix;
use super::{Border, Interpolation};
use crate::augment::picture::Image;

/// How the result looks where the source has no pixel, and between its pixels.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub border: Border,
    pub fill: u8,
    pub interpolation: Interpolation,
}

/// Fractions of 16 bits, which are Pillow's, are off by less than a thirtieth of a pixel up to this side; beyond, 32 bits are taken.
const SIDE_OF_SHORT_FRACTIONS: usize = 4096;

/// A map of a picture that may be cropped before it is carried out: its pixels are the same as if it were cropped after.
#[derive(Clone, Debug)]
pub struct Warp {
    pub height: usize,
    pub width: usize,
    top: usize,
    left: usize,
    /// Where a point of the result was in the source.
    back: Matrix,
    look: Look,
    /// Whether fractions of 16 bits are precise enough, told from the sizes before any crop.
    is_small: bool,
}

impl Warp {
    pub fn new(source: &Image, back: Matrix, height: usize, width: usize, look: Look) -> Warp {
        let is_small = [source.height, source.width, height, width].iter().all(|side| *side <= SIDE_OF_SHORT_FRACTIONS);
        Warp { height, width, top: 0, left: 0, back, look, is_small }
    }

    /// Leaves only a piece of the result.
    pub fn crop(&mut self, top: usize, left: usize, height: usize, width: usize) {
        (self.top, self.left, self.height, self.width) = (self.top + top, self.left + left, height, width);
    }
}

/// Writes all of `result`, each pixel from where it was in `source`.
pub fn warp(warp: &Warp, source: &Image, result: &mut [u8]) {
    match (source.channels, warp.is_small) {
        (1, true) => warp_pixels::<1, 16>(warp, source, result),
        (1, false) => warp_pixels::<1, 32>(warp, source, result),
        (_, true) => warp_pixels::<3, 16>(warp, source, result),
        (_, false) => warp_pixels::<3, 32>(warp, source, result),
    }
}

fn warp_pixels<const C: usize, const BITS: u32>(warp: &Warp, source: &Image, result: &mut [u8]) {
    let fixed = |value: f64| (value * (1_i64 << BITS) as f64 + 0.5).floor() as i64;
    let pixels = Pixels::<C> { pixels: source.pixels.as_chunks::<C>().0, height: source.height, width: source.width };
    // The middle of the first pixel of the first row; positions between pixels' middles are half a pixel less.
    let half = if warp.look.interpolation == Interpolation::Bilinear { 0.5 } else { 0.0 };
    let back = &warp.back;
    let (start_x, start_y) = back.at(0.5, 0.5);
    let (dx, dy, row_dx, row_dy) = (fixed(back.a), fixed(back.d), fixed(back.b), fixed(back.e));
    // Whole numbers, so that a piece starts exactly where the whole would have come to.
    let top = warp.top as i64;
    let start = Walk { x: fixed(start_x - half) + top * row_dx, y: fixed(start_y - half) + top * row_dy, dx, dy };
    let mut row_start = start.after(warp.left);
    for row in result.as_chunks_mut::<C>().0.chunks_exact_mut(warp.width) {
        match warp.look.interpolation {
            Interpolation::Nearest => nearest_row::<C, BITS>(&pixels, row, row_start, &warp.look),
            Interpolation::Bilinear => bilinear_row::<C, BITS>(&pixels, row, row_start, &warp.look),
        }
        row_start.x += row_dx;
        row_start.y += row_dy;
    }
}

struct Pixels<'a, const C: usize> {
    pixels: &'a [[u8; C]],
    height: usize,
    width: usize,
}

impl<const C: usize> Pixels<'_, C> {
    /// The pixel at a position that may be outside.
    fn at(&self, x: i64, y: i64, look: &Look) -> [u8; C] {
        let place = look.border.place(x, self.width).zip(look.border.place(y, self.height));
        place.and_then(|(x, y)| self.pixels.get(y * self.width + x)).copied().unwrap_or([look.fill; C])
    }
}

/// A position in the source, in fixed point, and its step to the next pixel of a row.
#[derive(Clone, Copy)]
struct Walk {
    x: i64,
    y: i64,
    dx: i64,
    dy: i64,
}

impl Walk {
    fn after(&self, n_steps: usize) -> Walk {
        let n_steps = n_steps as i64;
        Walk { x: self.x + n_steps * self.dx, y: self.y + n_steps * self.dy, ..*self }
    }

    fn advance(&mut self) {
        self.x += self.dx;
        self.y += self.dy;
    }

    /// The steps of `0..n` after which x and y are from 0 to below these ends: one stretch, since both grow evenly.
    fn stretch(&self, n: usize, x_end: i64, y_end: i64) -> (usize, usize) {
        let (x_from, x_to) = stretch(self.x, self.dx, x_end, n as i64);
        let (y_from, y_to) = stretch(self.y, self.dy, y_end, n as i64);
        let from = x_from.max(y_from);
        (from as usize, x_to.min(y_to).max(from) as usize)
    }
}

/// The steps of `0..n` after which `start + step * i` is from 0 to below `end`.
fn stretch(start: i64, step: i64, end: i64, n: i64) -> (i64, i64) {
    let (from, to) = match step {
        0 if (0..end).contains(&start) => (0, n),
        0 => (0, 0),
        // Rounded up.
        1.. => (-start.div_euclid(step), -(start - end).div_euclid(step)),
        _ => ((start - end).div_euclid(-step) + 1, start.div_euclid(-step) + 1),
    };
    let from = from.clamp(0, n);
    (from, to.clamp(from, n))
}

fn nearest_row<const C: usize, const BITS: u32>(source: &Pixels<C>, row: &mut [[u8; C]], start: Walk, look: &Look) {
    let ends = ((source.width as i64) << BITS, (source.height as i64) << BITS);
    let (from, to) = start.stretch(row.len(), ends.0, ends.1);
    let Some((before, rest)) = row.split_at_mut_checked(from) else { return };
    let Some((inside, after)) = rest.split_at_mut_checked(to - from) else { return };
    let mut walk = start.after(from);
    for pixel in inside {
        let place = (walk.y >> BITS) as usize * source.width + (walk.x >> BITS) as usize;
        if let Some(level) = source.pixels.get(place) {
            *pixel = *level;
        }
        walk.advance();
    }
    if look.border == Border::Constant {
        before.fill([look.fill; C]);
        after.fill([look.fill; C]);
        return;
    }
    for (pixels, mut walk) in [(before, start), (after, start.after(to))] {
        for pixel in pixels {
            *pixel = source.at(walk.x >> BITS, walk.y >> BITS, look);
            walk.advance();
        }
    }
}

fn bilinear_row<const C: usize, const BITS: u32>(source: &Pixels<C>, row: &mut [[u8; C]], start: Walk, look: &Look) {
    let ends = ((source.width as i64 - 1) << BITS, (source.height as i64 - 1) << BITS);
    let (from, to) = start.stretch(row.len(), ends.0, ends.1);
    let Some((before, rest)) = row.split_at_mut_checked(from) else { return };
    let Some((inside, after)) = rest.split_at_mut_checked(to - from) else { return };
    let mut walk = start.after(from);
    for pixel in inside {
        let place = (walk.y >> BITS) as usize * source.width + (walk.x >> BITS) as usize;
        let upper = source.pixels.get(place..place + 2);
        let lower = source.pixels.get(place + source.width..place + source.width + 2);
        if let (Some([left, right]), Some([left_below, right_below])) = (upper, lower) {
            *pixel = mixed(left, right, left_below, right_below, fraction::<BITS>(walk.x), fraction::<BITS>(walk.y));
        }
        walk.advance();
    }
    for (pixels, mut walk) in [(before, start), (after, start.after(to))] {
        for pixel in pixels {
            *pixel = bilinear_pixel::<C, BITS>(source, walk, look);
            walk.advance();
        }
    }
}

/// A pixel near the border or outside. As in Pillow, the constant level begins sharply at the border, up to which the outermost
/// pixels reach.
fn bilinear_pixel<const C: usize, const BITS: u32>(source: &Pixels<C>, walk: Walk, look: &Look) -> [u8; C] {
    let half = 1_i64 << (BITS - 1);
    let is_inside = (0..(source.width as i64) << BITS).contains(&(walk.x + half))
        && (0..(source.height as i64) << BITS).contains(&(walk.y + half));
    let look = match (look.border, is_inside) {
        (Border::Constant, false) => return [look.fill; C],
        (Border::Constant, true) => Look { border: Border::Edge, ..*look },
        _ => *look,
    };
    let (x, y) = (walk.x >> BITS, walk.y >> BITS);
    mixed(
        &source.at(x, y, &look),
        &source.at(x + 1, y, &look),
        &source.at(x, y + 1, &look),
        &source.at(x + 1, y + 1, &look),
        fraction::<BITS>(walk.x),
        fraction::<BITS>(walk.y),
    )
}

/// The first 8 bits after the point.
#[inline]
fn fraction<const BITS: u32>(position: i64) -> u32 {
    (position >> (BITS - 8)) as u32 & 255
}

/// The mean of four pixels, with weights that add up to 65,536.
#[inline]
fn mixed<const C: usize>(
    left: &[u8; C],
    right: &[u8; C],
    left_below: &[u8; C],
    right_below: &[u8; C],
    x: u32,
    y: u32,
) -> [u8; C] {
    let weights = [(256 - x) * (256 - y), x * (256 - y), (256 - x) * y, x * y];
    std::array::from_fn(|channel| {
        let sum = u32::from(left[channel]) * weights[0]
            + u32::from(right[channel]) * weights[1]
            + u32::from(left_below[channel]) * weights[2]
            + u32::from(right_below[channel]) * weights[3];
        ((sum + (1 << 15)) >> 16) as u8
    })
}
