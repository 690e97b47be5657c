//! What a client of the one stream wants to hear of.

use std::sync::OnceLock;

use axum::http::StatusCode;
use domain::event_kinds;
use http_kit::{Caller, Problem, Role};
use jetstream_es::SubjectFilter;

/// A sort of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    /// What the shop sells, and what of it can be tried on.
    Catalogue,
    /// The caller's pictures; for merchandisers, the shop's.
    Pictures,
    /// The caller's try-ons, with the progress of those under way.
    TryOns,
    /// The caller's wardrobe.
    Wardrobe,
    /// Accounts: for admins.
    Accounts,
}

impl Topic {
    const ALL: [Self; 5] = [
        Self::Catalogue,
        Self::Pictures,
        Self::TryOns,
        Self::Wardrobe,
        Self::Accounts,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Catalogue => "catalogue",
            Self::Pictures => "pictures",
            Self::TryOns => "try-ons",
            Self::Wardrobe => "wardrobe",
            Self::Accounts => "accounts",
        }
    }

    /// How the types of the aggregates begin that it is about.
    const fn about(self) -> &'static [&'static str] {
        match self {
            Self::Catalogue => &["catalog.", "tryon.suitability"],
            Self::Pictures => &["media."],
            Self::TryOns => &["tryon.session"],
            Self::Wardrobe => &["wardrobe."],
            Self::Accounts => &["identity."],
        }
    }

    /// Whether the caller may ask for it at all. What they are told of it is decided event by event.
    fn admit(self, caller: Option<&Caller>) -> Result<(), Problem> {
        match self {
            Self::Catalogue => Ok(()),
            Self::Pictures | Self::TryOns | Self::Wardrobe => {
                caller.map(drop).ok_or_else(Problem::unauthenticated)
            }
            Self::Accounts => caller
                .ok_or_else(Problem::unauthenticated)?
                .require(&[Role::Admin]),
        }
    }
}

/// The topics that were named; none if none were. 400 for unknown ones, 401 or 403 for those of others.
pub(crate) fn wanted(
    names: Option<&str>,
    caller: Option<&Caller>,
) -> Result<Option<Vec<Topic>>, Problem> {
    let Some(names) = names else {
        return Ok(None);
    };
    let topics = names.split(',').map(|name| {
        let topic = Topic::ALL.into_iter().find(|topic| topic.name() == name);
        topic.ok_or_else(|| unknown(name))
    });
    let topics: Vec<Topic> = topics.collect::<Result<_, _>>()?;
    for topic in &topics {
        topic.admit(caller)?;
    }
    Ok(Some(topics))
}

/// The commits that these topics are about. Found out once for each set of topics: every stream has it.
pub(crate) fn commits_of(topics: &[Topic]) -> SubjectFilter {
    static KNOWN: [OnceLock<SubjectFilter>; 1 << Topic::ALL.len()] =
        [const { OnceLock::new() }; 1 << Topic::ALL.len()];
    let set = topics
        .iter()
        .fold(0_usize, |set, topic| set | 1 << *topic as usize);
    match KNOWN.get(set) {
        Some(known) => known.get_or_init(|| about(topics)).clone(),
        None => about(topics),
    }
}

fn about(topics: &[Topic]) -> SubjectFilter {
    let kinds = event_kinds().into_iter().map(|kind| kind.aggregate_type);
    let about: Vec<&str> = topics
        .iter()
        .flat_map(|topic| topic.about())
        .copied()
        .collect();
    let wanted = kinds.filter(|kind| about.iter().any(|begin| kind.starts_with(begin)));
    let filters: Vec<_> = wanted.map(SubjectFilter::aggregate_type).collect();
    SubjectFilter::any_of(&filters)
}

fn unknown(name: &str) -> Problem {
    let name: String = name.chars().take(40).collect();
    let known = Topic::ALL.map(Topic::name).join(", ");
    Problem::new(
        StatusCode::BAD_REQUEST,
        "unknown-topic",
        "There is no such topic",
    )
    .detail(format!("{name:?} is none of {known}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(topics: &str, role: Option<Role>) -> Result<usize, String> {
        let caller = role.map(|role| Caller::new(role, ""));
        let named = wanted(Some(topics), caller.as_ref());
        named
            .map(|topics| topics.map_or(0, |topics| topics.len()))
            .map_err(|problem| problem.code().to_owned())
    }

    #[test]
    fn private_topics_are_for_those_whom_they_are_about() {
        for (topics, role, wanted) in [
            ("catalogue", None, Ok(1)),
            ("try-ons", None, Err("unauthenticated")),
            ("wardrobe", None, Err("unauthenticated")),
            ("wardrobe", Some(Role::Shopper), Ok(1)),
            ("catalogue,pictures", None, Err("unauthenticated")),
            ("catalogue,try-ons,pictures", Some(Role::Shopper), Ok(3)),
            ("accounts", Some(Role::Merchandiser), Err("forbidden")),
            ("accounts", Some(Role::Admin), Ok(1)),
            ("", Some(Role::Admin), Err("unknown-topic")),
            ("catalogue,weather", Some(Role::Admin), Err("unknown-topic")),
        ] {
            assert_eq!(
                codes(topics, role),
                wanted.map_err(str::to_owned),
                "{topics}"
            );
        }
    }

    #[test]
    fn looks_at_garments_are_news_of_the_catalogue() {
        let looks = SubjectFilter::aggregate_type("tryon.suitability");
        let with = |topic| {
            let about = commits_of(&[topic]);
            SubjectFilter::any_of(&[about.clone(), looks.clone()]) == about
        };
        assert!(with(Topic::Catalogue));
        assert!(!with(Topic::TryOns));
    }

    #[test]
    fn every_topic_is_about_something() {
        for topic in Topic::ALL {
            assert_ne!(
                commits_of(&[topic]),
                SubjectFilter::any_of(&[]),
                "{topic:?}"
            );
        }
    }
}
