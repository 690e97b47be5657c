//! The body under the clothes: frame, widths and limbs, and whether the photo allows a try-on at all.
//!
//! Sides are ordered as garments are seen: index 0 is the picture's left (the wearer's right).

use super::Category;
use super::area::Area;
use super::error::Refusal;
use super::geometry::{
    Point, add, along, distance, dot, mix, normal_towards, scaled, sub, to_segment, unit,
};
use super::parse::{Parse, joint, part};
use super::raster::components;

/// A limb: three joints and its half-width.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limb {
    pub(crate) root: Point,
    pub(crate) middle: Point,
    pub(crate) end: Point,
}

impl Limb {
    /// Distance from the limb's bones and how far along them, 0 at the root, 1 at the middle joint, 2 at the end and more
    /// beyond it (hands and feet).
    pub(crate) fn near(&self, p: Point) -> (f32, f32) {
        let (a, s) = to_segment(p, self.root, self.middle);
        let (b, t) = to_segment(p, self.middle, self.end);
        if a <= b {
            return (a, s);
        }
        let bone = sub(self.end, self.middle);
        let beyond = dot(sub(p, self.end), bone) / dot(bone, bone).max(1e-6);
        (b, 1.0 + t + beyond.max(0.0))
    }
}

/// What the warp needs to know of a body.
#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) neck: Point,
    /// Unit vector from neck to hips.
    pub(crate) down: Point,
    /// Unit vector to the picture's right, across `down`.
    pub(crate) across: Point,
    /// Distance between the shoulder joints, in pixels: the body's unit of width.
    pub(crate) shoulder_width: f32,
    pub(crate) torso_length: f32,
    pub(crate) shoulders: [Point; 2],
    pub(crate) arms: [Limb; 2],
    pub(crate) legs: [Limb; 2],
}

/// Fewer pixels of a body than these show too little.
const SMALLEST_TORSO: f32 = 60.0;
const SMALLEST_SHOULDERS: f32 = 45.0;

/// How sure the network is at least of a joint that it sees.
const SEEN: f32 = 0.22;
const CORE: [usize; 3] = [joint::NECK, joint::SHOULDERS[0], joint::SHOULDERS[1]];

/// Refuses photos of nobody, of several people, and of somebody who is too small or turned away.
fn one_person(parse: &Parse) -> Result<(), Refusal> {
    let (w, h) = (parse.half[0].width, parse.half[0].height);
    let joints = &parse.joints;
    let person = parse.half[part::BACKGROUND].map(|v| 1.0 - v);
    let area = person.data.iter().filter(|v| **v > 0.5).count();
    let face = &parse.half[part::FACE];
    let face_area = face.data.iter().filter(|v| **v > 0.5).count();
    // A body from head to hips, whatever else is wrong with it.
    let is_body = [joint::NOSE, joint::HIPS[0], joint::HIPS[1]]
        .iter()
        .chain(&CORE)
        .all(|j| joints[*j].peak > 0.4);
    let tiny = area < w * h / 80;
    if tiny && is_body && parse.torso_length() < SMALLEST_TORSO {
        return Err(Refusal::PersonTooSmall);
    }
    let core = CORE.iter().filter(|j| joints[**j].peak > SEEN).count();
    if tiny || (core < 2 && face_area < area / 200) {
        return Err(Refusal::NoPerson);
    }
    let (_, faces) = components(w, h, |i| face.data[i] > 0.5);
    let largest = faces.iter().max().copied().unwrap_or(0);
    if largest > w * h / 4000 && faces.iter().filter(|s| **s * 3 > largest).count() > 1 {
        return Err(Refusal::SeveralPeople);
    }
    let (_, figures) = components(w, h, |i| person.data[i] > 0.5);
    let tallest = figures.iter().max().copied().unwrap_or(0);
    if figures.iter().filter(|s| **s * 3 > tallest).count() > 1 {
        return Err(Refusal::SeveralPeople);
    }
    // A garment alone looks like a body to the network, but it has no face, nor a head that the network is sure of. Who turns
    // away has a head.
    if face_area * 55 < area || joints[joint::NOSE].peak < 0.4 {
        return Err(if is_body {
            Refusal::NotFrontView
        } else {
            Refusal::NoPerson
        });
    }
    if core < CORE.len() {
        return Err(Refusal::PoseUncertain);
    }
    // A few pixels of a person look like a larger one whose head is too low.
    let head = parse.joints[joint::NECK].at[1] - parse.joints[joint::NOSE].at[1];
    if area < w * h / 20 && head < 0.12 * parse.torso_length() {
        return Err(Refusal::PersonTooSmall);
    }
    Ok(())
}

