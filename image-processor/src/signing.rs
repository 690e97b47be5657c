//! Who signs what we made: the certificate that was configured, or one of the installation's own.

use std::{fmt, sync::Arc};

use blob_store::{BlobError, BlobStore};
use bytes::Bytes;
use jetstream_es::Clock;
use provenance::credentials::{
    Authorities, Chain, ChainError, CredentialsError, MediaType, Signer,
};
use thiserror::Error;
use tokio::sync::OnceCell;
use uuid::{Uuid, uuid};

use crate::stamping::{Stamping, TimeAuthority};

/// Under whose key the installation's own chain is sealed: nobody's account.
const INSTALLATION: Uuid = uuid!("6472617e-0000-8000-8000-70726f76656e");
/// Under which name it is kept.
const KEPT: &str = "provenance.pem";

/// Why nothing is signed at the moment.
#[derive(Debug, Error)]
pub enum SigningError {
    /// The installation's own chain cannot be kept or found.
    #[error("the certificate that signs results cannot be had")]
    Kept(#[from] BlobError),
    /// What is kept is no chain, or none can be made.
    #[error("there is no certificate that signs results")]
    Chain(#[from] ChainError),
    /// It does not sign.
    #[error("a result cannot be signed")]
    Credentials(#[from] CredentialsError),
    /// The thread that was to do it is gone.
    #[error("signing ended without an answer")]
    Lost,
}

/// How things are signed.
#[derive(Clone, Default)]
pub struct SigningOptions {
    /// With this; without, with a chain of the installation's own: made by whoever needs it first, kept with the blobs, sealed where they are,
    /// and the same for all processes from then on.
    pub signer: Option<Signer>,
    /// Attests when; without, that is our word alone.
    pub authority: Option<Arc<dyn TimeAuthority>>,
    /// Whose word on the time is believed. Where there are any, a signature is stamped by no other.
    pub believed: Authorities,
}

impl fmt::Debug for SigningOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningOptions")
    }
}

/// Signs what we made. Cheap to clone; clones share the certificate.
#[derive(Clone)]
pub struct Signing(Arc<Inner>);

struct Inner {
    blobs: BlobStore,
    clock: Clock,
    signer: OnceCell<Signer>,
    stamping: Option<Stamping>,
    believed: Authorities,
}

impl Signing {
    /// With a chain of the installation's own, and without time stamps.
    pub fn of_installation(blobs: BlobStore) -> Self {
        Self::new(blobs, SigningOptions::default())
    }

    /// As these options say.
    pub fn new(blobs: BlobStore, options: SigningOptions) -> Self {
        let SigningOptions {
            signer,
            authority,
            believed,
        } = options;
        let signer = signer.map(|signer| signer.believing(believed.clone()));
        Self(Arc::new(Inner {
            blobs,
            clock: Clock::system(),
            signer: OnceCell::new_with(signer),
            stamping: authority.map(|authority| Stamping::new(authority, believed.clone())),
            believed,
        }))
    }

    /// The same file, signed, with a time stamp where an authority gives one. For a picture in which a trained algorithm had a part.
    pub async fn sign(&self, file: Bytes, media_type: MediaType) -> Result<Bytes, SigningError> {
        let (signer, now) = (self.signer().await?, self.0.clock.now());
        if let Some(stamping) = &self.0.stamping
            && let Some(signed) = stamping.sign(&signer, &file, media_type, now).await?
        {
            return Ok(signed.into());
        }
        let made = off_the_runtime(move || signer.sign(&file, media_type, now)).await?;
        Ok(made?.into())
    }

    /// What signs, and knows what it signed.
    pub async fn signer(&self) -> Result<Signer, SigningError> {
        let signer = self.0.signer.get_or_try_init(|| self.own()).await?;
        Ok(signer.clone())
    }

    async fn own(&self) -> Result<Signer, SigningError> {
        let blobs = &self.0.blobs;
        let kept = if let Some(kept) = blobs.kept(INSTALLATION, KEPT).await? {
            kept
        } else {
            let now = self.0.clock.now();
            let chain = off_the_runtime(move || Chain::generate(now)).await??;
            let text = chain.to_pem().into();
            tracing::info!("a certificate for results is made and kept with the blobs");
            blobs.keep_first(INSTALLATION, KEPT, text).await?
        };
        let chain = Chain::from_pem(&String::from_utf8_lossy(&kept))?;
        let signer = Signer::new(&chain, self.0.clock.now())?;
        Ok(signer.believing(self.0.believed.clone()))
    }
}

impl fmt::Debug for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signing")
    }
}

/// A few milliseconds, and no bound is needed: whoever asks holds a slot of their own.
pub(crate) async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SigningError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| SigningError::Lost)
}
