//! How pictures are shown, out of their view; those of the catalogue are remembered.

use std::{collections::HashMap, sync::Arc, time::Duration};

use http_kit::Problem;
use quick_cache::{Weighter, sync::Cache};
use sqlx::PgPool;
use uuid::Uuid;

use super::is_public;
use crate::{
    database::in_time,
    freshness::{Freshness, ReadAt},
};

/// What is remembered takes so much memory at most.
const MOST_BYTES: u64 = 16 << 20;

/// About so many pictures have room in it.
const REMEMBERED_PICTURES: usize = 1 << 14;

/// How a picture is shown, as its view has it.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) purpose: String,
    pub(crate) display: String,
}

/// How some pictures are shown.
pub(crate) struct Displayed {
    /// Those that are shown at all: a picture that is not processed yet is not.
    pub(crate) shown: HashMap<Uuid, Arc<Shown>>,
    /// When it was read, if it may be remembered.
    pub(crate) read: Option<ReadAt>,
}

/// Nothing is known of a picture that is not processed yet; of one of a person nothing is remembered.
type Known = (ReadAt, Option<Arc<Shown>>);

#[derive(Clone)]
struct InBytes;

impl Weighter<Uuid, Known> for InBytes {
    fn weight(&self, _: &Uuid, (_, shown): &Known) -> u64 {
        let bytes = |shown: &Shown| size_of::<Shown>() + shown.purpose.len() + shown.display.len();
        let bytes = size_of::<Known>() + shown.as_deref().map_or(0, bytes);
        bytes as u64
    }
}

/// How pictures are shown.
pub(crate) struct Displays {
    pool: PgPool,
    limit: Duration,
    freshness: Arc<Freshness>,
    known: Cache<Uuid, Known, InBytes>,
}

impl Displays {
    /// `limit`: how long a statement may take.
    pub(crate) fn new(pool: &PgPool, limit: Duration, freshness: Arc<Freshness>) -> Self {
        Self {
            pool: pool.clone(),
            limit,
            freshness,
            known: Cache::with_weighter(REMEMBERED_PICTURES, MOST_BYTES, InBytes),
        }
    }

    /// How these pictures are shown, at `reached` or later.
    ///
    /// # Errors
    /// 503 when the database does not answer in time.
    pub(crate) async fn of(&self, pictures: &[Uuid], reached: u64) -> Result<Displayed, Problem> {
        let now = self.freshness.now();
        let mut displayed = Displayed {
            shown: HashMap::new(),
            read: now,
        };
        let mut unknown = vec![];
        for picture in pictures {
            let known = self.known.get(picture);
            let known = known.filter(|(read, _)| self.freshness.holds(*read, reached, [*picture]));
            let Some((read, shown)) = known else {
                unknown.push(*picture);
                continue;
            };
            displayed.read = displayed.read.and_then(|all| all.both(read));
            displayed.shown.extend(shown.map(|shown| (*picture, shown)));
        }
        if !unknown.is_empty() {
            self.read(&unknown, now, &mut displayed).await?;
        }
        Ok(displayed)
    }

    async fn read(
        &self,
        pictures: &[Uuid],
        now: Option<ReadAt>,
        displayed: &mut Displayed,
    ) -> Result<(), Problem> {
        let rows = sqlx::query!(
            "SELECT id, purpose, display AS \"display!\" FROM drape.picture
             WHERE id = ANY($1) AND display IS NOT NULL",
            pictures
        );
        let rows = in_time(self.limit, rows.fetch_all(&self.pool)).await?;
        for row in rows {
            let shown = Shown {
                purpose: row.purpose,
                display: row.display,
            };
            displayed.shown.insert(row.id, Arc::new(shown));
        }
        for picture in pictures {
            let shown = displayed.shown.get(picture);
            if shown.is_some_and(|shown| !is_public(&shown.purpose)) {
                displayed.read = None;
            } else if let Some(now) = now {
                self.known.insert(*picture, (now, shown.cloned()));
            }
        }
        Ok(())
    }
}
