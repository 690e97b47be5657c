//! What the service asks of an engine.

use std::{ops::ControlFlow, time::Duration};

use bytes::Bytes;
use domain::{
    shared::Category,
    tryon::{session::Mode, suitability::Bounds},
};

/// Told before each stage: its name and how far the whole is, 0 to 1. The answer may stop the engine.
pub(crate) type Progress<'a> = &'a mut (dyn FnMut(&'static str, f32) -> ControlFlow<()> + Send);

/// An engine: two encoded pictures in, one out. Called on a thread of its own, never on the runtime.
pub trait TryOn: Send + Sync + 'static {
    /// Puts the garment on the person.
    fn try_on(
        &self,
        person: &[u8],
        garment: &[u8],
        category: Category,
        wish: Wish,
        progress: Progress<'_>,
    ) -> Result<Finished, Failure>;

    /// What stands against that; nothing where a result would come of it.
    fn check(
        &self,
        person: &[u8],
        garment: &[u8],
        category: Category,
    ) -> Result<Vec<Finding>, Failure>;

    /// Whether anybody can be dressed in this garment, as far as its own picture shows. Gives way to all else that it does.
    fn look(&self, garment: &[u8], category: Category) -> Result<Looked, Failure>;

    /// What this engine is.
    fn describe(&self) -> Description;

    /// Drops what it remembers of pictures that nobody asked for of late. Called every half minute.
    fn forget_idle(&self);
}

/// A result.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The encoded picture, marked as AI-generated.
    pub png: Vec<u8>,
    /// Width in pixels.
    pub width_px: u32,
    /// Height in pixels.
    pub height_px: u32,
    /// The stages in the order in which they ran, with their wall time.
    pub stages: Vec<(&'static str, Duration)>,
}

/// Which picture has to be another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The photo of the person.
    Person,
    /// The picture of the garment.
    Garment,
    /// Each would do, but not together.
    Both,
}

/// One reason against a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which picture has to be another one.
    pub subject: Subject,
    /// Stable, kebab-case.
    pub code: String,
    /// What to do about it.
    pub detail: String,
}

/// What a look at a garment came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Who looked.
    pub looker: Looker,
    /// What stands against every try-on: a code and what to do about it.
    pub refusal: Option<(String, String)>,
    /// The garment without its ground, if it was found.
    pub cutout: Option<CutOut>,
}

/// A garment that was cut out of its picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOut {
    /// The picture on a transparent ground.
    pub png: Bytes,
    /// Width in pixels.
    pub width_px: u32,
    /// Height in pixels.
    pub height_px: u32,
    /// Where the garment is in it.
    pub bounds: Bounds,
}

/// How a result is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wish {
    /// How large.
    pub mode: Mode,
    /// Another number, another result, where the engine draws lots.
    pub seed: u32,
}

/// Which engine looks at garments, with which networks. Another one may find something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looker {
    /// The engine's name and version.
    pub engine: String,
    /// The networks that know garments.
    pub pack: ModelPack,
}

/// Why there is no result.
#[derive(Debug, Clone)]
pub enum Failure {
    /// The pictures do not allow an honest one; another photo may.
    Refused {
        /// Stable, kebab-case.
        code: String,
        /// What to do about it.
        detail: String,
    },
    /// Somebody asked the engine to stop.
    Stopped,
    /// The engine itself is at fault; another attempt may help.
    Fault(String),
}

/// What an engine is.
#[derive(Debug, Clone)]
pub struct Description {
    /// Its name.
    pub engine: String,
    /// Its version.
    pub version: String,
    /// Its model packs.
    pub packs: Vec<ModelPack>,
    /// The onnxruntime that runs their networks, and its version; none where the engine does.
    pub onnxruntime: Option<String>,
    /// The longest side that it works at, in pixels.
    pub max_side_px: u32,
}

/// Networks that an engine works with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPack {
    /// The pack's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SPDX expression of the weights' licence.
    pub licence: String,
    /// SHA-256 of its manifest, in hex.
    pub sha256: String,
}

impl Description {
    /// Who looks at garments: the first pack is the one that knows them. None where an engine has no pack. What runs the networks is not told:
    /// their answers are the same but for rounding, and workers that look with one and with another would look anew at all that the others have seen.
    pub fn looker(&self) -> Option<Looker> {
        let pack = self.packs.first()?.clone();
        let engine = format!("{} {}", self.engine, self.version);
        Some(Looker { engine, pack })
    }

    /// `<engine> <version>`, `+ <pack> <version>` for each pack, and `on onnxruntime <version>` where that runs their networks, as written into
    /// events.
    pub fn label(&self) -> String {
        let own = format!("{} {}", self.engine, self.version);
        let packs = self.packs.iter();
        let label = packs.fold(own, |label, pack| {
            label + " + " + &pack.name + " " + &pack.version
        });
        match &self.onnxruntime {
            Some(onnxruntime) => label + " on " + onnxruntime,
            None => label,
        }
    }
}
