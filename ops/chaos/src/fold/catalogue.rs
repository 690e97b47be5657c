//! Garments and their stock, and what merchandisers arranged: collections, categories, searches.

use anyhow::{Context, bail};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{copy, link};
use crate::observed::LogEntry;

pub(super) fn card(
    document: &mut Value,
    entry: &LogEntry,
    name: &str,
    data: &Value,
) -> anyhow::Result<()> {
    const DESCRIBED: [&str; 5] = ["name", "slug", "category", "colour", "brand"];
    match name {
        "GarmentAdded" => {
            *document = json!({
                "id": entry.aggregate_id, "status": "draft", "price": data["price"], "picture": null,
                "cutout": null, "was": null, "earlier_prices": [], "size_prices": {}, "publish_at": null,
            });
            describe_card(document, &data["details"], &DESCRIBED);
        }
        "GarmentRevised" => describe_card(document, &data["details"], &DESCRIBED),
        "ListPriceChanged" => {}
        _ => garment(document, entry, name, data)?,
    }
    Ok(())
}

fn describe_card(document: &mut Value, details: &Value, described: &[&str]) {
    copy(document, details, described);
    document["style"] = style(details);
    let texts = details["texts"].as_object().into_iter().flatten();
    let names = texts.map(|(language, text)| (language.clone(), text["name"].clone()));
    document["names"] = names.collect();
}

/// A garment without a style is one of its own.
fn style(details: &Value) -> Value {
    let named = &details["style"];
    if named.is_null() {
        details["slug"].clone()
    } else {
        named.clone()
    }
}

fn describe_page(document: &mut Value, details: &Value) {
    const DESCRIBED: [&str; 11] = [
        "name",
        "slug",
        "category",
        "colour",
        "sizes",
        "description",
        "brand",
        "material",
        "fit",
        "season",
        "category_path",
    ];
    copy(document, details, &DESCRIBED);
    document["style"] = style(details);
    for map in ["attributes", "skus", "texts"] {
        let said = &details[map];
        document[map] = if said.is_null() {
            json!({})
        } else {
            said.clone()
        };
    }
}

pub(super) fn page(
    document: &mut Value,
    entry: &LogEntry,
    name: &str,
    data: &Value,
) -> anyhow::Result<()> {
    match name {
        "GarmentAdded" => {
            *document = json!({
                "id": entry.aggregate_id, "status": "draft", "price": data["price"], "picture": null,
                "was": null, "earlier_prices": [], "size_prices": {}, "list_prices": {}, "publish_at": null,
                "cutout": null, "try_on": null,
                "version": 0, "added_at": entry.time, "published_at": null, "retired_at": null,
            });
            describe_page(document, &data["details"]);
        }
        "GarmentRevised" => describe_page(document, &data["details"]),
        "ListPriceChanged" => price_of(&mut document["list_prices"], &data["list"], &data["price"]),
        _ => garment(document, entry, name, data)?,
    }
    let version = document["version"].as_u64().context("never added")?;
    document["version"] = json!(version + 1);
    if name == "GarmentPublished" && document["published_at"].is_null() {
        document["published_at"] = json!(entry.time);
    }
    if name == "GarmentRetired" {
        document["retired_at"] = json!(entry.time);
    }
    Ok(())
}

/// What changes alike in both documents of a garment.
fn garment(document: &mut Value, entry: &LogEntry, name: &str, data: &Value) -> anyhow::Result<()> {
    if document.is_null() {
        bail!("the garment was never added");
    }
    match name {
        "PriceChanged" => {
            if document["status"] == "published" {
                reduce(document, &data["price"], &entry.time)?;
            }
            document["price"] = data["price"].clone();
        }
        "SizePriceChanged" => price_of(&mut document["size_prices"], &data["size"], &data["price"]),
        "PictureAttached" => document["picture"] = link(&data["picture"]),
        "PublicationScheduled" => {
            document["status"] = json!("scheduled");
            document["publish_at"] = data["at"].clone();
        }
        "PublicationUnscheduled" => stand(document, "draft"),
        "GarmentPublished" => stand(document, "published"),
        "GarmentRetired" => stand(document, "retired"),
        other => bail!("{other} is unknown here"),
    }
    Ok(())
}

/// What a look at a garment cut out of its picture.
pub(super) fn cutout_of(document: &Value, look: Option<&Value>) -> Value {
    let of_this = look.filter(|look| look["picture"] == document["picture"]["id"]);
    let cutout = of_this.map_or(&Value::Null, |look| &look["cutout"]);
    if cutout.is_null() {
        return Value::Null;
    }
    json!({
        "picture": link(&cutout["picture"]), "width_px": cutout["width_px"], "height_px": cutout["height_px"],
        "bounds": cutout["bounds"],
    })
}

/// What a look at a garment says of it.
pub(super) fn try_on_of(document: &Value, look: Option<&Value>) -> Value {
    let as_seen = look.filter(|look| {
        look["picture"] == document["picture"]["id"] && look["category"] == document["category"]
    });
    let verdict = as_seen.map_or(&Value::Null, |look| &look["verdict"]);
    match verdict["state"].as_str() {
        Some(state) => json!({ "state": state, "reason": verdict["reason"] }),
        None => json!({ "state": "unknown", "reason": null }),
    }
}

fn stand(document: &mut Value, status: &str) {
    document["status"] = json!(status);
    document["publish_at"] = Value::Null;
}

