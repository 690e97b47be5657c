//! Codes that an app and we make of a shared secret and the time (RFC 6238): HMAC-SHA-1, six digits, thirty seconds, which is
//! what every app can do.

use std::fmt::Write as _;

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::password::same;

/// Seconds that a code is shown.
const STEP_S: i64 = 30;

/// Six digits.
const CODES: u32 = 1_000_000;

/// Bytes of a secret: as many as SHA-1 has (RFC 4226, 4).
pub(super) const SECRET: usize = 20;

/// The code of a step (RFC 4226, 5.3).
pub(super) fn code(secret: &[u8], step: i64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let start = usize::from(digest.last()? & 0xf);
    let word = digest.get(start..)?.first_chunk::<4>()?;
    let number = u32::from_be_bytes(*word) & 0x7fff_ffff;
    Some(format!("{:06}", number % CODES))
}

/// The step whose code this is: the present one or one beside it, for clocks that are not quite right, but none up to `last`,
/// whose codes were taken.
pub(super) fn step_of(secret: &[u8], given: &str, now_s: i64, last: i64) -> Option<i64> {
    let now = now_s / STEP_S;
    (now - 1..=now + 1)
        .filter(|step| *step > last)
        .find(|step| code(secret, *step).is_some_and(|code| same(&code, given)))
}

/// The secret as people type it.
pub(super) fn base32(secret: &[u8]) -> String {
    BASE32_NOPAD.encode(secret)
}

/// What an app reads from a picture of it.
pub(super) fn uri(secret: &[u8], issuer: &str, email: &str) -> String {
    let (issuer, email) = (encoded(issuer), encoded(email));
    let secret = base32(secret);
    format!(
        "otpauth://totp/{issuer}:{email}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP_S}"
    )
}

/// As part of an address (RFC 3986, 2.1).
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the last six digits of its eight.
    const PUBLISHED: [(i64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];
    const SHARED: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_that_the_standard_publishes() {
        for (second, published) in PUBLISHED {
            assert_eq!(code(SHARED, second / STEP_S).unwrap(), published);
            assert_eq!(step_of(SHARED, published, second, 0), Some(second / STEP_S));
        }
    }

    #[test]
    fn a_code_is_good_one_step_either_way_and_once() {
        let now = 1_234_567_890;
        let step = now / STEP_S;
        for off in [-1, 0, 1] {
            let shown = code(SHARED, step + off).unwrap();
            assert_eq!(step_of(SHARED, &shown, now, step - 2), Some(step + off));
            assert_eq!(step_of(SHARED, &shown, now, step + off), None);
        }
        for off in [-2, 2] {
            let shown = code(SHARED, step + off).unwrap();
            assert_eq!(step_of(SHARED, &shown, now, 0), None);
        }
    }

    #[test]
    fn an_app_finds_everything_in_the_address() {
        assert_eq!(
            uri(SHARED, "Meadow & Co", "ada@shop.example"),
            "otpauth://totp/Meadow%20%26%20Co:ada%40shop.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Meadow%20%26%20Co&algorithm=SHA1&digits=6&period=30"
        );
    }
}
