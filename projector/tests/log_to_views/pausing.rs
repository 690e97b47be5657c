//! A view can be held where it is, and says how far behind it is.

use projector::{Decider, Projection, pause, projections, resume};
use testkit::eventually;

use crate::{
    garments::garments,
    support::{System, quick},
};

async fn page(system: &System) -> Projection {
    let all = projections(&system.pool, &system.log).await.unwrap();
    all.into_iter()
        .find(|found| found.view == "garment_page")
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_view_stands_still_says_how_far_behind_it_is_and_goes_on() {
    let system = System::start().await;
    assert_eq!(page(&system).await.state, "stopped");
    let last = garments(&system, 1, 3).await;
    let (one, two) = (system.project(quick()), system.project(quick()));
    system.reached("garment_page", last).await;
    let running = page(&system).await;
    assert_eq!(
        (running.state, running.lag_commits, running.lag_seconds),
        ("running", Some(0), Some(0.0))
    );

    let ann = Decider::new("ann");
    pause(&system.pool, "garment_page", &ann).await.unwrap();
    // The log is told of it, once.
    system.logged(last + 1).await;
    let end = garments(&system, 4, 3).await;
    system.reached("garment_card", end).await;
    let paused = page(&system).await;
    assert_eq!(
        (paused.state, paused.position.unwrap().sequence),
        ("paused", last)
    );
    assert_eq!(paused.lag_commits, Some(end - last));
    let older = paused.lag_seconds.unwrap();
    assert!(older > 0.0);
    eventually("the lag to grow", || async {
        (page(&system).await.lag_seconds.unwrap() > older).then_some(())
    })
    .await;

    resume(&system.pool, "garment_page", &ann).await.unwrap();
    system.logged(end + 1).await;
    system.reached("garment_page", end + 1).await;
    assert_eq!(page(&system).await.lag_commits, Some(0));
    assert!(pause(&system.pool, "no_view", &ann).await.is_err());
    one.stop().await;
    two.stop().await;
}
