//! Tops, dresses and outerwear: a torso sheet and two sleeves.

use super::super::body::Body;
use super::super::error::{Refusal, TryOnError};
use super::super::garment::{Garment, piece};
use super::super::geometry::{
    Bounds, Point, add, along, distance, dot, inside_by, mix, scaled, sub, to_segment, unit,
};
use super::super::parse::{Parse, part};
use super::super::raster::{Plane, smoothstep};
use super::super::shape::{Side, TopShape, edge};
use super::cloth::{around, fitting, lay_flat};
use super::neck::{Neckline, neck_outline};
use super::ribbon::Station;
use super::settle::{Hang, Moves, Settling, Strip};
use super::sketch::{Draft, Sketch};
use super::source::Source;
use super::torso::Torso;
use super::{Cover, Dressed, Frame, Layer, Pairs};

/// What the torso's sheet consists of.
const TORSO: [usize; 3] = [piece::BODY, piece::COLLAR, piece::STRAP];

/// Everything that fitting a top looks at.
pub(super) struct Fit<'a> {
    pub(super) parse: &'a Parse,
    pub(super) body: &'a Body,
    pub(super) shape: &'a TopShape,
    /// Where the torso's cloth is visible, with collar and straps.
    torso: Plane,
    pub(super) neck: Neckline,
    /// The garment's opacity.
    pub(super) outline: Plane,
    /// Where its shoulders are visible: torso and sleeves, no collar and no hood.
    shoulders: Plane,
    /// Photo pixels per garment pixel.
    pub(super) scale: f32,
    /// What the shoulders ask for, in terms of what the chest does.
    flatness: f32,
    /// Distance of the garment's armpits, in garment pixels.
    pub(super) chest: f32,
    /// Where shoulder seams lie on the body.
    tips: [Point; 2],
}

/// A sleeve's strip.
#[derive(Clone)]
struct Sleeve {
    side: usize,
    stations: Vec<Station>,
    /// The same as geometry laid them.
    laid: Vec<Station>,
    /// Where it ends along its arm.
    end: f32,
    /// Whether it hangs in its picture.
    hanging: bool,
}

/// A height of the torso on one side.
struct Flank {
    /// The middle of the body, and how far from it the cloth goes, in photo pixels.
    middle: Point,
    half: f32,
    /// The garment's middle and its edge.
    axis: Point,
    garment: Point,
}

/// Where the pieces of a top lie on a body.
#[derive(Clone)]
struct Pieces<'a> {
    hang: Hang<'a>,
    torso: Torso,
    /// The inside of the neck, or a hood.
    behind: Option<Pairs>,
    sleeves: Vec<Sleeve>,
}

/// A top on a body as geometry lays it.
pub(super) fn sketch(
    parse: &Parse,
    body: &Body,
    garment: &Garment,
    shape: &TopShape,
) -> Result<Sketch, Refusal> {
    let fit = Fit::new(parse, body, garment, shape);
    fit.sketch(garment, &fit.pieces(garment))
}

/// Dresses a body in a top.
pub(super) fn dress(
    parse: &Parse,
    body: &Body,
    garment: &Garment,
    shape: &TopShape,
    settling: Option<&Settling>,
) -> Result<Dressed, TryOnError> {
    let fit = Fit::new(parse, body, garment, shape);
    let pieces = fit.pieces(garment);
    if let Some(settling) = settling {
        let moves = settling.moves(&fit.sketch(garment, &pieces)?)?;
        // Where the moved pieces would fold, geometry is believed.
        if let Ok(dressed) = fit.draw(garment, &pieces.settled(&moves, &fit)) {
            return Ok(dressed);
        }
    }
    Ok(fit.draw(garment, &pieces)?)
}

/// The outline of a strip: its outer edge there, its inner edge back.
fn outline(stations: &[Station]) -> Vec<Point> {
    stations
        .iter()
        .map(|s| s.outer)
        .chain(stations.iter().rev().map(|s| s.inner))
        .collect()
}

