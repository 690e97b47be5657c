//! The catalogue of events: each with its meaning, an example and its JSON Schema, derived from its Rust type.

use cqrs_es::Aggregate;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

use crate::{
    catalog::{
        category::{CategoryEvent, CategoryNode},
        collection::{Collection, CollectionEvent},
        garment::{Garment, GarmentEvent},
        search::{PinnedSearch, SearchEvent},
        stock::{Stock, StockEvent},
    },
    identity::{
        account::{Account, AccountEvent},
        signing_keys::{SigningKeys, SigningKeysEvent},
    },
    media::picture::{Picture, PictureEvent},
    operations::projection::{Projection, ProjectionEvent},
    tryon::{
        session::{Session, SessionEvent},
        suitability::{Suitability, SuitabilityEvent},
    },
    wardrobe::wardrobe::{Wardrobe, WardrobeEvent},
};

/// One sort of event in one version.
#[derive(Debug, Clone, PartialEq)]
pub struct EventKind {
    /// What it happens to, such as `catalog.garment`.
    pub aggregate_type: &'static str,
    /// What happens, such as `PriceChanged`. No two aggregates share a name.
    pub event_type: &'static str,
    /// The version of its form, from 1.
    pub event_version: &'static str,
    /// What it means, in a sentence.
    pub meaning: String,
    /// One such event as it was frozen: JSON text.
    pub example: &'static str,
    /// JSON Schema (2020-12) of its `data`, self-contained.
    pub schema: Value,
}

/// All events that are written today, in the order of the code.
pub fn event_kinds() -> Vec<EventKind> {
    let mut kinds = Vec::new();
    kinds.extend(kinds_of::<GarmentEvent>(
        Garment::TYPE,
        GarmentEvent::VERSIONS,
    ));
    kinds.extend(kinds_of::<StockEvent>(Stock::TYPE, StockEvent::VERSIONS));
    kinds.extend(kinds_of::<CollectionEvent>(
        Collection::TYPE,
        CollectionEvent::VERSIONS,
    ));
    kinds.extend(kinds_of::<CategoryEvent>(
        CategoryNode::TYPE,
        CategoryEvent::VERSIONS,
    ));
    kinds.extend(kinds_of::<SearchEvent>(
        PinnedSearch::TYPE,
        SearchEvent::VERSIONS,
    ));
    kinds.extend(kinds_of::<PictureEvent>(
        Picture::TYPE,
        PictureEvent::VERSIONS,
    ));
    kinds.extend(kinds_of::<SessionEvent>(
        Session::TYPE,
        SessionEvent::VERSIONS,
    ));
    kinds.extend(kinds_of::<SuitabilityEvent>(
        Suitability::TYPE,
        SuitabilityEvent::VERSIONS,
    ));
    kinds.extend(kinds_of::<AccountEvent>(
        Account::TYPE,
        AccountEvent::VERSIONS,
    ));
    kinds.extend(kinds_of::<SigningKeysEvent>(
        SigningKeys::TYPE,
        SigningKeysEvent::VERSIONS,
    ));
    kinds.extend(kinds_of::<WardrobeEvent>(
        Wardrobe::TYPE,
        WardrobeEvent::VERSIONS,
    ));
    kinds.extend(kinds_of::<ProjectionEvent>(
        Projection::TYPE,
        ProjectionEvent::VERSIONS,
    ));
    kinds
}

