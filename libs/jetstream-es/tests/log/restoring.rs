//! A log that is gone comes back from copies of its messages.

use jetstream_es::{CommandContext, LogError, SubjectFilter};
use testkit::NatsServer;

use crate::account::{AccountCommand, executor, log_on, new_log};

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_log_holds_the_same_commits() {
    let (_server, log) = new_log().await;
    let accounts = executor(&log);
    for number in 0..700 {
        let context = CommandContext::new(format!("c-{number}")).with_actor("ann");
        let id = format!("a-{}", number % 3);
        let added = accounts.execute(&id, AccountCommand::Add(1), context);
        added.await.unwrap();
    }
    let before = log.read(0, &SubjectFilter::all(), 1_000).await.unwrap();
    let messages: Vec<_> = before.commits.iter().map(|c| c.message.clone()).collect();

    let other = NatsServer::start().await.unwrap();
    let restored = log_on(&other).await;
    restored.restore(1, &messages[..400]).await.unwrap();
    restored.restore(401, &messages[400..]).await.unwrap();

    let after = restored
        .read(0, &SubjectFilter::all(), 1_000)
        .await
        .unwrap();
    assert_eq!(after.commits.len(), 700);
    for (old, new) in before.commits.iter().zip(&after.commits) {
        assert_eq!(new.position.sequence, old.position.sequence);
        assert_eq!(new.fingerprint, old.fingerprint);
        assert_eq!(new.malformed, None);
        assert_eq!((new.time, &new.actor), (old.time, &old.actor));
    }
    assert_ne!(restored.epoch(), log.epoch());
    // A repeated command of before the disaster is known.
    let accounts = executor(&restored);
    let context = CommandContext::new("c-0").with_actor("ann");
    let again = accounts.execute("a-0", AccountCommand::Add(1), context);
    assert!(!again.await.unwrap().written);

    // Not at its end, a message does not fit.
    let misplaced: Result<(), LogError> = restored.restore(3, &messages[2..3]).await;
    assert!(misplaced.is_err());
}
