//! Sleeves: how one lies in the garment's picture, and the strip that carries it along the arm.

use super::super::garment::{Garment, piece};
use super::super::geometry::{
    Point, add, along, distance, dot, mix, normal_towards, scaled, sub, unit,
};
use super::super::parse::part;
use super::super::raster::{Plane, smoothstep};
use super::super::shape::{Cuff, Side};
use super::ribbon::{Course, Station};
use super::settle::Moves;
use super::top::Fit;
use super::torso::Torso;

/// A sleeve's strip.
#[derive(Clone)]
pub(super) struct Sleeve {
    pub(super) side: usize,
    pub(super) stations: Vec<Station>,
    /// The same as geometry laid them.
    pub(super) laid: Vec<Station>,
    /// Where it ends along its arm.
    pub(super) end: f32,
    /// Whether it hangs in its picture.
    pub(super) hanging: bool,
}

impl Sleeve {
    /// Moves it to where its cloth hangs, but not off the arm that the photo shows.
    pub(super) fn settle(&mut self, moves: &Moves, fit: &Fit<'_>) {
        for station in &mut self.stations {
            let (outer, inner) = (moves.limb(station.outer), moves.limb(station.inner));
            let outward = unit(sub(outer, inner));
            // Geometry covers all of the arm.
            let limit = dot(sub(station.outer, outer), outward);
            station.outer = fit.past_the_arm(outer, outward, limit);
            let limit = dot(sub(inner, station.inner), outward);
            station.inner = fit.past_the_arm(inner, scaled(outward, -1.0), limit);
        }
        if let Some(last) = self.stations.last() {
            let end = mix(last.outer, last.inner, 0.5);
            self.end = fit.body.arms[self.side].near(end).1;
        }
    }

    /// Its outer edge there, its inner edge back.
    pub(super) fn outline(&self) -> Vec<Point> {
        let outer = self.stations.iter().map(|s| s.outer);
        let inner = self.stations.iter().rev().map(|s| s.inner);
        outer.chain(inner).collect()
    }
}

impl Fit<'_> {
    /// The sleeves' strips.
    pub(super) fn sleeves(&self, garment: &Garment, torso: &Torso) -> Vec<Sleeve> {
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

    /// Moves a point of a sleeve's upper edge outwards to where the body ends, where the shoulder bulges past the line
    /// from its tip to the arm; `share` says how much of the armhole the edge still belongs to.
    fn past_the_skin(&self, edge: Point, outward: Point, share: f32) -> Point {
        let reach = 0.2 * self.body.shoulder_width;
        let (mut last, mut step) = (0.0, 0.0);
        while step < reach {
            let label = self.parse.label(along(edge, outward, step));
            if label == part::BACKGROUND || label == part::HAIR {
                break;
            }
            last = step;
            step += 1.0;
        }
        let ease = 0.02 * self.body.shoulder_width;
        along(edge, outward, (last + ease) * share.sqrt())
    }

    /// Moves a point of a sleeve's edge outwards to where the bare arm ends, if it lies on one, and no further than `limit`.
    fn past_the_arm(&self, edge: Point, outward: Point, limit: f32) -> Point {
        let ease = 0.02 * self.body.shoulder_width;
        let is_arm = |step: f32| {
            let label = self.parse.label(along(edge, outward, step));
            matches!(label, part::LEFT_ARM | part::RIGHT_ARM)
        };
        // A little inside of it cloth and skin are not told apart.
        let (mut last, mut step) = (None, -ease);
        while step < limit && (step < ease || is_arm(step)) {
            if is_arm(step) {
                last = Some(step);
            }
            step += 1.0;
        }
        let needed = last.map_or(0.0, |last| last + ease);
        along(edge, outward, needed.min(limit).max(0.0))
    }

    /// Stations of a sleeve from armhole to cuff, where it ends along the arm, and whether it hangs in its picture.
    fn sleeve(
        &self,
        s: usize,
        side: &Side,
        cuff: Cuff,
        cloth: &Plane,
        tip: Point,
        armpit: Point,
    ) -> (Vec<Station>, f32, bool) {
        const STATIONS: usize = 20;
        let (body, parse) = (self.body, self.parse);
        let arm = &body.arms[s];
        let outward = scaled(body.across, if s == 0 { -1.0 } else { 1.0 });
        let cut = SleeveCut::of(side, cuff, cloth);
        let armpit = if cut.hanging {
            let down_the_arm = unit(sub(arm.middle, tip));
            let width = cut.width * self.scale;
            along(
                tip,
                normal_towards(down_the_arm, scaled(outward, -1.0)),
                width.clamp(0.2 * body.shoulder_width, 0.34 * body.shoulder_width),
            )
        } else {
            armpit
        };
        let root = mix(tip, armpit, 0.5);
        let course = Course::through(&[root, arm.middle, arm.end]);
        let wanted = distance(cut.root, cut.end) * self.scale * 1.04;
        let total = if wanted > course.length() * 0.84 {
            course.length() * 1.03
        } else {
            wanted
        };
        let hole = distance(tip, armpit);
        let up = unit(add(scaled(outward, 0.62), scaled(body.down, -0.78)));
        let sections: Vec<(Point, Point)> = (0..=STATIONS)
            .map(|i| cut.section(cuff, cloth, &self.outline, i as f32 / STATIONS as f32))
            .collect();
        let stations = (0..=STATIONS)
            .map(|i| {
                let t = i as f32 / STATIONS as f32;
                let (cloth_outer, cloth_inner) = smoothed(&sections, i);
                let (at, direction) = course.at(total * t);
                let normal = normal_towards(direction, add(outward, scaled(body.down, -0.4)));
                let measured = body.limb_half_width(parse, at, direction, s, false);
                let flat = distance(cloth_outer, cloth_inner) / 2.0 * self.scale;
                let half = (flat * 0.86).clamp(measured * 1.06, measured * 1.5);
                // The armhole moves along the arm while it turns into a cross-section of it, on the body as on the cloth.
                let turned = smoothstep(0.0, (0.95 * hole / total).min(1.0), t);
                let (moved, cloth_moved) = (sub(at, root), scaled(sub(cut.end, cut.root), t));
                let outer = mix(add(tip, moved), along(at, normal, half), turned);
                Station {
                    outer: self.past_the_skin(outer, unit(mix(up, normal, turned)), 1.0 - turned),
                    inner: mix(add(armpit, moved), along(at, normal, -half), turned),
                    cloth_outer: mix(add(side.shoulder, cloth_moved), cloth_outer, turned),
                    cloth_inner: mix(add(cut.armpit, cloth_moved), cloth_inner, turned),
                }
            })
            .collect();
        let (at, _) = course.at(total);
        (stations, arm.near(at).1, cut.hanging)
    }
}

