//! The table of all keys. Parsing, the listing and the refusal of unknown keys all come from it.

/// One setting.
#[derive(Debug)]
pub(super) struct Key {
    /// `section.name` in the TOML file.
    pub(super) path: &'static str,
    /// Its environment variable.
    pub(super) env: &'static str,
    /// What it is when nobody sets it.
    pub(super) default: &'static str,
    /// What it does.
    pub(super) doc: &'static str,
}

const fn key(
    path: &'static str,
    env: &'static str,
    default: &'static str,
    doc: &'static str,
) -> Key {
    Key {
        path,
        env,
        default,
        doc,
    }
}

pub(super) static KEYS: [Key; 71] = [
    key(
        "http.listen",
        "DRAPE_HTTP_LISTEN",
        "127.0.0.1:8080",
        "Address and port of the API.",
    ),
    key(
        "http.internal_grpc_listen",
        "DRAPE_INTERNAL_LISTEN",
        "127.0.0.1:50051",
        "Address and port of the gRPC for try-on workers; not for the public.",
    ),
    key(
        "http.internal_grpc_token",
        "DRAPE_INTERNAL_TOKEN",
        "",
        "A secret that drape and its workers know each other by, in both directions; empty where nobody else reaches their ports.",
    ),
    key(
        "http.tls_certificate",
        "DRAPE_HTTP_TLS_CERTIFICATE",
        "",
        "A PEM file with the certificate and those above it; with the key, HTTPS is spoken instead of HTTP. Newer files are taken within seconds.",
    ),
    key(
        "http.tls_key",
        "DRAPE_HTTP_TLS_KEY",
        "",
        "A PEM file with the certificate's private key.",
    ),
    key(
        "http.max_connections",
        "DRAPE_HTTP_MAX_CONNECTIONS",
        "10000",
        "Connections at once; further ones wait.",
    ),
    key(
        "http.request_timeout_ms",
        "DRAPE_HTTP_REQUEST_TIMEOUT_MS",
        "60000",
        "How long a request may take, in milliseconds; live streams are exempt.",
    ),
    key(
        "http.drain_ms",
        "DRAPE_HTTP_DRAIN_MS",
        "1500",
        "How long requests may go on after SIGTERM, in milliseconds.",
    ),
    key(
        "http.cors_origins",
        "DRAPE_HTTP_CORS_ORIGINS",
        "",
        "Origins of browser applications that may call the API, with commas; none means only our own.",
    ),
    key(
        "http.rate_limits",
        "DRAPE_HTTP_RATE_LIMITS",
        "read=600000/60,write=600000/60,work=6000/60",
        "Requests of one caller in so many seconds: reads, writes, and what costs much (pictures, try-ons, replays); or off.",
    ),
    key(
        "http.client_address_header",
        "DRAPE_HTTP_CLIENT_ADDRESS_HEADER",
        "",
        "Behind a proxy: the header in which it says whose request it is, such as x-forwarded-for.",
    ),
    key(
        "nats.url",
        "DRAPE_NATS_URL",
        "nats://127.0.0.1:4222",
        "The event log's servers: nats://[user:password@]host:port, with commas.",
    ),
    key(
        "nats.monitor_url",
        "DRAPE_NATS_MONITOR_URL",
        "",
        "Their monitoring, http://host:port, with commas: to see that they sync before they acknowledge.",
    ),
    key(
        "nats.stream",
        "DRAPE_NATS_STREAM",
        "DRAPE_EVENTS",
        "Name of the stream that is the event log.",
    ),
    key(
        "nats.subject_prefix",
        "DRAPE_NATS_SUBJECT_PREFIX",
        "drape.events",
        "All subjects of the log start with this and a dot.",
    ),
    key(
        "nats.max_bytes",
        "DRAPE_NATS_MAX_BYTES",
        "8589934592",
        "Size at which the log refuses commits, in bytes. It never drops old ones.",
    ),
    key(
        "nats.replicas",
        "DRAPE_NATS_REPLICAS",
        "1",
        "Servers that hold a copy of the log: 1, 3 or 5.",
    ),
    key(
        "nats.allow_unsafe_sync",
        "DRAPE_NATS_ALLOW_UNSAFE_SYNC",
        "false",
        "Work with a server that acknowledges before it syncs. Loses data in a power cut.",
    ),
    key(
        "database.url",
        "DRAPE_DATABASE_URL",
        "postgres://127.0.0.1:5432/drape",
        "PostgreSQL for the views: postgres://[user:password@]host:port/database. ops/postgres/roles.sql makes a user for each part.",
    ),
    key(
        "database.read_url",
        "DRAPE_DATABASE_READ_URL",
        "",
        "The same database for whoever only reads the views; empty means database.url.",
    ),
    key(
        "database.identity_url",
        "DRAPE_DATABASE_IDENTITY_URL",
        "",
        "The database of the sign-in; empty means database.url.",
    ),
    key(
        "database.max_connections",
        "DRAPE_DATABASE_MAX_CONNECTIONS",
        "20",
        "Connections to PostgreSQL at most.",
    ),
    key(
        "database.migrate",
        "DRAPE_DATABASE_MIGRATE",
        "true",
        "Bring the schema up to date when the projector starts.",
    ),
    key(
        "blobs.url",
        "DRAPE_BLOB_URL",
        "file:///var/lib/drape/blobs",
        "Where pictures lie: file:///directory or s3://bucket/prefix.",
    ),
    key(
        "blobs.s3_endpoint",
        "DRAPE_S3_ENDPOINT",
        "",
        "A server that speaks S3, such as http://127.0.0.1:9000; empty means Amazon's.",
    ),
    key(
        "blobs.s3_region",
        "DRAPE_S3_REGION",
        "",
        "The region to sign for; empty means us-east-1.",
    ),
    key(
        "blobs.s3_access_key_id",
        "DRAPE_S3_ACCESS_KEY_ID",
        "",
        "The key's public part; without it requests are not signed.",
    ),
    key(
        "blobs.s3_secret_access_key",
        "DRAPE_S3_SECRET_ACCESS_KEY",
        "",
        "The key's secret part.",
    ),
    key(
        "auth.tokens",
        "DRAPE_AUTH_TOKENS",
        "",
        "Who may come in: token:role:account-uuid with commas, or in TOML a list of {token, role, account}.",
    ),
    key(
        "auth.password_cost",
        "DRAPE_AUTH_PASSWORD_COST",
        "m=19456,t=2,p=1",
        "What one hash of a password costs (argon2id): KiB of memory, passes, lanes. A password is hashed anew when it is next given.",
    ),
    key(
        "auth.password_peppers",
        "DRAPE_AUTH_PASSWORD_PEPPERS",
        "",
        "Secrets that go into passwords: id:secret with commas, the first goes into new ones, all are needed. Without them stolen \
         hashes are worth nothing. Lose none.",
    ),
    key(
        "auth.session_idle_h",
        "DRAPE_AUTH_SESSION_IDLE_H",
        "336",
        "A sign-in that is not used for so many hours has ended.",
    ),
    key(
        "auth.session_lifetime_h",
        "DRAPE_AUTH_SESSION_LIFETIME_H",
        "2160",
        "After so many hours a sign-in has ended anyway.",
    ),
    key(
        "auth.recognised_s",
        "DRAPE_AUTH_RECOGNISED_S",
        "5",
        "Whom a session, key or token opened to is believed for so many seconds without asking the database, unless it is heard that it ended; 0: each request asks.",
    ),
    key(
        "auth.passkey_domain",
        "DRAPE_AUTH_PASSKEY_DOMAIN",
        "",
        "The domain that passkeys belong to; empty means the host of the first of auth.passkey_origins. Changed, all passkeys are lost.",
    ),
    key(
        "auth.passkey_origins",
        "DRAPE_AUTH_PASSKEY_ORIGINS",
        "",
        "Origins of the pages that may use passkeys, such as https://shop.example, with commas; empty means mail.site_url.",
    ),
    key(
        "auth.issuer",
        "DRAPE_AUTH_ISSUER",
        "",
        "Who issues access tokens, such as https://api.shop.example; empty means mail.site_url.",
    ),
    key(
        "auth.providers",
        "DRAPE_AUTH_PROVIDERS",
        "",
        "Providers of OpenID Connect that people may sign in with: \"id issuer client-id secret-file\" with commas. They lead back to \
         <mail.site_url>/sign-in/<id>.",
    ),
    key(
        "privacy.master_keys",
        "DRAPE_PRIVACY_MASTER_KEYS",
        "",
        "What people's keys are sealed under: id:key with commas, 64 hexadecimal digits each; the first seals, all open, and what the others \
         sealed is sealed anew. Without one, whoever has the database and the blobs can see photos. Lose none.",
    ),
    key(
        "privacy.policy_version",
        "DRAPE_PRIVACY_POLICY_VERSION",
        "1",
        "The version of the words that people agree to with a photo. With another one, photos are not used until their owners agree anew.",
    ),
    key(
        "privacy.policy_url",
        "DRAPE_PRIVACY_POLICY_URL",
        "",
        "Where these words can be read.",
    ),
    key(
        "privacy.photos_kept_s",
        "DRAPE_PRIVACY_PHOTOS_KEPT_S",
        "86400",
        "For how long a photo of a person is kept after it was used last, in seconds; 0 means until its owner removes it.",
    ),
    key(
        "privacy.results_kept_s",
        "DRAPE_PRIVACY_RESULTS_KEPT_S",
        "604800",
        "For how long the result of a try-on is kept that no outfit holds, in seconds; 0 means until its owner removes it.",
    ),
    key(
        "privacy.erasure_delay_h",
        "DRAPE_PRIVACY_ERASURE_DELAY_H",
        "168",
        "How many hours somebody who asked to be forgotten has to change their mind.",
    ),
    key(
        "mail.smtp_url",
        "DRAPE_MAIL_SMTP_URL",
        "",
        "Sends mail: smtps://user:password@host, or smtp://host:port?tls=required. Empty, with no folder either: nobody can sign up.",
    ),
    key(
        "mail.folder",
        "DRAPE_MAIL_FOLDER",
        "",
        "Without a server: put each mail into this folder, to try things out.",
    ),
    key(
        "mail.from",
        "DRAPE_MAIL_FROM",
        "drape <drape@localhost>",
        "Whom mail is from, such as Meadow <hello@shop.example>.",
    ),
    key(
        "mail.site_url",
        "DRAPE_MAIL_SITE_URL",
        "http://localhost:8080",
        "Where the links in mail lead: the address of the shop's pages, without a slash at its end.",
    ),
    key(
        "tryon.engine_url",
        "DRAPE_ENGINE_URL",
        "",
        "A try-on worker's gRPC for previews, http://host:port; empty means no previews.",
    ),
    key(
        "tryon.open_per_person",
        "DRAPE_OPEN_TRY_ONS_PER_PERSON",
        "5",
        "Try-ons of one account that may wait or run at once; more are refused with 429.",
    ),
    key(
        "pictures.renderers",
        "DRAPE_PICTURES_RENDERERS",
        "2",
        "Pictures whose renditions are made at the same time.",
    ),
    key(
        "pictures.link_keys",
        "DRAPE_PICTURES_LINK_KEYS",
        "",
        "Signs addresses of private pictures and cursors of lists: id:secret with commas, the first signs, all are accepted. Empty means a key of this process \
         alone: set it where several processes answer.",
    ),
    key(
        "provenance.certificate",
        "DRAPE_PROVENANCE_CERTIFICATE",
        "",
        "A PEM file with the certificate that results of try-ons are signed with, and those above it; empty, with no key either: one of the \
         installation's own, made once and kept with the blobs.",
    ),
    key(
        "provenance.private_key",
        "DRAPE_PROVENANCE_PRIVATE_KEY",
        "",
        "A PEM file with that certificate's private key, PKCS#8.",
    ),
    key(
        "provenance.time_authority",
        "DRAPE_PROVENANCE_TIME_AUTHORITY",
        "",
        "Where a time-stamping authority (RFC 3161) is asked to attest when a result was signed: http:// or https://; empty means by nobody.",
    ),
    key(
        "provenance.time_authority_certificate",
        "DRAPE_PROVENANCE_TIME_AUTHORITY_CERTIFICATE",
        "",
        "A PEM file with the certificates of the authorities whose word on the time is believed; empty means nobody's.",
    ),
    key(
        "sse.max_streams",
        "DRAPE_SSE_MAX_STREAMS",
        "8000",
        "Live streams at once.",
    ),
    key(
        "sse.max_streams_of_account",
        "DRAPE_SSE_MAX_STREAMS_OF_ACCOUNT",
        "32",
        "Live streams of one account at once.",
    ),
    key(
        "sse.max_streams_of_network",
        "DRAPE_SSE_MAX_STREAMS_OF_NETWORK",
        "1000",
        "Live streams at once of all who say nothing of themselves and come from one network.",
    ),
    key(
        "sse.heartbeat_ms",
        "DRAPE_SSE_HEARTBEAT_MS",
        "15000",
        "Silence after which a live stream says that it lives, in milliseconds.",
    ),
    key(
        "sse.max_age_ms",
        "DRAPE_SSE_MAX_AGE_MS",
        "3600000",
        "How long a live stream lasts at most, in milliseconds; its client comes again, and its token is looked at again.",
    ),
    key(
        "query.max_wait_ms",
        "DRAPE_QUERY_MAX_WAIT_MS",
        "5000",
        "How long a read waits for the position that it asks for, in milliseconds.",
    ),
    key(
        "projector.delay_per_batch_ms",
        "DRAPE_PROJECTOR_DELAY_PER_BATCH_MS",
        "0",
        "Holds the views back, in milliseconds: for tests of what a lagging view means.",
    ),
    key(
        "projector.archive",
        "DRAPE_PROJECTOR_ARCHIVE",
        "true",
        "Keep a second, hash-chained copy of the log in PostgreSQL, from which a lost log is restored.",
    ),
    key(
        "exports.folder",
        "DRAPE_EXPORTS_FOLDER",
        "/var/lib/drape/exports",
        "Where exports for analysts lie until they are downloaded; empty means no exports.",
    ),
    key(
        "exports.max_bytes",
        "DRAPE_EXPORTS_MAX_BYTES",
        "10737418240",
        "How much room all exports together may take, in bytes.",
    ),
    key(
        "exports.max_waiting",
        "DRAPE_EXPORTS_MAX_WAITING",
        "8",
        "Exports that may wait or run at once.",
    ),
    key(
        "exports.retention_h",
        "DRAPE_EXPORTS_RETENTION_H",
        "24",
        "For how long an export is kept, in hours.",
    ),
    key(
        "imports.folder",
        "DRAPE_IMPORTS_FOLDER",
        "/var/lib/drape/imports",
        "Where catalogues lie until they are imported, of this process alone; empty means no imports over HTTP.",
    ),
    key(
        "log.format",
        "DRAPE_LOG_FORMAT",
        "text",
        "How log lines are written: text or json.",
    ),
    key(
        "log.filter",
        "DRAPE_LOG_FILTER",
        "info",
        "What is logged: level, or level,target=level,…",
    ),
];

/// Variables that begin alike and belong to our other programs: the worker, ops/up, and the tests' servers.
const OTHERS: [&str; 7] = [
    "DRAPE_MEDIA_URL",
    "DRAPE_MODEL",
    "DRAPE_NATS_SERVER",
    "DRAPE_POSTGRES_BIN",
    "DRAPE_TRYON_",
    "DRAPE_UP_",
    "DRAPE_WORKER_",
];

/// Whether a variable is meant for another program.
pub(super) fn is_for_others(variable: &str) -> bool {
    OTHERS
        .iter()
        .any(|beginning| variable.starts_with(beginning))
}
