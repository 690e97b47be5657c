//! What the endpoints share, and all of them together.

use std::{fmt, sync::Arc};

use blob_store::BlobStore;
use domain::{
    identity::{account::Account, signing_keys},
    wardrobe::wardrobe::Wardrobe,
};
use http::StatusCode;
use http_kit::{BearerSecurity, Problem};
use jetstream_es::{EventLog, Executor};
use sqlx::PgPool;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    IdentityOptions, SubjectKeys,
    access_token::SigningKeys,
    mail::{Outbox, Transport},
    password::Hasher,
    provider::Exchange,
    recognition::Recognised,
    throttle::Throttle,
};

/// What the endpoints share. Cheap to clone.
#[derive(Clone)]
pub struct Identity {
    pub(crate) accounts: Arc<Executor<Account>>,
    pub(crate) wardrobes: Arc<Executor<Wardrobe>>,
    /// What was decided about the signing keys; they themselves are in the database.
    pub(crate) keys_in_log: Arc<Executor<signing_keys::SigningKeys>>,
    pub(crate) blobs: BlobStore,
    pub(crate) subject_keys: SubjectKeys,
    pub(crate) pool: PgPool,
    pub(crate) hasher: Hasher,
    pub(crate) throttle: Arc<Throttle>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) exchange: Exchange,
    pub(crate) signing_keys: Arc<SigningKeys>,
    pub(crate) recognised: Arc<Recognised>,
    /// Woken when an admin decided something.
    pub(crate) decided: Arc<Notify>,
    pub(crate) options: Arc<IdentityOptions>,
}

impl Identity {
    /// Accounts are in this log, people in this database, their pictures among these blobs. Fails where the options for mail cannot be used.
    pub fn new(
        log: EventLog,
        pool: PgPool,
        blobs: BlobStore,
        options: IdentityOptions,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let throttle = Arc::new(Throttle::new());
        let outbox = Outbox {
            pool: pool.clone(),
            transport: Transport::new(&options.mail)?,
            site: options.mail.site.clone(),
            throttle: Arc::clone(&throttle),
            woken: Notify::new(),
        };
        let issuer = options.issuer().to_owned();
        let signing_keys = SigningKeys::new(pool.clone(), options.master_keys.clone(), issuer);
        Ok(Self {
            accounts: Arc::new(Executor::new(log.clone(), ())),
            wardrobes: Arc::new(Executor::new(log.clone(), ())),
            keys_in_log: Arc::new(Executor::new(log, ())),
            blobs,
            subject_keys: SubjectKeys::new(pool.clone(), options.master_keys.clone()),
            pool,
            hasher: Hasher::new(options.cost, options.peppers.clone()),
            throttle,
            outbox: Arc::new(outbox),
            exchange: Exchange::new()?,
            signing_keys: Arc::new(signing_keys),
            recognised: Arc::new(Recognised::new(options.recognised_for)),
            decided: Arc::default(),
            options: Arc::new(options),
        })
    }

    /// Sends the mails that are asked for, erases whose time has come, tells the log what admins decided, and hears which sessions
    /// end elsewhere, until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        // On the heap, so that the compiler sees that they may move between threads.
        let mail = Box::pin(self.outbox.run(&stop));
        let erasure = Box::pin(self.erase_on_time(&stop));
        let decisions = Box::pin(self.tell_decisions(&stop));
        let endings = Box::pin(self.hear_endings(&stop));
        tokio::join!(mail, erasure, decisions, endings);
    }

    /// Demands that mail can be sent, else 503.
    pub(crate) fn with_mail(&self) -> Result<(), Problem> {
        if self.outbox.transport.is_there() {
            return Ok(());
        }
        let title = "Nobody can sign up here";
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "mail-missing", title);
        Err(problem.detail("Whoever runs this system has to set mail.smtp_url or mail.folder."))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

#[derive(OpenApi)]
#[openapi(
    components(schemas(Problem)),
    modifiers(&BearerSecurity),
    tags((name = "identity", description = "Signing up and in; what belongs to whoever is signed in; people, for admins."))
)]
struct Document;

/// Every endpoint with its documentation, under `/v1`. Needs the layer of `http_kit::authenticate_with`.
pub fn router(identity: Identity) -> OpenApiRouter {
    routes().with_state(identity)
}

/// The documentation alone: needs no server.
pub fn document() -> utoipa::openapi::OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<Identity> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(crate::sign_up::routes())
        .merge(crate::session::routes())
        .merge(crate::access_token::routes())
        .merge(crate::second_factor::routes())
        .merge(crate::passkey::routes())
        .merge(crate::provider::routes())
        .merge(crate::recovery::routes())
        .merge(crate::me::routes())
        .merge(crate::erasure::routes())
        .merge(crate::api_key::routes())
        .merge(crate::people::routes())
}
