//! Puts everything together: what lies in front of what, light and shadow, and a last look at the result.

use super::Category;
use super::area::Area;
use super::body::Body;
use super::error::Refusal;
use super::geometry::{dot, inside_by, mix, sub};
use super::hands;
use super::parse::part;
use super::person::Scene;
use super::raster::{Colours, Plane, Raster, Rgb, components, smoothstep};
use super::seal;
use super::warp::{Dressed, Layer};

/// Opacities of the layers after everything in front of them was taken out.
pub(crate) struct Visible {
    pub(crate) behind: Option<Plane>,
    pub(crate) front: Plane,
    pub(crate) limbs: Vec<Plane>,
    /// What lies behind `front`: what a picture hid of sleeves.
    pub(crate) under: Vec<Plane>,
    /// Cloth that closes slits, behind the rest.
    pub(crate) sealed: Option<Layer>,
    /// The garment's whole opacity.
    pub(crate) all: Plane,
    /// What lies in front of every garment: head and bare arms.
    pub(crate) over: Plane,
    /// Of that, hands: nothing covers, erases or darkens them.
    pub(crate) hands: Plane,
    /// Where the old garment has to go.
    pub(crate) erase: Plane,
}

impl Visible {
    /// How much of each pixel the new garment is, its inside behind the neck included.
    pub(crate) fn coverage(&self) -> Plane {
        match &self.behind {
            Some(behind) => {
                let mut coverage = self.all.clone();
                coverage.join(behind);
                coverage
            }
            None => self.all.clone(),
        }
    }

    /// The garment alone as its own picture shows it, by pixels: red, green and blue (0..=255) times how much of the pixel it is, and that
    /// (0..=1).
    pub(crate) fn unlit<'a>(
        &'a self,
        dressed: &'a Dressed,
    ) -> impl Fn(usize, usize) -> [f32; 4] + Sync + 'a {
        let layers = self.layers(dressed);
        move |x, y| {
            let mut c = [0.0; 4];
            for (colours, alpha) in &layers {
                let alpha = alpha.at(x, y);
                if alpha > 0.0 {
                    for (value, own) in c.iter_mut().zip(colours.at(x, y).into_iter().chain([1.0]))
                    {
                        *value += (own - *value) * alpha;
                    }
                }
            }
            c
        }
    }

    /// What lies on the body from back to front, the inside behind the neck aside, and how much of each pixel is seen of it.
    fn layers<'a>(&'a self, dressed: &'a Dressed) -> Vec<(&'a Colours, &'a Plane)> {
        let sealed = self
            .sealed
            .iter()
            .map(|layer| (&layer.colours, &layer.alpha));
        let under = dressed.under.iter().map(|layer| &layer.colours);
        let limbs = dressed.limbs.iter().map(|layer| &layer.colours);
        (sealed.chain(under.zip(&self.under)))
            .chain([(&dressed.front.colours, &self.front)])
            .chain(limbs.zip(&self.limbs))
            .collect()
    }
}

