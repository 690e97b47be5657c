//! Keeps a garment that a worker cut out of its picture, as a picture of its own beside that one.

use bytes::Bytes;
use domain::{
    media::picture::{Purpose, RecordUpload, StoredPicture},
    shared::{BlobHash, PictureId},
    tryon::suitability::Cutout,
};
use imaging::{Format, Limits, PictureError};
use proto::media::v1::WriteHeader;
use tonic::Status;

use crate::media_service::{MediaService, picture_id, unusable};

/// What became of the file.
struct Checked {
    file: Bytes,
    width_px: u32,
    height_px: u32,
}

impl MediaService {
    /// Stores what was cut out of the picture that shows the garment. Nothing else can be stored that way: the id follows from that picture
    /// and from the file, and the file has its proportions, no more pixels, and a ground that is transparent.
    pub(crate) async fn keep_cutout(
        &self,
        id: PictureId,
        header: &WriteHeader,
        file: Bytes,
    ) -> Result<RecordUpload, Status> {
        let cut_from = picture_id(&header.cut_from)?;
        let hash = blob_store::BlobHash::of(&file).to_string();
        let hash = BlobHash::parse(&hash).map_err(|error| Status::internal(error.to_string()))?;
        if Cutout::picture_of(cut_from, &hash) != id {
            return Err(Status::invalid_argument(
                "the id is not that of this file cut out of this picture",
            ));
        }
        let (source, _) = self.find(cut_from, "original").await?;
        let shown = self.file(&source, None).await?;
        let checked = self.pool.run(move || check(file, &shown, &source));
        let checked = unusable(checked.await)??;
        let original = self.put(
            None,
            checked.file,
            Format::Png,
            checked.width_px,
            checked.height_px,
        );
        Ok(RecordUpload {
            purpose: Purpose::Cutout,
            owner: None,
            original: original.await?,
            consent: None,
        })
    }
}

/// Whether the file is what it is said to be. What is said of the picture that it was cut from is said of it as well.
fn check(
    file: Bytes,
    shown: &[u8],
    source: &StoredPicture,
) -> Result<Result<Checked, Status>, PictureError> {
    let format = imaging::inspect_within(&file, &Limits::STORED)?.format;
    let picture = imaging::decode_within(&file, &Limits::STORED)?;
    let (width_px, height_px) = (picture.width_px(), picture.height_px());
    if format != Format::Png || !picture.has_alpha() {
        let why = "a cut-out is a PNG with a transparent ground";
        return Ok(Err(Status::invalid_argument(why)));
    }
    if !is_smaller((width_px, height_px), (source.width_px, source.height_px)) {
        let why = "a cut-out has the proportions of its picture, and no more pixels";
        return Ok(Err(Status::invalid_argument(why)));
    }
    let file = if imaging::xmp::is_ai_generated(shown) {
        imaging::xmp::mark_ai_generated(&file)?.into()
    } else {
        file
    };
    Ok(Ok(Checked {
        file,
        width_px,
        height_px,
    }))
}

/// Whether a picture of this size shows all of one of that size, whose sides were rounded when it was made smaller.
fn is_smaller((width, height): (u32, u32), whole: (u32, u32)) -> bool {
    let across = u64::from(width) * u64::from(whole.1);
    let down = u64::from(height) * u64::from(whole.0);
    let rounding = u64::from(whole.0.max(whole.1));
    width <= whole.0 && height <= whole.1 && across.abs_diff(down) <= rounding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smaller_picture_may_be_rounded_and_no_more() {
        assert!(is_smaller((600, 800), (600, 800)));
        assert!(is_smaller((534, 800), (1_000, 1_499)));
        assert!(!is_smaller((600, 801), (600, 800)));
        assert!(!is_smaller((530, 800), (1_000, 1_499)));
        assert!(!is_smaller((800, 600), (1_200, 1_600)));
    }
}
