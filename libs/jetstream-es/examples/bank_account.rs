//! A bank account whose history is kept on JetStream.
//!
//! `cargo run -p jetstream-es --example bank_account -- nats://127.0.0.1:4222 http://127.0.0.1:8222`
//!
//! The second argument is the server's monitoring address; without it the safety of its disk settings is not checked.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use futures::StreamExt;
use jetstream_es::{CommandContext, EventLog, EventLogConfig, Executor, SubjectFilter, connect};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Account {
    balance_cents: i64,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "type")]
enum AccountEvent {
    MoneyDeposited { cents: i64 },
    MoneyWithdrawn { cents: i64 },
}

impl DomainEvent for AccountEvent {
    fn event_type(&self) -> String {
        match self {
            Self::MoneyDeposited { .. } => "MoneyDeposited".to_owned(),
            Self::MoneyWithdrawn { .. } => "MoneyWithdrawn".to_owned(),
        }
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

#[derive(Clone, Debug)]
enum AccountCommand {
    Deposit { cents: i64 },
    Withdraw { cents: i64 },
}

#[derive(Debug, thiserror::Error)]
#[error("only {balance_cents} cents are there")]
struct TooLittleMoney {
    balance_cents: i64,
}

impl Aggregate for Account {
    const TYPE: &'static str = "bank.account";
    type Command = AccountCommand;
    type Event = AccountEvent;
    type Error = TooLittleMoney;
    type Services = ();

    async fn handle(
        &mut self,
        command: AccountCommand,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), TooLittleMoney> {
        let event = match command {
            AccountCommand::Deposit { cents } => AccountEvent::MoneyDeposited { cents },
            AccountCommand::Withdraw { cents } if cents > self.balance_cents => {
                return Err(TooLittleMoney {
                    balance_cents: self.balance_cents,
                });
            }
            AccountCommand::Withdraw { cents } => AccountEvent::MoneyWithdrawn { cents },
        };
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: AccountEvent) {
        match event {
            AccountEvent::MoneyDeposited { cents } => self.balance_cents += cents,
            AccountEvent::MoneyWithdrawn { cents } => self.balance_cents -= cents,
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .unwrap_or_else(|| "nats://127.0.0.1:4222".to_owned());
    let monitor_url = arguments.next();
    let config = EventLogConfig {
        allow_unsafe_sync: monitor_url.is_none(),
        monitor_url,
        ..EventLogConfig::new("BANK_EVENTS", "bank.events")
    };
    let log = EventLog::open(connect(&url, "bank-example").await?, config).await?;
    let accounts: Executor<Account> = Executor::new(log.clone(), ());

    let deposit = AccountCommand::Deposit { cents: 500 };
    let first = accounts
        .execute("ann", deposit.clone(), CommandContext::new("deposit-1"))
        .await?;
    println!("deposited: {first:?}");
    // The same command id: nothing happens twice, not even after this program is started again.
    let again = accounts
        .execute("ann", deposit, CommandContext::new("deposit-1"))
        .await?;
    println!("repeated:  {again:?}");
    let refused = accounts
        .execute(
            "ann",
            AccountCommand::Withdraw { cents: 9_900 },
            CommandContext::new("withdraw-1"),
        )
        .await;
    println!("refused:   {refused:?}");

    let last = log.last_sequence().await?;
    let mut commits = Box::pin(log.follow(0, SubjectFilter::aggregate("bank.account", "ann")));
    while let Some(commit) = commits.next().await {
        println!("{} {:?}", commit.position, commit.decode::<Account>()?);
        if commit.position.sequence >= last {
            break;
        }
    }
    println!("{:?}", accounts.load("ann").await?);
    Ok(())
}
