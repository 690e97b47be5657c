//! Which events somebody wants: the same on the command line, over HTTP and over gRPC.

use jetstream_es::{Commit, EventLog, LogError, SubjectFilter};
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    as_of::AsOf,
    error::{FilterError, ReplayError},
    resume::ResumeAt,
};

/// Which events are wanted. All that is named must hold; nothing named means all events.
#[derive(
    Debug,
    Clone,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    clap::Args,
    utoipa::IntoParams,
    utoipa::ToSchema,
)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FilterText {
    /// A context, such as `catalog`.
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        pattern = "^[A-Za-z0-9_-]{1,100}$",
        example = "catalog"
    )]
    #[param(
        nullable = false,
        pattern = "^[A-Za-z0-9_-]{1,100}$",
        example = "catalog"
    )]
    pub context: Option<String>,
    /// A sort of aggregate, such as `catalog.garment`.
    #[arg(long, value_name = "TYPE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        pattern = "^[A-Za-z0-9_-]{1,100}([.][A-Za-z0-9_-]{1,100})*$",
        example = "catalog.garment"
    )]
    #[param(
        nullable = false,
        pattern = "^[A-Za-z0-9_-]{1,100}([.][A-Za-z0-9_-]{1,100})*$",
        example = "catalog.garment"
    )]
    pub aggregate: Option<String>,
    /// Id of an aggregate.
    #[arg(long, value_name = "ID")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        pattern = "^[A-Za-z0-9_-]{1,64}$",
        example = "01900000-0000-7000-8000-000000000001"
    )]
    #[param(
        nullable = false,
        pattern = "^[A-Za-z0-9_-]{1,64}$",
        example = "01900000-0000-7000-8000-000000000001"
    )]
    pub id: Option<String>,
    /// Types of events, with commas, such as `PriceChanged,GarmentRetired`.
    #[arg(long = "type", value_name = "TYPES")]
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        pattern = "^[A-Za-z0-9]+(,[A-Za-z0-9]+)*$",
        example = "PriceChanged"
    )]
    #[param(
        nullable = false,
        pattern = "^[A-Za-z0-9]+(,[A-Za-z0-9]+)*$",
        example = "PriceChanged"
    )]
    pub event_type: Option<String>,
    /// Opaque id of who asked for it.
    #[arg(long, value_name = "ID")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "01900000-0000-7000-8000-000000000001")]
    #[param(nullable = false, example = "01900000-0000-7000-8000-000000000001")]
    pub actor: Option<String>,
    /// Not before this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    #[param(nullable = false, format = DateTime)]
    pub from: Option<String>,
    /// Before this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    #[param(nullable = false, format = DateTime)]
    pub to: Option<String>,
    /// After this position; `.<n>` behind it leaves out only the first n events of that commit.
    #[arg(long, value_name = "POSITION")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        pattern = "^[0-9A-Za-z]{1,32}-[1-9][0-9]{0,17}([.][0-9]{1,9})?$",
        example = "9f2c4e7a81b03d56-42"
    )]
    #[param(
        nullable = false,
        pattern = "^[0-9A-Za-z]{1,32}-[1-9][0-9]{0,17}([.][0-9]{1,9})?$",
        example = "9f2c4e7a81b03d56-42"
    )]
    pub after: Option<String>,
    /// The history as it stood at this position or time, with what happened exactly then.
    #[arg(long, value_name = "POSITION|TIME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        pattern = "^[0-9A-Za-z]{1,32}-[1-9][0-9]{0,17}$|^2[0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?Z$",
        example = "2026-11-25T09:30:00Z"
    )]
    #[param(
        nullable = false,
        pattern = "^[0-9A-Za-z]{1,32}-[1-9][0-9]{0,17}$|^2[0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?Z$",
        example = "2026-11-25T09:30:00Z"
    )]
    pub as_of: Option<String>,
    /// So many events at most.
    #[arg(long, value_name = "N")]
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::number::optional"
    )]
    #[schema(nullable = false, minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    #[param(nullable = false, minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub limit: Option<u64>,
}

impl FilterText {
    /// The names of all parts, as they are written in an address.
    pub const NAMES: [&'static str; 10] = [
        "context",
        "aggregate",
        "id",
        "type",
        "actor",
        "from",
        "to",
        "after",
        "as_of",
        "limit",
    ];

