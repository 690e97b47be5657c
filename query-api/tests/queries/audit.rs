//! What admins decided, for admins.

use axum::http::StatusCode;
use domain::{
    identity::account::{Account, AccountDecision, RecordDecision},
    operations::projection::{self, Projection, ProjectionDecision},
    shared::{Circumstances, Moment, Reason, ViewName, WideNetwork},
};
use jetstream_es::{CommandContext, Executor, Position};
use query_api::{AuditAction, AuditPage};
use uuid::Uuid;

use crate::{
    code,
    support::{ANNA, BERT, System},
};

const ROOT: (&str, &str) = ("authorization", "Bearer root");

fn decided(day: u8) -> Circumstances {
    Circumstances {
        at: Moment::parse(&format!("2026-07-{day:02}T08:00:00Z")).unwrap(),
        from: Some(WideNetwork::parse("203.0.113.0/24").unwrap()),
        reason: Some(Reason::parse("shares an account").unwrap()),
    }
}

async fn decide(
    system: &System,
    (day, by): (u8, &str),
    account: Uuid,
    decision: AccountDecision,
) -> Position {
    let decided = decided(day);
    let command = RecordDecision { decision, decided };
    let context = CommandContext::new(format!("{day}")).with_actor(by);
    let accounts = Executor::<Account>::new(system.log.clone(), ());
    let id = account.to_string();
    let told = accounts.execute(&id, command.into(), context).await;
    told.unwrap().position.unwrap()
}

/// Four decisions: about Anna, Bert, Anna again, and a view.
async fn four(system: &System) -> String {
    decide(system, (1, "ann"), ANNA, AccountDecision::Suspend).await;
    decide(system, (2, "ann"), BERT, AccountDecision::EndSessions).await;
    decide(system, (3, "bob"), ANNA, AccountDecision::Reinstate).await;
    let view = ViewName::parse("picture").unwrap();
    let id = Projection::id_of(&view).to_string();
    let command = projection::RecordDecision {
        view,
        decision: ProjectionDecision::Discard(7),
        decided: decided(4),
    };
    let context = CommandContext::new("4").with_actor("operator");
    let projections = Executor::<Projection>::new(system.log.clone(), ());
    let told = projections.execute(&id, command.into(), context).await;
    told.unwrap().position.unwrap().to_string()
}

fn days(page: &AuditPage) -> Vec<&str> {
    let days = page.items.iter();
    days.map(|entry| &entry.at[8..10]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_listed_newest_first_and_by_who_whom_what_and_when() {
    let system = System::start().await;
    let at = four(&system).await;
    let min = ("drape-min-position", at.as_str());
    let all: AuditPage = system.json("/v1/admin/audit", &[min, ROOT]).await;
    assert_eq!(days(&all), ["04", "03", "02", "01"]);
    let [view, _, _, suspended] = all.items.as_slice() else {
        panic!("four decisions are expected: {all:?}");
    };
    assert_eq!(suspended.action, AuditAction::AccountSuspended);
    assert_eq!(suspended.account, Some(ANNA));
    assert_eq!(
        (
            suspended.actor.as_deref(),
            suspended.from.as_deref(),
            suspended.reason.as_deref()
        ),
        (
            Some("ann"),
            Some("203.0.113.0/24"),
            Some("shares an account")
        )
    );
    assert_eq!(
        (view.view.as_deref(), view.commit, view.account),
        (Some("picture"), Some(7), None)
    );
    for (filter, wanted) in [
        (format!("account={ANNA}"), vec!["03", "01"]),
        ("actor=ann".to_owned(), vec!["02", "01"]),
        ("actor=nobody".to_owned(), vec![]),
        ("action=ParkedEventDiscarded".to_owned(), vec!["04"]),
        ("from=2026-07-03T08:00:00Z".to_owned(), vec!["04", "03"]),
        ("to=2026-07-02T08:00:00Z".to_owned(), vec!["01"]),
        (format!("account={ANNA}&actor=bob"), vec!["03"]),
    ] {
        let path = format!("/v1/admin/audit?{filter}");
        let page: AuditPage = system.json(&path, &[ROOT]).await;
        assert_eq!(days(&page), wanted, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_on_each_other_and_a_cursor_is_for_its_own_question() {
    let system = System::start().await;
    let at = four(&system).await;
    let min = ("drape-min-position", at.as_str());
    let path = "/v1/admin/audit?limit=3";
    let first: AuditPage = system.json(path, &[min, ROOT]).await;
    assert_eq!(days(&first), ["04", "03", "02"]);
    let cursor = first.next_cursor.unwrap();
    let rest: AuditPage = system
        .json(&format!("{path}&cursor={cursor}"), &[ROOT])
        .await;
    assert_eq!(
        (days(&rest), rest.next_cursor.is_none()),
        (vec!["01"], true)
    );
    let other = format!("{path}&actor=ann&cursor={cursor}");
    let (status, _, body) = system.get(&other, &[ROOT]).await;
    assert_eq!(
        (status, code(&body).as_str()),
        (StatusCode::BAD_REQUEST, "bad-cursor")
    );
    for wrong in [
        "limit=0",
        "limit=101",
        "who=ann",
        "action=Nonsense",
        "from=yesterday",
        "to=2026-02-30T08:00:00Z",
        "account=ann",
    ] {
        let (status, _, body) = system
            .get(&format!("/v1/admin/audit?{wrong}"), &[ROOT])
            .await;
        let found = (status, code(&body));
        assert_eq!(
            found,
            (StatusCode::BAD_REQUEST, "invalid-query".to_owned()),
            "{wrong}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_admins_reads_what_admins_decided() {
    let system = System::start().await;
    for token in ["anna", "bert", "mo", "ada"] {
        let bearer = format!("Bearer {token}");
        let (status, _, body) = system
            .get("/v1/admin/audit", &[("authorization", &bearer)])
            .await;
        assert_eq!(
            (status, code(&body).as_str()),
            (StatusCode::FORBIDDEN, "forbidden")
        );
    }
    let (status, _, _) = system.get("/v1/admin/audit", &[]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}
