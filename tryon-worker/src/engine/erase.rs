//! Takes off the old garment where the new one does not cover it: skin, the other garment or the background go on.

use rayon::prelude::*;

use super::Category;
use super::area::Area;
use super::body::{Body, Limb};
use super::geometry::{Point, dot, inside_by, sub};
use super::parse::part;
use super::person::Scene;
use super::raster::{Colours, Plane, Rgb, smoothstep};
use super::warp::Dressed;

/// What a pixel of the old garment turns into; shares add up to one.
#[derive(Clone, Copy)]
struct Under {
    limb_skin: f32,
    neck_skin: f32,
    cloth: f32,
}

impl Under {
    /// The ground's share.
    fn rest(&self) -> f32 {
        (1.0 - self.limb_skin - self.neck_skin - self.cloth).max(0.0)
    }
}

/// The photo with the old garment gone inside `region` (0..=1).
pub(crate) fn erase(scene: &Scene<'_>, dressed: &Dressed, region: &Plane) -> Colours {
    let photo = &scene.photo;
    let Some(area) = Area::around(region, (0.25 * scene.body.shoulder_width) as usize) else {
        return photo.clone();
    };
    let figure = Figure::new(scene, dressed, area);
    let shares: Vec<Option<Under>> = (0..area.width * area.height)
        .into_par_iter()
        .with_min_len(4096)
        .map(|i| {
            let (x, y) = area.pixel(i);
            (region.at(x, y) > 0.0).then(|| figure.under(x, y))
        })
        .collect();
    let fills = Fills::new(scene, area, &shares);
    let mut out = photo.clone();
    let rows = out.data.par_chunks_mut(photo.width).skip(area.y);
    rows.zip(shares.par_chunks(area.width))
        .enumerate()
        .for_each(|(row, (out, shares))| {
            for (x, share) in shares.iter().enumerate() {
                let Some(share) = share else { continue };
                let colour = fills.colour(row * area.width + x, share);
                let amount = region.at(area.x + x, area.y + row);
                let own = &mut out[area.x + x];
                *own = [0, 1, 2].map(|k| own[k] * (1.0 - amount) + colour[k] * amount);
            }
        });
    out
}

/// What the erased cloth lay on.
struct Figure<'a> {
    body: &'a Body,
    neckline: &'a [Point],
    /// Where each sleeve ends along its arm.
    sleeve_ends: [f32; 2],
    /// How far down each leg a new bottom reaches; none for tops.
    leg_ends: Option<[f32; 2]>,
    area: Area,
    /// Half the torso's width at 0.5, 0.55, … torso lengths below the neck: left, right.
    widths: Vec<[f32; 2]>,
    /// How thick what is worn is, in pixels.
    cloth_thickness: f32,
    /// How deep inside the person's outline each pixel of the area is, as far as that counts.
    depth: Plane,
}

impl<'a> Figure<'a> {
    fn new(scene: &'a Scene<'_>, dressed: &'a Dressed, area: Area) -> Self {
        let (whole, parse) = (&scene.person.body, &scene.person.parse);
        let widths = (0..=12)
            .map(|i| [0, 1].map(|s| whole.half_width(parse, 0.5 + 0.05 * i as f32, s)))
            .collect();
        let cloth_thickness = 0.022 * scene.body.shoulder_width;
        let depth = area
            .crop(&scene.parts[part::BACKGROUND])
            .distance_within(1.4 * cloth_thickness, |v| v > 0.5);
        Self {
            body: &scene.body,
            neckline: &dressed.neckline,
            sleeve_ends: dressed.sleeve_ends,
            leg_ends: (scene.category == Category::Bottoms).then(|| leg_ends(&scene.body, dressed)),
            area,
            widths,
            cloth_thickness,
            depth,
        }
    }

    fn under(&self, x: usize, y: usize) -> Under {
        let (body, p) = (self.body, [x as f32 + 0.5, y as f32 + 0.5]);
        let (fall, off) = (
            dot(sub(p, body.neck), body.down) / body.torso_length,
            dot(sub(p, body.neck), body.across),
        );
        let torso = smoothstep(-3.0, 2.0, self.half_width(fall, off > 0.0) - off.abs())
            * smoothstep(0.45, 0.5, fall);
        if let Some(ends) = self.leg_ends {
            let legs = self.bare_legs(p, ends);
            let limb_skin = legs * smoothstep(1.05, 1.2, fall);
            return Under {
                limb_skin,
                neck_skin: 0.0,
                // Below the crotch there is nothing between the legs.
                cloth: torso * (1.0 - limb_skin) * smoothstep(1.1, 1.02, fall),
            };
        }
        let neck = if self.neckline.is_empty() {
            0.0
        } else {
            smoothstep(-4.0, 2.0, inside_by(self.neckline, p))
        };
        // Between the shoulders and above the armpits there is skin, a little below the old cloth; lower, what is worn
        // below it.
        let chest = smoothstep(0.0, 4.0, 0.44 * body.shoulder_width - off.abs())
            * smoothstep(0.5, 0.45, fall)
            * smoothstep(-0.02, 0.02, fall)
            * smoothstep(
                0.6,
                1.4,
                self.depth.at(x - self.area.x, y - self.area.y) / self.cloth_thickness,
            );
        let neck_skin = neck.max(chest);
        let limb_skin = self.bare_arms(p) * (1.0 - neck_skin);
        let cloth = (torso * smoothstep(0.55, 0.62, fall))
            .min(1.0 - neck_skin - limb_skin.min(1.0 - neck_skin))
            .max(0.0);
        Under {
            limb_skin,
            neck_skin,
            cloth,
        }
    }

