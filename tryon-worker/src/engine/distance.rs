//! How far the pixels of a plane lie from others. Rows are looked through by bands, side by side, where only near ones count.

use rayon::prelude::*;

use super::raster::Plane;

/// Steps of the chamfer: to a neighbour, and across a corner.
const STEP: f32 = 0.955;
const DIAGONAL: f32 = 1.369;

impl Plane {
    /// Grows a mask by about `radius` pixels (a round brush of a distance field).
    pub(crate) fn grown(&self, radius: f32) -> Self {
        self.distance_within(radius + 0.5, |v| v > 0.5)
            .map(|d| (radius + 0.5 - d).clamp(0.0, 1.0))
    }

    /// Distance of every pixel to the nearest pixel that is `inside`, in pixels (3-4 chamfer, at most 6 % off).
    pub(crate) fn distance_to(&self, inside: impl Fn(f32) -> bool + Sync) -> Self {
        self.distance_within(f32::INFINITY, inside)
    }

    /// The same, `limit` at most: whatever the number of threads, the distances are the same.
    pub(crate) fn distance_within(&self, limit: f32, inside: impl Fn(f32) -> bool + Sync) -> Self {
        let (width, height) = (self.width, self.height);
        let mut data = vec![0.0; self.data.len()];
        // Rows that a path of that length can cross.
        let reach = ((limit / STEP).ceil() as usize)
            .saturating_add(1)
            .min(height);
        let threads = rayon::current_num_threads();
        let rows = height
            .div_ceil(threads)
            .max(2 * reach)
            .clamp(1, height.max(1));
        data.par_chunks_mut((width * rows).max(1))
            .enumerate()
            .for_each(|(band, out)| {
                let first = band * rows;
                let from = first.saturating_sub(reach);
                let to = (first + rows + reach).min(height);
                let near = chamfer(&self.data[from * width..to * width], width, &inside);
                for (out, near) in out.iter_mut().zip(&near[(first - from) * width..]) {
                    *out = near.min(limit);
                }
            });
        Self {
            width,
            height,
            data,
        }
    }
}

/// Distances in rows of so many pixels, twice through: down and up.
fn chamfer(values: &[f32], width: usize, inside: &impl Fn(f32) -> bool) -> Vec<f32> {
    let far = (width + values.len() / width) as f32;
    let own = |v: &f32| if inside(*v) { 0.0 } else { far };
    let mut distances: Vec<f32> = values.iter().map(own).collect();
    let mut before: Option<&mut [f32]> = None;
    for row in distances.chunks_exact_mut(width) {
        if let Some(before) = before {
            from_beside(row, before);
        }
        along(row.iter_mut());
        before = Some(row);
    }
    let mut before: Option<&mut [f32]> = None;
    for row in distances.chunks_exact_mut(width).rev() {
        if let Some(before) = before {
            from_beside(row, before);
        }
        along(row.iter_mut().rev());
        before = Some(row);
    }
    distances
}

/// What a row's pixels have by the row beside it.
fn from_beside(row: &mut [f32], beside: &[f32]) {
    for (own, near) in row.iter_mut().zip(beside) {
        *own = own.min(near + STEP);
    }
    for (own, near) in row.iter_mut().zip(beside.iter().skip(1)) {
        *own = own.min(near + DIAGONAL);
    }
    for (own, near) in row.iter_mut().skip(1).zip(beside) {
        *own = own.min(near + DIAGONAL);
    }
}

/// What a row's pixels have one by the other.
fn along<'a>(row: impl Iterator<Item = &'a mut f32>) {
    let mut last = f32::INFINITY;
    for own in row {
        *own = own.min(last + STEP);
        last = *own;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Specks in an even field.
    fn specks(width: usize, height: usize) -> Plane {
        Plane::from_fn(width, height, |x, y| {
            f32::from(u8::from((x * 31 + y * 57) % 1_001 == 7))
        })
    }

    #[test]
    fn distances_are_at_most_6_percent_off() {
        let plane = specks(90, 120);
        let distances = plane.distance_to(|v| v > 0.5);
        let specks: Vec<[f32; 2]> = (0..plane.data.len())
            .filter(|i| plane.data[*i] > 0.5)
            .map(|i| [(i % 90) as f32, (i / 90) as f32])
            .collect();
        assert!(specks.len() > 5);
        for i in 0..plane.data.len() {
            let (x, y) = ((i % 90) as f32, (i / 90) as f32);
            let nearest = specks.iter().map(|s| (s[0] - x).hypot(s[1] - y));
            let exact = nearest.fold(f32::MAX, f32::min);
            let off = (distances.data[i] - exact).abs();
            assert!(off <= 0.06 * exact, "{x}, {y}: {off} of {exact}");
        }
    }

    #[test]
    fn bands_change_nothing() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build();
        pool.unwrap().install(|| {
            let plane = specks(70, 400);
            let whole = plane.distance_to(|v| v > 0.5);
            for limit in [1.0, 4.0, 17.5, 60.0] {
                let near = plane.distance_within(limit, |v| v > 0.5);
                for (near, whole) in near.data.iter().zip(&whole.data) {
                    assert_eq!(near.to_bits(), whole.min(limit).to_bits());
                }
            }
        });
    }

    #[test]
    fn a_mask_grows_round_and_only_so_far() {
        let dot = Plane::from_fn(41, 41, |x, y| f32::from(u8::from((x, y) == (20, 20))));
        let grown = dot.grown(5.0);
        for (x, y, inside) in [
            (25, 20, true),
            (20, 15, true),
            (24, 24, false),
            (27, 20, false),
        ] {
            assert_eq!(grown.at(x, y) > 0.5, inside, "{x}, {y}");
        }
    }

    #[test]
    fn nothing_has_no_distances() {
        assert!(
            Plane::filled(0, 0, 0.0)
                .distance_to(|_| true)
                .data
                .is_empty()
        );
    }
}
