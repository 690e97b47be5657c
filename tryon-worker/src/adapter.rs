//! The engine as the service asks for it.

use std::{ops::ControlFlow, time::Duration};

use domain::{
    shared::Category,
    tryon::{session::Mode, suitability::Bounds},
};

use crate::{
    engine::{self, Engine, LONGEST, TryOnError, TryOnInput, Wanted},
    service::{
        CutOut, Description, Failure, Finding, Finished, Looked, ModelPack, Subject, TryOn, Wish,
    },
};

/// The longest side of a result that is wanted fast, in pixels.
const FAST_SIDE_PX: u32 = 768;

impl TryOn for Engine {
    fn try_on(
        &self,
        person: &[u8],
        garment: &[u8],
        category: Category,
        wish: Wish,
        progress: &mut (dyn FnMut(&'static str, f32) -> ControlFlow<()> + Send),
    ) -> Result<Finished, Failure> {
        let input = TryOnInput {
            person,
            garment,
            category,
        };
        let (longest, fast) = match wish.mode {
            Mode::Fast => (FAST_SIDE_PX, true),
            Mode::Balanced => (LONGEST, false),
        };
        let wanted = Wanted {
            longest,
            fast,
            seed: wish.seed,
        };
        match self.try_on_as(wanted, &input, |stage, fraction| {
            progress(stage.name(), fraction)
        }) {
            Ok(output) => Ok(Finished {
                png: output.png,
                width_px: output.width,
                height_px: output.height,
                stages: output
                    .stages
                    .into_iter()
                    .map(|(stage, ms)| {
                        (stage.name(), Duration::from_secs_f64(ms.max(0.0) / 1_000.0))
                    })
                    .collect(),
            }),
            Err(error) => Err(failure(error)),
        }
    }

    fn check(
        &self,
        person: &[u8],
        garment: &[u8],
        category: Category,
    ) -> Result<Vec<Finding>, Failure> {
        let input = TryOnInput {
            person,
            garment,
            category,
        };
        let findings = Engine::check(self, &input).map_err(failure)?;
        let told = findings.into_iter().map(|finding| Finding {
            subject: match finding.subject {
                engine::Subject::Person => Subject::Person,
                engine::Subject::Garment => Subject::Garment,
                engine::Subject::Both => Subject::Both,
            },
            code: finding.refusal.code().to_owned(),
            detail: finding.refusal.to_string(),
        });
        Ok(told.collect())
    }

    fn look(&self, garment: &[u8], category: Category) -> Result<Looked, Failure> {
        let look = Engine::look(self, garment, category).map_err(failure)?;
        let looker = TryOn::describe(self).looker();
        let refusal = look.refusal;
        Ok(Looked {
            looker: looker.ok_or_else(|| Failure::Fault("it has no pack".to_owned()))?,
            refusal: refusal.map(|refusal| (refusal.code().to_owned(), refusal.to_string())),
            cutout: look.cutout.map(cut_out),
        })
    }

    fn forget_idle(&self) {
        Engine::forget_idle(self);
    }

    fn describe(&self) -> Description {
        let description = Engine::describe(self);
        Description {
            engine: description.engine,
            version: description.version,
            packs: description
                .packs
                .into_iter()
                .map(|pack| ModelPack {
                    name: pack.name,
                    version: pack.version,
                    licence: pack.licence,
                    sha256: pack.sha256,
                })
                .collect(),
            onnxruntime: description.onnxruntime,
            max_side_px: LONGEST,
        }
    }
}

fn cut_out(file: engine::CutoutFile) -> CutOut {
    let [left_px, top_px, width_px, height_px] = file.bounds;
    CutOut {
        png: file.png.into(),
        width_px: file.width,
        height_px: file.height,
        bounds: Bounds {
            left_px,
            top_px,
            width_px,
            height_px,
        },
    }
}

fn failure(error: TryOnError) -> Failure {
    match error {
        TryOnError::Refused(refusal) => Failure::Refused {
            code: refusal.code().to_owned(),
            detail: refusal.to_string(),
        },
        TryOnError::Stopped => Failure::Stopped,
        TryOnError::Fault(fault) => Failure::Fault(fault),
    }
}