    /// What is meant.
    pub fn parse(&self) -> Result<EventFilter, FilterError> {
        let word = |text: &str| {
            let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
            (1..=100).contains(&text.len()) && text.bytes().all(letter)
        };
        for (parameter, text) in [("context", &self.context), ("id", &self.id)] {
            if text.as_deref().is_some_and(|text| !word(text)) {
                return Err(wrong(parameter, "write letters, digits, _ and -"));
            }
        }
        if self
            .aggregate
            .as_deref()
            .is_some_and(|text| !text.split('.').all(word))
        {
            return Err(wrong("aggregate", "write a type such as catalog.garment"));
        }
        let time = |parameter, text: &Option<String>| -> Result<_, FilterError> {
            let parse = |text: &String| {
                OffsetDateTime::parse(text, &Rfc3339)
                    .map_err(|_| wrong(parameter, "write a time such as 2026-07-31T12:00:00Z"))
            };
            text.as_ref().map(parse).transpose()
        };
        let types = self.event_type.as_deref().map(|types| {
            let types = types.split(',').map(str::trim);
            types
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()
        });
        if types.as_ref().is_some_and(Vec::is_empty) {
            return Err(wrong("type", "name at least one type"));
        }
        let named = |name: &String| name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if types
            .as_ref()
            .is_some_and(|types: &Vec<String>| !types.iter().all(named))
        {
            return Err(wrong("type", "write types such as PriceChanged"));
        }
        let after = self.after.as_ref().map(|text| {
            text.parse::<ResumeAt>()
                .map_err(|error| wrong("after", error.to_string()))
        });
        let as_of = self.as_of.as_ref().map(|text| {
            text.parse::<AsOf>()
                .map_err(|error| wrong("as_of", error.to_string()))
        });
        Ok(EventFilter {
            context: self.context.clone(),
            aggregate_type: self.aggregate.clone(),
            aggregate_id: self.id.clone(),
            types,
            actor: self.actor.clone(),
            from: time("from", &self.from)?,
            to: time("to", &self.to)?,
            after: after.transpose()?,
            as_of: as_of.transpose()?,
            limit: self.limit,
        })
    }
}

fn wrong(parameter: &'static str, detail: impl Into<String>) -> FilterError {
    FilterError {
        parameter,
        detail: detail.into(),
        other_epoch: false,
    }
}

/// Which events are wanted, understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// The first word of the aggregate's type.
    pub context: Option<String>,
    /// The aggregate's type.
    pub aggregate_type: Option<String>,
    /// The aggregate's id.
    pub aggregate_id: Option<String>,
    /// The events' types.
    pub types: Option<Vec<String>>,
    /// Who asked.
    pub actor: Option<String>,
    /// Not before.
    pub from: Option<OffsetDateTime>,
    /// Before.
    pub to: Option<OffsetDateTime>,
    /// What the reader has already.
    pub after: Option<ResumeAt>,
    /// Nothing newer than this.
    pub as_of: Option<AsOf>,
    /// How many events at most.
    pub limit: Option<u64>,
}

impl EventFilter {
    /// The stretch of this log that has to be read: after the first, up to and with the second sequence.
    ///
    /// # Errors
    /// When a position belongs to another log, or the log cannot be asked.
    pub async fn stretch(&self, log: &EventLog) -> Result<(u64, u64), ReplayError> {
        let newest = log.last_sequence().await?;
        let after = self.start(log, newest)?;
        let through = match &self.as_of {
            Some(AsOf::Position(position)) => {
                belongs("as_of", position, log, newest)?;
                position.sequence
            }
            Some(AsOf::Time(_)) | None => newest,
        };
        Ok((after, through))
    }

    fn start(&self, log: &EventLog, newest: u64) -> Result<u64, FilterError> {
        let Some(after) = &self.after else {
            return Ok(0);
        };
        belongs("after", &after.position, log, newest)?;
        Ok(after.sequence())
    }

    /// What the server itself can leave out.
    pub fn subjects(&self) -> SubjectFilter {
        match (&self.aggregate_type, &self.aggregate_id) {
            (Some(kind), Some(id)) => SubjectFilter::aggregate(kind, id),
            (Some(kind), None) => SubjectFilter::aggregate_type(kind),
            (None, _) => SubjectFilter::all(),
        }
    }