fn price_of(prices: &mut Value, of: &Value, price: &Value) {
    let name = of.as_str().unwrap_or_default();
    if let (true, Some(prices)) = (price.is_null(), prices.as_object_mut()) {
        prices.remove(name);
    } else {
        prices[name] = price.clone();
    }
}

/// The price gives way to another one: what was asked for in the thirty days before is kept, and the lowest of it is shown
/// beside a lower price.
fn reduce(document: &mut Value, price: &Value, at: &str) -> anyhow::Result<()> {
    let time = |text: &str| OffsetDateTime::parse(text, &Rfc3339);
    let oldest = time(at)? - time::Duration::days(30);
    let mut earlier = document["earlier_prices"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    earlier.push(json!({ "price": document["price"], "until": at }));
    let mut kept = Vec::new();
    for one in earlier {
        let until = time(one["until"].as_str().context("no end")?)?;
        if until > oldest && one["price"]["currency"] == price["currency"] {
            kept.push(one);
        }
    }
    let lowest = kept.iter().min_by_key(|one| one["price"]["minor"].as_u64());
    let lowest = lowest.map_or(Value::Null, |one| one["price"].clone());
    let lower = price["minor"].as_u64() < lowest["minor"].as_u64();
    document["was"] = if lower { lowest } else { Value::Null };
    document["earlier_prices"] = json!(kept);
    Ok(())
}

/// How many of a size are few, where nobody says otherwise.
const FEW: i64 = 3;

pub(super) fn stock(
    document: &mut Value,
    id: &str,
    name: &str,
    data: &Value,
) -> anyhow::Result<()> {
    if document.is_null() {
        *document = json!({ "id": id, "total": 0, "sizes": [], "version": 0 });
    }
    let version = document["version"].as_u64().context("no version")?;
    document["version"] = json!(version + 1);
    if name == "LowStockLevelSet" {
        return low_level(document, &data["level"]);
    }
    // What follows from the counts changes nothing.
    if name == "StockRanLow" {
        return Ok(());
    }
    let few = document["low_level"].as_i64().unwrap_or(FEW);
    let sizes = document["sizes"].as_array_mut().context("no sizes")?;
    let known = sizes.iter().position(|of| of["size"] == data["size"]);
    let before = known.map_or(Some(0), |at| sizes[at]["count"].as_i64());
    let before = before.context("no count")?;
    let count = match name {
        "StockCounted" => data["count"].as_i64(),
        "StockAdjusted" => data["by"].as_i64().map(|by| before + by),
        other => bail!("{other} is unknown here"),
    };
    let count = count
        .filter(|count| *count >= 0)
        .context("fewer than none")?;
    let of = json!({ "size": data["size"], "count": count, "low": count > 0 && count <= few });
    match known {
        Some(at) => sizes[at] = of,
        None => sizes.push(of),
    }
    let total: i64 = sizes.iter().filter_map(|of| of["count"].as_i64()).sum();
    document["total"] = json!(total);
    Ok(())
}

/// So many are few from now on; the shop's own level again where none is said.
fn low_level(document: &mut Value, level: &Value) -> anyhow::Result<()> {
    let few = level.as_i64().unwrap_or(FEW);
    let sizes = document["sizes"].as_array_mut().context("no sizes")?;
    for of in sizes {
        let count = of["count"].as_i64().context("no count")?;
        of["low"] = json!(count > 0 && count <= few);
    }
    let document = document.as_object_mut().context("no document")?;
    document.remove("low_level");
    if !level.is_null() {
        document.insert("low_level".to_owned(), level.clone());
    }
    Ok(())
}

pub(super) fn collection(
    document: &mut Value,
    entry: &LogEntry,
    name: &str,
    data: &Value,
) -> anyhow::Result<()> {
    const DESCRIBED: [&str; 3] = ["name", "slug", "description"];
    let describe = |document: &mut Value| {
        copy(document, &data["details"], &DESCRIBED);
        let texts = &data["details"]["texts"];
        document["texts"] = if texts.is_null() {
            json!({})
        } else {
            texts.clone()
        };
    };
    if name == "CollectionAdded" {
        *document = json!({
            "id": entry.aggregate_id, "members": data["members"], "pinned": [], "version": 1, "added_at": entry.time,
        });
        describe(document);
        return Ok(());
    }
    let version = document["version"].as_u64().context("never added")?;
    document["version"] = json!(version + 1);
    match name {
        "CollectionRevised" => describe(document),
        "CollectionMembersChosen" => copy(document, data, &["members"]),
        "CollectionGarmentsPinned" => document["pinned"] = data["garments"].clone(),
        "CollectionRemoved" => {}
        other => bail!("{other} is unknown here"),
    }
    Ok(())
}

pub(super) fn pinned_search(document: &mut Value, name: &str, data: &Value) -> anyhow::Result<()> {
    let version = document["version"].as_u64().unwrap_or(0) + 1;
    if name != "SearchPinned" {
        bail!("{name} is unknown here");
    }
    *document = json!({ "words": data["words"], "garments": data["garments"], "version": version });
    Ok(())
}

pub(super) fn category(document: &mut Value, name: &str, data: &Value) -> anyhow::Result<()> {
    let version = document["version"].as_u64().unwrap_or(0) + 1;
    let names = match name {
        "CategoryNamed" if data["names"].is_object() => data["names"].clone(),
        "CategoryNamed" | "CategoryUnnamed" => json!({}),
        other => bail!("{other} is unknown here"),
    };
    // Who takes a name away says none.
    *document =
        json!({ "path": data["path"], "name": data["name"], "names": names, "version": version });
    Ok(())
}
