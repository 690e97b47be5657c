//! Reads the picture of a garment: its cutout, the pieces it is made of, and its landmarks.
//!
//! "Left" and "right" are the picture's. Points are in pixels of the garment picture.

use super::backdrop::by_background;
use super::error::TryOnError;
use super::geometry::Point;
use super::matte::{self, Cutout};
use super::pack::Network;
use super::raster::{Colours, GuidedFilter, Plane};
use super::silhouette;
use super::view::{Mirrored, View, Window, look};

/// Piece classes in the network's channel order.
pub(crate) mod piece {
    pub(crate) const BACKGROUND: usize = 0;
    pub(crate) const BODY: usize = 1;
    pub(crate) const SLEEVES: [usize; 2] = [2, 3];
    /// The visible inner back of a neck or waist opening.
    pub(crate) const INSIDE: usize = 4;
    pub(crate) const COLLAR: usize = 5;
    pub(crate) const HOOD: usize = 6;
    pub(crate) const LEGS: [usize; 2] = [7, 8];
    pub(crate) const STRAP: usize = 9;
    pub(crate) const COUNT: usize = 10;
}

/// Landmarks in the network's channel order; pairs are picture left, picture right.
pub(crate) mod mark {
    pub(crate) const NECKS: [usize; 2] = [0, 1];
    pub(crate) const COLLAR_CENTRE: usize = 2;
    pub(crate) const SHOULDERS: [usize; 2] = [3, 4];
    pub(crate) const ARMPITS: [usize; 2] = [5, 6];
    pub(crate) const OUTER_CUFFS: [usize; 2] = [7, 8];
    pub(crate) const INNER_CUFFS: [usize; 2] = [9, 10];
    pub(crate) const WAISTS: [usize; 2] = [11, 12];
    pub(crate) const HEMS: [usize; 2] = [13, 14];
    pub(crate) const HEM_CENTRE: usize = 15;
    pub(crate) const CROTCH: usize = 16;
    pub(crate) const INNER_HEMS: [usize; 2] = [17, 18];
    pub(crate) const COUNT: usize = 19;
}

const MIRRORED: Mirrored<'static> = Mirrored {
    parts: &[0, 1, 3, 2, 4, 5, 6, 8, 7, 9],
    points: &[
        1, 0, 2, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 15, 16, 18, 17,
    ],
};

/// A garment and what is known of it.
pub(crate) struct Garment {
    pub(crate) cutout: Cutout,
    /// Per piece, the share of each pixel's cloth that belongs to it (0..=1; all pieces add up to one on the garment);
    /// indices as in [`piece`]; none where the garment has no such piece.
    pub(super) pieces: Vec<Option<Plane>>,
    pub(super) marks: [(Point, f32); mark::COUNT],
}

impl Garment {
    /// A landmark, if the garment has it.
    pub(crate) fn mark(&self, index: usize) -> Option<Point> {
        let (at, peak) = self.marks[index];
        (peak > 0.2).then_some(at)
    }

    /// The share of the garment's area that some pieces make up.
    pub(crate) fn share(&self, pieces: &[usize]) -> f32 {
        let alpha = &self.cutout.alpha.data;
        let all: f32 = alpha.iter().sum();
        let own: f32 = pieces
            .iter()
            .filter_map(|p| self.pieces[*p].as_ref())
            .map(|piece| {
                let both = piece.data.iter().zip(alpha);
                both.map(|(v, a)| v * a).sum::<f32>()
            })
            .sum();
        own / all.max(1.0)
    }

    /// Where some pieces are visible in the picture (0..=1).
    pub(crate) fn visible(&self, pieces: &[usize]) -> Plane {
        let (Cloth(own), alpha) = (self.cloth(pieces), &self.cutout.alpha);
        Plane::from_index(alpha, |i| {
            own.iter().map(|piece| piece.data[i]).sum::<f32>() * alpha.data[i]
        })
    }

    /// Some pieces, seen or hidden.
    pub(crate) fn cloth(&self, pieces: &[usize]) -> Cloth<'_> {
        let own = pieces.iter().filter_map(|p| self.pieces[*p].as_ref());
        Cloth(own.collect())
    }

    /// Bytes that it takes in memory.
    pub(crate) fn bytes(&self) -> usize {
        let planes = 4 + self.pieces.iter().flatten().count();
        planes * self.cutout.alpha.data.len() * size_of::<f32>()
    }
}

/// Pieces of a garment, one beside the other.
pub(crate) struct Cloth<'a>(Vec<&'a Plane>);

impl Cloth<'_> {
    /// How much of a point of the picture they are (0..=1).
    pub(crate) fn at(&self, p: Point) -> f32 {
        self.0.iter().map(|piece| piece.sample(p[0], p[1])).sum()
    }
}

