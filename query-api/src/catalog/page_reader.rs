//! Pages of garments by their ids: whoever asks while the database is at work shares the next question with all who do.
//!
//! A page costs PostgreSQL less than the question for it does. Nobody waits for others to ask: a question goes out as soon as a lane
//! is free, with whatever has gathered until then (as `DataLoader` does for one request, here for all).

use std::{collections::HashMap, sync::Arc, time::Duration};

use http_kit::Problem;
use sqlx::PgPool;
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

use crate::{database::in_time, media::Shown};

/// Questions under way at once; each has a connection meanwhile.
const LANES: usize = 4;
/// Pages of one question at most.
const PAGES: usize = 64;
/// Who waits for a lane at most; more wait for room.
const WAITING: usize = 1_024;

/// A garment's page, as its view has it.
pub(crate) struct Page {
    pub(crate) document: String,
    /// Whether shoppers may see it.
    pub(crate) public: bool,
    /// How its picture and its cut-out are shown, as far as it has them and they are processed.
    pub(crate) shown: Vec<Shown>,
}

type Found = Option<Arc<Page>>;

struct Asked {
    garment: Uuid,
    /// Nothing is sent when the database did not answer.
    answer: oneshot::Sender<Found>,
}

/// Reads pages of garments. Its lanes end when it is dropped.
pub(crate) struct PageReader {
    asking: mpsc::Sender<Asked>,
    limit: Duration,
}

impl PageReader {
    /// `limit`: how long a question may take.
    pub(crate) fn new(pool: &PgPool, limit: Duration) -> Self {
        let (asking, asked) = mpsc::channel(WAITING);
        let asked = Arc::new(Mutex::new(asked));
        for _ in 0..LANES {
            tokio::spawn(lane(pool.clone(), limit, Arc::clone(&asked)));
        }
        Self { asking, limit }
    }

    /// The page of a garment, as it is now or later.
    ///
    /// # Errors
    /// 503 when the database does not answer in time.
    pub(crate) async fn read(&self, garment: Uuid) -> Result<Found, Problem> {
        let asking = async {
            let (answer, answered) = oneshot::channel();
            self.asking.send(Asked { garment, answer }).await.ok()?;
            answered.await.ok()
        };
        // As long for the lane as for the question.
        let found = tokio::time::timeout(2 * self.limit, asking).await;
        found.ok().flatten().ok_or_else(Problem::unavailable)
    }
}

async fn lane(pool: PgPool, limit: Duration, asked: Arc<Mutex<mpsc::Receiver<Asked>>>) {
    let mut together = Vec::with_capacity(PAGES);
    loop {
        if asked.lock().await.recv_many(&mut together, PAGES).await == 0 {
            return;
        }
        together.retain(|asked| !asked.answer.is_closed());
        let mut garments: Vec<Uuid> = together.iter().map(|asked| asked.garment).collect();
        garments.sort_unstable();
        garments.dedup();
        // What went wrong is logged; whoever waits hears of it as the answer's sender goes.
        let pages = in_time(limit, pages(&pool, &garments)).await.ok();
        for asked in together.drain(..) {
            if let Some(pages) = &pages {
                let _ = asked.answer.send(pages.get(&asked.garment).cloned());
            }
        }
    }
}

async fn pages(pool: &PgPool, garments: &[Uuid]) -> Result<HashMap<Uuid, Arc<Page>>, sqlx::Error> {
    if garments.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "SELECT page.id AS \"id!\", page.public AS \"public!\", page.document AS \"document!\",
             picture.id AS \"picture?\", picture.purpose AS \"purpose?\", picture.display AS \"display?\",
             cutout.id AS \"cutout?\", cutout.purpose AS \"cutout_purpose?\", cutout.display AS \"cutout_display?\"
         FROM drape.garment_page AS page
             LEFT JOIN drape.picture ON picture.id = (page.document::JSONB #>> '{picture,id}')::UUID
             LEFT JOIN drape.picture AS cutout
                 ON cutout.id = (page.document::JSONB #>> '{cutout,picture,id}')::UUID
         WHERE page.id = ANY($1)",
        garments
    )
    .fetch_all(pool)
    .await?;
    let pages = rows.into_iter().map(|row| {
        let picture = row.picture.zip(row.purpose).zip(row.display);
        let cutout = row.cutout.zip(row.cutout_purpose).zip(row.cutout_display);
        let shown = |((id, purpose), display)| Shown {
            id,
            purpose,
            display,
        };
        let page = Page {
            document: row.document,
            public: row.public,
            shown: picture.into_iter().chain(cutout).map(shown).collect(),
        };
        (row.id, Arc::new(page))
    });
    Ok(pages.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_asks_a_database_that_is_gone_is_answered() {
        let pool = PgPool::connect_lazy("postgres://127.0.0.1:1/none").unwrap();
        let reader = PageReader::new(&pool, Duration::from_millis(50));
        let asking = (0..200).map(|n| reader.read(Uuid::from_u128(n)));
        for answer in futures::future::join_all(asking).await {
            assert_eq!(answer.err().unwrap().code(), "unavailable");
        }
    }
}
