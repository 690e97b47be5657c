//! What is known of a picture, and where its bytes lie.

use std::collections::BTreeMap;

use domain::{
    media::picture::{
        ConsentPurpose, PhotoSubject, Picture as PictureAggregate, PictureEvent, Removal,
        StoredPicture, rendition_names, rendition_under,
    },
    shared::{AccountId, PictureId, PolicyVersion},
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{FocalPointDocument, PictureDisplay, documents};
use crate::{
    ApplyError, Facts, ReadRow, Table, View, numbers::to_sql, picture_link::rendition_url,
};

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

/// What its owner agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentDocument {
    /// `try-on`.
    pub purpose: ConsentPurpose,
    /// The version of the words.
    pub policy: PolicyVersion,
    /// `myself`, or `permitted` by somebody else.
    pub subject: PhotoSubject,
    /// When, RFC 3339.
    pub given_at: String,
    /// When it was withdrawn, RFC 3339.
    pub withdrawn_at: Option<String>,
}

/// That nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalDocument {
    /// `by-owner` or `expired`.
    pub reason: Removal,
    /// When, RFC 3339.
    pub at: String,
}

/// What is known of a picture; the document that the client gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureDocument {
    /// The picture.
    pub id: PictureId,
    /// `catalogue`, `person`, `result` or `cutout`.
    pub purpose: String,
    /// Whose it is; a shop's own picture has none.
    pub owner: Option<AccountId>,
    /// `uploaded`, `processed`, `refused` or `removed`.
    pub status: String,
    /// As it was uploaded, upright and without metadata.
    pub original: RenditionDocument,
    /// Empty until it is processed.
    pub renditions: Vec<RenditionDocument>,
    /// `#rrggbb`, once it is processed: what to show while it loads.
    pub mean_colour: Option<String>,
    /// A blurred picture to show until then: ThumbHash in base64. Pictures from before it was made have none.
    pub thumbhash: Option<String>,
    /// What stays when it is cropped.
    pub focal_point: Option<FocalPointDocument>,
    /// Why it cannot be used.
    pub refusal: Option<Refusal>,
    /// What its owner agreed to; only photos of people have it.
    pub consent: Option<ConsentDocument>,
    /// Why nothing of it is kept.
    pub removal: Option<RemovalDocument>,
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
                thumbhash: None,
                focal_point: None,
                refusal: None,
                consent: None,
                removal: None,
                uploaded_at: at.to_owned(),
            });
        }
        let mut document = document?;
        match event {
            PictureEvent::PictureUploaded { .. } => {}
            PictureEvent::PictureProcessed {
                renditions,
                mean_colour,
                thumbhash,
            } => {
                "processed".clone_into(&mut document.status);
                document.mean_colour = Some(mean_colour.clone());
                document.thumbhash.clone_from(thumbhash);
                document.renditions = renditions
                    .iter()
                    .map(|rendition| RenditionDocument::new(id, &rendition.name, &rendition.stored))
                    .collect();
            }
            PictureEvent::FocalPointChosen { focal_point } => {
                document.focal_point = Some((*focal_point).into());
            }
            PictureEvent::PictureRefused { reason, detail } => {
                "refused".clone_into(&mut document.status);
                document.refusal = Some(Refusal {
                    reason: reason.clone(),
                    detail: detail.clone(),
                });
            }
            PictureEvent::PhotoConsentGiven { consent } => {
                document.consent = Some(ConsentDocument {
                    purpose: consent.purpose,
                    policy: consent.policy.clone(),
                    subject: consent.subject,
                    given_at: at.to_owned(),
                    withdrawn_at: None,
                });
            }
            PictureEvent::PhotoConsentWithdrawn {} => {
                if let Some(consent) = &mut document.consent {
                    consent.withdrawn_at = Some(at.to_owned());
                }
            }
            PictureEvent::PictureRemoved { reason } => document.remove(*reason, at),
        }
        Some(document)
    }

    fn remove(&mut self, reason: Removal, at: &str) {
        "removed".clone_into(&mut self.status);
        self.renditions.clear();
        self.mean_colour = None;
        self.thumbhash = None;
        self.focal_point = None;
        self.removal = Some(RemovalDocument {
            reason,
            at: at.to_owned(),
        });
    }

    /// Whether its owner agrees to what is done with it.
    fn is_consented(&self) -> bool {
        let consent = self.consent.as_ref();
        self.removal.is_none() && consent.is_some_and(|consent| consent.withdrawn_at.is_none())
    }
}

/// One document per picture, and the blobs of its renditions.
#[derive(Debug)]
pub struct Picture;

/// What is kept of a picture.
#[derive(Debug)]
pub struct PictureRow {
    document: PictureDocument,
    /// Renditions whose place is not written yet, by name.
    places: BTreeMap<String, StoredPicture>,
}

