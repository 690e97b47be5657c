//! What is known of me?

use axum::{
    body::Body,
    extract::State,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http_kit::{Caller, Problem, QueryProblems};
use serde::Serialize;
use uuid::Uuid;

use super::{
    archive::{Archive, Entry},
    holdings::{HeldPicture, Holdings},
};
use crate::QueryApi;

/// What the archive says of itself.
const README: &str = "\
This is everything that this shop's system knows of you.

account.json   who you are: address, roles, where you are signed in, keys of programs
wardrobe.json  what you like, own and wear together
try-ons.json   each try-on: of which photo and garment, when, and what came of it
pictures.json  each picture of you: what you agreed to and when, whether it is still kept
pictures/      the pictures that are still kept, as they are stored

Times are in UTC. Garments are named by their ids: /v1/garments/<id> shows one.
";

/// Take along everything that is known of the caller, and of the guest that they were before: documents as JSON, pictures as they are
/// stored, in one ZIP archive. It is made while it is sent, and nothing of it is kept.
#[utoipa::path(
    get,
    path = "/v1/me/export",
    tag = "identity",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The archive", content_type = "application/zip", body = Vec<u8>),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "The caller's token stands for no account: `account-wanted`."),
        QueryProblems
    )
)]
pub(crate) async fn export_me(
    State(api): State<QueryApi>,
    caller: Caller,
) -> Result<Response, Problem> {
    let account = Uuid::try_parse(&caller.account).map_err(|_| {
        Problem::new(
            StatusCode::CONFLICT,
            "account-wanted",
            "This token stands for no account",
        )
    })?;
    let permit = api
        .inner
        .replays
        .clone()
        .try_acquire_owned()
        .map_err(|_| Problem::unavailable().retry_after(5))?;
    let holdings = api.holdings(account).await?;
    let (blobs, now) = (api.inner.blobs.clone(), api.inner.options.clock.now());
    let archive = Archive::new(entries(holdings)?, blobs, now, permit);
    let described = [
        (CONTENT_TYPE, "application/zip"),
        (CONTENT_DISPOSITION, "attachment; filename=\"about-me.zip\""),
        (CACHE_CONTROL, "no-store"),
    ];
    let body = Body::from_stream(archive.into_stream());
    Ok((described, body).into_response())
}

fn entries(holdings: Holdings) -> Result<Vec<Entry>, Problem> {
    let documents: Vec<_> = holdings
        .pictures
        .iter()
        .map(|held| &held.document)
        .collect();
    let mut entries = vec![
        Entry::File {
            name: "README.txt".to_owned(),
            bytes: Bytes::from_static(README.as_bytes()),
        },
        json("account.json", &holdings.account)?,
        json("wardrobe.json", &holdings.wardrobe)?,
        json("try-ons.json", &holdings.try_ons)?,
        json("pictures.json", &documents)?,
    ];
    entries.extend(holdings.pictures.into_iter().filter_map(picture));
    Ok(entries)
}

fn json(name: &str, document: &impl Serialize) -> Result<Entry, Problem> {
    let bytes = serde_json::to_vec_pretty(document).map_err(|error| {
        tracing::error!(%error, "a document cannot be written as JSON");
        Problem::internal()
    })?;
    Ok(Entry::File {
        name: name.to_owned(),
        bytes: bytes.into(),
    })
}

/// A picture that is still kept.
fn picture(held: HeldPicture) -> Option<Entry> {
    let end = match held.media_type.as_deref() {
        Some("image/png") => "png",
        Some("image/webp") => "webp",
        _ => "jpg",
    };
    Some(Entry::Picture {
        name: format!("pictures/{}-{}.{end}", held.purpose, held.id),
        owner: held.owner,
        picture: held.id,
        blob: held.blob?,
    })
}
