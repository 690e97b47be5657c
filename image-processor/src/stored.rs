//! From encoded bytes to a blob with its description.

use blob_store::{BlobError, Blobs};
use bytes::Bytes;
use domain::{
    media::picture::{PictureFormat, StoredPicture},
    shared::BlobHash,
};
use imaging::{Format, RenditionFormat};
use provenance::credentials::MediaType;
use thiserror::Error;

/// Why the bytes are not stored.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    #[error("the picture was not stored")]
    Blob(#[from] BlobError),
    #[error("the blob store's name for the picture is no blob hash")]
    Hash(#[from] domain::shared::BlobHashError),
}

/// Stores encoded bytes under their hash.
pub(crate) async fn store(
    blobs: Blobs<'_>,
    bytes: Bytes,
    format: PictureFormat,
    width_px: u32,
    height_px: u32,
) -> Result<StoredPicture, StoreError> {
    let size_bytes = bytes.len() as u64;
    let blob = BlobHash::parse(&blobs.put(bytes).await?.to_string())?;
    Ok(StoredPicture {
        blob,
        format,
        width_px,
        height_px,
        size_bytes,
    })
}

/// How an original is written, in the events' words.
pub(crate) const fn original_format(format: Format) -> PictureFormat {
    match format {
        Format::Jpeg => PictureFormat::Jpeg,
        Format::Png => PictureFormat::Png,
        Format::WebP => PictureFormat::Webp,
    }
}

/// How a rendition is written, in the events' words.
pub(crate) const fn rendition_format(format: RenditionFormat) -> PictureFormat {
    match format {
        RenditionFormat::Avif => PictureFormat::Avif,
        RenditionFormat::Jpeg => PictureFormat::Jpeg,
        RenditionFormat::WebP => PictureFormat::Webp,
    }
}

/// How an original is written, in the words of whoever signs it.
pub(crate) const fn media_type(format: Format) -> MediaType {
    match format {
        Format::Jpeg => MediaType::Jpeg,
        Format::Png => MediaType::Png,
        Format::WebP => MediaType::WebP,
    }
}

/// The same of a rendition. An AVIF has no place for a mark: results have none.
pub(crate) const fn rendition_media_type(format: RenditionFormat) -> Option<MediaType> {
    match format {
        RenditionFormat::Avif => None,
        RenditionFormat::Jpeg => Some(MediaType::Jpeg),
        RenditionFormat::WebP => Some(MediaType::WebP),
    }
}

/// The same name in the blob store's own type.
pub(crate) fn address(blob: &BlobHash) -> Result<blob_store::BlobHash, blob_store::InvalidHash> {
    blob.as_str().parse()
}
