//! Carries a garment onto a body: cuts it into pieces, bends each with the limb it covers, resamples once.

use rayon::prelude::*;

use super::body::{Body, Limb};
use super::error::Refusal;
use super::geometry::{
    Point, ThinPlate, add, along, distance, inside_by, mix, normal_towards, scaled, sub,
    to_segment, unit,
};
use super::matte::Cutout;
use super::outline::{BottomShape, Shape, Side, Sleeve, TopShape, edge};
use super::parse::Parse;
use super::raster::{Colours, Plane, smoothstep};

/// A piece of the garment in the photo's pixels.
pub(crate) struct Layer {
    pub(crate) colours: Colours,
    pub(crate) alpha: Plane,
}

/// The garment on the body, from back to front.
pub(crate) struct Dressed {
    /// The inside of the back of the neck: behind the wearer's neck.
    pub(crate) behind: Option<Layer>,
    /// Torso and skirt, or the whole of a bottom.
    pub(crate) front: Layer,
    /// Sleeves: picture left, right; none when sleeveless or for bottoms.
    pub(crate) sleeves: Vec<Layer>,
    /// Where each sleeve ends along its arm (0 shoulder, 1 elbow, 2 wrist).
    pub(crate) sleeve_ends: [f32; 2],
    /// The neckline's outline on the body (closed, up to above the shoulders); empty for bottoms.
    pub(crate) neckline: Vec<Point>,
}

type Pairs = Vec<(Point, Point)>;

/// Dresses the body.
pub(crate) fn dress(
    parse: &Parse,
    body: &Body,
    cutout: &Cutout,
    shape: &Shape,
) -> Result<Dressed, Refusal> {
    match shape {
        Shape::Top(top) => dress_top(parse, body, cutout, top),
        Shape::Bottom(bottom) => dress_bottom(parse, body, cutout, bottom),
    }
}

/// A garment scaled to about the photo's resolution, so that one bicubic sample per pixel suffices.
struct Source {
    cutout: Cutout,
    /// Multiplies garment coordinates.
    shrink: f32,
}

impl Source {
    fn new(cutout: &Cutout, photo_per_garment: f32) -> Self {
        let shrink = (photo_per_garment * 1.25).min(1.0);
        if shrink > 0.85 {
            return Self {
                cutout: Cutout {
                    colours: cutout.colours.clone(),
                    alpha: cutout.alpha.clone(),
                },
                shrink: 1.0,
            };
        }
        let (w, h) = (
            (cutout.alpha.width as f32 * shrink).round().max(8.0) as usize,
            (cutout.alpha.height as f32 * shrink).round().max(8.0) as usize,
        );
        Self {
            cutout: Cutout {
                colours: shrunk(&cutout.colours, w, h),
                alpha: cutout.alpha.resized(w, h),
            },
            shrink,
        }
    }

    /// Draws one piece. `weight` gives, at a garment point, how much of it belongs to the piece.
    fn draw(
        &self,
        size: (usize, usize),
        pairs: &Pairs,
        margin: f32,
        weight: impl Fn(Point) -> f32 + Sync,
    ) -> Result<Layer, Refusal> {
        const STEP: usize = 8;
        let (width, height) = size;
        let spline = ThinPlate::fit(pairs, 2e-4).ok_or(Refusal::GarmentShapeUnknown)?;
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        for (p, _) in pairs {
            for k in 0..2 {
                low[k] = low[k].min(p[k] - margin);
                high[k] = high[k].max(p[k] + margin);
            }
        }
        let (columns, rows) = (width / STEP + 2, height / STEP + 2);
        let grid: Vec<Point> = (0..columns * rows)
            .into_par_iter()
            .map(|i| spline.at([(i % columns * STEP) as f32, (i / columns * STEP) as f32]))
            .collect();
        let place = |x: usize, y: usize| -> Point {
            let (gx, gy) = (x as f32 / STEP as f32, y as f32 / STEP as f32);
            let (cx, cy) = (gx as usize, gy as usize);
            let (fx, fy) = (
                gx - cx as f32 + 0.5 / STEP as f32,
                gy - cy as f32 + 0.5 / STEP as f32,
            );
            let i = cy * columns + cx;
            mix(
                mix(grid[i], grid[i + 1], fx),
                mix(grid[i + columns], grid[i + columns + 1], fx),
                fy,
            )
        };
        let alpha_source = &self.cutout.alpha;
        let pixels: Vec<([f32; 3], f32)> = (0..width * height)
            .into_par_iter()
            .with_min_len(4096)
            .map(|i| {
                let (x, y) = (i % width, i / width);
                let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
                if px < low[0] || py < low[1] || px > high[0] || py > high[1] {
                    return ([0.0; 3], 0.0);
                }
                let at = place(x, y);
                let own = weight(at);
                if own <= 0.0 {
                    return ([0.0; 3], 0.0);
                }
                let q = scaled(at, self.shrink);
                let alpha = alpha_source.sample_or_zero(q[0], q[1]) * own;
                if alpha < 1.0 / 512.0 {
                    return ([0.0; 3], 0.0);
                }
                (bicubic(&self.cutout.colours, q), alpha)
            })
            .collect();
        Ok(Layer {
            colours: Colours {
                width,
                height,
                data: pixels.iter().map(|p| p.0).collect(),
            },
            alpha: Plane {
                width,
                height,
                data: pixels.iter().map(|p| p.1).collect(),
            },
        })
    }
}

