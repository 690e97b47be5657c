//! Trousers, shorts and skirts: a sheet for hips and skirt, and two legs.

use super::super::body::Body;
use super::super::error::{Refusal, TryOnError};
use super::super::garment::{Garment, piece};
use super::super::geometry::{
    Point, add, along, distance, dot, mix, normal_towards, scaled, sub, to_segment, unit,
};
use super::super::parse::{Parse, part};
use super::super::raster::{Plane, smoothstep};
use super::super::shape::{BottomShape, edge};
use super::ribbon::{Course, Station};
use super::settle::{Hang, Settling, Strip};
use super::sketch::{Draft, Sketch};
use super::source::Source;
use super::{Dressed, Frame, Layer, Pairs};

/// Where a waistband lies, in torso lengths below the neck.
const WAIST_AT: f32 = 0.70;
/// What the hips' sheet consists of.
const HIPS: [usize; 3] = [piece::BODY, piece::INSIDE, piece::COLLAR];

/// Everything that fitting a bottom looks at.
struct Fit<'a> {
    parse: &'a Parse,
    body: &'a Body,
    shape: &'a BottomShape,
    cloth: &'a Plane,
    /// Photo pixels per garment pixel.
    scale: f32,
    /// Waist corners on the body.
    waist: [Point; 2],
}

/// A bottom on a body as geometry lays it.
pub(super) fn sketch(
    parse: &Parse,
    body: &Body,
    garment: &Garment,
    shape: &BottomShape,
) -> Result<Sketch, Refusal> {
    let fit = Fit::new(parse, body, garment, shape);
    fit.sketch(garment, &fit.pieces(garment))
}

/// Dresses a body in a bottom.
pub(super) fn dress(
    parse: &Parse,
    body: &Body,
    garment: &Garment,
    shape: &BottomShape,
    settling: Option<&Settling>,
) -> Result<Dressed, TryOnError> {
    let fit = Fit::new(parse, body, garment, shape);
    let pieces = fit.pieces(garment);
    if let Some(settling) = settling {
        let moves = settling.moves(&fit.sketch(garment, &pieces)?)?;
        // Where the moved pieces would fold, geometry is believed.
        if let Ok(dressed) = fit.draw(garment, &pieces, Hang(Some(&moves))) {
            return Ok(dressed);
        }
    }
    Ok(fit.draw(garment, &pieces, Hang(None))?)
}

/// Where the pieces of a bottom lie on a body.
enum Pieces {
    Skirt(Pairs),
    /// Hips, the garment's crotch, and legs: picture left, right.
    Legged(Hips, Point, [Vec<Station>; 2]),
}

impl Pieces {
    fn trunk(&self) -> &Pairs {
        match self {
            Self::Skirt(pairs) => pairs,
            Self::Legged(hips, ..) => &hips.pairs,
        }
    }

    fn legs(&self) -> &[Vec<Station>] {
        match self {
            Self::Skirt(_) => &[],
            Self::Legged(.., legs) => legs,
        }
    }
}

/// The hips' sheet and where its legs begin.
struct Hips {
    pairs: Pairs,
    /// Outer ends of the line at crotch level: on the body, on the garment.
    outer: [Point; 2],
    outer_cloth: [Point; 2],
    crotch: Point,
}

impl<'a> Fit<'a> {
    fn new(parse: &'a Parse, body: &'a Body, garment: &'a Garment, shape: &'a BottomShape) -> Self {
        let cloth = &garment.cutout.alpha;
        let half = |at: f32, s: usize| body.half_width(parse, at, s);
        let flat_waist = distance(shape.waist[0], shape.waist[1]);
        let scale = match shape.legs {
            Some((_, crotch)) => {
                let [left, right] = row(
                    shape,
                    cloth,
                    mix(mix(shape.waist[0], shape.waist[1], 0.5), crotch, 0.75)[1],
                );
                (half(1.0, 0) + half(1.0, 1)) * 1.03 / distance(left, right).max(1.0)
            }
            None => (half(WAIST_AT, 0) + half(WAIST_AT, 1)) * 1.02 / flat_waist,
        };
        let waist = [0, 1].map(|s| {
            let sign = if s == 0 { -1.0 } else { 1.0 };
            body.place(
                WAIST_AT,
                sign * half(WAIST_AT, s) * 1.02 / body.shoulder_width,
            )
        });
        Self {
            parse,
            body,
            shape,
            cloth,
            scale,
            waist,
        }
    }

    /// Where the pieces lie.
    fn pieces(&self, garment: &Garment) -> Pieces {
        let Some((inner_hems, crotch)) = self.shape.legs else {
            return Pieces::Skirt(self.skirt());
        };
        let hips = self.hips(crotch);
        let legs = [0, 1].map(|s| {
            let visible = garment.visible(&piece::LEGS[s..=s]);
            let hems = (self.shape.outer_hem[s], inner_hems[s]);
            self.leg(s, hems, &visible, &hips, crotch)
        });
        Pieces::Legged(hips, crotch, legs)
    }

