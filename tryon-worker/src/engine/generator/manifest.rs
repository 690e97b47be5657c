//! What a pack says of networks that make the picture.

use serde::Deserialize;

use super::super::Category;
use super::super::error::LoadError;
use super::super::pack::LONGEST_SIDE;
use super::super::runner::Shape;
use super::super::self_test::Means;
use super::levels::{Levels, Predicted};

/// Channels of what networks hand to each other at most.
const MOST_CHANNELS: usize = 256;
/// Steps at most: what somebody waits for.
const MOST_STEPS: usize = 100;

/// A pack with such networks: one that is asked once, or some that are asked step by step.
#[derive(Deserialize)]
pub(super) struct Manifest {
    /// What the weights were made from.
    #[serde(default)]
    pub(super) training_data: String,
    pub(super) generator: Option<Once>,
    pub(super) diffusion: Option<Diffusion>,
}

/// One network that makes the picture, or the flow, at once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Once {
    pub(super) file: String,
    pub(super) sha256: String,
    /// `tops`, `bottoms`, `dresses`, `outerwear`: what it was made for.
    categories: Vec<String>,
    pub(super) inputs: Vec<Input>,
    pub(super) outputs: Vec<Output>,
    pub(super) self_test: Option<Means>,
}

/// Networks that take noise away from a sample until it is a picture.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Diffusion {
    /// As of [`Once`].
    categories: Vec<String>,
    /// How much noise there is at which time.
    pub(super) levels: Levels,
    /// What the denoiser says of a noisy sample.
    pub(super) predicts: Predicted,
    /// How often the denoiser is asked.
    pub(super) steps: usize,
    /// How often it is asked when the result is wanted fast; as often as otherwise, if it is not said.
    pub(super) fast_steps: Option<usize>,
    /// How far to go from what the denoiser says without its dropped inputs to what it says with them (classifier-free guidance).
    #[serde(default = "one")]
    pub(super) guidance: f32,
    /// Asked once, in this order, of what the denoiser and the decoder are told.
    #[serde(default)]
    pub(super) encoders: Vec<Network>,
    pub(super) denoiser: Network,
    /// Makes the picture of the clean sample.
    pub(super) decoder: Network,
}

/// One of several networks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Network {
    pub(super) file: String,
    pub(super) sha256: String,
    /// In the order of the graph's inputs.
    pub(super) inputs: Vec<Input>,
    /// In the order of the graph's outputs.
    pub(super) outputs: Vec<Output>,
    pub(super) self_test: Option<Means>,
}

/// One input. Of a picture it is `byte * scale + offset`.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    pub(super) role: Told,
    /// Which encoder's output, of an encoded one.
    #[serde(default)]
    pub(super) name: String,
    pub(super) shape: Shape,
    #[serde(default = "one")]
    pub(super) scale: f32,
    #[serde(default)]
    pub(super) offset: f32,
    /// Whether a denoiser that is guided is asked once more with zeros in its place.
    #[serde(default)]
    pub(super) dropped: bool,
}

/// What a network may be told.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Told {
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
    /// What an encoder made.
    Encoded,
    /// The sample as it is so far; the clean one, of a decoder.
    Sample,
    /// When that is, as the levels count.
    Time,
}

impl Told {
    /// The channels of what is shown of the pictures.
    pub(super) fn channels(self) -> Option<usize> {
        match self {
            Self::Person | Self::Agnostic | Self::Garment => Some(3),
            Self::GarmentMask | Self::Region => Some(1),
            Self::Encoded | Self::Sample | Self::Time => None,
        }
    }
}

/// One output: `byte = (value - offset) / scale` of a picture; all else is as it is.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct Output {
    pub(super) role: Made,
    /// What an encoder's output is called.
    #[serde(default)]
    pub(super) name: String,
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
    /// What other networks are told.
    Encoded,
    /// What a denoiser says of the sample.
    Prediction,
}

impl Made {
    fn channels(self) -> Option<usize> {
        match self {
            Self::Picture => Some(3),
            Self::Flow => Some(2),
            Self::Coverage => Some(1),
            Self::Encoded | Self::Prediction => None,
        }
    }
}

impl Once {
    /// The categories, if all is as it has to be.
    pub(super) fn check(&self) -> Result<Vec<Category>, LoadError> {
        let who = "the generator";
        check_inputs(who, &self.inputs, |told| told.channels().is_some())?;
        check_outputs(who, &self.outputs)?;
        if roles(&self.outputs) != [Made::Picture]
            && roles(&self.outputs) != [Made::Flow, Made::Coverage]
        {
            return refuse(
                who,
                "outputs are neither a picture nor a flow and its coverage",
            );
        }
        categories(who, &self.categories)
    }
}