/// Area-averaging shrink with a good filter.
fn shrunk(colours: &Colours, width: usize, height: usize) -> Colours {
    let ratio = colours.width as f32 / width as f32;
    let sigma = 0.42 * (ratio * ratio - 1.0).max(0.0).sqrt();
    let smooth = [0, 1, 2].map(|k| colours.channel(k).blur(sigma));
    let (sx, sy) = (
        colours.width as f32 / width as f32,
        colours.height as f32 / height as f32,
    );
    Colours::from_fn(width, height, |x, y| {
        [0, 1, 2].map(|k| smooth[k].sample((x as f32 + 0.5) * sx, (y as f32 + 0.5) * sy))
    })
}

/// Catmull-Rom interpolation.
fn bicubic(colours: &Colours, at: Point) -> [f32; 3] {
    let (fx, fy) = (at[0] - 0.5, at[1] - 0.5);
    let (x0, y0) = (fx.floor(), fy.floor());
    let taps = |t: f32| {
        let (t2, t3) = (t * t, t * t * t);
        [
            0.5 * (-t + 2.0 * t2 - t3),
            0.5 * (2.0 - 5.0 * t2 + 3.0 * t3),
            0.5 * (t + 4.0 * t2 - 3.0 * t3),
            0.5 * (t3 - t2),
        ]
    };
    let (wx, wy) = (taps(fx - x0), taps(fy - y0));
    let mut out = [0.0; 3];
    for (j, row) in wy.iter().enumerate() {
        for (i, column) in wx.iter().enumerate() {
            let c = colours.clamped(x0 as isize + i as isize - 1, y0 as isize + j as isize - 1);
            for k in 0..3 {
                out[k] += c[k] * row * column;
            }
        }
    }
    out.map(|v| v.clamp(0.0, 255.0))
}

/// The sleeve's part of the garment picture, generous outward.
fn sleeve_outline(side: &Side, sleeve: Sleeve, chest: f32) -> [Point; 6] {
    let axis = unit(sub(
        mix(sleeve.outer_end, sleeve.inner_end, 0.5),
        mix(side.shoulder, side.armpit, 0.5),
    ));
    let out = normal_towards(axis, sub(side.shoulder, side.armpit));
    let margin = 0.15 * chest;
    [
        side.shoulder,
        along(along(side.shoulder, out, margin), axis, 0.3 * margin),
        along(along(sleeve.outer_end, out, margin), axis, margin),
        along(sleeve.inner_end, axis, margin),
        sleeve.inner_end,
        side.armpit,
    ]
}

