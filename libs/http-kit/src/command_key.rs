//! The identity of a command: what makes a repeated request harmless.

use axum::extract::{FromRequestParts, OriginalUri};
use http::{HeaderMap, StatusCode, request::Parts};
use jetstream_es::CommandContext;
use utoipa::{
    IntoParams,
    openapi::{
        Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, SchemaType, Type},
    },
};
use uuid::Uuid;

use crate::{Caller, Problem, request_hash::RequestHash};

const HEADER: &str = "idempotency-key";
const LONGEST: usize = 128;

/// Under this namespace a key becomes a command's id, and that the id of what it creates.
const NAMESPACE: Uuid = Uuid::from_u128(0x7d3f_6c1e_54a9_5b0c_8c1a_0e2d_9b47_61f3);

/// The identity of the command in a request, from its caller, method, address and `Idempotency-Key`.
///
/// The same caller with the same key at the same address gives the same command, which is carried out once. Without a
/// key every request is a command of its own. Refused with 401 where nobody is signed in, 400 where the key is not 1 to
/// 128 visible ASCII characters.
#[derive(Debug, Clone)]
pub struct CommandKey {
    id: Uuid,
    keyed: bool,
    account: String,
    correlation_id: Option<String>,
    traceparent: Option<String>,
    request: Option<RequestHash>,
}

impl CommandKey {
    /// The command's id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Whether the caller gave a key, so that the same request may come again.
    pub fn is_repeatable(&self) -> bool {
        self.keyed
    }

    /// The id of a new thing of this kind that the command creates: the same again when the request is repeated.
    pub fn id_for(&self, kind: &str) -> Uuid {
        if self.keyed {
            Uuid::new_v5(&self.id, kind.as_bytes())
        } else {
            random()
        }
    }

    /// What the log remembers beside the events: the command, who gave it, what it belongs to. To be called when the body
    /// has been read.
    pub fn context(&self) -> CommandContext {
        CommandContext {
            command_id: self.id.to_string(),
            actor: Some(self.account.clone()),
            correlation_id: Some(
                self.correlation_id
                    .clone()
                    .unwrap_or_else(|| self.id.to_string()),
            ),
            causation_id: None,
            traceparent: self.traceparent.clone(),
            request_hash: self.request.as_ref().map(RequestHash::so_far),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is where commands enter the system"
)]
fn random() -> Uuid {
    Uuid::now_v7()
}

impl<S: Send + Sync> FromRequestParts<S> for CommandKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let path = match parts.extensions.get::<OriginalUri>() {
            Some(OriginalUri(uri)) => uri.path(),
            None => parts.uri.path(),
        };
        let key = key_of(&parts.headers)?;
        let id = match key {
            Some(key) => {
                let name = format!("{}/{} {path}/{key}", caller.account, parts.method);
                Uuid::new_v5(&NAMESPACE, name.as_bytes())
            }
            None => random(),
        };
        Ok(Self {
            id,
            keyed: key.is_some(),
            account: caller.account,
            correlation_id: correlation_id(&parts.headers),
            traceparent: traceparent(&parts.headers),
            request: parts.extensions.get::<RequestHash>().cloned(),
        })
    }
}

/// The `Idempotency-Key`, if there is one; 400 if it cannot be one.
pub(crate) fn key_of(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(HEADER) else {
        return Ok(None);
    };
    let visible = |key: &&str| {
        (1..=LONGEST).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match value.to_str().ok().filter(visible) {
        Some(key) => Ok(Some(key)),
        None => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid-idempotency-key",
            "The Idempotency-Key is wrong",
        )
        .detail("An Idempotency-Key has 1 to 128 visible ASCII characters.")),
    }
}

/// What everything that the request sets off shares, if it says so.
pub(crate) fn correlation_id(headers: &HeaderMap) -> Option<String> {
    visible(headers, "x-request-id", LONGEST)
}

/// The W3C trace context of the request, if it has one.
pub(crate) fn traceparent(headers: &HeaderMap) -> Option<String> {
    visible(headers, "traceparent", 64)
}

/// A header that is passed on if it is sound, and left out if it is not.
fn visible(headers: &HeaderMap, name: &str, longest: usize) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    let good =
        (1..=longest).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic());
    good.then(|| value.to_owned())
}

impl IntoParams for CommandKey {
    fn into_params(_provider: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let key = ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .min_length(Some(1))
            .max_length(Some(LONGEST))
            .pattern(Some("^[!-~]+$"))
            .build();
        vec![
            ParameterBuilder::new()
                .name("Idempotency-Key")
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some(
                    "A name of your choice for this request. Repeated with the same name, it is carried out once.",
                ))
                .schema(Some(key))
                .build(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::Request;

    use super::*;
    use crate::{Authenticator, StaticTokens};

    async fn key(token: &str, path: &str, key: Option<&str>) -> Result<CommandKey, Problem> {
        let tokens = StaticTokens::parse(
            "a:shopper:01900000-0000-7000-8000-000000000001,b:admin:01900000-0000-7000-8000-000000000002",
        )
        .unwrap();
        let mut request = Request::post(path).header("authorization", format!("Bearer {token}"));
        if let Some(key) = key {
            request = request.header(HEADER, key);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let authenticator: Arc<dyn Authenticator> = Arc::new(tokens);
        parts.extensions.insert(authenticator);
        CommandKey::from_request_parts(&mut parts, &()).await
    }

    #[tokio::test]
    async fn the_same_request_is_the_same_command() {
        let first = key("a", "/things", Some("k")).await.unwrap();
        let again = key("a", "/things", Some("k")).await.unwrap();
        assert_eq!(first.context(), again.context());
        assert_eq!(first.id_for("thing"), first.id_for("thing"));
        assert_ne!(first.id_for("thing"), first.id_for("other"));
        for other in [
            key("b", "/things", Some("k")).await.unwrap(),
            key("a", "/others", Some("k")).await.unwrap(),
            key("a", "/things", Some("K")).await.unwrap(),
        ] {
            assert_ne!(first.id(), other.id());
        }
    }

    #[tokio::test]
    async fn without_a_key_every_request_is_new() {
        let first = key("a", "/things", None).await.unwrap();
        let second = key("a", "/things", None).await.unwrap();
        assert_ne!(first.id(), second.id());
        assert_ne!(first.id_for("thing"), first.id_for("thing"));
    }

    #[tokio::test]
    async fn a_key_is_short_and_visible() {
        for bad in ["", "a b", &"k".repeat(129)] {
            let problem = key("a", "/things", Some(bad)).await.unwrap_err();
            assert_eq!(problem.code(), "invalid-idempotency-key");
        }
        assert_eq!(
            key("?", "/things", Some("k")).await.unwrap_err().code(),
            "unauthenticated"
        );
    }
}
