//! Pages of a long list.

use http::{HeaderMap, HeaderValue, StatusCode, Uri, header::LINK};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Problem;

/// Where a list goes on: opaque to clients, a value of our choice to us. Not a secret; [`crate::CursorKeys`] make it and read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct Cursor(String);

impl Cursor {
    /// The text that clients see.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Cursor {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Problem {
    /// 400: the cursor is none of ours, or belongs to another question.
    pub fn bad_cursor() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad-cursor",
            "The cursor is none of ours",
        )
        .detail("Use the cursor as it was answered, with the same filters.")
    }
}

/// A part of a long list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// This part's items, in order.
    pub items: Vec<T>,
    /// Where the next part begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<Cursor>,
}

/// The header `Link` (RFC 8288) of a page: where the list begins, and where it goes on. The same question with another cursor.
pub fn page_links(uri: &Uri, next: Option<&Cursor>) -> HeaderMap {
    neighbour_links(uri, None, next)
}

/// The header `Link` (RFC 8288) of a page from which a list goes both ways.
pub fn neighbour_links(uri: &Uri, previous: Option<&Cursor>, next: Option<&Cursor>) -> HeaderMap {
    let question = uri.query().unwrap_or_default().split('&');
    let question: Vec<&str> = question
        .filter(|part| !part.is_empty() && !part.starts_with("cursor="))
        .collect();
    let at = |cursor: Option<&Cursor>| {
        // Base64url: nothing to escape.
        let cursor = cursor.map(|cursor| format!("cursor={}", cursor.as_str()));
        let parts: Vec<&str> = question.iter().copied().chain(cursor.as_deref()).collect();
        let mark = if parts.is_empty() { "" } else { "?" };
        format!("<{}{mark}{}>", uri.path(), parts.join("&"))
    };
    let neighbours = [("next", next), ("prev", previous)].into_iter();
    let neighbours = neighbours.filter(|(_, cursor)| cursor.is_some());
    let links: Vec<String> = neighbours
        .chain([("first", None)])
        .map(|(name, cursor)| format!("{}; rel=\"{name}\"", at(cursor)))
        .collect();
    let value = HeaderValue::try_from(links.join(", ")).ok();
    value.map(|value| (LINK, value)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_links_to_the_next_one_with_the_same_question() {
        let uri: Uri = "/v1/things?limit=2&cursor=old&status=all".parse().unwrap();
        let next = Cursor::from("bmV4dA".to_owned());
        assert_eq!(
            page_links(&uri, Some(&next))[LINK],
            "</v1/things?limit=2&status=all&cursor=bmV4dA>; rel=\"next\", </v1/things?limit=2&status=all>; rel=\"first\""
        );
        let previous = Cursor::from("cHJldg".to_owned());
        assert_eq!(
            neighbour_links(&uri, Some(&previous), None)[LINK],
            "</v1/things?limit=2&status=all&cursor=cHJldg>; rel=\"prev\", </v1/things?limit=2&status=all>; rel=\"first\""
        );
        let uri: Uri = "/v1/things".parse().unwrap();
        assert_eq!(page_links(&uri, None)[LINK], "</v1/things>; rel=\"first\"");
    }
}
