//! How much each garment is liked.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

/// Of each garment: people whose favourite it is, and people who tried it on; the same person counts once for each.
pub(super) type Popularity = HashMap<Uuid, u32>;

/// Counts anew.
pub(super) async fn count(connection: &mut PgConnection) -> Result<Popularity, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT garment AS \"garment!\", SUM(people)::BIGINT AS \"people!\"
         FROM (
             SELECT garment, COUNT(*) AS people FROM drape.wardrobe_favourite GROUP BY garment
             UNION ALL
             SELECT garment, COUNT(DISTINCT requested_by) FROM drape.tryon_status
             WHERE garment IS NOT NULL GROUP BY garment
         ) AS picked
         GROUP BY garment"
    )
    .fetch_all(connection)
    .await?;
    let counted = rows
        .into_iter()
        .map(|row| (row.garment, u32::try_from(row.people).unwrap_or(u32::MAX)));
    Ok(counted.collect())
}