/// Refuses photos that cannot give a good result; otherwise measures the body.
pub(crate) fn examine(parse: &Parse, category: Category) -> Result<Body, Refusal> {
    one_person(parse)?;
    let joints = &parse.joints;
    let seen = |index: usize| joints[index].peak > SEEN;
    let at = |index: usize| joints[index].at;
    // The picture's left is the person's right.
    let pair = |indices: [usize; 2]| [at(indices[1]), at(indices[0])];
    let shoulders = pair(joint::SHOULDERS);
    let hip_joints = pair(joint::HIPS);
    let neck = at(joint::NECK);
    let hips = mix(hip_joints[0], hip_joints[1], 0.5);
    let (w, h) = (parse.size.0 as f32, parse.size.1 as f32);
    let inside = |p: Point| p[0] > -0.02 * w && p[0] < 1.02 * w && p[1] < 1.02 * h;
    if !seen(joint::HIPS[0]) || !seen(joint::HIPS[1]) || !inside(hips) {
        return Err(Refusal::BodyPartOutOfFrame);
    }
    let shoulder_width = distance(shoulders[0], shoulders[1]);
    let torso_length = parse.torso_length();
    if torso_length < SMALLEST_TORSO {
        return Err(Refusal::PersonTooSmall);
    }
    let down = unit(sub(hips, neck));
    let across = [down[1], -down[0]];
    if dot(sub(shoulders[1], shoulders[0]), across) < 0.8 * shoulder_width
        || down[1] < 0.9
        || shoulder_width < 0.42 * torso_length
    {
        return Err(Refusal::NotFrontView);
    }
    // Shoulders that are narrow for their torso are turned; these are small.
    if shoulder_width < SMALLEST_SHOULDERS {
        return Err(Refusal::PersonTooSmall);
    }
    let nose = dot(sub(at(joint::NOSE), neck), across).abs();
    let lean = dot(sub(mix(shoulders[0], shoulders[1], 0.5), neck), across).abs();
    if lean > 0.2 * shoulder_width || (seen(joint::NOSE) && nose > 0.42 * shoulder_width) {
        return Err(Refusal::NotFrontView);
    }
    let limb = |root: Point, middle: usize, end: usize, reach: f32| {
        let fallback = along(root, down, reach * torso_length);
        let middle_at = if seen(middle) { at(middle) } else { fallback };
        let straight = add(middle_at, scaled(sub(middle_at, root), 0.95));
        Limb {
            root,
            middle: middle_at,
            end: if seen(end) { at(end) } else { straight },
        }
    };
    let arms = [
        limb(shoulders[0], joint::ELBOWS[1], joint::WRISTS[1], 0.55),
        limb(shoulders[1], joint::ELBOWS[0], joint::WRISTS[0], 0.55),
    ];
    let legs = [
        limb(hip_joints[0], joint::KNEES[1], joint::ANKLES[1], 0.8),
        limb(hip_joints[1], joint::KNEES[0], joint::ANKLES[0], 0.8),
    ];
    let body = Body {
        neck,
        down,
        across,
        shoulder_width,
        torso_length,
        shoulders,
        arms,
        legs,
    };
    if matches!(category, Category::Bottoms) {
        if thighs_hidden(parse, &body.legs) > 0.5 || !legs_are_seen(parse) {
            return Err(Refusal::BodyPartOutOfFrame);
        }
    } else {
        if joint::ELBOWS.iter().any(|j| !seen(*j) && inside(at(*j))) {
            return Err(Refusal::PoseUncertain);
        }
        if body.arms_cover(parse) > 0.12 {
            return Err(Refusal::ArmsCrossTorso);
        }
    }
    Ok(body)
}

