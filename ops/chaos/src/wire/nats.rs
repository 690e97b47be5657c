//! NATS' protocol, as far as it is needed to see a commit go by and its acknowledgement come back.

use std::collections::BTreeMap;

use super::trap::{Catch, Point};

const COMMITS: &str = "drape.events.";
const SESSIONS: &str = "drape.events.tryon.session.";
const JOBS: &str = "$JS.ACK.";
const ENDS: [&str; 2] = ["TryOnSucceeded", "TryOnFailed"];

/// What was seen on one connection.
#[derive(Debug, Default)]
pub(super) struct Nats {
    /// The inbox in which the acknowledgement of a commit is expected, and what that would be.
    expected: BTreeMap<String, Point>,
    /// A try-on was ended on this connection, and the client was told.
    ended: bool,
}

/// The length of the first message in `bytes`, if it is all there.
pub(super) fn whole(bytes: &[u8]) -> Option<usize> {
    let line = line(bytes)?;
    let body = match line.split(' ').next()? {
        "PUB" | "HPUB" | "MSG" | "HMSG" => {
            let size: usize = line.split_ascii_whitespace().next_back()?.parse().ok()?;
            size + 2
        }
        _ => 0,
    };
    let length = line.len() + 2 + body;
    (bytes.len() >= length).then_some(length)
}

fn line(bytes: &[u8]) -> Option<&str> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    std::str::from_utf8(&bytes[..end]).ok()
}

impl Nats {
    /// A message from the program.
    pub(super) fn asks(&mut self, message: &[u8]) -> Option<Catch> {
        let words: Vec<&str> = line(message)?.split_ascii_whitespace().collect();
        let (subject, reply) = match words[..] {
            ["PUB", subject, reply, _] | ["HPUB", subject, reply, _, _] => (subject, Some(reply)),
            ["PUB", subject, _] | ["HPUB", subject, _, _] => (subject, None),
            _ => return None,
        };
        if subject.starts_with(JOBS) {
            let body = String::from_utf8_lossy(message);
            let done = self.ended && body.trim_end().ends_with("+ACK");
            return done.then_some(Catch {
                point: Point::JobDone,
                sequence: None,
            });
        }
        if !subject.starts_with(COMMITS) {
            return None;
        }
        let text = String::from_utf8_lossy(message);
        let (sent, answered) = if !subject.starts_with(SESSIONS) || text.contains("TryOnRequested")
        {
            (Some(Point::AppendSent), Point::AppendAnswered)
        } else if ENDS.iter().any(|end| text.contains(end)) {
            (Some(Point::EndSent), Point::EndAnswered)
        } else {
            (None, Point::StartAnswered)
        };
        self.expected.insert(reply?.to_owned(), answered);
        Some(Catch {
            point: sent?,
            sequence: None,
        })
    }

    /// A message from the server.
    pub(super) fn answers(&mut self, message: &[u8]) -> Option<Catch> {
        let words: Vec<&str> = line(message)?.split_ascii_whitespace().collect();
        let ["MSG" | "HMSG", subject, ..] = words[..] else {
            return None;
        };
        let point = self.expected.remove(subject)?;
        // A refusal has no sequence, or comes with an error.
        let body = message.iter().position(|byte| *byte == b'{')?;
        let body = std::str::from_utf8(&message[body..]).ok()?;
        let answer: serde_json::Value = serde_json::from_str(body.trim_end()).ok()?;
        let sequence = answer["seq"]
            .as_u64()
            .filter(|_| answer["error"].is_null())?;
        self.ended |= point == Point::EndAnswered;
        Some(Catch {
            point,
            sequence: Some(sequence),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_whole_when_its_body_is_there() {
        assert_eq!(whole(b"PING\r\nPONG\r\n"), Some(6));
        assert_eq!(whole(b"PUB a 3\r\nxyz\r\nPING"), Some(14));
        assert_eq!(whole(b"PUB a 3\r\nxy"), None);
        assert_eq!(whole(b"HMSG a 1 2 5\r\nhhbbb\r\n"), Some(21));
        assert_eq!(whole(b"PUB a"), None);
    }

    #[test]
    fn the_answer_to_a_commit_is_known_by_its_inbox() {
        let mut seen = Nats::default();
        let sent = seen.asks(b"HPUB drape.events.catalog.garment.g _INBOX.a.b 2 4\r\nhh{}\r\n");
        assert_eq!(sent.map(|catch| catch.point), Some(Point::AppendSent));
        assert_eq!(seen.answers(b"MSG _INBOX.a.x 1 9\r\n{\"seq\":7}\r\n"), None);
        let answered = seen.answers(b"MSG _INBOX.a.b 1 9\r\n{\"seq\":7}\r\n");
        let wanted = Catch {
            point: Point::AppendAnswered,
            sequence: Some(7),
        };
        assert_eq!(answered, Some(wanted));
    }

    #[test]
    fn a_refusal_is_no_acknowledgement() {
        let mut seen = Nats::default();
        seen.asks(b"HPUB drape.events.catalog.garment.g _INBOX.a.b 2 4\r\nhh{}\r\n");
        let refused = seen.answers(b"MSG _INBOX.a.b 1 22\r\n{\"error\":{},\"seq\":0}\r\n\r\n");
        assert_eq!(refused, None);
    }

    #[test]
    fn a_job_is_done_only_after_its_try_on_has_ended() {
        let done: &[u8] = b"PUB $JS.ACK.S.c.1 _INBOX.a.c 4\r\n+ACK\r\n";
        let mut seen = Nats::default();
        assert_eq!(seen.asks(done), None);
        let end = b"HPUB drape.events.tryon.session.s _INBOX.a.b 14 16\r\nTryOnSucceeded{}\r\n";
        let sent = seen.asks(end);
        assert_eq!(sent.map(|catch| catch.point), Some(Point::EndSent));
        assert_eq!(seen.asks(done), None);
        seen.answers(b"MSG _INBOX.a.b 1 9\r\n{\"seq\":7}\r\n");
        assert_eq!(
            seen.asks(done).map(|catch| catch.point),
            Some(Point::JobDone)
        );
    }
}
