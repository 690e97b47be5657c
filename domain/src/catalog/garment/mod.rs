//! A garment: one style in one colour. Added as a draft, revised, priced, pictured, restored, scheduled, published, retired.

mod add_garment;
mod attach_picture;
mod change_list_price;
mod change_price;
mod change_size_price;
mod events;
mod import_garment;
mod publish_as_planned;
mod publish_garment;
mod restore_garment;
mod retire_garment;
mod revise_garment;
mod schedule_publication;
mod state;

pub use self::{
    add_garment::{AddGarment, AddGarmentRejection},
    attach_picture::{AttachPicture, AttachPictureRejection},
    change_list_price::{ChangeListPrice, ChangeListPriceRejection},
    change_price::{ChangePrice, ChangePriceRejection},
    change_size_price::{ChangeSizePrice, ChangeSizePriceRejection},
    events::{GarmentDetails, GarmentEvent, LocalText},
    import_garment::{ImportGarment, ImportGarmentRejection, WantedStatus},
    publish_as_planned::{PublishAsPlanned, PublishAsPlannedRejection},
    publish_garment::{PublishGarment, PublishGarmentRejection},
    restore_garment::{RestoreGarment, RestoreGarmentRejection},
    retire_garment::{RetireGarment, RetireGarmentRejection},
    revise_garment::{ReviseGarment, ReviseGarmentRejection},
    schedule_publication::{SchedulePublication, SchedulePublicationRejection},
    state::{Garment, GarmentCommand, GarmentRejection, GarmentStatus},
};
