//! From what a file says to what is asked of a garment, and from a garment to what a file says.

use std::{collections::BTreeMap, fmt::Display};

use catalogue_feed::{Colour as FileColour, Entry, Item, Price, RowProblem, SizeEntry, Status};
use domain::{
    catalog::{
        garment::{Garment, GarmentDetails, GarmentStatus, ImportGarment, LocalText, WantedStatus},
        stock::Stock,
    },
    shared::{
        AttributeName, CategoryPath, Colour, ColourError, Currency, Description, GarmentId,
        GarmentName, Label, Language, Moment, Money, PictureId, Size, Sku, Slug,
    },
};
use uuid::Uuid;

/// The namespace of ids that come from a style and a colour. Never changes: a file is known again by it.
const NAMESPACE: Uuid = Uuid::from_u128(0x6472_6170_652d_6665_6564_2d76_3100_0000);

/// The id of the garment of this style in this colour.
pub fn garment_id(style: &str, colour: &str) -> GarmentId {
    let name = format!("{style}/{}", colour.trim().to_lowercase());
    GarmentId::new(Uuid::new_v5(&NAMESPACE, name.as_bytes()))
}

/// An item in the domain's words.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) line: u64,
    pub(super) id: GarmentId,
    pub(super) command: ImportGarment,
    /// Our picture, where the item names one by its id.
    pub(super) picture: Option<PictureId>,
    /// The name or address of its first picture.
    pub(super) file: Option<String>,
    /// How many there are of its sizes, where the file says so.
    pub(super) stock: Vec<(Size, u32)>,
}

/// Collects mistakes, so that a row's owner hears of all of them at once.
struct Mistakes {
    line: u64,
    problems: Vec<RowProblem>,
}

impl Mistakes {
    fn add(&mut self, column: impl Into<String>, why: impl Display) {
        self.problems
            .push(RowProblem::error(self.line, column, why));
    }

    fn note<T, E: Display>(&mut self, column: &str, parsed: Result<T, E>) -> Option<T> {
        parsed.inspect_err(|error| self.add(column, error)).ok()
    }

    fn wanted<T, E: Display>(
        &mut self,
        column: &str,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let Some(text) = text else {
            self.add(column, "is missing, and nothing else gives it away");
            return None;
        };
        self.note(column, parse(text))
    }

    fn optional<T, E: Display>(
        &mut self,
        column: &str,
        text: Option<&String>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        text.and_then(|text| self.note(column, parse(text)))
    }

    fn money(&mut self, column: &str, price: &Price) -> Option<Money> {
        Some(Money {
            minor: price.minor,
            currency: self.note(column, Currency::parse(&price.currency))?,
        })
    }
}

/// Checks an item; all that is wrong with it otherwise.
pub(super) fn parsed(Entry { line, mut item }: Entry) -> Result<Parsed, Vec<RowProblem>> {
    item.complete();
    let mut mistakes = Mistakes {
        line,
        problems: Vec::new(),
    };
    let id = mistakes.optional("id", item.id.as_ref(), str::parse::<GarmentId>);
    let details = details(&item, &mut mistakes);
    let command = details.and_then(|details| command(&item, details, &mut mistakes));
    match command {
        Some(command) if mistakes.problems.is_empty() => Ok(Parsed {
            line,
            id: id.unwrap_or_else(|| {
                garment_id(
                    command.details.style().as_str(),
                    command.details.colour.name(),
                )
            }),
            file: item.pictures.first().cloned(),
            stock: stock(&item),
            picture: item.pictures.first().and_then(|first| first.parse().ok()),
            command,
        }),
        Some(_) | None => Err(mistakes.problems),
    }
}

fn details(item: &Item, mistakes: &mut Mistakes) -> Option<GarmentDetails> {
    let name = mistakes.note("name", GarmentName::parse(&item.name));
    let slug = mistakes.wanted("slug", item.slug.as_deref(), Slug::parse);
    let category = mistakes.wanted("category", item.category.as_deref(), str::parse);
    let colour = colour(item.colour.as_ref(), mistakes);
    let sizes: Vec<_> = item
        .sizes
        .iter()
        .take(GarmentDetails::MAX_SIZES + 1)
        .filter_map(|size| mistakes.note("size", Size::parse(&size.size)))
        .collect();
    let description = mistakes.note("description", Description::parse(&item.description));
    let label = |text: &str| Label::parse(text);
    let style = mistakes.optional("style", item.style.as_ref(), Slug::parse);
    let brand = mistakes.optional("brand", item.brand.as_ref(), label);
    let material = mistakes.optional("material", item.material.as_ref(), label);
    let fit = mistakes.optional("fit", item.fit.as_ref(), label);
    let season = mistakes.optional("season", item.season.as_ref(), label);
    let path = item.category_path.as_ref();
    let category_path = mistakes.optional("category_path", path, CategoryPath::parse);
    let attributes = attributes(item, mistakes);
    let skus = skus(item, mistakes);
    let texts = texts(item, mistakes);
    Some(GarmentDetails {
        name: name?,
        slug: slug?,
        category: category?,
        colour: colour?,
        sizes,
        description: description?,
        style,
        brand,
        material,
        fit,
        season,
        category_path,
        attributes,
        skus,
        texts,
    })
}

