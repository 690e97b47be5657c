//! Notices that a running attempt is no longer wanted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::tryon::session::{Phase, Session};
use jetstream_es::Executor;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::deadline::Deadline;

/// How often the log is asked; the question costs a tenth of a millisecond.
const PERIOD: Duration = Duration::from_millis(250);

/// Looks at the session while an attempt runs. Dropped, it stops looking.
#[derive(Debug)]
pub(crate) struct Watch {
    unwanted: Arc<AtomicBool>,
    _task: AbortOnDropHandle<()>,
}

impl Watch {
    /// Starts to look after `session` for the sake of `attempt`; `deadline` and `give_up` end the attempt, too.
    pub(crate) fn start(
        sessions: Executor<Session>,
        session: String,
        attempt: u32,
        deadline: Deadline,
        give_up: CancellationToken,
    ) -> Self {
        let unwanted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&unwanted);
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(PERIOD);
            loop {
                tokio::select! {
                    () = give_up.cancelled() => break,
                    () = deadline.passes() => break,
                    _ = ticks.tick() => {}
                }
                if let Ok(loaded) = sessions.load(&session).await
                    && !is_running(loaded.aggregate.phase(), attempt)
                {
                    break;
                }
            }
            flag.store(true, Ordering::Relaxed);
        });
        Self {
            unwanted,
            _task: AbortOnDropHandle::new(task),
        }
    }

    /// Set once the attempt is no longer wanted; read from the engine's thread.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.unwanted)
    }
}

fn is_running(phase: &Phase, attempt: u32) -> bool {
    matches!(phase, Phase::Running { attempt: running, .. } if *running == attempt)
}

#[cfg(test)]
mod tests {
    use domain::{
        shared::Category,
        tryon::session::{Mode, Request, RequestTryOn, StartTryOn},
    };
    use jetstream_es::{CommandContext, EventLog, EventLogConfig};
    use testkit::{NatsServer, eventually};
    use time::OffsetDateTime;

    use super::*;

    #[tokio::test]
    async fn a_running_attempt_is_unwanted_once_its_time_is_over() {
        let nats = NatsServer::start().await.unwrap();
        let mut config = EventLogConfig::new("TEST_EVENTS", "test.events");
        config.max_bytes = 64 << 20;
        config.monitor_url = Some(nats.monitor_url());
        let log = EventLog::open(nats.client().await.unwrap(), config);
        let sessions: Executor<Session> = Executor::new(log.await.unwrap(), ());
        let id = "01900000-0000-7000-8000-000000000009";
        let request = Request {
            person: id.parse().unwrap(),
            garment: id.parse().unwrap(),
            garment_picture: id.parse().unwrap(),
            category: Category::Tops,
            requested_by: id.parse().unwrap(),
            mode: Mode::Balanced,
            seed: 0,
            cancel_after_s: Some(1),
            over: None,
        };
        let start = StartTryOn {
            attempt: 1,
            worker: "worker-a".to_owned(),
        };
        for (key, command) in [
            ("request", RequestTryOn { request }.into()),
            ("start", start.into()),
        ] {
            let context = CommandContext::new(key);
            sessions.execute(id, command, context).await.unwrap();
        }
        let watch = |deadline| {
            let give_up = CancellationToken::new();
            Watch::start(sessions.clone(), id.to_owned(), 1, deadline, give_up)
        };
        let now = OffsetDateTime::now_utc();
        let timed = watch(Deadline::new(now, Some(1), now));
        let untimed = watch(Deadline::new(now, None, now));
        assert!(!timed.flag().load(Ordering::Relaxed));
        eventually("the attempt to be unwanted", || async {
            timed.flag().load(Ordering::Relaxed).then_some(())
        })
        .await;
        assert!(!untimed.flag().load(Ordering::Relaxed));
    }
}
