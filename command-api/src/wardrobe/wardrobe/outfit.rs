//! What clients send about an outfit, and how it becomes the domain's words.

use domain::{
    media::picture::Progress,
    shared::{AccountId, GarmentId, KeptName, OutfitId, OutfitName, SessionId},
    tryon::session::Phase,
    wardrobe::wardrobe::{Contents, Outfit, TriedOn},
};
use http::StatusCode;
use http_kit::Problem;
use serde::Deserialize;
use utoipa::{
    ToSchema,
    openapi::schema::{Array, ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type},
};
use uuid::Uuid;

use crate::CommandApi;

/// Garments that go together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutfitBody {
    /// What its owner calls it.
    #[schema(
        min_length = 1,
        max_length = 80,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Office, warm days"
    )]
    name: String,
    /// The garments; 1 to 12, each once.
    #[schema(schema_with = garments)]
    garments: Vec<Uuid>,
    /// A try-on of the caller's that succeeded: how it looks on them.
    #[serde(default)]
    try_on: Option<Uuid>,
}

/// What the document says of garments.
fn garments() -> Array {
    let id = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
    ArrayBuilder::new()
        .description(Some("The garments; 1 to 12, each once."))
        .items(id)
        .unique_items(true)
        .min_items(Some(1))
        .max_items(Some(Outfit::MAX_GARMENTS))
        .examples([serde_json::json!(["01900000-0000-7000-8000-000000000001"])])
        .build()
}

impl CommandApi {
    /// The domain's words for an outfit of this account's. More garments than an outfit may have are not even looked at: the
    /// domain refuses them.
    pub(super) async fn outfit(
        &self,
        account: AccountId,
        outfit: OutfitId,
        body: OutfitBody,
    ) -> Result<Outfit, Problem> {
        let name = OutfitName::parse(&body.name)
            .map_err(|error| Problem::invalid_body().pointer("/name", error.to_string()))?;
        let garments: Vec<GarmentId> = body.garments.into_iter().map(GarmentId::new).collect();
        for (index, garment) in garments.iter().take(Outfit::MAX_GARMENTS).enumerate() {
            let pointer = format!("/garments/{index}");
            self.seen_by_shoppers(*garment, Some(&pointer)).await?;
        }
        let try_on = match body.try_on {
            Some(session) => Some(self.tried_on(account, SessionId::new(session)).await?),
            None => None,
        };
        Ok(Outfit {
            name: self.kept(account, outfit, name).await?,
            garments,
            try_on,
        })
    }

    /// The name as the log keeps it: sealed under a key of this account's.
    async fn kept(
        &self,
        account: AccountId,
        outfit: OutfitId,
        name: OutfitName,
    ) -> Result<KeptName, Problem> {
        let about = KeptName::about(outfit);
        let sealing = self
            .blobs
            .seal_text(account.as_uuid(), &about, name.as_str());
        let sealed = sealing.await.map_err(|error| {
            tracing::warn!(%error, "a name is not sealed: {error}");
            Problem::unavailable()
        })?;
        match sealed {
            None => Ok(KeptName::plain(name)),
            Some(digits) => KeptName::sealed(&digits).map_err(|error| {
                tracing::error!(%error, "a name was sealed into no name");
                Problem::internal()
            }),
        }
    }

    /// The same wardrobe for another account: its names are sealed under a key of that one. A name that does not open stays as it is.
    pub(super) async fn names_for(
        &self,
        (from, to): (AccountId, AccountId),
        mut contents: Contents,
    ) -> Result<Contents, Problem> {
        let key = self.blobs.text_key(from.as_uuid()).await;
        let key = key.map_err(|error| {
            tracing::warn!(%error, "names are not opened: {error}");
            Problem::unavailable()
        })?;
        for outfit in &mut contents.outfits {
            let digits = outfit.is.name.digits();
            let opened = digits.and_then(|digits| key.open(&KeptName::about(outfit.id), digits));
            if let Some(Ok(name)) = opened.map(|name| OutfitName::parse(&name)) {
                outfit.is.name = self.kept(to, outfit.id, name).await?;
            }
        }
        Ok(contents)
    }

    /// A try-on that was this account's, or of one that it took over, and what came of it.
    async fn tried_on(&self, account: AccountId, id: SessionId) -> Result<TriedOn, Problem> {
        let session = self.sessions.load(&id.to_string()).await?.aggregate;
        let asked_by = session.request().map(|request| request.requested_by);
        let own = match asked_by {
            None => false,
            Some(asked_by) if asked_by == account => true,
            Some(asked_by) => {
                let wardrobe = self.wardrobes.load(&account.to_string()).await?;
                wardrobe.aggregate.has_merged(asked_by)
            }
        };
        if !own {
            return Err(Problem::new(
                StatusCode::NOT_FOUND,
                "try-on-not-found",
                "There is no such try-on",
            )
            .pointer("/try_on", "does not exist"));
        }
        match session.phase() {
            Phase::Succeeded { result, .. } => {
                let picture = self.pictures.load(&result.to_string()).await?.aggregate;
                if picture.progress() == Progress::Removed {
                    return Err(Problem::new(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        "picture-removed",
                        "The try-on's picture is not kept any more",
                    )
                    .pointer("/try_on", "has no picture any more; try it on again"));
                }
                Ok(TriedOn {
                    session: id,
                    picture: *result,
                })
            }
            Phase::Unknown
            | Phase::Requested
            | Phase::Running { .. }
            | Phase::Failed { .. }
            | Phase::Cancelled => Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "try-on-not-succeeded",
                "The try-on has no result",
            )
            .pointer("/try_on", "has not succeeded")),
        }
    }
}
