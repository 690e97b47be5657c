//! What the catalogue's reads cost PostgreSQL the twelfth time on one connection. From the sixth time on, a prepared statement may be given
//! a plan that fits no arguments in particular; where arguments decide which index is the right one, such a plan reads everything.

mod executions;
mod shop;

use std::collections::BTreeMap;

use http_body_util::BodyExt;
use projector::ProjectorOptions;
use query_api::{LinkKeys, QueryApiOptions};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use testkit::Postgres;
use uuid::Uuid;

use self::executions::{Execution, Executions, TOLD};
use crate::support::System;

const TIMES: usize = 12;
/// Another garment may lie a page deeper in an index.
const GROWTH: u64 = 2;
const SPARE_PAGES: u64 = 8;
/// A row that is answered, with those that were read to find it.
const PAGES_A_ROW: u64 = 12;
/// Rows that were read and left out, for each that is answered.
const LEFT_OUT_A_ROW: u64 = 8;

/// A question, with other arguments each time.
struct Question {
    what: &'static str,
    path: fn(u128) -> String,
    keeper: bool,
    /// Of what its statement says, so that it is known that this one was carried out.
    statement: &'static str,
}

const fn shopper(
    what: &'static str,
    statement: &'static str,
    path: fn(u128) -> String,
) -> Question {
    Question {
        what,
        path,
        keeper: false,
        statement,
    }
}

const fn keeper(what: &'static str, statement: &'static str, path: fn(u128) -> String) -> Question {
    Question {
        keeper: true,
        ..shopper(what, statement, path)
    }
}

/// One of the shop's garments that is on sale, another each time.
fn garment(time: u128) -> Uuid {
    Uuid::from_u128(150 + time * 300)
}

/// One that has a long history.
fn old(time: u128) -> Uuid {
    Uuid::from_u128(102 + time * 300)
}

/// All that the catalogue asks PostgreSQL for: everything else comes out of memory.
const QUESTIONS: [Question; 15] = [
    shopper("a list", "FROM drape.garment_card", |time| {
        format!("/v1/garments?limit={}", 10 + time)
    }),
    shopper(
        "a list of what few are",
        "FROM drape.garment_card",
        |time| format!("/v1/garments?category=outerwear&limit={}", 10 + time),
    ),
    shopper(
        "a list of what many are",
        "FROM drape.garment_card",
        |time| format!("/v1/garments?category=dresses&limit={}", 10 + time),
    ),
    shopper("a list of nothing", "FROM drape.garment_card", |time| {
        format!("/v1/garments?category=bottoms&limit={}", 10 + time)
    }),
    keeper("drafts", "FROM drape.garment_card", |time| {
        format!("/v1/garments?status=draft&limit={}", 10 + time)
    }),
    // Those of a list that was read before are remembered.
    shopper("a picture", "FROM drape.picture", |time| {
        let other = garment(time).as_u128() + 7;
        format!("/v1/garments/{}", Uuid::from_u128(other))
    }),
    shopper("a garment", "FROM drape.garment_page", |time| {
        format!("/v1/garments/{}", garment(time))
    }),
    shopper(
        "a garment at a time",
        "FROM drape.garment_version",
        |time| {
            format!(
                "/v1/garments/{}?at=2100-01-01T00:00:{:02}Z",
                garment(time),
                time
            )
        },
    ),
    shopper(
        "a garment by its slug",
        "WHERE slug = $1 GROUP BY garment",
        |time| format!("/v1/garment-slugs/style-{}", garment(time).as_u128()),
    ),
    keeper("a history", "AS older", |time| {
        format!("/v1/garments/{}/history?limit={}", old(time), 10 + time)
    }),
    shopper("a stock", "garment_stock.document", |time| {
        format!("/v1/garments/{}/stock", garment(time))
    }),
    shopper(
        "what goes with a garment",
        "drape.wardrobe_outfit",
        |time| format!("/v1/garments/{}/goes-with", garment(time)),
    ),
    shopper("collections", "FROM drape.collection", |time| {
        format!("/v1/collections?limit={}", 10 + time)
    }),
    shopper("a collection by its slug", "OR slug = $2", |time| {
        format!("/v1/collections/set-{}", 2 + time * 150)
    }),
    shopper("a collection by its id", "OR slug = $2", |time| {
        format!(
            "/v1/collections/{}",
            Uuid::from_u128(2_000_002 + time * 150)
        )
    }),
];

/// A large shop, asked over one connection.
struct Shop {
    system: System,
    readers: PgPool,
    executions: Executions,
}

