//! Eight bytes: the payload, and what shows that they are a message at all.

use sha2::{Digest, Sha256};

use super::grid::{PLACES, SYMBOLS};

/// The name and version of this watermark: what the second half of a message follows from, together with the first.
const NAME: &[u8] = b"drape watermark 1";

/// The message that carries a payload.
pub(crate) fn message(payload: u32) -> [u8; SYMBOLS] {
    let [a, b, c, d] = payload.to_be_bytes();
    let [e, f, g, h] = check(payload);
    [a, b, c, d, e, f, g, h]
}

/// The payload of a message; none if it is none of ours.
pub(crate) fn payload(message: [u8; SYMBOLS]) -> Option<u32> {
    let [a, b, c, d, e, f, g, h] = message;
    let payload = u32::from_be_bytes([a, b, c, d]);
    (check(payload) == [e, f, g, h]).then_some(payload)
}

/// 32 bits: random bytes pass once in four thousand million times.
fn check(payload: u32) -> [u8; 4] {
    let hash = Sha256::new()
        .chain_update(NAME)
        .chain_update(payload.to_be_bytes())
        .finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// The value of a symbol's Walsh function at a place: 1 or -1. Different symbols' functions are orthogonal.
pub(crate) fn walsh(symbol: u8, place: usize) -> f32 {
    if (usize::from(symbol) & place).count_ones().is_multiple_of(2) {
        1.0
    } else {
        -1.0
    }
}

/// How well each of the 256 Walsh functions agrees with what was received (a fast Walsh-Hadamard transform, in place).
pub(crate) fn correlate(received: &mut [f32; PLACES]) {
    let mut half = 1;
    while half < PLACES {
        for start in (0..PLACES).step_by(2 * half) {
            for at in start..start + half {
                let (a, b) = (received[at], received[at + half]);
                received[at] = a + b;
                received[at + half] = a - b;
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_and_any_change_of_a_byte_makes_it_none() {
        for sent in [0, 1, 0xdead_beef, u32::MAX] {
            let whole = message(sent);
            assert_eq!(payload(whole), Some(sent));
            for at in 0..SYMBOLS {
                for change in 1..=255 {
                    let mut changed = whole;
                    changed[at] ^= change;
                    assert_eq!(payload(changed), None);
                }
            }
        }
    }

    #[test]
    fn each_function_agrees_with_itself_alone() {
        for symbol in 0..=255 {
            let mut received = std::array::from_fn(|place| walsh(symbol, place));
            correlate(&mut received);
            for (other, agreement) in received.iter().enumerate() {
                let expected = if other == usize::from(symbol) {
                    256.0
                } else {
                    0.0
                };
                assert!((agreement - expected).abs() < 1e-3);
            }
        }
    }
}
