//! Closes slits: where pieces of a garment do not quite meet on a body, its own cloth goes on between them.
//!
//! Only what the garment has to cover is closed: between its outlines, over the person, near its seams. A keyhole in the
//! middle of a chest stays open.

use super::area::Area;
use super::body::Body;
use super::geometry::{Point, along, distance, dot, inside_by, mix, scaled, sub, unit};
use super::parse::{Parts, part};
use super::raster::{Colours, Plane, smoothstep};
use super::warp::{Cover, Dressed, Layer};

/// How far the cloth goes on outside of its outlines, in shoulder widths.
const REACH: f32 = 0.07;
/// How far from the torso's outline a hole may lie, in shoulder widths.
const SEAM: f32 = 0.14;
/// How far from its middle line an arm reaches, in shoulder widths.
const ARM: f32 = 0.15;
/// How far from a sleeve's end its cloth may end, in shoulder widths.
const LANDMARK: f32 = 0.2;
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
    let limit = LANDMARK * body.shoulder_width;
    let sleeves = cover.sleeves.iter().zip(&dressed.limbs);
    let cuffs: Vec<Option<Cuff>> = sleeves
        .map(|((_, outline), limb)| Cuff::of(outline, &limb.alpha, limit))
        .collect();
    let alpha = Plane::from_fn(all.width, all.height, |x, y| {
        let (skin, old, below) = (skin.at(x, y), old.at(x, y), lower.at(x, y));
        let above = skin + old;
        if above + below < 0.3 || all.at(x, y) > 0.99 {
            return 0.0;
        }
        let p = [x as f32 + 0.5, y as f32 + 0.5];
        let wanted = wanted(cover, &cuffs, body, dressed, p);
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
fn wanted(
    cover: &Cover,
    cuffs: &[Option<Cuff>],
    body: &Body,
    dressed: &Dressed,
    p: Point,
) -> Wanted {
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
    for ((side, outline), cuff) in cover.sleeves.iter().zip(cuffs) {
        let (off, along) = body.arms[*side].near(p);
        let end = dressed.sleeve_ends[*side];
        let covered = cuff
            .as_ref()
            .map_or(1.0, |cuff| smoothstep(1.0, -1.0, cuff.past(p)));
        let below = (1.0 - covered) * smoothstep(end + BELOW, end + 0.8 * BELOW, along);
        bare = bare.max(below * smoothstep(ARM * unit, 0.85 * ARM * unit, off));
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

/// Places across a cuff where it is looked for the end of its cloth.
const PLACES: usize = 12;

/// Where a sleeve ends.
struct Cuff {
    /// The outer end of its line, the unit vector along that to its inner end, and how long it is.
    outer: Point,
    line: Point,
    width: f32,
    /// Unit vector across the line, out of the sleeve.
    out: Point,
    /// How far from the line its cloth ends: landmarks are not exact.
    short: [f32; PLACES],
}

impl Cuff {
    /// That of a sleeve whose outline goes from the shoulder along its outer edge to the cuff, and back along its inner edge; `alpha` is how
    /// much of each pixel it is, `limit` how far the landmarks may be off.
    fn of(outline: &[Point], alpha: &Plane, limit: f32) -> Option<Self> {
        let (outer, inner) = outline.split_at(outline.len() / 2);
        let (outer, inner) = (outer.last_chunk::<2>()?, inner.first_chunk::<2>()?);
        let width = distance(inner[0], outer[1]);
        let line = unit(sub(inner[0], outer[1]));
        let across = [-line[1], line[0]];
        let side = dot(sub(outer[1], mix(outer[0], inner[1], 0.5)), across).signum();
        let out = scaled(across, side);
        let end = |i: usize| {
            let place = (i as f32 + 0.5) / PLACES as f32;
            let at = mix(outer[1], inner[0], place);
            let mut steps = (0..limit as usize).map(|step| step as f32);
            let cloth = |step: f32| along(at, out, -step);
            steps.find(|step| {
                let [x, y] = cloth(*step);
                alpha.sample_or_zero(x, y) > 0.5
            })
        };
        let ends: [Option<f32>; PLACES] = std::array::from_fn(end);
        let mean = ends.iter().flatten().sum::<f32>() / ends.iter().flatten().count().max(1) as f32;
        Some(Self {
            outer: outer[1],
            line,
            width,
            out,
            short: ends.map(|end| end.unwrap_or(mean)),
        })
    }

    /// How far a point lies past the end of the cloth, in pixels; less than 0 within the sleeve.
    fn past(&self, p: Point) -> f32 {
        let from = sub(p, self.outer);
        let place = dot(from, self.line) / self.width.max(1.0) * PLACES as f32;
        let short = self.short[(place.max(0.0) as usize).min(PLACES - 1)];
        dot(from, self.out) + short
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cuff_ends_where_its_cloth_does_and_not_square_to_the_arm() {
        // A sleeve that hangs down, its cuff lower on its inner (right) side; and its mirror image.
        let outline = [
            [20.0, 0.0],
            [20.0, 20.0],
            [20.0, 40.0],
            [50.0, 60.0],
            [50.0, 30.0],
            [50.0, 0.0],
        ];
        let mirrored = outline.map(|[x, y]| [100.0 - x, y]);
        // Its cloth ends six pixels above its landmarks.
        let line = |x: f32| 40.0 + (x - 20.0) * 20.0 / 30.0;
        let short = 6.0 * (1.0 + 4.0 / 9.0_f32).sqrt();
        let cloth = |x: usize, y: usize| {
            let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
            f32::from((15.0..55.0).contains(&x) && y < line(x) - short)
        };
        let alpha = Plane::from_fn(100, 100, cloth);
        let turned = Plane::from_fn(100, 100, |x, y| cloth(99 - x, y));
        let cuff = Cuff::of(&outline, &alpha, 20.0).unwrap();
        let other = Cuff::of(&mirrored, &turned, 20.0).unwrap();
        for x in [16.0, 25.0, 35.0, 45.0, 54.0] {
            let past = cuff.past([x, line(x)]);
            assert!((past - 6.0).abs() < 1.2, "{x}: {past}");
            let past = other.past([100.0 - x, line(x) - 2.0 * short]);
            assert!((past + 6.0).abs() < 1.2, "{x}: {past}");
        }
    }

    #[test]
    fn a_sleeve_that_is_not_seen_ends_at_its_landmarks() {
        let outline = [[0.0, 0.0], [0.0, 40.0], [30.0, 40.0], [30.0, 0.0]];
        let cuff = Cuff::of(&outline, &Plane::filled(60, 60, 0.0), 20.0).unwrap();
        assert!((cuff.past([15.0, 43.0]) - 3.0).abs() < 1e-4);
        assert!(Cuff::of(&[[0.0, 0.0]], &Plane::filled(60, 60, 0.0), 20.0).is_none());
    }
}
