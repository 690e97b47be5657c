//! One file per view: its rows, its document, how it follows from events.

use jetstream_es::Commit;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::{error::ApplyError, view::AnyView};

mod garment_card;
mod garment_page;
mod picture;
mod tryon_status;

pub use self::{
    garment_card::{Card, GarmentCard},
    garment_page::{GarmentPage, Page},
    picture::{Picture, PictureDocument, Refusal, RenditionDocument},
    tryon_status::{Reason, Status, TryonStatus},
};

/// All views.
pub fn all() -> [AnyView; 4] {
    [
        AnyView::of::<GarmentCard>(),
        AnyView::of::<GarmentPage>(),
        AnyView::of::<TryonStatus>(),
        AnyView::of::<Picture>(),
    ]
}

/// The aggregate's id. Only UUIDs are ever appended.
fn id_of(commit: &Commit) -> Result<Uuid, ApplyError> {
    Uuid::try_parse(&commit.aggregate_id)
        .map_err(|_| ApplyError::Unexpected("the aggregate's id is no UUID"))
}

/// The commit's time, RFC 3339 in UTC.
fn time_of(commit: &Commit) -> Result<String, ApplyError> {
    Ok(commit
        .time
        .to_offset(time::UtcOffset::UTC)
        .format(&Rfc3339)?)
}
