//! Closes slits: where pieces of a garment do not quite meet on a body, its own cloth goes on between them.
//!
//! Only what the garment has to cover is closed: between its outlines, over the person, near its seams. A keyhole in the
//! middle of a chest stays open.

use super::area::Area;
use super::body::Body;
use super::geometry::{Point, dot, inside_by, sub};
use super::parse::{Parts, part};
use super::raster::{Colours, Plane, smoothstep};
use super::warp::{Cover, Dressed, Layer};

/// How far the cloth goes on outside of its outlines, in shoulder widths.
const REACH: f32 = 0.07;
/// How far from the torso's outline a hole may lie, in shoulder widths.
const SEAM: f32 = 0.14;
/// How far from its middle line an arm reaches, in shoulder widths.
const ARM: f32 = 0.15;
/// How far below a sleeve's end an arm is told from the torso by where it hangs, as a share of the upper arm.
const BELOW: f32 = 0.35;

/// Cloth for what `all` (the garment's opacity) leaves open, behind all its pieces. `over` is what lies in front of it
/// anyway (head, bare arms).
pub(crate) fn seal(
    parts: &Parts,
    body: &Body,
    dressed: &Dressed,
    all: &Plane,
    over: &Plane,
) -> Option<Layer> {
    let cover = dressed.cover.as_ref()?;
    let skin = parts.sum(&[part::TORSO_SKIN, part::LEFT_ARM, part::RIGHT_ARM]);
    let old = &parts[part::UPPER];
    let lower = &parts[part::LOWER];
    let alpha = Plane::from_fn(all.width, all.height, |x, y| {
        let (skin, old, below) = (skin.at(x, y), old.at(x, y), lower.at(x, y));
        let above = skin + old;
        if above + below < 0.3 || all.at(x, y) > 0.99 {
            return 0.0;
        }
        let p = [x as f32 + 0.5, y as f32 + 0.5];
        let wanted = wanted(cover, body, dressed, p);
        let seen = |v: f32| smoothstep(0.35, 0.6, v);
        let open = (wanted.inside * seen(above + below))
            .max(wanted.slit * seen(above))
            .max(wanted.beside * seen(skin));
        open * (1.0 - over.at(x, y))
    });
    let area = Area::around(&alpha, (2.0 * REACH * body.shoulder_width) as usize)?;
    let whole = area.crop(all).map(|v| smoothstep(0.9, 0.99, v));
    let open = area.crop(&alpha);
    let sigma = (0.015 * body.shoulder_width).max(1.5);
    let near = worn(dressed, area).spread_where(&whole, sigma, |i| open.data[i] > 0.0);
    let mut colours = Colours::filled(all.width, all.height, [0.0; 3]);
    for (y, row) in near.data.chunks_exact(area.width).enumerate() {
        let start = (area.y + y) * all.width + area.x;
        colours.data[start..start + area.width].copy_from_slice(row);
    }
    Some(Layer { colours, alpha })
}

/// How much a garment has to cover a point of the photo.
#[derive(Default)]
struct Wanted {
    /// As part of its torso, whatever was there.
    inside: f32,
    /// In a sleeve, and between that and the torso, whatever of a top or of skin was there.
    slit: f32,
    /// Beside a sleeve: skin. Old cloth may end there, and goes.
    beside: f32,
}

/// How much the garment has to cover a point of the photo, whether or not it does.
fn wanted(cover: &Cover, body: &Body, dressed: &Dressed, p: Point) -> Wanted {
    let unit = body.shoulder_width;
    let within = |depth: f32| smoothstep(-REACH * unit, -0.6 * REACH * unit, depth);
    if cover.bounds.away(p) > REACH * unit {
        return Wanted::default();
    }
    let depth = if cover.trunk_bounds.away(p) > REACH * unit {
        f32::MIN
    } else {
        inside_by(&cover.trunk, p)
    };
    let below_hem = dot(sub(p, cover.hem), body.down);
    let seam = smoothstep(SEAM * unit, 0.8 * SEAM * unit, depth);
    let inside = smoothstep(-1.0, 1.0, depth) * seam * smoothstep(0.0, -4.0, below_hem);
    let (mut slit, mut beside, mut bare) = (0.0_f32, 0.0_f32, 0.0_f32);
    let by_trunk = within(depth) * seam * smoothstep(0.0, -REACH * unit, below_hem);
    for (side, outline) in &cover.sleeves {
        let (off, along) = body.arms[*side].near(p);
        let end = dressed.sleeve_ends[*side];
        let below =
            smoothstep(end, end + 0.03, along) * smoothstep(end + BELOW, end + 0.8 * BELOW, along);
        bare = bare.max(below * smoothstep(ARM * unit, 0.85 * ARM * unit, off));
        let covered = smoothstep(end + 0.01, end - 0.02, along);
        if covered <= 0.0 {
            continue;
        }
        let depth = inside_by(outline, p);
        let by_sleeve = within(depth);
        let inner = smoothstep(-1.0, 1.0, depth);
        slit = slit.max(inner.max(by_sleeve * by_trunk) * covered);
        beside = beside.max(by_sleeve.max(by_trunk) * covered);
    }
    // Below its sleeve an arm lies before the torso, also where an old, longer sleeve hides that.
    let inside = inside * (1.0 - bare);
    if inside + slit + beside <= 0.0 {
        return Wanted::default();
    }
    let open = 1.0 - smoothstep(-3.0, 1.0, inside_by(&dressed.neckline, p));
    Wanted {
        inside: inside * open,
        slit: slit * open,
        beside: beside * open,
    }
}

/// The colours of a garment's pieces in an area, those in front over those behind.
fn worn(dressed: &Dressed, area: Area) -> Colours {
    let front = &dressed.front;
    Colours::from_fn(area.width, area.height, |x, y| {
        let (x, y) = (area.x + x, area.y + y);
        let mut colour = [0.0; 3];
        for layer in dressed.under.iter().chain([front]).chain(&dressed.limbs) {
            let alpha = layer.alpha.at(x, y);
            if alpha > 0.0 {
                for (value, own) in colour.iter_mut().zip(layer.colours.at(x, y)) {
                    *value += (own - *value) * alpha;
                }
            }
        }
        colour
    })
}
