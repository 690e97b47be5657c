//! Finds a garment's landmarks on its outline: neck, shoulders, armpits, sleeve ends, hem, crotch.
//!
//! "Left" and "right" here are the picture's, not the wearer's. All points are in pixels of the garment picture.

use super::Category;
use super::error::Refusal;
use super::geometry::{
    Point, add, along, distance, doubled_area, inside_by, mix, scaled, sub, to_segment,
};
use super::matte::Cutout;
use super::raster::{Plane, delta_e, lab};

/// A sleeve's outline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sleeve {
    pub(crate) outer_end: Point,
    pub(crate) inner_end: Point,
}

/// One side of a top.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side {
    pub(crate) neck: Point,
    pub(crate) shoulder: Point,
    pub(crate) armpit: Point,
    pub(crate) hem: Point,
    /// None: sleeveless.
    pub(crate) sleeve: Option<Sleeve>,
}

/// Landmarks of a top, a dress or outerwear.
#[derive(Clone, Debug)]
pub(crate) struct TopShape {
    /// Picture left, picture right.
    pub(crate) sides: [Side; 2],
    /// Lowest point of the front neckline.
    pub(crate) collar_centre: Point,
    pub(crate) hem_centre: Point,
}

/// Landmarks of trousers, shorts or a skirt.
#[derive(Clone, Debug)]
pub(crate) struct BottomShape {
    /// Waist corners: picture left, right.
    pub(crate) waist: [Point; 2],
    /// Hem corners: of the whole skirt, or of each leg's outer side.
    pub(crate) outer_hem: [Point; 2],
    /// The legs' inner hem corners and the crotch; none for a skirt.
    pub(crate) legs: Option<([Point; 2], Point)>,
}

/// What was found.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    Top(TopShape),
    Bottom(BottomShape),
}

/// Finds the landmarks that the category needs.
pub(crate) fn find_landmarks(cutout: &Cutout, category: Category) -> Result<Shape, Refusal> {
    let contour = Contour::trace(&cutout.alpha).ok_or(Refusal::GarmentNotFound)?;
    match category {
        Category::Bottoms => bottom_shape(&contour).map(Shape::Bottom),
        Category::Tops | Category::Outerwear | Category::Dresses => {
            top_shape(&contour, cutout, category == Category::Dresses).map(Shape::Top)
        }
    }
}

/// The outer outline, clockwise as seen, evenly spaced.
struct Contour {
    points: Vec<Point>,
    low: Point,
    high: Point,
}

/// Places where the outline lies inside its convex hull: between hull points `from` and `to`, deepest at `at`.
struct Dent {
    depth: f32,
    from: usize,
    at: usize,
    to: usize,
}

impl Contour {
    const COUNT: usize = 480;

