//! UmaDB: appends under the condition that the product has no event yet, over gRPC; and its subscription.

use std::sync::Arc;

use driver::{Arguments, Hunt, Mode, drive, new_id, payload};
use futures::StreamExt;
use umadb_client::{AsyncUmaDbClient, UmaDbClient};
use umadb_dcb::{DcbAppendCondition, DcbEvent, DcbEventStoreAsync, DcbQuery, DcbQueryItem};
use uuid::Uuid;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let client = Arc::new(connect(&arguments.url).await?);
    match arguments.mode {
        Mode::Append => {
            drive("UmaDB", &arguments, move |_| {
                let client = Arc::clone(&client);
                async move { append(&client, &new_id()).await }
            })
            .await;
        }
        Mode::Hunt => {
            let hunt = Hunt::default();
            let tail = tokio::spawn(tail(connect(&arguments.url).await?, hunt.clone()));
            hunt.run("UmaDB, subscription", &arguments, move |_, id| {
                let client = Arc::clone(&client);
                async move { append(&client, &id).await }
            })
            .await;
            tail.abort();
        }
    }
    Ok(())
}

async fn connect(url: &str) -> anyhow::Result<AsyncUmaDbClient> {
    let client = UmaDbClient::new(url.to_owned()).connect_async().await;
    client.map_err(|error| anyhow::anyhow!("{error:?}"))
}

async fn append(client: &AsyncUmaDbClient, id: &str) -> Result<(), String> {
    let body = serde_json::to_vec(&payload(id)).map_err(|error| error.to_string())?;
    let event = DcbEvent::default()
        .event_type("ProductAdded")
        .tags([id.to_owned()])
        .data(body)
        .uuid(Uuid::new_v4());
    let new = DcbQuery::new().item(DcbQueryItem::new().tags([id.to_owned()]));
    let condition = DcbAppendCondition::new(new);
    let done = client.append(vec![event], Some(condition), None).await;
    done.map(drop).map_err(|error| format!("{error:?}"))
}

async fn tail(client: AsyncUmaDbClient, hunt: Hunt) -> Result<(), String> {
    let mut events = client
        .subscribe(None, None)
        .await
        .map_err(|error| format!("{error:?}"))?;
    while let Some(event) = events.next().await {
        let event = event.map_err(|error| format!("{error:?}"))?;
        event.event.tags.into_iter().for_each(|id| hunt.see(id));
    }
    Ok(())
}
