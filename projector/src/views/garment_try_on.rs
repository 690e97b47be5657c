//! Whether a garment can be tried on, as the views of a garment say it: from what happens to the garment and from looks at its pictures.
//!
//! Both have the garment's id and meet in one row. Each keeps to its part of it, and what a document says is worked out of both anew: so it
//! does not matter which came first.

use cqrs_es::Aggregate;
use domain::{
    catalog::garment::{Garment, GarmentEvent},
    shared::{Category, PictureId},
    tryon::suitability::{Cutout, Suitability, SuitabilityEvent, Verdict},
};
use jetstream_es::{Commit, DecodeError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Reason;
use crate::{PictureLink, Source};

/// What happens to garments, and looks at them.
#[derive(Debug)]
pub struct LookedAtGarments;

/// What happened to a garment, or a look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GarmentOrLook {
    /// It happened to the garment.
    Garment(GarmentEvent),
    /// An engine looked at the garment's picture.
    Look(SuitabilityEvent),
}

impl Source for LookedAtGarments {
    const TYPES: &'static [&'static str] = &[Garment::TYPE, Suitability::TYPE];

    type Event = GarmentOrLook;

    fn events(commit: &Commit) -> Result<Vec<GarmentOrLook>, DecodeError> {
        if commit.aggregate_type == Suitability::TYPE {
            let events = commit.decode::<Suitability>()?.into_iter();
            return Ok(events.map(GarmentOrLook::Look).collect());
        }
        let events = commit.decode::<Garment>()?.into_iter();
        Ok(events.map(GarmentOrLook::Garment).collect())
    }

    /// The first look finds the garment's row there.
    fn begins(commit: &Commit) -> bool {
        commit.aggregate_type == Garment::TYPE && commit.from_version == 1
    }
}

/// The latest look at a garment: of which picture it was, and what it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    pub(super) picture: PictureId,
    category: Category,
    verdict: Verdict,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cutout: Option<Cutout>,
}

impl From<SuitabilityEvent> for Looked {
    fn from(event: SuitabilityEvent) -> Self {
        match event {
            SuitabilityEvent::GarmentLookedAt {
                picture,
                category,
                verdict,
                cutout,
                ..
            } => Self {
                picture,
                category,
                verdict,
                cutout,
            },
        }
    }
}

/// Whether a garment can be tried on; as the client gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GarmentTryOn {
    /// `ready`, `unsupported`, or `unknown`: nobody has looked at its picture yet.
    pub state: String,
    /// Why it is unsupported.
    pub reason: Option<Reason>,
}

impl GarmentTryOn {
    /// Nobody has looked yet.
    pub fn unknown() -> Self {
        Self {
            state: "unknown".to_owned(),
            reason: None,
        }
    }

    /// What the latest look says of a garment that has this picture and this category. A picture never changes under its id, so a look
    /// at another id, or one for another category, says nothing.
    pub fn of(picture: Option<&PictureLink>, category: Category, looked: Option<&Looked>) -> Self {
        let picture = picture.map(|picture| picture.id);
        let holds =
            |looked: &&Looked| Some(looked.picture) == picture && looked.category == category;
        match looked.filter(holds).map(|looked| &looked.verdict) {
            None => Self::unknown(),
            Some(Verdict::Ready) => Self {
                state: "ready".to_owned(),
                reason: None,
            },
            Some(Verdict::Unsupported { reason }) => Self {
                state: "unsupported".to_owned(),
                reason: Some(Reason {
                    code: reason.code.clone(),
                    detail: reason.detail.clone(),
                }),
            },
        }
    }
}

/// A look as it is stored beside a document.
pub(super) fn looked(stored: Option<&str>) -> Result<Option<Looked>, serde_json::Error> {
    stored.map(serde_json::from_str).transpose()
}

