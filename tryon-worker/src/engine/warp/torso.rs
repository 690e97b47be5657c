//! Where the torso of a top lies on a body, and how it is drawn.

use super::super::error::Refusal;
use super::super::garment::Cloth;
use super::super::geometry::{
    Point, add, along, distance, dot, inside_by, mix, scaled, sub, to_segment,
};
use super::super::raster::smoothstep;
use super::super::shape::{Side, edge};
use super::cloth::{around, lay_flat};
use super::settle::{Hang, Moves};
use super::source::Source;
use super::top::Fit;
use super::{Frame, Layer, Pairs};

/// Where the torso's corners came to lie on the body.
#[derive(Clone)]
pub(super) struct Torso {
    /// Its control points as geometry lays them.
    pub(super) pairs: Pairs,
    pub(super) collar: [Point; 2],
    pub(super) collar_centre: Point,
    /// From collar to collar.
    pub(super) neckline: Vec<Point>,
    pub(super) armpits: [Point; 2],
    pub(super) shoulders: [Point; 2],
    /// The side seams, from armpit to hem.
    pub(super) flanks: [Vec<Point>; 2],
    pub(super) hem_centre: Point,
}

impl Torso {
    /// Moves its outline to where its cloth hangs.
    pub(super) fn settle(&mut self, moves: &Moves) {
        let corners = [&mut self.armpits, &mut self.shoulders];
        let points = corners.into_iter().flatten();
        let points = points.chain(self.flanks.iter_mut().flatten());
        let points = points.chain(&mut self.collar).chain(&mut self.neckline);
        for at in points.chain([&mut self.collar_centre, &mut self.hem_centre]) {
            *at = moves.trunk(*at);
        }
    }

    /// The corner of the hem that is less far down.
    pub(super) fn higher_hem(&self, down: Point) -> Point {
        let corners = [0, 1].map(|s| self.flanks[s].last().copied().unwrap_or(self.hem_centre));
        if dot(corners[0], down) < dot(corners[1], down) {
            corners[0]
        } else {
            corners[1]
        }
    }

    /// From the left collar along the neckline, down the right side, along the hem and up the left side.
    pub(super) fn outline(&self) -> Vec<Point> {
        let [left, right] = &self.flanks;
        (self.neckline.iter().copied())
            .chain([self.shoulders[1]])
            .chain(right.iter().copied())
            .chain([self.hem_centre])
            .chain(left.iter().rev().copied())
            .chain([self.shoulders[0]])
            .collect()
    }
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

impl Fit<'_> {
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
    pub(super) fn torso(&self) -> Torso {
        let (body, parse, scale) = (self.body, self.parse, self.scale);
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
            out.pairs
                .extend(self.over_the_shoulder(side, collar, shoulder));
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
                    out.pairs.extend(self.before_the_side(&flank, sign));
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

    /// Control points between the ends of a shoulder seam, on the shoulder's outline, which bulges above the straight line.
    fn over_the_shoulder(&self, side: &Side, collar: Point, shoulder: Point) -> Pairs {
        let (body, chest) = (self.body, self.chest);
        let unit = body.shoulder_width;
        if distance(collar, shoulder) <= 0.12 * unit {
            return Pairs::new();
        }
        let between = |t: f32| {
            let seam = add(mix(side.neck, side.shoulder, t), [0.0, 0.04 * chest]);
            let top = edge(&self.shoulders, seam, [0.0, -1.0], 0.1 * chest);
            let straight = mix(collar, shoulder, t);
            let off = dot(sub(straight, body.neck), body.across) / unit;
            let skin = body.neck_side(self.parse, off);
            let up = dot(sub(straight, skin), body.down).clamp(0.0, 0.1 * unit);
            (along(straight, body.down, -up), top)
        };
        [0.35, 0.7].map(between).into()
    }

    /// Control points between the middle of the body and its side, where the cloth goes round it.
    fn before_the_side(&self, flank: &Flank, sign: f32) -> Pairs {
        let flat = distance(flank.garment, flank.axis) * self.scale;
        let at = |part: f32| {
            let off = flank.half * around(part, flank.half / flat.max(1.0));
            let place = along(flank.middle, scaled(self.body.across, sign), off);
            (place, mix(flank.axis, flank.garment, part))
        };
        [0.4, 0.75].map(at).into()
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

    /// Draws the torso: `cloth` is where it shows in the garment's picture, and where what lies behind it does.
    pub(super) fn front(
        &self,
        source: &Source<'_>,
        frame: Frame,
        (torso, hang): (&Torso, Hang<'_>),
        cloth: (&Cloth<'_>, &Cloth<'_>),
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
            let mut own = smoothstep(0.3, 0.7, cloth.0.at(p));
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
            own * (1.0 - smoothstep(0.3, 0.7, cloth.1.at(p)) * at_the_neck)
        })
    }
}