fn colour(colour: Option<&FileColour>, mistakes: &mut Mistakes) -> Option<Colour> {
    let Some(colour) = colour else {
        mistakes.add("colour", "is missing, and the name gives none away");
        return None;
    };
    let hex = colour.hex.as_deref().unwrap_or_default();
    let parsed = Colour::parse(&colour.name, hex);
    let column = match &parsed {
        Err(ColourError::Hex) => "colour_hex",
        Err(ColourError::Name) | Ok(_) => "colour",
    };
    mistakes.note(column, parsed)
}

fn attributes(item: &Item, mistakes: &mut Mistakes) -> BTreeMap<AttributeName, Label> {
    let said = item
        .attributes
        .iter()
        .take(GarmentDetails::MAX_ATTRIBUTES + 1);
    said.filter_map(|(name, label)| {
        let name = mistakes.note("attributes", AttributeName::parse(name));
        let label = mistakes.note("attributes", Label::parse(label));
        name.zip(label)
    })
    .collect()
}

fn stock(item: &Item) -> Vec<(Size, u32)> {
    let said = item.sizes.iter();
    // What is wrong with the size was said.
    said.filter_map(|of| Some((Size::parse(&of.size).ok()?, of.stock?)))
        .collect()
}

fn skus(item: &Item, mistakes: &mut Mistakes) -> BTreeMap<Size, Sku> {
    let said = item.sizes.iter().take(GarmentDetails::MAX_SIZES + 1);
    said.filter_map(|size| {
        let sku = mistakes.optional("sku", size.sku.as_ref(), Sku::parse)?;
        // What is wrong with the size was said.
        Some((Size::parse(&size.size).ok()?, sku))
    })
    .collect()
}

fn texts(item: &Item, mistakes: &mut Mistakes) -> BTreeMap<Language, LocalText> {
    let said = item.texts.iter().take(GarmentDetails::MAX_LANGUAGES + 1);
    said.filter_map(|(language, text)| {
        let language = mistakes.note("texts", Language::parse(language));
        let name = mistakes.note("texts", GarmentName::parse(&text.name));
        let description = mistakes.note("texts", Description::parse(&text.description));
        let text = LocalText {
            name: name?,
            description: description?,
        };
        Some((language?, text))
    })
    .collect()
}

fn command(item: &Item, details: GarmentDetails, mistakes: &mut Mistakes) -> Option<ImportGarment> {
    let Some(price) = &item.price else {
        mistakes.add("price", "is missing");
        return None;
    };
    let price = mistakes.money("price", price)?;
    let mut size_prices = BTreeMap::new();
    for size in &item.sizes {
        let own = size.price.as_ref();
        let own = own.and_then(|own| mistakes.money("price", own));
        if let (Some(own), Ok(size)) = (own.filter(|own| *own != price), Size::parse(&size.size)) {
            size_prices.insert(size, own);
        }
    }
    let mut list_prices = BTreeMap::new();
    for (list, price) in &item.list_prices {
        let list = mistakes.note("list_prices", Slug::parse(list));
        let price = mistakes.money("list_prices", price);
        list_prices.extend(list.zip(price));
    }
    let at = item.publish_at.as_ref();
    let publish_at = mistakes.optional("publish_at", at, Moment::parse);
    Some(ImportGarment {
        details,
        price,
        size_prices,
        list_prices,
        // Whoever imports sees whether we have it.
        picture: None,
        publish_at,
        status: match item.status {
            Some(Status::Published) => WantedStatus::Published,
            Some(Status::Retired) => WantedStatus::Retired,
            Some(Status::Draft) | None => WantedStatus::AsItIs,
        },
    })
}

/// What a file says of a garment; nothing of one that is not in the catalogue.
pub fn item_of(id: &str, garment: &Garment) -> Option<Item> {
    let (details, price) = (garment.details()?, garment.price()?);
    let status = match garment.status() {
        GarmentStatus::Unknown => return None,
        GarmentStatus::Draft => Status::Draft,
        GarmentStatus::Published => Status::Published,
        GarmentStatus::Retired => Status::Retired,
    };
    let label = |label: &Option<Label>| label.as_ref().map(Label::to_string);
    let local = |(language, text): (&Language, &LocalText)| {
        let text = catalogue_feed::LocalText {
            name: text.name.to_string(),
            description: text.description.to_string(),
        };
        (language.to_string(), text)
    };
    let said = details.attributes.iter();
    let lists = garment.list_prices().iter();
    Some(Item {
        id: Some(id.to_owned()),
        style: details.style.as_ref().map(Slug::to_string),
        name: details.name.to_string(),
        slug: Some(details.slug.to_string()),
        brand: label(&details.brand),
        category: Some(details.category.to_string()),
        category_path: details.category_path.as_ref().map(CategoryPath::to_string),
        colour: Some(FileColour {
            name: details.colour.name().to_owned(),
            hex: Some(details.colour.hex().to_owned()),
        }),
        material: label(&details.material),
        fit: label(&details.fit),
        season: label(&details.season),
        attributes: said
            .map(|(name, label)| (name.to_string(), label.to_string()))
            .collect(),
        description: details.description.to_string(),
        texts: details.texts.iter().map(local).collect(),
        price: Some(price_of(price)),
        list_prices: lists
            .map(|(list, price)| (list.to_string(), price_of(*price)))
            .collect(),
        sizes: details
            .sizes
            .iter()
            .map(|size| size_of(garment, details, size))
            .collect(),
        pictures: garment
            .picture()
            .map(|it| it.to_string())
            .into_iter()
            .collect(),
        status: Some(status),
        publish_at: garment.publish_at().map(Moment::to_string),
    })
}

