//! What is known of a photo of a person before any garment is, and a part of it that a garment is put on.

use super::Category;
use super::area::Area;
use super::body::{self, Body};
use super::error::{Refusal, TryOnError};
use super::pack::Network;
use super::parse::{self, Parse, Parts, part};
use super::raster::Colours;
use super::raster::{Raster, Rgb};
use super::sharpness;

/// A photo and what it shows.
pub(crate) struct Person {
    pub(crate) photo: Raster<[u8; 3]>,
    pub(crate) parse: Parse,
    pub(crate) body: Body,
}

/// More blur than this, in torso lengths, and what is put on looks cut out and pasted.
const BLURRED: f32 = 0.02;

impl Person {
    /// Looks at a photo; refuses those that cannot give a good result.
    pub(crate) fn examine(
        network: &Network,
        photo: Raster<[u8; 3]>,
        category: Category,
    ) -> Result<Self, TryOnError> {
        let colours = photo.map(|c| c.map(f32::from));
        let mut parse = parse::parse(network, &colours, category == Category::Bottoms)?;
        let body = body::examine(&parse, category)?;
        let blur = sharpness::blur(&colours, &parse, body.torso_length);
        if blur > BLURRED {
            return Err(Refusal::PersonBlurred.into());
        }
        parse.refine(&colours);
        Ok(Self { photo, parse, body })
    }

    /// Bytes that it takes in memory.
    pub(crate) fn bytes(&self) -> usize {
        let planes = self.parse.half.iter();
        size_of::<Self>()
            + 3 * self.photo.data.len()
            + planes
                .map(|p| p.data.len() * size_of::<f32>())
                .sum::<usize>()
    }

    /// The face's median tone: for skin of which nothing else is in sight.
    pub(crate) fn face_tone(&self) -> Rgb {
        let face = &self.parse.half[part::FACE];
        let (across, down) = (
            self.photo.width as f32 / face.width as f32,
            self.photo.height as f32 / face.height as f32,
        );
        let mut tones: Vec<Rgb> = face
            .data
            .iter()
            .enumerate()
            .filter(|(_, f)| **f > 0.9)
            .map(|(i, _)| {
                let (x, y) = (i % face.width, i / face.width);
                let at = [(x as f32 + 0.5) * across, (y as f32 + 0.5) * down];
                self.photo
                    .clamped(at[0] as isize, at[1] as isize)
                    .map(f32::from)
            })
            .collect();
        tones.sort_by(|a, b| a[1].total_cmp(&b[1]));
        tones
            .get(tones.len() / 2)
            .copied()
            .unwrap_or([190.0, 150.0, 130.0])
    }
}

/// The area of a photo that changes, with some of what surrounds it. Points and pixels are the area's own.
pub(crate) struct Scene<'a> {
    pub(crate) person: &'a Person,
    pub(crate) area: Area,
    pub(crate) photo: Colours,
    pub(crate) parts: Parts,
    pub(crate) body: Body,
    pub(crate) category: Category,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(person: &'a Person, area: Area, category: Category) -> Self {
        Self {
            person,
            area,
            photo: area.crop(&person.photo).map(|c| c.map(f32::from)),
            parts: person.parse.within(area),
            body: person.body.within(area),
            category,
        }
    }

    /// The width of the whole photo, which fine things are in proportion to.
    pub(crate) fn unit(&self) -> f32 {
        self.person.photo.width as f32
    }
}
