//! Entity tags (RFC 9110): which version of a thing a client has, and which one it means to change.

use axum::extract::FromRequestParts;
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{ETAG, IF_MATCH},
    request::Parts,
};
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{
        RefOr, Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        response::Response,
        schema::{ObjectBuilder, SchemaType, Type},
    },
};

use crate::{Problem, openapi::problems};

/// The header `ETag` of a thing at this version, as a part of an answer to a write.
pub fn with_version(version: u64) -> [(HeaderName, HeaderValue); 1] {
    [(ETAG, tag(&version.to_string()))]
}

/// An entity tag of a thing at this version, shown by these bytes: another form of the same version has another tag, and
/// `If-Match` takes either.
pub fn version_tag(version: u64, bytes: &[u8]) -> HeaderValue {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(bytes);
    tag(&format!("{version}-{}", hex::encode(&hash[..6])))
}

fn tag(inside: &str) -> HeaderValue {
    // Digits, hexadecimal digits and a hyphen, which every header takes.
    HeaderValue::try_from(format!("\"{inside}\""))
        .unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// The version that a change is meant for: none for `*`, which means whatever is there. A request without `If-Match` is
/// refused with 428, one that is no entity tag of ours with 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Option<u64>);

impl IfMatch {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text == "*" {
            return Some(Self(None));
        }
        // Proxies weaken the tag of what they compress; the version in it is what counts.
        let text = text.strip_prefix("W/").unwrap_or(text);
        let inside = text.strip_prefix('"')?.strip_suffix('"')?;
        let version = inside
            .split_once('-')
            .map_or(inside, |(version, _)| version);
        let digits = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| version.parse().ok().map(|version| Self(Some(version))))?
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(IF_MATCH) else {
            return Err(Problem::new(
                StatusCode::PRECONDITION_REQUIRED,
                "if-match-missing",
                "Say which version you mean to change",
            )
            .detail(
                "Send the ETag that you have read as If-Match, or * to change whatever is there.",
            ));
        };
        value.to_str().ok().and_then(Self::parse).ok_or_else(|| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "invalid-if-match",
                "The header If-Match is wrong",
            )
            .detail("Send one ETag as it was answered, quotes included, or *.")
        })
    }
}

impl IntoParams for IfMatch {
    fn into_params(_provider: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let tag = ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .pattern(Some("^(\\*|(W/)?\"[0-9]{1,19}(-[0-9a-f]+)?\")$"))
            .examples(["\"3\""])
            .build();
        vec![
            ParameterBuilder::new()
                .name("If-Match")
                .parameter_in(ParameterIn::Header)
                .required(Required::True)
                .description(Some(
                    "The `ETag` of the version that this change is meant for; `*` changes whatever is there.",
                ))
                .schema(Some(tag))
                .build(),
        ]
    }
}

/// What an endpoint that demands [`IfMatch`] may answer besides.
#[derive(Debug, Clone, Copy)]
pub struct IfMatchProblems;

impl IntoResponses for IfMatchProblems {
    fn responses() -> std::collections::BTreeMap<String, RefOr<Response>> {
        problems(&[
            (
                "412",
                "It has changed since: `version-outdated`, with the `version` that it has now.",
            ),
            ("428", "There is no If-Match: `if-match-missing`."),
        ])
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    async fn read(value: Option<&str>) -> Result<IfMatch, Problem> {
        let mut request = Request::put("/");
        if let Some(value) = value {
            request = request.header(IF_MATCH, value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        IfMatch::from_request_parts(&mut parts, &()).await
    }

    #[tokio::test]
    async fn a_tag_that_was_answered_names_its_version() {
        let [(_, written)] = with_version(3);
        assert_eq!(read(written.to_str().ok()).await.unwrap(), IfMatch(Some(3)));
        let shown = version_tag(12, b"{}");
        assert_eq!(read(shown.to_str().ok()).await.unwrap(), IfMatch(Some(12)));
        assert_ne!(shown, version_tag(12, b"{ }"));
        assert_eq!(read(Some("W/\"3-ab\"")).await.unwrap(), IfMatch(Some(3)));
        assert_eq!(read(Some("*")).await.unwrap(), IfMatch(None));
    }

    #[tokio::test]
    async fn a_change_of_no_version_is_refused() {
        let missing = read(None).await.unwrap_err();
        assert_eq!(missing.status(), StatusCode::PRECONDITION_REQUIRED);
        for bad in [
            "",
            "3",
            "\"\"",
            "\"-a\"",
            "\"3\", \"4\"",
            "\"+3\"",
            "\"99999999999999999999\"",
        ] {
            assert_eq!(
                read(Some(bad)).await.unwrap_err().code(),
                "invalid-if-match",
                "{bad}"
            );
        }
    }
}