/// Says beside each size how many there are of it, where somebody counted.
pub fn tell_stock(item: &mut Item, stock: &Stock) {
    for entry in &mut item.sizes {
        let size = Size::parse(&entry.size).ok();
        entry.stock = size.and_then(|size| stock.count(&size));
    }
}

fn size_of(garment: &Garment, details: &GarmentDetails, size: &Size) -> SizeEntry {
    let own = garment.size_prices().get(size).copied();
    SizeEntry {
        size: size.to_string(),
        sku: details.skus.get(size).map(Sku::to_string),
        price: own
            .filter(|own| garment.price() != Some(*own))
            .map(price_of),
        stock: None,
    }
}

fn price_of(money: Money) -> Price {
    Price {
        minor: money.minor,
        currency: money.currency.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use catalogue_feed::{Format, ReadOptions, Severity, WriteOptions, Writer, read};
    use domain::catalog::garment::GarmentEvent;

    use super::*;

    /// What there is after the command, if nothing was there before.
    fn carried_out(command: &ImportGarment) -> Garment {
        let mut garment = Garment::default();
        for event in command.changes(&garment).unwrap() {
            cqrs_es::Aggregate::apply(&mut garment, event);
        }
        garment
    }

    fn full() -> ImportGarment {
        let euros = |minor| Money {
            minor,
            currency: Currency::EUR,
        };
        ImportGarment {
            details: GarmentDetails::full_sample(),
            price: euros(4_990),
            size_prices: BTreeMap::from([(Size::parse("L").unwrap(), euros(5_990))]),
            list_prices: BTreeMap::from([(Slug::parse("wholesale").unwrap(), euros(2_490))]),
            picture: None,
            publish_at: None,
            status: WantedStatus::AsItIs,
        }
    }

    #[test]
    fn every_format_carries_a_garment_there_and_back() {
        let garment = carried_out(&full());
        let id = Uuid::from_u128(7).to_string();
        for format in Format::ALL {
            let item = item_of(&id, &garment).unwrap();
            let mut writer = Writer::new(format, Vec::new(), WriteOptions::default()).unwrap();
            writer.write(&item).unwrap();
            let input = std::io::Cursor::new(writer.finish().unwrap());
            let entry = read(format, input, &ReadOptions::default()).next();
            let parsed = parsed(entry.unwrap().unwrap()).unwrap();
            assert_eq!(
                (parsed.id.to_string(), parsed.command),
                (id.clone(), full()),
                "{format}"
            );
        }
    }

    #[test]
    fn a_file_without_ids_names_the_same_garments_again() {
        let of = |colour: &str| {
            let text = format!(
                "{{\"name\":\"Linen shirt\",\"style\":\"linen-shirt\",\"colour\":{{\"name\":\"{colour}\"}},\
                 \"price\":{{\"minor\":1,\"currency\":\"EUR\"}}}}"
            );
            let input = std::io::Cursor::new(text.into_bytes());
            let entry = read(Format::Jsonl, input, &ReadOptions::default()).next();
            parsed(entry.unwrap().unwrap()).unwrap()
        };
        assert_eq!(of("Sand").id, of("sand").id);
        assert_ne!(of("Sand").id, of("Navy").id);
        assert_eq!(of("Sand").id, garment_id("linen-shirt", "Sand"));
        // Frozen: files are known again by it.
        let frozen = garment_id("linen-shirt", "Sand").to_string();
        assert_eq!(frozen, "624b5f57-c0ab-5089-af8a-6719cf5488c7");
        let added = |event: &GarmentEvent| matches!(event, GarmentEvent::GarmentAdded { .. });
        assert!(
            of("Sand")
                .command
                .changes(&Garment::default())
                .unwrap()
                .iter()
                .all(added)
        );
    }

    #[test]
    fn all_mistakes_are_named_with_their_columns() {
        let entry = Entry {
            line: 3,
            item: Item {
                id: Some("7".to_owned()),
                category: Some("hats".to_owned()),
                brand: Some(" ".to_owned()),
                ..Item::default()
            },
        };
        let problems = parsed(entry).unwrap_err();
        let columns: Vec<_> = problems
            .iter()
            .map(|it| it.column.as_deref().unwrap())
            .collect();
        assert_eq!(
            columns,
            ["id", "name", "slug", "category", "colour", "brand"]
        );
        assert!(
            problems
                .iter()
                .all(|it| it.severity == Severity::Error && it.line == 3)
        );
    }
}
