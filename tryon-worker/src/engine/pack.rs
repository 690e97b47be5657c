//! Loads a model pack: only the files that its manifest names, and only when their digests agree.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::error::{LoadError, TryOnError};
use super::light::Harmoniser;
use super::plane_network::{self, PlaneNetwork};
use super::raster::{Plane, Rgb};
use super::runner::{Runner, Runtime};
use super::warp::Settling;

/// Bytes of a manifest at most.
const LARGEST_MANIFEST: u64 = 64 << 10;

/// Bytes of a network's file at most.
const LARGEST_NETWORK: u64 = 512 << 20;

/// Rows and columns of inputs and outputs at most: with the channels that are known, what is set aside for one stays under half a GiB.
pub(super) const LONGEST_SIDE: usize = 2048;

#[derive(Deserialize)]
struct Manifest {
    person: Role,
    garment: Role,
    settling: Option<plane_network::Role>,
    harmoniser: Option<plane_network::Role>,
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

/// Where a pack comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SPDX expression of the weights' licence.
    pub licence: String,
    /// SHA-256 of its manifest, which names the digests of its files.
    pub sha256: String,
}

impl std::fmt::Display for Provenance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// The pack's networks.
pub(crate) struct Pack {
    /// Where its files are.
    pub(super) directory: PathBuf,
    pub(crate) provenance: Provenance,
    /// Parts and joints of a person.
    pub(crate) person: Network,
    /// Pieces and landmarks of a garment.
    pub(crate) garment: Network,
    /// How far cloth hangs from where geometry lays it; without it, geometry has the last word.
    pub(crate) settling: Option<Settling>,
    /// How light cloth is in a photo's light; without it, it is as light as in its own picture.
    pub(crate) harmoniser: Option<Harmoniser>,
}

/// A network that labels the pixels of a picture and finds points in it.
pub(crate) struct Network {
    runner: Runner,
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
    /// Loads the pack in `dir` by its manifest; `runtime` runs its networks.
    pub(crate) fn load(dir: &Path, runtime: &Runtime) -> Result<Self, LoadError> {
        let (provenance, manifest) = manifest::<Manifest>(dir)?;
        Ok(Self {
            directory: dir.to_owned(),
            provenance,
            person: Network::load(dir, &manifest.person, &PERSON, runtime)?,
            garment: Network::load(dir, &manifest.garment, &GARMENT, runtime)?,
            settling: manifest
                .settling
                .map(|role| Settling::load(dir, &role, runtime))
                .transpose()?,
            harmoniser: manifest
                .harmoniser
                .map(|role| Harmoniser::load(dir, &role, runtime))
                .transpose()?,
        })
    }

    /// The networks that are told planes, by their role.
    pub(crate) fn plane_networks(&self) -> Vec<(&'static str, &PlaneNetwork)> {
        let settling = self.settling.as_ref().map(|s| ("settling", &s.network));
        let harmoniser = self.harmoniser.as_ref().map(|h| ("harmoniser", &h.network));
        settling.into_iter().chain(harmoniser).collect()
    }
}

/// What the manifest of the pack in `dir` says: where it comes from, and `T`.
pub(super) fn manifest<T: DeserializeOwned>(dir: &Path) -> Result<(Provenance, T), LoadError> {
    #[derive(Deserialize)]
    struct Own {
        name: String,
        version: String,
        licence: String,
    }
    let invalid = |e: &dyn std::fmt::Display| LoadError::Manifest(e.to_string());
    let bytes = read(dir, "pack.toml", LARGEST_MANIFEST)?;
    let text = str::from_utf8(&bytes).map_err(|e| invalid(&e))?;
    let own: Own = toml::from_str(text).map_err(|e| invalid(&e))?;
    for (field, value) in [
        ("name", &own.name),
        ("version", &own.version),
        ("licence", &own.licence),
    ] {
        // It is written into every result's event.
        if value.trim().is_empty() || value.len() > 64 || value.chars().any(char::is_control) {
            return Err(LoadError::Manifest(format!(
                "its {field} is empty, longer than 64 bytes, or no plain text"
            )));
        }
    }
    let provenance = Provenance {
        name: own.name,
        version: own.version,
        licence: own.licence,
        sha256: hex::encode(Sha256::digest(&bytes)),
    };
    Ok((provenance, toml::from_str(text).map_err(|e| invalid(&e))?))
}

/// A network's file of the pack in `dir`, whose digest is `sha256`.
pub(super) fn verified(dir: &Path, file: &str, sha256: &str) -> Result<Vec<u8>, LoadError> {
    if file.contains(['/', '\\']) || file.starts_with('.') {
        return Err(LoadError::Manifest(format!(
            "{file:?} is not a plain file name"
        )));
    }
    let bytes = read(dir, file, LARGEST_NETWORK)?;
    let found = hex::encode(Sha256::digest(&bytes));
    if found != sha256 {
        return Err(LoadError::Digest {
            file: file.to_owned(),
            found,
        });
    }
    Ok(bytes)
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
    fn load(
        dir: &Path,
        role: &Role,
        channels: &Channels,
        runtime: &Runtime,
    ) -> Result<Self, LoadError> {
        let bytes = verified(dir, &role.file, &role.sha256)?;
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
        let runner = Runner::prepare(runtime, &role.file, &bytes, &[role.input.shape], &shapes)?;
        Ok(Self {
            runner,
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
        let answer = self.runner.run(&[values])?;
        let planes = |values: &[f32], [_, height, width]: [usize; 3]| -> Vec<Plane> {
            values
                .chunks_exact(height * width)
                .map(|data| Plane {
                    width,
                    height,
                    data: data.to_vec(),
                })
                .collect()
        };
        Ok(Answer {
            parts: softmax(planes(&answer[0], self.parts)),
            heat: planes(&answer[1], self.keypoints)
                .iter()
                .map(sigmoid)
                .collect(),
        })
    }

    /// How long one look takes, at a picture of one grey.
    pub(crate) fn time(&self) -> Result<Duration, TryOnError> {
        let [height, width] = self.input;
        let grey = vec![0.0; 3 * height * width];
        let since = Instant::now();
        self.runner.run(&[grey])?;
        Ok(since.elapsed())
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