    fn trace(alpha: &Plane) -> Option<Self> {
        let (w, h) = (alpha.width as isize, alpha.height as isize);
        let inside = |x: isize, y: isize| {
            x >= 0 && y >= 0 && x < w && y < h && alpha.at(x as usize, y as usize) > 0.5
        };
        let start = alpha.data.iter().position(|v| *v > 0.5)?;
        let start = (start as isize % w, start as isize / w);
        // Moore tracing, clockwise as seen; the start pixel is entered from its left.
        const AROUND: [(isize, isize); 8] = [
            (-1, 0),
            (-1, -1),
            (0, -1),
            (1, -1),
            (1, 0),
            (1, 1),
            (0, 1),
            (-1, 1),
        ];
        let mut raw: Vec<Point> = Vec::new();
        let (mut at, mut back) = (start, 0_usize);
        loop {
            raw.push([at.0 as f32 + 0.5, at.1 as f32 + 0.5]);
            let turn = (1..=8)
                .map(|k| (back + k) % 8)
                .find(|k| inside(at.0 + AROUND[*k].0, at.1 + AROUND[*k].1))?;
            at = (at.0 + AROUND[turn].0, at.1 + AROUND[turn].1);
            back = (turn + 5) % 8 / 2 * 2;
            if at == start || raw.len() > 4 * (w * h) as usize {
                break;
            }
        }
        let total: f32 = (0..raw.len())
            .map(|i| distance(raw[i], raw[(i + 1) % raw.len()]))
            .sum();
        let step = total / Self::COUNT as f32;
        let mut points = Vec::with_capacity(Self::COUNT);
        let mut walked = 0.0;
        for i in 0..raw.len() {
            let (a, b) = (raw[i], raw[(i + 1) % raw.len()]);
            let d = distance(a, b);
            while points.len() < Self::COUNT && points.len() as f32 * step <= walked + d {
                points.push(mix(
                    a,
                    b,
                    ((points.len() as f32 * step - walked) / d.max(1e-6)).clamp(0.0, 1.0),
                ));
            }
            walked += d;
        }
        if points.len() < Self::COUNT || doubled_area(&points).abs() < 100.0 {
            return None;
        }
        if doubled_area(&points) < 0.0 {
            points.reverse();
        }
        let fold = |f: fn(f32, f32) -> f32, from: f32| {
            points
                .iter()
                .fold([from, from], |m, p| [f(m[0], p[0]), f(m[1], p[1])])
        };
        let (low, high) = (fold(f32::min, f32::MAX), fold(f32::max, f32::MIN));
        Some(Self { points, low, high })
    }

    fn width(&self) -> f32 {
        self.high[0] - self.low[0]
    }
    fn height(&self) -> f32 {
        self.high[1] - self.low[1]
    }
    fn at(&self, index: usize) -> Point {
        self.points[index % Self::COUNT]
    }

    /// Indices from `from` forward to `to`, both included.
    fn arc(&self, from: usize, to: usize) -> impl Iterator<Item = usize> + Clone {
        let n = (to + Self::COUNT - from) % Self::COUNT;
        (0..=n).map(move |k| (from + k) % Self::COUNT)
    }

    fn dents(&self) -> Vec<Dent> {
        let n = Self::COUNT;
        // Start at the leftmost point, which is on the hull; keep turning right (clockwise as seen).
        let start = (0..n)
            .min_by(|a, b| self.points[*a][0].total_cmp(&self.points[*b][0]))
            .unwrap_or(0);
        let mut hull: Vec<usize> = Vec::new();
        for k in 0..=n {
            let p = self.at(start + k);
            while hull.len() >= 2 {
                let (a, b) = (self.at(hull[hull.len() - 2]), self.at(hull[hull.len() - 1]));
                let (u, v) = (sub(b, a), sub(p, b));
                if u[0] * v[1] - u[1] * v[0] > 0.0 {
                    break;
                }
                hull.pop();
            }
            hull.push(start + k);
        }
        hull.windows(2)
            .filter_map(|pair| {
                let (a, b) = (self.at(pair[0]), self.at(pair[1]));
                let at = (pair[0]..=pair[1]).max_by(|i, j| {
                    to_segment(self.at(*i), a, b)
                        .0
                        .total_cmp(&to_segment(self.at(*j), a, b).0)
                })?;
                Some(Dent {
                    depth: to_segment(self.at(at), a, b).0,
                    from: pair[0] % n,
                    at: at % n,
                    to: pair[1] % n,
                })
            })
            .collect()
    }

    /// The two points of the arc that, with its ends, span the largest area: the corners between them.
    fn corners(&self, from: usize, to: usize) -> (usize, usize) {
        let arc: Vec<usize> = self.arc(from, to).collect();
        let stride = (arc.len() / 90).max(1);
        let (a, b) = (self.at(from), self.at(to));
        let mut best = (f32::MIN, from, to);
        for i in (0..arc.len()).step_by(stride) {
            for j in (i + 1..arc.len()).step_by(stride) {
                let area = doubled_area(&[a, self.at(arc[i]), self.at(arc[j]), b]);
                if area > best.0 {
                    best = (area, arc[i], arc[j]);
                }
            }
        }
        (best.1, best.2)
    }

