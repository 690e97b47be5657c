//! A page of what was found, as an answer.

use std::{fmt::Write, sync::Arc};

use axum::{http::Uri, response::Response};
use catalogue_search::{Found, Hit, HitKey, Question};
use http_kit::{Cursor, Problem, neighbour_links, question_of};
use jetstream_es::Position;

use super::{answers::Answer, document::FacetsDocument, shelf::Shown};
use crate::{QueryApi, answer};

/// A page that is asked for.
pub(super) struct Turn<'a> {
    uri: &'a Uri,
    /// With which its cursors are signed.
    asked: String,
    limit: usize,
    /// Whether it goes on behind a hit, or comes before it.
    place: Option<(bool, HitKey)>,
}

impl<'a> Turn<'a> {
    /// Reads limit and cursor; 400 for a cursor that is none of ours, or of another question.
    pub(super) fn of(
        api: &QueryApi,
        uri: &'a Uri,
        limit: Option<u8>,
        cursor: Option<String>,
    ) -> Result<Self, Problem> {
        let limit = limit.unwrap_or(24);
        if !(1..=100).contains(&limit) {
            return Err(Problem::invalid_query().detail("limit: 1 to 100 styles fit on a page"));
        }
        let asked = question_of(uri);
        let cursor = cursor.map(Cursor::from);
        let place = cursor.map(|cursor| api.inner.cursor_keys.decode(&asked, &cursor));
        Ok(Self {
            uri,
            place: place.transpose()?,
            limit: limit.into(),
            asked,
        })
    }

    /// The hits of the page, whether there is one before it, and whether one behind.
    fn of_hits(&self, found: &Found) -> (Vec<Hit>, bool, bool) {
        match self.place {
            None => {
                let (hits, more) = found.page_after(None, self.limit);
                (hits, false, more)
            }
            Some((true, key)) => {
                let (hits, more) = found.page_after(Some(key), self.limit);
                (hits, true, more)
            }
            Some((false, key)) => {
                let (hits, more) = found.page_before(key, self.limit);
                (hits, more, true)
            }
        }
    }

    /// The page of what the catalogue answers.
    pub(super) async fn answer(
        &self,
        api: &QueryApi,
        question: &Question,
        shown: &Shown,
    ) -> Result<Response, Problem> {
        let found = shown.catalogue.search(question).map_err(|error| {
            tracing::error!(%error, "the catalogue cannot be searched: {error}");
            Problem::internal()
        })?;
        let (hits, before, after) = self.of_hits(&found);
        let cursor = |wanted: bool, forward: bool, hit: Option<&Hit>| {
            let hit = hit.filter(|_| wanted);
            let keys = &api.inner.cursor_keys;
            hit.map(|hit| keys.encode(&self.asked, &(forward, hit.key)))
                .transpose()
        };
        let next = cursor(after, true, hits.last())?;
        let previous = cursor(before, false, hits.first())?;
        let links = neighbour_links(self.uri, previous.as_ref(), next.as_ref());
        let (styles, relaxed) = (found.styles, found.relaxed);
        let json = written(
            &hits,
            (styles, relaxed),
            &FacetsDocument::of(found.facets, &shown.arrangement),
            [&next, &previous],
        )?;
        let answer = Arc::new(Answer::new(json, links));
        shown.answers.keep(self.uri, &answer);
        told(api, &answer, shown).await
    }
}

/// The page that was answered to this address before, if the catalogue is as it was.
pub(super) async fn answered_before(
    api: &QueryApi,
    uri: &Uri,
    min: Option<&Position>,
) -> Result<Option<Response>, Problem> {
    let shelf = &api.inner.shelf;
    if !shelf.answered(uri) {
        return Ok(None);
    }
    let shown = shelf.shown(&api.inner, min).await?;
    match shown.answers.get(uri) {
        Some(answer) => told(api, &answer, &shown).await.map(Some),
        None => Ok(None),
    }
}

async fn told(api: &QueryApi, answer: &Answer, shown: &Shown) -> Result<Response, Problem> {
    let page = answer.page(api, shown.reached.position.sequence).await?;
    let mut response = answer::document(page.json, &shown.reached);
    response.headers_mut().extend(answer.links.clone());
    response.extensions_mut().insert(page.tag);
    Ok(response)
}

/// The page as JSON: cards are stored as they are shown.
fn written(
    hits: &[Hit],
    (styles, relaxed): (u32, bool),
    facets: &FacetsDocument,
    [next, previous]: [&Option<Cursor>; 2],
) -> Result<String, Problem> {
    let facets = serde_json::to_string(facets).map_err(|error| {
        tracing::error!(%error, "facets cannot be written");
        Problem::internal()
    })?;
    let mut json = String::with_capacity(hits.len() * 512 + facets.len() + 256);
    json.push_str("{\"items\":[");
    for (index, hit) in hits.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        // Nothing fails that writes to memory.
        let _ = write!(
            json,
            "{comma}{{\"garment\":{},\"colourways\":{}}}",
            hit.card, hit.colourways
        );
    }
    let _ = write!(
        json,
        "],\"styles\":{styles},\"relaxed\":{relaxed},\"facets\":{facets}"
    );
    for (name, cursor) in [("next_cursor", next), ("prev_cursor", previous)] {
        if let Some(cursor) = cursor {
            // Base64url: nothing to escape.
            let _ = write!(json, ",\"{name}\":\"{}\"", cursor.as_str());
        }
    }
    json.push('}');
    Ok(json)
}
