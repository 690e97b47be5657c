//! The try-on engine behind the internal gRPC: previews and checks ask it directly.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use command_api::{Checking, Finding, FindingSubject, FittingRoom, no_engine};
use domain::shared::Category;
use http::Uri;
use http_kit::Problem;
use proto::{
    InternalToken, SaysToken,
    tryon::v1::{CheckRequest, Subject, try_on_engine_client::TryOnEngineClient},
};
use tonic::{
    Code, Status,
    service::interceptor::InterceptedService,
    transport::{Channel, Endpoint},
};

/// How long the engine may take for one answer.
pub(crate) const ENGINE_PATIENCE: Duration = Duration::from_secs(30);

/// Two uploads at their longest, and what is around them.
const LONGEST_REQUEST: usize = 41 << 20;

/// An engine in another process. Cheap to clone; connects when it is first asked.
pub(crate) type Engine = TryOnEngineClient<InterceptedService<Channel, SaysToken>>;

/// The engine at this address.
pub(crate) fn engine(url: &Uri, token: &InternalToken) -> Engine {
    let channel = Endpoint::from(url.clone())
        .connect_timeout(Duration::from_secs(2))
        .timeout(ENGINE_PATIENCE)
        .connect_lazy();
    TryOnEngineClient::with_interceptor(channel, token.said())
        .max_decoding_message_size(proto::MAX_PICTURE_BYTES)
        .max_encoding_message_size(LONGEST_REQUEST)
}

/// What an engine says that gives no answer.
pub(crate) fn unavailable(status: &Status) -> Problem {
    if status.code() == Code::ResourceExhausted {
        return no_engine("all slots are taken");
    }
    tracing::warn!("the engine gave no answer: {status}");
    no_engine("the engine did not answer")
}

/// The fitting room of an engine.
pub(crate) struct EngineRoom(pub(crate) Engine);

impl EngineRoom {
    /// As the command API takes it.
    pub(crate) fn shared(engine: Engine) -> Arc<dyn FittingRoom> {
        Arc::new(Self(engine))
    }
}

impl FittingRoom for EngineRoom {
    fn check(&self, person: Bytes, garment: Bytes, category: Category) -> Checking<'_> {
        let mut engine = self.0.clone();
        let request = CheckRequest {
            person,
            garment,
            category: category.to_string(),
        };
        Box::pin(async move {
            let answer = tokio::time::timeout(ENGINE_PATIENCE, engine.check(request)).await;
            let answer = answer.map_err(|_| no_engine("the engine took too long"))?;
            let answer = answer.map_err(|status| unavailable(&status))?.into_inner();
            Ok(answer.findings.into_iter().filter_map(finding).collect())
        })
    }
}

fn finding(told: proto::tryon::v1::Finding) -> Option<Finding> {
    let subject = match told.subject() {
        Subject::Person => FindingSubject::Person,
        Subject::Garment => FindingSubject::Garment,
        Subject::Both | Subject::Unspecified => FindingSubject::Both,
    };
    told.refusal.map(|refusal| Finding {
        code: refusal.code,
        subject,
        detail: refusal.detail,
    })
}

#[cfg(test)]
mod tests {
    use proto::tryon::v1::Refusal;

    use super::*;

    #[test]
    fn a_finding_keeps_its_code_and_says_which_picture() {
        let told = |subject: Subject| proto::tryon::v1::Finding {
            refusal: Some(Refusal {
                code: "no-person".to_owned(),
                detail: "Use a photo of one person.".to_owned(),
            }),
            subject: subject.into(),
        };
        for (subject, wanted) in [
            (Subject::Person, FindingSubject::Person),
            (Subject::Garment, FindingSubject::Garment),
            (Subject::Both, FindingSubject::Both),
        ] {
            let found = finding(told(subject)).unwrap();
            assert_eq!((found.code.as_str(), found.subject), ("no-person", wanted));
        }
    }

    #[test]
    fn an_engine_without_time_is_no_mistake_of_the_caller() {
        for code in [Code::ResourceExhausted, Code::Unavailable, Code::Internal] {
            let problem = unavailable(&Status::new(code, "no"));
            assert_eq!(
                (problem.status().as_u16(), problem.code()),
                (503, "engine-unavailable")
            );
        }
    }
}
