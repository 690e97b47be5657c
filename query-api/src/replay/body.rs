//! A replay as a body: made piece by piece, as the client takes it.

use std::{io, time::Duration};

use bytes::Bytes;
use futures::{
    FutureExt, Stream, StreamExt,
    stream::{self, BoxStream},
};
use jetstream_es::{Commit, LogError, Position};
use replay::{Ndjson, ResumeAt, Selection};
use serde_json::json;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};

/// A piece is sent when it has so many bytes, or when nothing more is there at the moment.
const PIECE: usize = 64 << 10;

/// How rows are framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Ndjson,
    Sse,
}

/// A replay on its way to one client. Nothing is read that the client does not take.
pub(super) struct Body {
    pub(super) commits: BoxStream<'static, Result<Commit, LogError>>,
    pub(super) selection: Selection,
    pub(super) framing: Framing,
    /// Where the stretch ends, for the trailer; none without a trailer.
    pub(super) through: Option<Position>,
    /// How often a silent stream of messages says that it lives.
    pub(super) heartbeat: Duration,
    pub(super) _permit: OwnedSemaphorePermit,
}

struct Sending {
    body: Body,
    rows: Ndjson,
    line: Vec<u8>,
    over: bool,
}

impl Body {
    pub(super) fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let sending = Sending {
            body: self,
            rows: Ndjson::default(),
            line: Vec::new(),
            over: false,
        };
        stream::unfold(sending, |mut sending| async move {
            let piece = sending.piece().await?;
            // A failure is the last piece: the client sees a body without an end.
            sending.over |= piece.is_err();
            Some((piece, sending))
        })
    }
}

impl Sending {
    async fn piece(&mut self) -> Option<io::Result<Bytes>> {
        let mut piece = Vec::new();
        while !self.over {
            let commit = if piece.is_empty() {
                let waiting = self.body.commits.next();
                match timeout(self.body.heartbeat, waiting).await {
                    Ok(commit) => commit,
                    Err(_) if self.body.framing == Framing::Sse => {
                        return Some(Ok(Bytes::from_static(b":\n\n")));
                    }
                    Err(_) => continue,
                }
            } else {
                match self.body.commits.next().now_or_never() {
                    Some(commit) => commit,
                    None => return Some(Ok(piece.into())),
                }
            };
            match commit {
                Some(Ok(commit)) => {
                    if let Err(error) = self.add(&commit, &mut piece) {
                        return Some(Err(error.into()));
                    }
                    if self.body.selection.is_over() {
                        self.end(&mut piece);
                    } else if piece.len() >= PIECE {
                        return Some(Ok(piece.into()));
                    }
                }
                Some(Err(error)) => {
                    tracing::warn!(%error, "a replay breaks off: {error}");
                    return Some(Err(io::Error::other(error)));
                }
                None => self.end(&mut piece),
            }
        }
        (!piece.is_empty()).then(|| Ok(piece.into()))
    }

    fn add(&mut self, commit: &Commit, piece: &mut Vec<u8>) -> serde_json::Result<()> {
        let chosen = self.body.selection.of(commit);
        if self.body.framing == Framing::Ndjson {
            return self.rows.write(commit, &chosen, piece);
        }
        // One after the other: each message has an id of its own.
        for index in chosen {
            self.line.clear();
            self.rows.write(commit, &[index], &mut self.line)?;
            let within = index + 1 < commit.events.len();
            let id = ResumeAt {
                position: commit.position.clone(),
                events: within.then_some(index + 1),
            };
            piece.extend_from_slice(format!("id: {id}\ndata: ").as_bytes());
            piece.extend_from_slice(&self.line);
            piece.push(b'\n');
        }
        Ok(())
    }

    fn end(&mut self, piece: &mut Vec<u8>) {
        self.over = true;
        let Some(through) = self.body.through.take() else {
            return;
        };
        let trailer = json!({ "trailer": std::mem::take(&mut self.rows).trailer(through) });
        let text = match self.body.framing {
            Framing::Ndjson => format!("{trailer}\n"),
            Framing::Sse => format!("event: trailer\ndata: {trailer}\n\n"),
        };
        piece.extend_from_slice(text.as_bytes());
    }
}
