//! When and what is killed.

use std::fmt;

use super::Place;

#[derive(Debug, Clone, Copy)]
enum Victim {
    Gateway,
    Projector,
    Nats,
    Postgres,
}

/// In turn; the servers less often than the roles.
const OWN: [Victim; 6] = [
    Victim::Gateway,
    Victim::Projector,
    Victim::Nats,
    Victim::Gateway,
    Victim::Projector,
    Victim::Postgres,
];

/// The kills of a hunt, spread evenly over it.
pub(super) struct Kills {
    wanted: u32,
    done: Vec<Victim>,
    spare_servers: bool,
}

impl Kills {
    pub(super) fn new(wanted: u32, spare_servers: bool) -> Self {
        Self {
            wanted,
            done: vec![],
            spare_servers,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.done.len()
    }

    pub(super) fn are_done(&self) -> bool {
        self.done.len() as u64 >= u64::from(self.wanted)
    }

    /// Kills what is next and starts it again, if `progress` (in millionths of the hunt) says that it is time.
    pub(super) async fn strike_if_due(
        &mut self,
        place: &mut Place,
        progress: u64,
    ) -> anyhow::Result<()> {
        let done = self.done.len() as u64;
        let due = (done + 1) * 1_000_000 / (u64::from(self.wanted) + 1);
        if self.are_done() || progress < due {
            return Ok(());
        }
        let mut victim = OWN[self.done.len() % OWN.len()];
        if self.spare_servers {
            victim = match victim {
                Victim::Nats => Victim::Gateway,
                Victim::Postgres => Victim::Projector,
                role @ (Victim::Gateway | Victim::Projector) => role,
            };
        }
        match victim {
            Victim::Gateway => {
                place.gateway.kill().await?;
                place.gateway.start()?;
            }
            Victim::Projector => {
                place.projector.kill().await?;
                place.projector.start()?;
            }
            Victim::Nats => {
                if let Some(nats) = place.nats() {
                    nats.kill9()?;
                    nats.restart().await?;
                }
            }
            Victim::Postgres => {
                if let Some(postgres) = place.postgres() {
                    postgres.kill9()?;
                    postgres.restart().await?;
                }
            }
        }
        self.done.push(victim);
        Ok(())
    }
}

impl fmt::Display for Kills {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count =
            |wanted: fn(&Victim) -> bool| self.done.iter().filter(|victim| wanted(victim)).count();
        write!(
            formatter,
            "{} kills: gateway {}, projector {}, nats-server {}, PostgreSQL {}",
            self.done.len(),
            count(|victim| matches!(victim, Victim::Gateway)),
            count(|victim| matches!(victim, Victim::Projector)),
            count(|victim| matches!(victim, Victim::Nats)),
            count(|victim| matches!(victim, Victim::Postgres)),
        )
    }
}
