//! A small aggregate, and a log to keep it in.

use std::num::NonZeroUsize;
use std::time::Duration;

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use jetstream_es::{CommandContext, EventLog, EventLogConfig, Executor, ExecutorOptions};
use serde::{Deserialize, Serialize};
use testkit::NatsServer;

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Account {
    pub(crate) balance: i64,
    pub(crate) notes: u64,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "type")]
pub(crate) enum AccountEvent {
    Added { amount: i64 },
    Noted { text: String },
}

impl DomainEvent for AccountEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Added { .. } => "Added".to_owned(),
            Self::Noted { .. } => "Noted".to_owned(),
        }
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

#[derive(Clone, Debug)]
pub(crate) enum AccountCommand {
    /// One event.
    Add(i64),
    /// As many events.
    AddEach(Vec<i64>),
    /// One event of this many bytes.
    Note(usize),
    /// No event when the balance is this already.
    SetTo(i64),
}

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the balance would be {0}")]
pub(crate) struct Overdrawn(i64);

impl Aggregate for Account {
    const TYPE: &'static str = "bank.account";
    type Command = AccountCommand;
    type Event = AccountEvent;
    type Error = Overdrawn;
    type Services = ();

    async fn handle(
        &mut self,
        command: AccountCommand,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Overdrawn> {
        let amounts = match command {
            AccountCommand::Add(amount) => vec![amount],
            AccountCommand::AddEach(amounts) => amounts,
            AccountCommand::SetTo(balance) if balance == self.balance => vec![],
            AccountCommand::SetTo(balance) => vec![balance - self.balance],
            AccountCommand::Note(bytes) => {
                sink.write(
                    AccountEvent::Noted {
                        text: "x".repeat(bytes),
                    },
                    self,
                )
                .await;
                vec![]
            }
        };
        for amount in amounts {
            if self.balance + amount < 0 {
                return Err(Overdrawn(self.balance + amount));
            }
            sink.write(AccountEvent::Added { amount }, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: AccountEvent) {
        match event {
            AccountEvent::Added { amount } => self.balance += amount,
            AccountEvent::Noted { .. } => self.notes += 1,
        }
    }
}

pub(crate) const STREAM: &str = "TEST_EVENTS";

pub(crate) fn config(server: &NatsServer) -> EventLogConfig {
    EventLogConfig {
        monitor_url: Some(server.monitor_url()),
        ..EventLogConfig::new(STREAM, "test.events")
    }
}

/// A log on the server over a connection of its own, as another process would have it.
pub(crate) async fn log_on(server: &NatsServer) -> EventLog {
    let client = jetstream_es::connect(&server.url(), "test").await.unwrap();
    EventLog::open(client, config(server)).await.unwrap()
}

pub(crate) async fn new_log() -> (NatsServer, EventLog) {
    let server = NatsServer::start().await.unwrap();
    let log = log_on(&server).await;
    (server, log)
}

pub(crate) fn executor(log: &EventLog) -> Executor<Account> {
    Executor::new(log.clone(), ())
}

pub(crate) fn patient(log: &EventLog, outage_patience: Duration) -> Executor<Account> {
    let options = ExecutorOptions {
        outage_patience,
        ..ExecutorOptions::default()
    };
    Executor::with_options(log.clone(), (), options)
}

/// An executor that remembers next to nothing.
pub(crate) fn forgetful(log: &EventLog) -> Executor<Account> {
    let options = ExecutorOptions {
        cache_capacity: NonZeroUsize::MIN,
        ..ExecutorOptions::default()
    };
    Executor::with_options(log.clone(), (), options)
}

pub(crate) fn command(id: impl std::fmt::Display) -> CommandContext {
    CommandContext::new(format!("{id}"))
}
