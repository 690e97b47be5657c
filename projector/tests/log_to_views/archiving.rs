//! The archive proves the log, and restores it.

use projector::{ArchiveError, ArchiveVerified, RestoreError, restore_log, verify_archive};
use testkit::eventually;

use crate::{
    garments::garments,
    support::{System, quick},
};

pub(crate) async fn archived(system: &System, last: u64) {
    eventually("the archive", || async {
        let archived: Option<i64> =
            sqlx::query_scalar("SELECT max(sequence) FROM drape_archive.message")
                .fetch_one(&system.pool)
                .await
                .unwrap();
        (archived == Some(i64::try_from(last).unwrap())).then_some(())
    })
    .await;
}

async fn verify(system: &System) -> Result<ArchiveVerified, ArchiveError> {
    verify_archive(&system.pool, &system.log, |_, _| {}).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_anywhere_is_found_and_its_position_named() {
    let system = System::start().await;
    let last = garments(&system, 1, 5).await;
    let (one, two) = (system.project(quick()), system.project(quick()));
    archived(&system, last).await;
    let end = garments(&system, 6, 5).await;
    archived(&system, end).await;
    let proved = verify(&system).await.unwrap();
    assert_eq!((proved.archived, proved.logged), (end, end));
    one.stop().await;
    two.stop().await;

    let flip = "UPDATE drape_archive.message SET body = set_byte(body, 3, 255 - get_byte(body, 3)) WHERE sequence = 7";
    sqlx::query(flip).execute(&system.pool).await.unwrap();
    assert!(matches!(
        verify(&system).await,
        Err(ArchiveError::Broken { sequence: 7, .. })
    ));
    // Nothing is restored from what cannot be trusted.
    let restored = restore_log(&system.pool, &system.log, None, |_, _, _| {}).await;
    assert!(matches!(
        restored,
        Err(RestoreError::Archive(ArchiveError::Broken { .. }))
    ));
    sqlx::query(flip).execute(&system.pool).await.unwrap();
    assert_eq!(verify(&system).await.unwrap(), proved);

    sqlx::query("DELETE FROM drape_archive.message WHERE sequence = 9")
        .execute(&system.pool)
        .await
        .unwrap();
    assert!(matches!(
        verify(&system).await,
        Err(ArchiveError::Broken { sequence: 9, .. })
    ));
}
