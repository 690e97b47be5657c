//! `X-Request-Id`: what a request is called by its client, else by us.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::extract::Request;
use http::{HeaderName, HeaderValue};
use http_kit::is_sound;
use uuid::{Builder, Uuid};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The name of a request, which it has from now on. One that is named badly is given a name of ours instead: names stand in logs,
/// commits and problems.
pub(crate) fn name(request: &mut Request) -> HeaderValue {
    let given = request.headers().get(REQUEST_ID);
    if let Some(given) = given.filter(|id| id.to_str().is_ok_and(is_sound)) {
        return given.clone();
    }
    let made = new_name();
    request.headers_mut().insert(REQUEST_ID, made.clone());
    made
}

/// A name for a request that has none: a UUID that looks random. It is a count under a secret of this process (`SipHash`), so that no
/// request waits for the system's random numbers.
pub(crate) fn new_name() -> HeaderValue {
    static SECRET: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let half = |which: u8| u128::from(SECRET.hash_one((count, which)));
    let bytes = (half(0) << 64 | half(1)).to_be_bytes();
    let name = Builder::from_random_bytes(bytes).into_uuid();
    let mut text = Uuid::encode_buffer();
    let text = name.hyphenated().encode_lower(&mut text);
    // Hexadecimal digits and hyphens, which every header takes.
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn made_names_are_random_uuids_and_never_the_same() {
        let made: HashSet<Uuid> = (0..10_000)
            .map(|_| new_name().to_str().unwrap().parse().unwrap())
            .collect();
        assert_eq!(made.len(), 10_000);
        assert!(made.iter().all(|name| name.get_version_num() == 4));
        // Each bit is set in about half of them.
        for bit in (0..128).filter(|bit| ![62, 63, 76, 77, 78, 79].contains(bit)) {
            let set = made.iter().filter(|name| name.as_u128() >> bit & 1 == 1);
            let set = set.count();
            assert!((4_500..5_500).contains(&set), "{bit}: {set}");
        }
    }
}
