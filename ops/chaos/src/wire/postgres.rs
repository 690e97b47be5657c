//! PostgreSQL's protocol, as far as it is needed to see a COMMIT go by and its answer come back.

use std::collections::BTreeMap;

use super::trap::{Catch, Point};

const SSL_REQUEST: u32 = 80_877_103;

/// What was seen on one connection.
#[derive(Debug, Default)]
pub(super) struct Postgres {
    started: bool,
    /// Prepared statements that tell whose transaction it is.
    statements: BTreeMap<String, Whose>,
    whose: Option<Whose>,
    committing: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    View,
    Archive,
}

impl Postgres {
    /// The length of the first message from the program in `bytes`, if it is all there.
    pub(super) fn whole_to_server(&self, bytes: &[u8]) -> Option<usize> {
        // The first ones have no type.
        let head = usize::from(self.started);
        let length = head + number(bytes.get(head..)?)? as usize;
        (bytes.len() >= length).then_some(length)
    }

    /// The length of the first message from the server in `bytes`, if it is all there.
    pub(super) fn whole_to_client(&self, bytes: &[u8]) -> Option<usize> {
        if !self.started {
            // A single letter says whether there is encryption.
            return (!bytes.is_empty()).then_some(1);
        }
        let length = 1 + number(bytes.get(1..)?)? as usize;
        (bytes.len() >= length).then_some(length)
    }

    /// A message from the program.
    pub(super) fn asks(&mut self, message: &[u8]) -> Option<Catch> {
        if !self.started {
            self.started = number(message.get(4..)?)? != SSL_REQUEST;
            return None;
        }
        let body = message.get(5..)?;
        match message.first()? {
            b'P' => {
                let (name, query) = (text(body)?, text(body.get(text(body)?.len() + 1..)?)?);
                if let Some(whose) = whose(query) {
                    self.statements.insert(name.to_owned(), whose);
                }
            }
            b'B' => {
                let portal = text(body)?;
                let statement = text(body.get(portal.len() + 1..)?)?;
                if let Some(whose) = self.statements.get(statement) {
                    self.whose = Some(*whose);
                }
            }
            b'Q' => match text(body)? {
                "BEGIN" => self.whose = None,
                "COMMIT" => {
                    self.committing = true;
                    return self.catch(Point::ViewCommitSent, None);
                }
                _ => {}
            },
            _ => {}
        }
        None
    }

    /// A message from the server.
    pub(super) fn answers(&mut self, message: &[u8]) -> Option<Catch> {
        if !self.committing || message.first()? != &b'C' || text(message.get(5..)?)? != "COMMIT" {
            return None;
        }
        self.committing = false;
        let caught = self.catch(
            Point::ViewCommitAnswered,
            Some(Point::ArchiveCommitAnswered),
        );
        self.whose = None;
        caught
    }

    fn catch(&self, of_view: Point, of_archive: Option<Point>) -> Option<Catch> {
        let point = match self.whose? {
            Whose::View => of_view,
            Whose::Archive => of_archive?,
        };
        Some(Catch {
            point,
            sequence: None,
        })
    }
}

/// Whose work a statement is.
fn whose(query: &str) -> Option<Whose> {
    if query.contains("INSERT INTO drape_archive.message") {
        return Some(Whose::Archive);
    }
    // Every batch of a view moves its checkpoint.
    (query.contains("UPDATE drape.checkpoint") && query.contains("sequence = "))
        .then_some(Whose::View)
}

fn number(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?))
}

/// Up to the zero that ends it.
fn text(bytes: &[u8]) -> Option<&str> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    std::str::from_utf8(&bytes[..end]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, parts: &[&str]) -> Vec<u8> {
        let body: Vec<u8> = parts
            .iter()
            .flat_map(|part| part.bytes().chain([0]))
            .collect();
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[kind][..], &length.to_be_bytes(), &body].concat()
    }

    fn started() -> Postgres {
        let mut seen = Postgres::default();
        let hello = [8_u32.to_be_bytes(), SSL_REQUEST.to_be_bytes()].concat();
        assert_eq!(seen.whole_to_server(&hello), Some(8));
        seen.asks(&hello);
        assert_eq!(seen.whole_to_client(b"N"), Some(1));
        let start = [9_u32.to_be_bytes(), 196_608_u32.to_be_bytes()].concat();
        seen.asks(&[start, vec![0]].concat());
        seen
    }

    /// A transaction with this statement, up to its COMMIT and the answer.
    fn transaction(query: &str) -> [Option<Point>; 2] {
        let mut seen = started();
        seen.asks(&message(b'P', &["s1", query]));
        seen.asks(&message(b'Q', &["BEGIN"]));
        seen.asks(&message(b'B', &["", "s1"]));
        assert_eq!(seen.answers(&message(b'C', &["UPDATE 1"])), None);
        let sent = seen.asks(&message(b'Q', &["COMMIT"]));
        let answered = seen.answers(&message(b'C', &["COMMIT"]));
        [sent, answered].map(|catch| Some(catch?.point))
    }

    #[test]
    fn a_commit_is_known_by_what_the_transaction_did() {
        let view = transaction("UPDATE drape.checkpoint SET epoch = $1, sequence = $2");
        let wanted = [Point::ViewCommitSent, Point::ViewCommitAnswered];
        assert_eq!(view, wanted.map(Some));
        let archive = transaction("INSERT INTO drape_archive.message (sequence) VALUES ($1)");
        assert_eq!(archive, [None, Some(Point::ArchiveCommitAnswered)]);
        assert_eq!(transaction("SELECT 1"), [None, None]);
    }

    #[test]
    fn a_message_is_whole_when_its_body_is_there() {
        let seen = started();
        let query = message(b'Q', &["COMMIT"]);
        assert_eq!(seen.whole_to_server(&query), Some(query.len()));
        assert_eq!(seen.whole_to_server(&query[..query.len() - 1]), None);
        assert_eq!(seen.whole_to_client(&query[..3]), None);
    }
}
