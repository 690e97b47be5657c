//! Reads and live updates over HTTP.
//!
//! Answers from the views that the projector keeps in PostgreSQL, from the blob store, and (live updates only) from
//! the event log. Never appends, never writes: its database connections are read-only.
//!
//! A read says in `Drape-Position` how far its view has come, and waits for its view when the client names a
//! `Drape-Min-Position`. A live update is sent only when all views have it, so whoever is told of a change and asks
//! for the thing gets the change.

mod answer;
mod audience;
mod catalog;
mod checkpoints;
mod database;
mod freshness;
mod live;
mod me;
mod media;
mod operations;
mod options;
mod query_api;
mod replay;
mod search;
mod tryon;
mod wardrobe;

pub use self::{
    catalog::{
        Availability, BoundsDocument, CardDocument, CardPage, CategoryDocument, CategoryTree,
        Change, CollectionDocument, CollectionPage, ColourDocument, CutoutDocument,
        EarlierPriceDocument, GarmentDocument, GarmentTryOnDocument, LocalTextDocument,
        LocalWordsDocument, MembersDocument, MoneyDocument, RuleDocument, RulePriceDocument,
        RuleSortDocument, SizeStockDocument, StockDocument, VersionDocument, VersionPage,
    },
    database::read_pool,
    live::{EventMessage, ProgressMessage},
    me::{AccountRecord, Accounts, FindingRecord, RecordUnavailable},
    media::{
        ConsentDocument, FocalPointDocument, LinkKeys, LinkKeysError, PhotoPolicyDocument,
        PictureDisplayDocument, PictureDocument, PictureLinkDocument, RemovalDocument,
        RenditionDocument, SourceSetDocument,
    },
    operations::{AuditAction, AuditDocument, AuditPage},
    options::QueryApiOptions,
    query_api::{QueryApi, document, router},
    replay::{
        EventLogService, ExportOptions, ExportState, ExportStatus, asyncapi, event_log_service,
        event_schemas, events_in_markdown,
    },
    search::{
        AttributeFacetDocument, BucketDocument, FacetDocument, FacetsDocument, GoesWithDocument,
        GoesWithPage, HitDocument, PinnedSearchDocument, PinnedSearches, PriceRangeDocument,
        SearchPage, SimilarDocument, SimilarPage,
    },
    tryon::{QueueDocument, QueuedMessage, ReasonDocument, TryOnDocument},
    wardrobe::{
        FavouriteDocument, LookDocument, OutfitDocument, OwnedGarmentDocument, SharedDocument,
        WardrobeDocument,
    },
};