    /// The index on the arc with the highest score.
    fn best(&self, from: usize, to: usize, score: impl Fn(Point) -> f32) -> usize {
        self.arc(from, to)
            .max_by(|a, b| score(self.at(*a)).total_cmp(&score(self.at(*b))))
            .unwrap_or(from)
    }
}

/// Where the outline leaves the body on one side.
#[derive(Clone, Copy)]
struct Arm {
    armpit: usize,
    sleeved: bool,
}

fn top_shape(
    contour: &Contour,
    cutout: &Cutout,
    cutout_is_dress: bool,
) -> Result<TopShape, Refusal> {
    let (w, h) = (contour.width(), contour.height());
    let middle = (contour.low[0] + contour.high[0]) / 2.0;
    let dents = contour.dents();
    let arm = |left: bool| -> Option<Arm> {
        let outward = if left { -1.0 } else { 1.0 };
        let dent = dents
            .iter()
            .filter(|d| {
                let (p, a, b) = (contour.at(d.at), contour.at(d.from), contour.at(d.to));
                let side = |q: Point| (q[0] - middle) * outward;
                let height = (p[1] - contour.low[1]) / h;
                side(p) > 0.0 && side(a) > 0.0 && side(b) > 0.0 && (0.08..0.8).contains(&height)
            })
            .max_by(|a, b| a.depth.total_cmp(&b.depth))?;
        // Clockwise: on the left, going forward leads up to the sleeve; on the right, backward does.
        let tip = if left { dent.to } else { dent.from };
        let reach = (contour.at(tip)[0] - contour.at(dent.at)[0]) * outward;
        (dent.depth > 0.035 * w && reach > 0.05 * w).then_some(Arm {
            armpit: dent.at,
            sleeved: true,
        })
    };
    let (left, right) = match (arm(true), arm(false)) {
        (Some(left), Some(right)) => (left, right),
        (None, None) => sleeveless_arms(contour, middle),
        (Some(_), None) | (None, Some(_)) => return Err(Refusal::GarmentShapeUnknown),
    };
    let (armpit_left, armpit_right) = (contour.at(left.armpit), contour.at(right.armpit));
    let chest = armpit_right[0] - armpit_left[0];
    let axis = (armpit_left[0] + armpit_right[0]) / 2.0;
    if chest < 0.2 * w || (armpit_left[1] - armpit_right[1]).abs() > 0.2 * h {
        return Err(Refusal::GarmentShapeUnknown);
    }
    let neck = |left_side: bool| {
        contour.best(left.armpit, right.armpit, |p| {
            let off = if left_side { axis - p[0] } else { p[0] - axis };
            if (0.03 * chest..0.34 * chest).contains(&off) {
                0.42 * off - p[1]
            } else {
                f32::MIN / 2.0
            }
        })
    };
    let (neck_left, neck_right) = (neck(true), neck(false));
    let (hem_right, hem_left) = contour.corners(right.armpit, left.armpit);
    let side = |left_side: bool| -> Side {
        let (arm, neck, hem) = if left_side {
            (left, neck_left, hem_left)
        } else {
            (right, neck_right, hem_right)
        };
        let armpit = contour.at(arm.armpit);
        let outward = if left_side { -1.0 } else { 1.0 };
        // The shoulder tip lies on the upper outline, a little inside the armpit's vertical.
        let target = armpit[0] - outward * 0.05 * chest;
        let (from, to) = if left_side {
            (arm.armpit, neck)
        } else {
            (neck, arm.armpit)
        };
        let tip = contour.best(from, to, |p| {
            if p[1] < armpit[1] - 0.15 * chest {
                -(p[0] - target).abs()
            } else {
                f32::MIN / 2.0
            }
        });
        let far = match (arm.sleeved, left_side) {
            (true, true) => (arm.armpit, tip),
            (true, false) => (tip, arm.armpit),
            (false, _) => (from, to),
        };
        let (first, second) = contour.corners(far.0, far.1);
        let (inner, outer) = if left_side {
            (first, second)
        } else {
            (second, first)
        };
        if !arm.sleeved {
            return Side {
                neck: contour.at(neck),
                shoulder: contour.at(outer),
                armpit,
                hem: contour.at(hem),
                sleeve: None,
            };
        }

        Side {
            neck: contour.at(neck),
            shoulder: contour.at(tip),
            armpit,
            hem: contour.at(hem),
            sleeve: Some(Sleeve {
                outer_end: contour.at(outer),
                inner_end: contour.at(inner),
            }),
        }
    };
    let sides = [side(true), side(false)];
    let hem_centre = contour.at(contour.best(hem_right, hem_left, |p| -(p[0] - axis).abs()));
    let neck_middle = mix(sides[0].neck, sides[1].neck, 0.5);
    let top = contour.at(contour.best(neck_left, neck_right, |p| -(p[0] - neck_middle[0]).abs()));
    let collar_centre = front_collar(cutout, top, neck_middle, chest);
    let plausible = sides.iter().all(|s| {
        s.hem[1] > s.armpit[1] + 0.1 * chest
            && s.shoulder[1] < s.armpit[1]
            && s.neck[1] < s.armpit[1]
    }) && sides[1].neck[0] - sides[0].neck[0] > 0.08 * chest
        && sides[1].hem[0] - sides[0].hem[0] > 0.35 * chest
        // Thin straps carry too few landmarks.
        && sides.iter().all(|s| distance(s.neck, s.shoulder) > 0.07 * chest)
        // Without a gap between sleeve and body, a wide lower half hides where the sleeves are.
        && (left.sleeved || w < 1.12 * chest || cutout_is_dress);
    if plausible {
        Ok(TopShape {
            sides,
            collar_centre,
            hem_centre,
        })
    } else {
        Err(Refusal::GarmentShapeUnknown)
    }
}

