//! Who decides something about a projection.

/// Who decides something about a projection, from where, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decider {
    /// Opaque id of who decides.
    pub actor: String,
    /// Their network, a /24 or a /48; none for a command of the command line.
    pub network: Option<String>,
    /// Why: 1 to 200 characters on one line.
    pub reason: Option<String>,
    /// The request that it belongs to.
    pub correlation_id: Option<String>,
    /// W3C trace context.
    pub traceparent: Option<String>,
}

impl Decider {
    /// Somebody who says nothing else.
    pub fn new(actor: impl Into<String>) -> Self {
        Self {
            actor: actor.into(),
            network: None,
            reason: None,
            correlation_id: None,
            traceparent: None,
        }
    }
}
