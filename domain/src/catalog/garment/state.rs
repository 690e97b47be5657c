//! What a decision about a garment needs to remember, and no more.

use serde::{Deserialize, Serialize};

use super::{
    AddGarment, AddGarmentRejection, AttachPicture, AttachPictureRejection, ChangePrice,
    ChangePriceRejection, GarmentDetails, GarmentEvent, PublishGarment, PublishGarmentRejection,
    RestoreGarment, RestoreGarmentRejection, RetireGarment, RetireGarmentRejection, ReviseGarment,
    ReviseGarmentRejection,
};
use crate::{
    decision::commands,
    shared::{Money, PictureId},
};

/// How far a garment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum GarmentStatus {
    /// Not in the catalogue.
    #[default]
    Unknown,
    /// Only merchandisers see it.
    Draft,
    /// Shoppers see it.
    Published,
    /// Off sale for good.
    Retired,
}

/// A garment, as its rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Garment {
    pub(super) status: GarmentStatus,
    pub(super) details: Option<GarmentDetails>,
    pub(super) price: Option<Money>,
    pub(super) picture: Option<PictureId>,
}

impl Garment {
    /// How far it has come.
    pub fn status(&self) -> GarmentStatus {
        self.status
    }

    /// What is said about it; none before it was added.
    pub fn details(&self) -> Option<&GarmentDetails> {
        self.details.as_ref()
    }

    /// What it costs; none before it was added.
    pub fn price(&self) -> Option<Money> {
        self.price
    }

    /// The picture that shows it, once there is one.
    pub fn picture(&self) -> Option<PictureId> {
        self.picture
    }

    pub(super) fn evolve(&mut self, event: GarmentEvent) {
        match event {
            GarmentEvent::GarmentAdded { details, price } => {
                self.status = GarmentStatus::Draft;
                self.details = Some(details);
                self.price = Some(price);
            }
            GarmentEvent::GarmentRevised { details } => self.details = Some(details),
            GarmentEvent::PriceChanged { price } => self.price = Some(price),
            GarmentEvent::PictureAttached { picture } => self.picture = Some(picture),
            GarmentEvent::GarmentPublished {} => self.status = GarmentStatus::Published,
            GarmentEvent::GarmentRetired {} => self.status = GarmentStatus::Retired,
        }
    }
}

commands! {
    Garment: "catalog.garment", GarmentEvent;
    GarmentCommand, GarmentRejection {
        AddGarment or AddGarmentRejection,
        ReviseGarment or ReviseGarmentRejection,
        ChangePrice or ChangePriceRejection,
        AttachPicture or AttachPictureRejection,
        PublishGarment or PublishGarmentRejection,
        RestoreGarment or RestoreGarmentRejection,
        RetireGarment or RetireGarmentRejection,
    }
}
