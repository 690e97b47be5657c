//! The engine: loads a pack once, then runs try-ons through their stages.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::Digest;

use super::decode::decode;
use super::digests::{Digests, Key};
use super::error::{LoadError, Refusal, TryOnError};
use super::garment::Garment;
use super::generator::{Effort, Generator};
use super::pack::{Network, Pack, Provenance};
use super::person::{Person, Scene};
use super::raster::{Colours, Raster};
use super::runner::{Runtime, threads};
use super::self_test::SelfTestReport;
use super::warp::Dressed;
use super::{Category, compose, erase, garment, light, mark, shape, warp};

/// The steps of a try-on, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Stage {
    Decode,
    Parse,
    Warp,
    Relight,
    Compose,
    Verify,
    Mark,
    Encode,
}

impl Stage {
    /// All stages in order.
    pub const ALL: [Self; 8] = [
        Self::Decode,
        Self::Parse,
        Self::Warp,
        Self::Relight,
        Self::Compose,
        Self::Verify,
        Self::Mark,
        Self::Encode,
    ];

    /// The stage's stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Parse => "parse",
            Self::Warp => "warp",
            Self::Relight => "relight",
            Self::Compose => "compose",
            Self::Verify => "verify",
            Self::Mark => "mark",
            Self::Encode => "encode",
        }
    }

    /// The share of the work (0..=1) that is done when this stage begins.
    pub fn fraction(self) -> f32 {
        match self {
            Self::Decode => 0.0,
            Self::Parse => 0.05,
            Self::Warp => 0.5,
            Self::Relight => 0.65,
            Self::Compose => 0.75,
            Self::Verify => 0.9,
            Self::Mark => 0.93,
            Self::Encode => 0.95,
        }
    }
}

/// Encoded pictures (JPEG, PNG or WebP) and what is tried on.
pub struct TryOnInput<'a> {
    /// The photo of the person.
    pub person: &'a [u8],
    /// The picture of the garment.
    pub garment: &'a [u8],
    /// Which part of the body it is for.
    pub category: Category,
}

/// How a result is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Its longer side in pixels at most, and never more than [`LONGEST`].
    pub longest: u32,
    /// Whether networks that take steps may take fewer.
    pub fast: bool,
    /// Another number, another result, where networks draw lots; without effect where none does.
    pub seed: u32,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            longest: LONGEST,
            fast: false,
            seed: 0,
        }
    }
}

/// A finished try-on.
pub struct TryOnOutput {
    /// The picture as PNG, marked as composed by an algorithm, the photo's size (long side at most 1600 px).
    pub png: Vec<u8>,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// Per pixel, row by row: whether it may differ from the photo. All others are byte-identical.
    pub edited: Vec<bool>,
    /// Per pixel, how much of it the new garment is (0 to 255).
    pub garment: Vec<u8>,
    /// What each stage took, in milliseconds.
    pub stages: Vec<(Stage, f64)>,
}

/// What an engine is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The engine's name.
    pub engine: String,
    /// The engine's version.
    pub version: String,
    /// Loaded model packs.
    pub packs: Vec<Provenance>,
    /// The onnxruntime that runs their networks, and its version; none where tract does.
    pub onnxruntime: Option<String>,
    /// What can be tried on.
    pub categories: Vec<Category>,
}

/// A ready engine. One try-on at a time per engine is fastest: it spreads pixel work over its own small pool.
pub struct Engine {
    runtime: Runtime,
    pub(super) pack: Pack,
    generator: Option<Generator>,
    pub(super) pool: rayon::ThreadPool,
    people: Digests<Person>,
    garments: Digests<Garment>,
}

/// Bytes of what is known of people and of garments at most: about a dozen photos of 768 by 1,024 pixels, and a dozen garments.
const PEOPLE: usize = 128 << 20;
const GARMENTS: usize = 192 << 20;
/// How long something is known of a person whom nobody dresses. Their photo's key may be destroyed meanwhile: nothing of it
/// may stay for long.
const PERSON_IDLE: Duration = Duration::from_mins(9);
const GARMENT_IDLE: Duration = Duration::from_hours(1);

/// The role of a network that makes the picture.
pub const GENERATOR: &str = "generator";

/// Longest side of a result in pixels.
pub const LONGEST: u32 = 1600;
/// Longest side at which a garment is looked at.
const GARMENT_LONGEST: u32 = 800;

