//! Networks of others that make the picture: a picture, at once or step by step, or a flow that says which part of the garment
//! belongs where.
//!
//! Whatever such a network makes takes the place of the geometric garment within the edit region only: head, hands, bare arms and
//! everything outside are the photo's. It passes the checks of every result, and those of [`gate`].

mod asked;
mod gate;
mod levels;
mod manifest;
mod shown;
mod steps;

use std::path::Path;
use std::time::{Duration, Instant};

use self::asked::Asked;
use self::manifest::{Input, Manifest, Output};
use self::shown::{Shown, whole};
use self::steps::Steps;
use super::Category;
use super::compose::Visible;
use super::error::{LoadError, TryOnError};
use super::garment::Garment;
use super::pack::{self, Network, Provenance};
use super::person::Scene;
use super::raster::{Colours, Plane, smoothstep};
use super::runner::{Runtime, Shape};
use super::self_test::SelfTestReport;
use super::warp::{Dressed, Flow};

/// Networks that make the picture, and where they come from.
pub(crate) struct Generator {
    provenance: Provenance,
    categories: Vec<Category>,
    maker: Maker,
}

/// Who makes it.
enum Maker {
    /// One network, asked once.
    Once(Box<Asked>),
    Steps(Box<Steps>),
}

/// How networks that draw lots and take steps are to go about it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Effort {
    /// Where their noise comes from.
    pub(crate) seed: [u8; 32],
    /// Whether fewer steps will do.
    pub(crate) is_fast: bool,
}

impl Generator {
    /// Whether the pack in `dir` is one with such networks.
    pub(crate) fn is_in(dir: &Path) -> Result<bool, LoadError> {
        let (_, tables) = pack::manifest::<toml::Table>(dir)?;
        Ok(["generator", "diffusion"]
            .iter()
            .any(|kind| tables.contains_key(*kind)))
    }

    /// Loads the pack in `dir` by its manifest; `runtime` runs its networks.
    pub(crate) fn load(dir: &Path, runtime: &Runtime) -> Result<Self, LoadError> {
        let refuse = |why: &str| Err(LoadError::Manifest(why.to_owned()));
        let (provenance, manifest) = pack::manifest::<Manifest>(dir)?;
        let (categories, maker) = match (manifest.generator, manifest.diffusion) {
            (Some(once), None) => {
                let categories = once.check()?;
                let shapes = (once.inputs, once.outputs);
                let file = [once.file.as_str(), once.sha256.as_str()];
                let asked = Asked::load(runtime, dir, file, shapes, once.self_test)?;
                (categories, Maker::Once(Box::new(asked)))
            }
            (None, Some(diffusion)) => {
                let categories = diffusion.check()?;
                let steps = Steps::load(runtime, dir, diffusion)?;
                (categories, Maker::Steps(Box::new(steps)))
            }
            (None, None) => return refuse("it has no generator and no diffusion"),
            (Some(_), Some(_)) => return refuse("it has both a generator and a diffusion"),
        };
        if manifest.training_data.trim().is_empty() {
            return refuse("its training_data is empty");
        }
        Ok(Self {
            provenance,
            categories,
            maker,
        })
    }

    /// How long it takes for pictures that a rule gives.
    pub(crate) fn time(&self) -> Result<Duration, TryOnError> {
        let since = Instant::now();
        match &self.maker {
            Maker::Once(network) => drop(network.ask_by_rule()?),
            Maker::Steps(steps) => {
                let grey = |input: &Input| vec![0.5; input.shape.iter().product()];
                steps.make(grey, &Effort::default(), |_| Ok(()))?;
            }
        }
        Ok(since.elapsed())
    }

    /// How far its networks are from what they said where they were made; nothing of those whose pack does not say it.
    pub(crate) fn self_test(&self) -> Result<Vec<SelfTestReport>, LoadError> {
        match &self.maker {
            Maker::Once(network) => Ok(network.self_test("generator")?.into_iter().collect()),
            Maker::Steps(steps) => steps.self_tests(),
        }
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
        let Maker::Once(network) = &self.maker else {
            return Ok(None);
        };
        let [flow, coverage] = network.outputs.as_slice() else {
            return Ok(None);
        };
        let shown = Shown::of(scene, garment, &region(scene, visible));
        let answer = network.ask(|input| shown.values(input))?;
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

    /// The picture as the networks make it, `geometric` elsewhere; none if they make flows. `going_on` hears the share of the way
    /// that is gone.
    pub(crate) fn paint(
        &self,
        scene: &Scene<'_>,
        garment: &Garment,
        visible: &Visible,
        geometric: &Colours,
        effort: &Effort,
        going_on: impl FnMut(f32) -> Result<(), TryOnError>,
    ) -> Result<Option<Colours>, TryOnError> {
        if matches!(&self.maker, Maker::Once(network) if network.outputs.len() > 1) {
            return Ok(None);
        }
        let region = region(scene, visible);
        let shown = Shown::of(scene, garment, &region);
        let (picture, values) = match &self.maker {
            Maker::Once(network) => {
                let mut answer = network.ask(|input| shown.values(input))?;
                (&network.outputs[0], answer.swap_remove(0))
            }
            Maker::Steps(steps) => steps.make(|input| shown.values(input), effort, going_on)?,
        };
        Ok(Some(put_on(scene, &region, geometric, picture, &values)))
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

/// A network's picture in the region of the photo, `geometric` elsewhere.
fn put_on(
    scene: &Scene<'_>,
    region: &Plane,
    geometric: &Colours,
    picture: &Output,
    values: &[f32],
) -> Colours {
    let channels = [0, 1, 2].map(|channel| {
        plane(values, picture.shape, channel)
            .map(|value| ((value - picture.offset) / picture.scale).clamp(0.0, 255.0))
    });
    let window = whole(&scene.person.photo);
    let (width, height) = (geometric.width, geometric.height);
    Colours::from_fn(width, height, |x, y| {
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
    })
}