    /// How much of a pixel bare legs cover: beside a leg of cloth there is no skin, however wide the old cloth was.
    fn bare_legs(&self, p: Point, ends: [f32; 2]) -> f32 {
        (self.body.legs.iter().zip(ends))
            .map(|(leg, end)| {
                let bare = smoothstep(end - 0.04, end + 0.02, leg.near(p).1);
                bare * in_limb(leg, p, self.body.shoulder_width, [0.30, 0.19, 0.13])
            })
            .fold(0.0, f32::max)
    }

    /// How much of a pixel bare arms cover: an arm is bare from where its sleeve ends.
    fn bare_arms(&self, p: Point) -> f32 {
        (0..2)
            .map(|s| {
                let (arm, end) = (&self.body.arms[s], self.sleeve_ends[s]);
                let bare = if end > 0.0 {
                    smoothstep(end - 0.04, end + 0.02, arm.near(p).1)
                } else {
                    1.0
                };
                bare * in_limb(arm, p, self.body.shoulder_width, [0.17, 0.125, 0.085])
            })
            .fold(0.0, f32::max)
    }

    fn half_width(&self, fall: f32, right: bool) -> f32 {
        let row = ((fall - 0.5) / 0.05).clamp(0.0, 11.99);
        let (side, step) = (usize::from(right), row as usize);
        self.widths[step][side]
            + (self.widths[step + 1][side] - self.widths[step][side]) * row.fract()
    }
}

/// The colours that go on where cloth was taken off; made only where they are needed.
struct Fills {
    limb: Option<Colours>,
    neck: Option<Colours>,
    cloth: Option<Colours>,
    ground: Colours,
}

impl Fills {
    fn new(scene: &Scene<'_>, area: Area, shares: &[Option<Under>]) -> Self {
        let crop = area.crop(&scene.photo);
        let sigma = (scene.unit() / 160.0).max(2.5);
        let sure = |parts: &[usize], least: f32| {
            area.crop(&scene.parts.sum(parts))
                .map(|v| smoothstep(least, least + 0.1, v))
        };
        let any = |f: fn(&Under) -> f32| shares.iter().flatten().any(|s| f(s) > 0.01);
        let spread = |seen: &Plane, share: fn(&Under) -> f32| {
            let wanted = |i: usize| shares[i].is_some_and(|s| share(&s) > 0.0);
            crop.spread_where(seen, sigma, wanted)
        };
        let skin = |parts: &[usize], share: fn(&Under) -> f32| {
            let own = sure(parts, 0.86);
            if own.data.iter().sum::<f32>() > 60.0 {
                spread(&own, share)
            } else {
                Colours::filled(area.width, area.height, scene.person.face_tone())
            }
        };
        let (limbs, worn): (&[usize], &[usize]) = if scene.category == Category::Bottoms {
            (&[part::LEGS], &[part::UPPER])
        } else {
            (
                &[part::LEFT_ARM, part::RIGHT_ARM],
                &[part::LOWER, part::LEGS],
            )
        };
        let far = sure(&[part::BACKGROUND], 0.85)
            .distance_within(4.0, |v| v < 0.5)
            .map(|d| smoothstep(2.0, 4.0, d));
        Self {
            limb: any(|s| s.limb_skin).then(|| skin(limbs, |s| s.limb_skin)),
            neck: any(|s| s.neck_skin).then(|| skin(&[part::TORSO_SKIN], |s| s.neck_skin)),
            cloth: any(|s| s.cloth).then(|| spread(&sure(worn, 0.9), |s| s.cloth)),
            ground: spread(&far, Under::rest),
        }
    }

    /// The mixture for a pixel of the area.
    fn colour(&self, index: usize, share: &Under) -> Rgb {
        let mut colour = [0.0; 3];
        let mut weight = 0.0;
        let layers = [
            (self.limb.as_ref(), share.limb_skin),
            (self.neck.as_ref(), share.neck_skin),
            (self.cloth.as_ref(), share.cloth),
            (Some(&self.ground), share.rest()),
        ];
        for (layer, amount) in layers {
            if let Some(layer) = layer {
                for (value, own) in colour.iter_mut().zip(layer.data[index]) {
                    *value += own * amount;
                }
                weight += amount;
            }
        }
        colour.map(|v| v / weight.max(1e-4))
    }
}

/// How far down each leg a bottom on the body reaches (0 hip, 1 knee, 2 ankle).
fn leg_ends(body: &Body, dressed: &Dressed) -> [f32; 2] {
    let mut ends = [0.0_f32; 2];
    let cloth = dressed.limbs.iter().chain([&dressed.front]);
    for alpha in cloth.map(|layer| &layer.alpha) {
        for i in (0..alpha.data.len()).filter(|i| alpha.data[*i] > 0.5) {
            let p = [
                (i % alpha.width) as f32 + 0.5,
                (i / alpha.width) as f32 + 0.5,
            ];
            for (leg, end) in body.legs.iter().zip(&mut ends) {
                let (off, along) = leg.near(p);
                if off < 0.1 * body.shoulder_width {
                    *end = end.max(along);
                }
            }
        }
    }
    ends
}

/// How much of a pixel a bare limb covers; radii in shoulder widths at root, middle and end.
fn in_limb(limb: &Limb, p: Point, unit: f32, radii: [f32; 3]) -> f32 {
    let (d, t) = limb.near(p);
    let radius = if t < 1.0 {
        radii[0] + (radii[1] - radii[0]) * t
    } else {
        radii[1] + (radii[2] - radii[1]) * (t.min(2.0) - 1.0)
    };
    smoothstep(-1.5, 1.5, radius * unit - d)
}
