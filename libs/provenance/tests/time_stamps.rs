//! What a time stamp promises, by a real authority (`openssl ts`).
#![cfg(feature = "credentials")]
#![expect(clippy::similar_names, clippy::unwrap_used, reason = "test")]

use imaging::Picture;
use provenance::credentials::{
    Authorities, Chain, CredentialsError, MediaType, Reading, Signer, TimeStamp, TimeStampError,
    TimeStampRequest, Unstamped,
};
use testkit::{TimeStamps, Unfit};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// Enough for the tokens of this authority.
const ROOM: usize = 4_000;

fn files() -> [(MediaType, Vec<u8>); 3] {
    let bytes = (0..64 * 80 * 3_u32).map(|at| (at * 7 % 251) as u8);
    let picture = Picture::from_rgb(64, 80, bytes.collect()).unwrap();
    let picture = picture.marked_ai_generated();
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

fn believed(stamps: &TimeStamps) -> Authorities {
    Authorities::read(&std::fs::read_to_string(stamps.root()).unwrap()).unwrap()
}

/// Asks, and takes the answer for what it is worth.
fn ask(unstamped: &Unstamped, stamps: &TimeStamps) -> (TimeStampRequest, TimeStamp) {
    let request = unstamped.request().unwrap();
    let answer = stamps.answer(request.as_bytes()).unwrap();
    let stamp = request.answered(&answer, &Authorities::default()).unwrap();
    (request, stamp)
}

/// A signed JPEG with what this authority says of it.
fn stamped(signer: &Signer, stamps: &TimeStamps) -> Vec<u8> {
    let [(media_type, file), ..] = files();
    let unstamped = signer.prepare(&file, media_type, now(), ROOM).unwrap();
    unstamped.stamped(&ask(&unstamped, stamps).1).unwrap()
}

fn read(signer: &Signer, file: &[u8], then: OffsetDateTime) -> Reading {
    signer.read(file, MediaType::Jpeg, then)
}

#[test]
fn what_an_authority_attests_is_read_and_openssl_agrees() {
    for stamps in [TimeStamps::new().unwrap(), TimeStamps::rsa().unwrap()] {
        let signer = signer().believing(believed(&stamps));
        for (media_type, file) in files() {
            let before = now() - Duration::seconds(1);
            let unstamped = signer.prepare(&file, media_type, now(), ROOM).unwrap();
            let (request, stamp) = ask(&unstamped, &stamps);
            stamps.verify(stamp.token(), request.text()).unwrap();
            let signed = unstamped.stamped(&stamp).unwrap();
            let token = stamp.token();
            assert!(signed.windows(token.len()).any(|window| window == token));
            let reading = signer.read(&signed, media_type, now());
            assert!(reading.is_trusted, "{media_type:?}: {reading:?}");
            let said = reading.time_stamp.unwrap();
            assert!(said.is_valid && said.is_trusted, "{said:?}");
            assert_eq!(said.attested_by.as_deref(), Some("time.test"));
            assert_eq!(said.problem, None);
            let at = OffsetDateTime::parse(&said.attested_at.unwrap(), &Rfc3339).unwrap();
            assert_eq!(at, stamp.at());
            assert!((before..=now()).contains(&at), "{at}");
            assert!(imaging::decode(&file).unwrap() == imaging::decode(&signed).unwrap());
        }
    }
}

#[test]
fn who_is_believed_is_chosen() {
    let stamps = TimeStamps::new().unwrap();
    let nobody = signer();
    let file = stamped(&nobody, &stamps);
    let said = read(&nobody, &file, now()).time_stamp.unwrap();
    assert!(said.is_valid && !said.is_trusted, "{said:?}");
    assert!(said.attested_at.is_some());
    assert_eq!(said.problem, Some("timeStamp.untrusted"));

    // The authority itself, or who vouches for it.
    for path in [stamps.root(), stamps.certificate()] {
        let chosen = Authorities::read(&std::fs::read_to_string(path).unwrap()).unwrap();
        let signer = nobody.clone().believing(chosen);
        let said = read(&signer, &file, now()).time_stamp.unwrap();
        assert!(said.is_trusted, "{said:?}");
    }
    let others = TimeStamps::new().unwrap();
    let signer = nobody.clone().believing(believed(&others));
    let said = read(&signer, &file, now()).time_stamp.unwrap();
    assert!(said.is_valid && !said.is_trusted, "{said:?}");

    for wrong in [
        "",
        "x",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        assert!(Authorities::read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_signature_outlives_its_certificate_by_a_time_stamp_that_is_believed() {
    let stamps = TimeStamps::new().unwrap();
    let (signer, later) = (signer(), now() + Duration::days(365 * 31));
    let [(media_type, file), ..] = files();
    let without = signer.sign(&file, media_type, now()).unwrap();
    let reading = read(&signer, &without, later);
    assert_eq!(reading.problem, Some("signingCredential.expired"));
    assert_eq!(reading.time_stamp, None);

    let with = stamped(&signer, &stamps);
    // Anybody could have made it: it counts for nothing.
    let reading = read(&signer, &with, later);
    assert_eq!(reading.problem, Some("signingCredential.expired"));
    let signer = signer.believing(believed(&stamps));
    let reading = read(&signer, &with, later);
    assert!(reading.is_valid && reading.is_trusted, "{reading:?}");
    assert!(reading.time_stamp.unwrap().is_trusted);
    // Neither does it help a file that was changed.
    let mut changed = with;
    let last = changed.len() - 3;
    changed[last] ^= 1;
    let reading = read(&signer, &changed, later);
    assert_eq!(reading.problem, Some("assertion.dataHash.mismatch"));
}

#[test]
fn a_certificate_that_did_not_hold_when_an_authority_says_so_gets_no_stamp() {
    let stamps = TimeStamps::new().unwrap();
    let long_ago = now() - Duration::days(365 * 40);
    let signer = Signer::new(&Chain::generate(long_ago).unwrap(), long_ago).unwrap();
    let [(media_type, file), ..] = files();
    let unstamped = signer.prepare(&file, media_type, long_ago, ROOM).unwrap();
    let refused = unstamped.stamped(&ask(&unstamped, &stamps).1);
    assert!(matches!(refused, Err(CredentialsError::Certificate(_))));
}

#[test]
fn an_answer_to_another_question_is_none() {
    let stamps = TimeStamps::new().unwrap();
    let signer = signer();
    let [(media_type, file), ..] = files();
    let unstamped = signer.prepare(&file, media_type, now(), ROOM).unwrap();
    let request = unstamped.request().unwrap();
    let answered = |answer: &[u8]| request.answered(answer, &Authorities::default());
    // The same text with another nonce, and another text.
    let again = unstamped.request().unwrap();
    let another = signer.prepare(&file, media_type, now(), ROOM).unwrap();
    for other in [again, another.request().unwrap()] {
        let answer = stamps.answer(other.as_bytes()).unwrap();
        assert_eq!(answered(&answer), Err(TimeStampError::Another));
    }
    let refusal = stamps.refusal(request.as_bytes()).unwrap();
    assert_eq!(answered(&refusal), Err(TimeStampError::Refused(2)));
    for garbage in [&b""[..], b"no", b"<html></html>", &[0x30, 0x80, 0, 0]] {
        assert_eq!(answered(garbage), Err(TimeStampError::Unreadable));
    }
    // By somebody else than who was chosen, and with a certificate that is not fit for it.
    let answer = stamps.answer(request.as_bytes()).unwrap();
    let others = believed(&TimeStamps::new().unwrap());
    assert_eq!(
        request.answered(&answer, &others),
        Err(TimeStampError::Unbelieved)
    );
    assert!(request.answered(&answer, &believed(&stamps)).is_ok());
    for (unfit, problem) in [
        (Unfit::TwoPurposes, "timeStamp.untrusted"),
        (Unfit::Ended, "timeStamp.outsideValidity"),
    ] {
        let answer = stamps.answer_as(request.as_bytes(), unfit).unwrap();
        assert_eq!(answered(&answer), Err(TimeStampError::Unsound(problem)));
    }
}

#[test]
fn a_stamp_of_another_signature_is_seen_for_what_it_is() {
    let stamps = TimeStamps::new().unwrap();
    let signer = signer().believing(believed(&stamps));
    let [(media_type, file), ..] = files();
    let prepare = || signer.prepare(&file, media_type, now(), ROOM).unwrap();
    let (one, other) = (prepare(), prepare());
    let file = one.stamped(&ask(&other, &stamps).1).unwrap();
    let reading = read(&signer, &file, now());
    assert!(reading.is_trusted, "{reading:?}");
    let said = reading.time_stamp.unwrap();
    assert!(!said.is_valid && !said.is_trusted, "{said:?}");
    assert_eq!(said.problem, Some("timeStamp.mismatch"));
    assert_eq!((said.attested_at, said.attested_by), (None, None));
    let later = now() + Duration::days(365 * 31);
    assert!(!read(&signer, &file, later).is_valid);
}

#[test]
fn no_byte_of_an_answer_can_be_changed_so_that_it_attests_another_time() {
    let stamps = TimeStamps::new().unwrap();
    let signer = signer().believing(believed(&stamps));
    let [(media_type, file), ..] = files();
    let unstamped = signer.prepare(&file, media_type, now(), ROOM).unwrap();
    let request = unstamped.request().unwrap();
    let answer = stamps.answer(request.as_bytes()).unwrap();
    let believed = believed(&stamps);
    let honest = request.answered(&answer, &believed).unwrap();
    for end in 0..answer.len() {
        assert!(
            request.answered(&answer[..end], &believed).is_err(),
            "{end}"
        );
    }
    for at in 0..answer.len() {
        for bit in [0, 3, 7] {
            let mut changed = answer.clone();
            changed[at] ^= 1 << bit;
            if let Ok(stamp) = request.answered(&changed, &believed) {
                assert_eq!(stamp.at(), honest.at(), "{at}");
            }
        }
    }
    let whole = unstamped.stamped(&honest).unwrap();
    let token = honest.token();
    let mut windows = whole.windows(token.len());
    let start = windows.position(|window| window == token).unwrap();
    let said = read(&signer, &whole, now()).time_stamp.unwrap();
    for at in start..start + token.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1 << (at % 8);
        let reading = read(&signer, &changed, now()).time_stamp;
        if let Some(reading) = reading.filter(|reading| reading.is_trusted) {
            assert_eq!(reading.attested_at, said.attested_at, "{at}");
        }
    }
}

#[test]
fn room_that_is_too_small_is_told_with_the_room_that_it_takes() {
    let stamps = TimeStamps::new().unwrap();
    let signer = signer();
    for (media_type, file) in files() {
        let cramped = signer.prepare(&file, media_type, now(), 100).unwrap();
        let refused = cramped.stamped(&ask(&cramped, &stamps).1);
        let Err(CredentialsError::NoRoom(room)) = refused else {
            panic!("{refused:?}");
        };
        // What is not used is filled, and costs little.
        let unstamped = signer.prepare(&file, media_type, now(), room).unwrap();
        let signed = unstamped.stamped(&ask(&unstamped, &stamps).1).unwrap();
        assert!(signer.read(&signed, media_type, now()).is_trusted);
        let without = signer.sign(&file, media_type, now()).unwrap();
        let more = signed.len() - without.len();
        assert!(
            (room - 3..room + 4).contains(&more),
            "{media_type:?}: {more} of {room}"
        );
        // And a file without a stamp that was prepared for one is as good.
        let file = unstamped.unstamped().unwrap();
        let reading = signer.read(&file, media_type, now());
        assert!(reading.is_trusted && reading.time_stamp.is_none());
    }
}
