//! Asks a pack's networks the questions whose answers its manifest holds: whether they see here what they saw where they
//! were made.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::error::LoadError;
use super::generator::Generator;
use super::pack::{Channels, GARMENT, Network, PERSON, Pack};
use super::plane_network::PlaneNetwork;
use super::raster::Plane;
use super::runner::Runtime;

#[derive(Deserialize)]
struct Manifest {
    person: Role,
    garment: Role,
    settling: Option<Told>,
    harmoniser: Option<Told>,
}

/// A network that is told planes.
#[derive(Deserialize)]
struct Told {
    self_test: Means,
}

/// What a network makes of numbers that a rule gives.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Means {
    tolerance: f32,
    /// The mean of each plane of the answer.
    means: Vec<f32>,
}

impl Means {
    /// How far the means `of` a network's planes are from these.
    pub(super) fn compare(
        &self,
        network: &'static str,
        of: &'static str,
        found: &[f32],
    ) -> Result<SelfTestReport, LoadError> {
        if found.len() != self.means.len() {
            return Err(LoadError::Manifest(format!(
                "its self-test of {network} needs {} means",
                found.len()
            )));
        }
        let apart = found.iter().zip(&self.means).map(|(a, b)| (a - b).abs());
        Ok(SelfTestReport {
            network,
            differences: vec![Difference {
                of,
                most: apart.fold(0.0, f32::max),
                allowed: self.tolerance,
            }],
        })
    }
}

#[derive(Deserialize)]
struct Role {
    self_test: SelfTest,
}

#[derive(Deserialize)]
struct SelfTest {
    /// A picture of the input's size.
    image: String,
    pixel_tolerance: f32,
    keypoint_tolerance: f32,
    /// Pixels of each class in the argmax of the parts, enlarged to the input's size.
    pixels: BTreeMap<String, u32>,
    /// The centre of each visible keypoint's highest cell.
    keypoints: BTreeMap<String, [f32; 2]>,
}

/// What a network's self-test found.
#[derive(Clone, Debug)]
pub struct SelfTestReport {
    /// `person`, `garment`, `settling` or `harmoniser`; `generator`, `encoder`, `denoiser` or `decoder`.
    pub network: &'static str,
    /// How far its answers are from those that it gave where it was made.
    pub differences: Vec<Difference>,
}

/// How far answers are from those expected.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// Answers to what, and in which unit.
    pub of: &'static str,
    /// The largest that was found.
    pub most: f32,
    /// How large it may be.
    pub allowed: f32,
}

impl Difference {
    fn is_allowed(&self) -> bool {
        self.most <= self.allowed
    }
}

impl SelfTestReport {
    /// Whether the network answers as it did where it was made.
    pub fn passed(&self) -> bool {
        self.differences.iter().all(Difference::is_allowed)
    }

    /// An error, if it did not.
    pub(super) fn require(self) -> Result<(), LoadError> {
        match self.differences.iter().find(|d| !d.is_allowed()) {
            Some(Difference { of, most, allowed }) => Err(LoadError::SelfTest {
                network: self.network,
                apart: format!("{of} differ by {most:.3}, {allowed} allowed"),
            }),
            None => Ok(()),
        }
    }
}

/// Loads the pack in `dir`, of either kind, and asks its networks, which `runtime` runs.
pub fn self_test(dir: &Path, runtime: &Runtime) -> Result<Vec<SelfTestReport>, LoadError> {
    if Generator::is_in(dir)? {
        return Generator::load(dir, runtime)?.self_test();
    }
    Pack::load(dir, runtime)?.self_test()
}

impl Pack {
    /// Asks its networks.
    pub(super) fn self_test(&self) -> Result<Vec<SelfTestReport>, LoadError> {
        let dir = self.directory.as_path();
        let path = dir.join("pack.toml");
        let text = std::fs::read_to_string(&path).map_err(|source| LoadError::Read {
            path: path.display().to_string(),
            source,
        })?;
        let manifest: Manifest =
            toml::from_str(&text).map_err(|e| LoadError::Manifest(e.to_string()))?;
        let mut reports = vec![
            ask(dir, "person", &self.person, &PERSON, &manifest.person)?,
            ask(dir, "garment", &self.garment, &GARMENT, &manifest.garment)?,
        ];
        for (name, network) in self.plane_networks() {
            let (role, of) = match name {
                "settling" => (&manifest.settling, "moves (shoulder widths)"),
                _ => (&manifest.harmoniser, "gain (logarithm)"),
            };
            if let Some(role) = role {
                reports.push(ask_means(network, name, of, &role.self_test)?);
            }
        }
        Ok(reports)
    }
}

fn ask_means(
    network: &PlaneNetwork,
    name: &'static str,
    of: &'static str,
    test: &Means,
) -> Result<SelfTestReport, LoadError> {
    let means = network.means().map_err(|error| LoadError::Network {
        file: name.to_owned(),
        reason: error.to_string(),
    })?;
    test.compare(name, of, &means)
}

fn ask(
    dir: &Path,
    name: &'static str,
    network: &Network,
    channels: &Channels,
    role: &Role,
) -> Result<SelfTestReport, LoadError> {
    let test = &role.self_test;
    let failed = |reason: String| LoadError::Network {
        file: test.image.clone(),
        reason,
    };
    let picture = image::open(dir.join(&test.image))
        .map_err(|e| failed(e.to_string()))?
        .to_rgb8();
    let [height, width] = network.input;
    if (picture.width() as usize, picture.height() as usize) != (width, height) {
        return Err(failed("is not of the input's size".to_owned()));
    }
    let answer = network
        .look(|x, y| picture.get_pixel(x as u32, y as u32).0.map(f32::from))
        .map_err(|e| failed(e.to_string()))?;
    let areas = areas(&answer.parts, width, height);
    let pixels = channels
        .classes
        .iter()
        .zip(areas)
        .map(|(class, area)| {
            let told = test.pixels.get(*class).copied().unwrap_or(0);
            (area as f32 - told as f32).abs()
        })
        .fold(0.0, f32::max);
    let keypoints = channels
        .keypoints
        .iter()
        .zip(&answer.heat)
        .filter_map(|(name, heat)| {
            let told = test.keypoints.get(*name)?;
            let top = (0..heat.data.len())
                .max_by(|a, b| heat.data[*a].total_cmp(&heat.data[*b]))
                .unwrap_or(0);
            let cell = (width / heat.width) as f32;
            let at = [top % heat.width, top / heat.width].map(|v| (v as f32 + 0.5) * cell);
            Some((at[0] - told[0]).hypot(at[1] - told[1]))
        })
        .fold(0.0, f32::max);
    Ok(SelfTestReport {
        network: name,
        differences: vec![
            Difference {
                of: "areas (pixels)",
                most: pixels,
                allowed: test.pixel_tolerance,
            },
            Difference {
                of: "keypoints (pixels)",
                most: keypoints,
                allowed: test.keypoint_tolerance,
            },
        ],
    })
}

/// How many pixels of the input each class has.
fn areas(parts: &[Plane], width: usize, height: usize) -> Vec<u32> {
    let raised: Vec<Plane> = parts.iter().map(|p| p.resized(width, height)).collect();
    let mut areas = vec![0; parts.len()];
    for i in 0..width * height {
        let best = (0..raised.len())
            .max_by(|a, b| raised[*a].data[i].total_cmp(&raised[*b].data[i]))
            .unwrap_or(0);
        areas[best] += 1;
    }
    areas
}
