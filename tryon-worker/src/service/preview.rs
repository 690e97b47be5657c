//! `drape.tryon.v1.TryOnEngine`: what the engine is, and try-ons that nobody stores.

use std::{ops::ControlFlow, sync::Arc};

use domain::shared::Category;
use prost::Message;
use proto::tryon::v1::{
    DescribeRequest, DescribeResponse, ModelPack, PreviewRequest, PreviewResponse, REFUSAL_TRAILER,
    Refusal, Stage, try_on_engine_server::TryOnEngine,
};
use tokio::sync::Semaphore;
use tonic::{
    Code, Request, Response, Status,
    metadata::{BinaryMetadataValue, MetadataMap},
};

use super::port::{Failure, Finished, TryOn};

/// The service. It makes as many previews at once as it has slots.
#[derive(Clone)]
pub(crate) struct Preview {
    pub(crate) engine: Arc<dyn TryOn>,
    pub(crate) slots: Arc<Semaphore>,
}

#[tonic::async_trait]
impl TryOnEngine for Preview {
    async fn describe(
        &self,
        _: Request<DescribeRequest>,
    ) -> Result<Response<DescribeResponse>, Status> {
        let description = self.engine.describe();
        let packs = description
            .packs
            .into_iter()
            .map(|[name, version, licence, sha256]| ModelPack {
                name,
                version,
                licence,
                sha256,
            });
        Ok(Response::new(DescribeResponse {
            engine: description.engine,
            version: description.version,
            packs: packs.collect(),
            categories: Category::ALL.iter().map(ToString::to_string).collect(),
            max_side_px: description.max_side_px,
        }))
    }

    async fn preview(
        &self,
        request: Request<PreviewRequest>,
    ) -> Result<Response<PreviewResponse>, Status> {
        let request = request.into_inner();
        let category: Category = request
            .category
            .parse()
            .map_err(|error| Status::invalid_argument(format!("{error}")))?;
        let slot = Arc::clone(&self.slots)
            .try_acquire_owned()
            .map_err(|_| Status::resource_exhausted("all slots are taken, try again later"))?;
        let engine = Arc::clone(&self.engine);
        let work = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            engine.try_on(&request.person, &request.garment, category, &mut |_, _| {
                ControlFlow::Continue(())
            })
        });
        let label = self.engine.describe().label();
        match work.await {
            Ok(Ok(finished)) => Ok(Response::new(response(finished, label))),
            Ok(Err(failure)) => Err(status(failure)),
            Err(_) => Err(Status::internal(
                "the engine's thread ended without an answer",
            )),
        }
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