fn dress_top(
    parse: &Parse,
    body: &Body,
    cutout: &Cutout,
    top: &TopShape,
) -> Result<Dressed, Refusal> {
    let size = (parse.parts[0].width, parse.parts[0].height);
    let sw = body.shoulder_width;
    let tips = [0, 1].map(|s| body.shoulder_tip(parse, s));
    let [left, right] = &top.sides;
    let chest = distance(left.armpit, right.armpit);
    let by_shoulders = distance(tips[0], tips[1]) / distance(left.shoulder, right.shoulder);
    let body_chest = body.half_width(parse, 0.55, 0) + body.half_width(parse, 0.55, 1);
    let by_chest = body_chest * 1.06 / chest;
    // Flat cloth is wider than the body seen from the front, so the shoulders say more than the chest.
    let scale = by_shoulders.clamp(by_chest * 0.95, by_chest * 1.5);
    let source = Source::new(cutout, scale);

    let neck_middle = mix(left.neck, right.neck, 0.5);
    let tip_middle = mix(tips[0], tips[1], 0.5);
    let fall = |p: Point| super::geometry::dot(sub(p, body.neck), body.down) / body.torso_length;
    let armpit_drop = |s: &Side| s.armpit[1] - s.shoulder[1];
    let garment_drop =
        f32::midpoint(armpit_drop(left), armpit_drop(right)) * scale / body.torso_length;
    let armpit_at = fall(tip_middle) + garment_drop.clamp(0.34, 0.56);
    let garment_long =
        f32::midpoint(left.hem[1] - left.armpit[1], right.hem[1] - right.armpit[1]) * scale;
    let hem_at = armpit_at + garment_long.max(0.12 * body.torso_length) / body.torso_length;

    let mut torso: Pairs = Vec::new();
    let mut armpits = [[0.0; 2]; 2];
    let mut collar = [[0.0; 2]; 2];
    for (s, side) in top.sides.iter().enumerate() {
        let sign = if s == 0 { -1.0 } else { 1.0 };
        let neck_half = (distance(left.neck, right.neck) / 2.0 * scale).clamp(0.2 * sw, 0.44 * sw);
        collar[s] = body.neck_side(parse, sign * neck_half / sw);
        torso.push((collar[s], side.neck));
        torso.push((tips[s], side.shoulder));
        let shoulder_seam = |t: f32| mix(side.neck, side.shoulder, t);
        torso.push((
            mix(collar[s], tips[s], 0.5),
            edge(
                &cutout.alpha,
                add(shoulder_seam(0.5), [0.0, 0.04 * chest]),
                [0.0, -1.0],
                0.12 * chest,
            ),
        ));
        for i in 0..=4 {
            let t = i as f32 / 4.0;
            let row = side.armpit[1] + (side.hem[1] - side.armpit[1]) * t;
            let axis = mix(
                neck_middle,
                top.hem_centre,
                (row - neck_middle[1]) / (top.hem_centre[1] - neck_middle[1]).max(1.0),
            );
            let guess = mix(side.armpit, side.hem, t)[0];
            let garment = match i {
                0 => side.armpit,
                4 => side.hem,
                _ => {
                    let found = edge(&cutout.alpha, [axis[0], row], [sign, 0.0], chest * 1.5);
                    if (found[0] - guess).abs() < 0.25 * chest {
                        found
                    } else {
                        [guess, row]
                    }
                }
            };
            let at = armpit_at + (hem_at - armpit_at) * t;
            let flat = (garment[0] - axis[0]).abs() * scale;
            let measured = body.half_width(parse, at.max(0.42), s);
            // Cloth goes round the body: the flat width shrinks a little; below the hips the garment's own cut rules.
            let loose = if at > 1.05 { 1.9 } else { 1.22 };
            let half = (flat * 0.96).clamp(measured * 1.03, measured * loose);
            let target = if at > 1.0 {
                along(
                    body.place(1.0, 0.0),
                    [0.0, 1.0],
                    (at - 1.0) * body.torso_length,
                )
            } else {
                body.place(at, 0.0)
            };
            let target = along(target, scaled(body.across, sign), half);
            if i == 0 {
                armpits[s] = target;
            }
            torso.push((target, garment));
        }
        torso.push((
            mix(tips[s], armpits[s], 0.5),
            mix(side.shoulder, side.armpit, 0.5),
        ));
    }
    let collar_middle = mix(collar[0], collar[1], 0.5);
    let collar_centre = along(
        collar_middle,
        body.down,
        (top.collar_centre[1] - neck_middle[1]).max(0.0) * scale,
    );
    torso.push((collar_centre, top.collar_centre));
    let hem_left = torso
        .iter()
        .find(|p| p.1 == left.hem)
        .map_or(body.hips, |p| p.0);
    let hem_right = torso
        .iter()
        .find(|p| p.1 == right.hem)
        .map_or(body.hips, |p| p.0);
    let hem_mid_garment = mix(left.hem, right.hem, 0.5);
    let sag = (top.hem_centre[1] - hem_mid_garment[1]) * scale;
    torso.push((
        along(mix(hem_left, hem_right, 0.5), body.down, sag),
        [hem_mid_garment[0], top.hem_centre[1]],
    ));

    let opening = top.neck_opening();
    let feather = 1.2 / scale.max(0.2);
    let cut = |p: Point| {
        top.sides
            .iter()
            .fold(1.0_f32, |kept, side| match side.sleeve {
                Some(sleeve) => {
                    let depth = inside_by(&sleeve_outline(side, sleeve, chest), p);
                    // Near the armhole the torso reaches a little under the sleeve.
                    let seam = to_segment(p, side.shoulder, side.armpit).0;
                    let overlap = 0.04 * chest * smoothstep(0.075 * chest, 0.055 * chest, seam);
                    kept.min(1.0 - smoothstep(overlap, overlap + 0.01 * chest, depth))
                }
                None => kept,
            })
    };
    let neck_depth = |p: Point| TopShape::in_neck_opening(&opening, p);
    let front = source.draw(size, &torso, 0.3 * sw, |p| {
        cut(p) * (1.0 - smoothstep(-feather, feather, neck_depth(p)))
    })?;
    let behind = source.draw(size, &torso, 0.3 * sw, |p| {
        smoothstep(-feather, feather, neck_depth(p))
    })?;

    let mut sleeves = Vec::new();
    let mut sleeve_ends = [0.0; 2];
    for (s, side) in top.sides.iter().enumerate() {
        if let Some(sleeve) = side.sleeve {
            let (pairs, end) = sleeve_pairs(
                parse, body, cutout, side, sleeve, scale, s, tips[s], armpits[s],
            );
            sleeve_ends[s] = end;
            sleeves.push(source.draw(size, &pairs, 0.12 * sw, |p| {
                smoothstep(
                    -0.01 * chest,
                    0.01 * chest,
                    inside_by(&sleeve_outline(side, sleeve, chest), p),
                )
            })?);
        }
    }
    let neckline = neckline(collar[0], collar[1], collar_centre, body);
    Ok(Dressed {
        behind: Some(behind),
        front,
        sleeves,
        sleeve_ends,
        neckline,
    })
}