/// The share of the thighs in the photo that something else hides: a table, say.
fn thighs_hidden(parse: &Parse, legs: &[Limb; 2]) -> f32 {
    let height = parse.size.1 as f32;
    let along = |leg: &Limb| {
        [0, 1, 2, 3, 4, 5, 6, 7].map(|i| mix(leg.root, leg.middle, (i as f32 + 0.5) / 8.0))
    };
    let places = legs.iter().flat_map(along).filter(|p| p[1] < height);
    let (mut hidden, mut all) = (0, 0);
    for p in places {
        hidden += i32::from(parse.label(p) == part::BACKGROUND);
        all += 1;
    }
    hidden as f32 / all.max(1) as f32
}

/// Whether legs or what they are in are a thirtieth of the person: joints are guessed also where a table is.
fn legs_are_seen(parse: &Parse) -> bool {
    let count =
        |part: usize, is: fn(f32) -> bool| parse.half[part].data.iter().filter(|v| is(**v)).count();
    let legs: usize = [part::LOWER, part::LEGS]
        .map(|part| count(part, |v| v > 0.5))
        .iter()
        .sum();
    legs * 30 > count(part::BACKGROUND, |v| v < 0.5)
}

impl Body {
    /// The body as an area of the photo has it.
    pub(crate) fn within(&self, area: Area) -> Self {
        let limb = |limb: Limb| Limb {
            root: area.own(limb.root),
            middle: area.own(limb.middle),
            end: area.own(limb.end),
        };
        Self {
            neck: area.own(self.neck),
            shoulders: self.shoulders.map(|p| area.own(p)),
            arms: self.arms.map(limb),
            legs: self.legs.map(limb),
            ..*self
        }
    }

    /// The point `t` torso lengths below the neck and `off` shoulder widths to the picture's right.
    pub(crate) fn place(&self, t: f32, off: f32) -> Point {
        along(
            along(self.neck, self.down, t * self.torso_length),
            self.across,
            off * self.shoulder_width,
        )
    }

    /// The arm that is nearest to a point, and how far along it the point lies ([`Limb::near`]).
    pub(crate) fn arm_near(&self, p: Point) -> (usize, f32) {
        let [one, other] = [0, 1].map(|side: usize| self.arms[side].near(p));
        if other.0 < one.0 {
            (1, other.1)
        } else {
            (0, one.1)
        }
    }

    /// The share of the chest and belly that arms cover: bare ones, and in sleeves those whose elbow and wrist were seen, because
    /// sleeves look like the cloth behind them.
    fn arms_cover(&self, parse: &Parse) -> f32 {
        let seen =
            |joints: [usize; 2]| [1, 0].map(|side: usize| parse.joints[joints[side]].peak > SEEN);
        let (elbows, wrists) = (seen(joint::ELBOWS), seen(joint::WRISTS));
        let sleeved = |p: Point| {
            (0..2).any(|side| {
                let arm = self.arms[side];
                let off = to_segment(p, arm.middle, arm.end).0;
                elbows[side] && wrists[side] && off < 0.1 * self.shoulder_width
            })
        };
        let (mut covered, mut all) = (0, 0);
        for i in 0..24 {
            for j in -6..=6 {
                let p = self.place(0.2 + 0.6 * i as f32 / 24.0, 0.3 * j as f32 / 6.0);
                covered += i32::from(match parse.label(p) {
                    part::LEFT_ARM | part::RIGHT_ARM => true,
                    part::UPPER => sleeved(p),
                    _ => false,
                });
                all += 1;
            }
        }
        covered as f32 / all as f32
    }

    /// Half the torso's width `t` torso lengths below the neck, to one side (0 left, 1 right), in pixels: measured on
    /// the masks, bounded by what bodies look like.
    pub(crate) fn half_width(&self, parse: &Parse, t: f32, side: usize) -> f32 {
        let outward = scaled(self.across, if side == 0 { -1.0 } else { 1.0 });
        let from = self.place(t.min(1.0), 0.0);
        let arm = self.arms[side];
        let torso = |label: usize| {
            matches!(
                label,
                part::TORSO_SKIN | part::UPPER | part::LOWER | part::LEGS
            )
        };
        let (mut last, mut misses, mut step) = (0.0, 0, 0.0);
        while step < 0.8 * self.shoulder_width && misses < 4 {
            let p = along(from, outward, step);
            let near_arm = t > 0.3 && arm.near(p).0 < 0.13 * self.shoulder_width;
            if torso(parse.label(p)) && !near_arm {
                last = step;
                misses = 0;
            } else {
                misses += 1;
            }
            step += 1.0;
        }
        let range = if t > 0.85 { (0.38, 0.66) } else { (0.36, 0.62) };
        last.clamp(range.0 * self.shoulder_width, range.1 * self.shoulder_width)
    }

