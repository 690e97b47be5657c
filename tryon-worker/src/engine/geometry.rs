//! Points, and thin-plate splines that carry them from one picture to another.

/// A point or direction in pixels: x right, y down.
pub(crate) type Point = [f32; 2];

pub(crate) fn add(a: Point, b: Point) -> Point {
    [a[0] + b[0], a[1] + b[1]]
}
pub(crate) fn sub(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}
pub(crate) fn scaled(a: Point, by: f32) -> Point {
    [a[0] * by, a[1] * by]
}
/// `a + direction * by`.
pub(crate) fn along(a: Point, direction: Point, by: f32) -> Point {
    add(a, scaled(direction, by))
}
pub(crate) fn dot(a: Point, b: Point) -> f32 {
    a[0] * b[0] + a[1] * b[1]
}
pub(crate) fn length(a: Point) -> f32 {
    dot(a, a).sqrt()
}
pub(crate) fn distance(a: Point, b: Point) -> f32 {
    length(sub(a, b))
}
pub(crate) fn mix(a: Point, b: Point, t: f32) -> Point {
    add(scaled(a, 1.0 - t), scaled(b, t))
}
/// The unit vector of `a`; down for a zero vector.
pub(crate) fn unit(a: Point) -> Point {
    let l = length(a);
    if l < 1e-6 {
        [0.0, 1.0]
    } else {
        scaled(a, 1.0 / l)
    }
}
/// `a` turned a quarter, so that it points to the same side as `towards`.
pub(crate) fn normal_towards(a: Point, towards: Point) -> Point {
    let n = unit([-a[1], a[0]]);
    if dot(n, towards) < 0.0 {
        scaled(n, -1.0)
    } else {
        n
    }
}

/// Distance to the segment `a`–`b` and the place of the foot on it, 0 at `a` to 1 at `b`.
pub(crate) fn to_segment(p: Point, a: Point, b: Point) -> (f32, f32) {
    let (off, t) = off_segment(p, a, b);
    (off[0].hypot(off[1]), t)
}

/// From the foot on the segment `a`–`b` to `p`, and its place.
fn off_segment(p: Point, a: Point, b: Point) -> (Point, f32) {
    let ab = sub(b, a);
    let t = (dot(sub(p, a), ab) / dot(ab, ab).max(1e-6)).clamp(0.0, 1.0);
    (sub(p, mix(a, b, t)), t)
}

/// Signed distance to a polygon's outline, positive inside.
pub(crate) fn inside_by(polygon: &[Point], p: Point) -> f32 {
    let mut best = f32::MAX;
    let mut inside = false;
    for i in 0..polygon.len() {
        let (a, b) = (polygon[i], polygon[(i + 1) % polygon.len()]);
        let (off, _) = off_segment(p, a, b);
        best = best.min(dot(off, off));
        if (a[1] > p[1]) != (b[1] > p[1])
            && p[0] < (b[0] - a[0]) * (p[1] - a[1]) / (b[1] - a[1]) + a[0]
        {
            inside = !inside;
        }
    }
    let best = best.sqrt();
    if inside { best } else { -best }
}

/// The box around some points.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    low: Point,
    high: Point,
}

impl Bounds {
    pub(crate) fn of<'a>(points: impl IntoIterator<Item = &'a Point>) -> Self {
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        for p in points {
            for k in 0..2 {
                low[k] = low[k].min(p[k]);
                high[k] = high[k].max(p[k]);
            }
        }
        Self { low, high }
    }

    /// How far outside a point lies at least; 0 inside.
    pub(crate) fn away(&self, p: Point) -> f32 {
        let out = |k: usize| (self.low[k] - p[k]).max(p[k] - self.high[k]);
        out(0).max(out(1)).max(0.0)
    }
}

/// An affine map of the plane: what it makes of x, of y, and what it adds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Affine {
    rows: [[f32; 2]; 3],
    centre: Point,
}

impl Affine {
    /// The affine map that takes sources to targets with the least squared error, each pair weighted by its last number;
    /// `None` when the weighted sources are too few or lie on a line.
    pub(crate) fn fit(pairs: impl Iterator<Item = (Point, Point, f32)> + Clone) -> Option<Self> {
        let (mut sum, mut all) = ([0.0_f64; 2], 0.0_f64);
        for (p, _, weight) in pairs.clone() {
            sum[0] += f64::from(p[0] * weight);
            sum[1] += f64::from(p[1] * weight);
            all += f64::from(weight);
        }
        if all < 1.0 {
            return None;
        }
        let centre = [(sum[0] / all) as f32, (sum[1] / all) as f32];
        let mut rows = vec![vec![0.0_f64; 5]; 3];
        for (p, q, weight) in pairs {
            let d = sub(p, centre);
            let basis = [f64::from(d[0]), f64::from(d[1]), 1.0];
            for (row, own) in rows.iter_mut().zip(basis) {
                for (value, other) in row.iter_mut().zip(basis) {
                    *value += f64::from(weight) * own * other;
                }
                row[3] += f64::from(weight) * own * f64::from(q[0]);
                row[4] += f64::from(weight) * own * f64::from(q[1]);
            }
        }
        solve(&mut rows)?;
        let answer = |k: usize| [rows[k][3] as f32, rows[k][4] as f32];
        Some(Self {
            rows: [answer(0), answer(1), answer(2)],
            centre,
        })
    }

    /// Where the map takes `p`.
    pub(crate) fn at(&self, p: Point) -> Point {
        let d = sub(p, self.centre);
        along(along(self.rows[2], self.rows[0], d[0]), self.rows[1], d[1])
    }
}

/// A thin-plate spline (Bookstein 1989): the least bent map that takes each source point to its target.
pub(crate) struct ThinPlate {
    centres: Vec<Point>,
    weights: Vec<[f64; 2]>,
    scale: f32,
}