impl Pieces<'_> {
    /// Where their cloth hangs; sleeves go on covering the arms that the photo shows.
    fn settled<'m>(&self, moves: &'m Moves, fit: &Fit<'_>) -> Pieces<'m> {
        let mut out = Pieces {
            hang: Hang(Some(moves)),
            torso: self.torso.clone(),
            behind: self.behind.clone(),
            sleeves: self.sleeves.clone(),
        };
        out.torso.settle(moves);
        for sleeve in &mut out.sleeves {
            for station in &mut sleeve.stations {
                let (outer, inner) = (moves.limb(station.outer), moves.limb(station.inner));
                let outward = unit(sub(outer, inner));
                // Geometry covers all of the arm.
                let limit = dot(sub(station.outer, outer), outward);
                station.outer = fit.past_the_arm(outer, outward, limit);
                let limit = dot(sub(inner, station.inner), outward);
                station.inner = fit.past_the_arm(inner, scaled(outward, -1.0), limit);
            }
            if let Some(last) = sleeve.stations.last() {
                let end = mix(last.outer, last.inner, 0.5);
                sleeve.end = fit.body.arms[sleeve.side].near(end).1;
            }
        }
        out
    }
}

impl<'a> Fit<'a> {
    fn new(parse: &'a Parse, body: &'a Body, garment: &Garment, shape: &'a TopShape) -> Self {
        let [left, right] = &shape.sides;
        let tips = [0, 1].map(|s| body.shoulder_tip(parse, s));
        let chest = distance(left.armpit, right.armpit);
        let by_shoulders = distance(tips[0], tips[1]) / distance(left.shoulder, right.shoulder);
        let body_chest = body.half_width(parse, 0.55, 0) + body.half_width(parse, 0.55, 1);
        let by_chest = body_chest * 1.06 / chest;
        // Without sleeves the shoulders lie anywhere.
        let scale = if left.cuff.is_some() {
            fitting(by_shoulders, by_chest)
        } else {
            by_chest * 1.08
        };
        let torso = garment.visible(&TORSO);
        let neck = Neckline::of(shape, &torso, chest);
        let outline = garment.cutout.alpha.clone();
        let shoulders = garment.visible(&[
            piece::BODY,
            piece::SLEEVES[0],
            piece::SLEEVES[1],
            piece::STRAP,
        ]);
        Self {
            parse,
            body,
            shape,
            torso,
            neck,
            outline,
            shoulders,
            scale,
            flatness: (by_shoulders / by_chest).min(3.0),
            chest,
            tips,
        }
    }

