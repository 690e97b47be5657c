//! The engine: loads a pack once, then runs try-ons through their stages.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use fast_image_resize::{PixelType, Resizer, images::Image as ResizeImage};
use image::{ImageDecoder, ImageReader};

use super::error::{LoadError, Refusal, TryOnError};
use super::pack::Pack;
use super::raster::Colours;
use super::{Category, body, compose, erase, garment, mark, parse, shape, warp};

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
    /// Loaded model packs, `name version`.
    pub packs: Vec<String>,
    /// What can be tried on.
    pub categories: Vec<Category>,
}

/// A ready engine. One try-on at a time per engine is fastest: it spreads pixel work over its own small pool.
pub struct Engine {
    pack: Pack,
    pool: rayon::ThreadPool,
}

/// Longest side of a result in pixels.
const LONGEST: u32 = 1600;
/// Longest side at which a garment is looked at.
const GARMENT_LONGEST: u32 = 800;

struct Clock<'a, P> {
    progress: &'a mut P,
    stages: Vec<(Stage, f64)>,
    since: Instant,
}

impl<P: FnMut(Stage, f32) -> ControlFlow<()>> Clock<'_, P> {
    fn enter(&mut self, stage: Stage) -> Result<(), TryOnError> {
        let now = Instant::now();
        if let Some(last) = self.stages.last_mut() {
            last.1 = (now - self.since).as_secs_f64() * 1e3;
        }
        self.since = now;
        self.stages.push((stage, 0.0));
        match (self.progress)(stage, stage.fraction()) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(TryOnError::Stopped),
        }
    }
}

impl Engine {
    /// Loads the pack in `dir` by its manifest; files that differ from it are refused.
    pub fn load(dir: &Path) -> Result<Self, LoadError> {
        let threads = std::thread::available_parallelism().map_or(2, |n| n.get().min(4));
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|e| LoadError::Network {
                file: "pool".to_owned(),
                reason: e.to_string(),
            })?;
        Ok(Self {
            pack: Pack::load(dir)?,
            pool,
        })
    }

    /// Says what this engine is.
    pub fn describe(&self) -> Description {
        Description {
            engine: "drape-geometric".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            packs: vec![format!("{} {}", self.pack.name, self.pack.version)],
            categories: Category::ALL.to_vec(),
        }
    }

    /// Dresses the person. `progress` hears of every stage as it begins and may stop the work.
    pub fn try_on(
        &self,
        input: &TryOnInput<'_>,
        mut progress: impl FnMut(Stage, f32) -> ControlFlow<()> + Send,
    ) -> Result<TryOnOutput, TryOnError> {
        self.pool.install(|| self.run(input, &mut progress))
    }

    fn run<P: FnMut(Stage, f32) -> ControlFlow<()>>(
        &self,
        input: &TryOnInput<'_>,
        progress: &mut P,
    ) -> Result<TryOnOutput, TryOnError> {
        let mut clock = Clock {
            progress,
            stages: Vec::with_capacity(Stage::ALL.len()),
            since: Instant::now(),
        };
        clock.enter(Stage::Decode)?;
        let photo = decode(input.person, LONGEST, Refusal::PersonUnreadable)?;
        let picture = decode(input.garment, GARMENT_LONGEST, Refusal::GarmentUnreadable)?;

        clock.enter(Stage::Parse)?;
        let category = input.category;
        let mut parsed = parse::parse(&self.pack.person, &photo, category == Category::Bottoms)?;
        let body = body::examine(&parsed, category)?;
        compose::refine(&mut parsed, &photo);

        clock.enter(Stage::Warp)?;
        let garment = garment::examine(&self.pack.garment, &picture)?;
        let shape = shape::measure(&garment, category)?;
        let dressed = warp::dress(&parsed, &body, &garment, &shape)?;

        clock.enter(Stage::Relight)?;
        let visible = compose::order(&parsed, &body, &dressed, category);
        let light = compose::relight(&photo, &parsed, &visible, category);

        clock.enter(Stage::Compose)?;
        let base = erase::erase(&photo, &parsed, &body, &dressed, &visible.erase, category);
        let (result, edited) =
            compose::compose(&photo, &base, &parsed, &body, &dressed, &visible, &light);

        clock.enter(Stage::Verify)?;
        compose::verify(&result, &parsed, &visible, category)?;

        clock.enter(Stage::Mark)?;
        let bytes = mark::to_bytes(&result);
        clock.enter(Stage::Encode)?;
        let png = mark::encode(&bytes, result.width, result.height)?;
        let mut stages = clock.stages;
        if let Some(last) = stages.last_mut() {
            last.1 = clock.since.elapsed().as_secs_f64() * 1e3;
        }
        Ok(TryOnOutput {
            png,
            width: result.width as u32,
            height: result.height as u32,
            edited,
            stages,
        })
    }
}

/// Decodes upright, on white where it is transparent, with its long side at most `longest`.
fn decode(bytes: &[u8], longest: u32, unreadable: Refusal) -> Result<Colours, Refusal> {
    let mut reader = ImageReader::new(std::io::Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|_| unreadable)?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(8192);
    limits.max_image_height = Some(8192);
    limits.max_alloc = Some(160 << 20);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| unreadable)?;
    let orientation = decoder
        .orientation()
        .unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = image::DynamicImage::from_decoder(decoder).map_err(|_| unreadable)?;
    picture.apply_orientation(orientation);
    let opaque = if picture.color().has_alpha() {
        let mut rgba = picture.to_rgba8();
        for p in rgba.pixels_mut() {
            let a = u32::from(p.0[3]);
            for k in 0..3 {
                p.0[k] = ((u32::from(p.0[k]) * a + 255 * (255 - a) + 127) / 255) as u8;
            }
        }
        image::DynamicImage::ImageRgba8(rgba).to_rgb8()
    } else {
        picture.to_rgb8()
    };
    let (w, h) = opaque.dimensions();
    if w.min(h) < 200 {
        return Err(Refusal::PictureTooSmall);
    }
    let scale = f64::from(longest) / f64::from(w.max(h));
    let (w, h, data) = if scale < 1.0 {
        let (nw, nh) = (
            (f64::from(w) * scale).round() as u32,
            (f64::from(h) * scale).round() as u32,
        );
        let source = ResizeImage::from_vec_u8(w, h, opaque.into_raw(), PixelType::U8x3)
            .map_err(|_| unreadable)?;
        let mut target = ResizeImage::new(nw, nh, PixelType::U8x3);
        Resizer::new()
            .resize(&source, &mut target, None)
            .map_err(|_| unreadable)?;
        (nw, nh, target.into_vec())
    } else {
        (w, h, opaque.into_raw())
    };
    Ok(Colours {
        width: w as usize,
        height: h as usize,
        data: data
            .chunks_exact(3)
            .map(|p| [f32::from(p[0]), f32::from(p[1]), f32::from(p[2])])
            .collect(),
    })
}
