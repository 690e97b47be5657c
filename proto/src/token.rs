//! What the two ends of the internal gRPC know each other by.

use std::{fmt, str::FromStr};

use subtle::ConstantTimeEq;
use tonic::{Request, Status, service::Interceptor};

/// Shorter ones can be guessed.
const SHORTEST: usize = 16;

/// A secret that `drape serve` and its workers share; none where nobody else reaches their ports.
#[derive(Clone, Default)]
pub struct InternalToken(Option<String>);

/// The text is no such secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidToken;

impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "give at least {SHORTEST} letters, digits and - _ .")
    }
}

impl std::error::Error for InvalidToken {}

impl FromStr for InternalToken {
    type Err = InvalidToken;

    /// The empty text means none.
    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let is_sound = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        match text {
            "" => Ok(Self(None)),
            text if is_sound && text.len() >= SHORTEST => Ok(Self(Some(text.to_owned()))),
            _ => Err(InvalidToken),
        }
    }
}

impl InternalToken {
    /// Whether there is one.
    pub fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// For a client: says it with every request.
    pub fn said(&self) -> SaysToken {
        SaysToken(self.clone())
    }

    /// For a server: refuses every request that does not say it.
    pub fn wanted(&self) -> WantsToken {
        WantsToken(self.clone())
    }
}

/// Says that there is one, never which.
impl fmt::Debug for InternalToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_set() { "a token" } else { "no token" })
    }
}

const HEADER: &str = "authorization";

/// Says the token with every request.
#[derive(Debug, Clone)]
pub struct SaysToken(InternalToken);

impl Interceptor for SaysToken {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0.0 {
            let value = format!("Bearer {token}").parse();
            let value = value.map_err(|_| Status::internal("the token is no header"))?;
            request.metadata_mut().insert(HEADER, value);
        }
        Ok(request)
    }
}

/// Refuses requests that do not say the token.
#[derive(Debug, Clone)]
pub struct WantsToken(InternalToken);

impl Interceptor for WantsToken {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        let Some(token) = &self.0.0 else {
            return Ok(request);
        };
        let said = request.metadata().get(HEADER);
        let said = said.and_then(|said| said.as_bytes().strip_prefix(b"Bearer "));
        if said.is_some_and(|said| bool::from(said.ct_eq(token.as_bytes()))) {
            Ok(request)
        } else {
            Err(Status::unauthenticated(
                "the internal token is missing or another one",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> InternalToken {
        text.parse().unwrap()
    }

    fn passes(said: &str, wanted: &str) -> bool {
        let request = token(said).said().call(Request::new(())).unwrap();
        token(wanted).wanted().call(request).is_ok()
    }

    #[test]
    fn who_says_the_token_comes_in_and_nobody_else() {
        assert!(passes("0123456789abcdef", "0123456789abcdef"));
        assert!(!passes("0123456789abcdeg", "0123456789abcdef"));
        assert!(!passes("0123456789abcdef0", "0123456789abcdef"));
        assert!(!passes("", "0123456789abcdef"));
        assert!(passes("0123456789abcdef", ""));
        assert!(passes("", ""));
    }

    #[test]
    fn what_can_be_guessed_is_no_token_and_none_is_shown() {
        for wrong in ["short", "with a blank in it", "0123456789abcde\n"] {
            assert_eq!(wrong.parse::<InternalToken>().unwrap_err(), InvalidToken);
        }
        let shown = format!("{:?}", token("0123456789abcdef").wanted());
        assert!(!shown.contains("0123"), "{shown}");
    }
}
