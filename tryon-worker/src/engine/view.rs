//! Shows a part of a picture to a network, straight and mirrored, and keeps what it said with the place.

use super::error::TryOnError;
use super::pack::{Answer, Network};
use super::raster::{Colours, Plane, Raster};

/// A part of a picture shown to a network, in its pixels; may reach beyond the picture.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

impl Window {
    /// The smallest 3:4 window around a box.
    pub(crate) fn around(x0: f32, y0: f32, x1: f32, y1: f32) -> Self {
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

    /// What is seen of a body in so many rows and columns: from above its neck, three and a half of its shoulder widths (`unit`) wide.
    pub(crate) fn of_body(neck: [f32; 2], unit: f32, (rows, columns): (usize, usize)) -> Self {
        let width = 3.5 * unit;
        Self {
            x: neck[0] - 0.5 * width,
            y: neck[1] - 0.65 * unit,
            width,
            height: width * rows as f32 / columns as f32,
        }
    }

    /// A point of the picture as a plane that shows this window has it.
    pub(crate) fn within(self, at: [f32; 2], plane: &Plane) -> [f32; 2] {
        [
            (at[0] - self.x) / self.width * plane.width as f32,
            (at[1] - self.y) / self.height * plane.height as f32,
        ]
    }
}

/// What a network said of a window.
pub(crate) struct View {
    pub(crate) window: Window,
    pub(crate) parts: Vec<Plane>,
    pub(crate) heat: Vec<Plane>,
}

/// Which channel shows, in a mirrored picture, what each channel shows in the straight one.
pub(crate) struct Mirrored<'a> {
    pub(crate) parts: &'a [usize],
    pub(crate) points: &'a [usize],
}

/// Looks at a window, and also at its mirror image (the answers are averaged). `around` is seen beyond the picture;
/// without it the border pixels go on.
pub(crate) fn look(
    network: &Network,
    picture: &Colours,
    window: Window,
    mirrored: Option<&Mirrored<'_>>,
    around: Option<[f32; 3]>,
) -> Result<View, TryOnError> {
    let [rows, columns] = network.input;
    let seen = seen(picture, window, (columns, rows), around);
    let (straight, other) = rayon::join(
        || network.look(|x, y| seen.at(x, y)),
        || {
            mirrored
                .map(|_| network.look(|x, y| seen.at(columns - 1 - x, y)))
                .transpose()
        },
    );
    let mut answer = straight?;
    if let (Some(other), Some(order)) = (other?, mirrored) {
        average(&mut answer, &other, order);
    }
    Ok(View {
        window,
        parts: answer.parts,
        heat: answer.heat,
    })
}

/// A window of a picture at a network's input size; `around` is seen beyond the picture, without it the border pixels go on.
pub(crate) fn seen<const N: usize>(
    picture: &Raster<[f32; N]>,
    window: Window,
    size: (usize, usize),
    around: Option<[f32; N]>,
) -> Raster<[f32; N]> {
    let own = (picture.width, picture.height);
    seen_of(own, |x, y| picture.at(x, y), window, size, around)
}

/// The same of a picture of `own` size of which each pixel is made when it is looked at.
pub(crate) fn seen_of<const N: usize>(
    own: (usize, usize),
    pixel: impl Fn(usize, usize) -> [f32; N] + Sync,
    window: Window,
    (columns, rows): (usize, usize),
    around: Option<[f32; N]>,
) -> Raster<[f32; N]> {
    let (sx, sy) = (window.width / columns as f32, window.height / rows as f32);
    let (w, h) = (own.0 as f32, own.1 as f32);
    Raster::from_fn(columns, rows, |x, y| {
        let (px, py) = (window.x + x as f32 * sx, window.y + y as f32 * sy);
        match around {
            Some(colour) if px + sx < 1.0 || py + sy < 1.0 || px >= w - 1.0 || py >= h - 1.0 => {
                colour
            }
            _ => mean(own, &pixel, (px, px + sx), (py, py + sy)),
        }
    })
}

/// The mean of a rectangle; the border goes on outside.
fn mean<const N: usize>(
    (width, height): (usize, usize),
    pixel: &impl Fn(usize, usize) -> [f32; N],
    x: (f32, f32),
    y: (f32, f32),
) -> [f32; N] {
    let span = |(from, to): (f32, f32), limit: usize| {
        let low = (from.round() as isize).clamp(0, limit as isize - 1) as usize;
        (
            low,
            ((to.round() as isize).clamp(0, limit as isize) as usize).max(low + 1),
        )
    };
    let ((x0, x1), (y0, y1)) = (span(x, width), span(y, height));
    let mut sum = [0.0; N];
    for row in y0..y1 {
        for column in x0..x1 {
            for (total, value) in sum.iter_mut().zip(pixel(column, row)) {
                *total += value;
            }
        }
    }
    sum.map(|v| v / ((x1 - x0) * (y1 - y0)) as f32)
}

fn average(own: &mut Answer, other: &Answer, order: &Mirrored<'_>) {
    let join = |own: &mut [Plane], other: &[Plane], order: &[usize]| {
        for (channel, plane) in own.iter_mut().enumerate() {
            let mirror = &other[order[channel]];
            for y in 0..plane.height {
                for x in 0..plane.width {
                    let i = y * plane.width + x;
                    plane.data[i] = f32::midpoint(plane.data[i], mirror.at(plane.width - 1 - x, y));
                }
            }
        }
    };
    join(&mut own.parts, &other.parts, order.parts);
    join(&mut own.heat, &other.heat, order.points);
}

impl View {
    /// A plane of this view at a place of the picture.
    pub(crate) fn probe(&self, plane: &Plane, x: f32, y: f32) -> f32 {
        let [x, y] = self.window.within([x, y], plane);
        plane.sample(x, y)
    }

    /// A plane of this view as a raster of `size`, whose pixels are `pixel` of the picture's wide and high.
    pub(crate) fn raised(&self, plane: &Plane, size: (usize, usize), pixel: [f32; 2]) -> Plane {
        let step = [
            plane.width as f32 / self.window.width,
            plane.height as f32 / self.window.height,
        ];
        plane.rescaled(
            [-self.window.x * step[0], -self.window.y * step[1]],
            [step[0] * pixel[0], step[1] * pixel[1]],
            size.0,
            size.1,
        )
    }

    /// Where a keypoint is in the picture and how sure the network is (0..=1).
    pub(crate) fn point(&self, index: usize) -> ([f32; 2], f32) {
        let heat = &self.heat[index];
        let ([x, y], height) = peak(heat);
        (
            [
                self.window.x + x * self.window.width / heat.width as f32,
                self.window.y + y * self.window.height / heat.height as f32,
            ],
            height,
        )
    }
}

/// A heat map's peak: its place in cells (cell (i, j) has its centre at (j + 0.5, i + 0.5)) and its height.
fn peak(heat: &Plane) -> ([f32; 2], f32) {
    let top = (0..heat.data.len())
        .max_by(|a, b| heat.data[*a].total_cmp(&heat.data[*b]))
        .unwrap_or(0);
    let (cx, cy) = ((top % heat.width) as isize, (top / heat.width) as isize);
    let (mut x, mut y, mut total) = (0.0, 0.0, 1e-9);
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
    (
        [x / total, y / total],
        heat.data.get(top).copied().unwrap_or(0.0),
    )
}
