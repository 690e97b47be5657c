//! Loads a model pack: only the files that its manifest names, and only when their digests agree.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use tract_onnx::prelude::*;

use super::error::{LoadError, TryOnError};
use super::raster::{Plane, Rgb};

type Runnable = Arc<TypedRunnableModel>;

/// Bytes of a manifest at most.
const LARGEST_MANIFEST: u64 = 64 << 10;

/// Bytes of a network's file at most.
const LARGEST_NETWORK: u64 = 512 << 20;

/// Rows and columns of inputs and outputs at most: with the channels that are known, what is set aside for one stays under half a GiB.
const LONGEST_SIDE: usize = 2048;

#[derive(Deserialize)]
struct Manifest {
    name: String,
    version: String,
    person: Role,
    garment: Role,
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

/// The pack's identity and its networks.
pub(crate) struct Pack {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Parts and joints of a person.
    pub(crate) person: Network,
    /// Pieces and landmarks of a garment.
    pub(crate) garment: Network,
}

/// A network that labels the pixels of a picture and finds points in it.
pub(crate) struct Network {
    runnable: Runnable,
    scale: f32,
    offset: f32,
    /// Rows, columns of the network's input.
    pub(crate) input: [usize; 2],
    /// Channels, rows, columns of the outputs.
    parts: [usize; 3],
    keypoints: [usize; 3],
}

/// A network's answer: per class the probability (classes add up to one), per keypoint its heat map (0..=1).
pub(crate) struct Answer {
    pub(crate) parts: Vec<Plane>,
    pub(crate) heat: Vec<Plane>,
}

/// The channel orders that the engine relies on.
pub(crate) const PERSON: Channels = Channels {
    classes: &[
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
    ],
    keypoints: &[
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
    ],
};
pub(crate) const GARMENT: Channels = Channels {
    classes: &[
        "background",
        "body",
        "left_sleeve",
        "right_sleeve",
        "inside",
        "collar",
        "hood",
        "left_leg",
        "right_leg",
        "strap",
    ],
    keypoints: &[
        "neck_left",
        "neck_right",
        "collar_centre",
        "shoulder_left",
        "shoulder_right",
        "armpit_left",
        "armpit_right",
        "outer_cuff_left",
        "outer_cuff_right",
        "inner_cuff_left",
        "inner_cuff_right",
        "waist_left",
        "waist_right",
        "hem_left",
        "hem_right",
        "hem_centre",
        "crotch",
        "inner_hem_left",
        "inner_hem_right",
    ],
};

/// The names of a network's channels, in order.
pub(crate) struct Channels {
    pub(crate) classes: &'static [&'static str],
    pub(crate) keypoints: &'static [&'static str],
}

impl Pack {
    /// Loads the pack in `dir` by its manifest.
    pub(crate) fn load(dir: &Path) -> Result<Self, LoadError> {
        let text = String::from_utf8(read(dir, "pack.toml", LARGEST_MANIFEST)?)
            .map_err(|e| LoadError::Manifest(e.to_string()))?;
        let manifest: Manifest =
            toml::from_str(&text).map_err(|e| LoadError::Manifest(e.to_string()))?;
        Ok(Self {
            name: manifest.name,
            version: manifest.version,
            person: Network::load(dir, manifest.person, &PERSON)?,
            garment: Network::load(dir, manifest.garment, &GARMENT)?,
        })
    }
}

/// A file of the pack that has no more bytes than this.
fn read(dir: &Path, name: &str, limit: u64) -> Result<Vec<u8>, LoadError> {
    let path = dir.join(name);
    let file = std::fs::File::open(&path);
    let mut bytes = Vec::new();
    let read = file.and_then(|file| file.take(limit + 1).read_to_end(&mut bytes));
    read.map_err(|source| LoadError::Read {
        path: path.display().to_string(),
        source,
    })?;
    if bytes.len() as u64 > limit {
        return Err(LoadError::TooLarge {
            file: name.to_owned(),
            limit,
        });
    }
    Ok(bytes)
}

