//! Garments: added, revised, priced, pictured, restored, scheduled, published, retired.

mod add_garment;
mod attach_picture;
mod change_list_price;
mod change_price;
mod change_size_price;
mod details;
mod details_schema;
mod execute;
mod publish_garment;
mod restore_garment;
mod retire_garment;
mod revise_garment;
mod schedule_publication;

pub(crate) use self::details::LocalTextBody;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::CommandApi;

/// The endpoints.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new()
        .routes(routes!(add_garment::add_garment))
        .routes(routes!(revise_garment::revise_garment))
        .routes(routes!(change_price::change_price))
        .routes(routes!(change_size_price::change_size_price))
        .routes(routes!(change_list_price::change_list_price))
        .routes(routes!(schedule_publication::schedule_publication))
        .routes(routes!(attach_picture::attach_picture))
        .routes(routes!(restore_garment::restore_garment))
        .routes(routes!(publish_garment::publish_garment))
        .routes(routes!(retire_garment::retire_garment))
}
