//! Puts into a document how its pictures are shown.
//!
//! A view knows only the aggregate that it follows: it writes `"id":"<picture>","display":null`. Documents are our own JSON, so that
//! text is found as it is: within a string the quotes would be escaped.

use std::{borrow::Cow, collections::HashMap};

use http_kit::Problem;
use uuid::Uuid;

use super::is_public;
use crate::{QueryApi, database::in_time};

/// What a view writes behind the id.
const EMPTY: &str = ",\"display\":null";
/// What stands before the id.
const ID: &str = "\"id\":\"";

const UUID_LENGTH: usize = 36;

impl QueryApi {
    /// The documents (one, or a page of them) with how each picture is shown; a picture that is not processed yet stays `null`.
    /// Whoever may read them may see their pictures: private ones get signed addresses.
    pub(crate) async fn with_pictures(&self, documents: String) -> Result<String, Problem> {
        let links = links(&documents);
        if links.is_empty() {
            return Ok(documents);
        }
        let mut ids: Vec<Uuid> = links.iter().map(|link| link.picture).collect();
        ids.sort_unstable();
        ids.dedup();
        let rows = sqlx::query!(
            "SELECT id, purpose, display AS \"display!\" FROM drape.picture
             WHERE id = ANY($1) AND display IS NOT NULL",
            &ids
        );
        let fetching = rows.fetch_all(&self.inner.pool);
        let rows = in_time(self.inner.options.database_timeout, fetching).await?;
        let displays: HashMap<Uuid, String> = rows
            .into_iter()
            .map(|row| (row.id, self.addressed(row.id, &row.purpose, row.display)))
            .collect();
        Ok(filled(&documents, &links, &displays))
    }

    /// The document with how its pictures are shown, which was read with it.
    pub(crate) fn with_shown(&self, document: &str, shown: &[Shown]) -> String {
        if shown.is_empty() {
            return document.to_owned();
        }
        let display = |shown: &Shown| {
            let display = self.addressed(shown.id, &shown.purpose, shown.display.clone());
            (shown.id, display)
        };
        let displays = shown.iter().map(display).collect();
        filled(document, &links(document), &displays)
    }

    /// What a picture's view says of how it is shown, for somebody who may see it.
    pub(super) fn addressed(&self, id: Uuid, purpose: &str, display: String) -> String {
        if is_public(purpose) {
            return display;
        }
        let prefix = format!("/v1/pictures/{id}/");
        let now = self.inner.options.clock.now().unix_timestamp();
        let mut signed = String::with_capacity(display.len() * 2);
        let mut rest = display.as_str();
        while let Some(at) = rest.find(&prefix) {
            let (before, after) = rest.split_at(at + prefix.len());
            let end = after.find([' ', '"']).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            signed.push_str(before);
            signed.push_str(name);
            if let Some(query) = self.inner.options.link_keys.sign(id, name, now) {
                signed.push('?');
                signed.push_str(&query);
            }
            rest = after;
        }
        signed.push_str(rest);
        signed
    }
}

/// How a picture is shown, as its view has it.
pub(crate) struct Shown {
    pub(crate) id: Uuid,
    pub(crate) purpose: String,
    pub(crate) display: String,
}

/// A place to fill.
struct Link {
    picture: Uuid,
    /// Where `null` stands.
    at: usize,
}

fn links(documents: &str) -> Vec<Link> {
    documents
        .match_indices(EMPTY)
        .filter_map(|(at, _)| {
            let before = documents.get(..at)?.strip_suffix('"')?;
            let start = before.len().checked_sub(UUID_LENGTH)?;
            let picture = Uuid::try_parse(before.get(start..)?).ok()?;
            documents.get(..start)?.ends_with(ID).then_some(Link {
                picture,
                at: at + EMPTY.len() - "null".len(),
            })
        })
        .collect()
}

fn filled(documents: &str, links: &[Link], displays: &HashMap<Uuid, String>) -> String {
    let mut whole =
        String::with_capacity(documents.len() + displays.values().map(String::len).sum::<usize>());
    let mut done = 0;
    for link in links {
        let display = displays
            .get(&link.picture)
            .map_or(Cow::Borrowed("null"), |display| {
                Cow::Borrowed(display.as_str())
            });
        whole.push_str(documents.get(done..link.at).unwrap_or_default());
        whole.push_str(&display);
        done = link.at + "null".len();
    }
    whole.push_str(documents.get(done..).unwrap_or_default());
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_are_filled() {
        let (shown, other) = (Uuid::from_u128(7), Uuid::from_u128(8));
        let documents = format!(
            r#"[{{"id":"x","name":"\"id\":\"{shown}\",\"display\":null","picture":{{"id":"{shown}","display":null,"url":"u"}}}},{{"picture":{{"id":"{other}","display":null,"url":"u"}}}}]"#
        );
        let links = links(&documents);
        let ids: Vec<Uuid> = links.iter().map(|link| link.picture).collect();
        assert_eq!(ids, [shown, other]);
        let displays = HashMap::from([(shown, "{\"src\":\"s\"}".to_owned())]);
        let filled = filled(&documents, &links, &displays);
        let read: serde_json::Value = serde_json::from_str(&filled).unwrap();
        assert_eq!(read[0]["picture"]["display"]["src"], "s");
        assert_eq!(read[0]["picture"]["url"], "u");
        assert!(read[0]["name"].as_str().unwrap().ends_with("null"));
        assert!(read[1]["picture"]["display"].is_null());
    }
}
