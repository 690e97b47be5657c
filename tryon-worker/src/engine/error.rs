//! Why a try-on was not made: refusals with stable codes and advice, and faults of the engine itself.

use thiserror::Error;

macro_rules! refusals {
    ($($variant:ident $code:literal $advice:literal;)*) => {
        /// What is wrong with the pictures, in words that tell the shopper how to do better.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
        pub enum Refusal {
            $(#[doc = $advice] #[error($advice)] $variant,)*
        }

        impl Refusal {
            /// The stable code of this reason.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
        }
    };
}

refusals! {
    PersonUnreadable "person-unreadable" "The photo cannot be read. Use a JPEG, PNG or WebP picture.";
    GarmentUnreadable "garment-unreadable" "The garment picture cannot be read. Use a JPEG, PNG or WebP picture.";
    PictureTooSmall "picture-too-small" "The picture is too small. Use one of at least 256 by 256 pixels.";
    NoPerson "no-person" "No person was found in the photo. Use a photo of one person, seen from the front.";
    SeveralPeople "several-people" "The photo shows more than one person. Use a photo with only one.";
    PersonTooSmall "person-too-small" "The person is too small in the photo. Step closer or crop the photo.";
    NotFrontView "not-front-view" "The person does not face the camera. Stand upright, facing it.";
    BodyPartOutOfFrame "body-part-out-of-frame" "Part of the body that the garment covers is outside the photo or behind something. Step back a little, with nothing before you.";
    ArmsCrossTorso "arms-cross-torso" "The arms cover the chest. Let them hang at the sides.";
    PoseUncertain "pose-uncertain" "The pose is hard to see. Use an evenly lit photo in front of a calm background.";
    PersonBlurred "person-blurred" "The photo is blurred. Use a sharp one: wipe the lens and hold the camera still.";
    GarmentNotFound "garment-not-found" "No garment was found in its picture. Show the whole garment on a plain background.";
    GarmentBackgroundBusy "garment-background-busy" "The garment's background is too busy. Use a picture on a plain background.";
    GarmentTouchesBorder "garment-touches-border" "The garment is cut off by the edge of its picture. Leave a margin around it.";
    GarmentShapeUnknown "garment-shape-unknown" "The garment's shape was not understood. Show it flat or worn by an invisible mannequin, from the front.";
    GarmentCategory "garment-category" "The garment is of another kind than its category says. Correct the category.";
    LegsHidden "legs-hidden" "The garment shows legs that the photo hides. Use a photo with bare legs, or a longer garment.";
    TooMuchHidden "too-much-hidden" "The clothes in the photo hide too much of what this garment shows. Use a photo in closer-fitting clothes with bare arms.";
    ResultImplausible "result-implausible" "The result did not look right and was thrown away. Try another photo.";
}

/// Why there is no result.
#[derive(Debug, Error)]
pub enum TryOnError {
    /// The pictures do not allow a good result.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The caller asked to stop.
    #[error("the try-on was stopped")]
    Stopped,
    /// The engine itself failed.
    #[error("the engine failed: {0}")]
    Fault(String),
}

/// Why the engine could not start.
#[derive(Debug, Error)]
pub enum LoadError {
    /// A file of the pack could not be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The manifest is not what this engine understands.
    #[error("the manifest is not valid: {0}")]
    Manifest(String),
    /// A file has more bytes than a pack's may have.
    #[error("{file} has more than {limit} bytes")]
    TooLarge {
        /// The file.
        file: String,
        /// Bytes at most.
        limit: u64,
    },
    /// A network differs from the one that the manifest names.
    #[error("{file} is not the file that the manifest names (sha256 {found})")]
    Digest {
        /// The file.
        file: String,
        /// Its digest.
        found: String,
    },
    /// A network could not be prepared.
    #[error("cannot prepare {file}: {reason}")]
    Network {
        /// The file.
        file: String,
        /// Why not.
        reason: String,
    },
    /// A network answers its self-test otherwise than where it was made.
    #[error("{network} fails its self-test: {apart}")]
    SelfTest {
        /// Its role.
        network: &'static str,
        /// By how much.
        apart: String,
    },
    /// A library that was named as onnxruntime cannot be used as that.
    #[error(
        "cannot run networks with {path}: {reason}. It has to be the libonnxruntime.so of a version from 1.{} on, for this processor: out of a release of \
         github.com/microsoft/onnxruntime, or out of the folder capi in the wheel onnxruntime",
        ort::MINOR_VERSION
    )]
    Runtime {
        /// The file.
        path: String,
        /// Why not.
        reason: String,
    },
}
