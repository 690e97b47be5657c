//! Many writers at once.

use std::{collections::HashSet, sync::Arc};

use crate::support::{App, MERCHANDISER, price, shirt};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_writers_lose_nothing() {
    const WRITERS: u32 = 64;
    let app = Arc::new(App::start().await);
    let id = app.post(MERCHANDISER, "/v1/garments", shirt()).await.id();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 1..=WRITERS {
        let (app, path) = (app.clone(), format!("/v1/garments/{id}/price"));
        writers.spawn(async move { app.put(MERCHANDISER, &path, price(writer)).await });
    }
    let mut positions = HashSet::new();
    while let Some(answer) = writers.join_next().await {
        let answer = answer.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        positions.insert(answer.body["position"].as_str().unwrap().to_owned());
    }
    assert_eq!(positions.len(), WRITERS as usize);

    let mut prices = HashSet::new();
    let mut version = 0;
    for commit in app.commits().await {
        assert_eq!(commit.from_version, version + 1);
        version += commit.events.len() as u64;
        for event in &commit.events {
            let data: serde_json::Value = serde_json::from_str(event.data.get()).unwrap();
            prices.insert(data["price"]["minor"].as_u64().unwrap());
        }
    }
    assert_eq!(prices.len(), WRITERS as usize + 1, "every price was stored");
}
