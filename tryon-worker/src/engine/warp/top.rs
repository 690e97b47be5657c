//! Tops, dresses and outerwear: a torso sheet and two sleeves.

use rayon::prelude::*;

use super::super::body::Body;
use super::super::error::{Refusal, TryOnError};
use super::super::garment::{Garment, piece};
use super::super::geometry::{Bounds, Point, distance, mix};
use super::super::parse::{Parse, part};
use super::super::raster::{Plane, smoothstep};
use super::super::shape::TopShape;
use super::cloth::fitting;
use super::neck::{Neckline, neck_outline};
use super::settle::{Hang, Moves, Settling, Strip};
use super::sketch::{Draft, Sketch};
use super::sleeve::Sleeve;
use super::source::Source;
use super::torso::Torso;
use super::{Cover, Dressed, Frame, Pairs};

/// What the torso's sheet consists of.
const TORSO: [usize; 3] = [piece::BODY, piece::COLLAR, piece::STRAP];

/// Everything that fitting a top looks at.
pub(super) struct Fit<'a> {
    pub(super) parse: &'a Parse,
    pub(super) body: &'a Body,
    pub(super) shape: &'a TopShape,
    /// Where the torso's cloth is visible, with collar and straps.
    pub(super) torso: Plane,
    pub(super) neck: Neckline,
    /// The garment's opacity.
    pub(super) outline: Plane,
    /// Where its shoulders are visible: torso and sleeves, no collar and no hood.
    pub(super) shoulders: Plane,
    /// Photo pixels per garment pixel.
    pub(super) scale: f32,
    /// What the shoulders ask for, in terms of what the chest does.
    pub(super) flatness: f32,
    /// Distance of the garment's armpits, in garment pixels.
    pub(super) chest: f32,
    /// Where shoulder seams lie on the body.
    pub(super) tips: [Point; 2],
}

/// Where the pieces of a top lie on a body.
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
            sleeve.settle(moves, fit);
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
        let torso_cloth = garment.cloth(&TORSO);
        let behind_cloth = garment.cloth(&[piece::INSIDE, piece::HOOD]);
        let front = || {
            let cloth = (&torso_cloth, &behind_cloth);
            self.front(&source, frame, (torso, *hang), cloth)
        };
        let behind = || {
            let margin = 0.3 * body.shoulder_width;
            let cloth = |p: Point| {
                let said = smoothstep(0.3, 0.7, behind_cloth.at(p));
                said.max(self.neck.behind(p))
            };
            // Without it the neck is only a little less deep.
            let pairs = behind_pairs.as_ref()?;
            source
                .sheet(frame, pairs, *hang, margin, |_| 0.0, cloth)
                .ok()
        };
        let arms = |sleeve: &Sleeve| {
            let cloth = garment.cloth(&piece::SLEEVES[sleeve.side..=sleeve.side]);
            let strip = Strip {
                stations: &sleeve.stations,
                laid: &sleeve.laid,
                hang: *hang,
            };
            let own = source.strip(frame, &strip, |p, _| smoothstep(0.3, 0.7, cloth.at(p)))?;
            let hidden = |p: Point, inside: bool| {
                let both = cloth.at(p) + torso_cloth.at(p);
                if inside {
                    smoothstep(0.3, 0.7, both)
                } else {
                    0.0
                }
            };
            let under = (sleeve.hanging).then(|| source.strip(frame, &strip, hidden));
            Ok((own, under.transpose()?))
        };
        let ((front, behind), arms) = rayon::join(
            || rayon::join(front, behind),
            || sleeves.par_iter().map(arms).collect::<Result<Vec<_>, _>>(),
        );
        let (front, (limbs, under)) = (front?, arms?.into_iter().unzip::<_, _, Vec<_>, Vec<_>>());
        let mut sleeve_ends = [0.0; 2];
        for sleeve in sleeves {
            sleeve_ends[sleeve.side] = sleeve.end;
        }
        let outlines = sleeves.iter().map(|sleeve| (sleeve.side, sleeve.outline()));
        let neckline = neck_outline(&torso.neckline, body.down, 0.5 * body.shoulder_width);
        let area = frame.area;
        let own = |outline: Vec<Point>| outline.into_iter().map(|p| area.own(p)).collect();
        let trunk: Vec<Point> = own(torso.outline());
        let outlines: Vec<(usize, Vec<Point>)> = outlines.map(|(s, o)| (s, own(o))).collect();
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
            under: under.into_iter().flatten().collect(),
            cover: Some(cover),
            sleeve_ends,
            collar: torso.collar.map(|p| area.own(p)),
            neckline: own(neckline),
        })
    }
}
