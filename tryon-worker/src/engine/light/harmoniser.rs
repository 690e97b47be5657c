//! A network that says how light cloth is in a photo's light: it sees the photo, the person's parts and the new garment, all small.

use std::path::Path;

use super::super::compose::Visible;
use super::super::error::{LoadError, TryOnError};
use super::super::parse::part;
use super::super::person::Scene;
use super::super::plane_network::{PlaneNetwork, Role, Told};
use super::super::raster::{Plane, Raster};
use super::super::runner::Runtime;
use super::super::view::{Window, seen_of};
use super::super::warp::Dressed;

/// Planes, rows and columns of a glimpse: the photo's red, green and blue (0..=1), eight parts of the person, how much of each cell the
/// garment is, and that share of its red, green and blue as its own picture has them.
const TOLD: Told = [15, 96, 64];

/// What the person's parts are told as.
const PARTS: [&[usize]; 8] = [
    &[part::HAIR],
    &[part::FACE],
    &[part::TORSO_SKIN],
    &[part::UPPER],
    &[part::LOWER],
    &[part::LEFT_ARM, part::RIGHT_ARM],
    &[part::LEGS],
    &[part::SHOES],
];

/// The logarithm of a gain is between these: cloth stays what it is sold as.
const DARKEST: f32 = -1.1;
const LIGHTEST: f32 = 0.6;

/// The network.
pub(crate) struct Harmoniser {
    pub(crate) network: PlaneNetwork,
}

impl Harmoniser {
    /// Loads the network that the pack in `dir` has for this.
    pub(crate) fn load(dir: &Path, role: &Role, runtime: &Runtime) -> Result<Self, LoadError> {
        let network = PlaneNetwork::load(dir, role, TOLD, 1, runtime)?;
        Ok(Self { network })
    }

    /// By how much the linear luminance of the garment's cloth is more than in its own picture, for each pixel of the scene.
    pub(crate) fn gain(
        &self,
        scene: &Scene<'_>,
        dressed: &Dressed,
        visible: &Visible,
    ) -> Result<Plane, TryOnError> {
        let glimpse = Glimpse::of(scene, dressed, visible);
        let [straight, mirrored] =
            (self.network).answer_both(glimpse.told.clone(), glimpse.mirrored())?;
        let (straight, mirrored) = (&straight[0], &mirrored[0]);
        let (columns, rows) = (straight.width, straight.height);
        // It is asked about cloth only: what it says beside it is what it says of the cloth nearest.
        let cover = glimpse.cover().resized(columns, rows);
        let both = Plane::from_fn(columns, rows, |x, y| {
            let said = f32::midpoint(straight.at(x, y), mirrored.at(columns - 1 - x, y));
            said.clamp(DARKEST, LIGHTEST) * cover.at(x, y)
        });
        let spread = both.blur(1.0).zip(&cover.blur(1.0), |gain, cover| {
            if cover > 1e-3 { gain / cover } else { 0.0 }
        });
        let step = [
            columns as f32 / glimpse.window.width,
            rows as f32 / glimpse.window.height,
        ];
        let origin = [-glimpse.window.x * step[0], -glimpse.window.y * step[1]];
        let (width, height) = (scene.area.width, scene.area.height);
        Ok(spread.rescaled(origin, step, width, height).map(f32::exp))
    }
}

/// What the network is told, and of which part of the scene.
struct Glimpse {
    window: Window,
    told: Vec<f32>,
}

impl Glimpse {
    fn of(scene: &Scene<'_>, dressed: &Dressed, visible: &Visible) -> Self {
        let [_, rows, columns] = TOLD;
        let [own, whole] = [&scene.body, &scene.person.body]
            .map(|body| Window::of_body(body.neck, body.shoulder_width, (rows, columns)));
        let size = (columns, rows);
        let photo = &scene.person.photo;
        let bytes = |x, y| photo.at(x, y).map(f32::from);
        let photo = seen_of((photo.width, photo.height), bytes, whole, size, None);
        let area = (scene.area.width, scene.area.height);
        let cloth = seen_of(area, visible.unlit(dressed), own, size, Some([0.0; 4]));
        let mut told = Vec::with_capacity(TOLD.iter().product());
        told.extend((0..3).flat_map(|k| photo.data.iter().map(move |c| c[k] / 255.0)));
        for parts in PARTS {
            told.extend((0..rows * columns).map(|i| {
                let (x, y) = ((i % columns) as f32 + 0.5, (i / columns) as f32 + 0.5);
                let at = [
                    whole.x + x * whole.width / columns as f32,
                    whole.y + y * whole.height / rows as f32,
                ];
                scene.person.parse.probability(parts, at)
            }));
        }
        told.extend(cloth.data.iter().map(|c| c[3]));
        told.extend((0..3).flat_map(|k| cloth.data.iter().map(move |c| c[k] / 255.0)));
        Self { window: own, told }
    }

    /// What a mirror shows of it.
    fn mirrored(&self) -> Vec<f32> {
        let rows = self.told.chunks_exact(TOLD[2]);
        rows.flat_map(|row| row.iter().rev().copied()).collect()
    }

    /// How much of each cell the garment is.
    fn cover(&self) -> Plane {
        let [_, height, width] = TOLD;
        let first = (3 + PARTS.len()) * height * width;
        Raster {
            width,
            height,
            data: self.told[first..][..height * width].to_vec(),
        }
    }
}
