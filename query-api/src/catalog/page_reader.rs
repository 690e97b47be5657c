//! Pages of garments by their ids: remembered as long as they hold, and whoever asks for another while the database is at work shares
//! the next question with all who do.
//!
//! A page costs PostgreSQL less than the question for it does. Nobody waits for others to ask: a question goes out as soon as a lane
//! is free, with whatever has gathered until then (as `DataLoader` does for one request, here for all).

use std::{collections::HashMap, sync::Arc, time::Duration};

use http_kit::Problem;
use quick_cache::{Weighter, sync::Cache};
use sqlx::PgPool;
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

use crate::{
    answer::Versioned,
    database::in_time,
    freshness::{Freshness, ReadAt},
    media::{Displays, filled_for_all, pictures_of},
};

/// Questions under way at once; each has a connection meanwhile.
const LANES: usize = 4;
/// Pages of one question at most.
const PAGES: usize = 64;
/// Who waits for a lane at most; more wait for room.
const WAITING: usize = 1_024;
/// What is remembered takes so much memory at most.
const MOST_BYTES: u64 = 64 << 20;
/// About so many pages have room in it.
const REMEMBERED_PAGES: usize = 1 << 14;

/// A garment's page.
pub(crate) struct Page {
    pub(crate) told: Told,
    /// Whether shoppers may see it.
    pub(crate) public: bool,
    /// Which commits may change it: those of the garment and of its pictures.
    concerned: Vec<Uuid>,
    /// When it was read, if it may be remembered.
    read: Option<ReadAt>,
}

/// What is told of a garment.
pub(crate) enum Told {
    /// To everybody the same.
    Ready(Versioned),
    /// As its view has it, without its pictures: their addresses are signed for whoever asks.
    Unfilled(String),
}

#[derive(Clone)]
struct InBytes;

impl Weighter<Uuid, Arc<Page>> for InBytes {
    fn weight(&self, _: &Uuid, page: &Arc<Page>) -> u64 {
        let told = match &page.told {
            Told::Ready(page) => page.len(),
            Told::Unfilled(document) => document.len(),
        };
        let bytes = size_of::<Page>() + told + size_of_val(page.concerned.as_slice());
        bytes as u64
    }
}

type Found = Option<Arc<Page>>;

struct Asked {
    garment: Uuid,
    /// How far what is answered has come at least.
    reached: u64,
    /// Nothing is sent when the database did not answer.
    answer: oneshot::Sender<Found>,
}

/// Reads pages of garments. Its lanes end when it is dropped.
pub(crate) struct PageReader {
    asking: mpsc::Sender<Asked>,
    source: Arc<Source>,
}

/// Where pages come from.
struct Source {
    pool: PgPool,
    limit: Duration,
    freshness: Arc<Freshness>,
    displays: Arc<Displays>,
    known: Cache<Uuid, Arc<Page>, InBytes>,
}

impl PageReader {
    /// `limit`: how long a question may take.
    pub(crate) fn new(
        pool: &PgPool,
        limit: Duration,
        freshness: Arc<Freshness>,
        displays: Arc<Displays>,
    ) -> Self {
        let (asking, asked) = mpsc::channel(WAITING);
        let asked = Arc::new(Mutex::new(asked));
        let source = Arc::new(Source {
            pool: pool.clone(),
            limit,
            freshness,
            displays,
            known: Cache::with_weighter(REMEMBERED_PAGES, MOST_BYTES, InBytes),
        });
        for _ in 0..LANES {
            tokio::spawn(lane(Arc::clone(&source), Arc::clone(&asked)));
        }
        Self { asking, source }
    }

