//! Networks of others that make the picture: a picture, or a flow that says which part of the garment belongs where.
//!
//! Whatever such a network makes takes the place of the geometric garment within the edit region only: head, hands, bare arms and
//! everything outside are the photo's. It passes the checks of every result, and those of [`gate`].

mod gate;
mod manifest;

use std::path::Path;
use std::time::{Duration, Instant};

use self::manifest::{Input, Manifest, Output, Seen};
use super::Category;
use super::compose::Visible;
use super::error::{LoadError, TryOnError};
use super::garment::Garment;
use super::pack::{self, Network, Provenance};
use super::person::Scene;
use super::raster::{Colours, Plane, smoothstep};
use super::runner::{Runner, Shape};
use super::view::{self, Window};
use super::warp::{Dressed, Flow};

/// A network that makes the picture, and what it is shown.
pub(crate) struct Generator {
    provenance: Provenance,
    categories: Vec<Category>,
    runner: Runner,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
}

impl Generator {
    /// Whether the pack in `dir` is one with such a network.
    pub(crate) fn is_in(dir: &Path) -> Result<bool, LoadError> {
        let (_, tables) = pack::manifest::<toml::Table>(dir)?;
        Ok(tables.contains_key("generator"))
    }

    /// Loads the pack in `dir` by its manifest.
    pub(crate) fn load(dir: &Path) -> Result<Self, LoadError> {
        if !Self::is_in(dir)? {
            return Err(LoadError::Manifest("it has no generator".to_owned()));
        }
        let (provenance, manifest) = pack::manifest::<Manifest>(dir)?;
        if manifest.training_data.trim().is_empty() {
            let why = "its training_data is empty".to_owned();
            return Err(LoadError::Manifest(why));
        }
        let role = manifest.generator;
        let categories = role.check()?;
        let bytes = pack::verified(dir, &role.file, &role.sha256)?;
        let shapes = |shapes: &mut dyn Iterator<Item = Shape>| shapes.collect::<Vec<Shape>>();
        let runner = Runner::prepare(
            &role.file,
            &bytes,
            &shapes(&mut role.inputs.iter().map(|input| input.shape)),
            &shapes(&mut role.outputs.iter().map(|output| output.shape)),
        )?;
        Ok(Self {
            provenance,
            categories,
            runner,
            inputs: role.inputs,
            outputs: role.outputs,
        })
    }

    /// How long it takes for pictures of one grey.
    pub(crate) fn time(&self) -> Result<Duration, TryOnError> {
        let shapes = self.inputs.iter().map(|input| input.shape);
        let grey: Vec<Vec<f32>> = shapes
            .map(|shape| vec![0.5; shape.iter().product()])
            .collect();
        let since = Instant::now();
        self.runner.run(&grey)?;
        Ok(since.elapsed())
    }

    /// Where it comes from.
    pub(crate) fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Whether it was made for this category.
    pub(crate) fn wears(&self, category: Category) -> bool {
        self.categories.contains(&category)
    }

    /// The garment as the network lays it on the body; none if this network makes pictures.
    pub(crate) fn dress(
        &self,
        scene: &Scene<'_>,
        garment: &Garment,
        geometric: &Dressed,
        visible: &Visible,
    ) -> Result<Option<Dressed>, TryOnError> {
        let [flow, coverage] = self.outputs.as_slice() else {
            return Ok(None);
        };
        let answer = self.ask(scene, garment, &region(scene, visible))?;
        let window = whole(&garment.cutout.alpha);
        let across = plane(&answer[0], flow.shape, 0)
            .map(|at| window.x + f32::midpoint(at, 1.0) * window.width);
        let down = plane(&answer[0], flow.shape, 1)
            .map(|at| window.y + f32::midpoint(at, 1.0) * window.height);
        let flow = Flow {
            window: whole(&scene.person.photo),
            places: [across, down],
            coverage: plane(&answer[1], coverage.shape, 0).map(|v| v.clamp(0.0, 1.0)),
        };
        Ok(Some(geometric.by_flow(garment, &flow)?))
    }