/// Takes the schema of an aggregate's events apart: one of them is one of its alternatives.
fn kinds_of<E: JsonSchema>(
    aggregate_type: &'static str,
    versions: &'static [(&'static str, &'static str)],
) -> Vec<EventKind> {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let all = settings.into_generator().into_root_schema_for::<E>();
    let alternatives = all.get("oneOf").and_then(Value::as_array);
    let alternatives = alternatives.map(Vec::as_slice).unwrap_or_default();
    let named = |name: &str| {
        let is = |schema: &&Value| schema["properties"]["type"]["const"] == name;
        alternatives.iter().find(is).cloned()
    };
    versions
        .iter()
        .filter_map(|(event_type, event_version)| {
            let mut schema = named(event_type)?;
            let meaning = schema["description"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
            schema["$id"] = json!(format!("/v1/schemas/{event_type}/{event_version}"));
            schema["title"] = json!(event_type);
            let file = format!("{aggregate_type}.{event_type}.v{event_version}");
            let example = EXAMPLES.iter().find(|(name, _)| *name == file)?.1;
            Some(EventKind {
                aggregate_type,
                event_type,
                event_version,
                meaning,
                example,
                schema,
            })
        })
        .collect()
}

macro_rules! examples {
    ($($name:literal,)+) => {
        /// The frozen events.
        const EXAMPLES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../tests/golden/", $name, ".json"))),)+];
    };
}

examples! {
    "catalog.category.CategoryNamed.v1",
    "catalog.category.CategoryUnnamed.v1",
    "catalog.collection.CollectionAdded.v1",
    "catalog.collection.CollectionGarmentsPinned.v1",
    "catalog.collection.CollectionMembersChosen.v1",
    "catalog.collection.CollectionRemoved.v1",
    "catalog.collection.CollectionRevised.v1",
    "catalog.garment.GarmentAdded.v1",
    "catalog.garment.GarmentPublished.v1",
    "catalog.garment.GarmentRetired.v1",
    "catalog.garment.GarmentRevised.v1",
    "catalog.garment.ListPriceChanged.v1",
    "catalog.garment.PictureAttached.v1",
    "catalog.garment.PriceChanged.v1",
    "catalog.garment.PublicationScheduled.v1",
    "catalog.garment.PublicationUnscheduled.v1",
    "catalog.garment.SizePriceChanged.v1",
    "catalog.search.SearchPinned.v1",
    "catalog.stock.LowStockLevelSet.v1",
    "catalog.stock.StockAdjusted.v1",
    "catalog.stock.StockCounted.v1",
    "catalog.stock.StockRanLow.v1",
    "identity.account.AccountErased.v1",
    "identity.account.AccountRegistered.v1",
    "identity.account.AccountReinstated.v1",
    "identity.account.AccountSuspended.v1",
    "identity.account.ApiKeyIssued.v1",
    "identity.account.ApiKeyRevoked.v1",
    "identity.account.RolesChanged.v1",
    "identity.account.SecondFactorRemoved.v1",
    "identity.account.SessionsEnded.v1",
    "identity.signing_keys.SigningKeysReplaced.v1",
    "media.picture.FocalPointChosen.v1",
    "media.picture.PhotoConsentGiven.v1",
    "media.picture.PhotoConsentWithdrawn.v1",
    "media.picture.PictureProcessed.v1",
    "media.picture.PictureRefused.v1",
    "media.picture.PictureRemoved.v1",
    "media.picture.PictureUploaded.v1",
    "operations.projection.ParkedEventDiscarded.v1",
    "operations.projection.ParkedEventRetried.v1",
    "operations.projection.ProjectionPaused.v1",
    "operations.projection.ProjectionRebuildCancelled.v1",
    "operations.projection.ProjectionRebuildRequested.v1",
    "operations.projection.ProjectionResumed.v1",
    "tryon.session.TryOnCancelled.v1",
    "tryon.session.TryOnFailed.v1",
    "tryon.session.TryOnRated.v1",
    "tryon.session.TryOnRequested.v1",
    "tryon.session.TryOnStarted.v1",
    "tryon.session.TryOnSucceeded.v1",
    "tryon.suitability.GarmentLookedAt.v1",
    "wardrobe.wardrobe.FavouriteAdded.v1",
    "wardrobe.wardrobe.FavouriteRemoved.v1",
    "wardrobe.wardrobe.GarmentDisowned.v1",
    "wardrobe.wardrobe.GarmentOwned.v1",
    "wardrobe.wardrobe.OutfitRemoved.v1",
    "wardrobe.wardrobe.OutfitSaved.v1",
    "wardrobe.wardrobe.OutfitShared.v1",
    "wardrobe.wardrobe.OutfitUnshared.v1",
    "wardrobe.wardrobe.WardrobeErased.v1",
    "wardrobe.wardrobe.WardrobeHandedOver.v1",
    "wardrobe.wardrobe.WardrobeMerged.v1",
}
