//! Pictures of people are their owner's, and nobody else learns which there are.

use domain::{
    media::picture::PictureCommand,
    shared::{AccountId, PictureId},
};
use http::StatusCode;
use http_kit::{CommandKey, Problem};

use crate::{CommandApi, Written, rejection};

impl CommandApi {
    /// A command to a picture of this account's.
    pub(super) async fn to_own_picture(
        &self,
        account: AccountId,
        id: PictureId,
        key: &CommandKey,
        command: PictureCommand,
    ) -> Result<Written, Problem> {
        let picture = self.pictures.load(&id.to_string()).await?.aggregate;
        let is_own = picture
            .upload()
            .is_some_and(|upload| !upload.purpose.is_public() && upload.owner == Some(account));
        if !is_own {
            return Err(Problem::new(
                StatusCode::NOT_FOUND,
                "picture-not-found",
                "There is no such picture",
            ));
        }
        let outcome = self
            .pictures
            .execute(&id.to_string(), command, key.context())
            .await
            .map_err(rejection::problem)?;
        Written::of(id.as_uuid(), outcome)
    }
}
