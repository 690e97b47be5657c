//! An authority that attests times (RFC 3161): `openssl ts`, with a certificate of its own, behind HTTP or not.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::{Context, bail, ensure};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinHandle},
};

/// What it signs: id-ct-TSTInfo.
const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";

/// What the authority is called in its certificate.
const NAME: &str = "time.test";

const CONFIG: &str = r"
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[authority]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[two_purposes]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping, emailProtection
[tsa]
serial = serial
default_policy = 1.2.3.4.1
digests = DIGESTS
signer_digest = sha256
ess_cert_id_alg = ESS
ess_cert_id_chain = no
";

/// The authority without a way to it. Its certificates and keys lie in a directory that is gone with it.
#[derive(Debug)]
pub struct TimeStamps {
    directory: TempDir,
    /// It counts what it attests in a file: one at a time.
    turn: Mutex<()>,
}

impl TimeStamps {
    /// A new one, with ECDSA keys. Needs `openssl`.
    ///
    /// # Errors
    /// When there is no `openssl`, or it does not do it.
    pub fn new() -> anyhow::Result<Self> {
        Self::with("ec -pkeyopt ec_paramgen_curve:P-256", "sha256")
    }

    /// One whose keys are RSA, and that names its certificate as it was done first.
    ///
    /// # Errors
    /// As of [`Self::new`].
    pub fn rsa() -> anyhow::Result<Self> {
        Self::with("rsa:2048", "sha1")
    }

    fn with(key: &str, ess: &str) -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("drape-test-time-")
            .tempdir()?;
        let this = Self {
            directory,
            turn: Mutex::new(()),
        };
        let config = |digests: &str| {
            let config = CONFIG.replace("ESS", ess);
            config.replace("DIGESTS", digests)
        };
        std::fs::write(this.path("openssl.cnf"), config("sha256"))?;
        // Refuses what was asked with another hash than this.
        std::fs::write(this.path("refuses.cnf"), config("sha512"))?;
        std::fs::write(this.path("serial"), "01\n")?;
        this.openssl(&format!(
            "req -config openssl.cnf -x509 -nodes -newkey {key} -days 3650 -extensions root -subj /CN=root -keyout root.key -out root.pem"
        ))?;
        this.openssl(&format!(
            "req -config openssl.cnf -nodes -newkey {key} -subj /CN={NAME} -keyout tsa.key -out tsa.csr"
        ))?;
        this.certify("3650", "authority", "tsa.pem")?;
        Ok(this)
    }

    /// The certificate of whoever vouches for the authority, as PEM: what one has to believe in.
    pub fn root(&self) -> PathBuf {
        self.path("root.pem")
    }

    /// The authority's own certificate, as PEM.
    pub fn certificate(&self) -> PathBuf {
        self.path("tsa.pem")
    }

    /// The answer to a request (`TimeStampReq`) as DER.
    ///
    /// # Errors
    /// When `openssl` does not understand the request.
    pub fn answer(&self, request: &[u8]) -> anyhow::Result<Vec<u8>> {
        self.answer_by(request, "openssl.cnf")
    }

    /// The answer of an authority that refuses.
    ///
    /// # Errors
    /// As of [`Self::answer`].
    pub fn refusal(&self, request: &[u8]) -> anyhow::Result<Vec<u8>> {
        self.answer_by(request, "refuses.cnf")
    }

    fn answer_by(&self, request: &[u8], config: &str) -> anyhow::Result<Vec<u8>> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        std::fs::write(self.path("request"), request)?;
        self.openssl(&format!(
            "ts -reply -config {config} -section tsa -queryfile request -signer tsa.pem -inkey tsa.key -out reply"
        ))?;
        Ok(std::fs::read(self.path("reply"))?)
    }

    /// The answer that the authority would give, signed with a certificate that is not fit for it.
    ///
    /// # Errors
    /// As of [`Self::answer`].
    pub fn answer_as(&self, request: &[u8], unfit: Unfit) -> anyhow::Result<Vec<u8>> {
        self.answer(request)?;
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let (days, extensions) = match unfit {
            Unfit::TwoPurposes => ("3650", "two_purposes"),
            Unfit::Ended => ("-1", "authority"),
        };
        self.certify(days, extensions, "unfit.pem")?;
        self.openssl("ts -reply -in reply -token_out -out token")?;
        self.openssl("cms -verify -noverify -binary -inform DER -in token -out info")?;
        self.openssl(&format!(
            "cms -sign -binary -nodetach -nosmimecap -cades -md sha256 -econtent_type {TST_INFO} -in info -signer unfit.pem -inkey tsa.key -outform DER -out token"
        ))?;
        // Granted, and the token.
        let token = std::fs::read(self.path("token"))?;
        let length = u16::try_from(5 + token.len())?.to_be_bytes();
        Ok([&[0x30, 0x82], &length[..], &[0x30, 3, 2, 1, 0], &token].concat())
    }

    /// Whether `openssl ts -verify` takes this token for one of this text.
    ///
    /// # Errors
    /// When it does not: what it says.
    pub fn verify(&self, token: &[u8], text: &[u8]) -> anyhow::Result<()> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        std::fs::write(self.path("token"), token)?;
        std::fs::write(self.path("text"), text)?;
        self.openssl("ts -verify -token_in -in token -data text -CAfile root.pem")
    }

    /// A certificate of the authority's key.
    fn certify(&self, days: &str, extensions: &str, file: &str) -> anyhow::Result<()> {
        self.openssl(&format!(
            "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -days {days} -set_serial 7 -extfile openssl.cnf -extensions {extensions} -out {file}"
        ))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn openssl(&self, arguments: &str) -> anyhow::Result<()> {
        let done = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .output()
            .context("cannot start openssl")?;
        let said = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.success(), "openssl {arguments}: {said}");
        Ok(())
    }
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It is meant for something else as well, which no authority's may be.
    TwoPurposes,
    /// It has ended.
    Ended,
}