    /// Every commit of the stretch that the server cannot leave out.
    ///
    /// # Errors
    /// As an item, when the log cannot be read.
    pub fn replay(
        &self,
        log: &EventLog,
        (after, through): (u64, u64),
    ) -> impl futures::Stream<Item = Result<Commit, LogError>> + Send + 'static {
        log.replay(after, through, self.subjects())
    }

    fn wants_commit(&self, commit: &Commit) -> bool {
        let kind = commit.aggregate_type.as_str();
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == found)
        };
        let not_after = |limit: &OffsetDateTime| commit.time <= *limit;
        is(&self.context, kind.split('.').next().unwrap_or(kind))
            && is(&self.aggregate_type, kind)
            && is(&self.aggregate_id, &commit.aggregate_id)
            && (self.actor.is_none() || self.actor == commit.actor)
            && self.from.is_none_or(|from| commit.time >= from)
            && self.to.is_none_or(|to| commit.time < to)
            && match &self.as_of {
                Some(AsOf::Time(time)) => not_after(time),
                Some(AsOf::Position(_)) | None => true,
            }
    }

    fn wants_type(&self, event_type: &str) -> bool {
        let named = |types: &Vec<String>| types.iter().any(|wanted| wanted == event_type);
        self.types.as_ref().is_none_or(named)
    }
}

fn belongs(
    parameter: &'static str,
    position: &jetstream_es::Position,
    log: &EventLog,
    newest: u64,
) -> Result<(), FilterError> {
    if position.epoch == *log.epoch() && position.sequence <= newest {
        return Ok(());
    }
    Err(FilterError {
        parameter,
        detail: "the position belongs to another history".to_owned(),
        other_epoch: true,
    })
}

/// Type of the row that stands for a message that is no commit. Never left out silently.
pub(crate) const MALFORMED: &str = "malformed";

/// A filter at work: counts what it lets through.
#[derive(Debug, Clone)]
pub struct Selection {
    filter: EventFilter,
    left: u64,
}

impl Selection {
    /// Begins to select.
    pub fn new(filter: EventFilter) -> Self {
        let left = filter.limit.unwrap_or(u64::MAX);
        Self { filter, left }
    }

    /// Whether the limit is reached.
    pub fn is_over(&self) -> bool {
        self.left == 0
    }

    /// The indexes of the wanted events of this commit. A malformed one has one row, with index 0.
    pub fn of(&mut self, commit: &Commit) -> Vec<usize> {
        if self.left == 0 || !self.filter.wants_commit(commit) {
            return Vec::new();
        }
        let had = self.filter.after.as_ref();
        let had = had.map_or(0, |after| after.had_of(commit.position.sequence));
        let mut chosen: Vec<usize> = if commit.malformed.is_some() {
            let wanted = had == 0 && self.filter.wants_type(MALFORMED);
            wanted.then_some(0).into_iter().collect()
        } else {
            let events = commit.events.iter().enumerate().skip(had);
            let wanted = events.filter(|(_, event)| self.filter.wants_type(&event.event_type));
            wanted.map(|(index, _)| index).collect()
        };
        chosen.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= chosen.len() as u64;
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_meant_is_named() {
        let wrong = |change: fn(&mut FilterText)| {
            let mut text = FilterText::default();
            change(&mut text);
            text.parse().unwrap_err().parameter
        };
        assert_eq!(wrong(|text| text.id = Some("*".to_owned())), "id");
        assert_eq!(
            wrong(|text| text.aggregate = Some("a.>".to_owned())),
            "aggregate"
        );
        assert_eq!(
            wrong(|text| text.from = Some("yesterday".to_owned())),
            "from"
        );
        assert_eq!(wrong(|text| text.after = Some("17".to_owned())), "after");
        assert_eq!(wrong(|text| text.as_of = Some("17".to_owned())), "as_of");
        assert_eq!(
            wrong(|text| text.event_type = Some(" ,".to_owned())),
            "type"
        );
        assert_eq!(FilterText::default().parse(), Ok(EventFilter::default()));
    }
}
