//! `drape.tryon.v1.TryOnEngine`: what the engine is, try-ons that nobody stores, and whether one would succeed.

use std::{ops::ControlFlow, sync::Arc};

use domain::shared::Category;
use prost::Message;
use proto::tryon::v1::{
    self as wire, CheckRequest, CheckResponse, DescribeRequest, DescribeResponse, ModelPack,
    PreviewRequest, PreviewResponse, REFUSAL_TRAILER, Refusal, Stage,
    try_on_engine_server::TryOnEngine,
};
use tokio::sync::Semaphore;
use tonic::{
    Code, Request, Response, Status,
    metadata::{BinaryMetadataValue, MetadataMap},
};

use super::{
    port::{Failure, Finding, Finished, Subject, TryOn, Wish},
    quiet::Quiet,
};

/// The service. It makes as many previews at once as it has slots.
#[derive(Clone)]
pub(crate) struct Preview {
    pub(crate) engine: Arc<dyn TryOn>,
    pub(crate) slots: Arc<Semaphore>,
    pub(crate) quiet: Quiet,
}

#[tonic::async_trait]
impl TryOnEngine for Preview {
    async fn describe(
        &self,
        _: Request<DescribeRequest>,
    ) -> Result<Response<DescribeResponse>, Status> {
        let description = self.engine.describe();
        let packs = description.packs.into_iter().map(|pack| ModelPack {
            name: pack.name,
            version: pack.version,
            licence: pack.licence,
            sha256: pack.sha256,
        });
        Ok(Response::new(DescribeResponse {
            engine: description.engine,
            version: description.version,
            packs: packs.collect(),
            onnxruntime: description.onnxruntime.unwrap_or_default(),
            categories: Category::ALL.iter().map(ToString::to_string).collect(),
            max_side_px: description.max_side_px,
        }))
    }

    async fn preview(
        &self,
        request: Request<PreviewRequest>,
    ) -> Result<Response<PreviewResponse>, Status> {
        let PreviewRequest {
            person,
            garment,
            category,
            ..
        } = request.into_inner();
        let category = parse(&category)?;
        let dressed = self.at_work(move |engine| {
            let wish = Wish::default();
            engine.try_on(&person, &garment, category, wish, &mut |_, _| {
                ControlFlow::Continue(())
            })
        });
        let finished = dressed.await?.map_err(status)?;
        Ok(Response::new(response(
            finished,
            self.engine.describe().label(),
        )))
    }

    async fn check(
        &self,
        request: Request<CheckRequest>,
    ) -> Result<Response<CheckResponse>, Status> {
        let CheckRequest {
            person,
            garment,
            category,
        } = request.into_inner();
        let category = parse(&category)?;
        let checked = self.at_work(move |engine| engine.check(&person, &garment, category));
        let findings = checked.await?.map_err(status)?;
        Ok(Response::new(CheckResponse {
            findings: findings.into_iter().map(finding).collect(),
        }))
    }
}

impl Preview {
    /// Does something on a thread of its own, if a slot is free.
    async fn at_work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn TryOn) -> T + Send + 'static,
    ) -> Result<T, Status> {
        let slot = Arc::clone(&self.slots)
            .try_acquire_owned()
            .map_err(|_| Status::resource_exhausted("all slots are taken, try again later"))?;
        let engine = Arc::clone(&self.engine);
        let noise = self.quiet.disturb();
        let work = tokio::task::spawn_blocking(move || {
            let _held = (slot, noise);
            work(&*engine)
        });
        work.await
            .map_err(|_| Status::internal("the engine's thread ended without an answer"))
    }
}

fn parse(category: &str) -> Result<Category, Status> {
    category
        .parse()
        .map_err(|error| Status::invalid_argument(format!("{error}")))
}

fn finding(found: Finding) -> wire::Finding {
    let subject = match found.subject {
        Subject::Person => wire::Subject::Person,
        Subject::Garment => wire::Subject::Garment,
        Subject::Both => wire::Subject::Both,
    };
    wire::Finding {
        refusal: Some(Refusal {
            code: found.code,
            detail: found.detail,
        }),
        subject: subject.into(),
    }
}

fn response(finished: Finished, engine: String) -> PreviewResponse {
    let stages = finished.stages.into_iter().map(|(name, took)| Stage {
        name: name.to_owned(),
        ms: took.as_secs_f64() * 1_000.0,
    });
    PreviewResponse {
        image: finished.png.into(),
        media_type: "image/png".to_owned(),
        width_px: finished.width_px,
        height_px: finished.height_px,
        stages: stages.collect(),
        engine,
    }
}

fn status(failure: Failure) -> Status {
    match failure {
        Failure::Refused { code, detail } => {
            let message = format!("{code}: {detail}");
            let refusal = Refusal { code, detail }.encode_to_vec();
            let mut trailers = MetadataMap::new();
            trailers.insert_bin(REFUSAL_TRAILER, BinaryMetadataValue::from_bytes(&refusal));
            Status::with_metadata(Code::FailedPrecondition, message, trailers)
        }
        Failure::Stopped => Status::cancelled("the worker stops"),
        Failure::Fault(fault) => {
            tracing::warn!("a preview failed: {fault}");
            Status::internal("the engine failed")
        }
    }
}
