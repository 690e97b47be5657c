//! Takes off the old garment where the new one does not cover it: skin, the other garment or the background go on.

use super::Category;
use super::body::{Body, Limb};
use super::geometry::{dot, inside_by, sub};
use super::parse::{Parse, part};
use super::raster::{Colours, Plane, smoothstep};
use super::warp::Dressed;

/// What a pixel of the old garment turns into; shares add up to one.
#[derive(Clone, Copy, Default)]
struct Under {
    limb_skin: f32,
    neck_skin: f32,
    cloth: f32,
}

/// The photo with the old garment gone inside `region` (0..=1).
pub(crate) fn erase(
    photo: &Colours,
    parse: &Parse,
    body: &Body,
    dressed: &Dressed,
    region: &Plane,
    category: Category,
) -> Colours {
    let (w, h) = (photo.width, photo.height);
    let Some((x0, y0, x1, y1)) = bounds(region, (0.25 * body.shoulder_width) as usize) else {
        return photo.clone();
    };
    let (cw, ch) = (x1 - x0, y1 - y0);
    let bottoms = category == Category::Bottoms;
    let widths: Vec<[f32; 2]> = (0..=12)
        .map(|i| [0, 1].map(|s| body.half_width(parse, 0.5 + 0.05 * i as f32, s)))
        .collect();
    let depth = parse.parts[part::BACKGROUND]
        .crop(x0, y0, cw, ch)
        .distance_to(|v| v > 0.5);
    let under = |x: usize, y: usize| -> Under {
        let p = [x as f32 + 0.5, y as f32 + 0.5];
        let (fall, off) = (
            dot(sub(p, body.neck), body.down) / body.torso_length,
            dot(sub(p, body.neck), body.across),
        );
        let limbs: f32 = if bottoms {
            body.legs
                .iter()
                .map(|l| in_limb(l, p, body.shoulder_width, &[0.30, 0.19, 0.13]))
                .fold(0.0, f32::max)
        } else {
            body.arms
                .iter()
                .map(|l| in_limb(l, p, body.shoulder_width, &[0.17, 0.125, 0.085]))
                .fold(0.0, f32::max)
        };
        let neck = if dressed.neckline.is_empty() {
            0.0
        } else {
            smoothstep(-4.0, 2.0, inside_by(&dressed.neckline, p))
        };
        let row = ((fall - 0.5) / 0.05).clamp(0.0, 11.99);
        let (side, step) = (usize::from(off > 0.0), row as usize);
        let half = widths[step][side] + (widths[step + 1][side] - widths[step][side]) * row.fract();
        let torso = smoothstep(-3.0, 2.0, half - off.abs()) * smoothstep(0.45, 0.5, fall);
        // Between the shoulders and above the armpits there is skin, a little below the old cloth; lower, what is worn
        // below it.
        let cloth_thickness = 0.022 * body.shoulder_width;
        let chest = smoothstep(0.0, 4.0, 0.44 * body.shoulder_width - off.abs())
            * smoothstep(0.5, 0.45, fall)
            * smoothstep(-0.02, 0.02, fall)
            * smoothstep(0.6, 1.4, depth.at(x - x0, y - y0) / cloth_thickness);
        if bottoms {
            let limb_skin = limbs * smoothstep(1.05, 1.2, fall);
            return Under {
                limb_skin,
                neck_skin: 0.0,
                cloth: (torso * (1.0 - limb_skin)).min(1.0 - limb_skin),
            };
        }
        let neck_skin = neck.max(chest);
        let limb_skin = limbs * (1.0 - neck_skin);
        let cloth = (torso * smoothstep(0.55, 0.62, fall))
            .min(1.0 - neck_skin - limb_skin.min(1.0 - neck_skin))
            .max(0.0);
        Under {
            limb_skin,
            neck_skin,
            cloth,
        }
    };
    let shares: Vec<Under> = (0..cw * ch)
        .map(|i| {
            if region.at(x0 + i % cw, y0 + i / cw) > 0.0 {
                under(x0 + i % cw, y0 + i / cw)
            } else {
                Under::default()
            }
        })
        .collect();
    let crop = photo.crop(x0, y0, cw, ch);
    let sure = |parts: &[usize], least: f32| {
        parse
            .sum(parts)
            .crop(x0, y0, cw, ch)
            .map(|v| smoothstep(least, least + 0.1, v))
    };
    let sigma = (w as f32 / 160.0).max(2.5);
    let any = |f: fn(&Under) -> f32| shares.iter().any(|s| f(s) > 0.01);
    let skin = |parts: &[usize]| {
        let own = sure(parts, 0.86);
        if own.data.iter().sum::<f32>() > 60.0 {
            return crop.spread(&own, sigma);
        }
        // No such skin in sight: the face's median tone.
        let face = &parse.parts[part::FACE];
        let mut tones: Vec<[f32; 3]> = (0..w * h)
            .filter(|i| face.data[*i] > 0.9)
            .map(|i| photo.data[i])
            .collect();
        tones.sort_by(|a, b| a[1].total_cmp(&b[1]));
        let tone = tones
            .get(tones.len() / 2)
            .copied()
            .unwrap_or([190.0, 150.0, 130.0]);
        Colours::filled(cw, ch, tone)
    };
    let limb = any(|s| s.limb_skin).then(|| {
        if bottoms {
            skin(&[part::LEGS])
        } else {
            skin(&[part::LEFT_ARM, part::RIGHT_ARM])
        }
    });
    let neck = any(|s| s.neck_skin).then(|| skin(&[part::TORSO_SKIN]));
    let cloth = any(|s| s.cloth).then(|| {
        let worn = if bottoms {
            sure(&[part::UPPER], 0.9)
        } else {
            sure(&[part::LOWER, part::LEGS], 0.9)
        };
        crop.spread(&worn, sigma)
    });
    let calm = sure(&[part::BACKGROUND], 0.85);
    let far = calm
        .distance_to(|v| v < 0.5)
        .map(|d| smoothstep(2.0, 4.0, d));
    let ground = crop.spread(&far, sigma);
    let mut out = photo.clone();
    for (i, share) in shares.iter().enumerate() {
        let (x, y) = (x0 + i % cw, y0 + i / cw);
        let r = region.at(x, y);
        if r <= 0.0 {
            continue;
        }
        let rest = (1.0 - share.limb_skin - share.neck_skin - share.cloth).max(0.0);
        let mut colour = [0.0; 3];
        let mut weight = 0.0;
        for (layer, amount) in [
            (&limb, share.limb_skin),
            (&neck, share.neck_skin),
            (&cloth, share.cloth),
        ] {
            if let Some(layer) = layer {
                for k in 0..3 {
                    colour[k] += layer.data[i][k] * amount;
                }
                weight += amount;
            }
        }
        for k in 0..3 {
            colour[k] = (colour[k] + ground.data[i][k] * rest) / (weight + rest).max(1e-4);
        }
        let own = out.data[y * w + x];
        out.data[y * w + x] = [0, 1, 2].map(|k| own[k] * (1.0 - r) + colour[k] * r);
    }
    out
}

