//! Typed settings.

use std::{
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use ::http::{HeaderName, HeaderValue, Uri};
use blob_store::S3Options;
use command_api::PhotoPolicy;
use domain::shared::PolicyVersion;
use http_kit::{Authenticator, StaticTokens};
use http_server::{RateLimitsText, Surroundings, TlsFiles};
use identity::{IdentityOptions, MailOptions, Post, Providers, RelyingParty};
use jetstream_es::EventLogConfig;
use proto::{InternalToken, InvalidToken};
use telemetry::LogFormat;

use super::{error::ConfigError, keys::KEYS, sources::Values};

/// Everything that can be set.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) http: HttpConfig,
    pub(crate) internal_grpc_listen: SocketAddr,
    pub(crate) internal_token: InternalToken,
    pub(crate) nats_url: String,
    pub(crate) event_log: EventLogConfig,
    pub(crate) database: DatabaseConfig,
    pub(crate) blobs_url: String,
    pub(crate) s3: S3Options,
    pub(crate) identity: IdentityOptions,
    pub(crate) photo_policy: PhotoPolicy,
    pub(crate) engine_url: Option<Uri>,
    /// Try-ons of one account that may wait or run at once.
    pub(crate) open_try_ons: NonZeroU32,
    pub(crate) renderers: usize,
    pub(crate) provenance: ProvenanceConfig,
    pub(crate) sse_max_streams: usize,
    pub(crate) sse_max_streams_of_account: usize,
    pub(crate) sse_max_streams_of_network: usize,
    pub(crate) sse_heartbeat: Duration,
    pub(crate) sse_max_age: Duration,
    pub(crate) query_max_wait: Duration,
    pub(crate) projector_delay: Option<Duration>,
    pub(crate) exports: query_api::ExportOptions,
    pub(crate) imports: command_api::SpoolOptions,
    /// What signs addresses of private pictures and cursors, if it was configured.
    pub(crate) link_keys: Option<query_api::LinkKeys>,
    pub(crate) projector_archive: bool,
    pub(crate) log: LogConfig,
}

/// The public port.
#[derive(Debug, Clone)]
pub(crate) struct HttpConfig {
    pub(crate) listen: SocketAddr,
    pub(crate) max_connections: usize,
    pub(crate) request_timeout: Duration,
    pub(crate) drain: Duration,
    /// How often is looked whether a live stream's sign-in still stands: as often as it says that it lives.
    pub(crate) recheck: Duration,
    pub(crate) cors_origins: Vec<HeaderValue>,
    pub(crate) rate_limits: RateLimitsText,
    pub(crate) address_header: Option<HeaderName>,
    /// Without, plain HTTP is spoken.
    pub(crate) tls: Option<TlsFiles>,
}

impl HttpConfig {
    /// What surrounds every request, where this one knows who asks.
    pub(crate) fn surroundings(&self, authenticator: Arc<dyn Authenticator>) -> Surroundings {
        Surroundings {
            authenticator,
            recheck: self.recheck,
            request_timeout: self.request_timeout,
            cors_origins: self.cors_origins.clone(),
            rate_limits: self.rate_limits,
            address_header: self.address_header.clone(),
            is_tls: self.tls.is_some(),
        }
    }
}

/// The views' server.
#[derive(Debug, Clone)]
pub(crate) struct DatabaseConfig {
    /// Owns the views.
    pub(crate) url: String,
    /// Reads them.
    pub(crate) read_url: String,
    /// Owns the sign-in.
    pub(crate) identity_url: String,
    pub(crate) max_connections: u32,
    pub(crate) migrate: bool,
}

/// Signatures of results.
#[derive(Debug, Clone)]
pub(crate) struct ProvenanceConfig {
    /// What they are made with; none means a certificate of the installation's own.
    pub(crate) certificate: Option<TlsFiles>,
    /// Where is asked that an authority attests their time.
    pub(crate) time_authority: Option<reqwest::Url>,
    /// The file with the certificates of those who are believed about that.
    pub(crate) time_authority_certificate: Option<PathBuf>,
}

