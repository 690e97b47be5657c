//! What signed metadata promises, for each format that results come in.
#![cfg(feature = "credentials")]
#![expect(clippy::similar_names, clippy::unwrap_used, reason = "test")]

use imaging::Picture;
use provenance::credentials::{Chain, CredentialsError, MediaType, Reading, Signer};
use time::{Duration, OffsetDateTime};

fn picture() -> Picture {
    let bytes = (0..64 * 80 * 3_u32).map(|at| (at * 7 % 251) as u8);
    Picture::from_rgb(64, 80, bytes.collect())
        .unwrap()
        .marked_ai_generated()
}

fn files() -> [(MediaType, Vec<u8>); 3] {
    let picture = picture();
    [
        (MediaType::Jpeg, imaging::encode_jpeg(&picture, 90).unwrap()),
        (MediaType::Png, imaging::encode_png(&picture).unwrap()),
        (MediaType::WebP, imaging::encode_webp(&picture, 90).unwrap()),
    ]
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

fn signer() -> Signer {
    Signer::new(&Chain::generate(now()).unwrap(), now()).unwrap()
}

#[test]
fn what_is_signed_is_valid_trusted_and_shows_the_same() {
    let signer = signer();
    for (media_type, file) in files() {
        let signed = signer
            .sign(&file, media_type, OffsetDateTime::UNIX_EPOCH)
            .unwrap();
        let reading = signer.read(&signed, media_type, now());
        assert_eq!(
            reading,
            Reading {
                is_present: true,
                is_valid: true,
                is_trusted: true,
                says_ai_generated: true,
                signed_by: Some("drape: try-ons of this installation".to_owned()),
                signed_at: Some("1970-01-01T00:00:00Z".to_owned()),
                time_stamp: None,
                problem: None,
            },
            "{media_type:?}"
        );
        let (before, after) = (
            imaging::decode(&file).unwrap(),
            imaging::decode(&signed).unwrap(),
        );
        assert!(before == after, "{media_type:?}");
        let more = signed.len() - file.len();
        assert!(
            (1_000..20_000).contains(&more),
            "{media_type:?}: {more} bytes more"
        );
    }
}

#[test]
fn an_unsigned_file_has_none_and_a_damaged_one_is_no_accident() {
    let signer = signer();
    for (media_type, file) in files() {
        assert_eq!(signer.read(&file, media_type, now()), Reading::default());
        let signed = signer.sign(&file, media_type, now()).unwrap();
        for end in [0, 1, 20, signed.len() / 2, signed.len() - 1] {
            assert!(
                !signer.read(&signed[..end], media_type, now()).is_valid,
                "{media_type:?} {end}"
            );
        }
    }
}

#[test]
fn a_file_that_was_changed_is_invalid() {
    let signer = signer();
    for (media_type, file) in files() {
        let mut signed = signer.sign(&file, media_type, now()).unwrap();
        // In the middle of what is the picture's own.
        let own = &file[file.len() / 2..][..32];
        let at = signed
            .windows(own.len())
            .position(|window| window == own)
            .unwrap();
        signed[at + 8] ^= 1;
        let reading = signer.read(&signed, media_type, now());
        assert!(reading.is_present && !reading.is_valid && !reading.is_trusted);
        assert_eq!(reading.problem, Some("assertion.dataHash.mismatch"));
    }
}

#[test]
fn no_byte_can_be_changed_so_that_another_picture_is_valid() {
    let signer = signer();
    for (media_type, file) in files() {
        let signed = signer.sign(&file, media_type, now()).unwrap();
        let shown = imaging::decode(&signed).unwrap();
        for at in 0..signed.len() {
            let mut changed = signed.clone();
            changed[at] ^= 1 << (at % 8);
            // What is left are bytes of the manifest's packaging.
            if signer.read(&changed, media_type, now()).is_valid {
                assert!(
                    imaging::decode(&changed).unwrap() == shown,
                    "{media_type:?}: {at}"
                );
            }
        }
    }
}

#[test]
fn what_others_signed_is_valid_and_not_trusted() {
    let (ours, theirs) = (signer(), signer());
    for (media_type, file) in files() {
        let signed = theirs.sign(&file, media_type, now()).unwrap();
        let reading = ours.read(&signed, media_type, now());
        assert!(reading.is_valid && !reading.is_trusted, "{reading:?}");
        assert_eq!(reading.problem, Some("signingCredential.untrusted"));
    }
}

#[test]
fn signing_again_replaces_what_was_signed() {
    let signer = signer();
    for (media_type, file) in files() {
        let once = signer.sign(&file, media_type, now()).unwrap();
        let twice = signer.sign(&once, media_type, now()).unwrap();
        let reading = signer.read(&twice, media_type, now());
        assert!(reading.is_trusted, "{media_type:?} {reading:?}");
    }
}

#[test]
fn a_chain_is_read_as_it_was_written_and_only_a_whole_one_is_taken() {
    let chain = Chain::generate(now()).unwrap();
    assert!(Chain::from_pem(&chain.to_pem()).unwrap() == chain);
    assert!(!format!("{chain:?}").contains("PRIVATE"));
    assert!(Chain::from_pem(chain.certificates()).is_err());
    let other = Chain::generate(now()).unwrap().to_pem();
    let mixed = Chain::new(chain.certificates(), &other).unwrap();
    assert!(Signer::new(&mixed, now()).is_err());
    // The authority itself, which must not sign pictures.
    let (_, root) = chain
        .certificates()
        .split_at(chain.certificates().rfind("-----BEGIN").unwrap());
    let root = Chain::new(root, &chain.to_pem()).unwrap();
    assert!(matches!(
        Signer::new(&root, now()),
        Err(CredentialsError::Certificate(_))
    ));
    let garbage = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let garbage = Chain::new(chain.certificates(), garbage).unwrap();
    assert!(matches!(
        Signer::new(&garbage, now()),
        Err(CredentialsError::Key)
    ));
}

#[test]
fn a_certificate_that_has_ended_signs_nothing() {
    let long_ago = now() - Duration::days(365 * 40);
    let ended = Chain::generate(long_ago).unwrap();
    assert!(matches!(
        Signer::new(&ended, now()),
        Err(CredentialsError::Certificate(_))
    ));
    // What it signed while it held is no longer valid either: no authority says that it was signed then.
    let signer = Signer::new(&ended, long_ago).unwrap();
    for (media_type, file) in files() {
        let signed = signer.sign(&file, media_type, long_ago).unwrap();
        assert!(signer.read(&signed, media_type, long_ago).is_trusted);
        let reading = signer.read(&signed, media_type, now());
        assert_eq!(reading.problem, Some("signingCredential.expired"));
    }
}
