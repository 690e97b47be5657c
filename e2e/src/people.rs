//! People who sign up.

use anyhow::Context;
use reqwest::StatusCode;
use serde_json::json;
use testkit::eventually;

use crate::System;

/// Long, and not easily guessed.
pub const PASSWORD: &str = "seven grey herons wade home";

impl System {
    /// Somebody who has signed up, the only one so far: their session's token.
    pub async fn sign_up(&self, email: &str) -> anyhow::Result<String> {
        let nobody = self.anonymous()?;
        let asked = json!({ "email": email, "password": PASSWORD });
        let accepted = nobody.post("/v1/sign-up", &asked).await?;
        accepted.expect(StatusCode::ACCEPTED)?;
        let mails = self.directory().join("mail");
        let token = eventually("the mail arrives", || {
            let files = std::fs::read_dir(&mails).into_iter().flatten().flatten();
            let mut files = files.map(|file| file.path());
            let mail = files.find(|file| file.extension().is_some_and(|end| end == "eml"));
            let text = mail.and_then(|file| std::fs::read_to_string(file).ok());
            // It may be read while it is being written.
            let token = text.and_then(|text| Some(text.split('#').nth(1)?.get(..32)?.to_owned()));
            async move { token }
        })
        .await;
        let proof = json!({ "token": token, "deliver": "token" });
        let signed_in = nobody.post("/v1/sign-up/confirm", &proof).await?;
        let signed_in = signed_in.expect(StatusCode::OK)?;
        let token = signed_in.body["token"].as_str();
        Ok(token.context("the answer has no token")?.to_owned())
    }
}
