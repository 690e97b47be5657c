//! Planes of numbers and the few filters that the stages share. Knows nothing of people or garments.
//!
//! Pixel (x, y) covers [x, x+1) × [y, y+1); its centre is at (x + 0.5, y + 0.5). Colours are sRGB in 0..=255.

use rayon::prelude::*;

/// A colour: red, green, blue in 0..=255, sRGB.
pub(crate) type Rgb = [f32; 3];

/// A rectangle of values, row by row.
#[derive(Clone, Debug)]
pub(crate) struct Raster<T> {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) data: Vec<T>,
}

/// One number per pixel; as a mask 0 (out) to 1 (in).
pub(crate) type Plane = Raster<f32>;
/// One colour per pixel.
pub(crate) type Colours = Raster<Rgb>;

impl<T: Copy + Send + Sync> Raster<T> {
    pub(crate) fn filled(width: usize, height: usize, value: T) -> Self {
        Self {
            width,
            height,
            data: vec![value; width * height],
        }
    }

    /// Computes every pixel from its position, rows in parallel.
    pub(crate) fn from_fn(
        width: usize,
        height: usize,
        value: impl Fn(usize, usize) -> T + Sync,
    ) -> Self {
        if width == 0 || height == 0 {
            return Self {
                width,
                height,
                data: Vec::new(),
            };
        }
        let mut data = vec![value(0, 0); width * height];
        data.par_chunks_mut(width)
            .enumerate()
            .with_min_len((8192 / width).max(1))
            .for_each(|(y, row)| {
                for (x, pixel) in row.iter_mut().enumerate() {
                    *pixel = value(x, y);
                }
            });
        Self {
            width,
            height,
            data,
        }
    }

    /// A raster of the shape of `like`, computed from each pixel's index.
    pub(crate) fn from_index<U>(
        like: &Raster<U>,
        value: impl Fn(usize) -> T + Send + Sync,
    ) -> Self {
        let data = (0..like.data.len())
            .into_par_iter()
            .with_min_len(8192)
            .map(value)
            .collect();
        Self {
            width: like.width,
            height: like.height,
            data,
        }
    }

    /// A raster of the same shape, computed pixel by pixel.
    pub(crate) fn map<U: Copy + Send + Sync>(&self, f: impl Fn(T) -> U + Sync) -> Raster<U> {
        Raster {
            width: self.width,
            height: self.height,
            data: self
                .data
                .par_iter()
                .with_min_len(8192)
                .map(|v| f(*v))
                .collect(),
        }
    }

    pub(crate) fn at(&self, x: usize, y: usize) -> T {
        self.data[y * self.width + x]
    }

    /// The pixel at a position that may lie outside: the nearest border pixel then.
    pub(crate) fn clamped(&self, x: isize, y: isize) -> T {
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        self.data[y * self.width + x]
    }

    /// The part of `self` inside the rectangle, which must lie within it.
    pub(crate) fn crop(&self, x: usize, y: usize, width: usize, height: usize) -> Self {
        let mut data = Vec::with_capacity(width * height);
        for row in y..y + height {
            data.extend_from_slice(&self.data[row * self.width + x..][..width]);
        }
        Self {
            width,
            height,
            data,
        }
    }
}

/// For each of `count` pixels at `origin + (i + 0.5) * step`: the two pixels of a line of `limit` that it lies between, and how
/// near it is to the second.
pub(crate) fn taps(count: usize, origin: f32, step: f32, limit: usize) -> Vec<(usize, usize, f32)> {
    (0..count)
        .map(|i| {
            let at = (origin + (i as f32 + 0.5) * step - 0.5).clamp(0.0, limit as f32 - 1.0);
            let low = at as usize;
            (low, (low + 1).min(limit - 1), at - low as f32)
        })
        .collect()
}

/// Zero below `low`, one above `high`, smooth between.
pub(crate) fn smoothstep(low: f32, high: f32, value: f32) -> f32 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

impl Plane {
    /// Bilinear value at a continuous position; the border value outside.
    pub(crate) fn sample(&self, x: f32, y: f32) -> f32 {
        let (fx, fy) = (
            (x - 0.5).clamp(0.0, self.width as f32 - 1.0),
            (y - 0.5).clamp(0.0, self.height as f32 - 1.0),
        );
        let (x0, y0) = (fx as usize, fy as usize);
        let (x1, y1) = ((x0 + 1).min(self.width - 1), (y0 + 1).min(self.height - 1));
        let (dx, dy) = (fx - x0 as f32, fy - y0 as f32);
        let top = self.at(x0, y0) * (1.0 - dx) + self.at(x1, y0) * dx;
        let bottom = self.at(x0, y1) * (1.0 - dx) + self.at(x1, y1) * dx;
        top * (1.0 - dy) + bottom * dy
    }

    /// Like [`Plane::sample`], but zero outside the raster.
    pub(crate) fn sample_or_zero(&self, x: f32, y: f32) -> f32 {
        if x < 0.0 || y < 0.0 || x >= self.width as f32 || y >= self.height as f32 {
            0.0
        } else {
            self.sample(x, y)
        }
    }

    /// Combines two planes of the same shape.
    pub(crate) fn zip(&self, other: &Self, f: impl Fn(f32, f32) -> f32 + Sync) -> Self {
        Self {
            width: self.width,
            height: self.height,
            data: self
                .data
                .par_iter()
                .with_min_len(8192)
                .zip(&other.data)
                .map(|(a, b)| f(*a, *b))
                .collect(),
        }
    }

    /// As an opacity: what covers a pixel with another layer of the same shape.
    pub(crate) fn join(&mut self, layer: &Self) {
        let layer = layer.data.par_iter().with_min_len(8192);
        (self.data.par_iter_mut().zip(layer))
            .for_each(|(all, layer)| *all = 1.0 - (1.0 - *all) * (1.0 - layer));
    }