/// Orders garment and person by depth.
pub(crate) fn order(scene: &Scene<'_>, dressed: &Dressed) -> Visible {
    let (parts, body, category) = (&scene.parts, &scene.body, scene.category);
    let (w, h) = (scene.area.width, scene.area.height);
    let head = parts
        .sum(&[part::HAIR, part::FACE])
        .map(|v| smoothstep(0.35, 0.7, v));
    let arm_parts = parts.sum(&[part::LEFT_ARM, part::RIGHT_ARM]);
    let bottoms = category == Category::Bottoms;
    let (hands, old) = rayon::join(
        || hands::hands(&scene.photo, parts, body),
        || Old::of(scene),
    );
    let bare_arms = Plane::from_fn(w, h, |x, y| {
        let v = smoothstep(0.35, 0.65, arm_parts.at(x, y));
        if v <= 0.0 || bottoms {
            return v;
        }
        let (side, t) = body.arm_near([x as f32 + 0.5, y as f32 + 0.5]);
        v * smoothstep(0.0, 0.06, t - dressed.sleeve_ends[side].max(0.12))
    })
    .zip(&hands, f32::max);
    // A top hangs over the waistband of what is worn below it.
    let upper = bottoms.then(|| parts[part::UPPER].map(|v| smoothstep(0.35, 0.65, v)));
    let open = Plane::from_index(&head, |i| {
        let covered = upper.as_ref().map_or(0.0, |upper| upper.data[i]);
        (1.0 - head.data[i]) * (1.0 - bare_arms.data[i]) * (1.0 - covered)
    });
    let behind_the_rest = |layer: &Plane| layer.zip(&open, |alpha, open| alpha * open);
    let front = behind_the_rest(&dressed.front.alpha);
    let limbs: Vec<Plane> = dressed
        .limbs
        .iter()
        .map(|limb| {
            if bottoms {
                behind_the_rest(&limb.alpha)
            } else {
                Plane::from_index(&hands, |i| {
                    limb.alpha.data[i] * (1.0 - head.data[i]) * (1.0 - hands.data[i])
                })
            }
        })
        .collect();
    let behind = dressed.behind.as_ref().map(|layer| {
        let skin = parts.sum(&[part::TORSO_SKIN, part::FACE, part::HAIR]);
        let collar = mix(dressed.collar[0], dressed.collar[1], 0.5);
        Plane::from_fn(w, h, |x, y| {
            let p = [x as f32 + 0.5, y as f32 + 0.5];
            let off = dot(sub(p, body.neck), body.across).abs();
            // The neck itself hides the collar's back, and the chest what hangs below the collar.
            let beside = smoothstep(0.17, 0.22, off / body.shoulder_width);
            let below = dot(sub(p, collar), body.down) / body.shoulder_width;
            let seen = beside * smoothstep(0.04, 0.0, below);
            layer.alpha.at(x, y) * (1.0 - smoothstep(0.25, 0.6, skin.at(x, y))) * seen
        })
    });
    let mut all = front.clone();
    for limb in &limbs {
        all.join(limb);
    }
    // Where the photo shows its background between arm and body, so does the result.
    let person = parts[part::BACKGROUND].map(|v| smoothstep(0.65, 0.4, v));
    let under: Vec<Plane> = dressed
        .under
        .iter()
        .map(|layer| behind_the_rest(&layer.alpha).zip(&person, |a, p| a * p))
        .collect();
    for layer in &under {
        all.join(layer);
    }
    let over = head.zip(&bare_arms, f32::max);
    let sealed = seal::seal(parts, body, dressed, &all, &over);
    if let Some(layer) = &sealed {
        all.join(&layer.alpha);
    }
    let erase = old.left(scene, dressed, &all, [&bare_arms, &hands]);
    Visible {
        behind,
        front,
        limbs,
        under,
        sealed,
        all,
        over,
        hands,
        erase,
    }
}

/// How sure the network is at least where old cloth goes.
const OLD: f32 = 0.35;

/// What is worn and has to go.
struct Old {
    cloth: Plane,
    /// Where it is, and a little around.
    near: Plane,
    /// The other garment that is worn: what is below stays under a dress.
    other: Plane,
}

impl Old {
    fn of(scene: &Scene<'_>) -> Self {
        let (old, other) = match scene.category {
            Category::Tops | Category::Outerwear | Category::Dresses => (part::UPPER, part::LOWER),
            Category::Bottoms => (part::LOWER, part::UPPER),
        };
        let (old, other) = (scene.parts[old].clone(), scene.parts[other].clone());
        let cloth = without_doubtful_islands(old, &other);
        let reach = (scene.unit() / 260.0).max(2.0);
        let near = cloth
            .map(|v| if v > OLD { 1.0 } else { 0.0 })
            .grown(reach)
            .blur(0.8);
        Self { cloth, near, other }
    }

    /// Where it has to go: what the new garment (`all`) leaves of it.
    fn left(
        &self,
        scene: &Scene<'_>,
        dressed: &Dressed,
        all: &Plane,
        [bare_arms, hands]: [&Plane; 2],
    ) -> Plane {
        let [hair, face] = [part::HAIR, part::FACE].map(|part| &scene.parts[part]);
        Plane::from_fn(all.width, all.height, |x, y| {
            let i = y * all.width + x;
            let (near, cloth) = (self.near.data[i], self.cloth.data[i]);
            if near <= 0.0 {
                return 0.0;
            }
            let solid = smoothstep(0.5, 0.8, hair.data[i] + face.data[i])
                .max(0.9 * smoothstep(0.6, 0.9, bare_arms.data[i]))
                .max(hands.data[i]);
            let other = smoothstep(0.7, 0.9, self.other.data[i]);
            let goes = near
                * (1.0 - solid * (1.0 - smoothstep(0.35, 0.6, cloth)))
                * (1.0 - other * (1.0 - smoothstep(0.2, 0.4, cloth)))
                * smoothstep(0.999, 0.98, all.data[i]);
            // Skin stays under a new neckline; only old cloth goes.
            let p = [x as f32 + 0.5, y as f32 + 0.5];
            let bare =
                goes > 0.0 && !dressed.neckline.is_empty() && inside_by(&dressed.neckline, p) > 2.0;
            if bare {
                goes * smoothstep(0.12, 0.4, cloth)
            } else {
                goes
            }
        })
    }
}

