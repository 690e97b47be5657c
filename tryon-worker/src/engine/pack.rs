//! Loads a model pack: only the files that its manifest names, and only when their digests agree.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use tract_onnx::prelude::*;

use super::error::{LoadError, TryOnError};

type Runnable = Arc<TypedRunnableModel>;

#[derive(Deserialize)]
struct Manifest {
    name: String,
    version: String,
    person: Role,
}

#[derive(Deserialize)]
struct Role {
    file: String,
    sha256: String,
    input: Input,
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Input {
    shape: [usize; 4],
    scale: f32,
    offset: f32,
}

#[derive(Deserialize)]
struct Output {
    name: String,
    shape: [usize; 4],
    #[serde(default)]
    classes: Vec<String>,
    #[serde(default)]
    keypoints: Vec<String>,
}

/// The pack's identity and its person network.
pub(crate) struct Pack {
    pub(crate) name: String,
    pub(crate) version: String,
    person: Runnable,
    scale: f32,
    offset: f32,
    /// Rows, columns of the network's input.
    pub(crate) input: [usize; 2],
    /// Channels, rows, columns of the outputs.
    pub(crate) parts: [usize; 3],
    pub(crate) keypoints: [usize; 3],
}

/// Raw answers of the person network, channel by channel.
pub(crate) struct PersonAnswer {
    pub(crate) parts: Vec<f32>,
    pub(crate) keypoints: Vec<f32>,
}

/// The channel order that the engine relies on.
const CLASSES: [&str; 10] = [
    "background",
    "hair",
    "face",
    "torso_skin",
    "upper",
    "lower",
    "left_arm",
    "right_arm",
    "legs",
    "shoes",
];
const KEYPOINTS: [&str; 16] = [
    "nose",
    "neck",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_eye",
    "right_eye",
];

impl Pack {
    pub(crate) fn load(dir: &Path) -> Result<Self, LoadError> {
        let read = |name: &str| {
            let path = dir.join(name);
            std::fs::read(&path).map_err(|source| LoadError::Read {
                path: path.display().to_string(),
                source,
            })
        };
        let text = String::from_utf8(read("pack.toml")?)
            .map_err(|e| LoadError::Manifest(e.to_string()))?;
        let manifest: Manifest =
            toml::from_str(&text).map_err(|e| LoadError::Manifest(e.to_string()))?;
        let role = manifest.person;
        if role.file.contains(['/', '\\']) || role.file.starts_with('.') {
            return Err(LoadError::Manifest(format!(
                "{:?} is not a plain file name",
                role.file
            )));
        }
        let bytes = read(&role.file)?;
        let found = hex::encode(Sha256::digest(&bytes));
        if found != role.sha256 {
            return Err(LoadError::Digest {
                file: role.file,
                found,
            });
        }
        let [parts, keypoints] = role.outputs.as_slice() else {
            return Err(LoadError::Manifest(
                "the person network needs two outputs".to_owned(),
            ));
        };
        if parts.name != "parts" || parts.classes != CLASSES || keypoints.keypoints != KEYPOINTS {
            return Err(LoadError::Manifest(
                "the person network's classes or keypoints are not the known ones".to_owned(),
            ));
        }
        let prepare = || -> TractResult<Runnable> {
            tract_onnx::onnx()
                .model_for_read(&mut bytes.as_slice())?
                .with_input_fact(0, f32::fact(role.input.shape).into())?
                .into_optimized()?
                .into_runnable()
        };
        let person = prepare().map_err(|e| LoadError::Network {
            file: role.file.clone(),
            reason: format!("{e:#}"),
        })?;
        Ok(Self {
            name: manifest.name,
            version: manifest.version,
            person,
            scale: role.input.scale,
            offset: role.input.offset,
            input: [role.input.shape[2], role.input.shape[3]],
            parts: [parts.shape[1], parts.shape[2], parts.shape[3]],
            keypoints: [keypoints.shape[1], keypoints.shape[2], keypoints.shape[3]],
        })
    }

    /// Runs the person network on `pixel(x, y)` (0..=255) at its input size.
    pub(crate) fn parse_person(
        &self,
        pixel: impl Fn(usize, usize) -> [f32; 3],
    ) -> Result<PersonAnswer, TryOnError> {
        let [height, width] = self.input;
        let mut values = vec![0.0_f32; 3 * height * width];
        for y in 0..height {
            for x in 0..width {
                for (channel, value) in pixel(x, y).into_iter().enumerate() {
                    values[(channel * height + y) * width + x] = value * self.scale + self.offset;
                }
            }
        }
        let run = || -> TractResult<PersonAnswer> {
            let input = Tensor::from_shape(&[1, 3, height, width], &values)?;
            let answer = self.person.run(tvec!(input.into_tvalue()))?;
            let read = |index: usize, shape: [usize; 3]| -> TractResult<Vec<f32>> {
                let values = answer[index]
                    .try_as_plain_ram()?
                    .as_slice::<f32>()?
                    .to_vec();
                if values.len() == shape.iter().product::<usize>()
                    && values.iter().all(|v| v.is_finite())
                {
                    Ok(values)
                } else {
                    Err(TractError::msg(
                        "the network answered with other numbers than its manifest says",
                    ))
                }
            };
            Ok(PersonAnswer {
                parts: read(0, self.parts)?,
                keypoints: read(1, self.keypoints)?,
            })
        };
        run().map_err(|e| TryOnError::Fault(format!("{e:#}")))
    }
}
