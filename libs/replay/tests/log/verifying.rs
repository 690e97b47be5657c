//! A check finds what is wrong, and only that.

use replay::verify;
use serde_json::json;

use crate::forged::{Forged, commit, headers, schemas, subject};

async fn problems(forged: &Forged) -> Vec<String> {
    let report = verify(&forged.log, schemas(), |_| {}).await.unwrap();
    assert_eq!(report.problems, report.first.len() as u64);
    let findings = report.first.iter();
    findings
        .map(|found| format!("{} {}", found.position.sequence, found.problem))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_order_has_no_findings() {
    let forged = Forged::start().await;
    assert_eq!(problems(&forged).await, [""; 0]);
    forged.add("a", 1, &json!(5)).await;
    forged.add("b", 1, &json!(5)).await;
    forged.add("a", 2, &json!(5)).await;
    let report = verify(&forged.log, schemas(), |_| {}).await.unwrap();
    assert_eq!(
        (
            report.commits,
            report.events,
            report.aggregates,
            report.problems
        ),
        (3, 3, 2, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_damage_is_found_where_it_is() {
    let forged = Forged::start().await;
    forged.add("a", 1, &json!(5)).await;
    // 2: a gap. 3: a double.
    forged.add("a", 3, &json!(5)).await;
    forged.add("a", 3, &json!(5)).await;
    // 4: not by its schema. 5: unknown. 6: no commit at all.
    forged.add("b", 1, &json!("five")).await;
    forged
        .put(
            &subject("c"),
            commit(1, &[("Stolen", json!({ "type": "Stolen" }))]),
        )
        .await;
    forged.put(&subject("d"), "nonsense".to_owned()).await;
    // 7: another body than the checksum is of.
    let (to, body) = (
        subject("e"),
        commit(1, &[("Closed", json!({ "type": "Closed" }))]),
    );
    let headers = headers(&to, "another body", "2026-07-31T12:00:00Z");
    let published = forged
        .context
        .publish_with_headers(to, headers, body.into());
    published.await.unwrap().await.unwrap();
    // 8: another aggregate's event. 9: cut out below.
    let body = commit(1, &[("Closed", json!({ "type": "Closed" }))]);
    forged.put("test.events.bank.vault.v", body).await;
    forged.add("f", 1, &json!(5)).await;
    forged.add("g", 1, &json!(5)).await;
    let stream = forged.context.get_stream("TEST_EVENTS").await.unwrap();
    let deleted = stream.delete_message(9).await;

    let found = problems(&forged).await;
    let is = |index: usize, beginning: &str| {
        assert!(found[index].starts_with(beginning), "{index}: {found:#?}");
    };
    is(0, "2 version 3 stands where 2 should");
    is(1, "3 version 3 stands where 4 should");
    is(2, "4 Added v1: /amount");
    is(3, "5 Stolen v1: there is no such event");
    is(4, "6 the body is not an envelope");
    is(5, "7 the checksum");
    is(6, "8 Closed v1: it happens to bank.account only");
    if deleted.is_ok() {
        is(7, "10 the sequence leaps");
    }
    assert_eq!(found.len(), 7 + usize::from(deleted.is_ok()), "{found:#?}");
}
