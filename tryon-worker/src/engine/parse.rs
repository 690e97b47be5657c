//! Reads a photo of a person: which part each pixel shows, and where the joints are.

use super::error::TryOnError;
use super::geometry::Point;
use super::pack::Network;
use super::raster::{Colours, Plane};
use super::view::{Mirrored, View, Window, look};

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

const MIRRORED: Mirrored<'static> = Mirrored {
    parts: &[0, 1, 2, 3, 4, 5, 7, 6, 8, 9],
    points: &[0, 1, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14],
};

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

/// Looks at the whole photo, at the person, and closer at the half that matters.
pub(crate) fn parse(
    network: &Network,
    photo: &Colours,
    lower_half: bool,
) -> Result<Parse, TryOnError> {
    let (w, h) = (photo.width as f32, photo.height as f32);
    let whole = look(network, photo, Window::around(0.0, 0.0, w, h), None, None)?;
    let person = Plane::from_fn(photo.width / 4, photo.height / 4, |x, y| {
        1.0 - whole.probe(
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
        return Ok(fuse(photo, &[whole]));
    }
    let margin = 0.06 * (bounds[3] - bounds[1]);
    let near = look(
        network,
        photo,
        Window::around(
            bounds[0] - margin,
            bounds[1] - margin,
            bounds[2] + margin,
            (bounds[3] + margin).min(h),
        ),
        Some(&MIRRORED),
        None,
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
            network,
            photo,
            Window::around(middle - half, top, middle + half, bottom.min(h)),
            Some(&MIRRORED),
            None,
        )?);
    }
    Ok(fuse(photo, &views))
}

/// Joins the views: closer ones weigh more inside their window.
fn fuse(photo: &Colours, views: &[View]) -> Parse {
    let joints = locate(views);
    let size = (photo.width, photo.height);
    let shares: Vec<Plane> = views[1..]
        .iter()
        .map(|view| {
            let w = view.window;
            Plane::from_fn(photo.width, photo.height, |x, y| {
                let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
                let inset = (px - w.x)
                    .min(w.x + w.width - px)
                    .min(py - w.y)
                    .min(w.y + w.height - py);
                0.7 * (inset / (0.08 * w.width)).clamp(0.0, 1.0)
            })
        })
        .collect();
    let parts = (0..views[0].parts.len())
        .map(|channel| {
            let mut value = views[0].raised(&views[0].parts[channel], size);
            for (view, share) in views[1..].iter().zip(&shares) {
                let closer = view.raised(&view.parts[channel], size);
                value = Plane::from_index(share, |i| {
                    value.data[i] + share.data[i] * (closer.data[i] - value.data[i])
                });
            }
            value
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
            let (at, peak) = view.point(index);
            let weight = peak.powi(4) + 1e-9;
            sum = [sum[0] + weight * at[0], sum[1] + weight * at[1]];
            weights += weight;
            best = best.max(peak);
        }
        Joint {
            at: [sum[0] / weights, sum[1] / weights],
            peak: best,
        }
    })
}
