//! The views as they stood then, in another database.

use projector::{AsOf, AsOfError, ProjectorOptions, views_at};

use crate::{
    garments::{folded_to, garments, rows_of},
    support::System,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_views_of_an_earlier_position_or_time_are_a_fold_of_the_log_up_to_there() {
    let system = System::start().await;
    let early = garments(&system, 1, 6).await - 3;
    garments(&system, 7, 3).await;
    let options = ProjectorOptions {
        rebuild_batch_limit: 4,
        ..ProjectorOptions::default()
    };
    let then = folded_to(&system, early).await;
    let other = system.other_database().await;
    let mut told = Vec::new();
    let at = views_at(
        &system.log,
        &other,
        AsOf::Sequence(early),
        &options,
        |view, at, _| {
            told.push((view, at));
        },
    )
    .await
    .unwrap();
    assert_eq!(at, early);
    assert_eq!(rows_of(&other).await, then);
    assert_eq!(told.last().unwrap().1, early);
    let again = views_at(
        &system.log,
        &other,
        AsOf::Sequence(early),
        &options,
        |_, _, _| {},
    )
    .await;
    assert!(matches!(again, Err(AsOfError::NotEmpty)));

    let stored = system
        .log
        .commit_at(early)
        .await
        .unwrap()
        .unwrap()
        .message
        .stored;
    let timed = system.other_database().await;
    let moment = AsOf::Time(stored.unwrap());
    let at = views_at(&system.log, &timed, moment, &options, |_, _, _| {})
        .await
        .unwrap();
    assert_eq!(at, early);
    assert_eq!(rows_of(&timed).await, then);

    let beyond = AsOf::Sequence(100_000);
    let refused = views_at(&system.log, &timed, beyond, &options, |_, _, _| {}).await;
    assert!(matches!(refused, Err(AsOfError::Beyond { .. })));
}
