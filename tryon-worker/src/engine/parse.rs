//! Reads a photo of a person: which part each pixel shows, and where the joints are.

use super::area::Area;
use super::error::TryOnError;
use super::geometry::{Point, distance, mix};
use super::pack::Network;
use super::raster::{Colours, GuidedFilter, Plane};
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
    /// The photo's width and height.
    pub(crate) size: (usize, usize),
    /// Probability of each part, at half the photo's size: no network sees more. Indices as in [`part`].
    pub(crate) half: Vec<Plane>,
    pub(crate) joints: [Joint; 16],
}

/// Probability of each part in an area of the photo, pixel by pixel; indices as in [`part`].
pub(crate) struct Parts {
    planes: Vec<Plane>,
}

impl std::ops::Index<usize> for Parts {
    type Output = Plane;

    fn index(&self, part: usize) -> &Plane {
        &self.planes[part]
    }
}

impl Parts {
    /// The sum of several parts' probabilities.
    pub(crate) fn sum(&self, parts: &[usize]) -> Plane {
        Plane::from_index(&self.planes[0], |i| {
            parts.iter().map(|p| self.planes[*p].data[i]).sum()
        })
    }
}

impl Parse {
    /// The photo's pixels per pixel of the planes.
    fn step(&self) -> [f32; 2] {
        let half = &self.half[0];
        [
            half.width as f32 / self.size.0 as f32,
            half.height as f32 / self.size.1 as f32,
        ]
    }

    /// The parts in an area of the photo.
    pub(crate) fn within(&self, area: Area) -> Parts {
        let step = self.step();
        let origin = [area.x as f32 * step[0], area.y as f32 * step[1]];
        let planes = self.half.iter();
        Parts {
            planes: planes
                .map(|plane| plane.rescaled(origin, step, area.width, area.height))
                .collect(),
        }
    }

    /// Where any of some parts may be.
    pub(crate) fn extent(&self, parts: &[usize]) -> Option<Area> {
        let first = &self.half[0];
        let seen = Plane::from_index(first, |i| {
            let sum: f32 = parts.iter().map(|p| self.half[*p].data[i]).sum();
            if sum > 0.05 { sum } else { 0.0 }
        });
        let found = Area::around(&seen, 1)?;
        let step = self.step();
        let corners = [
            [found.x as f32, found.y as f32],
            [
                (found.x + found.width) as f32,
                (found.y + found.height) as f32,
            ],
        ];
        let corners = corners.map(|c| [c[0] / step[0], c[1] / step[1]]);
        Area::holding(corners.into_iter(), 0.0, self.size)
    }

    /// Distance from the neck to the middle of the hips, in pixels.
    pub(crate) fn torso_length(&self) -> f32 {
        let hips = joint::HIPS.map(|hip| self.joints[hip].at);
        distance(self.joints[joint::NECK].at, mix(hips[0], hips[1], 0.5))
    }

    /// How many pixels of the photo show the person.
    pub(crate) fn person_area(&self) -> f32 {
        let background = &self.half[part::BACKGROUND];
        let sum: f32 = background.data.iter().map(|v| 1.0 - v).sum();
        let step = self.step();
        sum / (step[0] * step[1])
    }

    /// The likeliest part of a pixel; background outside the photo.
    pub(crate) fn label(&self, p: Point) -> usize {
        let (x, y) = (p[0] as isize, p[1] as isize);
        if x < 0 || y < 0 || x >= self.size.0 as isize || y >= self.size.1 as isize {
            return part::BACKGROUND;
        }
        let step = self.step();
        let (x, y) = ((x as f32 + 0.5) * step[0], (y as f32 + 0.5) * step[1]);
        let mut best = (part::BACKGROUND, f32::MIN);
        for (index, plane) in self.half.iter().enumerate() {
            let value = plane.sample(x, y);
            if value >= best.1 {
                best = (index, value);
            }
        }
        best.0
    }

    /// How likely a point of the photo shows one of some parts; 0 outside the photo.
    pub(crate) fn probability(&self, parts: &[usize], p: Point) -> f32 {
        let inside = p[0] >= 0.0 && p[1] >= 0.0;
        if !inside || p[0] >= self.size.0 as f32 || p[1] >= self.size.1 as f32 {
            return 0.0;
        }
        let step = self.step();
        let own = parts.iter().map(|part| &self.half[*part]);
        own.map(|plane| plane.sample(p[0] * step[0], p[1] * step[1]))
            .sum()
    }

    /// Sharpens the masks that decide what is seen against the photo's own edges.
    pub(crate) fn refine(&mut self, photo: &Colours) {
        let guide = &self.half[0];
        let guide = photo
            .luminance()
            .map(|v| v / 255.0)
            .resized(guide.width, guide.height);
        let filter = GuidedFilter::new(&guide, (photo.width / 220).max(2), 6e-4);
        for index in [
            part::BACKGROUND,
            part::HAIR,
            part::FACE,
            part::TORSO_SKIN,
            part::UPPER,
            part::LOWER,
            part::LEFT_ARM,
            part::RIGHT_ARM,
        ] {
            self.half[index] = filter.apply(&self.half[index]);
        }
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
    let size = ((photo.width / 2).max(1), (photo.height / 2).max(1));
    let pixel = [
        photo.width as f32 / size.0 as f32,
        photo.height as f32 / size.1 as f32,
    ];
    let shares: Vec<Plane> = views[1..]
        .iter()
        .map(|view| {
            let w = view.window;
            Plane::from_fn(size.0, size.1, |x, y| {
                let (px, py) = ((x as f32 + 0.5) * pixel[0], (y as f32 + 0.5) * pixel[1]);
                let inset = (px - w.x)
                    .min(w.x + w.width - px)
                    .min(py - w.y)
                    .min(w.y + w.height - py);
                0.7 * (inset / (0.08 * w.width)).clamp(0.0, 1.0)
            })
        })
        .collect();
    let half = (0..views[0].parts.len())
        .map(|channel| {
            let mut value = views[0].raised(&views[0].parts[channel], size, pixel);
            for (view, share) in views[1..].iter().zip(&shares) {
                let closer = view.raised(&view.parts[channel], size, pixel);
                value = Plane::from_index(share, |i| {
                    value.data[i] + share.data[i] * (closer.data[i] - value.data[i])
                });
            }
            value
        })
        .collect();
    Parse {
        size: (photo.width, photo.height),
        half,
        joints,
    }
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