impl Diffusion {
    /// The categories, if all is as it has to be.
    pub(super) fn check(&self) -> Result<Vec<Category>, LoadError> {
        let mut encoded: Vec<(&str, Shape)> = Vec::new();
        for encoder in &self.encoders {
            let who = "an encoder";
            let is_shown = |told: Told| told.channels().is_some() || told == Told::Encoded;
            check_network(who, encoder, &encoded, is_shown)?;
            for output in &encoder.outputs {
                let is_named = !output.name.is_empty() && output.role == Made::Encoded;
                if !is_named || encoded.iter().any(|(name, _)| *name == output.name) {
                    return refuse(who, "outputs are not encoded ones of different names");
                }
                encoded.push((&output.name, output.shape));
            }
        }
        check_network("the denoiser", &self.denoiser, &encoded, |_| true)?;
        let sample = self.sample()?;
        if roles(&self.denoiser.outputs) != [Made::Prediction]
            || self.denoiser.outputs[0].shape != sample
        {
            let why = "output is not one prediction of the sample's shape";
            return refuse("the denoiser", why);
        }
        check_network("the decoder", &self.decoder, &encoded, |t| t != Told::Time)?;
        if roles(&self.decoder.outputs) != [Made::Picture] {
            return refuse("the decoder", "output is not a picture");
        }
        for (who, network) in [
            ("the denoiser", &self.denoiser),
            ("the decoder", &self.decoder),
        ] {
            let mut inputs = network.inputs.iter();
            if inputs.any(|input| input.role == Told::Sample && input.shape != sample) {
                return refuse(who, "samples have other shapes than the first");
            }
        }
        let who = "the diffusion";
        let steps = 1..=MOST_STEPS;
        if !steps.contains(&self.steps) || !self.fast_steps.is_none_or(|s| steps.contains(&s)) {
            return refuse(who, &format!("steps are not 1 to {MOST_STEPS}"));
        }
        if !(0.0..=30.0).contains(&self.guidance) {
            return refuse(who, "guidance is not 0 to 30");
        }
        self.levels.check(self.predicts)?;
        categories(who, &self.categories)
    }

    /// The shape of the sample.
    pub(super) fn sample(&self) -> Result<Shape, LoadError> {
        let mut inputs = self.denoiser.inputs.iter();
        match inputs.find(|input| input.role == Told::Sample) {
            Some(input) => Ok(input.shape),
            None => refuse("the denoiser", "inputs have no sample"),
        }
    }
}

fn check_network(
    who: &str,
    network: &Network,
    encoded: &[(&str, Shape)],
    may_be_told: impl Fn(Told) -> bool,
) -> Result<(), LoadError> {
    check_inputs(who, &network.inputs, may_be_told)?;
    check_outputs(who, &network.outputs)?;
    let is_there = |input: &Input| encoded.contains(&(input.name.as_str(), input.shape));
    let mut named = network.inputs.iter().filter(|i| i.role == Told::Encoded);
    if !named.all(is_there) {
        return refuse(
            who,
            "encoded inputs have not the name and shape of an earlier encoder's output",
        );
    }
    Ok(())
}

fn check_inputs(
    who: &str,
    inputs: &[Input],
    may_be_told: impl Fn(Told) -> bool,
) -> Result<(), LoadError> {
    if let Some(input) = inputs.iter().find(|input| !may_be_told(input.role)) {
        return refuse(who, &format!("inputs cannot be {:?}", input.role));
    }
    let fits = |input: &Input| match input.role {
        Told::Time => input.shape == [1; 4],
        Told::Person
        | Told::Agnostic
        | Told::Garment
        | Told::GarmentMask
        | Told::Region
        | Told::Encoded
        | Told::Sample => is_sound(&input.shape, input.role.channels()),
    };
    if inputs.is_empty() || !inputs.iter().all(fits) {
        return refuse(
            who,
            "inputs are not [1, channels of their role, rows, columns]",
        );
    }
    if inputs
        .iter()
        .any(|i| !(i.scale.is_finite() && i.offset.is_finite()))
    {
        return refuse(who, NO_NUMBERS);
    }
    Ok(())
}

fn check_outputs(who: &str, outputs: &[Output]) -> Result<(), LoadError> {
    if outputs.is_empty()
        || !outputs
            .iter()
            .all(|o| is_sound(&o.shape, o.role.channels()))
    {
        return refuse(
            who,
            "outputs are not [1, channels of their role, rows, columns]",
        );
    }
    if outputs
        .iter()
        .any(|o| !(o.scale.is_normal() && o.offset.is_finite()))
    {
        return refuse(who, NO_NUMBERS);
    }
    Ok(())
}

const NO_NUMBERS: &str = "scales and offsets are no numbers to work with";

fn is_sound(shape: &Shape, channels: Option<usize>) -> bool {
    let [one, found, rows, columns] = *shape;
    let side = 1..=LONGEST_SIDE;
    one == 1
        && channels.map_or((1..=MOST_CHANNELS).contains(&found), |own| own == found)
        && side.contains(&rows)
        && side.contains(&columns)
        // What is set aside for one stays under half a GiB.
        && found * rows * columns <= LONGEST_SIDE * LONGEST_SIDE * 10
}

fn roles(outputs: &[Output]) -> Vec<Made> {
    outputs.iter().map(|output| output.role).collect()
}

fn categories(who: &str, names: &[String]) -> Result<Vec<Category>, LoadError> {
    let categories: Result<Vec<Category>, _> = names.iter().map(|name| name.parse()).collect();
    match categories {
        Ok(categories) if !categories.is_empty() => Ok(categories),
        Ok(_) | Err(_) => refuse(
            who,
            "categories are not among tops, bottoms, dresses and outerwear",
        ),
    }
}

fn refuse<T>(who: &str, why: &str) -> Result<T, LoadError> {
    Err(LoadError::Manifest(format!("{who}'s {why}")))
}
