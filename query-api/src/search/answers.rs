//! Pages that were answered out of the catalogue as it is, remembered until it changes.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, Uri};
use bytes::Bytes;
use http_kit::{DocumentTag, Problem};
use quick_cache::{Weighter, sync::Cache};
use uuid::Uuid;

use crate::{QueryApi, freshness::ReadAt};

/// What is remembered takes so much memory at most.
const MOST_BYTES: u64 = 16 << 20;

/// So many large pages take all of it: the memory is not cut into smaller parts than for 32 of them.
const FEWEST_PAGES: usize = 256;

/// Longer addresses are asked for once.
const LONGEST_ADDRESS: usize = 512;

/// Pages by their addresses, all of one state of the catalogue.
pub(crate) struct Answers(Cache<String, Arc<Answer>, InBytes>);

#[derive(Clone)]
struct InBytes;

impl Weighter<String, Arc<Answer>> for InBytes {
    fn weight(&self, address: &String, answer: &Arc<Answer>) -> u64 {
        // Without its pictures, and with them.
        let bytes = size_of::<Answer>() + address.len() + 3 * answer.unfilled.len();
        bytes as u64
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self(Cache::with_weighter(FEWEST_PAGES, MOST_BYTES, InBytes))
    }
}

impl Answers {
    /// What was answered to this address.
    pub(super) fn get(&self, uri: &Uri) -> Option<Arc<Answer>> {
        self.0.get(address(uri)?)
    }

    /// Remembers what is answered to this address.
    pub(super) fn keep(&self, uri: &Uri, answer: &Arc<Answer>) {
        if let Some(address) = address(uri) {
            self.0.insert(address.to_owned(), Arc::clone(answer));
        }
    }
}

fn address(uri: &Uri) -> Option<&str> {
    let address = uri.path_and_query()?.as_str();
    (address.len() <= LONGEST_ADDRESS).then_some(address)
}

/// What is answered to an address.
pub(super) struct Answer {
    /// A page without its pictures.
    unfilled: String,
    /// Where the list begins, goes on and came from.
    pub(super) links: HeaderMap,
    filled: Mutex<Option<Filled>>,
}

/// The page as it is sent, as long as its pictures stay as they were.
#[derive(Clone)]
struct Filled {
    read: ReadAt,
    pictures: Arc<[Uuid]>,
    page: Page,
}

/// A page as it is sent.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) json: Bytes,
    pub(super) tag: DocumentTag,
}

impl Page {
    fn of(json: String) -> Self {
        Self {
            tag: DocumentTag::of(json.as_bytes()),
            json: json.into(),
        }
    }
}

impl Answer {
    pub(super) fn new(unfilled: String, links: HeaderMap) -> Self {
        Self {
            unfilled,
            links,
            filled: Mutex::new(None),
        }
    }

    /// The page with its pictures as they are shown at `reached` or later.
    pub(super) async fn page(&self, api: &QueryApi, reached: u64) -> Result<Page, Problem> {
        let known = self.filled.lock();
        let known = known.unwrap_or_else(PoisonError::into_inner).clone();
        let freshness = &api.inner.freshness;
        if let Some(known) = known
            && freshness.holds(known.read, reached, known.pictures.iter().copied())
        {
            return Ok(known.page);
        }
        let Some(filled) = api.filled(&self.unfilled, reached).await? else {
            return Ok(Page::of(self.unfilled.clone()));
        };
        let page = Page::of(filled.documents);
        if let Some(read) = filled.read {
            let mut known = self.filled.lock().unwrap_or_else(PoisonError::into_inner);
            *known = Some(Filled {
                read,
                pictures: filled.pictures.into(),
                page: page.clone(),
            });
        }
        Ok(page)
    }
}
