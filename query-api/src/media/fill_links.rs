//! Puts into a document how its pictures are shown.
//!
//! A view knows only the aggregate that it follows: it writes `"id":"<picture>","display":null`. Documents are our own JSON, so that
//! text is found as it is: within a string the quotes would be escaped.

use std::{borrow::Cow, collections::HashMap};

use http_kit::Problem;
use memchr::memmem;
use uuid::Uuid;

use super::{
    displays::{Displayed, Shown},
    is_public,
};
use crate::{QueryApi, checkpoints::Reached, freshness::ReadAt};

/// What a view writes behind the id.
const EMPTY: &str = ",\"display\":null";
/// What stands before the id.
const ID: &str = "\"id\":\"";

const UUID_LENGTH: usize = 36;

impl QueryApi {
    /// The documents (one, or a page of them) with how each picture is shown; a picture that is not processed yet stays `null`.
    /// Whoever may read them may see their pictures: private ones get signed addresses.
    pub(crate) async fn with_pictures(
        &self,
        documents: String,
        reached: &Reached,
    ) -> Result<String, Problem> {
        let filled = self.filled(&documents, reached.position.sequence).await?;
        Ok(filled.map_or(documents, |filled| filled.documents))
    }

    /// The same, with what has to be known to remember it; nothing where there is nothing to fill.
    pub(crate) async fn filled(
        &self,
        documents: &str,
        reached: u64,
    ) -> Result<Option<Filled>, Problem> {
        let links = links(documents);
        if links.is_empty() {
            return Ok(None);
        }
        let mut pictures: Vec<Uuid> = links.iter().map(|link| link.picture).collect();
        pictures.sort_unstable();
        pictures.dedup();
        let displayed = self.inner.displays.of(&pictures, reached).await?;
        let shown = displayed.shown.iter();
        let displays = shown.map(|(id, shown)| (*id, self.addressed(*id, shown)));
        Ok(Some(Filled {
            documents: filled(documents, &links, &displays.collect()),
            pictures,
            read: displayed.read,
        }))
    }

    /// What a picture's view says of how it is shown, for somebody who may see it.
    pub(super) fn addressed<'a>(&self, id: Uuid, shown: &'a Shown) -> Cow<'a, str> {
        let display = shown.display.as_str();
        if is_public(&shown.purpose) {
            return Cow::Borrowed(display);
        }
        let prefix = format!("/v1/pictures/{id}/");
        let now = self.inner.options.clock.now().unix_timestamp();
        let mut signed = String::with_capacity(display.len() * 2);
        let mut rest = display;
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
        Cow::Owned(signed)
    }
}

/// The pictures of a document, which is to be filled.
pub(crate) fn pictures_of(document: &str) -> Vec<Uuid> {
    links(document).iter().map(|link| link.picture).collect()
}

/// The document as everybody may see it; nothing where it has pictures that are not for everybody.
pub(crate) fn filled_for_all(document: &str, displayed: &Displayed) -> Option<String> {
    let links = links(document);
    let mut displays = HashMap::with_capacity(links.len());
    for link in &links {
        if let Some(shown) = displayed.shown.get(&link.picture) {
            let display = is_public(&shown.purpose).then(|| shown.display.as_str())?;
            displays.insert(link.picture, Cow::Borrowed(display));
        }
    }
    Some(filled(document, &links, &displays))
}

/// Documents with how their pictures are shown.
pub(crate) struct Filled {
    pub(crate) documents: String,
    /// The pictures.
    pub(crate) pictures: Vec<Uuid>,
    /// When it was read how they are shown, if that may be remembered: what is signed for somebody may not.
    pub(crate) read: Option<ReadAt>,
}

/// A place to fill.
struct Link {
    picture: Uuid,
    /// Where `null` stands.
    at: usize,
}

fn links(documents: &str) -> Vec<Link> {
    memmem::find_iter(documents.as_bytes(), EMPTY)
        .filter_map(|at| {
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

fn filled(documents: &str, links: &[Link], displays: &HashMap<Uuid, Cow<'_, str>>) -> String {
    let display = |link: &Link| displays.get(&link.picture).map_or("null", AsRef::as_ref);
    let more: usize = links.iter().map(|link| display(link).len()).sum();
    let mut whole = String::with_capacity(documents.len() + more);
    let mut done = 0;
    for link in links {
        whole.push_str(documents.get(done..link.at).unwrap_or_default());
        whole.push_str(display(link));
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
        let displays = HashMap::from([(shown, Cow::Borrowed("{\"src\":\"s\"}"))]);
        let filled = filled(&documents, &links, &displays);
        let read: serde_json::Value = serde_json::from_str(&filled).unwrap();
        assert_eq!(read[0]["picture"]["display"]["src"], "s");
        assert_eq!(read[0]["picture"]["url"], "u");
        assert!(read[0]["name"].as_str().unwrap().ends_with("null"));
        assert!(read[1]["picture"]["display"].is_null());
    }
}
