//! What a decision about a garment needs to remember, and no more.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    AddGarment, AddGarmentRejection, AttachPicture, AttachPictureRejection, ChangeListPrice,
    ChangeListPriceRejection, ChangePrice, ChangePriceRejection, ChangeSizePrice,
    ChangeSizePriceRejection, GarmentDetails, GarmentEvent, ImportGarment, ImportGarmentRejection,
    PublishAsPlanned, PublishAsPlannedRejection, PublishGarment, PublishGarmentRejection,
    RestoreGarment, RestoreGarmentRejection, RetireGarment, RetireGarmentRejection, ReviseGarment,
    ReviseGarmentRejection, SchedulePublication, SchedulePublicationRejection,
};
use crate::{
    decision::commands,
    shared::{Moment, Money, PictureId, Size, Slug},
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
    #[serde(default)]
    pub(super) size_prices: BTreeMap<Size, Money>,
    #[serde(default)]
    pub(super) list_prices: BTreeMap<Slug, Money>,
    #[serde(default)]
    pub(super) publish_at: Option<Moment>,
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

    /// Sizes that cost something else than the others.
    pub fn size_prices(&self) -> &BTreeMap<Size, Money> {
        &self.size_prices
    }

    /// What it costs by price lists.
    pub fn list_prices(&self) -> &BTreeMap<Slug, Money> {
        &self.list_prices
    }

    /// When a draft is to be published, if that is planned.
    pub fn publish_at(&self) -> Option<&Moment> {
        self.publish_at.as_ref()
    }

    /// Prices of sizes in which it will no longer come, taken away: should it come in them again, they start without one.
    pub(super) fn without_prices_of_dropped_sizes(
        &self,
        details: &GarmentDetails,
    ) -> impl Iterator<Item = GarmentEvent> {
        let dropped = self.size_prices.keys();
        let dropped = dropped.filter(|size| !details.sizes.contains(size));
        dropped.map(|size| GarmentEvent::SizePriceChanged {
            size: size.clone(),
            price: None,
        })
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
            GarmentEvent::SizePriceChanged { size, price } => {
                put(&mut self.size_prices, size, price);
            }
            GarmentEvent::ListPriceChanged { list, price } => {
                put(&mut self.list_prices, list, price);
            }
            GarmentEvent::PublicationScheduled { at } => self.publish_at = Some(at),
            GarmentEvent::PublicationUnscheduled {} => self.publish_at = None,
            GarmentEvent::PictureAttached { picture } => self.picture = Some(picture),
            GarmentEvent::GarmentPublished {} => {
                self.status = GarmentStatus::Published;
                self.publish_at = None;
            }
            GarmentEvent::GarmentRetired {} => {
                self.status = GarmentStatus::Retired;
                self.publish_at = None;
            }
        }
    }
}

fn put<K: Ord>(prices: &mut BTreeMap<K, Money>, of: K, price: Option<Money>) {
    match price {
        Some(price) => prices.insert(of, price),
        None => prices.remove(&of),
    };
}

commands! {
    Garment: "catalog.garment", GarmentEvent;
    GarmentCommand, GarmentRejection {
        AddGarment or AddGarmentRejection,
        ReviseGarment or ReviseGarmentRejection,
        ChangePrice or ChangePriceRejection,
        ChangeSizePrice or ChangeSizePriceRejection,
        ChangeListPrice or ChangeListPriceRejection,
        SchedulePublication or SchedulePublicationRejection,
        PublishAsPlanned or PublishAsPlannedRejection,
        AttachPicture or AttachPictureRejection,
        PublishGarment or PublishGarmentRejection,
        RestoreGarment or RestoreGarmentRejection,
        ImportGarment or ImportGarmentRejection,
        RetireGarment or RetireGarmentRejection,
    }
}