/// How much of a pixel a bare limb covers; radii in shoulder widths at root, middle and end.
fn in_limb(limb: &Limb, p: [f32; 2], unit: f32, radii: &[f32; 3]) -> f32 {
    let (d, t) = limb.near(p);
    let radius = if t < 1.0 {
        radii[0] + (radii[1] - radii[0]) * t
    } else {
        radii[1] + (radii[2] - radii[1]) * (t - 1.0)
    };
    smoothstep(-1.5, 1.5, radius * unit - d)
}

/// The rectangle (x0, y0, x1, y1) of what a mask touches, grown by a margin.
fn bounds(mask: &Plane, margin: usize) -> Option<(usize, usize, usize, usize)> {
    let (mut x0, mut y0, mut x1, mut y1) = (usize::MAX, usize::MAX, 0, 0);
    for y in 0..mask.height {
        for x in 0..mask.width {
            if mask.at(x, y) > 0.0 {
                (x0, y0, x1, y1) = (x0.min(x), y0.min(y), x1.max(x + 1), y1.max(y + 1));
            }
        }
    }
    (x1 > x0).then(|| {
        (
            x0.saturating_sub(margin),
            y0.saturating_sub(margin),
            (x1 + margin).min(mask.width),
            (y1 + margin).min(mask.height),
        )
    })
}
