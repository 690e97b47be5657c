//! From aggregates to subjects and back.

use std::sync::Arc;

use crate::commit::Commit;
use crate::error::InvalidId;

const ID_RULE: &str = "1 to 64 of A-Z a-z 0-9 _ -";
const NAME_RULE: &str =
    "words of A-Z a-z 0-9 _ - with single dots between them, 100 characters at most";

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// Checks an aggregate id: a dot, star or space in it would make another subject of it.
pub(crate) fn check_id(id: &str) -> Result<(), InvalidId> {
    if id.len() <= 64 && is_word(id) {
        Ok(())
    } else {
        Err(InvalidId::new("aggregate id", ID_RULE, id))
    }
}

/// Checks a dotted name, such as a subject prefix or an aggregate type.
pub(crate) fn check_name(what: &'static str, name: &str) -> Result<(), InvalidId> {
    if name.len() <= 100 && name.split('.').all(is_word) {
        Ok(())
    } else {
        Err(InvalidId::new(what, NAME_RULE, name))
    }
}

/// The part of the subject space that one log owns.
#[derive(Clone, Debug)]
pub(crate) struct Subjects {
    prefix: String,
}

impl Subjects {
    pub(crate) fn new(prefix: &str) -> Result<Self, InvalidId> {
        let prefix = prefix.trim_end_matches('.').to_owned();
        check_name("subject prefix", &prefix)?;
        Ok(Self { prefix })
    }

    /// Matches every subject of the log.
    pub(crate) fn all(&self) -> String {
        format!("{}.>", self.prefix)
    }

    /// The subject of one aggregate.
    pub(crate) fn of(&self, aggregate_type: &str, id: &str) -> Result<String, InvalidId> {
        check_name("aggregate type", aggregate_type)?;
        check_id(id)?;
        Ok(format!("{}.{aggregate_type}.{id}", self.prefix))
    }

    /// Type and id of the aggregate that a subject names.
    pub(crate) fn parse<'a>(&self, subject: &'a str) -> Option<(&'a str, &'a str)> {
        let (aggregate_type, id) = subject
            .strip_prefix(&self.prefix)?
            .strip_prefix('.')?
            .rsplit_once('.')?;
        (check_id(id).is_ok() && check_name("", aggregate_type).is_ok())
            .then_some((aggregate_type, id))
    }
}

/// Which commits of the log somebody wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectFilter(Wanted);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    All,
    /// Shared: many streams want the same.
    Some(Arc<[Target]>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    aggregate_type: String,
    id: Option<String>,
}

impl SubjectFilter {
    /// Every commit.
    pub fn all() -> Self {
        Self(Wanted::All)
    }

    /// The commits of all aggregates of one type.
    pub fn aggregate_type(aggregate_type: impl Into<String>) -> Self {
        Self(Wanted::Some(Arc::new([Target {
            aggregate_type: aggregate_type.into(),
            id: None,
        }])))
    }

    /// The commits of one aggregate. An id that cannot exist is reported by whoever uses the filter.
    pub fn aggregate(aggregate_type: impl Into<String>, id: impl Into<String>) -> Self {
        Self(Wanted::Some(Arc::new([Target {
            aggregate_type: aggregate_type.into(),
            id: Some(id.into()),
        }])))
    }

    /// The commits that any of the filters wants.
    pub fn any_of(filters: &[Self]) -> Self {
        let mut targets: Vec<Target> = Vec::new();
        for filter in filters {
            match &filter.0 {
                Wanted::All => return Self::all(),
                Wanted::Some(more) => targets.extend(more.iter().cloned()),
            }
        }
        // The server refuses filters that overlap: a type covers its aggregates.
        let whole: Vec<String> = targets
            .iter()
            .filter(|target| target.id.is_none())
            .map(|target| target.aggregate_type.clone())
            .collect();
        let mut kept: Vec<Target> = Vec::new();
        for target in targets {
            let covered = target.id.is_some() && whole.contains(&target.aggregate_type);
            if !covered && !kept.contains(&target) {
                kept.push(target);
            }
        }
        Self(Wanted::Some(kept.into()))
    }