/// Log lines.
#[derive(Debug, Clone)]
pub(crate) struct LogConfig {
    pub(crate) format: LogFormat,
    pub(crate) filter: String,
}

impl Config {
    /// Reads defaults, then the file, then the environment.
    pub(crate) fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let values = Values::read(file, environment)?;
        let text = |path| values.get(path).to_owned();
        let optional = |path| Some(text(path)).filter(|text| !text.is_empty());
        let parser = Parser(&values);
        let mut event_log = EventLogConfig::new(text("nats.stream"), text("nats.subject_prefix"));
        event_log.max_bytes = parser.number("nats.max_bytes", 1 << 20, i64::MAX)?;
        event_log.replicas = parser.number("nats.replicas", 1, 5)?;
        event_log.allow_unsafe_sync = parser.parse("nats.allow_unsafe_sync", "true or false")?;
        event_log.monitor_url = optional("nats.monitor_url");
        Ok(Self {
            http: parser.http()?,
            internal_token: text("http.internal_grpc_token").parse().map_err(
                |error: InvalidToken| invalid("http.internal_grpc_token", error.to_string()),
            )?,
            internal_grpc_listen: parser.parse("http.internal_grpc_listen", "address:port")?,
            nats_url: text("nats.url"),
            event_log,
            database: DatabaseConfig {
                read_url: optional("database.read_url").unwrap_or_else(|| text("database.url")),
                identity_url: optional("database.identity_url")
                    .unwrap_or_else(|| text("database.url")),
                url: text("database.url"),
                max_connections: parser.number("database.max_connections", 4, 1_000)?,
                migrate: parser.parse("database.migrate", "true or false")?,
            },
            blobs_url: text("blobs.url"),
            s3: S3Options {
                endpoint: optional("blobs.s3_endpoint"),
                region: optional("blobs.s3_region"),
                access_key_id: optional("blobs.s3_access_key_id"),
                secret_access_key: optional("blobs.s3_secret_access_key"),
            },
            identity: parser.identity()?,
            photo_policy: parser.photo_policy()?,
            engine_url: optional("tryon.engine_url")
                .map(|_| parser.parse("tryon.engine_url", "http://host:port"))
                .transpose()?,
            open_try_ons: parser.number(
                "tryon.open_per_person",
                NonZeroU32::MIN,
                NonZeroU32::MAX,
            )?,
            link_keys: optional("pictures.link_keys")
                .map(|keys| query_api::LinkKeys::parse(&keys))
                .transpose()
                .map_err(|error| invalid("pictures.link_keys", error.to_string()))?,
            renderers: parser.number("pictures.renderers", 1, 64)?,
            provenance: parser.provenance()?,
            sse_max_streams: parser.number("sse.max_streams", 1, 1_000_000)?,
            sse_max_streams_of_account: parser.number(
                "sse.max_streams_of_account",
                1,
                1_000_000,
            )?,
            sse_max_streams_of_network: parser.number(
                "sse.max_streams_of_network",
                1,
                1_000_000,
            )?,
            sse_heartbeat: parser.milliseconds("sse.heartbeat_ms", 100)?,
            sse_max_age: parser.milliseconds("sse.max_age_ms", 100)?,
            query_max_wait: parser.milliseconds("query.max_wait_ms", 0)?,
            projector_delay: Some(parser.milliseconds("projector.delay_per_batch_ms", 0)?)
                .filter(|delay| !delay.is_zero()),
            exports: query_api::ExportOptions {
                folder: optional("exports.folder").map(PathBuf::from),
                max_bytes: parser.number("exports.max_bytes", 1 << 20, u64::MAX)?,
                retention: parser
                    .number("exports.retention_h", 1, 8_760)
                    .map(Duration::from_hours)?,
                max_waiting: parser.number("exports.max_waiting", 1, 1_000_000)?,
            },
            imports: command_api::SpoolOptions {
                folder: optional("imports.folder").map(PathBuf::from),
                ..command_api::SpoolOptions::default()
            },
            projector_archive: parser.parse("projector.archive", "true or false")?,
            log: LogConfig {
                format: parser.parse("log.format", "text or json")?,
                filter: text("log.filter"),
            },
        })
    }
}