/// The old garment without specks away from it that the `other` one surrounds: in dark or even cloth the network is not sure.
fn without_doubtful_islands(mut old: Plane, other: &Plane) -> Plane {
    let (width, height) = (old.width, old.height);
    let (labels, sizes) = components(width, height, |i| old.data[i] > OLD);
    // Of the pixels beside each speck: those of the other garment, and all.
    let mut beside = vec![[0_usize; 2]; sizes.len()];
    for i in (0..labels.len()).filter(|i| labels[*i] > 0) {
        let (x, y) = (i % width, i / width);
        let near = [
            (x > 0).then(|| i - 1),
            (x + 1 < width).then_some(i + 1),
            (y > 0).then(|| i.wrapping_sub(width)),
            (y + 1 < height).then_some(i + width),
        ];
        for j in near.into_iter().flatten().filter(|j| labels[*j] == 0) {
            let [others, all] = &mut beside[labels[i] as usize];
            *others += usize::from(other.data[j] > 0.5);
            *all += 1;
        }
    }
    let largest = sizes.iter().skip(1).max().copied().unwrap_or(0);
    for (value, label) in old.data.iter_mut().zip(labels) {
        let (size, [others, all]) = (sizes[label as usize], beside[label as usize]);
        if label > 0 && size * 10 < largest && others * 10 > all * 9 {
            *value = 0.0;
        }
    }
    old
}

/// The finished picture and the mask of what may differ from the photo.
pub(crate) fn compose(
    scene: &Scene<'_>,
    base: &Colours,
    dressed: &Dressed,
    visible: &Visible,
    light: &Plane,
) -> Colours {
    let (parts, body) = (&scene.parts, &scene.body);
    let (w, h) = (scene.area.width, scene.area.height);
    let reach = scene.unit() / 150.0;
    let arms = parts.sum(&[part::LEFT_ARM, part::RIGHT_ARM]);
    let body_skin = parts.sum(&[part::TORSO_SKIN, part::LOWER, part::LEGS, part::UPPER]);
    let distance = visible.all.distance_within(3.5 * reach, |v| v > 0.5);
    let layers = visible.layers(dressed);
    let cover = |c: &mut Rgb, own: Rgb, alpha: f32, gain: f32| {
        for (value, own) in c.iter_mut().zip(own) {
            *value += ((own * gain).min(255.0) - *value) * alpha;
        }
    };
    Colours::from_fn(w, h, |x, y| {
        let i = y * w + x;
        let mut c = base.data[i];
        if let (Some(layer), Some(alpha)) = (&dressed.behind, &visible.behind)
            && alpha.data[i] > 0.0
        {
            cover(
                &mut c,
                layer.colours.data[i],
                alpha.data[i],
                light.data[i] * 0.85,
            );
        }
        let d = distance.data[i];
        if d > 0.0 && d < 3.5 * reach {
            // The garment's soft shadow on what it touches.
            let falloff = (-d / reach).exp() * (1.0 - d / (3.5 * reach));
            let touched = body_skin.data[i] + arms.data[i] * below_the_cuff(body, dressed, x, y);
            let spared = 1.0 - visible.hands.data[i];
            let dark = 1.0 - 0.30 * falloff * smoothstep(0.4, 0.8, touched) * spared;
            for value in &mut c {
                *value *= dark;
            }
        }
        for (layer, alpha) in &layers {
            let alpha = alpha.data[i];
            if alpha > 0.0 {
                cover(&mut c, layer.data[i], alpha, light.data[i]);
            }
        }
        c
    })
}