/// Armpits of a sleeveless garment: the widest place of its upper half's sides.
fn sleeveless_arms(contour: &Contour, middle: f32) -> (Arm, Arm) {
    let (low, h) = (contour.low[1], contour.height());
    let widest = |left: bool| {
        (0..Contour::COUNT)
            .max_by(|a, b| {
                let score = |i: usize| {
                    let p = contour.at(i);
                    let off = if left { middle - p[0] } else { p[0] - middle };
                    let depth = (p[1] - low) / h;
                    if (0.12..0.5).contains(&depth) {
                        off - depth * 0.12 * h
                    } else {
                        f32::MIN / 2.0
                    }
                };
                score(*a).total_cmp(&score(*b))
            })
            .unwrap_or(0)
    };
    (
        Arm {
            armpit: widest(true),
            sleeved: false,
        },
        Arm {
            armpit: widest(false),
            sleeved: false,
        },
    )
}

/// The lowest point of the front neckline. Where the outline dips between the necks, that is it; where the picture
/// also shows the inner back of the neck, it is the first clear edge below.
fn front_collar(cutout: &Cutout, top: Point, neck_middle: Point, chest: f32) -> Point {
    let dip = top[1] - neck_middle[1];
    if dip > 0.12 * chest {
        return top;
    }
    let colour = |y: f32| {
        let mut sum = [0.0; 3];
        let mut count = 0.0;
        for dx in -3..=3 {
            let c = cutout.colours.clamped(top[0] as isize + dx, y as isize);
            for k in 0..3 {
                sum[k] += c[k];
            }
            count += 1.0;
        }
        lab(sum.map(|v| v / count))
    };
    let gap = (0.012 * chest).max(2.0);
    let mut best = (0.0, top[1].max(neck_middle[1]) + 0.1 * chest);
    let mut y = top[1] + 0.05 * chest;
    while y < neck_middle[1] + 0.36 * chest {
        let (above, below) = (colour(y - gap), colour(y + gap));
        // The inside of the neck is in shade: an edge from dark to light counts more.
        let step = delta_e(above, below) * if below[0] > above[0] { 1.4 } else { 1.0 };
        let nearness = 1.0 - 0.8 * (y - top[1]) / (0.45 * chest);
        if step * nearness > best.0 {
            best = (step * nearness, y);
        }
        y += 1.0;
    }
    if best.0 > 7.0 {
        [top[0], best.1]
    } else {
        [top[0], top[1].max(neck_middle[1]) + 0.06 * chest]
    }
}

