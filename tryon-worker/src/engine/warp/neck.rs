//! The neck of a top: its opening, and what is seen of the garment behind it.

use super::super::garment::{Garment, piece};
use super::super::geometry::{Point, ThinPlate, add, along, distance, inside_by, mix, scaled, sub};
use super::super::raster::{Plane, smoothstep};
use super::super::shape::{TopShape, edge};
use super::Pairs;
use super::top::Fit;
use super::torso::Torso;

impl Fit<'_> {
    /// Where the inside of the neck lies, and a hood, folded behind the neck; none without them.
    pub(super) fn behind_pairs(&self, garment: &Garment, torso: &Torso) -> Option<Pairs> {
        if garment.share(&[piece::INSIDE, piece::HOOD]) < 0.002 && !self.neck.mistaken {
            return None;
        }
        let mut pairs = torso.pairs.clone();
        if garment.share(&[piece::HOOD]) > 0.02 {
            let hood = &garment.visible(&[piece::HOOD]);
            let [left, right] = &self.shape.sides;
            let base = mix(left.neck, right.neck, 0.5);
            let top = edge(hood, base, [0.0, -1.0], 2.0 * self.chest);
            let middle = mix(torso.collar[0], torso.collar[1], 0.5);
            let high = distance(base, top);
            for share in [0.5, 1.0] {
                let row = mix(base, top, share);
                let up = along(middle, self.body.down, -high * share * self.scale * 0.42);
                pairs.push((up, row));
                if share < 1.0 {
                    for sign in [-1.0, 1.0] {
                        let side = edge(hood, row, [sign, 0.0], self.chest);
                        pairs.push((
                            along(up, self.body.across, (side[0] - row[0]) * self.scale),
                            side,
                        ));
                    }
                }
            }
        }
        Some(pairs)
    }
}

/// The neckline of a top in its picture.
pub(super) struct Neckline {
    /// The upper edge of its front, from the left end of the collar to the right one.
    pub(super) front: Vec<Point>,
    /// What lies above that and below its ends: closed.
    opening: Vec<Point>,
    /// Whether there is cloth in it that is said to be the front's: it is the back's inside.
    pub(super) mistaken: bool,
}

impl Neckline {
    /// That of a top whose front shows where `torso` is. The network may take the back's inside for the front: then what the landmarks
    /// say of the front's edge counts, and its shape is a guess.
    pub(super) fn of(shape: &TopShape, torso: &Plane, chest: f32) -> Self {
        let ([left, right], centre) = (&shape.sides, shape.collar_centre);
        let guess: Vec<Point> = parabola(left.neck, right.neck, centre).collect();
        let top = left.neck[1].min(right.neck[1]);
        let below = centre[1] + 0.06 * chest;
        let edge_at = |x: f32| {
            let start = [x, below];
            let cloth = torso.sample_or_zero(x, below) > 0.5;
            cloth.then(|| edge(torso, start, [0.0, -1.0], below - top))
        };
        let mistaken = edge_at(centre[0]).is_some_and(|at| at[1] < centre[1] - 0.05 * chest);
        let last = guess.len() - 1;
        let seen = |(i, guess): (usize, &Point)| match edge_at(guess[0]) {
            // Its ends are the landmarks, and where a button gapes there is no edge.
            Some(edge) if 0 < i && i < last && !mistaken => edge,
            _ => *guess,
        };
        let front: Vec<Point> = guess.iter().enumerate().map(seen).collect();
        Self {
            opening: neck_outline(&front, [0.0, 1.0], 0.1 * chest),
            front,
            mistaken,
        }
    }

    /// How much a point of the garment's picture lies in its opening, behind the front.
    pub(super) fn behind(&self, p: Point) -> f32 {
        smoothstep(1.0, 4.0, inside_by(&self.opening, p))
    }
}

impl Fit<'_> {
    /// Where the front's upper edge lies, from collar to collar.
    pub(super) fn neckline(&self, torso: &Torso) -> Vec<Point> {
        let turned: Pairs = torso
            .pairs
            .iter()
            .map(|(at, cloth)| (*cloth, *at))
            .collect();
        match ThinPlate::fit(&turned, 2e-4) {
            Some(spline) => self.neck.front.iter().map(|p| spline.at(*p)).collect(),
            None => parabola(torso.collar[0], torso.collar[1], torso.collar_centre).collect(),
        }
    }
}

/// A neckline that nothing more is known of than its ends and its middle.
fn parabola(left: Point, right: Point, centre: Point) -> impl Iterator<Item = Point> {
    let control = sub(scaled(centre, 2.0), scaled(add(left, right), 0.5));
    (0..=12).map(move |i| {
        let t = i as f32 / 12.0;
        mix(mix(left, control, t), mix(control, right, t), t)
    })
}

/// How wide the outline of a neck is at its upper end, in widths of its neckline: the neck is narrower than that.
const NARROWER: f32 = 0.5;

/// A neckline, closed `up` pixels above it.
pub(super) fn neck_outline(neckline: &[Point], down: Point, up: f32) -> Vec<Point> {
    let (Some(first), Some(last)) = (neckline.first(), neckline.last()) else {
        return Vec::new();
    };
    let middle = mix(*first, *last, 0.5);
    let above = |end: Point| along(mix(middle, end, NARROWER), down, -up);
    (neckline.iter().copied())
        .chain([above(*last), above(*first)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::shape::Side;
    use super::*;

    fn shape(centre: Point) -> TopShape {
        let side = |x: f32| Side {
            neck: [x, 20.0],
            shoulder: [x + 2.0 * (x - 100.0), 26.0],
            armpit: [x + 2.0 * (x - 100.0), 70.0],
            hem: [x + 2.0 * (x - 100.0), 180.0],
            cuff: None,
        };
        TopShape {
            sides: [side(80.0), side(120.0)],
            collar_centre: centre,
            hem_centre: [100.0, 182.0],
        }
    }

    /// A square neckline, 36 wide and 30 deep.
    fn square(x: usize, y: usize) -> bool {
        y >= 20 && !((82..118).contains(&x) && y < 50)
    }

    #[test]
    fn a_square_neckline_is_as_square_as_it_is_seen() {
        let torso = Plane::from_fn(200, 200, |x, y| f32::from(square(x, y)));
        let neck = Neckline::of(&shape([100.0, 50.0]), &torso, 120.0);
        assert!(!neck.mistaken);
        assert!(distance(neck.front[0], [80.0, 20.0]) < 1e-6);
        assert!(distance(neck.front[12], [120.0, 20.0]) < 1e-6);
        // A parabola would be 17 pixels less deep here.
        let near_the_corner = neck.front[2];
        assert!(
            (near_the_corner[1] - 50.0).abs() < 2.0,
            "{near_the_corner:?}"
        );
        assert!(neck.behind([88.0, 40.0]) > 0.9);
        assert!(neck.behind([88.0, 56.0]) < 0.1);
    }

    #[test]
    fn the_inside_of_the_back_that_is_taken_for_the_front_is_seen_through() {
        let torso = Plane::from_fn(200, 200, |_, y| f32::from(y >= 20));
        let neck = Neckline::of(&shape([100.0, 50.0]), &torso, 120.0);
        assert!(neck.mistaken);
        assert!(neck.behind([100.0, 40.0]) > 0.9);
        assert!(neck.behind([100.0, 60.0]) < 0.1);
        // A closed collar is none of that.
        assert!(!Neckline::of(&shape([100.0, 22.0]), &torso, 120.0).mistaken);
    }
}
