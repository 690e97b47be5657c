//! A garment on a body as geometry would lay it, in few and small planes: what the network sees that corrects it, and what it is
//! trained with.

use rayon::prelude::*;

use super::super::area::Area;
use super::super::body::{Body, Limb};
use super::super::error::Refusal;
use super::super::geometry::{Point, ThinPlate, dot, scaled, sub};
use super::super::parse::{Parse, part};
use super::super::raster::{Plane, Raster};
use super::super::view::Window;
use super::ribbon::{self, Station};
use super::{Pairs, reach};

/// Rows and columns of a sketch.
pub(crate) const SIZE: (usize, usize) = (160, 96);
/// Planes of a sketch, in the order of [`Sketch::seen`].
pub(crate) const CHANNELS: usize = 25;

/// Where the trunk's cloth is, and the limbs'.
pub(super) const TRUNK_COVER: usize = PARTS.len();
pub(super) const LIMBS_COVER: usize = TRUNK_COVER + 3;

/// What the person's parts are told as; the first two pairs of picture left and right are mirror images of each other.
const PARTS: [&[usize]; 8] = [
    &[part::HAIR, part::FACE],
    &[part::TORSO_SKIN],
    &[part::UPPER],
    &[part::LOWER],
    &[part::RIGHT_ARM],
    &[part::LEFT_ARM],
    &[part::LEGS],
    &[part::SHOES],
];
/// Planes that a mirror interchanges, and those whose sign it turns.
const SWAPPED: [usize; 2] = [4, 5];
const TURNED: [usize; 3] = [9, 12, 14];

/// Garment points of another piece than these many shoulder widths from its origin tell nothing more.
const FARTHEST: f32 = 6.0;

/// What the sketch is of.
pub(super) struct Draft<'a> {
    /// The trunk's control points, and where its cloth is in the garment picture.
    pub(super) trunk: &'a Pairs,
    pub(super) trunk_cloth: Plane,
    /// Sleeves or legs, and where their cloth is.
    pub(super) limbs: Vec<(&'a [Station], Plane)>,
    /// The point of the garment picture that all others are told from, and photo pixels per garment pixel.
    pub(super) origin: Point,
    pub(super) scale: f32,
    /// What a body's shoulders ask for, in terms of what its chest does: flat cloth asks for much more.
    pub(super) flatness: f32,
    /// The garment's chest or waist, in photo pixels.
    pub(super) width: f32,
    /// Whether it is a bottom with legs; whether it is a skirt.
    pub(super) legged: bool,
    pub(super) skirt: bool,
}

/// Small planes of a window around the body. All lengths are in shoulder widths.
pub struct Sketch {
    pub(super) window: Window,
    pub(super) unit: f32,
    /// [`CHANNELS`] planes of [`SIZE`], row by row: eight parts of the person; cover, and place right and down of the garment's origin,
    /// of the trunk, and the same of the limbs; place right of the neck and, in torso lengths, below it; the torso's length; flatness;
    /// width of the garment; legged; skirt; distance from the nearest arm and how far along it, and the same of the legs.
    pub(super) seen: Vec<f32>,
    /// The garment points of the cells, of trunk and limbs.
    places: [Raster<Option<Point>>; 2],
}

