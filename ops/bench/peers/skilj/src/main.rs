//! SkilJ through its REST route: token, JSON Schema, the decision over the product's events, the append. The router is called
//! in process, so no socket is paid for.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use axum::{Router, body::Body, http::Request};
use chrono::{SubsecRound, Utc};
use driver::{Arguments, Mode, drive, new_id, payload};
use http_body_util::BodyExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skilj::{CommandType, EventType, Skilj};
use skilj_core::{
    access_control::{self, AccessLevel, Role, RoleAccessMapping, RoleStatus},
    bootstrap::ContextCreator,
    db::{self, Pool},
    event_store::{BoundedContext, BoundedContextStatus, Event},
    plugin::BoundedContextEvent,
    shared::{CommandDecision, EventSpec, TagMapping, generate_token_id, generate_token_secret},
};
use tower::ServiceExt;

/// Connections to the database, as its own benchmark has them.
const CONNECTIONS: u32 = 20;
const CONTEXT: &str = "catalogue";
const SUBJECT: &str = "bench";

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Details {
    product_id: String,
    details: serde_json::Value,
}

struct ProductAdded;

impl EventType for ProductAdded {
    type Payload = Details;
    const NAME: &'static str = "ProductAdded";

    fn tag_mappings() -> Vec<TagMapping> {
        by_product()
    }
}

enum ProductEvent {
    Added,
}

impl BoundedContextEvent for ProductEvent {
    fn try_from_event(event: &Event) -> Option<Result<Self, serde_json::Error>> {
        (event.event_type.name == ProductAdded::NAME).then_some(Ok(Self::Added))
    }
}

struct AddProduct;

impl CommandType for AddProduct {
    type Payload = Details;
    type Event = ProductEvent;
    const NAME: &'static str = "AddProduct";

    fn rest_trigger_allowed() -> bool {
        true
    }

    fn tag_mappings() -> Vec<TagMapping> {
        by_product()
    }

    fn decide(details: &Details, before: &[ProductEvent]) -> CommandDecision {
        if let [ProductEvent::Added, ..] = before {
            return CommandDecision::Rejected {
                reason: "it is there already".to_owned(),
                kind: "known".to_owned(),
            };
        }
        let payload =
            serde_json::json!({ "product_id": details.product_id, "details": details.details });
        CommandDecision::Accepted {
            events: vec![EventSpec {
                event_type: ProductAdded::NAME.to_owned(),
                payload,
            }],
        }
    }
}

fn by_product() -> Vec<TagMapping> {
    vec![TagMapping {
        key: "product".to_owned(),
        field: "product_id".to_owned(),
        blind: false,
    }]
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    ensure!(
        arguments.mode == Mode::Append,
        "only its commands are measured"
    );
    let pool = db::connect(&arguments.url).await.map_err(told)?;
    db::migrate(&pool).await.map_err(told)?;
    let mapping = admin(&pool).await?;
    let options = skilj::default_pool_options()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false);
    let built = Skilj::builder(arguments.url.clone())
        .pool_options(options)
        .bounded_context(CONTEXT)
        .event_type::<ProductAdded>()
        .command_type::<AddProduct>()
        .reconciliation_role(SUBJECT)
        .build();
    let (skilj, _) = built.await.map_err(told)?;
    let credential = Arc::new(credential(&pool, &mapping).await?);
    let router = skilj.rest_router();
    drive("SkilJ, REST route", &arguments, move |_| {
        let (router, credential) = (router.clone(), Arc::clone(&credential));
        async move {
            add(router, &credential, &new_id())
                .await
                .map_err(|error| format!("{error:#}"))
        }
    })
    .await;
    skilj.shutdown(Duration::from_secs(5)).await;
    Ok(())
}

/// What an administrator would set up by hand: a role, the context, and the role's right to it.
async fn admin(pool: &Pool) -> anyhow::Result<RoleAccessMapping> {
    let role = Role {
        id: generate_token_id(),
        external_subject: SUBJECT.to_owned(),
        name: SUBJECT.to_owned(),
        superadmin: false,
        status: RoleStatus::Active,
        created_at: now(),
        revoked_at: None,
    };
    db::insert_role(pool, &role).await.map_err(told)?;
    let context = BoundedContext {
        name: CONTEXT.to_owned(),
        status: BoundedContextStatus::Active,
        created_at: now(),
        created_by: ContextCreator::SystemCreator,
        template: None,
    };
    db::insert_bounded_context(pool, &context)
        .await
        .map_err(told)?;
    let mapping = RoleAccessMapping {
        role,
        bounded_context: context,
        level: AccessLevel::Admin,
        can_read_sensitive: false,
        scope: None,
        capabilities: Default::default(),
        delegable: Default::default(),
        status: RoleStatus::Active,
        created_at: now(),
        revoked_at: None,
    };
    db::insert_role_access_mapping(pool, &mapping)
        .await
        .map_err(told)?;
    Ok(mapping)
}

/// The token with which the command may be sent.
async fn credential(pool: &Pool, mapping: &RoleAccessMapping) -> anyhow::Result<String> {
    let command = db::get_command_type(pool, CONTEXT, AddProduct::NAME)
        .await
        .map_err(told)?;
    let command = command.context("the command is not registered")?;
    let (id, secret) = (generate_token_id(), generate_token_secret());
    let token = access_control::create_command_token(mapping, &command, id, secret, None, now());
    let token = token.map_err(told)?;
    db::insert_command_token(pool, &token).await.map_err(told)?;
    Ok(format!("{}.{}", token.id, token.secret))
}

async fn add(router: Router, credential: &str, id: &str) -> anyhow::Result<()> {
    let details = Details {
        product_id: id.to_owned(),
        details: payload(id),
    };
    let body = serde_json::json!({ "payload": details });
    let request = Request::builder()
        .method("POST")
        .uri("/v1/commands/trigger")
        .header("authorization", format!("Bearer {credential}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))?;
    let answer = router.oneshot(request).await?;
    let status = answer.status();
    let body = answer.into_body().collect().await?.to_bytes();
    ensure!(
        status.is_success(),
        "{status}: {}",
        String::from_utf8_lossy(&body)
    );
    Ok(())
}

fn now() -> chrono::DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

fn told(error: impl std::fmt::Debug) -> anyhow::Error {
    anyhow::anyhow!("{error:?}")
}
