//! Long histories, and the executor's state against a full fold.

use cqrs_es::{Aggregate, EventStore};
use jetstream_es::JetStreamEventStore;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::account::{Account, AccountCommand, command, executor, forgetful, log_on, new_log};

#[tokio::test]
async fn an_aggregate_with_1201_commits_loads_whole_and_knows_every_command() {
    let (server, log) = new_log().await;
    let writer = executor(&log);
    for number in 0..1_201 {
        writer
            .execute("long", AccountCommand::Add(1), command(number))
            .await
            .unwrap();
    }
    let reader = executor(&log_on(&server).await);
    let loaded = reader.load("long").await.unwrap();
    assert_eq!((loaded.version, loaded.aggregate.balance), (1_201, 1_201));
    for number in [0, 499, 500, 501, 1_200] {
        let again = reader
            .execute("long", AccountCommand::Add(1), command(number))
            .await
            .unwrap();
        assert_eq!((again.written, again.version), (false, 1_201));
    }
}

#[derive(Clone, Debug)]
enum Step {
    Execute {
        process: usize,
        account: u8,
        command: u8,
        what: AccountCommand,
    },
    Load {
        process: usize,
        account: u8,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let what = prop_oneof![
        (-3_i64..9).prop_map(AccountCommand::Add),
        prop::collection::vec(-2_i64..5, 0..4).prop_map(AccountCommand::AddEach),
        (0_i64..4).prop_map(AccountCommand::SetTo),
        (0_usize..20).prop_map(AccountCommand::Note),
    ];
    let execute =
        (0_usize..3, 0_u8..3, any::<u8>(), what).prop_map(|(process, account, command, what)| {
            Step::Execute {
                process,
                account,
                command,
                what,
            }
        });
    let load = (0_usize..3, 0_u8..3).prop_map(|(process, account)| Step::Load { process, account });
    prop::collection::vec(prop_oneof![6 => execute, 1 => load], 1..60)
}

#[test]
fn the_state_of_every_process_is_the_full_fold_of_the_log() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (server, log) = runtime.block_on(new_log());
    let other = runtime.block_on(log_on(&server));
    let case = std::cell::Cell::new(0);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..Default::default()
    });
    runner
        .run(&steps(), |steps| {
            case.set(case.get() + 1);
            runtime.block_on(async {
                let processes = [executor(&log), executor(&other), forgetful(&log)];
                let id = |account: u8| format!("case{}-{account}", case.get());
                for step in steps {
                    match step {
                        Step::Execute {
                            process,
                            account,
                            command: number,
                            what,
                        } => {
                            let outcome = processes[process]
                                .execute(&id(account), what, command(number))
                                .await;
                            let truth = fold(&log, &id(account)).await;
                            if let Ok(outcome) = outcome {
                                prop_assert_eq!(outcome.version, truth.1);
                            }
                        }
                        Step::Load { process, account } => {
                            let loaded = processes[process].load(&id(account)).await.unwrap();
                            let truth = fold(&log, &id(account)).await;
                            prop_assert_eq!((loaded.aggregate, loaded.version), truth);
                        }
                    }
                }
                for account in 0..3 {
                    let truth = fold(&log, &id(account)).await;
                    for process in &processes {
                        let loaded = process.load(&id(account)).await.unwrap();
                        prop_assert_eq!((loaded.aggregate, loaded.version), truth.clone());
                    }
                }
                Ok(())
            })
        })
        .unwrap();
}

async fn fold(log: &jetstream_es::EventLog, id: &str) -> (Account, u64) {
    let events = JetStreamEventStore::<Account>::new(log.clone())
        .load_events(id)
        .await
        .unwrap();
    let mut account = Account::default();
    let version = events.len() as u64;
    for (index, event) in events.into_iter().enumerate() {
        assert_eq!(event.sequence, index + 1);
        account.apply(event.payload);
    }
    (account, version)
}