    /// Half the width of an arm or leg at a point of it, in pixels.
    pub(crate) fn limb_half_width(
        &self,
        parse: &Parse,
        at: Point,
        direction: Point,
        side: usize,
        leg: bool,
    ) -> f32 {
        let outward = scaled(self.across, if side == 0 { -1.0 } else { 1.0 });
        let normal = normal_towards(direction, outward);
        let limb = |label: usize| {
            if leg {
                matches!(label, part::LOWER | part::LEGS | part::SHOES)
            } else {
                matches!(label, part::LEFT_ARM | part::RIGHT_ARM | part::UPPER)
            }
        };
        let (low, high) = if leg { (0.16, 0.36) } else { (0.10, 0.19) };
        let (mut last, mut misses, mut step) = (0.0, 0, 0.0);
        while step < high * 1.3 * self.shoulder_width && misses < 3 {
            if limb(parse.label(along(at, normal, step))) {
                last = step;
                misses = 0;
            } else {
                misses += 1;
            }
            step += 1.0;
        }
        last.clamp(low * self.shoulder_width, high * self.shoulder_width)
    }

    /// Where a shirt's shoulder seam lies on the skin.
    pub(crate) fn shoulder_tip(&self, parse: &Parse, side: usize) -> Point {
        let outward = scaled(self.across, if side == 0 { -1.0 } else { 1.0 });
        let direction = unit(add(scaled(outward, 0.62), scaled(self.down, -0.78)));
        let mut last = 0.0;
        let mut step = 0.0;
        while step < 0.3 * self.shoulder_width {
            let label = parse.label(along(self.shoulders[side], direction, step));
            if label != part::BACKGROUND && label != part::HAIR {
                last = step;
            }
            step += 1.0;
        }
        along(
            self.shoulders[side],
            direction,
            last.clamp(0.1 * self.shoulder_width, 0.22 * self.shoulder_width),
        )
    }