/// Loads the pack in `dir`, of either kind, whose networks `runtime` runs, and says where it comes from.
pub fn inspect(dir: &Path, runtime: &Runtime) -> Result<Provenance, LoadError> {
    if Generator::is_in(dir)? {
        Generator::load(dir, runtime).map(|generator| generator.provenance().clone())
    } else {
        Pack::load(dir, runtime).map(|pack| pack.provenance)
    }
}

struct Clock<'a, P> {
    progress: &'a mut P,
    stages: Vec<(Stage, f64)>,
    since: Instant,
}

impl<P: FnMut(Stage, f32) -> ControlFlow<()>> Clock<'_, P> {
    /// Says that a share of the stage that runs is done.
    fn go_on(&mut self, share: f32) -> Result<(), TryOnError> {
        let Some((stage, _)) = self.stages.last() else {
            return Ok(());
        };
        let mut later = Stage::ALL.into_iter().map(Stage::fraction);
        let end = later.find(|at| *at > stage.fraction()).unwrap_or(1.0);
        let done = stage.fraction() + (end - stage.fraction()) * share;
        match (self.progress)(*stage, done) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(TryOnError::Stopped),
        }
    }

    fn enter(&mut self, stage: Stage) -> Result<(), TryOnError> {
        let now = Instant::now();
        if let Some(last) = self.stages.last_mut() {
            last.1 = (now - self.since).as_secs_f64() * 1e3;
        }
        self.since = now;
        self.stages.push((stage, 0.0));
        self.go_on(0.0)
    }
}

impl Engine {
    /// Loads the pack in `dir` by its manifest; files that differ from it are refused. tract runs its networks.
    pub fn load(dir: &Path) -> Result<Self, LoadError> {
        Self::load_with(dir, Runtime::default())
    }

