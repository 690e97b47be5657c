//! Reads a photo of a person: which part each pixel shows, and where the joints are.

use super::error::TryOnError;
use super::geometry::Point;
use super::pack::{Pack, PersonAnswer};
use super::raster::{Colours, Plane};

/// Part classes in the network's channel order. Left and right are the person's own.
pub(crate) mod part {
    pub(crate) const BACKGROUND: usize = 0;
    pub(crate) const HAIR: usize = 1;
    pub(crate) const FACE: usize = 2;
    pub(crate) const TORSO_SKIN: usize = 3;
    pub(crate) const UPPER: usize = 4;
    pub(crate) const LOWER: usize = 5;
    pub(crate) const LEFT_ARM: usize = 6;
    pub(crate) const RIGHT_ARM: usize = 7;
    pub(crate) const LEGS: usize = 8;
    pub(crate) const SHOES: usize = 9;
}

/// Joints in the network's channel order.
pub(crate) mod joint {
    pub(crate) const NOSE: usize = 0;
    pub(crate) const NECK: usize = 1;
    pub(crate) const SHOULDERS: [usize; 2] = [2, 3];
    pub(crate) const ELBOWS: [usize; 2] = [4, 5];
    pub(crate) const WRISTS: [usize; 2] = [6, 7];
    pub(crate) const HIPS: [usize; 2] = [8, 9];
    pub(crate) const KNEES: [usize; 2] = [10, 11];
    pub(crate) const ANKLES: [usize; 2] = [12, 13];
}

const MIRRORED_PARTS: [usize; 10] = [0, 1, 2, 3, 4, 5, 7, 6, 8, 9];
const MIRRORED_JOINTS: [usize; 16] = [0, 1, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14];

/// A joint's place in the photo and how sure the network is (0..=1).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Joint {
    pub(crate) at: Point,
    pub(crate) peak: f32,
}

/// What a photo shows.
pub(crate) struct Parse {
    /// Probability of each part, at the photo's size; indices as in [`part`].
    pub(crate) parts: Vec<Plane>,
    pub(crate) joints: [Joint; 16],
}

impl Parse {
    /// The sum of several parts' probabilities.
    pub(crate) fn sum(&self, parts: &[usize]) -> Plane {
        let first = &self.parts[0];
        Plane::from_fn(first.width, first.height, |x, y| {
            parts.iter().map(|p| self.parts[*p].at(x, y)).sum()
        })
    }

    /// The likeliest part of a pixel; background outside the photo.
    pub(crate) fn label(&self, p: Point) -> usize {
        let first = &self.parts[0];
        let (x, y) = (p[0] as isize, p[1] as isize);
        if x < 0 || y < 0 || x >= first.width as isize || y >= first.height as isize {
            return part::BACKGROUND;
        }
        let i = y as usize * first.width + x as usize;
        (0..self.parts.len())
            .max_by(|a, b| self.parts[*a].data[i].total_cmp(&self.parts[*b].data[i]))
            .unwrap_or(0)
    }
}

