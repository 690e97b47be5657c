//! Light and shadow on a new garment: what the photo's light makes of it, as a network has it, and the folds of what was worn.

mod harmoniser;

use super::Category;
use super::compose::Visible;
use super::parse::part;
use super::person::Scene;
use super::raster::{Plane, smoothstep};

pub(crate) use self::harmoniser::Harmoniser;

/// What the bytes of cloth are multiplied by for a gain of linear luminance, about: sRGB's curve is close to this power.
const ENCODED: f32 = 1.0 / 2.2;

/// By what the garment's bytes are multiplied, per pixel. `gain` is how much lighter its cloth is in the photo's light (linear), where a
/// network says so; otherwise it stays as light as in its own picture, and only plays around that (about 0.6..=1.15).
pub(crate) fn relight<E: Send>(
    scene: &Scene<'_>,
    visible: &Visible,
    gain: impl FnOnce() -> Result<Option<Plane>, E> + Send,
) -> Result<Plane, E> {
    let reach = scene.unit() / 70.0;
    let rim = move |d: f32| 1.0 - 0.20 * (-d / reach).exp();
    let depth = || visible.all.distance_within(8.0 * reach, |v| v < 0.5);
    let (gain, (depth, worn)) =
        rayon::join(gain, || rayon::join(depth, || Shading::of_worn(scene)));
    let gain = gain?;
    let Some(worn) = worn else {
        return Ok(match gain {
            Some(gain) => gain.zip(&depth, |gain, d| gain.powf(ENCODED) * rim(d)),
            None => depth.map(rim),
        });
    };
    let play = match gain {
        Some(_) => worn.folds,
        None => worn.folds.zip(&worn.broad, |fold, broad| fold * broad),
    };
    let mean = mean_gain(&play, &visible.all);
    let play = play.zip(&depth, |play, d| play / mean * rim(d));
    Ok(match gain {
        Some(gain) => play.zip(&gain, |play, gain| play * gain.powf(ENCODED)),
        None => play,
    })
}

/// How light plays on what is worn, which the new garment takes on in part.
struct Shading {
    /// Light and shadow of whole limbs and sides.
    broad: Plane,
    folds: Plane,
}

impl Shading {
    /// What the worn garment shows of it; none where too little of it is seen.
    fn of_worn(scene: &Scene<'_>) -> Option<Self> {
        let (photo, parts) = (&scene.photo, &scene.parts);
        let old = match scene.category {
            Category::Tops | Category::Outerwear | Category::Dresses => parts.sum(&[part::UPPER]),
            Category::Bottoms => parts.sum(&[part::LOWER]),
        }
        .map(|v| smoothstep(0.75, 0.95, v));
        let luminance = photo.luminance();
        let mut levels: Vec<f32> = (0..old.data.len())
            .filter(|i| old.data[*i] > 0.5)
            .map(|i| luminance.data[i])
            .collect();
        if levels.len() < scene.person.photo.data.len() / 200 {
            return None;
        }
        let count = levels.len();
        let mut level = |i: usize| *levels.select_nth_unstable_by(i, f32::total_cmp).1;
        let median = level(count / 2).max(1.0);
        let spread = (level(count * 9 / 10) - level(count / 10)) / median;
        // Dark cloth shows no shading, and patterned cloth shows its pattern: trust both less.
        let trust = smoothstep(35.0, 110.0, median) * (1.0 - smoothstep(0.45, 0.9, spread));
        let unit = scene.unit();
        let mean = |sigma: f32, least: f32| {
            let weight = old.blur(sigma);
            let sum = luminance.zip(&old, |l, m| l * m).blur(sigma);
            let mean = sum.zip(&weight, |l, m| if m > least { l / m } else { -1.0 });
            (mean, weight)
        };
        let (around, weight) = mean(unit / 45.0, 0.02);
        let (near, _) = mean(unit / 260.0, 0.4);
        let broad = Plane::from_index(&around, |i| {
            if around.data[i] <= 0.0 {
                return 1.0;
            }
            let share = trust * smoothstep(0.02, 0.3, weight.data[i]);
            1.0 + ((around.data[i] / median).clamp(0.6, 1.2) - 1.0) * 0.6 * share
        });
        let folds = Plane::from_index(&around, |i| {
            if around.data[i] <= 0.0 || near.data[i] <= 0.0 {
                return 1.0;
            }
            let fold = (near.data[i] / around.data[i]).clamp(0.8, 1.12);
            1.0 + (fold - 1.0) * 0.5 * trust * old.data[i]
        });
        Some(Self { broad, folds })
    }
}

/// The mean of a gain over the garment: light and shadow play around the garment's own colour, whatever the old one's
/// median was.
fn mean_gain(gain: &Plane, garment: &Plane) -> f32 {
    let (mut sum, mut all) = (0.0_f64, 0.0_f64);
    for (gain, alpha) in gain.data.iter().zip(&garment.data) {
        sum += f64::from(gain * alpha);
        all += f64::from(*alpha);
    }
    if all < 1.0 {
        1.0
    } else {
        ((sum / all) as f32).clamp(0.8, 1.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_plays_around_the_garments_own_colour() {
        // The upper half of what is worn lies in shade; the garment covers it all.
        let gain = Plane::from_fn(20, 20, |_, y| if y < 10 { 0.8 } else { 1.0 });
        let garment = Plane::from_fn(20, 20, |x, _| if x < 15 { 1.0 } else { 0.0 });
        let mean = mean_gain(&gain, &garment);
        assert!((mean - 0.9).abs() < 1e-5);
        let nothing = Plane::filled(20, 20, 0.0);
        assert!((mean_gain(&gain, &nothing) - 1.0).abs() < 1e-6);
    }
}