    /// Where the pieces lie.
    fn pieces(&self, garment: &Garment) -> Pieces<'static> {
        let torso = self.torso();
        Pieces {
            hang: Hang(None),
            behind: self.behind_pairs(garment, &torso),
            sleeves: self.sleeves(garment, &torso),
            torso,
        }
    }

    fn sketch(&self, garment: &Garment, pieces: &Pieces<'_>) -> Result<Sketch, Refusal> {
        let [left, right] = &self.shape.sides;
        let limbs = pieces.sleeves.iter().map(|sleeve| {
            let s = sleeve.side;
            let cloth = garment.visible(&piece::SLEEVES[s..=s]);
            (sleeve.stations.as_slice(), cloth)
        });
        let draft = Draft {
            trunk: &pieces.torso.pairs,
            trunk_cloth: self.torso.clone(),
            limbs: limbs.collect(),
            origin: mix(left.neck, right.neck, 0.5),
            scale: self.scale,
            flatness: self.flatness,
            width: self.chest * self.scale,
            legged: false,
            skirt: false,
        };
        Sketch::of(self.parse, self.body, &draft)
    }

    /// Draws the pieces.
    fn draw(&self, garment: &Garment, pieces: &Pieces<'_>) -> Result<Dressed, Refusal> {
        let (parse, body) = (self.parse, self.body);
        let Pieces {
            hang,
            torso,
            behind: behind_pairs,
            sleeves,
        } = pieces;
        let source = Source::new(&garment.cutout, self.scale);
        let points = torso.pairs.iter().chain(behind_pairs.iter().flatten());
        let stations = sleeves.iter().flat_map(|sleeve| &sleeve.stations);
        let points = points
            .map(|p| hang.trunk(p.0))
            .chain(stations.flat_map(|s| [s.outer, s.inner]));
        let frame = Frame::new(parse, body, &[part::UPPER], points)?;
        let torso_cloth = garment.sum(&TORSO);
        let behind_cloth = garment.sum(&[piece::INSIDE, piece::HOOD]);
        let front = self.front(
            &source,
            frame,
            (torso, *hang),
            (&torso_cloth, &behind_cloth),
        )?;
        let behind = behind_pairs.as_ref().and_then(|pairs| {
            let margin = 0.3 * body.shoulder_width;
            let cloth = |p: Point| {
                let said = smoothstep(0.3, 0.7, behind_cloth.sample(p[0], p[1]));
                said.max(self.neck.behind(p))
            };
            // Without it the neck is only a little less deep.
            let flat = |_: Point| 0.0;
            source.sheet(frame, pairs, *hang, margin, flat, cloth).ok()
        });
        let (mut limbs, mut under, mut outlines) = (Vec::new(), Vec::new(), Vec::new());
        let mut sleeve_ends = [0.0; 2];
        for sleeve in sleeves {
            let (s, stations) = (sleeve.side, &sleeve.stations);
            let cloth = garment.sum(&piece::SLEEVES[s..=s]);
            sleeve_ends[s] = sleeve.end;
            let strip = Strip {
                stations,
                laid: &sleeve.laid,
                hang: *hang,
            };
            limbs.push(source.strip(frame, &strip, |p, _| {
                smoothstep(0.3, 0.7, cloth.sample(p[0], p[1]))
            })?);
            if sleeve.hanging {
                under.push(source.strip(frame, &strip, |p, inside| {
                    let both = cloth.sample(p[0], p[1]) + torso_cloth.sample(p[0], p[1]);
                    if inside {
                        smoothstep(0.3, 0.7, both)
                    } else {
                        0.0
                    }
                })?);
            }
            outlines.push((s, outline(stations)));
        }
        let neckline = neck_outline(&torso.neckline, body.down, 0.5 * body.shoulder_width);
        let area = frame.area;
        let own = |outline: Vec<Point>| outline.into_iter().map(|p| area.own(p)).collect();
        let trunk: Vec<Point> = own(torso.outline());
        let outlines: Vec<(usize, Vec<Point>)> =
            outlines.into_iter().map(|(s, o)| (s, own(o))).collect();
        let points = outlines.iter().flat_map(|(_, outline)| outline);
        let cover = Cover {
            trunk_bounds: Bounds::of(&trunk),
            bounds: Bounds::of(trunk.iter().chain(points)),
            trunk,
            hem: area.own(torso.higher_hem(body.down)),
            sleeves: outlines,
        };
        Ok(Dressed {
            area,
            behind,
            front,
            limbs,
            under,
            cover: Some(cover),
            sleeve_ends,
            collar: torso.collar.map(|p| area.own(p)),
            neckline: own(neckline),
        })
    }

    fn fall(&self, p: Point) -> f32 {
        dot(sub(p, self.body.neck), self.body.down) / self.body.torso_length
    }

    /// How flat the cloth lies at a point of the photo: on chest and belly, away from the torso's outline and the more so
    /// the further below its neckline. A skirt falls as its own hem asks, and what is not flat in its picture has a body's shape already.
    fn flat(&self, torso: &Torso) -> impl Fn(Point) -> f32 + Sync {
        let unit = self.body.shoulder_width;
        let outline = torso.outline();
        let from = dot(torso.collar_centre, self.body.down);
        let lay_flat = lay_flat(self.flatness);
        move |p| {
            let below = (dot(p, self.body.down) - from) / unit;
            let share =
                lay_flat * smoothstep(0.0, 0.42, below) * smoothstep(1.25, 1.0, self.fall(p));
            if share <= 0.0 {
                return 0.0;
            }
            share * smoothstep(0.0, 0.2 * unit, inside_by(&outline, p))
        }
    }

    /// Control points of the torso sheet.
    fn torso(&self) -> Torso {
        let (body, parse, scale, chest) = (self.body, self.parse, self.scale, self.chest);
        let [left, right] = &self.shape.sides;
        let sw = body.shoulder_width;
        let neck_middle = mix(left.neck, right.neck, 0.5);
        let armpit_drop = f32::midpoint(
            left.armpit[1] - left.shoulder[1],
            right.armpit[1] - right.shoulder[1],
        );
        let armpit_at = self.fall(mix(self.tips[0], self.tips[1], 0.5))
            + (armpit_drop * scale / body.torso_length).clamp(0.34, 0.56);
        let long =
            f32::midpoint(left.hem[1] - left.armpit[1], right.hem[1] - right.armpit[1]) * scale;
        let hem_at = armpit_at + long.max(0.12 * body.torso_length) / body.torso_length;
        let mut out = Torso {
            pairs: Vec::new(),
            collar: [[0.0; 2]; 2],
            collar_centre: [0.0; 2],
            neckline: Vec::new(),
            armpits: [[0.0; 2]; 2],
            shoulders: [[0.0; 2]; 2],
            flanks: [Vec::new(), Vec::new()],
            hem_centre: [0.0; 2],
        };
        let mut hems = [[0.0; 2]; 2];
        for (s, side) in self.shape.sides.iter().enumerate() {
            let sign = if s == 0 { -1.0 } else { 1.0 };
            let neck_half =
                (distance(left.neck, right.neck) / 2.0 * scale).clamp(0.2 * sw, 0.44 * sw);
            out.collar[s] = body.neck_side(parse, sign * neck_half / sw);
            out.shoulders[s] = self.shoulder(s, side, out.collar[s]);
            let (collar, shoulder) = (out.collar[s], out.shoulders[s]);
            out.pairs.push((collar, side.neck));
            out.pairs.push((shoulder, side.shoulder));
            if distance(collar, shoulder) > 0.12 * sw {
                for t in [0.35, 0.7] {
                    let seam = mix(side.neck, side.shoulder, t);
                    let top = edge(
                        &self.shoulders,
                        add(seam, [0.0, 0.04 * chest]),
                        [0.0, -1.0],
                        0.1 * chest,
                    );
                    let straight = mix(collar, shoulder, t);
                    let skin =
                        body.neck_side(parse, dot(sub(straight, body.neck), body.across) / sw);
                    // The shoulder's outline, which bulges above the straight line.
                    let up = dot(sub(straight, skin), body.down).clamp(0.0, 0.1 * sw);
                    out.pairs.push((along(straight, body.down, -up), top));
                }
            }
            for i in 0..=4 {
                let t = i as f32 / 4.0;
                let flank = self.flank(s, side, neck_middle, t, (armpit_at, hem_at));
                let target = along(flank.middle, scaled(body.across, sign), flank.half);
                if i == 0 {
                    out.armpits[s] = target;
                }
                hems[s] = target;
                out.flanks[s].push(target);
                out.pairs.push((target, flank.garment));
                if i <= 2 {
                    let flat = distance(flank.garment, flank.axis) * scale;
                    for part in [0.4, 0.75] {
                        let off = flank.half * around(part, flank.half / flat.max(1.0));
                        out.pairs.push((
                            along(flank.middle, scaled(body.across, sign), off),
                            mix(flank.axis, flank.garment, part),
                        ));
                    }
                }
            }
            out.pairs.push((
                mix(shoulder, out.armpits[s], 0.5),
                mix(side.shoulder, side.armpit, 0.5),
            ));
        }
        let collar_middle = mix(out.collar[0], out.collar[1], 0.5);
        let dip = (self.shape.collar_centre[1] - neck_middle[1]).max(0.0) * scale;
        out.collar_centre = along(collar_middle, body.down, dip);
        out.pairs
            .push((out.collar_centre, self.shape.collar_centre));
        let hem_middle = mix(left.hem, right.hem, 0.5);
        let sag = (self.shape.hem_centre[1] - hem_middle[1]) * scale;
        out.hem_centre = along(mix(hems[0], hems[1], 0.5), body.down, sag);
        out.pairs
            .push((out.hem_centre, [hem_middle[0], self.shape.hem_centre[1]]));
        out.neckline = self.neckline(&out);
        out
    }

    /// Where the end of a shoulder seam lies: at the tip for a set-in sleeve, further in for a vest.
    fn shoulder(&self, s: usize, side: &Side, collar: Point) -> Point {
        let tip = self.tips[s];
        if side.cuff.is_some() {
            return tip;
        }
        let wanted = distance(side.neck, side.shoulder) * self.scale;
        mix(
            collar,
            tip,
            (wanted / distance(collar, tip).max(1.0)).clamp(0.12, 1.0),
        )
    }

    /// A point of the side seam, `t` of the way from armpit to hem.
    fn flank(
        &self,
        s: usize,
        side: &Side,
        neck_middle: Point,
        t: f32,
        (armpit_at, hem_at): (f32, f32),
    ) -> Flank {
        let (body, shape) = (self.body, self.shape);
        let sign = if s == 0 { -1.0 } else { 1.0 };
        let row = side.armpit[1] + (side.hem[1] - side.armpit[1]) * t;
        let down = (row - neck_middle[1]) / (shape.hem_centre[1] - neck_middle[1]).max(1.0);
        let axis = mix(neck_middle, shape.hem_centre, down);
        let guess = mix(side.armpit, side.hem, t)[0];
        let garment = if t <= 0.0 {
            side.armpit
        } else if t >= 1.0 {
            side.hem
        } else {
            let found = edge(&self.torso, [axis[0], row], [sign, 0.0], self.chest * 1.5);
            if (found[0] - guess).abs() < 0.3 * self.chest {
                found
            } else {
                [guess, row]
            }
        };
        let at = armpit_at + (hem_at - armpit_at) * t;
        let flat = (garment[0] - axis[0]).abs() * self.scale;
        let measured = body.half_width(self.parse, at.max(0.42), s);
        // Cloth goes round the body: the flat width shrinks a little; below the hips the garment's own cut rules.
        let loose = if at > 1.05 { 1.9 } else { 1.22 };
        let half = (flat * 0.96).clamp(measured * 1.03, measured * loose);
        let middle = if at > 1.0 {
            along(
                body.place(1.0, 0.0),
                [0.0, 1.0],
                (at - 1.0) * body.torso_length,
            )
        } else {
            body.place(at, 0.0)
        };
        Flank {
            middle,
            half,
            axis: [axis[0], garment[1]],
            garment,
        }
    }

    /// The sleeves' strips.
    fn sleeves(&self, garment: &Garment, torso: &Torso) -> Vec<Sleeve> {
        let sides = self.shape.sides.iter().enumerate();
        sides
            .filter_map(|(s, side)| {
                let visible = garment.visible(&piece::SLEEVES[s..=s]);
                let (tip, armpit) = (torso.shoulders[s], torso.armpits[s]);
                let (stations, end, hanging) =
                    self.sleeve(s, side, side.cuff?, &visible, tip, armpit);
                Some(Sleeve {
                    side: s,
                    laid: stations.clone(),
                    stations,
                    end,
                    hanging,
                })
            })
            .collect()
    }

    /// Draws the torso: `cloth` is where it shows in the garment's picture, and where what lies behind it does.
    fn front(
        &self,
        source: &Source<'_>,
        frame: Frame,
        (torso, hang): (&Torso, Hang<'_>),
        cloth: (&Plane, &Plane),
    ) -> Result<Layer, Refusal> {
        let (chest, centre) = (self.chest, self.shape.collar_centre);
        let [left, right] = &self.shape.sides;
        let trunk = [
            left.neck,
            centre,
            right.neck,
            right.shoulder,
            right.armpit,
            right.hem,
            left.hem,
            left.armpit,
            left.shoulder,
        ];
        let top = left.neck[1].min(right.neck[1]);
        let margin = 0.3 * self.body.shoulder_width;
        source.sheet(frame, &torso.pairs, hang, margin, self.flat(torso), |p| {
            let mut own = smoothstep(0.3, 0.7, cloth.0.sample(p[0], p[1]));
            if own < 1.0 {
                // Between the landmarks all cloth is the torso's, whatever a pattern looked like to the network.
                let inner = smoothstep(0.02 * chest, 0.05 * chest, inside_by(&trunk, p));
                // Near the armhole the torso reaches a little under the sleeve.
                let seam = [left, right]
                    .into_iter()
                    .filter(|s| s.cuff.is_some())
                    .map(|s| to_segment(p, s.shoulder, s.armpit).0)
                    .fold(f32::MAX, f32::min);
                let under = smoothstep(0.065 * chest, 0.045 * chest, seam);
                own = own.max(inner).max(under);
            }
            // Only at the neck does anything lie behind.
            let at_the_neck = smoothstep(
                1.3,
                1.1,
                (p[1] - top) / (centre[1] - left.neck[1]).max(0.1 * chest),
            );
            if at_the_neck <= 0.0 {
                return own;
            }
            own *= 1.0 - self.neck.behind(p);
            own * (1.0 - smoothstep(0.3, 0.7, cloth.1.sample(p[0], p[1])) * at_the_neck)
        })
    }
}
