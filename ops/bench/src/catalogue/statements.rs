//! What the peers ask PostgreSQL: a table made for it, and one statement for a page with its facets.

use anyhow::Context;
use sqlx::{AssertSqlSafe, PgPool, Row, postgres::PgPoolOptions};
use uuid::Uuid;

use super::{Asked, category, one};

/// A table as one would make it for this shop alone, out of our view.
const TABLE: &str = "
    CREATE SCHEMA bench;
    CREATE TABLE bench.shop AS
    SELECT card.id, card.category, card.document::JSONB ->> 'brand' AS brand, card.colour,
        card.said::JSONB ->> 'material' AS material, card.said::JSONB ->> 'category_path' AS path,
        card.price_minor AS price, ARRAY(SELECT JSONB_ARRAY_ELEMENTS_TEXT(card.said::JSONB -> 'sizes')) AS sizes,
        card.sort_key AS age, card.document AS card
    FROM drape.garment_card AS card WHERE card.status = 'published';
    ALTER TABLE bench.shop ADD PRIMARY KEY (id);
    CREATE INDEX shop_by_category ON bench.shop (category, age DESC);
    ANALYZE bench.shop;
";

/// A page with its facets, disjunctive: the category's counts do not follow the category, nor those of sizes the size.
pub(super) const LIST: &str = "
    WITH hits AS MATERIALIZED (
        SELECT brand, colour, material, path, price, sizes, age, card, sizes && $2::TEXT[] AS fits
        FROM bench.shop WHERE category = $1
    ), fitting AS MATERIALIZED (SELECT * FROM hits WHERE fits)
    SELECT JSON_BUILD_OBJECT(
        'items', (SELECT JSON_AGG(card::JSON) FROM (SELECT card FROM fitting ORDER BY age DESC LIMIT 24) AS page),
        'styles', (SELECT COUNT(*) FROM fitting),
        'category', (SELECT JSON_OBJECT_AGG(category, n) FROM
            (SELECT category, COUNT(*) AS n FROM bench.shop WHERE sizes && $2::TEXT[] GROUP BY 1) AS facet),
        'brand', (SELECT JSON_OBJECT_AGG(brand, n) FROM (SELECT brand, COUNT(*) AS n FROM fitting GROUP BY 1) AS facet),
        'colour', (SELECT JSON_OBJECT_AGG(colour, n) FROM (SELECT colour, COUNT(*) AS n FROM fitting GROUP BY 1) AS facet),
        'material', (SELECT JSON_OBJECT_AGG(material, n) FROM (SELECT material, COUNT(*) AS n FROM fitting GROUP BY 1) AS facet),
        'path', (SELECT JSON_OBJECT_AGG(path, n) FROM (SELECT path, COUNT(*) AS n FROM fitting GROUP BY 1) AS facet),
        'size', (SELECT JSON_OBJECT_AGG(size, n) FROM
            (SELECT size, COUNT(*) AS n FROM hits, UNNEST(sizes) AS size GROUP BY 1) AS facet),
        'price', (SELECT JSON_OBJECT_AGG(bar, n) FROM
            (SELECT WIDTH_BUCKET(price, 990, 20990, 10) AS bar, COUNT(*) AS n FROM fitting GROUP BY 1) AS facet)
    )::TEXT AS answer";

/// One garment.
pub(super) const ONE: &str = "SELECT card AS answer FROM bench.shop WHERE id = $1";

/// Connections with the peers' table ready.
pub(super) async fn shop(database: &str, connections: u32) -> anyhow::Result<PgPool> {
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .min_connections(connections)
        .connect(database)
        .await?;
    sqlx::raw_sql(TABLE).execute(&pool).await?;
    Ok(pool)
}

/// What one question comes to, as text.
pub(super) async fn answer(
    pool: &PgPool,
    asked: Asked,
    number: u64,
    styles: u64,
) -> anyhow::Result<String> {
    let row = if asked == Asked::One {
        let id: Uuid = one(number, styles);
        let row = sqlx::query(AssertSqlSafe(ONE)).bind(id);
        row.fetch_optional(pool).await?
    } else {
        let sizes: &[&str] = &["M"];
        let row = sqlx::query(AssertSqlSafe(LIST)).bind(category(number)?);
        row.bind(sizes).fetch_optional(pool).await?
    };
    Ok(row.context("there is no answer")?.try_get("answer")?)
}
