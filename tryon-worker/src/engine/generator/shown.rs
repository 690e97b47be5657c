//! What networks of others are shown of a try-on.

use super::super::garment::Garment;
use super::super::person::Scene;
use super::super::raster::{Colours, Plane, Raster};
use super::super::view::{self, Window};
use super::manifest::{Input, Told};

/// The pictures of a try-on, and where its result may change.
pub(super) struct Shown<'a> {
    photo: Colours,
    /// In the whole photo.
    region: Plane,
    garment: &'a Garment,
}

impl<'a> Shown<'a> {
    /// `region` is of the scene's area.
    pub(super) fn of(scene: &Scene<'_>, garment: &'a Garment, region: &Plane) -> Self {
        let photo = scene.person.photo.map(|c| c.map(f32::from));
        Self {
            region: put_in(&photo, scene, region),
            photo,
            garment,
        }
    }

    /// What an input that is shown pictures is told of them; nothing else is known here, and is zero.
    pub(super) fn values(&self, input: &Input) -> Vec<f32> {
        let [_, channels, rows, columns] = input.shape;
        let size = (columns, rows);
        let (photo, cutout) = (&self.photo, &self.garment.cutout);
        let grey = |mask: &Plane, window: Window| {
            let grey = mask.map(|v| [v * 255.0; 3]);
            view::seen(&grey, window, size, Some([0.0; 3]))
        };
        let seen = match input.role {
            Told::Person => view::seen(photo, whole(photo), size, None),
            Told::Agnostic => {
                let hidden = Colours::from_index(photo, |i| {
                    let share = self.region.data[i];
                    photo.data[i].map(|v| v + (128.0 - v) * share)
                });
                view::seen(&hidden, whole(photo), size, None)
            }
            Told::Garment => {
                let on_white = Colours::from_index(&cutout.colours, |i| {
                    let share = cutout.alpha.data[i];
                    cutout.colours.data[i].map(|v| 255.0 + (v - 255.0) * share)
                });
                view::seen(&on_white, whole(&cutout.alpha), size, Some([255.0; 3]))
            }
            Told::GarmentMask => grey(&cutout.alpha, whole(&cutout.alpha)),
            Told::Region => grey(&self.region, whole(photo)),
            Told::Encoded | Told::Sample | Told::Time => {
                return vec![0.0; channels * rows * columns];
            }
        };
        (0..channels)
            .flat_map(|channel| seen.data.iter().map(move |colour| colour[channel]))
            .map(|value| value * input.scale + input.offset)
            .collect()
    }
}

/// What a network sees of a picture: all of it.
pub(super) fn whole<T: Copy + Send + Sync>(picture: &Raster<T>) -> Window {
    Window::around(0.0, 0.0, picture.width as f32, picture.height as f32)
}

/// A plane of the scene's area in the whole photo.
fn put_in(photo: &Colours, scene: &Scene<'_>, area: &Plane) -> Plane {
    let mut all = Plane::filled(photo.width, photo.height, 0.0);
    for (y, row) in area.data.chunks_exact(area.width).enumerate() {
        let from = (scene.area.y + y) * photo.width + scene.area.x;
        all.data[from..from + area.width].copy_from_slice(row);
    }
    all
}
