//! HTTPS by ourselves: a certificate and its key from files, read again when they change.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(10);

/// Where the certificate lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM: the certificate, and those between it and what clients trust.
    pub certificate: PathBuf,
    /// PEM: its private key.
    pub key: PathBuf,
}

/// Why there is no certificate to show.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file that cannot be read, or holds something else.
    #[error("{path} holds no PEM that is wanted: {source}")]
    Pem {
        /// Which file.
        path: String,
        /// What is wrong with it.
        source: rustls::pki_types::pem::Error,
    },
    /// The key is another certificate's.
    #[error("the certificate and its key do not go together: {0}")]
    Mismatch(#[source] rustls::Error),
    /// This build knows no version of TLS that is good enough.
    #[error("TLS cannot be spoken")]
    Protocol(#[source] rustls::Error),
}

/// What is shown to clients; newer files replace it while connections go on.
#[derive(Debug)]
struct Shown {
    current: RwLock<Arc<CertifiedKey>>,
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(
            &self.current.read().unwrap_or_else(PoisonError::into_inner),
        ))
    }
}

/// Speaks TLS 1.2 and 1.3 to whoever connects.
#[derive(Clone)]
pub struct Tls {
    files: TlsFiles,
    shown: Arc<Shown>,
    acceptor: TlsAcceptor,
}

impl Tls {
    /// With the certificate as it lies there now.
    pub fn open(files: TlsFiles) -> Result<Self, TlsError> {
        let shown = Arc::new(Shown {
            current: RwLock::new(Arc::new(read(&files)?)),
        });
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Protocol)?;
        let resolver: Arc<dyn ResolvesServerCert> = Arc::clone(&shown) as _;
        let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            files,
            shown,
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })
    }

    /// What turns a connection into one that speaks TLS.
    pub(super) fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }

    /// Shows newer files as soon as they go together, until `stop`. Files that do not are told once and change nothing.
    pub async fn keep_current(self, stop: CancellationToken) {
        let mut known = self.stamps().await;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            let found = self.stamps().await;
            if found != known {
                known = found;
                self.renew();
            }
        }
    }

    /// Reads the files again.
    fn renew(&self) {
        match read(&self.files) {
            Ok(newer) => {
                let mut current = self
                    .shown
                    .current
                    .write()
                    .unwrap_or_else(PoisonError::into_inner);
                *current = Arc::new(newer);
                info!("a newer certificate is shown");
            }
            Err(error) => warn!("the certificate stays as it was: {error}"),
        }
    }

    /// What changes with the files.
    async fn stamps(&self) -> [Option<std::time::SystemTime>; 2] {
        let modified = |path: PathBuf| async move {
            let found = tokio::fs::metadata(path).await.ok()?;
            found.modified().ok()
        };
        [
            modified(self.files.certificate.clone()).await,
            modified(self.files.key.clone()).await,
        ]
    }
}

fn read(files: &TlsFiles) -> Result<CertifiedKey, TlsError> {
    let wrong = |path: &Path| {
        let path = path.display().to_string();
        move |source| TlsError::Pem { path, source }
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(wrong(&files.certificate))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(wrong(&files.key))?;
    let provider = rustls::crypto::ring::default_provider();
    CertifiedKey::from_der(chain, key, &provider).map_err(TlsError::Mismatch)
}

#[cfg(test)]
mod tests {
    use axum::{Router, routing::get};
    use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
        sync::watch,
    };
    use tokio_rustls::TlsConnector;

    use super::{
        super::accept::{Limits, accept},
        *,
    };

    /// Writes a certificate of its own for localhost, and answers what has to be trusted.
    fn certificate(files: &TlsFiles) -> CertificateDer<'static> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&files.certificate, made.cert.pem()).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        made.cert.der().clone()
    }

    fn files(folder: &tempfile::TempDir) -> TlsFiles {
        TlsFiles {
            certificate: folder.path().join("certificate.pem"),
            key: folder.path().join("key.pem"),
        }
    }

    /// The whole answer to one request, if the server is trusted.
    async fn ask(
        address: std::net::SocketAddr,
        trusted: &CertificateDer<'static>,
    ) -> std::io::Result<String> {
        let mut roots = RootCertStore::empty();
        roots.add(trusted.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = TlsConnector::from(Arc::new(config));
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TcpStream::connect(address).await?;
        let mut stream = connector.connect(name, stream).await?;
        let request = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    #[tokio::test]
    async fn https_is_served_and_a_newer_certificate_is_shown_without_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        let first = certificate(&files);
        let tls = Tls::open(files.clone()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().route("/", get(|| async { "well" }));
        let (_keep, app) = watch::channel(app);
        let stop = CancellationToken::new();
        let limits = Limits {
            connections: 8,
            drain: Duration::from_secs(1),
        };
        let server = tokio::spawn(accept(
            listener,
            app,
            limits,
            Some(tls.clone()),
            stop.clone(),
        ));
        let answer = ask(address, &first).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");

        let second = certificate(&files);
        tls.renew();
        assert!(ask(address, &first).await.is_err());
        ask(address, &second).await.unwrap();

        // A key that belongs to another certificate changes nothing.
        let shown = std::fs::read(&files.certificate).unwrap();
        certificate(&files);
        std::fs::write(&files.certificate, shown).unwrap();
        tls.renew();
        ask(address, &second).await.unwrap();

        // Who speaks plainly is not answered, and disturbs nobody.
        let mut plain = TcpStream::connect(address).await.unwrap();
        plain
            .write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .await
            .unwrap();
        let mut told = Vec::new();
        let _ = plain.read_to_end(&mut told).await;
        assert!(!told.starts_with(b"HTTP"), "{told:?}");
        ask(address, &second).await.unwrap();
        stop.cancel();
        server.await.unwrap();
    }

    #[test]
    fn files_that_are_no_certificate_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        let missing = Tls::open(files.clone()).err().unwrap().to_string();
        assert!(missing.contains("certificate.pem"), "{missing}");
        certificate(&files);
        std::fs::write(&files.key, "no key").unwrap();
        let wrong = Tls::open(files).err().unwrap().to_string();
        assert!(wrong.contains("key.pem"), "{wrong}");
    }
}