/// The neckline on the body, closed above the shoulders.
fn neckline(left: Point, right: Point, centre: Point, body: &Body) -> Vec<Point> {
    let control = sub(scaled(centre, 2.0), scaled(add(left, right), 0.5));
    let mut polygon: Vec<Point> = (0..=12)
        .map(|i| {
            let t = i as f32 / 12.0;
            mix(mix(left, control, t), mix(control, right, t), t)
        })
        .collect();
    polygon.push(along(right, body.down, -0.5 * body.shoulder_width));
    polygon.push(along(left, body.down, -0.5 * body.shoulder_width));
    polygon
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call site; a struct would only rename them"
)]
fn sleeve_pairs(
    parse: &Parse,
    body: &Body,
    cutout: &Cutout,
    side: &Side,
    sleeve: Sleeve,
    scale: f32,
    s: usize,
    tip: Point,
    armpit: Point,
) -> (Pairs, f32) {
    let arm = &body.arms[s];
    let (garment_root, garment_end) = (
        mix(side.shoulder, side.armpit, 0.5),
        mix(sleeve.outer_end, sleeve.inner_end, 0.5),
    );
    let garment_axis = sub(garment_end, garment_root);
    let garment_outward = normal_towards(garment_axis, sub(side.shoulder, garment_root));
    let outward = scaled(body.across, if s == 0 { -1.0 } else { 1.0 });
    // The sleeve hangs from the middle of the armhole to the middle of the arm.

    let root = mix(tip, armpit, 0.5);
    let reach = distance(root, arm.middle) + distance(arm.middle, arm.end);
    let wanted = super::geometry::length(garment_axis) * scale * 1.04;
    let total = if wanted > reach * 0.86 {
        reach * 1.03
    } else {
        wanted
    };
    let mut pairs: Pairs = vec![
        (tip, side.shoulder),
        (armpit, side.armpit),
        (root, garment_root),
    ];
    for i in 1..=6 {
        let t = i as f32 / 6.0;
        let (at, direction) = Body::along_limb(root, arm, total * t);
        let normal = normal_towards(direction, add(outward, scaled(body.down, -0.4)));
        let middle = mix(garment_root, garment_end, t);

        let (garment_outer, garment_inner) = if i == 6 {
            (sleeve.outer_end, sleeve.inner_end)
        } else {
            (
                edge(
                    &cutout.alpha,
                    middle,
                    garment_outward,
                    1.25 * distance(middle, mix(side.shoulder, sleeve.outer_end, t)),
                ),
                // Inward the torso goes on without an edge: the line from armpit to cuff decides.
                mix(side.armpit, sleeve.inner_end, t),
            )
        };
        let measured = body.limb_half_width(parse, at, direction, s, false);
        let flat = distance(garment_outer, garment_inner) / 2.0 * scale;
        let half = (flat * 0.92).clamp(measured * 1.06, measured * 1.5);
        // Near the armhole the inner edge runs into the armpit.
        let inner = half.min(distance(at, armpit) + half * t);
        pairs.push((along(at, normal, half), garment_outer));
        pairs.push((along(at, normal, -inner), garment_inner));
    }
    let end = {
        let (at, _) = Body::along_limb(root, arm, total);
        let (_, t) = arm.near(at);
        t
    };

    (pairs, end)
}