impl Sketch {
    pub(super) fn of(parse: &Parse, body: &Body, draft: &Draft<'_>) -> Result<Self, Refusal> {
        let unit = body.shoulder_width;
        let (rows, columns) = SIZE;
        let window = Window::of_body(body.neck, unit, SIZE);
        let centre = |i: usize| {
            let (x, y) = ((i % columns) as f32 + 0.5, (i / columns) as f32 + 0.5);
            [
                window.x + x * window.width / columns as f32,
                window.y + y * window.height / rows as f32,
            ]
        };
        let places = [
            trunk(draft.trunk, 0.3 * unit, centre)?,
            limbs(&draft.limbs, window),
        ];
        let covers = [
            cover(&places[0], |_| Some(&draft.trunk_cloth)),
            cover(&places[1], |i| {
                // The garment's own left and right tell which limb a point of it belongs to.
                let at = places[1].data[i]?;
                let cloths = draft.limbs.iter().map(|(_, cloth)| cloth);
                cloths.max_by(|a, b| {
                    let [a, b] = [a, b].map(|cloth| cloth.sample_or_zero(at[0], at[1]));
                    a.total_cmp(&b)
                })
            }),
        ];
        let mut seen = Vec::with_capacity(CHANNELS * rows * columns);
        for parts in PARTS {
            seen.extend((0..rows * columns).map(|i| parse.probability(parts, centre(i))));
        }
        for (place, cover) in places.iter().zip(&covers) {
            seen.extend(cover);
            for axis in 0..2 {
                let told = place.data.iter().zip(cover).map(|(at, cover)| match at {
                    Some(at) if *cover > 0.0 => {
                        let far = (at[axis] - draft.origin[axis]) * draft.scale / unit;
                        far.clamp(-FARTHEST, FARTHEST)
                    }
                    _ => 0.0,
                });
                seen.extend(told);
            }
        }
        let each = |seen: &mut Vec<f32>, of: &dyn Fn(Point) -> f32| {
            seen.extend((0..rows * columns).map(|i| of(centre(i))));
        };
        let from_neck = |p: Point| sub(p, body.neck);
        each(&mut seen, &|p| dot(from_neck(p), body.across) / unit);
        each(&mut seen, &|p| {
            dot(from_neck(p), body.down) / body.torso_length
        });
        for value in [
            body.torso_length / unit,
            draft.flatness,
            draft.width / unit,
            f32::from(draft.legged),
            f32::from(draft.skirt),
        ] {
            each(&mut seen, &|_| value);
        }
        for limbs in [&body.arms, &body.legs] {
            each(&mut seen, &|p| (nearest(limbs, p).0 / unit).min(1.0));
            each(&mut seen, &|p| nearest(limbs, p).1.min(2.0) / 2.0);
        }
        Ok(Self {
            window,
            unit,
            seen,
            places,
        })
    }

    /// One of [`Sketch::seen`].
    pub(super) fn plane(&self, channel: usize) -> Plane {
        let (height, width) = SIZE;
        Plane {
            width,
            height,
            data: self.seen[channel * height * width..][..height * width].to_vec(),
        }
    }

    /// What a mirror shows of it.
    pub(super) fn mirrored(&self) -> Vec<f32> {
        let (rows, columns) = SIZE;
        let mut out = Vec::with_capacity(self.seen.len());
        for channel in 0..CHANNELS {
            let from = match channel {
                c if c == SWAPPED[0] => SWAPPED[1],
                c if c == SWAPPED[1] => SWAPPED[0],
                c => c,
            };
            let sign = if TURNED.contains(&channel) { -1.0 } else { 1.0 };
            let plane = &self.seen[from * rows * columns..][..rows * columns];
            for row in plane.chunks_exact(columns) {
                out.extend(row.iter().rev().map(|v| sign * v));
            }
        }
        out
    }

    /// Its planes, and after them the x and y of the trunk's and the limbs' garment points in pixels of the garment picture, not a number
    /// where there is none: 29 planes of 160 rows and 96 columns.
    pub fn planes(&self) -> Vec<f32> {
        let mut out = self.seen.clone();
        for places in &self.places {
            for axis in 0..2 {
                out.extend(places.data.iter().map(|p| p.map_or(f32::NAN, |p| p[axis])));
            }
        }
        out
    }

    /// The shape of [`Sketch::planes`].
    pub fn shape(&self) -> [usize; 3] {
        [CHANNELS + 4, SIZE.0, SIZE.1]
    }