/// How an authority behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As it should.
    Answers,
    /// To another question: the nonce is another one.
    OtherNonce,
    /// To another question: the imprint is another one.
    OtherImprint,
    /// It does not want to.
    Refuses,
    /// It says something else.
    Garbage,
    /// It says nothing.
    Silent,
    /// It does not come to an end.
    Endless,
    /// HTTP's 500.
    Fails,
}

/// The authority as a server on a port of 127.0.0.1.
#[derive(Debug)]
pub struct TimeAuthority {
    stamps: Arc<TimeStamps>,
    manner: Arc<Mutex<Manner>>,
    asked: Arc<AtomicUsize>,
    port: u16,
    server: JoinHandle<()>,
}

impl TimeAuthority {
    /// A new one that answers as it should.
    ///
    /// # Errors
    /// When it cannot be made or nothing can listen.
    pub async fn start() -> anyhow::Result<Self> {
        let stamps = Arc::new(tokio::task::spawn_blocking(TimeStamps::new).await??);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let manner = Arc::new(Mutex::new(Manner::Answers));
        let asked = Arc::<AtomicUsize>::default();
        let at_work = (stamps.clone(), manner.clone(), asked.clone());
        let server = tokio::spawn(async move {
            let (stamps, manner, asked) = at_work;
            let mut served = Served::default();
            while let Ok((stream, _)) = listener.accept().await {
                asked.fetch_add(1, Ordering::SeqCst);
                let manner = *manner.lock().unwrap_or_else(PoisonError::into_inner);
                let serving = tokio::spawn(serve(stream, stamps.clone(), manner));
                served.0.push(serving.abort_handle());
            }
        });
        Ok(Self {
            stamps,
            manner,
            asked,
            port,
            server,
        })
    }

    /// Where it is asked.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/stamp", self.port)
    }

    /// From now on it behaves so.
    pub fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// As [`TimeStamps::root`].
    pub fn root(&self) -> PathBuf {
        self.stamps.root()
    }

    /// What it signs with.
    pub fn stamps(&self) -> &TimeStamps {
        &self.stamps
    }
}

impl Drop for TimeAuthority {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Connections that end with the server.
#[derive(Default)]
struct Served(Vec<AbortHandle>);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}

/// One request on one connection. What goes wrong ends it, as it would elsewhere.
async fn serve(mut stream: TcpStream, stamps: Arc<TimeStamps>, manner: Manner) {
    let served = async {
        let request = body(&mut stream).await?;
        let made = tokio::task::spawn_blocking(move || answer(&stamps, request, manner)).await??;
        match made {
            None => std::future::pending().await,
            Some((status, answer)) => {
                let length = if manner == Manner::Endless {
                    1 << 30
                } else {
                    answer.len()
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/timestamp-reply\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).await?;
                loop {
                    stream.write_all(&answer).await?;
                    if manner != Manner::Endless {
                        break;
                    }
                }
                stream.shutdown().await?;
                anyhow::Ok(())
            }
        }
    };
    drop(served.await);
}

type Answer = Option<(&'static str, Vec<u8>)>;

fn answer(stamps: &TimeStamps, mut request: Vec<u8>, manner: Manner) -> anyhow::Result<Answer> {
    let answer = match manner {
        Manner::Answers => stamps.answer(&request)?,
        Manner::OtherNonce => {
            // Its last byte stands before the wish for a certificate.
            let at = request.len().checked_sub(4).context("a short request")?;
            request[at] ^= 1;
            stamps.answer(&request)?
        }
        Manner::OtherImprint => {
            let hash = request.windows(2).position(|two| two == [4, 32]);
            request[hash.context("no imprint")? + 2] ^= 1;
            stamps.answer(&request)?
        }
        Manner::Refuses => stamps.refusal(&request)?,
        Manner::Garbage => b"<html>Welcome to the hotel's network</html>".to_vec(),
        Manner::Endless => vec![0x30; 1 << 16],
        Manner::Silent => return Ok(None),
        Manner::Fails => return Ok(Some(("500 Internal Server Error", Vec::new()))),
    };
    Ok(Some(("200 OK", answer)))
}

/// The body of a request that says how long it is.
async fn body(stream: &mut TcpStream) -> anyhow::Result<Vec<u8>> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
            ensure!(
                head.contains("content-type: application/timestamp-query"),
                "another kind of question: {head}"
            );
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.context("a body without length")?.trim().parse()?;
            if read.len() >= end + 4 + length {
                return Ok(read[end + 4..][..length].to_vec());
            }
        }
        if stream.read_buf(&mut read).await? == 0 {
            bail!("a request without end");
        }
    }
}
