//! Brings the roles up once their servers are there.

use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use blob_store::BlobStore;
use command_api::{CommandApi, Imports, SpoolOptions, TryOnLimit};
use http_kit::{FirstAnswers, replay_first_answers};
use http_server::surround;
use identity::{Identity, IdentityOptions, SubjectKeys};
use image_processor::{Signing, SigningOptions, media_service};
use jetstream_es::EventLog;
use projector::{Projector, ProjectorOptions};
use query_api::{Accounts, LinkKeys, PhotoPolicyDocument, QueryApi, QueryApiOptions};
use sqlx::PgPool;
use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{
    account_records::AccountRecords, cancel_on_time::cancel_on_time, internal_grpc,
    keep_no_longer::keep_no_longer, open_try_ons::ViewedTryOns, publish_on_time::publish_on_time,
    supervise::supervise,
};
use crate::{
    cli::Role,
    config::Config,
    connect,
    engine::{EngineRoom, engine},
    http::{
        JetStreamAnswers, Marks, Previews, Readiness, Running, documentation, marks, own_addresses,
        previews,
    },
    openapi,
    projections::{Admin, admin},
};

/// All that a start needs. It may be repeated.
pub(super) struct Start {
    pub(super) config: Config,
    pub(super) roles: Vec<Role>,
    pub(super) readiness: Readiness,
    /// How results are signed.
    pub(super) signing: SigningOptions,
    pub(super) app: watch::Sender<Router>,
    pub(super) stop: CancellationToken,
}

/// The connections that the roles share.
struct Shared {
    nats: async_nats::Client,
    log: EventLog,
    pool: PgPool,
    /// For the sign-in alone.
    identity_pool: PgPool,
    /// Its statements cannot write.
    read_pool: PgPool,
    blobs: BlobStore,
    signing: Signing,
    imports: Imports,
    identity: Identity,
    link_keys: LinkKeys,
}

impl Start {
    /// Starts the roles and stays until they end. What is not there yet is an error, and the start is tried again.
    pub(super) async fn run(self: Arc<Self>) -> anyhow::Result<()> {
        let shared = match self.connect().await {
            Ok(shared) => shared,
            Err(error) => {
                self.readiness
                    .waits_for(telemetry::chain(error.as_ref()).to_string());
                return Err(error);
            }
        };
        let mut tasks = JoinSet::new();
        if self.has(Role::ImageProcessor) {
            self.start_image_processor(&shared, &mut tasks);
        }
        if self.has(Role::CommandApi) {
            self.start_imports(&shared, &mut tasks);
            self.start_publisher(&shared, &mut tasks);
            self.start_deadlines(&shared, &mut tasks);
            self.start_retention(&shared, &mut tasks);
            self.start_mail(&shared, &mut tasks);
        }
        let views = self
            .has(Role::Projector)
            .then(|| self.start_projector(&shared, &mut tasks));
        // The router that it replaces is done with.
        let answers = JetStreamAnswers::beside(&self.config.event_log, shared.nats.clone());
        let answers = FirstAnswers::new(answers);
        drop(self.app.send_replace(self.app(&shared, answers.clone())?));
        self.readiness.runs(Running {
            nats: shared.nats.clone(),
            pool: shared.pool.clone(),
            blobs: shared.blobs.clone(),
            views,
        });
        let names: Vec<String> = self.roles.iter().map(Role::to_string).collect();
        info!("running: {}", names.join(", "));
        // The supervisors end with the stop.
        while tasks.join_next().await.is_some() {}
        self.stop.cancelled().await;
        tokio::join!(
            shared.pool.close(),
            shared.identity_pool.close(),
            shared.read_pool.close(),
            answers.settle()
        );
        Ok(())
    }

    fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    async fn connect(&self) -> anyhow::Result<Shared> {
        let pool = connect::pool(&self.config)?;
        let identity_pool = connect::identity_pool(&self.config)?;
        let masters = self.config.identity.master_keys.clone();
        if masters.is_empty() {
            warn!(
                "privacy.master_keys is not set: whoever has the database and the blobs can see photos"
            );
        }
        let keys = Arc::new(SubjectKeys::new(identity_pool.clone(), masters));
        let blobs = connect::blobs(&self.config)?.with_keys(keys);
        let database = &self.config.database;
        let read_pool = query_api::read_pool(&database.read_url, database.max_connections)
            .context("database.read_url cannot be read")?;
        let (nats, log) = connect::event_log(&self.config).await?;
        if self.config.database.migrate {
            if self.has(Role::Projector) {
                connect::migrate_views(&pool).await?;
            }
            // Every process asks who is there, whichever of them starts first. Without PostgreSQL commands are taken all the same.
            if let Err(error) = connect::migrate_identity(&identity_pool).await {
                warn!("{}", telemetry::chain(error.as_ref()));
            }
        }
        // Whoever takes no files must not look for those of a process that does.
        let imports = Imports::open(if self.has(Role::CommandApi) {
            self.config.imports.clone()
        } else {
            SpoolOptions::default()
        });
        let link_keys = self.link_keys()?;
        let options = IdentityOptions {
            cursor_keys: link_keys.cursor_keys(),
            ..self.config.identity.clone()
        };
        let identity = Identity::new(log.clone(), identity_pool.clone(), blobs.clone(), options)
            .map_err(|error| anyhow::anyhow!("{}", telemetry::chain(error.as_ref())))?;
        Ok(Shared {
            nats,
            log,
            pool,
            identity_pool,
            read_pool,
            signing: Signing::new(blobs.clone(), self.signing.clone()),
            blobs,
            imports,
            identity,
            link_keys,
        })
    }

    fn start_image_processor(&self, shared: &Shared, tasks: &mut JoinSet<()>) {
        let options = image_processor::Options {
            concurrency: self.config.renderers,
        };
        let (log, blobs, stop) = (shared.log.clone(), shared.blobs.clone(), self.stop.clone());
        let signing = shared.signing.clone();
        tasks.spawn(supervise("image-processor", self.stop.clone(), move || {
            let (log, blobs, stop) = (log.clone(), blobs.clone(), stop.clone());
            let signing = signing.clone();
            async move { Ok(image_processor::run(log, blobs, signing, options, stop).await?) }
        }));
        let (log, blobs, stop) = (shared.log.clone(), shared.blobs.clone(), self.stop.clone());
        let signing = shared.signing.clone();
        let listen = self.config.internal_grpc_listen;
        let token = self.config.internal_token.clone();
        tasks.spawn(supervise("internal gRPC", self.stop.clone(), move || {
            let media = media_service(&log, blobs.clone(), signing.clone());
            internal_grpc::serve(listen, log.clone(), media, token.clone(), stop.clone())
        }));
    }

    fn start_imports(&self, shared: &Shared, tasks: &mut JoinSet<()>) {
        let (imports, log, blobs, stop) = (
            shared.imports.clone(),
            shared.log.clone(),
            shared.blobs.clone(),
            self.stop.clone(),
        );
        tasks.spawn(supervise("imports", self.stop.clone(), move || {
            let (log, blobs) = (log.clone(), blobs.clone());
            let reading = imports.clone().run(log, blobs, stop.clone());
            async move {
                reading.await;
                Ok(())
            }
        }));
    }

    fn start_mail(&self, shared: &Shared, tasks: &mut JoinSet<()>) {
        let (identity, stop) = (shared.identity.clone(), self.stop.clone());
        let to_migrate =
            Some(shared.identity_pool.clone()).filter(|_| self.config.database.migrate);
        tasks.spawn(supervise(
            "mail and erasure",
            self.stop.clone(),
            move || {
                let working = identity.clone().run(stop.clone());
                let to_migrate = to_migrate.clone();
                async move {
                    if let Some(pool) = to_migrate {
                        connect::migrate_identity(&pool).await?;
                    }
                    working.await;
                    Ok(())
                }
            },
        ));
    }

    fn start_publisher(&self, shared: &Shared, tasks: &mut JoinSet<()>) {
        let (pool, log, stop) = (
            shared.read_pool.clone(),
            shared.log.clone(),
            self.stop.clone(),
        );
        tasks.spawn(supervise(
            "planned publications",
            self.stop.clone(),
            move || publish_on_time(pool.clone(), log.clone(), stop.clone()),
        ));
    }

    fn start_deadlines(&self, shared: &Shared, tasks: &mut JoinSet<()>) {
        let (pool, log, stop) = (
            shared.read_pool.clone(),
            shared.log.clone(),
            self.stop.clone(),
        );
        tasks.spawn(supervise(
            "deadlines of try-ons",
            self.stop.clone(),
            move || cancel_on_time(pool.clone(), log.clone(), stop.clone()),
        ));
    }