/// A part of the photo shown to the network, in photo pixels; may reach beyond the photo.
#[derive(Clone, Copy)]
struct Window {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

impl Window {
    /// The smallest 3:4 window around a box.
    fn around(x0: f32, y0: f32, x1: f32, y1: f32) -> Self {
        let (w, h) = (x1 - x0, y1 - y0);
        let height = h.max(w * 4.0 / 3.0);
        let width = height * 0.75;
        Self {
            x: f32::midpoint(x0, x1) - width / 2.0,
            y: f32::midpoint(y0, y1) - height / 2.0,
            width,
            height,
        }
    }
}

struct View {
    window: Window,
    parts: Vec<Plane>,
    heat: Vec<Plane>,
}

/// Looks at the whole photo, at the person, and closer at the half that matters.
pub(crate) fn parse(pack: &Pack, photo: &Colours, lower_half: bool) -> Result<Parse, TryOnError> {
    let (w, h) = (photo.width as f32, photo.height as f32);
    let whole = look(pack, photo, Window::around(0.0, 0.0, w, h), false)?;
    let person = Plane::from_fn(photo.width / 4, photo.height / 4, |x, y| {
        1.0 - probe(
            &whole,
            &whole.parts[part::BACKGROUND],
            (x as f32 + 0.5) * 4.0,
            (y as f32 + 0.5) * 4.0,
        )
    });
    let mut bounds = [f32::MAX, f32::MAX, 0.0_f32, 0.0_f32];
    for y in 0..person.height {
        for x in 0..person.width {
            if person.at(x, y) > 0.5 {
                let (px, py) = (x as f32 * 4.0, y as f32 * 4.0);
                bounds = [
                    bounds[0].min(px),
                    bounds[1].min(py),
                    bounds[2].max(px + 4.0),
                    bounds[3].max(py + 4.0),
                ];
            }
        }
    }
    if bounds[2] <= bounds[0] {
        return Ok(fuse(photo, vec![whole]));
    }
    let margin = 0.06 * (bounds[3] - bounds[1]);
    let near = look(
        pack,
        photo,
        Window::around(
            bounds[0] - margin,
            bounds[1] - margin,
            bounds[2] + margin,
            (bounds[3] + margin).min(h),
        ),
        true,
    )?;
    // Closer: from the head to below the hips, or from the waist to the feet.
    let joints = locate(std::slice::from_ref(&near));
    let hip = f32::midpoint(joints[joint::HIPS[0]].at[1], joints[joint::HIPS[1]].at[1]);
    let neck = joints[joint::NECK].at[1];
    let torso = (hip - neck).max(0.1 * h);
    let (top, bottom) = if lower_half {
        (neck - 0.1 * torso, bounds[3] + margin)
    } else {
        (bounds[1] - margin, hip + 0.75 * torso)
    };
    let mut views = vec![near];
    if (bottom.min(h) - top) < 0.85 * (bounds[3] - bounds[1] + 2.0 * margin) {
        let middle = joints[joint::NECK].at[0];
        let half = 0.375 * (bottom.min(h) - top);
        views.push(look(
            pack,
            photo,
            Window::around(middle - half, top, middle + half, bottom.min(h)),
            true,
        )?);
    }
    Ok(fuse(photo, views))
}

fn look(
    pack: &Pack,
    photo: &Colours,
    window: Window,
    mirror_too: bool,
) -> Result<View, TryOnError> {
    let [rows, columns] = pack.input;
    let (sx, sy) = (window.width / columns as f32, window.height / rows as f32);
    let radius = (sx / 2.0).round() as usize;
    let channels = [0, 1, 2].map(|k| photo.channel(k).box_blur(radius));
    let seen = Colours::from_fn(columns, rows, |x, y| {
        let (px, py) = (
            window.x + (x as f32 + 0.5) * sx,
            window.y + (y as f32 + 0.5) * sy,
        );
        [0, 1, 2].map(|k| channels[k].sample(px, py))
    });
    let (straight, mirrored) = rayon::join(
        || pack.parse_person(|x, y| seen.at(x, y)),
        || {
            mirror_too
                .then(|| pack.parse_person(|x, y| seen.at(columns - 1 - x, y)))
                .transpose()
        },
    );
    let straight = planes(pack, &straight?);
    let (mut parts, mut heat) = straight;
    if let Some(answer) = mirrored? {
        let (other_parts, other_heat) = planes(pack, &answer);
        let average = |own: &mut Vec<Plane>, other: &[Plane], order: &[usize]| {
            for (channel, plane) in own.iter_mut().enumerate() {
                let mirror = &other[order[channel]];
                for y in 0..plane.height {
                    for x in 0..plane.width {
                        let i = y * plane.width + x;
                        plane.data[i] =
                            f32::midpoint(plane.data[i], mirror.at(plane.width - 1 - x, y));
                    }
                }
            }
        };
        average(&mut parts, &other_parts, &MIRRORED_PARTS);
        average(&mut heat, &other_heat, &MIRRORED_JOINTS);
    }
    Ok(View {
        window,
        parts,
        heat,
    })
}

/// Logits to probabilities.
fn planes(pack: &Pack, answer: &PersonAnswer) -> (Vec<Plane>, Vec<Plane>) {
    let [classes, rows, columns] = pack.parts;
    let mut parts: Vec<Plane> = (0..classes)
        .map(|c| Plane {
            width: columns,
            height: rows,
            data: answer.parts[c * rows * columns..(c + 1) * rows * columns].to_vec(),
        })
        .collect();
    for i in 0..rows * columns {
        let top = parts.iter().map(|p| p.data[i]).fold(f32::MIN, f32::max);
        let sum: f32 = parts.iter().map(|p| (p.data[i] - top).exp()).sum();
        for plane in &mut parts {
            plane.data[i] = (plane.data[i] - top).exp() / sum;
        }
    }
    let [joints, rows, columns] = pack.keypoints;
    let heat = (0..joints)
        .map(|c| Plane {
            width: columns,
            height: rows,
            data: answer.keypoints[c * rows * columns..(c + 1) * rows * columns]
                .iter()
                .map(|v| 1.0 / (1.0 + (-v).exp()))
                .collect(),
        })
        .collect();
    (parts, heat)
}

fn probe(view: &View, plane: &Plane, x: f32, y: f32) -> f32 {
    plane.sample(
        (x - view.window.x) / view.window.width * plane.width as f32,
        (y - view.window.y) / view.window.height * plane.height as f32,
    )
}

/// Joins the views: closer ones weigh more inside their window.
fn fuse(photo: &Colours, views: Vec<View>) -> Parse {
    let joints = locate(&views);
    let parts = (0..views[0].parts.len())
        .map(|channel| {
            Plane::from_fn(photo.width, photo.height, |x, y| {
                let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
                let mut value = probe(&views[0], &views[0].parts[channel], px, py);
                for view in &views[1..] {
                    let w = view.window;
                    let inset = (px - w.x)
                        .min(w.x + w.width - px)
                        .min(py - w.y)
                        .min(w.y + w.height - py);
                    let share = 0.7 * (inset / (0.08 * w.width)).clamp(0.0, 1.0);
                    if share > 0.0 {
                        value += share * (probe(view, &view.parts[channel], px, py) - value);
                    }
                }
                value
            })
        })
        .collect();
    Parse { parts, joints }
}

fn locate(views: &[View]) -> [Joint; 16] {
    std::array::from_fn(|index| {
        let mut sum = [0.0; 2];
        let mut weights = 0.0;
        let mut best = 0.0_f32;
        for view in views {
            let heat = &view.heat[index];
            let Some(top) =
                (0..heat.data.len()).max_by(|a, b| heat.data[*a].total_cmp(&heat.data[*b]))
            else {
                continue;
            };
            let (cx, cy) = ((top % heat.width) as isize, (top / heat.width) as isize);
            let (mut x, mut y, mut total) = (0.0, 0.0, 0.0);
            for dy in -2..=2 {
                for dx in -2..=2 {
                    let (px, py) = (cx + dx, cy + dy);
                    if px >= 0 && py >= 0 && px < heat.width as isize && py < heat.height as isize {
                        let v = heat.at(px as usize, py as usize).powi(2);
                        x += v * (px as f32 + 0.5);
                        y += v * (py as f32 + 0.5);
                        total += v;
                    }
                }
            }
            let peak = heat.data[top];
            let weight = peak.powi(4) + 1e-9;
            sum[0] += weight
                * (view.window.x + x / total.max(1e-9) * view.window.width / heat.width as f32);
            sum[1] += weight
                * (view.window.y + y / total.max(1e-9) * view.window.height / heat.height as f32);
            weights += weight;
            best = best.max(peak);
        }
        Joint {
            at: [sum[0] / weights, sum[1] / weights],
            peak: best,
        }
    })
}