fn bottom_shape(contour: &Contour) -> Result<BottomShape, Refusal> {
    let (w, h) = (contour.width(), contour.height());
    let middle = (contour.low[0] + contour.high[0]) / 2.0;
    let crotch = contour
        .dents()
        .into_iter()
        .filter(|d| {
            let p = contour.at(d.at);
            (p[0] - middle).abs() < 0.2 * w
                && d.depth > 0.06 * h
                && contour.at(d.from)[0] > p[0]
                && contour.at(d.to)[0] < p[0]
        })
        .max_by(|a, b| a.depth.total_cmp(&b.depth));
    let top_corner = |left: bool| {
        contour.best(0, Contour::COUNT - 1, |p| {
            let off = if left { middle - p[0] } else { p[0] - middle };
            if p[1] < contour.low[1] + 0.3 * h {
                0.6 * off - p[1]
            } else {
                f32::MIN / 2.0
            }
        })
    };
    let (waist_left, waist_right) = (top_corner(true), top_corner(false));
    let waist = [contour.at(waist_left), contour.at(waist_right)];
    if waist[1][0] - waist[0][0] < 0.15 * w {
        return Err(Refusal::GarmentShapeUnknown);
    }
    let Some(crotch) = crotch else {
        let (right, left) = contour.corners(waist_right, waist_left);
        // Long and narrow without a gap: trousers whose legs cannot be told apart.
        if h > 1.9 * distance(contour.at(left), contour.at(right)) {
            return Err(Refusal::GarmentShapeUnknown);
        }
        return Ok(BottomShape {
            waist,
            outer_hem: [contour.at(left), contour.at(right)],
            legs: None,
        });
    };
    let (inner_left, outer_left) = contour.corners(crotch.at, waist_left);
    let (outer_right, inner_right) = contour.corners(waist_right, crotch.at);
    Ok(BottomShape {
        waist,
        outer_hem: [contour.at(outer_left), contour.at(outer_right)],
        legs: Some((
            [contour.at(inner_left), contour.at(inner_right)],
            contour.at(crotch.at),
        )),
    })
}

/// How far the garment reaches from `from` in `direction`: its own edge, not further than `limit`.
pub(crate) fn edge(alpha: &Plane, from: Point, direction: Point, limit: f32) -> Point {
    let mut last = from;
    let mut step = 0.0;
    let mut misses = 0;
    while step < limit && misses < 4 {
        let p = along(from, direction, step);
        if alpha.sample_or_zero(p[0], p[1]) > 0.5 {
            last = p;
            misses = 0;
        } else {
            misses += 1;
        }
        step += 1.0;
    }
    last
}

impl TopShape {
    /// The shape between both necks and the front collar: behind the wearer's neck.
    pub(crate) fn neck_opening(&self) -> Vec<Point> {
        let (a, b, c) = (self.sides[0].neck, self.sides[1].neck, self.collar_centre);
        let control = sub(scaled(c, 2.0), scaled(add(a, b), 0.5));
        let mut polygon: Vec<Point> = (0..=12)
            .map(|i| {
                let t = i as f32 / 12.0;
                let (p, q) = (mix(a, control, t), mix(control, b, t));
                mix(p, q, t)
            })
            .collect();
        let up = distance(a, b) * 0.6;
        polygon.push([b[0], b[1] - up]);
        polygon.push([a[0], a[1] - up]);
        polygon
    }

    /// Whether a point of the picture belongs to the inner back of the neck (positive: how deep).
    pub(crate) fn in_neck_opening(polygon: &[Point], p: Point) -> f32 {
        inside_by(polygon, p)
    }
}