    fn sketch(&self, garment: &Garment, pieces: &Pieces) -> Result<Sketch, Refusal> {
        let legs = pieces.legs();
        let limbs = legs.iter().enumerate().map(|(s, stations)| {
            let cloth = garment.visible(&piece::LEGS[s..=s]);
            (stations.as_slice(), cloth)
        });
        let trunk_cloth = if legs.is_empty() {
            self.cloth.clone()
        } else {
            garment.visible(&HIPS)
        };
        let draft = Draft {
            trunk: pieces.trunk(),
            trunk_cloth,
            limbs: limbs.collect(),
            origin: self.waist_middle(),
            scale: self.scale,
            flatness: 1.0,
            width: distance(self.shape.waist[0], self.shape.waist[1]) * self.scale,
            legged: !legs.is_empty(),
            skirt: legs.is_empty(),
        };
        Sketch::of(self.parse, self.body, &draft)
    }

    /// Draws the pieces.
    fn draw(&self, garment: &Garment, pieces: &Pieces, hang: Hang<'_>) -> Result<Dressed, Refusal> {
        let (parse, body) = (self.parse, self.body);
        let source = Source::new(&garment.cutout, self.scale);
        let stations = pieces.legs().iter().flatten();
        let points = stations.flat_map(|s| [hang.limb(s.outer), hang.limb(s.inner)]);
        let trunk = pieces.trunk().iter().map(|p| hang.trunk(p.0));
        let points = trunk.chain(points);
        let frame = Frame::new(parse, body, &[part::LOWER], points)?;
        let mut limbs = Vec::new();
        for (s, stations) in pieces.legs().iter().enumerate() {
            let cloth = garment.cloth(&piece::LEGS[s..=s]);
            let hanging: Vec<Station> = stations.iter().map(|s| hang.station(*s)).collect();
            let strip = Strip {
                stations: &hanging,
                laid: stations,
                hang,
            };
            limbs.push(source.strip(frame, &strip, |p, _| smoothstep(0.3, 0.7, cloth.at(p)))?);
        }
        let front = match pieces {
            Pieces::Skirt(pairs) => {
                let margin = 0.2 * body.shoulder_width;
                source.sheet(frame, pairs, hang, margin, |_| 0.0, |_| 1.0)?
            }
            Pieces::Legged(hips, crotch, _) => {
                self.hips_sheet(&source, (frame, hang), garment, hips, *crotch)?
            }
        };
        Ok(Dressed {
            area: frame.area,
            behind: None,
            front,
            limbs,
            under: Vec::new(),
            cover: None,
            sleeve_ends: [0.0; 2],
            collar: [[0.0; 2]; 2],
            neckline: Vec::new(),
        })
    }

    /// The middle of the waistband's upper edge on the garment.
    fn waist_middle(&self) -> Point {
        let [left, right] = self.shape.waist;
        let width = distance(left, right);
        edge(
            self.cloth,
            add(mix(left, right, 0.5), [0.0, 0.1 * width]),
            [0.0, -1.0],
            0.3 * width,
        )
    }

    fn waist_pairs(&self) -> Pairs {
        let mut pairs: Pairs = (0..2)
            .map(|s| (self.waist[s], self.shape.waist[s]))
            .collect();
        pairs.push((mix(self.waist[0], self.waist[1], 0.5), self.waist_middle()));
        pairs
    }

    fn outward(&self, s: usize) -> Point {
        scaled(self.body.across, if s == 0 { -1.0 } else { 1.0 })
    }

    fn hips(&self, crotch: Point) -> Hips {
        let body = self.body;
        let mut pairs = self.waist_pairs();
        let middle = mix(self.waist[0], self.waist[1], 0.5);
        let rise = (crotch[1] - self.waist_middle()[1]) * self.scale;
        let target = along(
            middle,
            body.down,
            rise.clamp(0.3 * body.torso_length, 0.62 * body.torso_length),
        );
        pairs.push((target, crotch));
        let (mut outer, mut outer_cloth) = ([[0.0; 2]; 2], [[0.0; 2]; 2]);
        let waist_row = self.shape.waist[0][1].max(self.shape.waist[1][1]);
        for t in [0.55, 1.0] {
            let cloth = row(
                self.shape,
                self.cloth,
                waist_row + (crotch[1] - waist_row) * t,
            );
            for s in 0..2 {
                let level = mix(middle, target, t);
                let fall = dot(sub(level, body.neck), body.down) / body.torso_length;
                let half = body.half_width(self.parse, fall.min(1.0), s) * 1.03;
                let place = along(level, self.outward(s), half);
                pairs.push((place, cloth[s]));
                (outer[s], outer_cloth[s]) = (place, cloth[s]);
            }
        }
        Hips {
            pairs,
            outer,
            outer_cloth,
            crotch: target,
        }
    }

