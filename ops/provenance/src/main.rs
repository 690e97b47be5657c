//! `cargo run` in this folder: what we sign, the reference implementation has to trust, and the other way round.
//!
//! Pictures are those that `libs/imaging` is tested with, each format in all its variants.

use std::{io::Cursor, path::Path, sync::Arc};

use c2pa::{Builder, Context, Reader, SigningAlg, ValidationState, create_signer};
use provenance::credentials::{Chain, MediaType, Signer};
use serde_json::json;
use time::OffsetDateTime;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let now = OffsetDateTime::now_utc();
    let chain = Chain::generate(now)?;
    let ours = Signer::new(&chain, now)?;
    let settings = json!({
        "verify": { "remote_manifest_fetch": false, "ocsp_fetch": false },
        "trust": { "user_anchors": chain.certificates() },
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
        let signed = ours.sign(&picture, media_type, now)?;
        let reader =
            Reader::from_shared_context(&context).with_stream(name, Cursor::new(&signed))?;
        let failures = reader.validation_status();
        if reader.validation_state() != ValidationState::Trusted || failures.is_some() {
            return Err(format!("{}: {failures:?}", path.display()).into());
        }
        let theirs = sign(&context, &chain, name, &picture)?;
        let reading = ours.read(&theirs, media_type, now);
        if !reading.is_trusted || !reading.says_ai_generated {
            return Err(format!("{}: {reading:?}", path.display()).into());
        }
        println!(
            "{}: both trusted; {} bytes more, {} by the reference",
            path.file_name().unwrap_or_default().display(),
            signed.len() - picture.len(),
            theirs.len() - picture.len()
        );
        checked += 1;
    }
    println!("{checked} pictures");
    Ok(())
}

fn sign(context: &Arc<Context>, chain: &Chain, name: &str, picture: &[u8]) -> Outcome<Vec<u8>> {
    let pem = chain.to_pem();
    let key = pem
        .find("-----BEGIN PRIVATE")
        .ok_or("the chain has no key")?;
    let (certificates, key) = pem.split_at(key);
    let alg = SigningAlg::Es256;
    let signer = create_signer::from_keys(certificates.as_bytes(), key.as_bytes(), alg, None)?;
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
        signer.as_ref(),
        name,
        &mut Cursor::new(picture),
        &mut signed,
    )?;
    Ok(signed.into_inner())
}
