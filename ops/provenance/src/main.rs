//! `cargo run` in this folder: what we sign, the reference implementation has to trust, and the other way round; with the time stamps of an
//! authority (`openssl ts`) and without.
//!
//! Pictures are those that `libs/imaging` is tested with, each format in all its variants.

use std::{io::Cursor, path::Path, sync::Arc};

use c2pa::{
    BoxedSigner, Builder, Context, Reader, SigningAlg, ValidationState, create_signer,
    validation_status::{TIMESTAMP_TRUSTED, TIMESTAMP_VALIDATED},
};
use provenance::credentials::{Authorities, Chain, MediaType, Signer};
use serde_json::json;
use testkit::TimeStamps;
use time::OffsetDateTime;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Bytes for a time stamp, enough for those of this authority.
const ROOM: usize = 4_000;

fn main() -> Outcome<()> {
    let now = OffsetDateTime::now_utc();
    let chain = Chain::generate(now)?;
    let stamps = Arc::new(TimeStamps::new()?);
    let root = std::fs::read_to_string(stamps.root())?;
    let ours = Signer::new(&chain, now)?.believing(Authorities::read(&root)?);
    let settings = json!({
        "verify": { "remote_manifest_fetch": false, "ocsp_fetch": false },
        "trust": { "user_anchors": format!("{}{root}", chain.certificates()) },
        "builder": { "thumbnail": { "enabled": false } },
    });
    let context = Arc::new(Context::new().with_settings(settings)?);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../libs/imaging/tests/pictures");
    let mut checked = 0;
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        let (media_type, name) = match path.extension().and_then(|end| end.to_str()) {
            Some("jpg") => (MediaType::Jpeg, "image/jpeg"),
            Some("png") => (MediaType::Png, "image/png"),
            Some("webp") => (MediaType::WebP, "image/webp"),
            _ => continue,
        };
        let picture = std::fs::read(&path)?;
        for stamps in [None, Some(&stamps)] {
            let signed = match stamps {
                None => ours.sign(&picture, media_type, now)?,
                Some(stamps) => stamped(&ours, stamps, &picture, media_type)?,
            };
            read(&context, name, &signed, stamps.is_some())
                .map_err(|error| format!("{}: {error}", path.display()))?;
            let theirs = sign(&context, &chain, stamps, name, &picture)?;
            let reading = ours.read(&theirs, media_type, now);
            let is_stamped = reading.time_stamp.as_ref().map(|stamp| stamp.is_trusted);
            let is_as_wanted = is_stamped == stamps.map(|_| true);
            if !reading.is_trusted || !reading.says_ai_generated || !is_as_wanted {
                return Err(format!("{}: {reading:?}", path.display()).into());
            }
            println!(
                "{}, {}: both trusted; {} bytes more, {} by the reference",
                path.file_name().unwrap_or_default().display(),
                stamps.map_or("no time stamp", |_| "time stamp"),
                signed.len() - picture.len(),
                theirs.len() - picture.len()
            );
        }
        checked += 1;
    }
    println!("{checked} pictures");
    Ok(())
}

/// Signed by us, with a time stamp.
fn stamped(
    ours: &Signer,
    stamps: &TimeStamps,
    picture: &[u8],
    media_type: MediaType,
) -> Outcome<Vec<u8>> {
    let unstamped = ours.prepare(picture, media_type, OffsetDateTime::now_utc(), ROOM)?;
    let request = unstamped.request()?;
    let answer = stamps.answer(request.as_bytes())?;
    Ok(unstamped.stamped(&request.answered(&answer, &Authorities::default())?)?)
}

/// The reference trusts what we signed, and the time stamp where there is one.
fn read(context: &Arc<Context>, name: &str, signed: &[u8], is_stamped: bool) -> Outcome<()> {
    let reader = Reader::from_shared_context(context).with_stream(name, Cursor::new(signed))?;
    let failures = reader.validation_status();
    if reader.validation_state() != ValidationState::Trusted || failures.is_some() {
        return Err(format!("{failures:?}").into());
    }
    let results = reader.validation_results();
    let codes = results.and_then(|results| results.active_manifest());
    let codes = codes.ok_or("no results")?;
    let said = |code: &str| codes.success().iter().any(|status| status.code() == code);
    if is_stamped && !(said(TIMESTAMP_VALIDATED) && said(TIMESTAMP_TRUSTED)) {
        return Err(format!("the time stamp: {codes:?}").into());
    }
    Ok(())
}

/// The reference's signer, with an authority that is asked without a network.
struct Stamped {
    signer: BoxedSigner,
    stamps: Option<Arc<TimeStamps>>,
}

impl c2pa::Signer for Stamped {
    fn sign(&self, data: &[u8]) -> c2pa::Result<Vec<u8>> {
        self.signer.sign(data)
    }

    fn alg(&self) -> SigningAlg {
        self.signer.alg()
    }

    fn certs(&self) -> c2pa::Result<Vec<Vec<u8>>> {
        self.signer.certs()
    }

    fn reserve_size(&self) -> usize {
        self.signer.reserve_size()
    }

    fn send_timestamp_request(&self, message: &[u8]) -> Option<c2pa::Result<Vec<u8>>> {
        let stamps = self.stamps.as_ref()?;
        let answer = self.timestamp_request_body(message).map(|request| {
            let answer = stamps.answer(&request);
            answer.map_err(|error| c2pa::Error::OtherError(error.into()))
        });
        Some(answer.and_then(|answer| answer))
    }
}

fn sign(
    context: &Arc<Context>,
    chain: &Chain,
    stamps: Option<&Arc<TimeStamps>>,
    name: &str,
    picture: &[u8],
) -> Outcome<Vec<u8>> {
    let pem = chain.to_pem();
    let key = pem
        .find("-----BEGIN PRIVATE")
        .ok_or("the chain has no key")?;
    let (certificates, key) = pem.split_at(key);
    let alg = SigningAlg::Es256;
    let signer = Stamped {
        signer: create_signer::from_keys(certificates.as_bytes(), key.as_bytes(), alg, None)?,
        stamps: stamps.cloned(),
    };
    let definition = json!({
        "claim_generator_info": [{ "name": "reference", "version": "1" }],
        "assertions": [{
            "label": "c2pa.actions.v2",
            "created": true,
            "data": { "actions": [{
                "action": "c2pa.created",
                "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
                "when": "2026-08-02T09:30:00Z",
            }] },
        }],
    });
    let definition = definition.to_string();
    let mut builder = Builder::from_shared_context(context).with_definition(definition.as_str())?;
    let mut signed = Cursor::new(Vec::new());
    builder.sign(
        &signer,
        name,
        &mut Cursor::new(picture),
        &mut signed,
    )?;
    Ok(signed.into_inner())
}