    /// Bilinear resize (half-pixel centres); averages when it shrinks by a whole factor or more.
    pub(crate) fn resized(&self, width: usize, height: usize) -> Self {
        let (sx, sy) = (
            self.width as f32 / width as f32,
            self.height as f32 / height as f32,
        );
        let shrink = sx.max(sy);
        if shrink > 1.5 {
            return self.box_blur((shrink / 2.0) as usize).rescaled(
                [0.0, 0.0],
                [sx, sy],
                width,
                height,
            );
        }
        self.rescaled([0.0, 0.0], [sx, sy], width, height)
    }

    /// A raster of `width` × `height` whose pixel (x, y) is the bilinear value at `origin + (x + 0.5, y + 0.5) * step`;
    /// the border goes on outside.
    pub(crate) fn rescaled(
        &self,
        origin: [f32; 2],
        step: [f32; 2],
        width: usize,
        height: usize,
    ) -> Self {
        let columns = taps(width, origin[0], step[0], self.width);
        let rows = taps(height, origin[1], step[1], self.height);
        let mut data = vec![0.0; width * height];
        data.par_chunks_mut(width * 16)
            .zip(rows.par_chunks(16))
            .for_each(|(out, rows)| {
                let mut line = vec![0.0; self.width];
                for (out, (above, below, share)) in out.chunks_mut(width).zip(rows) {
                    let (above, below) = (
                        &self.data[above * self.width..][..self.width],
                        &self.data[below * self.width..][..self.width],
                    );
                    for ((value, a), b) in line.iter_mut().zip(above).zip(below) {
                        *value = a + (b - a) * share;
                    }
                    for (value, (left, right, share)) in out.iter_mut().zip(&columns) {
                        *value = line[*left] + (line[*right] - line[*left]) * share;
                    }
                }
            });
        Self {
            width,
            height,
            data,
        }
    }
}

impl Colours {
    /// One channel.
    pub(crate) fn channel(&self, index: usize) -> Plane {
        self.map(|c| c[index])
    }

    /// Perceived brightness, 0..=255.
    pub(crate) fn luminance(&self) -> Plane {
        self.map(|c| 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2])
    }
}

/// Edge-aware smoothing along a grey guide (He, Sun and Tang, "Guided image filtering", 2010), for any number of inputs.
pub(crate) struct GuidedFilter<'a> {
    guide: &'a Plane,
    mean: Plane,
    variance: Plane,
    radius: usize,
    epsilon: f32,
}

impl<'a> GuidedFilter<'a> {
    /// `guide` in 0..=1; windows of `2 * radius + 1` pixels; edges with a variance above `epsilon` are kept.
    pub(crate) fn new(guide: &'a Plane, radius: usize, epsilon: f32) -> Self {
        let mean = guide.box_blur(radius);
        let variance = guide
            .map(|v| v * v)
            .box_blur(radius)
            .zip(&mean, |c, m| (c - m * m).max(0.0));
        Self {
            guide,
            mean,
            variance,
            radius,
            epsilon,
        }
    }

    /// Filters a mask (0..=1) of the guide's size.
    pub(crate) fn apply(&self, input: &Plane) -> Plane {
        let mean = input.box_blur(self.radius);
        let cross = self.guide.zip(input, |a, b| a * b).box_blur(self.radius);
        let slope = Plane::from_index(self.guide, |i| {
            (cross.data[i] - self.mean.data[i] * mean.data[i])
                / (self.variance.data[i] + self.epsilon)
        });
        let offset = Plane::from_index(self.guide, |i| {
            mean.data[i] - slope.data[i] * self.mean.data[i]
        });
        let (slope, offset) = (slope.box_blur(self.radius), offset.box_blur(self.radius));
        Plane::from_index(self.guide, |i| {
            (slope.data[i] * self.guide.data[i] + offset.data[i]).clamp(0.0, 1.0)
        })
    }
}

/// Labels 4-connected regions of `inside`; returns labels (0 = outside) and the size of each (index 0 unused).
pub(crate) fn components(
    width: usize,
    height: usize,
    inside: impl Fn(usize) -> bool,
) -> (Vec<u32>, Vec<usize>) {
    let mut labels = vec![0_u32; width * height];
    let mut sizes = vec![0_usize];
    let mut stack = Vec::new();
    for start in 0..labels.len() {
        if labels[start] != 0 || !inside(start) {
            continue;
        }
        let label = sizes.len() as u32;
        let mut size = 0;
        labels[start] = label;
        stack.push(start);
        while let Some(i) = stack.pop() {
            size += 1;
            let (x, y) = (i % width, i / width);
            let mut visit = |j: usize| {
                if labels[j] == 0 && inside(j) {
                    labels[j] = label;
                    stack.push(j);
                }
            };
            if x > 0 {
                visit(i - 1);
            }
            if x + 1 < width {
                visit(i + 1);
            }
            if y > 0 {
                visit(i - width);
            }
            if y + 1 < height {
                visit(i + width);
            }
        }
        sizes.push(size);
    }
    (labels, sizes)
}

/// CIE L*a*b* of an sRGB colour (D65).
pub(crate) fn lab(colour: Rgb) -> [f32; 3] {
    let linear = colour.map(|c| {
        let c = (c / 255.0).clamp(0.0, 1.0);
        if c <= 0.040_45 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    });
    let [r, g, b] = linear;
    let f = |t: f32| {
        if t > 0.008_856 {
            t.cbrt()
        } else {
            7.787 * t + 16.0 / 116.0
        }
    };
    let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
    let y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
    let z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}