    /// Whether the commit is wanted.
    pub fn matches(&self, commit: &Commit) -> bool {
        match &self.0 {
            Wanted::All => true,
            Wanted::Some(targets) => targets.iter().any(|target| {
                target.aggregate_type == commit.aggregate_type
                    && target
                        .id
                        .as_ref()
                        .is_none_or(|id| *id == commit.aggregate_id)
            }),
        }
    }

    /// Whether it wants everything.
    pub(crate) fn is_all(&self) -> bool {
        matches!(self.0, Wanted::All)
    }

    /// The subjects to ask the server for.
    pub(crate) fn subjects(&self, subjects: &Subjects) -> Result<Vec<String>, InvalidId> {
        match &self.0 {
            Wanted::All => Ok(vec![subjects.all()]),
            Wanted::Some(targets) if targets.is_empty() => Err(InvalidId::new(
                "subject filter",
                "a filter for something",
                "",
            )),
            Wanted::Some(targets) => targets
                .iter()
                .map(|target| match &target.id {
                    Some(id) => subjects.of(&target.aggregate_type, id),
                    None => Ok(format!(
                        "{}*",
                        subjects
                            .of(&target.aggregate_type, "x")?
                            .trim_end_matches('x')
                    )),
                })
                .collect(),
        }
    }
}

/// Whether the server would send a message with this subject to a consumer that asked for `pattern`, which is one that
/// [`SubjectFilter::subjects`] gives.
pub(crate) fn is_covered(pattern: &str, subject: &str) -> bool {
    let Some(before) = pattern.strip_suffix('*') else {
        return subject == pattern;
    };
    subject
        .strip_prefix(before)
        .is_some_and(|rest| !rest.is_empty() && !rest.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_would_change_the_subject_is_refused() {
        for id in ["", "a.b", "*", ">", "a b", "a\r\nb", "ä", &"x".repeat(65)] {
            assert!(check_id(id).is_err(), "{id:?}");
        }
        assert!(check_id("0192f0c1-aaaa-7bbb-8ccc-0123456789ab").is_ok());
    }

    #[test]
    fn a_subject_gives_back_its_aggregate() {
        let subjects = Subjects::new("drape.events.").unwrap();
        let subject = subjects.of("catalog.garment", "g-1").unwrap();
        assert_eq!(subject, "drape.events.catalog.garment.g-1");
        assert_eq!(subjects.parse(&subject), Some(("catalog.garment", "g-1")));
        assert_eq!(subjects.parse("drape.events.x"), None);
        assert_eq!(subjects.parse("other.catalog.garment.g-1"), None);
    }

    #[test]
    fn a_pattern_covers_what_the_server_takes_it_for() {
        for (subject, covered) in [
            ("p.a.x.1", true),
            ("p.a.x.", false),
            ("p.a.x.1.2", false),
            ("p.a.x", false),
            ("p.a.xy.1", false),
        ] {
            assert_eq!(is_covered("p.a.x.*", subject), covered, "{subject}");
        }
        assert!(is_covered("p.a.x.1", "p.a.x.1"));
        assert!(!is_covered("p.a.x.1", "p.a.x.12"));
    }

    #[test]
    fn a_type_covers_its_aggregates_in_a_filter() {
        let subjects = Subjects::new("p").unwrap();
        let filter = SubjectFilter::any_of(&[
            SubjectFilter::aggregate("a.x", "1"),
            SubjectFilter::aggregate_type("a.x"),
            SubjectFilter::aggregate("b.y", "2"),
        ]);
        assert_eq!(filter.subjects(&subjects).unwrap(), ["p.a.x.*", "p.b.y.2"]);
        assert!(
            SubjectFilter::aggregate("b.y", "*")
                .subjects(&subjects)
                .is_err()
        );
        assert!(SubjectFilter::any_of(&[]).subjects(&subjects).is_err());
    }
}
