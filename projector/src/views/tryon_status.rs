//! How a try-on is doing.

use domain::{
    shared::{AccountId, Category, GarmentId, SessionId},
    tryon::session::{Feedback, Mode, Session, SessionEvent, StageTime, Worn},
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::documents;
use crate::{ApplyError, Facts, PictureLink, ReadRow, Table, View};

/// Why a try-on failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// A stable code, such as `not-front-view`.
    pub code: String,
    /// What was wrong and what to do about it.
    pub detail: String,
}

/// How a try-on is doing; the document that the client gets. Times are RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The try-on.
    pub id: SessionId,
    /// `requested`, `running`, `succeeded`, `failed` or `cancelled`.
    pub status: String,
    /// 0 before a worker took it up, then 1, 2, ...
    pub attempt: u32,
    /// The picture of the person.
    pub person: PictureLink,
    /// The garment.
    pub garment: GarmentId,
    /// The picture of the garment, as it was then.
    pub garment_picture: PictureLink,
    /// Where on the body it goes.
    pub category: Category,
    /// Who asked.
    pub requested_by: AccountId,
    /// How large the result is to be.
    pub mode: Mode,
    /// Another number, another result, where an engine draws lots.
    pub seed: u32,
    /// After so many seconds it is given up, unless it has ended.
    pub cancel_after_s: Option<u32>,
    /// What the garment is put over.
    pub over: Option<Worn>,
    /// The result, once it succeeded.
    pub result: Option<PictureLink>,
    /// Why it failed.
    pub reason: Option<Reason>,
    /// Which engine and models made the result.
    pub engine: Option<String>,
    /// How long the attempt took.
    pub duration_ms: Option<u64>,
    /// Its steps, as far as they were measured.
    pub stages: Vec<StageTime>,
    /// What whoever asked said of the result.
    pub feedback: Option<Feedback>,
    /// When it was asked for.
    pub requested_at: String,
    /// When the latest worker took it up.
    pub started_at: Option<String>,
    /// When it succeeded, failed or was cancelled.
    pub ended_at: Option<String>,
}

impl Status {
    /// What the event makes of the status; none when it cannot have happened.
    pub fn evolve(
        status: Option<Self>,
        id: SessionId,
        event: SessionEvent,
        at: &str,
    ) -> Option<Self> {
        if let SessionEvent::TryOnRequested {
            person,
            garment,
            garment_picture,
            category,
            requested_by,
            mode,
            seed,
            cancel_after_s,
            over,
        } = event
        {
            return Some(Self {
                id,
                status: "requested".to_owned(),
                attempt: 0,
                person: PictureLink::to(person),
                garment,
                garment_picture: PictureLink::to(garment_picture),
                category,
                requested_by,
                mode,
                seed,
                cancel_after_s,
                over,
                result: None,
                reason: None,
                engine: None,
                duration_ms: None,
                stages: vec![],
                feedback: None,
                requested_at: at.to_owned(),
                started_at: None,
                ended_at: None,
            });
        }
        let mut status = status?;
        status.go_on(event, at);
        Some(status)
    }

    /// What happened after the request.
    fn go_on(&mut self, event: SessionEvent, at: &str) {
        match event {
            SessionEvent::TryOnRequested { .. } => {}
            SessionEvent::TryOnStarted { attempt, .. } => {
                self.attempt = attempt;
                "running".clone_into(&mut self.status);
                self.started_at = Some(at.to_owned());
            }
            SessionEvent::TryOnSucceeded {
                attempt,
                result,
                duration_ms,
                engine,
                stages,
            } => {
                self.attempt = attempt;
                self.result = Some(PictureLink::to(result));
                self.duration_ms = Some(duration_ms);
                self.engine = Some(engine);
                self.stages = stages;
                self.end("succeeded", at);
            }
            SessionEvent::TryOnFailed { attempt, reason } => {
                self.attempt = attempt;
                self.reason = Some(Reason {
                    code: reason.code,
                    detail: reason.detail,
                });
                self.end("failed", at);
            }
            SessionEvent::TryOnCancelled {} => self.end("cancelled", at),
            SessionEvent::TryOnRated { rating, reasons } => {
                self.feedback = Some(Feedback { rating, reasons });
            }
        }
    }

    fn end(&mut self, how: &str, at: &str) {
        how.clone_into(&mut self.status);
        self.ended_at = Some(at.to_owned());
    }
}

/// One document per try-on.
#[derive(Debug)]
pub struct TryonStatus;

