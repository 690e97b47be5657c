//! Asks a pack's networks the questions whose answers its manifest holds: whether they see here what they saw where they
//! were made.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::error::LoadError;
use super::pack::{Channels, GARMENT, Network, PERSON, Pack};
use super::raster::Plane;

#[derive(Deserialize)]
struct Manifest {
    person: Role,
    garment: Role,
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
    /// `person` or `garment`.
    pub network: &'static str,
    /// The largest difference of a class's area, in pixels, and how much is allowed.
    pub pixels: (f32, f32),
    /// The largest distance of a keypoint from its place, in pixels, and how much is allowed.
    pub keypoints: (f32, f32),
}

impl SelfTestReport {
    /// Whether the network answers as it did where it was made.
    pub fn passed(&self) -> bool {
        self.pixels.0 <= self.pixels.1 && self.keypoints.0 <= self.keypoints.1
    }
}

/// Loads the pack in `dir` and asks both of its networks.
pub fn self_test(dir: &Path) -> Result<Vec<SelfTestReport>, LoadError> {
    let pack = Pack::load(dir)?;
    let path = dir.join("pack.toml");
    let text = std::fs::read_to_string(&path).map_err(|source| LoadError::Read {
        path: path.display().to_string(),
        source,
    })?;
    let manifest: Manifest =
        toml::from_str(&text).map_err(|e| LoadError::Manifest(e.to_string()))?;
    Ok(vec![
        ask(dir, "person", &pack.person, &PERSON, &manifest.person)?,
        ask(dir, "garment", &pack.garment, &GARMENT, &manifest.garment)?,
    ])
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
        pixels: (pixels, test.pixel_tolerance),
        keypoints: (keypoints, test.keypoint_tolerance),
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
