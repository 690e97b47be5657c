//! A shop of any size, the same every time.

use domain::{
    catalog::garment::{GarmentDetails, GarmentEvent},
    shared::{
        Category, CategoryPath, Colour, Currency, Description, GarmentName, Label, Money,
        PictureId, Size, Sku, Slug,
    },
};
use uuid::Uuid;

use crate::seed::Seed;

const COLOURS: [(&str, &str); 12] = [
    ("Black", "#121214"),
    ("White", "#f7f6f2"),
    ("Grey", "#808080"),
    ("Chestnut", "#7b4f2e"),
    ("Sand", "#d8c7a8"),
    ("Scarlet", "#c0242c"),
    ("Rust", "#c8643c"),
    ("Mustard", "#d8a034"),
    ("Forest", "#2f4a40"),
    ("Navy", "#243050"),
    ("Lilac", "#9070b0"),
    ("Rose", "#e8a0b4"),
];
const MATERIALS: [&str; 8] = [
    "Cotton", "Linen", "Wool", "Denim", "Viscose", "Silk", "Nylon", "Leather",
];
const KINDS: [(Category, [&str; 4]); 4] = [
    (Category::Tops, ["shirt", "jumper", "tee", "hoodie"]),
    (Category::Bottoms, ["trousers", "jeans", "skirt", "shorts"]),
    (Category::Dresses, ["dress", "gown", "jumpsuit", "pinafore"]),
    (Category::Outerwear, ["coat", "jacket", "parka", "gilet"]),
];
const WORDS: [&str; 10] = [
    "relaxed", "cropped", "pleated", "quilted", "brushed", "washed", "ribbed", "tailored", "boxy",
    "slim",
];
const SIZES: [&str; 4] = ["S", "M", "L", "XL"];

/// A garment of the shop.
pub(crate) struct Garment {
    pub(crate) id: Uuid,
    pub(crate) details: GarmentDetails,
    pub(crate) price: Money,
}

/// One of so many, by the bits of a number that looks like chance.
fn choice<T: Copy>(of: &[T], bits: u64, shift: u32) -> anyhow::Result<T> {
    let at = usize::try_from(bits >> shift & 0xffff)? % of.len();
    Ok(of[at])
}

/// A number that looks like chance, the same every time. splitmix64: G. Steele and others, "Fast splittable pseudorandom number
/// generators" (2014).
fn chance(number: u64) -> u64 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

/// Three words of the shop's with a letter missing, wrong, too many or in its neighbour's place in one of them, drawn anew for each
/// number: as they stand in an address. There are some ten thousand such words.
pub(crate) fn mistyped(number: u64) -> anyhow::Result<String> {
    let (words, slip) = (chance(2 * number), chance(2 * number + 1));
    let (_, kinds) = choice(&KINDS, words, 0)?;
    let words = [
        choice(&WORDS, words, 16)?,
        &choice(&MATERIALS, words, 32)?.to_lowercase(),
        choice(&kinds, words, 48)?,
    ];
    let mut typed = words.join("+").into_bytes();
    let is_letter = |at: &usize| typed[*at] != b'+';
    let letters: Vec<usize> = (0..typed.len()).filter(is_letter).collect();
    let at = choice(&letters, slip, 0)?;
    let letter = b'a' + u8::try_from((slip >> 16 & 0xffff) % 26)?;
    let next = typed.get(at + 1).copied();
    match (slip >> 32 & 3, next) {
        (0, _) => drop(typed.remove(at)),
        (1, _) => typed[at] = letter,
        (2, Some(next)) if next != b'+' => typed.swap(at, at + 1),
        _ => typed.insert(at, letter),
    }
    Ok(String::from_utf8(typed)?)
}

/// The id of the garment with this number.
pub(crate) fn id(number: u64) -> Uuid {
    Uuid::from_u128(u128::from(number) + 1)
}

/// The garment with this number.
pub(crate) fn garment(number: u64) -> anyhow::Result<Garment> {
    let bits = chance(number);
    let (category, kinds) = choice(&KINDS, bits, 0)?;
    let kind = choice(&kinds, bits, 8)?;
    let (colour, hex) = choice(&COLOURS, bits, 16)?;
    let material = choice(&MATERIALS, bits, 24)?;
    let (first, second) = (choice(&WORDS, bits, 32)?, choice(&WORDS, bits, 37)?);
    let brand = format!("Maker {}", bits >> 42 & 31);
    let name = format!("{first} {} {kind}", material.to_lowercase());
    let sizes: Vec<Size> = SIZES
        .iter()
        .map(|size| Size::parse(size))
        .collect::<Result<_, _>>()?;
    let skus = SIZES.iter().zip(&sizes).map(|(label, size)| {
        anyhow::Ok((size.clone(), Sku::parse(&format!("S{number}-{label}"))?))
    });
    let details = GarmentDetails {
        name: GarmentName::parse(&name)?,
        slug: Slug::parse(&format!("style-{number}"))?,
        category,
        colour: Colour::parse(colour, hex)?,
        skus: skus.collect::<Result<_, _>>()?,
        sizes,
        description: Description::parse(&format!(
            "A {second} {kind} in {} {}, made to be worn for years.",
            colour.to_lowercase(),
            material.to_lowercase()
        ))?,
        style: None,
        brand: Some(Label::parse(&brand)?),
        material: Some(Label::parse(material)?),
        fit: None,
        season: None,
        category_path: Some(CategoryPath::parse(&format!("{category}/{kind}"))?),
        attributes: std::collections::BTreeMap::new(),
        texts: std::collections::BTreeMap::new(),
    };
    Ok(Garment {
        id: id(number),
        details,
        price: Money {
            minor: 990 + u32::try_from(bits >> 48)? % 200 * 100,
            currency: Currency::EUR,
        },
    })
}

/// What happened to so many garments until they were on sale.
pub(crate) fn seeds(styles: u64) -> impl Iterator<Item = anyhow::Result<Seed>> {
    (0..styles).flat_map(|number| {
        let events = garment(number).and_then(|garment| {
            let picture = PictureId::new(Uuid::from_u128(7));
            let events = [
                GarmentEvent::GarmentAdded {
                    details: garment.details,
                    price: garment.price,
                },
                GarmentEvent::PictureAttached { picture },
                GarmentEvent::GarmentPublished {},
            ];
            let names = ["GarmentAdded", "PictureAttached", "GarmentPublished"];
            let seeds = (1..).zip(names.into_iter().zip(events));
            seeds
                .map(|(version, (name, event))| {
                    Ok(Seed {
                        aggregate: "catalog.garment",
                        id: garment.id,
                        version,
                        event: (name, serde_json::to_string(&event)?),
                    })
                })
                .collect::<anyhow::Result<Vec<_>>>()
        });
        match events {
            Ok(seeds) => seeds.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_question_has_its_own_slip() {
        let spelled: HashSet<String> = WORDS
            .into_iter()
            .chain(KINDS.iter().flat_map(|(_, kinds)| *kinds))
            .map(str::to_owned)
            .chain(MATERIALS.map(str::to_lowercase))
            .collect();
        let mut wrong = HashSet::new();
        for number in 0..5_000 {
            let typed = mistyped(number).unwrap();
            let words: Vec<String> = typed.split('+').map(str::to_owned).collect();
            assert_eq!(words.len(), 3, "{typed}");
            let slips = words.into_iter().filter(|word| !spelled.contains(word));
            wrong.extend(slips);
        }
        assert!(wrong.len() > 2_500, "{}", wrong.len());
    }
}