impl ThinPlate {
    /// Fits the spline; `stiffness` above 0 trades exactness at the points for smoothness. `None` when the points are
    /// too few or lie on a line.
    pub(crate) fn fit(pairs: &[(Point, Point)], stiffness: f64) -> Option<Self> {
        let n = pairs.len();
        let size = n + 3;
        let scale = pairs
            .iter()
            .flat_map(|(s, _)| s)
            .fold(1.0_f32, |m, v| m.max(v.abs()));
        let centres: Vec<Point> = pairs.iter().map(|(s, _)| scaled(*s, 1.0 / scale)).collect();
        let mut rows = vec![vec![0.0_f64; size + 2]; size];
        for i in 0..n {
            for j in 0..n {
                rows[i][j] = kernel(centres[i], centres[j]);
            }
            rows[i][i] += stiffness;
            let affine = [1.0, f64::from(centres[i][0]), f64::from(centres[i][1])];
            for (k, value) in affine.into_iter().enumerate() {
                rows[i][n + k] = value;
                rows[n + k][i] = value;
            }
            rows[i][size] = f64::from(pairs[i].1[0]);
            rows[i][size + 1] = f64::from(pairs[i].1[1]);
        }
        solve(&mut rows)?;
        let weights = rows.iter().map(|r| [r[size], r[size + 1]]).collect();
        Some(Self {
            centres,
            weights,
            scale,
        })
    }

    /// Where the spline takes `p`.
    pub(crate) fn at(&self, p: Point) -> Point {
        let p = scaled(p, 1.0 / self.scale);
        let n = self.centres.len();
        let (x, y) = (f64::from(p[0]), f64::from(p[1]));
        let mut out = [0.0; 2];
        for (k, value) in out.iter_mut().enumerate() {
            *value = self.weights[n][k] + self.weights[n + 1][k] * x + self.weights[n + 2][k] * y;
        }
        for (centre, weight) in self.centres.iter().zip(&self.weights) {
            let bend = kernel(p, *centre);
            for (value, weight) in out.iter_mut().zip(weight) {
                *value += weight * bend;
            }
        }
        [out[0] as f32, out[1] as f32]
    }
}

fn kernel(a: Point, b: Point) -> f64 {
    let d = sub(a, b);
    let square = f64::from(dot(d, d));
    if square < 1e-14 {
        0.0
    } else {
        square * square.ln()
    }
}

/// Gauss elimination with pivots on rows that carry two right-hand sides; the answers replace those.
fn solve(rows: &mut [Vec<f64>]) -> Option<()> {
    let n = rows.len();
    for column in 0..n {
        let pivot =
            (column..n).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        if rows[pivot][column].abs() < 1e-12 {
            return None;
        }
        rows.swap(pivot, column);
        let lead = rows[column].clone();
        for (index, row) in rows.iter_mut().enumerate() {
            if index != column {
                let factor = row[column] / lead[column];
                if factor != 0.0 {
                    for (value, other) in row.iter_mut().zip(&lead).skip(column) {
                        *value -= factor * other;
                    }
                }
            }
        }
    }
    for (index, row) in rows.iter_mut().enumerate() {
        let lead = row[index];
        row[n] /= lead;
        row[n + 1] /= lead;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thin_plate_reproduces_an_affine_map_everywhere() {
        let map = |p: Point| {
            [
                2.0 * p[0] - 0.5 * p[1] + 7.0,
                0.25 * p[0] + 1.5 * p[1] - 3.0,
            ]
        };
        let points = [
            [10.0, 10.0],
            [200.0, 20.0],
            [30.0, 300.0],
            [220.0, 310.0],
            [100.0, 150.0],
        ];
        let pairs: Vec<_> = points.iter().map(|p| (*p, map(*p))).collect();
        let spline = ThinPlate::fit(&pairs, 0.0).unwrap();
        for p in [[0.0, 0.0], [150.0, 80.0], [400.0, 500.0]] {
            assert!(distance(spline.at(p), map(p)) < 0.05);
        }
    }

    #[test]
    fn points_on_a_line_fit_no_thin_plate() {
        let pairs: Vec<_> = (0..5)
            .map(|i| ([i as f32 * 10.0, 0.0], [0.0, 0.0]))
            .collect();
        assert!(ThinPlate::fit(&pairs, 0.0).is_none());
    }

    #[test]
    fn an_affine_fit_finds_the_map_behind_its_pairs() {
        let map = |p: Point| [1.2 * p[0] - 0.3 * p[1] + 5.0, 0.1 * p[0] + 0.9 * p[1]];
        let points = [[10.0, 20.0], [300.0, 40.0], [50.0, 400.0], [220.0, 230.0]];
        let pairs = points.iter().map(|p| (*p, map(*p), 0.7));
        let found = Affine::fit(pairs).unwrap();
        assert!(distance(found.at([500.0, 80.0]), map([500.0, 80.0])) < 1e-2);
        let line = (0..5).map(|i| ([i as f32, 2.0 * i as f32], [0.0, 0.0], 1.0));
        assert!(Affine::fit(line).is_none());
    }

    #[test]
    fn what_lies_outside_a_box_knows_how_far() {
        let bounds = Bounds::of(&[[0.0, 5.0], [10.0, 0.0]]);
        assert!(bounds.away([5.0, 4.0]).abs() < 1e-6);
        assert!((bounds.away([13.0, 6.0]) - 3.0).abs() < 1e-6);
    }

    #[test]
    fn a_polygon_knows_its_inside() {
        let square = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]];
        assert!((inside_by(&square, [5.0, 4.0]) - 4.0).abs() < 1e-4);
        assert!(inside_by(&square, [15.0, 5.0]) < 0.0);
    }
}
