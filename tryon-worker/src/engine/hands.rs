//! Hands lie in front of every garment, and nothing covers, erases or darkens them.
//!
//! Fingers are little wider than the person network's pixels: their ends get lost in what lies behind them. Near to a hand, colour
//! decides: what looks more like the hand than like what surrounds it belongs to it.

use super::area::Area;
use super::body::Body;
use super::geometry::{Point, distance};
use super::parse::{Parts, part};
use super::raster::{Colours, Plane, Rgb, lab, smoothstep};

/// How far along an arm its hand begins (2 is the wrist): a long sleeve ends there.
const BEGINS: f32 = 2.02;
/// How far from what the network sees of a hand its fingers can go on, in shoulder widths.
const FINGERS: f32 = 0.12;
/// Hand and surroundings that are more alike than this (CIE L*a*b*) cannot be told apart.
const ALIKE: f32 = 14.0;

/// How much of each pixel hands are.
pub(crate) fn hands(photo: &Colours, parts: &Parts, body: &Body) -> Plane {
    let arms = parts.sum(&[part::LEFT_ARM, part::RIGHT_ARM]);
    let seen = Plane::from_fn(photo.width, photo.height, |x, y| {
        let arm = smoothstep(0.35, 0.65, arms.at(x, y));
        if arm <= 0.0 {
            return 0.0;
        }
        let p = [x as f32 + 0.5, y as f32 + 0.5];
        // A hand on the other arm is nearer to that one's bones: which arm it belongs to, the network says.
        let own = [part::RIGHT_ARM, part::LEFT_ARM].map(|part| parts[part].at(x, y));
        let side = usize::from(own[1] > own[0]);
        let past = body.arms[side].near(p).1;
        arm * smoothstep(0.0, 0.06, past - BEGINS)
    });
    let reach = FINGERS * body.shoulder_width;
    let Some(area) = Area::around(&seen, reach as usize + 2) else {
        return seen;
    };
    let beyond_the_wrist = |p: Point| {
        let [one, other] = [0, 1].map(|side: usize| &body.arms[side]);
        let nearer = distance(p, one.end) <= distance(p, other.end);
        (if nearer { one } else { other }).near(p).1 > BEGINS
    };
    with_fingers(photo, &arms, seen, area, reach, beyond_the_wrist)
}

/// The hands with what goes on from them in their colour, where it `may`.
fn with_fingers(
    photo: &Colours,
    arms: &Plane,
    mut seen: Plane,
    area: Area,
    reach: f32,
    may: impl Fn(Point) -> bool + Sync,
) -> Plane {
    let (near, arms) = (area.crop(photo), area.crop(arms));
    let sure = area.crop(&seen).map(|v| smoothstep(0.85, 0.95, v));
    let sigma = (reach / 4.0).max(1.5);
    let from_hand = sure.distance_within(reach, |v| v > 0.5);
    // Where the network sees an arm, it knows which part of it that is.
    let open = |i: usize| {
        smoothstep(0.65, 0.35, arms.data[i]) * smoothstep(1.0, 0.7, from_hand.data[i] / reach)
    };
    let hand = near.spread_where(&sure, sigma, |i| open(i) > 0.0);
    // Away from the rim, which is where fingers get lost.
    let away = arms
        .distance_within(reach, |v| v > 0.3)
        .map(|d| smoothstep(0.3, 0.6, d / reach));
    let around = near.spread_where(&away, sigma, |i| open(i) > 0.0);
    let grown = Plane::from_index(&from_hand, |i| {
        let near_enough = open(i);
        let (x, y) = area.pixel(i);
        if near_enough <= 0.0 || !may([x as f32 + 0.5, y as f32 + 0.5]) {
            return 0.0;
        }
        near_enough * likeness(near.data[i], hand.data[i], around.data[i])
    })
    .box_blur(1);
    for (i, grown) in grown.data.iter().enumerate() {
        let (x, y) = area.pixel(i);
        let own = &mut seen.data[y * photo.width + x];
        *own = own.max(smoothstep(0.3, 0.7, *grown));
    }
    seen
}

/// How surely a colour is the hand's and not that of what surrounds it, 0 to 1.
fn likeness(colour: Rgb, hand: Rgb, around: Rgb) -> f32 {
    let [colour, hand, around] = [colour, hand, around].map(lab);
    let off = |a: [f32; 3], b: [f32; 3]| {
        // Light and shade play on a hand: its colour tells more than its lightness.
        distance([a[1], a[2]], [b[1], b[2]]).hypot(0.6 * (a[0] - b[0]))
    };
    if off(hand, around) < ALIKE {
        return 0.0;
    }
    let (to_hand, to_around) = (off(colour, hand), off(colour, around));
    smoothstep(0.5, 0.7, to_around / (to_hand + to_around).max(1e-3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finger_is_told_by_its_colour_where_it_differs() {
        let (skin, denim, shade) = (
            [200.0, 150.0, 130.0],
            [60.0, 80.0, 120.0],
            [150.0, 105.0, 90.0],
        );
        assert!(likeness(skin, skin, denim) > 0.99);
        assert!(likeness(shade, skin, denim) > 0.9);
        assert!(likeness(denim, skin, denim) < 0.01);
        // Beside trousers of the colour of skin nothing is known.
        assert!(likeness(skin, skin, [205.0, 152.0, 133.0]) < 0.01);
    }

    #[test]
    fn lost_fingertips_are_found_again_and_nothing_else() {
        let (width, height) = (80, 60);
        let skin = |x: usize, y: usize| {
            (20..40).contains(&x) && (20..30).contains(&y)
                || (40..46).contains(&x) && (22..25).contains(&y)
        };
        let photo = Colours::from_fn(width, height, |x, y| {
            if skin(x, y) {
                [200.0, 150.0, 130.0]
            } else {
                [60.0, 80.0, 120.0]
            }
        });
        // What the network sees ends where the finger begins.
        let arms = Plane::from_fn(width, height, |x, y| {
            f32::from(u8::from(skin(x, y) && x < 40))
        });
        let area = Area {
            x: 5,
            y: 5,
            width: 60,
            height: 45,
        };
        let may = |p: Point| p[0] > 25.0;
        let hands = with_fingers(&photo, &arms, arms.clone(), area, 12.0, may);
        let none = with_fingers(&photo, &arms, arms.clone(), area, 12.0, |_| false);
        assert!(hands.at(44, 23) > 0.5 && none.at(44, 23) < 0.01);
        for (x, y) in [(44, 30), (30, 36), (52, 23), (12, 25)] {
            assert!(hands.at(x, y) < 0.01, "{x} {y}: {}", hands.at(x, y));
        }
    }
}
