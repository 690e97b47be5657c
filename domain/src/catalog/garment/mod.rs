//! A garment: added as a draft, revised, priced, pictured, restored, published, retired.

mod add_garment;
mod attach_picture;
mod change_price;
mod events;
mod publish_garment;
mod restore_garment;
mod retire_garment;
mod revise_garment;
mod state;

pub use self::{
    add_garment::{AddGarment, AddGarmentRejection},
    attach_picture::{AttachPicture, AttachPictureRejection},
    change_price::{ChangePrice, ChangePriceRejection},
    events::{GarmentDetails, GarmentEvent},
    publish_garment::{PublishGarment, PublishGarmentRejection},
    restore_garment::{RestoreGarment, RestoreGarmentRejection},
    retire_garment::{RetireGarment, RetireGarmentRejection},
    revise_garment::{ReviseGarment, ReviseGarmentRejection},
    state::{Garment, GarmentCommand, GarmentRejection, GarmentStatus},
};
