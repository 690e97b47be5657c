//! How mail leaves: by SMTP, or into a folder.

use std::time::Duration;

use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message as Mail, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use thiserror::Error;

use crate::{MailOptions, Post};

/// How long one mail may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a mail did not go out, or cannot. Never names an address.
#[derive(Debug, Error)]
pub(crate) enum TransportError {
    #[error("mail.smtp_url cannot be used")]
    Server(#[source] lettre::transport::smtp::Error),
    #[error("mail.from is no sender")]
    Sender(#[source] lettre::address::AddressError),
    #[error("the address cannot be written to")]
    Address(#[source] lettre::address::AddressError),
    #[error("the mail cannot be written")]
    Mail(#[source] lettre::error::Error),
    #[error("the mail server did not take a mail")]
    Smtp(#[source] lettre::transport::smtp::Error),
    #[error("a mail cannot be put into the folder")]
    Folder(#[source] lettre::transport::file::Error),
    #[error("the mail server did not answer in time")]
    Slow,
}

enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(AsyncFileTransport<Tokio1Executor>),
}

/// Sends mail.
pub(crate) struct Transport {
    way: Option<Way>,
    from: Mailbox,
}

impl Transport {
    /// Connects to nothing yet.
    pub(crate) fn new(options: &MailOptions) -> Result<Self, TransportError> {
        let way = match &options.post {
            Post::None => None,
            Post::Folder(folder) => Some(Way::Folder(AsyncFileTransport::new(folder))),
            Post::Smtp(url) => {
                let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
                let transport = transport.map_err(TransportError::Server)?;
                Some(Way::Smtp(transport.timeout(Some(PATIENCE)).build()))
            }
        };
        let from = options.from.parse().map_err(TransportError::Sender)?;
        Ok(Self { way, from })
    }

    /// Whether there is anybody to give mail to.
    pub(crate) fn is_there(&self) -> bool {
        self.way.is_some()
    }

    /// Sends one mail.
    pub(crate) async fn send(
        &self,
        to: &str,
        subject: &str,
        text: String,
    ) -> Result<(), TransportError> {
        let to = to.parse().map_err(TransportError::Address)?;
        let mail = Mail::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(text)
            .map_err(TransportError::Mail)?;
        let sending = async {
            match &self.way {
                None => Ok(()),
                Some(Way::Smtp(server)) => {
                    let sent = server.send(mail).await;
                    sent.map(|_| ()).map_err(TransportError::Smtp)
                }
                Some(Way::Folder(folder)) => {
                    let put = folder.send(mail).await;
                    put.map(|_| ()).map_err(TransportError::Folder)
                }
            }
        };
        match tokio::time::timeout(PATIENCE, sending).await {
            Ok(sent) => sent,
            Err(_) => Err(TransportError::Slow),
        }
    }
}