impl View for Picture {
    const NAME: &'static str = "picture";
    const VERSION: i32 = 3;
    const TABLES: &'static [Table] = &[
        Table {
            name: "picture",
            key: &["id"],
        },
        Table {
            name: "picture_rendition",
            key: &["picture", "name"],
        },
    ];
    type Aggregate = PictureAggregate;
    type Row = PictureRow;

    fn fold(row: Option<PictureRow>, event: PictureEvent, facts: &Facts) -> Option<PictureRow> {
        let (document, mut places) = row.map(|row| (row.document, row.places)).unzip();
        let id = PictureId::new(facts.id);
        let document = PictureDocument::evolve(document, id, &event, &facts.at)?;
        let places: &mut BTreeMap<_, _> = places.get_or_insert_default();
        match event {
            PictureEvent::PictureUploaded { original, .. } => {
                places.insert("original".to_owned(), original);
            }
            PictureEvent::PictureProcessed { renditions, .. } => {
                // Every declared name has a place, also where the picture is too small for a rendition of its own there.
                places.extend(rendition_names().filter_map(|name| {
                    let found = rendition_under(&renditions, &name)?.stored.clone();
                    Some((name, found))
                }));
                places.extend(renditions.into_iter().map(|made| (made.name, made.stored)));
            }
            PictureEvent::PictureRemoved { .. } => places.clear(),
            PictureEvent::FocalPointChosen { .. }
            | PictureEvent::PictureRefused { .. }
            | PictureEvent::PhotoConsentGiven { .. }
            | PictureEvent::PhotoConsentWithdrawn {} => {}
        }
        let places = std::mem::take(places);
        Some(PictureRow { document, places })
    }

    async fn read_in_tx(
        tx: &mut PgConnection,
        ids: &[Uuid],
    ) -> Result<Vec<ReadRow<PictureRow>>, sqlx::Error> {
        let rows = sqlx::query!("SELECT id, document FROM picture WHERE id = ANY($1)", ids)
            .fetch_all(tx)
            .await?;
        let read = rows.into_iter().map(|row| {
            let document = serde_json::from_str(&row.document).map(|document| PictureRow {
                document,
                places: BTreeMap::new(),
            });
            (row.id, document.map_err(ApplyError::from))
        });
        Ok(read.collect())
    }

    async fn write_in_tx(
        tx: &mut PgConnection,
        rows: &mut [(Uuid, PictureRow)],
    ) -> Result<(), ApplyError> {
        write_pictures_in_tx(tx, rows).await?;
        write_places_in_tx(tx, rows).await?;
        forget_places_in_tx(tx, rows).await?;
        for (_, row) in rows {
            row.places.clear();
        }
        Ok(())
    }
}

