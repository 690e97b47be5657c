//! What the endpoints share, and all of them together.

use std::sync::Arc;

use blob_store::BlobStore;
use domain::{
    catalog::{
        category::CategoryNode, collection::Collection, garment::Garment, search::PinnedSearch,
        stock::Stock,
    },
    media::picture::Picture,
    tryon::{session::Session, suitability::Suitability},
    wardrobe::wardrobe::Wardrobe,
};
use http_kit::{BearerSecurity, Problem};
use jetstream_es::{EventLog, Executor};
use tokio::sync::Semaphore;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    catalog::imports::{Imports, SpoolOptions},
    media::picture::PhotoPolicy,
    tryon::session::{FittingRoom, TryOnLimit},
};

/// Pictures that are decoded at the same time: one may need 256 MB.
const DECODERS: usize = 2;

/// Uploads that are in memory at the same time: one has at most 20 MiB.
const UPLOADS: usize = 16;

/// Imports that are watched at the same time.
const WATCHERS: usize = 256;

/// Catalogues that arrive at the same time.
const FEEDS: usize = 4;

/// What the endpoints share. Cheap to clone.
#[derive(Clone)]
pub struct CommandApi {
    pub(crate) garments: Arc<Executor<Garment>>,
    pub(crate) stocks: Arc<Executor<Stock>>,
    pub(crate) collections: Arc<Executor<Collection>>,
    pub(crate) categories: Arc<Executor<CategoryNode>>,
    pub(crate) searches: Arc<Executor<PinnedSearch>>,
    pub(crate) pictures: Arc<Executor<Picture>>,
    pub(crate) sessions: Arc<Executor<Session>>,
    pub(crate) suitabilities: Arc<Executor<Suitability>>,
    pub(crate) wardrobes: Arc<Executor<Wardrobe>>,
    pub(crate) blobs: BlobStore,
    pub(crate) decoders: Arc<Semaphore>,
    pub(crate) uploads: Arc<Semaphore>,
    pub(crate) imports: Imports,
    pub(crate) feeds: Arc<Semaphore>,
    pub(crate) watchers: Arc<Semaphore>,
    pub(crate) photo_policy: Arc<PhotoPolicy>,
    pub(crate) fitting_room: Option<Arc<dyn FittingRoom>>,
    pub(crate) try_on_limit: Option<Arc<TryOnLimit>>,
}

impl CommandApi {
    /// Commands go to this log, uploaded pictures to these blobs, those of people after they agreed to this.
    pub fn new(log: EventLog, blobs: BlobStore, photo_policy: PhotoPolicy) -> Self {
        Self {
            garments: Arc::new(Executor::new(log.clone(), ())),
            stocks: Arc::new(Executor::new(log.clone(), ())),
            collections: Arc::new(Executor::new(log.clone(), ())),
            categories: Arc::new(Executor::new(log.clone(), ())),
            searches: Arc::new(Executor::new(log.clone(), ())),
            pictures: Arc::new(Executor::new(log.clone(), ())),
            sessions: Arc::new(Executor::new(log.clone(), ())),
            suitabilities: Arc::new(Executor::new(log.clone(), ())),
            wardrobes: Arc::new(Executor::new(log, ())),
            blobs,
            decoders: Arc::new(Semaphore::new(DECODERS)),
            uploads: Arc::new(Semaphore::new(UPLOADS)),
            imports: Imports::open(SpoolOptions::default()),
            feeds: Arc::new(Semaphore::new(FEEDS)),
            watchers: Arc::new(Semaphore::new(WATCHERS)),
            photo_policy: Arc::new(photo_policy),
            fitting_room: None,
            try_on_limit: None,
        }
    }

    /// Who looks at pictures before a try-on.
    #[must_use]
    pub fn with_fitting_room(mut self, room: Arc<dyn FittingRoom>) -> Self {
        self.fitting_room = Some(room);
        self
    }

    /// How many try-ons one person may have open. Without, as many as they like.
    #[must_use]
    pub fn with_try_on_limit(mut self, limit: TryOnLimit) -> Self {
        self.try_on_limit = Some(Arc::new(limit));
        self
    }

    /// Files to be imported are taken there; whoever calls `Imports::run` reads them.
    #[must_use]
    pub fn with_imports(mut self, imports: Imports) -> Self {
        self.imports = imports;
        self
    }
}

impl std::fmt::Debug for CommandApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CommandApi")
    }
}

#[derive(OpenApi)]
#[openapi(
    components(schemas(
        Problem,
        crate::catalog::garment::LocalTextBody,
        crate::catalog::collection::LocalWordsBody
    )),
    modifiers(&BearerSecurity),
    tags(
        (name = "catalog", description = "What the shop sells"),
        (name = "media", description = "Pictures"),
        (name = "tryon", description = "Seeing a garment on a person"),
        (name = "wardrobe", description = "What somebody likes, owns and wears together"),
    )
)]
struct Document;

/// Every endpoint with its documentation, under `/v1`. Needs the layer of `http_kit::authenticate_with`.
pub fn router(api: CommandApi) -> OpenApiRouter {
    routes().with_state(api)
}

/// The documentation alone: needs no server.
pub fn document() -> utoipa::openapi::OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(crate::catalog::garment::routes())
        .merge(crate::catalog::stock::routes())
        .merge(crate::catalog::collection::routes())
        .merge(crate::catalog::category::routes())
        .merge(crate::catalog::search::routes())
        .merge(crate::catalog::imports::routes())
        .merge(crate::media::picture::routes())
        .merge(crate::tryon::session::routes())
        .merge(crate::wardrobe::wardrobe::routes())
}
