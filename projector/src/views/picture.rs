//! What is known of a picture, and where its bytes lie.

use domain::{
    media::picture::{Picture as PictureAggregate, PictureEvent, StoredPicture},
    shared::{AccountId, PictureId},
};
use jetstream_es::Commit;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{id_of, time_of};
use crate::{ApplyError, View, numbers::to_sql, picture_link::rendition_url};

/// One rendition of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenditionDocument {
    /// The last part of its address, such as `400.webp`.
    pub name: String,
    /// Where it is found.
    pub url: String,
    /// Such as `image/webp`.
    pub media_type: String,
    /// Width in pixels.
    pub width_px: u32,
    /// Height in pixels.
    pub height_px: u32,
    /// Length in bytes.
    pub size_bytes: u64,
}

impl RenditionDocument {
    fn new(id: PictureId, name: &str, stored: &StoredPicture) -> Self {
        Self {
            name: name.to_owned(),
            url: rendition_url(id, name),
            media_type: stored.format.media_type().to_owned(),
            width_px: stored.width_px,
            height_px: stored.height_px,
            size_bytes: stored.size_bytes,
        }
    }
}

/// Why a picture cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A stable code.
    pub reason: String,
    /// The same for people.
    pub detail: String,
}

/// What is known of a picture; the document that the client gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureDocument {
    /// The picture.
    pub id: PictureId,
    /// `catalogue`, `person` or `result`.
    pub purpose: String,
    /// Whose it is; a shop's own picture has none.
    pub owner: Option<AccountId>,
    /// `uploaded`, `processed` or `refused`.
    pub status: String,
    /// As it was uploaded, upright and without metadata.
    pub original: RenditionDocument,
    /// Empty until it is processed.
    pub renditions: Vec<RenditionDocument>,
    /// `#rrggbb`, once it is processed: what to show while it loads.
    pub mean_colour: Option<String>,
    /// Why it cannot be used.
    pub refusal: Option<Refusal>,
    /// When it was uploaded, RFC 3339.
    pub uploaded_at: String,
}

impl PictureDocument {
    /// What the event makes of the document; none when it cannot have happened.
    pub fn evolve(
        document: Option<Self>,
        id: PictureId,
        event: &PictureEvent,
        at: &str,
    ) -> Option<Self> {
        if let PictureEvent::PictureUploaded {
            purpose,
            owner,
            original,
        } = event
        {
            return Some(Self {
                id,
                purpose: purpose.as_str().to_owned(),
                owner: *owner,
                status: "uploaded".to_owned(),
                original: RenditionDocument::new(id, "original", original),
                renditions: Vec::new(),
                mean_colour: None,
                refusal: None,
                uploaded_at: at.to_owned(),
            });
        }
        let mut document = document?;
        match event {
            PictureEvent::PictureUploaded { .. } => {}
            PictureEvent::PictureProcessed {
                renditions,
                mean_colour,
            } => {
                "processed".clone_into(&mut document.status);
                document.mean_colour = Some(mean_colour.clone());
                document.renditions = renditions
                    .iter()
                    .map(|rendition| RenditionDocument::new(id, &rendition.name, &rendition.stored))
                    .collect();
            }
            PictureEvent::PictureRefused { reason, detail } => {
                "refused".clone_into(&mut document.status);
                document.refusal = Some(Refusal {
                    reason: reason.clone(),
                    detail: detail.clone(),
                });
            }
        }
        Some(document)
    }
}

/// One document per picture, and the blobs of its renditions.
#[derive(Debug)]
pub struct Picture;

impl View for Picture {
    const NAME: &'static str = "picture";
    const VERSION: i32 = 1;
    const AGGREGATE_TYPE: &'static str = "media.picture";

    async fn apply_in_tx(tx: &mut PgConnection, commit: &Commit) -> Result<(), ApplyError> {
        let id = id_of(commit)?;
        let at = time_of(commit)?;
        let document = sqlx::query_scalar!("SELECT document FROM drape.picture WHERE id = $1", id)
            .fetch_optional(&mut *tx)
            .await?;
        let mut document: Option<PictureDocument> = document
            .map(|document| serde_json::from_str(&document))
            .transpose()?;
        let events = commit.decode::<PictureAggregate>()?;
        for event in &events {
            document = PictureDocument::evolve(document, PictureId::new(id), event, &at);
        }
        let document = document.ok_or(ApplyError::Unexpected("the picture was never uploaded"))?;
        store_in_tx(tx, id, &document).await?;
        for event in &events {
            match event {
                PictureEvent::PictureUploaded { original, .. } => {
                    store_rendition_in_tx(tx, id, "original", original).await?;
                }
                PictureEvent::PictureProcessed { renditions, .. } => {
                    for rendition in renditions {
                        store_rendition_in_tx(tx, id, &rendition.name, &rendition.stored).await?;
                    }
                }
                PictureEvent::PictureRefused { .. } => {}
            }
        }
        Ok(())
    }

    async fn clear_in_tx(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query!("DELETE FROM drape.picture")
            .execute(tx)
            .await?;
        Ok(())
    }
}

async fn store_in_tx(
    tx: &mut PgConnection,
    id: Uuid,
    document: &PictureDocument,
) -> Result<(), ApplyError> {
    sqlx::query!(
        "INSERT INTO drape.picture (id, owner, purpose, status, document) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET
             owner = excluded.owner, purpose = excluded.purpose, status = excluded.status,
             document = excluded.document",
        id,
        document.owner.map(AccountId::as_uuid),
        document.purpose,
        document.status,
        serde_json::to_string(document)?
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn store_rendition_in_tx(
    tx: &mut PgConnection,
    id: Uuid,
    name: &str,
    stored: &StoredPicture,
) -> Result<(), ApplyError> {
    sqlx::query!(
        "INSERT INTO drape.picture_rendition (picture, name, blob, media_type, size_bytes)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (picture, name) DO UPDATE SET
             blob = excluded.blob, media_type = excluded.media_type, size_bytes = excluded.size_bytes",
        id,
        name,
        stored.blob.as_str(),
        stored.format.media_type(),
        to_sql(stored.size_bytes)
    )
    .execute(tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processed_picture_lists_its_renditions() {
        let id = PictureId::new(Uuid::from_u128(9));
        let document = PictureEvent::samples()
            .iter()
            .take(2)
            .fold(None, |document, event| {
                PictureDocument::evolve(document, id, event, "2026-01-01T00:00:00Z")
            })
            .unwrap();
        assert_eq!(document.status, "processed");
        let [rendition] = document.renditions.as_slice() else {
            panic!("one rendition is expected");
        };
        assert_eq!(rendition.media_type, "image/webp");
        assert_eq!(
            rendition.url,
            "/v1/pictures/00000000-0000-0000-0000-000000000009/400.webp"
        );
    }
}