    /// The picture as the network makes it, `geometric` elsewhere; none if this network makes flows.
    pub(crate) fn paint(
        &self,
        scene: &Scene<'_>,
        garment: &Garment,
        visible: &Visible,
        geometric: &Colours,
    ) -> Result<Option<Colours>, TryOnError> {
        let [picture] = self.outputs.as_slice() else {
            return Ok(None);
        };
        let region = region(scene, visible);
        let answer = self.ask(scene, garment, &region)?;
        let channels = [0, 1, 2].map(|channel| {
            plane(&answer[0], picture.shape, channel)
                .map(|value| ((value - picture.offset) / picture.scale).clamp(0.0, 255.0))
        });
        let window = whole(&scene.person.photo);
        let (width, height) = (geometric.width, geometric.height);
        Ok(Some(Colours::from_fn(width, height, |x, y| {
            let i = y * width + x;
            let share = region.data[i];
            let own = scene.photo.data[i];
            if share <= 0.0 {
                return own;
            }
            let at = [
                (scene.area.x + x) as f32 + 0.5,
                (scene.area.y + y) as f32 + 0.5,
            ];
            let [u, v] = window.within(at, &channels[0]);
            [0, 1, 2].map(|k| own[k] + (channels[k].sample(u, v) - own[k]) * share)
        })))
    }

    /// Throws away what the checks of every result do not see, since they look at the geometric garment.
    pub(crate) fn verify(
        network: &Network,
        scene: &Scene<'_>,
        visible: &Visible,
        [geometric, made]: [&Colours; 2],
    ) -> Result<(), TryOnError> {
        gate::colours(&visible.all, geometric, made)?;
        gate::bare_skin(network, scene, &visible.all, [geometric, made])
    }

    /// Whether the flow has the garment where geometry has it.
    pub(crate) fn verify_place(geometric: &Visible, made: &Visible) -> Result<(), TryOnError> {
        Ok(gate::place(&geometric.all, &made.all)?)
    }

    fn ask(
        &self,
        scene: &Scene<'_>,
        garment: &Garment,
        region: &Plane,
    ) -> Result<Vec<Vec<f32>>, TryOnError> {
        let photo = scene.person.photo.map(|c| c.map(f32::from));
        let region = put_in(&photo, scene, region);
        let shown = |input: &Input| -> Vec<f32> {
            let [_, channels, rows, columns] = input.shape;
            let size = (columns, rows);
            let grey = |mask: &Plane, window: Window| {
                let grey = mask.map(|v| [v * 255.0; 3]);
                view::seen(&grey, window, size, Some([0.0; 3]))
            };
            let seen = match input.role {
                Seen::Person => view::seen(&photo, whole(&photo), size, None),
                Seen::Agnostic => {
                    let hidden = Colours::from_index(&photo, |i| {
                        let share = region.data[i];
                        photo.data[i].map(|v| v + (128.0 - v) * share)
                    });
                    view::seen(&hidden, whole(&photo), size, None)
                }
                Seen::Garment => {
                    let (colours, alpha) = (&garment.cutout.colours, &garment.cutout.alpha);
                    let on_white = Colours::from_index(colours, |i| {
                        let share = alpha.data[i];
                        colours.data[i].map(|v| 255.0 + (v - 255.0) * share)
                    });
                    view::seen(&on_white, whole(alpha), size, Some([255.0; 3]))
                }
                Seen::GarmentMask => grey(&garment.cutout.alpha, whole(&garment.cutout.alpha)),
                Seen::Region => grey(&region, whole(&photo)),
            };
            (0..channels)
                .flat_map(|channel| seen.data.iter().map(move |colour| colour[channel]))
                .map(|value| value * input.scale + input.offset)
                .collect()
        };
        let inputs: Vec<Vec<f32>> = self.inputs.iter().map(shown).collect();
        self.runner.run(&inputs)
    }
}

/// What a network sees of a picture: all of it.
fn whole<T: Copy + Send + Sync>(picture: &super::raster::Raster<T>) -> Window {
    Window::around(0.0, 0.0, picture.width as f32, picture.height as f32)
}

/// One channel of an output.
fn plane(values: &[f32], [_, _, height, width]: Shape, channel: usize) -> Plane {
    let length = width * height;
    Plane {
        width,
        height,
        data: values[channel * length..(channel + 1) * length].to_vec(),
    }
}

/// Where the picture may change: where the garment and the old cloth are, and a little around, but never head, hands and bare arms.
fn region(scene: &Scene<'_>, visible: &Visible) -> Plane {
    let changed = visible.all.zip(&visible.erase, f32::max);
    let reach = (scene.unit() / 100.0).max(2.0);
    changed
        .grown(reach)
        .blur(1.2)
        .zip(&visible.over, |region, over| {
            region * (1.0 - smoothstep(0.0, 0.5, over))
        })
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
