//! A network in onnxruntime.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::{Session, SessionInputValue};
use ort::value::{Outlet, TensorElementType, TensorRef, ValueType};

use super::library::Library;
use super::{OTHER_NUMBER, OTHER_OUTPUTS, Shape, self_contained, whole};

/// A network that onnxruntime has optimised. It is asked one thing after the other, by all threads that there are: two looks at once would
/// want a copy of it each.
pub(super) struct Network {
    session: Mutex<Session>,
    inputs: Vec<Shape>,
    outputs: Vec<Shape>,
}

impl Network {
    /// The network of these bytes; an error says what is wrong with it.
    pub(super) fn prepare(
        library: &Library,
        bytes: &[u8],
        inputs: &[Shape],
        outputs: &[Shape],
    ) -> Result<Self, String> {
        self_contained::check(bytes)?;
        let session = session(&library.environment, bytes).map_err(|error| told(&error))?;
        if session.inputs().len() != inputs.len() || session.outputs().len() < outputs.len() {
            return Err(OTHER_NUMBER.to_owned());
        }
        let all_fit = |outlets: &[Outlet], shapes: &[Shape]| -> Option<bool> {
            let mut outlets = outlets.iter().zip(shapes);
            outlets.try_fold(true, |all, (outlet, shape)| {
                Some(fit(outlet, *shape)? && all)
            })
        };
        let other_inputs = "its inputs have other shapes than its manifest says";
        all_fit(session.inputs(), inputs).ok_or(other_inputs)?;
        let are_known = all_fit(session.outputs(), outputs).ok_or(OTHER_OUTPUTS)?;
        let network = Self {
            session: Mutex::new(session),
            inputs: inputs.to_vec(),
            outputs: outputs.to_vec(),
        };
        if !are_known {
            // It names its sizes, and does not say them: an answer shows them before somebody waits for one.
            let zeros = inputs
                .iter()
                .map(|shape| vec![0.0; shape.iter().product()])
                .collect::<Vec<_>>();
            network.ask(&zeros, |_, _| Ok(()))?;
        }
        Ok(network)
    }

    /// Its outputs for these inputs.
    pub(super) fn run(&self, inputs: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, String> {
        // `ort` asserts that the library keeps its promises.
        catch_unwind(AssertUnwindSafe(|| self.ask(inputs, whole)))
            .unwrap_or_else(|_| Err("onnxruntime gave no answer".to_owned()))
    }

    /// What `read` makes of each output.
    fn ask<T>(
        &self,
        inputs: &[Vec<f32>],
        read: impl Fn(&[f32], Shape) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let values = self.inputs.iter().zip(inputs);
        let values = values
            .map(|(shape, values)| {
                let value = TensorRef::from_array_view((*shape, values.as_slice()))?;
                Ok(SessionInputValue::from(value))
            })
            .collect::<ort::Result<Vec<_>>>()
            .map_err(|error| told(&error))?;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = session
            .run(values.as_slice())
            .map_err(|error| told(&error))?;
        if answer.len() < self.outputs.len() {
            return Err(OTHER_NUMBER.to_owned());
        }
        let outputs = answer.values().zip(&self.outputs);
        outputs
            .map(|(value, wanted)| {
                let (shape, values) = value
                    .try_extract_tensor::<f32>()
                    .map_err(|error| told(&error))?;
                if is(shape, *wanted) {
                    read(values, *wanted)
                } else {
                    Err(OTHER_OUTPUTS.to_owned())
                }
            })
            .collect()
    }
}

fn session(environment: &Environment, bytes: &[u8]) -> ort::Result<Session> {
    Session::builder(environment)?
        .with_log_level(LogLevel::Warning)?
        // Its other format brings instructions for rewriting the graph along.
        .with_config_entry("session.load_model_format", "ONNX")?
        .commit_from_memory(bytes)
}

fn told(error: &ort::Error) -> String {
    error.to_string()
}

/// Whether an input or output has this shape; none where it has another, or holds other things than numbers of 32 bits; false where it leaves
/// some of its sizes open.
fn fit(outlet: &Outlet, wanted: Shape) -> Option<bool> {
    let ValueType::Tensor { ty, shape, .. } = outlet.dtype() else {
        return None;
    };
    if *ty != TensorElementType::Float32 {
        return None;
    }
    // Of a shape that nobody could infer not even the length is known.
    if shape.is_empty() {
        return Some(false);
    }
    let same = |(told, wanted): (&i64, &usize)| *told < 0 || is_side(*told, *wanted);
    let fits = shape.len() == wanted.len() && shape.iter().zip(&wanted).all(same);
    fits.then(|| shape.iter().all(|side| *side >= 0))
}

fn is(shape: &[i64], wanted: Shape) -> bool {
    let mut sides = shape.iter().zip(&wanted);
    shape.len() == wanted.len() && sides.all(|(told, wanted)| is_side(*told, *wanted))
}

fn is_side(told: i64, wanted: usize) -> bool {
    usize::try_from(told).is_ok_and(|told| told == wanted)
}