/// Looks at the picture, then closer at the garment in it.
pub(crate) fn examine(network: &Network, picture: &Colours) -> Result<Garment, TryOnError> {
    let around = border_colour(picture);
    let (w, h) = (picture.width as f32, picture.height as f32);
    let mut view = look(
        network,
        picture,
        Window::around(0.0, 0.0, w, h),
        Some(&MIRRORED),
        Some(around),
    )?;
    if let Some([x0, y0, x1, y1]) = extent(&view, w, h) {
        let margin = 0.07 * (x1 - x0).max(y1 - y0);
        let window = Window::around(x0 - margin, y0 - margin, x1 + margin, y1 + margin);
        if window.height < 0.85 * view.window.height {
            view = look(network, picture, window, Some(&MIRRORED), Some(around))?;
        }
    }
    let background = &view.parts[piece::BACKGROUND];
    let mut seen = view
        .raised(background, (picture.width, picture.height), [1.0; 2])
        .map(|v| 1.0 - v);
    let coloured = by_background(picture).ok();
    let legs = coloured.as_ref().and_then(silhouette::legs);
    if let Some(legs) = &legs {
        // The network takes slim trousers for a shirt now and then, and the ground between their legs for its body.
        seen = Plane::from_fn(seen.width, seen.height, |x, y| {
            if legs.between(x, y) {
                0.0
            } else {
                seen.at(x, y)
            }
        });
    }
    let seams = beside_sleeves(&view, picture);
    let cutout = matte::cut_out(picture, &seen, &seams, coloured.as_ref())?;
    let pieces = pieces(&view, picture, &cutout.alpha);
    let legs = legs.or_else(|| silhouette::legs(&cutout.alpha));
    let mut garment = Garment {
        cutout,
        pieces,
        marks: std::array::from_fn(|index| view.point(index)),
    };
    garment.reconcile(legs.as_ref());
    Ok(garment)
}

/// Where a sleeve lies beside the body, below the armpits (0 or 1): the ground shows there in slits that are narrower than
/// the network's pixels.
fn beside_sleeves(view: &View, picture: &Colours) -> Plane {
    let size = (picture.width, picture.height);
    let armpits = mark::ARMPITS.map(|index| view.point(index));
    if armpits.iter().any(|(_, peak)| *peak < 0.2) {
        return Plane::filled(size.0, size.1, 0.0);
    }
    let pixel = view.window.width / view.parts[0].width as f32;
    let reach = 2.5 * pixel;
    let near = |part: usize| {
        view.raised(&view.parts[part], size, [1.0; 2])
            .distance_to(|v| v > 0.4)
            .map(|d| if d < reach { 1.0 } else { 0.0 })
    };
    let (body, [left, right]) = rayon::join(|| near(piece::BODY), || piece::SLEEVES.map(near));
    Plane::from_fn(size.0, size.1, |x, y| {
        let below = |side: usize| y as f32 > armpits[side].0[1] - 2.0 * pixel;
        let beside = (left.at(x, y) > 0.5 && below(0)) || (right.at(x, y) > 0.5 && below(1));
        if beside && body.at(x, y) > 0.5 {
            1.0
        } else {
            0.0
        }
    })
}

fn border_colour(picture: &Colours) -> [f32; 3] {
    let (w, h) = (picture.width, picture.height);
    let mut sum = [0.0; 3];
    let mut count = 0.0;
    for (x, y) in (0..w)
        .flat_map(|x| [(x, 0), (x, h - 1)])
        .chain((0..h).flat_map(|y| [(0, y), (w - 1, y)]))
    {
        let c = picture.at(x, y);
        sum = [sum[0] + c[0], sum[1] + c[1], sum[2] + c[2]];
        count += 1.0;
    }
    sum.map(|v| v / count)
}

/// The box of what is not background, in the picture.
fn extent(view: &View, w: f32, h: f32) -> Option<[f32; 4]> {
    let background = &view.parts[piece::BACKGROUND];
    let (sx, sy) = (
        view.window.width / background.width as f32,
        view.window.height / background.height as f32,
    );
    let mut found: Option<[f32; 4]> = None;
    for y in 0..background.height {
        for x in 0..background.width {
            if background.at(x, y) < 0.5 {
                let (px, py) = (view.window.x + x as f32 * sx, view.window.y + y as f32 * sy);
                let own = [px.max(0.0), py.max(0.0), (px + sx).min(w), (py + sy).min(h)];
                found = Some(found.map_or(own, |b| {
                    [
                        b[0].min(own[0]),
                        b[1].min(own[1]),
                        b[2].max(own[2]),
                        b[3].max(own[3]),
                    ]
                }));
            }
        }
    }
    found
}

/// Pieces at the picture's size, their borders drawn along the picture's own edges.
fn pieces(view: &View, picture: &Colours, alpha: &Plane) -> Vec<Option<Plane>> {
    // The outline is the matte's business: inside it, only the proportions of the pieces count.
    let coarse: Vec<Plane> = {
        let parts = &view.parts;
        let cloth: Vec<f32> = parts[piece::BACKGROUND]
            .data
            .iter()
            .map(|b| (1.0 - b).max(1e-4))
            .collect();
        parts
            .iter()
            .map(|p| Plane {
                width: p.width,
                height: p.height,
                data: p
                    .data
                    .iter()
                    .zip(&cloth)
                    .map(|(v, c)| (v / c).min(1.0))
                    .collect(),
            })
            .collect()
    };
    let guide = picture.luminance().map(|v| v / 255.0);
    let filter = GuidedFilter::new(&guide, (picture.width / 160).max(2), 1e-3);
    (0..piece::COUNT)
        .map(|index| {
            if index == piece::BACKGROUND || coarse[index].data.iter().all(|v| *v < 0.05) {
                return None;
            }
            let size = (alpha.width, alpha.height);
            Some(filter.apply(&view.raised(&coarse[index], size, [1.0; 2])))
        })
        .collect()
}
