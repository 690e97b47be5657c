//! Catalogues that come as files.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::{collections::BTreeSet, fmt::Write as _, time::Duration};

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use testkit::{ZipEntry, eventually_within, zip};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::support::{ADMIN, Answer, App, MERCHANDISER, SHOPPER, png};

const HEADER: &str = "name,style,category,colour,colour_hex,price,size,sku\n";

/// So many styles in two colours with two sizes each.
fn csv(styles: u32) -> String {
    let mut text = HEADER.to_owned();
    for style in 0..styles {
        for (colour, hex) in [("Sand", "#d8c9a8"), ("Navy", "#1b2a4a")] {
            for size in ["S", "M"] {
                writeln!(
                    text,
                    "Shirt {style},shirt-{style},tops,{colour},{hex},49.90 EUR,{size},SH-{style}-{colour}-{size}"
                )
                .unwrap();
            }
        }
    }
    text
}

impl App {
    async fn import(&self, token: &str, query: &str, key: Option<&str>, text: &str) -> Answer {
        let mut request = Request::post(format!("/v1/imports{query}"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "text/csv");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.send(request.body(Body::from(text.to_owned())).unwrap())
            .await
    }

    /// Reads what waits until it is dropped.
    fn reader(&self) -> AbortOnDropHandle<()> {
        let reading = self.imports.clone();
        let reading = reading.run(
            self.log.clone(),
            self.store.clone(),
            CancellationToken::new(),
        );
        AbortOnDropHandle::new(tokio::spawn(reading))
    }

    /// Sends a zip as it is.
    async fn import_zip(&self, query: &str, zip: Vec<u8>) -> Answer {
        let request = Request::post(format!("/v1/imports{query}"))
            .header("authorization", format!("Bearer {MERCHANDISER}"))
            .header("content-type", "application/zip");
        self.send(request.body(Body::from(zip)).unwrap()).await
    }

    async fn settled(&self, id: &str) -> Value {
        let path = format!("/v1/imports/{id}");
        eventually_within(
            Duration::from_secs(20),
            "the import to be settled",
            || async {
                let status = self.call(ADMIN, "GET", &path, None, None).await;
                let state = status.body["state"].as_str().unwrap_or_default();
                matches!(state, "done" | "failed").then_some(status.body)
            },
        )
        .await
    }
}

/// Added, changed, unchanged, refused, problems.
fn counts(status: &Value) -> [u64; 5] {
    ["added", "changed", "unchanged", "refused", "problems"]
        .map(|name| status["report"][name].as_u64().unwrap())
}

#[tokio::test]
async fn a_file_is_imported_in_the_background_and_the_same_again_changes_nothing() {
    let app = App::start().await;
    let _reader = app.reader();
    let accepted = app.import(MERCHANDISER, "", None, &csv(10)).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let location = accepted.headers["location"].to_str().unwrap();
    assert_eq!(location, format!("/v1/imports/{}", accepted.id()));
    let status = app.settled(&accepted.id()).await;
    assert_eq!(
        (
            status["state"].as_str(),
            status["progress"].as_f64(),
            counts(&status)
        ),
        (Some("done"), Some(1.0), [20, 0, 0, 0, 0])
    );
    let commits = app.commits().await;
    let garments: BTreeSet<_> = commits.iter().map(|it| it.aggregate_id.clone()).collect();
    assert_eq!((commits.len(), garments.len()), (20, 20));
    let whole = commits.iter().all(|commit| {
        commit.actor.as_deref() == Some("01900000-0000-7000-8000-000000000003")
            && commit.correlation_id.as_deref() == Some(accepted.id().as_str())
    });
    assert!(whole, "{commits:?}");

    let again = app.import(ADMIN, "", None, &csv(10)).await;
    assert_eq!(counts(&app.settled(&again.id()).await), [0, 0, 20, 0, 0]);
    let dearer = csv(10).replacen("49.90", "59.90", 2);
    let changed = app.import(ADMIN, "", None, &dearer).await;
    assert_eq!(counts(&app.settled(&changed.id()).await), [0, 1, 19, 0, 0]);
    assert_eq!(app.commits().await.len(), 21);
}

#[tokio::test]
async fn a_dry_run_says_what_is_wrong_and_changes_nothing() {
    let app = App::start().await;
    let _reader = app.reader();
    let bad = csv(2) + "Hat,hat,hats,Sand,beige,cheap,M,H-1\n";
    let accepted = app
        .import(MERCHANDISER, "?dry_run=true&format=csv", None, &bad)
        .await;
    let status = app.settled(&accepted.id()).await;
    assert_eq!(counts(&status), [4, 0, 0, 0, 1]);
    let problems = &status["report"]["first_problems"];
    assert_eq!(problems[0]["line"], json!(10));
    assert_eq!(problems[0]["column"], json!("price"));
    assert_eq!(app.commits().await.len(), 0);
}

#[tokio::test]
async fn what_a_restart_cut_off_is_read_again() {
    let app = App::start().await;
    // Nobody reads yet: as if the process had died before.
    let accepted = app.import(MERCHANDISER, "", Some("a-key"), &csv(5)).await;
    let app = app.restarted();
    let waiting = app
        .call(
            ADMIN,
            "GET",
            &format!("/v1/imports/{}", accepted.id()),
            None,
            None,
        )
        .await;
    assert_eq!(waiting.body["state"], json!("queued"));
    let _reader = app.reader();
    assert_eq!(counts(&app.settled(&accepted.id()).await), [10, 0, 0, 0, 0]);
    let app = app.restarted();
    let known = app.settled(&accepted.id()).await;
    assert_eq!(counts(&known), [10, 0, 0, 0, 0]);
    // The same request again is the same import.
    let repeated = app.import(MERCHANDISER, "", Some("a-key"), &csv(5)).await;
    assert_eq!(repeated.id(), accepted.id());
    assert_eq!(app.commits().await.len(), 10);
}

#[tokio::test]
async fn a_file_that_breaks_off_is_a_failure_that_says_so() {
    let app = App::start().await;
    let _reader = app.reader();
    let xml = "<rss><channel><item><g:id>1</g:id><g:title>Shirt, navy</g:title><g:price>5 EUR</g:price></item><item>";
    let accepted = app.import(MERCHANDISER, "", None, xml).await;
    assert_eq!(accepted.body["format"], json!("google-xml"));
    let status = app.settled(&accepted.id()).await;
    assert_eq!(status["state"], json!("failed"));
    assert_eq!(status["report"]["is_whole"], json!(false));
    assert!(
        status["reason"].as_str().unwrap().contains("ends before"),
        "{status}"
    );
}

#[tokio::test]
async fn not_everybody_imports_and_not_everything_is_a_catalogue() {
    let app = App::start().await;
    app.import(SHOPPER, "", None, &csv(1))
        .await
        .is(403, "forbidden");
    app.import("", "", None, &csv(1))
        .await
        .is(401, "unauthenticated");
    app.import(MERCHANDISER, "?format=pdf", None, &csv(1))
        .await
        .is(400, "invalid-query");
    app.import(MERCHANDISER, "?currency=euro", None, &csv(1))
        .await
        .is(400, "invalid-query");
    app.import(MERCHANDISER, "", None, "a,b\n1,2\n")
        .await
        .is(415, "import-format-unknown");
    app.import(MERCHANDISER, "", None, &csv(1_000))
        .await
        .is(413, "body-too-large");
    let path = "/v1/imports/01900000-0000-7000-8000-00000000000a";
    app.call(ADMIN, "GET", path, None, None)
        .await
        .is(404, "import-not-found");
    app.call(SHOPPER, "GET", path, None, None)
        .await
        .is(403, "forbidden");
    // Nobody reads: two may wait.
    for _ in 0..2 {
        assert_eq!(
            app.import(MERCHANDISER, "", None, &csv(1)).await.status,
            202
        );
    }
    app.import(MERCHANDISER, "", None, &csv(1))
        .await
        .is(503, "too-many-imports");
    assert_eq!(app.commits().await.len(), 0);
}

/// What a stream told, state by state.
fn states(told: &str) -> Vec<Value> {
    told.lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

#[tokio::test]
async fn an_import_is_watched_until_it_is_done_and_who_comes_late_hears_the_end() {
    let app = App::start().await;
    let accepted = app.import(MERCHANDISER, "", None, &csv(10)).await;
    let path = format!("/v1/imports/{}/events", accepted.id());
    // Nobody reads yet: it is watched from its beginning on.
    let mut reader = None;
    let begin = async { reader = Some(app.reader()) };
    let (told, ()) = tokio::join!(app.stream(ADMIN, &path), begin);
    drop(reader);
    let states_told = states(&told);
    let named = |status: &Value| status["state"].as_str().unwrap().to_owned();
    assert_eq!(named(&states_told[0]), "queued");
    assert_eq!(named(states_told.last().unwrap()), "done");
    assert_eq!(counts(states_told.last().unwrap()), [20, 0, 0, 0, 0]);
    assert!(states_told.windows(2).all(|pair| pair[0] != pair[1]));

    let late = states(&app.stream(ADMIN, &path).await);
    assert_eq!(late.len(), 1);
    assert_eq!(late[0], *states_told.last().unwrap());
    let nobody = "/v1/imports/01900000-0000-7000-8000-00000000dead/events";
    for (token, path, status, code) in [
        (SHOPPER, path.as_str(), 403, "forbidden"),
        ("", path.as_str(), 401, "unauthenticated"),
        (ADMIN, nobody, 404, "import-not-found"),
    ] {
        app.call(token, "GET", path, None, None)
            .await
            .is(status, code);
    }
}

#[tokio::test]
async fn a_stream_of_an_import_ends_with_the_process() {
    let app = App::start().await;
    let stop = CancellationToken::new();
    let accepted = app.import(MERCHANDISER, "", None, &csv(1)).await;
    let path = format!("/v1/imports/{}/events", accepted.id());
    stop.cancel();
    let reading = app
        .imports
        .clone()
        .run(app.log.clone(), app.store.clone(), stop);
    let (told, ()) = tokio::join!(app.stream(ADMIN, &path), reading);
    assert!(states(&told).len() <= 1, "{told}");
}

#[tokio::test]
async fn stock_is_taken_from_a_file_only_where_somebody_says_so() {
    let app = App::start().await;
    let _reader = app.reader();
    let file = |stock: u32| {
        format!(
            "name,style,category,colour,colour_hex,price,size,sku,stock\n\
             Shirt,shirt,tops,Sand,#d8c9a8,49.90 EUR,S,SH-S,{stock}\n\
             Shirt,shirt,tops,Sand,#d8c9a8,49.90 EUR,M,SH-M,\n"
        )
    };
    let stock_events = || async {
        let commits = app.commits().await;
        let stock = commits
            .iter()
            .filter(|it| it.aggregate_type == "catalog.stock");
        let events = stock.flat_map(|commit| &commit.events);
        let events = events.map(|event| event.data.get().to_owned());
        events.collect::<Vec<String>>()
    };
    for (query, stock, counted) in [
        ("", 5, 0),
        ("?stock=leave", 5, 0),
        ("?stock=set&dry_run=true", 5, 1),
        ("?stock=set", 5, 1),
        // The same is no news.
        ("?stock=set", 5, 0),
        ("?stock=set", 7, 1),
    ] {
        let accepted = app.import(MERCHANDISER, query, None, &file(stock)).await;
        let status = app.settled(&accepted.id()).await;
        assert_eq!(status["state"], "done", "{status}");
        assert_eq!(status["report"]["counted"], counted, "{query}");
    }
    assert_eq!(
        stock_events().await,
        [
            r#"{"type":"StockCounted","size":"S","count":5}"#,
            r#"{"type":"StockCounted","size":"S","count":7}"#,
        ]
    );
    let many = file(1_000_001);
    let too_many = app.import(MERCHANDISER, "?stock=set", None, &many).await;
    let status = app.settled(&too_many.id()).await;
    assert_eq!(
        status["report"]["first_problems"][0]["column"], "stock",
        "{status}"
    );
    let wrong = app.import(MERCHANDISER, "?stock=add", None, &file(1)).await;
    wrong.is(400, "invalid-query");
}

/// A shirt in two colours, on sale as soon as it has its pictures.
const PICTURED: &str = "name,style,category,colour,colour_hex,price,size,sku,pictures,status\n\
    Shirt,shirt,tops,Sand,#d8c9a8,49.90 EUR,S,SH-S,https://shop.example/files/sand.png?v=17,published\n\
    Shirt,shirt,tops,Navy,#1b2a4a,49.90 EUR,S,SH-N,navy.png,published\n";

#[tokio::test]
async fn a_zip_brings_the_catalogue_and_its_pictures_also_over_a_restart() {
    let app = App::start().await;
    let whole = zip(&[
        ZipEntry::new("spring/catalogue.csv", PICTURED),
        ZipEntry::new("spring/pictures/sand.png", png(96, 128, 200)),
        ZipEntry::new("spring/pictures/navy.png", png(96, 128, 40)),
    ])
    .unwrap();
    // Nobody reads yet: as if the process had died before.
    let accepted = app.import_zip("", whole.clone()).await;
    assert_eq!(
        (&accepted.body["format"], &accepted.body["is_zip"]),
        (&json!("csv"), &json!(true)),
        "{accepted:?}"
    );
    let app = app.restarted();
    let _reader = app.reader();
    let status = app.settled(&accepted.id()).await;
    assert_eq!(counts(&status), [2, 0, 0, 0, 0], "{status}");
    assert_eq!(status["report"]["without_picture"], json!(0));
    let commits = app.commits().await;
    let of = |kind: &str| {
        commits
            .iter()
            .filter(|it| it.aggregate_type == kind)
            .count()
    };
    assert_eq!((of("media.picture"), of("catalog.garment")), (2, 2));
    // All of it is the import's, and was asked for by one person.
    let whole_of_it = commits.iter().all(|commit| {
        commit.actor.as_deref() == Some("01900000-0000-7000-8000-000000000003")
            && commit.correlation_id.as_deref() == Some(accepted.id().as_str())
    });
    assert!(whole_of_it, "{commits:?}");
    // The same again uploads nothing and changes nothing.
    let again = app.import_zip("", whole).await;
    assert_eq!(counts(&app.settled(&again.id()).await), [0, 0, 2, 0, 0]);
    assert_eq!(app.commits().await.len(), commits.len());
}

#[tokio::test]
async fn a_zip_that_means_harm_is_refused_before_anything_is_promised() {
    let app = App::start().await;
    let csv = || ZipEntry::new("catalogue.csv", PICTURED);
    let encrypted = ZipEntry {
        flags: 1,
        ..ZipEntry::new("sand.png", "x")
    };
    let bomb = ZipEntry::new("sand.png", vec![0; 8 << 20]);
    for (entries, code) in [
        (
            vec![csv(), ZipEntry::new("../sand.png", "x")],
            "zip-path-unsafe",
        ),
        (vec![csv(), encrypted], "zip-encrypted"),
        (vec![csv(), bomb], "zip-ratio-exceeded"),
        (vec![csv(), ZipEntry::new("more.zip", "x")], "zip-nested"),
        (
            vec![ZipEntry::new("sand.png", "x")],
            "zip-without-catalogue",
        ),
    ] {
        let answer = app.import_zip("", zip(&entries).unwrap()).await;
        answer.is(422, code);
    }
    let cut = zip(&[csv()]).unwrap()[..200].to_vec();
    app.import_zip("", cut).await.is(422, "zip-damaged");
    let unknown = zip(&[ZipEntry::new("a.csv", "a,b\n1,2\n")]).unwrap();
    let answer = app.import_zip("", unknown.clone()).await;
    answer.is(415, "import-format-unknown");
    // Whoever says how it is written is believed.
    let answer = app.import_zip("?format=csv&dry_run=true", unknown).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(app.commits().await.len(), 0);
}

#[tokio::test]
async fn a_picture_that_is_damaged_in_the_zip_leaves_its_garment_a_draft() {
    let app = App::start().await;
    let _reader = app.reader();
    let damaged = ZipEntry {
        is_damaged: true,
        ..ZipEntry::new("sand.png", png(96, 128, 200))
    };
    let entries = [ZipEntry::new("a.csv", PICTURED), damaged];
    let accepted = app.import_zip("", zip(&entries).unwrap()).await;
    let status = app.settled(&accepted.id()).await;
    assert_eq!(counts(&status), [2, 0, 0, 0, 2], "{status}");
    assert_eq!(status["report"]["without_picture"], json!(2));
    let problems = status["report"]["first_problems"].to_string();
    for why in ["is not what was zipped", "no such file in the zip"] {
        assert!(problems.contains(why), "{problems}");
    }
}