    fn start_retention(&self, shared: &Shared, tasks: &mut JoinSet<()>) {
        let (pool, log) = (shared.read_pool.clone(), shared.log.clone());
        let (policy, stop) = (self.config.photo_policy.clone(), self.stop.clone());
        tasks.spawn(supervise("retention", self.stop.clone(), move || {
            keep_no_longer(pool.clone(), log.clone(), policy.clone(), stop.clone())
        }));
    }

    /// One projector, whose health stays the same handle: it keeps its views running by itself.
    fn start_projector(&self, shared: &Shared, tasks: &mut JoinSet<()>) -> projector::Health {
        let options = ProjectorOptions {
            delay_per_batch: self.config.projector_delay,
            archive: self.config.projector_archive,
            ..ProjectorOptions::default()
        };
        let projector = Projector::new(shared.log.clone(), shared.pool.clone(), options);
        let health = projector.health();
        tasks.spawn(projector.run(self.stop.clone()));
        health
    }

    /// The router of the roles that answer over HTTP.
    fn app(&self, shared: &Shared, answers: FirstAnswers) -> anyhow::Result<Router> {
        let mut api = openapi::base();
        if self.has(Role::CommandApi) {
            let policy = self.config.photo_policy.clone();
            let url = self.config.engine_url.as_ref();
            let engine = url.map(|url| engine(url, &self.config.internal_token));
            let previewing = Previews {
                engine: engine.clone(),
                photo_policy: policy.clone(),
                signing: shared.signing.clone(),
            };
            let mut commands = CommandApi::new(shared.log.clone(), shared.blobs.clone(), policy);
            if let Some(engine) = engine {
                commands = commands.with_fitting_room(EngineRoom::shared(engine));
            }
            let counter = Arc::new(ViewedTryOns(shared.read_pool.clone()));
            let limit = TryOnLimit::new(self.config.open_try_ons, counter);
            let commands = commands
                .with_imports(shared.imports.clone())
                .with_try_on_limit(limit);
            api = api.merge(command_api::router(commands));
            api = api.merge(identity::router(shared.identity.clone()));
            api = api.merge(previews().with_state(previewing));
            api = api.merge(marks().with_state(Marks::new(shared.signing.clone())));
        }
        if self.has(Role::QueryApi) {
            api = api.merge(query_api::router(self.queries(shared)?));
        }
        api = api.merge(admin().with_state(Admin {
            log: shared.log.clone(),
            pool: shared.pool.clone(),
            cursor_keys: shared.link_keys.cursor_keys(),
        }));
        let (router, _) = api.split_for_parts();
        let router = replay_first_answers(router, answers)
            .merge(documentation(openapi::document()?))
            .merge(own_addresses(self.readiness.clone()));
        let authenticator = Arc::new(shared.identity.clone());
        Ok(surround(
            router,
            self.config.http.surroundings(authenticator),
        ))
    }

    /// The configured keys, or one that ends with this process.
    fn link_keys(&self) -> anyhow::Result<LinkKeys> {
        if let Some(keys) = &self.config.link_keys {
            return Ok(keys.clone());
        }
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).context("this machine gives no random bytes")?;
        Ok(LinkKeys::of_this_process(secret))
    }

    /// What people are told of it.
    fn photo_policy(&self) -> PhotoPolicyDocument {
        let policy = &self.config.photo_policy;
        PhotoPolicyDocument {
            version: policy.version.to_string(),
            url: policy.url.clone(),
            photos_kept_s: policy.photos_kept.map(|kept| kept.as_secs()),
            results_kept_s: policy.results_kept.map(|kept| kept.as_secs()),
            ..PhotoPolicyDocument::default()
        }
    }

    fn queries(&self, shared: &Shared) -> anyhow::Result<QueryApi> {
        let options = QueryApiOptions {
            min_position_wait: self.config.query_max_wait,
            heartbeat: self.config.sse_heartbeat,
            max_age: self.config.sse_max_age,
            max_streams: self.config.sse_max_streams,
            max_streams_of_account: self.config.sse_max_streams_of_account,
            max_streams_of_network: self.config.sse_max_streams_of_network,
            exports: self.config.exports.clone(),
            link_keys: shared.link_keys.clone(),
            photo_policy: self.photo_policy(),
            accounts: Some(Accounts::new(AccountRecords(shared.identity.clone()))),
            ..QueryApiOptions::default()
        };
        Ok(QueryApi::new(
            shared.read_pool.clone(),
            shared.log.clone(),
            shared.blobs.clone(),
            shared.nats.clone(),
            options,
            query_api::event_schemas()?,
            self.stop.clone(),
        ))
    }
}
