//! Knows whether anybody waits for this worker, so that what is not urgent is done while nobody does.

use std::time::Duration;

use tokio::{sync::watch, time::Instant};

/// So long nothing urgent was under way before it is quiet: a try-on seldom comes alone, and the next one may be on its way.
const SETTLES: Duration = Duration::from_millis(500);

/// What is under way that somebody waits for. Cheap to clone; all clones know the same.
#[derive(Clone, Debug)]
pub(crate) struct Quiet(watch::Sender<Noise>);

#[derive(Clone, Copy, Debug)]
struct Noise {
    under_way: usize,
    /// When the last of it began or ended.
    changed: Instant,
}

/// Something that somebody waits for, until it is dropped.
#[derive(Debug)]
pub(crate) struct Disturbance(Quiet);

impl Default for Quiet {
    /// At first nobody knows what is on its way.
    fn default() -> Self {
        Self(watch::Sender::new(Noise {
            under_way: 0,
            changed: Instant::now(),
        }))
    }
}

impl Quiet {
    /// Something begins that somebody waits for.
    pub(crate) fn disturb(&self) -> Disturbance {
        self.change(|under_way| under_way + 1);
        Disturbance(self.clone())
    }

    /// Waits until nobody waits for anything.
    pub(crate) async fn comes(&self) {
        let mut noise = self.0.subscribe();
        loop {
            let now = *noise.borrow_and_update();
            if now.under_way > 0 {
                // The sender is ours: it does not end.
                let _ = noise.changed().await;
                continue;
            }
            let settled = tokio::time::sleep_until(now.changed + SETTLES);
            tokio::select! {
                biased;
                _ = noise.changed() => {}
                () = settled => return,
            }
        }
    }

    fn change(&self, by: impl FnOnce(usize) -> usize) {
        self.0.send_modify(|noise| {
            noise.under_way = by(noise.under_way);
            noise.changed = Instant::now();
        });
    }
}

impl Drop for Disturbance {
    fn drop(&mut self) {
        self.0.change(|under_way| under_way.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_quiet_a_moment_after_the_last_of_them_ended() {
        let quiet = Quiet::default();
        let (first, second) = (quiet.disturb(), quiet.disturb());
        let mut comes = std::pin::pin!(quiet.comes());
        tokio::time::advance(SETTLES * 10).await;
        assert!(comes.as_mut().now_or_never().is_none());
        drop(first);
        tokio::time::advance(SETTLES * 10).await;
        assert!(comes.as_mut().now_or_never().is_none());
        drop(second);
        tokio::time::advance(SETTLES / 2).await;
        assert!(comes.as_mut().now_or_never().is_none());
        // The next one comes before it has settled.
        drop(quiet.disturb());
        tokio::time::advance(SETTLES / 2).await;
        assert!(comes.as_mut().now_or_never().is_none());
        tokio::time::advance(SETTLES).await;
        comes.await;
        // And it stays so.
        assert!(quiet.comes().now_or_never().is_some());
    }
}