    /// What of the photo it shows, in pixels: left, top, width, height; and the body's unit, the distance of its shoulders.
    pub fn window(&self) -> [f32; 5] {
        let window = self.window;
        [window.x, window.y, window.width, window.height, self.unit]
    }
}

/// The trunk's garment points, as the spline through its control points has them.
fn trunk(
    pairs: &Pairs,
    margin: f32,
    centre: impl Fn(usize) -> Point + Sync,
) -> Result<Raster<Option<Point>>, Refusal> {
    let spline = ThinPlate::fit(pairs, 2e-4).ok_or(Refusal::GarmentShapeUnknown)?;
    let [low, high] = reach(pairs.iter().map(|pair| pair.0), margin);
    let data = (0..SIZE.0 * SIZE.1).into_par_iter().map(|i| {
        let p = centre(i);
        let inside = (0..2).all(|k| (low[k]..=high[k]).contains(&p[k]));
        inside.then(|| spline.at(p))
    });
    Ok(Raster {
        width: SIZE.1,
        height: SIZE.0,
        data: data.collect(),
    })
}

/// The limbs' garment points.
fn limbs(limbs: &[(&[Station], Plane)], window: Window) -> Raster<Option<Point>> {
    let (height, width) = SIZE;
    let mut out = Raster::filled(width, height, None);
    let cell = scaled([1.0; 2], width as f32 / window.width);
    let own = |p: Point| [(p[0] - window.x) * cell[0], (p[1] - window.y) * cell[1]];
    let area = Area {
        x: 0,
        y: 0,
        width,
        height,
    };
    for (stations, _) in limbs {
        let small: Vec<Station> = stations
            .iter()
            .map(|s| Station {
                outer: own(s.outer),
                inner: own(s.inner),
                ..*s
            })
            .collect();
        let Some(map) = ribbon::map(&small, area, |i, u| small[i].across(u)) else {
            // All of it lies outside of the window.
            continue;
        };
        for (i, at) in map.cloth.iter().enumerate() {
            let place = (map.y0 + i / map.width) * width + map.x0 + i % map.width;
            if at.is_some() {
                out.data[place] = *at;
            }
        }
    }
    out
}

/// How much cloth each cell shows.
fn cover<'a>(
    places: &Raster<Option<Point>>,
    cloth: impl Fn(usize) -> Option<&'a Plane>,
) -> Vec<f32> {
    let cells = places.data.iter().enumerate();
    cells
        .map(|(i, at)| match (at, cloth(i)) {
            (Some(at), Some(cloth)) => cloth.sample_or_zero(at[0], at[1]),
            _ => 0.0,
        })
        .collect()
}

fn nearest(limbs: &[Limb; 2], p: Point) -> (f32, f32) {
    let [one, other] = limbs.map(|limb| limb.near(p));
    if other.0 < one.0 { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_shows_the_other_arm_and_turns_what_points_right() {
        let (rows, columns) = SIZE;
        let cells = rows * columns;
        let sketch = Sketch {
            window: Window {
                x: 0.0,
                y: 0.0,
                width: 96.0,
                height: 160.0,
            },
            unit: 20.0,
            seen: (0..CHANNELS * cells)
                .map(|i| (i / cells * 1000 + i % columns) as f32)
                .collect(),
            places: [0, 1].map(|_| Raster::filled(columns, rows, None)),
        };
        let mirrored = sketch.mirrored();
        let begins = |seen: &[f32], channel: usize, wanted: f32| {
            (seen[channel * cells] - wanted).abs() < 1e-3
        };
        for (channel, wanted) in [
            (2, 2095.0),
            (4, 5095.0),
            (5, 4095.0),
            (8, 8095.0),
            (9, -9095.0),
        ] {
            assert!(begins(&mirrored, channel, wanted), "plane {channel}");
        }
        let twice = Sketch {
            seen: mirrored,
            ..sketch
        };
        assert!(begins(&twice.mirrored(), 9, 9000.0));
    }
}