impl Shop {
    /// Over connections as [`query_api::read_pool`] makes them, or others.
    async fn open(executions: Executions, readers: fn(&str) -> PgPool) -> Self {
        let postgres = Postgres::shared().await.unwrap();
        let url = postgres.fresh_database().await.unwrap();
        let readers = readers(&format!("{url}?{TOLD}"));
        let system = System::start_on(
            (postgres, &url),
            readers.clone(),
            ProjectorOptions::default(),
            QueryApiOptions {
                link_keys: LinkKeys::of_this_process(*b"a secret of a test"),
                ..QueryApiOptions::default()
            },
        )
        .await;
        let database = PgPool::connect(&url).await.unwrap();
        let at = shop::fill(&system, &database).await;
        let last = format!("/v1/garments/{}/goes-with", garment(11));
        let (status, _, _) = system.get(&last, &[("drape-min-position", &at)]).await;
        assert_eq!(status, 200);
        Self {
            system,
            readers,
            executions,
        }
    }

    /// Asks everything so often: what the statement of each question did, time by time.
    async fn ask(&self) -> BTreeMap<&'static str, Vec<Execution>> {
        let mut done: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for time in 0..TIMES {
            for question in &QUESTIONS {
                self.executions.take();
                let path = (question.path)(u128::try_from(time).unwrap());
                let mo = [("authorization", "Bearer mo")];
                let headers = if question.keeper { &mo[..] } else { &[] };
                let response = self.system.open(&path, headers).await;
                assert_eq!(response.status(), 200, "{path}");
                response.into_body().collect().await.unwrap();
                let mut told = self.executions.take().into_iter();
                let execution = told.find(|of| of.statement.contains(question.statement));
                let execution = execution.unwrap_or_else(|| panic!("nothing was read: {path}"));
                done.entry(question.what).or_default().push(execution);
            }
        }
        done
    }

    /// Plans that were made for the arguments at hand, and others, of all statements with arguments of the connection that was asked.
    async fn plans(&self) -> (i64, i64) {
        sqlx::query_as("SELECT SUM(custom_plans)::BIGINT, SUM(generic_plans)::BIGINT FROM pg_prepared_statements WHERE CARDINALITY(parameter_types) > 0")
            .fetch_one(&self.readers)
            .await
            .unwrap()
    }
}

/// What a statement may read for what it answers.
fn allowed(execution: &Execution) -> u64 {
    SPARE_PAGES + PAGES_A_ROW * (execution.rows + 1)
}

/// One for the catalogue's own listening, and one for all that is asked.
const CONNECTIONS: u32 = 2;

#[tokio::test]
async fn the_twelfth_time_costs_what_the_first_did() {
    let executions = Executions::default();
    let _listening = tracing::subscriber::set_default(executions.clone());
    let readers = |url: &str| query_api::read_pool(url, CONNECTIONS).unwrap();
    let shop = Shop::open(executions, readers).await;
    for (what, times) in shop.ask().await {
        let (first, last) = (&times[0], &times[TIMES - 1]);
        assert!(
            last.pages <= GROWTH * first.pages + SPARE_PAGES,
            "{what}: {} pages, and {} at last: {last:?}",
            first.pages,
            last.pages
        );
        for execution in &times {
            assert!(
                execution.pages <= allowed(execution),
                "{what}: {execution:?}"
            );
            let left_out = LEFT_OUT_A_ROW * (execution.rows + 1);
            assert!(execution.left_out <= left_out, "{what}: {execution:?}");
            assert_eq!(execution.whole_tables, [""; 0], "{what}: {execution:?}");
        }
    }
    let (custom, generic) = shop.plans().await;
    assert_eq!(generic, 0);
    assert!(
        custom >= i64::try_from(TIMES * QUESTIONS.len()).unwrap(),
        "{custom}"
    );
}

#[tokio::test]
async fn a_plan_that_fits_no_arguments_in_particular_would_be_noticed() {
    let executions = Executions::default();
    let _listening = tracing::subscriber::set_default(executions.clone());
    let readers = |url: &str| {
        let options: PgConnectOptions = url.parse().unwrap();
        let generic = options.options([("plan_cache_mode", "force_generic_plan")]);
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS);
        pool.connect_lazy_with(generic)
    };
    let shop = Shop::open(executions, readers).await;
    let done = shop.ask().await;
    let drafts = &done["drafts"][TIMES - 1];
    assert!(drafts.pages > allowed(drafts), "{drafts:?}");
    assert!(shop.plans().await.1 > 0);
}