    /// The outline's top `off` shoulder widths beside the neck: where a collar's end rests.
    pub(crate) fn neck_side(&self, parse: &Parse, off: f32) -> Point {
        let from = self.place(0.06, off);
        let mut last = 0.0;
        let mut step = 0.0;
        while step < 0.35 * self.shoulder_width {
            let label = parse.label(along(from, self.down, -step));
            if matches!(label, part::TORSO_SKIN | part::UPPER) {
                last = step;
            }
            step += 1.0;
        }
        along(
            from,
            self.down,
            -last.clamp(0.06 * self.shoulder_width, 0.24 * self.shoulder_width),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::Joint;
    use super::super::raster::Plane;
    use super::*;

    /// Somebody in a picture of 768 by 1,024 pixels, as the network saw them: of nose, neck, both shoulders and both hips the place
    /// and how sure it was, and how many of the picture's pixels are the person and the face, by thousands.
    fn seen(joints: [([f32; 2], f32); 6], person: usize, face: usize) -> Parse {
        let columns = 384;
        let among = |is: bool| if is { 1.0 } else { 0.0 };
        // From below, where the thighs are.
        let person = columns * 512 - 250 * person;
        let mut half = vec![Plane::filled(columns, 512, 0.0); 10];
        half[part::BACKGROUND] =
            Plane::from_fn(columns, 512, |x, y| among(y * columns + x < person));
        half[part::LOWER] = half[part::BACKGROUND].map(|v| 1.0 - v);
        half[part::FACE] = Plane::from_fn(columns, 512, |x, y| among(y * columns + x < 250 * face));
        let mut all = [Joint::default(); 16];
        let places = [joint::NOSE, joint::NECK]
            .into_iter()
            .chain(joint::SHOULDERS)
            .chain(joint::HIPS);
        for (index, (at, peak)) in places.zip(joints) {
            all[index] = Joint { at, peak };
        }
        Parse {
            size: (768, 1024),
            half,
            joints: all,
        }
    }

    fn refusal(joints: [([f32; 2], f32); 6], person: usize, face: usize) -> Option<Refusal> {
        examine(&seen(joints, person, face), Category::Bottoms).err()
    }

    const UPRIGHT: [([f32; 2], f32); 6] = [
        ([380.0, 180.0], 0.8),
        ([384.0, 262.0], 0.8),
        ([505.0, 330.0], 0.8),
        ([262.0, 330.0], 0.8),
        ([455.0, 660.0], 0.7),
        ([312.0, 660.0], 0.7),
    ];

    #[test]
    fn somebody_upright_is_measured() {
        assert_eq!(refusal(UPRIGHT, 260, 8), None);
    }

    #[test]
    fn who_turns_away_does_not_face_the_camera() {
        // From behind: a head, but no face.
        assert_eq!(refusal(UPRIGHT, 260, 0), Some(Refusal::NotFrontView));
        // From the side: both shoulders at one place, which is not what makes somebody small.
        let mut side = UPRIGHT;
        side[2].0 = [350.0, 301.0];
        side[3].0 = [368.0, 302.0];
        assert_eq!(refusal(side, 190, 5), Some(Refusal::NotFrontView));
    }

    #[test]
    fn a_garment_alone_is_nobody() {
        let mut garment = UPRIGHT;
        garment[0].1 = 0.29;
        assert_eq!(refusal(garment, 300, 0), Some(Refusal::NoPerson));
    }

    #[test]
    fn a_bottom_needs_thighs_that_nothing_hides() {
        let refused = |legs: std::ops::Range<usize>, hidden_from: usize| {
            let mut photo = seen(UPRIGHT, 260, 20);
            let rows = |is: &(dyn Fn(usize) -> bool + Sync)| {
                Plane::from_fn(384, 512, |_, y| if is(y) { 1.0 } else { 0.0 })
            };
            photo.half[part::LOWER] = rows(&|y| legs.contains(&y));
            photo.half[part::UPPER] = rows(&|y| y < hidden_from && !legs.contains(&y));
            photo.half[part::BACKGROUND] = rows(&|y| y >= hidden_from);
            examine(&photo, Category::Bottoms).err()
        };
        assert_eq!(refused(320..512, 512), None);
        // Behind a table: of the legs only their upper ends are seen, or hips are guessed where nothing is.
        let hidden = Some(Refusal::BodyPartOutOfFrame);
        assert_eq!(refused(300..350, 350), hidden);
        assert_eq!(refused(0..0, 512), hidden);
    }

    #[test]
    fn arms_in_sleeves_before_the_chest_are_seen_by_their_joints() {
        let mut crossed = seen(UPRIGHT, 260, 8);
        crossed.half[part::UPPER] =
            Plane::from_fn(
                384,
                512,
                |_, y| {
                    if (140..330).contains(&y) { 1.0 } else { 0.0 }
                },
            );
        crossed.half[part::BACKGROUND] = crossed.half[part::UPPER].map(|v| 1.0 - v);
        let mut put = |joints: [usize; 2], at: [[f32; 2]; 2]| {
            for (joint, at) in joints.into_iter().zip(at) {
                crossed.joints[joint] = Joint { at, peak: 0.6 };
            }
        };
        put(joint::ELBOWS, [[560.0, 480.0], [207.0, 480.0]]);
        put(joint::WRISTS, [[280.0, 460.0], [490.0, 470.0]]);
        let refused = examine(&crossed, Category::Tops).err();
        assert_eq!(refused, Some(Refusal::ArmsCrossTorso));
        // With the same sleeves, hanging.
        for (joint, x) in joint::WRISTS.into_iter().zip([570.0, 197.0]) {
            crossed.joints[joint].at = [x, 640.0];
        }
        assert_eq!(examine(&crossed, Category::Tops).err(), None);
    }

    #[test]
    fn who_is_far_away_is_too_small() {
        let far = UPRIGHT.map(|(at, peak)| ([384.0 + at[0] / 16.0, at[1] / 16.0], peak));
        assert_eq!(refusal(far, 1, 0), Some(Refusal::PersonTooSmall));
        // What the network made of 64 rows of a person before a plain ground.
        let unsure = [
            ([385.0, 532.0], 0.73),
            ([381.0, 541.0], 0.53),
            ([408.0, 561.0], 0.46),
            ([358.0, 558.0], 0.46),
            ([411.0, 649.0], 0.41),
            ([359.0, 650.0], 0.42),
        ];
        assert_eq!(refusal(unsure, 19, 1), Some(Refusal::PersonTooSmall));
    }
}