struct Parser<'a>(&'a Values);

impl Parser<'_> {
    fn http(&self) -> Result<HttpConfig, ConfigError> {
        let origins = self.0.get("http.cors_origins").split(',').map(str::trim);
        let origins = origins.filter(|origin| !origin.is_empty()).map(|origin| {
            let is_origin = origin.starts_with("http://") || origin.starts_with("https://");
            HeaderValue::from_str(origin)
                .ok()
                .filter(|_| is_origin && !origin.ends_with('/'))
                .ok_or_else(|| invalid("http.cors_origins", "origins such as https://shop.example"))
        });
        let tls = self.certificate("http.tls_certificate", "http.tls_key")?;
        Ok(HttpConfig {
            tls,
            listen: self.parse("http.listen", "address:port")?,
            max_connections: self.number("http.max_connections", 1, 1_000_000)?,
            request_timeout: self.milliseconds("http.request_timeout_ms", 100)?,
            drain: self.milliseconds("http.drain_ms", 0)?,
            recheck: self.milliseconds("sse.heartbeat_ms", 100)?,
            cors_origins: origins.collect::<Result<_, _>>()?,
            rate_limits: self.parse(
                "http.rate_limits",
                "off, or limits such as read=6000/60,write=600/60,work=60/60",
            )?,
            address_header: Some(self.0.get("http.client_address_header"))
                .filter(|name| !name.is_empty())
                .map(|_| self.parse("http.client_address_header", "the name of a header"))
                .transpose()?,
        })
    }

    /// A certificate's file and its key's: both or neither.
    fn certificate(
        &self,
        certificate: &'static str,
        key: &'static str,
    ) -> Result<Option<TlsFiles>, ConfigError> {
        let file = |path| Some(self.0.get(path).trim()).filter(|file| !file.is_empty());
        match (file(certificate), file(key)) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some(TlsFiles {
                certificate: certificate.into(),
                key: key.into(),
            })),
            (Some(_), None) => Err(invalid(key, "the certificate's key file")),
            (None, Some(_)) => Err(invalid(certificate, "the key's certificate file")),
        }
    }

    fn provenance(&self) -> Result<ProvenanceConfig, ConfigError> {
        const AUTHORITY: &str = "provenance.time_authority";
        const ADDRESS: &str = "an address such as https://time.example/stamp";
        let text = |path| Some(self.0.get(path).trim()).filter(|text| !text.is_empty());
        let authority = text(AUTHORITY).map(|_| self.parse::<reqwest::Url>(AUTHORITY, ADDRESS));
        let authority = authority.transpose()?;
        let is_web = |url: &reqwest::Url| matches!(url.scheme(), "http" | "https");
        if authority.as_ref().is_some_and(|url| !is_web(url)) {
            return Err(invalid(AUTHORITY, ADDRESS));
        }
        Ok(ProvenanceConfig {
            certificate: self.certificate("provenance.certificate", "provenance.private_key")?,
            time_authority: authority,
            time_authority_certificate: text("provenance.time_authority_certificate")
                .map(PathBuf::from),
        })
    }

    fn identity(&self) -> Result<IdentityOptions, ConfigError> {
        let text = |path| self.0.get(path).trim();
        let hours = |path| {
            self.number(path, 1, 87_600)
                .map(|hours: u64| Duration::from_hours(hours))
        };
        let post = match (text("mail.smtp_url"), text("mail.folder")) {
            ("", "") => Post::None,
            ("", folder) => Post::Folder(folder.into()),
            (url, _) => Post::Smtp(url.to_owned()),
        };
        let site = text("mail.site_url");
        let is_site = site.starts_with("http://") || site.starts_with("https://");
        if !is_site || site.ends_with('/') {
            return Err(invalid(
                "mail.site_url",
                "an address such as https://shop.example",
            ));
        }
        Ok(IdentityOptions {
            issuer: text("auth.issuer").trim_end_matches('/').to_owned(),
            providers: Providers::read(text("auth.providers"))
                .map_err(|error| invalid("auth.providers", telemetry::chain(&error).to_string()))?,
            relying_party: Arc::new(self.relying_party(site)?),
            tokens: StaticTokens::parse(text("auth.tokens"))
                .map_err(|error| invalid("auth.tokens", error.to_string()))?,
            cost: self.parse("auth.password_cost", "a cost such as m=19456,t=2,p=1")?,
            peppers: identity::Peppers::parse(text("auth.password_peppers"))
                .map_err(|error| invalid("auth.password_peppers", error.to_string()))?,
            session_idle: hours("auth.session_idle_h")?,
            session_lifetime: hours("auth.session_lifetime_h")?,
            recognised_for: self
                .number("auth.recognised_s", 0, 60)
                .map(Duration::from_secs)?,
            erasure_delay: self
                .number("privacy.erasure_delay_h", 0, 87_600)
                .map(Duration::from_hours)?,
            master_keys: identity::MasterKeys::parse(text("privacy.master_keys"))
                .map_err(|error| invalid("privacy.master_keys", error.to_string()))?,
            cursor_keys: http_kit::CursorKeys::new([]),
            mail: MailOptions {
                post,
                from: text("mail.from").to_owned(),
                site: site.to_owned(),
            },
        })
    }

    fn photo_policy(&self) -> Result<PhotoPolicy, ConfigError> {
        let kept = |path| {
            let seconds = self.number(path, 0, 1_000_000_000)?;
            Ok(Some(Duration::from_secs(seconds)).filter(|kept| !kept.is_zero()))
        };
        let version = self.0.get("privacy.policy_version").trim();
        let version = PolicyVersion::parse(version)
            .map_err(|error| invalid("privacy.policy_version", error.to_string()))?;
        Ok(PhotoPolicy {
            url: Some(self.0.get("privacy.policy_url").trim().to_owned())
                .filter(|url| !url.is_empty()),
            photos_kept: kept("privacy.photos_kept_s")?,
            results_kept: kept("privacy.results_kept_s")?,
            ..PhotoPolicy::new(version)
        })
    }

    /// Who we are to authenticators. Where nothing is set and the pages have no domain, nobody has passkeys there.
    fn relying_party(&self, site: &str) -> Result<RelyingParty, ConfigError> {
        let domain = self.0.get("auth.passkey_domain").trim();
        let origins = self.0.get("auth.passkey_origins").trim();
        if domain.is_empty() && origins.is_empty() {
            return Ok(RelyingParty::parse("", &[site]).unwrap_or_default());
        }
        let pages: Vec<&str> = match origins {
            "" => vec![site],
            origins => origins.split(',').map(str::trim).collect(),
        };
        RelyingParty::parse(domain, &pages)
            .map_err(|error| invalid("auth.passkey_origins", error.to_string()))
    }

    fn parse<T: FromStr>(&self, path: &'static str, wanted: &str) -> Result<T, ConfigError> {
        let text = self.0.get(path).trim();
        text.parse().map_err(|_| invalid(path, wanted))
    }

    fn number<T>(&self, path: &'static str, least: T, most: T) -> Result<T, ConfigError>
    where
        T: Copy + FromStr + PartialOrd + std::fmt::Display,
    {
        let wanted = format!("a whole number from {least} to {most}");
        let number: T = self.parse(path, &wanted)?;
        if number < least || number > most {
            return Err(invalid(path, wanted));
        }
        Ok(number)
    }

    fn milliseconds(&self, path: &'static str, least: u64) -> Result<Duration, ConfigError> {
        const HOUR_MS: u64 = 3_600_000;
        self.number(path, least, HOUR_MS).map(Duration::from_millis)
    }
}

