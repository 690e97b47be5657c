//! Positions in headers: what a write answers and what a read waits for.

use axum::extract::FromRequestParts;
use http::{HeaderName, HeaderValue, StatusCode, request::Parts};
use jetstream_es::Position;
use utoipa::{
    IntoParams,
    openapi::{
        Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, SchemaType, Type},
    },
};

use crate::Problem;

/// Answered by a write: where in the log it stands.
pub const DRAPE_POSITION: HeaderName = HeaderName::from_static("drape-position");

/// Asked by a read: how far its answer must have come.
pub const DRAPE_MIN_POSITION: HeaderName = HeaderName::from_static("drape-min-position");

/// The header `Drape-Position`, as a part of an answer.
pub fn with_position(position: &Position) -> [(HeaderName, HeaderValue); 1] {
    // A position is letters, digits and a hyphen, which every header takes.
    let value = HeaderValue::try_from(position.to_string())
        .unwrap_or_else(|_| HeaderValue::from_static(""));
    [(DRAPE_POSITION, value)]
}

/// How far the answer must have come, if the caller cares; refused with 400 when it is no position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinPosition(pub Option<Position>);

impl<S: Send + Sync> FromRequestParts<S> for MinPosition {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let value = parts.headers.get(&DRAPE_MIN_POSITION);
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return Ok(Self(None));
        };
        match value.to_str().ok().and_then(|text| text.parse().ok()) {
            Some(position) => Ok(Self(Some(position))),
            None => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "invalid-position",
                "The header Drape-Min-Position is wrong",
            )
            .detail("Send a position as it was answered in Drape-Position.")),
        }
    }
}

impl IntoParams for MinPosition {
    fn into_params(_provider: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let position = ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .pattern(Some("^([0-9A-Za-z]{1,32}-[0-9]{1,19})?$"))
            .build();
        vec![
            ParameterBuilder::new()
                .name("Drape-Min-Position")
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some(
                    "A `Drape-Position` that a write answered: the answer is at least as new as that write.",
                ))
                .schema(Some(position))
                .build(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    async fn read(value: Option<&str>) -> Result<MinPosition, Problem> {
        let mut request = Request::get("/");
        if let Some(value) = value {
            request = request.header(DRAPE_MIN_POSITION, value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        MinPosition::from_request_parts(&mut parts, &()).await
    }

    #[tokio::test]
    async fn a_position_comes_back_as_it_was_answered() {
        let position: Position = "00c0ffee00c0ffee-17".parse().unwrap();
        let [(name, value)] = with_position(&position);
        assert_eq!(
            (name.as_str(), value.to_str().unwrap()),
            ("drape-position", "00c0ffee00c0ffee-17")
        );
        let read_back = read(Some(value.to_str().unwrap())).await.unwrap();
        assert_eq!(read_back, MinPosition(Some(position)));
        for nothing in [None, Some("")] {
            assert_eq!(read(nothing).await.unwrap(), MinPosition(None));
        }
    }

    #[tokio::test]
    async fn what_is_no_position_is_refused() {
        for bad in ["17", "x-", "x-y"] {
            assert_eq!(
                read(Some(bad)).await.unwrap_err().code(),
                "invalid-position"
            );
        }
    }
}
