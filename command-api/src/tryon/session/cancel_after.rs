//! The header `Cancel-After`.

use axum::extract::FromRequestParts;
use http::{HeaderName, StatusCode, request::Parts};
use http_kit::Problem;
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{SchemaType, Type},
    },
};

const CANCEL_AFTER: HeaderName = HeaderName::from_static("cancel-after");

/// The longest time that makes a difference: what waits longer waits for a worker that nobody runs.
const MOST_S: u32 = 3_600;

/// How many seconds the client waits for a result; none, if it does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CancelAfter(pub(crate) Option<u32>);

impl<S: Send + Sync> FromRequestParts<S> for CancelAfter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(&CANCEL_AFTER) else {
            return Ok(Self(None));
        };
        let text = value.to_str().unwrap_or_default();
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(seconds) if is_number && (1..=MOST_S).contains(&seconds) => Ok(Self(Some(seconds))),
            Ok(_) | Err(_) => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "invalid-cancel-after",
                "The header Cancel-After is wrong",
            )
            .detail(format!("Send whole seconds from 1 to {MOST_S}."))),
        }
    }
}

impl IntoParams for CancelAfter {
    fn into_params(_provider: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let seconds = ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Integer))
            .minimum(Some(1))
            .maximum(Some(MOST_S))
            .build();
        vec![
            ParameterBuilder::new()
                .name("Cancel-After")
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some(
                    "Seconds after which the try-on is cancelled, unless it has ended. A repeated request keeps those of the first.",
                ))
                .schema(Some(seconds))
                .example(Some(15.into()))
                .build(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    async fn read(value: Option<&str>) -> Result<CancelAfter, Problem> {
        let mut request = Request::get("/");
        if let Some(value) = value {
            request = request.header(CANCEL_AFTER, value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        CancelAfter::from_request_parts(&mut parts, &()).await
    }

    #[tokio::test]
    async fn a_time_is_whole_seconds_up_to_an_hour() {
        assert_eq!(read(None).await.unwrap(), CancelAfter(None));
        for seconds in [1, 15, 3_600] {
            let told = read(Some(&seconds.to_string())).await.unwrap();
            assert_eq!(told, CancelAfter(Some(seconds)));
        }
        for wrong in [
            "",
            "0",
            "3601",
            "+5",
            "-1",
            "1.5",
            "15s",
            " ",
            "99999999999",
        ] {
            let problem = read(Some(wrong)).await.unwrap_err();
            assert_eq!(
                (problem.status().as_u16(), problem.code()),
                (400, "invalid-cancel-after"),
                "{wrong}"
            );
        }
    }
}