    /// The page of a garment, as it is now or later, and at least as new as `reached`.
    ///
    /// # Errors
    /// 503 when the database does not answer in time.
    pub(crate) async fn read(&self, garment: Uuid, reached: u64) -> Result<Found, Problem> {
        if let Some(page) = self.source.known(garment, reached) {
            return Ok(Some(page));
        }
        let asking = async {
            let (answer, answered) = oneshot::channel();
            let asked = Asked {
                garment,
                reached,
                answer,
            };
            self.asking.send(asked).await.ok()?;
            answered.await.ok()
        };
        // As long for the lane as for the question.
        let found = tokio::time::timeout(2 * self.source.limit, asking).await;
        found.ok().flatten().ok_or_else(Problem::unavailable)
    }
}

async fn lane(source: Arc<Source>, asked: Arc<Mutex<mpsc::Receiver<Asked>>>) {
    let mut together = Vec::with_capacity(PAGES);
    loop {
        if asked.lock().await.recv_many(&mut together, PAGES).await == 0 {
            return;
        }
        together.retain(|asked| !asked.answer.is_closed());
        let mut garments: Vec<Uuid> = together.iter().map(|asked| asked.garment).collect();
        garments.sort_unstable();
        garments.dedup();
        let reached = together.iter().map(|asked| asked.reached).max();
        // What went wrong is logged; whoever waits hears of it as the answer's sender goes.
        let pages = source.pages(&garments, reached.unwrap_or(0)).await.ok();
        for asked in together.drain(..) {
            if let Some(pages) = &pages {
                let _ = asked.answer.send(pages.get(&asked.garment).cloned());
            }
        }
    }
}

impl Source {
    /// The page, if it is remembered and still holds.
    fn known(&self, garment: Uuid, reached: u64) -> Found {
        let page = self.known.get(&garment)?;
        let concerned = page.concerned.iter().copied();
        let holds = self.freshness.holds(page.read?, reached, concerned);
        holds.then_some(page)
    }

    async fn pages(
        &self,
        garments: &[Uuid],
        reached: u64,
    ) -> Result<HashMap<Uuid, Arc<Page>>, Problem> {
        if garments.is_empty() {
            return Ok(HashMap::new());
        }
        let now = self.freshness.now();
        let rows = sqlx::query!(
            "SELECT id, public, document FROM drape.garment_page WHERE id = ANY($1)",
            garments
        );
        let rows = in_time(self.limit, rows.fetch_all(&self.pool)).await?;
        let mut pictures: Vec<Uuid> = rows
            .iter()
            .flat_map(|row| pictures_of(&row.document))
            .collect();
        pictures.sort_unstable();
        pictures.dedup();
        let displayed = self.displays.of(&pictures, reached).await?;
        let read = now.zip(displayed.read);
        let read = read.and_then(|(pages, pictures)| pages.both(pictures));
        let mut pages = HashMap::with_capacity(rows.len());
        for row in rows {
            let mut concerned = pictures_of(&row.document);
            concerned.push(row.id);
            let filled = filled_for_all(&row.document, &displayed);
            let told = filled.and_then(|filled| Versioned::of(filled).ok());
            let page = Arc::new(Page {
                read: read.filter(|_| told.is_some()),
                told: told.map_or_else(|| Told::Unfilled(row.document), Told::Ready),
                public: row.public,
                concerned,
            });
            if page.read.is_some() {
                self.known.insert(row.id, Arc::clone(&page));
            }
            pages.insert(row.id, page);
        }
        Ok(pages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoints::Checkpoints;

    #[tokio::test]
    async fn who_asks_a_database_that_is_gone_is_answered() {
        let pool = PgPool::connect_lazy("postgres://127.0.0.1:1/none").unwrap();
        let checkpoints = Checkpoints::new("e1".parse().unwrap());
        let freshness = Arc::new(Freshness::new(Arc::new(checkpoints)));
        let limit = Duration::from_millis(50);
        let displays = Arc::new(Displays::new(&pool, limit, freshness.clone()));
        let reader = PageReader::new(&pool, limit, freshness, displays);
        let asking = (0..200).map(|n| reader.read(Uuid::from_u128(n), 0));
        for answer in futures::future::join_all(asking).await {
            assert_eq!(answer.err().unwrap().code(), "unavailable");
        }
    }
}