impl Network {
    fn load(dir: &Path, role: Role, channels: &Channels) -> Result<Self, LoadError> {
        if role.file.contains(['/', '\\']) || role.file.starts_with('.') {
            return Err(LoadError::Manifest(format!(
                "{:?} is not a plain file name",
                role.file
            )));
        }
        let bytes = read(dir, &role.file, LARGEST_NETWORK)?;
        let found = hex::encode(Sha256::digest(&bytes));
        if found != role.sha256 {
            return Err(LoadError::Digest {
                file: role.file,
                found,
            });
        }
        let [parts, keypoints, ..] = role.outputs.as_slice() else {
            return Err(LoadError::Manifest(format!(
                "{} needs two outputs",
                role.file
            )));
        };
        if parts.name != "parts"
            || parts.classes != channels.classes
            || keypoints.keypoints != channels.keypoints
        {
            return Err(LoadError::Manifest(format!(
                "the classes or keypoints of {} are not the known ones",
                role.file
            )));
        }
        let sides = |shape: &[usize; 4]| {
            let [_, _, height, width] = *shape;
            (1..=LONGEST_SIDE).contains(&height) && (1..=LONGEST_SIDE).contains(&width)
        };
        let wanted = [channels.classes.len(), channels.keypoints.len()];
        let shapes = [parts.shape, keypoints.shape];
        let sound = role.input.shape[..2] == [1, 3]
            && sides(&role.input.shape)
            && shapes
                .iter()
                .zip(wanted)
                .all(|(shape, channels)| shape[..2] == [1, channels] && sides(shape));
        if !sound {
            return Err(LoadError::Manifest(format!(
                "the shapes of {} are not [1, channels, rows, columns] of at most {LONGEST_SIDE} each",
                role.file
            )));
        }
        let runnable =
            prepare(&bytes, role.input.shape, &shapes).map_err(|reason| LoadError::Network {
                file: role.file.clone(),
                reason,
            })?;
        Ok(Self {
            runnable,
            scale: role.input.scale,
            offset: role.input.offset,
            input: [role.input.shape[2], role.input.shape[3]],
            parts: [parts.shape[1], parts.shape[2], parts.shape[3]],
            keypoints: [keypoints.shape[1], keypoints.shape[2], keypoints.shape[3]],
        })
    }

    /// Looks at `pixel(x, y)` (0..=255) at the input size.
    pub(crate) fn look(&self, pixel: impl Fn(usize, usize) -> Rgb) -> Result<Answer, TryOnError> {
        let [height, width] = self.input;
        let mut values = vec![0.0_f32; 3 * height * width];
        for y in 0..height {
            for x in 0..width {
                for (channel, value) in pixel(x, y).into_iter().enumerate() {
                    values[(channel * height + y) * width + x] = value * self.scale + self.offset;
                }
            }
        }
        let run = || -> TractResult<Answer> {
            let input = Tensor::from_shape(&[1, 3, height, width], &values)?;
            let answer = self.runnable.run(tvec!(input.into_tvalue()))?;
            let read = |index: usize, shape: [usize; 3]| -> TractResult<Vec<Plane>> {
                let values = answer[index].try_as_plain_ram()?.as_slice::<f32>()?;
                let [channels, height, width] = shape;
                if values.len() != channels * height * width
                    || values.iter().any(|v| !v.is_finite())
                {
                    return Err(TractError::msg(
                        "the network answered with other numbers than its manifest says",
                    ));
                }
                Ok(values
                    .chunks_exact(height * width)
                    .map(|data| Plane {
                        width,
                        height,
                        data: data.to_vec(),
                    })
                    .collect())
            };
            Ok(Answer {
                parts: softmax(read(0, self.parts)?),
                heat: read(1, self.keypoints)?.iter().map(sigmoid).collect(),
            })
        };
        run().map_err(|e| TryOnError::Fault(format!("{e:#}")))
    }
}

impl Network {
    /// How long one look takes, at a picture of one grey.
    pub(crate) fn time(&self) -> Result<Duration, TryOnError> {
        let [height, width] = self.input;
        let run = || -> TractResult<Duration> {
            let input = Tensor::zero::<f32>(&[1, 3, height, width])?.into_tvalue();
            let since = Instant::now();
            self.runnable.run(tvec!(input))?;
            Ok(since.elapsed())
        };
        run().map_err(|e| TryOnError::Fault(format!("{e:#}")))
    }
}

/// What runs the network; or why it cannot.
fn prepare(bytes: &[u8], input: [usize; 4], outputs: &[[usize; 4]]) -> Result<Runnable, String> {
    let prepare = || -> TractResult<Runnable> {
        let model = tract_onnx::onnx()
            .model_for_read(&mut &*bytes)?
            .with_input_fact(0, f32::fact(input).into())?
            .into_optimized()?;
        for (index, wanted) in outputs.iter().enumerate() {
            let known = (index < model.outputs.len()).then(|| model.output_fact(index));
            let shape = known.transpose()?.and_then(|fact| fact.shape.as_concrete());
            if shape != Some(&wanted[..]) {
                let other = TractError::msg("its outputs have other shapes than its manifest says");
                return Err(other);
            }
        }
        model.into_runnable()
    };
    // tract asserts here and there that a network is a sound one. Nothing of it is kept.
    match catch_unwind(AssertUnwindSafe(prepare)) {
        Ok(Ok(runnable)) => Ok(runnable),
        Ok(Err(error)) => Err(format!("{error:#}")),
        Err(_) => Err("its nodes do not fit together".to_owned()),
    }
}

fn softmax(mut logits: Vec<Plane>) -> Vec<Plane> {
    for i in 0..logits[0].data.len() {
        let top = logits.iter().map(|p| p.data[i]).fold(f32::MIN, f32::max);
        let sum: f32 = logits.iter().map(|p| (p.data[i] - top).exp()).sum();
        for plane in &mut logits {
            plane.data[i] = (plane.data[i] - top).exp() / sum;
        }
    }
    logits
}

fn sigmoid(logits: &Plane) -> Plane {
    logits.map(|v| 1.0 / (1.0 + (-v).exp()))
}
