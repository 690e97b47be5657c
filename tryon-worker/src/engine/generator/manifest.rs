//! What a pack says of a network that makes the picture.

use serde::Deserialize;

use super::super::Category;
use super::super::error::LoadError;
use super::super::pack::LONGEST_SIDE;
use super::super::runner::Shape;

/// A pack with such a network.
#[derive(Deserialize)]
pub(super) struct Manifest {
    /// What the weights were made from.
    pub(super) training_data: String,
    pub(super) generator: Role,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Role {
    pub(super) file: String,
    pub(super) sha256: String,
    /// `tops`, `bottoms`, `dresses`, `outerwear`: what it was made for.
    pub(super) categories: Vec<String>,
    /// In the order of the graph's inputs.
    pub(super) inputs: Vec<Input>,
    /// In the order of the graph's outputs.
    pub(super) outputs: Vec<Output>,
}

/// One input: `value = byte * scale + offset`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    pub(super) role: Seen,
    pub(super) shape: Shape,
    pub(super) scale: f32,
    pub(super) offset: f32,
}

/// What a network may be shown.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Seen {
    /// The photo.
    Person,
    /// The photo with grey where the picture may change.
    Agnostic,
    /// The garment on white.
    Garment,
    /// Where the garment is in its picture, 0 or 255.
    GarmentMask,
    /// Where the photo may change, 0 to 255.
    Region,
}

impl Seen {
    fn channels(self) -> usize {
        match self {
            Self::Person | Self::Agnostic | Self::Garment => 3,
            Self::GarmentMask | Self::Region => 1,
        }
    }
}

/// One output: `byte = (value - offset) / scale` of a picture; a flow and its coverage are as they are.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Output {
    pub(super) role: Made,
    pub(super) shape: Shape,
    #[serde(default = "one")]
    pub(super) scale: f32,
    #[serde(default)]
    pub(super) offset: f32,
}

fn one() -> f32 {
    1.0
}

/// What a network may make.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Made {
    /// The finished picture.
    Picture,
    /// For each place of the photo the place of the garment picture that belongs there, across and down: -1 and 1 are its edges.
    Flow,
    /// How much of each place of the photo the garment covers, 0 to 1.
    Coverage,
}

impl Made {
    fn channels(self) -> usize {
        match self {
            Self::Picture => 3,
            Self::Flow => 2,
            Self::Coverage => 1,
        }
    }
}

impl Role {
    /// The categories, if all is as it has to be.
    pub(super) fn check(&self) -> Result<Vec<Category>, LoadError> {
        let refuse = |why: &str| Err(LoadError::Manifest(format!("the generator's {why}")));
        let fits = |shape: &Shape, channels: usize| {
            let sides = &shape[2..];
            shape[..2] == [1, channels]
                && sides.iter().all(|side| (1..=LONGEST_SIDE).contains(side))
        };
        let mut inputs = self.inputs.iter();
        if self.inputs.is_empty() || !inputs.all(|i| fits(&i.shape, i.role.channels())) {
            return refuse("inputs are not [1, channels of their role, rows, columns]");
        }
        let mut outputs = self.outputs.iter();
        if !outputs.all(|o| fits(&o.shape, o.role.channels())) {
            return refuse("outputs are not [1, channels of their role, rows, columns]");
        }
        let roles: Vec<Made> = self.outputs.iter().map(|output| output.role).collect();
        if roles != [Made::Picture] && roles != [Made::Flow, Made::Coverage] {
            return refuse("outputs are neither a picture nor a flow and its coverage");
        }
        let mut numbers = self.inputs.iter().map(|i| [i.scale, i.offset]);
        let own = self.outputs.iter().map(|o| [o.scale, o.offset]);
        if !numbers.all(|n| n.iter().all(|v| v.is_finite()))
            || !own
                .into_iter()
                .all(|[scale, offset]| scale.is_normal() && offset.is_finite())
        {
            return refuse("scales and offsets are no numbers to work with");
        }
        let categories: Result<Vec<Category>, _> =
            self.categories.iter().map(|name| name.parse()).collect();
        match categories {
            Ok(categories) if !categories.is_empty() => Ok(categories),
            _ => refuse("categories are not among tops, bottoms, dresses and outerwear"),
        }
    }
}