fn invalid(path: &'static str, wanted: impl Into<String>) -> ConfigError {
    let key = KEYS.iter().find(|key| key.path == path);
    ConfigError::Invalid {
        key: path,
        env: key.map_or("", |key| key.env),
        wanted: wanted.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(toml: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), toml).unwrap();
        let environment = environment.iter();
        let environment =
            environment.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(Some(file.path()), environment)
    }

    #[test]
    fn the_environment_overrides_the_file_and_the_file_the_defaults() {
        let toml = "[http]\nlisten = \"127.0.0.1:1\"\n[nats]\nreplicas = 3\n";
        let config = load(toml, &[("DRAPE_HTTP_LISTEN", "127.0.0.1:2")]).unwrap();
        assert_eq!(config.http.listen.port(), 2);
        assert_eq!(config.event_log.replicas, 3);
        assert_eq!(config.event_log.stream, "DRAPE_EVENTS");
    }

    #[test]
    fn an_unknown_key_is_refused_with_those_that_look_like_it() {
        let refused = load("[nats]\nmonitor_ur = \"x\"\n", &[]).unwrap_err();
        assert!(
            matches!(&refused, ConfigError::UnknownKey { key, near } if key == "nats.monitor_ur" && near[0] == "nats.monitor_url"),
            "{refused}"
        );
        let refused = load("", &[("DRAPE_DATABASE_URI", "x")]).unwrap_err();
        assert!(
            refused.to_string().contains("DRAPE_DATABASE_URL"),
            "{refused}"
        );
        let refused = load("listen = 1\n", &[]).unwrap_err();
        assert!(matches!(refused, ConfigError::UnknownKey { .. }));
    }

    #[test]
    fn variables_of_our_other_programs_are_left_alone() {
        load("", &[("DRAPE_WORKER_LISTEN", "x"), ("PATH", "x")]).unwrap();
    }

    #[test]
    fn a_certificate_and_its_key_come_together() {
        let both = [
            ("DRAPE_PROVENANCE_CERTIFICATE", "c.pem"),
            ("DRAPE_PROVENANCE_PRIVATE_KEY", "k.pem"),
        ];
        let certificate = |environment| load("", environment).unwrap().provenance.certificate;
        assert!(certificate(&both).is_some() && certificate(&[]).is_none());
        let refused = load("", &both[..1]).unwrap_err().to_string();
        assert!(refused.contains("provenance.private_key"), "{refused}");
        let refused = load("", &both[1..]).unwrap_err().to_string();
        assert!(refused.contains("provenance.certificate"), "{refused}");
    }

    #[test]
    fn a_time_authority_has_an_address_on_the_web_or_there_is_none() {
        let authority = |address| {
            let environment = [("DRAPE_PROVENANCE_TIME_AUTHORITY", address)];
            load("", &environment).map(|config| config.provenance.time_authority)
        };
        assert!(authority("").unwrap().is_none());
        for address in ["https://time.example/stamp", "http://127.0.0.1:3161"] {
            assert!(authority(address).unwrap().is_some(), "{address}");
        }
        for wrong in ["time.example", "ftp://time.example", "https://"] {
            let refused = authority(wrong).unwrap_err().to_string();
            assert!(refused.contains("provenance.time_authority ("), "{refused}");
        }
    }

    #[test]
    fn a_wrong_value_is_named_and_a_secret_is_not_shown() {
        let refused = load("[nats]\nreplicas = 0\n", &[]).unwrap_err().to_string();
        assert!(
            refused.contains("nats.replicas (DRAPE_NATS_REPLICAS)"),
            "{refused}"
        );
        let refused = load("", &[("DRAPE_AUTH_TOKENS", "hush:king:me")]).unwrap_err();
        assert!(!refused.to_string().contains("hush"), "{refused}");
    }

    #[test]
    fn tokens_may_be_a_list_in_the_file() {
        let toml = "[[auth.tokens]]\ntoken = \"t\"\nrole = \"shopper\"\n\
                    account = \"01900000-0000-7000-8000-000000000001\"\n";
        assert!(!load(toml, &[]).unwrap().identity.tokens.is_empty());
    }

    #[test]
    fn every_key_is_described_with_its_variable() {
        let text = super::super::describe();
        for key in &KEYS {
            assert!(
                text.contains(key.env) && text.contains(key.doc),
                "{}",
                key.path
            );
        }
        text.parse::<toml::Table>().unwrap();
        assert_eq!(load(&text, &[]).unwrap().event_log.replicas, 1);
    }
}
