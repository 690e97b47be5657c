//! What every HTTP crate shares: problems, callers, idempotency keys, positions and pages.
//!
//! The only place where an HTTP error is made. Knows HTTP and the event log, nothing of what is sold.

mod around;
mod caller;
mod client_network;
mod command_key;
mod conditional;
mod cursor_keys;
mod decision;
mod entity_tag;
mod extract;
mod fallback;
mod first_answers;
mod number;
mod openapi;
mod page;
mod position;
mod problem;
mod refusal;
mod request_hash;
mod role;
mod secret_token;
mod shared_body;
mod static_tokens;
mod trace;
mod under_way;
mod written;

pub use self::{
    around::{around, proceed},
    caller::{
        Authenticating, Authenticator, Caller, Credential, OptionalCaller, SESSION_COOKIE,
        authenticate_with, credential_of,
    },
    client_network::ClientNetwork,
    command_key::CommandKey,
    conditional::{Conditional, DocumentTag, IfNoneMatch, is_known},
    cursor_keys::{CursorKeys, question_of},
    decision::{Decision, ReasonQuery},
    entity_tag::{IfMatch, IfMatchProblems, version_tag, with_version},
    extract::{BODY_PATIENCE, JSON_LIMIT_BYTES, JsonBody, PathOf, QueryOf},
    fallback::{method_not_allowed, not_found, panicked, with_fallbacks},
    first_answers::{
        ANSWER_LIFETIME, AnswerStore, AnswersInMemory, AnswersUnavailable, FirstAnswers,
        KeptAnswer, REPLAYED, ToldOnce, replay_first_answers,
    },
    number::whole_number,
    openapi::{BearerSecurity, CommandProblems, QueryProblems},
    page::{Cursor, Page, neighbour_links, page_links},
    position::{DRAPE_MIN_POSITION, DRAPE_POSITION, MinPosition, with_position},
    problem::{FieldError, Problem},
    refusal::{Refusal, RefusalKind, Refused},
    role::{Role, Roles, UnknownRole},
    secret_token::{NoRandomness, SecretToken, SecretTokenError},
    shared_body::SharedBody,
    static_tokens::{StaticTokens, StaticTokensError},
    trace::{RequestName, is_sound, trace_id},
    written::{Written, at_location},
};