fn dress_bottom(
    parse: &Parse,
    body: &Body,
    cutout: &Cutout,
    shape: &BottomShape,
) -> Result<Dressed, Refusal> {
    let size = (parse.parts[0].width, parse.parts[0].height);
    let sw = body.shoulder_width;
    let waist_at = 0.70;
    let hip_row = |t: f32| {
        let y = shape.waist[0][1].max(shape.waist[1][1]) * (1.0 - t) + t * shape.outer_hem[0][1];
        let middle = f32::midpoint(shape.waist[0][0], shape.waist[1][0]);
        let reach = distance(shape.waist[0], shape.waist[1]);
        let from = |sign: f32| edge(&cutout.alpha, [middle, y], [sign, 0.0], 1.5 * reach);
        [from(-1.0), from(1.0)]
    };
    let hip_width = body.half_width(parse, 1.0, 0) + body.half_width(parse, 1.0, 1);
    let scale = match shape.legs {
        Some((_, crotch)) => {
            let t = 0.75 * (crotch[1] - shape.waist[0][1])
                / (shape.outer_hem[0][1] - shape.waist[0][1]);
            let at = hip_row(t);
            hip_width * 1.03 / distance(at[0], at[1])
        }
        None => {
            let waist = body.half_width(parse, waist_at, 0) + body.half_width(parse, waist_at, 1);
            waist * 1.02 / distance(shape.waist[0], shape.waist[1])
        }
    };
    let source = Source::new(cutout, scale);
    let mut pairs: Pairs = Vec::new();
    let waist: [Point; 2] = [0, 1].map(|s| {
        let sign = if s == 0 { -1.0 } else { 1.0 };
        body.place(
            waist_at,
            sign * body.half_width(parse, waist_at, s) * 1.02 / sw,
        )
    });
    for s in 0..2 {
        pairs.push((waist[s], shape.waist[s]));
    }
    let waist_mid = edge(
        &cutout.alpha,
        add(
            mix(shape.waist[0], shape.waist[1], 0.5),
            [0.0, 0.1 * distance(shape.waist[0], shape.waist[1])],
        ),
        [0.0, -1.0],
        0.3 * distance(shape.waist[0], shape.waist[1]),
    );
    pairs.push((mix(waist[0], waist[1], 0.5), waist_mid));
    match shape.legs {
        Some((inner_hems, crotch)) => {
            let rise = (crotch[1] - waist_mid[1]) * scale;
            let crotch_target = along(
                mix(waist[0], waist[1], 0.5),
                body.down,
                rise.clamp(0.3 * body.torso_length, 0.62 * body.torso_length),
            );
            pairs.push((crotch_target, crotch));
            let t =
                0.6 * (crotch[1] - shape.waist[0][1]) / (shape.outer_hem[0][1] - shape.waist[0][1]);
            let at = hip_row(t);
            for s in 0..2 {
                let sign = if s == 0 { -1.0 } else { 1.0 };
                let half = body.half_width(parse, 1.0, s) * 1.03;
                let place = along(
                    mix(mix(waist[0], waist[1], 0.5), crotch_target, 0.6),
                    scaled(body.across, sign),
                    half,
                );
                pairs.push((place, at[s]));
                leg_pairs(
                    parse,
                    body,
                    cutout,
                    s,
                    (shape.outer_hem[s], inner_hems[s]),
                    crotch,
                    crotch_target,
                    scale,
                    &mut pairs,
                );
            }
        }
        None => {
            let long = (shape.outer_hem[0][1] - waist_mid[1]) * scale;
            for i in 1..=4 {
                let t = i as f32 / 4.0;
                let row = if i == 4 { shape.outer_hem } else { hip_row(t) };
                let at = along(mix(waist[0], waist[1], 0.5), body.down, long * t);
                let fall = super::geometry::dot(sub(at, body.neck), body.down) / body.torso_length;
                let flat = distance(row[0], row[1]) / 2.0 * scale;
                for s in 0..2 {
                    let measured = body.half_width(parse, fall.min(1.0), s);
                    let half = flat.clamp(
                        if fall < 1.1 {
                            measured * 1.03
                        } else {
                            measured * 0.8
                        },
                        measured * 1.9,
                    );
                    pairs.push((
                        along(
                            at,
                            scaled(body.across, if s == 0 { -1.0 } else { 1.0 }),
                            half,
                        ),
                        row[s],
                    ));
                }
            }
        }
    }
    let front = source.draw(size, &pairs, 0.2 * sw, |_| 1.0)?;
    Ok(Dressed {
        behind: None,
        front,
        sleeves: Vec::new(),
        sleeve_ends: [0.0; 2],
        neckline: Vec::new(),
    })
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call site; a struct would only rename them"
)]
fn leg_pairs(
    parse: &Parse,
    body: &Body,
    cutout: &Cutout,
    s: usize,
    hems: (Point, Point),
    crotch: Point,
    crotch_target: Point,
    scale: f32,
    pairs: &mut Pairs,
) {
    let leg: &Limb = &body.legs[s];
    let garment_end = mix(hems.0, hems.1, 0.5);
    // The leg's axis starts level with the crotch, halfway to the outer edge.
    let outer = edge(
        &cutout.alpha,
        crotch,
        [if s == 0 { -1.0 } else { 1.0 }, 0.0],
        distance(hems.0, crotch),
    );
    let garment_root = mix(crotch, outer, 0.5);
    let level = super::geometry::dot(sub(crotch_target, leg.root), body.down);
    let start = along(leg.root, unit(sub(leg.middle, leg.root)), level.max(0.0));
    let reach = distance(start, leg.middle) + distance(leg.middle, leg.end);
    // Width was matched to the body seen from the front, which is narrower than the cloth laid flat.
    let wanted = distance(garment_root, garment_end) * scale * 1.2;
    let total = if wanted > 0.88 * reach {
        reach * 1.02
    } else {
        wanted
    };
    let axis = unit(sub(garment_end, garment_root));
    let garment_outward = normal_towards(axis, [if s == 0 { -1.0 } else { 1.0 }, 0.0]);
    let outward = scaled(body.across, if s == 0 { -1.0 } else { 1.0 });
    for i in 0..=5 {
        let t = i as f32 / 5.0;
        let (at, direction) = Body::along_limb(start, leg, total * t);
        let normal = normal_towards(direction, outward);
        let middle = mix(garment_root, garment_end, t);
        let limit = distance(crotch, outer);
        let (garment_outer, garment_inner) = if i == 5 {
            hems
        } else {
            (
                edge(&cutout.alpha, middle, garment_outward, limit),
                edge(&cutout.alpha, middle, scaled(garment_outward, -1.0), limit),
            )
        };
        let measured = body.limb_half_width(parse, at, direction, s, true);
        let flat = distance(garment_outer, garment_inner) / 2.0 * scale;
        let half = (flat * 0.95).clamp(measured * 1.02, measured * 1.6);
        pairs.push((along(at, normal, half), garment_outer));
        if i > 0 {
            // Inner edges stay on their own side of the middle, or the sheet would fold.
            let room =
                super::geometry::dot(sub(at, crotch_target), outward) - 0.015 * body.shoulder_width;
            let inner = half.min(room.max(0.03 * body.shoulder_width));
            pairs.push((along(at, normal, -inner), garment_inner));
        }
    }
}