/// How a sleeve lies in the garment picture.
struct SleeveCut {
    /// Where it begins and ends, on its middle line.
    root: Point,
    end: Point,
    /// The lower end of its first cross-section.
    armpit: Point,
    /// Its width at the upper arm.
    width: f32,
    /// Whether it hangs beside the body, which then hides part of it: the armhole runs along the sleeve, not across it.
    hanging: bool,
}

impl SleeveCut {
    fn of(side: &Side, cuff: Cuff, cloth: &Plane) -> Self {
        let end = mix(cuff.outer, cuff.inner, 0.5);
        let hole = sub(side.armpit, side.shoulder);
        let axis = unit(sub(end, mix(side.shoulder, side.armpit, 0.5)));
        let along_the_sleeve = dot(unit(hole), axis);
        let hanging = along_the_sleeve > 0.76;
        let cuff_width = distance(cuff.outer, cuff.inner);
        if !hanging {
            let root = mix(side.shoulder, side.armpit, 0.5);
            return Self {
                root,
                end,
                armpit: side.armpit,
                width: cuff_width,
                hanging,
            };
        }
        let inward = normal_towards(axis, sub(cuff.inner, cuff.outer));
        let widest = (5..=9)
            .filter_map(|i| {
                let at = mix(side.shoulder, end, i as f32 / 10.0);
                widest_run(cloth, at, inward, 1.5 * cuff_width).map(|(a, b)| distance(a, b))
            })
            .fold(cuff_width, f32::max);
        let width = widest.clamp(cuff_width, 1.5 * cuff_width);
        let armpit = along(side.shoulder, inward, width);
        Self {
            root: mix(side.shoulder, armpit, 0.5),
            end,
            armpit,
            width,
            hanging,
        }
    }

    /// The sleeve's two edges, `t` of the way from armhole to cuff, square to its axis.
    fn section(&self, cuff: Cuff, cloth: &Plane, outline: &Plane, t: f32) -> (Point, Point) {
        let at = mix(self.root, self.end, t);
        let axis = unit(sub(self.end, self.root));
        let cuff_across = unit(sub(cuff.outer, cuff.inner));
        let square = normal_towards(axis, cuff_across);
        let across = unit(mix(square, cuff_across, smoothstep(0.6, 1.0, t)));
        let cuff_width = distance(cuff.outer, cuff.inner);
        let expected = self.width + (cuff_width - self.width) * t;
        let reach =
            0.75 * distance(self.armpit, mix(self.root, self.armpit, -1.0)).max(1.3 * cuff_width);
        let Some((outer, mut inner)) = widest_run(cloth, at, across, reach) else {
            return (
                along(at, across, expected / 2.0),
                along(at, across, -expected / 2.0),
            );
        };
        let next = along(inner, across, -0.06 * expected.max(50.0));
        if self.hanging
            && distance(outer, inner) < 0.9 * expected
            && outline.sample_or_zero(next[0], next[1]) > 0.5
        {
            // The rest lies under the body; the body's own cloth there is the same cloth.
            inner = along(outer, across, -expected);
        }
        // At its end the landmarks know better than the mask.
        let sure = smoothstep(0.85, 1.0, t);
        (mix(outer, cuff.outer, sure), mix(inner, cuff.inner, sure))
    }
}

/// The longest stretch of `mask` on the line through `at` along `across`, `reach` to both sides: its far and near end.
fn widest_run(mask: &Plane, at: Point, across: Point, reach: f32) -> Option<(Point, Point)> {
    let steps = reach as i32;
    let (mut best, mut since) = ((0, 0), None);
    for step in -steps..=steps + 1 {
        let p = along(at, across, step as f32);
        let inside = step <= steps && mask.sample_or_zero(p[0], p[1]) > 0.5;
        match (inside, since) {
            (true, None) => since = Some(step),
            (false, Some(from)) => {
                if step - from > best.1 - best.0 {
                    best = (from, step);
                }
                since = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
    (best.1 - best.0 > 3).then(|| {
        (
            along(at, across, best.1 as f32),
            along(at, across, best.0 as f32),
        )
    })
}

/// A section between its neighbours' mean and itself; the ends stay.
fn smoothed(sections: &[(Point, Point)], i: usize) -> (Point, Point) {
    if i == 0 || i + 1 == sections.len() {
        return sections[i];
    }
    let near = &sections[i.saturating_sub(2)..(i + 3).min(sections.len())];
    let mean = |edge: fn(&(Point, Point)) -> Point| {
        scaled(
            near.iter().map(edge).fold([0.0; 2], add),
            1.0 / near.len() as f32,
        )
    };
    (mean(|s| s.0), mean(|s| s.1))
}
