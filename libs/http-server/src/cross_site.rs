//! Cross-site request forgery: what a page of somebody else makes a browser send, with the cookie that the browser adds.
//!
//! No token in a form: every browser of today says where a request comes from (`Sec-Fetch-Site`, W3C Fetch Metadata; `Origin`
//! before that), and the cookie is `SameSite=Lax` besides.

use axum::extract::Request;
use http::{
    HeaderValue, StatusCode,
    header::{AUTHORIZATION, HOST, ORIGIN},
};
use http_kit::Problem;

/// The refusal (403) of a request that changes something and comes from a page of somebody else. A request with a token of its own is
/// let through: no browser adds one by itself. So is one that comes from no browser.
pub(super) fn refusal(request: &Request, trusted: &[HeaderValue]) -> Option<Problem> {
    let brings_token = || request.headers().contains_key(AUTHORIZATION);
    if request.method().is_safe() || brings_token() || is_ours(request, trusted) {
        return None;
    }
    let problem = Problem::new(
        StatusCode::FORBIDDEN,
        "cross-site",
        "This page may not use our cookies",
    );
    Some(problem.detail("Whoever runs this system can allow its origin with http.cors_origins."))
}

fn is_ours(request: &Request, trusted: &[HeaderValue]) -> bool {
    let headers = request.headers();
    let origin = headers.get(ORIGIN);
    if origin.is_some_and(|origin| trusted.contains(origin)) {
        return true;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = origin else {
        return true;
    };
    let asked = request.uri().authority().map(http::uri::Authority::as_str);
    let asked = asked.or_else(|| headers.get(HOST)?.to_str().ok());
    let from = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"));
    from.is_some_and(|(_, host)| Some(host) == asked)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn status(method: &str, headers: &[(&str, &str)]) -> u16 {
        let trusted = [HeaderValue::from_static("https://shop.example")];
        let mut request = Request::builder()
            .method(method)
            .header(HOST, "api.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.uri("/").body(Body::empty()).unwrap();
        refusal(&request, &trusted).map_or(200, |problem| problem.status().as_u16())
    }

    #[test]
    fn only_our_own_pages_and_those_that_are_trusted_change_something() {
        for (headers, wanted) in [
            (&[][..], 200),
            (&[("sec-fetch-site", "same-origin")], 200),
            (&[("sec-fetch-site", "none")], 200),
            (&[("sec-fetch-site", "cross-site")], 403),
            (&[("sec-fetch-site", "same-site")], 403),
            (&[("origin", "https://api.example")], 200),
            (&[("origin", "https://evil.example")], 403),
            (&[("origin", "null")], 403),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "https://shop.example"),
                ],
                200,
            ),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("authorization", "Bearer x"),
                ],
                200,
            ),
        ] {
            assert_eq!(status("POST", headers), wanted, "{headers:?}");
        }
        assert_eq!(status("GET", &[("sec-fetch-site", "cross-site")]), 200);
    }
}