async fn write_pictures_in_tx(
    tx: &mut PgConnection,
    rows: &[(Uuid, PictureRow)],
) -> Result<(), ApplyError> {
    let ids: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
    let owners: Vec<Option<Uuid>> = rows
        .iter()
        .map(|(_, row)| row.document.owner.map(AccountId::as_uuid))
        .collect();
    let text = |of: fn(&PictureDocument) -> &String| -> Vec<String> {
        rows.iter()
            .map(|(_, row)| of(&row.document).clone())
            .collect()
    };
    let consented: Vec<bool> = rows
        .iter()
        .map(|(_, row)| row.document.is_consented())
        .collect();
    let displays: Vec<Option<String>> = rows
        .iter()
        .map(|(_, row)| {
            PictureDisplay::of(&row.document)
                .map(|display| serde_json::to_string(&display))
                .transpose()
        })
        .collect::<Result<_, _>>()?;
    sqlx::query!(
        "INSERT INTO picture (id, owner, purpose, status, document, display, uploaded_at, consented)
         SELECT id, owner, purpose, status, document, display, uploaded_at::TIMESTAMPTZ, consented
         FROM UNNEST($1::UUID[], $2::UUID[], $3::TEXT[], $4::TEXT[], $5::TEXT[], $6::TEXT[], $7::TEXT[], $8::BOOLEAN[])
              AS given (id, owner, purpose, status, document, display, uploaded_at, consented)
         ON CONFLICT (id) DO UPDATE SET
             owner = excluded.owner, purpose = excluded.purpose, status = excluded.status,
             document = excluded.document, display = excluded.display, uploaded_at = excluded.uploaded_at,
             consented = excluded.consented",
        &ids,
        &owners as &[Option<Uuid>],
        &text(|document| &document.purpose),
        &text(|document| &document.status),
        &documents(rows, |row| &row.document)?,
        &displays as &[Option<String>],
        &text(|document| &document.uploaded_at),
        &consented
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn write_places_in_tx(
    tx: &mut PgConnection,
    rows: &[(Uuid, PictureRow)],
) -> Result<(), ApplyError> {
    let places = || {
        rows.iter().flat_map(|(id, row)| {
            row.places
                .iter()
                .map(move |(name, place)| (*id, name, place))
        })
    };
    let ids: Vec<Uuid> = places().map(|(id, _, _)| id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = places().map(|(_, name, _)| name.clone()).collect();
    let blobs: Vec<String> = places()
        .map(|(_, _, at)| at.blob.as_str().to_owned())
        .collect();
    let types: Vec<String> = places()
        .map(|(_, _, at)| at.format.media_type().to_owned())
        .collect();
    let sizes: Vec<i64> = places().map(|(_, _, at)| to_sql(at.size_bytes)).collect();
    sqlx::query!(
        "INSERT INTO picture_rendition (picture, name, blob, media_type, size_bytes)
         SELECT * FROM UNNEST($1::UUID[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::BIGINT[])
         ON CONFLICT (picture, name) DO UPDATE SET
             blob = excluded.blob, media_type = excluded.media_type, size_bytes = excluded.size_bytes",
        &ids,
        &names,
        &blobs,
        &types,
        &sizes
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What was removed lies nowhere.
async fn forget_places_in_tx(
    tx: &mut PgConnection,
    rows: &[(Uuid, PictureRow)],
) -> Result<(), sqlx::Error> {
    let removed = |(_, row): &&(Uuid, PictureRow)| row.document.removal.is_some();
    let removed: Vec<Uuid> = rows.iter().filter(removed).map(|(id, _)| *id).collect();
    if removed.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "DELETE FROM picture_rendition WHERE picture = ANY($1)",
        &removed
    )
    .execute(tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::media::picture::{PictureFormat, Rendition};

    use super::{super::SourceSet, *};

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

    #[test]
    fn of_a_removed_picture_nothing_is_shown_but_that_it_was_there_and_who_agreed() {
        let id = PictureId::new(Uuid::from_u128(9));
        let [uploaded, processed, _, _, given, withdrawn, removed] =
            PictureEvent::samples().try_into().unwrap();
        let evolve =
            |document, event| PictureDocument::evolve(document, id, event, "2026-01-01T00:00:00Z");
        let agreed = [&uploaded, &processed, &given]
            .into_iter()
            .fold(None, evolve)
            .unwrap();
        assert!(agreed.is_consented());
        let gone = [&withdrawn, &removed]
            .into_iter()
            .fold(Some(agreed), evolve)
            .unwrap();
        assert!(!gone.is_consented());
        assert_eq!(
            (gone.status.as_str(), gone.renditions.len()),
            ("removed", 0)
        );
        assert_eq!(gone.mean_colour, None);
        assert_eq!(PictureDisplay::of(&gone), None);
        assert_eq!(gone.removal.unwrap().reason, Removal::Expired);
    }

    #[test]
    fn a_processed_picture_can_be_put_into_a_page() {
        let id = PictureId::new(Uuid::from_u128(9));
        let [uploaded, mut processed, _, chosen, ..]: [_; 7] =
            PictureEvent::samples().try_into().unwrap();
        if let PictureEvent::PictureProcessed {
            renditions,
            thumbhash,
            ..
        } = &mut processed
        {
            for (name, format, width_px) in [
                ("160.avif", PictureFormat::Avif, 160),
                ("400.avif", PictureFormat::Avif, 400),
                ("400.jpg", PictureFormat::Jpeg, 400),
                ("1600.jpg", PictureFormat::Jpeg, 1_600),
            ] {
                let stored = StoredPicture {
                    format,
                    width_px,
                    ..StoredPicture::sample()
                };
                let name = name.to_owned();
                renditions.push(Rendition { name, stored });
            }
            *thumbhash = Some("MwgKDIKodYeAmHV4dpd3i4h4h/CL".to_owned());
        }
        let evolve =
            |document, event| PictureDocument::evolve(document, id, event, "2026-01-01T00:00:00Z");
        let uploaded = evolve(None, &uploaded).unwrap();
        assert_eq!(PictureDisplay::of(&uploaded), None);
        let document = [&processed, &chosen]
            .into_iter()
            .fold(Some(uploaded), evolve)
            .unwrap();
        let display = PictureDisplay::of(&document).unwrap();
        let at = |name| format!("/v1/pictures/{id}/{name}");
        assert_eq!((display.width_px, display.height_px), (768, 1024));
        assert_eq!(
            display.thumbhash.as_deref(),
            Some("MwgKDIKodYeAmHV4dpd3i4h4h/CL")
        );
        assert_eq!(
            display.focal_point,
            Some(FocalPointDocument { x: 0.5, y: 0.125 })
        );
        assert_eq!(display.src, at("400.jpg"));
        assert_eq!(
            display.sources[0],
            SourceSet {
                media_type: "image/avif".to_owned(),
                srcset: format!("{} 160w, {} 400w", at("160.avif"), at("400.avif")),
            }
        );
        assert_eq!(
            display.sources[1].srcset,
            format!("{} 400w", at("400.webp"))
        );
        assert_eq!(display.sources.len(), 3);
    }
}