impl View for TryonStatus {
    const NAME: &'static str = "tryon_status";
    const VERSION: i32 = 5;
    const TABLES: &'static [Table] = &[Table {
        name: "tryon_status",
        key: &["id"],
    }];
    type Aggregate = Session;
    type Row = Status;

    fn fold(row: Option<Status>, event: SessionEvent, facts: &Facts) -> Option<Status> {
        Status::evolve(row, SessionId::new(facts.id), event, &facts.at)
    }

    async fn read_in_tx(
        tx: &mut PgConnection,
        ids: &[Uuid],
    ) -> Result<Vec<ReadRow<Status>>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT id, document FROM tryon_status WHERE id = ANY($1)",
            ids
        )
        .fetch_all(tx)
        .await?;
        let read = rows.into_iter().map(|row| {
            (
                row.id,
                serde_json::from_str(&row.document).map_err(ApplyError::from),
            )
        });
        Ok(read.collect())
    }

    async fn write_in_tx(
        tx: &mut PgConnection,
        rows: &mut [(Uuid, Status)],
    ) -> Result<(), ApplyError> {
        let ids: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
        let askers = of_each(rows, |status| status.requested_by.as_uuid());
        let garments = of_each(rows, |status| status.garment.as_uuid());
        // Whatever they wear in the picture by now, it is of this photo that something is agreed to.
        let people = of_each(rows, |status| {
            let worn = status.over.as_ref();
            worn.map_or(status.person.id, |worn| worn.photo).as_uuid()
        });
        let requested = of_each(rows, |status| status.requested_at.clone());
        let statuses = of_each(rows, |status| status.status.clone());
        let ended = of_each(rows, |status| status.ended_at.clone());
        let durations = of_each(rows, |status| {
            let duration_ms = status.duration_ms;
            duration_ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX))
        });
        let cancelled_after = of_each(rows, |status| status.cancel_after_s.map(f64::from));
        sqlx::query!(
            "INSERT INTO tryon_status
                 (id, requested_by, garment, status, document, person, requested_at, ended_at, duration_ms, cancel_at)
             SELECT id, requested_by, garment, status, document, person, requested_at::TIMESTAMPTZ, ended_at::TIMESTAMPTZ,
                 duration_ms, requested_at::TIMESTAMPTZ + make_interval(secs => cancel_after_s)
             FROM UNNEST($1::UUID[], $2::UUID[], $3::UUID[], $4::TEXT[], $5::TEXT[], $6::UUID[], $7::TEXT[], $8::TEXT[],
                         $9::BIGINT[], $10::DOUBLE PRECISION[])
                  AS given (id, requested_by, garment, status, document, person, requested_at, ended_at, duration_ms,
                            cancel_after_s)
             ON CONFLICT (id) DO UPDATE SET
                 requested_by = excluded.requested_by, garment = excluded.garment, status = excluded.status,
                 document = excluded.document, person = excluded.person, requested_at = excluded.requested_at,
                 ended_at = excluded.ended_at, duration_ms = excluded.duration_ms, cancel_at = excluded.cancel_at",
            &ids,
            &askers,
            &garments,
            &statuses,
            &documents(rows, |status| status)?,
            &people,
            &requested,
            &ended as &[Option<String>],
            &durations as &[Option<i64>],
            &cancelled_after as &[Option<f64>]
        )
        .execute(tx)
        .await?;
        Ok(())
    }
}

fn of_each<T>(rows: &[(Uuid, Status)], part: impl Fn(&Status) -> T) -> Vec<T> {
    rows.iter().map(|(_, status)| part(status)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(events: Vec<SessionEvent>) -> Option<Status> {
        let id = SessionId::new(Uuid::from_u128(5));
        events.into_iter().fold(None, |status, event| {
            Status::evolve(status, id, event, "2026-01-01T00:00:00Z")
        })
    }

    #[test]
    fn a_result_has_an_address() {
        let mut samples = SessionEvent::samples();
        samples.truncate(3);
        let status = after(samples).unwrap();
        assert_eq!(status.status, "succeeded");
        assert_eq!(status.attempt, 1);
        assert_eq!(
            status.result.unwrap().original_url,
            "/v1/pictures/00000000-0000-0000-0000-000000000009/original"
        );
        assert!(status.ended_at.is_some());
    }

    #[test]
    fn a_result_says_what_each_stage_took() {
        let mut samples = SessionEvent::samples();
        samples.truncate(3);
        let measured = vec![StageTime {
            stage: "warp".to_owned(),
            ms: 120,
        }];
        if let Some(SessionEvent::TryOnSucceeded { stages, .. }) = samples.last_mut() {
            stages.clone_from(&measured);
        }
        assert_eq!(after(samples).unwrap().stages, measured);
    }

    #[test]
    fn feedback_changes_nothing_else() {
        let mut samples = SessionEvent::samples();
        let rated = samples.pop().unwrap();
        samples.truncate(3);
        let before = after(samples.clone()).unwrap();
        samples.push(rated);
        let status = after(samples).unwrap();
        let feedback = serde_json::to_value(&status.feedback).unwrap();
        assert_eq!(
            feedback,
            serde_json::json!({ "rating": "bad", "reasons": ["colour", "hands-or-face"] })
        );
        let unrated = Status {
            feedback: None,
            ..status
        };
        assert_eq!(unrated, before);
    }

    #[test]
    fn a_failure_says_why() {
        let mut samples = SessionEvent::samples();
        samples.remove(2);
        samples.truncate(3);
        let status = after(samples).unwrap();
        assert_eq!(status.status, "failed");
        assert_eq!(status.reason.unwrap().code, "not-front-view");
    }
}
