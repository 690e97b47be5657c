//! Ask to see a garment on a person.

use super::{Request, Session, SessionEvent};
use crate::{decision::Decide, rejection::rejections};

/// Ask to see a garment on a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestTryOn {
    /// What is asked for.
    pub request: Request,
}

rejections! {
    /// Why a try-on is not requested.
    RequestTryOnRejection {
        AlreadyRequested => "try-on-already-requested", Conflict, "another try-on has this id already";
    }
}

impl Decide<Session> for RequestTryOn {
    type Rejection = RequestTryOnRejection;

    fn decide(&self, session: &Session) -> Result<Vec<SessionEvent>, RequestTryOnRejection> {
        match &session.request {
            Some(request) if *request == self.request => Ok(vec![]),
            Some(_) => Err(RequestTryOnRejection::AlreadyRequested),
            None => Ok(vec![SessionEvent::TryOnRequested {
                person: self.request.person,
                garment: self.request.garment,
                garment_picture: self.request.garment_picture,
                category: self.request.category,
                requested_by: self.request.requested_by,
                mode: self.request.mode,
                seed: self.request.seed,
                cancel_after_s: self.request.cancel_after_s,
                over: self.request.over,
            }]),
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::super::Mode;
    use super::*;
    use crate::shared::{AccountId, Category, GarmentId, PictureId};

    fn request(category: Category) -> RequestTryOn {
        use uuid::Uuid;
        RequestTryOn {
            request: Request {
                person: PictureId::new(Uuid::from_u128(1)),
                garment: GarmentId::new(Uuid::from_u128(2)),
                garment_picture: PictureId::new(Uuid::from_u128(7)),
                category,
                requested_by: AccountId::new(Uuid::from_u128(3)),
                mode: Mode::Balanced,
                seed: 0,
                cancel_after_s: None,
                over: None,
            },
        }
    }

    #[test]
    fn a_try_on_is_requested_once() {
        let requested = SessionEvent::samples().swap_remove(0);
        TestFramework::<Session>::with(())
            .given_no_previous_events()
            .when(request(Category::Tops).into())
            .then_expect_events(vec![requested.clone()]);
        TestFramework::<Session>::with(())
            .given(vec![requested.clone()])
            .when(request(Category::Tops).into())
            .then_expect_events(vec![]);
        TestFramework::<Session>::with(())
            .given(vec![requested.clone()])
            .when(request(Category::Dresses).into())
            .then_expect_error(RequestTryOnRejection::AlreadyRequested.into());
        let mut fast = request(Category::Tops);
        fast.request.mode = Mode::Fast;
        let mut another = request(Category::Tops);
        another.request.seed = 1;
        for other in [fast, another] {
            TestFramework::<Session>::with(())
                .given(vec![requested.clone()])
                .when(other.into())
                .then_expect_error(RequestTryOnRejection::AlreadyRequested.into());
        }
    }
}