    /// The same, with the networks of this pack and of a generator's run by `runtime`.
    pub fn load_with(dir: &Path, runtime: Runtime) -> Result<Self, LoadError> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads())
            .build()
            .map_err(|e| LoadError::Network {
                file: "pool".to_owned(),
                reason: e.to_string(),
            })?;
        let pack = Pack::load(dir, &runtime)?;
        Ok(Self {
            runtime,
            pack,
            generator: None,
            pool,
            people: Digests::new(PEOPLE, PERSON_IDLE),
            garments: Digests::new(GARMENTS, GARMENT_IDLE),
        })
    }

    /// Lets the network of the pack in `dir` make the pictures of the categories that it was made for.
    pub fn with_generator(mut self, dir: &Path) -> Result<Self, LoadError> {
        self.generator = Some(Generator::load(dir, &self.runtime)?);
        Ok(self)
    }

    /// An error if a network answers its self-test otherwise than where it was made.
    pub fn require_self_tests(&self) -> Result<(), LoadError> {
        let own = self.pack.self_test()?;
        let others = self.generator.as_ref().map(Generator::self_test);
        own.into_iter()
            .chain(others.transpose()?.unwrap_or_default())
            .try_for_each(SelfTestReport::require)
    }

    /// Says what this engine is.
    pub fn describe(&self) -> Description {
        Description {
            engine: "drape-geometric".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            packs: [&self.pack.provenance]
                .into_iter()
                .chain(self.generator.iter().map(Generator::provenance))
                .cloned()
                .collect(),
            onnxruntime: self.runtime.onnxruntime_version(),
            categories: Category::ALL.to_vec(),
        }
    }

    /// Dresses the person. `progress` hears of every stage as it begins and may stop the work.
    pub fn try_on(
        &self,
        input: &TryOnInput<'_>,
        progress: impl FnMut(Stage, f32) -> ControlFlow<()> + Send,
    ) -> Result<TryOnOutput, TryOnError> {
        self.try_on_as(Wanted::default(), input, progress)
    }

    /// The same with a result as it is wanted.
    pub fn try_on_as(
        &self,
        wanted: Wanted,
        input: &TryOnInput<'_>,
        mut progress: impl FnMut(Stage, f32) -> ControlFlow<()> + Send,
    ) -> Result<TryOnOutput, TryOnError> {
        self.pool.install(|| self.run(wanted, input, &mut progress))
    }

    fn run<P: FnMut(Stage, f32) -> ControlFlow<()>>(
        &self,
        wanted: Wanted,
        input: &TryOnInput<'_>,
        progress: &mut P,
    ) -> Result<TryOnOutput, TryOnError> {
        let mut clock = Clock {
            progress,
            stages: Vec::with_capacity(Stage::ALL.len()),
            since: Instant::now(),
        };
        let category = input.category;
        clock.enter(Stage::Decode)?;
        let person = self.known_person(wanted.longest.min(LONGEST), input)?;
        let garment = self.known_garment(input)?;

        clock.enter(Stage::Parse)?;
        let person = self.person(person, category)?;
        let (parse, body) = (&person.parse, &person.body);

        clock.enter(Stage::Warp)?;
        let garment = self.garment(garment)?;
        let shape = shape::measure(&garment, category)?;
        let settling = self.pack.settling.as_ref();
        let dressed = warp::dress(parse, body, &garment, &shape, settling)?;
        let scene = Scene::new(&person, dressed.area, category);
        let generator = self.generator.as_ref().filter(|g| g.wears(category));
        let dressed = match generator {
            Some(generator) => place(&scene, &garment, dressed, generator)?,
            None => dressed,
        };

        clock.enter(Stage::Relight)?;
        let visible = compose::order(&scene, &dressed);
        let harmoniser = self.pack.harmoniser.as_ref();
        let light = light::relight(&scene, &visible, || {
            let gain = harmoniser.map(|h| h.gain(&scene, &dressed, &visible));
            gain.transpose()
        })?;

        clock.enter(Stage::Compose)?;
        let base = erase::erase(&scene, &dressed, &visible.erase);
        let geometric = compose::compose(&scene, &base, &dressed, &visible, &light);
        let painted = match generator {
            Some(generator) => {
                let effort = effort(wanted, input);
                let going_on = |share| clock.go_on(share);
                generator.paint(&scene, &garment, &visible, &geometric, &effort, going_on)?
            }
            None => None,
        };

        clock.enter(Stage::Verify)?;
        if let Some(painted) = &painted {
            let both = [&geometric, painted];
            Generator::verify(&self.pack.person, &scene, &visible, both)?;
        }
        let result = painted.unwrap_or(geometric);
        compose::verify(&scene, &result, &visible)?;

        clock.enter(Stage::Mark)?;
        let (mut bytes, edited) = compose::put_in(&person.photo, scene.area, &result);
        let (width, height) = (person.photo.width, person.photo.height);
        mark::watermark(&mut bytes, width, &edited, input);
        clock.enter(Stage::Encode)?;
        let png = mark::encode(&bytes, width, height)?;
        let mut stages = clock.stages;
        if let Some(last) = stages.last_mut() {
            last.1 = clock.since.elapsed().as_secs_f64() * 1e3;
        }
        Ok(TryOnOutput {
            png,
            width: width as u32,
            height: height as u32,
            edited,
            garment: compose::as_bytes(&person.photo, scene.area, &visible.coverage()),
            stages,
        })
    }

    /// What the pack's settling network is trained with: the garment on the body as geometry alone would lay it.
    pub fn sketch(&self, input: &TryOnInput<'_>) -> Result<warp::Sketch, TryOnError> {
        self.pool.install(|| {
            let person = self.known_person(LONGEST, input)?;
            let person = self.person(person, input.category)?;
            let garment = self.garment(self.known_garment(input)?)?;
            let shape = shape::measure(&garment, input.category)?;
            Ok(warp::sketch(&person.parse, &person.body, &garment, &shape)?)
        })
    }

    /// Drops what was found out about pictures that nobody has asked for of late. Whoever runs the engine for long calls
    /// this now and then, so that nothing of a person stays in memory because no more try-ons come.
    pub fn forget_idle(&self) {
        let now = Instant::now();
        self.people.forget_idle(now);
        self.garments.forget_idle(now);
    }

    /// Drops all that was found out about people.
    pub fn forget_people(&self) {
        self.people.forget_all();
    }

    /// Drops all that was found out about garments.
    pub fn forget_garments(&self) {
        self.garments.forget_all();
    }

    /// How long each network takes for one look, without what is made of its answer: by its role in the pack.
    pub fn time_looks(
        &self,
        looks: usize,
    ) -> Result<Vec<(&'static str, Vec<Duration>)>, TryOnError> {
        let time = |network: &Network| -> Result<Vec<Duration>, TryOnError> {
            (0..looks).map(|_| network.time()).collect()
        };
        let mut times = vec![
            ("person", time(&self.pack.person)?),
            ("garment", time(&self.pack.garment)?),
        ];
        for (role, network) in self.pack.plane_networks() {
            let own: Result<Vec<Duration>, TryOnError> =
                (0..looks).map(|_| network.time()).collect();
            times.push((role, own?));
        }
        if let Some(generator) = &self.generator {
            let own: Result<Vec<Duration>, TryOnError> =
                (0..looks).map(|_| generator.time()).collect();
            times.push((GENERATOR, own?));
        }
        Ok(times)
    }

    /// Pictures that something is known of, and bytes that this takes: of people, of garments.
    pub fn remembered(&self) -> [(usize, usize); 2] {
        [self.people.held(), self.garments.held()]
    }

    /// What digests are made with: the first pack's name and version.
    fn identity(&self) -> String {
        self.pack.provenance.to_string()
    }

    pub(super) fn known_person(
        &self,
        longest: u32,
        input: &TryOnInput<'_>,
    ) -> Result<Known<Person, Raster<[u8; 3]>>, Refusal> {
        let purpose = match input.category {
            Category::Bottoms => "lower half",
            Category::Tops | Category::Outerwear | Category::Dresses => "upper half",
        };
        // Of the same photo in another size other pixels are known.
        let purpose = format!("{purpose} within {longest}");
        let key = Key::of(&self.identity(), &purpose, input.person);
        Ok(match self.people.get(key, Instant::now()) {
            Some(person) => Known::Digest(person),
            None => Known::Picture(
                key,
                decode(input.person, longest, Refusal::PersonUnreadable)?,
            ),
        })
    }

    pub(super) fn known_garment(
        &self,
        input: &TryOnInput<'_>,
    ) -> Result<Known<Garment, Colours>, Refusal> {
        let key = Key::of(&self.identity(), "garment", input.garment);
        Ok(match self.garments.get(key, Instant::now()) {
            Some(garment) => Known::Digest(garment),
            None => Known::Picture(
                key,
                decode(input.garment, GARMENT_LONGEST, Refusal::GarmentUnreadable)?
                    .map(|c| c.map(f32::from)),
            ),
        })
    }

    pub(super) fn person(
        &self,
        known: Known<Person, Raster<[u8; 3]>>,
        category: Category,
    ) -> Result<Arc<Person>, TryOnError> {
        match known {
            Known::Digest(person) => Ok(person),
            Known::Picture(key, photo) => {
                let person = Arc::new(Person::examine(&self.pack.person, photo, category)?);
                let bytes = person.bytes();
                self.people
                    .put(key, Arc::clone(&person), bytes, Instant::now());
                Ok(person)
            }
        }
    }

    pub(super) fn garment(
        &self,
        known: Known<Garment, Colours>,
    ) -> Result<Arc<Garment>, TryOnError> {
        match known {
            Known::Digest(garment) => Ok(garment),
            Known::Picture(key, picture) => {
                let garment = Arc::new(garment::examine(&self.pack.garment, &picture)?);
                let bytes = garment.bytes();
                self.garments
                    .put(key, Arc::clone(&garment), bytes, Instant::now());
                Ok(garment)
            }
        }
    }
}

/// The same for the same pictures, category and seed.
fn effort(wanted: Wanted, input: &TryOnInput<'_>) -> Effort {
    let hash = mark::hashed(input).chain_update(wanted.seed.to_be_bytes());
    Effort {
        seed: hash.finalize().into(),
        is_fast: wanted.fast,
    }
}

/// The garment on the body as a network has it, if it makes flows and stays where geometry has the garment.
fn place(
    scene: &Scene<'_>,
    garment: &Garment,
    geometric: Dressed,
    generator: &Generator,
) -> Result<Dressed, TryOnError> {
    let visible = compose::order(scene, &geometric);
    let Some(dressed) = generator.dress(scene, garment, &geometric, &visible)? else {
        return Ok(geometric);
    };
    Generator::verify_place(&visible, &compose::order(scene, &dressed))?;
    Ok(dressed)
}

/// What is at hand of a picture: all that is to be found out, or the picture and the name to keep it under.
pub(super) enum Known<D, P> {
    Digest(Arc<D>),
    Picture(Key, P),
}
