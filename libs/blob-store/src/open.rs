//! From a URL to a store.

use std::{path::PathBuf, sync::Arc, time::Duration};

use object_store::{
    ClientOptions, ObjectStore, RetryConfig, aws::AmazonS3Builder, local::LocalFileSystem,
    path::Path,
};
use thiserror::Error;

/// How to reach a bucket, beyond its name. All of it comes from configuration; nothing is read from the environment.
#[derive(Debug, Clone, Default)]
pub struct S3Options {
    /// For a server of one's own, such as `http://127.0.0.1:9000`; none means Amazon's.
    pub endpoint: Option<String>,
    /// The region to sign for; `us-east-1` if none is given.
    pub region: Option<String>,
    /// The key's public part; without it requests are not signed.
    pub access_key_id: Option<String>,
    /// The key's secret part.
    pub secret_access_key: Option<String>,
}

/// Why a store cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Neither `file:///directory` nor `s3://bucket/prefix`.
    #[error("a blob store is file:///directory or s3://bucket/prefix, not {url:?}")]
    UnknownUrl {
        /// What was given.
        url: String,
    },
    /// The directory cannot be made or used.
    #[error("the blob directory {directory:?} cannot be used")]
    Directory {
        /// Which one.
        directory: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The options do not fit together.
    #[error("the blob store cannot be set up")]
    Options(#[from] object_store::Error),
}

pub(crate) struct Opened {
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) prefix: Path,
}

pub(crate) fn open(url: &str, s3: &S3Options, timeout: Duration) -> Result<Opened, OpenError> {
    let unknown = || OpenError::UnknownUrl {
        url: url.to_owned(),
    };
    if let Some(path) = url.strip_prefix("file://") {
        if !path.starts_with('/') {
            return Err(unknown());
        }
        return open_directory(std::path::Path::new(path));
    }
    let (bucket, prefix) = match url
        .strip_prefix("s3://")
        .ok_or_else(unknown)?
        .split_once('/')
    {
        Some((bucket, prefix)) => (bucket, prefix),
        None => (url.trim_start_matches("s3://"), ""),
    };
    if bucket.is_empty() {
        return Err(unknown());
    }
    let objects = open_bucket(bucket, s3, timeout)?;
    Ok(Opened {
        objects: Arc::new(objects),
        prefix: Path::from(prefix),
    })
}

fn open_directory(directory: &std::path::Path) -> Result<Opened, OpenError> {
    let failed = |source| OpenError::Directory {
        directory: directory.to_owned(),
        source,
    };
    std::fs::create_dir_all(directory).map_err(failed)?;
    let objects = LocalFileSystem::new_with_prefix(directory)?.with_fsync(true);
    Ok(Opened {
        objects: Arc::new(objects),
        prefix: Path::default(),
    })
}

fn open_bucket(
    bucket: &str,
    options: &S3Options,
    timeout: Duration,
) -> Result<impl ObjectStore + use<>, object_store::Error> {
    // Ring is the project's only TLS provider; a second call finds it installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let retry = RetryConfig {
        max_retries: 3,
        retry_timeout: timeout * 3,
        ..RetryConfig::default()
    };
    let client = ClientOptions::new()
        .with_timeout(timeout)
        .with_connect_timeout(timeout / 2);
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(options.region.as_deref().unwrap_or("us-east-1"))
        .with_client_options(client)
        .with_retry(retry);
    if let Some(endpoint) = &options.endpoint {
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(endpoint.starts_with("http://"));
    }
    builder = match (&options.access_key_id, &options.secret_access_key) {
        (Some(id), Some(secret)) => builder
            .with_access_key_id(id)
            .with_secret_access_key(secret),
        _ => builder.with_skip_signature(true),
    };
    builder.build()
}