    /// Draws the hips, which reach a little under the legs.
    fn hips_sheet(
        &self,
        source: &Source<'_>,
        (frame, hang): (Frame, Hang<'_>),
        garment: &Garment,
        hips: &Hips,
        crotch: Point,
    ) -> Result<Layer, Refusal> {
        let own = garment.cloth(&HIPS);
        let width = distance(self.shape.waist[0], self.shape.waist[1]);
        let margin = 0.2 * self.body.shoulder_width;
        source.sheet(
            frame,
            &hips.pairs,
            hang,
            margin,
            |_| 0.0,
            |p| {
                let seam = (0..2)
                    .map(|s| to_segment(p, hips.outer_cloth[s], crotch).0)
                    .fold(f32::MAX, f32::min);
                let under = smoothstep(0.05, 0.03, seam / width);
                smoothstep(0.3, 0.7, own.at(p)).max(under)
            },
        )
    }

    fn leg(
        &self,
        s: usize,
        hems: (Point, Point),
        cloth: &Plane,
        hips: &Hips,
        crotch: Point,
    ) -> Vec<Station> {
        const STATIONS: usize = 24;
        let (body, leg) = (self.body, &self.body.legs[s]);
        let root = mix(hips.outer[s], hips.crotch, 0.5);
        let course = Course::through(&[root, leg.middle, leg.end]);
        let (cloth_root, cloth_end) = (
            mix(hips.outer_cloth[s], crotch, 0.5),
            mix(hems.0, hems.1, 0.5),
        );
        // Width was matched to the body seen from the front, which is narrower than the cloth laid flat: the rise, from
        // waist to crotch, is the better measure of length.
        let rise = distance(crotch, self.waist_middle()).max(1.0);
        let by_rise = distance(hips.crotch, mix(self.waist[0], self.waist[1], 0.5)) / rise;
        let wanted = distance(cloth_root, cloth_end) * by_rise.max(self.scale * 1.15);
        let total = if wanted > 0.62 * course.length() {
            course.length() * 1.04
        } else {
            wanted
        };
        let outward = self.outward(s);
        let top = distance(hips.outer[s], hips.crotch);
        (0..=STATIONS)
            .map(|i| {
                let t = i as f32 / STATIONS as f32;
                let (outer, inner) = (mix(hips.outer_cloth[s], hems.0, t), mix(crotch, hems.1, t));
                let (middle, across) = (mix(outer, inner, 0.5), unit(sub(outer, inner)));
                let half_cloth = distance(outer, inner) / 2.0;
                let reach = |direction: Point| {
                    let found = edge(cloth, middle, direction, 1.35 * half_cloth);
                    let straight = along(middle, direction, half_cloth);
                    mix(straight, found, (5.0 * t.min(1.0 - t)).min(1.0))
                };
                let (cloth_outer, cloth_inner) = (reach(across), reach(scaled(across, -1.0)));
                let (at, direction) = course.at(total * t);
                let normal = normal_towards(direction, outward);
                let measured = body.limb_half_width(self.parse, at, direction, s, true);
                let flat = distance(cloth_outer, cloth_inner) / 2.0 * self.scale;
                let half = (flat * 0.95).clamp(measured * 1.02, measured * 1.6);
                // Trouser legs share the middle: neither crosses it.
                let room = dot(sub(at, hips.crotch), outward).max(0.2 * half);
                let turned = smoothstep(0.0, 0.8 * top, total * t);
                let moved = sub(at, root);
                Station {
                    outer: mix(add(hips.outer[s], moved), along(at, normal, half), turned),
                    inner: mix(
                        add(hips.crotch, moved),
                        along(at, normal, -half.min(room)),
                        turned,
                    ),
                    cloth_outer,
                    cloth_inner,
                }
            })
            .collect()
    }

    fn skirt(&self) -> Pairs {
        let body = self.body;
        let mut pairs = self.waist_pairs();
        let long = (self.shape.outer_hem[0][1] - self.waist_middle()[1]) * self.scale;
        let top = self.shape.waist[0][1].max(self.shape.waist[1][1]);
        for i in 1..=4 {
            let t = i as f32 / 4.0;
            let cloth = if i == 4 {
                self.shape.outer_hem
            } else {
                row(
                    self.shape,
                    self.cloth,
                    top + (self.shape.outer_hem[0][1] - top) * t,
                )
            };
            let at = along(mix(self.waist[0], self.waist[1], 0.5), body.down, long * t);
            let fall = dot(sub(at, body.neck), body.down) / body.torso_length;
            let flat = distance(cloth[0], cloth[1]) / 2.0 * self.scale;
            for s in 0..2 {
                let measured = body.half_width(self.parse, fall.min(1.0), s);
                let least = if fall < 1.1 {
                    measured * 1.03
                } else {
                    measured * 0.8
                };
                pairs.push((
                    along(at, self.outward(s), flat.clamp(least, measured * 1.9)),
                    cloth[s],
                ));
            }
        }
        pairs
    }
}

/// The garment's two edges at a height of its picture.
fn row(shape: &BottomShape, cloth: &Plane, y: f32) -> [Point; 2] {
    let middle = f32::midpoint(shape.waist[0][0], shape.waist[1][0]);
    let reach = 1.5 * distance(shape.waist[0], shape.waist[1]);
    [-1.0, 1.0].map(|sign| edge(cloth, [middle, y], [sign, 0.0], reach))
}
