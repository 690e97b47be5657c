//! Whether a try-on would succeed, without making its picture; and whether any would, with a garment.

use std::ops::ControlFlow;

use super::error::{Refusal, TryOnError};
use super::garment::Garment;
use super::try_on::{Engine, Known, LONGEST, Stage, TryOnInput};
use super::{Category, CutoutFile, cutout, garment, shape};

/// As nice as a thread can be.
const LEAST_URGENT: i32 = 19;

/// Which picture has to be another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The photo of the person.
    Person,
    /// The picture of the garment.
    Garment,
    /// Each would do, but not together.
    Both,
}

/// What stands against a try-on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which picture has to be another one.
    pub subject: Subject,
    /// Why.
    pub refusal: Refusal,
}

/// What a look at a garment's picture came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// What stands against dressing anybody in it. Nothing: it depends on the photo.
    pub refusal: Option<Refusal>,
    /// The garment without its ground, if it was found, whether or not anybody can be dressed in it.
    pub cutout: Option<CutoutFile>,
}

impl Engine {
    /// All that stands against dressing this person in this garment: what each picture shows by itself and, if that is nothing, what
    /// shows when it is tried. Nothing: a try-on succeeds.
    pub fn check(&self, input: &TryOnInput<'_>) -> Result<Vec<Finding>, TryOnError> {
        let mut findings = Vec::new();
        for (subject, seen) in [
            (Subject::Person, self.look_at_person(input)),
            (Subject::Garment, self.look_at_garment(input)),
        ] {
            findings.extend(refusal(seen)?.map(|refusal| Finding { subject, refusal }));
        }
        if findings.is_empty() {
            let tried = self.try_on(input, |stage, _| match stage {
                // Everything that may refuse it is behind it.
                Stage::Mark => ControlFlow::Break(()),
                Stage::Decode
                | Stage::Parse
                | Stage::Warp
                | Stage::Relight
                | Stage::Compose
                | Stage::Verify
                | Stage::Encode => ControlFlow::Continue(()),
            });
            let subject = Subject::Both;
            findings.extend(refusal(tried.map(drop))?.map(|refusal| Finding { subject, refusal }));
        }
        Ok(findings)
    }

    /// What its own picture shows of a garment: whether anybody can be dressed in it, and the garment itself.
    ///
    /// On one thread, which gives way to all others of this machine; and what is remembered for try-ons stays as it was, so that looking
    /// at a whole catalogue drives nothing out of memory.
    pub fn look(&self, garment: &[u8], category: Category) -> Result<Look, TryOnError> {
        let aside = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .start_handler(|_| {
                // Where the system does not allow it, a look is as urgent as a try-on, and as short as before.
                let _ = rustix::process::setpriority_process(None, LEAST_URGENT);
            })
            .build()
            .map_err(|error| TryOnError::Fault(error.to_string()))?;
        let input = TryOnInput {
            person: &[],
            garment,
            category,
        };
        let seen = |garment: &Garment| {
            let shape = shape::measure(garment, category).map(drop);
            Ok(Look {
                refusal: refusal(shape.map_err(TryOnError::from))?,
                cutout: cutout::encode(&garment.cutout)?,
            })
        };
        let looked = aside.install(|| match self.known_garment(&input)? {
            Known::Digest(garment) => seen(&garment),
            Known::Picture(_, picture) => seen(&garment::examine(&self.pack.garment, &picture)?),
        });
        match looked {
            Err(TryOnError::Refused(refusal)) => Ok(Look {
                refusal: Some(refusal),
                cutout: None,
            }),
            looked => looked,
        }
    }

    fn look_at_person(&self, input: &TryOnInput<'_>) -> Result<(), TryOnError> {
        self.pool.install(|| {
            let known = self.known_person(LONGEST, input)?;
            self.person(known, input.category).map(drop)
        })
    }

    fn look_at_garment(&self, input: &TryOnInput<'_>) -> Result<(), TryOnError> {
        self.pool.install(|| {
            let garment = self.garment(self.known_garment(input)?)?;
            Ok(shape::measure(&garment, input.category).map(drop)?)
        })
    }
}

/// The refusal among these outcomes, if it is one. Stopping was our own doing.
fn refusal(outcome: Result<(), TryOnError>) -> Result<Option<Refusal>, TryOnError> {
    match outcome {
        Ok(()) | Err(TryOnError::Stopped) => Ok(None),
        Err(TryOnError::Refused(refusal)) => Ok(Some(refusal)),
        Err(fault @ TryOnError::Fault(_)) => Err(fault),
    }
}
