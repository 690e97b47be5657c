//! The API's page in a real browser, with the network off.

use std::{collections::BTreeSet, path::Path, time::Duration};

use e2e::{Options, System};
use serde_json::Value;
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_every_operation_without_any_network() {
    let system = System::start(Options::default()).await.unwrap();
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ops/api");
    let installed = tools.join("node_modules/playwright-core").exists();
    assert!(installed, "run `ops/install --test` first");
    let opening = Command::new("node")
        .arg("open_page.mjs")
        .arg(format!("http://127.0.0.1:{}", system.http_port()))
        .current_dir(&tools)
        .kill_on_drop(true)
        .output();
    let opened = tokio::time::timeout(Duration::from_secs(90), opening);
    let opened = opened.await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&opened.stderr).into_owned();
    assert!(opened.status.success(), "{said}");
    let page: Value = serde_json::from_slice(&opened.stdout).unwrap();

    let document = system
        .anonymous()
        .unwrap()
        .get("/openapi.json")
        .await
        .unwrap()
        .body;
    let paths = document["paths"].as_object().unwrap();
    let documented: BTreeSet<&str> = paths
        .values()
        .flat_map(|operations| operations.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    let shown = page["operations"].as_array().unwrap().iter();
    let shown: BTreeSet<&str> = shown.filter_map(Value::as_str).collect();
    assert_eq!(shown, documented);
    assert!(
        page["title"].as_str().unwrap().starts_with("drape"),
        "{page}"
    );
    for trouble in ["outside", "refused"] {
        assert_eq!(page[trouble].as_array().unwrap().len(), 0, "{page}");
    }
}