/// The looks of the rows, as they are stored.
pub(super) fn looks<R>(
    rows: &[(Uuid, R)],
    of: impl Fn(&R) -> Option<&Looked>,
) -> Result<Vec<Option<String>>, serde_json::Error> {
    let stored = |(_, row): &(Uuid, R)| of(row).map(serde_json::to_string).transpose();
    rows.iter().map(stored).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Facts, View,
        views::{Card, CardRow, GarmentCard, GarmentCutout, GarmentPage, Page, PageRow},
    };

    fn look(picture: u128, category: Category, verdict: Verdict) -> GarmentOrLook {
        let SuitabilityEvent::GarmentLookedAt {
            blob, engine, pack, ..
        } = SuitabilityEvent::samples().swap_remove(0);
        GarmentOrLook::Look(SuitabilityEvent::GarmentLookedAt {
            picture: PictureId::new(Uuid::from_u128(picture)),
            blob,
            category,
            engine,
            pack,
            verdict,
            cutout: Some(cutout_of(picture)),
        })
    }

    /// Another one of each picture.
    fn cutout_of(picture: u128) -> Cutout {
        Cutout {
            picture: PictureId::new(Uuid::from_u128(100 + picture)),
            ..Cutout::sample()
        }
    }

    fn attached(picture: u128) -> GarmentOrLook {
        GarmentOrLook::Garment(GarmentEvent::PictureAttached {
            picture: PictureId::new(Uuid::from_u128(picture)),
        })
    }

    fn garment() -> Vec<GarmentOrLook> {
        let samples = GarmentEvent::samples().into_iter();
        samples.map(GarmentOrLook::Garment).collect()
    }

    /// What list and page say after these events.
    fn said(events: &[GarmentOrLook]) -> (GarmentTryOn, GarmentTryOn) {
        let (card, page) = documents(events);
        (card.try_on, page.try_on.unwrap())
    }

    /// List and page after these events.
    fn documents(events: &[GarmentOrLook]) -> (Card, Page) {
        let fold = |(card, page): (Option<CardRow>, Option<PageRow>), (index, event)| {
            let facts = Facts {
                id: Uuid::from_u128(1),
                sequence: index,
                at: "2026-01-01T00:00:00Z".to_owned(),
                actor: None,
            };
            let event: &GarmentOrLook = event;
            (
                GarmentCard::fold(card, event.clone(), &facts),
                GarmentPage::fold(page, event.clone(), &facts),
            )
        };
        let (card, page) = (1..).zip(events).fold((None, None), fold);
        (card.unwrap().card(), page.unwrap().page())
    }

    /// Every way in which the events of the second list can come between those of the first, after its first one.
    fn interleaved(first: &[GarmentOrLook], second: &[GarmentOrLook]) -> Vec<Vec<GarmentOrLook>> {
        let (Some((last, before)), true) = (second.split_last(), first.len() > 1) else {
            return vec![[first, second].concat()];
        };
        let mut all = Vec::new();
        for end in 1..=first.len() {
            let (head, tail) = first.split_at(end);
            for mut merged in interleaved(head, before) {
                merged.push(last.clone());
                merged.extend_from_slice(tail);
                all.push(merged);
            }
        }
        all
    }

    #[test]
    fn whichever_comes_first_the_documents_say_the_same() {
        let mut events = garment();
        events.extend([attached(8), attached(7), attached(9)]);
        let ready = look(9, Category::Tops, Verdict::Ready);
        let SuitabilityEvent::GarmentLookedAt { verdict, .. } =
            SuitabilityEvent::samples().swap_remove(0);
        let looks = [
            look(7, Category::Tops, verdict.clone()),
            look(8, Category::Dresses, Verdict::Ready),
            ready,
        ];
        let orders = interleaved(&events, &looks);
        assert!(orders.len() > 300, "{}", orders.len());
        for order in &orders {
            let (card, page) = said(order);
            assert_eq!((card.state.as_str(), &card), ("ready", &page), "{order:?}");
        }
        // The last look is about a picture that the garment has no more.
        for order in interleaved(&events, &looks[..2]) {
            assert_eq!(said(&order).0, GarmentTryOn::unknown(), "{order:?}");
        }
    }

    #[test]
    fn a_verdict_holds_while_picture_and_category_stay() {
        let mut events = garment();
        assert_eq!(said(&events).0.state, "unknown");
        let SuitabilityEvent::GarmentLookedAt { verdict, .. } =
            SuitabilityEvent::samples().swap_remove(0);
        events.push(look(7, Category::Tops, verdict));
        let (card, page) = said(&events);
        assert_eq!(card, page);
        assert_eq!(card.state, "unsupported");
        assert_eq!(card.reason.unwrap().code, "garment-touches-border");
        events.push(attached(8));
        assert_eq!(said(&events).0.state, "unknown");
        events.push(attached(7));
        assert_eq!(said(&events).0.state, "unsupported");
    }

    #[test]
    fn a_cutout_is_of_the_picture_that_the_garment_has_now() {
        let shown = |events: &[GarmentOrLook]| {
            let (card, page) = documents(events);
            assert_eq!(card.cutout, page.cutout);
            card.cutout
        };
        let of = |picture| Some(GarmentCutout::from(&cutout_of(picture)));
        let mut events = garment();
        assert_eq!(shown(&events), None);
        events.push(look(7, Category::Tops, Verdict::Ready));
        assert_eq!(shown(&events), of(7));
        events.push(attached(8));
        assert_eq!(shown(&events), None);
        // In another category the same is cut out.
        events.push(look(8, Category::Dresses, Verdict::Ready));
        assert_eq!(shown(&events), of(8));
        assert_eq!(said(&events).0, GarmentTryOn::unknown());
        // Nothing was found in the last one.
        let mut nothing = look(8, Category::Tops, Verdict::Ready);
        if let GarmentOrLook::Look(SuitabilityEvent::GarmentLookedAt { cutout, .. }) = &mut nothing
        {
            *cutout = None;
        }
        events.push(nothing);
        assert_eq!(shown(&events), None);
    }

    #[test]
    fn nothing_is_known_of_a_garment_that_was_never_added() {
        let facts = Facts {
            id: Uuid::from_u128(1),
            sequence: 1,
            at: "2026-01-01T00:00:00Z".to_owned(),
            actor: None,
        };
        let look = || look(7, Category::Tops, Verdict::Ready);
        assert!(GarmentCard::fold(None, look(), &facts).is_none());
        assert!(GarmentPage::fold(None, look(), &facts).is_none());
    }
}
