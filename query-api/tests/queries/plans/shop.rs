//! A shop of thousands of garments: one that the projector made, and rows like its own.

use domain::{
    catalog::collection::{AddCollection, Collection, CollectionDetails, Members},
    catalog::stock::{CountStock, Stock},
    shared::{GarmentId, Size, Slug},
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::System;

/// Garments of the shop, numbered from 1; those with low numbers came first.
pub(super) const GARMENTS: u128 = 4_000;
/// Those that are no more than drafts.
const DRAFTS: i64 = 30;
/// Drafts and after them published ones, of a category that has no more.
const COATS: i64 = 40;
/// Collections, numbered likewise.
pub(super) const COLLECTIONS: u128 = 2_000;

/// Few are coats and few are drafts, and all of those came first: a list by age that leaves out what is not wanted reads nearly everything.
const ROWS: [&str; 9] = [
    "CREATE FUNCTION pg_temp.id(n BIGINT) RETURNS UUID LANGUAGE SQL AS $$ SELECT LPAD(TO_HEX(n), 32, '0')::UUID $$",
    // Its own picture, then its own id.
    "CREATE FUNCTION pg_temp.says(document TEXT, n BIGINT) RETURNS TEXT LANGUAGE SQL AS $$
         SELECT REPLACE(REPLACE(document, pg_temp.id(7)::TEXT, pg_temp.id(1000000 + n)::TEXT), pg_temp.id(1)::TEXT, pg_temp.id(n)::TEXT) $$",
    "INSERT INTO drape.garment_card SELECT (JSONB_POPULATE_RECORD(row, TO_JSONB(row) || JSONB_BUILD_OBJECT(
             'id', pg_temp.id(n), 'sort_key', 1000 + n, 'sequence', $1::BIGINT, 'document', pg_temp.says(row.document, n),
             'status', CASE WHEN n <= $2 THEN 'draft' ELSE 'published' END,
             'category', CASE WHEN n <= $3 THEN 'outerwear' WHEN n % 3 = 0 THEN 'dresses' ELSE 'tops' END))).*
         FROM drape.garment_card AS row, GENERATE_SERIES(2, $4) AS n WHERE row.id = pg_temp.id(1)",
    "INSERT INTO drape.garment_page SELECT (JSONB_POPULATE_RECORD(row, TO_JSONB(row) || JSONB_BUILD_OBJECT(
             'id', pg_temp.id(n), 'document', pg_temp.says(row.document, n)))).*
         FROM drape.garment_page AS row, GENERATE_SERIES(2, $4) AS n WHERE row.id = pg_temp.id(1)",
    // One in a hundred has a long history.
    "INSERT INTO drape.garment_version SELECT (JSONB_POPULATE_RECORD(row, TO_JSONB(row) || JSONB_BUILD_OBJECT(
             'garment', pg_temp.id(n), 'version', row.version + 3 * again, 'slug', 'style-' || n, 'document', pg_temp.says(row.document, n)))).*
         FROM drape.garment_version AS row, GENERATE_SERIES(2, $4) AS n, GENERATE_SERIES(0, CASE WHEN n % 100 = 2 THEN 40 ELSE 0 END) AS again
         WHERE row.garment = pg_temp.id(1)",
    "INSERT INTO drape.garment_stock SELECT (JSONB_POPULATE_RECORD(row, TO_JSONB(row) || JSONB_BUILD_OBJECT(
             'garment', pg_temp.id(n), 'sequence', $1::BIGINT))).*
         FROM drape.garment_stock AS row, GENERATE_SERIES(2, $4) AS n WHERE row.garment = pg_temp.id(1)",
    "INSERT INTO drape.picture (id, purpose, status, document, display)
         SELECT pg_temp.id(1000000 + n), 'catalogue', 'processed', '{}', '{\"alt\":\"' || REPEAT('x', 900) || '\"}' FROM GENERATE_SERIES(2, $4) AS n",
    "INSERT INTO drape.collection SELECT (JSONB_POPULATE_RECORD(row, TO_JSONB(row) || JSONB_BUILD_OBJECT(
             'id', pg_temp.id(2000000 + n), 'slug', 'set-' || n, 'sort_key', 1000 + n, 'sequence', $1::BIGINT,
             'document', REPLACE(REPLACE(row.document, pg_temp.id(2000001)::TEXT, pg_temp.id(2000000 + n)::TEXT), 'set-1', 'set-' || n)))).*
         FROM drape.collection AS row, GENERATE_SERIES(2, $5) AS n WHERE row.id = pg_temp.id(2000001)",
    // Four people wear each with the next one.
    "INSERT INTO drape.wardrobe_outfit SELECT pg_temp.id(3000000 + person), pg_temp.id(4000000 + n), pg_temp.id(n + piece)
         FROM GENERATE_SERIES(2, $4 - 1) AS n, GENERATE_SERIES(1, 4) AS person, GENERATE_SERIES(0, 1) AS piece",
];

/// Fills an empty shop: when this returns, all of it is read from views and from memory.
pub(super) async fn fill(system: &System, database: &PgPool) -> String {
    let first = Uuid::from_u128(1);
    system.publish(first).await;
    let count = CountStock {
        size: Size::parse("M").unwrap(),
        count: 3,
        reason: None,
    };
    system.execute::<Stock>(first, "count", count).await;
    let add = AddCollection {
        details: CollectionDetails {
            slug: Slug::parse("set-1").unwrap(),
            ..CollectionDetails::sample()
        },
        members: Members::ByHand {
            garments: vec![GarmentId::new(first)],
        },
    };
    let collection = Uuid::from_u128(2_000_001);
    let at = system
        .execute::<Collection>(collection, "add", add)
        .await
        .to_string();
    for path in [
        format!("/v1/garments/{first}/stock"),
        format!("/v1/collections/{collection}"),
    ] {
        let (status, _, _) = system.get(&path, &[("drape-min-position", &at)]).await;
        assert_eq!(status, 200);
    }
    // As if the next commit had changed them: the catalogue in memory reads them when that comes.
    let next = system.log.last_sequence().await.unwrap() + 1;
    let mut connection = database.acquire().await.unwrap();
    for rows in ROWS {
        let mut rows = rows.to_owned();
        for (number, value) in [
            (1, i64::try_from(next).unwrap()),
            (2, DRAFTS),
            (3, COATS),
            (4, i64::try_from(GARMENTS).unwrap()),
            (5, i64::try_from(COLLECTIONS).unwrap()),
        ] {
            rows = rows.replace(&format!("${number}"), &value.to_string());
        }
        sqlx::raw_sql(sqlx::AssertSqlSafe(rows))
            .execute(&mut *connection)
            .await
            .unwrap();
    }
    sqlx::raw_sql("ANALYZE")
        .execute(&mut *connection)
        .await
        .unwrap();
    let at = system.publish(Uuid::from_u128(GARMENTS + 1)).await;
    at.to_string()
}
