//! The demo catalogue: a manifest and pictures, from the binary or from a directory.

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use domain::{
    catalog::garment::GarmentDetails,
    shared::{
        Category, CategoryPath, Colour, Currency, Description, GarmentName, Label, Money, Size,
        Slug,
    },
};
use serde::Deserialize;

include!(concat!(env!("OUT_DIR"), "/demo_pictures.rs"));

const MANIFEST: &str = include_str!("../../demo/catalogue.toml");
const PICTURE_LIMIT_BYTES: u64 = 20 << 20;

/// One garment of the manifest, checked.
pub(super) struct Entry {
    pub(super) details: GarmentDetails,
    pub(super) price: Money,
    pub(super) picture: String,
}

/// Where pictures come from.
pub(super) enum Pictures {
    Embedded,
    Directory(PathBuf),
}

#[derive(Deserialize)]
struct Manifest {
    garments: Vec<Written>,
}

/// As it is written down. What is for people's eyes only (tags) is not read.
#[derive(Deserialize)]
struct Written {
    slug: String,
    name: String,
    category: String,
    colour: WrittenColour,
    sizes: Vec<String>,
    price_cents: u32,
    currency: String,
    description: String,
    brand: Option<String>,
    material: Option<String>,
    category_path: Option<String>,
    picture: String,
}

#[derive(Deserialize)]
struct WrittenColour {
    name: String,
    hex: String,
}

/// Reads `catalogue.toml` of a directory, or the one in the binary.
pub(super) fn load(directory: Option<&Path>) -> anyhow::Result<(Vec<Entry>, Pictures)> {
    let (manifest, pictures) = match directory {
        None => (MANIFEST.to_owned(), Pictures::Embedded),
        Some(directory) => {
            let file = directory.join("catalogue.toml");
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            (text, Pictures::Directory(directory.to_owned()))
        }
    };
    let manifest: Manifest = toml::from_str(&manifest).context("the catalogue cannot be read")?;
    let entries = manifest.garments.into_iter().map(|written| {
        let slug = written.slug.clone();
        entry(written).with_context(|| format!("the garment {slug:?} is wrong"))
    });
    Ok((entries.collect::<Result<_, _>>()?, pictures))
}

fn entry(written: Written) -> anyhow::Result<Entry> {
    let sizes = written.sizes.iter().map(|size| Size::parse(size));
    let label = |text: Option<String>| text.map(|text| Label::parse(&text)).transpose();
    let category_path = written.category_path.map(CategoryPath::try_from);
    Ok(Entry {
        details: GarmentDetails {
            name: GarmentName::parse(&written.name)?,
            slug: Slug::parse(&written.slug)?,
            category: written.category.parse::<Category>()?,
            colour: Colour::parse(&written.colour.name, &written.colour.hex)?,
            sizes: sizes.collect::<Result<_, _>>()?,
            description: Description::parse(&written.description)?,
            style: None,
            brand: label(written.brand)?,
            material: label(written.material)?,
            fit: None,
            season: None,
            category_path: category_path.transpose()?,
            attributes: BTreeMap::new(),
            skus: BTreeMap::new(),
            texts: BTreeMap::new(),
        },
        price: Money {
            minor: written.price_cents,
            currency: Currency::parse(&written.currency)?,
        },
        picture: written.picture,
    })
}

impl Pictures {
    /// A picture by the name in the manifest.
    pub(super) fn read(&self, name: &str) -> anyhow::Result<Bytes> {
        match self {
            Self::Embedded => PICTURES
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, bytes)| Bytes::from_static(bytes))
                .with_context(|| format!("no picture {name}")),
            Self::Directory(directory) => {
                let plain = Path::new(name)
                    .components()
                    .all(|part| matches!(part, Component::Normal(_)));
                ensure!(plain, "the picture {name:?} must lie below the catalogue");
                let file = directory.join(name);
                let size = file
                    .metadata()
                    .with_context(|| format!("no picture {}", file.display()))?
                    .len();
                if size > PICTURE_LIMIT_BYTES {
                    bail!(
                        "{} is larger than {PICTURE_LIMIT_BYTES} bytes",
                        file.display()
                    );
                }
                Ok(std::fs::read(file)?.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_catalogue_is_whole() {
        let (entries, pictures) = load(None).unwrap();
        assert!(entries.len() >= 24);
        for category in Category::ALL {
            assert!(
                entries
                    .iter()
                    .any(|entry| entry.details.category == category),
                "{category}"
            );
        }
        for entry in entries {
            let picture = pictures.read(&entry.picture).unwrap();
            imaging::inspect(&picture).unwrap();
        }
    }

    #[test]
    fn a_catalogue_reads_nothing_outside_its_directory() {
        let pictures = Pictures::Directory(std::env::temp_dir());
        assert!(pictures.read("../secret.jpg").is_err());
        assert!(pictures.read("/etc/passwd").is_err());
    }
}