/// The photo's bytes with a finished area put in, and per pixel whether it differs from the photo.
pub(crate) fn put_in(
    photo: &Raster<[u8; 3]>,
    area: Area,
    result: &Colours,
) -> (Vec<[u8; 3]>, Vec<bool>) {
    let mut bytes = photo.data.clone();
    let mut edited = vec![false; bytes.len()];
    for (y, row) in result.data.chunks_exact(area.width).enumerate() {
        let from = (area.y + y) * photo.width + area.x;
        let places = bytes[from..].iter_mut().zip(&mut edited[from..]);
        for ((byte, edited), colour) in places.zip(row) {
            let own = colour.map(|v| v.round().clamp(0.0, 255.0) as u8);
            *edited = own != *byte;
            *byte = own;
        }
    }
    (bytes, edited)
}

/// A plane of an area as bytes of the whole photo, 0 to 255; 0 around the area.
pub(crate) fn as_bytes(photo: &Raster<[u8; 3]>, area: Area, plane: &Plane) -> Vec<u8> {
    let mut bytes = vec![0; photo.data.len()];
    for (y, row) in plane.data.chunks_exact(area.width).enumerate() {
        let from = (area.y + y) * photo.width + area.x;
        for (byte, value) in bytes[from..].iter_mut().zip(row) {
            *byte = (value * 255.0).round().clamp(0.0, 255.0) as u8;
        }
    }
    bytes
}

/// How near to its sleeve's end a pixel of an arm is, 1 to 0: further down, arms and hands lie before the garment or beside
/// it, where it throws no shadow on them.
fn below_the_cuff(body: &Body, dressed: &Dressed, x: usize, y: usize) -> f32 {
    let (side, t) = body.arm_near([x as f32 + 0.5, y as f32 + 0.5]);
    smoothstep(0.22, 0.1, t - dressed.sleeve_ends[side])
}

/// More than this of the old garment's area is not made up. Where its sleeves were wide, most of it is the ground behind them.
const TOO_MUCH: f32 = 0.32;

/// Throws away what cannot be right.
pub(crate) fn verify(
    scene: &Scene<'_>,
    result: &Colours,
    visible: &Visible,
) -> Result<(), Refusal> {
    let (parts, category) = (&scene.parts, scene.category);
    if result.data.iter().flatten().any(|v| !v.is_finite()) {
        return Err(Refusal::ResultImplausible);
    }
    let garment: f32 = visible.all.data.iter().sum();
    let old_part = if category == Category::Bottoms {
        part::LOWER
    } else {
        part::UPPER
    };
    let old: f32 = parts[old_part].data.iter().filter(|v| **v > 0.5).sum();
    let person = scene.person.parse.person_area();
    let over_head: f32 = visible
        .all
        .data
        .iter()
        .zip(&parts[part::FACE].data)
        .filter(|(a, f)| **a > 0.5 && **f > 0.8)
        .map(|_| 1.0)
        .sum();
    let ratio = garment / person.max(1.0);
    let shrunk = old > 0.1 * person && garment < 0.3 * old;
    // What would have to be made up grows with what the new garment leaves uncovered.
    let bare: f32 = visible.erase.data.iter().sum::<f32>() / old.max(0.05 * person);
    if category == Category::Bottoms && bare > 0.3 {
        return Err(Refusal::LegsHidden);
    }
    if bare > TOO_MUCH {
        return Err(Refusal::TooMuchHidden);
    }
    if !(0.06..1.3).contains(&ratio) || shrunk || over_head > 0.002 * person {
        return Err(Refusal::ResultImplausible);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specks_of_doubt_in_the_other_garment_stay() {
        // A top above a skirt; a speck in the skirt, and another beside it.
        let top = |x: usize, y: usize| (4..60).contains(&x) && y < 40;
        let speck = |x: usize, y: usize| (20..25).contains(&x) && (60..64).contains(&y);
        let beside = |x: usize, y: usize| (57..62).contains(&x) && (60..64).contains(&y);
        let old = Plane::from_fn(64, 96, |x, y| match () {
            () if top(x, y) => 0.9,
            () if speck(x, y) || beside(x, y) => 0.6,
            () => 0.0,
        });
        let other = Plane::from_fn(64, 96, |x, y| match () {
            () if speck(x, y) || beside(x, y) => 0.4,
            () if y >= 40 && x < 57 => 1.0,
            () => 0.0,
        });
        let goes = without_doubtful_islands(old.clone(), &other);
        for y in 0..96 {
            for x in 0..64 {
                let expected = if speck(x, y) { 0.0 } else { old.at(x, y) };
                assert!((goes.at(x, y) - expected).abs() < f32::EPSILON, "{x} {y}");
            }
        }
    }
}
